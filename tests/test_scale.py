"""The same rows from kg.engine and from engines for graphs that no machine holds."""

from __future__ import annotations

import json
import random
import re
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.cli import main
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
from kg.scale.pack import pack
from kg.scale.paths import Asked, find_paths
from kg.scale.signature import score_signature

parquet = pytest.importorskip("pyarrow.parquet", reason="the extra scale brings pyarrow")
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
                    "subject": f"n{a}", "predicate": rng.choice("pq"), "sign": rng.choice("+-?"),
                    "object": f"n{b}", "belief": round(rng.uniform(0.2, 1), 2),
                    "species": rng.choice(["mouse", "human", "rat", None]),
                    "subject_category": "protein" if a % 2 else "cell",
                    "object_category": "protein" if b % 2 else "cell",
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
    packed, _ = random_graphs[2]
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


# Packing, connecting, the command line ------------------------------------------------------------


@pytest.fixture(scope="module")
def own(real: Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our own graph, packed by the command."""
    out = tmp_path_factory.mktemp("own") / "packed"
    done = CliRunner().invoke(main, ["--graph", str(real.built.path), "pack", "-o", str(out)])
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith(
        f"{len(real.engine.arcs):,} edges between {len(real.engine.names):,} entities in "
    )
    return out


QUESTIONS = [
    "MSC fibrosis --via Treg --sign -",
    "MSC fibrosis --avoid Treg --avoid macrophage --sign - --max-length 3",
    "MSC 'pulmonary edema' --species mouse --max-length 3",
    "MSC death --disease sepsis --max-length 3",
    "MSC 'lung inflammation' --disease COPD --products --max-length 3",
    "MSC neutrophil --sign - --max-length 2",
    "'MSC > mediator > immune cell > fibrosis'",
    "MSC fibrosis --at 1=protein --max-length 3 --sign -",
    "MSC death --predicate secretes --predicate decreases --max-length 2",
    "MSC fibrosis --min-belief 0.5 --max-length 3",
]


def on_engine(real: Graph, url: str, line: str, *more: str) -> Any:
    words = ["--graph", str(real.built.path), "paths", *shlex.split(line), "--engine", url, *more]
    done = CliRunner().invoke(main, words)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.mark.parametrize("line", QUESTIONS)
def test_our_own_graph_has_the_same_paths_on_duckdb(real: Graph, own: Path, line: str) -> None:
    found = json.loads(on_engine(real, f"duckdb://{own}", line, "--json").stdout)
    got = {(tuple(s["statement_id"] for s in p["steps"]), p["sign"]) for p in found}
    paths = real.paths(line)
    assert got == {(tuple(s.id for s in p.steps), str(p.sign)) for p in paths}
    assert len(got) == len(found) > 1
    papers = {s.id: list(s.papers) for p in paths for s in p.steps}
    if "--" not in line or ("species" not in line and "disease" not in line):
        # A narrowed view counts the papers of its lines alone; a packed graph tells all.
        assert all(papers[s["statement_id"]] == s["papers"] for p in found for s in p["steps"])


def test_paths_of_an_engine_as_people_read_them(real: Graph, own: Path, tmp_path: Path) -> None:
    line = "MSC fibrosis --via Treg --max-length 2"
    cards = on_engine(real, f"duckdb://{own}", line, "--limit", "1").stdout
    assert "bone marrow MSC ─increases→ Treg ─decreases→ pulmonary fibrosis   net -, score 0." in cards
    assert "path(s) of at most 2 steps, on duckdb\nasked: MSC fibrosis --via Treg --max-length 2\n" in cards
    table = on_engine(real, f"duckdb://{own}", line, "--tsv").stdout.splitlines()
    assert table[0].split("\t")[:3] == ["rank", "sign", "score"]
    assert len(table) == 1 + len(real.paths(line))
    few = on_engine(real, f"duckdb://{own}", "MSC fibrosis", "--top", "3").stdout
    assert "3 of the best 3 of at most " in few
    none = on_engine(real, f"duckdb://{own}", "death MSC --max-length 1")
    assert (none.exit_code, none.stdout) == (1, "")
    for more, told in (
        (["--coherent"], "--engine does not know --coherent: contexts are compared step by step"),
        (["--test", "necessity"], "--engine does not know --test"),
        (["--max-length", "5"], "on an engine choose 1 to 4 steps"),
        (["--as", "english"], "--engine and --endpoint print cards, --tsv or --json"),
    ):
        refused = on_engine(real, f"duckdb://{own}", "MSC fibrosis", *more)
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert told in refused.stderr
    unknown = on_engine(real, f"duckdb://{own}", "MSC fibrosi")
    assert unknown.stderr.startswith("kg: no entity is called 'fibrosi'; did you mean 'fibrosis'")


def test_a_table_and_a_database_are_asked_like_a_packed_folder(real: Graph, tmp_path: Path) -> None:
    rows = random_rows(random.Random(1), 9, 40)
    parquet.write_table(table_of(rows), tmp_path / "edges.parquet")
    with (tmp_path / "edges.tsv").open("w", encoding="utf-8") as file:
        names = sorted({name for row in rows for name in row})
        file.write("\t".join(names) + "\n")
        file.writelines(
            "\t".join("" if row[n] is None else str(row[n]) for n in names) + "\n" for row in rows
        )
    packed = pack(tmp_path / "edges.parquet", tmp_path / "packed.duckdb", threads=1)
    assert packed.path == tmp_path / "packed.duckdb"
    answers = [
        json.loads(
            on_engine(real, f"duckdb://{tmp_path / name}?threads=1", "n0 n1 --max-length 4", "--json").stdout
        )
        for name in ("edges.parquet", "edges.tsv", "packed.duckdb")
    ]
    assert len(answers[0]) > 3
    assert answers[0] == answers[1] == answers[2]
    # Categories stand for their entities, as way-points do elsewhere.
    via = json.loads(
        on_engine(
            real, f"duckdb://{tmp_path / 'packed.duckdb'}", "n0 n1 --max-length 4 --via protein", "--json"
        ).stdout
    )
    wanted = [p for p in answers[0] if any(int(name[1:]) % 2 for name in p["entities"][1:-1])]
    assert via == wanted
    assert 0 < len(wanted) < len(answers[0])


def test_rows_that_say_the_same_are_one_edge(tmp_path: Path) -> None:
    rows = [
        {
            "subject": "a",
            "predicate": "p",
            "sign": "+",
            "object": "b",
            "belief": 0.4,
            "papers": "PMID:2|PMID:1",
        },
        {
            "subject": "a",
            "predicate": "p",
            "sign": "+",
            "object": "b",
            "belief": 0.7,
            "papers": "PMID:1|PMID:3",
        },
        {"subject": "a", "predicate": "p", "sign": "-", "object": "b", "belief": None, "papers": None},
    ]
    for n, kept in enumerate((rows, [{k: v for k, v in row.items() if k != "papers"} for row in rows])):
        packed = pack(table_of(kept), tmp_path / f"packed{n}")
        assert (packed.n_nodes, packed.n_edges) == (2, 2)
        with connect(f"duckdb://{tmp_path / f'packed{n}'}") as graph:
            found = graph.rows(graph.edges.order_by("edge")).to_pylist()
        table = read_edges(kept)
        assert [row["sign"] for row in found] == table.sign.tolist() == [-1, 1]
        assert [row["belief"] for row in found] == table.belief.tolist() == [1.0, 0.7]
        if n == 0:
            assert [row["papers"] for row in found] == [None, "PMID:1|PMID:2|PMID:3"]


@pytest.mark.parametrize("seed", range(3))
def test_packing_numbers_edges_as_the_engine_does(seed: int, tmp_path: Path) -> None:
    rows = random_rows(random.Random(seed), 30, 300)
    packed, table = packed_and_table(rows, tmp_path)
    with packed:
        found = packed.rows(packed.edges.order_by("edge"))
        names = packed.rows(packed.nodes.order_by("node"))
    assert names.column("name").to_pylist() == list(table.names)
    assert found.column("edge").to_pylist() == list(range(len(table)))
    for name in ("subject", "object", "sign"):
        assert found.column(name).to_pylist() == getattr(table, name).tolist()
    assert found.column("predicate").to_pylist() == [table.predicates[p] for p in table.predicate]
    out, in_ = (np.bincount(ends, minlength=len(table.names)) for ends in (table.subject, table.object))
    assert names.column("n_out").to_pylist() == out.tolist()
    assert names.column("n_in").to_pylist() == in_.tolist()


BAD_ROWS = [
    ({"sign": "x"}, "row 2: sign is 'x'; write + or - or ?"),
    ({"subject": " "}, "row 2: subject is missing; a name is wanted"),
    ({"belief": 1.5}, "row 2: belief is '1.5'; a number from 0 to 1 is wanted"),
    ({"object_category": "thing"}, "row 2: object_category is 'thing'; one of "),
]


@pytest.mark.parametrize(("change", "told"), BAD_ROWS, ids=[told for _, told in BAD_ROWS])
def test_rows_that_cannot_be_packed_are_named(change: dict[str, Any], told: str, tmp_path: Path) -> None:
    rows = random_rows(random.Random(1), 9, 40)
    rows[1] |= change
    parquet.write_table(table_of(rows), tmp_path / "edges.parquet")
    with pytest.raises(BadInput, match=re.escape(f"{tmp_path / 'edges.parquet'} {told}")):
        pack(tmp_path / "edges.parquet", tmp_path / "packed")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["edges.parquet"]


def test_what_cannot_be_packed_or_asked_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_text("no Parquet", encoding="utf-8")
    (tmp_path / "x.tsv").write_text("subject\tobject\na\tb\n", encoding="utf-8")
    (tmp_path / "y.tsv").write_text("subject\tpredicate\tsign\tobject\tcolour\n", encoding="utf-8")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    for what, told in (
        ("x.parquet", "cannot read"), ("none.tsv", "no such file"), ("x.csv", "is no table of edges"),
        ("x.tsv", "lacks the column(s) predicate, sign"), ("y.tsv", "has the column 'colour'"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=re.escape(told)):
            pack(tmp_path / what, tmp_path / "out")
    rows = table_of(random_rows(random.Random(1), 5, 5))
    with pytest.raises(NotWritable, match="holds other things; name a new one"):
        pack(rows, tmp_path / "full")
    with pytest.raises(NotWritable, match="is a file; name a folder"):
        pack(rows, tmp_path / "x.tsv")
    assert (tmp_path / "full" / "mine.txt").exists()
    pack(rows, tmp_path / "good")
    pack(rows, tmp_path / "good")
    for url, told in (
        ("duckdb", "write duckdb://FILE-OR-FOLDER, spark://HOST:PORT?edges=FOLDER"),
        (f"duckdb://{tmp_path / 'nothing'}", "no such file or folder"),
        (f"duckdb://{tmp_path / 'good'}?memory", "after ? stand settings"),
        (f"duckdb://{tmp_path / 'good'}?colour=red", "colour"),
        (f"duckdb://{tmp_path / 'full'}", "cannot read"),
        ("nobackend://x", "nobackend"),
    ):
        with pytest.raises(BadInput, match=re.escape(told)):
            connect(url)


def test_another_backend_of_ibis_is_asked_with_the_same_expressions(tmp_path: Path) -> None:
    packed, table = packed_and_table(random_rows(random.Random(1), 9, 40), tmp_path)
    with packed:
        tables = {name: packed.rows(getattr(packed, name)).to_pylist() for name in ("nodes", "edges")}
    with closing(sqlite3.connect(tmp_path / "graph.sqlite")) as database:
        for name, rows in tables.items():
            types = {int: "integer", float: "real"}
            columns = ", ".join(f"{k} {types.get(type(v), 'text')}" for k, v in rows[0].items())
            database.execute(f"create table my_{name} ({columns})")
            places = ", ".join("?" * len(rows[0]))
            database.executemany(
                f"insert into my_{name} values ({places})", [tuple(row.values()) for row in rows]
            )
        database.commit()
    ends = (frozenset({0, 1, 2}), frozenset({3, 4, 5}))
    with connect(f"sqlite://{tmp_path / 'graph.sqlite'}?nodes=my_nodes&edges=my_edges") as graph:
        assert graph.engine == "sqlite"
        assert_same(find_paths(graph, Asked(*ends, 3)), engine_rows(arcs_of(table), Ask(*ends, 3)))
