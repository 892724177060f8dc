"""Where paths of an answer run between the same ends with opposite net sign."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from kg.mechanism.conflicts import EVEN
from kg.mechanism.paths import AXES, Path, Step
from kg.model import Sign

__all__ = ["PathConflict", "conflict_of", "conflicts_between"]


@dataclass(frozen=True)
class PathConflict:
    """Routes of opposite net sign from one entity to another, best belief first on each side."""

    source: str
    target: str
    plus: tuple[Path, ...] = field(repr=False)
    minus: tuple[Path, ...] = field(repr=False)

    @cached_property
    def beliefs(self) -> tuple[float, float]:
        """(plus, minus): noisy-OR over the paths of a side that share no statement, best first; 0 to 1.

        As if those paths failed independently, so for comparing the sides only.
        """
        return _joined(self.plus), _joined(self.minus)

    @property
    def favours(self) -> Sign | None:
        """The net sign with more belief; None where the sides are within 0.05."""
        plus, minus = self.beliefs
        return None if abs(plus - minus) < EVEN else Sign.PLUS if plus > minus else Sign.MINUS

    @cached_property
    def parting(self) -> int:
        """The step (from 1) at which the best path of one side leaves that of the other."""
        n = 0
        for a, b in zip(self.plus[0].steps, self.minus[0].steps, strict=False):
            if a.statement.id != b.statement.id:
                break
            n += 1
        return n + 1

    @property
    def parting_steps(self) -> tuple[Step, Step]:
        """That step on the plus and on the minus side; the last one where a path is at its end."""
        plus, minus = (p.steps[min(self.parting, len(p.steps)) - 1] for p in (self.plus[0], self.minus[0]))
        return plus, minus

    @property
    def is_one_statement(self) -> bool:
        """Whether the sides part at opposite statements between the same two entities."""
        a, b = (s.statement for s in self.parting_steps)
        return (a.subject, a.object) == (b.subject, b.object) and a.sign is not b.sign

    def contexts(self, axis: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The values of a context axis in which all steps of the best path hold, for plus and for minus.

        `axis`: one of `kg.mechanism.paths.AXES`. Empty: no step reports it, or the steps share none.
        """
        place = AXES.index(axis)
        return self.plus[0].coherence.shared[place], self.minus[0].coherence.shared[place]

    @property
    def axes(self) -> tuple[str, ...]:
        """Axes on which the best paths hold in different contexts."""
        found = ((a, *self.contexts(a)) for a in AXES)
        return tuple(a for a, one, other in found if one and other and not set(one) & set(other))

    def __str__(self) -> str:
        plus, minus = self.beliefs
        a, b = (s.statement for s in self.parting_steps)
        return (
            f"{self.source} → {self.target}: {len(self.plus)} path(s) + (belief {plus:.3f}) against "
            f"{len(self.minus)} − (belief {minus:.3f}); the best part at step {self.parting}: {a} | {b}"
        )


def _joined(paths: Iterable[Path]) -> float:
    used: set[str] = set()
    missed = 1.0
    for path in paths:
        ids = {s.id for s in path.statements}
        if not ids & used:
            used |= ids
            missed *= 1 - path.belief
    return round(1 - missed, 6)


def _best_first(path: Path) -> tuple[float, int, tuple[str, ...]]:
    return -path.belief, len(path.steps), tuple(s.id for s in path.statements)


def conflict_of(source: str, target: str, paths: Iterable[Path]) -> PathConflict | None:
    """The paths of one question, whatever entities match its ends, as two sides; None without both."""
    sides: dict[Sign, list[Path]] = {Sign.PLUS: [], Sign.MINUS: [], Sign.UNKNOWN: []}
    for path in paths:
        sides[path.sign].append(path)
    plus, minus = (tuple(sorted(sides[s], key=_best_first)) for s in (Sign.PLUS, Sign.MINUS))
    return PathConflict(source, target, plus, minus) if plus and minus else None


def conflicts_between(paths: Iterable[Path]) -> list[PathConflict]:
    """Where paths between the same two entities have opposite net signs; most contested first.

    Most contested: the weaker side has most belief. Paths of unknown sign stand on neither side. The cost
    is that of sorting the paths.
    """
    ends: dict[tuple[str, str], list[Path]] = defaultdict(list)
    for path in paths:
        names = path.entities
        ends[names[0], names[-1]].append(path)
    found = [c for (a, b), group in ends.items() if (c := conflict_of(a, b, group))]
    return sorted(found, key=lambda c: (-min(c.beliefs), c.source, c.target))
