"""`kg site`: the same answers as Python, in a page opened from a folder, without a server or a network."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from kg.cli import main
from kg.errors import NotWritable
from kg.graph import Graph
from kg.store.queries import named_queries, query_text
from kg.web import objects
from kg.web.site import write_site

QUESTIONS = [
    {"source": "MSC", "target": "fibrosis", "via": "Treg", "sign": "-"},
    {"source": "MSC", "target": "fibrosis", "via": "Treg"},
    {"source": "MSC", "target": "fibrosis", "via": ["Treg", "TGF-beta"]},
    {"source": "MSC", "target": "fibrosis", "via": "macrophage", "sign": "-"},
    {"source": "MSC", "target": "fibrosis", "max_length": 2},
    {"source": "MSC", "target": "fibrosis", "max_length": 3, "avoid": "Treg"},
    {"source": "MSC", "target": "lung inflammation", "disease": "ARDS"},
    {"source": "MSC", "target": "lung inflammation", "disease": "ARDS", "exact_disease": "1"},
    {"source": "MSC", "target": "lung inflammation", "disease": "asthma", "max_length": 3},
    {"source": "MSC", "target": "Treg", "sign": "+", "max_length": 3},
    {"source": "MSC", "target": "death", "max_length": 3, "until": 2012},
    {"source": "MSC", "target": "death", "max_length": 3, "species": "mouse"},
    {"source": "MSC", "target": "death", "max_length": 3, "rung": "large animal in vivo"},
    {"source": "MSC", "target": "lung injury", "product": "vesicles", "products": "1", "max_length": 3},
    {"source": "MSC", "target": "lung injury", "tissue": "bone marrow", "max_length": 3},
    {"source": "MSC", "target": "lung injury", "route": "intravenous", "max_length": 3},
    {"source": "MSC", "target": "death", "test": "necessity", "max_length": 3},
    {"source": "MSC", "target": "death", "min_belief": 0.6, "max_length": 3},
    {"source": "MSC", "target": "fibrosis", "coherent": "1", "max_length": 3},
    {"source": "MSC", "target": "fibrosis", "at": "1=TGF-beta"},
    {"source": "MSC", "target": "death", "via": "mediator", "max_length": 3},
    {"source": "MSC", "target": "lung injury", "via": "neutrophil"},
    {"source": "MSC-EV", "target": "inflammation", "products": "1", "max_length": 3},
    {"source": "IL-10", "target": "death"},
    {"source": "neutrophil", "target": "lung injury", "max_length": 3},
    {"source": "mesenchymal stem cells", "target": "regulatory T cells", "max_length": 2},
    {"source": "MSC", "target": "MSC", "max_length": 3, "loops": "1"},
    {"source": "MSC", "target": "fibrosis", "predicate": ["decreases", "increases"], "max_length": 3},
    {"source": "bone marrow MSC", "target": "fibrosis", "exact": "1", "max_length": 4},
    {"source": "MSC", "target": "death", "without": "IL-10", "max_length": 3},
    {"source": "MSC", "target": "pulmonary fibrosis", "top": 7},
    {"source": "asthma", "target": "MSC"},
]
"""Questions with every kind of constraint, as parameters of an address."""


def asked(g: Graph, question):
    """What Python answers: the objects of `kg paths --json`."""
    given = {k: [str(x) for x in (v if isinstance(v, list) else [v])] for k, v in question.items()}
    return objects.paths(g, objects.path_query(given))


def camel(question):
    return {re.sub(r"_(\w)", lambda m: m[1].upper(), k): v for k, v in question.items()}


def alike(a, b):
    """Whether two answers are the same, numbers to a millionth."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(alike(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(alike, a, b))
    if isinstance(a, (int, float)) and isinstance(b, (int, float)) and not isinstance(a, bool):
        return abs(a - b) <= 1e-6
    return a == b


class Opened:
    """The site in a tab, from a folder, with what it asked for and complained of."""

    def __init__(self, browser, folder: Path):
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
        self.tab = self.context.new_page()
        self.requests, self.complaints = [], []
        self.tab.on("request", lambda r: self.requests.append(r.url))
        self.tab.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.tab.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.address = (folder / "index.html").as_uri()
        self.open("")

    def open(self, view):
        self.tab.goto("about:blank")
        self.tab.goto(f"{self.address}#/{view}")
        self.tab.locator("main:not([aria-busy]) h1").first.wait_for()

    def paths(self, question):
        return self.tab.evaluate("q => kg.paths(q)", camel(question))


@pytest.fixture(scope="module")
def site(real, tmp_path_factory):
    return write_site(real, tmp_path_factory.mktemp("site") / "site")


@pytest.fixture(scope="module")
def page(browser, site):
    opened = Opened(browser, site)
    yield opened
    opened.context.close()


@pytest.fixture(scope="module")
def tiny_page(browser, tiny, tmp_path_factory):
    opened = Opened(browser, write_site(tiny, tmp_path_factory.mktemp("site") / "tiny"))
    yield opened
    opened.context.close()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: " ".join(map(str, q.values())))
def test_a_path_question_has_the_same_answer_as_in_python(question, page, real):
    expected = json.loads(json.dumps(asked(real, question)))
    found = page.paths(question)
    assert len(found) == len(expected)
    for n, (a, b) in enumerate(zip(found, expected, strict=True)):
        assert alike(a, b), f"path {n}: {a} is not {b}"


def test_the_questions_are_no_empty_ones(real):
    counts = [len(asked(real, q)) for q in QUESTIONS]
    assert sum(n > 0 for n in counts) >= 28
    assert max(counts) > 300


def test_all_pairs_of_a_small_graph_have_the_same_answers(tiny_page, tiny):
    names = sorted({n for s in tiny.statements() for n in (s.subject, s.object)})
    pairs = [(a, b) for a in names for b in names]
    random.Random(7).shuffle(pairs)
    n = 0
    for a, b in pairs[:120]:
        question = {"source": a, "target": b, "max_length": 4}
        expected = json.loads(json.dumps(asked(tiny, question)))
        found = tiny_page.paths(question)
        assert len(found) == len(expected)
        assert all(map(alike, found, expected)), question
        n += len(found)
    assert n > 20


def test_wrong_names_and_values_are_told(page):
    def error(question):
        return page.tab.evaluate("q => kg.paths(q).then(() => '', (e) => e.message)", question)

    assert "did you mean 'Treg'" in error({"source": "MSC", "target": "Tregg"})
    assert "'dragon' is no species" in error({"source": "MSC", "target": "Treg", "species": "dragon"})
    assert "choose 1 to 8" in error({"source": "MSC", "target": "Treg", "maxLength": 99})
    assert "write + or - or ?" in error({"source": "MSC", "target": "Treg", "sign": "x"})
    assert "not a disease" in error({"source": "MSC", "target": "Treg", "disease": "Treg"})
    assert "needs the server" in error({"source": "MSC", "target": "Treg", "inherited": "1"})


@pytest.mark.slow
def test_sparql_has_the_same_rows_as_in_python(page, real):
    for q in named_queries():
        text = query_text(q.name)
        expected = real.query(text)
        found = page.tab.evaluate("text => kg.query(text)", text)
        assert found["columns"] == list(expected.columns), q.name
        # Rows of equal rank may come in any order.
        rows = sorted([["" if c is None else c for c in row] for row in found["rows"]])
        assert rows == sorted([["" if c is None else c for c in row] for row in expected.rows]), q.name
        assert rows, q.name
    assert page.tab.evaluate("kg.query('ASK { ?s a owl:Class }')") == {
        "columns": ["answer"],
        "rows": [["true"]],
    }
    for wrong in (
        "INSERT DATA { <a:b> <a:b> <a:b> }",
        "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    ):
        told = page.tab.evaluate("t => kg.query(t).then(() => '', (e) => String(e))", wrong)
        assert told, wrong


def test_every_view_opens_from_a_folder_without_a_network(page, real):
    statement, conflict = real.statements("Treg")[0].id, real.conflicts()[0].id
    views = [
        "", "paths?source=MSC&target=fibrosis&via=Treg&sign=-", "search?q=macrophage", "entity/Treg",
        "entity/COPD", f"statement/{statement}", "paper/PMID%3A19098906", "conflicts", f"conflict/{conflict}",
        "trials?disease=COPD", "hypotheses?source=MSC", "ontology", "ontology/cell", "sparql",
        "cell?disease=COPD&mechanism=neutrophils",
    ]  # fmt: skip
    for view in views:
        page.open(view)
        assert page.tab.locator("[role=alert]").count() == 0, view
        assert len(page.tab.locator("main").inner_text()) > 100, view
    page.open("compare?one=cells&other=vesicles")
    assert "needs the server" in page.tab.locator("[role=alert]").inner_text()
    assert [r for r in page.requests if not r.startswith(("file:", "blob:", "data:", "about:"))] == []
    assert page.complaints == []


def test_a_plain_question_is_understood_as_on_the_server(page, real):
    for text in (
        "how do MSCs reduce fibrosis through Treg?", "MSC increases IL-10", "unicorns reduce fibrosis",
        "How does MSC affect death in mice", "do MSC reduce death without IL-10 in patients",
    ):  # fmt: skip
        found = page.tab.evaluate("q => kg.api('search', {q})", text)["question"]
        assert found == objects.question(real, text), text


@pytest.mark.parametrize("address", ["entity/Treg", "entity/COPD", "paper/PMID:19098906", "start", "trials"])
def test_the_objects_are_those_of_the_server(address, page, real):
    name, _, key = address.partition("/")
    made = getattr(objects, name)(real, *([key] if key else []))
    found = page.tab.evaluate("a => kg.api(a, {})", address)
    expected = json.loads(json.dumps(made))
    if name == "entity":
        for part in ("statements", "in_disease", "below"):
            ids = [s["statement_id"] for s in expected.pop(part)]
            assert [s["statement_id"] for s in found.pop(part)] == ids
    assert alike(found, expected)


def test_the_site_is_small(site):
    assert sum(f.stat().st_size for f in site.rglob("*") if f.is_file()) <= 20_000_000


def test_only_a_site_is_replaced(tiny, tmp_path):
    out = tmp_path / "site"
    write_site(tiny, out)
    first = sorted(f.relative_to(out) for f in out.rglob("*"))
    write_site(tiny, out)
    assert sorted(f.relative_to(out) for f in out.rglob("*")) == first
    assert [p.name for p in tmp_path.iterdir()] == ["site"]
    other = tmp_path / "mine"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work")
    with pytest.raises(NotWritable, match="is no site of ours"):
        write_site(tiny, other)
    assert (other / "thesis.txt").read_text() == "years of work"
    file = tmp_path / "file"
    file.write_text("")
    done = CliRunner().invoke(main, ["--graph", str(tiny.built.path), "site", str(file)])
    assert done.exit_code == 2
    assert "is no site of ours" in done.output
