"""Is it more than popularity? The graph against shuffles in which every node keeps its signed degrees.

A shuffle permutes the targets of the arcs of one sign (and, if asked, one group: a predicate, or the
categories of both ends), so that every node keeps how many arcs of each sign leave and enter it. No arc
may then lie upon another of its group or lead from a node to itself. A group where permutations often
come out so is permuted until one does; elsewhere the few bad arcs swap targets with arcs drawn at random;
where that does not settle, edge switches start from the graph as it is (XSwap, Hanhijärvi et al. 2009,
doi 10.1137/1.9781611972795.67). But for that last resort a shuffle depends on the degrees alone, not on
how the graph joined them: a graph that is itself a shuffle cannot be told from its own shuffles, and its
p-values are uniform.

The p-value of a connection is (1 + number of shuffles that reach at least what is observed) / (1 + number
of shuffles), for a number of walks or, with beliefs and damping, for their score:

- of a *pair* (two nodes, or two sets): walks of one net sign, up to a length;
- of a *metapath* between them: walks whose inner nodes are of given kinds;
- of a *path*: that of its two ends with its net sign at its length, or along its metapath. A single path
  has no other: whether these very steps exist is a question for the papers, not for chance.

The same question is asked by hetnet connectivity search (Himmelstein et al. 2023,
doi 10.1093/gigascience/giad047), there without signs. Over *all* pairs, a metapath of two steps has the
same number of walks in every shuffle that keeps its groups; only pairs and chosen sets can stand out.
Small p-values are found by asking often enough: correct for the number of questions.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse

from kg.engine.counts import SignedArcs
from kg.engine.matrices import SignedCounts
from kg.errors import BadInput, KGError, NotWritable, StoreDamaged, StoreMissing

__all__ = ["NullDistribution", "Nulls", "shuffle"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

METHOD = "1"
"""Changes whenever the same seed would give other shuffles, so that cached ones are not mistaken."""

ROUNDS = 100
"""Rounds of repair before edge switches take over."""

CHUNK = 1_000_000
"""Arcs, over all shuffles, that are worked on at once."""

MOST = 200_000_000
"""Arcs, over all shuffles, that are kept (0.8 GB)."""


def shuffle(arcs: SignedArcs, rng: np.random.Generator, groups: npt.ArrayLike | None = None) -> SignedArcs:
    """One shuffled graph with the signed degrees of `arcs`, within `groups` (a whole number per arc).

    No arc from a node to itself but those there were, which stay. No two arcs alike in source, target,
    sign and group; where the graph has k alike, they are k layers that are shuffled each by itself.
    A weight stays with the source of its arc.
    """
    targets = next(_draw(arcs, 1, rng, groups))[0]
    return SignedArcs(arcs.n, arcs.source, targets, arcs.sign, arcs.weight)


def _layers(arcs: SignedArcs, groups: npt.ArrayLike | None) -> tuple[Ints, Ints]:
    """(order, layer) of the arcs: sorted by layer, source and target, the layer of each in that order.

    Arcs are permuted within a layer, and no two of a layer have both ends in common.
    """
    m = arcs.n_arcs
    group = np.zeros(m, dtype=np.int64) if groups is None else np.asarray(groups)
    if group.shape != (m,) or not np.issubdtype(group.dtype, np.integer):
        raise BadInput(f"groups: give one whole number for each of the {m} arcs")
    weight = np.zeros(m) if arcs.weight is None else arcs.weight
    order = np.lexsort((weight, arcs.target, arcs.source, group, arcs.sign))
    columns = np.array([c[order] for c in (arcs.sign, group, arcs.source, arcs.target)], dtype=np.int64)
    new = np.ones(m, dtype=np.bool_)
    new[1:] = (columns[:, 1:] != columns[:, :-1]).any(axis=0)
    starts = np.flatnonzero(new)
    copy = np.arange(m) - np.repeat(starts, np.diff(np.append(starts, m)))
    loop = columns[2] == columns[3]
    # Each arc from a node to itself is a layer of its own, so that nothing is permuted.
    copy[loop] = -1 - np.arange(m)[loop]
    _, layer = np.unique(np.array([columns[0], columns[1], copy]), axis=1, return_inverse=True)
    layer = layer.reshape(-1).astype(np.int64)
    again = np.argsort(layer, kind="stable")
    return order[again], layer[again]


def _draw(
    arcs: SignedArcs, n: int, rng: np.random.Generator, groups: npt.ArrayLike | None
) -> Iterator[npt.NDArray[np.int32]]:
    """Targets of the arcs in n shuffles, some rows at a time."""
    order, layer = _layers(arcs, groups)
    m = arcs.n_arcs
    if m == 0:
        yield np.zeros((n, 0), dtype=np.int32)
        return
    source, target = arcs.source[order].astype(np.int64), arcs.target[order]
    first = np.flatnonzero(np.diff(layer, prepend=-1))
    size = np.diff(np.append(first, m))
    start_of, size_of = np.repeat(first, size), np.repeat(size, size)
    place = (layer * arcs.n + source) * arcs.n
    rows = max(1, CHUNK // m)
    for at in range(0, n, rows):
        found = np.tile(target, (min(rows, n - at), 1))
        left = np.zeros(len(found), dtype=np.bool_)
        for start, length in zip(first.tolist(), size.tolist(), strict=True):
            if length > 1:
                span = slice(start, start + length)
                left[_permute(found[:, span], source[span], place[span], rng)] = True
        for row, start in _repair(found, np.flatnonzero(left), source, place, start_of, size_of, rng):
            span = slice(start, start + int(size_of[start]))
            found[row, span] = _switched(source[span], target[span], rng)
        back = np.empty_like(found)
        back[:, order] = found
        yield back


def _permute(
    part: npt.NDArray[np.int32], source: Ints, place: Ints, rng: np.random.Generator
) -> npt.NDArray[np.intp]:
    """Permute each row of one layer, in place; the rows that came out with something bad.

    Such rows are permuted again, which makes every good outcome as likely as any other, as long as at
    least one in twenty comes out good.
    """
    rows = np.arange(len(part))
    for _ in range(ROUNDS):
        part[rows] = rng.permuted(part[rows], axis=1)
        bad = _bad(part[rows], source, place).any(axis=1)
        hopeless = bad.mean() > 0.95
        rows = rows[bad]
        if hopeless or not len(rows):
            break
    return rows


def _bad(found: npt.NDArray[np.int32], source: Ints, place: Ints) -> Mask:
    """Which arcs go from a node to itself, or are laid upon an earlier one of their layer."""
    bad: Mask = found == source
    key = place + found
    order = np.argsort(key, axis=1, kind="stable")
    ordered = np.take_along_axis(key, order, axis=1)
    rows, columns = np.nonzero(ordered[:, 1:] == ordered[:, :-1])
    bad[rows, order[rows, columns + 1]] = True
    return bad


def _repair(
    found: npt.NDArray[np.int32],
    active: npt.NDArray[np.intp],
    source: Ints,
    place: Ints,
    start_of: Ints,
    size_of: Ints,
    rng: np.random.Generator,
) -> list[tuple[int, int]]:
    """Swap bad targets of the active rows, in place, until none is left.

    What does not settle comes back as (row, start of layer).
    """
    m = found.shape[1]
    # Arcs alone in their layer stand where they stood.
    movable = size_of > 1
    for _ in range(ROUNDS):
        part = found[active]
        bad = _bad(part, source, place) & movable
        kept = bad.any(axis=1)
        active, part, bad = active[kept], part[kept], bad[kept]
        if not len(active):
            return []
        row, arc = np.nonzero(bad)
        other = start_of[arc] + (rng.random(len(arc)) * size_of[arc]).astype(np.int64)
        # Swaps that share an arc with another of this round wait for the next.
        cells = np.concatenate((row * m + arc, row * m + other))
        _, inverse, times = np.unique(cells, return_inverse=True, return_counts=True)
        alone = (times[inverse] == 1).reshape(2, -1).all(axis=0)
        row, arc, other = row[alone], arc[alone], other[alone]
        part[row, arc], part[row, other] = part[row, other], part[row, arc]
        found[active] = part
    bad = _bad(found[active], source, place) & movable
    return sorted({(int(active[r]), int(start_of[a])) for r, a in np.argwhere(bad).tolist()})


def _switched(source: Ints, target: npt.NDArray[np.int32], rng: np.random.Generator) -> Ints:
    """Targets after edge switches from the graph as it is: 20 tries for each arc."""
    sources, targets = source.tolist(), target.tolist()
    there = set(zip(sources, targets, strict=True))
    m = len(sources)
    for i, j in rng.integers(0, m, (20 * m, 2)).tolist():
        one, other = (sources[i], targets[j]), (sources[j], targets[i])
        if one[0] != one[1] and other[0] != other[1] and one not in there and other not in there:
            there -= {(sources[i], targets[i]), (sources[j], targets[j])}
            there |= {one, other}
            targets[i], targets[j] = targets[j], targets[i]
    return np.array(targets)


@dataclass(frozen=True, eq=False)
class NullDistribution:
    """What is observed, and the same in every shuffle: numbers (or scores) of walks by sign and length.

    `observed` holds arrays over `lengths`, `null` arrays (shuffles, lengths). A sign is 1, −1, 0 for
    unknown, or None for any; without lengths all of them are added up.
    """

    lengths: tuple[int, ...]
    observed: SignedCounts[Floats]
    null: SignedCounts[Floats]

    def value(self, sign: int | None = None, lengths: Iterable[int] | None = None) -> float:
        return float(self._of(self.observed, sign, lengths))

    def values(self, sign: int | None = None, lengths: Iterable[int] | None = None) -> Floats:
        """One number for each shuffle."""
        found: Floats = np.asarray(self._of(self.null, sign, lengths))
        return found

    def expected(self, sign: int | None = None, lengths: Iterable[int] | None = None) -> float:
        """The mean over shuffles."""
        return float(self.values(sign, lengths).mean())

    def p_value(self, sign: int | None = None, lengths: Iterable[int] | None = None) -> float:
        """Chance, 1 / (1 + shuffles) to 1, of at least what is observed, were degrees all there is.

        Never 0, and 1 where nothing is observed. Ties count against, so it errs to the high side.
        """
        # The same numbers may be added up in another order.
        observed = self.value(sign, lengths) * (1 - 1e-9)
        values = self.values(sign, lengths)
        return (1 + int((values >= observed).sum())) / (1 + len(values))

    def _of(self, counts: SignedCounts[Floats], sign: int | None, lengths: Iterable[int] | None) -> Floats:
        wanted = set(self.lengths if lengths is None else lengths)
        if not wanted <= set(self.lengths) or sign not in (None, 1, -1, 0):
            raise BadInput(f"sign {sign}, lengths {sorted(wanted)}: counted were lengths {self.lengths}")
        chosen = [i for i, length in enumerate(self.lengths) if length in wanted]
        by_sign = {1: counts.plus, -1: counts.minus, 0: counts.unknown}
        table = counts.plus + counts.minus + counts.unknown if sign is None else by_sign[sign]
        total: Floats = table[..., chosen].sum(axis=-1)
        return total


@dataclass(frozen=True, eq=False)
class Nulls:
    """Shuffles of one graph, kept so that any number of questions can be asked of the same ones.

    `targets` holds a row for each shuffle: the target of each arc, in the order of the graph's arcs.
    """

    arcs: SignedArcs
    targets: npt.NDArray[np.int32]

    @classmethod
    def draw(
        cls, arcs: SignedArcs, n: int = 1000, *, seed: int, groups: npt.ArrayLike | None = None
    ) -> Nulls:
        """The n shuffles that belong to a seed; see `shuffle`. The order of the arcs plays no part.

        Raises BadInput where they would take more than 0.8 GB.
        """
        if n < 1 or n * arcs.n_arcs > MOST:
            raise BadInput(f"{n} shuffles of {arcs.n_arcs} arcs: ask for 1 to {MOST // max(1, arcs.n_arcs)}")
        rng = np.random.default_rng(seed)
        return cls(arcs, np.concatenate(list(_draw(arcs, n, rng, groups))))

    @classmethod
    def cached(
        cls,
        folder: Path,
        arcs: SignedArcs,
        n: int = 1000,
        *,
        seed: int,
        groups: npt.ArrayLike | None = None,
    ) -> Nulls:
        """The same, read from a file of the folder if it is there, else drawn and, if possible, kept there.

        The file's name is unique to graph, groups, number and seed; a damaged file is replaced.
        """
        digest = hashlib.sha256(f"{METHOD} {arcs.n} {n} {seed}".encode())
        for column in (arcs.source, arcs.target, arcs.sign):
            digest.update(column.tobytes())
        digest.update(b"" if groups is None else np.asarray(groups, dtype=np.int64).tobytes())
        path = folder / f"nulls-{digest.hexdigest()[:16]}.npz"
        try:
            return cls.load(path, arcs)
        except KGError:
            found = cls.draw(arcs, n, seed=seed, groups=groups)
        with suppress(NotWritable):
            found.save(path)
        return found

    def save(self, path: Path) -> None:
        """Write the shuffles as a compressed .npz, whole or not at all. Raises NotWritable."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
            try:
                with os.fdopen(handle, "wb") as file:
                    np.savez_compressed(file, targets=self.targets)
                Path(name).replace(path)
            finally:
                Path(name).unlink(missing_ok=True)
        except OSError as error:
            raise NotWritable(f"cannot write {path}: {error.strerror}") from None

    @classmethod
    def load(cls, path: Path, arcs: SignedArcs) -> Nulls:
        """Shuffles that `save` wrote of this graph.

        Raises StoreMissing, and StoreDamaged where the file cannot be read or does not fit the graph.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                targets = file["targets"]
        except FileNotFoundError:
            raise StoreMissing(f"no shuffles in {path}; draw them") from None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise StoreDamaged(f"{path} holds no shuffles ({error}); delete it") from None
        fits = targets.ndim == 2 and targets.dtype == np.int32 and targets.shape[1] == arcs.n_arcs
        # Every shuffle has the targets of the graph, in another order.
        if not fits or not len(targets) or (np.sort(targets[[0, -1]]) != np.sort(arcs.target)).any():
            raise StoreDamaged(f"{path} holds shuffles of another graph; delete it")
        return cls(arcs, targets)

    @property
    def n_shuffles(self) -> int:
        return len(self.targets)

    def counts(
        self,
        sources: Iterable[int],
        targets: Iterable[int],
        max_length: int,
        *,
        damping: float = 0.0,
    ) -> NullDistribution:
        """Walks from a source to a target, by length up to max_length, observed and in every shuffle.

        Counted are walks that are in neither set in between: for a single pair, the simple paths up to 3
        steps. Each counts as the product of its arcs' weights and of (out-degree × in-degree)**−damping
        of every step; without either, as 1. Raises BadInput where the sets are empty or share a node.
        """
        if max_length < 1:
            raise BadInput(f"length {max_length}: choose 1 or more steps")
        anywhere = np.ones(self.arcs.n, dtype=np.bool_)
        found = self._counts(sources, targets, [anywhere] * (max_length - 1), damping)
        return _distribution(tuple(range(1, max_length + 1)), found)

    def counts_along(
        self,
        sources: Iterable[int],
        targets: Iterable[int],
        inner: Sequence[Iterable[int]],
        *,
        damping: float = 0.0,
    ) -> NullDistribution:
        """The same for a metapath: `inner` says, place by place, which nodes may stand between the ends."""
        masks = [self.arcs.mask(nodes) for nodes in inner]
        found = self._counts(sources, targets, masks, damping)
        return _distribution((len(inner) + 1,), found[:, :, -1:])

    def _counts(
        self, sources: Iterable[int], targets: Iterable[int], inner: Sequence[Mask], damping: float
    ) -> Floats:
        """[all, known, balance] × (observed, then shuffles) × length."""
        arcs = self.arcs
        from_, to = arcs.mask(sources), arcs.mask(targets)
        if not from_.any() or not to.any() or (from_ & to).any():
            raise BadInput("sources and targets: give at least one node each, and none that is both")
        weight = np.ones(arcs.n_arcs) if arcs.weight is None else arcs.weight.copy()
        weight[arcs.source == arcs.target] = 0
        sign = arcs.sign.astype(float)
        values = [weight, weight * np.abs(sign), weight * sign]
        factors = [np.ones(arcs.n)] * 2
        if damping:
            ends = (arcs.source, arcs.target)
            degrees = [np.maximum(1, np.bincount(end, minlength=arcs.n)) for end in ends]
            factors = [degree.astype(float) ** -damping for degree in degrees]
        leave, enter = factors
        by_source = np.argsort(arcs.source, kind="stable")
        starts = np.concatenate(([0], np.cumsum(np.bincount(arcs.source, minlength=arcs.n))))
        between = ~(from_ | to)
        totals = np.zeros((3, 1 + self.n_shuffles, len(inner) + 1))
        rows = max(1, CHUNK // max(1, arcs.n_arcs, arcs.n))
        for at in range(0, 1 + self.n_shuffles, rows):
            block = self.targets[max(0, at - 1) : at + rows - 1]
            if at == 0:
                block = np.concatenate((arcs.target[None], block))
            n_graphs, m = block.shape
            # One graph beside the other, so that a step is taken in all of them at once.
            shift = np.arange(n_graphs)[:, None]
            indices = (block[:, by_source] + shift * arcs.n).ravel().astype(np.int32)
            indptr = np.append((starts[:-1] + shift * m).ravel(), n_graphs * m).astype(np.int32)
            shape = (n_graphs * arcs.n,) * 2
            for which, value in enumerate(values):
                if which == 1 and sign.all():
                    totals[1, at : at + rows] = totals[0, at : at + rows]
                    continue
                data = np.tile(value[by_source], n_graphs)
                step = sparse.csr_array((data, indices, indptr), shape=shape).T
                now = np.tile(from_ * leave, n_graphs)
                for k, allowed in enumerate([*inner, between]):
                    reached = (step @ now).reshape(n_graphs, arcs.n)
                    totals[which, at : at + rows, k] = reached[:, to] @ enter[to]
                    now = (reached * (enter * leave * (between & allowed))).ravel()
        return totals


def _distribution(lengths: tuple[int, ...], found: Floats) -> NullDistribution:
    everything, known, balance = found
    plus, minus, unknown = (known + balance) / 2, (known - balance) / 2, everything - known
    observed, null = (SignedCounts(plus[rows], minus[rows], unknown[rows]) for rows in (0, slice(1, None)))
    return NullDistribution(lengths, observed, null)
