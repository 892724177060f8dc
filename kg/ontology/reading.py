"""The ontology graph as reasoning reads it: class expressions, definitions, stated facts, exemplars.

Classes cannot stand in causal relations, so each entity lends the reasoner one *exemplar*: an individual of
its class. The asserted statements join exemplars, and properties such as `voc:shownNecessaryFor` say what
stands behind them. Statements are individuals too, with the organisms they are supported in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, serialize

from kg import vocab
from kg.model import Knowledge
from kg.store.rdf import LABEL, SUBCLASS, A, iri, supported_in, voc

__all__ = ["Ontology", "class_parents"]

_LOGICAL = {
    iri(curie)
    for curie in (
        "rdf:type", "rdf:first", "rdf:rest", "rdfs:subClassOf", "rdfs:subPropertyOf", "rdfs:domain",
        "rdfs:range", "owl:equivalentClass", "owl:disjointWith", "owl:members", "owl:inverseOf",
        "owl:propertyChainAxiom", "owl:onProperty", "owl:someValuesFrom", "owl:intersectionOf",
        "owl:unionOf",
    )
}  # fmt: skip


CLASS, RESTRICTION, INDIVIDUAL = iri("owl:Class"), iri("owl:Restriction"), iri("owl:NamedIndividual")


ON, SOME = iri("owl:onProperty"), iri("owl:someValuesFrom")


EQUIVALENT = iri("owl:equivalentClass")


_BETWEEN_CLASSES = {SUBCLASS, EQUIVALENT, SOME, iri("owl:disjointWith"), iri("rdf:first")}


_MEDIATOR = "mscm:0000032"


_PATIENTS = tuple(rung for rung in vocab.HUMAN_RUNGS if rung != "ex vivo human tissue")


def class_parents(ontology: Iterable[Quad]) -> Mapping[str, tuple[str, ...]]:
    """Identifier → identifiers of its direct superclasses and curated parents, from the ontology graph."""
    return _links(ontology, (SUBCLASS, voc("parent")))


def _links(ontology: Iterable[Quad], predicates: Sequence[NamedNode]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for quad in ontology:
        low, high = quad.subject, quad.object
        if quad.predicate in predicates and isinstance(low, NamedNode) and isinstance(high, NamedNode):
            found.setdefault(vocab.compress(low.value), set()).add(vocab.compress(high.value))
    return {low: tuple(sorted(highs)) for low, highs in sorted(found.items())}


@dataclass(frozen=True, slots=True)
class Expression:
    """A class expression: `and`, `or` over parts; `some` with a property; else a named class."""

    kind: str
    name: str = ""
    parts: tuple[Expression, ...] = ()

    def text(self, labels: Mapping[str, str], inner: bool = False) -> str:
        """Manchester syntax with labels for identifiers."""
        if self.kind == "class":
            return labels.get(self.name, self.name)
        if self.kind == "some":
            made = f"{labels.get(self.name, self.name)} some {self.parts[0].text(labels, True)}"
        else:
            made = f" {self.kind} ".join(part.text(labels, True) for part in self.parts)
        return f"({made})" if inner else made


@dataclass(frozen=True)
class Ontology:
    """The ontology graph as reasoning reads it, with the exemplars that the knowledge lends it."""

    quads: Sequence[Quad]
    knowledge: Knowledge

    @cached_property
    def _out(self) -> Mapping[Any, Mapping[NamedNode, list[Any]]]:
        found: dict[Any, dict[NamedNode, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for q in self.quads:
            found[q.subject][q.predicate].append(q.object)
        return found

    def _one(self, node: Any, predicate: str) -> Any:
        return next(iter(self._out[node][iri(predicate)]), None)

    def _expression(self, node: Any) -> Expression:
        if isinstance(node, NamedNode):
            return Expression("class", vocab.compress(node.value))
        if (prop := self._one(node, "owl:onProperty")) is not None:
            filler = self._expression(self._one(node, "owl:someValuesFrom"))
            return Expression("some", vocab.compress(prop.value), (filler,))
        kind, cell = "and", self._one(node, "owl:intersectionOf")
        if cell is None:
            kind, cell = "or", self._one(node, "owl:unionOf")
        parts = [self._expression(node) for node in self._list(cell)]
        return Expression(kind, "", tuple(sorted(parts, key=repr)))

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """CURIE → name of an entity, words of a statement, else label."""
        found = {
            vocab.compress(node.value): out[LABEL][0].value
            for node, out in list(self._out.items())
            if isinstance(node, NamedNode) and out.get(LABEL)
        }
        found |= {e.id: e.name for e in self.knowledge.entities}
        found |= {f"statement:{s.id}": str(s) for s in self.knowledge.statements}
        return {**found, "owl:Thing": "thing"}

    @cached_property
    def definitions(self) -> Mapping[str, Expression]:
        """Classes defined by equivalence, by CURIE; the upper classes of categories are not among them."""
        uppers = set(vocab.CATEGORIES.values())
        found = {}
        for node, out in list(self._out.items()):
            if isinstance(node, NamedNode) and out.get(EQUIVALENT):
                curie = vocab.compress(node.value)
                if curie not in uppers:
                    found[curie] = self._expression(out[EQUIVALENT][0])
        return dict(sorted(found.items()))

    def axiom(self, curie: str) -> str:
        """The defining axiom of a class, as a premise."""
        return f"{curie} owl:equivalentClass {self.definitions[curie].text(self.labels)}"

    # Facts ----------------------------------------------------------------------------------------

    @cached_property
    def told_types(self) -> Mapping[str, Mapping[str, str]]:
        """Entity, statement or organism → class of its individual → the stated triple that says so."""
        found = {}
        for e in self.knowledge.entities:
            types = {e.id: ""}
            for name in e.parents:
                parent = self.knowledge.by_name[name].id
                types[parent] = f"{e.id} voc:parent {parent}"
            if e.category in vocab.MOLECULES:
                types[_MEDIATOR] = f'{e.id} voc:category "{e.category}"'
            found[e.id] = types
        for statement, organisms in self._supported_in.items():
            found[statement] = {"voc:Statement": f"{statement} rdf:type voc:Statement"}
            found |= {taxon: {taxon: ""} for taxon in organisms if taxon not in found}
        return found

    @cached_property
    def _supported_in(self) -> Mapping[str, Sequence[str]]:
        """Asserted statement → organisms from whose tissue or body a supporting line comes."""
        return {f"statement:{s.id}": supported_in(s) for s in self.knowledge.statements if s.is_asserted}

    @cached_property
    def facts(self) -> Sequence[tuple[str, str, str, str]]:
        """Subject, property, object of what joins exemplars, and the stated triple behind it; sorted."""
        ids = {e.name: e.id for e in self.knowledge.entities}
        found = set()
        for s in self.knowledge.statements:
            if not s.is_asserted:
                continue
            low, high = ids[s.subject], ids[s.object]
            relation = self.knowledge.by_predicate[s.predicate].id
            stated = f"{low} {relation} {high}"
            found.add((low, relation, high, stated))
            tests, rungs = {e.line.test for e in s.supports}, {e.rung for e in s.supports}
            for prop, holds in (
                ("voc:shownNecessaryFor", "necessity" in tests),
                ("voc:shownSufficientFor", "sufficiency" in tests),
                ("voc:supportedInHumansFor", not rungs.isdisjoint(vocab.HUMAN_RUNGS)),
                ("voc:supportedInPatientsFor", not rungs.isdisjoint(_PATIENTS)),
            ):
                if holds:
                    found.add((low, prop, high, f"statement:{s.id} voc:{prop[4:]} {low} → {high}"))
        for statement, organisms in self._supported_in.items():
            for taxon in organisms:
                stated = f"{statement} voc:supportedIn {taxon}"
                found.add((statement, "voc:supportedIn", taxon, stated))
        for subject, link, obj in self.knowledge.derivations:
            prop = vocab.compress(voc(link).value)
            found.add((ids[subject], prop, ids[obj], f"{ids[subject]} {prop} {ids[obj]}"))
        return sorted(found)

    @cached_property
    def _above_property(self) -> Mapping[str, frozenset[tuple[str, bool]]]:
        """Property → those it implies, each with whether its ends are swapped."""
        up: dict[str, set[tuple[str, bool]]] = defaultdict(set)
        for q in self.quads:
            if isinstance(q.subject, NamedNode) and isinstance(q.object, NamedNode):
                low, high = vocab.compress(q.subject.value), vocab.compress(q.object.value)
                if q.predicate == iri("rdfs:subPropertyOf"):
                    up[low].add((high, False))
                elif q.predicate == iri("owl:inverseOf"):
                    up[low].add((high, True))
                    up[high].add((low, True))
        found = {}
        for start in {f[1] for f in self.facts}:
            seen, todo = {(start, False)}, [(start, False)]
            while todo:
                prop, swapped = todo.pop()
                for above, turns in up[prop]:
                    if (reached := (above, swapped != turns)) not in seen:
                        seen.add(reached)
                        todo.append(reached)
            found[start] = frozenset(seen)
        return found

    @cached_property
    def roles(self) -> Mapping[tuple[str, str], Sequence[tuple[str, str]]]:
        """(Exemplar, property) → what it is joined to, each with the stated triple; sorted."""
        found: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
        for low, prop, high, stated in self.facts:
            for above, swapped in self._above_property[prop]:
                ends = (high, low) if swapped else (low, high)
                found[ends[0], above].add((ends[1], stated))
        return {key: sorted(joined) for key, joined in found.items()}

    @cached_property
    def told_parents(self) -> Mapping[str, tuple[str, ...]]:
        return _links(self.quads, (SUBCLASS,))

    @cached_property
    def stated(self) -> frozenset[str]:
        """Every triple and axiom that the ontology and the statements say themselves, as premises name it."""
        found = {
            " ".join(vocab.compress(part.value) for part in (q.subject, q.predicate, q.object))
            for q in self.quads
            if isinstance(q.subject, NamedNode) and isinstance(q.object, NamedNode)
        }
        found |= {stated for *_, stated in self.facts}
        found |= {text for types in self.told_types.values() for text in types.values() if text}
        return frozenset(found | {self.axiom(curie) for curie in self.definitions})

    def chain(self, low: str, high: str) -> tuple[str, ...] | None:
        """The shortest run of stated subclass links from one class to another."""
        came: dict[str, str] = {low: ""}
        todo = [low]
        while todo and high not in came:
            here = todo.pop(0)
            for above in self.told_parents.get(here, ()):
                if above not in came:
                    came[above] = here
                    todo.append(above)
        if high not in came:
            return None
        steps: list[str] = []
        while came[high]:
            steps.append(f"{came[high]} rdfs:subClassOf {high}")
            high = came[high]
        return tuple(reversed(steps))

    # What reasoners read --------------------------------------------------------------------------

    @cached_property
    def tbox(self) -> Sequence[Triple]:
        """The axioms on classes and properties: no annotations, no plain triples between classes.

        Disjointness of several classes is written out pair by pair: rustdl 0.4.42 reads no list of them.
        Every class that an axiom names is declared: owlready2 overlooks others.
        """
        members = iri("owl:members")
        unsaid = [iri(f"owl:{kind}") for kind in ("AnnotationProperty", "AllDisjointClasses", "Axiom")]
        found = []
        for q in self.quads:
            if q.predicate == members:
                classes = sorted(self._list(q.object), key=str)
                found += [
                    Triple(low, iri("owl:disjointWith"), high)
                    for i, low in enumerate(classes)
                    for high in classes[i + 1 :]
                ]
            elif q.predicate in _LOGICAL and q.object not in unsaid:
                found.append(q.triple)
        found = _without_loose_lists(found)
        named = {
            node
            for t in found
            if t.predicate in _BETWEEN_CLASSES
            for node in (t.subject, t.object)
            if isinstance(node, NamedNode)
        } - {iri("owl:Thing"), iri("owl:Nothing"), iri("rdf:nil")}
        properties = {t.subject for t in found if t.object == iri("owl:ObjectProperty")}
        declared = {t.subject for t in found if t.predicate == A and t.object == CLASS}
        return [*found, *(Triple(n, A, CLASS) for n in sorted(named - properties - declared, key=str))]

    def _list(self, cell: Any) -> Iterator[Any]:
        while cell is not None and cell != iri("rdf:nil"):
            yield self._one(cell, "rdf:first")
            cell = self._one(cell, "rdf:rest")

    @cached_property
    def abox(self) -> Sequence[Triple]:
        """The exemplars: their classes, and what joins them."""
        found = []
        for entity, types in self.told_types.items():
            found.append(Triple(exemplar(entity), A, INDIVIDUAL))
            found += [Triple(exemplar(entity), A, iri(cls)) for cls in types]
        found += [Triple(exemplar(s), iri(p), exemplar(o)) for s, p, o, _ in self.facts]
        return found


def _without_loose_lists(triples: Iterable[Triple]) -> list[Triple]:
    """Without the cells of lists that nothing points at."""
    kept = list(triples)
    cells = {t.subject for t in kept if t.predicate == iri("rdf:rest")}
    while loose := cells - {t.object for t in kept}:
        kept = [t for t in kept if t.subject not in loose]
        cells -= loose
    return kept


def exemplar(curie: str) -> NamedNode:
    """The individual that stands for an entity of this identifier."""
    return iri("exemplar:" + curie.replace(":", "_", 1))


def rdf_xml(triples: Iterable[Triple]) -> bytes:
    """RDF/XML of triples in sorted order, which both reasoners read."""
    return serialize(sorted(set(triples), key=str), format=RdfFormat.RDF_XML) or b""
