"""The graph as tools for language models, over the Model Context Protocol; an extra.

Every tool is one library call. An answer is small enough for a model's window: a list of a few items, best
first, with `more` telling how many were left out; every claim bears the identifiers of its papers. What
cannot be answered is a tool error in words: a wrong name comes back with near ones.

`make_server` is for standard input and output (`kg mcp`), `mcp_app` for HTTP.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, wraps
from inspect import getdoc
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import Field

from kg import __version__, vocab
from kg.errors import AmbiguousName, BadInput, KGError, NameNotFound, QueryTooSlow
from kg.graph import Graph
from kg.mechanism.belief import belief_of
from kg.mechanism.compare import VERDICTS, Effect, Seen
from kg.mechanism.conflicts import Conflict
from kg.mechanism.hypotheses import Hypothesis
from kg.mechanism.paths import Path, Step
from kg.mechanism.trials import Outcome, TrialReport
from kg.model import Evidence, Statement

if TYPE_CHECKING:
    from mcp.server import MCPServer
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["TOOLS", "Tools", "make_server", "mcp_app"]

MOST = 16_000
"""Characters of an answer, about 5,000 tokens; items beyond are left out and counted."""

FEW_PAPERS = 8
"""Papers listed behind one claim; `n_papers` counts all."""

TIME_LIMIT = 10.0
"""Seconds of a SPARQL query."""

ROW_LIMIT = 200
"""Rows of a SPARQL query."""

INSTRUCTIONS = """\
A curated knowledge graph of how mesenchymal stromal cells (MSCs) act in lung disease. Statements are signed
(+ raises, - lowers, ? sign not known, 0 looked for and not found); signs multiply along a path. Cite the
papers (PMID or DOI) that come with every claim. `belief` (0 to 1) ranks evidence and is no probability.
Say what kind of evidence it is (human, animal, in vitro) and what speaks against it. Hypotheses are ideas to
test, never findings. Absence from the graph is no evidence of absence. This is no medical advice.
Start with `find` for the right names; then `paths`, `statements` or `compare`, and `evidence` for the lines
behind a statement."""

Data = dict[str, Any]
_T = TypeVar("_T")

Named = Annotated[str, Field(description="Name, alias or identifier of an entity; `find` looks them up.")]
MaybeNamed = Annotated[str | None, Field(description="Name, alias or identifier of an entity.")]
Names = Annotated[Sequence[str], Field(description="Names of entities, defined classes or categories.")]
Disease = Annotated[
    str | None, Field(description="Only evidence from this disease, its kinds and its models.")
]
Species = Annotated[str | None, Field(description=f"Only evidence from it: {', '.join(vocab.SPECIES)}.")]
Few = Annotated[int, Field(ge=1, le=25, description="Most items of the answer.")]
Many = Annotated[int, Field(ge=1, le=50, description="Most items of the answer.")]


class Tools:
    """The tools as plain functions over a graph: arguments in, data for JSON out.

    All raise as the library does: NameNotFound, AmbiguousName, BadInput, QueryRefused, QueryTooSlow.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @cached_property
    def _n_statements(self) -> Counter[str]:
        return Counter(n for s in self.graph.statements() for n in {s.subject, s.object})

    def find(self, text: str, limit: Many = 15) -> Data:
        """Names in the graph that hold a text: entities (with how many statements touch them), then classes.

        Use the `name` of a result in the other tools. Classes (`kind` other than entity) have members instead
        of statements.
        """
        g = self.graph
        found: list[Data] = [
            {"name": e.name, "id": e.id, "kind": "entity", "category": e.category, "label": e.label,
             "aliases": list(e.aliases[:5]), "n_statements": self._n_statements[e.name]}
            for e in g.find(text)
        ]  # fmt: skip
        found += [{"name": t.name, "id": t.id, "kind": t.kind, "label": t.label} for t in g.find_terms(text)]
        near = {} if found else {"near": list(g.terms.nearest(text))}
        return _page("results", found, limit, lambda item: item, **near)

    def paths(
        self, source: Named, target: Named, via: Names = (), avoid: Names = (),
        sign: Annotated[
            Literal["+", "-", "?"] | None,
            Field(description="Only paths by which more source means more (+) or less (-) target."),
        ] = None,
        max_length: Annotated[int, Field(ge=1, le=6, description="Most steps of a path.")] = 4,
        disease: Disease = None, species: Species = None, limit: Few = 5,
    ) -> Data:  # fmt: skip
        """Signed paths from one entity to another, best first: how one acts on the other, step by step.

        Kinds of the entities named count as them (`matched` says why). Every step has its statement's id,
        papers, belief, and how many lines speak for and against it; `no_effect` lists what was looked for
        between the two ends and not found.
        """
        g = self.graph
        answer = g.paths(
            source, target, via=via, avoid=avoid, sign=sign, max_length=max_length, disease=disease,
            species=species,
        )  # fmt: skip
        asked, view = answer.question, g.within(**answer.query.context)
        conflicts = view.conflicts()
        used = {n for p in answer[:limit] for n in p.entities}
        absent = [s for s in view.nulls() if s.subject in asked.sources and s.object in asked.targets]
        rest: Data = {
            "asked": str(answer.query),
            "n_paths": len(answer) if answer.is_complete else f"the best {len(answer)} of many more",
            "matched": {n: why for n, why in answer.reasons.items() if n in used},
            "no_effect": [_statement(s) for s in absent[:3]],
            "n_no_effect": len(absent),
        }
        if not answer:
            rest["note"] = (
                "no path keeps every condition; try more steps, fewer conditions, or broader names "
                "(see `find`). That is no evidence that there is no effect."
            )
        return _page("paths", answer, limit, lambda p: _path(p, conflicts), **rest)

    def statements(
        self, subject: MaybeNamed = None, object: MaybeNamed = None,
        predicate: Annotated[str | None, Field(description="Only this predicate, such as increases.")] = None,
        disease: Disease = None, limit: Many = 15,
    ) -> Data:  # fmt: skip
        """What is stated of an entity: what it does (`subject`), what acts on it (`object`), or between two.

        Kinds of an entity count as it. Strongest first; `mark` 0 means looked for and not found.
        """
        if subject is None and object is None:
            raise BadInput("give `subject`, `object` or both; `find` looks names up")
        found = self.graph.within(disease=disease).statements(subject, predicate, object)
        ordered = sorted(found, key=lambda s: (-belief_of(s).value, -len(s.papers), str(s)))
        nulls = sum(s.is_null for s in found)
        return _page("statements", ordered, limit, _statement, n_statements=len(found), n_no_effect=nulls)

    def evidence(
        self,
        statement: Annotated[str, Field(description="Id of a statement, such as s61ac0ca014fc.")],
        limit: Few = 12,
    ) -> Data:
        """The evidence lines behind one statement: finding, paper, experiment, causal test, kind of evidence.

        Lines that do not support it (`disputes`, `no effect`) come first, so that a cut never hides them.
        """
        try:
            s = self.graph.statement(statement)
        except BadInput:
            told = f"no statement has the id {statement!r}; `statements` and `paths` give ids"
            raise BadInput(told) from None
        lines = sorted(s.evidence, key=lambda e: e.direction == "supports")
        conflicts = [
            {"id": c.id, "words": str(c), "explained_by": c.verdict.reason}
            for c in self.graph.conflicts()
            if s.id in c.statements
        ]
        return _page("lines", lines, limit, _line, statement=_statement(s), conflicts=conflicts)

    def paper(
        self,
        id: Annotated[str, Field(description="PMID:… or a DOI, as other tools give it.")],
        limit: Few = 15,
    ) -> Data:
        """One paper: what it is, whether it was retracted, and every finding curated from it."""
        g = self.graph
        try:
            paper = g.paper(id)
        except BadInput:
            paper = None
        if paper is None:
            raise BadInput(f"no paper {id!r} is in the graph; give PMID:… or a DOI, as other tools give it")
        told: Data = {
            "id": paper.id, "doi": paper.doi, "title": paper.title, "journal": paper.journal,
            "year": paper.year, "kind": paper.kind, "group": paper.group, "status": paper.status,
            "url": vocab.paper_address(paper.id), "part_read": paper.read,
        }  # fmt: skip

        def line(e: Evidence) -> Data:
            said = e.line.predicate
            said = {"no effect": "no effect on", "disputes": f"does not {said}"}.get(e.direction, said)
            words = f"{e.line.subject} {said} {e.line.object}"
            return {"statement_id": g.knowledge.id_of(e.line), "words": words, **_line(e)}

        return _page("lines", g.evidence_of(paper), limit, line, **_told(told))

    def conflicts(
        self, entity: MaybeNamed = None,
        unexplained: Annotated[bool, Field(description="Only where no context may explain it.")] = False,
        limit: Few = 5,
    ) -> Data:  # fmt: skip
        """Where findings disagree: both sides with papers, what may explain it, what would settle it.

        Most evidence first; `entity` may also be the id of one conflict. Context that differs is a candidate
        explanation, not a proven one.
        """
        return _page("conflicts", self.graph.conflicts(entity, unexplained=unexplained), limit, _conflict)

    def compare(
        self, one: Named, other: Named,
        shared: Annotated[bool, Field(description="Only what both were seen to act on.")] = False,
        disease: Disease = None, limit: Many = 15,
    ) -> Data:  # fmt: skip
        """Two agents, products, sources, routes or diseases side by side: what each raises and lowers.

        Opposite effects first. Not seen is not shown to be absent.
        """
        found = self.graph.compare(one, other, **({} if disease is None else {"disease": disease}))
        effects = [e for e in found.effects if not shared or not e.verdict.startswith("only")]
        counts = {v: len(found.of(v)) for v in VERDICTS}
        return _page("effects", effects, limit, _effect, one=found.one, other=found.other, counts=counts)

    def hypotheses(
        self, source: MaybeNamed = None, target: MaybeNamed = None,
        max_length: Annotated[int, Field(ge=2, le=4, description="Most steps of a joining path.")] = 3,
        kind: Annotated[
            Literal["missing mediator", "mechanism transfer", "missing mechanism", "stronger product",
                    "substitution", "rung gap", "conflict", "drug interaction", "harm"] | None,
            Field(description="Only of this kind."),
        ] = None,
        disease: Disease = None,
        limit: Few = 5,
    ) -> Data:  # fmt: skip
        """Untested effects that the graph suggests, with what speaks against each and a test to refute it.

        These are no findings: no paper in the graph measured the pair. The papers are those of the steps.
        """
        found = self.graph.hypotheses(
            source,
            target,
            kind=kind or (),
            disease=disease,
            max_length=max_length,
            limit=None,
            p_values=False,
        )
        status = "hypotheses, no findings: no paper in the graph measured these pairs"
        return _page("hypotheses", found, limit, _hypothesis, status=status)

    def trials(
        self, agent: MaybeNamed = None, disease: Disease = None,
        only: Annotated[
            Literal["unmet", "safety"] | None,
            Field(description="Only outcomes without gain (unmet), or harms (safety)."),
        ] = None,
        limit: Few = 6,
    ) -> Data:  # fmt: skip
        """Trials in people, newest first: what was given, to how many, and every outcome with its result."""

        def keeps(o: Outcome) -> bool:
            return o.is_unmet if only == "unmet" else o.is_harm if only == "safety" else True

        found = [
            (report, kept)
            for report in reversed(self.graph.trials(agent, disease=disease))
            if (kept := [o for o in report.outcomes if keeps(o)])
        ]
        rest = {"n_trials": len(found), "primary_endpoint": Counter(report.primary for report, _ in found)}
        return _page("trials", found, limit, lambda item: _trial(*item), **rest)

    def sparql(self, query: str) -> Data:
        """Rows of a SPARQL SELECT, ASK or CONSTRUCT query; 10 seconds, 200 rows.

        Prefixes are known (`voc:` for the graph's own terms: `?x voc:name ?n ; voc:category "cell"`); the
        query sees ontology, assertions and inferences. Statements are named by `statement:` and their id;
        `evidence` gives the papers of one.
        """
        found = self.graph.query(query, time_limit=TIME_LIMIT, row_limit=ROW_LIMIT)
        rest: Data = {"columns": list(found.columns), "is_cut": found.is_cut}
        if found.is_cut:
            rest["note"] = f"cut at {ROW_LIMIT} rows; there are more than `more` tells"
        if found.notes:
            rest["notes"] = list(found.notes)
        return _page("rows", found.rows, ROW_LIMIT, list, **rest)


TOOLS = (
    "find", "paths", "statements", "evidence", "paper", "conflicts", "compare", "hypotheses", "trials",
    "sparql",
)  # fmt: skip
"""Names of the tools, each a method of `Tools`."""


# Servers ------------------------------------------------------------------------------------------


def make_server(graph: Graph) -> MCPServer:
    """A server with the tools, for any transport; `run("stdio")` is what `kg mcp` does.

    Raises BadInput without the extra.
    """
    try:
        from mcp.server import MCPServer
        from mcp.types import ToolAnnotations
    except ImportError:
        raise BadInput('tools for language models need mcp: pip install "msc-kg[mcp]"') from None
    server = MCPServer("msc-kg", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING")
    tools, reads = Tools(graph), ToolAnnotations(read_only_hint=True, open_world_hint=False)
    for name in TOOLS:
        tool = getattr(tools, name)
        told = " ".join((getdoc(tool) or "").split())
        server.add_tool(_answering(tool, graph), name=name, description=told, annotations=reads)
    return server


def mcp_app(graph: Graph, *, host: str = "127.0.0.1") -> ASGIApp:
    """The tools over streamable HTTP, to be mounted at `/mcp`; every request stands alone, without a session.

    It serves whatever path it is reached by, and needs no lifespan of the server around it. As the endpoint
    of a route (`Route("/mcp", mcp_app(graph))`) it answers without the redirect to `/mcp/` of a mount.
    `host`: the address that the server around it listens on. On this machine's own address only requests that
    name it and come from its own pages are taken, so that no foreign page can ask through a browser.
    Raises BadInput without the extra.
    """
    return _OverHTTP(make_server(graph), host)


class _OverHTTP:
    """A server as an ASGI application; a class, since routes take functions for something else."""

    def __init__(self, server: MCPServer, host: str) -> None:
        self._server, self._host = server, host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Made anew for each request: it must be started, and by whom it is mounted in it is not.
        inner = self._server.streamable_http_app(
            streamable_http_path="/", stateless_http=True, json_response=True, host=self._host
        )
        if scope["type"] != "http":
            await inner(scope, receive, send)
            return
        async with inner.router.lifespan_context(inner):
            await inner({**scope, "path": "/", "raw_path": b"/", "root_path": ""}, receive, send)


def _answering(tool: Callable[..., Data], graph: Graph) -> Callable[..., Any]:
    """A tool that answers with compact JSON, and with one sentence where the library raises."""
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp.types import CallToolResult, TextContent

    @wraps(tool)
    def answering(**arguments: Any) -> Any:
        try:
            data = tool(**arguments)
        except KGError as error:
            raise ToolError(_told_error(error, graph)) from None
        return CallToolResult(content=[TextContent(type="text", text=_json(data))], structured_content=data)

    return answering


def _told_error(error: KGError, graph: Graph) -> str:
    """An error in words for a model, which knows tools and no command line."""
    if isinstance(error, NameNotFound):
        near = list(error.nearest) or list(graph.terms.nearest(error.name))
        hint = f"near names: {', '.join(near)}" if near else "no near name"
        return f"nothing is called {error.name!r}; {hint}. The tool `find` looks for a text"
    if isinstance(error, AmbiguousName):
        listed = ", ".join(f"{name} ({key})" for name, key in error.candidates)
        return f"{error.name!r} may mean: {listed}. Pass one of these names"
    if isinstance(error, QueryTooSlow):
        return f"the query ran longer than {error.seconds:g} s and was stopped; narrow it or add LIMIT"
    return str(error)


# Data ---------------------------------------------------------------------------------------------


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _page(key: str, items: Sequence[_T], limit: int, made: Callable[[_T], Any], **rest: Any) -> Data:
    """The first items as data, as many as fit; `more` counts the others."""
    shown: list[Any] = []
    room = MOST - len(_json(rest)) - len(key) - 20
    for item in items[:limit]:
        one = made(item)
        room -= len(_json(one)) + 1
        if shown and room < 0:
            break
        shown.append(one)
    return {**rest, key: shown, "more": len(items) - len(shown)}


def _told(data: Data) -> Data:
    """What is known of it: nothing that is empty."""
    return {name: value for name, value in data.items() if value not in (None, "", [], {}, ())}


def _papers(ids: Iterable[str]) -> Data:
    """The papers behind a claim: some, and how many."""
    found = list(ids)
    return {"papers": found[:FEW_PAPERS], "n_papers": len(found)}


def _statement(s: Statement) -> Data:
    b = belief_of(s)
    if s.is_null:
        told: Data = {"looked_for_in": sorted({vocab.level_of(e.rung) for e in s.no_effects if e.rung})}
    else:
        told = {"belief": b.value, "belief_range": [b.low, b.high], "best_shown_in": s.rung}
    return {
        "statement_id": s.id, "words": f"{s.subject} {s.words} {s.object}", "mark": s.mark, **told,
        "n_supports": len(s.supports), "n_disputes": len(s.disputes), "n_no_effect": len(s.no_effects),
        **_papers(s.papers),
    }  # fmt: skip


def _step(step: Step) -> Data:
    s = step.statement
    told = {"inherited_from": step.inherited_from, "bridged_by": step.bridged_by}
    return {
        "statement_id": s.id, "words": f"{s.subject} {s.predicate} {s.object}", "sign": s.sign.value,
        "belief": step.belief.value, "best_shown_in": step.rung, "n_supports": len(step.supports),
        "n_against": len(step.against), **_papers(step.papers), **_told(told),
    }  # fmt: skip


def _path(path: Path, conflicts: Iterable[Conflict]) -> Data:
    touched = [f"{c} ({c.id})" for c in conflicts if c.effect_on(path)]
    return {
        "sentence": path.sentence(), "net_sign": path.sign.value, "score": round(path.score, 4),
        "belief": path.belief, "belief_range": list(path.belief_range), "weakest_evidence": path.rung,
        "human_share": round(path.human_share, 2), "holds_together": str(path.coherence),
        "steps": [_step(s) for s in path.steps], **_told({"conflicts": touched}),
    }  # fmt: skip


def _line(e: Evidence) -> Data:
    x, a = e.experiment, e.experiment.agent
    where = {
        "species": x.species, "system": x.system, "disease": x.disease, "model": x.model, "phase": x.phase,
        "comparator": x.comparator, "product": a and a.product, "source": a and a.source,
        "route": a and a.route, "dose": a and a.dose,
    }  # fmt: skip
    told = {
        "direction": e.direction, "finding": e.line.finding, "paper": e.paper.id,
        "year": e.paper.year or None, "url": vocab.paper_address(e.paper.id), "kind": e.paper.kind,
        "causal_test": e.line.test, "evidence": e.rung, "n": e.n, "where": _told(where),
    }  # fmt: skip
    return {**_told(told), **({} if e.counts else {"retracted": True})}


def _conflict(c: Conflict) -> Data:
    def side(told: str, lines: Sequence[Evidence], belief: float, year: int) -> Data:
        findings = [f"{e.line.finding} ({e.paper.id})" for e in lines[:3]]
        papers = _papers(sorted({e.paper.id for e in lines}))
        first = {"first_year": year} if year else {}
        return {
            "says": told, "belief": belief, "n_lines": len(lines), **first, **papers, "findings": findings,
        }  # fmt: skip

    return {
        "id": c.id, "words": str(c), "kind": c.kind, "statements": list(c.statements),
        "one": side(c.one, c.one_side, c.beliefs[0], c.years[0]),
        "other": side(c.other, c.other_side, c.beliefs[1], c.years[1]),
        "explained_by": str(c.verdict), "how_known": c.verdict.how, "favours": c.favours,
        "would_settle": c.experiment,
    }  # fmt: skip


def _effect(e: Effect) -> Data:
    def side(seen: Seen) -> Data | None:
        if not seen.word:
            return None
        told = {"effect": seen.word, "belief": seen.belief, "best_shown_in": seen.rung, "where": seen.context}
        return {**told, **_papers(seen.papers)}

    return {"object": e.object, "verdict": e.verdict, "one": side(e.one), "other": side(e.other)}


def _hypothesis(h: Hypothesis) -> Data:
    def joining(p: Path) -> Data:
        statements = [s.id for s in p.steps]
        return {
            "words": str(p), "net_sign": p.sign.value, "belief": p.belief, "statements": statements,
            **_papers(p.papers),
        }  # fmt: skip

    return {
        "words": h.claim, "id": h.id, "kind": h.kind, "why": h.reason, "source": h.source,
        "target": h.target, "predicted_sign": h.sign.value, "score": h.score, "probability": h.probability,
        "base_rate": h.base_rate, "n_paths": h.n_paths, "for": [joining(p) for p in h.supporting[:3]],
        "against": [joining(p) for p in h.dissenting[:2]], "test": h.test,
        "refuted_by": h.refuted_by,
    }  # fmt: skip


def _trial(report: TrialReport, outcomes: Sequence[Outcome]) -> Data:
    d = report.data()
    told = {
        "paper": d["paper"], "url": vocab.paper_address(d["paper"]), "retracted": d["withdrawn"] or None,
        **{k: d[k] for k in (
            "title", "year", "id", "phase", "n", "randomised", "blinded", "primary_endpoint", "diseases",
            "product", "source", "donor", "route", "dose",
        )},
    }  # fmt: skip
    return _page("outcomes", outcomes, 8, _outcome, **_told(told))


def _outcome(o: Outcome) -> Data:
    told = {
        "agent": o.statement.subject, "endpoint": o.statement.object, "result": o.result, "rank": o.rank,
        "met": o.met, "harm": o.is_harm or None, "numbers": o.numbers, "finding": o.line.line.finding,
        "statement_id": o.statement.id, "paper": o.line.paper.id,
    }  # fmt: skip
    return _told(told)
