"""Graphs that outgrow memory: packing, and the same questions to kg.engine, DuckDB and Spark, over sizes.

    python -m benchmarks.scale FOLDER [--sizes 1 5 10 25 50] [--parts pack duckdb …] [--pairs 10]

Sizes are millions of edges before doubles are dropped. Made-up graphs: 20 edges a node, degrees with a heavy
tail (the largest hub holds 0.3 % of all edges), five predicates, beliefs. Each part runs in a process of its
own with DuckDB's memory at 4 GB, so that its peak memory is its own. Ratios are of one run; nothing is
asserted. Rows go to FOLDER/scale.tsv as they come.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

SEED = 12
MEMORY = "4GB"
COLUMNS = ("millions", "what", "value", "unit", "load")


def make(folder: Path, millions: float) -> Path:
    """A table of edges by name, as `kg pack` takes it."""
    import duckdb

    out = folder / f"edges-{millions:g}.parquet"
    if out.exists():
        return out
    n_edges = int(millions * 1e6)
    n = n_edges // 20
    connection = duckdb.connect()
    connection.execute(f"set memory_limit = '{MEMORY}'; set temp_directory = '{folder / 'spill'}'")
    connection.execute("set preserve_insertion_order = false")

    def drawn(k: int) -> str:
        return f"(hash(i * 8 + {k}) / 18446744073709551616.0)"

    # Odd factors strew the hubs over the names, and those of subjects and of objects apart.
    connection.execute(
        f"copy (select printf('n%08d', (s * 2654435761) % {n}) as subject, "
        "['increases', 'decreases', 'binds', 'activates', 'inhibits'][1 + k] as predicate, "
        "['+', '-', '?', '+', '-'][1 + k] as sign, "
        f"printf('n%08d', (o * 40503 + 17) % {n}) as object, round(0.3 + 0.7 * {drawn(4)}, 2) as belief "
        f"from (select i, floor({n} * pow({drawn(1)}, 2.5))::bigint as s, "
        f"floor({n} * pow({drawn(2)}, 2.5))::bigint as o, floor(5 * {drawn(3)})::int as k "
        f"from range({n_edges}) as t(i))) to '{out}' (format parquet)"
    )
    return out


def peak_mb() -> float:
    return float(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    found = action()
    return time.perf_counter() - start, found


def pairs_of(packed: Path, n: int) -> list[tuple[int, int]]:
    """Ends as questions have them: the subject of one edge and the object of another, hubs more often than
    not."""
    import duckdb

    connection = duckdb.connect()
    file = f"'{packed / 'edges.parquet'}'"
    m = connection.execute(f"select max(edge) from {file}").fetchone()[0]
    rng = random.Random(SEED)
    found = []
    while len(found) < n:
        a, b = (rng.randrange(m) for _ in range(2))
        source = connection.execute(f"select subject from {file} where edge = {a}").fetchone()[0]
        target = connection.execute(f"select object from {file} where edge = {b}").fetchone()[0]
        if source != target:
            found.append((source, target))
    return found


Row = tuple[str, float, str]


def pack_rows(folder: Path, millions: float, _: int) -> list[Row]:
    from kg.scale.pack import pack

    table = make(folder, millions)
    out = folder / f"packed-{millions:g}"
    taken, found = timed(lambda: pack(table, out, memory=MEMORY))
    size = sum(f.stat().st_size for f in out.iterdir()) / 1e6
    return [
        ("edges packed", found.n_edges, ""), ("pack: Parquet of names to a packed graph", taken, "s"),
        ("pack: peak memory", peak_mb(), "MB"), ("packed graph on disk", size, "MB"),
    ]  # fmt: skip


def asked_rows(url: str, packed: Path, n_pairs: int, what: str, *, longest: int = 4) -> list[Row]:
    from kg.scale.connect import connect
    from kg.scale.counts import walk_counts
    from kg.scale.paths import Asked, find_paths

    rows: list[Row] = []
    pairs = pairs_of(packed, n_pairs)
    taken, graph = timed(lambda: connect(url))
    with graph:
        rows.append((f"{what}: connecting", taken, "s"))
        find_paths(graph, Asked(frozenset({pairs[0][1]}), frozenset({pairs[0][0]}), 2))
        for length in range(3, longest + 1):
            times, counts = [], []
            for a, b in pairs:
                taken, found = timed(
                    lambda a=a, b=b, length=length: find_paths(
                        graph, Asked(frozenset({a}), frozenset({b}), length)
                    )
                )
                times.append(taken)
                counts.append(len(found))
            rows += [
                (f"{what}: paths ≤ {length}, median of {len(pairs)} pairs", statistics.median(times), "s"),
                (f"{what}: paths ≤ {length}, slowest pair", max(times), "s"),
                (f"{what}: paths ≤ {length}, found, median", statistics.median(counts), ""),
            ]
        taken, _ = timed(lambda: walk_counts(graph, [pairs[0][0]], 2))
        rows.append((f"{what}: signed walk counts to everything, 2 steps", taken, "s"))
        if what == "spark":
            store = graph.backend._session.sparkContext._jsc.sc().statusStore()
            listed = store.executorList(True)
            moved = sum(listed.apply(i).totalShuffleWrite() for i in range(listed.size())) / 1e6
            n_questions = len(pairs) * (longest - 2) + 2
            rows.append((f"{what}: shuffled, mean of a question", moved / n_questions, "MB"))
    return rows


def duckdb_rows(folder: Path, millions: float, n_pairs: int) -> list[Row]:
    packed = folder / f"packed-{millions:g}"
    rows = asked_rows(f"duckdb://{packed}?memory_limit={MEMORY}", packed, n_pairs, "duckdb")
    return [*rows, ("duckdb: peak memory", peak_mb(), "MB")]


def spark_rows(folder: Path, millions: float, n_pairs: int) -> list[Row]:
    from kg.scale.cluster import Cluster

    packed = folder / f"packed-{millions:g}"
    with Cluster(2, cores=1, memory="2g") as cluster:
        url = f"{cluster.url}?edges={packed}&spark.executor.memory=1500m&spark.driver.memory=1g"
        return asked_rows(url, packed, min(3, n_pairs), "spark")


def engine_rows(folder: Path, millions: float, n_pairs: int) -> list[Row]:
    """kg.engine on arrays read from the packed graph: the least that it can take."""
    import pyarrow.parquet as parquet

    from kg.engine import Arcs, Ask, TooMany, enumerate_walks

    packed = folder / f"packed-{millions:g}"
    pairs = pairs_of(packed, n_pairs)

    def load() -> Arcs:
        n = parquet.read_metadata(packed / "nodes.parquet").num_rows
        columns = [
            parquet.read_table(packed / "edges.parquet", columns=[name]).column(0).to_numpy()
            for name in ("subject", "object", "sign", "belief")
        ]
        arcs = Arcs(n, *columns)
        enumerate_walks(arcs, Ask(frozenset({pairs[0][1]}), frozenset({pairs[0][0]}), 2))
        return arcs

    taken, arcs = timed(load)
    rows: list[Row] = [("kg.engine: arrays from the packed graph", taken, "s")]
    for length in (3, 4):
        times = []
        for a, b in pairs:
            try:
                times.append(
                    timed(
                        lambda a=a, b=b, length=length: enumerate_walks(
                            arcs, Ask(frozenset({a}), frozenset({b}), length)
                        )
                    )[0]
                )
            except TooMany:
                continue
        if times:
            rows.append(
                (f"kg.engine: paths ≤ {length}, median of {len(times)} pairs", statistics.median(times), "s")
            )
    return [*rows, ("kg.engine: peak memory", peak_mb(), "MB")]


def table_rows(folder: Path, millions: float, _: int) -> list[Row]:
    """`--graph FILE`: the table read row by row, with its names."""
    import kg

    taken, _g = timed(lambda: kg.Graph.from_edges(make(folder, millions)).engine)
    return [("kg --graph FILE: table read", taken, "s"), ("kg --graph FILE: peak memory", peak_mb(), "MB")]


PARTS = {
    "pack": pack_rows,
    "duckdb": duckdb_rows,
    "engine": engine_rows,
    "spark": spark_rows,
    "table": table_rows,
}


def run(part: str, folder: Path, millions: float, n_pairs: int) -> list[dict[str, Any]]:
    """The rows of a part, measured in a process of its own, with the load of the machine when it starts."""
    load = os.getloadavg()[0]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.scale", str(folder), "--part", part, "--sizes", f"{millions:g}",
         "--pairs", str(n_pairs)],
        stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        return [
            dict(zip(COLUMNS, (millions, f"{part}: failed", done.returncode, "", f"{load:.1f}"), strict=True))
        ]
    rows = [line.split("\t") for line in done.stdout.splitlines() if line.count("\t") == 2]
    return [
        dict(zip(COLUMNS, (millions, what, float(value), unit, f"{load:.1f}"), strict=True))
        for what, value, unit in rows
    ]


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", type=float, nargs="+", default=[1, 5, 10, 25, 50])
    parser.add_argument("--spark-sizes", type=float, nargs="*")
    parser.add_argument("--parts", nargs="+", choices=sorted(PARTS), default=sorted(PARTS))
    parser.add_argument("--table-sizes", type=float, nargs="*", default=[1])
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--part", choices=sorted(PARTS))
    asked = parser.parse_args(words)
    asked.folder.mkdir(parents=True, exist_ok=True)
    if asked.part:
        for what, value, unit in PARTS[asked.part](asked.folder, asked.sizes[0], asked.pairs):
            print(what, value, unit, sep="\t")
        return
    spark = asked.sizes if asked.spark_sizes is None else asked.spark_sizes
    plan = [(part, size) for size in asked.sizes for part in ("pack", "duckdb", "engine")]
    plan += [("spark", size) for size in spark] + [("table", size) for size in asked.table_sizes]
    plan = [(part, size) for part, size in plan if part in asked.parts]
    with (asked.folder / "scale.tsv").open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter="\t", lineterminator="\n")
        if not file.tell():
            writer.writeheader()
        for size in asked.sizes:
            make(asked.folder, size)
        for part, size in plan:
            for row in run(part, asked.folder, size, asked.pairs):
                writer.writerow(row)
                file.flush()
                print(*row.values(), sep="\t", flush=True)


if __name__ == "__main__":
    main()
