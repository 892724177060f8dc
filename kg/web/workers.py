"""Warm processes that answer SPARQL, and die when they must.

pyoxigraph cannot stop a running query, so a query runs in a process that can be killed. Each process has
the build's store in memory before it takes its first query, and from then on can open neither a connection
nor a file (`kg.store.refusal.close_doors`) and take only so much more memory. At the time limit it is
killed, and another takes its place. A worker that dies of itself costs one request its answer, no other.

Slow queries may not starve quick ones. Queries known to be quick are served first. A query known to be
slow, or an unknown one of a client who has just asked slow ones, may not take the last worker; a query that
turns out slow on the last worker gives way to others that wait. What gives way is told to come back (503).

A worker also carries its own end: a timer of the system ends it a second after the time limit and an idle
one ends when its input closes, so none outlives a server that was killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import signal
import struct
import sys
import time
from collections import OrderedDict, deque
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kg import vocab
from kg.errors import KGError, QueryRefused, StoreDamaged

__all__ = ["GRAPH_TYPES", "RESULT_TYPES", "Busy", "Pool", "Reply"]

RESULT_TYPES = {
    "application/sparql-results+json": "JSON",
    "application/sparql-results+xml": "XML",
    "text/csv": "CSV",
    "text/tab-separated-values": "TSV",
}
"""Media type → format of SELECT and ASK, as pyoxigraph calls it; the first is the default."""

GRAPH_TYPES = {
    "text/turtle": "TURTLE",
    "application/n-triples": "N_TRIPLES",
    "application/ld+json": "JSON_LD",
    "application/rdf+xml": "RDF_XML",
}
"""Media type → format of CONSTRUCT and DESCRIBE; the first is the default."""

QUICK = 0.5
"""Seconds after which a query counts as slow; one worker is always kept for quick ones."""

FORGIVEN = 0.02
"""Of a client's slow seconds, how many are forgotten in each second that goes by; until none is left, its new
queries are taken for slow ones."""

LOADING = 60
"""Seconds in which the first worker must have loaded the store."""

_SUSPECT = 2

_LENGTH = struct.Struct(">I")

WAITING = 5.0
"""Seconds that a request waits for a worker at least: a new one must load the store first."""

Outcome = Literal["fine", "refused", "unwritable", "slow", "died"]


class Busy(KGError):
    """Every worker is taken and the queue is full; `retry_after` says when to ask again (seconds)."""

    def __init__(self, retry_after: int, why: str = "the queue is full") -> None:
        self.retry_after = retry_after
        super().__init__(f"the endpoint is busy: {why}; ask again in {retry_after} s")


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a query.

    `outcome`: fine; refused (not a query that may run, `body` says why); unwritable (an answer that the
    format cannot hold); slow (killed at the time limit); died (the worker ended under the query).
    `is_cut`: rows or triples are missing, only the first `n_rows` are there. `notes`: why an empty answer may
    be empty.
    """

    outcome: Outcome
    media_type: str
    body: bytes
    is_cut: bool = False
    n_rows: int = 0
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The body as text: the explanation, where the outcome is not fine."""
        return self.body.decode()


class Pool:
    """Workers over one build. Use it as `async with Pool(…) as pool`, or call `start` and `stop`.

    `time_limit`: seconds for one query. `row_limit`, `byte_limit`: of one answer; the rest is cut and said to
    be. `queue_limit`: requests that may wait for a worker. `memory_limit`: bytes that a query may take beyond
    the loaded store.
    """

    def __init__(
        self, build_path: Path, size: int = 2, time_limit: float = 10.0, row_limit: int = 10_000,
        byte_limit: int = 20_000_000, queue_limit: int = 32, memory_limit: int = 1_000_000_000,
    ) -> None:  # fmt: skip
        self.build_path, self.size, self.time_limit = build_path, size, time_limit
        self.row_limit, self.byte_limit, self.queue_limit = row_limit, byte_limit, queue_limit
        self.memory_limit = memory_limit
        self.digest = hashlib.sha256((build_path / "manifest.json").read_bytes()).hexdigest()
        self._idle: deque[_Worker] = deque()
        self._waiting: list[_Waiter] = []
        self._slow: set[_Worker] = set()
        self._memory = _Memory()
        self._loaded = asyncio.Event()
        self._workers: set[_Worker] = set()
        self._hires: set[asyncio.Task[None]] = set()
        self._ends: set[asyncio.Task[None]] = set()
        self._is_open = False

    async def __aenter__(self) -> Pool:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start the workers; returns when the first is ready.

        Raises StoreDamaged when none can be.
        """
        self._is_open = True
        for _ in range(self.size):
            self._replace()
        try:
            async with asyncio.timeout(LOADING):
                await self._loaded.wait()
        except TimeoutError:
            await self.stop()
            raise StoreDamaged(f"no process could load {self.build_path} in {LOADING} s") from None

    async def stop(self) -> None:
        """End every worker and wait until all are gone."""
        self._is_open = False
        for task in self._hires:
            task.cancel()
        await asyncio.gather(*self._hires, return_exceptions=True)
        await asyncio.gather(*self._ends, *(worker.end() for worker in list(self._workers)))
        self._workers.clear()

    @property
    def is_ready(self) -> bool:
        """Whether a worker is alive: loaded, and idle or at work."""
        return any(worker.is_loaded and worker.is_alive for worker in self._workers)

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the workers alive."""
        return tuple(sorted(w.process.pid for w in self._workers if w.is_alive))

    async def run(
        self, query: str, media_type: str, default_graphs: Sequence[str] | None = None,
        named_graphs: Sequence[str] | None = None, row_limit: int | None = None, client: str = "",
    ) -> Reply:  # fmt: skip
        """The answer to a query in a media type of `RESULT_TYPES` or `GRAPH_TYPES`.

        `default_graphs`, `named_graphs`: IRIs of the dataset; where either is given it replaces FROM of the
        query. With neither and no FROM, the default graph is ontology, assertions and inferred.
        `row_limit`: instead of the pool's, for questions of our own. `client`: who asks, for fairness.

        Raises Busy.
        """
        worker = await self._take(self._memory.rank(query, client))
        start, is_done = time.monotonic(), False
        try:
            asked = {
                "query": query, "type": media_type, "default": _listed(default_graphs, named_graphs),
                "named": _listed(named_graphs, default_graphs),
                "rows": self.row_limit if row_limit is None else row_limit,
            }  # fmt: skip
            try:
                head, body = await self._answer(worker, asked)
            except TimeoutError:
                limit = f"{self.time_limit:g} s"
                return _told(
                    "slow", f"the query ran longer than {limit} and was stopped; narrow it or add LIMIT"
                )
            except (asyncio.IncompleteReadError, ConnectionError):
                code = await worker.process.wait()
                return _told("died", f"the process that ran the query ended {_reason(code)}; others go on")
            is_done = True
            return Reply(head["outcome"], head["type"], body, head["cut"], head["rows"], tuple(head["notes"]))
        finally:
            self._memory.learn(query, client, time.monotonic() - start)
            self._slow.discard(worker)
            # Also when the request was cancelled: a worker in the middle of a query is of no use to the next.
            if is_done:
                self._release(worker)
            else:
                self._dismiss(worker)
            self._dispatch()

    async def _take(self, rank: int) -> _Worker:
        """An idle worker, alive. Raises Busy when the queue is full or nothing becomes free in time."""
        waiter = _Waiter(asyncio.get_running_loop().create_future(), rank)
        is_suspect = waiter.is_suspect
        ahead = sum(other.is_suspect for other in self._waiting) if is_suspect else len(self._waiting)
        self._waiting.append(waiter)
        self._dispatch()
        try:
            if not waiter.worker.done() and ahead >= (
                self.queue_limit // 2 if is_suspect else self.queue_limit
            ):
                raise Busy(max(1, round(self.time_limit)))
            async with asyncio.timeout(max(self.time_limit, WAITING)):
                return await asyncio.shield(waiter.worker)
        except BaseException as error:
            if waiter.worker.done() and not waiter.worker.cancelled():
                self._slow.discard(waiter.worker.result())
                self._release(waiter.worker.result())
            if isinstance(error, TimeoutError):
                raise Busy(max(1, round(self.time_limit)), "no worker became free in time") from None
            raise
        finally:
            if waiter in self._waiting:
                self._waiting.remove(waiter)

    def _dispatch(self) -> None:
        """Give idle workers to those who wait: known quick ones first, suspects only where one remains."""
        while self._idle and self._waiting:
            room = len(self._slow) < max(1, self.size - 1)
            ordered = sorted(self._waiting, key=lambda waiter: waiter.rank)
            waiter = next((one for one in ordered if room or not one.is_suspect), None)
            if waiter is None:
                return
            worker = self._idle.popleft()
            if not worker.is_alive:
                self._dismiss(worker)
                continue
            self._waiting.remove(waiter)
            if waiter.is_suspect:
                self._slow.add(worker)
            waiter.worker.set_result(worker)

    def _release(self, worker: _Worker) -> None:
        """Take back a worker that has done its work."""
        if worker.is_alive and self._is_open:
            self._idle.append(worker)
            self._dispatch()
        else:
            self._dismiss(worker)

    def _dismiss(self, worker: _Worker) -> None:
        """End a worker and start another."""
        self._workers.discard(worker)
        self._keep(self._ends, worker.end())
        self._replace()

    async def _answer(self, worker: _Worker, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """What the worker answers. A slow query may be given up for quick ones that wait.

        Raises TimeoutError at the time limit, and Busy.
        """
        until = time.monotonic() + self.time_limit
        answer = asyncio.ensure_future(worker.ask(asked))
        try:
            done, _ = await asyncio.wait({answer}, timeout=min(QUICK, self.time_limit))
            while not done:
                left = until - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                if worker not in self._slow and len(self._slow) < max(1, self.size - 1):
                    self._slow.add(worker)
                elif worker not in self._slow and any(not waiter.is_suspect for waiter in self._waiting):
                    raise Busy(max(1, round(self.time_limit)), "too many slow queries at once")
                is_slow = worker in self._slow
                done, _ = await asyncio.wait({answer}, timeout=left if is_slow else min(left, 0.1))
            return answer.result()
        finally:
            if not answer.done():
                answer.cancel()
                with contextlib.suppress(asyncio.CancelledError, asyncio.IncompleteReadError, OSError):
                    await answer

    def _replace(self) -> None:
        """Start one worker in the background."""
        if self._is_open:
            self._keep(self._hires, self._hire())

    @staticmethod
    def _keep(tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
        """Run in the background; a task that nobody holds may be thrown away."""
        task = asyncio.get_running_loop().create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def _hire(self) -> None:
        wait = 0.5
        while self._is_open:
            worker = await _Worker.start(self._settings())
            self._workers.add(worker)
            try:
                await worker.ready()
            except (asyncio.IncompleteReadError, ConnectionError):
                # It died while loading: something is wrong with the machine. Try again, ever more slowly.
                await worker.end()
                self._workers.discard(worker)
                await asyncio.sleep(wait)
                wait = min(2 * wait, 30.0)
            else:
                self._loaded.set()
                self._release(worker)
                return

    def _settings(self) -> str:
        return json.dumps(
            {
                "path": str(self.build_path), "time": self.time_limit, "bytes": self.byte_limit,
                "memory": self.memory_limit,
            }
        )  # fmt: skip


def _listed(graphs: Sequence[str] | None, others: Sequence[str] | None) -> list[str] | None:
    """Graphs of one kind; where only the other kind is named, there are none."""
    if graphs is None and others is None:
        return None
    return list(graphs or ())


def _told(outcome: Outcome, text: str) -> Reply:
    return Reply(outcome, "text/plain; charset=utf-8", text.encode())


def _reason(code: int) -> str:
    """How a process ended, in words."""
    if code == -signal.SIGABRT:
        return "by itself, most likely because the query needed more memory than is allowed"
    if code < 0:
        return f"by {signal.Signals(-code).name}"
    return f"with exit code {code}"


@dataclass(eq=False, slots=True)
class _Waiter:
    """A request without a worker yet."""

    worker: asyncio.Future[_Worker]
    rank: int

    @property
    def is_suspect(self) -> bool:
        return self.rank == _SUSPECT


class _Memory:
    """How long queries took, and how many slow seconds clients had lately."""

    def __init__(self) -> None:
        self._queries: OrderedDict[bytes, float] = OrderedDict()
        self._clients: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def rank(self, query: str, client: str) -> int:
        """0 for a query known to be quick, 1 for an unknown one, 2 for one that is likely to be slow."""
        known = self._queries.get(self._key(query))
        if known is None:
            return _SUSPECT if self._debt(client) > 0 else 1
        return _SUSPECT if known > QUICK else 0

    def learn(self, query: str, client: str, seconds: float) -> None:
        """Remember what a query took; killed ones count until they were killed."""
        self._queries[self._key(query)] = seconds
        self._queries.move_to_end(self._key(query))
        if client and seconds > QUICK:
            self._clients[client] = (self._debt(client) + seconds, time.monotonic())
            self._clients.move_to_end(client)
        for held in (self._queries, self._clients):
            while len(held) > 10_000:
                held.popitem(last=False)

    def _debt(self, client: str) -> float:
        seconds, then = self._clients.get(client, (0.0, 0.0))
        return max(0.0, seconds - (time.monotonic() - then) * FORGIVEN)

    @staticmethod
    def _key(query: str) -> bytes:
        return hashlib.sha256(query.encode(errors="replace")).digest()[:16]


class _Worker:
    """One process and the two pipes to it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.is_loaded = False

    @classmethod
    async def start(cls, settings: str) -> _Worker:
        path = os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), *sys.path]))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "from kg.web.workers import _work; _work()", settings,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip
        return cls(process)

    @property
    def is_alive(self) -> bool:
        return self.process.returncode is None

    async def ready(self) -> None:
        """Returns when the store is loaded."""
        assert self.process.stdout is not None
        await self.process.stdout.readexactly(1)
        self.is_loaded = True

    async def ask(self, asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
        """One question, one answer."""
        into, out = self.process.stdin, self.process.stdout
        assert into is not None
        assert out is not None
        data = json.dumps(asked).encode()
        into.write(_LENGTH.pack(len(data)) + data)
        await into.drain()
        head = json.loads(await out.readexactly(_LENGTH.unpack(await out.readexactly(_LENGTH.size))[0]))
        return head, await out.readexactly(head["bytes"])

    async def end(self) -> None:
        """Kill it and wait for its end."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


# What a worker runs -------------------------------------------------------------------------------


def _work() -> None:
    """Load the store, close the doors, and answer until the input ends."""
    settings = json.loads(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends its workers
    out = os.dup(1)
    os.dup2(2, 1)  # a stray print would be taken for an answer
    import kg.store.mistakes
    from kg.store.graphs import BuiltGraph, turtle_text  # noqa: F401 - later there is no opening a module
    from kg.store.refusal import close_doors

    store = BuiltGraph(Path(settings["path"]), {}).store
    list(kg.store.mistakes.missed("voc:name", store))
    close_doors(settings["memory"])
    _write(out, b"+")
    while (start := _read(_LENGTH.size)) is not None:
        data = _read(_LENGTH.unpack(start)[0])
        if data is None:
            break
        if sys.platform != "win32":
            signal.setitimer(signal.ITIMER_REAL, settings["time"] + 1)
        head, body = _solve(store, json.loads(data), settings["bytes"])
        told = json.dumps({**head, "bytes": len(body)}).encode()
        _write(out, _LENGTH.pack(len(told)) + told + body)
        if sys.platform != "win32":
            signal.setitimer(signal.ITIMER_REAL, 0)


def _read(n: int) -> bytes | None:
    """Bytes of standard input, None at its end."""
    parts = []
    while n:
        part = os.read(0, n)
        if not part:
            return None
        parts.append(part)
        n -= len(part)
    return b"".join(parts)


def _write(out: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(out, view) :]


def _solve(store: Any, asked: dict[str, Any], byte_limit: int) -> tuple[dict[str, Any], bytes]:
    """Head and body of the answer to one question."""
    head: dict[str, Any] = {"outcome": "fine", "type": asked["type"], "cut": False, "rows": 0, "notes": ()}
    try:
        body = _evaluate(store, asked, byte_limit, head)
    except _Unwritable as error:
        head |= {"outcome": "unwritable", "type": "text/plain; charset=utf-8", "cut": False}
        body = str(error).encode()
    except QueryRefused as error:
        head |= {"outcome": "refused", "type": "text/plain; charset=utf-8", "cut": False}
        body = str(error).encode()
    return head, body


class _Unwritable(Exception):
    """An answer that the format asked for cannot hold."""


class _Full(Exception):
    """As many rows as may be."""


class _Rows:
    """Takes results as TSV, one row a line, until there are enough."""

    def __init__(self, row_limit: int, byte_limit: int) -> None:
        self.data = bytearray()
        self._n_lines, self._row_limit, self._byte_limit = 0, row_limit, byte_limit
        self.is_cut = False

    def write(self, data: bytes) -> int:
        self.data += data
        self._n_lines += data.count(b"\n")
        if self._n_lines > self._row_limit + 1 or len(self.data) > self._byte_limit:
            self.is_cut = True
            raise _Full
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def lines(self) -> list[bytes]:
        """The head and the rows, each with its line end."""
        whole = bytes(self.data[: self._byte_limit] if self.is_cut else self.data)
        return [line + b"\n" for line in whole.split(b"\n")[:-1][: self._row_limit + 1]]


def _evaluate(store: Any, asked: dict[str, Any], byte_limit: int, head: dict[str, Any]) -> bytes:
    """The answer in its format; `head` is told whether it is whole."""
    from pyoxigraph import NamedNode, QueryBoolean, QueryResultsFormat, QueryTriples

    from kg.store.mistakes import explain, missed
    from kg.store.refusal import read_query

    query, row_limit = asked["query"], asked["rows"]
    default, named = _dataset(asked, read_query(query).names_graphs)
    try:
        found = store.query(
            query, base_iri=vocab.BASE, prefixes=dict(vocab.PREFIXES),
            default_graph=None if default is None else [NamedNode(iri) for iri in default],
            named_graphs=None if named is None else [NamedNode(iri) for iri in named],
        )  # fmt: skip
        if isinstance(found, QueryTriples):
            body = _graph(found, head, row_limit, byte_limit)
        elif head["type"] not in RESULT_TYPES:
            raise _Unwritable(f"{head['type']} is for CONSTRUCT and DESCRIBE; this query gives rows")
        elif isinstance(found, QueryBoolean):
            head["rows"] = 1
            kind = getattr(QueryResultsFormat, RESULT_TYPES[head["type"]])
            return bytes(found.serialize(format=kind) or b"")
        else:
            body = _rows(found, head, row_limit, byte_limit)
    except SyntaxError as error:
        raise QueryRefused(explain(query, str(error))) from None
    except (OSError, RuntimeError, ValueError) as error:
        raise QueryRefused(f"SPARQL: {error}") from None
    if head.pop("empty"):
        head["notes"] = list(missed(query, store))
    return body


def _dataset(asked: dict[str, Any], names_graphs: bool) -> tuple[list[str] | None, list[str] | None]:
    """Default and named graphs; None leaves them to the query."""
    if asked["default"] is not None:
        return asked["default"], asked["named"]
    if names_graphs:
        return None, None
    iris = {name: vocab.expand(f"graph:{name}") for name in vocab.GRAPHS}
    return [iris[name] for name in vocab.DEFAULT_GRAPHS], list(iris.values())


def _rows(found: Any, head: dict[str, Any], row_limit: int, byte_limit: int) -> bytes:
    """Rows of a SELECT. They are made as TSV, which can be cut at a line, and read from there."""
    from pyoxigraph import QueryResultsFormat, parse_query_results

    taken = _Rows(row_limit, byte_limit)
    with contextlib.suppress(_Full):
        found.serialize(taken, format=QueryResultsFormat.TSV)
    lines = taken.lines()
    head["empty"] = all(not set(row.strip().split(b"\t")) - {b"", b"0"} for row in lines[1:])
    head["cut"], head["rows"] = taken.is_cut, len(lines) - 1
    kind = RESULT_TYPES[head["type"]]
    while True:
        data = b"".join(lines)
        if kind != "TSV":
            rows = parse_query_results(data, format=QueryResultsFormat.TSV)
            data = bytes(rows.serialize(format=getattr(QueryResultsFormat, kind)) or b"")
        if len(data) <= byte_limit or len(lines) < 2:
            break
        head["cut"], lines = True, lines[: 1 + int((len(lines) - 1) * byte_limit / len(data) * 0.95)]
        head["rows"] = len(lines) - 1
    if head["cut"] and kind == "JSON":
        told = {"is_cut": True, "rows": head["rows"], "note": "the first rows only; use LIMIT and OFFSET"}
        data = data[: data.rindex(b"}")] + b',"x-kg":' + json.dumps(told).encode() + b"}"
    return data


def _graph(found: Any, head: dict[str, Any], row_limit: int, byte_limit: int) -> bytes:
    """Triples of a CONSTRUCT or DESCRIBE, each once, in order."""
    from pyoxigraph import RdfFormat, serialize

    from kg.store.graphs import turtle_text

    if head["type"] not in GRAPH_TYPES:
        raise _Unwritable(f"{head['type']} is for SELECT and ASK; this query gives triples")
    triples: set[Any] = set()
    size = 0
    for triple in found:
        if triple not in triples:
            size += len(str(triple))
            if len(triples) >= row_limit or size > byte_limit:
                head["cut"] = True
                break
            triples.add(triple)
    head["rows"], head["empty"] = len(triples), not triples
    kind = GRAPH_TYPES[head["type"]]
    if kind == "TURTLE":
        return turtle_text(triples).encode()
    try:
        made = serialize(
            sorted(triples, key=str), format=getattr(RdfFormat, kind),
            prefixes=dict(vocab.PREFIXES) if kind == "RDF_XML" else None,
        )  # fmt: skip
    except ValueError as error:
        raise _Unwritable(f"{head['type']} cannot hold this answer: {error}") from None
    return bytes(made or b"")
