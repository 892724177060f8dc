"""Paths as people hand them on."""

from __future__ import annotations

import io
import json
from pathlib import Path

import networkx as nx
from click.testing import CliRunner

from kg.cli import main
from kg.graph import Graph
from kg.show.sharing import SHAPES, bibtex, cited, english, graphml, json_text, markdown, ris, tsv


def test_every_shape_holds_every_path(tiny: Graph) -> None:
    answer = tiny.paths("MSC", "fibrosis")
    assert english(answer).count("\n") == markdown(answer).count("\n## ") + 1 == len(answer)
    assert len(tsv(answer).splitlines()) == len(answer) + 1
    told = json.loads(json_text(answer, answer.reasons))
    assert [[s["statement_id"] for s in p["steps"]] for p in told] == [
        [s.id for s in p.steps] for p in answer
    ]
    assert told[0]["matched"]
    network = nx.read_graphml(io.BytesIO(graphml(answer).encode()), force_multigraph=True)
    drawn = {key: data["paths"].split("|") for _, _, key, data in network.edges(keys=True, data=True)}
    for n, p in enumerate(answer, 1):
        assert all(str(n) in drawn[s.id] for s in p.steps)
    assert drawn.keys() == {s.id for p in answer for s in p.steps}


def test_english_says_what_is_weak(tiny: Graph) -> None:
    _, text = english(tiny.paths("MSC", "fibrosis", via="Treg", sign="-")).splitlines()
    assert text.startswith("2. bone marrow MSC increases Treg, which decreases pulmonary fibrosis: so ")
    assert "Weakest step: Treg decreases pulmonary fibrosis (belief 0.64)" in text
    assert "no one species from step 2 on" in text


def test_papers_are_cited_once_each_with_their_ids(tiny: Graph) -> None:
    answer = tiny.paths("MSC", "fibrosis")
    papers = cited(answer)
    ids = {e.paper.id for p in answer for e in p.evidence}
    assert len(papers) == len({p.id for p in papers}) == len(ids)
    for text, mark in ((bibtex(answer), "@article{"), (ris(answer), "TY  - JOUR")):
        assert text.count(mark) == len(ids)
        for paper in papers:
            assert paper.title in text
            assert (paper.doi or paper.pmid or "") in text
    assert ris(answer).count("ER  - ") == len(ids)


def test_tex_and_markdown_marks_are_escaped(tiny: Graph) -> None:
    from kg.show.sharing import _escaped, _tex

    assert _tex("50% of A&B_{x}") == r"50\% of A\&B\_\{x\}"
    assert _escaped("a*b_c[d]") == r"a\*b\_c\[d\]"


def test_the_command_writes_each_shape(tiny_root: Path, tmp_path: Path) -> None:
    for shape in ("english", "markdown", "graphml", "bibtex", "ris", "sparql"):
        out = tmp_path / shape
        done = CliRunner().invoke(
            main, ["--graph", str(tiny_root), "paths", "MSC", "fibrosis", "--as", shape, "-o", str(out)]
        )
        assert done.exit_code == 0, done.output
        assert len(out.read_text(encoding="utf-8")) > 100
    assert set(SHAPES) == {"english", "markdown", "json", "tsv", "graphml", "bibtex", "ris"}
    made = CliRunner().invoke(
        main,
        [
            "--graph",
            str(tiny_root),
            "paths",
            "MSC",
            "fibrosis",
            "--as",
            "ris",
            "-o",
            str(tmp_path / "no" / "a"),
        ],
    )
    assert made.exit_code == 0  # a picture makes missing folders, and so does every other file
    assert (tmp_path / "no" / "a").is_file()
