"""Signed paths over statements: complete, deterministic, with their evidence.

A path is a simple walk (no entity twice) over asserted statements, from an entity that matches the source to
one that matches the target. Finding and ranking them is `kg.engine`'s; here a path gets its meaning: what its
steps say, from which papers, in which context they hold together.

Conventions: lengths count steps; signs multiply; the belief of a path is the product of the beliefs of its
steps (dimensionless, 0 to 1), as if steps failed independently, which they need not. Paths are ordered by
*score*: belief, damped by the popularity of the entities inside and by every axis of context on which the
steps part (formula and sources: `kg.engine`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import prod
from typing import Any

from kg import vocab
from kg.engine import Arcs, Ask, Walk, Walks, best_first, count_bound, enumerate_walks
from kg.errors import BadInput
from kg.frames import html_table
from kg.mechanism.belief import Belief, belief
from kg.model import Bridge, Evidence, Sign, Statement, statement_id

__all__ = ["AXES", "Coherence", "Engine", "Path", "Question", "Step", "coherence", "order_of"]

LONGEST = 8
"""Longest path that is looked for; beyond it answers are too many to read."""

AXES = ("species", "disease", "model", "phase")
"""Axes of context on which steps can hold together, in the order of `kg.engine.AGREEMENT`."""

BRIDGED = 0.8
"""Factor on the belief in a statement that is made of a marker of this entity: a judgement."""

INHERITED = 0.8
"""Factor on the belief in a statement that is taken over from a broader subject: a judgement."""

SHARED = 0.5
"""Of paths that share more than this part of the shorter one's steps, a diverse answer keeps the best."""

Wider = Callable[[str, str], frozenset[str]]
"""Axis and value → the value and what holds it: a line from IPF is also one from fibrotic lung disease."""

_PREDICATE = {Sign.PLUS: "increases", Sign.MINUS: "decreases"}
"""What a statement says of a thing when it says the opposite of a negative marker of it."""

_NUMBER = {Sign.PLUS: 1, Sign.MINUS: -1, Sign.UNKNOWN: 0}


def itself(axis: str, value: str) -> frozenset[str]:
    """No value holds another."""
    return frozenset({value})


@dataclass(frozen=True, slots=True)
class Step:
    """A statement as the question sees it: with the lines that pass its filters, and their belief.

    `contexts`: by axis the values its supporting lines report, with what holds them; None where a line leaves
    the axis open. `inherited_from`: the broader subject of which it is stated, where not of this one.
    `bridged_by`: the marker of which it is stated, and why that stands for what it marks.
    """

    statement: Statement
    evidence: tuple[Evidence, ...] = field(repr=False)
    belief: Belief
    rung: str
    contexts: tuple[frozenset[str] | None, ...] = field(default=(None,) * len(AXES), repr=False)
    inherited_from: str = ""
    bridged_by: str = ""

    @property
    def id(self) -> str:
        return self.statement.id

    @property
    def subject(self) -> str:
        return self.statement.subject

    @property
    def predicate(self) -> str:
        return self.statement.predicate

    @property
    def object(self) -> str:
        return self.statement.object

    @property
    def sign(self) -> Sign:
        return self.statement.sign

    @property
    def mark(self) -> str:
        """The sign as shown; ``0`` for a statement that was only found absent."""
        return self.sign.value if self.supports else self.statement.mark

    @property
    def level(self) -> str:
        """In whom it was shown at best: `human`, `animal` or `in vitro`."""
        return vocab.level_of(self.rung)

    @property
    def supports(self) -> tuple[Evidence, ...]:
        return tuple(e for e in self.evidence if e.direction == "supports")

    @property
    def against(self) -> tuple[Evidence, ...]:
        return tuple(e for e in self.evidence if e.direction != "supports")

    @property
    def species(self) -> tuple[str, ...]:
        return tuple(sorted({e.experiment.species for e in self.supports if e.experiment.species}))

    @property
    def diseases(self) -> tuple[str, ...]:
        return tuple(sorted({e.experiment.disease for e in self.supports if e.experiment.disease}))

    @property
    def papers(self) -> tuple[str, ...]:
        """Ids of the papers that support it, sorted."""
        return tuple(sorted({e.paper.id for e in self.supports}))


@dataclass(frozen=True, slots=True)
class Question:
    """What paths are asked for. Names are sets because asking for one entity finds those below it.

    `at`: (position, names) allowed there, 0 being the source. `is_exact`: paths of just `max_length` steps.
    `no_return`: entities that no step leads to; the source's own kind, which would close a loop.
    `predicates`, `test` and `min_belief` hold for every step; an empty set and None ask for nothing.
    """

    sources: frozenset[str]
    targets: frozenset[str]
    via: tuple[frozenset[str], ...] = ()
    avoid: frozenset[str] = frozenset()
    sign: Sign | None = None
    max_length: int = 4
    at: tuple[tuple[int, frozenset[str]], ...] = ()
    is_exact: bool = False
    is_coherent: bool = False
    predicates: frozenset[str] = frozenset()
    test: str | None = None
    min_belief: float | None = None
    no_return: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not 1 <= self.max_length <= LONGEST:
            raise BadInput(f"--max-length {self.max_length}: choose 1 to {LONGEST} steps")
        if self.min_belief is not None and not 0 <= self.min_belief <= 1:
            raise BadInput(f"--min-belief {self.min_belief}: choose a number from 0 to 1")
        for position, _ in self.at:
            if position > self.max_length:
                raise BadInput(
                    f"--at {position}: a path of {self.max_length} steps ends at {self.max_length}"
                )

    @property
    def constrains_steps(self) -> bool:
        return bool(self.predicates or self.no_return) or self.test is not None or self.min_belief is not None

    def allows(self, step: Step) -> bool:
        """Whether a step may stand in an answer, wherever it stands."""
        if step.object in self.no_return:
            return False
        if self.predicates and step.statement.predicate not in self.predicates:
            return False
        if self.min_belief is not None and step.belief.value < self.min_belief:
            return False
        return self.test is None or any(e.line.test == self.test for e in step.supports)


@dataclass(frozen=True, slots=True)
class Coherence:
    """The widest context in which all steps of a path hold; by axis the step (from 1) where that breaks."""

    shared: tuple[tuple[str, ...], ...]
    breaks: tuple[int | None, ...]

    @property
    def species(self) -> tuple[str, ...]:
        return self.shared[0]

    @property
    def diseases(self) -> tuple[str, ...]:
        return self.shared[1]

    @property
    def species_break(self) -> int | None:
        return self.breaks[0]

    @property
    def disease_break(self) -> int | None:
        return self.breaks[1]

    @property
    def is_whole(self) -> bool:
        """Whether the steps share a value on every axis, as far as it is reported."""
        return not any(self.breaks)

    def __str__(self) -> str:
        told = []
        for axis, values, broken in zip(AXES, self.shared, self.breaks, strict=True):
            if broken:
                told.append(f"no one {axis} from step {broken} on")
            elif values or axis in AXES[:2]:
                told.append(f"{axis}: {', '.join(values) or 'any'}")
        return "; ".join(told)


@dataclass(frozen=True)
class Path:
    """Steps that join end to start, and what follows from them."""

    steps: tuple[Step, ...]
    score: float = 0.0

    @property
    def entities(self) -> tuple[str, ...]:
        """The names along it, in order."""
        return (self.steps[0].statement.subject, *(s.statement.object for s in self.steps))

    @property
    def statements(self) -> tuple[Statement, ...]:
        return tuple(s.statement for s in self.steps)

    @cached_property
    def sign(self) -> Sign:
        """Product of the signs of the steps."""
        sign = Sign.PLUS
        for step in self.steps:
            sign = sign * step.statement.sign
        return sign

    @cached_property
    def belief(self) -> float:
        """Product of the beliefs of the steps."""
        return round(prod(s.belief.value for s in self.steps), 6)

    @property
    def belief_range(self) -> tuple[float, float]:
        """The product of the low and of the high ends."""
        return (
            round(prod(s.belief.low for s in self.steps), 6),
            round(prod(s.belief.high for s in self.steps), 6),
        )

    @property
    def rung(self) -> str:
        """The weakest rung among the steps; empty where a step has none."""
        return min((s.rung for s in self.steps), key=lambda r: vocab.RUNGS.index(r) if r else -1)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        return tuple(e for s in self.steps for e in s.evidence)

    @property
    def papers(self) -> tuple[str, ...]:
        return tuple(sorted({p for s in self.steps for p in s.papers}))

    @property
    def species(self) -> tuple[str, ...]:
        return tuple(sorted({x for s in self.steps for x in s.species}))

    @property
    def human_share(self) -> float:
        """Share of steps with support from people or their tissue, 0 to 1."""
        human = [any(e.rung in vocab.HUMAN_RUNGS for e in s.supports) for s in self.steps]
        return sum(human) / len(human)

    @cached_property
    def coherence(self) -> Coherence:
        return coherence(self.steps)

    def __str__(self) -> str:
        arrows = "".join(f" ─{s.statement.predicate}→ {s.statement.object}" for s in self.steps)
        n_for, n_against = (
            sum(len(s.supports) for s in self.steps),
            sum(len(s.against) for s in self.steps),
        )
        return f"{self.entities[0]}{arrows}   net {self.sign}, {n_for} lines, {n_against} against"

    def _repr_html_(self) -> str:
        columns = (
            "step", "subject", "predicate", "object", "sign", "belief", "best shown in", "for", "against",
            "papers",
        )  # fmt: skip
        rows = [
            (n, s.subject, s.predicate, s.object, s.mark, s.belief.value, s.rung, len(s.supports),
             len(s.against), s.papers)
            for n, s in enumerate(self.steps, 1)
        ]  # fmt: skip
        facts = f"net sign {self.sign}, score {self.score:.3f}, belief {self.belief:.3f}"
        return html_table(columns, rows, self.sentence(), (facts, f"holds together: {self.coherence}"))

    def sentence(self) -> str:
        """The path in one English sentence."""
        parts = [f"{self.entities[0]} {self.steps[0].statement.predicate} {self.entities[1]}"]
        parts += [f"which {s.statement.predicate} {s.statement.object}" for s in self.steps[1:]]
        effect = {Sign.PLUS: "promotes", Sign.MINUS: "counteracts", Sign.UNKNOWN: "has an unknown effect on"}
        ends = f"{self.entities[0]} {effect[self.sign]} {self.entities[-1]}"
        papers = f"{len(self.papers)} paper{'s' * (len(self.papers) != 1)}"
        told, weakest = ", ".join(parts), self.rung or "not stated"
        if len(self.steps) == 1:
            return f"{told} ({papers}; weakest evidence: {weakest})."
        return f"{told}: so {ends} ({papers}; weakest evidence: {weakest})."


def order_of(path: Path) -> tuple[float, int, tuple[tuple[str, str, str], ...]]:
    """Sort key: higher score, shorter, then alphabetical step by step."""
    return (-path.score, len(path.steps), tuple((s.subject, s.object, s.predicate) for s in path.steps))


def coherence(steps: Sequence[Step]) -> Coherence:
    """The contexts that all steps share; an axis that a step leaves open fits any."""
    shared: list[tuple[str, ...]] = []
    breaks: list[int | None] = []
    for axis in range(len(AXES)):
        common: frozenset[str] | None = None
        broken = None
        for number, step in enumerate(steps, 1):
            values = step.contexts[axis]
            if values is None:
                continue
            common = values if common is None else common & values
            if not common:
                broken = number
                break
        shared.append(tuple(sorted(common or ())))
        breaks.append(broken)
    return Coherence(tuple(shared), tuple(breaks))


def step_of(statement: Statement, wider: Wider = itself) -> Step | None:
    """A statement as a step; None without a counted supporting line."""
    counted = tuple(e for e in statement.evidence if e.counts)
    supports = [e for e in counted if e.direction == "supports"]
    if not supports:
        return None
    contexts = []
    for axis in AXES:
        values = {getattr(e.experiment, axis) for e in supports}
        is_open = None in values or "several" in values
        contexts.append(None if is_open else frozenset().union(*(wider(axis, v) for v in values)))
    # A line that was joined may not tell how it was found; its step then stands on no rung.
    rungs = [vocab.RUNGS.index(e.rung) for e in supports if e.rung]
    rung = vocab.RUNGS[max(rungs)] if rungs else ""
    return Step(statement, counted, belief(counted), rung, tuple(contexts))


def null_step(statement: Statement) -> Step:
    """A statement that was only found absent, as a picture shows it; its rung is the highest of its nulls."""
    counted = tuple(e for e in statement.evidence if e.counts)
    rung = vocab.RUNGS[max((vocab.RUNGS.index(e.rung) for e in counted if e.rung), default=0)]
    return Step(statement, counted, belief(counted), rung)


class Engine:
    """Statements as a frozen graph of numbers, and the answers to questions about it."""

    def __init__(self, statements: Iterable[Statement], wider: Wider = itself) -> None:
        steps = [step for s in statements if (step := step_of(s, wider)) is not None]
        self._freeze(steps)

    @classmethod
    def of_steps(cls, steps: Iterable[Step]) -> Engine:
        """The engine of steps that are made already."""
        made = cls.__new__(cls)
        made._freeze(steps)
        return made

    @classmethod
    def of_arcs(cls, names: Sequence[str], arcs: Arcs, steps: Sequence[Step]) -> Engine:
        """The engine of a graph in numbers, whose steps are made when they are looked at.

        `names` are sorted; step `i` belongs to arc `i`.
        """
        made = cls.__new__(cls)
        made.steps, made.names, made.arcs = steps, names, arcs
        made.index = {name: i for i, name in enumerate(names)}
        made._narrower = {}
        return made

    def _freeze(self, steps: Iterable[Step]) -> None:
        ordered = sorted(steps, key=lambda s: (s.subject, s.object, s.predicate, s.sign.value))
        self.steps: Sequence[Step] = tuple(ordered)
        self.names: Sequence[str] = sorted({n for s in ordered for n in (s.subject, s.object)})
        self.index: Mapping[str, int] = {name: i for i, name in enumerate(self.names)}
        self.arcs = Arcs(
            len(self.names),
            [self.index[s.subject] for s in ordered],
            [self.index[s.object] for s in ordered],
            [_NUMBER[s.sign] for s in ordered],
            [s.belief.value for s in ordered],
            _masks([s.contexts for s in ordered]),
        )
        self._narrower: dict[Any, Engine] = {}

    # Questions ------------------------------------------------------------------------------------

    def _numbers(self, names: Iterable[str]) -> frozenset[int]:
        index = self.index
        return frozenset(index[n] for n in names if n in index)

    def _ask(self, q: Question) -> Ask:
        return Ask(
            self._numbers(q.sources),
            self._numbers(q.targets),
            q.max_length,
            tuple(map(self._numbers, q.via)),
            self._numbers(q.avoid),
            None if q.sign is None else _NUMBER[q.sign],
            self._positions(q),
            q.is_exact,
            q.is_coherent,
        )

    def _positions(self, q: Question) -> dict[int, frozenset[int]]:
        found: dict[int, frozenset[int]] = {}
        for position, names in q.at:
            allowed = self._numbers(names)
            found[position] = found[position] & allowed if position in found else allowed
        return found

    def narrowed(self, q: Question) -> Engine:
        """The engine of the steps that the question allows; the same one for the same constraints."""
        if not q.constrains_steps:
            return self
        key = (q.predicates, q.test, q.min_belief, q.no_return)
        if key not in self._narrower:
            self._narrower[key] = Engine.of_steps(s for s in self.steps if q.allows(s))
        return self._narrower[key]

    def walks(self, q: Question) -> Walks:
        """Every path as step numbers, best first. They number `narrowed(q).steps`.

        Raises TooMany beyond `kg.engine.CAP`.
        """
        engine = self.narrowed(q)
        return enumerate_walks(engine.arcs, engine._ask(q))

    def best_walks(self, q: Question) -> Iterator[Walk]:
        """Paths as step numbers, best first, each made when it is asked for."""
        engine = self.narrowed(q)
        return best_first(engine.arcs, engine._ask(q))

    def path(self, walk: Walk) -> Path:
        """The path of some step numbers of this engine."""
        return Path(tuple(self.steps[i] for i in walk), self.arcs.score(walk))

    def paths(self, q: Question) -> list[Path]:
        """Every path that answers, best first; ties by length, then by names and predicates."""
        engine = self.narrowed(q)
        return [engine.path(walk) for walk in self.walks(q)]

    def count(self, q: Question) -> int:
        """How many paths answer."""
        return len(self.walks(q))

    def bound(self, q: Question) -> int:
        """How many paths can answer at most, without looking for them (see `kg.engine.count_bound`)."""
        engine = self.narrowed(q)
        return count_bound(engine.arcs, engine._ask(q))

    def with_inherited(self, below: Callable[[str], Iterable[str]]) -> Engine:
        """The engine in which what is stated of an entity also holds for those below it.

        A statement of the narrower entity itself is never replaced. The belief of one taken over is
        multiplied by `INHERITED`: what was seen of a class may not hold for each of its kinds.
        """
        stated = {(s.subject, s.predicate, s.object) for s in self.steps}
        taken: dict[tuple[str, str, str], Step] = {}
        for step in self.steps:
            for low in below(step.subject):
                key = (low, step.predicate, step.object)
                if key in stated or low == step.object:
                    continue
                found = replace(
                    step,
                    statement=replace(
                        step.statement,
                        id="i" + statement_id(low, step.predicate, step.object)[1:],
                        subject=low,
                    ),
                    belief=step.belief.scaled(INHERITED),
                    inherited_from=step.subject,
                )
                if key not in taken or found.belief.value > taken[key].belief.value:
                    taken[key] = found
        return Engine.of_steps([*self.steps, *taken.values()])

    def with_bridges(self, bridges: Iterable[Bridge]) -> Engine:
        """The engine in which what is stated of a marker also holds, with its sign, for what it marks.

        Both ends are bridged: what raises a positive marker raises what it marks, and what it marks acts as
        the marker does. A statement that is made of the thing itself is never replaced; the belief of one
        taken over is multiplied by `BRIDGED`.
        """
        stated = {(s.subject, s.object, s.sign) for s in self.steps}
        acting: dict[str, list[Step]] = {}
        reached: dict[str, list[Step]] = {}
        for step in self.steps:
            acting.setdefault(step.subject, []).append(step)
            reached.setdefault(step.object, []).append(step)
        taken: dict[tuple[str, str, str], Step] = {}
        for b in bridges:
            sign = Sign.MINUS if b.sign == "-" else Sign.PLUS
            for step in (*acting.get(b.subject, ()), *reached.get(b.subject, ())):
                is_agent = step.subject == b.subject
                subject, obj = (b.object, step.object) if is_agent else (step.subject, b.object)
                net = step.sign * sign
                if subject == obj or (subject, obj, net) in stated:
                    continue
                predicate = _PREDICATE.get(net, step.predicate) if net is not step.sign else step.predicate
                found = replace(
                    step,
                    statement=replace(
                        step.statement, id="b" + statement_id(subject, predicate, obj)[1:], subject=subject,
                        predicate=predicate, object=obj, sign=net,
                    ),
                    belief=step.belief.scaled(BRIDGED), bridged_by=f"{b}: {b.reason}",
                )  # fmt: skip
                key = (subject, predicate, obj)
                if key not in taken or found.belief.value > taken[key].belief.value:
                    taken[key] = found
        return Engine.of_steps([*self.steps, *taken.values()])

    @cached_property
    def degree(self) -> Mapping[str, int]:
        """Statements that start or end at each entity."""
        found = dict.fromkeys(self.names, 0)
        for ends in (self.arcs.source, self.arcs.target):
            for node in ends:
                found[self.names[node]] += 1
        return found


def diverse(walks: Iterable[Walk], arcs: Arcs) -> Iterator[Walk]:
    """Of walks that share more than `SHARED` of the shorter one's arcs, the first.

    Parallel arcs of one sign between the same nodes count as one.
    """
    kept: list[frozenset[tuple[int, int, int]]] = []
    for walk in walks:
        steps = frozenset((arcs.source[a], arcs.target[a], arcs.sign[a]) for a in walk)
        if all(len(steps & other) <= SHARED * min(len(steps), len(other)) for other in kept):
            kept.append(steps)
            yield walk


def _masks(
    contexts: Sequence[tuple[frozenset[str] | None, ...]],
) -> tuple[list[int], tuple[int, ...]]:
    """Contexts as one integer per step with a field of bits per axis, and the mask of each field."""
    masks = [0] * len(contexts)
    fields: list[int] = []
    shift = 0
    for axis in range(len(AXES)):
        values = sorted({v for c in contexts for v in c[axis] or ()})
        bit = {value: 1 << (shift + i) for i, value in enumerate(values)}
        # One bit more, so that steps that all leave an axis open share something on it.
        everything = ((1 << (len(values) + 1)) - 1) << shift
        for i, c in enumerate(contexts):
            found = c[axis]
            masks[i] |= everything if found is None else sum(bit[v] for v in found)
        fields.append(everything)
        shift += len(values) + 1
    return masks, tuple(fields)
