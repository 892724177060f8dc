"""How long it takes to test every cause, raised and lowered, against a signature of the project graph."""

from __future__ import annotations

import random
import statistics
import time

import kg
from kg.mechanism.explanation import explain
from kg.mechanism.signature import read_signature
from kg.mechanism.ternary import scores_of

SIZES = (20, 60, 200)
SEED = 1


def measure(g: kg.Graph) -> list[tuple[str, float, str, str]]:
    """(name, value, unit, target) for random signatures, a third each up, down and unchanged; median of 3."""
    rows = []
    ends = sorted({s.statement.object for s in g.engine.steps})
    rng = random.Random(SEED)
    for size in SIZES:
        names = rng.sample(ends, min(size, len(ends)))
        labels = [("up", "down", "unchanged")[i % 3] for i in range(len(names))]
        signature = read_signature(list(zip(names, labels, strict=True)), g.names)
        times = []
        for _ in range(3):
            scores_of.cache_clear()
            start = time.perf_counter()
            found = explain(g.engine, g.names, signature)
            times.append(time.perf_counter() - start)
        name = f"signature of {len(names)}, {found.n_tested} mechanisms tested"
        rows.append((name, statistics.median(times), "s", "under 2 s" if size == SIZES[1] else ""))
    return rows
