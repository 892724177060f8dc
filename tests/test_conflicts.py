"""Conflicts: which explanation holds and why, what would settle it, what it does to paths; between paths."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path as FilePath
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import kg
from kg import vocab
from kg.build import build_graph
from kg.cli import main
from kg.curation.checkout import ADJUDICATION_COLUMNS
from kg.errors import BadInput
from kg.graph import Graph
from kg.mechanism.belief import belief
from kg.mechanism.conflicts import KINDS, VERDICTS, Conflict, chosen, find_conflicts
from kg.mechanism.path_conflicts import conflict_of, conflicts_between
from kg.mechanism.paths import Path
from kg.model import Adjudication, Agent, Curation, Evidence, Experiment, Line, Paper, Sign, Statement
from kg.store.queries import query_text


def line(
    paper: str, direction: str = "supports", predicate: str = "increases", group: str | None = None,
    year: int = 2000, measured: str | None = None, **context: Any,
) -> Evidence:  # fmt: skip
    """A line on `a predicate b`; context of the experiment, or with `product` and the like of the agent."""
    of_agent = {k: context.pop(k) for k in list(context) if k in Agent.__slots__}
    experiment = Experiment(
        "x", context.pop("species", "mouse"), context.pop("system", "in vivo"),
        agent=Agent(**of_agent) if of_agent else None, **context,
    )  # fmt: skip
    made = Paper(
        "T", "J", year, "primary", "abstract", Curation("software", "2026-01-01"), pmid=paper, group=group
    )
    claim = Line("a", predicate, "b", "It did.", "association", "0" * 16, direction, measured)
    told = "".join(f"{k}{v}" for k, v in sorted({**context, **of_agent}.items()))
    return Evidence(f"e{paper}{direction}{predicate}{experiment.species}{told}", claim, experiment, made)


def disputed(one: list[Evidence], other: list[Evidence], **fields: Any) -> Conflict:
    return Conflict(
        "a", "b", "disputed", ("s1",), tuple(one), tuple(other), "increases", "no effect", **fields
    )


def swapped(c: Conflict) -> Conflict:
    return replace(c, one_side=c.other_side, other_side=c.one_side, one=c.other, other=c.one)


# The verdict --------------------------------------------------------------------------------------


def test_one_axis_between_papers_explains_where_chance_would_not() -> None:
    """Mouse five times against rat twice: of the 21 ways to take two of seven, one parts them so."""
    mice = [line(str(n)) for n in range(1, 6)]
    c = disputed(mice, [line(str(n), "no effect", species="rat") for n in (8, 9)])
    v = c.verdict
    assert (v.how, v.axes, v.reason) == ("between papers", ("species",), "species")
    assert v.chance == pytest.approx(1 / 21, abs=1e-4)
    assert (v.separations[0].n_reporting, v.separations[0].n_sources) == (7, 7)
    assert str(v) == "species: 5% of random splits would be separated as cleanly"
    assert str(c) == "a / b: increases (5) against no effect (2); species"


def test_few_sources_give_a_perhaps() -> None:
    c = disputed([line("1"), line("2")], [line("3", "no effect", species="rat")])
    assert (c.verdict.how, c.verdict.reason) == ("between papers", "perhaps species")
    assert c.verdict.chance == pytest.approx(1 / 3, abs=1e-4)


def test_several_axes_cannot_be_told_apart() -> None:
    c = disputed([line("1", model="silica")], [line("2", "no effect", species="rat", model="bleomycin")])
    assert (c.verdict.how, c.verdict.reason) == ("cannot tell apart", "cannot tell apart: species, model")


def test_nothing_separates_nothing_explains() -> None:
    c = disputed([line("1"), line("2", species="rat")], [line("3", "no effect")])
    assert (c.verdict.how, c.verdict.axes, c.verdict.reason) == ("unexplained", (), "unexplained")
    assert c.axes == ()


def test_an_axis_on_which_all_differ_explains_nothing() -> None:
    """Whichever of three models stood alone, it would be separated; with two sources it stays a candidate."""
    three = disputed([line("1", model="x"), line("2", model="y")], [line("3", "no effect", model="z")])
    assert three.axes == ("model",)
    assert three.verdict.how == "unexplained"
    two = disputed([line("1", model="x")], [line("3", "no effect", model="z")])
    assert (two.verdict.reason, two.verdict.chance) == ("perhaps model", 1)


def test_an_axis_that_few_report_explains_nothing() -> None:
    told = [line("1", route="intravenous"), line("2"), line("3")]
    c = disputed(told, [line("4", "no effect", route="intratracheal")])
    assert c.axes == ("route",)
    assert c.verdict.how == "unexplained"


def test_lines_of_one_group_are_one_source() -> None:
    """Five papers of one group are no five witnesses for the species."""
    mice = [line(str(n), group="A") for n in range(1, 6)]
    c = disputed(mice, [line("8", "no effect", species="rat")])
    assert c.verdict.separations[0].n_sources == 2
    assert c.verdict.chance == 1


def test_a_model_goes_with_its_disease() -> None:
    c = disputed(
        [line("1", disease="asthma", model="x")], [line("2", "no effect", disease="ARDS", model="y")]
    )
    assert c.axes == ("disease", "model")
    assert c.verdict.reason == "perhaps disease"


def test_a_paper_with_both_results_is_its_own_control() -> None:
    """Other papers differ in species as well; within the paper only the priming does."""
    both = [line("1", priming="LPS", product="cells")], [line("1", "no effect", product="cells")]
    c = disputed([*both[0], line("2", species="rat")], [*both[1], line("3", "no effect", species="pig")])
    v = c.verdict
    assert (v.how, v.axes, v.papers) == ("within a paper", ("priming",), ("PMID:1",))
    assert (v.separations[0].one, v.separations[0].other) == (("LPS",), ())
    assert str(v) == "priming, by what differs within PMID:1"


def test_a_readout_told_by_one_side_is_no_contrast() -> None:
    """A null result must say what was measured, a supporting line need not."""
    c = disputed([line("1")], [line("1", "no effect", measured="cells counted")])
    assert c.verdict.how == "unexplained"


def test_papers_with_different_contrasts_cannot_tell_apart() -> None:
    one = [line("1", priming="LPS", product="cells"), line("2", dose="high", product="cells")]
    other = [line("1", "no effect", product="cells"), line("2", "no effect", dose="low", product="cells")]
    v = disputed(one, other).verdict
    assert (v.how, v.axes, v.papers) == ("cannot tell apart", ("dose", "priming"), ("PMID:1", "PMID:2"))


def test_several_and_mixed_are_no_other_value() -> None:
    assert disputed([line("1", species="several")], [line("2", "no effect")]).axes == ()
    mixed = [line("1", source="mixed")], [line("2", "no effect", source="bone marrow")]
    assert disputed(*mixed).axes == ()


def test_a_kind_of_asthma_is_not_separated_from_asthma(real: Graph) -> None:
    sides = [line("1", disease="allergic asthma")], [line("2", "no effect", disease="asthma")]
    assert disputed(*sides).axes == ("disease",)

    def wider(axis: str, value: str) -> frozenset[str]:
        return frozenset({value, "asthma"} if value == "allergic asthma" else {value})

    assert disputed(*sides, wider=wider).axes == ()
    assert swapped(disputed(*sides, wider=wider)).axes == ()
    assert all("asthma" in c.wider("disease", "allergic asthma") for c in real.conflicts())


def test_models_made_with_one_thing_are_one_model(real: Graph) -> None:
    """CXCR4 and fibrosis: `intratracheal bleomycin` against `bleomycin` separates nothing."""
    one, other = line("1", model="intratracheal bleomycin"), line("2", "no effect", model="bleomycin")
    assert disputed([one], [other]).verdict.reason == "perhaps model"
    wider = real.conflicts()[0].wider
    assert disputed([one], [other], wider=wider).verdict.reason == "unexplained"
    third = line("3", model="bleomycin by osmotic pump")
    silica = line("4", "no effect", model="silica instillation")
    told = disputed([one, third], [silica], wider=wider).verdict
    assert (told.axes, told.chance) == (("model",), pytest.approx(1 / 3, abs=1e-4))


def test_a_curated_explanation_comes_first_where_its_paper_is_in_view() -> None:
    told = Adjudication("a", "increases", "b", ("donor",), "By age.", "PMID:1", "software", "2026-01-01")
    sides = [line("1")], [line("2", "no effect", species="rat")]
    c = disputed(*sides, curated=told)
    assert (c.verdict.how, c.verdict.axes) == ("curated", ("donor",))
    assert str(c.verdict) == "donor, says PMID:1: By age."
    elsewhere = replace(told, paper="PMID:77")
    assert disputed(*sides, curated=elsewhere).verdict.how == "between papers"


OF_EXPERIMENT = ("species", "model")

LINES = st.builds(
    line, st.sampled_from("1234567"), st.just("supports"), st.just("increases"),
    st.sampled_from([None, "A", "B"]), st.integers(2000, 2003), st.none(),
    species=st.sampled_from(["mouse", "rat", "several"]), model=st.sampled_from([None, "x", "y"]),
    route=st.sampled_from([None, "oral", "intranasal"]), priming=st.sampled_from([None, "LPS"]),
)  # fmt: skip


@given(st.lists(LINES, min_size=1, max_size=5), st.lists(LINES, min_size=1, max_size=5), st.randoms())
def test_the_verdict_is_symmetrical_and_order_does_not_count(
    one: list[Evidence], other: list[Evidence], shuffler: Random
) -> None:
    c = disputed(one, other)
    v, back = c.verdict, swapped(c).verdict
    assert (v.how, v.axes, v.reason, v.chance, v.papers) == (
        back.how, back.axes, back.reason, back.chance, back.papers,
    )  # fmt: skip
    assert [(s.axis, s.one, s.other) for s in v.separations] == [
        (s.axis, s.other, s.one) for s in back.separations
    ]
    assert v.how in VERDICTS
    assert c.axes == swapped(c).axes
    assert c.beliefs == swapped(c).beliefs[::-1]
    assert c.favours == swapped(c).favours
    shuffler.shuffle(one)
    shuffler.shuffle(other)
    again = disputed(one, other)
    assert (again.verdict, again.beliefs, again.experiment) == (v, c.beliefs, c.experiment)


@given(st.lists(LINES, min_size=1, max_size=4), st.lists(LINES, min_size=1, max_size=4))
def test_the_chance_is_that_of_all_splits(one: list[Evidence], other: list[Evidence]) -> None:
    """Against listing every way to put the sources on sides of this size."""
    for s in disputed(one, other)._between_papers().separations:
        units = [
            {(e.paper.source_group, getattr(e.experiment if s.axis in OF_EXPERIMENT else e.experiment.agent,
                                            s.axis, None)) for e in side}
            for side in (one, other)
        ]  # fmt: skip
        values = [v for side in units for _, v in side if v is not None]
        n_one = sum(v is not None for _, v in units[0])
        splits = list(combinations(range(len(values)), n_one))
        clean = sum(
            not {values[i] for i in split} & {v for i, v in enumerate(values) if i not in split}
            for split in splits
        )
        assert s.chance == pytest.approx(clean / len(splits), abs=1e-4)


# What else an object tells ------------------------------------------------------------------------


def test_years_groups_and_balance() -> None:
    c = disputed(
        [line("1", group="A", year=2004), line("2", year=2001)],
        [line("3", "no effect", group="A", year=1999)],
    )
    assert c.years == (2001, 1999)
    assert c.shared_groups == ("group:A",)
    b = belief([*c.one_side, *c.other_side])
    assert c.beliefs == (b.support, b.against)
    assert c.favours == "increases"
    assert disputed([line("1")], [line("2", "disputes")]).favours == "neither"


def test_the_id_hangs_on_kind_ends_and_predicate_alone() -> None:
    c = disputed([line("1")], [line("2", "no effect")])
    assert c.id == disputed([line("1"), line("5")], [line("3", "no effect")]).id
    assert c.id.startswith("c")
    assert len({c.id, replace(c, one="decreases").id, replace(c, object="c").id,
                replace(c, kind="opposite").id}) == 4  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ({}, {}, "in one laboratory with the readouts of both sides, all else alike (species mouse,"),
        ({"species": "rat"}, {}, "with species rat and with species mouse side by side, all else alike"),
        ({"species": "rat", "model": "x"}, {"model": "y"},
         "in every combination of species (rat | mouse) × model (x | y), all else alike (system in vivo)"),
    ],
)  # fmt: skip
def test_the_settling_experiment_is_made_from_both_contexts(one: Any, other: Any, told: str) -> None:
    c = disputed([line("1", **one)], [line("2", "no effect", **other)])
    assert c.experiment.startswith("Measure the effect of a on b ")
    assert told in c.experiment
    assert c.experiment.count(".") == 1


def test_a_settling_experiment_for_what_only_a_curator_could_say() -> None:
    told = Adjudication("a", "increases", "b", ("donor",), "By age.", "PMID:1", "software", "2026-01-01")
    c = disputed([line("1", donor="rat")], [line("2", "no effect", donor="rat")], curated=told)
    assert "while only donor varies" in c.experiment
    primed = disputed([line("1", priming="LPS", donor="rat")], [line("1", "no effect", donor="rat")])
    assert "with priming LPS and without that priming side by side" in primed.experiment


def test_every_real_conflict_has_a_verdict_an_experiment_and_an_id(real: Graph) -> None:
    found = real.conflicts()
    assert len({c.id for c in found}) == len(found)
    assert {c.verdict.how for c in found} == set(VERDICTS)
    for c in found:
        v = c.verdict
        assert (v.how == "unexplained") == (not v.axes)
        assert set(v.axes) <= set(vocab.CONTEXT_AXES)
        if v.how == "between papers":
            assert set(v.axes) <= set(c.axes)
        assert c.experiment.endswith(".")
        assert [c] == real.conflicts(c.id)


def test_every_adjudication_of_the_data_is_used(real: Graph) -> None:
    told = {(a.subject, a.predicate, a.object) for a in real.knowledge.adjudications}
    used = {
        (c.subject, c.one if c.kind == "disputed" else "", c.object)
        for c in real.conflicts() if c.verdict.how == "curated"
    }  # fmt: skip
    assert told == used
    assert told


def test_an_adjudication_goes_from_its_row_to_the_answer(tiny_copy: FilePath, tmp_path: FilePath) -> None:
    row = ("Treg", "", "pulmonary fibrosis", "species", "They scarred rats and spared mice.",
           "doi:10.5555/tiny.3", "software", "2026-01-01")  # fmt: skip
    lines = ["\t".join(r) for r in (ADJUDICATION_COLUMNS, row)]
    (tiny_copy / "data/adjudications.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    build_graph(tiny_copy, tmp_path / "graph")
    g = kg.load(tmp_path / "graph")
    (c,) = g.conflicts()
    assert str(c.verdict) == "species, says doi:10.5555/tiny.3: They scarred rats and spared mice."
    asked = "?x a voc:Adjudication ; voc:axis ?axis ; voc:paper ?paper"
    assert g.query(f"SELECT ?axis ?paper {{ GRAPH graph:provenance {{ {asked} }} }}").rows == (
        ("species", "doi:10.5555/tiny.3"),
    )


def test_filters(real: Graph) -> None:
    found = real.conflicts()
    by_kind = [real.conflicts(kind=kind) for kind in KINDS]
    assert sorted(c.id for part in by_kind for c in part) == sorted(c.id for c in found)
    assert all(by_kind)
    unexplained = real.conflicts(unexplained=True)
    assert unexplained == [c for c in found if c.verdict.how == "unexplained"]
    chosen_by = real.conflicts(axis="disease")
    assert chosen_by
    assert all("disease" in (*c.axes, *c.verdict.axes) for c in chosen_by)
    with pytest.raises(BadInput, match="'spieces' is no axis; one of species"):
        chosen(found, axis="spieces")
    with pytest.raises(BadInput, match="'oposite' is no kind of conflict; one of opposite, disputed"):
        chosen(found, kind="oposite")


def test_the_named_query_and_the_library_agree_on_opposite_signs(tiny: Graph, real: Graph) -> None:
    for g in (tiny, real):
        rows = {(s, o) for s, _, _, o in g.query(query_text("opposite-signs")).rows}
        assert rows == {(c.subject, c.object) for c in g.conflicts(kind="opposite")}
        pairs = {tuple(row) for row in g.query(query_text("opposite-signs")).rows}
        assert pairs == {
            (c.subject, plus, minus, c.object)
            for c in g.conflicts(kind="opposite")
            for plus in c.one.split(" / ")
            for minus in c.other.split(" / ")
        }


# Effect on a path ---------------------------------------------------------------------------------


def test_an_opposite_statement_turns_the_path(tiny: Graph) -> None:
    (c,) = tiny.conflicts()
    path = tiny.paths("MSC", "pulmonary fibrosis", via="Treg", sign="-", exact=True)[0]
    effect = c.effect_on(path)
    assert effect is not None
    assert (effect.steps, effect.sign, effect.other_sign) == ((2,), Sign.MINUS, Sign.PLUS)
    assert effect.flips
    first, second = (s.belief.value for s in path.steps)
    (turned,) = (p for p in tiny.paths("MSC", "pulmonary fibrosis", via="Treg", sign="+", exact=True)
                 if len(p.steps) == 2)  # fmt: skip
    assert effect.against == pytest.approx(turned.belief, abs=1e-4)
    assert effect.alone == pytest.approx(first * second, abs=1e-4)
    assert effect.weighed == pytest.approx(first * second * (1 - turned.steps[1].belief.value), abs=1e-4)
    back = c.effect_on(turned)
    assert back is not None
    assert back.against == pytest.approx(path.belief, abs=1e-4)
    assert c.effect_on(tiny.paths("MSC", "IL-10")[0]) is None


def test_a_disputed_step_falls_with_its_path(real: Graph) -> None:
    n_seen = 0
    for path in real.paths("MSC", "lung injury", max_length=2):
        for c in real.conflicts(kind="disputed"):
            effect = c.effect_on(path)
            if effect is None:
                continue
            n_seen += 1
            (number,) = effect.steps
            step = path.steps[number - 1]
            assert step.statement.id in c.statements
            assert effect.weighed == pytest.approx(path.belief, abs=1e-5)
            assert effect.alone * step.belief.value / step.belief.support == pytest.approx(
                effect.weighed, abs=1e-3
            )
            assert (effect.against, effect.other_sign, effect.flips) == (0, None, False)
            assert "the path falls if only the other does" in str(effect)
    assert n_seen


def test_a_card_tells_the_effect(tiny: Graph) -> None:
    path = tiny.paths("MSC", "pulmonary fibrosis", via="Treg", sign="-", exact=True)[0]
    assert (
        "    step 2: path belief 0.337, 0.135 with both sides counted; the net sign turns +"
        in tiny.explain(path)
    )


# Between paths ------------------------------------------------------------------------------------


def test_paths_of_opposite_sign_are_two_sides(tiny: Graph) -> None:
    answer = tiny.paths("MSC", "pulmonary fibrosis", exact=True)
    (c,) = tiny.conflicts_between(answer)
    assert (c.source, c.target) == ("MSC", "pulmonary fibrosis")
    assert {p.sign for p in c.plus} == {Sign.PLUS}
    assert {p.sign for p in c.minus} == {Sign.MINUS}
    assert len(c.plus) + len(c.minus) == len(answer)
    assert c.parting == 2
    assert c.is_one_statement
    assert [s.statement.predicate for s in c.parting_steps] == ["increases", "decreases"]
    assert c.contexts("species") == ((), ("mouse",))
    assert c.contexts("disease") == (("fibrotic lung disease",),) * 2
    assert c.axes == ()
    assert c.favours is Sign.MINUS


def test_the_belief_of_a_side_counts_no_statement_twice(tiny: Graph) -> None:
    paths = list(tiny.paths("MSC", "pulmonary fibrosis", exact=True))
    c = conflict_of("MSC", "pulmonary fibrosis", [*paths, *paths])
    assert c is not None
    assert c.beliefs == tiny.conflicts_between(paths)[0].beliefs
    two = c.minus[::2]
    assert not {s.id for s in two[0].statements} & {s.id for s in two[1].statements}
    assert c.beliefs[1] == pytest.approx(1 - (1 - two[0].belief) * (1 - two[1].belief), abs=1e-5)


def test_one_sign_is_no_conflict(tiny: Graph) -> None:
    assert tiny.conflicts_between(tiny.paths("MSC", "pulmonary fibrosis", sign="-")) == []
    assert tiny.conflicts_between([]) == []


def test_order_does_not_count_and_ends_are_kept_apart(real: Graph) -> None:
    paths = list(real.paths("MSC", "pulmonary fibrosis", max_length=3))
    found = conflicts_between(paths)
    assert found == conflicts_between(reversed(paths))
    assert len({(c.source, c.target) for c in found}) == len(found) > 1
    for c in found:
        assert {(p.entities[0], p.entities[-1]) for p in (*c.plus, *c.minus)} == {(c.source, c.target)}
    weaker = [min(c.beliefs) for c in found]
    assert weaker == sorted(weaker, reverse=True)
    whole = conflict_of("MSC", "pulmonary fibrosis", paths)
    assert whole is not None
    assert len(whole.plus) + len(whole.minus) == sum(p.sign is not Sign.UNKNOWN for p in paths)


def test_thousands_of_paths_are_compared_once_each(real: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sign of each path is asked for as often with a thousand paths as with ten."""
    n_asked = 0
    sign = Path.sign

    def counted(path: Path) -> Sign:
        nonlocal n_asked
        n_asked += 1
        return sign.__get__(path, Path)  # type: ignore[no-any-return]

    paths = list(real.paths("MSC", "fibrosis", max_length=6))
    assert len(paths) > 500
    monkeypatch.setattr(Path, "sign", property(counted))
    conflicts_between(paths)
    assert n_asked == len(paths)


def test_opposite_statements_are_found_by_sign_not_by_order() -> None:
    plus = Statement("s1", "a", "increases", "b", Sign.PLUS, (line("1"),))
    minus = Statement("s2", "a", "decreases", "b", Sign.MINUS, (line("2", predicate="decreases"),))
    assert list(find_conflicts([plus, minus])) == list(find_conflicts([minus, plus]))


# The command --------------------------------------------------------------------------------------


def ask(g: Graph, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(main, ["--graph", str(g.built.path), "conflicts", *words])
    assert done.exit_code == code, done.output
    return done.output if code else done.stdout


def test_tables_keep_their_first_columns(tiny: Graph) -> None:
    header, row = ask(tiny, "--tsv").splitlines()
    assert header.startswith("subject\tobject\tkind\tone\tn_one\tother\tn_other\taxes\tstatements\tid\thow\t")
    cells = dict(zip(header.split("\t"), row.split("\t"), strict=True))
    assert (cells["axes"], cells["how"], cells["explained_by"]) == (
        "species|model", "cannot tell apart", "species|model",
    )  # fmt: skip
    (data,) = json.loads(ask(tiny, "--json"))
    assert set(data) >= {"subject", "object", "kind", "statements", "one", "other", "axes"}
    assert data["adjudication"]["reason"] == "cannot tell apart: species, model"
    assert (data["one"]["first_year"], data["other"]["first_year"]) == (2003, 2001)
    assert data["shared_groups"] == ["group:Able"]


def test_conflicts_between_paths_in_every_form(tiny: Graph) -> None:
    told = ask(tiny, "MSC", "pulmonary fibrosis")
    assert told.startswith("All 5 path(s) of the question as two sides:\nMSC → pulmonary fibrosis: 2 path(s)")
    assert told.endswith("2 of 2 pair(s) of ends whose paths disagree in sign\n")
    rows = ask(tiny, "MSC", "pulmonary fibrosis", "--tsv").splitlines()
    assert len(rows) == 3
    assert rows[0].startswith("source\ttarget\tn_plus\tbelief_plus\tn_minus\tbelief_minus\tfavours\tparting")
    data = json.loads(ask(tiny, "MSC", "pulmonary fibrosis", "--json"))
    assert {d["parting"]["step"] for d in data} == {2}
    assert data[0]["plus"]["best"]["sign"] == "+"
    assert ask(tiny, "MSC", "IL-10") == "0 of 0 pair(s) of ends whose paths disagree in sign\n"


@pytest.mark.parametrize(
    ("words", "message", "code"),
    [
        (("MSC", "fibrosis", "--axis", "species"), "are about statements", 2),
        (("MSC", "fibrosis", "--sign", "+"), "--sign leaves one side only", 2),
        (("Treg", "--via", "IL-10"), "--via: about paths; name SOURCE and TARGET", 2),
        (("--max-length", "3"), "--max-length: about paths", 2),
        (("--axis", "colour"), "'colour' is not one of", 2),
        (("MSC", "Terg"), "did you mean 'Treg'", 2),
        (("fibrosis", "MSC"), "no path of at most 4 steps", 1),
        (("--species", "unicorn"), "is no species here", 2),
    ],
)
def test_wrong_questions_are_refused(tiny: Graph, words: tuple[str, ...], message: str, code: int) -> None:
    assert message in ask(tiny, *words, code=code)


def test_a_context_narrows_conflicts_too(tiny: Graph) -> None:
    assert ask(tiny, "--species", "mouse").endswith("0 of 0 conflict(s)\n")
    assert ask(tiny, "--unexplained").endswith("0 of 0 conflict(s)\n")
    assert ask(tiny, "--axis", "species", "--kind", "opposite").endswith("1 of 1 conflict(s)\n")
