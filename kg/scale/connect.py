"""From a connection string to the two tables of a packed graph on some engine.

- `duckdb://FOLDER` (as `kg pack` writes it), `duckdb://FILE.duckdb` (the same as a database), or
  `duckdb://edges.parquet` (a table of edges, packed anew each time): the embedded engine. What does not fit
  into memory spills to disk. `?memory_limit=4GB&threads=2` are DuckDB's own settings.
- `spark://HOST:PORT?edges=FOLDER`: a standalone Spark cluster. Every worker must see the folder (a shared
  file system, hdfs:// or s3a://). More of Spark's settings may follow: `&spark.executor.memory=4g`.
  `spark://local[2]?edges=FOLDER` runs Spark inside this process.
- `ANYTHING://…`: any other backend of Ibis (Trino, BigQuery, Snowflake, PostgreSQL …), with the tables
  `nodes` and `edges`, or others as `?nodes=…&edges=…` says. The expressions are the same; they are tested on
  DuckDB and Spark.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from kg.errors import BadInput
from kg.scale.pack import duckdb, fill, is_packed

__all__ = ["Packed", "connect"]

NODES = ("node", "name", "category", "n_out", "n_in")
EDGES = ("edge", "subject", "object", "sign", "predicate", "belief", "through")
REACH = 5.0
"""Seconds in which a Spark master must answer."""

SPARK = {
    "spark.app.name": "msc-kg",
    "spark.log.level": "OFF",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # Of so many parts a small cluster is not all overhead; on a large one give two or three for each core.
    "spark.sql.shuffle.partitions": "16",
    # Frontiers of a search are small against the edges: they go to every worker, the edges stay.
    "spark.sql.autoBroadcastJoinThreshold": str(64 << 20),
    "spark.sql.adaptive.autoBroadcastJoinThreshold": str(64 << 20),
}


@dataclass
class Packed:
    """A packed graph on an engine: Ibis tables `nodes` and `edges` (see `kg.scale.pack`), to be closed."""

    url: str
    backend: Any
    nodes: Any
    edges: Any
    _ends: list[Callable[[], object]] = field(default_factory=list, repr=False)

    @property
    def engine(self) -> str:
        """The name of the engine."""
        return str(self.backend.name)

    def rows(self, expression: Any) -> Any:
        """What an expression gives, as a pyarrow table."""
        if self.engine != "pyspark":
            return expression.to_pyarrow()
        # By way of pandas, as Ibis does it, numbers with gaps would come back as fractions.
        return self.backend._session.sql(self.backend.compile(expression)).toArrow()

    def count(self, table: Any) -> int:
        """Rows of a table."""
        return int(self.rows(table.aggregate(n=table.count())).column("n")[0].as_py())

    def table_of(self, **columns: list[Any]) -> Any:
        """A small table of ours, to be joined on the engine."""
        import pyarrow

        table = pyarrow.table(columns)
        if self.engine != "pyspark":
            return ibis().memtable(table)
        name = ibis().util.gen_name("ours")
        self.backend._session.createDataFrame(table).createOrReplaceTempView(name)
        self._ends.append(lambda: self.backend._session.catalog.dropTempView(name))
        return self.backend.table(name)

    def close(self) -> None:
        while self._ends:
            with suppress(Exception):
                self._ends.pop()()

    def __enter__(self) -> Packed:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def ibis() -> Any:
    """The module. Raises BadInput without it."""
    try:
        import ibis as found
    except ImportError:
        raise BadInput("this needs Ibis: pip install 'msc-kg[scale]'") from None
    return found


def connect(url: str) -> Packed:
    """The packed graph that a connection string names.

    Raises BadInput, which says what is wrong with the string or what does not answer.
    """
    scheme, mark, rest = url.partition("://")
    if not mark or not rest or not scheme:
        raise BadInput(
            f"--engine {url!r}: write duckdb://FILE-OR-FOLDER, spark://HOST:PORT?edges=FOLDER, "
            "or the address of another backend of Ibis"
        )
    place, _, tail = rest.partition("?")
    try:
        options = dict(parse_qsl(tail, keep_blank_values=True, strict_parsing=bool(tail)))
    except ValueError:
        raise BadInput(
            f"--engine {url!r}: after ? stand settings such as memory_limit=4GB&threads=2"
        ) from None
    ibis()
    made = {"duckdb": _duckdb, "spark": _spark}.get(scheme, _other)(url, place, options)
    try:
        for table, wanted, what in ((made.nodes, NODES, "nodes"), (made.edges, EDGES, "edges")):
            missing = [name for name in wanted if name not in table.columns]
            if missing:
                raise BadInput(
                    f"--engine {url!r}: the table of {what} lacks {', '.join(missing)}; `kg pack` makes such"
                )
    except BaseException:
        made.close()
        raise
    return made


def _duckdb(url: str, place: str, options: dict[str, str]) -> Packed:
    module, path = duckdb(), Path(place)
    if not path.exists():
        raise BadInput(f"--engine {url!r}: no such file or folder: {path}")
    is_database = path.is_file() and path.suffix in (".duckdb", ".db")
    spill = tempfile.mkdtemp(prefix="msc-kg-")
    settings = {"temp_directory": spill, **options}
    ends: list[Callable[[], object]] = [lambda: shutil.rmtree(spill, ignore_errors=True)]
    try:
        if is_database:
            backend = ibis().duckdb.connect(path, read_only=True, **settings)
        else:
            backend = ibis().duckdb.connect(**settings)
        ends.append(backend.disconnect)
        if path.is_dir() and is_packed(path):
            nodes, edges = (
                backend.read_parquet(path / f"{name}.parquet", table_name=name) for name in ("nodes", "edges")
            )
        else:
            if not is_database:
                fill(backend.con, path)
            nodes, edges = backend.table("nodes"), backend.table("edges")
    except BaseException as error:
        for end in reversed(ends):
            end()
        if isinstance(error, (module.Error, ibis().common.exceptions.IbisError)):
            raise BadInput(f"--engine {url!r}: {str(error).splitlines()[0]}") from None
        raise
    return Packed(url, backend, nodes, edges, ends)


def _spark(url: str, place: str, options: dict[str, str]) -> Packed:
    folder = options.pop("edges", "").rstrip("/")
    if not folder:
        raise BadInput(f"--engine {url!r}: say where the packed graph lies: spark://HOST:PORT?edges=FOLDER")
    if "://" not in folder:
        if not is_packed(Path(folder)):
            raise BadInput(f"--engine {url!r}: {folder} is no packed graph; make one with `kg pack`")
        folder = str(Path(folder).resolve())
    master = place if place.startswith("local") else f"spark://{place}"
    if not place.startswith("local"):
        host, _, port = place.partition(",")[0].rpartition(":")
        try:
            with socket.create_connection((host, int(port)), REACH):
                pass
        except (OSError, ValueError) as error:
            raise BadInput(f"--engine {url!r}: no Spark master answers at {place} ({error})") from None
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise BadInput("this needs Spark: pip install 'msc-kg[spark]'") from None
    from kg.scale.java import java_for_spark

    active = SparkSession.getActiveSession()
    if active is not None and active.sparkContext.master != master:
        raise BadInput(
            f"--engine {url!r}: this process is connected to {active.sparkContext.master}; stop that first"
        )
    builder = SparkSession.builder.master(master)
    settings = dict(SPARK)
    if place.startswith(("127.", "localhost")):
        # A cluster of this machine alone: its executors reach the driver where they reach the master.
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    for name, value in {**settings, **options}.items():
        builder = builder.config(name, value)
    try:
        with java_for_spark(), _quietly():
            session = builder.getOrCreate()
        session.sparkContext.setLogLevel(options.get("spark.log.level", "OFF"))
        backend = ibis().pyspark.connect(session)
        nodes, edges = (
            backend.read_parquet(f"{folder}/{name}.parquet", table_name=name) for name in ("nodes", "edges")
        )
    except (PySparkException, OSError) as error:
        raise BadInput(f"--engine {url!r}: Spark does not start: {str(error).splitlines()[0]}") from None
    return Packed(url, backend, nodes, edges, [] if active is not None else [session.stop])


@contextmanager
def _quietly() -> Iterator[None]:
    """What Java writes while it starts is no message to a user."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _other(url: str, place: str, options: dict[str, str]) -> Packed:
    names = {what: options.pop(what, what) for what in ("nodes", "edges")}
    plain = f"{url.partition('://')[0]}://{place}"
    if options:
        plain += "?" + "&".join(f"{name}={value}" for name, value in options.items())
    try:
        backend = ibis().connect(plain)
        nodes, edges = backend.table(names["nodes"]), backend.table(names["edges"])
    except Exception as error:  # whatever the backend's own driver raises
        raise BadInput(
            f"--engine {url!r}: {str(error).strip().splitlines()[0] if str(error) else error!r}"
        ) from None
    return Packed(url, backend, nodes, edges, [backend.disconnect])
