"""The web application: pages, JSON and SPARQL of one graph, in one process.

Nothing is written and nothing leaves the machine. Answers are made in threads, SPARQL in worker processes;
every response carries a policy that lets a page load only from here.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, fields
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kg import __version__
from kg.errors import BadInput, KGError
from kg.web import api, protocol, void
from kg.web.mcp import mcp_app
from kg.web.resources import Buckets
from kg.web.workers import Pool

if TYPE_CHECKING:
    from kg.graph import Graph

__all__ = ["POLICY", "Settings", "make_app", "serve"]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""What a page may load: only what this server gives. (Pictures set the width they need.)"""

log = logging.getLogger("kg.web")


@dataclass(frozen=True, slots=True)
class Settings:
    """How the server runs. Each field can be set by an environment variable, `KG_` and its name in capitals.

    `time_limit` (seconds), `row_limit`: of one SPARQL query. `workers`: processes for SPARQL. `rate`: SPARQL
    requests a second from one client, ten times as many at once. `base`: the public address where a proxy
    stands before the server.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    time_limit: float = 20.0
    row_limit: int = 100_000
    rate: float = 50.0
    base: str = ""
    access_log: bool = True

    @classmethod
    def of_environment(cls, **given: Any) -> Settings:
        """Settings from the environment; what is given and not None comes first.

        Raises BadInput, which names the variable.
        """
        found: dict[str, Any] = {k: v for k, v in given.items() if v is not None}
        for f in fields(cls):
            text = os.environ.get(variable := f"KG_{f.name.upper()}")
            if f.name in found or text is None:
                continue
            kind: type[Any] = type(getattr(cls(), f.name))
            try:
                found[f.name] = text.casefold() in ("1", "true", "yes") if kind is bool else kind(text)
            except ValueError:
                raise BadInput(f"{variable}={text!r}: a {kind.__name__} is needed") from None
        settings = cls(**found)
        if not 0 <= settings.port < 65536:
            raise BadInput(f"port {settings.port}: choose 0 (any free one) to 65535")
        if settings.workers < 1 or min(settings.time_limit, settings.rate) <= 0 or settings.row_limit < 1:
            raise BadInput("workers, rate, time limit and row limit must be positive")
        return settings


class _Careful:
    """Puts safety headers on every response, and logs one line of JSON a request, without addresses.

    The line has no query, no client and no agent: what somebody asked is theirs.
    """

    def __init__(self, app: ASGIApp, logs: bool) -> None:
        self._app, self._logs = app, logs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name.lower() for name, _ in message["headers"]}
                for name, value in _HEADERS:
                    if name not in present:
                        message["headers"].append((name, value))
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        finally:
            if self._logs:
                first = "/" + scope["path"].lstrip("/").split("/")[0]
                took = round((time.perf_counter() - began) * 1000, 1)
                log.info(json.dumps({"method": scope["method"], "path": first, "status": status, "ms": took}))


_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


def make_app(graph: Graph, settings: Settings | None = None) -> Starlette:
    """The application of a graph.

    Raises BadInput for a graph made from a table of edges, which has no RDF behind it.
    """
    settings = settings or Settings()
    built = graph.built
    kept = api.Kept()
    pool = Pool(
        built.path, size=settings.workers, time_limit=settings.time_limit, row_limit=settings.row_limit
    )
    buckets = Buckets(rate=settings.rate, burst=int(settings.rate * 10))
    folder = Path(str(files("kg.web")))

    def page(request: Request) -> Response:
        return Response((folder / "assets" / "index.html").read_bytes(), media_type="text/html")

    def endpoint(e: api.Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            address = f"{request.url.path}?{request.url.query}"
            found = kept.get(address)
            if found is None:
                given = request.query_params
                parameters = {name: given.getlist(name) for name in given}
                key = str(request.path_params.get(e.key, "")) if e.key else ""
                try:
                    if e.key and not key.strip():
                        raise BadInput(f"give the {e.key}: {e.path}")
                    known = {p.name for p in e.parameters}
                    for name in parameters:
                        if name not in known:
                            takes = ", ".join(sorted(known)) or "no parameters"
                            raise BadInput(f"{e.path} takes no {name!r}; it takes {takes}")
                    body = await run_in_threadpool(lambda: api.to_bytes(e.make(graph, key, parameters)))
                except KGError as error:
                    status, data = api.failure(error)
                    return JSONResponse(data, status, headers=_OPEN)
                found = kept.put(address, body)
            body, tag = found
            headers = {**_OPEN, "ETag": tag, "Cache-Control": "no-cache"}
            if tag in (request.headers.get("if-none-match") or ""):
                return Response(status_code=304, headers=headers)
            return Response(body, media_type="application/json", headers=headers)

        return answer

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok", "version": __version__, "content": built.manifest["content"]})

    async def ready(request: Request) -> Response:
        state = {"status": "ready" if pool.is_ready else "starting", "papers": len(graph.papers)}
        return JSONResponse(state, 200 if pool.is_ready else 503)

    async def description(request: Request) -> Response:
        return JSONResponse(api.openapi(settings.base), headers=_OPEN)

    async def elsewhere(request: Request) -> Response:
        names = sorted({e.path for e in api.ENDPOINTS})
        return JSONResponse({"error": f"nothing is at {request.url.path}", "nearest": names}, 404)

    mcp_routes: list[BaseRoute] = []
    if find_spec("mcp") is not None:
        mcp_routes.append(Route("/mcp", mcp_app(graph, host=settings.host)))
    routes: list[BaseRoute] = [
        Route("/", page),
        Route("/health", health),
        Route("/ready", ready),
        Route("/api", lambda request: RedirectResponse("/api/openapi.json")),
        Route("/api/openapi.json", description),
        *(
            Route(e.path.replace("}", ":path}") if e.key else e.path, endpoint(e), methods=["GET"])
            for e in api.ENDPOINTS
        ),
        Route("/api/{rest:path}", elsewhere),
        *protocol.routes(pool, buckets),
        *void.routes(pool, buckets),
        *mcp_routes,
        Mount("/assets", StaticFiles(directory=folder / "assets")),
        Mount("/vendor", StaticFiles(directory=folder / "vendor")),
    ]

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        starting = asyncio.create_task(pool.start())
        await run_in_threadpool(_warm, graph)
        try:
            yield
        finally:
            starting.cancel()
            with suppress(asyncio.CancelledError, KGError):
                await starting
            await pool.stop()

    return Starlette(
        routes=routes,
        lifespan=life,
        middleware=[
            Middleware(_Careful, logs=settings.access_log),
            Middleware(GZipMiddleware, minimum_size=800),
        ],
    )


_OPEN = {"Access-Control-Allow-Origin": "*"}


def _warm(graph: Graph) -> None:
    """Make what the first questions would wait for."""
    _ = graph.engine, graph.terms


def serve(graph: Graph, settings: Settings, *, opens: bool = False) -> None:
    """Serve until stopped; SIGTERM and Ctrl-C let answers in flight finish.

    Prints the address when it can be asked. Raises BadInput where the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise BadInput(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error}; "
            "choose another with --port (0: any free one) or --host"
        ) from None
    port = listener.getsockname()[1]
    shown = f"[{settings.host}]" if family == socket.AF_INET6 else settings.host
    address = settings.base or f"http://{shown}:{port}/"

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                print(f"msc-kg is at {address}  (stop with Ctrl-C)", flush=True)
                if opens:
                    import webbrowser

                    webbrowser.open(address)

    if settings.access_log:
        logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    config = uvicorn.Config(
        make_app(graph, settings), log_config=None, access_log=False, timeout_graceful_shutdown=10,
        server_header=False,
    )  # fmt: skip
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    Server(config).run(sockets=[listener])
