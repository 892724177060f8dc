"""Pictures: what is in the file, where things stand, and how the page behaves in a browser."""

from __future__ import annotations

import itertools
import json
import random
import re
import shlex
from math import dist
from pathlib import Path as FilePath

import pytest
from click.testing import CliRunner

from kg import __version__
from kg.cli import main
from kg.errors import BadInput, NotWritable
from kg.graph import Graph
from kg.mechanism.names import Names
from kg.mechanism.paths import Engine, Question
from kg.model import Agent, Curation, Entity, Experiment, Knowledge, Line, Paper, Relation, Sign
from kg.show.draw.bundles import bundles_of, positions_of
from kg.show.draw.layout import Arrow, Box, place, wrapped
from kg.show.draw.page import draw_neighbourhood, draw_paths
from kg.show.draw.routes import BENDS, crossings, curve_of, hidden, routes

# A small graph in memory --------------------------------------------------------------------------

CATEGORY = {
    "MSC": "cell", "MSC-EV": "vesicle", "TSG6": "protein", "PGE2": "small molecule", "miR-21": "microRNA",
    "Treg": "cell", "macrophage": "cell", "M2 polarisation": "process", "fibrosis": "phenotype",
    "survival": "outcome", "silicosis": "disease", "asthma": "disease", "steroid": "drug",
}  # fmt: skip
SIGNS = {
    "increases": Sign.PLUS,
    "secretes": Sign.PLUS,
    "decreases": Sign.MINUS,
    "associates with": Sign.UNKNOWN,
}

CLAIMS = (
    ("MSC", "increases", "TSG6"),
    ("MSC", "increases", "TSG6"),
    ("MSC", "increases", "PGE2"),
    ("MSC-EV", "increases", "miR-21"),
    ("MSC", "increases", "Treg"),
    ("TSG6", "increases", "M2 polarisation"),
    ("PGE2", "increases", "Treg"),
    ("miR-21", "associates with", "macrophage"),
    ("macrophage", "increases", "fibrosis"),
    ("Treg", "decreases", "fibrosis"),
    ("Treg", "increases", "fibrosis"),
    ("Treg", "decreases", "PGE2"),
    ("M2 polarisation", "decreases", "fibrosis"),
    ("M2 polarisation", "decreases", "fibrosis", "no effect"),
    ("fibrosis", "decreases", "survival"),
    ("MSC", "decreases", "asthma"),
    ("steroid", "decreases", "asthma"),
)


def knowledge_of(claims, category=None, disease="silicosis", finding="In paper {n}, {s} {p} {o}."):
    """Knowledge with one paper per claim: (subject, predicate, object[, direction])."""
    category = category or CATEGORY
    papers = []
    for n, (s, p, o, *direction) in enumerate(claims, 1):
        line = Line(s, p, o, finding.format(n=n, s=s, p=p, o=o), "sufficiency", f"anchor{n}", *direction[:1])
        agent = Agent(product="cells", source="bone marrow", route="intravenous")
        x = Experiment("one", "mouse", "in vivo", disease=disease, model="silica", agent=agent, lines=(line,))
        ids = {"doi": f"10.1000/{n}"} if n % 2 else {"pmid": str(1000 + n)}
        curation = Curation("software", "2026-01-01")
        papers.append(
            Paper(
                f"Title {n}",
                "J Test",
                2000 + n % 25,
                "primary",
                "abstract",
                curation,
                **ids,
                experiments=(x,),
            )
        )
    used = sorted({e for c in claims for e in (c[0], c[2])} | {disease})
    entities = tuple(
        Entity(
            e, f"mscm:{i:07}", f"label of {e}", category.get(e, "protein"), (f"alias {i}",), note=f"note {i}"
        )
        for i, e in enumerate(used)
    )
    relations = tuple(Relation(n, s, (), (), "", (), "") for n, s in SIGNS.items())
    return Knowledge(entities, relations, tuple(papers))


def names_of(knowledge):
    products = tuple(d for d in [("MSC-EV", "derives from", "MSC")] if d[0] in knowledge.by_name)
    return Names(knowledge.entities, (), products)


def paths_of(knowledge, source="MSC", target="fibrosis", **options):
    names = names_of(knowledge)
    sources = frozenset(names.matching(source, products=True))
    return Engine(knowledge.statements).paths(Question(sources, frozenset({target}), **options))


def draw_around(name, knowledge, out, **options):
    engine = Engine(knowledge.statements)
    return draw_neighbourhood(knowledge.by_name[name], engine, knowledge, names_of(knowledge), out, **options)


def wide_claims(n=300):
    """Claims over `n` entities in five layers, and their categories."""
    kinds = ("vesicle", "protein", "cell", "process", "phenotype")
    layers = [[f"{kind} number {i}" for i in range(n // 5)] for kind in kinds]
    category = {name: kind for kind, layer in zip(kinds, layers, strict=True) for name in layer}
    claims = [
        (a, "increases" if i % 3 else "decreases", right[(i * step + 1) % len(right)])
        for left, right in itertools.pairwise(layers)
        for i, a in enumerate(left)
        for step in (1, 7)
    ]
    claims += [("hub", "increases", name) for layer in layers for name in layer]
    return claims, {**category, "hub": "cell"}


def data_of(page):
    """What the page was told, from the JSON inside it."""
    text = page.read_text(encoding="utf-8")
    return json.loads(
        re.search(r'<script type="application/json" id="kg-data">(.*?)</script>', text, re.DOTALL)[1]
    )


def vis_edges(page):
    """Arrows as vis-network is given them, by the id of each statement on them."""
    text = page.read_text(encoding="utf-8")
    arrows = json.loads(re.search(r"edges = new vis\.DataSet\((\[.*?\])\);", text)[1])
    found = {}
    for arrow in arrows:
        assert not found.keys() & set(arrow["statements"]), "a statement stands on one arrow"
        found |= dict.fromkeys(arrow["statements"], arrow)
    return found


def find(data, subject, predicate, obj):
    return next(
        e for e in data["edges"] if (e["subject"], e["predicate"], e["object"]) == (subject, predicate, obj)
    )


@pytest.fixture(scope="module")
def small():
    return knowledge_of(CLAIMS)


@pytest.fixture(scope="module")
def page(small, tmp_path_factory):
    out = tmp_path_factory.mktemp("pictures") / "paths.html"
    return draw_paths(paths_of(small), small, names_of(small), out, by="kind")


@pytest.fixture(scope="module")
def wide_page(tmp_path_factory):
    claims, category = wide_claims()
    out = tmp_path_factory.mktemp("wide") / "wide.html"
    return draw_around("hub", knowledge_of(claims, category), out, limit=1000)


# The file -----------------------------------------------------------------------------------------


def test_nothing_is_fetched_from_elsewhere(page):
    text = page.read_text(encoding="utf-8")
    for tag in re.findall(r"<(?:script|link|img|iframe)\b[^>]*>", text):
        assert not re.search(r'\b(?:src|href)\s*=\s*(?!"data:)', tag), tag
    assert "@import" not in text
    assert "default-src 'none'" in text
    assert not re.search(r"cdn\.jsdelivr|cdnjs|unpkg", text)


def test_page_names_question_counts_and_version(page, small):
    text = page.read_text(encoding="utf-8")
    data = data_of(page)
    n_paths, n_statements = len(paths_of(small)), len({s.id for p in paths_of(small) for s in p.statements})
    assert data["title"] == f"From MSC to fibrosis: {n_paths} paths over {n_statements} statements"
    assert f"<h1>{data['title']}</h1>" in text
    assert f"Drawn by msc-kg {__version__}" in text
    assert text.startswith("<!DOCTYPE html>")


def test_every_finding_of_what_is_shown_is_there(page, small):
    data = data_of(page)
    shown = {line["finding"] for e in data["edges"] for line in e["lines"]}
    wanted = {e.line.finding for p in paths_of(small) for e in p.evidence}
    assert shown == wanted
    line = find(data, "Treg", "decreases", "fibrosis")["lines"][0]
    assert line["url"] == "https://pubmed.ncbi.nlm.nih.gov/1010/"
    assert (line["direction"], line["test"], line["rung"]) == ("supports", "sufficiency", "rodent in vivo")
    assert (line["species"], line["system"], line["disease"], line["model"]) == (
        "mouse", "in vivo", "silicosis", "silica")  # fmt: skip
    assert line["agent"] == {"product": "cells", "source": "bone marrow", "route": "intravenous"}
    assert find(data, "MSC", "increases", "TSG6")["lines"][0]["url"] == "https://doi.org/10.1000/1"


def test_paths_are_told_in_words(page, small):
    data = data_of(page)
    assert [p["sentence"] for p in data["paths"]] == [p.sentence() for p in paths_of(small)]
    assert [p["steps"] for p in data["paths"]] == [[s.id for s in p.statements] for p in paths_of(small)]


def test_lines_of_a_retracted_paper_are_shown_and_marked(tmp_path):
    from dataclasses import replace

    k = knowledge_of([("MSC", "increases", "Treg"), ("MSC", "increases", "Treg")])
    k = Knowledge(k.entities, k.relations, (k.papers[0], replace(k.papers[1], status="retracted")))
    edge = data_of(draw_around("Treg", k, tmp_path / "a.html"))["edges"][0]
    assert [line.get("withdrawn", False) for line in edge["lines"]] == [False, True]
    assert edge["papers"] == 1


def test_arrows_of_opposite_sign_are_both_there_and_apart(page):
    data, drawn = data_of(page), vis_edges(page)
    plus = drawn[find(data, "Treg", "increases", "fibrosis")["id"]]
    minus = drawn[find(data, "Treg", "decreases", "fibrosis")["id"]]
    assert plus["arrows"]["to"]["type"] == "arrow"
    assert minus["arrows"]["to"]["type"] == "bar"
    assert plus["color"]["color"] != minus["color"]["color"]
    one, other = data["stops"][plus["id"]], data["stops"][minus["id"]]
    assert len(one) == len(other)
    assert all(abs(a[1] - b[1]) > 4 for a, b in zip(one, other, strict=True))
    assert drawn.keys() == {e["id"] for e in data["edges"]}


def test_unknown_sign_has_its_own_arrowhead(page):
    data, drawn = data_of(page), vis_edges(page)
    assert (
        drawn[find(data, "miR-21", "associates with", "macrophage")["id"]]["arrows"]["to"]["type"] == "circle"
    )


def test_conflicts_and_only_they_are_dashed(page):
    data, drawn = data_of(page), vis_edges(page)
    dashed = {(e["subject"], e["predicate"], e["object"]) for e in data["edges"] if drawn[e["id"]]["dashes"]}
    assert dashed == {
        ("Treg", "increases", "fibrosis"),
        ("Treg", "decreases", "fibrosis"),
        ("M2 polarisation", "decreases", "fibrosis"),
    }
    assert find(data, "Treg", "increases", "fibrosis")["opposite"][0]["text"] == "Treg decreases fibrosis"


def test_more_papers_make_a_wider_arrow(page):
    data, drawn = data_of(page), vis_edges(page)
    two, one = find(data, "MSC", "increases", "TSG6"), find(data, "MSC", "increases", "PGE2")
    assert (two["papers"], one["papers"]) == (2, 1)
    assert drawn[two["id"]]["width"] > drawn[one["id"]]["width"]


def overlaps(nodes):
    return [
        (a["name"], b["name"])
        for a, b in itertools.combinations(nodes, 2)
        if abs(a["x"] - b["x"]) < (a["w"] + b["w"]) / 2 and abs(a["y"] - b["y"]) < (a["h"] + b["h"]) / 2
    ]


def test_layers_stand_left_to_right_under_their_titles(page, wide_page):
    for data in map(data_of, (page, wide_page)):
        extents = data["layers"]
        assert all(a["right"] <= b["left"] for a, b in itertools.pairwise(extents))
        used = sorted({n["layer"] for n in data["nodes"]})
        for n in data["nodes"]:
            extent = extents[used.index(n["layer"])]
            assert extent["left"] <= n["x"] - n["w"] / 2
            assert n["x"] + n["w"] / 2 <= extent["right"]
            assert extent["top"] <= n["y"] - n["h"] / 2
            assert n["y"] + n["h"] / 2 <= extent["bottom"]
    where = {n["name"]: n["x"] for n in data_of(page)["nodes"]}
    assert where["MSC"] < where["PGE2"] < where["Treg"] < where["M2 polarisation"] < where["fibrosis"]
    assert where["MSC-EV"] < where["miR-21"]


def test_what_comes_later_along_paths_stands_further_right_in_its_layer(tmp_path):
    chain = ["MSC", *(f"P{i}" for i in range(6)), "fibrosis"]
    k = knowledge_of([(a, "increases", b) for a, b in itertools.pairwise(chain)])
    data = data_of(draw_paths(paths_of(k, max_length=7), k, names_of(k), tmp_path / "a.html", by="kind"))
    where = {n["name"]: n["column"] for n in data["nodes"]}
    assert [where[n] for n in chain] == sorted(where[n] for n in chain)
    assert where["P0"] < where["P5"]


def test_no_two_boxes_overlap(page, wide_page, small, tmp_path):
    assert overlaps(data_of(page)["nodes"]) == []
    assert len(data_of(wide_page)["nodes"]) == 301
    assert overlaps(data_of(wide_page)["nodes"]) == []
    for name in ("Treg", "asthma", "fibrosis"):
        assert overlaps(data_of(draw_around(name, small, tmp_path / f"{name}.html"))["nodes"]) == []


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Treg", ("Treg",)),
        ("lung microvascular endothelial cell", ("lung", "microvascular", "endothelial cell")),
        ("airway hyperresponsiveness", ("airway", "hyperresponsiveness")),
    ],
)
def test_labels_break_at_blanks(name, lines):
    assert wrapped(name) == lines


def test_a_label_that_never_ends_is_cut():
    assert len(wrapped("x" * 400)) == 4
    assert wrapped("x" * 400)[-1].endswith("…")
    assert wrapped(" ") == (" ",)


def test_same_input_gives_the_same_bytes(small, tmp_path):
    for name, draw in {
        "paths": lambda out: draw_paths(paths_of(small), small, names_of(small), out),
        "around": lambda out: draw_around("Treg", small, out),
    }.items():
        first, second = (draw(tmp_path / f"{name}{i}.html").read_bytes() for i in (1, 2))
        assert first == second


HOSTILE = "</script><img src=x onerror=alert(1)>"


def test_hostile_text_stays_text(tmp_path):
    claims = [
        ("MSC", "increases", HOSTILE),
        (HOSTILE, "decreases", "fibrosis"),
        ("MSC", "increases", "{{TITLE}}"),
    ]
    k = knowledge_of(claims, finding=HOSTILE + " <!-- \u2028 {{7*7}} {n}")
    for out in (
        draw_paths(paths_of(k), k, names_of(k), tmp_path / "a.html"),
        draw_around(HOSTILE, k, tmp_path / "b.html"),
    ):
        text = out.read_text(encoding="utf-8")
        assert "<img" not in text
        assert text.count("</script>") == 5
        assert data_of(out)["edges"][0]["lines"][0]["finding"].startswith(HOSTILE)


# What is drawn around an entity -------------------------------------------------------------------


def told(page):
    return {(e["subject"], e["predicate"], e["object"]) for e in data_of(page)["edges"]}


def test_neighbourhood_holds_what_touches_the_entity(small, tmp_path):
    out = draw_around("Treg", small, tmp_path / "a.html")
    assert told(out) == {c[:3] for c in CLAIMS if "Treg" in (c[0], c[2])}
    assert data_of(out)["title"] == "Treg: all 5 statements on Treg"


def test_neighbourhood_counts_what_is_below(small, tmp_path):
    names = Names(small.entities, (("Treg", "macrophage"),))
    engine = Engine(small.statements)
    out = draw_neighbourhood(small.by_name["macrophage"], engine, small, names, tmp_path / "a.html")
    assert {c[:3] for c in CLAIMS if {"Treg", "macrophage"} & {c[0], c[2]}} == told(out)
    assert "Counted as macrophage: Treg." in data_of(out)["notes"]


def test_limit_keeps_the_strongest(small, tmp_path):
    out = draw_around("MSC", small, tmp_path / "a.html", limit=1)
    assert told(out) == {("MSC", "increases", "TSG6")}
    assert data_of(out)["title"] == "MSC: the 1 strongest of 4 statements on MSC"


def test_a_disease_shows_what_was_seen_in_it_or_ends_there(small, tmp_path):
    out = draw_around("silicosis", small, tmp_path / "a.html")
    assert told(out) == {c[:3] for c in CLAIMS}
    out = draw_around("asthma", small, tmp_path / "b.html")
    assert told(out) == {("MSC", "decreases", "asthma"), ("steroid", "decreases", "asthma")}
    assert data_of(out)["layers"][0]["title"] == "MSCs, drugs, exposures"


def test_nothing_to_draw_is_said(small, tmp_path):
    with pytest.raises(BadInput, match="no path to draw"):
        draw_paths([], small, names_of(small), tmp_path / "a.html")
    lonely = Knowledge(
        (*small.entities, Entity("Th2", "mscm:9", "Th2", "cell")), small.relations, small.papers
    )
    with pytest.raises(BadInput, match="no supported statement involves 'Th2'"):
        draw_around("Th2", lonely, tmp_path / "a.html")
    with pytest.raises(BadInput, match="at least 1"):
        draw_around("Treg", small, tmp_path / "a.html", limit=0)
    assert list(tmp_path.iterdir()) == []


def test_an_entity_that_acts_on_itself_is_drawn(tmp_path):
    k = knowledge_of([("TSG6", "increases", "TSG6")])
    assert told(draw_around("TSG6", k, tmp_path / "a.html")) == {("TSG6", "increases", "TSG6")}


def test_many_arrows_between_two_entities_all_differ(tmp_path):
    k = knowledge_of([(a, p, b) for p in SIGNS for a, b in (("MSC", "Treg"), ("Treg", "MSC"))])
    out = draw_around("Treg", k, tmp_path / "a.html")
    stops = data_of(out)["stops"]
    arrows = {e["id"]: e for e in vis_edges(out).values()}
    assert len(arrows) == 6 < len(BENDS)
    back = [e for e in arrows.values() if e["from"] == "Treg"]
    assert stops.keys() == arrows.keys() - {e["id"] for e in back}
    assert len({tuple(s[-1]) for s in stops.values()}) == 3
    sides = {(e["smooth"]["type"], e["smooth"]["roundness"]) for e in back}
    assert len(sides) == 3
    assert all(roundness for _, roundness in sides), "straight is where the others run"


# Bundles ------------------------------------------------------------------------------------------

PARALLEL = (
    ("MSC", "increases", "Treg"),
    ("MSC", "secretes", "Treg"),
    ("MSC", "secretes", "Treg"),
    ("MSC", "decreases", "Treg"),
    ("Treg", "decreases", "fibrosis"),
    ("Treg", "increases", "fibrosis"),
)


@pytest.fixture(scope="module")
def parallel():
    return knowledge_of(PARALLEL)


@pytest.fixture(scope="module")
def parallel_page(parallel, tmp_path_factory):
    out = tmp_path_factory.mktemp("parallel") / "a.html"
    return draw_paths(paths_of(parallel), parallel, names_of(parallel), out, asked="MSC fibrosis")


def test_parallel_statements_of_one_sign_are_one_bundle(parallel):
    bundles = {(b.subject, b.object, b.sign.value): b for b in bundles_of(paths_of(parallel))}
    assert len(bundles) == 4
    plus, minus = bundles["MSC", "Treg", "+"], bundles["MSC", "Treg", "-"]
    assert [s.predicate for s in plus.steps] == ["increases", "secretes"]
    assert [s.predicate for s in minus.steps] == ["decreases"]
    assert plus.papers == ("PMID:1002", "doi:10.1000/1", "doi:10.1000/3")
    assert plus.positions == (1,)
    assert bundles["Treg", "fibrosis", "-"].positions == (2,)


def test_a_bundle_counts_the_paths_that_run_over_it(parallel):
    bundles = {(b.subject, b.object, b.sign.value): b for b in bundles_of(paths_of(parallel))}
    for key, counts in {
        ("MSC", "Treg", "+"): (2, 2), ("MSC", "Treg", "-"): (1, 1),
        ("Treg", "fibrosis", "+"): (2, 1), ("Treg", "fibrosis", "-"): (1, 2),
    }.items():  # fmt: skip
        b = bundles[key]
        assert (b.raising, b.lowering, b.unclear) == (*counts, 0), key
        assert b.n_paths == sum(counts)


def test_an_arrow_is_a_bundle_and_tells_what_is_in_it(parallel_page):
    data, drawn = data_of(parallel_page), vis_edges(parallel_page)
    increases, secretes, decreases = (
        find(data, "MSC", p, "Treg")["id"] for p in ("increases", "secretes", "decreases")
    )
    assert drawn[increases] is drawn[secretes]
    assert drawn[increases] is not drawn[decreases]
    assert drawn.keys() == {e["id"] for e in data["edges"]}
    assert (
        drawn[increases]["title"]
        == "MSC → Treg (+), best shown: animal, 2 statements, 3 papers, 4 paths, step 1"
    )
    assert drawn[increases]["width"] > drawn[decreases]["width"]
    assert [b["statements"] for b in data["bundles"] if b["id"] == drawn[increases]["id"]] == [
        [increases, secretes]
    ]


def test_around_an_entity_too(parallel, tmp_path):
    data = data_of(draw_around("Treg", parallel, tmp_path / "a.html"))
    assert (len(data["edges"]), len(data["bundles"])) == (5, 4)


@pytest.fixture(scope="module")
def inherited(tmp_path_factory):
    """Bone marrow MSC raises Treg; that it lowers IL-10 is stated of MSC alone."""
    k = knowledge_of(
        [("lung MSC", "increases", "Treg"), ("MSC", "secretes", "Treg"), ("Treg", "decreases", "fibrosis")]
    )
    names = Names(k.entities, (("lung MSC", "MSC"),))
    engine = Engine(k.statements).with_inherited(lambda name: names.matching(name).keys() - {name})
    paths = engine.paths(Question(frozenset({"lung MSC"}), frozenset({"fibrosis"})))
    return draw_paths(paths, k, names, tmp_path_factory.mktemp("inherited") / "a.html")


def test_inherited_statements_are_dotted_and_apart(inherited):
    data, drawn = data_of(inherited), vis_edges(inherited)
    stated = find(data, "lung MSC", "increases", "Treg")
    taken = find(data, "lung MSC", "secretes", "Treg")
    assert (stated["inherited"], taken["inherited"]) == ("", "MSC")
    assert drawn[stated["id"]]["id"] != drawn[taken["id"]]["id"]
    assert drawn[stated["id"]]["dashes"] is False
    assert drawn[taken["id"]]["dashes"] == [1, 5]
    assert "taken over from a broader subject" in drawn[taken["id"]]["title"]


def test_a_hypothesis_is_not_drawn(real, tmp_path):
    guess = real.hypotheses(limit=1)[0]
    with pytest.raises(BadInput, match="a hypothesis is no finding and is not drawn"):
        real.draw(guess, tmp_path / "a.html")
    assert list(tmp_path.iterdir()) == []


# By step ------------------------------------------------------------------------------------------

STEPWISE = (
    ("MSC", "increases", "PGE2"),
    ("MSC", "increases", "TSG6"),
    ("MSC-EV", "increases", "Treg"),
    ("MSC", "increases", "Treg"),
    ("PGE2", "increases", "Treg"),
    ("TSG6", "increases", "Treg"),
    ("Treg", "decreases", "macrophage"),
    ("macrophage", "increases", "fibrosis"),
    ("Treg", "decreases", "fibrosis"),
    ("MSC", "decreases", "fibrosis"),
)


@pytest.fixture(scope="module")
def stepwise():
    return knowledge_of(STEPWISE)


@pytest.fixture(scope="module")
def step_page(stepwise, tmp_path_factory):
    out = tmp_path_factory.mktemp("steps") / "a.html"
    query = "MSC fibrosis --products"
    return draw_paths(paths_of(stepwise), stepwise, names_of(stepwise), out, asked=query, of=99)


def test_layers_are_the_steps_from_source_to_target(step_page):
    data = data_of(step_page)
    assert [layer["title"] for layer in data["layers"]] == ["Source", "Step 1", "Step 2", "Step 3", "Target"]
    columns = {n["name"]: n["column"] for n in data["nodes"]}
    assert columns == {
        "MSC": 0, "MSC-EV": 0, "PGE2": 1, "TSG6": 1, "Treg": 2, "macrophage": 3, "fibrosis": 4,
    }  # fmt: skip
    assert {n["name"]: n["positions"] for n in data["nodes"]}["Treg"] == [1, 2]


def test_an_entity_stands_where_arrows_lead_to_the_right(stepwise):
    paths = paths_of(stepwise)
    bundles = bundles_of(paths)
    at = positions_of(paths, bundles)
    assert all(at[b.subject] < at[b.object] for b in bundles)
    seen = {name: {i for p in paths for i, n in enumerate(p.entities) if n == name} for name in at}
    assert all(at[name] in seen[name] for name in at if name != "fibrosis")


def test_where_nothing_else_decides_the_most_frequent_position_is_taken():
    claims = [("MSC", "increases", x) for x in ("P1", "P2")]
    claims += [("P1", "increases", "P2"), ("P2", "increases", "P1"), ("P1", "increases", "P0")]
    claims += [("P0", "increases", "fibrosis"), ("P2", "increases", "fibrosis")]
    paths = paths_of(knowledge_of(claims))
    at = positions_of(paths, bundles_of(paths))
    assert (at["MSC"], at["fibrosis"]) == (0, max(len(p.steps) for p in paths))
    assert at["P0"] == at["P1"] + 1


def test_ways_lead_around_boxes_and_one_lane_shares_them(step_page):
    data = data_of(step_page)
    long = [
        data["stops"][b["id"]]
        for b in data["bundles"]
        if b["object"] == "fibrosis" and b["subject"] in ("MSC", "Treg")
    ]
    assert [len(stops) for stops in sorted(long, key=len)] == [6, 10]
    by_treg, by_msc = sorted(long, key=len)
    assert by_treg[-4:] == by_msc[-4:], "both lower fibrosis, so they arrive as one"
    for x, y in by_msc[1:-1]:
        for n in data["nodes"]:
            assert abs(x - n["x"]) >= n["w"] / 2 or abs(y - n["y"]) > n["h"] / 2, n["name"]


def test_opposite_signs_never_run_as_one(tmp_path):
    claims = [("MSC", "increases", "P0"), ("P0", "increases", "P1"), ("P1", "increases", "fibrosis")]
    claims += [("MSC", p, "fibrosis") for p in ("increases", "decreases")]
    k = knowledge_of(claims)
    data = data_of(draw_paths(paths_of(k), k, names_of(k), tmp_path / "a.html"))
    one, other = (
        data["stops"][b["id"]] for b in data["bundles"] if b["subject"] == "MSC" and b["object"] == "fibrosis"
    )
    assert len(one) == len(other) == 8
    assert all(a[1] != b[1] for a, b in zip(one, other, strict=True))


def boxes_in_line():
    """Three boxes on one line, and an arrow from the first to the last."""
    boxes = [
        Box(name, (name,), 80.0, 30.0, 0, i, 0.5, "rect", i, 200.0 * i, 100.0) for i, name in enumerate("abc")
    ]
    return boxes, [Arrow(boxes[0], boxes[2], "+")]


def test_what_is_hidden_is_counted():
    boxes, arrows = boxes_in_line()
    straight = [curve_of(arrows[0], None, 0.0)]
    assert hidden(boxes, arrows, straight) == 1
    arrows[0].via = [Box("way", (), 80.0, 8.0, -1, 1, 0.5, "", 1, 200.0, 150.0)]
    assert hidden(boxes, arrows, [curve_of(arrows[0], routes(boxes, arrows)[0], 0.0)]) == 0


def test_crossings_are_counted_as_the_eye_sees_them():
    ends = [Box(name, (name,), 20.0, 20.0, 0, 0, 0.5, x=x, y=y) for name, x, y in (
        ("a", 0, 0), ("b", 400, 200), ("c", 0, 200), ("d", 400, 0), ("e", 0, 202))]  # fmt: skip
    a, b, c, d, e = ends
    arrows = [Arrow(a, b, "+"), Arrow(c, d, "+"), Arrow(e, d, "+"), Arrow(a, d, "+")]
    curves = [[(f.start.x, f.start.y), (f.end.x, f.end.y)] for f in arrows]
    assert crossings(arrows[:1], curves[:1]) == 0
    assert crossings(arrows[:2], curves[:2]) == 1
    assert crossings(arrows[:3], curves[:3]) == 1, "a pixel apart is one crossing to the eye"
    assert crossings([arrows[0], arrows[3]], [curves[0], curves[3]]) == 0, "they share an end"


def crossings_of_a_tangle(seed):
    """Crossings that are left in a made-up graph of three layers, with straight arrows."""
    r, n = random.Random(seed), 8
    boxes = [
        Box(f"{c}{i}", ("x",), 60.0, 30.0, 0, rank, 0.5) for rank, c in enumerate("abc") for i in range(n)
    ]
    by = {b.key: b for b in boxes}
    arrows = [
        Arrow(by[f"{a}{i}"], by[f"{b}{j}"], "+")
        for a, b in ("ab", "bc")
        for i in range(n)
        for j in r.sample(range(n), 2)
    ]
    place(boxes, arrows, {0: "a", 1: "b", 2: "c"})
    return crossings(arrows, [[(a.start.x, a.start.y), (a.end.x, a.end.y)] for a in arrows])


def test_sifting_leaves_fewer_crossings_than_sweeps_alone(monkeypatch):
    sifted = sum(map(crossings_of_a_tangle, range(3)))
    monkeypatch.setattr("kg.show.draw.layout._sift", lambda *_: None)
    assert sifted < 0.8 * sum(map(crossings_of_a_tangle, range(3)))


def test_layers_by_something_else_are_refused(small, tmp_path):
    with pytest.raises(BadInput, match="--by 'size': one of step, kind"):
        draw_paths(paths_of(small), small, names_of(small), tmp_path / "a.html", by="size")


def test_too_many_arrows_are_refused(small, tmp_path, monkeypatch):
    monkeypatch.setattr("kg.show.draw.page.MOST", 3)
    with pytest.raises(
        BadInput, match=r"\d+ arrows are too many to draw \(at most 3\); choose a lower --limit"
    ):
        draw_paths(paths_of(small), small, names_of(small), tmp_path / "a.html")
    assert list(tmp_path.iterdir()) == []


# What stands on the page --------------------------------------------------------------------------


def test_the_question_and_its_command_stand_on_the_page(step_page, page, tmp_path, stepwise):
    text = step_page.read_text(encoding="utf-8")
    n = len(paths_of(stepwise))
    assert "Asked: <code>MSC fibrosis --products</code>" in text
    assert f"<code>kg paths MSC fibrosis --products --limit {n}</code>" in text
    assert 'class="asked"' not in page.read_text(encoding="utf-8")
    paths = paths_of(stepwise)
    out = draw_paths(paths, stepwise, names_of(stepwise), tmp_path / "a.html", asked="'a<b>' c")
    assert "<code>&#39;a&lt;b&gt;&#39; c</code>" in out.read_text(encoding="utf-8")


def test_the_question_on_the_page_asks_for_what_is_drawn(tiny, tmp_path):
    answer = tiny.paths("MSC", "fibrosis", sign="-")
    page = tiny.draw(answer, tmp_path / "a.html")
    asked = data_of(page)["asked"]
    again = tiny.paths(asked)
    assert [p["steps"] for p in data_of(page)["paths"]] == [[s.id for s in p.steps] for p in again]
    command = shlex.split(re.search(r"<code>kg (paths [^<]*)</code>", page.read_text(encoding="utf-8"))[1])
    done = CliRunner().invoke(main, ["--graph", str(tiny.built.path), *command, "--json"])
    assert len(json.loads(done.output)) == len(answer) > 0


def test_paths_that_disagree_are_said(parallel_page, step_page):
    assert "Net sign: 3 × + (raises), 3 × − (lowers): the paths disagree." in data_of(parallel_page)["notes"]
    assert "Net sign of every path: − (lowers)." not in data_of(parallel_page)["notes"]
    assert not any("disagree" in note for note in data_of(step_page)["notes"])


def test_step_or_kind_on_the_command_line(tiny, tmp_path):
    def run(*words):
        out = ("-o", str(tmp_path / "a.html"))
        return CliRunner().invoke(main, ["--graph", str(tiny.built.path), "draw", *words, *out])

    titles = {}
    for by in ((), ("--by", "step"), ("--by", "kind")):
        assert run("MSC", "fibrosis", *by).exit_code == 0
        titles[by] = [layer["title"] for layer in data_of(tmp_path / "a.html")["layers"]]
    assert titles[()] == titles["--by", "step"] != titles["--by", "kind"]
    assert titles[()][0] == "Source"
    done = run("Treg", "--by", "step")
    assert done.exit_code == 2
    assert "--by step is for paths, and 'Treg' alone has none; give SOURCE and TARGET" in done.output


# Graphs of edges ----------------------------------------------------------------------------------

EDGES = [
    ("drug", "inhibits", "-", "kinase", 0.9, ["PMID:1"]),
    ("drug", "activates", "+", "kinase", 0.2, ["a report"]),
    ("kinase", "activates", "+", "scarring", 0.8, ["PMID:2"], {"species": "mouse"}),
    ("kinase", "activates", "+", "growth", 0.8),
]


@pytest.fixture(scope="module")
def edge_page(tmp_path_factory):
    g = Graph.from_edges(EDGES)
    answer = g.paths("drug", "scarring", sign="-")
    return g.draw(answer, tmp_path_factory.mktemp("edges") / "a.html")


def test_an_answer_from_a_table_of_edges_is_drawn(edge_page, tmp_path):
    data = data_of(edge_page)
    assert [n["name"] for n in data["nodes"]] == ["drug", "kinase", "scarring"]
    lowers = find(data, "drug", "inhibits", "kinase")
    assert lowers["opposite"][0]["text"] == "drug activates kinase"
    assert vis_edges(edge_page)[lowers["id"]]["dashes"] == [7, 5]
    g = Graph.from_edges(EDGES)
    around = data_of(g.draw("kinase", tmp_path / "b.html"))
    assert len(around["edges"]) == 4
    assert around["title"] == "kinase: all 4 statements on kinase"


def test_a_report_without_an_identifier_gets_no_link(tmp_path):
    g = Graph.from_edges(EDGES)
    edge = find(data_of(g.draw("kinase", tmp_path / "b.html")), "drug", "activates", "kinase")
    assert "url" not in edge["lines"][0]
    assert edge["lines"][0]["paper"] == "a report"


# Where it cannot be written -----------------------------------------------------------------------


def test_a_null_endpoint_is_drawn_and_can_be_hidden(real: Graph, tmp_path: FilePath) -> None:
    """`kg draw COPD` left out every null endpoint of its trials and looked like a success."""
    page = real.draw("COPD", tmp_path / "a.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="kg-data">(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]
    nulls = [e for e in data["edges"] if e["sign"] == "0"]
    assert {"exacerbation", "adverse event", "FEV1"} <= {e["object"] for e in nulls}
    assert all(e["words"] == "no effect on" and e["noEffect"] for e in nulls)
    assert re.search(rf"\b{len(nulls)} of no effect|of no effect \({len(nulls)} drawn\)", data["title"])
    hidden = real.draw("COPD", tmp_path / "b.html", nulls=False).read_text(encoding="utf-8")
    assert '"sign":"0"' not in hidden


def test_missing_folders_are_made(small, tmp_path):
    assert draw_around("Treg", small, tmp_path / "new" / "folder" / "a.html").is_file()


def test_a_folder_is_not_overwritten(small, tmp_path):
    with pytest.raises(NotWritable, match=re.escape(f"cannot write {tmp_path}: ")):
        draw_around("Treg", small, tmp_path)


def test_a_folder_that_cannot_be_made_is_named(small, tmp_path):
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "a.html"
    with pytest.raises(NotWritable, match=re.escape(f"cannot write {out}: ")):
        draw_around("Treg", small, out)


def test_no_permission_is_said(small, tmp_path, monkeypatch):
    def refuse(self, *_, **__):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(FilePath, "write_text", refuse)
    with pytest.raises(NotWritable, match=r"Permission denied; choose another file"):
        draw_around("Treg", small, tmp_path / "a.html")


# In a browser -------------------------------------------------------------------------------------


class Opened:
    """A page with what it asked for and complained of."""

    def __init__(self, browser, path):
        self.context = browser.new_context(viewport={"width": 1600, "height": 1000})
        self.tab = self.context.new_page()
        self.requests, self.complaints = [], []
        self.tab.on("request", lambda r: self.requests.append(r.url))
        self.tab.on("console", lambda m: self.complaints.append(m.text))
        self.tab.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.tab.goto(path.as_uri())
        self.tab.locator("html[data-drawn]").wait_for(state="attached")
        self.tab.wait_for_timeout(150)

    def on_screen(self, script):
        """Where a point of the drawing is on the screen; the script gives the point."""
        return self.tab.evaluate(
            f"""() => {{ const at = network.canvasToDOM({script});
            const box = document.getElementById("mynetwork").getBoundingClientRect();
            return [at.x + box.x, at.y + box.y]; }}"""
        )

    def dimmed(self):
        """Ids of the statements on arrows that are dimmed."""
        return set(
            self.tab.evaluate("edges.get().filter((e) => e.color.opacity < 0.2).flatMap((e) => e.statements)")
        )

    def middle(self, statement):
        """Where the middle of a statement's arrow is on the screen."""
        key = self.tab.evaluate("(id) => edges.get().find((e) => e.statements.includes(id)).id", statement)
        return self.on_screen(f"network.body.edges['{key}'].edgeType.getPoint(0.5)")


@pytest.fixture
def opened(browser, page):
    o = Opened(browser, page)
    yield o
    assert o.requests == [page.as_uri()]
    assert o.complaints == []
    o.context.close()


def test_opens_without_a_request_and_without_an_error(opened):
    assert opened.tab.locator("#mynetwork canvas").count() == 1
    drawn = opened.tab.evaluate(
        """() => { const c = document.querySelector("#mynetwork canvas");
        const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
        return new Set(new Uint32Array(d.buffer)).size; }"""
    )
    assert drawn > 50


def test_everything_fits_beside_the_panel(opened, page):
    panel = opened.tab.locator("#panel").bounding_box()
    net = opened.tab.locator("#mynetwork").bounding_box()
    assert net["x"] + net["width"] <= panel["x"]
    for n in data_of(page)["nodes"]:
        left, top = opened.on_screen(f"{{x: {n['x'] - n['w'] / 2}, y: {n['y'] - n['h'] / 2}}}")
        right, bottom = opened.on_screen(f"{{x: {n['x'] + n['w'] / 2}, y: {n['y'] + n['h'] / 2}}}")
        assert net["x"] <= left < right <= net["x"] + net["width"]
        assert net["y"] <= top < bottom <= net["y"] + net["height"]


def test_a_click_on_an_arrow_shows_its_evidence(opened, page):
    edge = find(data_of(page), "Treg", "decreases", "fibrosis")
    opened.tab.mouse.click(*opened.middle(edge["id"]))
    text = opened.tab.locator("#details").inner_text()
    assert text.startswith("Treg decreases fibrosis")
    for wanted in (
        "− (lowers)", f"{edge['belief']:.2f} ({edge['low']:.2f} to {edge['high']:.2f})", "rodent in vivo",
        "In paper 10, Treg decreases fibrosis.", "sufficiency", "mouse, in vivo", "silicosis", "silica",
        "cells, from bone marrow, intravenous", "2010", "Also supported: Treg increases fibrosis",
    ):  # fmt: skip
        assert wanted in text
    link = opened.tab.locator("#details a")
    assert link.get_attribute("href") == "https://pubmed.ncbi.nlm.nih.gov/1010/"
    assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener noreferrer")


def test_a_click_on_an_entity_shows_it_and_its_arrows(opened):
    opened.tab.mouse.click(*opened.on_screen("network.getPosition('Treg')"))
    details = opened.tab.locator("#details")
    entity = details.inner_text()
    assert entity.startswith("Treg")
    for wanted in ("label of Treg", "cell", "alias", "note", "Acts on (2)", "Is acted on by (2)"):
        assert wanted in entity
    details.get_by_role("button", name="Treg decreases fibrosis").click()
    assert "In paper 10" in details.inner_text()


def test_a_path_is_highlighted_and_the_rest_dimmed(opened, page):
    data = data_of(page)
    row = opened.tab.locator(".row.path").nth(2)
    row.focus()
    opened.tab.keyboard.press("Enter")
    assert opened.dimmed() == {e["id"] for e in data["edges"]} - set(data["paths"][2]["steps"])
    assert row.get_attribute("aria-expanded") == "true"
    opened.tab.keyboard.press("Tab")
    opened.tab.keyboard.press("Enter")
    assert "Evidence" in opened.tab.locator("#details").inner_text()
    assert opened.tab.evaluate("document.activeElement.id") == "details"
    opened.tab.keyboard.press("Escape")
    assert opened.dimmed() == set()


def test_search_finds_goes_there_and_clears(opened):
    box = opened.tab.get_by_role("searchbox")
    box.fill("TREG")
    assert opened.tab.locator("#found").inner_text() == "1 found"
    assert opened.dimmed()
    box.press("Enter")
    assert opened.tab.locator("#details h2").inner_text() == "Treg"
    centre = opened.tab.evaluate("network.getViewPosition()")
    assert centre == pytest.approx(opened.tab.evaluate("network.getPosition('Treg')"), abs=1)
    box.press("Escape")
    assert (box.input_value(), opened.dimmed()) == ("", set())
    box.fill("label of pge2")
    assert opened.tab.locator("#found").inner_text() == "1 found"
    box.fill("nothing like it")
    assert opened.tab.locator("#found").inner_text() == "none found"


def test_tabs_turn_by_keyboard(opened):
    opened.tab.locator("#tab-paths").focus()
    opened.tab.keyboard.press("ArrowRight")
    assert opened.tab.locator("#statements").is_visible()
    assert opened.tab.locator("#tab-statements").get_attribute("aria-selected") == "true"
    assert not opened.tab.locator("#paths").is_visible()
    assert opened.tab.locator("[tabindex]").evaluate_all("all => all.every((e) => e.tabIndex <= 0)")


def test_hostile_text_runs_nothing(browser, tmp_path):
    k = knowledge_of([("MSC", "increases", HOSTILE), (HOSTILE, "decreases", "fibrosis")], finding=HOSTILE)
    out = draw_paths(paths_of(k), k, names_of(k), tmp_path / "a.html")
    o = Opened(browser, out)
    o.tab.locator("#tab-statements").click()
    o.tab.locator("#statements .row").first.click()
    assert HOSTILE in o.tab.locator("#details").inner_text()
    assert o.tab.locator("img").count() == 0
    assert (o.requests, o.complaints) == ([out.as_uri()], [])
    o.context.close()


def test_300_entities_open_and_can_be_searched(browser, wide_page):
    o = Opened(browser, wide_page)
    assert int(o.tab.evaluate("document.documentElement.dataset.drawn")) < 10_000
    o.tab.get_by_role("searchbox").fill("hub")
    o.tab.keyboard.press("Enter")
    assert o.tab.locator("#details h2").inner_text() == "hub"
    assert (o.requests, o.complaints) == ([wide_page.as_uri()], [])
    o.context.close()


def test_a_click_on_a_bundle_shows_all_its_statements(browser, parallel_page):
    o = Opened(browser, parallel_page)
    data = data_of(parallel_page)
    o.tab.mouse.click(*o.middle(find(data, "MSC", "secretes", "Treg")["id"]))
    text = o.tab.locator("#details").inner_text()
    assert text.startswith("MSC → Treg")
    for wanted in (
        "MSC increases Treg", "MSC secretes Treg", "In paper 1, ", "In paper 2, ", "In paper 3, ",
        "4 (2 net +, 2 net −), at step 1",
    ):  # fmt: skip
        assert wanted in text
    assert "In paper 4, " not in text
    assert o.dimmed() == {e["id"] for e in data["edges"] if (e["subject"], e["sign"]) != ("MSC", "+")}
    o.tab.locator("#tab-statements").click()
    o.tab.locator("#statements").get_by_role("button", name="MSC secretes Treg").click()
    o.tab.get_by_role("button", name="all 2 statements of this arrow").click()
    assert o.tab.locator("#details h2").inner_text() == "MSC → Treg"
    assert o.complaints == []
    o.context.close()


def test_arrows_that_run_as_one_can_be_told_apart(browser, step_page):
    o = Opened(browser, step_page)
    stops = next(s for s in data_of(step_page)["stops"].values() if len(s) == 10)
    (x0, y), (x1, _) = stops[-4], stops[-3]
    o.tab.mouse.click(*o.on_screen(f"{{x: {(x0 + x1) / 2}, y: {y}}}"))
    details = o.tab.locator("#details")
    assert details.locator("h2").inner_text() == "2 arrows run as one here"
    details.get_by_role("button", name="MSC decreases fibrosis").click()
    assert "In paper 10, MSC decreases fibrosis." in details.inner_text()
    assert o.complaints == []
    o.context.close()


def test_arrows_run_where_the_layout_says(browser, step_page, stepwise):
    """The page lets vis-network's arrows run along our stops; a pyvis in which that fails is noticed here."""
    o = Opened(browser, step_page)
    data = data_of(step_page)
    assert len(data["stops"]) == len(data["bundles"])
    for key, stops in data["stops"].items():
        ends = o.tab.evaluate(f"[0, 1].map((t) => network.body.edges['{key}'].edgeType.getPoint(t))")
        assert [[p["x"], p["y"]] for p in ends] == [stops[0], stops[-1]]
        middle = o.tab.evaluate(f"network.body.edges['{key}'].edgeType.getPoint(0.5)")
        curve = curve_of(None, stops, 0.0)
        at = middle["x"], middle["y"]
        assert min(dist(a, at) + dist(at, b) - dist(a, b) for a, b in itertools.pairwise(curve)) < 0.1
    o.context.close()


def test_an_arrow_follows_a_box_that_is_moved(browser, step_page):
    o = Opened(browser, step_page)
    key, stops = next((k, s) for k, s in data_of(step_page)["stops"].items() if len(s) == 10)
    o.tab.evaluate(
        "network.moveNode('MSC', network.getPosition('MSC').x - 40, network.getPosition('MSC').y + 70)"
    )
    start = o.tab.evaluate(f"network.body.edges['{key}'].edgeType.getPoint(0)")
    assert [start["x"], start["y"]] == pytest.approx([stops[0][0] - 40, stops[0][1] + 70])
    o.context.close()


def test_paths_of_one_net_sign_can_be_seen_alone(browser, parallel_page):
    o = Opened(browser, parallel_page)
    data = data_of(parallel_page)
    assert "The paths disagree." in o.tab.locator("#paths .warn").inner_text()
    o.tab.get_by_role("button", name="3 paths lower").click()
    kept = {key for p in data["paths"] if p["sign"] == "-" for key in p["steps"]}
    assert o.dimmed() == {e["id"] for e in data["edges"]} - kept
    o.tab.get_by_role("button", name="3 paths lower").click()
    assert o.dimmed() == set()
    o.context.close()


def test_paths_that_agree_have_no_warning(browser, step_page):
    o = Opened(browser, step_page)
    assert o.tab.locator("#paths .warn").count() == 0
    assert o.tab.locator(".net").count() == 0
    o.context.close()


def test_what_is_inherited_says_so(browser, inherited):
    o = Opened(browser, inherited)
    assert "taken over from a broader subject, not stated" in o.tab.locator("#legend").inner_text()
    o.tab.locator("#tab-statements").click()
    rows = o.tab.locator("#statements")
    rows.get_by_role("button", name="lung MSC secretes Treg").click()
    text = o.tab.locator("#details").inner_text()
    assert "Not stated, taken over. Stated of MSC, of which lung MSC is a kind" in text
    o.tab.locator("#tab-statements").click()
    rows.get_by_role("button", name="lung MSC increases Treg").click()
    assert "Not stated" not in o.tab.locator("#details").inner_text()
    o.context.close()


def test_evidence_of_a_table_of_edges_can_be_read(browser, edge_page):
    o = Opened(browser, edge_page)
    o.tab.locator("#tab-statements").click()
    o.tab.locator("#statements").get_by_role("button", name="drug inhibits kinase").click()
    text = o.tab.locator("#details").inner_text()
    assert text.count("PMID:1") == 1
    assert "undefined" not in text
    assert o.complaints == []
    o.context.close()
