"""One question, one answer: in Python, on the command line, in SPARQL, in networkx and in the picture."""

from __future__ import annotations

import json
import re
from pathlib import Path

import networkx as nx
import pytest
import rdflib
from click.testing import CliRunner

from kg.cli import main
from kg.errors import BadInput
from kg.graph import Graph
from kg.mechanism.query import PathQuery
from kg.model import Sign

QUESTIONS = [
    "MSC fibrosis --via Treg --sign -",
    "MSC fibrosis --via macrophage --sign - --max-length 3",
    "MSC fibrosis --avoid Treg --avoid macrophage --sign - --max-length 3",
    "MSC 'lung inflammation' --disease asthma --products --max-length 3",
    "MSC 'lung inflammation' --disease COPD --products --max-length 3",
    "MSC death --disease sepsis --max-length 3",
    "MSC 'bacterial load' --products --max-length 3",
    "MSC Treg --max-length 2 --test necessity",
    "MSC 'M2 macrophage' --max-length 2",
    "MSC-EV 'lung injury' --max-length 3",
    "MSC 'lung injury' --product vesicles --products --max-length 2",
    "MSC 'lung injury' --source 'bone marrow' --max-length 2",
    "MSC death --route intravenous --max-length 2",
    "MSC 'pulmonary edema' --species mouse --max-length 3",
    "MSC 'lung inflammation' --until 2014 --max-length 3",
    "MSC fibrosis --rung 'early trial' --max-length 3",
    "MSC 'airway hyperresponsiveness' --max-length 3",
    "MSC 'mucus secretion' --max-length 3",
    "MSC ROS --products --max-length 3",
    "MSC neutrophil --sign - --max-length 2",
    "'MSC > mediator > immune cell > fibrosis'",
    "'MSC > vesicle > *' --exact",
    "'MSC-EV > microRNA > protein'",
    "MSC fibrosis --at 1=protein --max-length 3 --sign -",
    "MSC death --predicate secretes --predicate decreases --max-length 2",
    "IL-10 death --max-length 3",
    "TGF-beta fibrosis --max-length 2 --sign +",
    "MSC 'T cell proliferation' --max-length 2 --exact",
    "MSC 'lung injury' --without TSG-6 --max-length 2",
]

Answers = set[tuple[tuple[str, ...], str]]
"""Statement ids in order, and net sign."""


def in_python(g: Graph, line: str) -> Answers:
    return {(tuple(s.id for s in p.steps), str(p.sign)) for p in g.paths(line)}


def in_sparql(g: Graph, line: str) -> Answers:
    found = g.query(g.sparql(PathQuery.parse(line)))
    places = [i for i, name in enumerate(found.columns) if name.startswith("s") and name != "sign"]
    return {
        (tuple(str(row[i])[len("statement:") :] for i in places if row[i]), str(row[0])) for row in found.rows
    }


def in_networkx(g: Graph, line: str) -> Answers:
    """networkx walks the view's own network; way-points, positions and signs are looked at after."""
    query = PathQuery.parse(line)
    view = g.within(**query.context)
    question, _ = view.question(query)
    made = nx.MultiDiGraph()
    for s in view.statements():
        if s.is_asserted and not {s.subject, s.object} & question.avoid:
            if question.predicates and s.predicate not in question.predicates:
                continue
            if question.test and question.test not in {e.line.test for e in s.supports}:
                continue
            if s.object not in question.no_return:
                made.add_edge(s.subject, s.object, key=(s.id, s.sign))
    found: Answers = set()
    for source in sorted(question.sources & set(made)):
        ends = (question.targets & set(made)) - {source}
        for path in nx.all_simple_edge_paths(made, source, ends, cutoff=question.max_length):
            names = (source, *(obj for _, obj, _ in path))
            sign = Sign.PLUS
            for *_, (_, told) in path:
                sign = sign * told
            if (
                (not question.is_exact or len(path) == question.max_length)
                and question.sign in (None, sign)
                and all(via & set(names[1:-1]) for via in question.via)
                and all(len(names) > i and names[i] in allowed for i, allowed in question.at)
            ):
                found.add((tuple(key for *_, (key, _) in path), str(sign)))
    return found


def in_the_picture(g: Graph, line: str, folder: Path) -> set[str]:
    """Ids of the statements on the arrows drawn, from what the page hands to its network."""
    answer = g.paths(line)
    page = g.draw(answer, folder / "a.html", limit=len(answer), nulls=False).read_text(encoding="utf-8")
    (arrows,) = re.findall(r"edges = new vis\.DataSet\((\[.*?\])\);", page)
    return {key for arrow in json.loads(arrows) for key in arrow["statements"]}


@pytest.mark.parametrize("line", QUESTIONS)
def test_every_engine_gives_the_same_answer(line: str, real: Graph, tmp_path: Path) -> None:
    expected = in_python(real, line)
    assert in_sparql(real, line) == expected
    assert in_networkx(real, line) == expected
    if expected:
        assert in_the_picture(real, line, tmp_path) == {key for keys, _ in expected for key in keys}


def test_most_questions_have_an_answer(real: Graph) -> None:
    """Engines that all answer nothing agree on nothing."""
    assert len(QUESTIONS) >= 25
    assert sum(bool(real.paths(line)) for line in QUESTIONS) >= 25


def test_the_command_line_gives_it_too(real: Graph) -> None:
    for line in QUESTIONS[:3]:
        done = CliRunner().invoke(main, ["--graph", str(real.built.path), "paths", line, "--json"])
        told = {(tuple(s["statement_id"] for s in p["steps"]), p["sign"]) for p in json.loads(done.output)}
        assert told == in_python(real, line)
        as_sparql = CliRunner().invoke(
            main, ["--graph", str(real.built.path), "paths", line, "--as", "sparql"]
        )
        assert as_sparql.output == real.sparql(PathQuery.parse(line))


def test_rdflib_runs_the_same_sparql(tiny: Graph) -> None:
    """Plain rdflib, not Oxigraph: the text is no dialect."""
    data = rdflib.Dataset()
    for name in ("ontology", "assertions", "evidence", "provenance", "inferred"):
        data.parse(tiny.built.path / f"{name}.nq", format="nquads")
    for line in (
        "MSC fibrosis --sign -",
        "MSC fibrosis --species mouse --via Treg",
        "'MSC > cell > fibrosis'",
    ):
        text = tiny.sparql(PathQuery.parse(line))
        ours = {tuple(row) for row in tiny.query(text).rows}
        theirs = {len([x for x in row if x is not None]) for row in data.query(text)}
        assert len(list(data.query(text))) == len(ours) > 0
        assert theirs == {len([x for x in row if x is not None]) for row in ours}


@pytest.mark.parametrize("option", ["--min-belief 0.5", "--coherent", "--inherited", "--diverse", "--top 3"])
def test_what_sparql_cannot_say_is_refused(option: str, tiny: Graph) -> None:
    with pytest.raises(BadInput, match=f"no SPARQL for {option.split()[0]}"):
        tiny.sparql(PathQuery.parse(f"MSC fibrosis {option}"))
