"""Shuffles keep what they must and forget the rest; p-values against them mean what they say."""

from __future__ import annotations

from collections import Counter
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kg.engine.counts import SignedArcs, path_counts_between, walk_counts
from kg.engine.nulls import NullDistribution, Nulls, shuffle
from kg.errors import BadInput, NotWritable, StoreDamaged, StoreMissing

N = 7
nodes = st.integers(0, N - 1)
arc_lists = st.lists(st.tuples(nodes, nodes, st.sampled_from((1, -1, 0)), st.integers(0, 1)), max_size=40)


def random_graph(seed: int, n: int = 60, m: int = 170) -> SignedArcs:
    """Arcs of three signs between popular and less popular nodes; no two alike, none to itself."""
    rng = np.random.default_rng(seed)
    popularity = rng.pareto(1.5, n) + 0.2
    ends = rng.choice(n, (20 * m, 2), p=popularity / popularity.sum())
    ends = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    ends = ends[rng.permutation(len(ends))[:m]]
    return SignedArcs(n, *ends.T, rng.choice([1, 1, -1, 0], len(ends)))


def degrees(arcs: SignedArcs, groups: np.ndarray) -> Counter[tuple[str, int, int, int]]:
    """How many arcs of each sign and group leave and enter each node."""
    rows = list(
        zip(arcs.source.tolist(), arcs.target.tolist(), arcs.sign.tolist(), groups.tolist(), strict=True)
    )
    return Counter(
        [("out", s, sign, g) for s, _, sign, g in rows] + [("in", t, sign, g) for _, t, sign, g in rows]
    )


def alike(arcs: SignedArcs, groups: np.ndarray) -> int:
    """Arcs that have another before them with the same ends, sign and group."""
    rows = list(
        zip(arcs.source.tolist(), arcs.target.tolist(), arcs.sign.tolist(), groups.tolist(), strict=True)
    )
    return len(rows) - len(set(rows))


# Shuffles ----------------------------------------------------------------------------------------


@given(arc_lists, st.integers(0, 5))
def test_a_shuffle_keeps_signed_degrees_and_makes_no_loop(
    rows: list[tuple[int, int, int, int]], seed: int
) -> None:
    columns = np.array(rows, dtype=int).reshape(-1, 4).T
    arcs, groups = SignedArcs(N, *columns[:3]), columns[3]
    found = shuffle(arcs, np.random.default_rng(seed), groups)
    assert degrees(found, groups) == degrees(arcs, groups)
    loops = [int((a.source == a.target).sum()) for a in (found, arcs)]
    assert loops[0] == loops[1]


@given(
    st.lists(st.tuples(nodes, nodes, st.sampled_from((1, -1, 0))), max_size=40, unique=True),
    st.integers(0, 5),
)
def test_a_shuffle_lays_no_arc_upon_another(rows: list[tuple[int, int, int]], seed: int) -> None:
    """However dense the graph is: in the end by edge switches."""
    arcs = SignedArcs(N, *np.array(rows, dtype=int).reshape(-1, 3).T)
    none = np.zeros(arcs.n_arcs, dtype=int)
    found = shuffle(arcs, np.random.default_rng(seed))
    assert alike(arcs, none) == 0
    assert alike(found, none) == 0


def test_a_graph_with_one_way_to_be_joined_comes_back_as_it_is() -> None:
    ends = np.array(list(permutations(range(5), 2)))
    arcs = SignedArcs(5, *ends.T, np.ones(len(ends)))
    assert shuffle(arcs, np.random.default_rng(0)).target.tolist() == arcs.target.tolist()


def test_arcs_that_are_alike_are_shuffled_layer_by_layer() -> None:
    arcs = SignedArcs(6, [0, 0, 1, 2, 2], [3, 3, 4, 5, 5], [1] * 5)
    rows = {tuple(sorted(t)) for t in Nulls.draw(arcs, 50, seed=1).targets[:, [0, 1]].tolist()}
    # Never 3, 4: the two arcs of one layer are 0 → 3 and 2 → 5 in some order, so is the other with 1 → 4.
    assert rows == {(3, 3), (3, 4), (3, 5), (4, 5), (5, 5)}


def test_every_graph_of_the_same_degrees_is_as_likely() -> None:
    arcs = SignedArcs(5, [0, 0, 1, 1, 2, 3], [1, 2, 2, 3, 3, 4], [1] * 6)
    source = arcs.source.tolist()
    possible = {tuple(sorted(zip(source, p, strict=True))) for p in permutations(arcs.target.tolist())}
    possible = {graph for graph in possible if len(set(graph)) == 6 and all(a != b for a, b in graph)}
    drawn = Nulls.draw(arcs, 3000, seed=1).targets.tolist()
    seen = Counter(tuple(sorted(zip(source, row, strict=True))) for row in drawn)
    assert set(seen) == possible
    assert stats.chisquare(list(seen.values())).pvalue > 0.01


def test_shuffles_forget_how_the_graph_was_joined() -> None:
    """A shuffle shares with the graph what two graphs of these degrees share by chance, out × in / m."""
    arcs = random_graph(3)
    expected = 0.0
    for sign in (1, -1, 0):
        of = arcs.sign == sign
        out = np.bincount(arcs.source[of], minlength=arcs.n)
        into = np.bincount(arcs.target[of], minlength=arcs.n)
        expected += float((out[arcs.source[of]] * into[arcs.target[of]] / of.sum()).clip(max=1).sum())
    key = (arcs.sign.astype(int) + 1) * 10_000 + arcs.source * 100
    shared = [np.isin(key + row, key + arcs.target).sum() for row in Nulls.draw(arcs, 200, seed=1).targets]
    assert 0.75 * expected < np.mean(shared) < 1.25 * expected
    assert np.mean(shared) < 0.5 * arcs.n_arcs


def test_the_order_of_the_arcs_plays_no_part_and_the_seed_does() -> None:
    arcs = random_graph(1)
    turned = SignedArcs(arcs.n, arcs.source[::-1], arcs.target[::-1], arcs.sign[::-1])
    drawn = Nulls.draw(arcs, 20, seed=4).targets
    assert np.array_equal(drawn, Nulls.draw(turned, 20, seed=4).targets[:, ::-1])
    assert not np.array_equal(drawn, Nulls.draw(arcs, 20, seed=5).targets)


def test_a_group_keeps_its_targets_to_itself() -> None:
    arcs = SignedArcs(8, [0, 1, 2, 3], [4, 5, 6, 7], [1] * 4)
    targets = Nulls.draw(arcs, 50, seed=1, groups=[0, 0, 1, 1]).targets
    assert set(targets[:, 0].tolist()) == {4, 5}
    assert set(targets[:, 3].tolist()) == {6, 7}


# Counts ------------------------------------------------------------------------------------------


def one_shuffle(nulls: Nulls, i: int) -> SignedArcs:
    arcs = nulls.arcs
    return SignedArcs(arcs.n, arcs.source, nulls.targets[i], arcs.sign, arcs.weight)


def test_counts_of_a_pair_are_paths_of_each_shuffled_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.engine.nulls.CHUNK", 2000)  # Several pieces, the last one short.
    arcs = random_graph(2)
    nulls = Nulls.draw(arcs, 25, seed=1)
    source, target = np.argsort(-np.bincount(arcs.source))[[0, 1]].tolist()
    found = nulls.counts([source], [target], 3)
    for i in range(-1, 25):
        graph = arcs if i < 0 else one_shuffle(nulls, i)
        paths = path_counts_between(graph, source, target, 3)
        for sign, counted in ((1, paths.plus), (-1, paths.minus), (0, paths.unknown)):
            mine = [found.value(sign, [k]) if i < 0 else found.values(sign, [k])[i] for k in (1, 2, 3)]
            assert mine == counted.tolist()


def test_scores_are_walks_of_the_damped_graph() -> None:
    plain = random_graph(2)
    weight = np.random.default_rng(1).random(plain.n_arcs)
    arcs = SignedArcs(plain.n, plain.source, plain.target, plain.sign, weight)
    nulls = Nulls.draw(arcs, 5, seed=1)
    found = nulls.counts([3], [4], 2, damping=0.4)
    for i in range(5):
        walks = walk_counts(one_shuffle(nulls, i).damped(0.4), [3], 2)
        assert found.values(1)[i] == pytest.approx(walks.plus[:, 4].sum())
    assert found.value(1) == pytest.approx(walk_counts(arcs.damped(0.4), [3], 2).plus[:, 4].sum())


def test_a_metapath_counts_walks_whose_inner_nodes_are_of_its_kinds() -> None:
    arcs = SignedArcs(6, [0, 0, 1, 2, 1], [1, 2, 3, 3, 2], [1, -1, -1, -1, 1])
    nulls = Nulls.draw(arcs, 9, seed=1)
    assert nulls.counts([0], [3], 3).value() == 3
    assert nulls.counts_along([0], [3], [[1, 4]]).value() == 1
    found = nulls.counts_along([0], [3], [[1], [2]])
    assert (found.lengths, found.value(1), found.value(-1)) == ((3,), 0, 1)


def test_walks_between_sets_pass_through_neither() -> None:
    arcs = SignedArcs(5, [0, 1, 2, 3], [1, 2, 3, 4], [1] * 4)
    nulls = Nulls.draw(arcs, 3, seed=1)
    assert nulls.counts([0], [4], 4).value() == 1
    assert nulls.counts([0, 1], [4], 4).value(lengths=[3]) == 1
    assert nulls.counts([0, 1], [4], 4).value() == 1
    assert nulls.counts([0], [3, 4], 4).value(lengths=[4]) == 0


def test_p_value_is_the_share_of_shuffles_that_reach_what_is_observed() -> None:
    from kg.engine.matrices import SignedCounts

    zero = np.zeros((4, 2))
    plus = np.array([[0.0, 1], [1, 1], [2, 3], [5, 0]])
    counts = SignedCounts(np.array([1.0, 2]), np.zeros(2), np.zeros(2))
    found = NullDistribution((1, 2), counts, SignedCounts(plus, zero, zero))
    assert found.p_value(1) == (1 + 2) / 5
    assert found.p_value(1, [2]) == (1 + 1) / 5
    assert found.p_value(-1) == 1
    assert found.expected(1, [1]) == 2
    with pytest.raises(BadInput, match=r"lengths \[3\]: counted were lengths \(1, 2\)"):
        found.p_value(1, [3])
    with pytest.raises(BadInput, match="sign 2"):
        found.p_value(2)


def test_more_routes_than_popularity_gives_stand_out() -> None:
    """Eight nodes that all lead from 0 to 9, in a graph whose other arcs go elsewhere."""
    middle = np.arange(1, 9)
    away = np.arange(10, 90)
    rng = np.random.default_rng(1)
    source = np.concatenate((np.zeros(8), middle, away))
    target = np.concatenate((middle, np.full(8, 9), np.roll(away, 1)))
    sign = np.concatenate((np.ones(8), -np.ones(8), rng.choice([1, -1], 80)))
    arcs = SignedArcs(90, source.astype(int), target.astype(int), sign)
    found = Nulls.draw(arcs, 199, seed=1).counts([0], [9], 2)
    assert found.value(-1) == 8
    assert found.expected(-1) < 2
    assert found.p_value(-1) == 1 / 200
    assert found.p_value(1) == 1


def spread(found: NullDistribution, sign: int, rng: np.random.Generator) -> float:
    """The p-value with ties shared out at random: exactly uniform if the observed is one of its shuffles."""
    values, observed = found.values(sign), found.value(sign)
    more, ties = int((values > observed).sum()), int((values == observed).sum())
    return float((more + rng.random() * (1 + ties)) / (1 + len(values)))


def test_on_a_shuffled_graph_p_values_are_uniform() -> None:
    start, rng = random_graph(7, n=40, m=140), np.random.default_rng(11)
    popular = np.argsort(-np.bincount(start.source, minlength=40))
    uniform, plain = [], []
    for i in range(100):
        observed = shuffle(start, rng)
        nulls = Nulls.draw(observed, 99, seed=i)
        for source, target, sign in ((0, 20, 1), (1, 30, -1), (5, 2, 1), (12, 0, 0)):
            found = nulls.counts([popular[source]], [popular[target]], 3)
            uniform.append(spread(found, sign, rng))
            plain.append(found.p_value(sign))
    assert stats.kstest(uniform, "uniform").pvalue > 0.05
    for level in (0.05, 0.1, 0.25, 0.5):
        assert np.mean(np.array(plain) <= level) <= level + 2.5 * np.sqrt(level * (1 - level) / len(plain))
    # Against targets drawn without regard to degrees they are not: popularity shows.
    careless = [
        Nulls(observed, rng.integers(0, 40, (99, start.n_arcs), dtype=np.int32))
        for observed in (shuffle(start, rng) for _ in range(100))
    ]
    found_popular = [spread(n.counts([popular[0]], [popular[1]], 3), 1, rng) for n in careless]
    assert stats.kstest(found_popular, "uniform").pvalue < 0.001


# Files and wrong use -----------------------------------------------------------------------------


def test_shuffles_are_kept_and_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arcs = random_graph(1)
    drawn = Nulls.cached(tmp_path / "new", arcs, 10, seed=3)
    (file,) = (tmp_path / "new").iterdir()
    with monkeypatch.context() as patch:
        patch.setattr("kg.engine.nulls._draw", None)
        again = Nulls.cached(tmp_path / "new", arcs, 10, seed=3)
    assert np.array_equal(again.targets, drawn.targets)
    for other in ({"n": 11, "seed": 3}, {"n": 10, "seed": 4}, {"n": 10, "seed": 3, "groups": arcs.source}):
        Nulls.cached(tmp_path / "new", arcs, **other)
    assert len(list((tmp_path / "new").iterdir())) == 4
    file.write_bytes(b"PK half a file")
    assert np.array_equal(Nulls.cached(tmp_path / "new", arcs, 10, seed=3).targets, drawn.targets)
    assert np.array_equal(Nulls.load(file, arcs).targets, drawn.targets)


def test_what_is_no_file_of_these_shuffles_is_refused(tmp_path: Path) -> None:
    arcs = random_graph(1)
    with pytest.raises(StoreMissing, match="no shuffles in"):
        Nulls.load(tmp_path / "none.npz", arcs)
    for data in (b"", b"text", b"PK half"):
        (tmp_path / "bad.npz").write_bytes(data)
        with pytest.raises(StoreDamaged, match="holds no shuffles"):
            Nulls.load(tmp_path / "bad.npz", arcs)
    Nulls.draw(random_graph(2), 3, seed=1).save(tmp_path / "other.npz")
    with pytest.raises(StoreDamaged, match="shuffles of another graph"):
        Nulls.load(tmp_path / "other.npz", arcs)


def test_where_nothing_can_be_written_shuffles_are_drawn_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    arcs = random_graph(1)
    with pytest.raises(NotWritable, match="cannot write"):
        Nulls.draw(arcs, 2, seed=1).save(tmp_path / "file" / "x.npz")
    assert Nulls.cached(tmp_path / "file", arcs, 2, seed=1).n_shuffles == 2


def test_wrong_use_is_told() -> None:
    arcs = random_graph(1)
    nulls = Nulls.draw(arcs, 2, seed=1)
    with pytest.raises(BadInput, match="none that is both"):
        nulls.counts([1, 2], [2], 3)
    with pytest.raises(BadInput, match="at least one node each"):
        nulls.counts([], [2], 3)
    with pytest.raises(BadInput, match="choose 1 or more steps"):
        nulls.counts([1], [2], 0)
    with pytest.raises(BadInput, match="0 shuffles of 170 arcs"):
        Nulls.draw(arcs, 0, seed=1)
    with pytest.raises(BadInput, match="ask for 1 to"):
        Nulls.draw(arcs, 10**8, seed=1)
    with pytest.raises(BadInput, match="one whole number for each of the 170 arcs"):
        Nulls.draw(arcs, 2, seed=1, groups=[1])


def test_a_graph_without_arcs_has_shuffles_without_arcs() -> None:
    nulls = Nulls.draw(SignedArcs(2, [], [], []), 3, seed=1)
    assert nulls.targets.shape == (3, 0)
    assert nulls.counts([0], [1], 2).p_value() == 1
