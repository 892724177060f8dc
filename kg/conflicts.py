"""Where findings disagree, with the contexts on both sides and the axis that separates them.

Two kinds: *opposite*, supported statements of opposite sign between the same ends; and *disputed*, one
statement with supporting lines on one side and disputing or no-effect lines on the other. An axis (species,
disease, source …) separates the sides where both report it and share no value. Context that differs is a
candidate explanation, not a proven one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from kg.model import Evidence, Sign, Statement

__all__ = ["AXES", "Conflict", "find_conflicts"]

AXES = (
    "species", "disease", "system", "model", "phase", "product", "source", "donor", "route", "dose",
    "timing", "priming", "engineering", "contact", "readout",
)  # fmt: skip


@dataclass(frozen=True)
class Conflict:
    """Two sides that disagree about what `subject` does to `object`."""

    subject: str
    object: str
    kind: str
    statements: tuple[str, ...]
    one_side: tuple[Evidence, ...] = field(repr=False)
    other_side: tuple[Evidence, ...] = field(repr=False)
    one: str = ""
    other: str = ""

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes that separate the sides; empty where nothing reported does."""
        return tuple(a for a in AXES if _separates(a, self.one_side, self.other_side))

    @property
    def size(self) -> int:
        return len(self.one_side) + len(self.other_side)

    def contexts(self, axis: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The values of an axis on both sides."""
        return _values(axis, self.one_side), _values(axis, self.other_side)

    def __str__(self) -> str:
        told = ", ".join(self.axes) or "unexplained by what is reported"
        sides = f"{self.one} ({len(self.one_side)}) against {self.other} ({len(self.other_side)})"
        return f"{self.subject} / {self.object}: {sides}; {told}"


def _value(axis: str, e: Evidence) -> str | None:
    holder: Any = e.experiment
    if axis == "readout":
        return e.line.measured
    if axis not in ("species", "disease", "system", "model", "phase"):
        holder = e.experiment.agent
    value = getattr(holder, axis) if holder is not None else None
    return value if value is None else str(value)


def _values(axis: str, lines: Iterable[Evidence]) -> tuple[str, ...]:
    return tuple(sorted({v for e in lines if (v := _value(axis, e)) is not None}))


def _separates(axis: str, one: Iterable[Evidence], other: Iterable[Evidence]) -> bool:
    left, right = set(_values(axis, one)), set(_values(axis, other))
    return bool(left and right and not left & right)


def find_conflicts(statements: Iterable[Statement]) -> Iterator[Conflict]:
    """Every conflict among statements, most evidence first."""
    ends: dict[tuple[str, str], list[Statement]] = defaultdict(list)
    for s in statements:
        ends[s.subject, s.object].append(s)
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
                )
            )  # fmt: skip
        for s in asserted:
            against = (*s.disputes, *s.no_effects)
            if against:
                words = [w for w, lines in (("disputed", s.disputes), ("no effect", s.no_effects)) if lines]
                found.append(
                    Conflict(
                        subject, obj, "disputed", (s.id,), s.supports, against, s.predicate, " / ".join(words)
                    )
                )
    yield from sorted(found, key=lambda c: (-c.size, c.subject, c.object, c.kind, c.one))
