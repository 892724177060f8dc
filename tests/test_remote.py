"""SPARQL endpoints elsewhere: our own server, Virtuoso, and what is none."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kg.cli import main
from kg.errors import BadInput, EndpointFailed, QueryRefused, QueryTooSlow
from kg.graph import Graph
from kg.mechanism.query import PathQuery
from kg.store.remote import JSON, Endpoint, remote_paths
from tests.virtuoso import is_here, virtuoso

ASK = "ASK { ?s ?p ?o }"

QUESTIONS = [
    "MSC fibrosis --via Treg --sign -",
    "MSC death --disease sepsis --max-length 3",
    "MSC 'pulmonary edema' --species mouse --max-length 3",
    "MSC death --route intravenous --max-length 2",
    "'MSC > mediator > immune cell > fibrosis'",
    "MSC fibrosis --avoid Treg --sign - --max-length 3",
    "MSC 'lung inflammation' --until 2014 --max-length 3",
]


def run(*words: str) -> Result:
    done = CliRunner().invoke(main, list(words))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@contextmanager
def serving(built: Path) -> Iterator[str]:
    """The address of `kg serve` with a build."""
    command = [sys.executable, "-m", "kg.cli", "--graph", str(built), "serve", "--port", "0", "--no-log"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split(" is at ")[1].split()[0]
        try:
            yield f"{address}sparql"
        finally:
            process.terminate()
            process.communicate(timeout=30)


@pytest.fixture(scope="module")
def ours(real: Graph) -> Iterator[str]:
    with serving(real.built.path) as url:
        yield url


def compare_paths(g: Graph, url: str) -> None:
    for line in QUESTIONS:
        found, is_cut = remote_paths(Endpoint(url, 120), g.sparql(PathQuery.parse(line)))
        wanted = {(tuple(s.id for s in p.steps), str(p.sign)) for p in g.paths(line)}
        assert wanted
        assert not is_cut
        assert {(p.statements, p.sign) for p in found} == wanted, line


def test_our_own_endpoint_gives_the_same_paths(real: Graph, ours: str) -> None:
    compare_paths(real, ours)


@pytest.mark.slow
@pytest.mark.skipif(not is_here(), reason="Virtuoso is not installed: apt install virtuoso-opensource-7-bin")
def test_virtuoso_gives_the_same_paths(real: Graph, tmp_path: Path) -> None:
    with virtuoso(real.built.path, tmp_path) as url:
        compare_paths(real, url)
        with pytest.raises(QueryRefused, match=r"refuses the query: .*syntax error"):
            Endpoint(url).query("SELECT nonsense")


def test_paths_of_an_endpoint_on_the_command_line(real: Graph, ours: str) -> None:
    words = (
        "--graph",
        str(real.built.path),
        "paths",
        "MSC",
        "fibrosis",
        "--via",
        "Treg",
        "--max-length",
        "2",
    )
    here, there = (json.loads(run(*words, *more, "--json").stdout) for more in ((), ("--endpoint", ours)))

    def told(paths: list[dict[str, object]]) -> set[str]:
        steps = ("statement_id", "subject", "predicate", "sign", "object", "papers")
        return {json.dumps([p["sign"], [[s[k] for k in steps] for s in p["steps"]]]) for p in paths}

    assert told(there) == told(here)
    cards = run(*words, "--endpoint", ours, "--limit", "1").stdout
    assert f"1 of {len(here)} path(s) of at most 2 steps, from {ours}" in cards
    table = run(*words, "--endpoint", ours, "--tsv").stdout.splitlines()
    assert len(table) == len(here) + 1
    assert table[0].startswith("rank\tsign\t")
    none = run(
        "--graph", str(real.built.path), "paths", "death", "MSC", "--max-length", "1", "--endpoint", ours
    )
    assert (none.exit_code, none.stdout) == (1, "")
    assert "no path at" in none.stderr
    both = run(*words, "--endpoint", ours, "--engine", "duckdb://x")
    assert both.exit_code == 2


def test_queries_go_to_an_endpoint(real: Graph, ours: str) -> None:
    words = ("--graph", str(real.built.path), "query", "msc-to-treg-to-fibrosis")
    here, there = (run(*words, *more, "--tsv").stdout for more in ((), ("--endpoint", ours)))
    assert here == there
    assert here.count("\n") > 2
    cut = run(*words, "--endpoint", ours, "--row-limit", "1", "--tsv")
    assert "cut at 1 rows" in cut.stderr
    assert Endpoint(ours).query(ASK).rows == (("true",),)
    assert "@prefix" in Endpoint(ours).turtle("CONSTRUCT { ?s a ?c } WHERE { ?s a ?c } LIMIT 3")
    with pytest.raises(QueryRefused, match="refuses the query"):
        Endpoint(ours).query("SELECT nonsense")


# What is no endpoint ------------------------------------------------------------------------------


@contextmanager
def pretending(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """The address of a server that answers so."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/sparql"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def says(
    body: bytes, kind: str = JSON, status: int = 200, **headers: str
) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        if kind:
            handler.send_header("Content-Type", kind)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


WRONG = [
    (
        says(b"<html>", "text/html"),
        EndpointFailed,
        "answers with text/html, not with application/sparql-results",
    ),
    (says(b"{", JSON), EndpointFailed, "JSON that is no SPARQL result"),
    (says(b'{"head": {}}', JSON), EndpointFailed, "JSON that is no SPARQL result"),
    (says(b"[]", "application/json"), EndpointFailed, "JSON that is no SPARQL result"),
    (says(b"", ""), EndpointFailed, "answers with no content type"),
    (says(b"<h1>", "text/html", 404), EndpointFailed, r"no SPARQL endpoint at .*\(HTTP 404\)"),
    (says(b"", "", 401), EndpointFailed, r"lets only those in whom it knows \(HTTP 401\)"),
    (says(b"out of memory", "text/plain", 500), EndpointFailed, "fails with HTTP 500: out of memory"),
    (says(b"bad word", "text/plain", 400), QueryRefused, "refuses the query: bad word"),
    (
        says(b"", "", 308, Location="http://x.example/sparql"),
        EndpointFailed,
        "has moved to http://x.example/sparql",
    ),
]


@pytest.mark.parametrize(("answer", "error", "message"), WRONG, ids=[message for *_, message in WRONG])
def test_what_is_no_endpoint_is_said(
    answer: Callable[[BaseHTTPRequestHandler], None], error: type[Exception], message: str
) -> None:
    with pretending(answer) as url, pytest.raises(error, match=message):
        Endpoint(url, 5).query(ASK)


def test_an_endpoint_that_is_slow_is_given_up() -> None:
    def never(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(1.5)

    def drop_by_drop(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", JSON)
        handler.end_headers()
        try:
            for _ in range(30):
                handler.wfile.write(b" ")
                time.sleep(0.05)
        except OSError:
            pass

    for answer in (never, drop_by_drop):
        with pretending(answer) as url, pytest.raises(QueryTooSlow, match=r"longer than 0\.5 s"):
            Endpoint(url, 0.5).query(ASK)


def test_an_endpoint_that_is_not_there_is_said() -> None:
    with pytest.raises(EndpointFailed, match=r"cannot reach .*: Connection refused"):
        Endpoint("http://127.0.0.1:1/sparql").query(ASK)
    for url in ("ftp://example.org", "example.org/sparql", "http://"):
        with pytest.raises(BadInput, match="an address is wanted"):
            Endpoint(url)
    with pretending(says(b'{"head": {"vars": ["x"]}, "results": {"bindings": []}}')) as url:
        assert Endpoint(url).query(ASK).rows == ()
        with pytest.raises(EndpointFailed, match="other columns than were asked for: x"):
            remote_paths(Endpoint(url), ASK)
