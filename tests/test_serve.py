"""`kg serve`: the JSON interface, headers, settings, and the process itself."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

import kg
from kg.cli import main
from kg.errors import BadInput
from kg.graph import Graph
from kg.web import api, objects
from kg.web.app import Settings, make_app

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def client(tiny):
    with TestClient(make_app(tiny, Settings(access_log=False))) as found:
        yield found


@pytest.fixture(scope="module")
def printed(tiny):
    """What a command prints with --json."""

    def run(*words):
        done = CliRunner().invoke(main, ["--graph", str(tiny.built.path), *words, "--json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    return run


def without(rows, extra):
    return [{k: v for k, v in row.items() if k not in extra} for row in rows]


# The same as --json -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("paths?source=MSC&target=fibrosis&via=Treg&sign=-", "paths MSC fibrosis --via Treg --sign -"),
        ("paths?source=MSC&target=fibrosis&max_length=2", "paths MSC fibrosis --max-length 2"),
        ("paths?source=MSC&target=Treg&sign=%2B", "paths MSC Treg --sign +"),
        ("paths?source=MSC&target=fibrosis&disease=fibrotic+lung+disease",
         "paths MSC fibrosis --disease|fibrotic lung disease"),
        ("paths?source=MSC&target=fibrosis&until=2002", "paths MSC fibrosis --until 2002"),
        ("find?q=T+cell", "find|T cell"),
        ("compare?one=MSC&other=Treg", "compare MSC Treg"),
        ("hypotheses?source=MSC&limit=5", "hypotheses MSC --limit 5"),
        ("stats", "stats"),
    ],
)  # fmt: skip
def test_an_address_gives_what_the_command_prints(address, words, client, printed):
    command = words.split("|") if "|" in words and " --" not in words else None
    if command is None:
        command = words.replace("|", " | ").split(" | ")[0].split() + words.split("|")[1:]
    found = client.get(f"/api/{address}")
    assert found.status_code == 200, found.text
    assert found.json() == printed(*command)
    assert found.json(), "nothing was compared"


def test_trials_conflicts_and_things_hold_what_the_commands_print(client, printed):
    shown = client.get("/api/trials").json()
    extra = {"numbers", "unmet"}
    plain = [
        {k: without(v, extra) if k == "outcomes" else v for k, v in t.items() if k not in ("url", "journal")}
        for t in shown
    ]
    assert plain == printed("trials")
    assert without(client.get("/api/conflicts").json(), {"words"}) == printed("conflicts")
    entity, told = client.get("/api/entity/Treg").json(), printed("show", "Treg")
    alike = told.keys() - {"statements"}
    assert {k: entity[k] for k in alike} == {k: told[k] for k in alike}
    ids = {s["statement_id"] for s in told["statements"]}
    assert ids == {s["statement_id"] for s in entity["statements"]}
    paper, got = printed("show", "PMID:1"), client.get("/api/paper/PMID:1").json()
    alike = paper.keys() - {"lines"}
    assert {k: got[k] for k in alike} == {k: paper[k] for k in alike}
    assert [e["finding"] for e in got["lines"]] == [e["finding"] for e in paper["lines"]]


def test_a_question_as_a_line_is_the_question_in_parameters(client):
    line = client.get("/api/paths", params={"q": "MSC fibrosis --via Treg --sign -"}).json()
    assert line == client.get("/api/paths?source=MSC&target=fibrosis&via=Treg&sign=-").json()


def test_an_answer_holds_its_paths_with_their_lines(client, tiny: Graph):
    found = client.get("/api/answer?source=MSC&target=fibrosis&via=Treg").json()
    assert found["n"] == len(tiny.paths("MSC", "fibrosis", via="Treg"))
    ids = {s["statement_id"] for p in found["paths"] for s in p["steps"]}
    assert ids == found["statements"].keys()
    assert {n for p in found["paths"] for n in p["entities"]} == found["entities"].keys()
    for key, told in found["statements"].items():
        assert [e["id"] for e in told["lines"]] == [e.id for e in tiny.statement(key).evidence]


def test_an_empty_answer_names_the_nearest_question(client):
    found = client.get("/api/answer?source=MSC&target=fibrosis&via=asthma").json()
    assert found["n"] == 0
    assert "nearest question with an answer" in found["why_empty"]


def test_every_statement_paper_conflict_and_cell_has_an_address(client, tiny: Graph):
    for s in tiny.statements():
        got = client.get(f"/api/statement/{s.id}").json()
        assert (got["subject"], got["object"], len(got["lines"])) == (s.subject, s.object, len(s.evidence))
    for p in tiny.papers:
        assert client.get(f"/api/paper/{p.id}").json()["title"] == p.title
    for c in tiny.conflicts():
        assert client.get(f"/api/conflict/{c.id}").json()["experiment"] == c.experiment
    start = client.get("/api/start").json()
    for disease, row in start["grid"]["cells"].items():
        for mechanism, counts in row.items():
            got = client.get("/api/cell", params={"disease": disease, "mechanism": mechanism}).json()
            assert got["n_lines"] == sum(counts.values()), (disease, mechanism)


def test_every_starting_point_answers_on_the_real_graph(real: Graph):
    with TestClient(make_app(real, Settings(access_log=False))) as client:
        for question, view in objects.QUESTIONS:
            address = re.sub(r"^paths", "answer", view)
            got = client.get(f"/api/{address}")
            assert got.status_code == 200, (question, got.text)
            assert got.json(), question


# Plain questions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("how do MSCs reduce fibrosis through Treg?",
         {"source": "MSC", "target": "fibrosis", "via": "Treg", "sign": "-"}),
        ("MSC increases IL-10", {"source": "MSC", "target": "IL-10", "sign": "+"}),
        ("How does MSC affect death in mice", {"source": "MSC", "target": "death", "species": "mouse"}),
        ("do MSC reduce fibrosis without IL-10",
         {"source": "MSC", "target": "fibrosis", "avoid": "IL-10", "sign": "-"}),
        ("Does MSC raise Treg in asthma?",
         {"source": "MSC", "target": "Treg", "disease": "asthma", "sign": "+"}),
        ("how do unicorns reduce fibrosis", None),
        ("MSC", None),
        ("fibrosis in Atlantis reduces what", None),
        ("", None),
    ],
)  # fmt: skip
def test_what_is_understood_of_plain_words(text, understood, tiny: Graph):
    assert objects.question(tiny, text) == understood


def test_search_finds_names_identifiers_and_papers(client, tiny: Graph):
    def names(text):
        return [e["name"] for e in client.get("/api/search", params={"q": text}).json()["entities"]]

    assert names("Treg")[0] == "Treg"
    assert names(tiny.entity("Treg").id)[0] == "Treg"
    paper = tiny.papers[0]
    for text in filter(None, (paper.title, paper.pmid, paper.doi, f"PMID:{paper.pmid}")):
        found = client.get("/api/search", params={"q": text}).json()["papers"]
        assert paper.id in [p["id"] for p in found], text
    assert client.get("/api/search", params={"q": "Tregg"}).json()["near"] == ["Treg"]


def test_search_understands_identifiers_of_elsewhere_and_words_of_a_longer_question(real: Graph):
    for text in ("P22301", "UniProt:P22301", "ENSG00000136634", "NCBIGene:3586", "HGNC:5962"):
        assert [e["name"] for e in objects.search(real, text)["entities"]] == ["IL-10"], text
    asked = objects.search(real, "do mesenchymal stem cells help patients with COPD?")
    assert asked["understood"] == ["MSC", "COPD"]
    assert objects.search(real, "xyzzy")["understood"] == []


# What is wrong is said ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "status", "told"),
    [
        ("entity/Tregg", 404, "did you mean 'Treg'"),
        ("entity/", 400, "give the name: /api/entity/{name}"),
        ("statement/s000", 400, "no statement has the id"),
        ("paper/PMID:2", 400, "no paper 'PMID:2'"),
        ("conflict/x", 404, "'x'"),
        ("paths?source=MSC", 400, "give source and target"),
        ("paths?source=MSC&target=fibrosis&max_length=99", 400, "choose 1 to 8"),
        ("paths?source=MSC&target=fibrosis&max_length=two", 400, "takes a number, not 'two'"),
        ("paths?source=MSC&target=fibrosis&sign=x", 400, "write + or - or ?"),
        ("paths?source=MSC&target=fibrosis&species=dragon", 400, "'dragon' is no species"),
        ("paths?source=MSC&target=fibrosis&colour=red", 400, "takes no 'colour'"),
        ("paths?q=MSC+'", 400, "put names with blanks in quotes"),
        ("answer?source=MSC&target=fibrosis&limit=0", 400, "choose 1 to 300"),
        ("cell?disease=gout&mechanism=T+cells", 400, "'gout' is no disease of the grid"),
        ("compare?one=MSC", 400, "give other"),
        ("explain?rows=IL-10", 400, "line 1: give a name and its change"),
        ("trials?until=soon", 400, "takes a whole number, not 'soon'"),
        ("nowhere", 404, "nothing is at /api/nowhere"),
    ],
)  # fmt: skip
def test_bad_requests_say_what_is_wrong(address, status, told, client):
    got = client.get(f"/api/{address}")
    assert got.status_code == status, got.text
    assert told in got.json()["error"]
    assert "Traceback" not in got.text


def test_only_reading_is_allowed(client):
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert client.request(method, "/api/start").status_code == 405


# Headers, cache, log ------------------------------------------------------------------------------


def test_the_second_time_nothing_is_sent_again(client):
    first = client.get("/api/entity/Treg")
    again = client.get("/api/entity/Treg", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get("/api/entity/MSC", headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


def test_every_response_keeps_the_page_to_this_server(client):
    for address in ("/", "/api/start", "/api/nowhere", "/assets/core.js", "/health", "/assets/none.js"):
        got = client.get(address)
        policy = got.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-eval" not in policy
        assert "script-src 'self';" in policy
        assert got.headers["x-content-type-options"] == "nosniff"


def test_the_log_tells_nothing_of_who_asked_what(tiny: Graph, caplog: pytest.LogCaptureFixture):
    with TestClient(make_app(tiny, Settings())) as client, caplog.at_level(logging.INFO, "kg.web"):
        client.get("/api/entity/Treg?x=secret", headers={"User-Agent": "somebody"})
    told = [json.loads(r.message) for r in caplog.records if r.name == "kg.web"]
    assert [set(line) for line in told] == [{"method", "path", "status", "ms"}]
    assert told[0]["path"] == "/api"
    assert "secret" not in caplog.text
    assert "Treg" not in caplog.text


def test_files_outside_the_assets_are_not_served(client):
    for path in ("/assets/../app.py", "/assets/%2e%2e/app.py", "/vendor/../../pyproject.toml"):
        assert client.get(path).status_code in (400, 404)


def test_kept_answers_stay_within_their_size():
    kept = api.Kept(most_bytes=100)
    for n in range(50):
        kept.put(f"a{n}", b"x" * 20)
    assert sum(len(body) for body, _ in kept._held.values()) <= 100
    assert kept.get("a49") is not None
    assert kept.get("a0") is None
    kept.put("big", b"x" * 90)
    assert kept.get("big") is None


def test_the_description_names_every_address_and_parameter(client):
    told = client.get("/api/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    assert set(told["paths"]) == {e.path for e in api.ENDPOINTS}
    for e in api.ENDPOINTS:
        listed = {p["name"] for p in told["paths"][e.path]["get"]["parameters"]}
        assert listed == {p.name for p in e.parameters} | ({e.key} if e.key else set())
        assert e.about.endswith(".")


# Settings and the process -------------------------------------------------------------------------


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KG_PORT", "9001")
    monkeypatch.setenv("KG_TIME_LIMIT", "2.5")
    monkeypatch.setenv("KG_ACCESS_LOG", "no")
    made = Settings.of_environment(port=None, workers=3)
    assert (made.port, made.time_limit, made.access_log, made.workers) == (9001, 2.5, False, 3)
    assert Settings.of_environment(port=5).port == 5
    assert made.host == "127.0.0.1"
    monkeypatch.setenv("KG_PORT", "many")
    with pytest.raises(BadInput, match="KG_PORT='many': a int is needed"):
        Settings.of_environment()
    for wrong in ({"port": 70000}, {"port": 1, "workers": 0}, {"port": 1, "time_limit": 0.0}):
        with pytest.raises(BadInput):
            Settings.of_environment(**wrong)


def test_every_setting_is_told_in_the_help():
    told = CliRunner().invoke(main, ["serve", "--help"]).output
    for f in fields(Settings):
        assert f"KG_{f.name.upper()}" in told


def test_a_table_of_edges_is_refused():
    with pytest.raises(BadInput, match="table of edges"):
        make_app(kg.Graph.from_edges([("a", "increases", "+", "b")]))


def test_a_taken_port_is_told(tiny: Graph):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = CliRunner().invoke(main, ["--graph", str(tiny.built.path), "serve", "--port", port])
    assert done.exit_code == 2
    assert f"cannot listen on 127.0.0.1:{port}" in done.output
    assert "--port" in done.output


def test_the_server_says_where_it_is_answers_and_stops_cleanly(tiny: Graph):
    process = subprocess.Popen(
        [sys.executable, "-m", "kg.cli", "--graph", str(tiny.built.path), "serve", "--port", "0", "--no-log"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert address, line
        with urllib.request.urlopen(f"{address[0]}health", timeout=10) as got:
            assert json.load(got)["status"] == "ok"
    finally:
        process.send_signal(signal.SIGTERM)
        _, complaints = process.communicate(timeout=15)
    assert process.returncode in (0, -signal.SIGTERM)
    assert "Traceback" not in complaints
