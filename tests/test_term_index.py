"""Every class of the ontology can be found, shown and walked; the owlready2 view answers to our names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from pyoxigraph import Literal, Quad, RdfFormat, parse

import kg
from kg import vocab
from kg.cli import main
from kg.errors import AmbiguousName, NameNotFound, NoSuchTerm
from kg.graph import Graph
from kg.ontology.reading import Ontology
from kg.ontology.reasoning import conclude_rustdl
from kg.ontology.terms import Terms, Touch, term_rows, touch
from kg.ontology.view import OntologyView, python_name
from kg.store.rdf import LABEL, SUBCLASS, A, graph, iri


def ask(g: Graph, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["--graph", str(g.built.path), *words])
    return done.exit_code, done.output


# Above and below ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_subclasses_are_what_the_reasoner_says(real: Graph) -> None:
    quads = list(parse(path=str(real.built.path / "ontology.nq"), format=RdfFormat.N_QUADS))
    said = conclude_rustdl(Ontology(quads, real.knowledge)).superclasses
    for term in real.terms.by_id.values():
        assert {t.id for t in real.superclasses(term)} == set(said.get(term.id, ())) & real.terms.by_id.keys()
    below = {low for low, highs in said.items() if "mscm:0000018" in highs}
    assert {t.id for t in real.subclasses("immune cell")} == below & real.terms.by_id.keys()


def test_the_next_ones_have_nothing_between(real: Graph) -> None:
    for name in ("cell", "phenotype", "chemical entity", "immune cell", "Treg"):
        term = real.term(name)
        equals = set(real.terms.equivalents(term))
        direct, all_below = real.subclasses(name, direct=True), set(real.subclasses(name)) - equals
        assert set(direct) <= all_below
        for low in all_below:
            between = set(real.superclasses(low)) & all_below - set(real.terms.equivalents(low))
            assert (low in direct) == (not between), (name, low.name)


def test_terms_that_are_no_entities_are_walked_too(real: Graph) -> None:
    assert real.term("mature T cell").kind == "imported term"
    assert "Treg" in {t.name for t in real.subclasses("mature T cell")}
    assert "mature T cell" in {t.name for t in real.superclasses("Treg", direct=True)}
    assert [t.name for t in real.terms.equivalents(real.term("leukocyte"))] == ["immune cell"]


def made(*links: tuple[str, str]) -> Terms:
    """Terms from bare subclass links between made-up classes."""
    place, cls = graph("ontology"), iri("owl:Class")
    names = sorted({n for link in links for n in link})
    quads = [Quad(iri(f"mscm:{n}"), A, cls, place) for n in names]
    quads += [Quad(iri(f"mscm:{n}"), LABEL, Literal(n), place) for n in names]
    quads += [Quad(iri(f"mscm:{a}"), SUBCLASS, iri(f"mscm:{b}"), place) for a, b in links]
    knowledge = kg.model.Knowledge((), (), ())  # type: ignore[attr-defined]
    return Terms(tuple(term_rows(quads, knowledge, {}, ())), kg.mechanism.names.Names(()))  # type: ignore[attr-defined]


def test_a_shortcut_and_a_circle_in_the_links() -> None:
    terms = made(("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("d", "c"))
    assert [t.name for t in terms.superclasses(terms.resolve("a"))] == ["b", "c", "d"]
    assert [t.name for t in terms.superclasses(terms.resolve("a"), direct=True)] == ["b"]
    assert [t.name for t in terms.equivalents(terms.resolve("c"))] == ["d"]
    assert [t.name for t in terms.subclasses(terms.resolve("d"), direct=True)] == ["b"]


# Names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "curie"),
    [
        ("Treg", "CL:0000815"),
        ("regulatory T cell", "CL:0000815"),
        ("cl:0000815", "CL:0000815"),
        (vocab.expand("CL:0000815"), "CL:0000815"),
        ("Antifibrotic Mediator", "mscm:0000054"),
        ("mature T cell", "CL:0002419"),
        ("goblet cell", "CL:0002370"),  # the entity of that name, not the imported term
        ("CL:0000160", "CL:0000160"),
    ],
)
def test_a_term_is_found_by_any_of_its_spellings(real: Graph, text: str, curie: str) -> None:
    assert real.term(text).id == curie


def test_names_that_stand_for_nothing_or_several_say_so(tiny: Graph) -> None:
    with pytest.raises(NameNotFound) as caught:
        tiny.term("antifibrotic mediatr")
    assert "antifibrotic mediator" in caught.value.nearest
    with pytest.raises(AmbiguousName):
        tiny.term("CM")


# Showing ------------------------------------------------------------------------------------------


def test_an_imported_term_is_shown_with_its_place_source_and_evidence(real: Graph) -> None:
    code, text = ask(real, "show", "mature T cell")
    assert code == 0
    lines = text.splitlines()
    assert lines[0] == "mature T cell   CL:0002419, imported term"
    assert any(line.startswith("  is a: ") and "T cell" in line for line in lines)
    assert any(line.startswith("  above: ") and "Treg" in line for line in lines)
    assert any(line.startswith("  source: CL, ") and "CC-BY-4.0" in line for line in lines)
    n = touch(real.statements(), real.profile("mature T cell").below)
    assert f"  evidence: {n}, through " in text
    data = json.loads(ask(real, "show", "mature T cell", "--json")[1])
    assert data["evidence"] == {"n_statements": 0, "n_lines": 0, "n_papers": 0}
    assert data["evidence_below"]["n_statements"] == n.n_statements > 0
    rows = ask(real, "show", "mature T cell", "--tsv")[1].splitlines()
    assert len(rows) == n.n_statements + 1


def test_an_entity_counts_its_own_evidence_and_that_of_all_below(tiny: Graph) -> None:
    profile = tiny.profile("fibrosis")
    own = [s for s in tiny.statements() if "fibrosis" in (s.subject, s.object)]
    assert profile.evidence == touch(tiny.statements(), ["fibrosis"])
    assert profile.evidence.n_statements == len(own)
    assert profile.below == ("collagen deposition", "fibrosis", "pulmonary fibrosis")
    assert profile.evidence_below.n_statements > profile.evidence.n_statements
    assert "pulmonary fibrosis" in profile.children
    text = ask(tiny, "show", "fibrosis")[1]
    assert f"with the 2 below it: {profile.evidence_below}" in text


def test_evidence_counts_statements_lines_and_papers_once(tiny: Graph) -> None:
    both = touch(tiny.statements(), ["MSC", "PGE2"])
    found = [s for s in tiny.statements() if {"MSC", "PGE2"} & {s.subject, s.object}]
    assert both.n_statements == len(found)
    assert both.n_lines == sum(len(s.evidence) for s in found)
    assert both.n_papers == len({e.paper.id for s in found for e in s.evidence})
    assert str(Touch(1, 2, 1)) == "1 statement, 2 evidence lines, 1 paper"
    assert touch(tiny.statements(), []) == Touch(0, 0, 0)


def test_mappings_in_the_ontology_graph_are_shown(tiny_copy: Path) -> None:
    with (tiny_copy / "ontology" / "core.ttl").open("a") as core:
        core.write("\nobo:CL_0000815 skos:exactMatch <https://meshb.nlm.nih.gov/record/ui?ui=D050378> .\n")
        core.write("mscm:0000001 skos:broadMatch obo:PATO_0000001 .\n")
    g = kg.load(tiny_copy)
    assert "  maps to: MESH:D050378 (exact)" in ask(g, "show", "Treg")[1].splitlines()
    data = json.loads(ask(g, "show", "phenotype", "--json")[1])
    assert data["mappings"] == [{"match": "broad", "id": "PATO:0000001"}]
    assert data["kind"] == "upper class"


def test_defined_classes_keep_axiom_and_members(tiny: Graph) -> None:
    data = json.loads(ask(tiny, "show", "antifibrotic mediator", "--json")[1])
    assert data["members"] == ["IL-10"]
    assert data["axiom"] == "mediator and (lowers some fibrotic outcome)"
    assert data["kind"] == "defined class"


# Finding ------------------------------------------------------------------------------------------


def test_find_lists_entities_first_and_marks_the_rest(real: Graph) -> None:
    rows = json.loads(ask(real, "find", "t cell", "--json")[1])
    kinds = [row["kind"] for row in rows]
    assert kinds[0] == "entity"
    assert kinds == sorted(kinds, key=lambda kind: kind != "entity")
    assert {"defined class", "imported term"} <= set(kinds)
    assert {row["id"] for row in rows if row["kind"] == "imported term"} >= {"CL:0002419"}
    assert len({row["id"] for row in rows}) == len(rows)
    code, text = ask(real, "find", "cell", "--limit", "3")
    assert code == 0
    assert "more; --limit raises this" in text
    assert ask(real, "find", "zzzz")[0] == 1


# The owlready2 view -------------------------------------------------------------------------------


def test_attributes_are_our_names(real: Graph) -> None:
    o = real.ontology
    assert o.Treg.iri == vocab.expand("CL:0000815")
    assert o["pulmonary fibrosis"].iri == vocab.expand("HP:0002206")
    assert o.MSC_EV.iri == vocab.expand(real.entity("MSC-EV").id)
    assert o.Wharton_s_jelly_MSC in list(o.perinatal_MSC.equivalent_to[0].Classes)
    assert o["T cell"] in o.Treg.ancestors()
    assert o.Treg in list(o.mature_T_cell.subclasses())
    assert list(o.bone_marrow_MSC.subclasses()) == []
    assert o.secretes.iri == vocab.expand("rel:secretes")


def test_every_name_in_dir_leads_to_its_class(real: Graph) -> None:
    o, listed = real.ontology, set(dir(real.ontology))
    found = [e for e in real.entities if python_name(e.name) in listed]
    assert len(found) > 0.98 * len(real.entities)
    for e in found:
        assert getattr(o, python_name(e.name)).iri == vocab.expand(e.id), e.name


def test_a_misspelt_name_is_told_what_was_meant(real: Graph) -> None:
    with pytest.raises(NoSuchTerm, match="'Treg'"):
        _ = real.ontology.Tregg
    with pytest.raises(NameNotFound, match="'Treg'"):
        _ = real.ontology["Tregg"]
    assert not hasattr(real.ontology, "Tregg")
    assert not hasattr(real.ontology, "_repr_html_")
    assert isinstance(real.ontology, OntologyView)


def test_search_looks_at_names_labels_and_synonyms(real: Graph) -> None:
    o = real.ontology
    found = o.search("*macrophage*")
    assert o.alveolar_macrophage in found
    assert o.M2_macrophage in found
    assert o.search("regulatory t cell") == [o.Treg]
    assert o.search("cl:000081?") == [o.Treg] or o.Treg in o.search("cl:000081?")
    assert set(o.search("*macrophage*", subclass_of=o["immune cell"])) <= set(found)
    assert o.search(iri="*CL_0000815") == [o.Treg]
    assert o.search("no such thing*") == []


def test_what_is_no_name_of_ours_is_owlready2s(real: Graph) -> None:
    assert len(list(real.ontology.classes())) == len(real.terms.by_id)
    assert real.ontology.search_one(iri=vocab.expand("CL:0000815")) is real.ontology.Treg
    assert real.ontology.base_iri.startswith(vocab.ONTOLOGY_IRI)
