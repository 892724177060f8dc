"""How soon a picture of 300 entities stands in headless Chromium, and how often arrows cross in answers."""

from __future__ import annotations

import json
import re
import shutil
import statistics
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import kg
from kg.mechanism.names import Names
from kg.mechanism.paths import Engine
from kg.model import Curation, Entity, Experiment, Knowledge, Line, Paper, Relation, Sign
from kg.show.draw.layout import Arrow, Box
from kg.show.draw.page import draw_neighbourhood
from kg.show.draw.routes import Curve, crossings, curve_of, hidden

N_ENTITIES = 300
KINDS = ("vesicle", "protein", "cell", "process", "phenotype")
TARGET = 2.0
"""Seconds until the network is drawn."""


def made_up() -> Knowledge:
    """300 entities in five layers, two arrows from each to the next, and one more that acts on all."""
    layers = [[f"{kind} number {i}" for i in range(N_ENTITIES // len(KINDS))] for kind in KINDS]
    ends = [
        (a, right[(i * step + 1) % len(right)])
        for left, right in pairwise(layers)
        for i, a in enumerate(left)
        for step in (1, 7)
    ]
    ends += [("hub", name) for layer in layers for name in layer]
    kinds = {name: kind for kind, layer in zip(KINDS, layers, strict=True) for name in layer} | {
        "hub": "cell"
    }
    entities = tuple(Entity(n, f"mscm:{i:07}", n, kinds[n]) for i, n in enumerate(sorted(kinds)))
    lines = (Line(a, "increases", b, f"{a} raised {b}.", "sufficiency", f"{a} {b}") for a, b in ends)
    experiments = (Experiment("one", "mouse", "in vivo", lines=(line,)) for line in lines)
    curation = Curation("software", "2026-01-01")
    papers = tuple(
        Paper(f"Title {i}", "Journal", 2020, "primary", "abstract", curation, pmid=str(i), experiments=(x,))
        for i, x in enumerate(experiments, 1)
    )
    return Knowledge(entities, (Relation("increases", Sign.PLUS, (), (), "", (), ""),), papers)


EXAMPLES = (
    "MSC fibrosis --via Treg --sign -",
    "MSC 'lung inflammation' --disease asthma",
    "'MSC > mediator > immune cell > fibrosis'",
    "MSC fibrosis --max-length 3",
    "MSC 'lung injury' --products --max-length 3",
)
"""Answers of which the best 40 paths are drawn to see how well they read."""


def drawn_on(text: str) -> tuple[list[Arrow], list[Curve]]:
    """The arrows of a page of ours, between their boxes, and how each runs."""
    data = json.loads(re.search(r'id="kg-data">(.*?)</script>', text, re.DOTALL)[1])  # type: ignore[index]
    drawn = json.loads(re.search(r"edges = new vis\.DataSet\((\[.*?\])\);", text)[1])  # type: ignore[index]
    boxes = {
        n["name"]: Box(n["name"], tuple(n["lines"]), n["w"], n["h"], 0, 0, 0.0, x=n["x"], y=n["y"])
        for n in data["nodes"]
    }
    arrows, curves = [], []
    for e in drawn:
        bend = e["smooth"]["roundness"] * (-1 if e["smooth"]["type"] == "curvedCCW" else 1)
        arrows.append(Arrow(boxes[e["from"]], boxes[e["to"]], ""))
        curves.append(curve_of(arrows[-1], data["stops"].get(e["id"]), bend))
    return arrows, curves


def legibility(page: Path) -> tuple[int, int]:
    """Crossings in a picture, and how often an arrow passes behind a box, as its page draws them."""
    arrows, curves = drawn_on(page.read_text(encoding="utf-8"))
    boxes = {box.key: box for a in arrows for box in (a.start, a.end)}
    return crossings(arrows, curves), hidden(boxes.values(), arrows, curves)


def measure() -> list[tuple[str, float, str, str]]:
    """(name, value, unit, target) of writing the picture, and of opening it: median of 3, fresh tabs.

    Raises RuntimeError without a Chromium on PATH.
    """
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        raise RuntimeError("no chromium, chromium-browser or google-chrome on PATH")
    knowledge = made_up()
    engine, names = Engine(knowledge.statements), Names(knowledge.entities)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as p:
        start = time.perf_counter()
        page = draw_neighbourhood(
            knowledge.by_name["hub"], engine, knowledge, names, Path(folder) / "a.html", limit=N_ENTITIES
        )
        written = time.perf_counter() - start
        browser = p.chromium.launch(executable_path=found, args=["--no-sandbox"])
        times = []
        for _ in range(3):
            tab = browser.new_page(viewport={"width": 1600, "height": 1000})
            tab.goto(page.as_uri())
            tab.locator("html[data-drawn]").wait_for(state="attached")
            times.append(int(tab.evaluate("document.documentElement.dataset.drawn")) / 1000)
            tab.close()
        browser.close()
    n = N_ENTITIES
    return [
        (f"picture of {n} entities written", written, "s", "under 5 s"),
        (f"picture of {n} entities opened", statistics.median(times), "s", f"under {TARGET:g} s"),
    ]


if __name__ == "__main__":
    for name, value, unit, target in measure():
        sys.stdout.write(f"{name}: {value:.2f} {unit} ({target})\n")
    with tempfile.TemporaryDirectory() as folder:
        for line in EXAMPLES:
            told = []
            for by in ("step", "kind"):
                page = kg.load().draw(kg.load().paths(line), Path(folder) / "a.html", limit=40, by=by)
                told.append("by {}: {} crossings, {} hidden".format(by, *legibility(page)))
            sys.stdout.write(f"{line}: {'; '.join(told)}\n")
