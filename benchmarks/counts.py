"""Counting without enumeration, and shuffles: `python -m benchmarks.counts [DIR]`.

DIR (or `$KG_HETIONET`) holds a graph of the shape of Hetionet v1.0, which is not in this repository:
`node_order.tsv.gz` (metanode, row, node_id), `metaedges.tsv` (metaedge, abbreviation, …) and one `.npz` with
the arrays `<abbreviation>__src` and `__dst` (`>` written `_gt_`), row numbers within the kinds of the two
ends. An undirected edge is an arc each way. Its edges have no signs: an arc is given a minus where the
top bit of its number times 2654435761, modulo 2**32, is set (about every second one, the same each time).
"""

from __future__ import annotations

import csv
import gzip
import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

import kg
from kg.engine.counts import SignedArcs, walk_counts, walk_counts_between
from kg.engine.metapaths import Hop, degree_weighted_counts
from kg.engine.nulls import Nulls

Row = tuple[str, float, str, str]
METAPATHS = {"CbGpPWpGaD": "GpPW", "CbGpBPpGaD": "GpBP"}
N_SHUFFLES = 1000


class Hetionet:
    """The files of a folder, read where needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with gzip.open(folder / "node_order.tsv.gz", "rt", encoding="utf-8") as file:
            next(file)
            self.sizes = Counter(line.split("\t", 1)[0] for line in file)
        with (folder / "metaedges.tsv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        self.kinds = {}
        for row in rows:
            source, _, target = row["metaedge"].replace(" > ", " - ").split(" - ")
            self.kinds[row["abbreviation"].replace(">", "_gt_")] = (source, target)
        (self.arrays,) = folder.glob("*.npz")

    def arcs(self) -> SignedArcs:
        """All edges as arcs of one graph."""
        start = dict(zip(self.sizes, np.cumsum([0, *self.sizes.values()]).tolist(), strict=False))
        parts: list[list[np.ndarray[Any, Any]]] = [[], []]
        with np.load(self.arrays) as file:
            for name, kinds in self.kinds.items():
                ends = [
                    file[f"{name}__{end}"].astype(np.int32) + np.int32(start[kind])
                    for end, kind in zip(("src", "dst"), kinds, strict=True)
                ]
                for part, end, other in zip(parts, ends, reversed(ends), strict=True):
                    part += [end] if "_gt_" in name else [end, other]
        source, target = (np.concatenate(part) for part in parts)
        top = (np.arange(len(source), dtype=np.uint32) * np.uint32(2654435761)) >> np.uint32(31)
        return SignedArcs(sum(self.sizes.values()), source, target, 1 - 2 * top.astype(np.int8))

    def hop(self, name: str) -> Hop:
        kinds = self.kinds[name]
        with np.load(self.arrays) as file:
            ends = file[f"{name}__src"], file[f"{name}__dst"]
        return Hop(*kinds, *(self.sizes[kind] for kind in kinds), *ends)


def both_signs(arcs: SignedArcs, start: int, length: int) -> Callable[[], np.ndarray[Any, Any]]:
    """The peer: (p, n) → (Pp + Nn, Pn + Np), one product of scipy for each, no other care taken."""
    plus, minus = ((arcs.all + by * arcs.balance).T.tocsr() / 2 for by in (1, -1))

    def run() -> np.ndarray[Any, Any]:
        p, n = np.zeros(arcs.n), np.zeros(arcs.n)
        p[start] = 1
        for _ in range(length):
            p, n = plus @ p + minus @ n, plus @ n + minus @ p
        return p

    return run


def left_to_right(hops: list[Hop], damping: float) -> Any:
    """The peer: the chain of a C-G-x-G-D metapath from the left, without walks that come back to a gene."""
    weighted = []
    for hop in hops:
        out, into = (np.maximum(1, degree) ** -damping for degree in hop.degrees)
        matrix = hop.all.copy()
        matrix.data *= np.repeat(out, np.diff(matrix.indptr)) * into[matrix.indices]
        weighted.append(matrix)
    a, b, c, d = weighted
    there = b @ c
    return a @ (there - sparse.diags_array(there.diagonal())) @ d


def large_rows(folder: Path, median: Callable[..., float], peak_mb: Callable[[str], float]) -> list[Row]:
    data = Hetionet(folder)
    arcs = data.arcs()
    degree = np.bincount(arcs.source, minlength=arcs.n)
    starts = np.flatnonzero(degree)[:: max(1, np.count_nonzero(degree) // 15)][:15].tolist()
    hub = int(degree.argmax())
    walk_counts(arcs, [hub], 1)
    times = [median(1, lambda s=s: walk_counts(arcs, [s], 5)) for s in starts]
    rows: list[Row] = [
        (f"signed counts to all targets ≤ 5, {arcs.n_arcs} arcs, {len(starts)} starts, median",
         float(np.median(times)) * 1e3, "ms", "≤ 50"),
        ("  the same from the most connected node",
         median(5, lambda: walk_counts(arcs, [hub], 5)) * 1e3, "ms", ""),
    ]  # fmt: skip
    peer = both_signs(arcs, hub, 5)
    assert np.allclose(peer(), walk_counts(arcs, [hub], 5).plus[-1], rtol=1e-12)
    rows.append(("  the same, products of P and N in scipy", median(5, peer) * 1e3, "ms", ""))
    pairs = list(zip(starts[:7], starts[7:14], strict=True))
    times = [median(1, lambda s=s, t=t: walk_counts_between(arcs, s, t, 4)) for s, t in pairs]
    rows.append(
        (f"signed counts of a pair ≤ 4, {len(pairs)} pairs, median", float(np.median(times)) * 1e3, "ms", "")
    )
    for name, middle in METAPATHS.items():
        there = data.hop(middle)
        hops = [data.hop("CbG"), there, there.reversed, data.hop("DaG").reversed]
        ours = degree_weighted_counts(hops)
        taken = median(7, lambda h=hops: degree_weighted_counts(h))
        peer_taken = median(1, lambda h=hops: left_to_right(h, 0.4))
        assert np.isclose(left_to_right(hops, 0.4).sum(), ours.sum(), rtol=1e-12)
        rows += [
            (
                f"degree-weighted counts {name}, all {ours.shape[0] * ours.shape[1]} pairs",
                taken,
                "s",
                "≤ 0.15",
            ),
            ("  the same, left to right in scipy", peer_taken, "s", ""),
            ("  ratio", peer_taken / taken, "x", ""),
        ]
    code = (
        "from pathlib import Path; from benchmarks.counts import Hetionet, walk_counts; "
        f"walk_counts(Hetionet(Path({str(folder)!r})).arcs(), [{hub}], 5)"
    )
    return [*rows, ("peak memory: this graph and its counts", peak_mb(code), "MB", "≤ 250")]


def shuffle_rows(g: kg.Graph, median: Callable[..., float]) -> list[Row]:
    """Shuffles of the project's own graph, signs kept, predicates kept apart; then one question of all."""
    index = g.engine.index
    statements = [step.statement for step in g.engine.steps]
    predicates = sorted({s.predicate for s in statements})
    signs = {"+": 1, "-": -1, "−": -1, "?": 0}
    arcs = SignedArcs(
        len(index),
        [index[s.subject] for s in statements],
        [index[s.object] for s in statements],
        [signs[str(s.sign)] for s in statements],
    )
    groups = [predicates.index(s.predicate) for s in statements]
    nulls = Nulls.draw(arcs, N_SHUFFLES, seed=1, groups=groups)
    drawn = median(3, lambda: Nulls.draw(arcs, N_SHUFFLES, seed=1, groups=groups))
    ends = [np.bincount(end, minlength=arcs.n) for end in (arcs.source, arcs.target)]
    source = int(ends[0].argmax())
    target = int(np.where(np.arange(arcs.n) == source, -1, ends[1]).argmax())
    asked = median(3, lambda: nulls.counts([source], [target], 5))
    return [
        (f"{N_SHUFFLES} shuffles of the project's {arcs.n_arcs} statements", drawn, "s", "≤ 30"),
        ("  one pair, signed counts ≤ 5 in all of them", asked, "s", ""),
    ]


def measure(folder: Path | None) -> list[Row]:
    """(name, value, unit, target) of everything here; without a folder what needs none, and a word on it."""
    from benchmarks.__main__ import median, peak_mb

    rows = shuffle_rows(kg.load(), median)
    if folder is None or not folder.is_dir():
        sys.stderr.write(
            "benchmarks: counts on the large graph left out: "
            + (f"{folder} is no folder\n" if folder else "set KG_HETIONET=DIR, see benchmarks/counts.py\n")
        )
        return rows
    return rows + large_rows(folder, median, peak_mb)


def folder_from(words: list[str]) -> Path | None:
    named = words[0] if words else os.environ.get("KG_HETIONET")
    return Path(named) if named else None


if __name__ == "__main__":
    for name, value, unit, target in measure(folder_from(sys.argv[1:])):
        sys.stdout.write(f"{name}: {value:.3f} {unit}{f' (target {target})' if target else ''}\n")
