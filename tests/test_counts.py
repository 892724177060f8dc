"""Counts without enumeration equal what enumeration finds, and published numbers come out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.engine.counts import (
    SignedArcs,
    path_counts,
    path_counts_between,
    upper_bound,
    walk_counts,
    walk_counts_between,
)
from kg.engine.matrices import SignedCounts
from kg.engine.metapaths import Hop, degree_weighted_counts, signed_degree_weighted_counts
from kg.errors import BadInput

Arc = tuple[int, int, int]
N = 6
nodes = st.integers(0, N - 1)
arc = st.tuples(nodes, nodes, st.sampled_from((1, -1, 0)))
# Thin graphs, and thick ones in which walks come back in every way.
arc_lists = st.lists(arc, max_size=12) | st.lists(arc, min_size=18, max_size=30)


def graph_of(arcs: Sequence[Arc], n: int = N, weight: Sequence[float] | None = None) -> SignedArcs:
    columns = np.array(arcs, dtype=int).reshape(-1, 3).T
    return SignedArcs(n, *columns, None if weight is None else np.array(weight))


def walks(arcs: Sequence[Arc], start: int, most: int, simple: bool) -> Iterator[tuple[int, ...]]:
    """Every walk as numbers of arcs, by trying all continuations; without arcs from a node to itself."""

    def grow(at: int, walk: tuple[int, ...], seen: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if walk:
            yield walk
        if len(walk) < most:
            for i, (source, target, _) in enumerate(arcs):
                if source == at and target != at and not (simple and target in seen):
                    yield from grow(target, (*walk, i), (*seen, target))

    return grow(start, (), (start,))


def tally(
    arcs: Sequence[Arc], start: int, most: int, simple: bool, avoid: frozenset[int] = frozenset()
) -> np.ndarray:
    """Counted one by one: [plus, minus, unknown] × length × end."""
    found = np.zeros((3, most, N))
    for walk in walks(arcs, start, most, simple):
        visited = {start, *(arcs[i][1] for i in walk)}
        if not visited & avoid:
            sign = int(np.prod([arcs[i][2] for i in walk]))
            found[(0, 1, 2)[{1: 0, -1: 1, 0: 2}[sign]], len(walk) - 1, arcs[walk[-1]][1]] += 1
    return found


def stacked(counts: SignedCounts[np.ndarray]) -> np.ndarray:
    return np.array([counts.plus, counts.minus, counts.unknown])


# Walks and paths ---------------------------------------------------------------------------------


@given(arc_lists, nodes, st.frozensets(nodes, max_size=2))
def test_walks_are_those_found_one_by_one(arcs: list[Arc], start: int, avoid: frozenset[int]) -> None:
    expected = tally(arcs, start, 3, simple=False, avoid=avoid)
    assert np.array_equal(stacked(walk_counts(graph_of(arcs), [start], 3, avoid=avoid)), expected)


@given(arc_lists, st.frozensets(nodes, max_size=3))
def test_walks_backward_are_walks_of_the_reversed_graph(arcs: list[Arc], starts: frozenset[int]) -> None:
    turned = [(t, s, sign) for s, t, sign in arcs]
    backward = walk_counts(graph_of(arcs), starts, 4, backward=True)
    assert np.array_equal(stacked(backward), stacked(walk_counts(graph_of(turned), starts, 4)))


@given(arc_lists, nodes, st.frozensets(nodes, max_size=2))
def test_paths_to_all_are_those_found_one_by_one(arcs: list[Arc], start: int, avoid: frozenset[int]) -> None:
    expected = tally(arcs, start, 4, simple=True, avoid=avoid)
    for most in range(1, 5):
        found = stacked(path_counts(graph_of(arcs), start, most, avoid=avoid))
        assert np.array_equal(found, expected[:, :most])


@given(arc_lists, nodes, nodes, st.frozensets(nodes, max_size=2))
def test_paths_of_a_pair_are_those_found_one_by_one(
    arcs: list[Arc], source: int, target: int, avoid: frozenset[int]
) -> None:
    expected = tally(arcs, source, 5, simple=True, avoid=avoid)[:, :, target]
    for most in range(1, 6):
        found = stacked(path_counts_between(graph_of(arcs), source, target, most, avoid=avoid))
        assert np.array_equal(found, expected[:, :most])


@given(arc_lists, nodes, nodes)
def test_walks_of_a_pair_bound_its_paths_and_equal_them_to_3_steps(
    arcs: list[Arc], source: int, target: int
) -> None:
    paths = tally(arcs, source, 5, simple=True)[:, :, target]
    bound = stacked(walk_counts_between(graph_of(arcs), source, target, 7))
    assert np.array_equal(bound[:, :3], paths[:, :3])
    assert (bound[:, :5] >= paths).all()


@given(arc_lists, st.frozensets(nodes, min_size=1), st.frozensets(nodes, min_size=1), nodes)
def test_no_more_paths_than_the_upper_bound(
    arcs: list[Arc], sources: frozenset[int], targets: frozenset[int], avoided: int
) -> None:
    avoid = frozenset({avoided})
    each = [tally(arcs, s, 4, simple=True, avoid=avoid)[:, :, sorted(targets - {s})] for s in sources]
    paths = np.sum([found.sum(axis=2) for found in each], axis=0)
    bound = stacked(upper_bound(graph_of(arcs), sources, targets, 4, avoid=avoid))
    assert np.array_equal(bound[:, :2], paths[:, :2])
    assert (bound >= paths).all()


def test_a_walk_counts_as_the_product_of_its_weights() -> None:
    arcs = graph_of([(0, 1, 1), (1, 2, -1), (0, 2, -1)], weight=[0.5, 0.25, 0.75])
    counts = walk_counts(arcs, [0], 2)
    assert counts.minus[:, 2].tolist() == [0.75, 0.125]
    assert counts.plus[:, 1].tolist() == [0.5, 0.0]


def test_damping_multiplies_each_step_by_the_degrees_of_its_ends() -> None:
    arcs = graph_of([(0, 1, 1), (0, 2, 1), (3, 2, -1)], weight=[1.0, 0.5, 1.0]).damped(0.5)
    assert arcs.weight == pytest.approx([2**-0.5, 0.5 * 4**-0.5, 2**-0.5])


def test_a_graph_large_enough_to_read_rows_only_counts_the_same() -> None:
    rng = np.random.default_rng(5)
    n, m = 3_000, 400_000
    arcs = SignedArcs(n, *rng.integers(0, n, (2, m)), rng.integers(-1, 2, m))
    counts = walk_counts(arcs, [7], 3)
    x = np.zeros(n)
    x[7] = 1
    for k in range(3):
        x = arcs.all.T @ x
        assert np.array_equal(counts.plus[k] + counts.minus[k] + counts.unknown[k], x)
    backward = walk_counts(arcs, [9], 3, backward=True)
    assert np.array_equal(backward.minus[:, 7], counts.minus[:, 9])
    assert np.array_equal(path_counts(arcs, 7, 4).minus[:, 9], path_counts_between(arcs, 7, 9, 4).minus)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: SignedArcs(2, [0], [2], [1]), "target: nodes are whole numbers from 0 to 1"),
        (lambda: SignedArcs(2, [-1], [1], [1]), "source: nodes are whole numbers from 0 to 1"),
        (lambda: SignedArcs(2, [0.5], [1], [1]), "source: nodes are whole numbers"),
        (lambda: SignedArcs(2, [0], [1], [2]), "signs: use 1, -1, or 0"),
        (lambda: SignedArcs(2, [0], [1], [1, 1]), "same length"),
        (lambda: SignedArcs(2, [0], [1], [1], [-0.5]), "weights: use numbers of 0 or more"),
        (lambda: walk_counts(graph_of([]), [N], 2), "nodes are whole numbers"),
        (lambda: walk_counts(graph_of([]), [0], 0), "choose 1 or more steps"),
        (lambda: path_counts(graph_of([]), 0, 5), "at most 4"),
        (lambda: path_counts_between(graph_of([]), 0, 1, 6), "at most 5"),
    ],
)
def test_what_cannot_be_counted_is_refused(make: object, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        make()  # type: ignore[operator]


# Metapaths ---------------------------------------------------------------------------------------

GENES = ("CXCR4", "IL2RA", "IRF1", "IRF8", "ITCH", "STAT3", "SUMO1")
DISEASES = ("Crohn's Disease", "Multiple Sclerosis")
TISSUES = ("Leukocyte", "Lung")
KINDS = {"G": GENES, "D": DISEASES, "T": TISSUES}


def hop(kinds: str, *pairs: tuple[str, str]) -> Hop:
    source, target = (KINDS[k] for k in kinds)
    ends = np.array([(source.index(a), target.index(b)) for a, b in pairs]).T
    return Hop(*kinds, len(source), len(target), *ends)


def published() -> dict[str, Hop]:
    """The network of Figure 2C of Himmelstein & Baranzini 2015, doi 10.1371/journal.pcbi.1004259.g002."""
    partners = [("IRF1", g) for g in ("SUMO1", "IL2RA", "IRF8", "CXCR4")] + [("ITCH", "CXCR4")]
    hops = {
        "GiG": hop("GG", *partners, *((b, a) for a, b in partners)),
        "GaD": hop(
            "GD",
            ("IRF1", "Crohn's Disease"),
            ("STAT3", "Crohn's Disease"),
            *((g, "Multiple Sclerosis") for g in ("STAT3", "IL2RA", "IRF8", "CXCR4")),
        ),
        "GeT": hop("GT", ("IRF1", "Lung"), ("IRF1", "Leukocyte")),
        "DlT": hop("DT", ("Multiple Sclerosis", "Leukocyte")),
    }
    return hops | {name[::-1]: h.reversed for name, h in hops.items()}


def along(metapath: str, damping: float) -> np.ndarray:
    hops = published()
    return degree_weighted_counts(
        [hops[metapath[i : i + 3]] for i in range(0, len(metapath) - 2, 2)], damping
    ).toarray()


@pytest.mark.parametrize(
    ("metapath", "n_paths", "expected"),
    [("GeTlD", 1, 2**-0.5), ("GiGaD", 3, 0.25 + 0.25 + 32**-0.5)],
)
def test_published_example_of_degree_weighted_path_counts(
    metapath: str, n_paths: int, expected: float
) -> None:
    """IRF1 and multiple sclerosis with damping 0.5: Figure 2D, doi 10.1371/journal.pcbi.1004259.g002."""
    irf1, ms = GENES.index("IRF1"), DISEASES.index("Multiple Sclerosis")
    assert along(metapath, 0)[irf1, ms] == n_paths
    assert along(metapath, 0.5)[irf1, ms] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("metapath", "expected"),
    [
        ("DaGeT", {("Crohn's Disease", "Leukocyte"): 0.5, ("Crohn's Disease", "Lung"): 0.5}),
        (
            "GaDaG",
            {
                ("CXCR4", "IL2RA"): 0.25,
                ("CXCR4", "IRF8"): 0.25,
                ("CXCR4", "STAT3"): 0.1767767,
                ("IL2RA", "IRF8"): 0.25,
                ("IL2RA", "STAT3"): 0.1767767,
                ("IRF1", "STAT3"): 0.35355339,
                ("IRF8", "STAT3"): 0.1767767,
            },
        ),
        (
            "GiGiG",
            {
                ("CXCR4", "IL2RA"): 0.1767767,
                ("CXCR4", "IRF8"): 0.1767767,
                ("CXCR4", "SUMO1"): 0.1767767,
                ("IL2RA", "IRF8"): 0.25,
                ("IL2RA", "SUMO1"): 0.25,
                ("IRF1", "ITCH"): 0.25,
                ("IRF8", "SUMO1"): 0.25,
            },
        ),
    ],
)
def test_tables_of_the_authors_own_package_come_out(
    metapath: str, expected: dict[tuple[str, str], float]
) -> None:
    """All pairs of the same network at damping 0.5, as hetmatpy 0.1.0 asserts them (hetio/hetmatpy,
    hetmatpy/tests/test_degree_weight.py); pairs not named are 0, and a metapath read backwards agrees."""
    rows, columns = KINDS[metapath[0]], KINDS[metapath[-1]]
    table = np.zeros((len(rows), len(columns)))
    for (a, b), value in expected.items():
        table[rows.index(a), columns.index(b)] = value
        if metapath == metapath[::-1]:
            table[columns.index(b), rows.index(a)] = value
    assert along(metapath, 0.5) == pytest.approx(table, abs=1e-7)
    assert along(metapath[::-1], 0.5) == pytest.approx(table.T, abs=1e-7)


SIZES = {"a": 4, "b": 3, "c": 2}


def random_hops(kinds: str, rng: np.random.Generator) -> list[Hop]:
    """Ten arcs a step, some of them parallel, between few nodes: walks that come back in every way."""
    hops = []
    for before, after in pairwise(kinds):
        ends = rng.integers(0, SIZES[before], 10), rng.integers(0, SIZES[after], 10)
        hops.append(Hop(before, after, SIZES[before], SIZES[after], *ends, rng.choice([1, -1, -1, 0], 10)))
    return hops


def one_by_one(hops: list[Hop], damping: float) -> np.ndarray:
    """[plus, minus, unknown] × first × last, path for path."""
    found = np.zeros((3, hops[0].n_source, hops[-1].n_target))
    steps = []
    for h in hops:
        rows = list(zip(h.source.tolist(), h.target.tolist(), h.sign.tolist(), strict=True))
        out, into = Counter(s for s, _, _ in rows), Counter(t for _, t, _ in rows)
        steps.append([(s, (h.target_kind, t), sign, (out[s] * into[t]) ** -damping) for s, t, sign in rows])

    def grow(seen: tuple[tuple[str, int], ...], sign: int, value: float) -> None:
        if len(seen) > len(hops):
            found[{1: 0, -1: 1, 0: 2}[sign], seen[0][1], seen[-1][1]] += value
            return
        for source, node, step, factor in steps[len(seen) - 1]:
            if source == seen[-1][1] and node not in seen:
                grow((*seen, node), sign * step, value * factor)

    for start in range(hops[0].n_source):
        grow(((hops[0].source_kind, start),), 1, 1.0)
    return found


@pytest.mark.parametrize("n_steps", [1, 2, 3, 4])
def test_degree_weighted_counts_are_those_found_one_by_one(n_steps: int) -> None:
    """For every metapath of three kinds; of 4 steps for every one of two kinds and some of three."""
    rng = np.random.default_rng(n_steps)
    patterns = ["".join(kinds) for kinds in product("abc" if n_steps < 4 else "ab", repeat=n_steps + 1)]
    patterns += ["abcba", "abcab", "abacb", "cabac", "bcacb"] if n_steps == 4 else []
    n_counted = 0
    for kinds in patterns:
        hops = random_hops(kinds, rng)
        damping = float(rng.choice([0.0, 0.4, 1.0]))
        expected = one_by_one(hops, damping)
        counts = signed_degree_weighted_counts(hops, damping)
        found = [counts.plus.toarray(), counts.minus.toarray(), counts.unknown.toarray()]
        assert np.array(found) == pytest.approx(expected, abs=1e-12), kinds
        assert degree_weighted_counts(hops, damping).toarray() == pytest.approx(
            expected.sum(axis=0), abs=1e-12
        )
        n_counted += int((expected > 0).sum())
    assert n_counted > 3 * len(patterns)


def test_a_product_written_out_in_full_and_a_sparse_one_agree() -> None:
    rng = np.random.default_rng(2)

    def strewn(a: str, b: str, n_a: int, n_b: int, m: int) -> Hop:
        return Hop(a, b, n_a, n_b, rng.integers(0, n_a, m), rng.integers(0, n_b, m))

    hops = [strewn("a", "b", 30, 200, 90), strewn("b", "c", 200, 20, 900), strewn("c", "b", 20, 200, 900)]
    hops.append(strewn("b", "d", 200, 5, 400))
    a, b, c, d = (h.all.toarray() * np.outer(*(np.maximum(x, 1) ** -0.4 for x in h.degrees)) for h in hops)
    expected = a @ b @ c @ d - (a * np.diag(b @ c)) @ d
    assert degree_weighted_counts(hops).toarray() == pytest.approx(expected)


def test_hops_are_cut_from_a_graph_by_kind_and_by_choice() -> None:
    arcs = graph_of([(0, 3, 1), (1, 4, -1), (0, 5, 1), (3, 0, 1), (1, 3, 0)])
    cut = Hop.between(arcs, ("cell", [1, 0]), ("process", [3, 4]), np.array([True, True, True, True, False]))
    assert cut.balance.toarray().tolist() == [[0, -1], [1, 0]]


def test_hops_that_do_not_join_are_refused() -> None:
    hops = published()
    with pytest.raises(
        BadInput, match=r"a hop to D \(2 nodes\) cannot be followed by one from T \(2 nodes\)"
    ):
        degree_weighted_counts([hops["GaD"], hops["TeG"]])
    with pytest.raises(BadInput, match="at least one hop"):
        degree_weighted_counts([])
    with pytest.raises(BadInput, match="G has 7 nodes or 6, not both"):
        Hop("G", "G", 7, 6, [], [])


def test_long_metapaths_are_counted_only_where_no_kind_returns() -> None:
    def one(a: str, b: str) -> Hop:
        return Hop(a, b, 2, 2, [0, 1], [0, 1])

    kinds = "abcdef"
    assert degree_weighted_counts([one(a, b) for a, b in pairwise(kinds)]).toarray().tolist() == [
        [1, 0],
        [0, 1],
    ]
    with pytest.raises(BadInput, match="metapath of 5 steps: b returns"):
        degree_weighted_counts([one(a, b) for a, b in pairwise("abcbef")])
