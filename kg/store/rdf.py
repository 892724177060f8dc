"""Model → RDF → model, losslessly.

Four of the five named graphs are written here (`kg.ontology.reasoning` writes `inferred`): entities and
relations go to `ontology`, one direct triple per asserted statement to `assertions`, statement nodes,
evidence lines, experiments and agents to `evidence`, papers and readings to `provenance`. Plain
RDF 1.1; the only blank nodes are inside OWL axioms, and a build gives them canonical labels.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg import vocab
from kg.mechanism.belief import belief_of
from kg.model import (
    Adjudication,
    Agent,
    Bridge,
    Curation,
    Entity,
    Experiment,
    Knowledge,
    Line,
    Paper,
    Relation,
    Sign,
    Statement,
    Trial,
    kind_of,
)

__all__ = ["from_quads", "supported_in", "to_quads"]

_T = TypeVar("_T")
_Node = NamedNode | BlankNode


def iri(curie: str) -> NamedNode:
    return NamedNode(vocab.expand(curie))


def voc(name: str) -> NamedNode:
    """A property or class of the project's vocabulary, from a Python or YAML key."""
    return iri(vocab.property_of(name))


def graph(name: str) -> NamedNode:
    return iri(f"graph:{name}")


A = iri("rdf:type")
LABEL = iri("rdfs:label")
DEFINITION = iri("IAO:0000115")
SUBCLASS = iri("rdfs:subClassOf")
INTEGER, BOOLEAN = iri("xsd:integer"), iri("xsd:boolean")
DECIMAL, DATE, DOUBLE = iri("xsd:decimal"), iri("xsd:date"), iri("xsd:double")


def _literal(value: Any) -> Literal:
    if isinstance(value, bool):
        return Literal("true" if value else "false", datatype=BOOLEAN)
    if isinstance(value, int):
        return Literal(str(value), datatype=INTEGER)
    if isinstance(value, float):
        return Literal(repr(value), datatype=DOUBLE)
    return Literal(str(value))


def _digest(*parts: object) -> str:
    told = ("" if part is None else str(part) for part in parts)
    return hashlib.sha256("\x1f".join(told).encode()).hexdigest()[:12]


def paper_iri(paper: Paper) -> NamedNode:
    return iri(paper.id)


def experiment_iri(paper: Paper, experiment: Experiment) -> NamedNode:
    return iri("experiment:x" + _digest(paper.id, experiment.name))


def _plain(node: NamedNode, value: object, skip: Iterable[str] = (), within: str = "") -> Iterator[Triple]:
    """One literal per field that is set; the fields of a value inside it bear its name in front."""
    for f in fields(value):  # type: ignore[arg-type]
        content = getattr(value, f.name)
        if f.name in skip or content is None or content == ():
            continue
        if is_dataclass(content):
            yield from _plain(node, content, within=f"{f.name} ")
        else:
            yield Triple(node, voc(within + f.name), _literal(content))


# Model → quads ------------------------------------------------------------------------------------


def to_quads(knowledge: Knowledge) -> Iterator[Quad]:
    """Quads of the ontology, assertions, evidence and provenance graphs.

    The ontology part holds what the curated tables say; `kg.ontology.owl` adds the public sources' terms.
    """
    parts = {
        "ontology": _ontology(knowledge),
        "assertions": _assertions(knowledge),
        "evidence": _evidence(knowledge),
        "provenance": _provenance(knowledge),
    }
    for name, triples in parts.items():
        for triple in triples:
            yield Quad(triple.subject, triple.predicate, triple.object, graph(name))


def _ontology(knowledge: Knowledge) -> Iterator[Triple]:
    for entity in knowledge.entities:
        node = iri(entity.id)
        yield Triple(node, A, iri("owl:Class"))
        yield Triple(node, LABEL, Literal(entity.label))
        yield Triple(node, voc("name"), Literal(entity.name))
        yield Triple(node, voc("category"), Literal(entity.category))
        for alias in entity.aliases:
            yield Triple(node, voc("alias"), Literal(alias))
            if not alias.endswith("?"):
                yield Triple(node, iri("oboInOwl:hasExactSynonym"), Literal(alias))
        for parent in entity.parents:
            target = iri(knowledge.by_name[parent].id)
            yield Triple(node, voc("parent"), target)
            yield Triple(node, SUBCLASS, target)
        upper = iri(vocab.CATEGORIES[entity.category])
        if upper != node:
            yield Triple(node, SUBCLASS, upper)
        if entity.note:
            yield Triple(node, voc("note"), Literal(entity.note))
            if entity.is_minted:
                yield Triple(node, DEFINITION, Literal(entity.note))
                yield Triple(node, iri("dcterms:source"), NamedNode(vocab.ONTOLOGY_IRI))
    for relation in knowledge.relations:
        yield from _relation(relation)
    for subject, link, obj in knowledge.derivations:
        names = knowledge.by_name
        yield Triple(iri(names[subject].id), voc(link), iri(names[obj].id))
    yield from _bridges(knowledge)


BRIDGES = ("models", "marker of")


def _bridges(knowledge: Knowledge) -> Iterator[Triple]:
    """Each bridge as a plain triple, and an axiom annotation that says why, with sign and source."""
    named = knowledge.by_name
    for b in knowledge.bridges:
        low, link, high = iri(b.subject_id), voc(b.kind), iri(b.object_id)
        yield Triple(low, link, high)
        for node, name in ((low, b.subject), (high, b.object)):
            if name not in named:
                yield Triple(node, LABEL, Literal(name))
        axiom = BlankNode(hashlib.sha256(f"{low} {link} {high}".encode()).hexdigest()[:16])
        yield Triple(axiom, A, iri("owl:Axiom"))
        yield Triple(axiom, iri("owl:annotatedSource"), low)
        yield Triple(axiom, iri("owl:annotatedProperty"), link)
        yield Triple(axiom, iri("owl:annotatedTarget"), high)
        yield Triple(axiom, voc("reason"), Literal(b.reason))
        if b.sign:
            yield Triple(axiom, voc("sign"), Literal(b.sign))
        for source in filter(None, b.source.split("|")):
            yield Triple(axiom, iri("dcterms:source"), iri(source))


def _relation(relation: Relation) -> Iterator[Triple]:
    node = iri(relation.id)
    yield Triple(node, A, iri("owl:ObjectProperty"))
    yield Triple(node, LABEL, Literal(relation.name))
    yield Triple(node, voc("sign"), Literal(relation.sign.value))
    yield Triple(node, DEFINITION, Literal(relation.definition))
    yield Triple(node, voc("inverse"), Literal(relation.inverse))
    for category in relation.domain:
        yield Triple(node, voc("domain"), Literal(category))
    for category in relation.range:
        yield Triple(node, voc("range"), Literal(category))
    for match, curie in relation.mappings:
        yield Triple(node, iri(f"skos:{match}Match"), iri(curie))


def _assertions(knowledge: Knowledge) -> Iterator[Triple]:
    for s in knowledge.statements:
        if s.is_asserted:
            ends = knowledge.by_name[s.subject], knowledge.by_name[s.object]
            yield Triple(iri(ends[0].id), iri(knowledge.by_predicate[s.predicate].id), iri(ends[1].id))


def supported_in(s: Statement) -> tuple[str, ...]:
    """Organisms from whose tissue or body a counted supporting line comes, sorted; cell culture is none."""
    species = {e.experiment.species for e in s.supports if e.rung != "in vitro"}
    return tuple(sorted(vocab.SPECIES[name] for name in species if name))


def _evidence(knowledge: Knowledge) -> Iterator[Triple]:
    names = knowledge.by_name
    for s in knowledge.statements:
        node, believed = iri(f"statement:{s.id}"), belief_of(s)
        yield Triple(node, A, voc("Statement"))
        yield Triple(node, iri("rdf:subject"), iri(names[s.subject].id))
        yield Triple(node, iri("rdf:predicate"), iri(knowledge.by_predicate[s.predicate].id))
        yield Triple(node, iri("rdf:object"), iri(names[s.object].id))
        yield Triple(node, voc("sign"), Literal(s.sign.value))
        yield Triple(node, voc("belief"), Literal(f"{believed.value:.4f}", datatype=DECIMAL))
        yield Triple(node, voc("n supports"), _literal(len(s.supports)))
        yield Triple(node, voc("n disputes"), _literal(len(s.disputes)))
        yield Triple(node, voc("n no effect"), _literal(len(s.no_effects)))
        if s.rung:
            yield Triple(node, voc("rung"), Literal(s.rung))
        for taxon in supported_in(s):
            yield Triple(node, voc("supported in"), iri(taxon))
        for e in s.evidence:
            place = iri(f"line:{e.id}")
            yield Triple(place, A, voc("EvidenceLine"))
            yield Triple(place, voc("statement"), node)
            yield Triple(place, voc("experiment"), experiment_iri(e.paper, e.experiment))
            yield Triple(place, voc("paper"), paper_iri(e.paper))
            yield Triple(place, voc("rung"), Literal(e.rung))
            yield from _plain(place, e.line, ("subject", "predicate", "object"))
    for paper in knowledge.papers:
        for position, experiment in enumerate(paper.experiments, 1):
            node = experiment_iri(paper, experiment)
            yield Triple(node, A, voc("Experiment"))
            yield Triple(node, voc("paper"), paper_iri(paper))
            yield Triple(node, voc("position"), _literal(position))
            if experiment.species:
                yield Triple(node, voc("species"), iri(vocab.SPECIES[experiment.species]))
            if experiment.disease:
                yield Triple(node, voc("disease"), iri(names[experiment.disease].id))
            if experiment.agent:
                agent = iri("agent:a" + _digest(*(getattr(experiment.agent, f.name) for f in fields(Agent))))
                yield Triple(node, voc("agent"), agent)
                yield Triple(agent, A, voc("CellProduct"))
                yield from _plain(agent, experiment.agent)
            yield from _plain(node, experiment, ("species", "disease", "agent", "lines"))
            for n, line in enumerate(experiment.lines, 1):
                place = iri(f"line:{knowledge.line_id(paper, experiment, line)}")
                yield Triple(place, voc("position"), _literal(n))


def _provenance(knowledge: Knowledge) -> Iterator[Triple]:
    for paper in knowledge.papers:
        node = paper_iri(paper)
        yield Triple(node, A, voc("Paper"))
        yield Triple(node, iri("dcterms:title"), Literal(paper.title))
        yield from _plain(node, paper, ("title", "curation", "second_reading", "trial", "experiments"))
        for step, reading in (("first", paper.curation), ("second", paper.second_reading)):
            if reading is None:
                continue
            activity = iri("curation:c" + _digest(paper.id, step))
            yield Triple(node, voc(f"{step} reading"), activity)
            yield Triple(activity, A, iri("prov:Activity"))
            yield Triple(activity, voc("agent"), Literal(reading.agent))
            yield Triple(activity, iri("prov:endedAtTime"), Literal(reading.date, datatype=DATE))
            if reading.dropped is not None:
                yield Triple(activity, voc("dropped"), _literal(reading.dropped))
        if paper.trial:
            trial = iri("trial:t" + _digest(paper.id))
            yield Triple(node, voc("trial"), trial)
            yield Triple(trial, A, voc("Trial"))
            yield from _plain(trial, paper.trial)
    names = knowledge.by_name
    for a in knowledge.adjudications:
        node = iri("adjudication:j" + _digest(names[a.subject].id, a.predicate, names[a.object].id))
        yield Triple(node, A, voc("Adjudication"))
        yield Triple(node, iri("rdf:subject"), iri(names[a.subject].id))
        if a.predicate:
            yield Triple(node, iri("rdf:predicate"), iri(knowledge.by_predicate[a.predicate].id))
        yield Triple(node, iri("rdf:object"), iri(names[a.object].id))
        for axis in a.axes:
            yield Triple(node, voc("axis"), Literal(axis))
        yield Triple(node, voc("paper"), iri(a.paper))
        yield Triple(node, voc("note"), Literal(a.note))
        yield Triple(node, voc("agent"), Literal(a.agent))
        yield Triple(node, iri("prov:endedAtTime"), Literal(a.date, datatype=DATE))


# Quads → model ------------------------------------------------------------------------------------


class _Facts:
    """Triples by subject and property, over all graphs but `inferred`."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self.of: dict[_Node, dict[NamedNode, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for q in quads:
            if isinstance(q.subject, (NamedNode, BlankNode)):
                self.of[q.subject][q.predicate].append(q.object)

    def all_of(self, type_: NamedNode) -> list[_Node]:
        return [node for node, facts in self.of.items() if type_ in facts.get(A, ())]

    def values(self, node: _Node, prop: NamedNode) -> list[Any]:
        return self.of[node].get(prop, [])

    def one(self, node: _Node, prop: NamedNode) -> Any:
        found = self.values(node, prop)
        return found[0] if found else None

    def text(self, node: _Node, prop: NamedNode) -> str:
        found = self.one(node, prop)
        return found.value if found is not None else ""

    def plain(self, node: _Node, cls: type[_T], within: str = "", **given: Any) -> _T:
        """A value whose remaining fields are the literals of a node."""
        content: dict[str, Any] = {}
        for f in fields(cls):  # type: ignore[arg-type]
            if f.name in given:
                continue
            if (kind := kind_of(cls, f.name)) is not None:
                named = (voc(f"{f.name} {part.name}") for part in fields(kind))
                held = any(self.values(node, prop) for prop in named)
                content[f.name] = self.plain(node, kind, f"{f.name} ") if held else None
            elif (found := self.one(node, voc(within + f.name))) is not None:
                content[f.name] = _python(found)
        return cls(**content, **given)


def _python(literal: Literal) -> Any:
    if literal.datatype == INTEGER:
        return int(literal.value)
    if literal.datatype == BOOLEAN:
        return literal.value == "true"
    if literal.datatype == DOUBLE:
        return float(literal.value)
    return literal.value


def _texts(found: Iterable[Literal]) -> tuple[str, ...]:
    return tuple(sorted(literal.value for literal in found))


def from_quads(quads: Iterable[Quad]) -> Knowledge:
    """The model that `to_quads` wrote."""
    facts = _Facts(q for q in quads if q.graph_name != graph("inferred"))
    named = [n for n in facts.all_of(iri("owl:Class")) if facts.values(n, voc("name"))]
    names: dict[_Node, str] = {n: facts.text(n, voc("name")) for n in named}
    entities = tuple(sorted((_entity(facts, n, names) for n in named), key=lambda e: e.name))
    properties = [n for n in facts.all_of(iri("owl:ObjectProperty")) if facts.values(n, voc("sign"))]
    relations = tuple(sorted((_to_relation(facts, n) for n in properties), key=lambda r: r.name))
    derivations = tuple(
        sorted(
            (names[n], link, names[target])
            for n in named
            for link in ("derives from", "produced by", "part of")
            for target in facts.values(n, voc(link))
        )
    )
    predicates: dict[_Node, str] = {iri(r.id): r.name for r in relations}
    lines = _lines(facts, names, predicates)
    experiments: dict[_Node, list[tuple[int, Experiment]]] = defaultdict(list)
    for node in facts.all_of(voc("Experiment")):
        disease, agent = facts.one(node, voc("disease")), facts.one(node, voc("agent"))
        experiment = facts.plain(
            node, Experiment,
            species=_SPECIES.get(facts.one(node, voc("species"))),
            disease=names[disease] if disease else None,
            agent=facts.plain(agent, Agent) if agent else None,
            lines=tuple(line for _, line in sorted(lines[node], key=lambda pair: pair[0])),
        )  # fmt: skip
        place = int(facts.text(node, voc("position")))
        experiments[facts.one(node, voc("paper"))].append((place, experiment))
    papers = tuple(
        sorted((_paper(facts, n, experiments[n]) for n in facts.all_of(voc("Paper"))), key=lambda p: p.id)
    )
    adjudications = sorted(
        (_adjudication(facts, n, names, predicates) for n in facts.all_of(voc("Adjudication"))),
        key=lambda a: (a.subject, a.predicate, a.object),
    )
    return Knowledge(
        entities, relations, papers, derivations, tuple(adjudications), _to_bridges(facts, names)
    )


_SPECIES = {iri(curie): name for name, curie in vocab.SPECIES.items()}


def _entity(facts: _Facts, node: _Node, names: Mapping[_Node, str]) -> Entity:
    assert isinstance(node, NamedNode)
    return Entity(
        names[node], vocab.compress(node.value), facts.text(node, LABEL), facts.text(node, voc("category")),
        _texts(facts.values(node, voc("alias"))),
        tuple(sorted(names[p] for p in facts.values(node, voc("parent")))),
        facts.text(node, voc("note")),
    )  # fmt: skip


def _to_bridges(facts: _Facts, names: Mapping[_Node, str]) -> tuple[Bridge, ...]:
    kinds = {voc(kind): kind for kind in BRIDGES}
    found = []
    for axiom in facts.all_of(iri("owl:Axiom")):
        link = facts.one(axiom, iri("owl:annotatedProperty"))
        if link not in kinds:
            continue
        low, high = (facts.one(axiom, iri(f"owl:annotated{part}")) for part in ("Source", "Target"))
        sources = (vocab.compress(s.value) for s in facts.values(axiom, iri("dcterms:source")))
        found.append(
            Bridge(
                kinds[link], names.get(low) or facts.text(low, LABEL),
                names.get(high) or facts.text(high, LABEL),
                vocab.compress(low.value), vocab.compress(high.value), facts.text(axiom, voc("reason")),
                facts.text(axiom, voc("sign")), "|".join(sorted(sources)),
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda b: (b.kind, b.subject, b.object)))


def _to_relation(facts: _Facts, node: _Node) -> Relation:
    mappings = sorted(
        (match, vocab.compress(target.value))
        for match in ("exact", "close", "broad", "narrow", "related")
        for target in facts.values(node, iri(f"skos:{match}Match"))
    )
    return Relation(
        facts.text(node, LABEL), Sign(facts.text(node, voc("sign"))),
        _texts(facts.values(node, voc("domain"))), _texts(facts.values(node, voc("range"))),
        facts.text(node, voc("inverse")), tuple(mappings), facts.text(node, DEFINITION),
    )  # fmt: skip


def _lines(
    facts: _Facts, names: Mapping[_Node, str], predicates: Mapping[_Node, str]
) -> dict[_Node, list[tuple[int, Line]]]:
    """Evidence lines by experiment, each with its position."""
    found: dict[_Node, list[tuple[int, Line]]] = defaultdict(list)
    for node in facts.all_of(voc("EvidenceLine")):
        statement = facts.one(node, voc("statement"))
        line = facts.plain(
            node, Line,
            subject=names[facts.one(statement, iri("rdf:subject"))],
            predicate=predicates[facts.one(statement, iri("rdf:predicate"))],
            object=names[facts.one(statement, iri("rdf:object"))],
        )  # fmt: skip
        found[facts.one(node, voc("experiment"))].append((int(facts.text(node, voc("position"))), line))
    return found


def _adjudication(
    facts: _Facts, node: _Node, names: Mapping[_Node, str], predicates: Mapping[_Node, str]
) -> Adjudication:
    predicate = facts.one(node, iri("rdf:predicate"))
    return Adjudication(
        names[facts.one(node, iri("rdf:subject"))],
        predicates[predicate] if predicate is not None else "",
        names[facts.one(node, iri("rdf:object"))],
        _texts(facts.values(node, voc("axis"))),
        facts.text(node, voc("note")),
        vocab.compress(facts.text(node, voc("paper"))),
        facts.text(node, voc("agent")),
        facts.text(node, iri("prov:endedAtTime")),
    )


def _paper(facts: _Facts, node: _Node, experiments: list[tuple[int, Experiment]]) -> Paper:
    def reading(step: str) -> Curation | None:
        activity = facts.one(node, voc(f"{step} reading"))
        if activity is None:
            return None
        dropped = facts.one(activity, voc("dropped"))
        return Curation(
            facts.text(activity, voc("agent")),
            facts.text(activity, iri("prov:endedAtTime")),
            int(dropped.value) if dropped is not None else None,
        )

    first, trial = reading("first"), facts.one(node, voc("trial"))
    assert first is not None
    return facts.plain(
        node, Paper,
        title=facts.text(node, iri("dcterms:title")),
        curation=first,
        second_reading=reading("second"),
        trial=facts.plain(trial, Trial) if trial is not None else None,
        experiments=tuple(e for _, e in sorted(experiments, key=lambda pair: pair[0])),
    )  # fmt: skip
