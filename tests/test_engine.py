"""The engine against brute force, small graphs and large ones, enumeration and best first alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kg.engine.arcs
from kg.engine import Arcs, Ask, TooMany, Walk, best_first, count_bound, enumerate_walks

N = 8
FIELDS = (0b11, 0b1100, 0b10000, 0b100000)
MASKS = (0b111111, 0b010101, 0b001001, 0b100110, 0b110011)


@st.composite
def graphs(draw: st.DrawFn) -> Arcs:
    """Signed multigraphs: parallel arcs of other signs, weights that tie, contexts that break."""
    ends = st.tuples(st.integers(0, N - 1), st.integers(0, N - 1), st.sampled_from([1, -1, 0]))
    rows = sorted(draw(st.lists(ends.filter(lambda r: r[0] != r[1]), max_size=26, unique=True)))
    n = len(rows)
    weights = st.lists(st.sampled_from([0.1, 0.5, 0.9, 1.0]), min_size=n, max_size=n)
    masks = st.lists(st.sampled_from(MASKS), min_size=n, max_size=n)
    return Arcs(
        N,
        [r[0] for r in rows],
        [r[1] for r in rows],
        [r[2] for r in rows],
        draw(st.none() | weights),
        draw(st.none() | st.builds(lambda m: (m, FIELDS), masks)),
    )


some = st.frozensets(st.integers(0, N - 1), min_size=1, max_size=3)
asks = st.builds(
    Ask, some, some, st.integers(1, 5),
    via=st.lists(some, max_size=2).map(tuple),
    avoid=st.frozensets(st.integers(0, N - 1), max_size=1),
    sign=st.sampled_from([None, None, 1, -1, 0]),
    at=st.dictionaries(st.integers(0, 3), st.frozensets(st.integers(0, N - 1), min_size=2), max_size=2),
    exact=st.booleans(),
    coherent=st.booleans(),
)  # fmt: skip


def brute_force(arcs: Arcs, ask: Ask) -> set[Walk]:
    """Every walk, by trying every arc at every step."""

    def grow(node: int, walk: Walk, seen: frozenset[int]) -> Iterator[Walk]:
        for arc in range(len(arcs)):
            head, place = arcs.target[arc], len(walk) + 1
            if arcs.source[arc] != node or head in seen | ask.avoid or place > ask.max_length:
                continue
            if place in ask.at and head not in ask.at[place]:
                continue
            yield (*walk, arc)
            yield from grow(head, (*walk, arc), seen | {head})

    def answers(walk: Walk) -> bool:
        inner = {arcs.target[a] for a in walk[:-1]}
        return (
            arcs.target[walk[-1]] in ask.targets
            and (not ask.exact or len(walk) == ask.max_length)
            and all(inner & via for via in ask.via)
            and ask.sign in (None, arcs.sign_of(walk))
            and (not ask.coherent or arcs.is_coherent(walk))
        )

    starts = ask.sources - ask.avoid
    if 0 in ask.at:
        starts &= ask.at[0]
    return {w for s in starts for w in grow(s, (), frozenset({s})) if answers(w)}


def as_large(arcs: Arcs, monkeypatch: pytest.MonkeyPatch) -> Arcs:
    """The same graph, treated as one of many arcs."""
    monkeypatch.setattr(kg.engine.arcs, "SMALL", -1)
    return replace(arcs)


@given(graphs(), asks)
@settings(max_examples=300)
def test_enumeration_equals_brute_force_under_every_constraint(arcs: Arcs, ask: Ask) -> None:
    expected = brute_force(arcs, ask)
    found = list(enumerate_walks(arcs, ask))
    assert len(found) == len(expected)
    assert set(found) == expected
    assert count_bound(arcs, ask) >= len(expected)
    order = [(-arcs.score(w), len(w), w) for w in found]
    assert order == sorted(order)


@given(graphs(), asks)
@settings(max_examples=300)
def test_best_first_gives_the_same_walks_in_the_same_order(arcs: Arcs, ask: Ask) -> None:
    assert list(best_first(arcs, ask)) == list(enumerate_walks(arcs, ask))


@given(graphs(), asks)
@settings(max_examples=300)
def test_arrays_give_what_plain_python_gives(arcs: Arcs, ask: Ask) -> None:
    small = list(enumerate_walks(arcs, ask))
    with pytest.MonkeyPatch.context() as patch:
        large = as_large(arcs, patch)
        assert list(enumerate_walks(large, ask)) == small
        assert set(best_first(large, ask)) == set(small)
        assert count_bound(large, ask) >= len(small)


def test_a_score_by_hand() -> None:
    """0 → 1 → 2, where one more arc leaves 1: weights 0.5 and 0.8, node 1 damped by (1 in × 2 out)^-0.25."""
    arcs = Arcs(4, [0, 1, 1], [1, 2, 3], [1, -1, 1], [0.5, 0.8, 1.0])
    (walk,) = enumerate_walks(arcs, Ask(frozenset({0}), frozenset({2}), 3))
    assert walk == (0, 1)
    assert arcs.score(walk) == pytest.approx(0.5 * 0.8 * 2**-0.25)
    assert arcs.sign_of(walk) == -1
    # The two arcs share nothing on the first axis.
    broken = replace(arcs, contexts=([0b111101, 0b111110, 0b111111], FIELDS))
    assert broken.score(walk) == pytest.approx(0.5 * 0.8 * 2**-0.25 * 0.5)
    assert not broken.is_coherent(walk)


def test_more_walks_than_the_cap_are_not_enumerated() -> None:
    # Three layers of ten nodes, every arc doubled by one of the other sign.
    layers = [[0], range(1, 11), range(11, 21), [21]]
    rows = sorted((a, b, s) for left, right in pairwise(layers) for a in left for b in right for s in (1, -1))
    arcs = Arcs(22, [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows])
    ask = Ask(frozenset({0}), frozenset({21}), 3)
    assert len(enumerate_walks(arcs, ask)) == count_bound(arcs, ask) == 10 * 10 * 2**3
    with pytest.raises(TooMany):
        enumerate_walks(arcs, ask, cap=700)
    with pytest.MonkeyPatch.context() as patch:
        large = as_large(arcs, patch)
        assert len(enumerate_walks(large, ask)) == 800
        with pytest.raises(TooMany):
            enumerate_walks(large, ask, cap=700)
