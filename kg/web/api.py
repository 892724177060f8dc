"""The JSON interface: which addresses there are, what they take, and how an answer becomes bytes.

Every address is read-only and says the same for the same parameters, so an answer is kept (`Kept`) and has an
ETag. Errors are objects too: `error` in words, and `nearest` names where a name was wrong.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kg import __version__
from kg.errors import AmbiguousName, BadInput, KGError, NameNotFound
from kg.mechanism.hypotheses import KINDS as HYPOTHESES
from kg.web import objects

if TYPE_CHECKING:
    from kg.graph import Graph

__all__ = ["ENDPOINTS", "Endpoint", "Kept", "failure", "openapi", "to_bytes"]

Parameters = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an address: its name, JSON type, and what it is for."""

    name: str
    kind: str
    about: str
    required: bool = False
    several: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address under `/api/`; `make` gives its object, `key` is what the rest of the address names."""

    name: str
    about: str
    make: Callable[[Graph, str, Parameters], Any]
    parameters: tuple[Parameter, ...] = ()
    key: str = ""

    @property
    def path(self) -> str:
        return f"/api/{self.name}" + (f"/{{{self.key}}}" if self.key else "")


def _text(given: Parameters, name: str) -> str | None:
    value = given[name][-1].strip() if given.get(name) else ""
    return value or None


def _needed(given: Parameters, name: str) -> str:
    value = _text(given, name)
    if value is None:
        raise BadInput(f"give {name}")
    return value


def _whole(given: Parameters, name: str, low: int, high: int, default: int | None = None) -> Any:
    value = _text(given, name)
    if value is None:
        return default
    try:
        number = int(value)
    except ValueError:
        raise BadInput(f"{name} takes a whole number, not {value!r}") from None
    if not low <= number <= high:
        raise BadInput(f"{name} {number}: choose {low} to {high}")
    return number


def _flag(given: Parameters, name: str) -> bool:
    return (_text(given, name) or "0").casefold() not in ("0", "false", "no")


def _trials(g: Graph, _: str, given: Parameters) -> Any:
    return objects.trials(
        g, _text(given, "agent"), disease=_text(given, "disease"), unmet=_flag(given, "unmet"),
        exact_disease=_flag(given, "exact_disease"), until=_whole(given, "until", 1900, 2200),
        safety=_flag(given, "safety"),
    )  # fmt: skip


def _compare(g: Graph, _: str, given: Parameters) -> Any:
    context: dict[str, Any] = {
        name: value
        for name in ("disease", "species", "product", "tissue", "route", "rung")
        if (value := _text(given, name))
    }
    if (until := _whole(given, "until", 1900, 2200)) is not None:
        context["until"] = until
    return objects.compare(g, _needed(given, "one"), _needed(given, "other"), **context)


def _hypotheses(g: Graph, _: str, given: Parameters) -> Any:
    return objects.hypotheses(
        g, _text(given, "source"), _text(given, "target"),
        max_length=_whole(given, "max_length", 2, 4, 3), limit=_whole(given, "limit", 1, 200, 20),
        kind=_text(given, "kind") or (), disease=_text(given, "disease"), species=_text(given, "species"),
        category=_text(given, "category"), min_rung=_text(given, "min_rung"),
        until=_whole(given, "until", 1900, 2200),
    )  # fmt: skip


def _conflicts(g: Graph, _: str, given: Parameters) -> Any:
    return objects.conflicts(
        g, _text(given, "entity"), axis=_text(given, "axis"), kind=_text(given, "kind"),
        unexplained=_flag(given, "unexplained"),
    )  # fmt: skip


def _explain(g: Graph, _: str, given: Parameters) -> Any:
    rows = []
    for number, told in enumerate(_needed(given, "rows").splitlines(), 1):
        words = [w.strip() for w in told.replace(";", "\t").replace(",", "\t").split("\t")]
        if len(words) == 1:
            words = told.rsplit(maxsplit=1)
        if not any(words):
            continue
        if len(words) < 2:
            raise BadInput(f"line {number}: give a name and its change, such as 'IL-10 up' or 'TNF -1.8'")
        if (words[0].casefold(), words[1].casefold()) in (("entity", "change"), ("gene", "change")):
            continue
        rows.append(
            (words[0], {"up": "1", "down": "-1", "+": "1", "-": "-1"}.get(words[1].casefold(), words[1]))
        )
    return objects.explain(g, rows, limit=_whole(given, "limit", 1, 50, 10))


_SEVERAL = "may stand more than once"
_CONTEXT = (
    Parameter("disease", "string", "only evidence from this disease, its kinds and its models"),
    Parameter("exact_disease", "boolean", "leaves kinds and models of the disease out"),
    Parameter("species", "string", "only evidence from this species"),
    Parameter("product", "string", "only this product (cells, vesicles, …)"),
    Parameter("tissue", "string", "only products of this tissue"),
    Parameter("route", "string", "only products given by this route"),
    Parameter("rung", "string", "only evidence on this rung of the translational ladder or above"),
    Parameter("until", "integer", "only papers of that year or before"),
)
_PATHS = (
    Parameter("source", "string", "where paths start", required=True),
    Parameter("target", "string", "where paths end", required=True),
    Parameter("q", "string", "instead of all others: a line as behind `kg paths`"),
    Parameter("via", "string", f"only paths through it; {_SEVERAL}", several=True),
    Parameter("avoid", "string", f"only paths that do not touch it; {_SEVERAL}", several=True),
    Parameter("without", "string", f"as if it were blocked; {_SEVERAL}", several=True),
    Parameter("at", "string", f"POSITION=NAME, 0 being the source; {_SEVERAL}", several=True),
    Parameter("predicate", "string", f"only steps with it; {_SEVERAL}", several=True),
    Parameter("sign", "string", "net sign: + or - or ?"),
    Parameter("max_length", "integer", "most steps, 4 if not given"),
    Parameter("test", "string", "only steps shown by this causal test"),
    Parameter("min_belief", "number", "only steps believed so much, 0 to 1"),
    Parameter("top", "integer", "only the best, without looking for the others"),
    *(
        Parameter(name, "boolean", about)
        for name, about in (
            ("products", "vesicles, medium and mitochondria count as the cell"),
            ("coherent", "only paths whose steps hold together in one context"),
            ("diverse", "of paths that share most steps, only the best"),
            ("exact", "entities below the ones named do not count as them"),
            ("inherited", "what is stated of a class counts for those below it"),
            ("bridged", "what is stated of a marker counts for what it marks"),
            ("loops", "paths from MSCs may come back to MSCs"),
        )
    ),
    *_CONTEXT,
)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("start", "Counts, coverage, starting points and the lists to choose from.",
             lambda g, key, given: objects.start(g)),
    Endpoint("stats", "Counts and the coverage grid.", lambda g, key, given: objects.stats(g)),
    Endpoint("cell", "The statements behind one cell of the coverage grid.",
             lambda g, key, given: objects.cell(g, _needed(given, "disease"), _needed(given, "mechanism")),
             (Parameter("disease", "string", "a disease of the grid", required=True),
              Parameter("mechanism", "string", "a mechanism of the grid", required=True))),
    Endpoint("find", "Entities and classes by name, alias, label or identifier.",
             lambda g, key, given: objects.find(g, _needed(given, "q")),
             (Parameter("q", "string", "the text", required=True),)),
    Endpoint("search", "What a search field offers: entities, papers, a question read from plain words.",
             lambda g, key, given: objects.search(g, _needed(given, "q")),
             (Parameter("q", "string", "the text", required=True),)),
    Endpoint("entity", "An entity with its statements, trials and conflicts.",
             lambda g, key, given: objects.entity(g, key), key="name"),
    Endpoint("statement", "A statement with every evidence line and how its belief comes about.",
             lambda g, key, given: objects.statement(g, key), key="id"),
    Endpoint("paper", "A paper with its lines; PMID:…, doi:… or the bare identifier.",
             lambda g, key, given: objects.paper(g, key), key="id"),
    Endpoint("paths", "Signed paths, best first: the objects of `kg paths --json`.",
             lambda g, key, given: objects.paths(g, objects.path_query(given)), _PATHS),
    Endpoint("answer", "The same question with the statements' lines, nulls and conflicts beside the paths.",
             lambda g, key, given: objects.answer(
                 g, objects.path_query(given), _whole(given, "limit", 1, 300, 60)
             ),
             (*_PATHS, Parameter("limit", "integer", "most paths, best first; 60 if not given"))),
    Endpoint("conflicts", "Where findings disagree, most evidence first.", _conflicts,
             (Parameter("entity", "string", "only those that touch it"),
              Parameter("axis", "string", "only where this context separates the sides"),
              Parameter("kind", "string", "opposite or disputed"),
              Parameter("unexplained", "boolean", "only where no context does"))),
    Endpoint("conflict", "One conflict with the lines of both sides.",
             lambda g, key, given: objects.conflict(g, key), key="id"),
    Endpoint("compare", "Two agents, products, sources or diseases side by side.", _compare,
             (Parameter("one", "string", "one side", required=True),
              Parameter("other", "string", "the other", required=True), *_CONTEXT)),
    Endpoint("trials", "Trials in people with every endpoint and its result.", _trials,
             (Parameter("agent", "string", "only trials of it"), *_CONTEXT[:2], _CONTEXT[-1],
              Parameter("unmet", "boolean", "only endpoints on which nothing was gained"),
              Parameter("safety", "boolean", "only harms and what was watched for as one"))),
    Endpoint("hypotheses", "Untested effects that paths suggest, ranked.", _hypotheses,
             (Parameter("source", "string", "only from it"), Parameter("target", "string", "only to it"),
              Parameter("kind", "string", f"only of this kind: {', '.join(HYPOTHESES)}"),
              Parameter("disease", "string", "only where it should hold in it or a model of it"),
              Parameter("species", "string", "only where a step of the best chain was seen in it"),
              Parameter("category", "string", "only targets of this category"),
              Parameter("min_rung", "string", "only chains whose every step is on this rung or above"),
              Parameter("until", "integer", "as one would have proposed at the end of that year"),
              Parameter("max_length", "integer", "most steps of a joining path, 3 if not given"),
              Parameter("limit", "integer", "most hypotheses, 20 if not given"))),
    Endpoint("explain", "Causes that explain measured changes.", _explain,
             (Parameter("rows", "string", "one line each: a name, then up, down or a number", required=True),
              Parameter("limit", "integer", "most causes, 10 if not given"))),
    Endpoint("queries", "The named SPARQL queries.", lambda g, key, given: objects.queries()),
    Endpoint("ontology", "The topmost classes of the ontology.", lambda g, key, given: objects.ontology(g)),
    Endpoint("ontology", "A class with its parents, children and evidence.",
             lambda g, key, given: objects.ontology(g, key), key="name"),
)  # fmt: skip


def to_bytes(data: Any) -> bytes:
    """Data as JSON in UTF-8."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def failure(error: KGError) -> tuple[int, dict[str, Any]]:
    """Status and object of an error: 404 for a name that is not here, 400 for another bad request."""
    data: dict[str, Any] = {"error": str(error)}
    if isinstance(error, NameNotFound):
        data["nearest"] = list(error.nearest)
        return 404, data
    if isinstance(error, AmbiguousName):
        data["nearest"] = [name for name, _ in error.candidates]
    return 400, data


class Kept:
    """The bytes of the last answers, by address; the graph does not change, so none goes stale.

    At most `most_bytes` are held.
    """

    def __init__(self, most_bytes: int = 48 << 20) -> None:
        self._most, self._bytes = most_bytes, 0
        self._held: OrderedDict[str, tuple[bytes, str]] = OrderedDict()

    def get(self, address: str) -> tuple[bytes, str] | None:
        """Bytes and ETag."""
        if (found := self._held.get(address)) is not None:
            self._held.move_to_end(address)
        return found

    def put(self, address: str, body: bytes) -> tuple[bytes, str]:
        made = (body, f'"{hashlib.sha256(body).hexdigest()[:20]}"')
        if len(body) <= self._most // 4 and address not in self._held:
            self._held[address] = made
            self._bytes += len(body)
            while self._bytes > self._most:
                self._bytes -= len(self._held.popitem(last=False)[1][0])
        return made


def openapi(base: str = "") -> dict[str, Any]:
    """The interface as an OpenAPI 3.1 description."""
    failed = {
        "description": "What is wrong, and the nearest names that exist.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }

    def parameter(p: Parameter) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": p.kind}
        if p.several:
            schema = {"type": "array", "items": schema}
        # One of them can be given by `q`, so none is demanded where that is taken.
        return {"name": p.name, "in": "query", "required": False, "description": p.about, "schema": schema}

    found: dict[str, Any] = {}
    for e in ENDPOINTS:
        named = (
            [{"name": e.key, "in": "path", "required": True, "schema": {"type": "string"}}] if e.key else []
        )
        found[e.path] = {
            "get": {
                "operationId": e.name + ("Of" if e.key and e.name == "ontology" else ""),
                "summary": e.about,
                "parameters": [*named, *map(parameter, e.parameters)],
                "responses": {
                    "200": {"description": "The object.", "content": {"application/json": {"schema": {}}}},
                    "400": failed,
                    "404": failed,
                },
            }
        }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "msc-kg",
            "version": __version__,
            "description": "How mesenchymal stromal cells act in lung disease: signed, cited statements.",
        },
        "servers": [{"url": base or "/"}],
        "paths": found,
        "components": {
            "schemas": {
                "Error": {
                    "type": "object",
                    "required": ["error"],
                    "properties": {
                        "error": {"type": "string"},
                        "nearest": {"type": "array", "items": {"type": "string"}},
                    },
                }
            }
        },
    }
