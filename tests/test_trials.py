"""Trials: what was given, which endpoints came out how, and what a disease takes along."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from kg.cli import main
from kg.errors import BadInput
from kg.graph import Graph
from kg.mechanism.trials import Outcome
from kg.model import Curation, Effect, Endpoint, Evidence, Experiment, Line, Paper, Sign, Statement, Trial


def outcome(
    direction: str = "supports", sign: Sign = Sign.PLUS, obj: str = "FEV1",
    endpoint: Endpoint | None = None, effect: Effect | None = None,
) -> Outcome:  # fmt: skip
    line = Line(
        "MSC",
        "increases",
        obj,
        "It did.",
        "association",
        "0" * 16,
        direction,
        endpoint=endpoint,
        effect=effect,
    )
    paper = Paper(
        "T", "J", 2000, "trial", "abstract", Curation("software", "2026-01-01"), pmid="1", trial=Trial()
    )
    e = Evidence("e1", line, Experiment("x", "human", "clinical"), paper)
    return Outcome(Statement("s1", "MSC", "increases", obj, sign, (e,)), e)


def test_what_was_hoped_for_and_not_found_is_unmet() -> None:
    assert outcome("no effect").is_unmet
    assert not outcome("no effect", obj="adverse event").is_unmet
    assert not outcome("no effect", obj="pulmonary fibrosis").is_unmet  # watched for as a harm
    assert outcome("no effect", Sign.MINUS, "pulmonary fibrosis").is_unmet
    assert outcome(endpoint=Endpoint("primary", met=False)).is_unmet
    assert not outcome("no effect", endpoint=Endpoint("primary", met=True)).is_unmet
    assert outcome("no effect", endpoint=Endpoint("safety")).is_harm


def test_results_and_numbers_in_words() -> None:
    assert [outcome(sign=s).result for s in Sign] == ["higher", "lower", "changed"]
    assert outcome("disputes").result == "disputed"
    effect = Effect("risk ratio", "0.75", low="0.6", high="0.9", p="<0.05", n=30, n_control=29)
    assert outcome(effect=effect).numbers == "risk ratio 0.75 (0.6 to 0.9) p <0.05 n = 30 and 29"
    assert (
        outcome(effect=Effect("percent", "25", "40", "%", p="0.03")).numbers == "percent 25 vs 40 % p = 0.03"
    )
    assert outcome().numbers == ""


def test_why_the_copd_trials_failed_is_one_command() -> None:
    done = CliRunner().invoke(main, ["trials", "--disease", "COPD", "--unmet"])
    assert done.exit_code == 0
    assert "quality of life: no effect" in done.output
    assert "primary endpoint met in 0" in done.output
    assert "adverse event" not in done.output


def test_is_it_safe_is_one_command(real: Graph) -> None:
    data = json.loads(CliRunner().invoke(main, ["trials", "MSC", "--safety", "--json"]).output)
    assert len(data) > 10
    assert all(o["harm"] for trial in data for o in trial["outcomes"])
    assert {"paper", "n", "product", "dose", "route", "primary_endpoint", "diseases"} <= data[0].keys()
    rows = CliRunner().invoke(main, ["trials", "MSC", "--safety", "--tsv"]).output.splitlines()
    assert len(rows) == 1 + sum(len(trial["outcomes"]) for trial in data)
    assert {t.paper.kind for t in real.trials()} == {"trial"}


def test_no_trial_is_said() -> None:
    done = CliRunner().invoke(main, ["trials", "--disease", "silicosis", "--exact-disease"])
    assert done.exit_code == 1
    assert "no trial here" in done.output


def test_a_disease_takes_its_models_along(real: Graph) -> None:
    """`--disease ARDS` found nothing for lung inflammation: the animals have acute lung injury."""
    found = real.diseases_as("ARDS")
    assert found["acute lung injury"].startswith("acute lung injury models ARDS: ")
    assert real.diseases_as("ARDS", exact=True) == {"ARDS": ""}
    along = real.paths("MSC", "lung inflammation", disease="ARDS")
    exact = real.paths("MSC", "lung inflammation", disease="ARDS", exact_disease=True)
    assert len(along) > 10 * len(exact)
    with pytest.raises(BadInput, match="not a disease"):
        real.diseases_as("Treg")
    told = CliRunner().invoke(main, ["paths", "MSC", "lung inflammation", "--disease", "ARDS"]).output
    assert "counted as ARDS: acute lung injury" in told


def test_a_marker_stands_for_what_it_marks_when_asked(real: Graph) -> None:
    plain = real.paths("MSC", "myofibroblast", max_length=1)
    bridged = real.paths("MSC", "myofibroblast", max_length=1, bridged=True)
    taken = [s for p in bridged for s in p.steps if s.bridged_by]
    assert len(bridged) > len(plain)
    assert taken
    for step in taken:
        assert "marker of" in step.bridged_by
        assert step.evidence
        assert step.id.startswith("b")
    assert not any(s.bridged_by for p in plain for s in p.steps)


def test_a_negative_marker_turns_the_sign(real: Graph) -> None:
    """Less E-cadherin is more EMT; more of it is less."""
    (bridge,) = [b for b in real.knowledge.bridges if (b.subject, b.object) == ("E-cadherin", "EMT")]
    engine = real.engine.with_bridges([bridge])
    made = [s for s in engine.steps if s.bridged_by and s.object == "EMT"]
    stated = {(s.subject, s.sign) for s in real.engine.steps if s.object == "E-cadherin"}
    assert made
    for step in made:
        opposite = Sign.MINUS if step.sign is Sign.PLUS else Sign.PLUS
        assert (step.subject, opposite) in stated
        assert step.predicate == {Sign.PLUS: "increases", Sign.MINUS: "decreases"}[step.sign]


def test_an_empty_answer_names_the_nearest_question_that_has_one() -> None:
    done = CliRunner().invoke(
        main, ["paths", "MSC", "pulmonary fibrosis", "--via", "Treg", "--disease", "asthma"]
    )
    assert done.exit_code == 1
    nearest = done.output.partition("nearest question with an answer")[2].partition(": ")[2].strip()
    again = CliRunner().invoke(main, ["paths", nearest])
    assert again.exit_code == 0
