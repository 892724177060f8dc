"""Nanopublications: one a statement, four named graphs each, as TriG (https://nanopub.net/guidelines).

The assertion is the direct triple. Provenance says which papers it was derived from, with belief, rung and
counts; publication info who made it, when its newest line was read, and the licence. Statements that were
only found absent, or are only disputed, are asserted nowhere and become no nanopublication. IRIs end with the
statement's id; they are no trusty URIs, since nothing is signed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, serialize

from kg import vocab
from kg.mechanism.belief import belief_of
from kg.mechanism.overlay import own_id
from kg.model import CURATED, Knowledge, Statement

__all__ = ["nanopubs"]

_NP = "http://www.nanopub.org/nschema#"
_CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"
PREFIXES = {
    **{p: vocab.PREFIXES[p] for p in ("rel", "voc", "own", "dcterms", "prov", "rdfs", "xsd", "PMID", "doi")},
    "np": _NP,
}


def _iri(curie: str) -> NamedNode:
    return NamedNode(vocab.expand(curie))


def _np(local: str) -> NamedNode:
    return NamedNode(_NP + local)


_A = _iri("rdf:type")
_MAKER = NamedNode(vocab.BASE.rstrip("/"))


def nanopubs(statements: Iterable[Statement], knowledge: Knowledge) -> tuple[str, int]:
    """TriG of a nanopublication for each statement with support, and how many they are."""
    quads: list[Quad] = []
    n = 0
    for s in statements:
        if s.is_asserted:
            n += 1
            quads += _quads(s, knowledge)
    text = (serialize(quads, format=RdfFormat.TRIG, prefixes=PREFIXES) or b"").decode()
    return text, n


def _quads(s: Statement, knowledge: Knowledge) -> Iterator[Quad]:
    this = f"{vocab.BASE}nanopub/{s.id}"
    head, assertion, provenance, info = (
        NamedNode(f"{this}#{part}") for part in ("head", "assertion", "provenance", "pubinfo")
    )
    node = NamedNode(this)
    names = knowledge.by_name
    yield Quad(node, _A, _np("Nanopublication"), head)
    for prop, part in (
        ("hasAssertion", assertion), ("hasProvenance", provenance), ("hasPublicationInfo", info),
    ):  # fmt: skip
        yield Quad(node, _np(prop), part, head)
    subject, relation, obj = (
        _node(names[s.subject].id), _node(knowledge.by_predicate[s.predicate].id), _node(names[s.object].id),
    )  # fmt: skip
    yield Quad(subject, relation, obj, assertion)
    for paper in s.papers:
        yield Quad(assertion, _iri("prov:wasDerivedFrom"), _node(paper), provenance)
    for origin in s.origins:
        who = _MAKER if origin == CURATED else _node(own_id(origin))
        yield Quad(assertion, _iri("prov:wasAttributedTo"), who, provenance)
    belief = Literal(f"{belief_of(s).value:.4f}", datatype=_iri("xsd:decimal"))
    yield Quad(assertion, _iri("voc:belief"), belief, provenance)
    yield Quad(assertion, _iri("voc:sign"), Literal(s.sign.value), provenance)
    if s.rung:
        yield Quad(assertion, _iri("voc:rung"), Literal(s.rung), provenance)
    for prop, lines in (("nSupports", s.supports), ("nDisputes", s.disputes), ("nNoEffect", s.no_effects)):
        count = Literal(str(len(lines)), datatype=_iri("xsd:integer"))
        yield Quad(assertion, _iri(f"voc:{prop}"), count, provenance)
    read = [e.paper.curation.date for e in s.evidence if e.origin == CURATED]
    words = f"{s.subject} {s.predicate} {s.object}"
    yield Quad(node, _iri("rdfs:label"), Literal(words), info)
    if read:
        yield Quad(node, _iri("dcterms:created"), Literal(max(read), datatype=_iri("xsd:date")), info)
        yield Quad(node, _iri("dcterms:license"), NamedNode(_CC0), info)
    for origin in s.origins:
        who = _MAKER if origin == CURATED else _node(own_id(origin))
        yield Quad(node, _iri("dcterms:creator"), who, info)
    yield Quad(node, _iri("prov:wasDerivedFrom"), _iri(f"statement:{s.id}"), info)


def _node(curie: str) -> NamedNode:
    """The node of an identifier; one whose prefix is not known, or that is no IRI, is the user's own."""
    known = curie.partition(":")[0] in vocab.PREFIXES and not re.search(r"[\s<>\"{}|\\^`]", curie)
    return _iri(curie if known else own_id(curie))
