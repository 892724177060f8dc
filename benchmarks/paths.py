"""Paths, on the project graph and on a large one, beside networkx and rustworkx in the same run.

The large graph is a table of about two million signed edges of the shape of Hetionet (parallel ones joined);
see `benchmarks.counts` for the folder it is read from (`$KG_HETIONET`), which is not in this repository.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import kg
from kg.engine import TooMany
from kg.mechanism.paths import Question

Row = tuple[str, float, str, str]
SEED = 1
N_LARGE = 20
N_RUSTWORKX = 5


def measure(g: kg.Graph) -> list[Row]:
    """Rows of (name, value, unit, target)."""
    return project_rows(g) + large_rows()


def project_rows(g: kg.Graph) -> list[Row]:
    """All paths of at most five steps and the best 20, for pairs from every tenth of the answer sizes."""
    import networkx as nx

    made = nx.MultiDiGraph()
    plain = nx.DiGraph()
    engine = g.engine
    for s in engine.steps:
        made.add_edge(s.subject, s.object, key=s.id)
        plain.add_edge(s.subject, s.object)
    agents = [n for n in sorted(g.matching("MSC", products=True)) if n in engine.index]
    outcomes = [
        e.name for e in g.entities
        if e.category in ("phenotype", "outcome", "disease", "process") and e.name in engine.index
    ]  # fmt: skip
    asked = [Question(frozenset({a}), frozenset({o}), max_length=5) for a in agents for o in outcomes]
    joined = sorted(((engine.count(q), min(q.sources), min(q.targets)) for q in asked), reverse=True)
    joined = [row for row in joined if row[0]]
    pairs = [(a, b) for _, a, b in joined[:: max(1, len(joined) // 100)]]
    raw, ordered, best, theirs, simple = [], [], [], [], []
    for source, target in pairs:
        question = Question(frozenset({source}), frozenset({target}), max_length=5)
        start = time.perf_counter()
        walks = engine.walks(question)
        raw.append(time.perf_counter() - start)
        list(walks)
        ordered.append(time.perf_counter() - start)
        start = time.perf_counter()
        list(zip(engine.best_walks(question), range(20), strict=False))
        best.append(time.perf_counter() - start)
        start = time.perf_counter()
        found = list(nx.all_simple_edge_paths(made, source, target, cutoff=5))
        theirs.append(time.perf_counter() - start)
        start = time.perf_counter()
        list(nx.all_simple_paths(plain, source, target, cutoff=5))
        simple.append(time.perf_counter() - start)
        assert len(found) == len(walks), (source, target)

    def ms(times: list[float]) -> float:
        return statistics.median(times) * 1e3

    return [
        (f"all signed paths ≤ 5, {len(pairs)} pairs: median", ms(raw), "ms", "≤ 0.5"),
        ("  the same, scored and in order: median", ms(ordered), "ms", ""),
        ("  the slowest pair, scored and in order", max(ordered) * 1e3, "ms", "≤ 5"),
        ("  the best 20: median", ms(best), "ms", "≤ 1"),
        ("  networkx.all_simple_edge_paths: median", ms(theirs), "ms", ""),
        ("  networkx.all_simple_paths (no parallel edges): median", ms(simple), "ms", ""),
        ("  all_simple_edge_paths / ours, sums over pairs", sum(theirs) / sum(raw), "x", "≥ 40"),
        ("  all_simple_paths / ours, sums over pairs", sum(simple) / sum(raw), "x", "≥ 40"),
    ]


# A large graph ------------------------------------------------------------------------------------


def edges(folder: Path, both_ways: bool) -> Iterator[tuple[str, str, str, str]]:
    """Rows as `Graph.from_edges` takes them: each edge of the folder, with made-up signs."""
    from benchmarks.counts import Hetionet

    arcs = Hetionet(folder).arcs()
    columns = (arcs.source, arcs.target, arcs.sign)
    names = [f"n{i}" for i in range(arcs.n)]
    for at in range(0, len(arcs.source), 100_000):
        chunk = (column[at : at + 100_000].tolist() for column in columns)
        for a, b, sign in zip(*chunk, strict=True):
            if both_ways or a < b:
                yield names[a], "e", "+" if sign > 0 else "-", names[b]


def large_rows() -> list[Row]:
    """The large graph in a process of its own, so that its memory is its own."""
    folder = os.environ.get("KG_HETIONET")
    if not folder:
        print("KG_HETIONET names no folder: paths on the large graph are not measured", file=sys.stderr)
        return []
    rows = []
    for what in ("one way", "both ways"):
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.paths", folder, what],
            capture_output=True,
            text=True,
            check=True,
        )
        for line in done.stdout.splitlines():
            name, value, unit, target = line.split("\t")
            rows.append((name, float(value), unit, target))
    return rows


def peak_mb() -> float:
    return float(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024


def measure_one_way(folder: Path) -> list[Row]:
    """The table as it is, each edge once: what it takes to hold it and ask it."""
    start = time.perf_counter()
    g = kg.Graph.from_edges(edges(folder, both_ways=False))
    read = time.perf_counter() - start
    g.paths(*random.Random(SEED).sample(g.engine.names, 2), max_length=4)
    return [
        (f"edge table of {len(g.engine.arcs):,} edges read", read, "s", ""),
        ("  peak memory, one question asked", peak_mb(), "MB", "≤ 250"),
    ]


def measure_large(folder: Path) -> list[Row]:
    """Every edge both ways, as networks without direction are searched."""
    g = kg.Graph.from_edges(edges(folder, both_ways=True))
    engine = g.engine
    g.paths(*engine.names[:2], max_length=2)
    rng = random.Random(SEED)
    pairs = [tuple(rng.sample(engine.names, 2)) for _ in range(N_LARGE)]
    times, counts, small = [], [], []
    for source, target in pairs:
        try:
            start = time.perf_counter()
            found = g.paths(source, target, max_length=4)
            taken = time.perf_counter() - start
        except TooMany:
            continue
        times.append(taken)
        counts.append(len(found))
        small.append((len(found), source, target, taken))
    start = time.perf_counter()
    g.paths(*pairs[0], max_length=4, top=20)
    first = time.perf_counter() - start
    rows = [
        (
            f"{len(engine.arcs):,} edges: all signed paths ≤ 4, {len(times)} pairs: median",
            statistics.median(times) * 1e3, "ms", "≤ 15",
        ),
        ("  paths found: median", statistics.median(counts), "", ""),
        ("  the best 20 of a pair, first time asked", first * 1e3, "ms", ""),
    ]  # fmt: skip
    return rows + rustworkx_rows(g, [row for row in small if row[0]])


def rustworkx_rows(g: kg.Graph, pairs: list[tuple[int, str, str, float]]) -> list[Row]:
    import rustworkx

    arcs = g.engine.arcs
    made = rustworkx.PyDiGraph()
    made.add_nodes_from(list(range(arcs.n)))
    made.extend_from_edge_list(
        list(zip(list(map(int, arcs.source)), list(map(int, arcs.target)), strict=True))
    )
    theirs, ours = 0.0, 0.0
    for n, source, target, taken in pairs[:N_RUSTWORKX]:
        start = time.perf_counter()
        # Its cut-off counts nodes.
        found = rustworkx.digraph_all_simple_paths(
            made, g.engine.index[source], g.engine.index[target], min_depth=1, cutoff=5
        )
        theirs += time.perf_counter() - start
        ours += taken
        assert len(found) <= n
    return [(f"  rustworkx / ours, {N_RUSTWORKX} pairs", theirs / ours, "x", "≥ 100")]


if __name__ == "__main__":
    measured = {"one way": measure_one_way, "both ways": measure_large}[sys.argv[2]]
    for name, value, unit, target in measured(Path(sys.argv[1])):
        print(name, value, unit, target, sep="\t")
