"""What falls when something is blocked, and where a mechanism can be cut.

An *answer* is an outcome with a net sign: (target, sign). Its *support*, 0 to 1, joins the beliefs of paths
that share no statement by noisy-OR, strongest first, so that variants of one argument count once. Blocking an
entity takes away every path that touches it or anything below it. What then has no path left falls; what
keeps a weaker set of paths loses support.

A *bottleneck* is a small set of statements, or of entities between the ends, that every path runs through:
one that all paths share, where there is one, else a minimum cut of the network that they form (networkx). The
latter cuts walks that the question ruled out too, so it may be larger than need be for the paths alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from kg.model import Sign
from kg.paths import Path

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

    `entities` is None where a path has nothing between its ends, so that no such set exists.
    """

    statements: tuple[str, ...]
    entities: tuple[str, ...] | None


def bottleneck(paths: Sequence[Path]) -> Bottleneck:
    """Where the network of some paths is narrowest; of several narrowest places one, always the same."""
    import networkx as nx

    if not paths:
        return Bottleneck((), ())
    source, sink = ("source",), ("sink",)
    steps = {s.id: s for p in paths for s in p.steps}
    starts, ends = {p.entities[0] for p in paths}, {p.entities[-1] for p in paths}
    by_statement: nx.DiGraph[object] = nx.DiGraph()
    for key, s in sorted(steps.items()):
        # A node per statement keeps parallel statements apart.
        by_statement.add_edge(s.subject, ("in", key))
        by_statement.add_edge(("in", key), ("out", key), capacity=1)
        by_statement.add_edge(("out", key), s.object)
    _close(by_statement, source, sink, starts, ends)
    shared = set.intersection(*({s.id for s in p.steps} for p in paths))
    _, (left, _) = nx.minimum_cut(by_statement, source, sink)
    cut = tuple(sorted(key for key in steps if ("in", key) in left and ("out", key) not in left))
    cut = (min(shared),) if shared else cut
    if any(len(p.steps) == 1 for p in paths):
        return Bottleneck(cut, None)
    if common := set.intersection(*(set(p.entities[1:-1]) for p in paths)):
        return Bottleneck(cut, (min(common),))
    inner = sorted({n for p in paths for n in p.entities[1:-1]})
    by_entity: nx.DiGraph[object] = nx.DiGraph()
    for name in inner:
        by_entity.add_edge(("in", name), ("out", name), capacity=1)
    for p in paths:
        places = [source, *p.entities[1:-1], sink]
        for a, b in pairwise(places):
            by_entity.add_edge(a if a is source else ("out", a), b if b is sink else ("in", b))
    _, (left, _) = nx.minimum_cut(by_entity, source, sink)
    return Bottleneck(cut, tuple(n for n in inner if ("in", n) in left and ("out", n) not in left))


def _close(graph: object, source: object, sink: object, starts: Iterable[str], ends: Iterable[str]) -> None:
    """Join all starts to one source and all ends to one sink."""
    for name in sorted(starts):
        graph.add_edge(source, name)  # type: ignore[attr-defined]
    for name in sorted(ends):
        graph.add_edge(name, sink)  # type: ignore[attr-defined]
