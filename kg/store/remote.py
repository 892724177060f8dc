"""A SPARQL 1.1 endpoint elsewhere, asked over HTTP.

Every question is sent by POST and answered as SPARQL Results JSON or Turtle: what some stores prefer to send
where several forms are offered is read by nobody. What is sent can only be a query: the field `update` is
never used.
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

from kg import vocab
from kg.errors import BadInput, EndpointFailed, QueryRefused, QueryTooSlow
from kg.store.graphs import Result

__all__ = ["Endpoint", "RemotePath", "remote_paths"]

JSON = "application/sparql-results+json"
TURTLE = "text/turtle"
MOST = 256 << 20
"""Bytes of an answer that are read."""


@dataclass(frozen=True)
class Endpoint:
    """The address of an endpoint. `time_limit`: seconds for a whole answer.

    Raises BadInput for what is no address.
    """

    url: str
    time_limit: float = 30.0

    def __post_init__(self) -> None:
        parts = urllib.parse.urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadInput(
                f"--endpoint {self.url!r}: an address is wanted, such as https://example.org/sparql"
            )

    def query(self, sparql: str, row_limit: int | None = None) -> Result:
        """Rows of a SELECT, or of an ASK (one row `true` or `false`).

        Raises EndpointFailed, QueryRefused and QueryTooSlow.
        """
        kind, body = self._ask(sparql, JSON)
        if kind not in (JSON, "application/json"):
            raise EndpointFailed(
                f"{self.url} answers with {kind or 'no content type'}, not with {JSON}; "
                "is it a SPARQL endpoint?"
            )
        try:
            told = json.loads(body)
            if "boolean" in told:
                return Result(("answer",), (("true" if told["boolean"] else "false",),))
            columns = tuple(map(str, told["head"]["vars"]))
            bindings = told["results"]["bindings"]
            rows = tuple(tuple(_plain(row.get(name)) for name in columns) for row in bindings[:row_limit])
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise EndpointFailed(
                f"{self.url} answers with JSON that is no SPARQL result ({error!r})"
            ) from None
        is_cut = len(rows) < len(bindings) or bool(told.get("x-kg", {}).get("cut"))
        return Result(columns, rows, is_cut=is_cut)

    def turtle(self, sparql: str) -> str:
        """Turtle of a CONSTRUCT or DESCRIBE. Raises as `query` does."""
        kind, body = self._ask(sparql, TURTLE)
        if kind not in (TURTLE, "application/x-turtle", "text/n3", "application/n-triples"):
            raise EndpointFailed(
                f"{self.url} answers with {kind or 'no content type'}, not with {TURTLE}; "
                "only CONSTRUCT and DESCRIBE have triples for an answer"
            )
        return body.decode("utf-8", "replace")

    def _ask(self, sparql: str, accept: str) -> tuple[str, bytes]:
        """Content type and body."""
        request = urllib.request.Request(
            self.url,
            data=urllib.parse.urlencode({"query": sparql}).encode(),
            headers={
                "Accept": accept,
                "Content-Type": "application/x-www-form-urlencoded",
                "User-Agent": "msc-kg",
            },
        )
        end = time.monotonic() + self.time_limit
        try:
            with urllib.request.urlopen(request, timeout=self.time_limit) as answer:
                body = bytearray()
                while part := answer.read1(1 << 16):
                    body += part
                    if time.monotonic() > end:
                        raise TimeoutError
                    if len(body) > MOST:
                        raise EndpointFailed(
                            f"{self.url}: the answer is larger than {MOST >> 20} MB; add LIMIT"
                        )
                return str(
                    answer.headers.get_content_type() if "Content-Type" in answer.headers else ""
                ), bytes(body)
        except urllib.error.HTTPError as error:
            raise self._refusal(error) from None
        except TimeoutError:
            raise QueryTooSlow(self.time_limit) from None
        except EndpointFailed:
            raise
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, TimeoutError):
                raise QueryTooSlow(self.time_limit) from None
            told = getattr(reason, "strerror", None) or str(reason) or repr(reason)
            raise EndpointFailed(
                f"cannot reach {self.url}: {told}; check the address and the network"
            ) from None

    def _refusal(self, error: urllib.error.HTTPError) -> EndpointFailed | QueryRefused:
        """What the status of an answer means."""
        with error:
            body = error.read(4096).decode("utf-8", "replace").strip()
        is_page = body[:1] == "<"
        told = "" if is_page or not body else f": {' '.join(body.split())[:300]}"
        if error.code == 400:
            return QueryRefused(f"{self.url} refuses the query{told}")
        if 300 <= error.code < 400:
            return EndpointFailed(
                f"{self.url} has moved to {error.headers.get('Location')}; use that address"
            )
        if error.code in (404, 405):
            return EndpointFailed(
                f"no SPARQL endpoint at {self.url} (HTTP {error.code}); many end in /sparql"
            )
        if error.code in (401, 403):
            return EndpointFailed(f"{self.url} lets only those in whom it knows (HTTP {error.code})")
        return EndpointFailed(f"{self.url} fails with HTTP {error.code}{told}")


def _plain(term: Any) -> str | None:
    """A term of a JSON answer as people read it."""
    if term is None:
        return None
    value = str(term["value"])
    return vocab.compress(value) if term["type"] == "uri" else value


@dataclass(frozen=True)
class RemotePath:
    """A path as an endpoint tells it: net sign, CURIEs of its entities, ids of its statements."""

    sign: str
    entities: tuple[str, ...]
    statements: tuple[str, ...]


def remote_paths(endpoint: Endpoint, sparql: str) -> tuple[list[RemotePath], bool]:
    """The paths that a query of `kg.store.sparql` finds, shorter ones first, and whether more were cut off.

    Raises as `Endpoint.query`.
    """
    found = endpoint.query(sparql)
    at = {name: i for i, name in enumerate(found.columns)}
    if not {"sign", "n0", "s1", "n1"} <= at.keys():
        raise EndpointFailed(
            f"{endpoint.url} answers with other columns than were asked for: {', '.join(at)}"
        )
    n_steps = sum(name[0] == "s" and name[1:].isdecimal() for name in at)
    paths = []
    for row in found.rows:
        ids = [row[at[f"s{i}"]] for i in range(1, n_steps + 1)]
        steps = [i for i in ids if i is not None]
        entities = [row[at[f"n{i}"]] or "" for i in range(len(steps) + 1)]
        statements = tuple(s.removeprefix("statement:") for s in steps)
        paths.append(RemotePath(str(row[at["sign"]]), tuple(entities), statements))
    # Shorter ones first; an endpoint knows no scores.
    paths.sort(key=lambda p: len(p.statements))
    return paths, found.is_cut
