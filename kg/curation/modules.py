"""The hand-written OWL modules of a checkout, as files: their triples, labels and version."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from kg import vocab
from kg.curation.checkout import Checkout
from kg.curation.tables import read_text
from kg.errors import BadInput
from kg.model import described

__all__ = ["NOT_CLASSES", "module_labels", "module_triples", "module_version"]

MODULES = ("core.ttl", "defined.ttl", "evidence.ttl")
NOT_CLASSES = ("RO", "BFO", "biolink")
"""Prefixes whose terms are properties, or upper classes that ours are mapped to and not put below."""
_LABEL = NamedNode(vocab.expand("rdfs:label"))
_VERSION = NamedNode(vocab.expand("owl:versionInfo"))


def module_triples(checkout: Checkout) -> Iterator[Triple]:
    """The triples of the hand-written modules.

    Raises BadInput for one that is not Turtle.
    """
    for name in MODULES:
        if (checkout.ontology / name).is_file():
            yield from _module(checkout, checkout.ontology / name)


def _module(checkout: Checkout, path: Path) -> Iterator[Triple]:
    try:
        for quad in parse(read_text(path), format=RdfFormat.TURTLE, base_iri=vocab.ONTOLOGY_IRI):
            yield Triple(quad.subject, quad.predicate, quad.object)
    except SyntaxError as error:
        raise BadInput(f"{checkout.shown(path)}: not Turtle: {error}") from None


def module_labels(checkout: Checkout) -> dict[str, str]:
    """CURIE → label of the classes and properties that the hand-written modules and the model declare."""
    found = {vocab.property_of(name): label for name, label, _ in described()}
    return found | {
        vocab.compress(t.subject.value): t.object.value
        for t in module_triples(checkout)
        if t.predicate == _LABEL and isinstance(t.subject, NamedNode) and isinstance(t.object, Literal)
    }


def module_version(checkout: Checkout) -> str:
    """The date in the header of the hand-written modules; "" where they have none."""
    told = (t.object for t in module_triples(checkout) if t.predicate == _VERSION)
    return next((date.value for date in told if isinstance(date, Literal)), "")
