"""The ontology graph read into frames, one per class or property, from which OBO formats are written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg import vocab
from kg.store.rdf import DEFINITION, LABEL, SUBCLASS, A, iri

__all__ = ["Definition", "Frame", "Frames", "Value"]

SYNONYMS = {
    iri("oboInOwl:hasExactSynonym"): "EXACT",
    iri("oboInOwl:hasNarrowSynonym"): "NARROW",
    iri("oboInOwl:hasBroadSynonym"): "BROAD",
    iri("oboInOwl:hasRelatedSynonym"): "RELATED",
}
_SOURCES = (iri("IAO:0000119"), iri("dcterms:source"))
_XREF = iri("skos:exactMatch")
_EQUIVALENT = iri("owl:equivalentClass")
_ON, _SOME = iri("owl:onProperty"), iri("owl:someValuesFrom")
_FIRST, _REST = iri("rdf:first"), iri("rdf:rest")
_LOGICAL = {
    A, SUBCLASS, _EQUIVALENT, iri("owl:disjointWith"), iri("rdfs:subPropertyOf"), iri("rdfs:domain"),
    iri("rdfs:range"), iri("owl:inverseOf"), iri("owl:propertyChainAxiom"), iri("owl:equivalentProperty"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Value:
    """A literal, or an IRI where `is_iri`."""

    text: str
    is_iri: bool
    datatype: str = "xsd:string"


@dataclass(frozen=True, slots=True)
class Definition:
    """What a class is equivalent to: `and` or `or` of classes and of (property, class); "" where nested."""

    joint: str
    classes: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Frame:
    """What is said of one class or property; identifiers are CURIEs.

    `kind` is ``class``, ``object property`` or ``annotation property``; `links` are (property, class) pairs
    of which every instance has one; `values` what else is annotated.
    """

    id: str
    kind: str
    label: str = ""
    definition: str = ""
    sources: tuple[str, ...] = ()
    synonyms: tuple[tuple[str, str], ...] = ()
    xrefs: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    equals: tuple[str, ...] = ()
    defined_as: Definition | None = None
    disjoint: tuple[str, ...] = ()
    domain: str = ""
    range: str = ""
    inverse: tuple[str, ...] = ()
    chains: tuple[tuple[str, ...], ...] = ()
    types: frozenset[str] = frozenset()
    values: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True)
class Frames:
    """All frames of an ontology, sorted by identifier, and what is said of the ontology itself."""

    triples: Sequence[Triple] = field(repr=False)

    @cached_property
    def _facts(self) -> Mapping[Any, Mapping[NamedNode, list[Any]]]:
        found: dict[Any, dict[NamedNode, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for t in self.triples:
            found[t.subject][t.predicate].append(t.object)
        return {node: {p: sorted(o, key=str) for p, o in told.items()} for node, told in found.items()}

    @cached_property
    def header(self) -> tuple[tuple[str, Value], ...]:
        told = self._facts.get(NamedNode(vocab.ONTOLOGY_IRI), {})
        return tuple(sorted(self._values(told, {A}), key=lambda pair: (pair[0], pair[1].text)))

    def one(self, name: str) -> str:
        """What the header says under a property; "" where nothing."""
        return next((value.text for prop, value in self.header if prop == name), "")

    @cached_property
    def all(self) -> tuple[Frame, ...]:
        kinds = {
            iri("owl:Class"): "class",
            iri("owl:ObjectProperty"): "object property",
            iri("owl:AnnotationProperty"): "annotation property",
        }
        found = []
        for node, told in self._facts.items():
            kind = next((kinds[t] for t in kinds if t in told.get(A, ())), "")
            if kind and isinstance(node, NamedNode):
                found.append(self._frame(node, kind, told))
        return tuple(sorted(found, key=lambda f: f.id))

    @cached_property
    def disjoint(self) -> Mapping[str, set[str]]:
        """Class → classes it shares no member with, each pair once."""
        found: dict[str, set[str]] = defaultdict(set)
        for node, told in self._facts.items():
            for cell in told.get(iri("owl:members"), ()):
                members = sorted(_curie(m) for m in self._list(cell))
                for i, low in enumerate(members):
                    found[low] |= set(members[i + 1 :])
            if isinstance(node, NamedNode):
                for other in told.get(iri("owl:disjointWith"), ()):
                    low, high = sorted((_curie(node), _curie(other)))
                    found[low].add(high)
        return found

    @cached_property
    def _object_properties(self) -> frozenset[NamedNode]:
        return frozenset(
            n for n, told in self._facts.items()
            if iri("owl:ObjectProperty") in told.get(A, ()) and isinstance(n, NamedNode)
        )  # fmt: skip

    def _frame(self, node: NamedNode, kind: str, told: Mapping[NamedNode, list[Any]]) -> Frame:
        def named(prop: str) -> tuple[str, ...]:
            return tuple(_curie(o) for o in told.get(iri(prop), ()) if isinstance(o, NamedNode))

        def text(prop: NamedNode) -> str:
            return next((o.value for o in told.get(prop, ()) if isinstance(o, Literal)), "")

        own = [_curie(o) for prop in _SOURCES for o in told.get(prop, ()) if isinstance(o, NamedNode)]
        taken = {LABEL, DEFINITION, _XREF, *SYNONYMS, *_SOURCES, *_LOGICAL, *self._object_properties}
        curie = _curie(node)
        expressions = [o for o in told.get(_EQUIVALENT, ()) if isinstance(o, BlankNode)]
        parents = named("rdfs:subClassOf") if kind == "class" else named("rdfs:subPropertyOf")
        restrictions = (self._link(o) for o in told.get(SUBCLASS, ()) if isinstance(o, BlankNode))
        return Frame(
            curie, kind, text(LABEL), text(DEFINITION), tuple(dict.fromkeys(own)),
            tuple((o.value, SYNONYMS[p]) for p in SYNONYMS for o in told.get(p, ())),
            named("skos:exactMatch"), parents, tuple(sorted(filter(None, restrictions))),
            named("owl:equivalentClass") + named("owl:equivalentProperty"),
            self._definition(expressions[0]) if expressions else None,
            tuple(sorted(self.disjoint.get(curie, ()))),
            next(iter(named("rdfs:domain")), ""), next(iter(named("rdfs:range")), ""),
            named("owl:inverseOf"),
            tuple(tuple(map(_curie, self._list(c))) for c in told.get(iri("owl:propertyChainAxiom"), ())),
            frozenset(_curie(o) for o in told.get(A, ())),
            tuple(sorted(self._values(told, taken), key=lambda pair: (pair[0], pair[1].text))),
        )  # fmt: skip

    @staticmethod
    def _values(told: Mapping[NamedNode, list[Any]], taken: set[NamedNode]) -> Iterator[tuple[str, Value]]:
        for prop, objects in told.items():
            if prop in taken:
                continue
            for o in objects:
                if isinstance(o, Literal):
                    yield _curie(prop), Value(o.value, False, vocab.compress(o.datatype.value))
                elif isinstance(o, NamedNode):
                    yield _curie(prop), Value(_curie(o), True)

    def _list(self, cell: Any) -> Iterable[Any]:
        while cell in self._facts and _FIRST in self._facts[cell]:
            yield self._facts[cell][_FIRST][0]
            cell = self._facts[cell][_REST][0]

    def _link(self, node: Any) -> tuple[str, str] | None:
        told = self._facts.get(node, {})
        if _ON in told and _SOME in told and isinstance(told[_SOME][0], NamedNode):
            return _curie(told[_ON][0]), _curie(told[_SOME][0])
        return None

    def _definition(self, node: Any) -> Definition:
        told = self._facts[node]
        if (link := self._link(node)) is not None:
            return Definition("and", (), (link,))
        for prop, joint in ((iri("owl:intersectionOf"), "and"), (iri("owl:unionOf"), "or")):
            if prop in told:
                parts = list(self._list(told[prop][0]))
                links = [self._link(p) for p in parts if not isinstance(p, NamedNode)]
                if None in links:
                    return Definition("")
                classes = sorted(_curie(p) for p in parts if isinstance(p, NamedNode))
                return Definition(joint, tuple(classes), tuple(sorted(filter(None, links))))
        return Definition("")


def _curie(node: Any) -> str:
    return vocab.compress(node.value)
