"""Signed pairs with the year in which each was first reported: the past from which later pairs are foretold.

A pair is an ordered (source, target) of two different nodes. However often it was reported, it is one pair,
with the year of its first report, the sign that most reports give (0 where they balance or say none), and the
belief in it (noisy-OR of its reports' beliefs).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kg.errors import BadInput

__all__ = ["Pairs", "pairs_of"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs as columns, in the order of their years (then source and target); nodes number from 0 to n − 1.

    `kind` gives each node's category as a number, or is None where nothing is known of categories. `alike`
    holds (node, node) pairs of kinds of one thing, such as two tissue sources, both ways round. `papers` are
    the sources of each pair: two pairs of one paper are no independent evidence.
    """

    n: int
    source: Ints
    target: Ints
    sign: Ints
    year: Ints
    belief: Floats
    kind: Ints | None = None
    alike: Ints = field(default_factory=lambda: np.zeros((0, 2), dtype=np.int64))
    papers: tuple[frozenset[str], ...] = ()

    def __len__(self) -> int:
        return len(self.source)

    def first(self, m: int) -> Pairs:
        """The m earliest pairs; nodes keep their numbers."""
        return self.chosen(np.arange(m))

    def last(self, m: int) -> Pairs:
        """All pairs but the m earliest."""
        return self.chosen(np.arange(m, len(self)))

    def chosen(self, rows: Ints) -> Pairs:
        """Some of the pairs, in their order; nodes keep their numbers."""
        return Pairs(
            self.n, self.source[rows], self.target[rows], self.sign[rows], self.year[rows], self.belief[rows],
            self.kind, self.alike, tuple(self.papers[i] for i in rows) if self.papers else (),
        )  # fmt: skip

    def until(self, share: float) -> int:
        """How many pairs lie before a cut at this share of them (0 to 1); no year is split.

        The cut moves back to the start of its year; where the first year alone holds more, to its end.
        """
        m = round(len(self) * share)
        if not 0 < m < len(self):
            return min(max(m, 0), len(self))
        year = self.year[m]
        before = int((self.year < year).sum())
        return before or int((self.year <= year).sum())

    @cached_property
    def keys(self) -> Ints:
        """One number for each pair, sorted."""
        return np.sort(self.source * self.n + self.target)

    def holds(self, source: Ints, target: Ints) -> npt.NDArray[np.bool_]:
        """Which of some pairs are among these."""
        wanted = source * self.n + target
        if not len(self):
            return np.zeros(np.shape(wanted), dtype=np.bool_)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        found: npt.NDArray[np.bool_] = self.keys[at] == wanted
        return found

    @cached_property
    def known(self) -> npt.NDArray[np.bool_]:
        """Which nodes some pair touches."""
        found = np.zeros(self.n, dtype=np.bool_)
        found[self.source] = found[self.target] = True
        return found


Report = tuple[str, int, str, int, str, float]
"""Subject, sign (−1, 0, 1), object, year, the source that says so, its belief (0 to 1)."""


def pairs_of(
    reports: Iterable[Report],
    kinds: Mapping[str, str] | None = None,
    names: Iterable[str] | None = None,
    alike: Iterable[tuple[str, str]] = (),
) -> tuple[tuple[str, ...], Pairs]:
    """Names of the nodes in order, and the pairs of some reports.

    Reports of an entity on itself are left out. `names` adds nodes that no report touches. The order of the
    reports plays no part. Raises BadInput where a sign is none.
    """
    told: dict[tuple[str, str], list[Report]] = {}
    for report in reports:
        subject, said, obj, *_ = report
        if said not in (-1, 0, 1):
            raise BadInput(f"{subject} → {obj}: sign {said!r} is none of -1, 0 and 1")
        if subject != obj:
            told.setdefault((subject, obj), []).append(report)
    nodes = tuple(sorted({n for pair in told for n in pair} | set(names or ())))
    index = {name: i for i, name in enumerate(nodes)}
    rows = []
    for (subject, obj), reported in told.items():
        balance = sum(said for said, _ in {(r[1], r[4]) for r in reported})
        missed = 1.0
        for worth in sorted(worth for *_, worth in reported):
            missed *= 1 - worth
        papers = frozenset(r[4] for r in reported)
        rows.append(
            (
                min(r[3] for r in reported),
                index[subject],
                index[obj],
                (balance > 0) - (balance < 0),
                1 - missed,
                papers,
            )
        )
    rows.sort(key=lambda row: row[:3])
    columns = [np.array([row[i] for row in rows], dtype=np.int64) for i in range(4)]
    years, source, target, sign = columns
    kind = None
    if kinds:
        numbers = {k: i for i, k in enumerate(sorted({kinds.get(n, "") for n in nodes}))}
        kind = np.array([numbers[kinds.get(n, "")] for n in nodes], dtype=np.int64)
    both = sorted({(index[a], index[b]) for a, b in alike if a in index and b in index and a != b})
    belief = np.array([row[4] for row in rows], dtype=np.float64)
    made = Pairs(
        len(nodes), source, target, sign, years, belief, kind,
        np.array(both, dtype=np.int64).reshape(-1, 2), tuple(row[5] for row in rows),
    )  # fmt: skip
    return nodes, made
