"""What a careful user was misled by, each case named after what went wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import rdflib
from click.testing import CliRunner, Result

import kg
from kg.cli import main
from kg.errors import BadInput, NameNotFound, NotWritable, QueryRefused
from kg.graph import Graph
from kg.mechanism.names import variants


def ask(*words: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, list(words), input=stdin)


# Names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("M2 macrophages", "M2 macrophage"),
        ("regulatory T cells", "Treg"),
        ("exosomes", "exosome"),
        ("mesenchymal stem cells", "MSC"),
        ("mesenchymal stromal cell", "MSC"),
        ("pulmonary oedema", "pulmonary edema"),
        ("mmu-miR-146a-5p", "miR-146a-5p"),
        ("CD4+CD25+FoxP3+", "Treg"),
        ("tumour necrosis factor", "TNF"),
        ("IL-1β", "IL-1beta"),
        ("TGFb1", "TGF-beta"),
        ("interleukin 10", "IL-10"),
        ("airway remodeling", "airway remodelling"),
    ],
)
def test_names_as_people_write_them(real: Graph, text: str, name: str) -> None:
    assert real.entity(text).name == name


def test_a_virus_stays_a_virus() -> None:
    assert list(variants("virus")) == ["virus"]
    assert list(variants("sepsis")) == ["sepsis"]
    assert "biops" not in set(variants("biopsies"))
    assert "biopsy" in set(variants("biopsies"))


def test_near_names_lead_somewhere(real: Graph) -> None:
    with pytest.raises(NameNotFound) as error:
        real.entity("macrophagee")
    used = real.names.used
    assert error.value.nearest
    assert error.value.nearest[0] in used


# Showing ------------------------------------------------------------------------------------------


def test_a_disease_shows_its_evidence_agents_and_trials() -> None:
    told = ask("show", "COPD").output
    for part in (
        "evidence from it:",
        "by rung:",
        "acting (statements):",
        "no effect (",
        "trials (",
        "takes along",
    ):
        assert part in told, part


@pytest.mark.parametrize("key", ["PMID:19098906", "19098906", "doi:10.1038/nm.1905", "10.1038/NM.1905"])
def test_a_paper_is_shown_by_its_identifier(key: str) -> None:
    done = ask("show", key)
    assert done.exit_code == 0
    assert "Nature Medicine, 2009" in done.output
    assert "second reading" in done.output
    data = json.loads(ask("show", key, "--json").output)
    assert (data["pmid"], len(data["lines"]) > 5) == ("19098906", True)


def test_a_paper_that_is_not_here_is_said() -> None:
    done = ask("show", "PMID:1")
    assert done.exit_code == 2
    assert "no paper 'PMID:1' is in the graph" in done.output


# SPARQL -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELEC ?x WHERE { ?x ?p ?o }", "column 1: 'SELEC' is not understood; did you mean SELECT?"),
        (
            "SELECT ?x WHERE { ?x ?p 'a' FILER(?x > 3) }",
            "column 29: 'FILER' is not understood; did you mean FILTER?",
        ),
        ("SELECT ?x WHERE { ?x vocc:name 'a' }", "column 22: no prefix vocc:; did you mean voc:?"),
        ("SELECT ?x WHERE { ?x voc:name ?y", "ends too soon"),
        ("SELECT ?x (COUNT(?y) AS ?n) WHERE { ?x ?p ?y }", "not in the GROUP BY"),
    ],
)
def test_a_mistake_says_where_and_what_and_not_the_grammar(real: Graph, query: str, told: str) -> None:
    with pytest.raises(QueryRefused) as error:
        real.query(query)
    message = str(error.value)
    assert told in message
    assert "\\u{" not in message
    assert len(message) < 300
    line, mark = message.splitlines()[-2:]
    assert line.strip() in query
    assert mark.strip() == "^"


def test_a_property_of_another_graph_is_told_and_not_silently_empty(real: Graph) -> None:
    found = real.query("SELECT ?x WHERE { ?x voc:finding ?f }")
    assert found.rows == ()
    assert found.notes == (
        "voc:finding stands only in graph:evidence; write GRAPH graph:evidence { … } around it",
    )
    misspelt = real.query("SELECT ?x WHERE { ?x voc:nmae ?f }", time_limit=20)
    assert misspelt.notes == ("voc:nmae stands nowhere in the graph; did you mean voc:name?",)
    assert not real.query("SELECT ?x WHERE { GRAPH graph:evidence { ?x voc:finding ?f } } LIMIT 1").notes
    assert "GRAPH graph:evidence" in ask("query", "-", stdin="SELECT ?x WHERE { ?x voc:finding ?f }").output


def test_rdflib_answers_the_query_of_the_readme(real: Graph) -> None:
    """It gave no row: the default graph of the dataset was empty."""
    query = "SELECT ?n { ?x voc:category 'vesicle' ; voc:name ?n }"
    dataset = real.to_rdflib()
    assert isinstance(dataset, rdflib.Dataset)
    rows = {str(row[0]) for row in dataset.query(query)}  # type: ignore[index]
    assert rows == {row[0] for row in real.query(query).rows}
    assert len(rows) > 5


# Files --------------------------------------------------------------------------------------------


def test_a_pipe_is_not_replaced_by_a_build(tmp_path: Path, tiny_root: Path) -> None:
    from kg.build import build_graph

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for out in (pipe, Path("/dev/null")):
        with pytest.raises(NotWritable, match="is no built graph"):
            build_graph(tiny_root, out)
    assert pipe.is_fifo()


def test_the_products_own_export_is_a_graph(tmp_path: Path) -> None:
    table = tmp_path / "statements.tsv"
    table.write_text(ask("export", "statements", "--tsv").stdout, encoding="utf-8")
    done = ask("--graph", str(table), "paths", "MSC", "Treg", "--max-length", "1")
    assert done.exit_code == 0, done.output
    assert "Treg" in done.output
    own = kg.load(table)
    edges = {(s.subject, s.predicate, s.object) for s in own.statements()}
    nulls = [s for s in kg.load().nulls() if (s.subject, s.predicate, s.object) in edges]
    assert not nulls  # only found absent: no edge
    assert len(edges) > 500


def test_paths_make_missing_folders_as_pictures_do(tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder" / "a.ris"
    assert ask("paths", "MSC", "Treg", "--as", "ris", "-o", str(out)).exit_code == 0
    assert out.is_file()


def test_json_of_a_blockade_holds_what_falls() -> None:
    data = json.loads(
        ask("paths", "MSC", "fibrosis", "--without", "Treg", "--max-length", "2", "--json").output
    )
    falls = [p for p in data if p["falls"]]
    assert falls
    assert all("Treg" in p["entities"] for p in falls)
    assert not any("Treg" in p["entities"] for p in data if not p["falls"])
    assert "falls" not in json.loads(ask("paths", "MSC", "Treg", "--max-length", "1", "--json").output)[0]


# Loops and frames ---------------------------------------------------------------------------------


def test_a_path_does_not_come_back_to_the_cells_it_starts_from(real: Graph) -> None:
    """adipose MSC → IFN-gamma → MSC → CXCL1 is no mechanism of adipose MSC."""
    cells = set(real.matching("MSC"))
    plain = real.paths("adipose MSC", "inflammation", max_length=4)
    assert not [p for p in plain if cells & set(p.entities[1:])]
    looped = real.paths("adipose MSC", "inflammation", max_length=4, loops=True)
    assert len(looped) >= len(plain)
    # Who asks for an MSC inside gets it.
    asked = real.paths("MSC", "inflammation", via="bone marrow MSC", max_length=4)
    assert all("bone marrow MSC" in p.entities[1:-1] for p in asked)


def test_plural_answers_become_frames(real: Graph) -> None:
    statements = real.statements("MSC", None, "Treg")
    table = statements.to_frame()
    assert list(table["object"]) == ["Treg"] * len(statements)
    assert table["belief"].between(0, 1).all()
    assert len(real.conflicts().to_frame()) == len(real.conflicts())
    paths = real.paths("MSC", "fibrosis", via="Treg", max_length=2)
    assert list(paths.to_frame()["rank"]) == list(range(1, len(paths) + 1))
    assert len(real.compare("MSC", "corticosteroid").to_frame()) > 10
    assert list(real.query("SELECT ?n { ?x voc:name ?n } LIMIT 3").to_frame().columns) == ["n"]
    assert len(real.nulls().to_frame()) == len(real.nulls())


def test_without_pandas_a_frame_says_what_to_install(real: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(BadInput, match=r"pip install 'msc-kg\[frames\]'"):
        real.nulls().to_frame()
