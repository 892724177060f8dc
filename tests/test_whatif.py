"""What falls under a blockade, where a mechanism can be cut, and two sides side by side."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import kg
from kg.cli import main
from kg.errors import NameNotFound
from kg.graph import Graph
from kg.mechanism.query import PathQuery
from kg.mechanism.whatif import bottleneck, support, what_if
from kg.model import Sign


def test_a_blockade_tells_what_falls_and_what_loses_support(tiny: Graph) -> None:
    found = tiny.what_if(PathQuery("MSC", "fibrosis"), "T cell")
    assert {p.entities[1] for p in found.standing} == {"PGE2"}
    assert all("Treg" in p.entities for p in found.fallen)
    told = {(f.target, f.sign.value): f.verdict for f in found.answers}
    assert told == {
        ("pulmonary fibrosis", "+"): "falls",
        ("collagen deposition", "+"): "falls",
        ("pulmonary fibrosis", "-"): "loses support",
    }
    nothing = tiny.what_if(
        PathQuery("MSC", "fibrosis"), "NK cell" if "NK cell" in tiny.names.by_name else "death"
    )
    assert {f.verdict for f in nothing.answers} == {"stands"}
    assert not nothing.fallen
    with pytest.raises(NameNotFound):
        tiny.what_if(PathQuery("MSC", "fibrosis"), "Terg")


def test_support_joins_paths_that_share_no_statement() -> None:
    g = kg.Graph.from_edges(
        [
            ("a", "p", "+", "b", 0.5),
            ("b", "p", "+", "z", 0.8),
            ("b", "q", "+", "z", 0.6),
            ("a", "p", "+", "z", 0.5),
        ]
    )
    paths = g.paths("a", "z").found
    assert len(paths) == 3
    # a-b by p and q share a to b: only the better one (0.4) counts beside the direct 0.5.
    assert support(paths) == pytest.approx(1 - 0.6 * 0.5)
    assert support([]) == 0


edges = st.lists(
    st.tuples(*map(st.sampled_from, ("abcdef", "pq", "+-", "abcdef"))).filter(lambda r: r[0] != r[3]),
    min_size=1, max_size=14, unique=True,
)  # fmt: skip


@given(edges)
def test_the_bottleneck_cuts_every_path_and_nothing_smaller_does(rows) -> None:  # type: ignore[no-untyped-def]
    g = kg.Graph.from_edges(rows)
    if not {"a", "f"} <= g.names.by_name.keys():
        return
    # Every path there is, so that the network of the paths has no walk that is not one of them.
    paths = g.paths("a", "f", max_length=5).found
    cut = bottleneck(paths)
    assert all(set(cut.statements) & {s.id for s in p.steps} for p in paths)
    ids = sorted({s.id for p in paths for s in p.steps})
    for fewer in range(len(cut.statements)):
        for tried in combinations(ids, fewer):
            assert any(not set(tried) & {s.id for s in p.steps} for p in paths)
    inner = sorted({n for p in paths for n in p.entities[1:-1]})
    if cut.entities is None:
        assert any(len(p.steps) == 1 for p in paths)
        return
    assert all(set(cut.entities) & set(p.entities[1:-1]) for p in paths)
    for fewer in range(len(cut.entities)):
        for tried in combinations(inner, fewer):
            assert any(not set(tried) & set(p.entities[1:-1]) for p in paths)


def test_a_blockade_never_adds_support(real: Graph) -> None:
    paths = real.paths("MSC", "fibrosis", max_length=3).found
    for name in ("IL-10", "Treg", "TGF-beta", "macrophage"):
        found = what_if(paths, frozenset(real.matching(name)))
        assert len(found.fallen) + len(found.standing) == len(paths)
        for f in found.answers:
            assert 0 <= f.support_after <= f.support_before <= 1
            assert f.falls == (f.n_after == 0)


def test_two_sides_side_by_side(tiny: Graph) -> None:
    found = tiny.compare("MSC", "MSC-EV")
    rows = {e.object: (e.verdict, e.one.word, e.other.word) for e in found.effects}
    assert rows["Treg"] == ("only one", "raises", "")
    assert rows["miR-21-5p"] == ("only other", "", "raises")
    mirrored = {e.object: (e.other.word, e.one.word) for e in tiny.compare("MSC-EV", "MSC").effects}
    assert mirrored == {name: row[1:] for name, row in rows.items()}
    same = tiny.compare("MSC", "MSC")
    assert {e.verdict for e in same.effects} == {"same"}
    with pytest.raises(NameNotFound):
        tiny.compare("MSC", "steriods")


def test_diseases_and_products_are_sides_too(real: Graph) -> None:
    vesicles = real.compare("cells", "vesicles")
    assert {"same", "only one"} <= {e.verdict for e in vesicles.effects}
    for e in vesicles.effects:
        assert all(x.experiment.agent.product == "cells" for x in (*e.one.plus, *e.one.minus))
        assert all(x.experiment.agent.product == "vesicles" for x in (*e.other.plus, *e.other.minus))
    ards = real.compare("ARDS", "IPF")
    assert any(e.one.null for e in ards.effects)
    assert all(
        x.experiment.disease in real.diseases_as("IPF")
        for e in ards.effects
        for x in (*e.other.plus, *e.other.minus)
    )


def test_both_sides_say_where_they_were_seen(real: Graph) -> None:
    """It read "steroids raise death", and the reader had to know that this was in influenza."""
    found = real.compare("MSC", "corticosteroid")
    (death,) = [e for e in found.effects if e.object == "death"]
    assert "influenza" in death.other.of("disease")
    assert "influenza" in death.other.context
    assert "influenza" not in {d for e in real.compare("MSC", "corticosteroid", disease="asthma").effects
                               for d in e.other.of("disease")}  # fmt: skip
    done = CliRunner().invoke(main, ["compare", "MSC", "corticosteroid", "--shared"])
    assert "corticosteroid raises it in bacterial pneumonia, influenza (human, mouse)" in done.output


def test_a_comparison_prints_in_one_line(real: Graph) -> None:
    """Its repr was 25 kB."""
    assert len(repr(real.compare("MSC", "corticosteroid"))) < 200


def test_the_commands_say_it_in_words(tiny_root) -> None:  # type: ignore[no-untyped-def]
    def ask(*words: str) -> str:
        return CliRunner().invoke(main, ["--graph", str(tiny_root), *words]).output

    told = ask("paths", "MSC", "fibrosis", "--without", "Treg")
    assert "without Treg: 6 of 7 paths fall" in told
    assert "falls: [+] collagen deposition" in told
    assert "bottleneck: every path runs through PGE2 increases IL-10, and through IL-10" in told
    assert "all 1 paths fall" in ask("paths", "MSC", "IL-10", "--without", "PGE2")
    assert "only MSC-EV" in ask("compare", "MSC", "MSC-EV")
    assert "no statement says what MSC and MSC-EV do to the same" in ask(
        "compare", "MSC", "MSC-EV", "--shared"
    )


def test_signs_of_answers_are_kept_apart() -> None:
    g = kg.Graph.from_edges([("a", "p", "+", "b"), ("b", "p", "+", "z"), ("a", "q", "-", "z")])
    found = g.what_if(PathQuery("a", "z"), "b")
    assert {(f.sign, f.verdict) for f in found.answers} == {(Sign.PLUS, "falls"), (Sign.MINUS, "stands")}
    assert nx.is_directed(g.to_networkx())
