"""SPARQL 1.1 Protocol at `/sparql`, queries only.

The whole answer is made before its first byte is sent, so an error never hides in a 200. An answer that
reaches the row limit is cut, and says so in `X-KG-Cut` and, as JSON, in a member `x-kg` beside `results`.
An empty answer tells in `X-KG-Note` why it may be empty.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from kg.errors import QueryRefused
from kg.store.refusal import read_query
from kg.web.resources import GRAPHS, RESULTS, Buckets, Refused, Resource, accepted, answer
from kg.web.void import describe_service
from kg.web.workers import Pool

__all__ = ["MAX_ADDRESS", "MAX_BYTES", "routes"]

MAX_BYTES = 256 * 1024
"""Of a request's body."""

MAX_ADDRESS = 32 * 1024
"""Of the part of an address after `?`."""

_FORM, _DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"


def routes(pool: Pool, buckets: Buckets | None = None) -> list[Route]:
    """The endpoint. `buckets`: how often one client may ask, shared with other routes."""
    held = buckets or Buckets()

    async def sparql(request: Request) -> Response:
        held.take(request)
        asked = await _asked(request)
        if asked is None:
            return await _describe(request, pool)
        return await _query(request, pool, asked)

    return [Route("/sparql", Resource(sparql, "POST"))]


async def _query(request: Request, pool: Pool, asked: list[tuple[str, str]]) -> Response:
    if any(key in ("update", "using-graph-uri", "using-named-graph-uri") for key, _ in asked):
        raise Refused(400, "updates are refused: the graph is read-only")
    queries = [value for key, value in asked if key == "query"]
    if len(queries) != 1:
        raise Refused(400, f"one query is needed, in the parameter `query`; there are {len(queries)}")
    try:
        reading = read_query(queries[0])
    except QueryRefused as error:
        raise Refused(400, str(error)) from None
    default = [value for key, value in asked if key == "default-graph-uri"]
    named = [value for key, value in asked if key == "named-graph-uri"]
    has_dataset = bool(default or named)
    offered = GRAPHS if reading.form in ("CONSTRUCT", "DESCRIBE") else RESULTS
    media_type = accepted(request, offered)
    return await answer(
        request, pool, queries[0], media_type,
        default if has_dataset else None, named if has_dataset else None, reading,
    )  # fmt: skip


async def _describe(request: Request, pool: Pool) -> Response:
    """What GET without a query gets: the service description, or the editor for people."""
    media_type = accepted(request, {**GRAPHS, "text/html": "text/html"})
    if media_type == "text/html":
        return RedirectResponse(f"{request.base_url}#/sparql", 303, {"Vary": "Accept"})
    return await describe_service(request, pool, media_type)


async def _asked(request: Request) -> list[tuple[str, str]] | None:
    """The parameters, from wherever the protocol lets them stand; None for GET without any.

    Raises Refused.
    """
    raw = request.scope.get("query_string", b"")
    if len(raw) > MAX_ADDRESS:
        raise Refused(414, f"the address is longer than {MAX_ADDRESS} bytes; send the query by POST")
    given = _parameters(raw)
    if request.method != "POST":
        return given if given else None
    media_type, *rest = (part.strip() for part in request.headers.get("content-type", "").split(";"))
    media_type = media_type.lower()
    charset = next(
        (p.partition("=")[2].strip('"') for p in rest if p.lower().startswith("charset=")), "utf-8"
    )
    if media_type not in (_FORM, _DIRECT):
        raise Refused(
            415, f"POST takes {_FORM} or {_DIRECT}, not {media_type or 'a body without Content-Type'}",
            {"Accept-Post": f"{_FORM}, {_DIRECT}"},
        )  # fmt: skip
    if charset.lower().replace("-", "") not in ("utf8", "usascii"):
        raise Refused(415, f"the query must be UTF-8, not {charset}")
    body = await _body(request)
    if media_type == _FORM:
        return [*given, *_parameters(body)]
    if any(key == "query" for key, _ in given):
        raise Refused(400, "there is a query in the address and another in the body")
    return [*given, ("query", _utf8(body))]


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BYTES:
            raise Refused(413, f"the query is longer than {MAX_BYTES} bytes")
    return bytes(body)


def _parameters(raw: bytes) -> list[tuple[str, str]]:
    text = _utf8(raw)
    try:
        unquote_plus(text, errors="strict")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=200)
    except UnicodeDecodeError:
        raise Refused(400, "the parameters are not UTF-8") from None
    except ValueError:
        raise Refused(400, "more than 200 parameters") from None


def _utf8(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise Refused(400, f"the query is not UTF-8: byte {raw[error.start]:#x} at {error.start}") from None
