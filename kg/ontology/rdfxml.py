"""RDF/XML with typed elements, as OWL tools write it: `<owl:Class rdf:about=…>`, blank nodes inside.

Readers that look for `owl:Ontology` and `owl:Class` elements (pronto, fastobo) find none in RDF/XML that says
`rdf:Description` and `rdf:type`, which is why this is not left to a general RDF library.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg import vocab
from kg.errors import BadInput
from kg.store.rdf import A, iri

__all__ = ["typed_rdf_xml"]

_ELEMENTS = tuple(
    iri(f"owl:{kind}")
    for kind in (
        "Ontology", "AnnotationProperty", "ObjectProperty", "Class", "Restriction", "Axiom",
        "AllDisjointClasses",
    )
)  # fmt: skip
"""Types that become elements, in the order in which a file has them."""

_FIRST, _REST, _NIL = iri("rdf:first"), iri("rdf:rest"), iri("rdf:nil")
_PREFIXES = ("rdf", "rdfs", "owl", "dcterms", "skos", "oboInOwl", "voc", "rel")
_OBO = "http://purl.obolibrary.org/obo/"
_LOCAL = re.compile(r"[A-Za-z_][\w.-]*$")

_Facts = Mapping[Any, Sequence[tuple[NamedNode, Any]]]


def typed_rdf_xml(triples: Iterable[Triple]) -> str:
    """RDF/XML of an ontology's triples, sorted: the header first, then properties, classes, axioms.

    Raises BadInput for a property that XML cannot name, and for a blank node that is used twice.
    """
    facts: dict[Any, list[tuple[NamedNode, Any]]] = defaultdict(list)
    for t in triples:
        facts[t.subject].append((t.predicate, t.object))
    inside: set[BlankNode] = set()
    for told in facts.values():
        told.sort(key=lambda pair: (str(pair[0]), str(pair[1])))
        for _, obj in told:
            if isinstance(obj, BlankNode):
                if obj in inside:
                    raise BadInput("a blank node stands in two places, which RDF/XML cannot nest")
                inside.add(obj)
    names = _Names()
    tops = sorted((n for n in facts if n not in inside), key=lambda n: (_rank(n, facts), str(n)))
    body = [line for node in tops for line in _node(node, facts, names, 1)]
    spaces = "".join(f"\n    xmlns:{p}={quoteattr(start)}" for p, start in sorted(names.used.items()))
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{spaces}>\n'
    return head + "".join(f"{line}\n" for line in body) + "</rdf:RDF>\n"


class _Names:
    """Qualified names of properties and types, with the namespaces they need."""

    def __init__(self) -> None:
        self.used = {"rdf": vocab.PREFIXES["rdf"]}

    def of(self, node: NamedNode) -> str:
        starts = {p: vocab.PREFIXES[p] for p in _PREFIXES} | {"obo": _OBO}
        for prefix, start in starts.items():
            if node.value.startswith(start) and _LOCAL.fullmatch(node.value[len(start) :]):
                self.used[prefix] = start
                return f"{prefix}:{node.value[len(start) :]}"
        raise BadInput(f"{node.value} cannot be the name of an XML element")


def _element(node: Any, facts: _Facts) -> NamedNode | None:
    types = {obj for prop, obj in facts.get(node, ()) if prop == A}
    return next((kind for kind in _ELEMENTS if kind in types), None)


def _rank(node: Any, facts: _Facts) -> int:
    kind = _element(node, facts)
    return len(_ELEMENTS) if kind is None else _ELEMENTS.index(kind)


def _node(node: Any, facts: _Facts, names: _Names, depth: int) -> Iterator[str]:
    kind, pad = _element(node, facts), "  " * depth
    name = names.of(kind) if kind is not None else "rdf:Description"
    about = f" rdf:about={quoteattr(node.value)}" if isinstance(node, NamedNode) else ""
    told = [(p, o) for p, o in facts.get(node, ()) if (p, o) != (A, kind)]
    if not told:
        yield f"{pad}<{name}{about}/>"
        return
    yield f"{pad}<{name}{about}>"
    for prop, obj in told:
        yield from _property(prop, obj, facts, names, depth + 1)
    yield f"{pad}</{name}>"


def _property(prop: NamedNode, obj: Any, facts: _Facts, names: _Names, depth: int) -> Iterator[str]:
    name, pad = names.of(prop), "  " * depth
    if isinstance(obj, Literal):
        yield f"{pad}<{name}{_kind(obj)}>{escape(obj.value)}</{name}>"
    elif isinstance(obj, NamedNode):
        yield f"{pad}<{name} rdf:resource={quoteattr(obj.value)}/>"
    elif (members := _list(obj, facts)) is not None:
        yield f'{pad}<{name} rdf:parseType="Collection">'
        for member in members:
            if isinstance(member, NamedNode):
                yield f"{pad}  <rdf:Description rdf:about={quoteattr(member.value)}/>"
            else:
                yield from _node(member, facts, names, depth + 1)
        yield f"{pad}</{name}>"
    else:
        yield f"{pad}<{name}>"
        yield from _node(obj, facts, names, depth + 1)
        yield f"{pad}</{name}>"


def _kind(literal: Literal) -> str:
    if literal.language:
        return f" xml:lang={quoteattr(literal.language)}"
    datatype = literal.datatype.value
    return "" if datatype == vocab.expand("xsd:string") else f" rdf:datatype={quoteattr(datatype)}"


def _list(cell: Any, facts: _Facts) -> list[Any] | None:
    """The members of a list; None where the node is no list, or one of literals."""
    members = []
    while cell != _NIL:
        told = dict(facts.get(cell, ()))
        if set(told) != {_FIRST, _REST} or isinstance(told[_FIRST], Literal):
            return None
        members.append(told[_FIRST])
        cell = told[_REST]
    return members
