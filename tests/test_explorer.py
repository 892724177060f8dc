"""The explorer in a real browser: every view, by mouse and keyboard, at three widths, without barriers."""

from __future__ import annotations

import re
import socket
import threading
import time
from pathlib import Path
from urllib.parse import unquote

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe

import kg
from kg.build import build_graph
from kg.web import objects
from kg.web.app import Settings, make_app

WIDTHS = (360, 768, 1440)

# A name that would be markup if it were not kept text. Checked in every view that shows it.
TRAP = "<img src=x onerror=boom()>"


@pytest.fixture(scope="module")
def served():
    """Starts an application on a free port of this machine; gives its address. Stops all at the end."""
    running = []

    def start(graph):
        app = make_app(graph, Settings(access_log=False))
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        running.append((server, thread))
        for _ in range(200):
            if server.started:
                break
            time.sleep(0.05)
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(timeout=10)


@pytest.fixture(scope="module")
def real_address(served, real):
    return served(real)


class Page:
    """A tab with what it asked for and complained of."""

    def __init__(self, browser, address, width=1440):
        self.address = address
        self.context = browser.new_context(viewport={"width": width, "height": 900})
        self.tab = self.context.new_page()
        self.elsewhere, self.complaints = [], []
        self.tab.on("request", self._asked)
        self.tab.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.tab.on("pageerror", lambda e: self.complaints.append(str(e)))

    def _asked(self, request):
        if not request.url.startswith((self.address, "data:", "blob:", "about:")):
            self.elsewhere.append(request.url)

    def open(self, view):
        """Open a view anew and wait until it is whole."""
        self.tab.goto("about:blank")
        self.tab.goto(self.address + "#/" + view)
        self.settle()
        return self

    def settle(self):
        self.tab.locator("main:not([aria-busy]) h1").first.wait_for()

    def barriers(self):
        """Serious and critical violations that axe finds: rule, and the first element."""
        found = Axe().run(self.tab, options={"resultTypes": ["violations"]}).response["violations"]
        return [
            (v["id"], v["nodes"][0]["html"][:120]) for v in found if v["impact"] in ("serious", "critical")
        ]


@pytest.fixture
def page(browser, real_address):
    opened = []

    def make(width=1440, address=real_address):
        opened.append(Page(browser, address, width))
        return opened[-1]

    yield make
    for one in opened:
        one.context.close()


def views(real):
    """Every view, with something in it."""
    statement, conflict = real.statements("Treg")[0].id, real.conflicts()[0].id
    return {
        "start": "", "ask": "paths", "paths": "paths?source=MSC&target=fibrosis&via=Treg&sign=-",
        "matrix": "paths?source=MSC&target=fibrosis&via=Treg&view=matrix",
        "empty": "paths?source=Treg&target=fibrosis&species=pig", "search": "search?q=macrophage",
        "entity": "entity/Treg", "disease": "entity/COPD", "statement": f"statement/{statement}",
        "paper": "paper/PMID%3A19098906", "cell": "cell?disease=COPD&mechanism=neutrophils",
        "conflicts": "conflicts", "conflict": f"conflict/{conflict}", "compare": "compare",
        "compared": "compare?one=cells&other=vesicles", "trials": "trials?disease=COPD",
        "hypotheses": "hypotheses?source=MSC&limit=5", "explain": "explain?rows=IL-10+up%0ATNF+down",
        "ontology": "ontology", "term": "ontology/cell", "sparql": "sparql",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
def test_every_view_is_whole_and_without_barriers(width, page, real):
    one = page(width)
    for name, view in views(real).items():
        one.open(view)
        assert one.tab.locator("main h1").inner_text().strip(), name
        over = one.tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert over <= 0, f"{name} is {over} px too wide"
        assert one.barriers() == [], name
        assert one.tab.title().endswith("msc-kg"), name
    assert one.elsewhere == []
    assert one.complaints == []


def test_axe_would_see_a_barrier(page):
    one = page().open("ontology")
    one.tab.evaluate("document.querySelector('main').append(document.createElement('input'))")
    assert [rule for rule, _ in one.barriers()] == ["label"]


def test_what_is_asked_from_elsewhere_would_be_seen_and_is_refused(page):
    one = page().open("ontology")
    one.tab.evaluate("fetch('https://example.org/').catch(() => {})")
    one.tab.wait_for_timeout(200)
    assert any("Content Security Policy" in c for c in one.complaints)


def test_the_page_shows_the_paths_that_python_finds(page, real):
    one = page().open("paths?source=MSC&target=fibrosis&via=Treg&sign=-")
    answer = real.paths("MSC", "fibrosis", via="Treg", sign="-")
    assert f"{len(answer):,} paths" in one.tab.locator(".summary").inner_text()
    shown = [
        [a.inner_text() for a in chain.locator("a:not(.verb):not(.reverse)").all()]
        for chain in one.tab.locator("section > ol.paths .chain").all()
    ]
    assert shown == [list(p.entities) for p in answer[:20]]


def test_an_arrow_shows_its_evidence_by_mouse_and_by_keyboard(page, real):
    one = page().open("paths?source=MSC&target=fibrosis&via=Treg&sign=-")
    arrow = one.tab.locator("g.arrow[aria-label*='bone marrow MSC raises Treg']").first
    arrow.dispatch_event("click")
    assert "bone marrow MSC" in one.tab.locator("#panel h2").inner_text()
    findings = {
        e.line.finding
        for s in real.statements("bone marrow MSC", None, "Treg", subclasses=False)
        for e in s.evidence
    }
    told = one.tab.locator("#panel").inner_text()
    assert any(f in told for f in findings)
    other = one.tab.locator("g.arrow[aria-label*='Treg lowers pulmonary fibrosis']").first
    other.focus()
    one.tab.keyboard.press("Enter")
    assert "pulmonary fibrosis" in one.tab.locator("#panel h2").inner_text()


def test_a_question_is_asked_by_keyboard_alone(page):
    one = page().open("")
    one.tab.locator("#q").focus()
    one.tab.keyboard.type("how do MSCs reduce fibrosis through Treg?")
    one.tab.keyboard.press("Enter")
    one.tab.wait_for_url(re.compile("#/paths"))
    one.settle()
    assert "via=Treg" in one.tab.url
    assert "sign=-" in one.tab.url
    assert one.tab.locator("main h1").evaluate("e => e === document.activeElement")


def test_the_first_tab_stop_skips_to_the_content(page):
    one = page().open("trials")
    one.tab.keyboard.press("Tab")
    one.tab.keyboard.press("Enter")
    assert one.tab.evaluate("document.activeElement.id") == "main"


def test_the_address_holds_the_state(page):
    one = page().open("paths")
    form = one.tab.locator("form.ask").first
    form.locator("[name=source]").fill("MSC")
    form.locator("[name=target]").fill("death")
    form.locator("[name=via]").fill("IL-10; macrophage")
    form.locator("[name=sign]").select_option("-")
    form.locator("button.main").click()
    one.tab.wait_for_url(re.compile("via=IL-10&via=macrophage"))
    one.settle()
    again = page().open(one.tab.url.split("#/")[1])
    assert again.tab.locator("#f-via").input_value() == "IL-10; macrophage"
    assert again.tab.locator(".summary").inner_text() == one.tab.locator(".summary").inner_text()
    one.tab.go_back()
    one.settle()
    assert "via" not in one.tab.url


def test_a_wrong_name_gets_near_ones_and_an_empty_answer_the_nearest_question(page):
    one = page().open("entity/Tregg")
    assert "did you mean" in one.tab.locator("[role=alert]").inner_text()
    one.tab.get_by_role("link", name="Treg", exact=True).click()
    one.tab.wait_for_url(re.compile("#/entity/Treg$"))
    one.open("paths?source=Treg&target=fibrosis&species=pig")
    link = one.tab.locator(".note a").first
    assert unquote(link.get_attribute("href")).startswith("#/paths?q=")
    link.click()
    one.tab.wait_for_timeout(300)
    one.settle()
    assert one.tab.locator("ol.paths").count()


def test_no_effect_can_be_hidden(page):
    one = page().open("paths?source=MSC&target=fibrosis&via=Treg&sign=-&draw=all")
    shown = one.tab.locator("g.arrow[aria-label*='no effect found']").count()
    assert shown
    one.tab.get_by_role("link", name="Hide “no effect”").click()
    one.tab.wait_for_url(re.compile("nulls=0"))
    one.settle()
    assert one.tab.locator("g.arrow[aria-label*='no effect found']").count() == 0


def test_a_wall_is_folded_into_groups_that_open(page):
    one = page().open("paths?source=MSC&target=death&draw=all")
    folded = one.tab.locator("g.arrow").count()
    groups = one.tab.locator("g.node[aria-label*='open this group']")
    assert groups.count() >= 1
    groups.first.focus()
    one.tab.keyboard.press("Enter")
    one.tab.wait_for_url(re.compile("open="))
    one.settle()
    assert one.tab.locator("g.arrow").count() > folded


def test_conflicts_stand_beside_each_other(page, real):
    conflict = real.conflicts()[0]
    one = page().open(f"conflict/{conflict.id}")
    boxes = [side.bounding_box() for side in one.tab.locator(".side").all()]
    assert len(boxes) == 2
    assert boxes[0]["y"] == boxes[1]["y"]
    assert conflict.experiment in one.tab.locator("main").inner_text()


def test_pictures_and_tables_can_be_taken_along(page, tmp_path: Path):
    one = page().open("paths?source=MSC&target=fibrosis&via=Treg&sign=-")
    for name, start in (("SVG", b"<svg"), ("PNG", b"\x89PNG"), ("Table", b"rank\t"), ("BibTeX", b"@article")):
        with one.tab.expect_download() as waiting:
            one.tab.get_by_role("button", name=name, exact=True).click()
        waiting.value.save_as(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(start), name


def test_it_prints_without_the_forms(page):
    one = page().open("entity/Treg")
    one.tab.emulate_media(media="print")
    assert not one.tab.locator("nav").is_visible()
    assert not one.tab.locator("form.ask").first.is_visible()
    assert one.tab.locator("main table").first.is_visible()


def test_nothing_is_lost_at_twice_the_size(page):
    one = page(720)
    one.open("entity/Treg")
    one.tab.evaluate("document.documentElement.style.fontSize = '200%'")
    assert one.tab.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_markup_in_data_stays_text(browser, served, tiny_copy: Path, tmp_path: Path, page):
    paper = tiny_copy / "data/papers/2001/able-treg-mice.yaml"
    text = paper.read_text()
    title = re.search(r"^title: (.*)$", text, re.M)
    finding = re.search(r"^\s+- statement:.*\n(?:.*\n)*?\s+finding: (.*)$", text, re.M)
    assert title
    assert finding
    text = text.replace(title[1], f"'{TRAP}'", 1).replace(finding[1], f"'{TRAP} found.'", 1)
    paper.write_text(text)
    build_graph(tiny_copy, tmp_path / "graph")
    graph = kg.load(tmp_path / "graph")
    found = next(p for p in graph.papers if p.title == TRAP)
    key = next(s.id for s in graph.statements() for e in s.evidence if TRAP in e.line.finding)
    address = found.id.replace(":", "%3A").replace("/", "%2F")
    one = page(address=served(graph))
    for view in (f"paper/{address}", f"statement/{key}", "search?q=%3Cimg", "entity/%3Cimg%20src%3Dx%3E",
                 "paths?source=%3Cimg%3E&target=MSC"):  # fmt: skip
        one.open(view)
        assert one.tab.locator("main img").count() == 0, view
    one.open(f"statement/{key}")
    assert TRAP in one.tab.locator("main").inner_text()


def test_every_view_has_a_json_twin(page, real):
    one = page()
    for name in ("paths", "entity", "statement", "paper", "term"):
        one.open(views(real)[name])
        twin = one.tab.get_by_role("link", name="JSON").first.get_attribute("href")
        got = one.tab.evaluate(
            "href => fetch(href).then((r) => r.ok && r.json()).then((d) => Object.keys(d).length)", twin
        )
        assert got, name


def test_questions_on_the_first_page_lead_somewhere(page):
    one = page()
    for question, view in objects.QUESTIONS:
        one.open(view)
        assert one.tab.locator("[role=alert]").count() == 0, question
        assert one.tab.locator("main table, main ol.paths").count(), question


def test_sparql_is_asked_in_the_page_and_names_lead_to_their_views(page, real):
    one = page().open("sparql")
    one.tab.locator("#f-sparql").fill(
        "SELECT ?n { ?e voc:name ?n FILTER(?n IN ('Treg', 'MSC')) } ORDER BY ?n"
    )
    one.tab.get_by_role("button", name="Run").click()
    one.tab.locator("main table").wait_for()
    assert [a.inner_text() for a in one.tab.locator("main table a").all()] == ["MSC", "Treg"]
    one.tab.locator("#f-sparql").fill("SELEC ?n { ?e voc:name ?n }")
    one.tab.get_by_role("button", name="Run").click()
    one.tab.locator("[role=alert]").wait_for()
    assert "did you mean SELECT" in one.tab.locator("[role=alert]").inner_text()
