"""Paper files: what is written is read back, and what is read is what stands there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.curation.papers import PaperShape, dump_paper, parse_paper, read_paper
from kg.curation.tables import write_text
from kg.errors import BadInput
from kg.model import Agent, Curation, Experiment, Line, Paper, Trial

EXAMPLE = """\
# Made up from end to end.
pmid: "19098906"
doi: 10.5555/example.1905
title: "Stromal cells: a made-up title"
journal: Journal of Examples
year: 2009
kind: primary                 # primary | trial | meta-analysis | review
read: abstract                # what was in front of the curator: abstract | full text
curation: {agent: software, date: 2026-11-25}
experiments:
  septic mice:
    disease: sepsis
    model: cecal ligation and puncture
    species: mouse
    system: in vivo           # in vitro | ex vivo | in vivo | clinical
    agent: {product: cells, source: bone marrow, donor: mouse, route: intravenous}
    claims:
      - statement: bone marrow MSC | decreases | death
        finding: Fewer treated than untreated animals died.
        test: association
        anchor: 5d1e5d1e5d1e5d1e         # fingerprint of the sentence that says so
      - statement: IL-10 |decreases|  death
        finding: "Blocking it undid this (n = 12; P < 0.05): all died"
        test: necessity
        reported: {subject: interleukin-10}
        anchor: 9100000000000000
"""

MADE = Paper(
    title="Stromal cells: a made-up title",
    journal="Journal of Examples",
    year=2009,
    kind="primary",
    read="abstract",
    curation=Curation("software", "2026-11-25"),
    pmid="19098906",
    doi="10.5555/example.1905",
    path="data/papers/2009/x-y.yaml",
    experiments=(
        Experiment(
            name="septic mice",
            disease="sepsis",
            model="cecal ligation and puncture",
            species="mouse",
            system="in vivo",
            agent=Agent(product="cells", source="bone marrow", donor="mouse", route="intravenous"),
            lines=(
                Line(
                    "bone marrow MSC", "decreases", "death", "Fewer treated than untreated animals died.",
                    "association", "5d1e5d1e5d1e5d1e",
                ),
                Line(
                    "IL-10", "decreases", "death", "Blocking it undid this (n = 12; P < 0.05): all died",
                    "necessity", "9100000000000000", reported_subject="interleukin-10",
                ),
            ),
        ),
    ),
)  # fmt: skip


def test_the_example_of_the_design_is_read_as_it_is_meant() -> None:
    file = parse_paper(EXAMPLE, "data/papers/2009/x-y.yaml")
    assert file.problems == ()
    assert file.paper == MADE
    assert file.has_comments


def test_every_key_knows_its_line() -> None:
    file = parse_paper(EXAMPLE, "x-y.yaml")
    claim = ("experiments", "septic mice", "claims", 1)
    assert EXAMPLE.splitlines()[file.line(*claim, "anchor") - 1].strip() == "anchor: 9100000000000000"
    assert file.line(*claim) == file.line(*claim, "statement") == 22
    assert file.line(*claim, "no such key") == 22
    assert file.line("year") == 6
    assert file.line("no such key") == 2


def test_the_canonical_text_is_short_and_stays_what_it_is() -> None:
    text = dump_paper(MADE)
    assert parse_paper(text, MADE.path).paper == MADE
    assert not parse_paper(text, MADE.path).has_comments
    lines = text.splitlines()
    assert lines[:2] == ['pmid: "19098906"', "doi: 10.5555/example.1905"]
    assert "curation: {agent: software, date: 2026-11-25}" in lines
    assert "    agent: {product: cells, source: bone marrow, donor: mouse, route: intravenous}" in lines
    assert "      - statement: IL-10 | decreases | death" in lines
    assert 'anchor: "9100000000000000"' in lines[-1]
    assert "null" not in text
    assert "direction" not in text


@given(data=st.data())
def test_what_is_written_is_read_back(
    data: st.DataObject,
    any_text: Any,
    any_paper: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    bare = any_text(exclude_characters="|")
    paper = data.draw(any_paper(bare, bare, any_text()))
    path = tmp_path_factory.getbasetemp() / "made-up.yaml"
    write_text(path, dump_paper(paper))
    file = read_paper(path, paper.path)
    assert file.problems == ()
    assert file.paper == paper
    assert dump_paper(file.paper) == file.text


@given(data=st.data())
def test_what_is_written_has_no_comment(
    data: st.DataObject, any_text: Any, any_paper: Callable[..., Any]
) -> None:
    bare = any_text(exclude_characters="|")
    paper = data.draw(any_paper(bare, bare, any_text()))
    assert not parse_paper(dump_paper(paper), paper.path).has_comments


@pytest.mark.parametrize(
    "word",
    ["no", "yes", "on", "true", "1e5", "0x1F", "007", "1_000", "2026-01-01", "12:30", ".5", "=", "<<", "1.0"],
)
def test_a_word_is_taken_as_written(word: str) -> None:
    text = EXAMPLE.replace("cecal ligation and puncture", word)
    paper = parse_paper(text, "x-y.yaml").paper
    assert paper is not None
    assert paper.experiments[0].model == word


@pytest.mark.parametrize(
    "anchor", ["0000000000000000", "1234567890123456", "123456789012345e", "1234567e12345678"]
)
def test_an_anchor_that_looks_like_a_number_stays_text(anchor: str) -> None:
    paper = parse_paper(EXAMPLE.replace("9100000000000000", anchor), "x-y.yaml").paper
    assert paper is not None
    assert paper.experiments[0].lines[1].anchor == anchor
    again = parse_paper(dump_paper(paper), "x-y.yaml").paper
    assert again == paper


def test_numbers_and_yes_or_no_are_what_they_say() -> None:
    trial = (
        "trial: {id: NCT00000001, phase: 2a, n: 60, randomised: yes, blinded: none, primary endpoint: met}"
    )
    text = EXAMPLE.replace("kind: primary", f"{trial}\nkind: trial")
    paper = parse_paper(text, "x-y.yaml").paper
    assert paper is not None
    assert paper.trial == Trial("NCT00000001", "2a", 60, True, "none", "met")


def test_blanks_around_a_text_are_dropped() -> None:
    paper = parse_paper(
        EXAMPLE.replace("model: cecal", "model: '  cecal").replace("puncture", "puncture  '"), "x"
    )
    assert paper.paper is not None
    assert paper.paper.experiments[0].model == "cecal ligation and puncture"


def test_a_source_with_an_apostrophe_is_offered_whole() -> None:
    file = parse_paper(EXAMPLE.replace("source: bone marrow", "source: Wharton jelly"), "x-y.yaml")
    assert [p.message for p in file.problems] == [
        "source: 'Wharton jelly' is not allowed; did you mean \"Wharton's jelly\"?"
    ]


def test_the_key_that_stands_twice_does_not_win_silently() -> None:
    file = parse_paper(EXAMPLE + "        anchor: 1111111111111111\n", "x-y.yaml")
    assert [(p.line, p.rule) for p in file.problems] == [(27, "duplicate_key")]


def test_two_experiments_that_differ_in_blanks_only_are_not_merged_silently() -> None:
    second = EXAMPLE[EXAMPLE.index("  septic mice:") :].replace("septic mice", "'septic mice '")
    assert "duplicate_key" in {p.rule for p in parse_paper(EXAMPLE + second, "x-y.yaml").problems}


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"cannot read .*gone\.yaml: No such file"):
        read_paper(tmp_path / "gone.yaml")
    with pytest.raises(BadInput, match=r"cannot read .*: Is a directory"):
        read_paper(tmp_path)


def test_the_schema_for_editors_is_plain_json_and_closed() -> None:
    schema = json.loads(json.dumps(PaperShape.model_json_schema()))
    assert schema["additionalProperties"] is False
    assert {"title", "journal", "year", "kind", "read", "curation", "experiments"} <= set(schema["required"])
    assert "second reading" in schema["properties"]
    species = schema["$defs"]["ExperimentShape"]["properties"]["species"]
    assert "guinea pig" in species["anyOf"][0]["enum"]
