"""The tools for language models say what the library says, with its papers, and fail in words.

Asked with the official client: in memory, over standard input and output, and over HTTP.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kg.cli import main
from kg.errors import BadInput
from kg.graph import Graph
from kg.mechanism.belief import belief_of
from kg.web.mcp import MOST, TOOLS, Tools, make_server, mcp_app

anyio = pytest.importorskip("anyio")
mcp = pytest.importorskip("mcp", reason="an extra, and a dev dependency")

ROOT = Path(__file__).resolve().parents[1]
PAPER = re.compile(r"PMID:\d+|doi:10\.\S+")

Ask = Callable[..., Any]


class Failed(Exception):
    """A tool said that it cannot."""


async def call(client: Any, name: str, **arguments: Any) -> Any:
    """The data of a tool's answer; the same as text and as structure.

    Raises Failed where the tool did.
    """
    found = await client.call_tool(name, arguments)
    (content,) = found.content
    if found.is_error:
        raise Failed(content.text)
    assert json.loads(content.text) == found.structured_content
    assert len(content.text) <= MOST
    return found.structured_content


def asked(server: Any, question: Callable[[Any], Awaitable[Any]], mode: str = "auto") -> Any:
    """What a client of the server gets; `mode`: legacy is the handshake that most clients of today make.

    Raises Failed, on its own and not in the groups of the tasks.
    """

    async def run() -> Any:
        async with mcp.Client(server, mode=mode) as client:
            try:
                return await question(client)
            except Failed as failed:
                return failed

    found = anyio.run(run)
    if isinstance(found, Failed):
        raise found
    return found


def asker(graph: Graph) -> Ask:
    server = make_server(graph)
    return lambda name, **arguments: asked(server, lambda client: call(client, name, **arguments))


@pytest.fixture(scope="module")
def ask(tiny: Graph) -> Ask:
    return asker(tiny)


@pytest.fixture(scope="module")
def ask_real(real: Graph) -> Ask:
    return asker(real)


def names_papers(data: Any) -> Iterator[str]:
    """Every identifier of a paper in some data."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        if key in ("papers", "paper"):
            yield from [value] if isinstance(value, str) else value
        elif isinstance(value, (dict, list)):
            yield from names_papers(value)


# What there is ------------------------------------------------------------------------------------


def test_tools_tell_what_they_take_and_that_they_only_read(tiny: Graph) -> None:
    tools = asked(make_server(tiny), lambda client: client.list_tools()).tools
    assert tuple(t.name for t in tools) == TOOLS
    for tool in tools:
        assert 60 < len(tool.description) < 400, tool.name
        assert "\n" not in tool.description
        assert tool.annotations.read_only_hint
        for name, told in tool.input_schema["properties"].items():
            assert "default" in told or name in tool.input_schema["required"]
            if name not in ("text", "query"):
                assert told.get("description"), (tool.name, name)
    assert len(json.dumps([t.input_schema for t in tools])) < 12_000


def test_every_tool_is_a_method_that_says_what_it_gives() -> None:
    public = [n for n, f in inspect.getmembers(Tools, inspect.isfunction) if not n.startswith("_")]
    assert sorted(public) == sorted(TOOLS)


# What the library says ----------------------------------------------------------------------------


def test_find(ask: Ask, tiny: Graph) -> None:
    found = ask("find", text="fibrosis")
    entities = [r for r in found["results"] if r["kind"] == "entity"]
    assert [r["name"] for r in entities] == [e.name for e in tiny.find("fibrosis")]
    touching = [s for s in tiny.statements() if "fibrosis" in (s.subject, s.object)]
    assert entities[0]["n_statements"] == len(touching)
    cut = ask("find", text="fibrosis", limit=2)
    assert len(cut["results"]) == 2
    assert cut["more"] == len(found["results"]) + found["more"] - 2
    assert "Treg" in ask("find", text="Tregg")["near"]


def test_paths(ask: Ask, tiny: Graph) -> None:
    found = ask("paths", source="MSC", target="fibrosis", via=["Treg"], sign="-")
    answer = tiny.paths("MSC", "fibrosis", via="Treg", sign="-")
    assert found["n_paths"] == len(answer) == len(found["paths"]) + found["more"]
    for told, path in zip(found["paths"], answer, strict=False):
        assert told["sentence"] == path.sentence()
        assert told["belief"] == path.belief
        assert [s["statement_id"] for s in told["steps"]] == [s.id for s in path.steps]
        assert [tuple(s["papers"]) for s in told["steps"]] == [s.papers for s in path.steps]
    assert found["matched"]["pulmonary fibrosis"] == "pulmonary fibrosis is a kind of fibrosis"
    assert any("Treg / pulmonary fibrosis" in c for c in found["paths"][0]["conflicts"])
    assert (
        ask("paths", source="MSC", target="fibrosis", limit=1)["more"]
        == len(tiny.paths("MSC", "fibrosis")) - 1
    )


def test_paths_tell_what_was_looked_for_between_the_ends(ask: Ask, tiny: Graph) -> None:
    found = ask("paths", source="MSC", target="death")
    (null,) = tiny.nulls("MSC", "death")
    assert found["no_effect"][0]["statement_id"] == null.id
    assert found["no_effect"][0]["looked_for_in"] == ["human"]
    assert "belief" not in found["no_effect"][0]
    assert found["paths"] == []
    assert "no evidence that there is no effect" in found["note"]


def test_statements(ask: Ask, tiny: Graph) -> None:
    found = ask("statements", subject="MSC", limit=50)
    wanted = tiny.statements("MSC")
    assert {s["statement_id"] for s in found["statements"]} == {s.id for s in wanted}
    beliefs = [s.get("belief", 0) for s in found["statements"]]
    assert beliefs == sorted(beliefs, reverse=True)
    assert found["n_no_effect"] == len(tiny.nulls("MSC"))
    one = ask("statements", subject="MSC", object="Treg", predicate="increases")["statements"]
    assert {s["words"] for s in one} == {"MSC increases Treg", "bone marrow MSC increases Treg"}


def test_evidence(ask: Ask, tiny: Graph) -> None:
    (s,) = tiny.statements("Treg", "decreases", "pulmonary fibrosis")
    found = ask("evidence", statement=s.id)
    assert found["statement"]["belief"] == belief_of(s).value
    assert {e["finding"] for e in found["lines"]} == {e.line.finding for e in s.evidence}
    assert {e["paper"] for e in found["lines"]} == set(s.papers)
    assert [c["id"] for c in found["conflicts"]] == [c.id for c in tiny.conflicts() if s.id in c.statements]
    line = found["lines"][0]
    assert line["where"]["species"] == "mouse"
    assert line["url"].startswith("https://doi.org/10.5555/")


def test_evidence_against_is_never_what_is_cut(ask_real: Ask, real: Graph) -> None:
    s = next(s for s in real.statements() if len(s.supports) > 3 and s.no_effects)
    found = ask_real("evidence", statement=s.id, limit=len(s.no_effects))
    assert {e["direction"] for e in found["lines"]} == {"no effect"}
    assert found["more"] == len(s.evidence) - len(s.no_effects)


def test_paper(ask: Ask, tiny: Graph) -> None:
    for key in ("PMID:1", "1", "doi:10.5555/tiny.4", "10.5555/tiny.4"):
        found = ask("paper", id=key)
        assert found["id"] == "PMID:1"
    paper = tiny.paper("PMID:1")
    assert paper
    assert found["title"] == paper.title
    assert [e["finding"] for e in found["lines"]] == [e.line.finding for e in tiny.evidence_of(paper)]
    assert all(tiny.statement(e["statement_id"]) for e in found["lines"])
    assert "bone marrow MSC no effect on death" in [e["words"] for e in found["lines"]]


def test_conflicts(ask: Ask, tiny: Graph) -> None:
    found = ask("conflicts")
    assert [c["id"] for c in found["conflicts"]] == [c.id for c in tiny.conflicts()]
    told, c = found["conflicts"][0], tiny.conflicts()[0]
    assert told["would_settle"] == c.experiment
    assert told["one"]["papers"] == sorted({e.paper.id for e in c.one_side})
    assert ask("conflicts", entity=c.id)["conflicts"] == [told]
    unexplained = [c.id for c in tiny.conflicts(unexplained=True)]
    assert [c["id"] for c in ask("conflicts", unexplained=True)["conflicts"]] == unexplained


def test_compare(ask: Ask, tiny: Graph) -> None:
    found, wanted = ask("compare", one="MSC", other="Treg", limit=50), tiny.compare("MSC", "Treg")
    assert [(e["object"], e["verdict"]) for e in found["effects"]] == [
        (e.object, e.verdict) for e in wanted.effects
    ]
    for told, e in zip(found["effects"], wanted.effects, strict=True):
        for side, seen in ((told["one"], e.one), (told["other"], e.other)):
            assert (side is None) == (not seen.word)
            assert side is None or (side["effect"], tuple(side["papers"])) == (seen.word, seen.papers)
    assert found["counts"]["only one"] == len(wanted.of("only one"))
    shared = ask("compare", one="MSC", other="Treg", shared=True)["effects"]
    assert not [e for e in shared if e["verdict"].startswith("only")]


def test_hypotheses(ask: Ask, tiny: Graph) -> None:
    found = ask("hypotheses", source="MSC")
    wanted = tiny.hypotheses("MSC", limit=None)
    assert [(h["source"], h["target"], h["predicted_sign"]) for h in found["hypotheses"]] == [
        (h.source, h.target, h.sign.value) for h in wanted[:5]
    ]
    assert found["more"] == len(wanted) - len(found["hypotheses"])
    assert "no findings" in found["status"]
    assert all(p["papers"] for h in found["hypotheses"] for p in h["for"])


def test_trials(ask: Ask, tiny: Graph) -> None:
    found = ask("trials", disease="asthma")
    (told,), (report,) = found["trials"], tiny.trials(disease="asthma")
    assert (told["paper"], told["n"], told["primary_endpoint"]) == ("PMID:1", 12, "not met")
    assert [o["endpoint"] for o in told["outcomes"]] == [o.statement.object for o in report.outcomes]
    safety = ask("trials", only="safety")["trials"][0]
    assert [o["endpoint"] for o in safety["outcomes"]] == [o.statement.object for o in report.harms]
    assert found["primary_endpoint"] == {"not met": 1}


def test_sparql(ask: Ask, tiny: Graph) -> None:
    query = "SELECT ?n { ?x voc:name ?n } ORDER BY ?n"
    found = ask("sparql", query=query)
    assert found["columns"] == ["n"]
    assert [tuple(r) for r in found["rows"]] == list(tiny.query(query).rows[: len(found["rows"])])
    everything = ask("sparql", query="SELECT * { ?a ?b ?c }")
    assert everything["is_cut"]
    assert len(everything["rows"]) + everything["more"] == 200


# Papers, size -------------------------------------------------------------------------------------

QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("paths", {"source": "MSC", "target": "inflammation", "max_length": 6, "limit": 25}),
    ("statements", {"subject": "MSC", "limit": 50}),
    ("evidence", {"statement": "s51e0f2d8b8a6", "limit": 25}),
    ("conflicts", {"limit": 25}),
    ("compare", {"one": "MSC", "other": "corticosteroid", "limit": 50}),
    ("hypotheses", {"limit": 25, "max_length": 4}),
    ("trials", {"limit": 25}),
    ("find", {"text": "cell", "limit": 50}),
]
LISTS = {
    "paths": "steps", "conflicts": "one other", "compare": "one other", "hypotheses": "for against",
    "trials": "outcomes",
}  # fmt: skip
"""Where inside an item of an answer the claims stand that must bear papers."""


@pytest.mark.parametrize(("name", "arguments"), QUESTIONS)
def test_large_answers_are_cut_and_every_claim_has_papers(
    name: str, arguments: dict[str, Any], ask_real: Ask
) -> None:
    found = ask_real(name, **arguments)  # `call` holds its size
    assert found["more"] >= 0
    items = found[{"evidence": "lines", "compare": "effects", "find": "results"}.get(name, name)]
    assert items
    if name == "find":
        return
    for item in items:
        inside = [item[key] for key in LISTS.get(name, "").split()]
        claims = [c for part in inside for c in (part if isinstance(part, list) else [part]) if c]
        for claim in claims or [item]:
            papers = list(names_papers(claim))
            assert papers, claim
            assert all(PAPER.fullmatch(p) for p in papers)


# What cannot be answered --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("paths", {"source": "Tregg", "target": "fibrosis"}, "near names: Treg"),
        ("paths", {"source": "qqqq", "target": "fibrosis"}, "The tool `find`"),
        ("paths", {"source": "CM", "target": "fibrosis"}, "conditioned medium"),
        ("paths", {"source": "MSC", "target": "fibrosis", "species": "dragon"}, "mouse"),
        ("paths", {"source": "MSC", "target": "fibrosis", "max_length": 9}, "less than or equal to 6"),
        ("paths", {"source": "MSC", "target": "fibrosis", "sign": "up"}, "'+', '-' or '?'"),
        ("paths", {"source": "MSC"}, "target"),
        ("statements", {}, "`subject`, `object` or both"),
        ("statements", {"subject": "MSC", "predicate": "cures"}, "is no predicate; one of"),
        ("evidence", {"statement": "s0"}, "`statements` and `paths` give ids"),
        ("paper", {"id": "PMID:999"}, "no paper 'PMID:999' is in the graph"),
        ("paper", {"id": "a title"}, "PMID:… or a DOI"),
        ("conflicts", {"entity": "Tregg"}, "near names: Treg"),
        ("compare", {"one": "MSC", "other": "Tregg"}, "near names: Treg"),
        ("hypotheses", {"source": "Tregg"}, "near names: Treg"),
        ("trials", {"disease": "Treg"}, "not a disease"),
        ("sparql", {"query": "DELETE { ?a ?b ?c } WHERE { ?a ?b ?c }"}, "read-only"),
        ("sparql", {"query": "SELECT nonsense"}, "line 1"),
        ("sparql", {"query": ""}, "empty"),
    ],
)
def test_bad_input_is_an_error_in_words(name: str, arguments: dict[str, Any], told: str, ask: Ask) -> None:
    with pytest.raises(Failed, match=re.escape(told)) as failed:
        ask(name, **arguments)
    assert "Traceback" not in str(failed.value)
    assert "kg find" not in str(failed.value)


def test_a_slow_query_is_stopped(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.web.mcp.TIME_LIMIT", 0.01)
    with pytest.raises(Failed, match=r"longer than 0\.01 s and was stopped; narrow it or add LIMIT"):
        ask("sparql", query="ASK {}")


def test_a_graph_of_edges_has_tools_too() -> None:
    ask = asker(Graph.from_edges([("a", "increases", "+", "b"), ("b", "decreases", "-", "c")]))
    assert ask("paths", source="a", target="c")["n_paths"] == 1
    assert ask("find", text="a")["results"][0]["name"] == "a"
    with pytest.raises(Failed, match="no RDF"):
        ask("sparql", query="ASK {}")


def test_without_the_extra_it_says_what_to_install(tiny: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server", None)
    for make in (make_server, mcp_app):
        with pytest.raises(BadInput, match=r'pip install "msc-kg\[mcp\]"'):
            make(tiny)
    found = CliRunner().invoke(main, ["--graph", str(tiny.built.path), "mcp"])
    assert found.exit_code == 2
    assert 'pip install "msc-kg[mcp]"' in found.output


# Transports ---------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_over_standard_input_and_output(mode: str, tiny: Graph) -> None:
    command = mcp.StdioServerParameters(
        command=sys.executable, args=["-m", "kg.cli", "--graph", str(tiny.built.path), "mcp"],
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]},
    )  # fmt: skip

    async def question(client: Any) -> tuple[Any, Any]:
        found = await call(client, "paths", source="MSC", target="fibrosis", limit=2)
        with pytest.raises(Failed, match="near names: Treg"):
            await call(client, "conflicts", entity="Tregg")
        return found, await call(client, "sparql", query="ASK {}")

    found, answer = asked(command, question, mode)
    assert [p["sentence"] for p in found["paths"]] == [
        p.sentence() for p in tiny.paths("MSC", "fibrosis")[:2]
    ]
    assert answer["rows"] == [["true"]]


@pytest.mark.slow
@pytest.mark.parametrize("place", ["Mount", "Route"])
def test_over_http_mounted_in_another_server(place: str, tiny: Graph, tmp_path: Path) -> None:
    """As the web server does it: at a path of its own, without a lifespan."""
    script = tmp_path / "server.py"
    script.write_text(
        "import socket, sys, kg, uvicorn\n"
        "from starlette.applications import Starlette\n"
        "from starlette.routing import Mount, Route\n"
        "from kg.web.mcp import mcp_app\n"
        "s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()\n"
        f"app = Starlette(routes=[{place}('/mcp', mcp_app(kg.load(sys.argv[1])))])\n"
        "print(s.getsockname()[1], flush=True)\n"
        "uvicorn.Server(uvicorn.Config(app, log_level='warning')).run(sockets=[s])\n"
    )
    started = [sys.executable, script, str(tiny.built.path)]
    with subprocess.Popen(
        started, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as server:
        try:
            assert server.stdout
            port = int(server.stdout.readline())

            async def question(client: Any) -> list[Any]:
                return [await call(client, "find", text="Treg") for _ in range(3)]

            address = f"http://127.0.0.1:{port}/mcp"
            for mode in ("auto", "legacy"):
                found = asked(address, question, mode)
                assert {f["results"][0]["name"] for f in found} == {"Treg"}

            import httpx

            foreign = {"Origin": "https://example.org", "Accept": "application/json, text/event-stream"}
            asked_for = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
            address += "/" * (place == "Mount")
            refused = httpx.post(address, headers=foreign, json=asked_for)
            assert refused.status_code == 403
        finally:
            server.terminate()
