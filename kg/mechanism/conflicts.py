"""Where findings disagree, as objects: both sides, what may explain it, what would settle it.

Two kinds between statements: *opposite*, supported statements of opposite sign between the same ends; and
*disputed*, one statement with supporting lines on one side and disputing or no-effect lines on the other.
And one between paths: routes of opposite net sign from one entity to another.

An axis of context (species, disease, source …) *separates* the sides where both report it and share no
value. Context that differs is a candidate explanation, not a proven one, so `Conflict.verdict` says by a
fixed rule how far it carries. In this order:

1. *curated*: a paper says what separates the sides, and a curator wrote that down (`data/adjudications.tsv`).
2. *within a paper*: a paper has lines on both sides, so it is its own control. The axes that differ
   between its two sides are candidates, also one of the cell product, phase or dose that only one side
   reports (a paper that primes its cells in one arm does not say of the other that it is unprimed).
3. *between papers*: axes that separate all lines and that at least half of the sources on each side
   report. With three sources or more an axis is left out that any other split of the sources would separate
   as well, since sources that agree then differ on it no less than sources that do not.

`model` is no candidate beside disease, system or phase: those are part of what a model is. One candidate
left is the explanation that fits (*perhaps*, where a random split would be separated as well in more than
5 %); with several the verdict is *cannot tell apart*, with none *unexplained*. Exchanging the sides changes
nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from math import comb, prod
from typing import Any

from kg import vocab
from kg.errors import BadInput
from kg.frames import html_table
from kg.mechanism.belief import sources
from kg.mechanism.paths import Path, Wider, itself
from kg.model import Adjudication, Evidence, Sign, Statement

__all__ = ["KINDS", "VERDICTS", "Conflict", "PathEffect", "Separation", "Verdict", "chosen", "find_conflicts"]

KINDS = ("opposite", "disputed")


VERDICTS = ("curated", "within a paper", "between papers", "cannot tell apart", "unexplained")


OPEN_VALUES = vocab.OPEN_VALUES
"""Values that may hold any other: they neither agree nor disagree."""


PART_OF_MODEL = ("disease", "system", "phase")
"""Axes that the description of a model can also show."""


TOLD_BY_ONE_SIDE = (
    "phase", "product", "source", "route", "dose", "timing", "priming", "engineering", "contact",
)  # fmt: skip
"""Axes that set two arms of one paper apart even where only one arm names a value."""


HELD = ("species", "disease", "system", "product", "source", "route")
"""Axes that a settling experiment keeps alike."""


CHANCE = 0.05
"""A separation that chance would give more often is a `perhaps`."""


EVEN = 0.05
"""Sides whose beliefs differ by less are even."""


@dataclass(frozen=True, slots=True)
class Separation:
    """An axis on which the sides differ, with the values on each (none: not reported)."""

    axis: str
    one: tuple[str, ...]
    other: tuple[str, ...]
    n_reporting: int
    n_sources: int
    chance: float | None
    """Probability that the reporting sources, put on two sides of this size at random, would be separated
    as cleanly; exact. None where one side does not report the axis."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which explanation holds, how that is known (one of `VERDICTS`), and the separations behind it."""

    how: str
    axes: tuple[str, ...] = ()
    separations: tuple[Separation, ...] = ()
    papers: tuple[str, ...] = ()
    note: str = ""

    @property
    def chance(self) -> float | None:
        """Of a verdict between papers: how often sources put on two sides at random are as well separated."""
        return self.separations[0].chance if self.how == "between papers" else None

    @property
    def reason(self) -> str:
        """The explaining axis (`perhaps …` where chance would do), `cannot tell apart: …`, `unexplained`."""
        told = ", ".join(self.axes)
        if self.how == "unexplained":
            return self.how
        if self.how == "cannot tell apart" or len(self.axes) > 1:
            return f"cannot tell apart: {told}"
        return f"perhaps {told}" if self.chance is not None and self.chance > CHANCE else told

    def __str__(self) -> str:
        where = ", ".join(self.papers)
        if self.how == "curated":
            return f"{self.reason}, says {where}: {self.note}"
        if self.papers:
            return f"{self.reason}, by what differs within {where}"
        if self.chance is not None:
            return f"{self.reason}: {self.chance:.0%} of random splits would be separated as cleanly"
        return self.reason


@dataclass(frozen=True)
class Conflict:
    """Two sides that disagree about what `subject` does to `object`.

    `wider` gives what contains a value: a kind of asthma is not separated from asthma, nor is one bleomycin
    model from another.
    """

    subject: str
    object: str
    kind: str
    statements: tuple[str, ...]
    one_side: tuple[Evidence, ...] = field(repr=False)
    other_side: tuple[Evidence, ...] = field(repr=False)
    one: str = ""
    other: str = ""
    curated: Adjudication | None = field(default=None, repr=False)
    wider: Wider = field(default=itself, repr=False, compare=False)

    @cached_property
    def id(self) -> str:
        """`c` and 12 hex digits over the kind, the ends and, in one statement, its predicate."""
        predicate = self.one if self.kind == "disputed" else ""
        key = "\x1f".join((self.kind, self.subject, predicate, self.object))
        return "c" + sha256(key.encode()).hexdigest()[:12]

    @cached_property
    def axes(self) -> tuple[str, ...]:
        """The axes that separate the sides; empty where nothing reported does."""
        return tuple(a for a in vocab.CONTEXT_AXES if self._separates(a, self.one_side, self.other_side))

    @property
    def size(self) -> int:
        return len(self.one_side) + len(self.other_side)

    def contexts(self, axis: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The values of an axis on both sides."""
        return _values(axis, self.one_side), _values(axis, self.other_side)

    @cached_property
    def beliefs(self) -> tuple[float, float]:
        """How much each side's own lines carry, 0 to 1: 1 − Π over its sources of wrong."""
        return _weight(self.one_side), _weight(self.other_side)

    @property
    def favours(self) -> str:
        """The words of the side that carries more; `neither` where they are within 0.05."""
        one, other = self.beliefs
        return "neither" if abs(one - other) < EVEN else self.one if one > other else self.other

    @property
    def years(self) -> tuple[int, int]:
        """Year of the first paper on each side."""
        one, other = (min(e.paper.year for e in side) for side in (self.one_side, self.other_side))
        return one, other

    @property
    def shared_groups(self) -> tuple[str, ...]:
        """Research groups (or papers without one) that stand on both sides."""
        one, other = ({e.paper.source_group for e in side} for side in (self.one_side, self.other_side))
        return tuple(sorted(one & other))

    # What explains it -----------------------------------------------------------------------------

    @cached_property
    def verdict(self) -> Verdict:
        """Which explanation holds, by the rule at the head of this module."""
        if self.curated and self.curated.paper in {e.paper.id for e in (*self.one_side, *self.other_side)}:
            axes = self.curated.axes
            told = tuple(self._separation(a, self.one_side, self.other_side) for a in axes)
            return Verdict("curated", axes, told, (self.curated.paper,), self.curated.note)
        return self._within_papers() or self._between_papers()

    def _within_papers(self) -> Verdict | None:
        """From papers with lines on both sides; None where no paper has any that differ."""
        one, other = _by_paper(self.one_side), _by_paper(self.other_side)
        found: dict[str, list[str]] = {}
        for paper in sorted(set(one) & set(other)):
            differing = self._differing(one[paper], other[paper])
            if differing:
                found[paper] = differing
        if not found:
            return None
        common = set.intersection(*(set(axes) for axes in found.values()))
        wanted = common or set().union(*found.values())
        axes = tuple(a for a in vocab.CONTEXT_AXES if a in wanted)
        lines = [[e for p in found for e in side[p]] for side in (one, other)]
        told = tuple(self._separation(a, *lines) for a in axes)
        how = "within a paper" if len(axes) == 1 else "cannot tell apart"
        return Verdict(how, axes, told, tuple(found))

    def _differing(self, one: Sequence[Evidence], other: Sequence[Evidence]) -> list[str]:
        def differs(axis: str) -> bool:
            told = [[_value(axis, e) is not None for e in side] for side in (one, other)]
            by_one = axis in TOLD_BY_ONE_SIDE and any(
                all(a) and not any(b) for a, b in (told, reversed(told))
            )
            return by_one or self._separates(axis, one, other)

        return _without_model([a for a in vocab.CONTEXT_AXES if differs(a)])

    def _between_papers(self) -> Verdict:
        found = {a: self._separation(a, self.one_side, self.other_side) for a in self.axes}
        kept = []
        for axis, told in found.items():
            says_nothing = told.chance == 1 and told.n_sources > 2
            if not says_nothing and self._is_reported(axis):
                kept.append(axis)
        # The whole list: a model goes with its disease even where too few sources report the disease.
        axes = tuple(a for a in _without_model(list(found)) if a in kept)
        if not axes:
            return Verdict("unexplained")
        how = "between papers" if len(axes) == 1 else "cannot tell apart"
        return Verdict(how, axes, tuple(found[a] for a in axes))

    def _is_reported(self, axis: str) -> bool:
        """Whether at least half of the sources on each side report the axis."""
        for side in (self.one_side, self.other_side):
            reporting = {e.paper.source_group for e in side if _value(axis, e) is not None}
            if 2 * len(reporting) < len({e.paper.source_group for e in side}):
                return False
        return True

    def _separates(self, axis: str, one: Iterable[Evidence], other: Iterable[Evidence]) -> bool:
        left, right = _values(axis, one), _values(axis, other)
        return bool(left and right) and not any(self._agree(axis, a, b) for a in left for b in right)

    def _agree(self, axis: str, a: str, b: str) -> bool:
        if a == b or {a, b} & OPEN_VALUES:
            return True
        if axis == "model":
            return not self.wider(axis, a).isdisjoint(self.wider(axis, b))
        return a in self.wider(axis, b) or b in self.wider(axis, a)

    def _kind(self, axis: str, value: str) -> str:
        """What makes values one in counting: of a model, what it is made with."""
        return " + ".join(sorted(self.wider(axis, value))) if axis == "model" else value

    def _separation(self, axis: str, one: Sequence[Evidence], other: Sequence[Evidence]) -> Separation:
        pairs = [{(e.paper.source_group, self._kind(axis, v)) for e in side
                  if (v := _value(axis, e)) is not None} for side in (one, other)]  # fmt: skip
        chance = None
        if self._separates(axis, one, other):
            chance = round(_chance(Counter(v for side in pairs for _, v in side), len(pairs[0])), 4)
        n_sources = sum(len({e.paper.source_group for e in side}) for side in (one, other))
        n_reporting = sum(len({group for group, _ in side}) for side in pairs)
        return Separation(axis, _values(axis, one), _values(axis, other), n_reporting, n_sources, chance)

    def _repr_html_(self) -> str:
        sides = ((self.one, self.one_side), (self.other, self.other_side))
        rows = [
            (told, e.line.finding, e.paper.id, e.paper.year or None, e.rung, e.experiment.disease)
            for told, lines in sides
            for e in lines
        ]
        one, other = self.beliefs
        notes = (
            f"belief: {self.one} {one:.2f}, {self.other} {other:.2f}",
            f"explained by: {self.verdict if self.verdict.axes else 'nothing that is reported'}",
            f"would settle it: {self.experiment}",
        )
        columns = ("side", "finding", "paper", "year", "rung", "disease")
        return html_table(columns, rows, str(self), notes)

    @property
    def experiment(self) -> str:
        """One sentence: the experiment that would settle it."""
        axes, effect = self.verdict.axes, f"Measure the effect of {self.subject} on {self.object}"
        held = [f"{a} {value}" for a in HELD if a not in axes and (value := self._common(a))]
        alike = "all else alike" + (f" ({', '.join(held)})" if held else "")
        one, other = self.one_side, self.other_side
        if self.verdict.papers:
            one, other = (tuple(e for e in x if e.paper.id in self.verdict.papers) or x for x in (one, other))
        arms = [(a, _typical(a, one), _typical(a, other)) for a in axes]
        if not arms:
            return (
                f"{effect} in one laboratory with the readouts of both sides, {alike}: "
                "no reported context separates them."
            )
        if len(arms) > 1:
            crossed = " × ".join(f"{a} ({x or 'none'} | {y or 'none'})" if x or y else a for a, x, y in arms)
            return f"{effect} in every combination of {crossed}, {alike}: there each of them varies alone."
        axis, *values = arms[0]
        if values[0] == values[1]:
            return (
                f"{effect} while only {axis} varies, {alike}: {self.one} and {self.other} must both return."
            )
        first, second = (f"with {axis} {v}" if v else f"without that {axis}" for v in values)
        return (
            f"{effect} {first} and {second} side by side, {alike}: "
            f"if {axis} explains it, {self.one} is found in the first and {self.other} in the second."
        )

    def _common(self, axis: str) -> str | None:
        """A value that both sides have, the most frequent."""
        one, other = (Counter(v for e in side if (v := _value(axis, e)) is not None)
                      for side in (self.one_side, self.other_side))  # fmt: skip
        shared = [v for v in one if v in other and v not in OPEN_VALUES]
        return min(shared, key=lambda v: (-one[v] - other[v], v), default=None)

    # What it does to a path -----------------------------------------------------------------------

    def effect_on(self, path: Path) -> PathEffect | None:
        """What settling it would do to a path; None where the path does not touch it."""
        steps = tuple(n for n, s in enumerate(path.steps, 1) if s.statement.id in self.statements)
        if not steps:
            return None
        alone, weighed, against, sign = 1.0, 1.0, 1.0, path.sign
        for number, step in enumerate(path.steps, 1):
            b = step.belief
            if number not in steps:
                alone, weighed, against = alone * b.value, weighed * b.value, against * b.value
            elif self.kind == "disputed":
                alone, weighed, against = alone * b.support, weighed * b.value, 0.0
            else:
                is_one = {e.id for e in step.supports} <= {e.id for e in self.one_side}
                other = self.beliefs[1 if is_one else 0]
                alone, weighed, against = alone * b.value, weighed * b.value * (1 - other), against * other
                sign = sign * Sign.MINUS
        return PathEffect(
            self, steps, path.belief, round(alone, 6), round(weighed, 6), round(against, 6),
            path.sign, sign if self.kind == "opposite" else None,
        )  # fmt: skip

    def __str__(self) -> str:
        sides = f"{self.one} ({len(self.one_side)}) against {self.other} ({len(self.other_side)})"
        return f"{self.subject} / {self.object}: {sides}; {self.verdict.reason}"


@dataclass(frozen=True, slots=True)
class PathEffect:
    """What a conflict does to a path: its belief as it stands and however the conflict is settled.

    `alone`: if only the path's side holds. `weighed`: if the lines of both sides count. `against`: if only
    the other side holds; then the path is gone (disputed: `against` is 0 and `other_sign` None), or runs
    over the opposite statement with the opposite net sign.
    """

    conflict: Conflict
    steps: tuple[int, ...]
    belief: float
    alone: float
    weighed: float
    against: float
    sign: Sign
    other_sign: Sign | None

    @property
    def flips(self) -> bool:
        """Whether the net sign turns if the other side holds."""
        return self.other_sign is not None and self.other_sign is not self.sign

    def __str__(self) -> str:
        where = f"step {', '.join(map(str, self.steps))}"
        if self.other_sign is None:
            return (
                f"{where}: path belief {self.weighed:.3f}, {self.alone:.3f} if only this side holds; "
                "the path falls if only the other does"
            )
        turns = f"turns {self.other_sign}" if self.flips else f"stays {self.other_sign}"
        return (
            f"{where}: path belief {self.belief:.3f}, {self.weighed:.3f} with both sides counted; "
            f"the net sign {turns} (belief {self.against:.3f}) if only the other side holds"
        )


def _value(axis: str, e: Evidence) -> str | None:
    holder: Any = e.experiment
    if axis == "readout":
        return e.line.measured
    if axis not in ("species", "disease", "system", "model", "phase"):
        holder = e.experiment.agent
    value = getattr(holder, axis) if holder is not None else None
    return str(value) if value else None


def _values(axis: str, lines: Iterable[Evidence]) -> tuple[str, ...]:
    return tuple(sorted({v for e in lines if (v := _value(axis, e)) is not None}))


def _typical(axis: str, lines: Iterable[Evidence]) -> str | None:
    """The most frequent value of an axis."""
    counts = Counter(v for e in lines if (v := _value(axis, e)) is not None)
    return min(counts, key=lambda v: (-counts[v], v), default=None)


def _weight(lines: Iterable[Evidence]) -> float:
    return round(1 - prod(s.wrong for s in sources(lines)), 4)


def _by_paper(lines: Iterable[Evidence]) -> dict[str, list[Evidence]]:
    found: dict[str, list[Evidence]] = defaultdict(list)
    for e in lines:
        found[e.paper.id].append(e)
    return found


def _without_model(axes: list[str]) -> list[str]:
    return [a for a in axes if a != "model"] if set(axes) & set(PART_OF_MODEL) else axes


def _chance(values: Mapping[str, int], n_one: int) -> float:
    """Share of all ways to put sources on two sides, `n_one` on the first, that split no value.

    `values`: how many sources have each value. A split is clean where each value is whole on one side;
    those are the subsets of values that add up to `n_one`.
    """
    clean = [1] + [0] * n_one
    for n in values.values():
        for total in range(n_one, n - 1, -1):
            clean[total] += clean[total - n]
    return clean[n_one] / comb(sum(values.values()), n_one)


def find_conflicts(
    statements: Iterable[Statement],
    curated: Iterable[Adjudication] = (),
    wider: Wider = itself,
) -> Iterator[Conflict]:
    """Every conflict among statements, most evidence first; see `Conflict` for `curated` and `wider`."""
    ends: dict[tuple[str, str], list[Statement]] = defaultdict(list)
    for s in statements:
        ends[s.subject, s.object].append(s)
    told = {(a.subject, a.predicate, a.object): a for a in curated}
    found: list[Conflict] = []
    for (subject, obj), group in ends.items():
        asserted = [s for s in group if s.is_asserted]
        plus = [s for s in asserted if s.sign is Sign.PLUS]
        minus = [s for s in asserted if s.sign is Sign.MINUS]
        if plus and minus:
            found.append(
                Conflict(
                    subject, obj, "opposite", tuple(s.id for s in (*plus, *minus)),
                    tuple(e for s in plus for e in s.supports), tuple(e for s in minus for e in s.supports),
                    " / ".join(s.predicate for s in plus), " / ".join(s.predicate for s in minus),
                    told.get((subject, "", obj)), wider,
                )
            )  # fmt: skip
        for s in asserted:
            against = (*s.disputes, *s.no_effects)
            if against:
                words = [w for w, lines in (("disputed", s.disputes), ("no effect", s.no_effects)) if lines]
                found.append(
                    Conflict(
                        subject, obj, "disputed", (s.id,), s.supports, against,
                        s.predicate, " / ".join(words), told.get((subject, s.predicate, obj)), wider,
                    )
                )  # fmt: skip
    yield from sorted(found, key=lambda c: (-c.size, c.subject, c.object, c.kind, c.one))


def chosen(
    found: Iterable[Conflict], *, axis: str | None = None, kind: str | None = None, unexplained: bool = False
) -> list[Conflict]:
    """Those of a kind, that an axis separates or may explain, or that nothing explains.

    Raises BadInput for an axis or a kind that there is not.
    """
    for word, what, known in ((axis, "axis", vocab.CONTEXT_AXES), (kind, "kind of conflict", KINDS)):
        if word is not None and word not in known:
            raise BadInput(f"{word!r} is no {what}; one of {', '.join(known)}")
    return [
        c for c in found
        if (axis is None or axis in c.axes or axis in c.verdict.axes)
        and (kind is None or c.kind == kind)
        and not (unexplained and c.verdict.how != "unexplained")
    ]  # fmt: skip
