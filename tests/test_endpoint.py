"""The SPARQL endpoint: protocol, refusals, limits, workers that die, and what the server says of itself."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pyoxigraph
import pytest
import rdflib
from starlette.applications import Starlette
from starlette.testclient import TestClient

from kg import vocab
from kg.errors import QueryRefused
from kg.graph import Graph
from kg.store.queries import named_queries
from kg.store.refusal import read_query
from kg.web import protocol, void
from kg.web.resources import Buckets, Refused, latin, negotiate
from kg.web.workers import Busy, Pool, Reply

ROW_LIMIT = 50
BOMB = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o }"
JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
TURTLE, FORM, DIRECT = "text/turtle", "application/x-www-form-urlencoded", "application/sparql-query"


@contextmanager
def served(pool: Pool, buckets: Buckets | None = None) -> Iterator[TestClient]:
    """A client of an app around a pool."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with pool:
            yield

    held = buckets or Buckets(1e6, 1_000_000)
    routes = [*protocol.routes(pool, held), *void.routes(pool, held)]
    with TestClient(Starlette(routes=routes, lifespan=lifespan), follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="module")
def pool(tiny: Graph) -> Pool:
    return Pool(tiny.built.path, size=2, time_limit=3, row_limit=ROW_LIMIT)


@pytest.fixture(scope="module")
def client(pool: Pool) -> Iterator[TestClient]:
    with served(pool) as client:
        yield client


def ask(client: TestClient, query: str, accept: str = JSON, **more: Any) -> Any:
    return client.get("/sparql", params={"query": query, **more}, headers={"Accept": accept})


def alone(size: int, built: Path, work: Callable[[Pool], Any], **limits: Any) -> Any:
    """What an async function gets from a pool of its own."""

    async def run() -> Any:
        async with Pool(built, size, **limits) as pool:
            return await work(pool)

    return asyncio.run(run())


# The protocol -------------------------------------------------------------------------------------

PLAIN, CSV, TSV, PNG = "text/plain", "text/csv", "text/tab-separated-values", "image/png"
NT, LD, RX = "application/n-triples", "application/ld+json", "application/rdf+xml"


def at(query: str | list[tuple[str, str]]) -> str:
    return f"/sparql?{urlencode([('query', query)] if isinstance(query, str) else query)}"


def takes(kind: str) -> dict[str, str]:
    return {"Accept": kind}


def sends(kind: str) -> dict[str, str]:
    return {"Content-Type": kind}


Q = "SELECT ?e { ?e voc:name 'Treg' }"
C = "CONSTRUCT { ?e voc:name ?n } { ?e voc:name ?n } LIMIT 3"
FORMED = urlencode({"query": Q})
GRAPH = vocab.expand("graph:provenance")
CASES: list[tuple[str, str, str, dict[str, str], str | bytes | None, int, str]] = [
    # name, method, address, headers, body, status, start of the Content-Type
    ("get", "GET", at(Q), {}, None, 200, JSON),
    ("json by its short name", "GET", at(Q), takes("application/json"), None, 200, JSON),
    ("xml", "GET", at(Q), takes(XML), None, 200, XML),
    ("csv", "GET", at(Q), takes(CSV), None, 200, CSV),
    ("tsv", "GET", at(Q), takes(TSV), None, 200, TSV),
    ("quality", "GET", at(Q), takes(f"text/csv;q=0.2, {XML};q=0.9"), None, 200, XML),
    ("quality zero", "GET", at(Q), takes(f"*/*;q=0.1, {JSON};q=0"), None, 200, XML),
    ("anything", "GET", at(Q), takes("*/*"), None, 200, JSON),
    ("turtle", "GET", at(C), {}, None, 200, TURTLE),
    ("n-triples", "GET", at(C), takes(NT), None, 200, NT),
    ("json-ld", "GET", at(C), takes(LD), None, 200, LD),
    ("rdf/xml", "GET", at(C), takes(RX), None, 200, RX),
    ("describe", "GET", at("DESCRIBE CL:0000815"), takes(TURTLE), None, 200, TURTLE),
    ("form", "POST", "/sparql", sends(FORM), FORMED, 200, JSON),
    ("form in UTF-8", "POST", "/sparql", sends(f"{FORM}; charset=UTF-8"), FORMED, 200, JSON),
    ("direct", "POST", "/sparql", sends(DIRECT), Q, 200, JSON),
    ("direct with dataset", "POST", at([("default-graph-uri", GRAPH)]), sends(DIRECT), Q, 200, JSON),
    ("head", "HEAD", at(Q), {}, None, 200, JSON),
    ("options", "OPTIONS", "/sparql", {}, None, 204, ""),
    ("description", "GET", "/sparql", takes(TURTLE), None, 200, TURTLE),
    ("editor", "GET", "/sparql", takes("text/html, */*;q=0.8"), None, 303, ""),
    ("no query", "GET", "/sparql?q=1", {}, None, 400, PLAIN),
    ("no query in the form", "POST", "/sparql", sends(FORM), "", 400, PLAIN),
    ("two queries", "GET", at([("query", Q), ("query", Q)]), {}, None, 400, PLAIN),
    ("one here, one there", "POST", at(Q), sends(FORM), FORMED, 400, PLAIN),
    ("one there, one direct", "POST", at(Q), sends(DIRECT), Q, 400, PLAIN),
    ("empty", "GET", "/sparql?query=", {}, None, 400, PLAIN),
    ("syntax", "GET", at("SELCT * { ?s ?p ?o }"), {}, None, 400, PLAIN),
    ("update", "GET", at("DROP ALL"), {}, None, 400, PLAIN),
    ("update as a parameter", "POST", "/sparql", sends(FORM), "update=DROP+ALL", 400, PLAIN),
    ("update direct", "POST", "/sparql", sends("application/sparql-update"), "DROP ALL", 415, PLAIN),
    ("service", "GET", at("ASK { SERVICE <http://a> {} }"), {}, None, 400, PLAIN),
    ("no IRI as graph", "GET", at([("query", Q), ("default-graph-uri", "a b")]), {}, None, 400, PLAIN),
    ("not UTF-8 direct", "POST", "/sparql", sends(DIRECT), b"ASK { ?s ?p '\xff' }", 400, PLAIN),
    ("not UTF-8 in the address", "GET", "/sparql?query=ASK%20%7B%7D%20%23%FF", {}, None, 400, PLAIN),
    ("many parameters", "GET", "/sparql?" + "a=1&" * 300, {}, None, 400, PLAIN),
    ("put", "PUT", "/sparql", sends(DIRECT), Q, 405, PLAIN),
    ("delete", "DELETE", "/sparql", {}, None, 405, PLAIN),
    ("no such format", "GET", at(Q), takes(PNG), None, 406, PLAIN),
    ("rows as turtle", "GET", at(Q), takes(TURTLE), None, 406, PLAIN),
    ("triples as csv", "GET", at(C), takes(CSV), None, 406, PLAIN),
    ("description as image", "GET", "/sparql", takes(PNG), None, 406, PLAIN),
    ("large body", "POST", "/sparql", sends(DIRECT), Q + " " * protocol.MAX_BYTES, 413, PLAIN),
    ("large form", "POST", "/sparql", sends(FORM), "query=" + "a" * protocol.MAX_BYTES, 413, PLAIN),
    ("long address", "GET", f"/sparql?query={'+' * protocol.MAX_ADDRESS}", {}, None, 414, PLAIN),
    ("json body", "POST", "/sparql", sends("application/json"), "{}", 415, PLAIN),
    ("no type", "POST", "/sparql", {}, Q.encode(), 415, PLAIN),
    ("latin-1", "POST", "/sparql", sends(f"{DIRECT}; charset=latin-1"), Q, 415, PLAIN),
    ("time limit", "GET", at(BOMB), {}, None, 503, PLAIN),
]  # fmt: skip


@pytest.mark.parametrize(("name", "method", "address", "headers", "body", "status", "kind"), CASES)
def test_protocol(
    client: TestClient, name: str, method: str, address: str, headers: dict[str, str], body: Any,
    status: int, kind: str,
) -> None:  # fmt: skip
    found = client.request(method, address, headers=headers, content=body)
    assert (found.status_code, found.headers.get("content-type", "")[: len(kind)]) == (status, kind)
    assert found.headers["access-control-allow-origin"] == "*"
    assert ("allow" in found.headers) == (status in (204, 405))
    assert ("retry-after" in found.headers) == (status == 503)
    assert (method == "HEAD") == (status == 200 and not found.content)
    if status >= 400:
        assert len(found.text) > 10
        assert "Traceback" not in found.text


def test_formats_tell_the_same(client: TestClient, tiny: Graph) -> None:
    text = "SELECT ?e ?n ?x { ?e voc:name ?n OPTIONAL { ?e voc:none ?x } } ORDER BY ?n"
    expected = [row[1] for row in tiny.built.query(text).rows]
    assert len(expected) > 10
    as_json = ask(client, text).json()
    assert as_json["head"]["vars"] == ["e", "n", "x"]
    assert [row["n"]["value"] for row in as_json["results"]["bindings"]] == expected
    for kind, form in (
        (XML, pyoxigraph.QueryResultsFormat.XML),
        ("text/tab-separated-values", pyoxigraph.QueryResultsFormat.TSV),
    ):
        rows: Any = pyoxigraph.parse_query_results(ask(client, text, kind).content, format=form)
        assert [row["n"].value for row in rows] == expected
    lines = ask(client, text, "text/csv").text.split("\r\n")
    assert [line.split(",")[1] for line in lines[1:-1]] == expected
    graphs = [
        rdflib.Graph().parse(data=ask(client, C, kind).content, format=form)
        for kind, form in ((TURTLE, "turtle"), ("application/n-triples", "nt"),
                           ("application/ld+json", "json-ld"), ("application/rdf+xml", "xml"))
    ]  # fmt: skip
    assert len(graphs[0]) == 3
    assert all(set(graph) == set(graphs[0]) for graph in graphs)


def test_awkward_texts_survive_every_format(client: TestClient) -> None:
    values = ['a"b', "tab\there", "line\nend", "cr\rend", "back\\slash", "<&>", "", "é🫁", ","]
    listed = " ".join(str(pyoxigraph.Literal(v)) for v in values)
    text = f"SELECT ?x {{ VALUES ?x {{ {listed} }} }}"
    assert [row["x"]["value"] for row in ask(client, text).json()["results"]["bindings"]] == values
    for kind, form in (
        (XML, pyoxigraph.QueryResultsFormat.XML),
        ("text/tab-separated-values", pyoxigraph.QueryResultsFormat.TSV),
    ):
        rows: Any = pyoxigraph.parse_query_results(ask(client, text, kind).content, format=form)
        assert [row["x"].value for row in rows] == values


def test_dataset(client: TestClient) -> None:
    count = "SELECT (COUNT(*) AS ?n) %s { ?s ?p ?o }"
    named = "SELECT (COUNT(*) AS ?n) %s { GRAPH ?g { ?s ?p ?o } }"
    sizes = {}

    def n(query: str, **more: Any) -> int:
        return int(ask(client, query, **more).json()["results"]["bindings"][0]["n"]["value"])

    for name in vocab.GRAPHS:
        iri = vocab.expand(f"graph:{name}")
        sizes[name] = n(count % "", **{"default-graph-uri": iri})
        assert sizes[name] > 0
        assert n(count % f"FROM <{iri}>") == n(count % f"FROM graph:{name}") == sizes[name]
        assert n(named % f"FROM NAMED <{iri}>") == n(named % "", **{"named-graph-uri": iri}) == sizes[name]
        assert n(count % f"FROM NAMED <{iri}>") == n(named % f"FROM <{iri}>") == 0
        assert n(count % "", **{"named-graph-uri": iri}) == n(named % "", **{"default-graph-uri": iri}) == 0
        # The protocol's dataset goes before the query's.
        assert n(count % "FROM graph:provenance", **{"default-graph-uri": iri}) == sizes[name]
    assert sum(sizes[name] for name in vocab.DEFAULT_GRAPHS) >= n(count % "") > sizes["ontology"]
    assert n(named % "") == sum(sizes.values())
    both = [vocab.expand("graph:evidence"), vocab.expand("graph:provenance")]
    assert n(count % "", **{"default-graph-uri": both}) == sizes["evidence"] + sizes["provenance"]


def test_unknown_and_file_graphs_are_empty(client: TestClient, tmp_path: Path) -> None:
    secret = tmp_path / "secret.nt"
    secret.write_text("<http://a/s> <http://a/p> 'secret' .\n")
    for iri in (secret.as_uri(), f"file://{secret}", "http://nowhere.example/graph"):
        for query, more in (
            (f"SELECT * FROM <{iri}> {{ ?s ?p ?o }}", {}),
            (f"SELECT * FROM NAMED <{iri}> {{ GRAPH ?g {{ ?s ?p ?o }} }}", {}),
            (f"SELECT * {{ GRAPH <{iri}> {{ ?s ?p ?o }} }}", {}),
            ("SELECT * { ?s ?p ?o }", {"default-graph-uri": iri}),
            ("SELECT * { GRAPH ?g { ?s ?p ?o } }", {"named-graph-uri": iri}),
        ):
            found = ask(client, query, **more)
            assert found.status_code == 200
            assert found.json()["results"]["bindings"] == []


def test_mistakes_are_explained(client: TestClient) -> None:
    assert "did you mean SELECT?" in ask(client, "SELCT * { ?s ?p ?o }").text
    assert "the graph is read-only" in ask(client, "INSERT DATA { <a:a> <a:a> 1 }").text
    assert "SERVICE is refused" in ask(client, "ASK { SERVICE <http://a> {} }").text


def test_an_empty_answer_says_why(client: TestClient) -> None:
    found = ask(client, "SELECT * { ?line voc:paper ?paper }")
    assert "voc:paper stands only in graph:evidence" in found.headers["x-kg-note"]
    assert "x-kg-note" not in ask(client, Q).headers
    assert latin(["a → β\nc"]) == "a -> ? c"


def test_cut_answers_say_so(client: TestClient) -> None:
    every = "SELECT * { ?s ?p ?o }"
    found = ask(client, every)
    assert f"first {ROW_LIMIT} rows" in found.headers["x-kg-cut"]
    assert len(found.json()["results"]["bindings"]) == found.json()["x-kg"]["rows"] == ROW_LIMIT
    for kind, n_extra in (("text/csv", 1), ("text/tab-separated-values", 1)):
        cut = ask(client, every, kind)
        assert "x-kg-cut" in cut.headers
        assert len(cut.text.splitlines()) == ROW_LIMIT + n_extra
    assert ask(client, every, XML).text.count("<result>") == ROW_LIMIT
    triples = ask(client, "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", "application/n-triples")
    assert "x-kg-cut" in triples.headers
    assert len(triples.text.splitlines()) == ROW_LIMIT
    exact = ask(client, f"{every} LIMIT {ROW_LIMIT}")
    assert "x-kg-cut" not in exact.headers
    assert "x-kg" not in exact.json()


def test_bytes_are_limited(tiny: Graph) -> None:
    async def work(pool: Pool) -> list[Reply]:
        kinds = (JSON, XML, "text/csv", "text/tab-separated-values")
        return [await pool.run("SELECT * { ?s ?p ?o }", kind) for kind in kinds]

    for reply in alone(1, tiny.built.path, work, byte_limit=20_000):
        assert reply.is_cut
        assert 5_000 < len(reply.body) < 20_200
        if reply.media_type == JSON:
            assert len(json.loads(reply.body)["results"]["bindings"]) == reply.n_rows


def test_validators(client: TestClient) -> None:
    found = ask(client, Q)
    tag = found.headers["etag"]
    for held in (tag, tag.removeprefix("W/"), f'"x", {tag}', "*"):
        again = client.get("/sparql", params={"query": Q}, headers={"If-None-Match": held, "Accept": JSON})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert ask(client, Q, XML).headers["etag"] != tag
    assert ask(client, Q + " ").headers["etag"] != tag
    assert ask(client, Q, **{"default-graph-uri": GRAPH}).headers["etag"] != tag
    changed = client.get("/sparql", params={"query": Q}, headers={"If-None-Match": '"x"', "Accept": JSON})
    assert changed.status_code == 200
    posted = client.post("/sparql", data={"query": Q}, headers={"If-None-Match": tag, "Accept": JSON})
    assert posted.status_code == 200
    assert "etag" not in ask(client, "SELECT (NOW() AS ?x) {}").headers
    assert "etag" not in ask(client, "SELECT").headers


def test_one_client_is_slowed_down() -> None:
    now = [0.0]
    buckets = Buckets(2.0, 3, lambda: now[0])

    def request(host: str) -> Any:
        from starlette.requests import Request

        return Request({"type": "http", "client": (host, 1), "headers": []})

    for _ in range(3):
        buckets.take(request("a"))
    with pytest.raises(Refused) as told:
        buckets.take(request("a"))
    assert (told.value.status, told.value.headers["Retry-After"]) == (429, "1")
    buckets.take(request("b"))
    now[0] = 0.5
    buckets.take(request("a"))
    with pytest.raises(Refused):
        buckets.take(request("a"))


def test_too_many_requests(tiny: Graph) -> None:
    with served(Pool(tiny.built.path, 1), Buckets(0.1, 3)) as client:
        found = [ask(client, "ASK {}").status_code for _ in range(5)]
        assert found == [200, 200, 200, 429, 429]
        assert int(ask(client, "ASK {}").headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "a/x"), ("", "a/x"), ("b/y", "b/y"), ("a/*;q=0.1, b/y;q=0.2", "b/y"), ("*/*", "a/x"),
        ("a/x;q=0, */*;q=0.1", "a/z"), ("A/Z", "a/z"), ("a/z;level=1", "a/z"), ("b/y;q=x", "b/y"),
        ("c/c", None), ("a/x;q=0", None), ("b/y;q=0.5,a/z;q=0.5", "a/z"), ("b/y;q=nan", "b/y"),
    ],
)  # fmt: skip
def test_negotiation(accept: str | None, expected: str | None) -> None:
    assert negotiate(accept, ["a/x", "a/z", "b/y"]) == expected


# Federation ---------------------------------------------------------------------------------------

SPELLINGS = Path(__file__).resolve().parent / "sparql"
# One query a line; ⏎ stands for a line end, URL for a server that listens.
FEDERATED = (SPELLINGS / "federated.txt").read_text(encoding="utf-8").splitlines()
HARMLESS = (SPELLINGS / "harmless.txt").read_text(encoding="utf-8").splitlines()


class Listener:
    """A server on this machine that counts who calls."""

    def __init__(self) -> None:
        self.calls = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            connection.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


@pytest.fixture
def listener() -> Iterator[Listener]:
    opened = Listener()
    yield opened
    opened.close()


def spelled(line: str, url: str) -> str:
    return line.replace("⏎", "\n").replace("URL", url)


def run_bare(query: str) -> None:
    """A query by the engine alone, whatever becomes of it."""
    with suppress(SyntaxError, OSError, RuntimeError, ValueError):
        found = pyoxigraph.Store().query(query)
        if not isinstance(found, pyoxigraph.QueryBoolean):
            list(found)


def test_federation_is_refused(client: TestClient, listener: Listener) -> None:
    assert len(FEDERATED) >= 40
    for line in FEDERATED:
        found = ask(client, spelled(line, listener.url), "*/*")
        assert (found.status_code, "SERVICE is refused" in found.text) == (400, True), line
    assert listener.calls == 0


def test_the_bare_engine_would_have_called(listener: Listener) -> None:
    """What is refused is real: most of the spellings make the engine alone open a connection."""
    called = []
    for line in FEDERATED:
        before = listener.calls
        run_bare(spelled(line, listener.url))
        time.sleep(0.005)
        if listener.calls > before:
            called.append(line)
    assert len(called) >= 25
    assert "PREFIX e: <URL> SELECT * { SERVICEe:{} }" in called
    assert "SELECT * { VALUES ?x {1} VALUES ?y {2} FILTER(?x<?y)SERVICE#>⏎<URL>{} }" in called


@pytest.mark.parametrize("line", HARMLESS)
def test_words_that_only_look_like_keywords(line: str) -> None:
    assert read_query(spelled(line, "http://127.0.0.1:9/")).form == "SELECT"


def test_closed_doors_hold_where_the_check_is_fooled(listener: Listener, tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text("<a:a> <a:a> <a:a> .")
    code = f"""
import pyoxigraph, socket
from kg.store.refusal import close_doors
store = pyoxigraph.Store()
CLOSE
for url in ({listener.url!r}, "http://localhost:9999/"):
    try:
        list(store.query("SELECT * {{ SERVICE <" + url + "> {{ ?s ?p ?o }} }}"))
    except Exception as error:
        print(type(error).__name__)
for opens in (socket.socket, lambda: open({str(tmp_path / "a.nt")!r})):
    try:
        opens()
        print("opened")
    except OSError as error:
        print(error.errno)
print(sum(1 for _ in store.query("SELECT * {{ VALUES ?x {{ 1 2 }} }}")))
"""

    def run(close: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code.replace("CLOSE", close)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout.split()

    assert run("")[-3:] == ["opened", "opened", "2"]
    assert listener.calls == 1
    assert run("close_doors()")[-3:] == ["24", "24", "2"]
    assert listener.calls == 1


def test_what_a_query_is() -> None:
    assert read_query("PREFIX select: <a:> # SELECT\nASK{}").form == "ASK"
    assert read_query("BASE <a:> PREFIX e: <b:> DESCRIBEe:x").form == "DESCRIBE"
    assert read_query("SELECT * FROM <a:> {}").names_graphs
    assert read_query("SELECT * FROM NAMED<a:> {}").names_graphs
    assert read_query("PREFIX e: <a:> SELECT * FROMe:a {}").names_graphs
    assert not read_query("PREFIX from: <a:> SELECT ?from { from:a ?FROM 'FROM' }").names_graphs
    assert read_query("SELECT (RAND() AS ?x) {}").is_volatile
    assert not read_query("SELECT ?now { ?now ?p 'NOW()' }").is_volatile
    for text in ("", " # nothing\n", "DROP ALL", "PREFIX e: <a:> INSERT DATA { e:a e:a 1 }", "LOAD <a:>"):
        with pytest.raises(QueryRefused):
            read_query(text)
    with pytest.raises(QueryRefused, match="brackets"):
        read_query("ASK " + "{" * 5000 + "}" * 5000)


@pytest.mark.parametrize(
    "part", ["a.", "<a", "'''", "<a>", "<a#>\n", '"""\\', ":a.", "?a<", "<'a>", "{(", "\\u0022", "1.e", "@a-"]
)
def test_reading_takes_no_long_time(part: str) -> None:
    text = "SELECT * { ?service " + part * (60_000 // len(part)) + "}"
    start = time.perf_counter()
    with suppress(QueryRefused):
        read_query(text)
    # A read that is more than linear takes minutes; the bound leaves room for a busy machine.
    assert time.perf_counter() - start < 20


# Workers ------------------------------------------------------------------------------------------


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def until(condition: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


async def soon(condition: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        await asyncio.sleep(0.02)
    return False


def processor_time(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])


def test_a_killed_worker_costs_one_request(tiny: Graph) -> None:
    async def work(pool: Pool) -> None:
        assert await soon(lambda: len(pool.pids) == 2)
        before = pool.pids
        hit = asyncio.create_task(pool.run(BOMB, JSON))
        await asyncio.sleep(0.2)
        quick = [await pool.run(Q, JSON) for _ in range(3)]
        # Of the two, the one that burns processor time is the one at work.
        os.kill(max(before, key=processor_time), signal.SIGKILL)
        others = await asyncio.gather(*(pool.run(Q, JSON) for _ in range(10)))
        died = await hit
        assert (died.outcome, "SIGKILL" in died.text) == ("died", True)
        assert {reply.outcome for reply in [*quick, *others]} == {"fine"}
        assert await soon(lambda: len(pool.pids) == 2 and pool.pids != before)
        assert (await pool.run(Q, JSON)).outcome == "fine"

    alone(2, tiny.built.path, work, time_limit=30)


def test_a_worker_killed_while_idle_is_not_noticed(tiny: Graph) -> None:
    async def work(pool: Pool) -> None:
        assert await soon(lambda: len(pool.pids) == 2)
        for pid in pool.pids:
            os.kill(pid, signal.SIGKILL)
        assert await soon(lambda: not pool.pids)
        found = await asyncio.gather(*(pool.run(Q, JSON) for _ in range(4)))
        assert {reply.outcome for reply in found} == {"fine"}

    alone(2, tiny.built.path, work)


def test_the_endpoint_says_that_a_worker_died(client: TestClient, pool: Pool) -> None:
    """A query that the engine cannot stand ends its worker; the next one is answered."""
    assert until(lambda: len(pool.pids) == 2)
    crash = f"ASK {{ FILTER({'!' * 60_000}true) }}"
    found = client.post("/sparql", content=crash, headers=sends(DIRECT))
    assert (found.status_code, "the process that ran the query ended" in found.text) == (500, True)
    assert ask(client, Q).status_code == 200


def test_memory_is_limited(tiny: Graph) -> None:
    async def work(pool: Pool) -> list[str]:
        hungry = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?a ?h"
        return [(await pool.run(query, JSON)).outcome for query in (hungry, Q)]

    assert alone(1, tiny.built.path, work, memory_limit=200_000_000, time_limit=30) == ["died", "fine"]


def test_the_time_limit_holds(tiny: Graph) -> None:
    async def work(pool: Pool) -> None:
        before, start = pool.pids, time.monotonic()
        reply = await pool.run(BOMB, JSON)
        assert (reply.outcome, "longer than 0.5 s" in reply.text) == ("slow", True)
        assert 0.4 < time.monotonic() - start < 2
        assert (await pool.run(Q, JSON)).outcome == "fine"
        assert not set(before) & set(pool.pids)
        assert not any(map(is_running, before))

    alone(1, tiny.built.path, work, time_limit=0.5)


def test_a_full_queue_is_busy(tiny: Graph) -> None:
    async def work(pool: Pool) -> None:
        asked = [asyncio.create_task(pool.run(BOMB, JSON)) for _ in range(5)]
        found = await asyncio.gather(*asked, return_exceptions=True)
        busy = [one for one in found if isinstance(one, Busy)]
        assert len(busy) >= 2
        assert all(one.retry_after >= 1 for one in busy)
        assert (await pool.run(Q, JSON)).outcome == "fine"

    alone(1, tiny.built.path, work, time_limit=1, queue_limit=2)


def test_a_full_queue_is_503(tiny: Graph) -> None:
    with served(Pool(tiny.built.path, 1, time_limit=2, queue_limit=0)) as client:
        found: list[Any] = []
        bomb = threading.Thread(target=lambda: found.append(ask(client, BOMB)))
        bomb.start()
        time.sleep(0.5)
        refused = ask(client, Q)
        bomb.join()
        assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
        assert found[0].status_code == 503
        assert until(lambda: ask(client, Q).status_code == 200)


def test_quick_queries_pass_slow_ones(tiny: Graph) -> None:
    async def work(pool: Pool) -> float:
        bombs = [asyncio.create_task(pool.run(BOMB, JSON)) for _ in range(2)]
        await asyncio.sleep(0.1)
        start = time.monotonic()
        assert (await pool.run(Q, JSON)).outcome == "fine"
        taken = time.monotonic() - start
        for bomb in bombs:
            bomb.cancel()
        found = await asyncio.gather(*bombs, return_exceptions=True)
        assert any(isinstance(one, Busy) for one in found)
        return taken

    assert alone(2, tiny.built.path, work, time_limit=20) < 5


def test_slow_queries_and_clients_wait_for_each_other(tiny: Graph) -> None:
    """Once a query is known to be slow, or its client to ask such, one worker is kept from them."""

    async def work(pool: Pool) -> None:
        assert await soon(lambda: len(pool.pids) == 2)
        assert (await pool.run(BOMB, JSON, client="a")).outcome == "slow"
        assert await soon(lambda: len(pool.pids) == 2)
        asked = [(BOMB, "b"), (BOMB, "c"), (BOMB + " ", "a"), (BOMB + "  ", "a")]
        bombs = [asyncio.create_task(pool.run(query, JSON, client=client)) for query, client in asked]
        await asyncio.sleep(0.2)
        for query, client in ((Q, "b"), (Q + " ", "b"), (Q, "a")):  # known ones also of a slow client
            start = time.monotonic()
            assert (await pool.run(query, JSON, client=client)).outcome == "fine"
            assert time.monotonic() - start < 0.5
        found = await asyncio.gather(*bombs, return_exceptions=True)
        assert sum(isinstance(one, Reply) and one.outcome == "slow" for one in found) >= 1
        assert all(isinstance(one, Busy) or one.outcome == "slow" for one in found)  # type: ignore[union-attr]

    alone(2, tiny.built.path, work, time_limit=1.5)


def test_a_request_given_up_frees_its_worker(tiny: Graph) -> None:
    async def work(pool: Pool) -> None:
        before = pool.pids
        bomb = asyncio.create_task(pool.run(BOMB, JSON))
        await asyncio.sleep(0.2)
        bomb.cancel()
        with pytest.raises(asyncio.CancelledError):
            await bomb
        assert (await pool.run(Q, JSON)).outcome == "fine"
        assert not set(before) & set(pool.pids)

    alone(1, tiny.built.path, work, time_limit=30)


def test_a_client_that_goes_away_frees_its_worker(tiny: Graph) -> None:
    async def work(pool: Pool) -> None:
        (route,) = protocol.routes(pool)
        sent: list[Any] = []
        arrived = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive() -> Any:
            if (message := next(arrived, None)) is not None:
                return message
            await asyncio.sleep(0.3)
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        query = urlencode({"query": BOMB}).encode()
        scope = {"type": "http", "method": "GET", "path": "/sparql", "query_string": query, "headers": []}
        before, start = pool.pids, time.monotonic()
        await route.app(scope, receive, send)
        assert time.monotonic() - start < 2
        assert sent[0]["status"] == 503
        assert (await pool.run(Q, JSON)).outcome == "fine"
        assert not set(before) & set(pool.pids)

    alone(1, tiny.built.path, work, time_limit=20)


def test_nothing_is_left_behind(tiny: Graph) -> None:
    seen: list[int] = []

    async def work(pool: Pool) -> None:
        assert pool.is_ready
        assert await soon(lambda: len(pool.pids) == 3)
        seen.extend(pool.pids)
        bombs = [asyncio.create_task(pool.run(BOMB, JSON)) for _ in range(2)]
        await asyncio.sleep(0.1)
        for bomb in bombs:
            bomb.cancel()
        seen.extend(pool.pids)

    alone(3, tiny.built.path, work)
    assert until(lambda: not any(map(is_running, seen)))


def test_workers_end_when_the_server_is_killed(tiny: Graph) -> None:
    code = f"""
import asyncio
from pathlib import Path
from kg.web.workers import Pool
async def main():
    async with Pool(Path({str(tiny.built.path)!r}), 2, time_limit=1) as pool:
        while len(pool.pids) < 2: await asyncio.sleep(.01)
        asyncio.create_task(pool.run({BOMB!r}, {JSON!r}))
        await asyncio.sleep(.3)
        print(*pool.pids, flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        pids = [int(pid) for pid in server.stdout.readline().split()]
        server.kill()
    assert len(pids) == 2
    assert until(lambda: not any(map(is_running, pids)))


# What the server says of itself -------------------------------------------------------------------


def test_service_description(client: TestClient) -> None:
    found = rdflib.Graph().parse(data=client.get("/sparql", headers={"Accept": TURTLE}).text)
    rows: Any = found.query(
        "PREFIX sd: <http://www.w3.org/ns/sparql-service-description#> SELECT ?e ?g ?f "
        "{ ?s a sd:Service ; sd:endpoint ?e ; sd:resultFormat ?f . "
        "?s sd:defaultDataset/sd:namedGraph/sd:name ?g }"
    )
    told = list(rows)
    assert {str(row.e) for row in told} == {"http://testserver/sparql"}
    assert {vocab.compress(str(row.g)) for row in told} == {f"graph:{name}" for name in vocab.GRAPHS}
    assert len({row.f for row in told}) == 8
    people = client.get("/sparql", headers={"Accept": "text/html"})
    assert (people.status_code, people.headers["location"]) == (303, "http://testserver/#/sparql")


def test_void_counts_what_is_there(client: TestClient, tiny: Graph) -> None:
    found = client.get("/.well-known/void")
    told = rdflib.Graph().parse(data=found.text)
    as_json = client.get("/.well-known/void", headers={"Accept": "application/ld+json"})
    assert set(rdflib.Graph().parse(data=as_json.text, format="json-ld")) == set(told)
    ns = rdflib.Namespace(vocab.WEB_PREFIXES["void"])
    store = tiny.built.store
    for name in vocab.GRAPHS:
        iri = vocab.expand(f"graph:{name}")
        node: Any = rdflib.URIRef(iri)
        quads = list(store.quads_for_pattern(None, None, None, pyoxigraph.NamedNode(iri)))
        assert int(told.value(node, ns.triples)) == len(quads)
        assert int(told.value(node, ns.distinctSubjects)) == len({q.subject for q in quads})
        parts = [int(told.value(p, ns.triples)) for p in told.objects(node, ns.propertyPartition)]
        assert sum(parts) == len(quads)
        assert len(parts) == int(told.value(node, ns.properties)) == len({q.predicate for q in quads})
    (whole,) = told.subjects(ns.sparqlEndpoint, rdflib.URIRef("http://testserver/sparql"))
    assert set(map(str, told.objects(whole, rdflib.DCTERMS.license))) == set(vocab.LICENCES.values())
    example = str(next(told.objects(whole, ns.exampleResource))).removeprefix("http://testserver")
    assert client.get(example).status_code == 200
    again = client.get("/.well-known/void", headers={"If-None-Match": found.headers["etag"]})
    assert again.status_code == 304
    assert client.get("/.well-known/void", headers={"Accept": "image/png"}).status_code == 406
    assert client.post("/.well-known/void").status_code == 405


def test_examples_run(client: TestClient) -> None:
    told = rdflib.Graph().parse(data=client.get("/.well-known/sparql-examples").text)
    sh = rdflib.Namespace(vocab.WEB_PREFIXES["sh"])
    found = {str(node).rpartition("#")[2]: str(text) for node, text in told.subject_objects(sh.select)}
    assert found == {query.name: query.text for query in named_queries()}
    declared = list(told.objects(None, sh.declare))
    head = "".join(f"PREFIX {told.value(d, sh.prefix)}: <{told.value(d, sh.namespace)}>\n" for d in declared)
    for text in found.values():
        pyoxigraph.Store().query(head + text)  # every prefix that they need is declared


def test_entities(client: TestClient) -> None:
    found = client.get("/id/Treg")
    told = rdflib.Graph().parse(data=found.text)
    treg = rdflib.URIRef(vocab.expand("CL:0000815"))
    assert str(told.value(treg, rdflib.URIRef(vocab.expand("voc:name")))) == "Treg"
    assert list(told.subjects(rdflib.RDF.object, treg)) or list(told.subjects(rdflib.RDF.subject, treg))
    for other in ("CL:0000815", "regulatory%20T%20cell"):
        assert client.get(f"/id/{other}").content == found.content
    for kind, form in (("application/ld+json", "json-ld"), ("application/n-triples", "nt")):
        other = client.get("/id/Treg", headers={"Accept": kind})
        assert set(rdflib.Graph().parse(data=other.text, format=form)) == set(told)
    page = client.get(f"/id/{quote('TGF-β1')}", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "http://testserver/#/entity/TGF-beta")
    assert client.get("/id/Treg", headers={"Accept": "image/png"}).status_code == 406
    assert client.head("/id/Treg").content == b""


@pytest.mark.parametrize(
    "name", ["Tregg", "%22%20.%20?s%20?p%20?o%20%23", "a%3E%20b", "x/y", "CL:%3E", "%F0%9F%AB%81", "PMID:1"]
)
def test_unknown_entities(client: TestClient, name: str) -> None:
    for kind, form in ((TURTLE, "turtle"), (LD, "json-ld"), (RX, "xml")):
        found = client.get(f"/id/{name}", headers={"Accept": kind})
        assert (found.status_code, found.headers["content-type"].split(";")[0]) == (404, kind)
        assert "no entity is called" in found.headers["x-kg-note"]
        rdflib.Graph().parse(data=found.text, format=form)
    people = client.get(f"/id/{name}", headers={"Accept": "text/html"})
    assert people.status_code == 404
    assert ("did you mean 'Treg'" in people.text) == (name == "Tregg")


# The W3C's own tests ------------------------------------------------------------------------------


@pytest.mark.skipif("KG_W3C_TESTS" not in os.environ, reason="KG_W3C_TESTS names no folder of W3C tests")
def test_w3c_results_are_as_written() -> None:
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run(
        [sys.executable, str(root / "scripts/sparql_conformance.py"), os.environ["KG_W3C_TESTS"], "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
