"""Formats of others: what we write others read, what others write we read, and what is lost is said."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import igraph
import networkx as nx
import pyarrow.parquet
import pytest
import rdflib
import sssom_pydantic
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from ndex2.cx2 import RawCX2NetworkFactory
from rdflib.namespace import PROV, RDF
from rocrate.rocrate import ROCrate

import kg
from kg import vocab
from kg.cli import main
from kg.errors import BadInput, NotWritable
from kg.exchange import WRITERS, edges_of, read_edges, write
from kg.exchange.kgx import CATEGORIES, PREDICATES, edge_row, kgx_files
from kg.exchange.nanopub import nanopubs
from kg.exchange.predicates import TABLE, read_predicate
from kg.graph import Graph
from kg.mechanism.overlay import Edge, End
from kg.show.releases import about_graph, write_release

HERE = Path(__file__).resolve().parent
BIOLINK = json.loads((HERE / "biolink.json").read_text(encoding="utf-8"))
NAMES = {
    "table": "e.tsv", "kgx": "e.tsv", "cx2": "e.cx2", "graphml": "e.graphml", "sif": "e.sif", "neo4j": "neo",
    "bel": "e.json", "jsonld": "e.jsonld", "parquet": "e.parquet",
}  # fmt: skip


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, list(words))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def stated(g: Graph) -> set[tuple[str, str, str, str]]:
    return {(s.subject, s.predicate, s.sign.value, s.object) for s in g.statements() if s.is_asserted}


# Out: read by others ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def edges(tiny: Graph) -> list[Edge]:
    return list(edges_of(tiny.statements(), tiny.knowledge))


def test_kgx_keeps_to_biolink(real: Graph) -> None:
    """Against the names in biolink-model's own schema."""
    edges = list(edges_of(real.statements(), real.knowledge))
    about = about_graph(real)
    whole = json.loads(kgx_files(edges, "json", about.diseases, about.predicates)["whole"])
    ids = {n["id"] for n in whole["nodes"]}
    assert len(whole["edges"]) == len(edges) > 1000
    for node in whole["nodes"]:
        assert {c.removeprefix("biolink:") for c in node["category"]} <= set(BIOLINK["classes"]), node
        assert ":" in node["id"]
    for e in whole["edges"]:
        assert e["subject"] in ids
        assert e["object"] in ids
        assert e["predicate"].removeprefix("biolink:") in BIOLINK["predicates"], e
        assert e["knowledge_level"] in BIOLINK["enums"]["KnowledgeLevelEnum"]
        assert e["agent_type"] in BIOLINK["enums"]["AgentTypeEnum"]
        assert e["primary_knowledge_source"].startswith("infores:")
        assert {key for key in e if not key.startswith("kg_")} <= set(BIOLINK["slots"])
        assert e["original_predicate"].startswith("rel:")
        if "object_direction_qualifier" in e or "object_aspect_qualifier" in e:
            assert e["qualified_predicate"].removeprefix("biolink:") in BIOLINK["predicates"]
            assert e["object_direction_qualifier"] in BIOLINK["enums"]["DirectionQualifierEnum"]
        if "object_aspect_qualifier" in e:
            aspects = BIOLINK["enums"]["GeneOrGeneProductOrChemicalEntityAspectEnum"]
            assert e["object_aspect_qualifier"] in aspects
        if "species_context_qualifier" in e:
            assert e["species_context_qualifier"].startswith("NCBITaxon:")


def test_every_category_and_predicate_has_a_place_in_biolink(real: Graph) -> None:
    assert CATEGORIES.keys() == vocab.CATEGORIES.keys()
    assert PREDICATES.keys() == real.knowledge.by_predicate.keys()
    for category in CATEGORIES.values():
        assert category.removeprefix("biolink:") in BIOLINK["classes"]
    for predicate, *_ in PREDICATES.values():
        assert predicate.removeprefix("biolink:") in BIOLINK["predicates"]


def test_a_sign_that_a_predicate_does_not_have_goes_to_the_generic_one() -> None:
    row = edge_row(Edge(End("a"), "activates", "-", End("b")))
    assert (row["predicate"], row["object_direction_qualifier"]) == ("biolink:affects", "decreased")
    unsigned = edge_row(Edge(End("a"), "modulates", "?", End("b")))
    assert unsigned["predicate"] == "biolink:affects"
    assert not {"object_direction_qualifier", "qualified_predicate"} & unsigned.keys()


def test_graphml_opens_in_networkx_and_igraph(edges: list[Edge], tmp_path: Path) -> None:
    write("graphml", edges, tmp_path / "x.graphml")
    text = (tmp_path / "x.graphml").read_text(encoding="utf-8")
    made = nx.read_graphml(io.BytesIO(text.encode()), force_multigraph=True)
    assert {(a, d["predicate"], d["sign"], b) for a, b, d in made.edges(data=True)} == {
        (e.subject.name, e.predicate, e.sign, e.object.name) for e in edges
    }
    assert all(v not in (None, "None", "nan") for _, d in made.nodes(data=True) for v in d.values())
    opened = igraph.Graph.Read_GraphML(str(tmp_path / "x.graphml"))
    assert (opened.ecount(), opened.is_directed()) == (len(edges), True)
    assert sorted(opened.es["sign"]) == sorted(e.sign for e in edges)
    assert all(isinstance(b, float) and 0 <= b <= 1 for b in opened.es["belief"])


def test_cx2_opens_in_ndex2_with_its_style(edges: list[Edge], tmp_path: Path) -> None:
    write("cx2", edges, tmp_path / "x.cx2")
    network = RawCX2NetworkFactory().get_cx2network(json.loads((tmp_path / "x.cx2").read_text()))
    nodes, links = network.get_nodes(), network.get_edges()
    assert {
        (nodes[e["s"]]["v"]["name"], e["v"]["predicate"], e["v"]["sign"], nodes[e["t"]]["v"]["name"])
        for e in links.values()
    } == {(e.subject.name, e.predicate, e.sign, e.object.name) for e in edges}
    mapping = network.get_visual_properties()["edgeMapping"]["EDGE_TARGET_ARROW_SHAPE"]
    assert {(m["v"], m["vp"]) for m in mapping["definition"]["map"]} == {
        ("+", "triangle"), ("-", "tee"), ("?", "circle"),
    }  # fmt: skip


def test_sif_opens_in_networkx(edges: list[Edge], tmp_path: Path) -> None:
    write("sif", edges, tmp_path / "x.sif")
    rows = [line.split("\t") for line in (tmp_path / "x.sif").read_text(encoding="utf-8").splitlines()]
    made = nx.MultiDiGraph([(a, b) for a, _, b in rows])
    assert made.number_of_edges() == len({(e.subject, e.predicate, e.sign, e.object) for e in edges})


def test_parquet_has_the_schema_of_the_page(edges: list[Edge], tmp_path: Path) -> None:
    write("parquet", edges, tmp_path / "x.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "x.parquet")
    page = (HERE.parent / "docs" / "exchange.md").read_text(encoding="utf-8")
    for name, kind in zip(table.schema.names, table.schema.types, strict=True):
        told = str(kind).replace("list<element: string>", "list of string").replace("double", "double")
        assert f"| `{name}` | {told} |" in page
    assert table.num_rows == len(edges)


def test_json_ld_says_the_same_in_rdflib_without_a_network(tiny: Graph, tmp_path: Path) -> None:
    edges = list(edges_of(tiny.statements(), tiny.knowledge))
    write("jsonld", edges, tmp_path / "x.jsonld", about_graph(tiny))
    made = rdflib.Graph().parse(tmp_path / "x.jsonld", format="json-ld")
    found = {
        tuple(vocab.compress(str(made.value(s, p))) for p in (RDF.subject, RDF.predicate, RDF.object))
        for s in made.subjects(RDF.type, rdflib.URIRef(vocab.expand("voc:Statement")))
    }
    names, rels = tiny.knowledge.by_name, tiny.knowledge.by_predicate
    assert found == {(names[e.subject.name].id, rels[e.predicate].id, names[e.object.name].id) for e in edges}


def test_a_nanopublication_has_its_four_graphs(real: Graph) -> None:
    text, n = nanopubs(real.statements(), real.knowledge)
    dataset = rdflib.Dataset()
    dataset.parse(data=text, format="trig")
    np = rdflib.Namespace("http://www.nanopub.org/nschema#")
    found = list(dataset.quads((None, RDF.type, np.Nanopublication, None)))
    assert len(found) == n == len(stated(real))
    for node, _, _, head in found[:200]:
        graphs = {}
        for prop in (np.hasAssertion, np.hasProvenance, np.hasPublicationInfo):
            (graphs[prop],) = dataset.graph(head).objects(node, prop)
            assert len(dataset.graph(graphs[prop])) > 0
        assert len(dataset.graph(graphs[np.hasAssertion])) == 1
        about = dataset.graph(graphs[np.hasProvenance])
        assert list(about.objects(graphs[np.hasAssertion], PROV.wasDerivedFrom))
        assert (node, rdflib.DCTERMS.license, None) in dataset.graph(graphs[np.hasPublicationInfo])


def test_a_nanopublication_is_derived_only_from_papers_that_support_it(real: Graph) -> None:
    """Papers that found no effect, or were retracted, once stood among those an assertion came from."""
    mixed = [
        s for s in real.statements()
        if s.is_asserted and {e.paper.id for e in s.evidence} > {e.paper.id for e in s.supports if e.counts}
    ]  # fmt: skip
    assert any(e.paper.is_withdrawn for s in mixed for e in s.evidence)
    dataset = rdflib.Dataset()
    dataset.parse(data=nanopubs(mixed, real.knowledge)[0], format="trig")
    for s in mixed:
        assertion = rdflib.URIRef(f"{vocab.BASE}nanopub/{s.id}#assertion")
        found = {str(o) for _, _, o, _ in dataset.quads((assertion, PROV.wasDerivedFrom, None, None))}
        assert found == {vocab.expand(e.paper.id) for e in s.supports if e.counts}


def test_neo4j_has_every_end_that_its_relationships_name(edges: list[Edge], tmp_path: Path) -> None:
    write("neo4j", edges, tmp_path / "neo")
    with (tmp_path / "neo" / "nodes.csv").open(encoding="utf-8") as lines:
        ids = [row[":ID"] for row in csv.DictReader(lines)]
    with (tmp_path / "neo" / "relationships.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert len(ids) == len(set(ids))
    assert {row[":START_ID"] for row in rows} | {row[":END_ID"] for row in rows} == set(ids)
    assert len(rows) == len(edges)
    assert all(row[":TYPE"].replace("_", "").isalnum() for row in rows)
    assert "neo4j-admin database import full" in (tmp_path / "neo" / "import.sh").read_text()


def test_bel_says_what_it_leaves_out(real: Graph, tmp_path: Path) -> None:
    code, _, told = run("--graph", str(real.built.path), "export", "bel", "-o", str(tmp_path / "b.json"))
    data = json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))
    n = sum(s.predicate in ("contains", "transfers", "differentiates into") for s in real.statements()
            if s.is_asserted)  # fmt: skip
    assert code == 0
    assert f"{n} edges were left out: BEL has no relation" in told
    assert {link["relation"] for link in data["links"]} <= {
        "increases", "decreases", "directlyDecreases", "association",
    }  # fmt: skip


def test_a_crate_opens_and_its_sums_are_right(real: Graph, tmp_path: Path) -> None:
    import hashlib

    write_release(real, tmp_path / "crate", "rocrate")
    crate = ROCrate(tmp_path / "crate")
    assert "mesenchymal" in crate.description
    files = {e.id: e for e in crate.data_entities}
    assert {"statements.csv", "evidence.csv", "ontology.ttl", "edges.json", "croissant.json"} <= files.keys()
    for name, entity in files.items():
        data = (tmp_path / "crate" / name).read_bytes()
        assert entity["sha256"] == hashlib.sha256(data).hexdigest()
    mappings = sssom_pydantic.read(tmp_path / "crate" / "mappings.sssom.tsv")[0]
    assert len(mappings) == sum(len(t.mappings) for t in real.terms.by_id.values()) > 1000
    again = {p.name: p.read_bytes() for p in (tmp_path / "crate").iterdir()}
    write_release(real, tmp_path / "other", "rocrate")
    assert again == {p.name: p.read_bytes() for p in (tmp_path / "other").iterdir()}


def test_croissant_names_the_columns_that_are_there(tiny: Graph, tmp_path: Path) -> None:
    write_release(tiny, tmp_path / "c", "croissant")
    data = json.loads((tmp_path / "c" / "croissant.json").read_text(encoding="utf-8"))
    made = rdflib.Graph().parse(data=json.dumps(data), format="json-ld")
    cr = rdflib.Namespace("http://mlcommons.org/croissant/")
    assert len(set(made.subjects(RDF.type, cr.RecordSet))) == 2
    for records in data["recordSet"]:
        with (tmp_path / "c" / f"{records['name']}.csv").open(encoding="utf-8") as lines:
            header = next(csv.reader(lines))
        assert [field["source"]["extract"]["column"] for field in records["field"]] == header
    listed = {d["contentUrl"] for d in data["distribution"]}
    assert listed | {"croissant.json"} == {p.name for p in (tmp_path / "c").iterdir()}


# Round trips --------------------------------------------------------------------------------------

KEPT: dict[str, tuple[str, ...]] = {
    "table": ("id", "category", "belief", "papers", "context"),
    "parquet": ("id", "category", "belief", "papers", "context"),
    "kgx": ("id", "category", "belief", "papers", "context"),
    "neo4j": ("id", "category", "belief", "papers", "context"),
    "jsonld": ("id", "category", "belief", "papers", "context"),
    "cx2": ("id", "category", "belief", "papers", "context"),
    "graphml": ("id", "category", "belief", "papers", "context"),
    "bel": ("id", "category", "belief", "papers", "context"),
    "sif": (),
}
"""Format → what it keeps besides names, predicate and sign; the rest is lost, and the page says so."""


def _names() -> st.SearchStrategy[str]:
    letters = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs", "Cn", "Co"])
    awkward = st.sampled_from(
        [
            "#a",
            "a,b",
            'say "a"',
            "it's",
            "TGF-β1",
            "<b>",
            "a&b",
            "a:b",
            "1",
            "None",
            "null",
            "+",
            "🫁",
            "a\\b",
            "a [+]",
        ]
    )
    return awkward | st.text(letters, min_size=1, max_size=8).filter(
        lambda t: t == t.strip() and "|" not in t and ";" not in t and not t.startswith("own:")
    )


@st.composite
def some_edges(draw: Callable[..., Any]) -> list[Edge]:
    names = draw(st.lists(_names(), min_size=2, max_size=5, unique=True))
    kinds = st.sampled_from(["", *vocab.CATEGORIES])
    ends = [
        End(n, draw(st.sampled_from(["", f"HGNC:{i + 1}", f"MESH:D{i:06}"])), draw(kinds))
        for i, n in enumerate(names)
    ]
    predicates = st.sampled_from([*PREDICATES, "phosphorylates", "modulates β"])
    made, seen = [], set()
    for number in range(draw(st.integers(1, 6))):
        one, other = draw(st.permutations(ends))[:2]
        edge = Edge(
            one, draw(predicates), draw(st.sampled_from("+-?")), other,
            draw(st.integers(0, 1000).map(lambda n: n / 1000)),
            tuple(draw(st.lists(st.sampled_from(["PMID:1", "PMID:22", "doi:10.1000/x(1)"]), unique=True))),
            {
                axis: tuple(values)
                for axis, values in (
                    ("species", draw(st.lists(st.sampled_from(["mouse", "human"]), unique=True))),
                    ("disease", draw(st.lists(st.sampled_from(["asthma", "COPD, mild"]), unique=True))),
                )
                if values
            },
            id=f"s{number:012x}",
        )  # fmt: skip
        key = (edge.subject, edge.predicate, edge.sign, edge.object)
        if key not in seen:
            seen.add(key)
            made.append(edge)
    return made


def told(edge: Edge, kept: tuple[str, ...]) -> tuple[Any, ...]:
    s, o = edge.subject, edge.object
    found: list[Any] = [s.name, edge.predicate, edge.sign, o.name]
    if "id" in kept:
        found += [s.id, o.id, edge.id]
    if "category" in kept:
        found += [s.category, o.category]
    if "belief" in kept:
        found.append(edge.belief)
    if "papers" in kept:
        found.append(tuple(sorted(edge.papers)))
    if "context" in kept:
        found.append(tuple(sorted((a, tuple(sorted(v))) for a, v in edge.context.items())))
    return tuple(found)


@pytest.mark.parametrize("form", KEPT)
@settings(max_examples=60)
@given(edges=some_edges())
def test_what_is_written_reads_back(
    form: str, tmp_path_factory: pytest.TempPathFactory, edges: list[Edge]
) -> None:
    out = tmp_path_factory.mktemp("trip") / NAMES[form]
    write(form, edges, out)
    reading = read_edges(out)
    assert reading.problems == []
    if form == "bel":
        edges = [e for e in edges if e.predicate not in ("contains", "transfers", "differentiates into")]
    key = KEPT[form]
    expected = {told(e, key) for e in edges}
    assert {told(e, key) for e in reading.edges} == expected


def test_the_page_says_what_each_format_loses() -> None:
    page = (HERE.parent / "docs" / "exchange.md").read_text(encoding="utf-8")
    for form in WRITERS:
        assert f"| `{form}` |" in page, form
    assert KEPT.keys() == WRITERS.keys()


REAL = {
    "kgx": ("a.tsv", "a.jsonl", "a.json"), "cx2": ("a.cx2",), "graphml": ("a.graphml",), "sif": ("a.sif",),
    "neo4j": ("neo",), "jsonld": ("a.jsonld",), "parquet": ("a.parquet",), "bel": ("bel.json",),
    "statements": ("statements.tsv",), "evidence": ("evidence.tsv",),
}  # fmt: skip


@pytest.mark.parametrize("form", REAL)
def test_our_own_exports_open_as_graph_and_join_as_the_same_statements(
    form: str, real: Graph, tmp_path: Path
) -> None:
    graph = str(real.built.path)
    for name in REAL[form]:
        out = tmp_path / name
        code, _, told = run("--graph", graph, "export", form, "-o", str(out))
        assert code == 0, told
        lost = {s for s in stated(real) if s[1] in ("contains", "transfers", "differentiates into")}
        expected = stated(real) - (lost if form == "bel" else set())
        assert stated(kg.load(out)) == expected
        joined = real.with_edges(out, "again")
        report = joined.overlays[0]
        assert (report.new, report.left_out) == ((), ())
        assert report.n_shared == report.n_statements >= len(expected)
        assert stated(joined) == stated(real)


# In: what others write ----------------------------------------------------------------------------

INDRA = [
    {"type": "Activation", "id": "1", "belief": 0.9, "matches_hash": "7",
     "subj": {"name": "IL10", "db_refs": {"HGNC": "5962", "UP": "P22301"}},
     "obj": {"name": "STAT3", "db_refs": {"HGNC": "11364"}},
     "evidence": [{"pmid": "11"}, {"text_refs": {"DOI": "10.1/x"}}, {"pmid": "11"}]},
    {"type": "DecreaseAmount", "subj": {"name": "IL10", "db_refs": {"UP": "P22301"}},
     "obj": {"name": "TNF", "db_refs": {"TEXT": "TNF"}}},
    {"type": "Complex", "members": [{"name": "A"}, {"name": "B"}]},
    {"type": "Complex", "members": [{"name": "A"}, {"name": "B"}, {"name": "C"}]},
    {"type": "Phosphorylation", "enz": {"name": "MAP2K1"}, "sub": {"name": "MAPK1"}, "residue": "T"},
    {"type": "Influence", "subj": {"concept": {"name": "rain"}, "delta": {"polarity": -1}},
     "obj": {"concept": {"name": "crops"}, "delta": {"polarity": 1}}},
    {"type": "Autophosphorylation", "enz": {"name": "EGFR"}},
    "no statement",
]  # fmt: skip


def test_indra_statements_are_read(tmp_path: Path) -> None:
    file = tmp_path / "i.json"
    file.write_text(json.dumps(INDRA))
    reading = read_edges(file)
    assert [(e.subject.name, e.predicate, e.sign, e.object.name) for e in reading.edges] == [
        ("IL10", "activates", "+", "STAT3"), ("IL10", "decreases", "-", "TNF"), ("A", "binds", "?", "B"),
        ("MAP2K1", "Phosphorylation", "?", "MAPK1"), ("rain", "decreases", "-", "crops"),
    ]  # fmt: skip
    first = reading.edges[0]
    assert (first.subject.id, first.object.id, first.belief) == ("HGNC:5962", "HGNC:11364", 0.9)
    assert first.papers == ("PMID:11", "doi:10.1/x")
    assert reading.edges[1].subject.id == "UniProtKB:P22301"
    assert [(p.line, p.rule) for p in reading.problems] == [(4, "INDRA"), (7, "INDRA"), (8, "INDRA")]
    file.with_suffix(".jsonl").write_text("".join(json.dumps(s) + "\n" for s in INDRA[:3]))
    assert len(read_edges(file.with_suffix(".jsonl")).edges) == 3


def test_indra_s_own_statements_are_read() -> None:
    """Every type of statement that has a row in the table; names as in INDRA's schema."""
    listed = [row.split("\t") for row in TABLE.read_text(encoding="utf-8").splitlines()]
    types = {row[1] for row in listed if row[0] == "INDRA"}
    assert {
        "activation",
        "inhibition",
        "increaseamount",
        "decreaseamount",
        "complex",
        "phosphorylation",
    } <= types


SIGNOR = (
    "ENTITYA\tTYPEA\tIDA\tDATABASEA\tENTITYB\tTYPEB\tIDB\tDATABASEB\tEFFECT\tMECHANISM\tTAX_ID\tPMID\tDIRECT\t"
    "SIGNOR_ID\tSCORE\n"
    "IL10\tprotein\tP22301\tUNIPROT\tSTAT3\tprotein\tP40763\tUNIPROT\tup-regulates activity\tbinding\t9606\t"
    "1\tYES\tSIGNOR-1\t0.8\n"
    "TNF\tprotein\tP01375\tUNIPROT\tFibrosis\tphenotype\tSIGNOR-PH1\tSIGNOR\tdown-regulates\t\t10090\tOther\t"
    "NO\tSIGNOR-2\t\n"
    "\tprotein\tP1\tUNIPROT\tB\tprotein\tP2\tUNIPROT\tunknown\t\t\t\t\tSIGNOR-3\t\n"
    "short\trow\n"
)


def test_a_table_like_signor_s_is_read(tmp_path: Path) -> None:
    file = tmp_path / "s.tsv"
    file.write_text(SIGNOR)
    reading = read_edges(file)
    assert reading.format == "SIGNOR"
    one, two = reading.edges
    assert (one.predicate, one.sign, one.belief, one.papers) == ("activates", "+", 0.8, ("PMID:1",))
    assert (one.subject.id, one.subject.category) == ("UniProtKB:P22301", "protein")
    assert (two.predicate, two.sign, two.object.id, two.papers) == ("decreases", "-", "", ())
    assert two.context == {"species": ("10090",)}
    assert [p.line for p in reading.problems] == [4, 5]


def test_a_table_like_semmeddb_s_is_read(tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    file.write_text(
        "PREDICATION_ID,PMID,PREDICATE,SUBJECT_CUI,SUBJECT_NAME,OBJECT_CUI,OBJECT_NAME\n"
        '1,11,STIMULATES,C1|3586,IL10,C2,"T cell, regulatory"\n'
        "2,12,NEG_INHIBITS,C3,aspirin,C4,platelet\n"
        "3,13,ISA,C3,aspirin,C4,drug\n"
        "4,14,TREATS,C3,aspirin,C5,fever\n"
    )
    reading = read_edges(file)
    assert reading.format == "SemMedDB"
    assert reading.passed_over == 1
    assert [(e.predicate, e.sign, e.direction) for e in reading.edges] == [
        ("activates", "+", "supports"), ("inhibits", "-", "no effect"), ("ameliorates", "-", "supports"),
    ]  # fmt: skip
    assert reading.edges[0].subject == End("IL10", "NCBIGene:3586")
    assert reading.edges[0].object.name == "T cell, regulatory"


def test_kgx_of_others_is_read_by_its_qualifiers(tmp_path: Path) -> None:
    rows = [
        {"id": "e1", "subject": "CHEBI:1", "predicate": "biolink:affects", "object": "NCBIGene:3586",
         "qualified_predicate": "biolink:causes", "object_direction_qualifier": "upregulated",
         "object_aspect_qualifier": "activity", "publications": ["PMID:1", "PMID:2"],
         "primary_knowledge_source": "infores:x"},
        {"id": "e2", "subject": "CHEBI:1", "predicate": "biolink:affects", "object": "MONDO:1",
         "qualified_predicate": "biolink:causes", "object_direction_qualifier": "decreased"},
        {"id": "e3", "subject": "CHEBI:1", "predicate": "biolink:related_to", "object": "MONDO:1"},
        {"id": "e4", "subject": "CHEBI:1", "predicate": "biolink:subclass_of", "object": "CHEBI:2"},
        {"id": "e5", "subject": "CHEBI:1", "predicate": "biolink:treats", "object": "MONDO:1",
         "negated": True},
        {"id": "e6", "subject": "CHEBI:1", "object": "MONDO:1"},
        {"id": "e7", "subject": "CHEBI:1", "predicate": "biolink:physically_interacts_with",
         "object": "CHEBI:2"},
    ]  # fmt: skip
    (tmp_path / "x_nodes.jsonl").write_text(
        json.dumps({"id": "CHEBI:1", "name": "aspirin", "category": ["biolink:SmallMolecule"]}) + "\n"
    )
    (tmp_path / "x_edges.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    reading = read_edges(tmp_path / "x_edges.jsonl")
    assert [(e.predicate, e.sign) for e in reading.edges] == [
        ("activates", "+"), ("decreases", "-"), ("related to", "?"), ("binds", "?"),
    ]  # fmt: skip
    assert reading.edges[0].subject == End("aspirin", "CHEBI:1", "small molecule")
    assert reading.edges[0].papers == ("PMID:1", "PMID:2")
    assert reading.passed_over == 2
    assert [p.line for p in reading.problems] == [6]
    assert "predicate is missing" in reading.problems[0].message


def test_bel_as_pybel_writes_it_is_read(tmp_path: Path) -> None:
    data = {
        "directed": True, "multigraph": True, "graph": {"document_metadata": {"name": "x", "version": "1"}},
        "nodes": [
            {"function": "Protein", "concept": {"namespace": "hgnc", "identifier": "5962", "name": "IL10"},
             "bel": 'p(hgnc:5962 ! IL10)', "id": "n0"},
            {"function": "Protein", "namespace": "HGNC", "name": "TNF", "bel": "p(HGNC:TNF)", "id": "n1"},
            {"function": "Complex", "members": [], "bel": "complex(a, b)", "id": "n2"},
        ],
        "links": [
            {"source": 0, "target": 1, "relation": "directlyDecreases", "key": "k1",
             "citation": {"namespace": "pubmed", "identifier": "5"}, "evidence": "x",
             "annotations": {"Species": {"10090": True}}},
            {"source": "n0", "target": "n1", "relation": "increases", "key": "k2",
             "target_modifier": {"modifier": "Activity"},
             "citation": {"type": "PubMed", "reference": "6"}},
            {"source": 0, "target": 1, "relation": "causesNoChange", "key": "k3"},
            {"source": 0, "target": 1, "relation": "positiveCorrelation", "key": "k4"},
            {"source": 0, "target": 2, "relation": "increases", "key": "k5"},
            {"source": 0, "target": 1, "relation": "hasVariant", "key": "k6"},
        ],
    }  # fmt: skip
    file = tmp_path / "b.json"
    file.write_text(json.dumps(data))
    reading = read_edges(file)
    assert [(e.predicate, e.sign, e.direction, e.papers) for e in reading.edges] == [
        ("decreases", "-", "supports", ("PMID:5",)), ("activates", "+", "supports", ("PMID:6",)),
        ("causesNoChange", "?", "no effect", ()), ("positiveCorrelation", "?", "supports", ()),
    ]  # fmt: skip
    assert reading.edges[0].subject.id == "HGNC:5962"
    assert reading.edges[0].context == {"species": ("10090",)}
    assert reading.passed_over == 1
    assert "complex(a, b) has no name" in reading.problems[0].message


def test_sif_of_others_is_read(tmp_path: Path) -> None:
    file = tmp_path / "p.sif"
    file.write_text("A\tcontrols-expression-of\tB\nA\tactivates\tB\tC\nlonely\nA\tin-complex-with\tD\nA\tB\n")
    reading = read_edges(file)
    assert [(e.subject.name, e.predicate, e.sign, e.object.name) for e in reading.edges] == [
        ("A", "controls-expression-of", "?", "B"), ("A", "activates", "+", "B"), ("A", "activates", "+", "C"),
        ("A", "binds", "?", "D"),
    ]  # fmt: skip
    assert reading.passed_over == 1
    assert [p.line for p in reading.problems] == [5]


def test_graphml_of_others_is_read(tmp_path: Path) -> None:
    made = nx.DiGraph()
    made.add_node("n1", label="IL10", id="HGNC:5962")
    made.add_edge("n1", "n2", interaction="inhibits")
    made.add_edge("n2", "n1", polarity=-1)
    made.add_edge("n1", "n3", weight=1.5)
    nx.write_graphml(made, tmp_path / "x.graphml")
    reading = read_edges(tmp_path / "x.graphml")
    assert {(e.subject.name, e.predicate, e.sign, e.object.name) for e in reading.edges} == {
        ("IL10", "inhibits", "-", "n2"), ("n2", "decreases", "-", "IL10"),
    }  # fmt: skip
    assert "tells no predicate" in reading.problems[0].message


def test_cx2_with_aliases_and_defaults_is_read(tmp_path: Path) -> None:
    parts = [
        {"CXVersion": "2.0", "hasFragments": False},
        {"attributeDeclarations": [{
            "nodes": {"name": {"a": "n", "d": "string"}, "represents": {"a": "r", "d": "string"}},
            "edges": {"interaction": {"a": "i", "d": "string", "v": "activates"}},
        }]},
        {"nodes": [{"id": 1, "v": {"n": "IL10", "r": "HGNC:5962"}}, {"id": 2, "v": {"n": "TNF"}}]},
        {"edges": [{"id": 1, "s": 1, "t": 2, "v": {"i": "inhibits"}}, {"id": 2, "s": 2, "t": 1},
                   {"id": 3, "s": 2, "t": 9, "v": {}}]},
        {"status": [{"success": True}]},
    ]  # fmt: skip
    file = tmp_path / "x.cx2"
    file.write_text(json.dumps(parts))
    reading = read_edges(file)
    assert [(e.subject.name, e.predicate, e.sign, e.object.name) for e in reading.edges] == [
        ("IL10", "inhibits", "-", "TNF"), ("TNF", "activates", "+", "IL10"),
    ]  # fmt: skip
    assert reading.edges[0].subject.id == "HGNC:5962"
    assert [p.message for p in reading.problems] == ["joins a node that is not there"]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.tsv", "", "is empty"),
        ("a.tsv", "x\ty\n1\t2\n", "a header with subject, predicate and object is wanted"),
        ("a.json", "{", "is not JSON"),
        ("a.json", '{"a": 1}', "JSON of no format that is read here"),
        ("a.json", "[1]", "JSON of no format that is read here"),
        ("a.graphml", "<graphml><x", "is no GraphML"),
        ("a.graphml", '<!DOCTYPE x [<!ENTITY a "b">]><graphml/>', "declares entities"),
        ("a.parquet", "no", "is not Parquet"),
    ],
)
def test_what_cannot_be_read_says_why(name: str, content: str, told: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(BadInput, match=told):
        read_edges(tmp_path / name)
    code, _, error = run("convert", str(tmp_path / name), str(tmp_path / "out.sif"))
    assert code == 2
    assert "Traceback" not in error
    assert not (tmp_path / "out.sif").exists()


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no such file"):
        read_edges(tmp_path / "none.tsv")
    (tmp_path / "b.tsv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="not UTF-8"):
        read_edges(tmp_path / "b.tsv")


# The table of predicates --------------------------------------------------------------------------


def test_the_table_of_predicates_is_sound(real: Graph) -> None:
    rows = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines()]
    assert rows[0] == ["format", "predicate", "ours", "sign", "note"]
    assert len({tuple(row[:2]) for row in rows}) == len(rows)
    for form, predicate, ours, sign, _ in rows[1:]:
        assert sign in ("+", "-", "?", "0", ""), predicate
        if ours:
            assert real.knowledge.by_predicate[ours].sign.value == sign, (form, predicate)
    for relation in real.knowledge.relations:
        assert read_predicate(relation.name)[:2] == (relation.name, relation.sign.value)


def test_a_sign_in_the_file_goes_before_the_table() -> None:
    assert read_predicate("activates", sign="-")[:2] == ("activates", "-")
    assert read_predicate("stimulates")[:2] == ("activates", "+")
    assert read_predicate("phosphorylates")[:2] == ("phosphorylates", "")


# convert and the command --------------------------------------------------------------------------


def test_convert_writes_what_it_could_read_and_lists_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "s.tsv"
    file.write_text(SIGNOR)
    code, _, told = run("convert", str(file), str(tmp_path / "x.graphml"))
    assert code == 1
    assert "SIGNOR: 2 edges, not read: 2 rows" in told
    assert f"{file}:5: 2 cells, 15 wanted" in told
    assert len(read_edges(tmp_path / "x.graphml").edges) == 2
    code, _, told = run("convert", str(tmp_path / "x.graphml"), str(tmp_path / "y.out"))
    assert (code, "tells no format; give --to" in told) == (2, True)
    code, _, told = run("convert", str(tmp_path / "x.graphml"), str(tmp_path / "y.out"), "--to", "jsonld")
    assert code == 0
    assert json.loads((tmp_path / "y.out").read_text())["@context"]
    code, _, told = run("convert", str(tmp_path / "x.graphml"), str(tmp_path / "x.graphml"))
    assert (code, "over itself" in told) == (2, True)


def test_a_failed_export_leaves_nothing(tiny: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edges = list(edges_of(tiny.statements(), tiny.knowledge))
    (tmp_path / "file").write_text("old")
    with pytest.raises(NotWritable):
        write("cx2", edges, tmp_path / "file" / "x.cx2")
    with pytest.raises(BadInput, match="KGX goes to"):
        write("kgx", edges, tmp_path / "x.owl")
    with pytest.raises(BadInput, match="is no format"):
        write("nonsense", edges, tmp_path / "x")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(NotWritable, match="No space left"):
        write("neo4j", edges, tmp_path / "neo")
    code, _, told = run(
        "--graph", str(tiny.built.path), "export", "statements", "--tsv", "-o", str(tmp_path / "file")
    )
    assert (code, "No space left" in told) == (2, True)
    assert (tmp_path / "file").read_text() == "old"
    assert not list((tmp_path / "neo").iterdir())


@pytest.mark.parametrize("what", ["kgx", "neo4j", "parquet", "rocrate", "croissant"])
def test_what_is_no_text_wants_a_place(what: str, tiny: Graph) -> None:
    code, out, told = run("--graph", str(tiny.built.path), "export", what)
    assert (code, out) == (2, "")
    assert "say with -o where it goes" in told


@pytest.mark.parametrize("what", ["cx2", "graphml", "sif", "bel", "jsonld", "nanopub", "sssom"])
def test_texts_go_to_standard_output(what: str, tiny: Graph) -> None:
    code, out, _ = run("--graph", str(tiny.built.path), "export", what)
    assert code == 0
    assert len(out) > 100


def test_a_device_is_written_to_and_never_replaced(tiny: Graph, tmp_path: Path) -> None:
    """An export to /dev/full once put a file in the place of the device."""
    import os
    import threading

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    edges = list(edges_of(tiny.statements(), tiny.knowledge))
    write("sif", edges, pipe)
    reader.join()
    assert pipe.is_fifo()
    assert "MSC\t" in read[0]
    with pytest.raises(NotWritable, match="no file"):
        write("neo4j", edges, _with_pipe(tmp_path / "neo"))
    link, target = tmp_path / "link.sif", tmp_path / "target.sif"
    target.write_text("old")
    link.symlink_to(target)
    write("sif", edges, link)
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == read[0]


def _with_pipe(folder: Path) -> Path:
    import os

    folder.mkdir()
    os.mkfifo(folder / "nodes.csv")
    return folder
