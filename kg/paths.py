"""Signed paths over statements: complete, deterministic, with their evidence.

A path is a simple walk (no entity twice) over asserted statements, from an entity that matches the
source to one that matches the target. Enumeration is complete within the length asked for and is held
against brute force by a test. It stays quick because a reverse breadth-first search from the target
first tells how far every entity is from it, so that no step is taken which cannot arrive in time.

Conventions: lengths count steps; signs multiply; the belief of a path is the product of the beliefs of
its steps (dimensionless, 0 to 1), as if steps failed independently, which they need not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod

from kg import vocab
from kg.belief import Belief, belief
from kg.errors import BadInput
from kg.model import Evidence, Sign, Statement

__all__ = ["Coherence", "Engine", "Path", "Question", "Step", "coherence"]

LONGEST = 8
"""Longest path that is enumerated; beyond it answers are too many to read."""


@dataclass(frozen=True, slots=True)
class Step:
    """A statement as the question sees it: with the lines that pass its filters, and their belief."""

    statement: Statement
    evidence: tuple[Evidence, ...] = field(repr=False)
    belief: Belief
    rung: str

    @property
    def supports(self) -> tuple[Evidence, ...]:
        return tuple(e for e in self.evidence if e.direction == "supports")

    @property
    def against(self) -> tuple[Evidence, ...]:
        return tuple(e for e in self.evidence if e.direction != "supports")

    @property
    def species(self) -> tuple[str, ...]:
        return tuple(sorted({e.experiment.species for e in self.supports}))

    @property
    def diseases(self) -> tuple[str, ...]:
        return tuple(sorted({e.experiment.disease for e in self.supports if e.experiment.disease}))

    @property
    def papers(self) -> tuple[str, ...]:
        """Ids of the papers that support it, sorted."""
        return tuple(sorted({e.paper.id for e in self.supports}))


@dataclass(frozen=True, slots=True)
class Question:
    """What paths are asked for. Names are sets because asking for one entity finds those below it."""

    sources: frozenset[str]
    targets: frozenset[str]
    via: tuple[frozenset[str], ...] = ()
    avoid: frozenset[str] = frozenset()
    sign: Sign | None = None
    max_length: int = 4

    def __post_init__(self) -> None:
        if not 1 <= self.max_length <= LONGEST:
            raise BadInput(f"--max-length {self.max_length}: choose 1 to {LONGEST} steps")


@dataclass(frozen=True, slots=True)
class Coherence:
    """The widest context in which all steps of a path hold, or the step (from 1) where it breaks."""

    species: tuple[str, ...]
    diseases: tuple[str, ...]
    species_break: int | None
    disease_break: int | None

    @property
    def is_whole(self) -> bool:
        """Whether the steps share a species, and a disease as far as diseases are reported."""
        return self.species_break is None and self.disease_break is None

    def __str__(self) -> str:
        def part(what: str, shared: tuple[str, ...], broken: int | None) -> str:
            return (
                f"no one {what} from step {broken} on" if broken else f"{what}: {', '.join(shared) or 'any'}"
            )

        species = part("species", self.species, self.species_break)
        return f"{species}; {part('disease', self.diseases, self.disease_break)}"


@dataclass(frozen=True)
class Path:
    """Steps that join end to start, and what follows from them."""

    steps: tuple[Step, ...]
    reasons: tuple[str, ...] = ()

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
        """The weakest rung among the steps."""
        return min((s.rung for s in self.steps), key=vocab.RUNGS.index)

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

    def sentence(self) -> str:
        """The path in one English sentence."""
        parts = [f"{self.entities[0]} {self.steps[0].statement.predicate} {self.entities[1]}"]
        parts += [f"which {s.statement.predicate} {s.statement.object}" for s in self.steps[1:]]
        effect = {Sign.PLUS: "promotes", Sign.MINUS: "counteracts", Sign.UNKNOWN: "has an unknown effect on"}
        ends = f"{self.entities[0]} {effect[self.sign]} {self.entities[-1]}"
        papers = f"{len(self.papers)} paper{'s' * (len(self.papers) != 1)}"
        told = ", ".join(parts)
        if len(self.steps) == 1:
            return f"{told} ({papers}; weakest evidence: {self.rung})."
        return f"{told}: so {ends} ({papers}; weakest evidence: {self.rung})."


def coherence(steps: Sequence[Step]) -> Coherence:
    """The contexts that supporting lines of all steps share; unreported disease is left open."""

    def shared(sets: Iterable[tuple[int, set[str]]]) -> tuple[tuple[str, ...], int | None]:
        common: set[str] | None = None
        for number, found in sets:
            if not found:
                continue
            narrowed = found if common is None else common & found
            if not narrowed:
                return (), number
            common = narrowed
        return tuple(sorted(common or ())), None

    species, species_break = shared((i, set(s.species)) for i, s in enumerate(steps, 1))
    open_ = [any(e.experiment.disease is None for e in s.supports) for s in steps]
    diseases, disease_break = shared(
        (i, set() if is_open else set(s.diseases))
        for i, (s, is_open) in enumerate(zip(steps, open_, strict=True), 1)
    )
    return Coherence(species, diseases, species_break, disease_break)


class Engine:
    """Statements frozen to integers: out- and in-neighbours of every entity, in a fixed order."""

    def __init__(
        self, statements: Iterable[Statement], lines: Mapping[str, tuple[Evidence, ...]] | None = None
    ) -> None:
        kept: list[Step] = []
        for s in statements:
            evidence = s.evidence if lines is None else lines.get(s.id, ())
            counted = tuple(e for e in evidence if e.counts)
            rungs = [vocab.RUNGS.index(e.rung) for e in counted if e.direction == "supports"]
            if rungs:
                kept.append(Step(s, counted, belief(counted), vocab.RUNGS[max(rungs)]))
        self.steps = tuple(kept)
        names = sorted({n for s in kept for n in (s.statement.subject, s.statement.object)})
        self.index = {name: i for i, name in enumerate(names)}
        self._out: list[list[tuple[int, int]]] = [[] for _ in names]
        self._into: list[list[int]] = [[] for _ in names]
        order = sorted(range(len(kept)), key=lambda i: (-kept[i].belief.value, kept[i].statement.object, i))
        for i in order:
            s = kept[i].statement
            self._out[self.index[s.subject]].append((self.index[s.object], i))
            self._into[self.index[s.object]].append(self.index[s.subject])

    def distances(self, targets: Iterable[str], cut: int, avoid: frozenset[str] = frozenset()) -> list[int]:
        """Steps from each entity to the nearest target, `cut + 1` where that is more than `cut`."""
        far = cut + 1
        distance = [far] * len(self.index)
        blocked = {self.index[n] for n in avoid if n in self.index}
        frontier = [self.index[n] for n in targets if n in self.index and n not in avoid]
        for node in frontier:
            distance[node] = 0
        for depth in range(1, far):
            reached = []
            for node in frontier:
                for before in self._into[node]:
                    if distance[before] == far and before not in blocked:
                        distance[before] = depth
                        reached.append(before)
            frontier = reached
        return distance

    def walks(self, question: Question) -> Iterator[tuple[int, ...]]:
        """Every simple path as step numbers, without the constraints on sign and way-points."""
        q = question
        distance = self.distances(q.targets, q.max_length, q.avoid)
        blocked = {self.index[n] for n in q.avoid if n in self.index}
        targets = {self.index[n] for n in q.targets if n in self.index}
        out = self._out
        for name in sorted(q.sources - q.avoid):
            start = self.index.get(name)
            if start is None or distance[start] > q.max_length:
                continue
            on_path = {start, *blocked}
            chosen: list[int] = []
            nodes = [start]
            stack = [iter(out[start])]
            while stack:
                rest = q.max_length - len(chosen) - 1
                for node, step in stack[-1]:
                    if node in on_path or distance[node] > rest:
                        continue
                    chosen.append(step)
                    if node in targets:
                        yield tuple(chosen)
                    if rest:
                        on_path.add(node)
                        nodes.append(node)
                        stack.append(iter(out[node]))
                        break
                    chosen.pop()
                else:
                    stack.pop()
                    on_path.discard(nodes.pop())
                    if chosen:
                        chosen.pop()

    def _passes(self, question: Question, walk: tuple[int, ...]) -> bool:
        steps = self.steps
        if question.sign is not None:
            sign = Sign.PLUS
            for i in walk:
                sign = sign * steps[i].statement.sign
            if sign is not question.sign:
                return False
        inner = {steps[i].statement.object for i in walk[:-1]}
        return all(inner & wanted for wanted in question.via)

    def paths(self, question: Question) -> list[Path]:
        """Every path that answers, best belief first; ties by length, then by names and predicates."""
        found = [
            Path(tuple(self.steps[i] for i in walk))
            for walk in self.walks(question)
            if self._passes(question, walk)
        ]
        return sorted(found, key=order_of)

    def count(self, question: Question) -> int:
        """How many paths answer, without making them."""
        return sum(self._passes(question, walk) for walk in self.walks(question))

    @cached_property
    def degree(self) -> Mapping[str, int]:
        """Statements that start or end at each entity."""
        found: dict[str, int] = defaultdict(int)
        for s in self.steps:
            found[s.statement.subject] += 1
            found[s.statement.object] += 1
        return dict(found)


def order_of(path: Path) -> tuple[float, int, tuple[str, ...], tuple[str, ...]]:
    """Sort key: higher belief, shorter, then alphabetical."""
    return (-path.belief, len(path.steps), path.entities, tuple(s.statement.predicate for s in path.steps))
