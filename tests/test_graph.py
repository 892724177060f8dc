"""The public face: names, lookups, views, conflicts, hypotheses, other shapes."""

from __future__ import annotations

import subprocess
import sys

import networkx as nx
import pytest
import rdflib

import kg
from kg import vocab
from kg.errors import AmbiguousName, BadInput, NameNotFound
from kg.graph import Graph
from kg.model import Sign
from kg.show.export import EVIDENCE_COLUMNS, STATEMENT_COLUMNS, evidence_rows, statement_rows

PUBLIC = [
    "AmbiguousName", "Conflict", "Entity", "Graph", "Hypothesis", "KGError", "NameNotFound", "Path",
    "PathQuery", "Sign", "Statement", "__version__", "load",
]  # fmt: skip


def test_the_public_names_are_these() -> None:
    assert kg.__all__ == PUBLIC
    assert all(getattr(kg, name) for name in PUBLIC)
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        kg.lod  # noqa: B018


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    heavy = {"rdflib", "owlready2", "networkx", "pyvis", "pydantic", "pyoxigraph", "yaml", "rustdl", "numpy"}
    code = "import sys, kg.cli, kg.graph; print(*sorted(set(sys.modules) & set(sys.argv[1:])))"
    done = subprocess.run(
        [sys.executable, "-c", code, *heavy],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout.split() == []


@pytest.mark.parametrize(
    "spelling", ["Treg", "treg", "regulatory T cell", "Regulatory  t-cell", "CL:0000815", "cl:0000815"]
)
def test_names_are_taken_generously(tiny: Graph, spelling: str) -> None:
    assert tiny.entity(spelling).name == "Treg"


def test_greek_and_spelled_out_names_are_one(tiny: Graph) -> None:
    assert tiny.entity("TGF-β1") is tiny.entity("tgf-beta1") is tiny.entity("TGF-beta")


def test_an_unknown_name_offers_the_nearest(tiny: Graph) -> None:
    with pytest.raises(NameNotFound, match="did you mean 'Treg'") as caught:
        tiny.entity("Tregg")
    assert isinstance(caught.value, LookupError)
    assert caught.value.nearest[0] == "Treg"


def test_an_ambiguous_name_lists_what_it_could_be(tiny: Graph) -> None:
    with pytest.raises(AmbiguousName, match=r"conditioned medium .OBI:1000023.") as caught:
        tiny.entity("CM")
    assert {n for n, _ in caught.value.candidates} == {"conditioned medium", "cardiac myocyte"}


def test_find_puts_the_best_first(tiny: Graph) -> None:
    assert [e.name for e in tiny.find("fibrosis")][:2] == ["fibrosis", "pulmonary fibrosis"]
    assert tiny.find("CL:0000815")[0].name == "Treg"
    assert tiny.find("zebrafish") == []


def test_statements_by_end_and_predicate(tiny: Graph) -> None:
    assert {s.subject for s in tiny.statements("MSC", "increases", "T cell")} == {"MSC", "bone marrow MSC"}
    assert [s.subject for s in tiny.statements("MSC", "increases", "Treg", subclasses=False)] == ["MSC"]
    with pytest.raises(BadInput, match="is no predicate"):
        tiny.statements(predicate="boosts")
    statement = tiny.statements("miR-21-5p")[0]
    assert tiny.statement(statement.id) is statement
    with pytest.raises(BadInput, match="no statement has the id"):
        tiny.statement("s000000000000")


def test_conflicts_have_sides_and_axes(tiny: Graph) -> None:
    (conflict,) = tiny.conflicts()
    assert (conflict.subject, conflict.object, conflict.kind) == ("Treg", "pulmonary fibrosis", "opposite")
    assert conflict.axes == ("species", "model")
    assert conflict.contexts("species") == (("rat",), ("mouse",))
    assert tiny.conflicts("fibrosis") == [conflict]
    assert tiny.conflicts("asthma") == []


def test_conflict_within_one_statement(real: Graph) -> None:
    kinds = {c.kind for c in real.conflicts()}
    assert kinds == {"opposite", "disputed"}
    for c in real.conflicts():
        assert c.one_side
        assert c.other_side
        if c.kind == "opposite":
            signs = {real.statement(i).sign for i in c.statements}
            assert signs == {Sign.PLUS, Sign.MINUS}


# Other shapes -------------------------------------------------------------------------------------


def test_statement_columns_are_the_contract(tiny: Graph) -> None:
    contract = (
        "id subject_id subject predicate sign object_id object n_supports n_disputes n_no_effect "
        "belief rung papers diseases species"
    )
    assert list(STATEMENT_COLUMNS[:15]) == contract.split()
    rows = [
        dict(zip(STATEMENT_COLUMNS, r, strict=True))
        for r in statement_rows(tiny.statements(), tiny.knowledge)
    ]
    assert len(rows) == len(tiny.statements()) == 14
    row = next(r for r in rows if (r["subject"], r["predicate"]) == ("Treg", "decreases"))
    assert row["subject_id"] == "CL:0000815"
    assert row["object_id"] == "HP:0002206"
    assert (row["sign"], row["n_supports"], row["n_disputes"], row["n_no_effect"]) == ("-", "1", "0", "0")
    assert (row["papers"], row["diseases"], row["species"]) == (
        "doi:10.5555/tiny.1",
        "fibrotic lung disease",
        "mouse",
    )


def test_evidence_columns_are_the_contract(tiny: Graph) -> None:
    contract = (
        "statement_id subject predicate object direction test finding pmid doi year kind disease model "
        "species system product source donor route anchor"
    )
    assert list(EVIDENCE_COLUMNS[:20]) == contract.split()
    rows = [dict(zip(EVIDENCE_COLUMNS, r, strict=True)) for r in evidence_rows(tiny.statements())]
    assert len(rows) == 14
    assert {r["direction"] for r in rows} == {"supports", "no effect"}
    assert all(len(r["anchor"]) == 16 for r in rows)


def test_networkx_has_every_asserted_statement_as_an_edge(tiny: Graph) -> None:
    made = tiny.to_networkx()
    assert set(made.edges(keys=True)) == {
        (s.subject, s.object, s.id) for s in tiny.statements() if s.is_asserted
    }
    assert made.number_of_edges("Treg", "pulmonary fibrosis") == 2
    assert made.nodes["Treg"]["id"] == "CL:0000815"


def test_graphml_comes_back(tiny: Graph) -> None:
    text = "\n".join(nx.generate_graphml(tiny.to_networkx()))
    back = nx.parse_graphml(text, force_multigraph=True)
    assert back.number_of_edges() == tiny.to_networkx().number_of_edges()


def test_rdflib_sees_the_five_graphs(tiny: Graph) -> None:
    dataset = tiny.to_rdflib()
    for name in vocab.GRAPHS:
        assert len(dataset.graph(rdflib.URIRef(vocab.expand(f"graph:{name}")))) > 0


def test_ontology_as_owlready2_objects(tiny: Graph) -> None:
    treg = tiny.ontology.search_one(iri=vocab.expand("CL:0000815"))
    assert treg.label == ["regulatory T cell"]
    assert tiny.ontology.search_one(iri=vocab.expand("CL:0000084")) in treg.ancestors()


def test_every_inferred_triple_has_its_rule_and_premises(tiny: Graph) -> None:
    text = """SELECT ?s ?p ?o (COUNT(DISTINCT ?i) AS ?n) WHERE {
        GRAPH graph:inferred {
          ?s ?p ?o .
          FILTER(?p NOT IN (rdf:type, rdf:subject, rdf:predicate, rdf:object, voc:rule, voc:premise))
          OPTIONAL { ?i rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; voc:rule ?r ; voc:premise ?b }
        } } GROUP BY ?s ?p ?o"""
    found = tiny.query(text).rows
    assert found
    assert all(n == "1" for *_, n in found)


def test_stats_show_empty_cells(tiny: Graph) -> None:
    from kg.show.stats import DISEASES, MECHANISMS, coverage, summary

    grid = coverage(tiny.statements(), tiny.knowledge, tiny.names)
    assert len(grid.rows) == len(DISEASES) * len(MECHANISMS)
    cells = {(r[0], r[1]): dict(zip(grid.columns[2:], r[2:], strict=True)) for r in grid.rows}
    assert cells["asthma", "T cells"]["randomised trial"] == 1
    assert cells["asthma", "mucus"] == dict.fromkeys(vocab.RUNGS, 0)
    counts = summary(tiny.statements(), tiny.knowledge)
    assert (counts["papers"], counts["evidence lines"], counts["  no effect"], counts["conflicts"]) == (
        4,
        14,
        2,
        1,
    )


def test_stats_know_every_name_they_group_by(real: Graph) -> None:
    from kg.show.stats import DISEASES, MECHANISMS

    names = {n for roots in (*DISEASES.values(), *MECHANISMS.values()) for n in roots}
    assert names <= set(real.names.by_name)


def test_what_was_only_found_absent_never_reads_as_an_effect(real: Graph) -> None:
    """It read "increases FEV1 [+] 0.00"."""
    nulls = real.nulls()
    assert nulls
    for s in nulls:
        assert (s.mark, s.words) == ("0", "no effect on")
        assert "no effect on" in str(s)
        assert not s.supports
    assert not any(s.is_null for s in real.statements() if s.is_asserted)


def test_the_level_of_a_step_is_the_best_it_was_shown_in(tiny: Graph) -> None:
    (path, *_) = tiny.paths("MSC", "fibrosis", via="Treg", sign="-")
    assert {s.level for s in path.steps} <= {"human", "animal", "in vitro"}
    assert [vocab.level_of(r) for r in ("in vitro", "rodent in vivo", "early trial", "")] == [
        "in vitro", "animal", "human", "",
    ]  # fmt: skip


def test_open_ends_are_what_is_acted_on_and_leads_nowhere(tiny):
    from kg.show.stats import ENDS, open_ends

    given = tiny.matching("MSC", products=True)
    found = open_ends(tiny.statements(), tiny.knowledge, given)
    names = [name for name, *_ in found]
    reached = {s.object for s in tiny.statements() if s.is_asserted and s.subject in given} - given.keys()
    leading = {s.subject for s in tiny.statements() if s.is_asserted}
    by_name = tiny.knowledge.by_name
    assert set(names) == {n for n in reached - leading if by_name[n].category not in ENDS}
    assert [n for _, _, n, _ in found] == sorted((n for _, _, n, _ in found), reverse=True)
    # Without the statements that start at it, Treg would be one.
    fewer = [s for s in tiny.statements() if s.subject != "Treg"]
    assert "Treg" not in names
    assert "Treg" in [name for name, *_ in open_ends(fewer, tiny.knowledge, given)]
