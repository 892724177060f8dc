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
from kg.mechanism.hypotheses import Hypothesis
from kg.mechanism.overlay import own_id
from kg.model import CURATED, Knowledge, Statement

__all__ = ["hypothesis_nanopubs", "nanopubs"]

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


def hypothesis_nanopubs(hypotheses: Iterable[Hypothesis], knowledge: Knowledge) -> str:
    """TriG of a nanopublication for each hypothesis.

    The assertion says that a hypothesis is about two entities and a sign; it never states the triple itself,
    so that a store that takes it in holds no finding it does not have. Provenance says which papers the
    chains are from, why it is made, and what would refute it.
    """
    quads: list[Quad] = []
    for h in hypotheses:
        quads += _hypothesis_quads(h, knowledge)
    return (serialize(quads, format=RdfFormat.TRIG, prefixes=PREFIXES) or b"").decode()


def _frame(node: NamedNode) -> tuple[list[Quad], NamedNode, NamedNode, NamedNode]:
    """The head of a nanopublication, and its graphs: assertion, provenance, publication info."""
    head, assertion, provenance, info = (
        NamedNode(f"{node.value}#{part}") for part in ("head", "assertion", "provenance", "pubinfo")
    )
    parts = (("hasAssertion", assertion), ("hasProvenance", provenance), ("hasPublicationInfo", info))
    quads = [Quad(node, _A, _np("Nanopublication"), head), *(Quad(node, _np(p), g, head) for p, g in parts)]
    return quads, assertion, provenance, info


def _hypothesis_quads(h: Hypothesis, knowledge: Knowledge) -> Iterator[Quad]:
    node = NamedNode(f"{vocab.BASE}hypothesis/{h.id}")
    head, assertion, provenance, info = _frame(node)
    yield from head
    thing = NamedNode(f"{node.value}#hypothesis")
    yield Quad(thing, _A, _iri("voc:Hypothesis"), assertion)
    yield Quad(thing, _iri("rdfs:label"), Literal(h.claim, language="en"), assertion)
    yield Quad(thing, _iri("voc:expectedSign"), Literal(h.sign.value), assertion)
    for role, name in (("aboutSource", h.source), ("aboutTarget", h.target), ("aboutMediator", h.via)):
        if name in knowledge.by_name:
            yield Quad(thing, _iri(f"voc:{role}"), _node(knowledge.by_name[name].id), assertion)
    for paper in h.papers:
        yield Quad(assertion, _iri("prov:wasDerivedFrom"), _node(paper), provenance)
    told = f"{h.reason} Test: {h.test} Refuted if {h.refuted_by}."
    yield Quad(assertion, _iri("rdfs:comment"), Literal(told, language="en"), provenance)
    score = Literal(f"{h.score:.6f}", datatype=_iri("xsd:decimal"))
    yield Quad(assertion, _iri("voc:score"), score, provenance)
    yield Quad(node, _iri("dcterms:type"), Literal("hypothesis, no finding"), info)
    yield Quad(node, _iri("dcterms:creator"), _MAKER, info)


def _quads(s: Statement, knowledge: Knowledge) -> Iterator[Quad]:
    node = NamedNode(f"{vocab.BASE}nanopub/{s.id}")
    head, assertion, provenance, info = _frame(node)
    yield from head
    names = knowledge.by_name
    subject, relation, obj = (
        _node(names[s.subject].id), _node(knowledge.by_predicate[s.predicate].id), _node(names[s.object].id),
    )  # fmt: skip
    yield Quad(subject, relation, obj, assertion)
    # Not from those that found no effect, dispute it or were retracted: their number stands beside.
    for paper in sorted({e.paper.id for e in s.supports if e.counts}):
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
