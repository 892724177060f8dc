"""The ontology loads in three libraries without complaint and says what the tables say."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import owlready2
import pyhornedowl
import pytest
import rdflib
from pyhornedowl.model import DisjointClasses
from pyoxigraph import Quad, RdfFormat, parse
from rdflib.namespace import OWL, RDF, RDFS

import kg
from kg import vocab
from kg.graph import Graph
from kg.model import Sign
from kg.ontology.axioms import annotation_texts, axiom_texts
from kg.ontology.text import ontology_text

DEFINITION = rdflib.URIRef(vocab.expand("IAO:0000115"))


@pytest.fixture(scope="module")
def files(real: Graph, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("ontology")
    made = {}
    for suffix in (".ttl", ".owl", ".ofn", ".nt"):
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


def axioms(path: Path) -> set[tuple[str, ...]]:
    """Every axiom of a file as py-horned-owl reads it; Turtle goes through rdflib first.

    In RDF it overlooks `owl:AllDisjointClasses`; there rdflib reads them.
    """
    found: set[tuple[str, ...]] = set()
    if path.suffix == ".ofn":
        parsed = pyhornedowl.open_ontology_from_string(path.read_text(encoding="utf-8"), "ofn")
    else:
        graph = rdflib.Graph().parse(path)
        text = path.read_text(encoding="utf-8") if path.suffix == ".owl" else graph.serialize(format="xml")
        parsed = pyhornedowl.open_ontology_from_string(text, "owl")
        for node in graph.subjects(RDF.type, OWL.AllDisjointClasses):
            members = graph.items(graph.value(node, OWL.members))
            found.add(("DisjointClasses", *sorted(str(m) for m in members)))
    for c in parsed.get_components():
        if isinstance(c.component, DisjointClasses) and len(c.component.first) > 2:
            found.add(("DisjointClasses", *sorted(str(m.first) for m in c.component.first)))
        else:
            found.add((str(c.component), *sorted(map(str, c.ann))))
    return found


@pytest.fixture(scope="module")
def written(files: dict[str, Path]) -> set[tuple[str, ...]]:
    return axioms(files[".owl"])


@pytest.mark.parametrize("suffix", [".ttl", ".ofn", ".nt"])
def test_each_form_read_by_a_second_library_has_the_same_axioms(
    files: dict[str, Path], written: set[tuple[str, ...]], suffix: str
) -> None:
    assert len(written) > 10_000
    assert axioms(files[suffix]) == written


def without_blank_names(graph: rdflib.Graph) -> set[str]:
    """The axioms of an rdflib graph as texts that do not depend on blank nodes, and its annotations."""
    text = graph.serialize(format="nt", encoding="utf-8")
    quads = [Quad(q.subject, q.predicate, q.object) for q in parse(text, format=RdfFormat.N_TRIPLES)]
    # owlready2 keeps no slash at the end of an IRI.
    annotations = {
        f"{s} {p} {[x.rstrip('/') for x in v]}"
        for s, facts in annotation_texts(quads).items()
        for p, v in facts.items()
    }
    return set(axiom_texts(quads)) | annotations


@pytest.mark.slow
def test_functional_syntax_turned_back_into_rdf_is_the_graph_we_wrote(
    files: dict[str, Path], triples: rdflib.Graph
) -> None:
    parsed = pyhornedowl.open_ontology_from_string(files[".ofn"].read_text(encoding="utf-8"), "ofn")
    back = rdflib.Graph().parse(data=parsed.save_to_string("owl"), format="xml")
    # Its RDF writer says of three disjoint classes only that the first is disjoint from the others.
    kept = [{x for x in without_blank_names(g) if "Disjoint" not in x} for g in (back, triples)]
    assert kept[0] == kept[1]


@pytest.mark.parametrize(
    "dropped",
    [
        "SubClassOf(<http://purl.obolibrary.org/obo/CL_0000815>",
        "EquivalentClasses(<https://w3id.org/msc-kg/term/0000054>",
        "DisjointClasses(",
        "ObjectPropertyDomain(<https://w3id.org/msc-kg/relation/secretes>",
        "AnnotationAssertion(<http://www.w3.org/2000/01/rdf-schema#label> <http://purl.obolibrary.org/obo/CL_",
    ],
)
def test_one_dropped_axiom_is_noticed(
    files: dict[str, Path], written: set[tuple[str, ...]], tmp_path: Path, dropped: str
) -> None:
    lines = files[".ofn"].read_text(encoding="utf-8").splitlines(keepends=True)
    place = next(i for i, line in enumerate(lines) if line.strip().startswith(dropped))
    thinner = tmp_path / "thinner.ofn"
    thinner.write_text("".join(lines[:place] + lines[place + 1 :]), encoding="utf-8")
    assert len(written - axioms(thinner)) == 1


def test_owlready2_reads_the_axioms_we_wrote(files: dict[str, Path], triples: rdflib.Graph) -> None:
    world = owlready2.World()
    world.get_ontology(files[".owl"].as_uri()).load()
    assert without_blank_names(world.as_rdflib_graph()) == without_blank_names(triples)


def test_the_hash_seed_of_python_does_not_matter(real: Graph, files: dict[str, Path]) -> None:
    code = (
        "import sys, pathlib; from kg.ontology.text import ontology_text; "
        "from kg.store.graphs import BuiltGraph; "
        "b = BuiltGraph(pathlib.Path(sys.argv[1]), {}); "
        "sys.stdout.buffer.write(''.join(ontology_text(b, s) for s in ('.owl', '.ofn')).encode())"
    )
    env = {**os.environ, "PYTHONHASHSEED": "4242", "PYTHONPATH": str(Path(kg.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code, str(real.built.path)], check=True, capture_output=True, env=env
    )
    assert done.stdout.decode() == files[".owl"].read_text() + files[".ofn"].read_text()


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


def test_groups_by_name_hold_what_hgnc_names_so(real: Graph) -> None:
    for group, names in (
        ("chemokine", {"CCL2", "CCL17", "CXCL12"}),
        ("interleukin", {"IL-10", "IL-1beta", "IL12B", "IL-12"}),
        ("growth factor", {"HGF", "TGF-beta", "VEGF", "PDGF-BB"}),
        ("matrix metalloproteinase", {"MMP-9", "MMP7"}),
        ("mediator receptor", {"EP4", "VEGFR2", "ADORA2A"}),
    ):
        assert names <= {t.name for t in real.subclasses(group)}, group
    assert not {"IL-1RA", "ST2", "IRAK1"} & {t.name for t in real.subclasses("interleukin")}


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
