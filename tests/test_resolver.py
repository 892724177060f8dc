"""What people call things, found; what nobody can know, said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from kg.cli import main
from kg.curation.checkout import Checkout
from kg.errors import AmbiguousName, BadInput, NameNotFound
from kg.graph import Graph
from kg.mechanism.mapping import read_column
from kg.mechanism.resolver import canonical
from kg.vocab import PREFIXES

ROOT = Path(__file__).resolve().parents[1]

CASES = {
    # symbols, former symbols, names; of people, mice and rats
    "IL10": "IL-10", "Il10": "IL-10", "interleukin 10": "IL-10", "CSIF": "IL-10", "Tnf": "TNF",
    "Ptgs2": "COX-2", "Trp53": "p53", "TNFAIP6": "TSG-6", "prostaglandin-endoperoxide synthase 2": "COX-2",
    # identifiers
    "HGNC:5962": "IL-10", "hgnc:HGNC:5962": "IL-10", "P22301": "IL-10", "UniProt:P22301-1": "IL-10",
    "ENSG00000136634": "IL-10", "ENSG00000136634.7": "IL-10", "NCBIGene:3586": "IL-10",
    "entrez:3586": "IL-10", "ENSMUSG00000016529": "IL-10", "MGI:96537": "IL-10", "RGD:2886": "IL-10",
    "https://identifiers.org/uniprot:P22301": "IL-10", "CHEBI:15551": "PGE2", "chebi:CHEBI:15551": "PGE2",
    "PUBCHEM:5280360": "PGE2", "CL_0000815": "Treg", "http://purl.obolibrary.org/obo/CL_0000815": "Treg",
    "DOID:2841": "asthma", "MESH:D005355": "fibrosis", "D005355": "fibrosis", "GO:0006954": "inflammation",
    # microRNAs
    "hsa-miR-146a-5p": "miR-146a-5p", "mmu-miR-146a-5p": "miR-146a-5p", "rno-miR-146a": "miR-146a-5p",
    "mir-146a": "miR-146a-5p", "MIMAT0000449": "miR-146a-5p", "MIMAT0000158": "miR-146a-5p",
    "mmu-miR-21a-5p": "miR-21-5p", "Mir146": "miR-146a-5p",
    # spellings
    "IL-1β": "IL-1beta", "IL-1b": "IL-1beta", "IL1B": "IL-1beta", "TGFb1": "TGF-beta", "TGF-β1": "TGF-beta",
    "tumour necrosis factor": "TNF", "tumor necrosis factor": "TNF", "TNF-a": "TNF", "IFN-g": "IFN-gamma",
    "NFκB": "NF-kB signalling", "lung oedema": "pulmonary edema", "lung edema": "pulmonary edema",
    "mesenchymal stem cells": "MSC", "mesenchymal stromal cells": "MSC", "MSCs": "MSC",
    "exosomes": "exosome", "Tregs": "Treg", "alveolar epithelial cells type II": "AT2",
    "macrophages, alveolar": "alveolar macrophage",
}  # fmt: skip


@pytest.mark.parametrize(("text", "name"), CASES.items())
def test_what_people_write_is_found(text: str, name: str, real: Graph) -> None:
    assert real.entity(text).name == name
    assert real.find(text)[0].name == name
    assert [m.name for m in real.map([text])] == [name]


def test_a_name_that_another_gene_bears_too_is_ambiguous(real: Graph) -> None:
    with pytest.raises(AmbiguousName, match=r"IL-10 \(HGNC:5962\), TGIF1 \(HGNC:11776\)"):
        real.entity("TGIF")
    (found,) = real.map(["TGIF"])
    assert (found.status, found.candidates) == ("ambiguous", ("IL-10 (HGNC:5962)", "TGIF1 (HGNC:11776)"))


@pytest.mark.parametrize("text", ["3586", "Brca2", "fibrosiss", "NCBIGene:1", "P99999", "x", "TAK1"])
def test_nothing_is_guessed(text: str, real: Graph) -> None:
    assert real.names.resolution(text).names == ()
    with pytest.raises(NameNotFound):
        real.entity(text)


def test_a_number_is_an_identifier_where_its_prefix_is_given(real: Graph) -> None:
    assert real.names.resolution("3586", "NCBIGene").names == ("IL-10",)
    assert real.names.resolution("5962", "hgnc").names == ("IL-10",)
    assert real.names.resolution("zzz", "hgnc").names == ()


def test_our_own_groups_come_before_names_of_elsewhere(real: Graph) -> None:
    """Else a synonym of one entity would hide a class or a category of that name."""
    for group in ("immune cell", "mediator", "cytokine", "process", *real.defined):
        if not real.names.known(group):
            assert len(real.among(group)) > 1 or group in real.defined, group


def test_every_identifier_of_the_table_leads_to_its_entity_or_says_why_not(real: Graph) -> None:
    wrong = []
    for row in Checkout(ROOT).identifier_rows:
        entity = {e.id: e.name for e in real.entities}.get(row["id"])
        found = real.names.resolution(row["key"])
        if entity is None:
            wrong.append((row["id"], "no entity; run scripts/identifiers.py again"))
        elif entity not in found.names and not found.names:
            wrong.append((row["key"], entity))
    assert not wrong


def test_papers_and_classes_are_told_apart_from_entities(real: Graph) -> None:
    kinds = {
        m.text: m.status
        for m in real.map(["PMID:19098906", "10.1038/nm.1905", "antifibrotic mediator", "PMID:1"])
    }
    assert kinds == {
        "PMID:19098906": "paper", "10.1038/nm.1905": "paper", "antifibrotic mediator": "class",
        "PMID:1": "unknown",
    }  # fmt: skip


def test_what_is_spelled_alike_is_a_suggestion(real: Graph) -> None:
    found = {m.text: m for m in real.map(["fibrosiss", "macrofage", "qqqqqqqq"])}
    assert found["fibrosiss"].candidates == ("fibrosis",)
    assert "macrophage" in found["macrofage"].candidates
    assert found["qqqqqqqq"].candidates == ()


@pytest.mark.parametrize("prefix", ["UniProtKB", "ENSEMBL", "CL", "reactome", "mirbase.mature", "MESH"])
def test_an_iri_is_its_curie(prefix: str) -> None:
    local = {"UniProtKB": "P22301", "ENSEMBL": "ENSG00000136634", "reactome": "R-HSA-1"}.get(prefix, "1")
    assert canonical(PREFIXES[prefix] + local) == f"{prefix}:{local}".casefold()


# kg map -------------------------------------------------------------------------------------------


def run(*words: str, given: str | None = None) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, list(words), input=given)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def test_a_column_is_mapped_with_a_report(real: Graph, tmp_path: Path) -> None:
    graph = ("--graph", str(real.built.path))
    file = tmp_path / "genes.csv"
    file.write_text('\ufeffn,"gene, symbol"\n1,Il10\n2,TGIF\n3,"tumour necrosis factor"\n4,fibrosiss\n5,\n')
    code, out, told = run(*graph, "map", str(file), "--column", "gene, symbol", "--tsv")
    rows = [line.split("\t") for line in out.splitlines()]
    assert code == 1
    assert [row[1:5] for row in rows[1:]] == [
        ["Il10", "found", "IL-10", "HGNC:5962"],
        ["TGIF", "ambiguous", "", ""],
        ["tumour necrosis factor", "found", "TNF", "HGNC:11892"],
        ["fibrosiss", "unknown", "", ""],
    ]
    assert rows[1][0] == f"{file}:2"
    assert told.strip() == "4 names: 2 found, 1 ambiguous, 1 unknown"
    code, out, _ = run(*graph, "map", str(file), "--column", "2", "--json")
    assert json.loads(out)[1]["candidates"] == ["IL-10 (HGNC:5962)", "TGIF1 (HGNC:11776)"]


def test_a_plain_list_and_standard_input(real: Graph) -> None:
    graph = ("--graph", str(real.built.path))
    code, out, told = run(*graph, "map", "-", "--tsv", given="# mine\nIL-10\n\nTreg\n")
    assert (code, told.strip(), len(out.splitlines())) == (0, "2 names: 2 found", 3)
    code, out, _ = run(*graph, "map", "-", "--tsv", "--prefix", "NCBIGene", given="gene\n3586\n")
    assert out.splitlines()[1].split("\t")[1:4] == ["3586", "found", "IL-10"]


@pytest.mark.parametrize(
    ("content", "column", "told"),
    [
        ("", None, "holds no name"),
        ("a\tb\n1\t2\n", None, "2 columns; say which with --column: a, b"),
        ("a\tb\n1\t2\n", "c", "has no column 'c'; it has a, b"),
        ("a\tb\n1\t2\n", "3", "has no column '3'"),
    ],
)
def test_a_column_that_cannot_be_read_says_why(
    content: str, column: str | None, told: str, tmp_path: Path
) -> None:
    file = tmp_path / "x.tsv"
    file.write_text(content)
    with pytest.raises(BadInput, match=told):
        read_column(str(file), column)
    with pytest.raises(BadInput, match="cannot read"):
        read_column(str(tmp_path / "none.tsv"))
