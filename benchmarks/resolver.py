"""How long it takes to look up 20,000 names, known ones and ones one letter off, and to join 20,000 edges."""

from __future__ import annotations

import random
import time

import kg

N = 20_000
SEED = 1


def measure(g: kg.Graph) -> list[tuple[str, float, str, str]]:
    """(name, value, unit, target). Loading and the first look, which makes the tables, are measured apart."""
    rng = random.Random(SEED)
    known = [key for key, *_ in g._elsewhere()] + [e.name for e in g.entities]
    start = time.perf_counter()
    g.names.resolution("nothing is called so")
    rows = [("resolver: making its tables", time.perf_counter() - start, "s", "")]
    mixed = [rng.choice(known) + ("" if rng.random() < 0.8 else rng.choice("qxz")) for _ in range(N)]
    for what, texts in (
        ("all known", [rng.choice(known) for _ in range(N)]),
        ("4 of 5 known, suggestions for the rest", mixed),
    ):
        start = time.perf_counter()
        g.map(texts)
        rows.append((f"kg map of {N:,} names, {what}", time.perf_counter() - start, "s", "≤ 1"))
    ends = [rng.choice(known) if rng.random() < 0.5 else f"X{rng.randrange(N)}" for _ in range(N)]
    edges = [
        (rng.choice(ends), rng.choice(("increases", "acts on")), "+", rng.choice(ends)) for _ in range(N)
    ]
    start = time.perf_counter()
    g.with_edges(edges, "benchmark")
    rows.append((f"joining {N:,} edges, half of the ends new", time.perf_counter() - start, "s", ""))
    return rows
