"""`kg diff`: nothing between equal graphs, the mirror image the other way round, and every planted change."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import kg
from kg.build import build_graph
from kg.cli import main
from kg.graph import Graph
from kg.model import Knowledge
from kg.show.diff import PARTS, Diff, Side, diff_sides, diff_text, read_side

TREG, LIPID = "data/papers/2001/able-treg-mice.yaml", "data/papers/2002/baker-pge2-il10.yaml"
TRIAL = "data/papers/2004/dale-asthma-trial.yaml"
CORE, DEFINED, RELATIONS = "ontology/core.ttl", "ontology/defined.ttl", "ontology/relations.tsv"

CLAIM = """      - statement: PGE2 | decreases | pulmonary fibrosis
        finding: The lipid alone lessened scarring.
        test: sufficiency
        reported: {subject: PGE2, object: lung fibrosis}
        reading: confirmed
        anchor: 00000000000000aa
"""
AGAINST = CLAIM.replace("PGE2 | decreases", "PGE2 | increases").replace("00aa", "00bb")

BEFORE = "      - statement: IL-10 | decreases | pulmonary"

# What is planted: file, old text, new text, and the kinds of change that must be told (and no others).
PLANTED: dict[str, tuple[str, str, str, set[tuple[str, str]]]] = {
    "a paper is retracted": (
        TREG, "curation: {agent", "status: retracted\nnotice: doi:10.5555/tiny.9\ncuration: {agent",
        {("paper", "changed"), ("statement", "changed"), ("inverse reading", "removed"),
         ("belief", "changed"), ("conflict", "removed")},
    ),
    "a title is corrected": (TRIAL, "A small trial", "A very small trial", {("paper", "changed")}),
    "an alias is added": (
        "data/entities.tsv", "\tmortality\t", "\tmortality|dying\t", {("entity", "changed")},
    ),
    "a definition is reworded": (
        CORE, "A finding in tissue or body that", "What is found in tissue or body and",
        {("class", "changed")},
    ),
    "a class is added": (
        CORE, "# Annotation properties", 'mscm:0000998 a owl:Class ; rdfs:label "new thing" .\n#',
        {("class", "added")},
    ),
    "the version moves on": (CORE, 'versionInfo "2026-11-26"', 'versionInfo "2026-12-31"',
                             {("other term", "changed")}),
    "an axiom is added": (
        CORE, "# Annotation properties", "mscm:0000004 owl:disjointWith mscm:0000002 .\n#",
        {("axiom", "added")},
    ),
    "a definition is widened": (
        DEFINED, 'rdfs:label "antifibrotic mediator"',
        'owl:deprecated false ; rdfs:label "antifibrotic mediator"', {("class", "changed")},
    ),
    "a relation is redefined": (
        RELATIONS, "The subject, given as a treatment, makes", "The subject, given to treat, makes",
        {("relation", "changed")},
    ),
    "a claim is added": (
        LIPID, BEFORE, CLAIM + BEFORE,
        {("statement", "added"), ("evidence line", "added"), ("membership", "added"),
         ("inverse reading", "added")},
    ),
    "a finding is reworded": (
        TREG, "More regulatory T cells were counted", "Regulatory T cells rose in number",
        {("evidence line", "changed")},
    ),
    "a line changes sides": (
        LIPID, "test: association\n        reported: {subject: Stromal cells, object: PGE2}",
        "test: necessity\n        reported: {subject: Stromal cells, object: PGE2}",
        {("evidence line", "added"), ("evidence line", "removed"), ("belief", "changed")},
    ),
}  # fmt: skip


def plant(checkout: Path, file: str, old: str, new: str) -> Path:
    path = checkout / file
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return checkout


def built(checkout: Path, out: Path) -> Side:
    build_graph(checkout, out)
    return read_side(out)


@pytest.fixture(scope="module")
def side(tiny: Graph) -> Side:
    return read_side(tiny.built)


@pytest.fixture(scope="module")
def widened(tiny_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """The tiny graph with one more claim."""
    folder = tmp_path_factory.mktemp("widened")
    copy = Path(shutil.copytree(tiny_root, folder / "tiny", ignore=shutil.ignore_patterns("build")))
    build_graph(plant(copy, LIPID, BEFORE, CLAIM + AGAINST + BEFORE), folder / "graph")
    return kg.load(folder / "graph")


def kinds(found: Diff) -> set[tuple[str, str]]:
    return {(c.kind, c.change) for c in found.changes}


def mirrored(found: Diff) -> dict[tuple[str, str], Any]:
    return {(c.kind, c.key): c for c in (c.mirrored() for c in found.changes)}


# Laws ---------------------------------------------------------------------------------------------


def test_equal_graphs_differ_in_nothing(side: Side, tiny: Graph) -> None:
    assert not diff_sides(side, side)
    assert diff_text(diff_sides(side, side)) == "no difference"
    assert not tiny.diff(kg.load(tiny.built.path))


@pytest.mark.slow
def test_the_other_way_round_is_the_mirror_image(side: Side, real: Graph) -> None:
    other = read_side(real.built)
    there, back = diff_sides(side, other), diff_sides(other, side)
    assert {kind for kind, _ in kinds(there)} > set(PARTS["written"]) - {"relation", "other term"}
    assert mirrored(there) == {(c.kind, c.key): c for c in back.changes}
    assert len({(c.kind, c.key) for c in there.changes}) == len(there.changes)
    assert not diff_sides(other, other)


@pytest.mark.slow
@settings(max_examples=8)
@given(data=st.data())
def test_both_laws_hold_for_any_papers(
    data: st.DataObject, side: Side, any_paper: Callable[..., Any]
) -> None:
    whole = side.knowledge
    names = st.sampled_from([e.name for e in whole.entities])
    some = st.lists(any_paper(names, st.sampled_from([r.name for r in whole.relations]), names),
                    max_size=3, unique_by=lambda p: p.id)  # fmt: skip

    def drawn() -> Side:
        knowledge = Knowledge(whole.entities, whole.relations, tuple(data.draw(some)), whole.derivations)
        return Side(knowledge, side.quads, side.inferred)

    one, other = drawn(), drawn()
    assert not diff_sides(one, one)
    there, back = diff_sides(one, other), diff_sides(other, one)
    assert mirrored(there) == {(c.kind, c.key): c for c in back.changes}
    ids = {p.id for p in one.knowledge.papers} ^ {p.id for p in other.knowledge.papers}
    told = {c.key for c in there.of("paper") if c.change != "changed"}
    assert told == ids


# Planted changes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_change_is_told_as_what_it_is(
    what: str, side: Side, tiny_copy: Path, tmp_path: Path
) -> None:
    file, old, new, expected = PLANTED[what]
    found = diff_sides(side, built(plant(tiny_copy, file, old, new), tmp_path / "graph"))
    assert kinds(found) == expected


def test_a_new_member_comes_with_rule_premises_and_what_is_new(
    side: Side, tiny_copy: Path, tmp_path: Path
) -> None:
    file, old, new, _ = PLANTED["a claim is added"]
    found = diff_sides(side, built(plant(tiny_copy, file, old, new), tmp_path / "graph"))
    member = next(c for c in found.of("membership", "added") if "antifibrotic" in c.thing)
    assert member.thing == "PGE2 is member of antifibrotic mediator"
    assert member.rule == "definition"
    assert "PGE2 decreases pulmonary fibrosis" in member.because
    assert set(member.because) < set(member.premises)
    text = diff_text(found)
    assert "+ PGE2 is member of antifibrotic mediator" in text
    assert "[definition] now holds: PGE2 decreases pulmonary fibrosis" in text


def test_a_lost_subclass_says_what_no_longer_holds(side: Side, tiny_copy: Path, tmp_path: Path) -> None:
    text = (tiny_copy / DEFINED).read_text(encoding="utf-8")
    place = text.index("obo:CL_0002540 ", text.index('"adult tissue MSC"'))
    thinner = text[:place] + text[place:].removeprefix("obo:CL_0002540 ")
    (tiny_copy / DEFINED).write_text(thinner, encoding="utf-8")
    found = diff_sides(side, built(tiny_copy, tmp_path / "graph"))
    assert kinds(found) == {
        ("axiom", "added"), ("axiom", "removed"), ("subclass", "removed"), ("membership", "removed"),
    }  # fmt: skip
    (lost,) = found.of("subclass")
    assert lost.thing == "bone marrow MSC is a adult tissue MSC"
    assert any("adult tissue MSC" in premise for premise in lost.because)
    told = diff_text(found)
    assert "no longer holds: adult tissue MSC owl:equivalentClass" in told
    assert "is member of" not in told  # what is below a class is in it, and told once


def test_a_new_conflict_names_both_sides(tiny: Graph, widened: Graph) -> None:
    (gained,) = tiny.diff(widened).of("conflict", "added")
    assert gained.thing == "PGE2 / pulmonary fibrosis"
    assert "decreases (1)" in str(gained.new)


def test_a_contradiction_is_a_conclusion_and_what_was_written_is_still_told(
    tiny_root: Path, tiny_copy: Path
) -> None:
    with (tiny_copy / CORE).open("a") as core:
        core.write("\nobo:CL_0000815 rdfs:subClassOf mscm:0000035 .\n")
    done = CliRunner().invoke(main, ["diff", str(tiny_root), str(tiny_copy)])
    assert done.exit_code == 1
    assert "+ Treg SubClassOf cytokine" in done.output
    assert "contradictions: 1 added" in done.output
    back = CliRunner().invoke(main, ["diff", str(tiny_copy), str(tiny_root), "--json"])
    kinds = {(c["kind"], c["change"]) for c in json.loads(back.stdout)["changes"]}
    assert kinds == {("axiom", "removed"), ("contradiction", "removed")}


# The command --------------------------------------------------------------------------------------


def ask(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["diff", *words])
    return done.exit_code, done.output


def test_exit_codes_and_forms(tiny: Graph, widened: Graph, tmp_path: Path) -> None:
    small, large = str(tiny.built.path), str(widened.built.path)
    assert ask(small, small) == (0, "no difference\n")
    assert json.loads(ask(small, small, "--json")[1]) == {"counts": {}, "changes": []}
    code, text = ask(small, large, "--limit", "1")
    assert code == 1
    assert "and " in text
    assert "more" in text
    code, text = ask(small, large, "--tsv")
    header, *rows = text.splitlines()
    assert header.split("\t")[:3] == ["part", "kind", "change"]
    assert {row.split("\t")[0] for row in rows} == set(PARTS)
    assert {len(row.split("\t")) for row in rows} == {10}
    code, text = ask(small, str(tmp_path / "nowhere"))
    assert code == 2
    assert "holds no built graph" in text
    assert ask(small)[0] == 2


def test_a_damaged_build_is_refused(tiny: Graph, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(tiny.built.path, tmp_path / "graph"))
    (copy / "inferred.nq").write_text("")
    assert ask(str(tiny.built.path), str(copy))[0] == 2


def test_python_gives_the_same(tiny: Graph, widened: Graph) -> None:
    found = tiny.diff(widened)
    data = json.loads(ask(str(tiny.built.path), str(widened.built.path), "--json")[1])
    assert found.counts() == data["counts"]
    assert sum(n for of in found.counts().values() for n in of.values()) == len(found.changes)


def test_every_kind_belongs_to_one_part() -> None:
    assert len({kind for kinds in PARTS.values() for kind in kinds}) == sum(map(len, PARTS.values()))
    assert list(PARTS) == ["written", "concluded", "answers"]
