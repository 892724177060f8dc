"""Whether a connection is more than popularity."""

from __future__ import annotations

from pathlib import Path

import pytest

import kg
from kg.errors import BadInput
from kg.graph import Graph
from kg.mechanism.popularity import of_path, of_question, shuffles_of
from kg.mechanism.query import PathQuery


def test_walks_between_two_ends_are_counted_by_sign(tmp_path: Path) -> None:
    rows = [
        ("a", "p", "+", "b"),
        ("b", "p", "+", "z"),
        ("a", "q", "-", "z"),
        ("c", "p", "+", "d"),
        ("d", "p", "+", "e"),
    ]
    g = kg.Graph.from_edges(rows)
    nulls = shuffles_of(g.engine, tmp_path, seed=1, n=200)
    question, _ = g.question(PathQuery("a", "z", sign="+"))
    found = of_question(g.engine, nulls, question)
    assert (found.observed, found.n_shuffles) == (1, 200)
    # The shuffles join five nodes with three arcs of p each; most do not lead from a over one node to z.
    assert 0 < found.expected < 1
    assert 1 / 201 <= found.p_value < 1
    minus, _ = g.question(PathQuery("a", "z", sign="-"))
    # The only arc of its predicate cannot be shuffled: what was seen is what degrees give.
    assert of_question(g.engine, nulls, minus).p_value == 1
    path = g.paths("a", "z", sign="+")[0]
    assert of_path(g.engine, nulls, path).observed == 1
    nothing, _ = g.question(PathQuery("e", "a"))
    assert of_question(g.engine, nulls, nothing).p_value == 1


def test_a_pattern_is_a_metapath(real: Graph, tmp_path: Path) -> None:
    nulls = shuffles_of(real.engine, tmp_path, seed=1, n=50)
    query = PathQuery.parse("'MSC > mediator > immune cell > fibrosis' --sign -")
    question, _ = real.question(query)
    found = of_question(real.engine, nulls, question)
    assert found.observed == len(real.paths(query))
    assert 1 / 51 <= found.p_value <= 1
    with pytest.raises(BadInput, match="--p-values take two ends"):
        of_question(real.engine, nulls, real.question(PathQuery("MSC", "fibrosis", via=("Treg",)))[0])


def test_the_same_graph_has_the_same_shuffles(tiny: Graph, tmp_path: Path) -> None:
    one = shuffles_of(tiny.engine, tmp_path / "a", seed=3, n=20)
    other = shuffles_of(tiny.engine, tmp_path / "b", seed=3, n=20)
    assert (one.targets == other.targets).all()
    assert len(list((tmp_path / "a").iterdir())) == 1
    assert (shuffles_of(tiny.engine, tmp_path / "a", seed=3, n=20).targets == one.targets).all()
