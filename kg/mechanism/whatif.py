"""What falls when something is blocked, and where a mechanism can be cut.

An *answer* is an outcome with a net sign: (target, sign). Its *support*, 0 to 1, joins the beliefs of paths
that share no statement by noisy-OR, strongest first, so that variants of one argument count once. Blocking an
entity takes away every path that touches it or anything below it. What then has no path left falls; what
keeps a weaker set of paths loses support.

A *bottleneck* is a small set of statements, or of entities between the ends, that every path runs through:
one that all paths share, where there is one, else a minimum cut of the network that they form (scipy). The
latter cuts walks that the question ruled out too, so it may be larger than need be for the paths alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from kg.mechanism.paths import Path
from kg.model import Sign

__all__ = ["Bottleneck", "Fall", "WhatIf", "bottleneck", "support", "what_if"]


@dataclass(frozen=True, slots=True)
class Fall:
    """One answer with and without what is blocked."""

    target: str
    sign: Sign
    n_before: int
    n_after: int
    support_before: float
    support_after: float

    @property
    def falls(self) -> bool:
        """Whether no path is left."""
        return not self.n_after

    @property
    def verdict(self) -> str:
        if self.falls:
            return "falls"
        return "loses support" if self.support_after < self.support_before else "stands"


@dataclass(frozen=True)
class WhatIf:
    """What a blockade does to the answers of one question, worst hit first."""

    blocked: tuple[str, ...]
    answers: tuple[Fall, ...]
    fallen: tuple[Path, ...] = field(repr=False)
    standing: tuple[Path, ...] = field(repr=False)


def support(paths: Iterable[Path]) -> float:
    """Joined belief of paths that share no statement, strongest first; 0 to 1."""
    used: set[str] = set()
    missed = 1.0
    for path in sorted(paths, key=lambda p: -p.belief):
        ids = {s.id for s in path.steps}
        if not ids & used:
            used |= ids
            missed *= 1 - path.belief
    return round(1 - missed, 6)


def what_if(paths: Sequence[Path], blocked: frozenset[str], named: Sequence[str] = ()) -> WhatIf:
    """What is left of some paths when entities are blocked; `named` is what the user called them."""
    fallen = tuple(p for p in paths if blocked & set(p.entities))
    standing = tuple(p for p in paths if not blocked & set(p.entities))
    before, after = _by_answer(paths), _by_answer(standing)
    answers = [
        Fall(
            *key, len(found), len(after.get(key, ())), support(found), support(after.get(key, ())),
        )
        for key, found in before.items()
    ]  # fmt: skip
    answers.sort(key=lambda f: (f.support_after - f.support_before, f.target, f.sign.value))
    return WhatIf(tuple(named) or tuple(sorted(blocked)), tuple(answers), fallen, standing)


def _by_answer(paths: Iterable[Path]) -> dict[tuple[str, Sign], list[Path]]:
    found: dict[tuple[str, Sign], list[Path]] = defaultdict(list)
    for p in paths:
        found[p.entities[-1], p.sign].append(p)
    return found


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """Small sets that cut every path: statements by id, and entities strictly between the ends.

    None where there is none: for entities, where a path has nothing between its ends; else, where it would be
    larger than was asked for.
    """

    statements: tuple[str, ...] | None
    entities: tuple[str, ...] | None


def bottleneck(paths: Sequence[Path], most: int | None = None) -> Bottleneck:
    """Where the network of some paths is narrowest; of several narrowest places one, always the same.

    Sets of more than `most` are not looked for, where that is given.
    """
    if not paths:
        return Bottleneck((), ())
    steps = {s.id: s for p in paths for s in p.steps}
    # A unit arc per statement keeps parallel statements apart; entities have no limit.
    links: list[tuple[_Node, _Node]] = []
    for key, s in steps.items():
        links += [(("at", s.subject), key), (key, ("at", s.object))]
    for p in paths:
        links += [("source", ("at", p.entities[0])), (("at", p.entities[-1]), "sink")]
    statements = _narrowest([[s.id for s in p.steps] for p in paths], links, most)
    if any(len(p.steps) == 1 for p in paths):
        return Bottleneck(statements, None)
    inner = [p.entities[1:-1] for p in paths]
    links = [link for names in inner for link in pairwise(["source", *names, "sink"])]
    return Bottleneck(statements, _narrowest(inner, links, most))


def _narrowest(
    ways: Sequence[Sequence[str]], links: Iterable[tuple[_Node, _Node]], most: int | None
) -> tuple[str, ...] | None:
    """A small set that meets every way; None where ways that share nothing show that it needs too many."""
    if shared := set.intersection(*map(set, ways)):
        return (min(shared),)
    used: set[str] = set()
    apart = 0
    for way in ways:
        if used.isdisjoint(way):
            used.update(way)
            apart += 1
    if most is not None and apart > most:
        return None
    found = _cut(sorted({name for way in ways for name in way}), links)
    return found if most is None or len(found) <= most else None


_Node = str | tuple[str, str]


def _cut(limited: Sequence[str], links: Iterable[tuple[_Node, _Node]]) -> tuple[str, ...]:
    """The fewest of the limited nodes without which no way leads from `source` to `sink`.

    Each is split in two with an arc of capacity 1 between; all other arcs have room for everything.
    """
    import numpy as np
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    split = set(limited)
    number: dict[tuple[str, _Node], int] = {}

    def place(side: str, node: _Node) -> int:
        return number.setdefault((side if node in split else "", node), len(number))

    arcs = {(place("out", a), place("in", b)): len(limited) + 1 for a, b in sorted(set(links), key=repr)}
    arcs |= {(place("in", n), place("out", n)): 1 for n in limited}
    rows, columns = np.array(list(arcs), np.int32).T
    shape = (len(number), len(number))
    room = csr_array((np.array(list(arcs.values()), np.int32), (rows, columns)), shape=shape)
    source, sink = place("", "source"), place("", "sink")
    flow = maximum_flow(room, source, sink).flow
    left = (room - flow).tocsr()
    left.eliminate_zeros()
    reached = set(breadth_first_order(left, source, return_predecessors=False).tolist())
    return tuple(n for n in limited if place("in", n) in reached and place("out", n) not in reached)
