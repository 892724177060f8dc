"""Named SPARQL queries give the expected rows, and the same rows in rdflib as in Oxigraph."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import rdflib

from kg.errors import NameNotFound, QueryRefused, QueryTooSlow
from kg.graph import Graph
from kg.store.queries import named_queries, query_text

NAMES = [q.name for q in named_queries()]

# Every row of each query on the tiny graph, or where that is long, what it must hold: (n_rows, rows).
EXPECTED: dict[str, tuple[int, set[tuple[str, ...]]]] = {
    "evidence-by-year": (
        4,
        {("2001", "1", "2"), ("2002", "1", "5"), ("2003", "1", "3"), ("2004", "1", "4")},
    ),
    "human-evidence": (1, {("bone marrow MSC", "increases", "Treg", "randomised trial", "asthma", "1")}),
    "msc-harm": (0, set()),
    "msc-to-treg-to-fibrosis": (
        4,
        {
            ("MSC", "increases", "decreases", "pulmonary fibrosis"),
            ("MSC", "increases", "increases", "pulmonary fibrosis"),
            ("bone marrow MSC", "increases", "decreases", "pulmonary fibrosis"),
            ("bone marrow MSC", "increases", "increases", "pulmonary fibrosis"),
        },
    ),
    "necessary-mediators": (1, {("PGE2", "increases", "IL-10", "Mus musculus", "", "doi:10.5555/tiny.2")}),
    "null-and-disputed": (
        2,
        {
            (
                "IL-10", "decreases", "death", "no effect",
                "Survival was the same with and without the cytokine.", "doi:10.5555/tiny.2",
            ),
            ("bone marrow MSC", "decreases", "death", "no effect", "Nobody died in either arm.", "PMID:1"),
        },
    ),
    "one-laboratory": (1, {("1", "12")}),
    "opposite-signs": (1, {("Treg", "increases", "decreases", "pulmonary fibrosis")}),
    "secreted-by-msc": (
        3,
        {
            ("MSC", "secretes", "PGE2", "1"),
            ("MSC-EV", "contains", "miR-21-5p", "1"),
            ("macrophage", "secretes", "IL-10", "1"),
        },
    ),
    "shared-between-diseases": (0, set()),
    "treg-sources": (
        2,
        {
            ("MSC", "increases", "association", "Mus musculus", "in vivo", "doi:10.5555/tiny.1"),
            ("bone marrow MSC", "increases", "association", "Homo sapiens", "clinical", "PMID:1"),
        },
    ),
    "trials": (
        1,
        {
            (
                "PMID:1", "2004", "NCT00000001", "1", "12", "true", "not met",
                "A small trial of stromal cells in asthma",
            )
        },
    ),
    "vesicle-cargo-targets": (1, {("MSC-EV", "miR-21-5p", "represses", "TGF-beta")}),
    "where-from": (14, set()),
}  # fmt: skip


def test_there_are_at_least_twelve_and_each_has_expected_rows() -> None:
    assert len(NAMES) >= 12
    assert set(EXPECTED) == set(NAMES)


def rows(g: Graph, text: str) -> list[tuple[str, ...]]:
    return [tuple(cell or "" for cell in row) for row in g.query(text).rows]


@pytest.mark.parametrize("name", NAMES)
def test_expected_rows_on_the_tiny_graph(tiny: Graph, name: str) -> None:
    found = rows(tiny, query_text(name))
    n_rows, expected = EXPECTED[name]
    assert len(found) == n_rows
    assert expected <= set(found)
    assert len(expected) == n_rows or name == "where-from"


@pytest.mark.parametrize("query", named_queries(), ids=NAMES)
def test_the_header_is_true(tiny: Graph, query) -> None:  # type: ignore[no-untyped-def]
    assert tiny.query(query.text).columns == query.columns
    assert query.question.endswith("?")
    assert query.title


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_rdflib_and_oxigraph_agree_on_the_real_graph(
    real: Graph,
    real_in_rdflib: rdflib.Dataset,
    rows_in_rdflib: Callable[[rdflib.Dataset, str], list[tuple[str, ...]]],
    name: str,
) -> None:
    ours = sorted(rows(real, query_text(name)))
    assert ours == rows_in_rdflib(real_in_rdflib, query_text(name))
    assert ours, "a named query that finds nothing in the released graph is of no use"


def test_treg_chain_agrees_with_the_path_engine(real: Graph) -> None:
    """Same question, same answer: two-step chains by SPARQL and by the engine."""
    by_query = {(r[0], r[1], r[2], r[3]) for r in rows(real, query_text("msc-to-treg-to-fibrosis"))}
    treg = real.entity("Treg").name
    by_engine = {
        (p.entities[0], p.statements[0].predicate, p.statements[1].predicate, p.entities[2])
        for p in real.paths("MSC", "fibrosis", max_length=2)
        if len(p.steps) == 2 and p.entities[1] == treg
    }
    assert by_query == by_engine


def test_default_graph_hides_evidence_until_it_is_named(tiny: Graph) -> None:
    assert tiny.query("ASK { ?x voc:anchor ?a }").rows == (("false",),)
    assert tiny.query("ASK { GRAPH graph:evidence { ?x voc:anchor ?a } }").rows == (("true",),)
    assert tiny.query("ASK FROM graph:evidence { ?x voc:anchor ?a }").rows == (("true",),)


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <a:b> <a:b> <a:b> }",
        "DELETE WHERE { ?s ?p ?o }",
        "DROP ALL",
        "LOAD <file:///etc/passwd>",
        "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { { SERVICE SILENT ?x { ?s ?p ?o } } }",
        "",
        "# only a comment",
    ],
)
def test_updates_service_and_nothing_are_refused(tiny: Graph, text: str) -> None:
    with pytest.raises(QueryRefused):
        tiny.query(text)


def test_words_like_service_in_strings_and_names_are_no_service(tiny: Graph) -> None:
    text = (
        'SELECT ?service ?insert { ?service voc:name "SERVICE <x> { }" . BIND("DROP" AS ?insert) } # SERVICE'
    )
    assert tiny.query(text).rows == ()


def test_from_a_file_reads_no_file(tiny: Graph) -> None:
    assert tiny.query("SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }").rows == ()


def test_a_slow_query_is_stopped(tiny: Graph) -> None:
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(str(?a) = str(?i)) }"
    with pytest.raises(QueryTooSlow, match=r"0\.5 s"):
        tiny.query(slow, time_limit=0.5)


def test_rows_are_cut_at_the_limit(tiny: Graph) -> None:
    found = tiny.query("SELECT * { ?s ?p ?o }", time_limit=20, row_limit=3)
    assert len(found.rows) == 3
    assert found.is_cut


def test_an_unknown_query_name_offers_near_ones() -> None:
    with pytest.raises(NameNotFound, match="trials"):
        query_text("trial")
