"""What the server says about itself in RDF: dataset, service, examples, and one entity at a time.

Addresses: `/.well-known/void`, the service description at `/sparql` without a query,
`/.well-known/sparql-examples` (the named queries, as SIB publishes its own), `/id/NAME`. Numbers are counted
from the store, once for each pool.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote
from weakref import WeakKeyDictionary

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from kg import vocab
from kg.errors import BadInput
from kg.store.graphs import turtle_text
from kg.store.queries import named_queries
from kg.web.resources import (
    GRAPHS,
    Buckets,
    Refused,
    Resource,
    accepted,
    answer,
    etag,
    latin,
    not_modified,
    with_charset,
)
from kg.web.workers import GRAPH_TYPES, RESULT_TYPES, Busy, Pool

__all__ = ["describe_service", "routes"]

OWN_ROWS = 1_000_000
"""Of the questions asked here, whatever the pool allows others."""

_COUNTS: WeakKeyDictionary[Pool, dict[str, Any]] = WeakKeyDictionary()
_Term = NamedNode | Literal

_ENTITY = """\
CONSTRUCT { ?e ?p ?o . ?s ?q ?e . ?statement ?sp ?so } WHERE {
  BIND(<IRI> AS ?e)
  { ?e ?p ?o FILTER(!isBlank(?o)) }
  UNION { GRAPH graph:assertions { ?s ?q ?e } }
  UNION { GRAPH graph:evidence { ?statement rdf:subject|rdf:object ?e ; ?sp ?so } }
}"""


def routes(pool: Pool, buckets: Buckets | None = None) -> list[Route]:
    """Descriptions of the dataset and of its entities. `buckets`: shared with other routes."""
    held = buckets or Buckets()

    async def void(request: Request) -> Response:
        held.take(request)
        return await _described(request, pool, _dataset(request, await _counted(pool)))

    async def examples(request: Request) -> Response:
        return await _described(request, pool, _examples(request))

    async def entity(request: Request) -> Response:
        held.take(request)
        return await _entity(request, pool)

    return [
        Route("/.well-known/void", Resource(void)),
        Route("/.well-known/sparql-examples", Resource(examples)),
        Route("/id/{name:path}", Resource(entity)),
    ]


async def describe_service(request: Request, pool: Pool, media_type: str) -> Response:
    """The SPARQL 1.1 Service Description.

    Raises Refused when the store cannot be counted.
    """
    return _written(request, pool, _service(request, await _counted(pool)), media_type)


# Triples ------------------------------------------------------------------------------------------


def _iri(curie: str) -> NamedNode:
    prefix, _, name = curie.partition(":")
    start = vocab.WEB_PREFIXES.get(prefix) or vocab.PREFIXES[prefix]
    return NamedNode(start + name)


def _said(subject: NamedNode, *told: tuple[str, _Term | str | int]) -> Iterator[Triple]:
    """Triples of one subject. Text with a colon and no blank is a CURIE, other text a literal."""
    for predicate, value in told:
        if isinstance(value, int):
            yield Triple(subject, _iri(predicate), Literal(value))
        elif isinstance(value, str):
            yield Triple(subject, _iri(predicate), _iri(value))
        else:
            yield Triple(subject, _iri(predicate), value)


def _dataset(request: Request, counts: dict[str, Any]) -> Iterator[Triple]:
    base = str(request.base_url)
    about = f"{base}.well-known/void"
    whole = NamedNode(f"{about}#dataset")
    yield from _said(
        NamedNode(about),
        ("rdf:type", "void:DatasetDescription"),
        ("dcterms:title", Literal("What msc-kg holds")),
        ("schema:about", whole),
    )
    yield from _said(
        whole,
        ("rdf:type", "void:Dataset"),
        ("dcterms:title", Literal("msc-kg: mesenchymal stromal cells in lung disease, with the evidence")),
        ("dcterms:identifier", Literal(counts["digest"])),
        ("void:sparqlEndpoint", NamedNode(f"{base}sparql")),
        ("void:uriSpace", Literal(vocab.BASE)),
        ("void:triples", sum(graph["n"] for graph in counts["graphs"].values())),
        *(("dcterms:license", NamedNode(iri)) for iri in vocab.LICENCES.values()),
        *(("void:exampleResource", NamedNode(f"{base}id/{quote(n, safe='')}")) for n in counts["examples"]),
        *(("void:vocabulary", NamedNode(vocab.PREFIXES[p])) for p in ("voc", "rel", "owl", "skos", "prov")),
    )
    for name in vocab.GRAPHS:
        node = NamedNode(vocab.expand(f"graph:{name}"))
        graph = counts["graphs"].get(node.value)
        if graph is None:
            continue
        licences = (
            ["data", "ontology"] if name == "inferred" else ["ontology" if name == "ontology" else "data"]
        )
        yield from _said(whole, ("void:subset", node))
        yield from _said(
            node,
            ("rdf:type", "void:Dataset"),
            ("dcterms:title", Literal(name)),
            ("void:triples", graph["n"]),
            ("void:distinctSubjects", graph["subjects"]),
            ("void:distinctObjects", graph["objects"]),
            ("void:properties", len(graph["by_property"])),
            ("void:classes", len(graph["by_class"])),
            *(("dcterms:license", NamedNode(vocab.LICENCES[licence])) for licence in licences),
        )
        for i, (iri, n) in enumerate(graph["by_property"]):
            part = NamedNode(f"{about}#{name}-property-{i}")
            yield from _said(node, ("void:propertyPartition", part))
            yield from _said(part, ("void:property", NamedNode(iri)), ("void:triples", n))
        for i, (iri, n) in enumerate(graph["by_class"]):
            part = NamedNode(f"{about}#{name}-class-{i}")
            yield from _said(node, ("void:classPartition", part))
            yield from _said(part, ("void:class", NamedNode(iri)), ("void:entities", n))


_FORMATS = {
    "JSON": "SPARQL_Results_JSON", "XML": "SPARQL_Results_XML", "CSV": "SPARQL_Results_CSV",
    "TSV": "SPARQL_Results_TSV", "TURTLE": "Turtle", "N_TRIPLES": "N-Triples", "JSON_LD": "JSON-LD",
    "RDF_XML": "RDF_XML",
}  # fmt: skip


def _service(request: Request, counts: dict[str, Any]) -> Iterator[Triple]:
    endpoint = NamedNode(f"{request.base_url}sparql")
    dataset = NamedNode(f"{endpoint.value}#dataset")
    default = NamedNode(f"{endpoint.value}#default-graph")
    kinds = [*RESULT_TYPES.values(), *GRAPH_TYPES.values()]
    yield from _said(
        endpoint,
        ("rdf:type", "sd:Service"),
        ("sd:endpoint", endpoint),
        ("sd:supportedLanguage", "sd:SPARQL11Query"),
        ("sd:defaultDataset", dataset),
        *(("sd:resultFormat", f"formats:{_FORMATS[kind]}") for kind in kinds),
        ("schema:about", NamedNode(f"{request.base_url}.well-known/void#dataset")),
    )
    yield from _said(dataset, ("rdf:type", "sd:Dataset"), ("sd:defaultGraph", default))
    told = "ontology, assertions and inferred together"
    yield from _said(default, ("rdf:type", "sd:Graph"), ("dcterms:description", Literal(told)))
    for name in vocab.GRAPHS:
        node = NamedNode(f"{endpoint.value}#{name}")
        graph = NamedNode(vocab.expand(f"graph:{name}"))
        yield from _said(dataset, ("sd:namedGraph", node))
        yield from _said(node, ("rdf:type", "sd:NamedGraph"), ("sd:name", graph), ("sd:graph", graph))
        n_triples = counts["graphs"].get(graph.value, {"n": 0})["n"]
        yield from _said(graph, ("rdf:type", "sd:Graph"), ("void:triples", n_triples))


def _examples(request: Request) -> Iterator[Triple]:
    about = f"{request.base_url}.well-known/sparql-examples"
    prefixes = NamedNode(f"{about}#prefixes")
    queries = named_queries()
    for prefix, start in vocab.PREFIXES.items():
        if any(f"{prefix}:" in query.text for query in queries):
            node = NamedNode(f"{about}#prefix-{prefix}")
            yield from _said(prefixes, ("sh:declare", node))
            namespace = Literal(start, datatype=_iri("xsd:anyURI"))
            yield from _said(node, ("sh:prefix", Literal(prefix)), ("sh:namespace", namespace))
    for query in queries:
        yield from _said(
            NamedNode(f"{about}#{query.name}"),
            ("rdf:type", "sh:SPARQLExecutable"),
            ("rdf:type", "sh:SPARQLSelectExecutable"),
            ("rdfs:label", Literal(query.title, language="en")),
            ("rdfs:comment", Literal(query.question, language="en")),
            ("sh:prefixes", prefixes),
            ("sh:select", Literal(query.text)),
            ("schema:target", NamedNode(f"{request.base_url}sparql")),
        )


async def _described(request: Request, pool: Pool, triples: Iterable[Triple]) -> Response:
    return _written(request, pool, triples, accepted(request, GRAPHS))


def _written(
    request: Request, pool: Pool, triples: Iterable[Triple], media_type: str, status: int = 200
) -> Response:
    headers = {"Vary": "Accept", "Cache-Control": "no-cache"}
    if status == 200:
        headers["ETag"] = etag(pool.digest, str(request.url), media_type)
        if not_modified(request, headers["ETag"]):
            return Response(None, 304, headers)
    kind = getattr(RdfFormat, GRAPH_TYPES[media_type])
    prefixes = {p: vocab.PREFIXES[p] for p in ("rdf", "rdfs", "xsd", "dcterms")} | vocab.WEB_PREFIXES
    found = set(triples)
    if kind == RdfFormat.TURTLE:
        return Response(turtle_text(found, prefixes), status, headers, with_charset(media_type))
    declared = prefixes if kind == RdfFormat.RDF_XML else None
    body = serialize(sorted(found, key=str), format=kind, prefixes=declared)
    return Response(body or b"", status, headers, with_charset(media_type))


# Numbers ------------------------------------------------------------------------------------------


async def _table(pool: Pool, query: str) -> list[dict[str, str]]:
    """Rows of a SELECT of our own. Raises Refused (503)."""
    try:
        reply = await pool.run(query, "application/sparql-results+json", row_limit=OWN_ROWS)
    except Busy as busy:
        raise Refused(503, str(busy), {"Retry-After": str(busy.retry_after)}) from None
    if reply.outcome != "fine" or reply.is_cut:
        why = "this description is too large" if reply.is_cut else reply.text
        raise Refused(503, why, {"Retry-After": "10"})
    rows = json.loads(reply.body)["results"]["bindings"]
    return [{key: term["value"] for key, term in row.items()} for row in rows]


async def _counted(pool: Pool) -> dict[str, Any]:
    """Counts of every graph, kept as long as the pool."""
    if pool in _COUNTS:
        return _COUNTS[pool]
    graphs: dict[str, Any] = {}
    whole = (
        "SELECT ?g (COUNT(*) AS ?n) (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?o) AS ?objects) "
        "{ GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
    )
    for row in await _table(pool, whole):
        graphs[row["g"]] = {
            "n": int(row["n"]), "subjects": int(row["subjects"]), "objects": int(row["objects"]),
            "by_property": [], "by_class": [],
        }  # fmt: skip
    parts = {
        "by_property": "SELECT ?g ?x (COUNT(*) AS ?n) { GRAPH ?g { ?s ?x ?o } } "
        "GROUP BY ?g ?x ORDER BY ?g ?x",
        "by_class": "SELECT ?g ?x (COUNT(DISTINCT ?s) AS ?n) { GRAPH ?g { ?s a ?x } FILTER(isIRI(?x)) } "
        "GROUP BY ?g ?x ORDER BY ?g ?x",
    }
    for key, query in parts.items():
        for row in await _table(pool, query):
            graphs[row["g"]][key].append((row["x"], int(row["n"])))
    examples = await _table(pool, "SELECT ?name { ?e voc:name ?name } ORDER BY ?name LIMIT 3")
    _COUNTS[pool] = {
        "digest": pool.digest, "graphs": graphs, "examples": [row["name"] for row in examples],
    }  # fmt: skip
    return _COUNTS[pool]


# Entities -----------------------------------------------------------------------------------------


async def _entity(request: Request, pool: Pool) -> Response:
    """One entity: its triples and its statements, or its page for people."""
    asked = request.path_params["name"]
    media_type = accepted(request, {**GRAPHS, "text/html": "text/html"})
    found = await _entities(pool, asked)
    if len(found) != 1:
        return await _unknown(request, pool, asked, sorted(found), media_type)
    ((name, iri),) = found.items()
    if media_type == "text/html":
        page = f"{request.base_url}#/entity/{quote(name, safe='')}"
        return RedirectResponse(page, 303, {"Vary": "Accept"})
    response = await answer(request, pool, _ENTITY.replace("IRI", iri, 1), media_type)
    response.headers["Content-Location"] = f"{request.base_url}id/{quote(name, safe='')}"
    return response


async def _entities(pool: Pool, asked: str) -> dict[str, str]:
    """Name → IRI of the entities called so: by name, else by identifier or alias."""
    text = str(Literal(asked))
    exact = await _table(pool, f"SELECT ?e {{ ?e voc:name {text} }}")
    if exact:
        return {asked: exact[0]["e"]}
    try:
        node = NamedNode(vocab.expand(asked))
    except (BadInput, ValueError):
        pass
    else:
        named = await _table(pool, f"SELECT ?name {{ {node} voc:name ?name }}")
        if named:
            return {named[0]["name"]: node.value}
    rows = await _table(pool, f"SELECT DISTINCT ?e ?name {{ ?e voc:alias {text} ; voc:name ?name }}")
    return {row["name"]: row["e"] for row in rows}


async def _unknown(
    request: Request, pool: Pool, asked: str, candidates: list[str], media_type: str
) -> Response:
    """404 in the type asked for, with the names that are near."""
    if candidates:
        near = candidates
        why = f"{asked!r} names {len(near)} entities: {', '.join(near)}"
    else:
        rows = await _table(pool, "SELECT DISTINCT ?name { ?e voc:name|voc:alias ?name } ORDER BY ?name")
        lower = {row["name"].lower(): row["name"] for row in reversed(rows)}
        near = [lower[n] for n in difflib.get_close_matches(asked.lower(), lower, 3, 0.6)]
        hint = f"; did you mean {', '.join(map(repr, near))}?" if near else ""
        why = f"no entity is called {asked!r}{hint}"
    if media_type == "text/html":
        return Response(f"{why}\n", 404, {"Vary": "Accept"}, "text/plain; charset=utf-8")
    base = str(request.base_url)
    response = _written(
        request, pool,
        _said(
            NamedNode(f"{base}id/{quote(asked, safe='')}"), ("rdfs:comment", Literal(why)),
            *(("rdfs:seeAlso", NamedNode(f"{base}id/{quote(name, safe='')}")) for name in near),
        ),
        media_type, 404,
    )  # fmt: skip
    response.headers["X-KG-Note"] = latin([why])
    return response
