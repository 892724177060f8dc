"""Two agents, sources, products or diseases side by side: what each was seen to do, and where they part.

A side is an entity or a defined class (a cell, a product, a drug), a disease, or a value of the product's
context (vesicles, bone marrow, intravenous …). An agent's effects are the statements that start at it or
anything below it; a disease's and a context's are those that start at an MSC or a product of one and have a
line from there. Rows are effects: an object and whether it rises or falls.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kg import vocab
from kg.frames import frame, html_table
from kg.mechanism.belief import belief
from kg.model import Evidence, Sign, Statement

__all__ = ["Comparison", "Effect", "Seen", "compare"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one side is seen to do to an object: lines by direction, and the belief (0 to 1) in each."""

    plus: tuple[Evidence, ...] = field(default=(), repr=False)
    minus: tuple[Evidence, ...] = field(default=(), repr=False)
    unclear: tuple[Evidence, ...] = field(default=(), repr=False)
    null: tuple[Evidence, ...] = field(default=(), repr=False)
    belief_plus: float = 0.0
    belief_minus: float = 0.0

    @property
    def word(self) -> str:
        """`raises`, `lowers`, `both ways`, `acts` (no sign), `no effect`; nothing where not looked at."""
        if self.plus and self.minus:
            return "both ways"
        for lines, word in (
            (self.plus, "raises"), (self.minus, "lowers"), (self.unclear, "acts"), (self.null, "no effect"),
        ):  # fmt: skip
            if lines:
                return word
        return ""

    @property
    def papers(self) -> tuple[str, ...]:
        return tuple(sorted({e.paper.id for e in (*self.plus, *self.minus, *self.unclear, *self.null)}))

    @property
    def rung(self) -> str:
        """The highest rung of a line that shows an effect."""
        rungs = [vocab.RUNGS.index(e.rung) for e in (*self.plus, *self.minus, *self.unclear) if e.rung]
        return vocab.RUNGS[max(rungs)] if rungs else ""

    @property
    def belief(self) -> float:
        return max(self.belief_plus, self.belief_minus)

    def of(self, axis: str) -> tuple[str, ...]:
        """Diseases or species (`axis`) from which its lines come, most lines first."""
        lines = (*self.plus, *self.minus, *self.unclear, *self.null)
        found = Counter(getattr(e.experiment, axis) for e in lines)
        return tuple(value for value, _ in sorted(found.items(), key=lambda i: (-i[1], str(i[0]))) if value)

    @property
    def context(self) -> str:
        """Where it was seen: diseases, then species; empty where neither is reported."""
        told = (", ".join(self.of("disease")), ", ".join(self.of("species")))
        return "; ".join(part for part in told if part)


@dataclass(frozen=True, slots=True)
class Effect:
    """One object, and what both sides do to it."""

    object: str
    one: Seen
    other: Seen

    @property
    def verdict(self) -> str:
        """`same`, `opposite`, `differ`, `only one` or `only other`: of what was seen, not of what is true."""
        a, b = self.one.word, self.other.word
        if not a or not b:
            return "only one" if a else "only other"
        if a == b:
            return "same"
        return "opposite" if {a, b} == {"raises", "lowers"} else "differ"


@dataclass(frozen=True, repr=False)
class Comparison:
    """Effects of two sides, shared ones first, each group strongest first."""

    one: str
    other: str
    effects: tuple[Effect, ...]

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(self.of(v))} {v}" for v in VERDICTS if self.of(v))
        return f"<Comparison of {self.one} (one) and {self.other} (other): {counts or 'nothing'}>"

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows of its table, one an object."""
        for e in self.effects:
            sides = ((s.word, s.belief, s.context, list(s.papers)) for s in (e.one, e.other))
            yield e.object, e.verdict, *(value for side in sides for value in side)

    def to_frame(self) -> Any:
        """The effects as a pandas DataFrame, one row an object.

        Raises BadInput without pandas.
        """
        return frame(COLUMNS, self.rows())

    def _repr_html_(self) -> str:
        columns = [re.sub("^(one|other)(?=$|_)", lambda m: getattr(self, m[1]), name) for name in COLUMNS]
        return html_table(columns, self.rows(), repr(self).strip("<>"))

    def of(self, verdict: str) -> tuple[Effect, ...]:
        return tuple(e for e in self.effects if e.verdict == verdict)


COLUMNS = (
    "object", "verdict",
    *(side + part for side in ("one", "other") for part in ("", "_belief", "_context", "_papers")),
)  # fmt: skip

VERDICTS = ("opposite", "differ", "same", "only one", "only other")


def compare(one: str, left: Iterable[Statement], other: str, right: Iterable[Statement]) -> Comparison:
    """The effects of two sides, from the statements that tell them."""
    seen = _seen(left), _seen(right)
    effects = [
        Effect(obj, seen[0].get(obj, Seen()), seen[1].get(obj, Seen())) for obj in {*seen[0], *seen[1]}
    ]
    effects.sort(key=lambda e: (VERDICTS.index(e.verdict), -max(e.one.belief, e.other.belief), e.object))
    return Comparison(one, other, tuple(effects))


def _seen(statements: Iterable[Statement]) -> Mapping[str, Seen]:
    """Object → what is seen of it."""
    lines: dict[str, dict[object, list[Evidence]]] = defaultdict(lambda: defaultdict(list))
    for s in statements:
        for e in s.evidence:
            if e.counts:
                kind: object = s.sign if e.direction == "supports" else "against"
                lines[s.object][kind].append(e)
                if e.direction != "supports":
                    lines[s.object]["against", s.sign].append(e)
    found = {}
    for obj, by in lines.items():
        plus, minus, unclear = (tuple(by[s]) for s in (Sign.PLUS, Sign.MINUS, Sign.UNKNOWN))
        found[obj] = Seen(
            plus, minus, unclear, tuple(by["against"]),
            belief((*plus, *by["against", Sign.PLUS])).value,
            belief((*minus, *by["against", Sign.MINUS])).value,
        )  # fmt: skip
    return found
