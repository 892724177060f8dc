"""The ontology loads in three libraries without complaint and says what the tables say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import owlready2
import pyhornedowl
import pytest
import rdflib
from rdflib.namespace import OWL, RDF, RDFS

from kg import vocab
from kg.export import ontology_text
from kg.graph import Graph
from kg.model import Sign

DEFINITION = rdflib.URIRef(vocab.expand("IAO:0000115"))


@pytest.fixture(scope="module")
def files(real: Graph, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("ontology")
    made = {}
    for suffix in (".ttl", ".owl", ".nt"):
        made[suffix] = folder / f"mscm{suffix}"
        made[suffix].write_text(ontology_text(real.built, suffix), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def triples(files: dict[str, Path]) -> rdflib.Graph:
    return rdflib.Graph().parse(files[".ttl"])


def uri(curie: str) -> rdflib.URIRef:
    return rdflib.URIRef(vocab.expand(curie))


def test_the_three_forms_say_the_same(files: dict[str, Path], triples: rdflib.Graph) -> None:
    for suffix in (".owl", ".nt"):
        other = rdflib.Graph().parse(files[suffix])
        assert len(other) == len(triples)
        named = [t for t in other if not any(isinstance(x, rdflib.BNode) for x in t)]
        assert all(t in triples for t in named)


def test_same_build_same_text(real: Graph, files: dict[str, Path]) -> None:
    assert all(ontology_text(real.built, suffix) == path.read_text() for suffix, path in files.items())


def test_owlready2_loads_it(real: Graph, files: dict[str, Path]) -> None:
    world = owlready2.World()
    ontology = world.get_ontology(files[".owl"].as_uri()).load()
    assert len(list(ontology.classes())) > len(real.entities)
    treg = world[vocab.expand("CL:0000815")]
    assert world[vocab.expand("CL:0000084")] in treg.ancestors()
    assert treg.label == ["regulatory T cell"]
    assert len(list(ontology.object_properties())) >= 2 * len(real.knowledge.relations)
    vesicle = world[vocab.expand(real.entity("MSC exosome").id)]
    assert world[vocab.expand(real.entity("MSC-EV").id)] in vesicle.ancestors()


def test_a_second_owl_parser_reads_every_class(triples: rdflib.Graph, files: dict[str, Path]) -> None:
    parsed = pyhornedowl.open_ontology(str(files[".owl"]))
    ours = {str(c) for c in triples.subjects(RDF.type, OWL.Class) if isinstance(c, rdflib.URIRef)}
    assert set(parsed.get_classes()) == ours
    assert len(parsed.get_axioms()) > len(ours)


def test_every_class_has_one_label_and_a_parent_or_is_a_root(triples: rdflib.Graph) -> None:
    for cls in triples.subjects(RDF.type, OWL.Class):
        if isinstance(cls, rdflib.URIRef):
            assert len(set(triples.objects(cls, RDFS.label))) == 1, cls


def test_every_entity_is_a_class_below_the_upper_class_of_its_category(
    real: Graph, triples: rdflib.Graph
) -> None:
    for e in real.entities:
        node, upper = uri(e.id), uri(vocab.CATEGORIES[e.category])
        assert (node, RDF.type, OWL.Class) in triples
        if e.id.startswith("HP:"):
            continue  # left as its source has it; see the next test
        assert upper in set(triples.transitive_objects(node, RDFS.subClassOf)), e


def test_terms_of_the_human_phenotype_ontology_get_no_parent_of_ours(triples: rdflib.Graph) -> None:
    start = vocab.PREFIXES["HP"]
    for low, high in triples.subject_objects(RDFS.subClassOf):
        if str(low).startswith(start):
            assert str(high).startswith(start)
    root = uri("HP:0000118")
    used = [s for s in triples.subjects(uri("voc:name")) if str(s).startswith(start)]
    assert used
    assert all(root in set(triples.transitive_objects(s, RDFS.subClassOf)) for s in used)


def test_minted_terms_have_definitions(real: Graph, triples: rdflib.Graph) -> None:
    minted = [e for e in real.entities if e.is_minted]
    assert minted
    assert all((uri(e.id), DEFINITION, rdflib.Literal(e.note)) in triples for e in minted)


def categories(triples: rdflib.Graph, node: rdflib.term.Node, prop: rdflib.URIRef) -> Iterator[str]:
    (cls,) = triples.objects(node, prop)
    union = triples.value(cls, OWL.unionOf)
    members = triples.items(union) if union is not None else [cls]
    return (vocab.compress(str(m)) for m in members)


def test_relations_carry_sign_inverse_domain_and_range(real: Graph, triples: rdflib.Graph) -> None:
    for r in real.knowledge.relations:
        node = uri(r.id)
        assert (node, RDF.type, OWL.ObjectProperty) in triples
        assert (node, uri("voc:sign"), rdflib.Literal(r.sign.value)) in triples
        assert set(categories(triples, node, RDFS.domain)) == {vocab.CATEGORIES[c] for c in r.domain}
        assert set(categories(triples, node, RDFS.range)) == {vocab.CATEGORIES[c] for c in r.range}
        if r.inverse != r.name:
            assert (None, OWL.inverseOf, node) in triples


def test_the_predicates_are_the_closed_list_with_their_signs(real: Graph) -> None:
    assert {r.name: r.sign for r in real.knowledge.relations} == {
        "secretes": Sign.PLUS, "contains": Sign.PLUS, "transfers": Sign.PLUS, "activates": Sign.PLUS,
        "inhibits": Sign.MINUS, "increases": Sign.PLUS, "decreases": Sign.MINUS, "recruits": Sign.PLUS,
        "differentiates into": Sign.PLUS, "represses": Sign.MINUS, "binds": Sign.UNKNOWN,
        "drives": Sign.PLUS, "protects from": Sign.MINUS, "ameliorates": Sign.MINUS, "worsens": Sign.PLUS,
    }  # fmt: skip


def test_the_header_names_version_licence_and_title(triples: rdflib.Graph) -> None:
    header = rdflib.URIRef(vocab.ONTOLOGY_IRI)
    assert (header, RDF.type, OWL.Ontology) in triples
    for prop in ("owl:versionIRI", "owl:versionInfo", "dcterms:license", "dcterms:title", "dcterms:creator"):
        assert triples.value(header, uri(prop)), prop


def test_subclass_closure_is_used_in_matching(real: Graph) -> None:
    assert {"bone marrow MSC", "Wharton's jelly MSC"} <= set(real.matching("MSC"))
    assert {"pulmonary fibrosis", "collagen deposition"} <= set(real.matching("fibrosis"))
    assert "Treg" in real.matching("lymphocyte")
    assert "MSC exosome" not in real.matching("MSC")
    assert (
        real.matching("MSC", products=True)["MSC exosome"]
        == "MSC exosome is a kind of MSC-EV, MSC-EV derives from MSC"
    )
    # CL's develops_from is no is-a: a fibroblast is not found when MSC is asked for.
    assert "fibroblast" not in real.matching("MSC")
