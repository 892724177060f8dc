"""Every entailed triple with its rule and premises, and the inferred graph made of them.

Three rules, all sound under OWL 2 direct semantics:

- *subclass*: is-a is transitive; the premises are the stated links, through public terms too.
- *inverse*: every predicate has an inverse, so each assertion can be read from its other end.
- *definition*: what meets the definition of a class is in it. `rdfs:subClassOf` where every instance is,
  `voc:memberOf` where the exemplar is, because of what the graph states of it.

Signs are not composed here: neg∘neg→pos together with pos∘neg→neg is no regular property hierarchy, so
paths (`kg.mechanism.paths`) carry them. The graph can be deleted and built again from the other four.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad

from kg import vocab
from kg.model import Knowledge
from kg.ontology.conclusions import Conclusions
from kg.ontology.reading import Expression, Ontology
from kg.store.rdf import DEFINITION, A, graph, iri, voc

__all__ = ["Inference", "defined_rows", "infer", "inferred_quads", "read_inferences"]


@dataclass(frozen=True, slots=True, order=True)
class Inference:
    """An entailed triple of CURIEs with the rule and the triples it follows from."""

    subject: str
    predicate: str
    object: str
    rule: str
    premises: tuple[str, ...]

    @property
    def id(self) -> str:
        text = "\x1f".join((self.subject, self.predicate, self.object, self.rule))
        return "i" + hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class _Premises:
    """Finds the stated and inferred triples by which something meets a definition."""

    ontology: Ontology
    conclusions: Conclusions
    is_exemplar: bool
    link: str = field(init=False, default="")

    def _types(self, x: str) -> frozenset[str]:
        known = self.conclusions.types if self.is_exemplar else self.conclusions.superclasses
        return known.get(x, frozenset()) | {x}

    def meets(self, x: str, e: Expression) -> tuple[str, ...] | None:
        """Triples by which `x` meets an expression, or None."""
        if e.kind == "class":
            return self._is_in(x, e.name)
        if e.kind == "or":
            return next((m for part in e.parts if (m := self.meets(x, part)) is not None), None)
        if e.kind == "and":
            found = [self.meets(x, part) for part in e.parts]
            if any(m is None for m in found):
                return None
            return tuple(dict.fromkeys(p for m in found for p in m or ()))
        return self._joined(x, e)

    def _is_in(self, x: str, cls: str) -> tuple[str, ...] | None:
        if cls in (x, "owl:Thing"):
            return ()
        if cls not in self._types(x):
            return None
        if cls in self.ontology.definitions:
            return (f"{x} {'voc:memberOf' if self.is_exemplar else 'rdfs:subClassOf'} {cls}",)
        if (chain := self.ontology.chain(x, cls)) is not None:
            return chain
        if self.is_exemplar:
            for told, stated in self.ontology.told_types.get(x, {}).items():
                if stated and (chain := self.ontology.chain(told, cls)) is not None:
                    return (stated, *chain)
        # What is left follows from the definition of `x`, which stands beside these premises.
        return () if x in self.ontology.definitions else (f"{x} rdfs:subClassOf {cls}",)

    def _joined(self, x: str, e: Expression) -> tuple[str, ...] | None:
        if self.is_exemplar:
            for other, stated in self.ontology.roles.get((x, e.name), ()):
                if (m := self.meets(other, e.parts[0])) is not None:
                    return (stated, *m)
        for above in sorted(self._types(x)):
            for subject, prop, obj, stated in self.ontology.facts:
                if subject == above and prop == e.name and prop.startswith("voc:"):
                    chain = self.ontology.chain(x, above)
                    m = self.meets(obj, e.parts[0])
                    if chain is not None and m is not None:
                        return (*chain, stated, *m)
        return None


def infer(ontology: Ontology, conclusions: Conclusions) -> Iterator[Inference]:
    """Every entailed triple between entities and defined classes that is not stated, in a fixed order."""
    ours = {e.id for e in ontology.knowledge.entities} | set(ontology.definitions)
    find = _Premises(ontology, conclusions, is_exemplar=False)
    for low in sorted(ours):
        for high in sorted(conclusions.superclasses.get(low, frozenset()) & ours):
            if high in ontology.told_parents.get(low, ()):
                continue
            if (chain := ontology.chain(low, high)) is not None:
                yield Inference(low, "rdfs:subClassOf", high, "subclass", chain)
                continue
            axioms = [ontology.axiom(c) for c in (low, high) if c in ontology.definitions]
            met = find.meets(low, ontology.definitions[high]) if high in ontology.definitions else ()
            yield Inference(low, "rdfs:subClassOf", high, "definition", (*axioms, *(met or ())))
    find = _Premises(ontology, conclusions, is_exemplar=True)
    for entity in sorted(e for e in conclusions.types if e in ours or e.startswith("statement:")):
        for cls in sorted(conclusions.types[entity] & set(ontology.definitions)):
            met = find.meets(entity, ontology.definitions[cls])
            if met is not None:
                yield Inference(entity, "voc:memberOf", cls, "definition", (ontology.axiom(cls), *met))
                continue
            below = [
                c for c in sorted(conclusions.types[entity]) if cls in conclusions.superclasses.get(c, ())
            ]
            links = (
                (f"{entity} voc:memberOf {below[0]}", f"{below[0]} rdfs:subClassOf {cls}") if below else ()
            )
            yield Inference(entity, "voc:memberOf", cls, "subclass", links)
    yield from _inverses(ontology.knowledge)


def _inverses(knowledge: Knowledge) -> Iterator[Inference]:
    ids = {e.name: e.id for e in knowledge.entities}
    for s in knowledge.statements:
        relation = knowledge.by_predicate[s.predicate]
        if s.is_asserted and relation.inverse:
            inverse = "rel:" + relation.inverse.replace(" ", "_")
            premises = (
                f"{ids[s.subject]} {relation.id} {ids[s.object]}",
                f"{inverse} owl:inverseOf {relation.id}"
                if inverse != relation.id
                else f"{inverse} rdf:type owl:SymmetricProperty",
            )
            yield Inference(ids[s.object], inverse, ids[s.subject], "inverse", premises)


def inferred_quads(inferences: Iterable[Inference]) -> Iterator[Quad]:
    """The inferred graph: the triple itself, and a node that says where it comes from."""
    place = graph("inferred")
    for i in inferences:
        subject, predicate, obj = iri(i.subject), iri(i.predicate), iri(i.object)
        yield Quad(subject, predicate, obj, place)
        node = iri(f"inference:{i.id}")
        yield Quad(node, A, voc("Inference"), place)
        yield Quad(node, iri("rdf:subject"), subject, place)
        yield Quad(node, iri("rdf:predicate"), predicate, place)
        yield Quad(node, iri("rdf:object"), obj, place)
        yield Quad(node, voc("rule"), Literal(i.rule), place)
        for premise in i.premises:
            yield Quad(node, voc("premise"), Literal(premise), place)


def defined_rows(ontology: Ontology, inferences: Iterable[Inference]) -> list[list[Any]]:
    """Identifier, label, definition, axiom and members of each defined class, as `model.json` keeps them."""
    members: dict[str, list[str]] = defaultdict(list)
    for i in inferences:
        if i.predicate == "voc:memberOf":
            members[i.object].append(ontology.labels[i.subject])
    rows = []
    for curie, expression in ontology.definitions.items():
        definition = ontology._out[iri(curie)].get(DEFINITION)
        text = definition[0].value if definition else ""
        axiom = expression.text(ontology.labels)
        rows.append([curie, ontology.labels[curie], text, axiom, sorted(members[curie])])
    return rows


def read_inferences(inferred: Iterable[Quad]) -> Iterator[Inference]:
    """The inferences that `inferred_quads` wrote, premises sorted."""
    nodes: dict[Any, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for q in inferred:
        told = vocab.compress(q.object.value) if isinstance(q.object, NamedNode) else _literal(q.object)
        nodes[q.subject][vocab.compress(q.predicate.value)].append(told)
    for n in nodes.values():
        if rule := n.get("voc:rule"):
            subject, predicate, obj = (n[f"rdf:{part}"][0] for part in ("subject", "predicate", "object"))
            yield Inference(subject, predicate, obj, rule[0], tuple(sorted(n["voc:premise"])))


def _literal(node: Any) -> str:
    return str(node.value)
