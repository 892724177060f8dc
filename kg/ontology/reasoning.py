"""Asking the embedded reasoner what follows: subclasses, memberships, consistency.

rustdl reasons over axioms and individuals, without Java; where it has no wheel, HermiT does
(`kg.ontology.hermit`). It is asked three things. Consistency and unsatisfiable classes, over everything.
Subclasses, over the
classes with all their axioms. Memberships, by saturation over one class per exemplar that holds nothing but
it: such a class meets an existential definition exactly where the exemplar does, and no disjunction has to
be tried. A test holds these answers against HermiT, which reads the individuals themselves.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pyoxigraph import BlankNode, NamedNode, Triple

from kg import vocab
from kg.errors import Contradiction, NotWritable
from kg.ontology.conclusions import Conclusions, conclusions_of
from kg.ontology.contradictions import axioms_in_words
from kg.ontology.hermit import conclude_hermit
from kg.ontology.reading import CLASS, ON, RESTRICTION, SOME, Expression, Ontology, exemplar, rdf_xml
from kg.store.rdf import SUBCLASS, A, iri, voc

__all__ = ["conclude", "conclude_rustdl"]


def conclude(ontology: Ontology) -> Conclusions:
    """What follows, by rustdl; by HermiT where rustdl is not installed.

    Raises Contradiction, with the axioms behind it in words, and BadInput where there is no reasoner.
    """
    try:
        import rustdl  # noqa: F401
    except ImportError:
        return conclude_hermit(ontology)
    return conclude_rustdl(ontology)


def conclude_rustdl(ontology: Ontology) -> Conclusions:
    """What follows, by rustdl; see the head of this module for how it is asked.

    Raises Contradiction and NotWritable.
    """
    import rustdl

    try:
        pairs, joined = _over_everything(ontology)
    except OSError as error:
        raise NotWritable(f"cannot write a file for the reasoner: {error.strerror or error}") from None
    above: dict[str, set[str]] = defaultdict(set)
    for low, high in pairs:
        above[vocab.compress(low)].add(vocab.compress(high))
    single = rustdl.classify_bytes(
        rdf_xml(_single(ontology, pairs, joined)), format="rdf-xml", saturation_only=True,
        per_pair_timeout_ms=0, global_timeout_ms=0,
    )  # fmt: skip
    start = vocab.PREFIXES["exemplar"]
    named = {c: vocab.compress(c) for c in single.classes if not c.startswith(start)}
    types = {
        entity: frozenset(named[c] for c in single.superclasses_of(exemplar(entity).value) if c in named)
        for entity in ontology.told_types
    }
    return conclusions_of(above, types)


def _over_everything(ontology: Ontology) -> tuple[list[tuple[str, str]], list[tuple[str, str, str]]]:
    """Subclasses of classes, and what joins exemplars, after both were found free of contradiction."""
    import rustdl

    with tempfile.TemporaryDirectory(prefix="msc-kg-") as folder:
        whole, classes = Path(folder) / "whole.owl", Path(folder) / "classes.owl"
        whole.write_bytes(rdf_xml([*ontology.tbox, *ontology.abox]))
        classes.write_bytes(rdf_xml(ontology.tbox))
        # Classes first: why one of them can hold nothing is quicker to find than why all is contradictory.
        found = rustdl.classify(str(classes), per_pair_timeout_ms=0, global_timeout_ms=0)
        if found.unsatisfiable:
            worst = _highest_first(map(vocab.compress, found.unsatisfiable), ontology)
            names = [f"'{ontology.labels.get(c, c)}'" for c in worst[:5]]
            more = f" or {len(worst) - 5} more below" if len(worst) > 5 else ""
            why = rustdl.justify(str(classes), ["unsat", vocab.expand(worst[0])])
            raise Contradiction(f"nothing can be {' or '.join(names)}{more}", axioms_in_words(why, ontology))
        if not rustdl.is_consistent(str(whole)):
            raise Contradiction(
                "the statements contradict the ontology",
                axioms_in_words(rustdl.justify(str(whole), ["inconsistent"]), ontology),
            )
        pairs = rustdl.materialize_inferred_subclass_axioms(str(classes))
        joined = rustdl.materialize_inferred_property_assertions(str(whole))
    return pairs, joined


def _highest_first(classes: Iterable[str], ontology: Ontology) -> list[str]:
    """Classes in order, those first whose fault is their own: declared, and below no other of them."""
    found = set(classes)
    declared = {
        vocab.compress(t.subject.value)
        for t in ontology.tbox
        if t.predicate == A and t.object == CLASS and isinstance(t.subject, NamedNode)
    }
    return sorted(
        found,
        key=lambda c: (
            c not in declared,
            c in ontology.definitions,
            any(high in found for high in ontology.told_parents.get(c, ())),
            c,
        ),
    )


def _single(ontology: Ontology, pairs: Iterable[tuple[str, str]], joined: Iterable[Any]) -> Iterator[Triple]:
    """One class per exemplar in its stead, and of the other classes what saturation needs: the subclasses
    already found, and that what meets a definition is in the class. A union gets a name of its own, since
    saturation reads no disjunction; so does the class of everything."""
    everything, made = iri("exemplar:_anything"), 0

    def fresh() -> int:
        nonlocal made
        made += 1
        return made

    def some(prop: NamedNode, filler: Any) -> tuple[BlankNode, list[Triple]]:
        node = BlankNode(f"some{fresh()}")
        return node, [Triple(node, A, RESTRICTION), Triple(node, ON, prop), Triple(node, SOME, filler)]

    def node_of(e: Expression) -> tuple[Any, list[Triple]]:
        if e.kind == "class":
            return (everything if e.name == "owl:Thing" else iri(e.name)), []
        parts = [node_of(part) for part in e.parts]
        triples = [t for _, more in parts for t in more]
        if e.kind == "some":
            node, more = some(iri(e.name), parts[0][0])
            return node, triples + more
        if e.kind == "or":
            union = iri(f"exemplar:_union{fresh()}")
            triples.append(Triple(union, A, CLASS))
            return union, triples + [Triple(part, SUBCLASS, union) for part, _ in parts]
        name = f"and{fresh()}"
        triples += [
            Triple(BlankNode(name), A, CLASS),
            Triple(BlankNode(name), iri("owl:intersectionOf"), BlankNode(f"{name}x0")),
        ]
        for i, (part, _) in enumerate(parts):
            rest = BlankNode(f"{name}x{i + 1}") if i + 1 < len(parts) else iri("rdf:nil")
            triples.append(Triple(BlankNode(f"{name}x{i}"), iri("rdf:first"), part))
            triples.append(Triple(BlankNode(f"{name}x{i}"), iri("rdf:rest"), rest))
        return BlankNode(name), triples

    yield Triple(everything, A, CLASS)
    for t in ontology.tbox:
        if t.object in (CLASS, iri("owl:ObjectProperty")) and isinstance(t.subject, NamedNode):
            yield t
    for low, high in pairs:
        yield Triple(NamedNode(low), SUBCLASS, NamedNode(high))
    for curie, expression in ontology.definitions.items():
        node, triples = node_of(expression)
        yield from triples
        yield Triple(node, SUBCLASS, iri(curie))
    for subject, link, obj in ontology.knowledge.derivations:
        below, above = (iri(ontology.knowledge.by_name[name].id) for name in (subject, obj))
        node, triples = some(voc(link), above)
        yield from (*triples, Triple(below, SUBCLASS, node))
    for entity, types in ontology.told_types.items():
        yield Triple(exemplar(entity), A, CLASS)
        yield Triple(exemplar(entity), SUBCLASS, everything)
        for cls in types:
            yield Triple(exemplar(entity), SUBCLASS, iri(cls))
    for subject, prop, obj in sorted(joined):
        node, triples = some(NamedNode(prop), NamedNode(obj))
        yield from (*triples, Triple(NamedNode(subject), SUBCLASS, node))
