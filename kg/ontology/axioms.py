"""The axioms of an ontology graph as texts that do not depend on the names of blank nodes.

Manchester syntax where it is usual (`derives from some MSC`, `A and B`, `A or B`); what is rarer is written
out as a list of property and value. Two graphs with the same axioms give the same texts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from kg import vocab
from kg.store.rdf import A, iri

__all__ = ["annotation_texts", "axiom_texts", "in_words"]

_WORDS = {
    "rdfs:subClassOf": "SubClassOf", "owl:equivalentClass": "EquivalentTo",
    "owl:disjointWith": "DisjointWith", "rdfs:subPropertyOf": "SubPropertyOf",
    "rdfs:domain": "Domain", "rdfs:range": "Range",
    "owl:inverseOf": "InverseOf", "owl:propertyChainAxiom": "SubPropertyChain",
    "owl:equivalentProperty": "EquivalentTo", "owl:propertyDisjointWith": "DisjointWith",
    "owl:disjointUnionOf": "DisjointUnionOf", "owl:hasKey": "HasKey",
}  # fmt: skip
_LOGICAL = {iri(curie): word for curie, word in _WORDS.items()}
_FIRST, _REST, _NIL = iri("rdf:first"), iri("rdf:rest"), iri("rdf:nil")
_UNSAID = {iri("owl:Class"), iri("owl:Ontology")}
_OF_BLANK = {
    iri("owl:intersectionOf"): " and ", iri("owl:unionOf"): " or ", iri("owl:oneOf"): ", ",
}  # fmt: skip
_FILLER = {
    iri("owl:someValuesFrom"): "some", iri("owl:allValuesFrom"): "only", iri("owl:hasValue"): "value",
}  # fmt: skip
_ON = iri("owl:onProperty")

_Out = Mapping[Any, Mapping[NamedNode, list[Any]]]


def _outward(quads: Iterable[Quad]) -> _Out:
    found: dict[Any, dict[NamedNode, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for q in quads:
        found[q.subject][q.predicate].append(q.object)
    return found


def _list(cell: Any, out: _Out) -> Iterator[Any]:
    while cell in out and _FIRST in out[cell]:
        yield out[cell][_FIRST][0]
        cell = next(iter(out[cell].get(_REST, ())), _NIL)


def _text(node: Any, out: _Out, inner: bool = True) -> str:
    if isinstance(node, NamedNode):
        return vocab.compress(node.value)
    if isinstance(node, Literal):
        return f'"{node.value}"'
    facts = out.get(node, {})
    for prop, joint in _OF_BLANK.items():
        if prop in facts:
            parts = sorted((_text(part, out) for part in _list(facts[prop][0], out)), key=_names_first)
            return f"({joint.join(parts)})" if inner else joint.join(parts)
    if _FIRST in facts:
        return f"({' o '.join(_text(part, out) for part in _list(node, out))})"
    if _ON in facts and (kind := next((p for p in _FILLER if p in facts), None)):
        made = f"{_text(facts[_ON][0], out)} {_FILLER[kind]} {_text(facts[kind][0], out)}"
        return f"({made})" if inner else made
    told = (f"{vocab.compress(p.value)} {_text(o, out)}" for p in facts if p != A for o in facts[p])
    return f"[{'; '.join(sorted(told))}]"


def _names_first(text: str) -> tuple[bool, str]:
    return text.startswith(("(", "[")), text


def axiom_texts(quads: Iterable[Quad]) -> frozenset[str]:
    """Every axiom, in CURIEs. That something is a class is no axiom here; that it is a property is."""
    out, found = _outward(quads), set()
    inside = {
        o for facts in out.values() for objects in facts.values() for o in objects if isinstance(o, BlankNode)
    }
    for node, facts in list(out.items()):
        if isinstance(node, BlankNode):
            if node in inside:
                continue
            if members := next((facts[p] for p in facts if p.value.endswith("#members")), None):
                parts = sorted(_text(m, out) for m in _list(members[0], out))
                kind = vocab.compress(facts[A][0].value).partition(":")[2] if A in facts else "All"
                found.add(f"{kind}: {', '.join(parts)}")
                continue
        subject = _text(node, out)
        for prop, word in _LOGICAL.items():
            found |= {f"{subject} {word} {_text(o, out, inner=False)}" for o in facts.get(prop, ())}
        if not isinstance(node, BlankNode):
            found |= {
                f"{subject} Type {_text(o, out)}"
                for o in facts.get(A, ())
                if isinstance(o, NamedNode) and o not in _UNSAID
            }
    return frozenset(found)


def annotation_texts(quads: Iterable[Quad]) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """CURIE → property → values, of all that is said of named nodes and is no axiom; values sorted."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for q in quads:
        if isinstance(q.subject, NamedNode) and q.predicate != A and q.predicate not in _LOGICAL:
            value = q.object.value if isinstance(q.object, Literal) else _text(q.object, {})
            found[vocab.compress(q.subject.value)][vocab.compress(q.predicate.value)].append(value)
    return {s: {p: tuple(sorted(values)) for p, values in facts.items()} for s, facts in found.items()}


_TOKEN = re.compile(r"[^\s(),\[\];]+")


def in_words(text: str, labels: Mapping[str, str]) -> str:
    """A text with labels in place of the CURIEs in it.

    >>> in_words("CL:0000815 SubClassOf (CL:0000084 or CL:9)", {"CL:0000815": "Treg", "CL:0000084": "T cell"})
    'Treg SubClassOf (T cell or CL:9)'
    """
    return _TOKEN.sub(lambda found: labels.get(found[0], found[0]), text)
