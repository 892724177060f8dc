"""Pairs by year, their features, the ranker and its evaluation."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.holdout import (
    Mechanisms,
    ends_of,
    mechanisms,
    planted_pairs,
    read_edges,
    shuffled_pairs,
)
from kg.engine.evaluation import (
    Split,
    area_under_curve,
    average_precision,
    balanced_accuracy,
    calibration_error,
    ranks,
    same_degree_negatives,
    uniform_negatives,
)
from kg.engine.features import NAMES, Features
from kg.engine.pairs import Pairs, pairs_of
from kg.engine.ranker import Ranker
from kg.errors import BadInput

REPORTS = [
    ("a", 1, "b", 2001, "p1", 0.5), ("a", 1, "b", 2003, "p2", 0.5), ("b", -1, "c", 2002, "p1", 0.5),
    ("a", 1, "c", 2005, "p3", 0.5), ("a", -1, "c", 2006, "p4", 0.5), ("c", 0, "c", 2006, "p5", 0.5),
]  # fmt: skip


@pytest.fixture(scope="module")
def planted() -> Pairs:
    return planted_pairs()


@pytest.fixture(scope="module")
def learned(planted: Pairs) -> tuple[Split, Ranker, Features]:
    split = Split.at(planted, 0.8)
    return split, Ranker.fit(split.past), Features(split.past)


def test_a_pair_has_its_first_year_its_majority_sign_and_joined_belief() -> None:
    names, pairs = pairs_of(REPORTS)
    assert names == ("a", "b", "c")
    assert list(zip(pairs.source.tolist(), pairs.target.tolist(), strict=True)) == [(0, 1), (1, 2), (0, 2)]
    assert pairs.year.tolist() == [2001, 2002, 2005]
    assert pairs.sign.tolist() == [1, -1, 0]
    assert pairs.belief.tolist() == [0.75, 0.5, 0.75]
    with pytest.raises(BadInput, match="sign 2"):
        pairs_of([("a", 2, "b", 2000, "p", 0.5)])


@given(st.permutations(REPORTS))
def test_the_order_of_reports_plays_no_part(reports: list[tuple[str, int, str, int, str, float]]) -> None:
    _, one = pairs_of(REPORTS)
    _, other = pairs_of(reports)
    assert one.source.tolist() == other.source.tolist()
    assert one.belief.tolist() == other.belief.tolist()
    assert one.papers == other.papers


def test_a_cut_never_splits_a_year() -> None:
    reports = [(f"s{i}", 1, "o", 2000 + i // 4, f"p{i}", 0.5) for i in range(12)]
    _, pairs = pairs_of(reports)
    for share in (0.1, 0.4, 0.5, 0.6, 0.9):
        m = pairs.until(share)
        assert m == 12 or pairs.year[m - 1] < pairs.year[m]


def test_a_past_pair_that_rests_on_a_later_papers_report_leaves_training() -> None:
    reports = [
        ("a", 1, "b", 2000, "late", 0.5),
        ("b", 1, "c", 2001, "p", 0.5),
        ("a", 1, "c", 2005, "late", 0.5),
    ]
    split = Split.at(pairs_of(reports)[1], 0.7)
    assert len(split.test) == 1
    assert split.past.papers == (frozenset({"p"}),)


def test_features_of_a_small_graph_by_hand() -> None:
    """a → b → c: one path of two steps, each arc of weight 1, degree 1 everywhere."""
    _, pairs = pairs_of([("a", 1, "b", 2000, "p", 0.5), ("b", -1, "c", 2000, "q", 0.5)])
    f = Features(pairs)
    block = f.of(np.array([0, 1, 2]))
    assert block.shape == (len(NAMES), 3, 3)
    two = block[NAMES.index("paths of 2 steps")]
    assert two[0, 2] == pytest.approx(np.log(2))
    assert np.count_nonzero(two) == 1
    assert block[NAMES.index("reported the other way round")][1, 0] == 1
    balance = f.sign_features(np.array([0]))
    # One signed path, −; a lone path is shrunk by half.
    assert balance[2, 0, 2] == pytest.approx(-0.5)


def test_features_know_nothing_of_what_comes_later(planted: Pairs) -> None:
    m = planted.until(0.6)
    early = Features(planted.first(m)).of(np.arange(20))
    again = Features(planted.first(m)).of(np.arange(20))
    later = Features(planted).of(np.arange(20))
    assert np.array_equal(early, again)
    assert not np.array_equal(early, later)


def test_structure_that_is_there_is_found(learned: tuple[Split, Ranker, Features]) -> None:
    split, ranker, features = learned
    scored = ranker.scores(features, np.arange(split.past.n))
    rows = np.flatnonzero(split.is_open)
    true = scored.score[split.test.source[rows], split.test.target[rows]]
    assert area_under_curve(true, scored.score[same_degree_negatives(split, 0)]) > 0.65
    found = ranks(split, scored.score)
    by_degree = ranks(split, scored.degree)
    assert (1 / found).mean() > (1 / by_degree).mean()
    called = scored.plus[split.test.source[rows], split.test.target[rows]]
    assert balanced_accuracy(split.test.sign[rows], called) > 0.75


def test_a_shuffled_graph_holds_nothing_to_find() -> None:
    """Degrees are kept, everything else is chance: little is told apart from pairs of the same degrees."""
    areas = []
    for seed in range(3):
        split = Split.at(shuffled_pairs(planted_pairs(), seed), 0.8)
        score = Ranker.fit(split.past).scores(Features(split.past), np.arange(split.past.n)).score
        rows = np.flatnonzero(split.is_open)
        true = score[split.test.source[rows], split.test.target[rows]]
        areas.append(area_under_curve(true, score[same_degree_negatives(split, 0)]))
    assert abs(np.mean(areas) - 0.5) < 0.05


def test_probabilities_are_calibrated_on_the_whole(learned: tuple[Split, Ranker, Features]) -> None:
    split, ranker, features = learned
    score = ranker.scores(features, np.arange(split.past.n)).score
    chance = ranker.probability(score)
    assert ((chance > 0) & (chance < 1)).all()
    # A higher score is never a lower chance.
    order = np.argsort(score.ravel())
    assert (np.diff(chance.ravel()[order]) >= -1e-12).all()
    nodes = np.flatnonzero(split.past.known)
    source, target = np.repeat(nodes, len(nodes)), np.tile(nodes, len(nodes))
    open_ = (source != target) & ~split.past.holds(source, target)
    happened = split.test.holds(source, target)[open_].astype(int)
    assert calibration_error(happened, chance[source, target][open_]) < 0.02


def test_weights_survive_json(learned: tuple[Split, Ranker, Features]) -> None:
    _, ranker, features = learned
    again = Ranker.from_data(json.loads(json.dumps(ranker.data())))
    rows = np.arange(5)
    assert np.array_equal(ranker.scores(features, rows).score, again.scores(features, rows).score)
    parts = ranker.contributions(features, 0, 1)
    mean_of_choice = ranker.scores(features, np.array([0])).score[0, 1]
    assert sum(parts.values()) == pytest.approx(mean_of_choice, abs=1e-3)
    broken = ranker.data() | {"features": ["x"]}
    with pytest.raises(ValueError, match="other features"):
        Ranker.from_data(broken)


def test_a_past_too_short_is_said_so() -> None:
    with pytest.raises(BadInput, match="a ranker needs 20"):
        Ranker.fit(pairs_of(REPORTS)[1])


# Measures -------------------------------------------------------------------------------------------


def test_ranks_are_filtered_and_ties_are_averaged() -> None:
    reports = [("a", 1, "b", 1, "p", 0.5), ("a", 1, "c", 1, "p", 0.5), ("d", 1, "e", 1, "p", 0.5),
               ("a", 1, "e", 2, "q", 0.5)]  # fmt: skip
    _names, pairs = pairs_of(reports)
    split = Split.at(pairs, 0.75)
    score = np.zeros((5, 5))
    # Of a: b and c are known and itself is left out, so d and e are left, and they tie.
    assert ranks(split, score)[0, 0] == 1.5
    score[0, 4] = np.nan
    assert ranks(split, score)[0, 0] == np.inf
    score[:] = 0
    score[0, 3] = np.nan
    assert ranks(split, score)[0, 0] == 2, "a NaN elsewhere never helps"


def test_areas_by_hand() -> None:
    up, down = np.array([3.0, 1.0]), np.array([2.0, 0.0])
    assert area_under_curve(up, down) == 0.75
    assert area_under_curve(np.array([1.0]), np.array([1.0])) == 0.5
    assert area_under_curve(np.array([np.nan]), np.array([0.0])) == 0.0
    assert average_precision(up, down) == pytest.approx((1 + 2 / 3) / 2)
    assert balanced_accuracy(np.array([1, 1, 1, -1]), np.array([0.9, 0.9, 0.1, 0.2])) == pytest.approx(5 / 6)
    assert calibration_error(np.array([1, 0]), np.array([0.5, 0.5])) == 0
    assert calibration_error(np.array([1, 1]), np.array([0.55, 0.55])) == pytest.approx(0.45)


def test_negatives_were_never_reported(planted: Pairs) -> None:
    split = Split.at(planted, 0.8)
    for draw in (uniform_negatives, same_degree_negatives):
        source, target = draw(split, 1)
        assert len(source)
        assert not planted.holds(source, target).any()
        assert (source != target).all()


# The benchmark's own reading --------------------------------------------------------------------------


def test_a_table_with_wrong_rows_names_them(tmp_path: Path) -> None:
    path = tmp_path / "edges.tsv"
    path.write_text(
        "subject\tsign\tobject\tyear\tsource\na\t+\tb\t2000\tp\na\tup\tb\t2000\tp\na\t-\t\t1999\tp\n"
    )
    with pytest.raises(BadInput, match=r"edges.tsv:3: year '2000', sign 'up'") as raised:
        read_edges(str(path))
    assert "edges.tsv:4: an end is missing" in str(raised.value)
    path.write_text("from\tto\n")
    with pytest.raises(BadInput, match="the header lacks subject, sign, object, year"):
        read_edges(str(path))


def test_the_command_says_what_is_wrong_in_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "benchmarks/holdout.py", "--edges", str(tmp_path / "none.tsv")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("holdout: cannot read")
    assert "Traceback" not in done.stderr


def _record(drug: str, *nodes: str) -> dict[str, object]:
    path = [drug, *nodes]
    return {
        "graph": {"drugbank": f"DB:{drug}", "drug_mesh": drug, "disease_mesh": nodes[-1]},
        "nodes": [{"id": n, "label": "Protein"} for n in path],
        "links": [{"source": a, "target": b, "key": "acts on"} for a, b in itertools.pairwise(path)],
    }


def test_a_drugs_own_record_gives_nothing_away() -> None:
    """Its steps are walked only where another drug's record has them, but for those that leave the drug."""
    records = [_record("d1", "t", "x", "z"), _record("d2", "t", "x", "z"), _record("d3", "t", "y", "z")]
    graph = Mechanisms(records)
    assert ends_of(records[0]) == ("d1", "z")
    assert graph.paths("d1", "z", "DB:d1") == [("d1", "t", "x", "z"), ("d1", "t", "y", "z")]
    # The way over y is d3's alone.
    assert graph.paths("d3", "z", "DB:d3") == [("d3", "t", "x", "z")]


def test_mechanisms_of_planted_records_are_ranked_first() -> None:
    """Forty drugs act through one of two ways that their target decides; each has a by-way few take."""
    records = []
    for i in range(40):
        way = "ab"[i % 2]
        records.append(_record(f"d{i}", f"t{i % 4}", way, f"z{way}"))
        if i % 5 == 0:
            records.append(_record(f"d{i}", f"t{i % 4}", "c", f"z{way}"))
    found = mechanisms(records)
    assert found["methods"]["ranker"]["mrr"] > found["methods"]["random"]["mrr"]
    assert 0 < found["coverage"] <= 1
