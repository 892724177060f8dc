"""What changed between two graphs: what was written, what the reasoner now concludes, which answers moved.

A change is reported once, in the part it belongs to. *Written*: papers, entities, classes that are
no entities, axioms, relations, statements and lines. *Concluded*: subclasses, memberships, inverse readings,
each with its rule and premises, and a contradiction where one side has one. *Answers*: conflicts and beliefs.
A conclusion that stays but rests on other premises is no change.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any

from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from kg import vocab
from kg.build import open_graph, read_ontology
from kg.errors import Contradiction
from kg.mechanism.belief import belief_of
from kg.mechanism.conflicts import find_conflicts
from kg.model import Evidence, Knowledge, Paper, Statement
from kg.ontology.axioms import annotation_texts, axiom_texts, in_words
from kg.ontology.inferences import Inference, read_inferences
from kg.ontology.reading import Ontology
from kg.store.graphs import BuiltGraph
from kg.store.rdf import A, iri

__all__ = ["PARTS", "Change", "Diff", "Side", "diff_sides", "read_side"]

PARTS = {
    "written": ("paper", "entity", "class", "other term", "axiom", "relation", "statement", "evidence line"),
    "concluded": ("contradiction", "subclass", "membership", "inverse reading"),
    "answers": ("conflict", "belief"),
}
"""Part → kinds of change, in the order in which they are reported."""
_ORDER = {kind: (i, j) for i, kinds in enumerate(PARTS.values()) for j, kind in enumerate(kinds)}
_PART = {kind: part for part, kinds in PARTS.items() for kind in kinds}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs. `old` is None where it was added, `new` where it was removed.

    `key` identifies the thing (an id, a CURIE, a triple), `thing` names it. Of a conclusion, `rule` and
    `premises` are those of the side that has it, and `because` the premises that the other side lacks.
    """

    kind: str
    key: str
    thing: str
    old: str | None
    new: str | None
    rule: str = ""
    premises: tuple[str, ...] = ()
    because: tuple[str, ...] = ()

    @property
    def part(self) -> str:
        return _PART[self.kind]

    @property
    def change(self) -> str:
        """`added`, `removed` or `changed`."""
        return "added" if self.old is None else "removed" if self.new is None else "changed"

    def mirrored(self) -> Change:
        """The same change seen from the other side."""
        return Change(
            self.kind, self.key, self.thing, self.new, self.old, self.rule, self.premises, self.because
        )

    def data(self) -> dict[str, Any]:
        return {"part": self.part, "change": self.change, **asdict(self)}


@dataclass(frozen=True)
class Diff:
    """All changes, by part and kind, then by key."""

    changes: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(self.changes)

    def of(self, kind: str, change: str | None = None) -> tuple[Change, ...]:
        """Changes of one kind; with `change`, only the added, removed or changed."""
        return tuple(c for c in self.changes if c.kind == kind and change in (None, c.change))

    def counts(self) -> dict[str, dict[str, int]]:
        """Kind → how many were added, removed and changed; kinds without a change are left out."""
        found: dict[str, dict[str, int]] = {}
        for c in self.changes:
            of = found.setdefault(c.kind, {"added": 0, "removed": 0, "changed": 0})
            of[c.change] += 1
        return found


# Sides --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Side:
    """One of two graphs. `inferred` is None where a contradiction stopped the reasoner."""

    knowledge: Knowledge
    quads: tuple[Quad, ...] = field(repr=False)
    inferred: tuple[Inference, ...] | None = field(repr=False)
    contradiction: str = ""

    @cached_property
    def ontology(self) -> Ontology:
        return Ontology(self.quads, self.knowledge)

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """CURIE → name of an entity, else label."""
        return self.ontology.labels

    @cached_property
    def held(self) -> frozenset[str]:
        """Every triple that premises may name: stated or concluded."""
        return self.ontology.stated | {f"{i.subject} {i.predicate} {i.object}" for i in self.inferred or ()}

    def words(self, text: str) -> str:
        return in_words(text, self.labels)


def read_side(where: str | os.PathLike[str] | BuiltGraph) -> Side:
    """The graph of a build or a checkout; of a checkout that contradicts itself, what is written in it.

    Raises StoreMissing, StoreDamaged and DataProblems.
    """
    try:
        built = where if isinstance(where, BuiltGraph) else open_graph(where)
    except Contradiction as error:
        assert not isinstance(where, BuiltGraph)
        ontology = read_ontology(where)
        return Side(ontology.knowledge, tuple(ontology.quads), None, str(error))
    files = {
        name: tuple(parse(path=str(built.path / f"{name}.nq"), format=RdfFormat.N_QUADS))
        for name in ("ontology", "inferred")
    }
    return Side(built.snapshot[0], files["ontology"], tuple(read_inferences(files["inferred"])))


# Comparing ----------------------------------------------------------------------------------------


def diff_sides(old: Side, new: Side) -> Diff:
    """What is different in `new`."""
    found = [*_written(old, new), *_concluded(old, new), *_answers(old, new)]
    return Diff(tuple(sorted(found, key=lambda c: (_ORDER[c.kind], c.thing.casefold(), c.key))))


def _compared(
    kind: str, old: Mapping[str, tuple[str, str]], new: Mapping[str, tuple[str, str]]
) -> Iterator[Change]:
    """Changes between two tables of key → (name, text)."""
    for key in old.keys() | new.keys():
        sides = [table[key] for table in (old, new) if key in table]
        before, after = (table[key][1] if key in table else None for table in (old, new))
        if before != after:
            yield Change(kind, key, min(name for name, _ in sides), before, after)


def _fields(value: Any, skip: Iterable[str] = ()) -> str:
    """The fields of a value that are set, as text."""
    told = []
    for f in fields(value):
        content = getattr(value, f.name)
        if f.name not in skip and content not in (None, "", ()):
            text = "|".join(map(str, content)) if isinstance(content, tuple) else str(content)
            told.append(f"{f.name}: {text}")
    return "; ".join(told)


def _paper(paper: Paper) -> str:
    parts = [_fields(paper, ("experiments", "curation", "second_reading", "trial", "path"))]
    nested = {name: getattr(paper, name) for name in ("curation", "second_reading", "trial")}
    parts += [f"{name} ({_fields(v).replace('; ', ', ')})" for name, v in nested.items() if v is not None]
    return "; ".join(parts)


def _line(e: Evidence) -> str:
    x = e.experiment
    context = _fields(x, ("lines", "agent", "name"))
    agent = f"; agent ({_fields(x.agent)})" if x.agent else ""
    return f"{_fields(e.line, ('subject', 'predicate', 'object'))}; {context}{agent}; paper: {e.paper.id}"


def _statement(s: Statement) -> str:
    return "asserted" if s.is_asserted else "not asserted: no supporting line counts"


def _terms(side: Side, *, classes: bool) -> dict[str, tuple[str, str]]:
    """What is said of classes that are no entities; else of properties and of the ontology itself."""
    ours = {e.id for e in side.knowledge.entities} | {r.id for r in side.knowledge.relations}
    declared = {
        vocab.compress(q.subject.value)
        for q in side.quads
        if q.predicate == A and q.object == iri("owl:Class") and isinstance(q.subject, NamedNode)
    }
    told = annotation_texts(side.quads)
    return {
        curie: (side.labels.get(curie, curie), _annotations(told.get(curie, {})))
        for curie in (declared if classes else told.keys() - declared) - ours
    }


def _annotations(facts: Mapping[str, tuple[str, ...]]) -> str:
    return "; ".join(
        f"{prop.partition(':')[2]}: {'|'.join(values)}" for prop, values in sorted(facts.items())
    )


def _written(old: Side, new: Side) -> Iterator[Change]:
    sides = (old, new)
    yield from _compared("paper", *({p.id: (p.id, _paper(p)) for p in s.knowledge.papers} for s in sides))
    yield from _compared(
        "entity", *({e.id: (e.name, _fields(e)) for e in s.knowledge.entities} for s in sides)
    )
    yield from _compared("class", *(_terms(s, classes=True) for s in sides))
    yield from _compared("other term", *(_terms(s, classes=False) for s in sides))
    texts = tuple({a: (s.words(a), s.words(a)) for a in axiom_texts(s.quads)} for s in sides)
    yield from _once(texts, "axiom")
    yield from _compared(
        "relation", *({r.id: (r.name, _fields(r)) for r in s.knowledge.relations} for s in sides)
    )
    yield from _compared(
        "statement", *({x.id: (str(x), _statement(x)) for x in s.knowledge.statements} for s in sides)
    )
    tables = []
    for s in sides:
        named = {x.id: str(x) for x in s.knowledge.statements}
        tables.append(
            {
                e.id: (f"{named[s.knowledge.id_of(e.line)]} ({e.paper.id})", _line(e))
                for e in s.knowledge.evidence()
            }
        )
    yield from _compared("evidence line", *tables)


def _once(texts: tuple[Mapping[str, tuple[str, str]], ...], kind: str) -> Iterator[Change]:
    """Things that are there or not; a name that changed makes no difference."""
    old, new = texts
    for key in old.keys() - new.keys():
        yield Change(kind, key, old[key][0], old[key][1], None)
    for key in new.keys() - old.keys():
        yield Change(kind, key, new[key][0], None, new[key][1])


_KINDS = {"rdfs:subClassOf": "subclass", "voc:memberOf": "membership"}


def _inferences(side: Side) -> dict[str, Inference]:
    return {f"{i.subject} {i.predicate} {i.object}": i for i in side.inferred or ()}


def _concluded(old: Side, new: Side) -> Iterator[Change]:
    if old.contradiction != new.contradiction:
        yield Change(
            "contradiction", "contradiction", "the ontology with the statements",
            old.contradiction or None, new.contradiction or None,
        )  # fmt: skip
    if old.inferred is None or new.inferred is None:
        return
    before, after = _inferences(old), _inferences(new)
    for here, there, side, other in ((before, after, old, new), (after, before, new, old)):
        for triple in here.keys() - there.keys():
            i = here[triple]
            kind = _KINDS.get(i.predicate, "inverse reading")
            words = {"rdfs:subClassOf": "is a", "voc:memberOf": "is member of"}
            told = side.words(f"{i.subject} {{}} {i.object}").format(
                words.get(i.predicate, side.words(i.predicate))
            )
            premises = tuple(side.words(p) for p in i.premises)
            missing = tuple(side.words(p) for p in i.premises if p not in other.held)
            yield Change(
                kind, triple, told, told if side is old else None, told if side is new else None,
                i.rule, premises, missing,
            )  # fmt: skip


def _answers(old: Side, new: Side) -> Iterator[Change]:
    tables = []
    for side in (old, new):
        found = find_conflicts(side.knowledge.statements)
        tables.append(
            {
                f"{c.kind} {' '.join(sorted(c.statements))}": (f"{c.subject} / {c.object}", str(c))
                for c in found
            }
        )
    yield from _compared("conflict", *tables)
    before, after = ({s.id: s for s in side.knowledge.statements} for side in (old, new))
    for key in before.keys() & after.keys():
        values = [f"{belief_of(s).value:.4f}" for s in (before[key], after[key])]
        if values[0] != values[1]:
            yield Change("belief", key, min(str(before[key]), str(after[key])), values[0], values[1])


# In words -----------------------------------------------------------------------------------------

_MARKS = {"added": "+", "removed": "−", "changed": "~"}
_HEADS = {"written": "What was written", "concluded": "What the reasoner concludes", "answers": "Answers"}
_PLURAL = {"entity": "entities", "class": "classes", "subclass": "subclasses"}


def _changed_fields(old: str, new: str) -> str:
    """Of two texts of fields, only those that differ."""
    before, after = (dict.fromkeys(text.split("; ")) for text in (old, new))
    left, right = [f for f in before if f not in after], [f for f in after if f not in before]
    return f"{'; '.join(left) or '(nothing)'} → {'; '.join(right) or '(nothing)'}"


def _short(text: str, most: int = 160) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


def change_text(c: Change) -> list[str]:
    """A change on one line, and the reason for it on the next."""
    line = f"    {_MARKS[c.change]} {_short(c.thing)}"
    if c.change == "changed" and c.old is not None and c.new is not None:
        line += f": {_short(_changed_fields(c.old, c.new))}"
    elif c.kind in ("conflict", "contradiction", "evidence line", "statement"):
        told = (c.new or c.old or "").removeprefix(f"{c.thing}: ")
        line += "" if c.kind == "statement" else f": {_short(told)}"
    out = [line]
    if c.kind in ("subclass", "membership"):
        word = "now holds" if c.change == "added" else "no longer holds"
        why = [f"{word}: {p}" for p in c.because] or [f"from: {p}" for p in c.premises]
        out += [f"        [{c.rule}] {_short(w)}" for w in why[:3]]
        if len(why) > 3:
            out.append(f"        … and {len(why) - 3} more premises")
    return out


def diff_text(found: Diff, limit: int = 10) -> str:
    """All changes, grouped; at most `limit` of each kind, and inverse readings only counted."""
    counts, out = found.counts(), []
    for part, kinds in PARTS.items():
        if not any(kind in counts for kind in kinds):
            continue
        out.append(_HEADS[part])
        for kind in kinds:
            if kind not in counts:
                continue
            told = ", ".join(f"{n} {change}" for change, n in counts[kind].items() if n)
            out.append(f"  {_PLURAL.get(kind, kind + 's')}: {told}")
            changes = () if kind == "inverse reading" else found.of(kind)
            if kind == "membership":  # what is below a class is in it: told once
                told_already = {(c.change, *c.key.split(" ")[::2]) for c in found.of("subclass")}
                changes = tuple(c for c in changes if (c.change, *c.key.split(" ")[::2]) not in told_already)
            for c in changes[:limit]:
                out += change_text(c)
            if len(changes) > limit:
                out.append(f"    … and {len(changes) - limit} more")
    return "\n".join(out) if out else "no difference"
