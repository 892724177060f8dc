"""What several test files share: the tiny checkout, its built graph, the real graph, generated papers."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import Field, fields, is_dataclass, replace
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_type_hints

import pytest
import rdflib
from hypothesis import Phase, settings
from hypothesis import strategies as st
from rdflib import URIRef
from rdflib.plugins.sparql import prepareQuery

import kg
from kg import vocab
from kg.build import build_graph
from kg.graph import Graph
from kg.model import Curation, Effect, Experiment, Line, Paper, Trial
from kg.web.site import write_site

HERE = Path(__file__).resolve().parent

# The same examples on every run and every machine; a slow machine is no failure.
settings.register_profile(
    "kg",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=30,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
settings.load_profile("kg")


# Checkouts and graphs -----------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def no_settings_from_outside() -> Iterator[None]:
    """What a developer has set for `kg` says nothing about the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("KG_GRAPH", "KG_EUTILS", "KG_EUROPE_PMC"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def tiny_root() -> Path:
    """The small made-up checkout; read it, never write to it."""
    return HERE / "tiny"


@pytest.fixture(scope="session")
def tiny(tiny_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """The graph of the tiny checkout, built once per process in a folder of its own."""
    out = tmp_path_factory.mktemp("tiny") / "graph"
    build_graph(tiny_root, out)
    return kg.load(out)


@pytest.fixture
def tiny_copy(tiny_root: Path, tmp_path: Path) -> Path:
    """A writable copy of the tiny checkout; links are followed, a cached build is left behind."""
    ignored = shutil.ignore_patterns("build")
    return Path(shutil.copytree(tiny_root, tmp_path / "tiny", symlinks=False, ignore=ignored))


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """The graph of this checkout. Of several pytest-xdist processes one builds it, the others wait.

    It is opened from a copy: whoever edits files meanwhile may push the build out of the cache.
    """
    with (tmp_path_factory.getbasetemp().parent / "kg-real.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        cached = kg.load(HERE.parent).built.path
        return kg.load(shutil.copytree(cached, tmp_path_factory.mktemp("real") / "graph"))


# In a browser -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium of the system; without one the tests that need it are skipped, but never in CI."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None and not os.environ.get("CI"):
        pytest.skip("no chromium, chromium-browser or google-chrome on PATH")
    assert found, "CI must have chromium, chromium-browser or google-chrome on PATH"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()


class Opened:
    """The static site of a graph in a tab, from a folder and without a network.

    `requests` is what it asked for, `complaints` what it wrote to the console or failed with.
    """

    def __init__(self, browser: Any, folder: Path) -> None:
        self._browser, self.folder = browser, folder
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
        self.tab = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.tab.on("request", lambda r: self.requests.append(r.url))
        self.tab.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.tab.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.address = (folder / "index.html").as_uri()
        self.open("")

    def open(self, view: str) -> None:
        self.tab.goto("about:blank")
        self.tab.goto(f"{self.address}#/{view}")
        self.tab.locator("main:not([aria-busy]) h1").first.wait_for()

    def settled(self, questions: list[Any], ask: str) -> list[dict[str, Any]]:
        """`{ok}` or `{error, nearest}` of each question, by a function in the page."""
        js = """async (questions) => {
            const found = [], one = ASK;
            for (const q of questions) {
                try { found.push({ok: await one(q)}); }
                catch (e) { found.push({error: e.message, ...(e.nearest ? {nearest: e.nearest} : {})}); }
            }
            return JSON.stringify(found);
        }"""
        # As one text: what is in it would else be taken apart and sent value by value.
        return list(json.loads(self.tab.evaluate(js.replace("ASK", ask), questions)))

    def timed(self) -> dict[str, float]:
        """Seconds to the first view, and to the first path question with its picture, in a fresh tab."""
        context = self._browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
        tab = context.new_page()
        ready = "main:not([aria-busy]) h1"
        began = time.perf_counter()
        tab.goto(f"{self.address}#/")
        tab.locator(ready).first.wait_for()
        view = time.perf_counter() - began
        began = time.perf_counter()
        tab.evaluate("location.hash = '#/paths?source=MSC&target=fibrosis&via=Treg&sign=-'")
        tab.locator("main svg path").first.wait_for(state="attached")
        paths = time.perf_counter() - began
        began = time.perf_counter()
        tab.evaluate("kg.query('ASK { ?s a owl:Class }')")
        sparql = time.perf_counter() - began
        context.close()
        return {"view": view, "paths": paths, "sparql": sparql}


@pytest.fixture(scope="module")
def opened_site(browser: Any, real: Graph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """The site of the real graph, opened."""
    opened = Opened(browser, write_site(real, tmp_path_factory.mktemp("site") / "site"))
    yield opened
    opened.context.close()


@pytest.fixture(scope="module")
def opened_tiny_site(browser: Any, tiny: Graph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """The site of the tiny graph, opened."""
    opened = Opened(browser, write_site(tiny, tmp_path_factory.mktemp("tiny-site") / "site"))
    yield opened
    opened.context.close()


# rdflib, the other engine -------------------------------------------------------------------------


def _plain(term: object) -> str:
    if term is None:
        return ""
    return vocab.compress(str(term)) if isinstance(term, URIRef) else str(term)


@pytest.fixture(scope="session")
def in_rdflib() -> Callable[[Path], rdflib.Dataset]:
    """Opens a build in rdflib's own memory store, with the same default graph as ours."""

    def opened(path: Path) -> rdflib.Dataset:
        made = rdflib.Dataset()
        for name in vocab.GRAPHS:
            made.parse(path / f"{name}.nq", format="nquads")
        for name in vocab.DEFAULT_GRAPHS:  # after parsing, which starts the default graph anew
            for triple in made.graph(URIRef(vocab.expand(f"graph:{name}"))):
                made.default_graph.add(triple)
        return made

    return opened


@pytest.fixture(scope="session")
def real_in_rdflib(real: Graph, in_rdflib: Callable[[Path], rdflib.Dataset]) -> rdflib.Dataset:
    """The real graph in rdflib; read it, never write to it."""
    return in_rdflib(real.built.path)


@pytest.fixture(scope="session")
def rows_in_rdflib() -> Callable[[rdflib.Dataset, str], list[tuple[str, ...]]]:
    """Rows of a query by rdflib, sorted, as `Graph.query` writes cells."""

    def rows(dataset: rdflib.Dataset, text: str) -> list[tuple[str, ...]]:
        prepared = prepareQuery(text, initNs=vocab.PREFIXES)
        return sorted(tuple(_plain(cell) for cell in row) for row in dataset.query(prepared))  # type: ignore[union-attr]

    return rows


# Generated papers ---------------------------------------------------------------------------------

AWKWARD = (
    "no", "null", "~", "None", "true", "1e5", "0x1F", "1_000", "007", "2026-01-01", "12:30:00", "=", "<<",
    "---", "...", "a: b", "a:", ": a", "a #b", "# a", "- a", "? a", "& a", "* a", "! a", "% a", "@ a", "` a",
    "> a", "{a}", "[a, b]", "a, b", "'a'", '"a"', "it's", 'say "a"', "a\\b", "a\\nb", "a\nb", "a\n\n  b",
    "a\tb", "a  b", "TGF-β1", "µg", "“a”", "naïve", "𝛼", "🫁", "a\u00a0b", "a\u2028b", "a\x85b", "\ufeffa",
)  # fmt: skip
"""Texts that YAML, RDF and careless code like to read as something else."""


def texts(**limits: Any) -> st.SearchStrategy[str]:
    """Text as a curated file can hold it: neither empty nor with blanks around it."""
    letters = st.characters(exclude_categories=["Cs"], **limits)
    free = st.text(letters, min_size=1, max_size=12).map(str.strip).filter(bool)
    awkward = st.sampled_from([t for t in AWKWARD if not set(t) & set(limits.get("exclude_characters", ""))])
    return st.one_of(awkward, free)


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def papers(
    ends: st.SearchStrategy[str],
    predicates: st.SearchStrategy[str],
    diseases: st.SearchStrategy[str],
    text: st.SearchStrategy[str] | None = None,
) -> st.SearchStrategy[Paper]:
    """Papers with every field set in some of them; their claims join `ends` by `predicates`."""
    text = texts() if text is None else text
    one_of = st.sampled_from
    hexes = st.text("0123456789abcdef", min_size=16, max_size=16)
    own: dict[tuple[type, str], st.SearchStrategy[Any]] = {
        (Curation, "agent"): one_of(["software", "0000-0002-1825-0097", "0000-0001-5109-371X"]),
        (Curation, "date"): st.dates().map(str),
        (Trial, "id"): st.from_regex(r"NCT[0-9]{8}", fullmatch=True) | st.just("ISRCTN-12/3"),
        (Effect, "p"): one_of(["0.03", "<0.05", "≤.001", "1e-5", "not significant"]),
        (Line, "subject"): ends,
        (Line, "predicate"): predicates,
        (Line, "object"): ends,
        (Line, "anchor"): hexes | one_of(["0" * 16, "1234567890123456", "12345678901234e5"]),
        # Only data that is joined to a graph has these; no curated file does.
        (Line, "origin"): st.none(),
        (Line, "given_belief"): st.none(),
        (Experiment, "disease"): diseases,
        (Paper, "pmid"): st.from_regex(r"[1-9][0-9]{0,8}", fullmatch=True),
        (Paper, "doi"): st.from_regex(r"10\.[0-9]{4,9}/[0-9a-zA-Z;()/:._#'-]{1,20}", fullmatch=True),
        (Paper, "path"): st.just("data/papers/2005/made-up.yaml"),
    }

    def of(cls: type) -> st.SearchStrategy[Any]:
        """Values of a class of the model, every field as it is described there."""
        hints = get_type_hints(cls)
        return st.builds(cls, **{f.name: of_field(cls, f, hints[f.name]) for f in fields(cls)})

    def of_field(cls: type, f: Field[Any], hint: Any) -> st.SearchStrategy[Any]:
        parts = get_args(hint) if isinstance(hint, UnionType) else (hint,)
        kind, told = parts[0], f.metadata
        if (cls, f.name) in own:
            found = own[cls, f.name]
        elif kind == tuple[Line, ...]:
            found = st.lists(of(Line), min_size=1, max_size=3, unique_by=claim).map(tuple)
        elif kind == tuple[Experiment, ...]:
            found = st.lists(of(Experiment), min_size=1, max_size=3, unique_by=lambda e: e.name).map(tuple)
        elif is_dataclass(kind):
            found = of(kind)  # type: ignore[arg-type]
        elif kind is int:
            found = st.integers(told["low"], told["high"] or 9999)
        elif kind is bool:
            found = st.booleans()
        else:
            assert not told.get("pattern"), f"say how to make a {f.name}"
            found = one_of(told["one_of"]) if told.get("one_of") else text
        return optional(found) if len(parts) > 1 else found

    def claim(line: Line) -> tuple[str, ...]:
        return line.subject, line.predicate, line.object, line.anchor, line.direction, line.test

    def sound(paper: Paper) -> Paper:
        first = replace(paper.curation, dropped=None)
        return replace(paper, curation=first, pmid=paper.pmid if paper.pmid or paper.doi else "105")

    return of(Paper).map(sound)


@pytest.fixture(scope="session")
def any_text() -> Callable[..., st.SearchStrategy[str]]:
    return texts


@pytest.fixture(scope="session")
def any_paper() -> Callable[..., st.SearchStrategy[Paper]]:
    return papers
