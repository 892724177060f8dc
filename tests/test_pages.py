"""The reference pages of the ontology: every own class is there, links lead somewhere, nothing is fetched."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

from kg.graph import Graph

pytest.importorskip("dominate", reason="pylode, a dev dependency, makes the pages")

# pylode leaves its stylesheet open.
pytestmark = pytest.mark.filterwarnings("ignore:.*pylode:pytest.PytestUnraisableExceptionWarning")

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "scripts" / "ontology_pages.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ontology_pages", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages(script: ModuleType, real: Graph, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("pages")
    made = script.make_pages(real, folder)
    assert [p.name for p in made] == ["index.html", "tree.html"]
    return {p.name: p.read_text(encoding="utf-8") for p in made}


class Reader(HTMLParser):
    """Ids, links, and what a browser would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a":
            self.links.append(found.get("href", ""))
        elif tag == "script":
            self.fetched.append("a script")
        for value in (found.get("src", ""), found.get("href", "") if tag == "link" else ""):
            if value and not value.startswith("data:"):
                self.fetched.append(value)


def broken(pages: dict[str, str]) -> list[str]:
    """Links that lead to no place on the two pages, and to no address."""
    ids = {name: set(Reader(text).ids) for name, text in pages.items()}
    found = []
    for name, text in pages.items():
        for link in Reader(text).links:
            page, _, place = link.partition("#")
            if link.startswith(("https://", "http://")) and "page-of" not in link:
                continue
            page = page or name
            if page not in ids or (place and place not in ids[page]):
                found.append(f"{name}: {link}")
    return found


def test_every_link_leads_somewhere(pages: dict[str, str]) -> None:
    assert not broken(pages)
    assert len(Reader(pages["index.html"]).links) > 3_000


@pytest.mark.parametrize(
    "link", ["#nowhere", "other.html", "tree.html#t1", "https://w3id.org/msc-kg/page-of/CL:1"]
)
def test_a_broken_link_is_noticed(pages: dict[str, str], link: str) -> None:
    planted = pages["index.html"].replace("</body>", f'<a href="{link}">x</a></body>')
    assert broken({**pages, "index.html": planted}) == [f"index.html: {link}"]


def fetched(text: str) -> list[str]:
    return Reader(text).fetched + re.findall(r"@import[^;]*|url\((?!['\"]?data:)[^)]*\)", text)


def test_nothing_is_fetched_and_the_browser_is_told_so(pages: dict[str, str]) -> None:
    for text in pages.values():
        assert not fetched(text)
        assert "default-src 'none'" in text
    for planted in (
        '<img src="https://x.org/a.png">',
        '<script src="a.js"></script>',
        '<link rel="stylesheet" href="https://x.org/a.css">',
        "@import 'x.css';",
        "a { background: url(//x.org) }",
    ):
        assert fetched(planted), planted


def test_no_place_stands_twice(pages: dict[str, str]) -> None:
    for text in pages.values():
        ids = [i for i in Reader(text).ids if re.fullmatch(r"t\d+", i)]
        assert len(ids) == len(set(ids))


def test_every_own_class_and_no_imported_one_has_a_place(
    script: ModuleType, pages: dict[str, str], real: Graph
) -> None:
    headings = re.findall(r"<h3>([^<]*)<sup class=\"sup-c\"", re.sub(r"\s*\n\s*", "", pages["index.html"]))
    own = script.own_terms(real.terms)
    assert len(headings) == len(own) == sum(t.kind != "imported term" for t in real.terms.by_id.values())
    assert {"Treg", "antifibrotic mediator", "phenotype"} <= set(headings)
    assert "mature T cell" not in headings


def test_a_class_is_shown_with_definition_axiom_members_and_evidence(pages: dict[str, str]) -> None:
    text = re.sub(r"\s+", " ", pages["index.html"])
    start = text.index("<h3>antifibrotic mediator")
    entry = re.sub(r"<[^>]*>", "", text[start : text.index("<h3>", start + 4)])
    for part in (
        "A mediator that a statement of the graph says lowers some fibrotic outcome.",
        "mediator and (lowers some fibrotic outcome)",
        "Members (", "HGF", "Evidence:", "statements", "mscm:0000054",
    ):  # fmt: skip
        assert part in entry, part


def test_properties_are_there_with_domain_and_range(pages: dict[str, str]) -> None:
    text = re.sub(r"\s+", " ", pages["index.html"])
    start = text.index("<h3>secretes")
    entry = re.sub(r"<[^>]*>", "", text[start : text.index("<h3>", start + 4)])
    assert "Domain" in entry
    assert "Range" in entry
    assert "Sign:" in entry


def test_the_tree_holds_every_own_class_below_its_parents(
    script: ModuleType, pages: dict[str, str], real: Graph
) -> None:
    roots, children, equals = script.tree_links(real.terms)
    reached = {t.id for t in roots}
    todo = list(reached)
    while todo:
        for child in children.get(todo.pop(), ()):
            if child.id not in reached:
                reached.add(child.id)
                todo.append(child.id)
    assert reached == set(equals)
    own = {t.id for t in script.own_terms(real.terms)}
    assert own <= reached | {e.id for same in equals.values() for e in same}
    for parent, below in children.items():
        for child in below:
            assert real.term(parent) in real.superclasses(child)
    assert 'title="CL:0000815">Treg</a>' in pages["tree.html"]


def test_the_same_graph_gives_the_same_bytes(tiny: Graph, script: ModuleType, tmp_path: Path) -> None:
    first = [p.read_bytes() for p in script.make_pages(tiny, tmp_path / "one")]
    env = {**os.environ, "PYTHONHASHSEED": "4242", "PYTHONPATH": str(ROOT), "KG_GRAPH": str(tiny.built.path)}
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path / "two")],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(tmp_path / "two" / name) for name in ("index.html", "tree.html")]
    assert [Path(p).read_bytes() for p in done.stdout.split()] == first


def test_wrong_use_says_how_it_is_used(script: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert script.main(["--help"]) == 2
    assert "build/pages" in capsys.readouterr().err
