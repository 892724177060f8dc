"""Arrows of a picture: statements between two entities that tell one sign, and the paths that run over them.

Statements of opposite sign never share a bundle, nor do stated and inherited ones.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kg.mechanism.paths import Path, Step
from kg.model import Sign, statement_id
from kg.vocab import LEVELS

__all__ = ["Bundle", "bundles_around", "bundles_of", "positions_of"]


@dataclass(frozen=True, slots=True)
class Bundle:
    """Steps, by predicate, that are drawn as one arrow.

    `positions`: at which steps of the paths it stands, from 1; none where no path is drawn. `raising`,
    `lowering` and `unclear`: how many of the paths over it have the net sign +, − and ?.
    """

    steps: tuple[Step, ...]
    positions: tuple[int, ...] = ()
    raising: int = 0
    lowering: int = 0
    unclear: int = 0

    @property
    def id(self) -> str:
        return "b" + statement_id(self.subject, self.lane, self.object)[1:]

    @property
    def subject(self) -> str:
        return self.steps[0].subject

    @property
    def object(self) -> str:
        return self.steps[0].object

    @property
    def sign(self) -> Sign:
        return self.steps[0].sign

    @property
    def mark(self) -> str:
        return self.steps[0].mark

    @property
    def level(self) -> str:
        """In whom any of its statements was shown at best."""
        return max((s.level for s in self.steps), key=lambda v: LEVELS.index(v) if v in LEVELS else -1)

    @property
    def is_inherited(self) -> bool:
        return bool(self.steps[0].inherited_from)

    @property
    def lane(self) -> str:
        """What it must have in common with another bundle to run beside it as one."""
        return f"{self.mark} {'inherited' if self.is_inherited else 'stated'}"

    @property
    def n_paths(self) -> int:
        return self.raising + self.lowering + self.unclear

    @property
    def papers(self) -> tuple[str, ...]:
        """Ids of the papers that support any of its statements, or found a null, each once, sorted."""
        shown = {p for s in self.steps for p in s.papers}
        return tuple(sorted(shown or {e.paper.id for s in self.steps for e in s.evidence}))


_Key = tuple[str, str, str, bool]


def _key(s: Step) -> _Key:
    return s.subject, s.object, s.mark, bool(s.inherited_from)


def _ordered(steps: Iterable[Step]) -> tuple[Step, ...]:
    return tuple(sorted(steps, key=lambda s: (s.predicate, s.id)))


def bundles_of(paths: Iterable[Path]) -> list[Bundle]:
    """The bundles of some paths, by subject, object and sign."""
    steps: dict[_Key, dict[str, Step]] = defaultdict(dict)
    positions: dict[_Key, set[int]] = defaultdict(set)
    signs: dict[_Key, Counter[Sign]] = defaultdict(Counter)
    for p in paths:
        for position, step in enumerate(p.steps, 1):
            key = _key(step)
            steps[key][step.id] = step
            positions[key].add(position)
            signs[key][p.sign] += 1
    return [
        Bundle(
            _ordered(steps[key].values()), tuple(sorted(positions[key])),
            *(signs[key][sign] for sign in (Sign.PLUS, Sign.MINUS, Sign.UNKNOWN)),
        )
        for key in sorted(steps)
    ]  # fmt: skip


def bundles_around(steps: Iterable[Step]) -> list[Bundle]:
    """The bundles of statements that no path joins, by subject, object and sign."""
    held: dict[_Key, list[Step]] = defaultdict(list)
    for step in steps:
        held[_key(step)].append(step)
    return [Bundle(_ordered(held[key])) for key in sorted(held)]


def positions_of(paths: Sequence[Path], bundles: Iterable[Bundle]) -> Mapping[str, int]:
    """Entity → the one position, of those it has on the paths, at which a picture by step shows it.

    That of which the fewest paths lead backwards or down to a neighbour; of several, the most frequent; of
    these, the last. Sources stand at 0, targets behind everything.
    """
    last = max(len(p.steps) for p in paths)
    seen: dict[str, Counter[int]] = defaultdict(Counter)
    for p in paths:
        for i, name in enumerate(p.entities):
            seen[name][last if i == len(p.steps) else i] += 1
    found = {name: max(counts, key=lambda i: (counts[i], i)) for name, counts in seen.items()}
    found |= {p.entities[0]: 0 for p in paths}
    found |= {p.entities[-1]: last for p in paths}
    fixed = {p.entities[i] for p in paths for i in (0, -1)}
    near: dict[str, list[Bundle]] = defaultdict(list)
    for b in bundles:
        near[b.subject].append(b)
        near[b.object].append(b)

    def back(name: str, position: int) -> int:
        at = {**found, name: position}
        return sum(b.n_paths for b in near[name] if at[b.subject] >= at[b.object])

    for _ in range(last + 2):  # moves settle soon; a bound, since two could chase each other
        before = dict(found)
        for name in sorted(seen.keys() - fixed):
            counts = seen[name]
            found[name] = min(counts, key=lambda i: (back(name, i), -counts[i], -i))
        if found == before:
            break
    return found
