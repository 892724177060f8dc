"""What the addresses of the server have in common: methods, negotiation, CORS, limits, errors in words."""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from kg.errors import KGError
from kg.store.refusal import Reading
from kg.web.workers import GRAPH_TYPES, RESULT_TYPES, Busy, Pool, Reply

__all__ = [
    "GRAPHS",
    "RESULTS",
    "Buckets",
    "Refused",
    "Resource",
    "accepted",
    "answer",
    "etag",
    "latin",
    "negotiate",
    "not_modified",
    "with_charset",
]

RESULTS = {
    **{name: name for name in RESULT_TYPES},
    "application/json": "application/sparql-results+json",
    "application/xml": "application/sparql-results+xml",
    "text/xml": "application/sparql-results+xml",
}
GRAPHS = {
    **{name: name for name in GRAPH_TYPES},
    "application/x-turtle": "text/turtle",
    "text/plain": "application/n-triples",
    "application/json": "application/ld+json",
    "application/xml": "application/rdf+xml",
    "text/xml": "application/rdf+xml",
}
"""Names by which a client may ask → media type of the answer."""

Handler = Callable[[Request], Awaitable[Response]]

EXPOSED = "ETag, Retry-After, X-KG-Cut, X-KG-Note"
"""Headers that a script of another site may read."""


class Refused(KGError):
    """A request that is answered with an error: the status, why, and headers that belong to it."""

    def __init__(self, status: int, why: str, headers: Mapping[str, str] | None = None) -> None:
        self.status, self.headers = status, dict(headers or {})
        super().__init__(why)

    def response(self) -> Response:
        return Response(f"{self}\n", self.status, self.headers, "text/plain; charset=utf-8")


class Resource:
    """An ASGI app for one address: a handler for its methods, everything else answered here.

    HEAD is GET without the body, OPTIONS tells the methods, others get 405 with Allow.
    """

    def __init__(self, handler: Handler, *methods: str) -> None:
        self._handler = handler
        self._methods = ("GET", "HEAD", *methods, "OPTIONS")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._respond(Request(scope, receive))
        response.headers.setdefault("Access-Control-Allow-Origin", "*")
        response.headers.setdefault("Access-Control-Expose-Headers", EXPOSED)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        if scope["method"] == "HEAD":
            response.body = b""  # the length stays
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        allow = ", ".join(self._methods)
        if request.method == "OPTIONS":
            told = {
                "Allow": allow,
                "Access-Control-Allow-Methods": allow,
                "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match",
                "Access-Control-Max-Age": "86400",
            }
            return Response(None, 204, told)
        if request.method not in self._methods:
            return Refused(405, f"{request.method} is not for this address", {"Allow": allow}).response()
        try:
            return await self._handler(request)
        except Refused as refused:
            return refused.response()


# Content negotiation ------------------------------------------------------------------------------


def negotiate(accept: str | None, offered: Mapping[str, str] | Sequence[str]) -> str | None:
    """The media type of `offered` that an Accept header likes best, None when it takes none.

    Of equally liked ones the first offered wins. A mapping gives further names of a type: name → type.

    >>> negotiate("text/csv;q=0.5, application/*", ["text/csv", "application/json"])
    'application/json'
    """
    names = offered if isinstance(offered, Mapping) else {name: name for name in offered}
    if accept is None or not accept.strip():
        return next(iter(names.values()))
    ranges = [_range(part) for part in accept.split(",") if part.strip()]
    best: tuple[float, str | None] = (0.0, None)
    for name, media_type in names.items():
        fits = [(_exactness(wanted, name), q) for wanted, q in ranges if _exactness(wanted, name)]
        quality = max(fits, default=(0, 0.0), key=lambda fit: fit[0])[1]
        if quality > best[0]:
            best = (quality, media_type)
    return best[1]


def _range(text: str) -> tuple[str, float]:
    """A media range and its quality, 0 to 1; a quality that is no number counts as 1."""
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                quality = 1.0
    return name, min(1.0, max(0.0, quality)) if math.isfinite(quality) else 1.0


def _exactness(wanted: str, name: str) -> int:
    """3 for the type itself, 2 for `type/*`, 1 for `*/*`, 0 when it does not fit."""
    if wanted == name:
        return 3
    if wanted == f"{name.partition('/')[0]}/*":
        return 2
    return int(wanted == "*/*")


def accepted(request: Request, offered: Mapping[str, str]) -> str:
    """The media type to answer in.

    Raises Refused (406) when the client takes none of those offered.
    """
    accept = ", ".join(request.headers.getlist("accept")) or None
    media_type = negotiate(accept, offered)
    if media_type is None:
        kinds = ", ".join(dict.fromkeys(offered.values()))
        raise Refused(406, f"the answer comes as {kinds}; Accept takes only {accept}", {"Vary": "Accept"})
    return media_type


# Validators ---------------------------------------------------------------------------------------


def etag(*parts: object) -> str:
    """A weak validator made of everything that the answer depends on."""
    return f'W/"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def not_modified(request: Request, tag: str) -> bool:
    """Whether the client has the answer already."""
    held = request.headers.get("if-none-match", "")
    plain = {part.strip().removeprefix("W/") for part in held.split(",")}
    return request.method in ("GET", "HEAD") and ("*" in plain or tag.removeprefix("W/") in plain)


def latin(lines: Iterable[str]) -> str:
    """Text that a header can hold: one line, other letters than Latin ones as `?`.

    >>> latin(["a → b", "c"])
    'a -> b; c'
    """
    text = "; ".join(" ".join(line.split()) for line in lines)
    text = text.replace("→", "->").replace("…", "...").replace("−", "-")
    return text.encode("latin-1", "replace").decode("latin-1")


# Answers ------------------------------------------------------------------------------------------


async def answer(
    request: Request, pool: Pool, query: str, media_type: str, default: Sequence[str] | None = None,
    named: Sequence[str] | None = None, reading: Reading | None = None,
) -> Response:  # fmt: skip
    """A response with the answer to a query that may run.

    Raises Refused with the status that fits what went wrong.
    """
    tag = etag(pool.digest, pool.row_limit, pool.byte_limit, query, media_type, default, named)
    headers = {"Vary": "Accept", "Cache-Control": "no-cache"}
    if reading is None or not reading.is_volatile:
        headers["ETag"] = tag
        if not_modified(request, tag):
            return Response(None, 304, headers)
    else:
        headers["Cache-Control"] = "no-store"
    try:
        who = request.client.host if request.client else ""
        reply = await _unless_gone(request, pool.run(query, media_type, default, named, client=who))
    except Busy as busy:
        raise Refused(503, str(busy), {"Retry-After": str(busy.retry_after)}) from None
    if reply.outcome != "fine":
        raise _refused(reply, pool)
    if reply.is_cut:
        headers["X-KG-Cut"] = f"first {reply.n_rows} rows only; use LIMIT and OFFSET"
    if reply.notes:
        headers["X-KG-Note"] = latin(reply.notes)
    return Response(reply.body, 200, headers, with_charset(reply.media_type))


async def _unless_gone(request: Request, work: Coroutine[Any, Any, Reply]) -> Reply:
    """What the work gives. It is given up when the client goes away, which frees the worker."""

    async def gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    answer_task, gone_task = asyncio.create_task(work), asyncio.create_task(gone())
    try:
        await asyncio.wait({answer_task, gone_task}, return_when=asyncio.FIRST_COMPLETED)
        if not answer_task.done():
            raise Refused(503, "the client has gone")
        return answer_task.result()
    finally:
        for task in (answer_task, gone_task):
            task.cancel()
        await asyncio.gather(answer_task, gone_task, return_exceptions=True)


def _refused(reply: Reply, pool: Pool) -> Refused:
    status = {"refused": 400, "unwritable": 406, "slow": 503, "died": 500}[reply.outcome]
    retry = {"Retry-After": str(max(1, round(pool.time_limit)))} if reply.outcome == "slow" else {}
    return Refused(status, reply.text, retry)


def with_charset(media_type: str) -> str:
    """The Content-Type of an answer in UTF-8."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


# Limits -------------------------------------------------------------------------------------------


class Buckets:
    """Token buckets, one for each client: `burst` requests at once, then `rate` in a second."""

    def __init__(
        self, rate: float = 20.0, burst: int = 200, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, request: Request) -> None:
        """Take a token of the client. Raises Refused (429) when none is left."""
        client = request.client.host if request.client else ""
        now = self._clock()
        tokens, then = self._held.pop(client, (float(self._burst), now))
        tokens = min(float(self._burst), tokens + (now - then) * self._rate)
        self._held[client] = (max(0.0, tokens - 1), now) if tokens >= 1 else (tokens, now)
        while len(self._held) > 10_000:
            self._held.popitem(last=False)
        if tokens < 1:
            wait = max(1, math.ceil((1 - tokens) / self._rate))
            raise Refused(429, f"too many requests; ask again in {wait} s", {"Retry-After": str(wait)})
