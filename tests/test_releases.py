"""Each form of the ontology, plain and classified, opens in the readers that people use and says the same."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path
from typing import Any

import fastobo
import owlready2
import pronto
import pyhornedowl
import pytest
import rdflib
from click.testing import CliRunner
from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from rdflib.namespace import OWL, RDF, RDFS

from kg import vocab
from kg.cli import main
from kg.errors import BadInput
from kg.graph import Graph
from kg.ontology.rdfxml import typed_rdf_xml
from kg.ontology.release import release_triples
from kg.ontology.text import SUFFIXES, ontology_text
from kg.store.rdf import iri

RELEASES = ("plain", "classified")


@pytest.fixture(scope="module")
def files(real: Graph, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    folder = tmp_path_factory.mktemp("releases")
    made = {}
    for release in RELEASES:
        for suffix in SUFFIXES:
            path = folder / f"{release}{suffix}"
            text = ontology_text(real.built, suffix, classified=release == "classified")
            path.write_text(text, encoding="utf-8")
            made[release, suffix] = path
    return made


@pytest.fixture(scope="module")
def graphs(files: dict[tuple[str, str], Path]) -> dict[str, rdflib.Graph]:
    return {release: rdflib.Graph().parse(files[release, ".ttl"]) for release in RELEASES}


def uri(curie: str) -> rdflib.URIRef:
    return rdflib.URIRef(vocab.expand(curie))


def classes(g: rdflib.Graph) -> set[str]:
    return {str(c) for c in g.subjects(RDF.type, OWL.Class) if isinstance(c, rdflib.URIRef)}


def links(g: rdflib.Graph) -> set[tuple[str, str]]:
    found = {(str(a), str(b)) for a, b in g.subject_objects(RDFS.subClassOf) if isinstance(b, rdflib.URIRef)}
    known = classes(g)
    return {(a, b) for a, b in found if a in known}


def by_pronto(path: Path) -> Any:
    with warnings.catch_warnings():  # it says of each annotation it does not know that it skips it
        warnings.simplefilter("ignore")
        return pronto.Ontology(str(path))


# Readers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".owl", ".rdf", ".obo", ".json"])
@pytest.mark.parametrize("release", RELEASES)
def test_pronto_opens_it(
    files: dict[tuple[str, str], Path], graphs: dict[str, rdflib.Graph], release: str, suffix: str
) -> None:
    found = by_pronto(files[release, suffix])
    ids = {vocab.compress(c) for c in classes(graphs[release])}
    assert {vocab.compress(t.id) for t in found.terms()} == ids
    treg = found.get_term("CL:0000815")
    assert treg.name == "regulatory T cell"
    above = {vocab.compress(t.id) for t in treg.superclasses(with_self=False)}
    assert {"CL:0000084", "CL:0000000", "BFO:0000040"} <= above


@pytest.mark.parametrize("release", RELEASES)
def test_owlready2_opens_it(
    files: dict[tuple[str, str], Path], graphs: dict[str, rdflib.Graph], release: str
) -> None:
    world = owlready2.World()
    found = world.get_ontology(files[release, ".owl"].as_uri()).load()
    assert {c.iri for c in found.classes()} == classes(graphs[release])


@pytest.mark.parametrize("suffix", [".owl", ".rdf", ".nt"])
@pytest.mark.parametrize("release", RELEASES)
def test_rdflib_reads_the_same_triples(
    files: dict[tuple[str, str], Path], graphs: dict[str, rdflib.Graph], release: str, suffix: str
) -> None:
    g = rdflib.Graph().parse(files[release, suffix], format="xml" if suffix == ".rdf" else None)
    assert len(g) == len(graphs[release])
    assert links(g) == links(graphs[release])


@pytest.mark.parametrize("suffix", [".owl", ".owx", ".ofn"])
@pytest.mark.parametrize("release", RELEASES)
def test_horned_owl_opens_it(
    files: dict[tuple[str, str], Path], graphs: dict[str, rdflib.Graph], release: str, suffix: str
) -> None:
    text = files[release, suffix].read_text(encoding="utf-8")
    found = pyhornedowl.open_ontology_from_string(text, suffix[1:])
    assert set(found.get_classes()) == classes(graphs[release])
    assert found.get_superclasses(vocab.expand("CL:0000815"))


@pytest.mark.parametrize("release", RELEASES)
def test_fastobo_reads_both_forms_of_obo(
    files: dict[tuple[str, str], Path], graphs: dict[str, rdflib.Graph], release: str
) -> None:
    document = fastobo.load(str(files[release, ".obo"]))
    terms = [frame for frame in document if isinstance(frame, fastobo.term.TermFrame)]
    assert len(terms) == len(classes(graphs[release]))
    graph = fastobo.load_graph(str(files[release, ".json"]))
    assert len([f for f in graph if isinstance(f, fastobo.term.TermFrame)]) == len(terms)


# What they say ------------------------------------------------------------------------------------


def test_elements_are_typed_as_ontology_tools_expect(files: dict[tuple[str, str], Path]) -> None:
    text = files["plain", ".owl"].read_text(encoding="utf-8")
    assert text.count("<owl:Ontology ") == 1
    assert f'<owl:Class rdf:about="{vocab.expand("CL:0000815")}">' in text
    assert "rdf:nodeID" not in text
    # Only members of lists, which are named and described elsewhere, are left without a type.
    assert re.findall(r"<rdf:Description rdf:about=[^>]*[^/]>\n.*\n", text) == [] or all(
        "owl:Class" not in block for block in re.findall(r"<rdf:Description rdf:about=[^>]*[^/]>\n.*\n", text)
    )


def test_obo_says_what_the_owl_says(real: Graph, files: dict[tuple[str, str], Path]) -> None:
    text = files["plain", ".obo"].read_text(encoding="utf-8")
    stanzas = {
        found[1]: stanza for stanza in text.split("\n\n") if (found := re.search(r"^id: (.*)$", stanza, re.M))
    }
    mediator = stanzas["mscm:0000054"]
    assert "name: antifibrotic mediator" in mediator
    assert "intersection_of: mscm:0000032\n" in mediator
    assert "intersection_of: voc:lowers mscm:0000041" in mediator
    assert "union_of: CL:0000134" in stanzas["mscm:0000014"]
    assert "relationship: voc:derivesFrom CL:0000134" in stanzas["mscm:0000110"]
    assert 'synonym: "interleukin-10" EXACT []' in stanzas["HGNC:5962"]
    assert 'synonym: "CSIF" RELATED []' in stanzas["HGNC:5962"]
    assert "inverse_of: rel:secretes" in stanzas["rel:is_secreted_by"]
    assert "property_value: voc:models MONDO:0006502" in stanzas["MONDO:0015796"]
    nested = stanzas["mscm:0000050"]
    assert "intersection_of" not in nested
    assert "comment: Defined as: mediator and (raises some (" in nested


def test_the_graph_of_obo_says_what_the_owl_says(
    files: dict[tuple[str, str], Path], graphs: dict[str, rdflib.Graph]
) -> None:
    (graph,) = json.loads(files["plain", ".json"].read_text(encoding="utf-8"))["graphs"]
    told = {(e["sub"], e["obj"]) for e in graph["edges"] if e["pred"] == "is_a"}
    assert told == links(graphs["plain"])
    defined = {d["definedClassId"]: d for d in graph["logicalDefinitionAxioms"]}
    axiom = defined[vocab.expand("mscm:0000054")]
    assert axiom["genusIds"] == [vocab.expand("mscm:0000032")]
    assert axiom["restrictions"] == [
        {"propertyId": vocab.expand("voc:lowers"), "fillerId": vocab.expand("mscm:0000041")}
    ]
    assert graph["id"] == vocab.ONTOLOGY_IRI
    assert graph["meta"]["version"].startswith(vocab.ONTOLOGY_IRI + "/")


def test_the_classified_release_has_the_nearest_superclasses_that_the_reasoner_finds(
    real: Graph, graphs: dict[str, rdflib.Graph]
) -> None:
    told = links(graphs["classified"])
    for name in ("Treg", "MSC exosome", "IL-10", "antifibrotic MSC treatment", "COPD"):
        term = real.term(name)
        above = {vocab.expand(t.id) for t in real.superclasses(term, direct=True)}
        assert {b for a, b in told if a == vocab.expand(term.id)} == above
    vesicle = vocab.expand(real.entity("MSC-EV").id), vocab.expand("mscm:0000011")
    assert vesicle in told
    assert vesicle not in links(graphs["plain"])


def test_what_is_classified_says_so_and_keeps_all_other_axioms(graphs: dict[str, rdflib.Graph]) -> None:
    plain, classified = graphs["plain"], graphs["classified"]
    header = rdflib.URIRef(vocab.ONTOLOGY_IRI)
    versions = [str(g.value(header, OWL.versionIRI)) for g in (plain, classified)]
    assert versions[1] == versions[0] + "/classified"
    for prop in (OWL.equivalentClass, OWL.inverseOf, RDFS.subPropertyOf, RDFS.label):
        assert len(set(plain.subject_objects(prop))) == len(set(classified.subject_objects(prop)))
    start = vocab.PREFIXES["HP"]
    assert {x for x in links(plain) if x[0].startswith(start)} == {
        x for x in links(classified) if x[0].startswith(start)
    }


# The command --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "start"), [(("obo",), "format-version: 1.4\n"), (("obograph",), "{\n")])
def test_the_command_writes_obo_to_standard_output(tiny: Graph, words: tuple[str, ...], start: str) -> None:
    done = CliRunner().invoke(main, ["--graph", str(tiny.built.path), "export", *words])
    assert done.exit_code == 0
    assert done.output.startswith(start)


def test_the_command_writes_a_classified_release(tiny: Graph, tmp_path: Path) -> None:
    out = tmp_path / "classified.owl"
    command = ["--graph", str(tiny.built.path), "export", "ontology", "-o", str(out), "--classified"]
    assert CliRunner().invoke(main, command).exit_code == 0
    assert "/classified" in out.read_text(encoding="utf-8")


def test_only_the_ontology_can_be_classified(tiny: Graph) -> None:
    command = ["--graph", str(tiny.built.path), "export", "statements", "--classified"]
    done = CliRunner().invoke(main, command)
    assert (done.exit_code, "--classified is for the ontology" in done.output) == (2, True)


def test_another_ending_is_refused_with_those_there_are(tiny: Graph) -> None:
    with pytest.raises(BadInput, match=r"use \.ttl, .*\.obo or \.json"):
        ontology_text(tiny.built, ".xlsx")


# Corners of RDF/XML -------------------------------------------------------------------------------


def test_text_and_addresses_are_escaped() -> None:
    triple = Triple(NamedNode("http://a.b/x?y=1&z"), iri("rdfs:label"), Literal('<"&é', language="fr"))
    text = typed_rdf_xml([triple])
    assert set(rdflib.Graph().parse(data=text, format="xml")) == {
        (rdflib.URIRef("http://a.b/x?y=1&z"), RDFS.label, rdflib.Literal('<"&é', lang="fr"))
    }


def test_what_xml_cannot_say_is_refused() -> None:
    node = BlankNode("b")
    twice = [
        Triple(iri("mscm:1"), iri("rdfs:subClassOf"), node),
        Triple(iri("mscm:2"), iri("rdfs:seeAlso"), node),
    ]
    with pytest.raises(BadInput, match="two places"):
        typed_rdf_xml(twice)
    with pytest.raises(BadInput, match="cannot be the name"):
        typed_rdf_xml([Triple(iri("mscm:1"), NamedNode("http://a.b/1"), Literal("x"))])


def test_every_triple_of_a_release_is_in_its_rdf_xml(real: Graph, graphs: dict[str, rdflib.Graph]) -> None:
    for release in RELEASES:
        assert len(release_triples(real.built, classified=release == "classified")) == len(graphs[release])
