"""Belief: the formula by hand, its laws, its interval; and whether the test of calibration can fail."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from math import exp, log, prod
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from kg import vocab
from kg.cli import main
from kg.graph import Graph
from kg.mechanism import belief as module
from kg.mechanism.belief import PARAMETERS, Belief, belief, errors_of, interval, sources
from kg.mechanism.calibration import BINS, NEEDED, auroc, calibration, noisy_or, records, wilson
from kg.model import Agent, Curation, Endpoint, Evidence, Experiment, Line, Paper, Sign, Statement, Trial

SETTINGS = {
    "in vitro": ("in vitro", "mouse", "primary"),
    "ex vivo human tissue": ("ex vivo", "human", "primary"),
    "rodent in vivo": ("in vivo", "mouse", "primary"),
    "other animal in vivo": ("in vivo", "rabbit", "primary"),
    "large animal in vivo": ("in vivo", "pig", "primary"),
    "human observational": ("clinical", "human", "primary"),
    "early trial": ("clinical", "human", "trial"),
    "randomised trial": ("clinical", "human", "trial"),
    "meta-analysis of trials": ("clinical", "human", "meta-analysis"),
}


def line(
    paper: str, group: str | None = None, direction: str = "supports", rung: str = "rodent in vivo",
    test: str = "association", year: int = 2000, ends: tuple[str, str, str] = ("a", "increases", "b"),
    n: int | None = None, disease: str | None = None, agent: Agent | None = None, rank: str | None = None,
) -> Evidence:  # fmt: skip
    system, species, kind = SETTINGS[rung]
    made = Paper(
        "T", "J", year, kind, "abstract", Curation("software", "2026-01-01"), pmid=paper, group=group,
        trial=Trial(randomised=True, n=n) if rung == "randomised trial" else None,
        pools="trials" if rung == "meta-analysis of trials" else None,
    )  # fmt: skip
    endpoint = Endpoint(rank) if rank else None
    claim = Line(*ends, "It did.", test, "0" * 16, direction=direction, endpoint=endpoint)
    experiment = Experiment("x", species, system, disease=disease, agent=agent)
    return Evidence(f"e{paper}{direction}{rung}{test}", claim, experiment, made)


lines = st.builds(
    line, st.sampled_from("123456789"), st.none(), st.sampled_from(vocab.DIRECTIONS),
    st.sampled_from(vocab.RUNGS), st.sampled_from(vocab.TESTS),
)  # fmt: skip
"""Each paper is a source of its own."""


# The formula --------------------------------------------------------------------------------------


def test_the_settings_give_every_rung() -> None:
    assert {rung: line("1", rung=rung).rung for rung in SETTINGS} == {rung: rung for rung in vocab.RUNGS}


def test_every_parameter_is_used_and_each_has_a_reason() -> None:
    assert len({(p.what, p.of) for p in PARAMETERS}) == len(PARAMETERS)
    assert all(p.why and p.value > 0 for p in PARAMETERS)
    of = {(p.what, p.of): p.value for p in PARAMETERS}
    for rung in vocab.RUNGS:
        for test in vocab.TESTS:
            for direction in vocab.DIRECTIONS:
                factor = of[module.FACTOR, test]
                if direction == "no effect":
                    factor *= of[module.FACTOR, "null, size not stated"]
                random = min(0.9, of[module.RANDOM, rung] * factor)
                expected = of[module.SYSTEMATIC, rung], pytest.approx(random)
                assert errors_of(line("1", rung=rung, test=test, direction=direction)) == expected


def test_errors_fall_up_the_ladder_and_with_stronger_tests() -> None:
    """From cells over rodents and large animals, and from early over randomised trials to meta-analyses."""
    for ladder in (
        ("in vitro", "rodent in vivo", "large animal in vivo"),
        ("early trial", "randomised trial", "meta-analysis of trials"),
    ):
        sums = [sum(errors_of(line("1", rung=rung))) for rung in ladder]
        assert sums == sorted(sums, reverse=True)
        assert len(set(sums)) == 3


def test_six_papers_for_and_four_nulls_outweigh_one_paper() -> None:
    """0.07 it was: four nulls were multiplied away from whatever spoke for it."""
    mice = [line(str(i), str(i)) for i in range(6)]
    nulls = [line(str(i), str(i), "no effect", "randomised trial", n=60) for i in range(6, 10)]
    assert belief([*mice, *nulls]).value > belief(mice[:1]).value
    assert belief(mice[:1] + nulls).value < belief(mice[:1]).value / 2


def test_a_null_weighs_by_its_size_and_its_place_in_the_trial() -> None:
    def left(**of: Any) -> float:
        return belief([line("1"), line("2", direction="no effect", rung="randomised trial", **of)]).value

    sizes = [left(n=n) for n in (20, 60, 200, 2000)]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == 4
    assert left(n=None) == left(n=60)
    assert left(n=60, rank="primary") < left(n=60, rank="secondary") == left(n=60)


def test_a_null_in_influenza_does_not_refute_bacterial_sepsis() -> None:
    septic = line("1", disease="sepsis", agent=Agent("cells", "bone marrow"))
    influenza = line("2", direction="no effect", disease="influenza", agent=Agent("cells", "bone marrow"))
    assert belief([septic, influenza]).value > belief([septic, line("2", direction="no effect")]).value
    (source,) = sources([influenza], [septic])
    assert source.relevance == 0.5
    vesicles = line("2", direction="no effect", disease="sepsis", agent=Agent("vesicles", "adipose tissue"))
    assert sources([vesicles], [septic])[0].relevance == pytest.approx(0.7 * 0.8)
    mixed = line("2", direction="no effect", disease="sepsis", agent=Agent("cells", "mixed"))
    assert sources([mixed], [septic])[0].relevance == 1


def test_a_comparison_with_baseline_is_no_randomised_comparison() -> None:
    e = line("1", rung="randomised trial")
    before_after = replace(e, experiment=replace(e.experiment, comparator="baseline of the same arm"))
    assert (e.rung, before_after.rung) == ("randomised trial", "early trial")


def test_pooled_studies_that_are_no_trials_are_no_meta_analysis_of_trials() -> None:
    e = line("1", rung="meta-analysis of trials")
    for pooled in (None, "observational studies", "trials and other studies"):
        assert replace(e, paper=replace(e.paper, pools=pooled)).rung == "human observational"


def test_a_rabbit_is_neither_a_rodent_nor_a_large_animal_and_a_rodent_must_be_stated() -> None:
    e = line("1")
    for species in ("rabbit", "ferret", "several", None):
        made = replace(e, experiment=replace(e.experiment, species=species))
        assert made.rung == "other animal in vivo"


def test_papers_of_a_group_share_one_systematic_error() -> None:
    apart = [line("1", "A"), line("2", "B")]
    together = [line("1", "A"), line("2", "A")]
    assert belief(apart).value == pytest.approx(1 - 0.47 * 0.47, abs=1e-4)
    assert belief(together).value == pytest.approx(1 - (0.12 + 0.35 * 0.35), abs=1e-4)
    (source,) = sources(together)
    assert (source.name, source.papers, source.random) == ("group:A", ("PMID:1", "PMID:2"), (0.35, 0.35))


def test_a_paper_counts_once_by_its_best_line() -> None:
    assert belief([line("1", test="necessity"), line("1"), line("1")]) == belief(
        [line("1", test="necessity")]
    )


def test_a_withdrawn_paper_counts_for_nothing() -> None:
    gone = line("2", direction="disputes")
    gone = replace(gone, paper=replace(gone.paper, status="retracted"))
    assert belief([line("1"), gone]) == belief([line("1")])
    assert belief([gone]) == Belief(0, 0, 0)


def test_a_belief_from_elsewhere_has_no_width() -> None:
    given_ = Belief(0.7, 0.7, 0.0)
    assert (given_.low, given_.value, given_.high, given_.without_strongest) == (0.7, 0.7, 0.7, 0)


@given(st.lists(lines, max_size=8), st.randoms(use_true_random=False))
def test_belief_lies_in_its_interval_and_order_does_not_count(
    found: list[Evidence], shuffler: Random
) -> None:
    b = belief(found)
    for value in (b.value, b.low, b.high, b.support, b.against, b.without_strongest):
        assert 0 <= value <= 1
    assert b.low <= b.value <= b.high
    assert b.without_strongest <= b.value
    shuffled = list(found)
    shuffler.shuffle(shuffled)
    again = belief(shuffled)
    assert again == b
    assert again.interval == b.interval


@given(st.lists(lines, max_size=6), lines)
def test_an_independent_source_for_never_lowers_and_one_against_never_raises(
    found: list[Evidence], more: Evidence
) -> None:
    other = replace(more, paper=replace(more.paper, pmid="99"))
    before, after = belief(found), belief([*found, other])
    if more.direction == "supports":
        assert after.value >= before.value
        assert after.against == before.against
    else:
        assert after.value <= before.value
        assert after.support == before.support


@given(st.lists(lines, max_size=4), lines)
def test_the_interval_moves_with_the_evidence(found: list[Evidence], more: Evidence) -> None:
    """Held where outcomes are listed; where they are sampled it holds but for sampling error."""
    other = replace(more, paper=replace(more.paper, pmid="99"))
    before, after = belief(found), belief([*found, other])
    kinds = len({*after.supporting}) + len({*after.opposing})
    room = 1e-3 if kinds <= 3 else 0.05
    if more.direction == "supports":
        assert after.low >= before.low - room
        assert after.high >= before.high - room
    else:
        assert after.low <= before.low + room
        assert after.high <= before.high + room


# The interval -------------------------------------------------------------------------------------


def test_one_source_has_the_interval_of_a_poisson_count() -> None:
    """Drawn 0 times in 37 % and at most 3 times in 98.1 % of resamples, at most 2 times in 92 %."""
    assert interval((0.5,), ()) == (0, round(1 - 0.5**3, 4))
    assert interval((), (0.5,)) == (0, 0)


def test_more_sources_narrow_the_interval() -> None:
    """From four on; up to three of equal error may all be missed in more than 2.5 % of resamples."""
    found = {n: interval((0.47,) * n, ()) for n in (1, 2, 3, 4, 6, 9, 12)}
    assert [found[n][0] for n in (1, 2, 3)] == [0, 0, 0]
    widths = [high - low for n, (low, high) in found.items() if n > 3]
    assert widths == sorted(widths, reverse=True)
    assert len(set(widths)) == 4
    assert widths[-1] < 0.05


def test_sampling_agrees_with_listing(monkeypatch: pytest.MonkeyPatch) -> None:
    supporting, opposing = (0.3, 0.4, 0.47), (0.6,)
    monkeypatch.setattr(module, "LISTED", 10**6)
    listed = interval.__wrapped__(supporting, opposing)
    monkeypatch.setattr(module, "LISTED", 1)
    sampled = interval.__wrapped__(supporting, opposing)
    assert sampled == pytest.approx(listed, abs=0.04)
    assert interval.__wrapped__(supporting, opposing) == sampled


def test_the_interval_is_that_of_a_plain_poisson_bootstrap() -> None:
    """The same by brute force: each source drawn on its own, without joining equal ones."""
    supporting, opposing = (0.47,) * 4, (0.53,) * 2
    generator = Random(1)

    def believed(for_it: list[float], against: list[float]) -> float:
        weight, opposing_weight = -sum(map(log, for_it)), -sum(map(log, against))
        return (1 - prod(for_it)) * weight / (weight + opposing_weight) if for_it else 0.0

    def poisson() -> int:
        n, left = 0, generator.random()
        while left > exp(-1):
            left *= generator.random()
            n += 1
        return n

    drawn = sorted(
        believed(
            [w for w in supporting for _ in range(poisson())], [w for w in opposing for _ in range(poisson())]
        )
        for _ in range(20_000)
    )
    low, high = interval(supporting, opposing)
    assert (low, high) == pytest.approx((drawn[500], drawn[19_500]), abs=0.02)


# Calibration --------------------------------------------------------------------------------------


def statement(
    *found: Evidence, id: str = "s1", sign: Sign = Sign.PLUS, predicate: str = "increases"
) -> Statement:
    return Statement(id, "a", predicate, "b", sign, tuple(found))


def test_a_record_is_made_from_what_was_published_before() -> None:
    first, second = line("1", "A", year=2000), line("2", "B", year=2005)
    later = line("3", "C", "no effect", year=2010)
    (one, two), n_mixed = records([statement(first, second, later)])
    assert n_mixed == 0
    assert (one.year, one.group, one.held, one.n_papers) == (2005, "group:B", True, 1)
    assert one.belief == belief([first]).value
    assert (two.year, two.held, two.n_papers) == (2010, False, 2)
    assert two.belief == belief([first, second]).value
    assert two.noisy_or == pytest.approx(1 - 0.35**2)


def test_what_makes_no_record() -> None:
    first = line("1", "A", year=2000)
    assert records([statement(first, line("2", "A", year=2005))])[0] == []  # the same group
    assert records([statement(first, line("2", "B", year=2000))])[0] == []  # the same year
    assert records([statement(line("1", "A", "no effect"), line("2", "B", year=2005))])[0] == []  # no support
    mixed = [line("2", "B", year=2005), line("2", "B", "no effect", year=2005)]
    assert records([statement(first, *mixed)]) == ([], 1)


def test_an_opposite_statement_by_another_group_did_not_hold() -> None:
    plus = statement(line("1", "A", year=2000))
    ends = ("a", "decreases", "b")
    minus = statement(line("2", "B", year=2005, ends=ends), id="s2", sign=Sign.MINUS, predicate="decreases")
    (record,), _ = records([plus, minus])
    assert (record.statement, record.group, record.held) == ("s1", "group:B", False)


def test_auroc_against_counting_pairs() -> None:
    generator = Random(3)
    scores = [round(generator.random(), 1) for _ in range(60)]
    held = [generator.random() < 0.4 for _ in range(60)]
    pairs = [(a, b) for a, h in zip(scores, held, strict=True) if h
             for b, k in zip(scores, held, strict=True) if not k]  # fmt: skip
    wins = sum((a > b) + (a == b) / 2 for a, b in pairs)
    assert auroc(scores, held) == pytest.approx(wins / len(pairs))
    assert auroc([1, 2], [True, True]) == 0.5


def test_what_the_page_says_of_calibration_is_so(real: Graph) -> None:
    """docs/belief.md draws conclusions in words; renew them if this fails."""
    c = calibration(real.statements())
    ours, plain, count = c.scores
    for better in (ours, count):
        assert 0.5 < better.auroc_range[0] < better.auroc
    assert plain.auroc_range[0] < 0.5 < plain.auroc
    for other in (plain, count):
        assert other.belief_leads_range[0] < 0 < other.belief_leads < other.belief_leads_range[1]
    assert ours.brier_range is not None
    assert ours.brier_range[0] > c.base_brier
    assert c.is_enough
    assert sum(r.n_papers == 1 for r in c.records) > len(c.records) / 2
    middle = next(b for b in c.bins if b.low == 0.5)
    assert middle.held_range[0] > middle.high


def made_up(n: int, held_by_belief: bool, seed: int = 0) -> list[Statement]:
    """Statements of one to three early groups, and one later group that holds by belief or at random."""
    generator = Random(seed)
    found = []
    for i in range(n):
        early = [line(f"{i}0{k}", f"G{i}{k}", year=2000) for k in range(1 + int(generator.random() * 3))]
        chance = belief(early).value if held_by_belief else 0.7
        direction = "supports" if generator.random() < chance else "no effect"
        found.append(statement(*early, line(f"{i}9", f"L{i}", direction, year=2010), id=f"s{i}"))
    return found


def test_the_test_sees_a_true_belief_and_rejects_a_random_one() -> None:
    true, random = calibration(made_up(500, True)), calibration(made_up(500, False))
    assert true.is_enough
    good, bad = true.scores[0], random.scores[0]
    assert good.auroc_range[0] > 0.5
    assert good.brier is not None
    assert good.brier < true.base_brier
    assert bad.auroc_range[0] < 0.5 < bad.auroc_range[1]
    assert bad.brier is not None
    assert bad.brier > random.base_brier
    inside = [b.held_range[0] <= b.mean_belief <= b.held_range[1] for b in true.bins]
    assert sum(inside) >= len(inside) - 1  # of six 95 % intervals one may miss


def test_calibration_is_the_same_each_time_and_empty_without_records() -> None:
    assert calibration(made_up(40, True)) == calibration(reversed(made_up(40, True)))
    nothing = calibration([statement(line("1"))])
    assert (nothing.records, nothing.scores, nothing.bins, nothing.base_rate) == ((), (), (), 0)
    assert not nothing.is_enough


def test_wilson_reaches_beyond_what_was_seen() -> None:
    assert wilson(0, 0) == (0, 1)
    assert wilson(5, 5)[0] < 0.6
    assert wilson(0, 5)[0] == 0


def test_calibration_of_the_real_graph_covers_every_record(real: Graph) -> None:
    c = calibration(real.statements())
    assert len(c.records) > 100
    assert sum(b.n for b in c.bins) == len(c.records)
    assert {(b.low, b.high) for b in c.bins} <= set(pairwise(BINS))
    assert c.is_enough == (min(c.n_held, len(c.records) - c.n_held) >= NEEDED)
    for r in c.records[:20]:
        s = real.statement(r.statement)
        earlier = [e for e in s.evidence if e.paper.year < r.year]
        assert (r.belief, r.noisy_or) == (belief(earlier).value, noisy_or(earlier))
        assert r.group not in {e.paper.source_group for e in earlier}


# The command --------------------------------------------------------------------------------------


def ask(tiny: Graph, *words: str) -> str:
    done = CliRunner().invoke(main, ["--graph", str(tiny.built.path), "belief", *words])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_working_ends_in_the_belief(tiny: Graph) -> None:
    told = ask(tiny, "Treg", "decreases", "pulmonary fibrosis")
    assert "supports  Able    0.12        0.245   1          0.365  doi:10.5555/tiny.1" in told
    assert told.endswith("weight for / (weight for + weight against) = 0.6350\n")
    (s,) = tiny.statements("Treg", "decreases", "pulmonary fibrosis")
    assert ask(tiny, s.id) == told
    data = json.loads(ask(tiny, s.id, "--json"))
    assert data["belief"] == 0.635
    assert data["sources"] == [
        {
            "side": "supports", "source": "Able", "systematic": 0.12, "random": [pytest.approx(0.245)],
            "relevance": 1.0, "wrong": 0.365, "papers": ["doi:10.5555/tiny.1"],
        }
    ]  # fmt: skip
    assert (
        ask(tiny, s.id, "--tsv").splitlines()[0]
        == "side\tsource\tsystematic\trandom\trelevance\twrong\tpapers"
    )


def test_parameters_and_calibration_in_every_form(tiny: Graph) -> None:
    assert len(json.loads(ask(tiny, "--parameters", "--json"))) == len(PARAMETERS)
    assert len(ask(tiny, "--parameters", "--tsv").splitlines()) == len(PARAMETERS) + 1
    assert ask(tiny, "--calibration").startswith("0 first reports by a new group")
    assert json.loads(ask(tiny, "--calibration", "--json"))["records"] == []
    assert ask(tiny, "--calibration", "--tsv") == (
        "statement\tyear\tgroup\tbelief\tnoisy_or\tn_papers\theld\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "name one statement"),
        (("a", "b"), "name one statement"),
        (("a", "--parameters"), "name one statement"),
        (("s000000000000",), "no statement has the id"),
        (("Treg", "lowers", "fibrosis"), "'lowers' is no predicate"),
        (("Terg", "decreases", "fibrosis"), "did you mean 'Treg'"),
        (("Treg", "secretes", "fibrosis"), "no evidence line is about 'Treg secretes fibrosis'"),
    ],
)
def test_wrong_questions_are_refused(tiny: Graph, words: tuple[str, ...], message: str) -> None:
    done = CliRunner().invoke(main, ["--graph", str(tiny.built.path), "belief", *words])
    assert done.exit_code == 2
    assert message in done.stderr
