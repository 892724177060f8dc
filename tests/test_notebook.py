"""In a notebook answers show themselves, and text stays text; the notebook of the docs runs."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import kg
from kg.errors import BadInput
from kg.frames import Several, html_table
from kg.graph import Graph
from kg.show.inline import Picture

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "docs/notebook.ipynb"

MARKUP = ("<script>a()</script>", '"><img src=x onerror=a()>', "a & b", "</td></table><h1>c")
"""Names that would be markup where nobody escapes them."""

TAGS = {"table", "b", "thead", "tbody", "tr", "th", "td", "p", "a"}


class Reader(HTMLParser):
    """Tags, what is said, and links; every tag that opens must close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.said, self.links, self.open = [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert all(name in ("style", "href", "target", "rel") for name, _ in attrs), attrs
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name == "href"]
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    @property
    def text(self) -> str:
        return "".join(self.said)


def read(answer: Any) -> Reader:
    page = Reader(answer._repr_html_())
    assert page.tags <= TAGS, page.tags
    return page


@pytest.fixture(scope="module")
def hostile() -> Graph:
    """A graph of edges whose names, papers and contexts are markup."""
    a, b, c, d = MARKUP
    return Graph.from_edges(
        [
            {"subject": a, "predicate": "increases", "sign": "+", "object": b, "papers": "PMID:11|<b>1</b>"},
            {"subject": b, "predicate": "decreases", "sign": "-", "object": c, "papers": "PMID:12"},
            {"subject": a, "predicate": "decreases", "sign": "-", "object": b, "papers": "doi:10.1/<i>x</i>"},
            {"subject": c, "predicate": "increases", "sign": "+", "object": d, "papers": 'doi:10.1/"><hr>'},
        ]
    )


def hostile_answers(g: Graph, tiny: Graph) -> Iterator[tuple[str, Any]]:
    a, b, c, d = MARKUP
    answer = g.paths(a, c)
    yield "graph", g
    yield "answer", answer
    yield "path", answer[0]
    yield "statements", g.statements()
    yield "conflicts", g.conflicts()
    yield "conflict", g.conflicts()[0]
    yield "hypotheses", g.hypotheses()
    yield "hypothesis", g.hypotheses(b, d)[0]
    yield "comparison", g.compare(a, b)
    yield "signature", g.explain_signature([(c, "down"), (b, "up")])
    report = tiny.trials()[0]
    yield "trial", replace(report, paper=replace(report.paper, title=a, pmid=None, doi=f"10.1/{b}"))
    yield "result", tiny.query('SELECT ("<script>a()</script>" AS ?n) (?m AS ?none) {}')


def test_markup_in_names_stays_text(hostile: Graph, tiny: Graph) -> None:
    seen = dict(hostile_answers(hostile, tiny))
    assert len(seen) == 12
    for name, answer in seen.items():
        page = read(answer)
        if name != "graph":
            assert any(m in page.text for m in MARKUP), name
        assert all(link.startswith("https://") for link in page.links)


def test_answers_show_what_they_hold(tiny: Graph) -> None:
    answer = tiny.paths("MSC", "fibrosis", via="Treg")
    page = read(answer)
    assert f"{len(answer)} paths: MSC fibrosis --via Treg" in page.text
    assert "MSC > Treg > pulmonary fibrosis" in page.text
    assert "https://doi.org/10.5555/tiny.1" in page.links
    assert answer[0].sentence() in read(answer[0]).text
    assert "papers" in read(tiny).text
    (conflict,) = tiny.conflicts("Treg")
    assert conflict.experiment in read(conflict).text
    assert {e.line.finding for e in conflict.one_side} <= set(read(conflict).said)
    guess = tiny.hypotheses("MSC", "TGF-beta")[0]
    assert "no finding" in read(guess).text
    assert guess.test in read(guess).text
    (report,) = tiny.trials()
    assert "https://pubmed.ncbi.nlm.nih.gov/1/" in read(report).links
    assert "primary endpoint: not met" in read(report).text
    assert "MSC (one)" in read(tiny.compare("MSC", "Treg")).text


def test_long_tables_are_cut_and_say_so() -> None:
    page = Reader(html_table(("n",), [(n,) for n in range(30)]))
    assert "… and 10 more rows" in page.text
    assert len(page.said) < 60
    made: list[int] = []

    def rows() -> Iterator[tuple[int]]:
        for n in range(1000):
            made.append(n)
            yield (n,)

    assert "… and 980 more rows" in html_table(("n",), rows(), n=1000)
    assert len(made) <= 21


def test_cells_are_short_and_plain() -> None:
    page = Reader(html_table("abcd", [(None, True, 0.123456, list("uvwxyz12"))]))
    assert "yes0.123u, v, w, x, y, z, … and 2 more" in page.text


def test_part_of_an_answer_knows_its_table_too(tiny: Graph) -> None:
    part = tiny.statements()[:2]
    assert isinstance(part, Several)
    assert part.columns == tiny.statements().columns
    assert len(part.to_frame()) == 2
    assert isinstance(tiny.statements()[0], kg.Statement)


PLURALS = {
    "answer": lambda g: g.paths("MSC", "fibrosis"),
    "hypotheses": lambda g: g.hypotheses(),
    "trials": lambda g: g.trials(),
    "conflicts": lambda g: g.conflicts(),
    "conflicts between paths": lambda g: g.conflicts_between(g.paths("MSC", "fibrosis")),
    "statements": lambda g: g.statements(),
    "nulls": lambda g: g.nulls(),
    "comparison": lambda g: g.compare("MSC", "Treg"),
    "explanation": lambda g: g.explain_signature([("pulmonary fibrosis", "down"), ("Treg", "up")]),
    "result": lambda g: g.query("SELECT ?n { ?x voc:name ?n }"),
}


@pytest.mark.parametrize("name", PLURALS)
def test_every_plural_becomes_a_frame(name: str, tiny: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = PLURALS[name](tiny)
    rows = answer.rows if name == "result" else list(answer.rows())
    table = answer.to_frame()
    assert len(table) == len(rows)
    assert len(rows) > 0
    assert table.shape[1] == len(rows[0])
    read(answer)
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(BadInput, match=r"pip install 'msc-kg\[frames\]'"):
        answer.to_frame()


def test_frames_hold_values(tiny: Graph) -> None:
    trials = tiny.trials().to_frame()
    assert set(trials["endpoint"]) == {"Treg", "death"}
    assert list(trials["n"]) == [12, 12]
    guesses = tiny.hypotheses().to_frame()
    assert guesses["score"].between(0, 1).all()
    assert all(guesses["papers"].map(len) > 0)


# Pictures -----------------------------------------------------------------------------------------


@pytest.fixture
def picture(tiny: Graph, tmp_path: Path) -> Picture:
    return tiny.draw(tiny.paths("MSC", "fibrosis"), tmp_path / "a b.html")


def test_a_picture_is_still_a_path(picture: Picture, tmp_path: Path) -> None:
    assert isinstance(picture, Path)
    assert picture == tmp_path / "a b.html"
    assert hash(picture) == hash(tmp_path / "a b.html")
    assert os.fspath(picture) == str(picture) == str(tmp_path / "a b.html")
    assert picture.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert picture.parent.is_dir()
    assert pickle.loads(pickle.dumps(picture)) == picture  # noqa: S301  # our own
    with open(picture, encoding="utf-8") as file:  # noqa: PTH123  # as others open it
        assert file.read(9) == "<!DOCTYPE"


def test_a_picture_shows_in_a_frame_of_its_own(picture: Picture) -> None:
    text = picture._repr_html_()
    assert text
    frames: list[dict[str, str | None]] = []

    class Frames(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag == "iframe"
            frames.append(dict(attrs))

    Frames().feed(text)
    (frame,) = frames
    assert frame["srcdoc"] == picture.read_text(encoding="utf-8")
    assert frame["sandbox"] == "allow-scripts allow-popups"
    assert "src" not in frame


def test_what_is_no_picture_shows_nothing(picture: Picture, tmp_path: Path) -> None:
    assert Picture(picture.parent)._repr_html_() is None
    picture.unlink()
    assert picture._repr_html_() is None
    assert Picture(tmp_path / "a.txt")._repr_html_() is None


@pytest.mark.slow
def test_a_browser_draws_the_frame_and_fetches_nothing(
    picture: Picture, tmp_path: Path, browser: Any
) -> None:
    page = tmp_path / "cell.html"
    page.write_text(f"<!DOCTYPE html><title>a cell</title>{picture._repr_html_()}", encoding="utf-8")
    tab = browser.new_page(viewport={"width": 1200, "height": 800})
    asked: list[str] = []
    complaints: list[str] = []
    tab.on("request", lambda r: asked.append(r.url))
    tab.on("pageerror", lambda e: complaints.append(str(e)))
    tab.goto(page.as_uri())
    tab.frame_locator("iframe").locator("html[data-drawn]").wait_for(state="attached")
    assert tab.frame_locator("iframe").locator("#mynetwork canvas").is_visible()
    tab.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith(("file:", "about:", "data:"))] == []


# The notebook of the docs -------------------------------------------------------------------------


def cells(kind: str) -> list[str]:
    held = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    return ["".join(c["source"]) for c in held["cells"] if c["cell_type"] == kind]


def test_the_notebook_is_one_and_holds_no_answers() -> None:
    held = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert (held["nbformat"], held["nbformat_minor"]) == (4, 5)
    ids = [c["id"] for c in held["cells"]]
    assert len(set(ids)) == len(ids) >= 15
    for cell in held["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None


@pytest.mark.slow
def test_the_notebook_runs(real: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every cell, and the value that a notebook would show below it shows itself."""
    monkeypatch.setenv("KG_GRAPH", str(real.built.path))
    monkeypatch.chdir(tmp_path)
    space: dict[str, Any] = {}
    shown = 0
    for source in cells("code"):
        *lines, last = source.strip().splitlines()
        exec(compile("\n".join(lines), "cell", "exec"), space)
        try:
            ending = compile(last, "cell", "eval")
        except SyntaxError:
            exec(compile(last, "cell", "exec"), space)
            continue
        value = eval(ending, space)  # noqa: S307  # a cell of our own notebook
        assert value is not None or last.startswith("print("), source
        shown += hasattr(value, "_repr_html_")
    assert shown >= 8
    assert list(tmp_path.glob("*.html"))
