"""Hypotheses: the kinds, what counts as new, ranking, the experiment, and what became of earlier ones."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path as FilePath

import pytest
from click.testing import CliRunner

from kg.cli import main
from kg.errors import BadInput, NameNotFound
from kg.exchange.nanopub import hypothesis_nanopubs
from kg.graph import Graph
from kg.mechanism.hypotheses import KINDS, Hypothesis
from kg.mechanism.hypotheses.backtest import JUDGED, backtest, tallies
from kg.mechanism.hypotheses.kinds import CAUSAL, is_one_paper, joined, weight
from kg.model import Sign
from kg.show.dossier import dossier, retrospective


@pytest.fixture(scope="module")
def everything(real: Graph) -> list[Hypothesis]:
    return list(real.hypotheses(limit=None, p_values=False))


# The tiny graph -------------------------------------------------------------------------------------


def test_golden_hypotheses_of_the_tiny_graph(tiny: Graph) -> None:
    found = [(h.kind, h.source, h.sign.value, h.target, h.via) for h in tiny.hypotheses()]
    assert found == [
        ("missing mechanism", "MSC", "+", "TGF-beta", "Treg"),
        ("missing mechanism", "MSC", "+", "pulmonary fibrosis", "Treg"),
        ("missing mechanism", "MSC", "-", "collagen deposition", "miR-21-5p"),
    ]


def test_support_and_score_by_hand(tiny: Graph) -> None:
    """Two chains to TGF-beta share the step from Treg, so they count once, the better one."""
    (h,) = tiny.hypotheses("MSC", "TGF-beta")
    (shown,) = h.supporting
    degree = tiny.engine.degree
    best = shown.score * degree["Treg"] ** -0.5
    assert weight(shown, degree) == pytest.approx(best)
    kin = tiny.paths("bone marrow MSC", "TGF-beta", max_length=2)[0]
    own, other = weight(shown, degree), weight(kin, degree)
    # Chains of the source named and of its kin are joined, the latter at 0.8.
    assert h.support == pytest.approx(1 - (1 - own) * (1 - 0.8 * other), abs=1e-6)
    assert h.score == pytest.approx(h.support * (1 - h.dissent), abs=1e-6)
    assert h.vote == 1.0


def test_a_chain_within_one_paper_is_that_papers_own_and_proposes_nothing(tiny: Graph) -> None:
    path = tiny.paths("MSC", "IL-10", max_length=2)[0]
    assert is_one_paper(path.steps)
    assert not tiny.hypotheses("MSC", "IL-10")


def test_an_effect_of_a_kind_or_a_product_is_known(tiny: Graph) -> None:
    """Of bone marrow MSCs a line on death is there, so MSC and their vesicles are not asked about it."""
    assert tiny.statements("bone marrow MSC", None, "death")
    assert not tiny.hypotheses("MSC", "death")
    assert tiny._ideas.is_known("MSC-EV", "death")
    assert not tiny._ideas.is_known("MSC-EV", "TGF-beta")


def test_a_mediator_that_falls_is_added_back_and_one_that_rises_is_blocked(
    everything: list[Hypothesis],
) -> None:
    """Blocking what the cells lower would imitate the cells."""
    seen: Counter[str] = Counter()
    for h in everything:
        if h.kind != "missing mediator":
            continue
        first = h.supporting[0].steps[0]
        what = h.experiment.intervention
        assert (first.sign is Sign.PLUS) == ("blocked" in what or "depleted" in what), h
        seen[what.rsplit(" ", 1)[-1]] += 1
    assert len(seen) >= 2


def test_unknown_filters_are_refused_with_the_list(tiny: Graph) -> None:
    for given, told in (
        ({"kind": "missing mechanisms"}, "missing mechanism"), ({"species": "mice"}, "mouse"),
        ({"min_rung": "animal"}, "rodent in vivo"), ({"category": "cells"}, "cell"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=told):
            tiny.hypotheses(**given)
    with pytest.raises(NameNotFound):
        tiny.hypotheses("Terg")
    with pytest.raises(BadInput, match="no hypothesis for MSCs has the id 'h000000000000'"):
        tiny.hypothesis("h000000000000")


# The real graph -------------------------------------------------------------------------------------


def test_every_hypothesis_is_whole(everything: list[Hypothesis], real: Graph) -> None:
    assert len(everything) > 50
    assert {h.kind for h in everything} >= {
        "missing mediator", "mechanism transfer", "missing mechanism", "rung gap", "conflict",
    }  # fmt: skip
    for h in everything:
        assert 0 < h.score <= 1, h
        assert h.vote >= 0.6
        assert h.supporting
        assert h.test.endswith((".", ")"))
        assert h.refuted_by
        assert "None" not in h.test + h.refuted_by + h.reason
        if h.kind not in ("drug interaction", "conflict"):
            assert all(p.sign is h.sign for p in h.supporting), h
        assert all(p.sign is not Sign.UNKNOWN for p in h.supporting)
        assert set(h.experiment.papers) <= {p.id for p in real.papers}
        ids = [s.id for p in h.supporting for s in p.steps]
        if h.kind != "drug interaction":
            assert len(ids) == len(set(ids)), f"{h}: chains shown share a step"


def test_every_list_of_kinds_is_that_of_the_vocabulary() -> None:
    """The page and the tool for language models name the kinds in their own forms."""
    import inspect
    import re
    from typing import get_args, get_type_hints

    from kg.web.mcp import Tools

    page = (FilePath(__file__).parents[1] / "kg/web/assets/views/hypotheses.js").read_text()
    listed = re.search(r"const KINDS = \[(.*?)\];", page)
    assert listed
    assert re.findall(r'"(.*?)"', listed[1]) == list(KINDS)
    hints = get_type_hints(inspect.unwrap(Tools.hypotheses))
    literal = next(a for a in get_args(hints["kind"]) if get_args(a))
    assert list(get_args(literal)) == list(KINDS)


def test_ids_are_unique_and_found_again(everything: list[Hypothesis], real: Graph) -> None:
    assert len({h.id for h in everything}) == len(everything)
    h = everything[3]
    assert real.hypothesis(h.id).claim == h.claim


def test_a_hypothesis_of_other_ends_is_found_with_them(tiny: Graph) -> None:
    """`kg explain ID` once knew only those that are listed without a source."""
    (h,) = tiny.hypotheses("MSC-EV")
    with pytest.raises(BadInput, match="give the ends it was found with"):
        tiny.hypothesis(h.id)
    assert tiny.hypothesis(h.id, "MSC-EV") == tiny.hypotheses("MSC-EV")[0]


def test_kinds_take_turns_and_each_is_ranked_from_one(everything: list[Hypothesis]) -> None:
    assert len({h.kind for h in everything[:5]}) == 5
    for kind in KINDS:
        assert [h.rank for h in everything if h.kind == kind] == list(
            range(1, 1 + sum(h.kind == kind for h in everything))
        )


def test_no_line_bears_on_what_is_called_missing(everything: list[Hypothesis], real: Graph) -> None:
    family = real._ideas.family
    for h in everything:
        if h.kind not in ("missing mechanism", "harm"):
            continue
        around = real._ideas.readouts(h.target)
        bearing = [s for s in real.statements() if s.subject in family and s.object in around]
        assert not bearing, f"{h} is known: {bearing[0]}"
        for p in (*h.supporting, *h.dissenting):
            assert not family & set(p.entities[1:]), f"{h}: {p} leads through kin"
            assert not is_one_paper(p.steps)


def test_a_missing_mediator_was_tested_alone_and_the_effect_was_replicated(
    everything: list[Hypothesis], real: Graph
) -> None:
    family = real._ideas.family
    for h in everything:
        if h.kind != "missing mediator":
            continue
        last = h.supporting[0].steps[-1]
        assert any(e.line.test in CAUSAL for e in last.supports)
        lines = [
            e for s in real.statements() if s.subject in family and s.object == h.target and s.sign is h.sign
            for e in s.evidence if e.counts and e.direction == "supports"
        ]  # fmt: skip
        assert len({e.paper.source_group for e in lines}) >= 2, h


def test_a_rung_gap_has_no_line_from_people(everything: list[Hypothesis], real: Graph) -> None:
    for h in everything:
        if h.kind == "rung gap":
            lines = real._ideas.lines(real._ideas.family, real._ideas.readouts(h.target))
            assert not [e for e in lines if e.experiment.species == "human"], h
            assert "human" in h.test


def test_one_idea_is_listed_once(everything: list[Hypothesis], real: Graph) -> None:
    mediators = [h.via for h in everything if h.kind == "missing mediator"]
    assert len(mediators) == len(set(mediators))
    apart = real.hypotheses(kind="missing mediator", limit=None, p_values=False, one_per_idea=False)
    assert len(apart) > len(mediators)


def test_filters(real: Graph) -> None:
    for h in real.hypotheses(kind="rung gap", limit=3, p_values=False):
        assert h.kind == "rung gap"
    for h in real.hypotheses(category="cell", limit=5, p_values=False):
        assert real.entity(h.target).category == "cell"
    for h in real.hypotheses(species="human", limit=5, p_values=False):
        assert "human" in h.supporting[0].species
    for h in real.hypotheses(min_rung="rodent in vivo", limit=5, p_values=False):
        assert h.rung not in ("", "in vitro", "ex vivo human tissue")


def test_chances_come_with_their_base_rate(everything: list[Hypothesis]) -> None:
    told = [h for h in everything if h.probability is not None]
    assert told
    for h in told:
        assert 0 < h.probability < 1  # type: ignore[operator]
        assert h.base_rate is not None
        assert 0 < h.base_rate < 0.05
        assert h.degree_rank is not None
        assert h.sign_probability is not None
        assert h.sign_probability >= 0.3
    assert all(h.probability is None for h in everything if h.kind in ("conflict", "rung gap"))


def test_p_values_of_the_ones_shown(real: Graph) -> None:
    found = real.hypotheses(kind="missing mechanism", limit=3)
    assert all(h.p_value is not None and 1 / 1001 <= h.p_value <= 1 for h in found)


def test_what_the_experiment_would_teach_moves_belief_both_ways(everything: list[Hypothesis]) -> None:
    for h in everything:
        for s in h.stakes:
            assert s.refuted < s.now < s.confirmed, (h, s)


def test_as_of_a_year_nothing_later_is_known(real: Graph) -> None:
    found = real.hypotheses(until=2013, limit=None, p_values=False)
    assert found
    years = {p.id: p.year for p in real.papers}
    assert all(years[p] <= 2013 for h in found for p in h.papers)
    assert all(years[p] <= 2013 for h in found for p in h.experiment.papers)


def test_an_edge_table_has_hypotheses_of_its_own() -> None:
    g = Graph.from_edges([("a", "raises", "+", "b"), ("b", "lowers", "-", "c"), ("c", "raises", "+", "d")])
    found = {(h.source, h.target, h.sign.value) for h in g.hypotheses(limit=None)}
    assert found == {("a", "c", "-"), ("a", "d", "-"), ("b", "d", "-")}


def test_joined_counts_chains_that_share_a_paper_once(real: Graph) -> None:
    paths = real.paths("MSC", "pulmonary fibrosis", max_length=2)
    one = paths[0]
    degree = real.engine.degree
    assert joined([one, one], degree) == pytest.approx(weight(one, degree))
    assert joined(paths, degree) <= 1


# Documents ------------------------------------------------------------------------------------------


def test_a_dossier_names_every_claim_and_paper(everything: list[Hypothesis], real: Graph) -> None:
    text = dossier(everything[:9], "MSC", real)
    assert text.startswith("# Hypotheses\n")
    assert text.count("\n### ") == 9
    assert "no paper in the graph" in text
    assert text.count("**Refuted if:**") == 9
    assert "](https://" in text


def test_markup_in_names_stays_text(tiny: Graph) -> None:
    from dataclasses import replace

    h = replace(tiny.hypotheses()[0], reason="<script>alert(1)</script> [x](y) | *z*")
    text = dossier([h], "a|b", tiny)
    assert "\\<script\\>" in text
    assert "\\[x\\](y) \\| \\*z\\*" in text


def test_trig_never_states_the_triple_itself(everything: list[Hypothesis], real: Graph) -> None:
    import rdflib

    found = rdflib.Dataset()
    found.parse(data=hypothesis_nanopubs(everything[:9], real.knowledge), format="trig")
    predicates = {str(p) for _, p, _, _ in found.quads()}
    ours = {r.name for r in real.knowledge.relations}
    assert not [p for p in predicates if p.rsplit("/", 1)[-1].replace("_", " ") in ours]
    assert {p.partition("/vocabulary/")[2] for p in predicates} > {
        "aboutSource",
        "aboutTarget",
        "expectedSign",
    }
    heads = [s for s, _, o, _ in found.quads() if str(o) == "http://www.nanopub.org/nschema#Nanopublication"]
    assert len(heads) == 9


def test_command_line(tmp_path: FilePath) -> None:
    run = CliRunner().invoke
    report = tmp_path / "out.md"
    done = run(
        main, ["hypotheses", "MSC", "--limit", "4", "--no-p-values", "--json", "--report", str(report)]
    )
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert len(found) == 4
    keys = (
        "kind source target sign score probability base_rate p_value degree_rank rank supporting dissenting "
        "known_nearby test refuted_by"
    )
    assert set(keys.split()) <= set(found[0])
    assert report.read_text().count("\n### ") == 4
    told = run(main, ["explain", found[0]["id"]])
    assert told.exit_code == 0
    assert "teaches:" in told.output
    wrong = run(main, ["hypotheses", "--kind", "magic"])
    assert wrong.exit_code == 2
    assert "missing mediator" in wrong.output


# Looking back ---------------------------------------------------------------------------------------


def test_backtest_counts_later_papers_only(real: Graph) -> None:
    outcomes = backtest(real, (2016,))
    assert outcomes
    years = {p.id: p.year for p in real.papers}
    for o in outcomes:
        assert o.hypothesis.kind in JUDGED
        assert all(years[p] > 2016 for p in o.papers)
        assert (o.first_year is None) == (not o.papers)
        assert o.decoys <= o.n_decoys
    rows = tallies(outcomes)
    assert sum(t.n for t in rows) == len(outcomes)
    assert sum(t.borne_out for t in rows) == sum(o.is_borne_out for o in outcomes)
    page = retrospective(outcomes, rows)
    assert page.count("\n| 2016 |") == len(rows)


@pytest.mark.parametrize("kind", ["conflict", "magic"])
def test_a_kind_that_is_not_judged_is_refused(tiny: Graph, kind: str) -> None:
    """`kg backtest --kind conflict` ended in a traceback."""
    with pytest.raises(BadInput, match=f"'{kind}' is not judged by later papers; one of missing mediator"):
        backtest(tiny, (2010,), (kind,))


def test_missing_mechanisms_do_better_than_their_decoys(real: Graph) -> None:
    """The point of it: what chains single out is found later more often than what is merely as popular."""
    rows = list(tallies(backtest(real, (2010, 2013, 2016, 2019), ("missing mechanism",))))
    n, hits = sum(t.n for t in rows), sum(t.borne_out for t in rows)
    decoys, drawn = sum(t.decoys for t in rows), sum(t.n_decoys for t in rows)
    assert hits / n > decoys / drawn
