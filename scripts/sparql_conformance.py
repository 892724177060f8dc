"""Run the W3C's SPARQL tests against the endpoint and write docs/sparql-conformance.md.

    python scripts/sparql_conformance.py FOLDER           # the unpacked `sparql` folder of w3c/rdf-tests
    python scripts/sparql_conformance.py FOLDER --check   # exit 1 when the page would change

Protocol and service description go through the routes of `kg.web`; evaluation and syntax through the code of
a worker, over the data of each test in place of a build.
"""

from __future__ import annotations

import csv
import difflib
import io
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import rdflib
from rdflib.collection import Collection
from starlette.applications import Starlette
from starlette.testclient import TestClient

from kg import vocab
from kg.store.refusal import read_query
from kg.web import protocol, void
from kg.web.resources import GRAPHS, Buckets
from kg.web.workers import Pool, _solve

PAGE = Path(__file__).resolve().parents[1] / "docs" / "sparql-conformance.md"
MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT = rdflib.Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
HT = rdflib.Namespace("http://www.w3.org/2011/http#")
CNT = rdflib.Namespace("http://www.w3.org/2011/content#")
RS = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
XSD = str(rdflib.XSD)
FORMATS = {".ttl": ox.RdfFormat.TURTLE, ".nt": ox.RdfFormat.N_TRIPLES, ".rdf": ox.RdfFormat.RDF_XML,
           ".trig": ox.RdfFormat.TRIG, ".nq": ox.RdfFormat.N_QUADS}  # fmt: skip
RESULTS = {".srx": ox.QueryResultsFormat.XML, ".srj": ox.QueryResultsFormat.JSON,
           ".tsv": ox.QueryResultsFormat.TSV}  # fmt: skip
GROUPS = {
    "QueryEvaluationTest": "evaluation", "CSVResultFormatTest": "evaluation",
    "PositiveSyntaxTest": "syntax", "PositiveSyntaxTest11": "syntax", "NegativeSyntaxTest": "syntax",
    "NegativeSyntaxTest11": "syntax", "ProtocolTest": "protocol", "ServiceDescriptionTest": "description",
}  # fmt: skip
SKIPPED = {
    "entailment": "asks for entailment regimes; what follows is in the graph `inferred` beforehand",
    "http-rdf-update": "Graph Store Protocol: a way to write",
    "graph-store-protocol": "Graph Store Protocol: a way to write",
}
"""Folders left out, and why. Tests of updates are left out wherever they stand."""

NUMBERS = ("decimal", "double", "float")
INTEGERS = (
    "integer", "int", "long", "short", "byte", "negativeInteger", "nonNegativeInteger", "positiveInteger",
    "nonPositiveInteger", "unsignedInt",
)  # fmt: skip

REFUSED, READ_ONLY = "by design: SERVICE is refused", "by design: updates are refused, the graph is read-only"
GRAPH_SCOPE = "the engine's own way with the variable of GRAPH"
BY_VALUE = "the engine keeps numbers, truth values and dates by value, so spellings fall together"
REASONS = (
    ("protocol: update", READ_ONLY), ("update_base_uri", READ_ONLY),
    ("service: ", REFUSED), ("syntax-fed: ", REFUSED),
    ("custom function", "the syntax is right; nobody has defined the function, and the engine says so"),
    ("distinct: ", BY_VALUE), ("str-", BY_VALUE), ("sameterm", BY_VALUE), ("equality 1-", BY_VALUE),
    ("grouping: group-1", BY_VALUE), ("open-eq-01", BY_VALUE),
    ("date-", "the engine compares dates with and without a time zone"),
    ("csv03", "the engine writes 1.0e6 as 1000000"),
    ("empty dataset", "the engine starts no path at a term that stands nowhere in the data"),
    ("graph: ", GRAPH_SCOPE), ("inside of graph", GRAPH_SCOPE), ("inside graph", GRAPH_SCOPE),
    ("outer graph", GRAPH_SCOPE),
    ("bnode(str)", "in the engine the same text gives the same blank node in every row"),
    ("group_concat", "the engine's GROUP_CONCAT gives plain text"),
    ("is accepted", "the engine reads more than the grammar"),
    ("sparql line", "the engine reads less than the grammar"),
)  # fmt: skip
"""Part of a failure's description → why it stands so. The first that fits."""


@dataclass(frozen=True)
class Outcome:
    """One test: where it stands, and why it failed (empty when it passed)."""

    suite: str
    group: str
    name: str
    why: str


def local(iri: Any) -> str:
    return str(iri).rpartition("#")[2]


def path_of(iri: Any) -> Path:
    return Path(str(iri).removeprefix("file://"))


# Evaluation ---------------------------------------------------------------------------------------


def term_key(term: Any) -> Any:
    """A term that compares by value: numbers, truth values and times in UTC have several spellings."""
    if isinstance(term, ox.Triple):
        return ox.Triple(term.subject, term.predicate, term_key(term.object))
    if not isinstance(term, ox.Literal) or not term.datatype.value.startswith(XSD):
        return term
    kind, value = term.datatype.value.removeprefix(XSD), term.value
    if kind in (*NUMBERS, *INTEGERS):
        with suppress(ValueError):
            datatype = ox.NamedNode(XSD + ("integer" if kind in INTEGERS else kind))
            return ox.Literal(f"{float(value):.10g}", datatype=datatype)
    if kind == "boolean":
        return ox.Literal({"0": "false", "1": "true"}.get(value, value), datatype=term.datatype)
    if kind in ("date", "dateTime", "time"):
        return ox.Literal(value.replace("+00:00", "Z"), datatype=term.datatype)
    return term


def canonical(rows: list[list[tuple[str, Any]]]) -> list[str]:
    """Rows as quads with canonical labels of blank nodes; equal for the same answer."""
    dataset = ox.Dataset()
    keyed = sorted(rows, key=lambda row: [(name, str(term)) for name, term in row if "_:" not in str(term)])
    for i, row in enumerate(keyed):
        node = ox.BlankNode(f"row{i}")
        dataset.add(ox.Quad(node, ox.NamedNode("r:row"), ox.Literal("row")))
        for name, term in row:
            dataset.add(ox.Quad(node, ox.NamedNode(f"v:{name}"), term_key(term)))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return sorted(map(str, dataset))


def rows_of(found: Any) -> list[list[tuple[str, Any]]]:
    names = [v.value for v in found.variables]
    return [[(n, row[n]) for n in names if row[n] is not None] for row in found]


def rows_of_result_set(path: Path) -> Any:
    """Rows, or a truth value, of a result written in RDF."""
    graph = rdflib.Graph().parse(path)
    (node,) = graph.subjects(rdflib.RDF.type, RS.ResultSet)
    if (truth := graph.value(node, RS.boolean)) is not None:
        return bool(truth.toPython())
    rows = []
    for solution in graph.objects(node, RS.solution):
        row = []
        for binding in graph.objects(solution, RS.binding):
            value: Any = graph.value(binding, RS.value)
            if isinstance(value, rdflib.URIRef):
                term: Any = ox.NamedNode(str(value))
            elif isinstance(value, rdflib.BNode):
                term = ox.BlankNode(str(value))
            elif value.language:
                term = ox.Literal(str(value), language=value.language)
            else:
                datatype = ox.NamedNode(str(value.datatype)) if value.datatype else None
                term = ox.Literal(str(value), datatype=datatype)
            row.append((str(graph.value(binding, RS.variable)), term))
        rows.append(row)
    return rows


def load(store: ox.Store, path: Path, graph: str) -> None:
    form = FORMATS[path.suffix]
    into = ox.NamedNode(graph)
    base = path.as_uri()
    for quad in ox.parse(path.read_bytes(), form, base_iri=base, rename_blank_nodes=True):
        if form in (ox.RdfFormat.TRIG, ox.RdfFormat.N_QUADS) and quad.graph_name != ox.DefaultGraph():
            store.add(quad)
        else:
            store.add(ox.Quad(quad.subject, quad.predicate, quad.object, into))


def solved(store: ox.Store, query: str, path: Path, kind: str, dataset: Any) -> tuple[dict[str, Any], bytes]:
    asked = {
        "query": f"BASE <{path.as_uri()}>\n{query}", "type": kind, "rows": 1_000_000,
        "default": dataset and dataset[0], "named": dataset and dataset[1],
    }  # fmt: skip
    return _solve(store, asked, 1_000_000_000)


def evaluated(manifest: rdflib.Graph, test: Any) -> str:
    """Why an evaluation test fails, empty when it passes."""
    action, wanted = manifest.value(test, MF.action), path_of(manifest.value(test, MF.result))
    path = path_of(manifest.value(action, QT.query))
    store = ox.Store()
    default = [str(iri) for iri in manifest.objects(action, QT.data)]
    named = [str(iri) for iri in manifest.objects(action, QT.graphData)]
    for iri in {*default, *named}:
        load(store, path_of(iri), iri)
    if any(path_of(iri).suffix in (".trig", ".nq") for iri in default):
        named += [g.value for g in store.named_graphs() if g.value not in default]
    query = path.read_text(encoding="utf-8")
    dataset: Any = (default, named) if default or named else ([], [])
    if read_query(query).names_graphs:
        dataset = None  # the query names its data
        for name in path.parent.iterdir():
            if name.suffix in FORMATS and f"<{name.name}>" in query:
                load(store, name, name.as_uri())
    if wanted.suffix in (".ttl", ".rdf", ".nt") and "ResultSet" not in wanted.read_text():
        head, body = solved(store, query, path, "application/n-triples", dataset)
        if head["outcome"] != "fine":
            return body.decode()
        found = ox.Dataset(ox.parse(body, ox.RdfFormat.N_TRIPLES))
        expected = ox.Dataset(ox.parse(wanted.read_bytes(), FORMATS[wanted.suffix], base_iri=wanted.as_uri()))
        for one in (found, expected):
            one.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
        return "" if found == expected else f"{len(found)} triples, other than the {len(expected)} expected"
    if wanted.suffix == ".csv":
        head, body = solved(store, query, path, "text/csv", dataset)
        texts = [
            list(csv.reader(io.StringIO(text.decode(), newline=""))) for text in (body, wanted.read_bytes())
        ]
        # Blank nodes have labels of their own, so only their places are compared.
        plain = [
            sorted(
                str(sorted(zip(t[0], ["_:" if c[:2] == "_:" else c for c in row], strict=False)))
                for row in t[1:]
            )
            for t in texts
        ]
        return "" if plain[0] == plain[1] else f"{head['outcome']}: other cells than expected"
    head, body = solved(store, query, path, "application/sparql-results+json", dataset)
    if head["outcome"] != "fine":
        return body.decode()
    answer: Any = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
    if wanted.suffix in RESULTS:
        expected_rows: Any = ox.parse_query_results(wanted.read_bytes(), format=RESULTS[wanted.suffix])
    else:
        expected_rows = rows_of_result_set(wanted)
    if isinstance(answer, ox.QueryBoolean):
        return "" if bool(answer) == bool(expected_rows) else f"says {bool(answer)}"
    rows = rows_of(answer)
    expected_rows = expected_rows if isinstance(expected_rows, list) else rows_of(expected_rows)
    if "reduced" in str(path):
        rows, expected_rows = (
            [list(r) for r in {tuple(row) for row in some}] for some in (rows, expected_rows)
        )
    if canonical(rows) == canonical(expected_rows):
        return ""
    return f"{len(rows)} rows, other than the {len(expected_rows)} expected"


def syntax(manifest: rdflib.Graph, test: Any, is_right: bool) -> str:
    path = path_of(manifest.value(test, MF.action))
    try:
        query = path.read_bytes().decode()
    except UnicodeDecodeError:
        return "" if not is_right else "not UTF-8"
    head, body = solved(ox.Store(), query, path, "application/sparql-results+json", ([], []))
    refused = head["outcome"] == "refused"
    if is_right and refused:
        return body.decode()
    return "" if is_right or refused else "is accepted"


# Protocol -----------------------------------------------------------------------------------------


def make_build(folder: Path, graphs: dict[str, Path]) -> Path:
    """A build that holds the graphs of the protocol tests."""
    store = ox.Store()
    for iri, path in graphs.items():
        load(store, path, iri)
    for name in vocab.GRAPHS:
        (folder / f"{name}.nq").write_bytes(b"")
    store.dump(str(folder / "ontology.nq"), format=ox.RdfFormat.N_QUADS)
    (folder / "manifest.json").write_text("{}")
    return folder


@asynccontextmanager
async def running(app: Starlette) -> AsyncIterator[None]:
    async with app.state.pool:
        yield


def asked(manifest: rdflib.Graph, test: Any, client: TestClient) -> str:
    """Why a protocol test fails, empty when it passes."""
    connection: Any = manifest.value(test, MF.action)
    for request in Collection(manifest, manifest.value(connection, HT.requests)):
        address = str(manifest.value(request, HT.absolutePath)).replace("/sparql/", "/sparql", 1)
        headers = {}
        if (listed := manifest.value(request, HT.headers)) is not None:
            for header in Collection(manifest, listed):
                headers[str(manifest.value(header, HT.fieldName))] = str(
                    manifest.value(header, HT.fieldValue)
                )
        content = None
        if (body := manifest.value(request, HT.body)) is not None:
            encoding = str(manifest.value(body, CNT.characterEncoding) or "UTF-8")
            content = str(manifest.value(body, CNT.chars)).encode(encoding)
        response: Any = manifest.value(request, HT.resp)
        found = client.request(
            str(manifest.value(request, HT.methodName)), address, headers=headers, content=content
        )
        statuses = [
            local(s).removeprefix("StatusCode") for s in manifest.objects(response, MF.expectedStatus)
        ]
        if statuses and not any(str(found.status_code).startswith(s.rstrip("x")) for s in statuses):
            return f"status {found.status_code}, expected {' or '.join(sorted(statuses))}"
        kind = found.headers.get("content-type", "").partition(";")[0]
        told = str(manifest.value(response, MF.expectedFormat) or "")
        if told and (kind in GRAPHS.values()) != (told == "RDF"):
            return f"{kind}, expected {told}"
        truth = manifest.value(response, MF.expectedBoolean)
        if truth is not None and found.json()["boolean"] != truth.toPython():
            return f"says {found.json()['boolean']}"
    return ""


def described(test: Any, client: TestClient) -> str:
    found = client.get("/sparql", headers={"Accept": "text/turtle"})
    graph = rdflib.Graph().parse(data=found.text)
    sd = rdflib.Namespace(vocab.WEB_PREFIXES["sd"])
    here = rdflib.URIRef("http://testserver/sparql")
    if "endpoint" in local(test) and (None, sd.endpoint, here) not in graph:
        return "no sd:endpoint"
    if "schema" in local(test):
        known = {"Service", "Dataset", "Graph", "NamedGraph"}
        kinds = {local(k) for k in graph.objects(None, rdflib.RDF.type) if str(k).startswith(str(sd))}
        return "" if kinds == known else f"classes {sorted(kinds ^ known)}"
    return ""


# Running ------------------------------------------------------------------------------------------


def run(folder: Path) -> Iterator[Outcome]:
    """Every test that is about queries."""
    for path in sorted(folder.glob("sparql1*/**/manifest.ttl")):
        where = path.parent.relative_to(folder)
        if where.name in SKIPPED or len(where.parts) < 2:
            continue
        manifest = rdflib.Graph().parse(path)
        tests = []
        for entries in manifest.objects(None, MF.entries):
            tests += list(Collection(manifest, entries))
        if any(
            manifest.value(test, rdflib.RDF.type) in (MF.ProtocolTest, MF.ServiceDescriptionTest)
            for test in tests
        ):
            yield from run_protocol(where, manifest, tests)
            continue
        for test in tests:
            kind = local(manifest.value(test, rdflib.RDF.type) or "")
            if kind not in GROUPS:
                continue
            try:
                if GROUPS[kind] == "syntax":
                    why = syntax(manifest, test, kind.startswith("Positive"))
                else:
                    why = evaluated(manifest, test)
            except Exception as error:  # a test that cannot be run has failed
                why = f"{type(error).__name__}: {error}"
            name = str(manifest.value(test, MF.name) or local(test))
            yield Outcome(where.parts[0], f"{GROUPS[kind]}: {'/'.join(where.parts[1:])}", name, why)


def run_protocol(where: Path, manifest: rdflib.Graph, tests: list[Any]) -> Iterator[Outcome]:
    graphs = {}
    for data in manifest.objects(None, UT.graphData):
        iri = str(manifest.value(data, rdflib.RDFS.label))
        graphs[iri] = path_of(manifest.value(data, UT.graph))
    with tempfile.TemporaryDirectory() as name:
        pool = Pool(make_build(Path(name), graphs), 1)
        buckets = Buckets(1e6, 10**6)
        routes = [*protocol.routes(pool, buckets), *void.routes(pool, buckets)]
        app = Starlette(routes=routes, lifespan=running)
        app.state.pool = pool
        with TestClient(app, follow_redirects=False) as client:
            for test in tests:
                kind = local(manifest.value(test, rdflib.RDF.type))
                is_protocol = kind == "ProtocolTest"
                why = asked(manifest, test, client) if is_protocol else described(test, client)
                label = str(manifest.value(test, MF.name)) + (f" ({local(test)})" if is_protocol else "")
                yield Outcome(where.parts[0], f"{GROUPS[kind]}: {where.name}", label, why)


def reason(outcome: Outcome) -> str:
    """Why a failure stands as it is."""
    told = f"{outcome.group.partition(': ')[2]}: {outcome.name} {outcome.why}".lower()
    for part, why in REASONS:
        if part in told:
            return why
    return ""


def page(outcomes: list[Outcome]) -> str:
    parts = [
        "# SPARQL conformance",
        "",
        "The W3C's own tests (w3c/rdf-tests), run by `python scripts/sparql_conformance.py FOLDER`: what",
        "is about queries, results, the protocol and the service description. Numbers, truth values and",
        "dates are compared by value, blank nodes by their place.",
        "",
        "| suite | part | passed | of |",
        "|---|---|---:|---:|",
    ]
    counts: Counter[tuple[str, str]] = Counter()
    passed: Counter[tuple[str, str]] = Counter()
    for one in outcomes:
        key = (one.suite, one.group.partition(":")[0])
        counts[key] += 1
        passed[key] += not one.why
    parts += [f"| {s} | {g} | {passed[s, g]} | {n} |" for (s, g), n in sorted(counts.items())]
    parts += ["", "Left out:", ""]
    parts += [f"- `{name}`: {why}" for name, why in sorted(SKIPPED.items())]
    failed = [one for one in outcomes if one.why]
    parts += ["", f"## The {len(failed)} that fail", "", "| test | what happens | reason |", "|---|---|---|"]
    for one in failed:
        why = " ".join(one.why.split())
        why = why if len(why) <= 110 else f"{why[:110]}…"
        why = why.replace("|", "\\|").replace("<", "&lt;")
        name = one.name.replace("|", "\\|").replace("<", "&lt;")
        parts.append(f"| {one.suite} {one.group.partition(': ')[2]}: {name} | {why} | {reason(one)} |")
    return "\n".join(parts) + "\n"


def main() -> int:
    folder = Path(sys.argv[1]).resolve()
    made = page(list(run(folder)))
    if "--check" not in sys.argv:
        PAGE.write_text(made, encoding="utf-8")
        print(made.partition("Left out")[0])
        return 0
    held = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    for line in difflib.unified_diff(held.splitlines(), made.splitlines(), "as written", "now", lineterm=""):
        print(line)
    return int(held != made)


if __name__ == "__main__":
    sys.exit(main())
