"""The same rows from kg.engine and from engines for graphs that no machine holds."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.engine import Arcs, Ask, enumerate_walks
from kg.engine.counts import SignedArcs, path_counts_between
from kg.engine.counts import walk_counts as engine_walk_counts
from kg.engine.metapaths import Hop as EngineHop
from kg.engine.metapaths import signed_degree_weighted_counts
from kg.errors import BadInput, NotWritable
from kg.graph import Graph
from kg.mechanism.edge_tables import EdgeTable, read_edges
from kg.scale.connect import Packed, connect
from kg.scale.counts import Hop, degree_weighted_counts, hypothesis_features, walk_counts
from kg.scale.pack import pack, statement_table
from kg.scale.paths import Asked, find_paths
from kg.scale.signature import score_signature

pytest.importorskip("ibis", reason="the extra scale brings Ibis")

SIGNS = {1: "+", -1: "-", 0: "?"}


def table_of(rows: list[dict[str, Any]]) -> Any:
    import pyarrow

    names = sorted({name for row in rows for name in row})
    return pyarrow.table({name: [row.get(name) for row in rows] for name in names})


def arcs_of(table: EdgeTable) -> Arcs:
    """The arcs of a table for kg.engine, without contexts, which engines do not score."""
    weight = [1.0] * len(table) if table.belief is None else table.belief.tolist()
    columns = (table.subject.tolist(), table.object.tolist(), table.sign.tolist())
    kept = [i for i in range(len(table)) if columns[0][i] != columns[1][i]]
    assert kept == list(range(len(table))), "kg.engine and engines leave loops out, here there are none"
    return Arcs(len(table.names), *columns, weight)


def random_rows(rng: random.Random, n: int, m: int) -> list[dict[str, Any]]:
    """Edges with hubs, parallel edges, unknown signs, beliefs and contexts."""
    rows = []
    while len(rows) < m:
        a, b = (int(n * rng.random() ** 2) for _ in range(2))
        if a != b:
            rows.append(
                {
                    "subject": f"n{a}", "predicate": rng.choice("pq"), "sign": rng.choice("+-?"), "object": f"n{b}",
                    "belief": round(rng.uniform(0.2, 1), 2), "species": rng.choice(["mouse", "human", "rat", None]),
                    "subject_category": "protein" if a % 2 else "cell", "object_category": "protein" if b % 2 else "cell",
                }
            )  # fmt: skip
    return rows


def packed_and_table(rows: list[dict[str, Any]], folder: Path) -> tuple[Packed, EdgeTable]:
    pack(table_of(rows), folder / "packed")
    return connect(f"duckdb://{folder / 'packed'}"), read_edges(rows)


@pytest.fixture(scope="module")
def random_graphs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[tuple[Packed, EdgeTable]]]:
    made = []
    for seed, (n, m) in enumerate([(6, 20), (9, 40), (12, 45)]):
        made.append(
            packed_and_table(random_rows(random.Random(seed), n, m), tmp_path_factory.mktemp("packed"))
        )
    yield made
    for packed, _ in made:
        packed.close()


def engine_rows(arcs: Arcs, ask: Ask) -> dict[tuple[int, ...], tuple[int, float]]:
    return {walk: (arcs.sign_of(walk), arcs.score(walk)) for walk in enumerate_walks(arcs, ask)}


def assert_same(found: Any, wanted: dict[tuple[int, ...], tuple[int, float]]) -> None:
    assert dict(zip(found.walks, found.signs, strict=True)) == {
        walk: sign for walk, (sign, _) in wanted.items()
    }
    assert found.scores == pytest.approx([wanted[walk][1] for walk in found.walks], abs=2e-9)
    order = [(-score, len(walk), walk) for score, walk in zip(found.scores, found.walks, strict=True)]
    assert order == sorted(order)


questions = st.builds(
    dict,
    graph=st.integers(0, 2),
    sources=st.frozensets(st.integers(0, 5), min_size=1, max_size=2),
    targets=st.frozensets(st.integers(0, 5), min_size=1, max_size=2),
    max_length=st.integers(1, 4),
    via=st.lists(st.frozensets(st.integers(0, 5), min_size=1, max_size=3), max_size=2).map(tuple),
    avoid=st.frozensets(st.integers(0, 5), max_size=1),
    sign=st.sampled_from([None, None, 1, -1, 0]),
    at=st.dictionaries(st.integers(0, 4), st.frozensets(st.integers(0, 5), min_size=2), max_size=1),
    exact=st.booleans(),
)


def compare_paths(graphs: list[tuple[Packed, EdgeTable]], question: dict[str, Any]) -> int:
    question = dict(question)
    packed, table = graphs[question.pop("graph")]
    question["at"] = {k: v for k, v in question["at"].items() if k <= question["max_length"]}
    found = find_paths(packed, Asked(**question))
    assert_same(found, engine_rows(arcs_of(table), Ask(**question)))
    return len(found)


@settings(max_examples=25)
@given(question=questions)
def test_the_paths_are_those_of_the_engine(
    random_graphs: list[tuple[Packed, EdgeTable]], question: dict[str, Any]
) -> None:
    compare_paths(random_graphs, question)


def test_all_pairs_of_a_graph_have_the_same_paths(random_graphs: list[tuple[Packed, EdgeTable]]) -> None:
    packed, table = random_graphs[2]
    everything = frozenset(range(len(table.names)))
    found = find_paths(packed, Asked(everything, everything, 4))
    wanted = engine_rows(arcs_of(table), Ask(everything, everything, 4))
    assert len(wanted) > 1000
    assert_same(found, wanted)


def test_steps_can_be_narrowed_by_predicate_belief_and_context(
    random_graphs: list[tuple[Packed, EdgeTable]],
) -> None:
    packed, table = random_graphs[1]
    edges = [
        (
            i,
            table.predicates[table.predicate[i]],
            float(table.belief[i]),
            table.contexts.get(i, {}).get("species"),
        )
        for i in range(len(table))
    ]
    ends = (frozenset({0, 1, 2}), frozenset({3, 4, 5, 6}))
    whole = enumerate_walks(arcs_of(table), Ask(*ends, 3))
    narrowings = [
        ({"predicates": frozenset("p")}, lambda e: e[1] == "p"),
        ({"min_belief": 0.5}, lambda e: e[2] >= 0.5),
        ({"context": {"species": frozenset({"mouse", "rat"})}}, lambda e: e[3] in ("mouse", "rat")),
        ({"no_return": frozenset({1})}, lambda e: table.object[e[0]] != 1),
    ]
    for options, allows in narrowings:
        kept = {walk for walk in whole if all(allows(edges[arc]) for arc in walk)}
        assert 0 < len(kept) < len(whole)
        assert set(find_paths(packed, Asked(*ends, 3, **options)).walks) == kept


def test_hubs_can_be_left_out(random_graphs: list[tuple[Packed, EdgeTable]]) -> None:
    packed, table = random_graphs[2]
    out, in_ = (np.bincount(column, minlength=len(table.names)) for column in (table.subject, table.object))
    through = np.maximum(out, 1) * np.maximum(in_, 1)
    most = int(np.median(through))
    ends = (frozenset({0, 1}), frozenset({3, 4}))
    whole = enumerate_walks(arcs_of(table), Ask(*ends, 4))
    kept = {walk for walk in whole if all(through[table.object[arc]] <= most for arc in walk[:-1])}
    assert 0 < len(kept) < len(whole)
    assert set(find_paths(packed, Asked(*ends, 4, max_through=most)).walks) == kept


def test_the_best_few_and_what_there_can_be_at_most(
    random_graphs: list[tuple[Packed, EdgeTable]], monkeypatch: pytest.MonkeyPatch
) -> None:
    packed, table = random_graphs[2]
    asked = Asked(frozenset({0, 1, 2}), frozenset({3, 4, 5}), 4)
    every = find_paths(packed, asked)
    best = find_paths(packed, asked, top=7)
    assert (best.walks, best.scores) == (every.walks[:7], every.scores[:7])
    assert every.at_most is None
    assert best.at_most is not None
    assert best.at_most >= len(every)
    # Beyond the cap the best few are given, as from kg.engine.
    monkeypatch.setattr("kg.scale.paths.FEW", 10)
    capped = find_paths(packed, asked, cap=20)
    assert (capped.walks, capped.at_most) == (every.walks[:10], best.at_most)
    with pytest.raises(BadInput, match="choose 1 to 4 steps"):
        Asked(frozenset({0}), frozenset({1}), 5)


# Counts -------------------------------------------------------------------------------------------


def signed_arcs(table: EdgeTable) -> SignedArcs:
    return SignedArcs(len(table.names), table.subject, table.object, table.sign)


def check_walk_counts(packed: Packed, table: EdgeTable) -> None:
    for backward in (False, True):
        wanted = engine_walk_counts(signed_arcs(table), [0, 2], 3, backward=backward, avoid=[1])
        found = walk_counts(packed, [0, 2], 3, backward=backward, avoid=[1]).to_pylist()
        by_place = {
            (row["length"] - 1, row["node"]): (row["plus"], row["minus"], row["unknown"]) for row in found
        }
        total = wanted.plus + wanted.minus + wanted.unknown
        assert set(by_place) == {(int(k), int(node)) for k, node in np.argwhere(total > 0)}
        for place, counts in by_place.items():
            assert counts == (wanted.plus[place], wanted.minus[place], wanted.unknown[place])


def test_walk_counts_are_those_of_the_engine(random_graphs: list[tuple[Packed, EdgeTable]]) -> None:
    for packed, table in random_graphs:
        check_walk_counts(packed, table)


def check_features(packed: Packed, table: EdgeTable, damping: float, length: int = 4) -> None:
    arcs = signed_arcs(table)
    weighed = arcs.damped(damping) if damping else arcs
    sources, targets = [0, 1, 2], [2, 3, 4]
    found = {
        (row["source"], row["target"]): row
        for row in hypothesis_features(packed, sources, targets, length, damping).to_pylist()
    }
    assert len(found) > 3
    for source in sources:
        for target in targets:
            wanted = path_counts_between(weighed, source, target, length)
            row = found.get((source, target), {})
            for k in range(length):
                for name in ("plus", "minus", "unknown"):
                    assert row.get(f"{name}_{k + 1}", 0) == pytest.approx(getattr(wanted, name)[k], abs=1e-9)


@pytest.mark.parametrize("damping", [0.0, 0.4])
def test_hypothesis_features_are_path_counts_of_the_engine(
    random_graphs: list[tuple[Packed, EdgeTable]], damping: float
) -> None:
    for packed, table in random_graphs[1:]:
        check_features(packed, table, damping)


METAPATHS = [
    [Hop("cell", "protein")],
    [Hop("cell", "protein"), Hop("protein", "cell", frozenset("p"))],
    [Hop("cell", "cell"), Hop("cell", "protein"), Hop("protein", "protein")],
    [Hop("cell", "cell"), Hop("cell", "cell"), Hop("cell", "cell"), Hop("cell", "cell")],
    [
        Hop("cell", "protein"),
        Hop("protein", "cell"),
        Hop("cell", "protein", frozenset("q")),
        Hop("protein", "cell"),
    ],
]


def check_metapath(
    packed: Packed, table: EdgeTable, hops: list[Hop], ends: dict[str, Any], damping: float
) -> int:
    kinds = {
        kind: [i for i, n in enumerate(table.names) if (int(n[1:]) % 2 == 1) == (kind == "protein")]
        for kind in ("cell", "protein")
    }
    arcs = signed_arcs(table)
    made = []
    for hop in hops:
        chosen = None
        if hop.predicates:
            wanted = [table.predicates.index(p) for p in hop.predicates if p in table.predicates]
            chosen = np.isin(table.predicate, wanted)
        made.append(
            EngineHop.between(arcs, (hop.source, kinds[hop.source]), (hop.target, kinds[hop.target]), chosen)
        )
    counts = signed_degree_weighted_counts(made, damping)
    wanted = {}
    for name in ("plus", "minus", "unknown"):
        entries = getattr(counts, name).tocoo()
        for row, column, value in zip(entries.row, entries.col, entries.data, strict=True):
            pair = (kinds[hops[0].source][row], kinds[hops[-1].target][column])
            if all(pair[i] in ends[end] for i, end in enumerate(("sources", "targets")) if end in ends):
                wanted[pair, name] = value
    found = degree_weighted_counts(packed, hops, damping=damping, **ends).to_pylist()
    got = {
        ((r["source"], r["target"]), name): r[name] for r in found for name in ("plus", "minus", "unknown")
    }
    for key in wanted.keys() | got.keys():
        assert got.get(key, 0) == pytest.approx(wanted.get(key, 0), abs=1e-9), key
    return len(wanted)


@pytest.mark.parametrize("damping", [0.0, 0.4])
@pytest.mark.parametrize("hops", METAPATHS, ids=lambda hops: f"{len(hops)} steps")
def test_metapath_counts_are_those_of_the_engine(
    random_graphs: list[tuple[Packed, EdgeTable]], hops: list[Hop], damping: float
) -> None:
    packed, table = random_graphs[2]
    n = [
        check_metapath(packed, table, hops, ends, damping)
        for ends in ({}, {"sources": [0, 1, 2, 3, 4, 5]}, {"targets": [0, 1, 2, 3, 4, 5]})
    ]
    assert max(n) > 0


def test_hops_that_do_not_join_are_refused(random_graphs: list[tuple[Packed, EdgeTable]]) -> None:
    with pytest.raises(BadInput, match="a hop to protein cannot be followed by one from cell"):
        degree_weighted_counts(random_graphs[0][0], [Hop("cell", "protein"), Hop("cell", "cell")])


def signature_rows(table: EdgeTable, measured: dict[str, int], max_length: int) -> list[tuple[Any, ...]]:
    words = {1: "up", -1: "down", 0: "unchanged"}
    rows = [
        (table.names[table.subject[i]], table.predicates[table.predicate[i]], SIGNS[int(table.sign[i])],
         table.names[table.object[i]])
        for i in range(len(table))
    ]  # fmt: skip
    told = [(name, words[change]) for name, change in measured.items()]
    found = Graph.from_edges(rows).explain_signature(told, max_length=max_length, limit=None)
    return sorted(
        (
            m.cause,
            str(m.sign),
            m.score,
            m.p,
            m.q,
            *(len(m.of(o)) for o in ("correct", "incorrect", "ambiguous")),
        )
        for m in found.mechanisms
    )


def check_signature(packed: Packed, table: EdgeTable) -> None:
    measured = dict(zip(table.names[:6], (1, -1, 1, 0, -1, 1), strict=False))
    numbers = {table.names.index(name): change for name, change in measured.items()}
    for max_length in (1, 3):
        found = sorted(
            (table.names[c.node], SIGNS[c.sign], c.score, c.p, c.q, c.n_correct, c.n_incorrect, c.n_ambiguous)
            for c in score_signature(packed, numbers, max_length=max_length)
        )
        wanted = signature_rows(table, measured, max_length)
        assert len(wanted) > 1
        assert found == wanted


def test_signatures_score_as_in_python(random_graphs: list[tuple[Packed, EdgeTable]]) -> None:
    for packed, table in random_graphs[1:]:
        check_signature(packed, table)
    packed, _ = random_graphs[0]
    with pytest.raises(BadInput, match="nothing measured is up or down"):
        score_signature(packed, {0: 0})
