"""Signatures: reading them, predicting, the exact test, ranking, and what users see."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import permutations, product
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, hypergeom

from kg.cli import main
from kg.errors import BadInput, FileProblems, NameNotFound
from kg.graph import Graph
from kg.mechanism.explanation import Explanation, explain
from kg.mechanism.names import Names
from kg.mechanism.paths import Engine, Question
from kg.mechanism.signature import Measured, Signature, read_signature
from kg.mechanism.ternary import adjusted, ternary_p
from kg.model import Curation, Entity, Evidence, Experiment, Line, Paper, Sign, Statement

LETTERS = "abcdefg"
PREDICATES = {"increases": Sign.PLUS, "decreases": Sign.MINUS, "binds": Sign.UNKNOWN}


def statement(subject: str, predicate: str, obj: str) -> Statement:
    line = Line(subject, predicate, obj, "It did.", "association", "0" * 16)
    experiment = Experiment("x", "mouse", "in vivo", lines=(line,))
    paper = Paper("T", "J", 2000, "primary", "abstract", Curation("software", "2026-01-01"), pmid="1")
    evidence = (Evidence("e1", line, experiment, paper),)
    return Statement(f"{subject}{predicate}{obj}", subject, predicate, obj, PREDICATES[predicate], evidence)


def named(names: str) -> Names:
    return Names(tuple(Entity(n, f"mscm:{n}", n, "protein") for n in names))


def signature(changes: dict[str, int]) -> Signature:
    return Signature(tuple(Measured(n, c, "here") for n, c in sorted(changes.items())))


def told(x: Explanation) -> list[tuple[str, str, int, float, float]]:
    return [(m.cause, m.sign.value, m.score, m.p, m.q) for m in x.mechanisms]


# The test -----------------------------------------------------------------------------------------


def counts(values: tuple[int, ...]) -> tuple[int, int, int]:
    return values.count(1), values.count(-1), values.count(0)


def by_hand(score: int, predicted: tuple[int, ...], labels: tuple[int, ...]) -> Fraction:
    """The p-value by trying every way to hand out the labels."""
    scores = [sum(p * x for p, x in zip(predicted, way, strict=True)) for way in permutations(labels)]
    return Fraction(sum(s >= score for s in scores), len(scores))


columns = st.lists(
    st.tuples(st.sampled_from([1, -1, 0]), st.sampled_from([1, -1, 0])), min_size=1, max_size=7
)


@given(columns, st.integers(-8, 8))
@settings(max_examples=200)
def test_p_equals_trying_every_way_to_hand_out_the_labels(rows: list[tuple[int, int]], score: int) -> None:
    predicted, labels = (tuple(column) for column in zip(*rows, strict=True))
    expected = by_hand(score, predicted, labels)
    assert ternary_p(score, counts(predicted), counts(labels)) == pytest.approx(float(expected), rel=1e-9)


TABLE_1 = [
    (4, (4, 3, 1), 0.114), (3, (3, 1, 4), 0.121), (1, (1, 0, 7), 0.500), (1, (0, 1, 7), 0.375),
    (0, (3, 1, 4), 0.629), (0, (1, 0, 7), 0.625), (0, (1, 3, 4), 0.543), (0, (0, 1, 7), 0.500),
    (-1, (1, 0, 7), 1), (-3, (1, 3, 4), 0.957), (-4, (3, 4, 1), 0.971),
]  # fmt: skip
"""Score, predicted counts and p of the rows of Table 1 in the vignette of CausalR 1.39 (Bioconductor)."""


@pytest.mark.parametrize(("score", "predicted", "p"), TABLE_1)
def test_p_is_that_of_the_published_example(score: int, predicted: tuple[int, int, int], p: float) -> None:
    assert round(ternary_p(score, predicted, (4, 3, 1)), 3) == p


@given(st.integers(1, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_without_decreases_it_is_fishers_exact_test(up: int, rest: int, n_up: int, score: int) -> None:
    n_up = min(n_up, up + rest)
    p = ternary_p(score, (up, 0, rest), (n_up, 0, up + rest - n_up))
    assert p == pytest.approx(hypergeom.sf(score - 1, up + rest, up, n_up), rel=1e-8, abs=1e-12)


sizes = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))


@given(sizes, sizes, st.integers(-80, 80))
def test_p_falls_with_the_score_and_turns_round_with_the_signs(
    predicted: tuple[int, int, int], observed: tuple[int, int, int], score: int
) -> None:
    short = sum(predicted) - sum(observed)
    up, down, rest = observed
    observed = (up, down, rest + short) if short >= 0 else observed
    predicted = predicted if short >= 0 else (*predicted[:2], predicted[2] - short)
    p = ternary_p(score, predicted, observed)
    assert ternary_p(score + 1, predicted, observed) <= p
    assert ternary_p(-sum(predicted), predicted, observed) == pytest.approx(1, rel=1e-9)
    swapped = (predicted[1], predicted[0], predicted[2]), (observed[1], observed[0], observed[2])
    assert ternary_p(score, *swapped) == pytest.approx(p, rel=1e-9)
    assert ternary_p(score, observed, predicted) == pytest.approx(p, rel=1e-8)
    below = 1 - ternary_p(score + 1, predicted, observed)
    assert ternary_p(-score, swapped[0], observed) == pytest.approx(below, rel=1e-6, abs=1e-9)


def test_a_small_chance_is_exact() -> None:
    ways = Fraction(1)
    for i in range(60):
        ways = ways * (i % 20 + 1) / (i + 1)  # 20! 20! 20! / 60!
    assert ternary_p(40, (20, 20, 20), (20, 20, 20)) == pytest.approx(float(ways), rel=1e-9)
    assert ternary_p(41, (20, 20, 20), (20, 20, 20)) == 0


def test_counts_of_different_entities_are_refused() -> None:
    for predicted in ((1, 0, 0), (3, 0, -1)):
        with pytest.raises(ValueError, match="do not count the same"):
            ternary_p(0, predicted, (1, 1, 0))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_q_is_that_of_scipy(ps: list[float]) -> None:
    assert adjusted(ps) == pytest.approx(list(false_discovery_control(ps)), rel=1e-9, abs=1e-300)


def test_q_of_nothing() -> None:
    assert adjusted([]) == []


# Predictions --------------------------------------------------------------------------------------

triples = st.tuples(st.sampled_from(LETTERS), st.sampled_from(sorted(PREDICATES)), st.sampled_from(LETTERS))
graphs = st.lists(triples.filter(lambda t: t[0] != t[2]), max_size=20, unique=True)
changes = st.dictionaries(st.sampled_from(LETTERS), st.sampled_from([1, -1, 0]), min_size=1)


@given(graphs, changes, st.integers(1, 4))
@settings(max_examples=150)
def test_predictions_are_the_signs_of_all_shortest_paths(
    edges: list[tuple[str, str, str]], measured: dict[str, int], most: int
) -> None:
    engine = Engine([statement(*e) for e in edges])
    signed = Engine([statement(*e) for e in edges if e[1] != "binds"])
    found = explain(engine, named(LETTERS), signature(measured), max_length=most, limit=None)
    seen = Counter(s.statement.object for s in signed.steps)
    assert {m.entity for m in found.outside} == {n for n in measured if not seen[n]}
    for m in found.mechanisms:
        sign = 1 if m.sign is Sign.PLUS else -1
        assert {e.measured.entity for e in m.effects} == {n for n in measured if seen[n]} - {m.cause}
        for e in m.effects:
            paths = signed.paths(Question(frozenset(m.cause), frozenset(e.measured.entity), max_length=most))
            shortest = [p for p in paths if len(p.steps) == min(len(q.steps) for q in paths)]
            signs = {p.sign for p in shortest}
            expected = sign * {Sign.PLUS: 1, Sign.MINUS: -1}[signs.pop()] if len(signs) == 1 else 0
            assert e.predicted == expected, (m.cause, e.measured)
            assert e.n_paths == len(shortest)
            assert [p.statements for p in e.paths[:1]] == [p.statements for p in shortest[:1]] or signs
            if e.outcome == "ambiguous":
                assert {p.sign for p in e.paths} == {Sign.PLUS, Sign.MINUS}
        predicted, labels = (
            tuple(column)
            for column in zip(*((e.predicted, e.measured.change) for e in m.effects), strict=True)
        )
        assert m.score == sum(p * x for p, x in zip(predicted, labels, strict=True)) > 0
        assert m.score == len(m.of("correct")) - len(m.of("incorrect"))
        assert m.p == pytest.approx(float(by_hand(m.score, predicted, labels)), rel=1e-9)
        best = max(sum(p * x for p, x in zip(predicted, way, strict=True)) for way in permutations(labels))
        assert m.least_p == pytest.approx(float(by_hand(best, predicted, labels)), rel=1e-9)
        assert m.least_p <= m.p * (1 + 1e-9)
        assert m.p <= m.q


@given(graphs, changes, st.randoms(use_true_random=False))
def test_turning_the_signature_round_turns_the_mechanisms_round(
    edges: list[tuple[str, str, str]], measured: dict[str, int], rng: random.Random
) -> None:
    engine, names = Engine([statement(*e) for e in edges]), named(LETTERS)
    found = explain(engine, names, signature(measured), limit=None)
    turned = explain(engine, names, signature({n: -c for n, c in measured.items()}), limit=None)
    swap = {"+": "-", "-": "+"}
    assert sorted((c, swap[s], *rest) for c, s, *rest in told(turned)) == sorted(told(found))
    rows = [(n, str(c)) for n, c in measured.items()]
    rng.shuffle(rows)
    rng.shuffle(edges)
    if any(measured.values()):
        shuffled = explain(
            Engine([statement(*e) for e in edges]), names, read_signature(rows, names), limit=None
        )
        assert told(shuffled) == told(found)


@given(graphs, changes)
@settings(max_examples=40)
def test_under_random_labels_p_is_at_most_alpha_with_chance_alpha(
    edges: list[tuple[str, str, str]], measured: dict[str, int]
) -> None:
    """Over every way to hand out the labels; held for each cause and sign, and each p that occurs."""
    engine, names = Engine([statement(*e) for e in edges]), named(LETTERS)
    entities = sorted(measured)[:5]
    ways = [dict(zip(entities, way, strict=True)) for way in set(permutations(measured[n] for n in entities))]
    ps: dict[tuple[str, str], list[float]] = {}
    for way in ways:
        for cause, sign, _, p, _ in told(explain(engine, names, signature(way), limit=None)):
            ps.setdefault((cause, sign), []).append(p)
    for found in ps.values():
        for alpha in found:
            assert sum(p <= alpha for p in found) / len(ways) <= alpha * (1 + 1e-9)


def test_the_published_example_network() -> None:
    """Network and data of the vignette of CausalR, whose table also counts the cause's own change."""
    edges = [
        ("0", "increases", "1"), ("0", "decreases", "2"), ("1", "increases", "3"), ("1", "increases", "4"),
        ("1", "decreases", "5"), ("2", "decreases", "5"), ("2", "increases", "6"), ("2", "increases", "7"),
    ]  # fmt: skip
    measured = {"0": 1, "1": 1, "2": 1, "3": 1, "4": 0, "5": -1, "6": -1, "7": -1}
    engine = Engine([statement(*e) for e in edges])
    found = explain(engine, named("01234567"), signature(measured), max_length=2, limit=None)
    m = next(m for m in found.mechanisms if m.cause == "0")
    assert (m.sign, m.score, [len(m.of(o)) for o in ("correct", "incorrect", "ambiguous")]) == (
        Sign.PLUS, 3, [4, 1, 1],
    )  # fmt: skip
    assert [str(e.measured) for e in m.of("incorrect")] == ["2 up"]
    assert [str(x) for x in found.outside] == ["0 up"]


# Entities below others ----------------------------------------------------------------------------


def below(*links: tuple[str, str]) -> Names:
    return Names(named(LETTERS).entities, links)


def test_what_is_below_a_measured_entity_counts_for_it() -> None:
    engine = Engine([statement("a", "increases", "c")])
    names = below(("c", "b"))
    (m,) = explain(engine, names, signature({"b": 1}), limit=None).mechanisms
    assert (m.cause, m.effects[0].paths[0].entities) == ("a", ("a", "c"))


def test_it_counts_for_the_most_specific_only() -> None:
    engine = Engine([statement("a", "increases", "d"), statement("a", "decreases", "b")])
    names = below(("c", "b"), ("d", "c"))
    found = explain(engine, names, signature({"b": -1, "c": 1}), limit=None).mechanisms[0]
    assert [(str(e.measured), e.outcome) for e in found.effects] == [
        ("b down", "correct"),
        ("c up", "correct"),
    ]


def test_the_nearest_below_decides_and_ties_are_ambiguous() -> None:
    names = below(("c", "b"), ("d", "b"))
    far = Engine([statement("a", "increases", "c"), statement("c", "decreases", "d")])
    assert explain(far, names, signature({"b": 1}), limit=None).mechanisms[0].effects[0].predicted == 1
    tied = Engine([statement("a", "increases", "c"), statement("a", "decreases", "d")])
    assert explain(tied, names, signature({"b": 1}), limit=None).n_tested == 0


def test_a_cause_starts_from_what_is_below_it_and_its_own_change_is_not_counted() -> None:
    engine = Engine([statement("b", "increases", "c"), statement("c", "increases", "b")])
    found = explain(engine, below(("b", "a")), signature({"b": 1, "c": 1}), agents=frozenset("a"), limit=None)
    (m,) = found.mechanisms
    assert (m.cause, [str(x) for x in m.itself]) == ("a", ["b up"])
    assert [str(e.measured) for e in m.effects] == ["c up"]


# The tiny and the real graph ----------------------------------------------------------------------

ROWS = [
    ("PGE2", "up"), ("IL-10", "up"), ("Treg", "up"), ("lung fibrosis", "down"), ("collagen deposition", "up"),
    ("TGF-beta", "unchanged"), ("macrophage", "up"), ("miR-21-5p", "0"),
]  # fmt: skip

GOLDEN = [
    ("MSC", "+", 4, 4, 0, 1, 1, 0, 0.0952), ("bone marrow MSC", "+", 2, 2, 0, 1, 1, 2, 0.4571),
    ("PGE2", "+", 2, 2, 0, 0, 0, 2, 0.1), ("IL-10", "+", 1, 1, 0, 0, 0, 3, 0.1667),
    ("TGF-beta", "+", 1, 1, 0, 0, 0, 4, 0.6667), ("macrophage", "+", 2, 2, 0, 0, 0, 3, 0.0952),
    ("Treg", "+", 1, 1, 0, 1, 1, 2, 0.6), ("miR-21-5p", "-", 1, 1, 0, 0, 1, 4, 0.6667),
    ("MSC-EV", "-", 1, 1, 0, 0, 2, 4, 0.4476),
]  # fmt: skip


def test_golden_mechanisms_of_the_tiny_graph(tiny: Graph) -> None:
    found = tiny.explain_signature(ROWS, limit=None)
    outcomes = ("correct", "incorrect", "ambiguous", "unconfirmed", "unexplained")
    assert [
        (m.cause, m.sign.value, m.score, *(len(m.of(o)) for o in outcomes), round(m.p, 4))
        for m in found.mechanisms
    ] == GOLDEN
    assert (found.n_found, found.n_tested) == (9, 18)
    assert [str(m) for m in found.outside] == ["macrophage up"]
    assert [m.q for m in found.mechanisms[:4]] == [0.6, 1.0, 0.6, 0.75]
    assert tiny.explain_signature(ROWS, limit=2).mechanisms == found.mechanisms[:2]


def test_agents_narrow_the_causes_and_their_number(tiny: Graph) -> None:
    found = tiny.explain_signature(ROWS, agents="MSC", limit=None)
    assert {m.cause for m in found.mechanisms} == {"MSC", "bone marrow MSC", "MSC-EV"}
    assert found.n_tested == 6
    assert tiny.explain_signature(ROWS, agents=["PGE2", tiny.entity("Treg")]).n_tested == 4
    with pytest.raises(NameNotFound):
        tiny.explain_signature(ROWS, agents="Terg")


def test_length_and_context_narrow_what_is_predicted(tiny: Graph) -> None:
    near = tiny.explain_signature(ROWS, agents="MSC", max_length=1).mechanisms[0]
    assert {e.measured.entity for e in near.of("correct")} == {"PGE2", "Treg"}
    view = tiny.within(species="rat").explain_signature(ROWS, limit=None)
    assert {m.cause for m in view.mechanisms} < {g[0] for g in GOLDEN}
    for most in (0, 99):
        with pytest.raises(BadInput, match=f"--max-length {most}: choose 1 to"):
            tiny.explain_signature(ROWS, max_length=most)


def test_random_labels_on_the_real_graph_give_no_small_p_too_often(real: Graph) -> None:
    """60 shuffles of 24 labels, seed fixed; the exact bound holds on average, so with room for chance."""
    rng = random.Random(7)
    objects = sorted({s.statement.object for s in real.engine.steps})
    names = rng.sample(objects, 24)
    labels = ["up"] * 8 + ["down"] * 8 + ["unchanged"] * 8
    agents = ["MSC", "TNF", "IL-10", "macrophage"]
    small = tested = 0
    for _ in range(60):
        rng.shuffle(labels)
        found = real.explain_signature(list(zip(names, labels, strict=True)), agents=agents, limit=None)
        tested += found.n_tested
        small += sum(m.p <= 0.1 for m in found.mechanisms)
    assert tested > 1000
    assert 0 < small / tested <= 0.12


def test_a_signature_made_from_an_agents_own_effects_finds_it(real: Graph) -> None:
    effects = {
        s.statement.object: "up" if s.statement.sign is Sign.PLUS else "down"
        for s in real.engine.steps
        if s.statement.subject == "MSC-EV"
    }
    found = real.explain_signature(list(effects.items()), agents="MSC", limit=None)
    m = next(m for m in found.mechanisms if (m.cause, m.sign) == ("MSC-EV", Sign.PLUS))
    assert m.score >= 0.6 * len(m.effects)
    assert m.p == min(x.p for x in found.mechanisms) < 0.001


# Reading ------------------------------------------------------------------------------------------


def read(tiny: Graph, folder: Path, text: str | bytes, **options: object) -> Signature:
    path = folder / "a.tsv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_signature(path, tiny.names, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "entity\tchange\nIL10\tup\nPGE2\tdown\nTreg\t0\n",
        "entity,change\r\nIL-10,+\r\nCHEBI:15551,-\r\nregulatory T cell,none\r\n",
        '\ufeff# from R\n\n"Change","Entity","p"\n"2.5","interleukin-10","0.01"\n-1,PGE2,0\n"1e-9",Treg,1\n',
        "gene\tlog2FoldChange\tpadj\nIL10\t1.5\t0.001\nPGE2\t−2\t0.04\nTreg\t3\tNA\n",
        "name\tchange\nPGE2\tdecreased\nIL-10\tincreased\nil-10\tUP\nTreg\t0.2\n",
    ],
)  # fmt: skip
def test_files_are_taken_generously(tiny: Graph, tmp_path: Path, text: str) -> None:
    options = {"max_p": 0.05} if "padj" in text else {"min_change": 0.5}
    found = read(tiny, tmp_path, text, **options)
    assert {m.entity: m.change for m in found.rows} == {"IL-10": 1, "PGE2": -1, "Treg": 0}
    assert (found.count(1), found.count(-1), found.count(0)) == (1, 1, 1)


def test_a_row_knows_its_line(tiny: Graph, tmp_path: Path) -> None:
    found = read(tiny, tmp_path, "# one\nentity\tchange\n\nPGE2\tup\n")
    assert found.rows == (Measured("PGE2", 1, f"{tmp_path}/a.tsv:4"),)


def test_a_row_without_a_value_is_left_out_and_told(tiny: Graph, tmp_path: Path) -> None:
    found = read(tiny, tmp_path, "entity\tchange\nPGE2\tup\nTreg\tNA\nIL-10\t\n")
    assert ([m.entity for m in found.rows], found.missing) == (["PGE2"], ("IL-10", "Treg"))


CM = "cardiac myocyte (CL:0000746), conditioned medium (OBI:1000023)"


def test_everything_wrong_is_told_at_once(tiny: Graph, tmp_path: Path) -> None:
    text = (
        "entity\tchange\tp\nTerg\tup\t0\nCM\tup\t0\nPGE2\tsideways\t0\nPGE2\tup\nIL-10\tup\t2\n"
        "Treg\tup\t0\nTreg\tdown\t0\n\tup\t0\nzzzzzz\tinf\t0\n"
    )
    with pytest.raises(FileProblems) as caught:
        read(tiny, tmp_path, text, max_p=0.05)
    place = f"{tmp_path}/a.tsv"
    assert [str(p).removeprefix(place + ":") for p in caught.value.problems] == [
        "2: unknown: no entity is called 'Terg'; did you mean 'Treg'?",
        "3: ambiguous: 'CM' names 2 entities; write one of " + CM,
        "4: change: 'sideways' is neither up, down, unchanged nor a number",
        "5: cells: 2 cell(s) where the header names 3 columns",
        "6: p: '2' is no p-value; a number from 0 to 1, or NA",
        "8: contradiction: Treg is down here and up in line 7; keep one",
        "9: name: the entity is missing",
        "10: change: 'inf' is neither up, down, unchanged nor a number",
        "10: unknown: no entity is called 'zzzzzz'",
    ]
    assert str(caught.value).startswith(f"{place} is no signature that can be used, 9 problem(s); --skip-unk")
    with pytest.raises(FileProblems) as caught:
        read(tiny, tmp_path, text, max_p=0.05, skip_unknown=True)
    assert "unknown" not in {p.rule for p in caught.value.problems}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "1: empty: no measured entity"),
        ("# nothing\n\n", "1: empty: no measured entity"),
        ("entity\tchange\n", "1: empty: no measured entity"),
        ("PGE2\tup\n", "1: columns: the first line names the columns and lacks entity and change: PGE2, up"),
        ("entity\tvalue\nPGE2\t1\n", "1: columns: the first line names the columns and lacks change"),
        ("entity\tchange\n" + "x" * 200_000 + "\tup\n", "2: cells: field larger than field limit"),
    ],
)
def test_a_file_without_rows_is_refused(tiny: Graph, tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(FileProblems) as caught:
        read(tiny, tmp_path, text)
    assert str(caught.value.problems[0]).startswith(f"{tmp_path}/a.tsv:{problem}")


def test_max_p_needs_a_column(tiny: Graph, tmp_path: Path) -> None:
    with pytest.raises(FileProblems, match="lacks q or p, which --max-p asks for"):
        read(tiny, tmp_path, "entity\tchange\nPGE2\tup\n", max_p=0.05)


def test_many_unknown_names_are_cut_and_quickly_told(tiny: Graph, tmp_path: Path) -> None:
    text = "entity\tchange\nPGE2\tup\n" + "".join(f"Tre{i}\tup\n" for i in range(3000))
    with pytest.raises(FileProblems, match=r"3000 problem\(s\)") as caught:
        read(tiny, tmp_path, text)
    assert str(caught.value).endswith("… and 2980 more")
    assert len(read(tiny, tmp_path, text, skip_unknown=True).skipped) == 3000


def test_nothing_changed_is_nothing_to_explain(tiny: Graph, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nothing in it is up or down"):
        read(tiny, tmp_path, "entity\tchange\nPGE2\t0\n")
    with pytest.raises(BadInput, match=r"1 unknown name\(s\) skipped"):
        read(tiny, tmp_path, "entity\tchange\nTerg\tup\n", skip_unknown=True)


@pytest.mark.parametrize(
    "options",
    [{"min_change": -1}, {"min_change": float("nan")}, {"max_p": 0}, {"max_p": 1.5}, {"max_p": float("nan")}],
)
def test_thresholds_are_in_range(tiny: Graph, options: dict[str, float]) -> None:
    with pytest.raises(BadInput, match="--m"):
        tiny.explain_signature(ROWS, **options)  # type: ignore[arg-type]


def test_rows_in_python_are_checked_like_a_file(tiny: Graph) -> None:
    for wrong in ("PGE2", ("PGE2",), ("PGE2", 1, 0.1, 2), 7):
        with pytest.raises(FileProblems, match=r"rows:1: cells: .* is neither"):
            tiny.explain_signature([wrong])  # type: ignore[list-item]
    mixed = [(tiny.entity("PGE2"), 1), ("IL-10", 2.5, 0.01), ["Treg", -1, None]]
    found = read_signature(mixed, tiny.names, max_p=0.05)  # type: ignore[arg-type]
    assert {m.entity: m.change for m in found.rows} == {"PGE2": 0, "IL-10": 1, "Treg": 0}


# The command --------------------------------------------------------------------------------------


@pytest.fixture
def ask(tiny: Graph, tmp_path: Path) -> Callable[..., Result]:
    """`kg explain-signature` on the tiny graph with a file of this text."""

    def run(text: str, *options: str) -> Result:
        (tmp_path / "a.tsv").write_text(text, encoding="utf-8")
        words = ["--graph", str(tiny.built.path), "explain-signature", str(tmp_path / "a.tsv"), *options]
        done = CliRunner().invoke(main, words)
        assert done.exception is None or isinstance(done.exception, SystemExit)
        return done

    return run


TABLE = "entity\tchange\n" + "".join(f"{name}\t{change}\n" for name, change in ROWS)


def test_the_three_forms_tell_the_same(ask: Callable[..., Result]) -> None:
    data = json.loads(ask(TABLE, "--json").stdout)
    lines = [line.split("\t") for line in ask(TABLE, "--tsv").stdout.splitlines()]
    cards = ask(TABLE).stdout
    assert [(m["cause"], m["sign"], m["p"]) for m in data["mechanisms"]] == [
        (row[1], row[2], float(row[4])) for row in lines[1:]
    ]
    assert [m["n_correct"] for m in data["mechanisms"]] == [int(row[7]) for row in lines[1:]]
    assert (data["n_found"], data["n_tested"], data["outside"][0]["entity"]) == (9, 18, "macrophage")
    for n, m in enumerate(data["mechanisms"], 1):
        assert f"{n}. {m['cause']} {'raised' if m['sign'] == '+' else 'lowered'}   score" in cards
        for e in m["effects"]:
            assert all(p["steps"] and len(p["steps"]) == e["length"] for p in e["paths"])
    assert "no statement leads to (1): macrophage" in cards
    assert "9 of 9 mechanism(s) with more explained" in cards


def test_a_contradiction_is_shown_with_its_path(ask: Callable[..., Result]) -> None:
    shown = ask("entity\tchange\nPGE2\tup\nTreg\tup\nIL-10\tdown\n", "--agent", "MSC").stdout
    assert "  contradicted by:\n    IL-10 down, predicted up\n      MSC ─secretes→ PGE2 ─increases→" in shown


def test_skipped_names_are_counted(ask: Callable[..., Result]) -> None:
    done = ask(TABLE + "Terg\tup\nfoo\tup\n", "--skip-unknown")
    assert (done.exit_code, "unknown names skipped (2): Terg, foo" in done.stdout) == (0, True)


@pytest.mark.parametrize(
    ("text", "options", "message", "code"),
    [
        (TABLE + "Terg\tup\n", (), "a.tsv:10: unknown: no entity is called 'Terg'; did you mean 'Treg'", 2),
        (TABLE, ("--agent", "Terg"), "no entity is called 'Terg'", 2),
        (TABLE, ("--max-length", "0"), "--max-length 0: choose 1 to", 2),
        (TABLE, ("--max-p", "0.05"), "lacks q or p", 2),
        (TABLE, ("--min-change", "-1"), "--min-change -1: a number of 0 or more", 2),
        (TABLE, ("--limit", "0"), "--limit", 2),
        (TABLE, ("--disease", "fibrosis"), "not a disease", 2),
        ("entity\tchange\nmacrophage\tup\n", (), "no statement in this view leads to anything", 1),
        (TABLE, ("--agent", "death"), "no cause predicts a change of anything measured within 3 steps", 1),
        ("entity\tchange\nIL-10\tup\nPGE2\tdown\n", ("--agent", "MSC"), "contradicted by as many", 1),
    ],
)
def test_what_cannot_be_answered_is_said(
    ask: Callable[..., Result], text: str, options: tuple[str, ...], message: str, code: int
) -> None:
    done = ask(text, *options)
    assert (done.exit_code, message in done.stderr) == (code, True), done.output
    assert code == 1 or done.stdout == ""


def test_a_file_that_cannot_be_read_is_named(tiny: Graph, tmp_path: Path) -> None:
    (tmp_path / "latin.tsv").write_bytes(b"entity\tchange\nna\xefve\tup\n")
    for name, message in (("no.tsv", "No such file"), (".", "directory"), ("latin.tsv", "is not UTF-8 text")):
        words = ["--graph", str(tiny.built.path), "explain-signature", str(tmp_path / name)]
        done = CliRunner().invoke(main, words)
        assert (done.exit_code, message in done.stderr) == (2, True), done.output


def test_the_examples_can_be_read(real: Graph, tiny: Graph) -> None:
    folder = Path(__file__).parents[1] / "docs/examples"
    told = tiny.explain_signature(folder / "made-up.tsv", agents="MSC").mechanisms
    m = next(m for m in told if m.cause == "MSC")
    assert [str(e.measured) for e in m.of("incorrect")] == ["Treg down"]
    found = real.explain_signature(folder / "huh-2018-lavage.tsv", agents="MSC", skip_unknown=True)
    assert {"PCNA", "caspase-9"} >= set(found.signature.skipped)
    assert [m.of("correct") for m in found.mechanisms if m.cause in real.matching("MSC")]


def test_signatures_of_papers_abstracts_find_their_agent_without_the_paper(real: Graph) -> None:
    """The ten papers with the most signed effects of one MSC product, each left out of the graph in turn.

    The right agent is that kind of product (cells of any tissue are cells); it has to be among the first
    three in at least seven.
    """
    family, kind_of = real._ideas.family, real._ideas.product
    effects: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for s in real.statements():
        for e in s.evidence:
            if s.subject in family and s.sign is not Sign.UNKNOWN and e.counts and e.direction == "supports":
                effects[e.paper.id, s.subject].setdefault(s.object, "up" if s.sign is Sign.PLUS else "down")
    chosen = sorted(effects, key=lambda key: (-len(effects[key]), key))[:10]
    hits = []
    for paper, agent in chosen:
        left = [replace(s, evidence=kept) for s in real.statements()
                if (kept := tuple(e for e in s.evidence if e.paper.id != paper))]  # fmt: skip
        rows = read_signature(sorted(effects[paper, agent].items()), real.names)
        found = explain(Engine(left, real._contexts.wider), real.names, rows, limit=3)
        near = [m for m in found.mechanisms if m.sign is Sign.PLUS and m.cause in family]
        hits.append(any(kind_of(m.cause) == kind_of(agent) for m in near))
    assert sum(hits) >= 7, list(zip(chosen, hits, strict=True))


def test_one_contrary_line_does_not_silence_an_edge() -> None:
    """Belief decides: 0.9 against 0.2 is a sign, 0.5 against 0.5 is none."""

    def edges(up: float, down: float) -> Graph:
        return Graph.from_edges([("a", "raises", "+", "b", up), ("a", "lowers", "-", "b", down)])

    clear = edges(0.9, 0.2).explain_signature([("b", "up")], limit=None).mechanisms
    assert [(m.cause, m.sign, m.weight) for m in clear] == [("a", Sign.PLUS, pytest.approx(0.7))]
    assert not edges(0.5, 0.5).explain_signature([("b", "up")], limit=None).mechanisms


def test_every_sum_of_labels_is_tried() -> None:
    """The brute force above is not blind: it tells a right score from a wrong one."""
    for labels in product([1, 0], repeat=3):
        assert by_hand(4, (1, 1, 1), labels) == 0
    assert by_hand(2, (1, 1, 0), (1, 1, 0)) == Fraction(1, 3)
