"""Load on the SPARQL endpoint: small queries alone, and beside queries that never end.

    python -m benchmarks.endpoint CLIENTS SECONDS [BOMBS [same]]

A server of its own, on the project graph, with two workers; each client asks one query after another over one
connection. With BOMBS, so many further clients send nothing but queries that never end, each time another
one, and from addresses of their own; `same`: from the address of the small ones.
"""

from __future__ import annotations

import http.client
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from kg.build import open_graph

SMALL = (
    "SELECT ?e { ?e voc:name 'Treg' }",
    "SELECT ?p ?o { ?e voc:name 'MSC' ; ?p ?o } LIMIT 50",
    "SELECT ?n (COUNT(*) AS ?c) { ?e voc:category ?n } GROUP BY ?n",
    "SELECT ?year (COUNT(?p) AS ?n) { GRAPH graph:provenance { ?p voc:year ?year } } GROUP BY ?year",
    "ASK { ?a rel:increases ?b . ?b rel:decreases ?c }",
)
BOMB = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
WORKERS, TIME_LIMIT = 2, 5.0


@dataclass
class Load:
    """What came back: seconds of each answer by status, one list for each kind of client."""

    seconds: float = 0.0
    taken: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: {"small": [], "bomb": []})

    def percentile(self, kind: str, share: float) -> float:
        times = sorted(t for status, t in self.taken[kind] if status == 200)
        return times[min(len(times) - 1, int(share * len(times)))] if times else float("nan")

    def statuses(self, kind: str) -> dict[int, int]:
        return dict(sorted(Counter(status for status, _ in self.taken[kind]).items()))

    def rate(self, kind: str) -> float:
        return sum(status == 200 for status, _ in self.taken[kind]) / self.seconds


def serve() -> None:
    """What the server process runs: the endpoint alone."""
    import uvicorn
    from starlette.applications import Starlette

    from kg.web import protocol
    from kg.web.resources import Buckets
    from kg.web.workers import Pool

    pool = Pool(Path(sys.argv[1]), WORKERS, TIME_LIMIT)

    @asynccontextmanager
    async def lifespan(app: Starlette):  # type: ignore[no-untyped-def]
        async with pool:
            yield

    app = Starlette(routes=protocol.routes(pool, Buckets(1e6, 10**6)), lifespan=lifespan)
    uvicorn.run(app, port=int(sys.argv[2]), log_level="critical")


@contextmanager
def server(built: Path) -> Iterator[tuple[int, int]]:
    """Port and process id of a running endpoint."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    code = "from benchmarks.endpoint import serve; serve()"
    process = subprocess.Popen([sys.executable, "-c", code, str(built), str(port)])
    try:
        for _ in range(300):
            try:
                if ask(http.client.HTTPConnection("127.0.0.1", port, timeout=60), "ASK {}") == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def ask(connection: http.client.HTTPConnection, query: str) -> int:
    """Status of an answer, read to its end."""
    connection.request("GET", f"/sparql?query={quote(query)}")
    response = connection.getresponse()
    response.read()
    return response.status


def run(port: int, clients: int, seconds: float, bombs: int = 0, are_apart: bool = True) -> Load:
    """So many clients for so long."""
    load = Load()
    end = time.monotonic() + seconds

    def client(kind: str, queries: tuple[str, ...], start: int) -> None:
        own = f"127.0.0.{2 + start}" if kind == "bomb" and are_apart else "127.0.0.1"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=(own, 0))
        i = start
        while time.monotonic() < end:
            then = time.perf_counter()
            try:
                query = queries[i % len(queries)]
                status = ask(connection, f"{query} #{start}-{i}" if kind == "bomb" else query)
            except (OSError, http.client.HTTPException):
                connection.close()
                status = 0
            load.taken[kind].append((status, time.perf_counter() - then))
            i += 1
        connection.close()

    threads = [threading.Thread(target=client, args=("small", SMALL, i)) for i in range(clients)]
    threads += [threading.Thread(target=client, args=("bomb", (BOMB,), i)) for i in range(bombs)]
    then = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads[:clients]:
        thread.join()
    load.seconds = time.monotonic() - then
    for thread in threads[clients:]:
        thread.join()
    return load


def processes(pid: int) -> tuple[int, float]:
    """Number of workers of a server, and resident memory of it and them, in MB."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    pages = 0
    for one in (str(pid), *children):
        try:
            pages += int(Path(f"/proc/{one}/statm").read_text().split()[1])
        except (OSError, IndexError):
            continue  # it has just ended
    return len(children), pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure(built: Path, clients: int = 8, seconds: float = 5.0) -> list[tuple[str, float, str, str]]:
    """(name, value, unit, target) of small queries alone, and with ten clients that send bombs."""
    rows: list[tuple[str, float, str, str]] = []
    with server(built) as (port, pid):
        run(port, clients, 1.0)
        for bombs, with_them in ((0, "alone"), (10, "with 10 bombs")):
            load = run(port, clients, seconds, bombs)
            name = f"SPARQL endpoint, {clients} clients {with_them}"
            rows += [
                (f"{name}: answers", load.rate("small"), "1/s", ""),
                (f"{name}: median", load.percentile("small", 0.5) * 1e3, "ms", ""),
                (f"{name}: 95th percentile", load.percentile("small", 0.95) * 1e3, "ms", ""),
                (f"{name}: errors", float(sum(s != 200 for s, _ in load.taken["small"])), "", "0"),
            ]
        rows.append(("SPARQL endpoint: memory of server and workers", processes(pid)[1], "MB", ""))
    return rows


def main() -> None:
    clients, seconds = int(sys.argv[1]), float(sys.argv[2])
    bombs = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    with server(open_graph().path) as (port, pid):
        run(port, clients, 1.0)
        n, memory = processes(pid)
        print(f"before: {n} workers, {memory:.0f} MB")
        load = run(port, clients, seconds, bombs, are_apart="same" not in sys.argv)
        for kind in ("small", "bomb"):
            if load.taken[kind]:
                good = [t for status, t in load.taken[kind] if status == 200]
                print(
                    f"{kind}: {load.rate(kind):.0f} answers/s, "
                    f"p50 {load.percentile(kind, 0.5) * 1e3:.1f} ms, "
                    f"p95 {load.percentile(kind, 0.95) * 1e3:.1f} ms, "
                    f"longest {max(good, default=float('nan')) * 1e3:.0f} ms, "
                    f"mean {statistics.fmean(good or [float('nan')]) * 1e3:.1f} ms; "
                    f"by status {load.statuses(kind)}"
                )
        time.sleep(2)
        n, memory = processes(pid)
        print(f"after: {n} workers, {memory:.0f} MB")


if __name__ == "__main__":
    main()
