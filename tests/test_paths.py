"""Paths are complete, signed, deterministic, and do what their constraints say."""

from __future__ import annotations

from collections.abc import Iterator
from math import log

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import BadInput
from kg.graph import Graph
from kg.mechanism.belief import belief
from kg.mechanism.paths import LONGEST, Engine, Question, order_of
from kg.model import Curation, Evidence, Experiment, Line, Paper, Sign, Statement

NAMES = "abcdefg"
PREDICATES = {"increases": Sign.PLUS, "decreases": Sign.MINUS, "binds": Sign.UNKNOWN}


def statement(subject: str, predicate: str, obj: str) -> Statement:
    line = Line(subject, predicate, obj, "It did.", "association", "0" * 16)
    experiment = Experiment("x", "mouse", "in vivo", lines=(line,))
    paper = Paper("T", "J", 2000, "primary", "abstract", Curation("software", "2026-01-01"), pmid="1")
    evidence = Evidence("e1", line, experiment, paper)
    return Statement(
        f"{subject}{predicate}{obj}", subject, predicate, obj, PREDICATES[predicate], (evidence,)
    )


triples = st.tuples(st.sampled_from(NAMES), st.sampled_from(sorted(PREDICATES)), st.sampled_from(NAMES))
graphs = st.lists(triples.filter(lambda t: t[0] != t[2]), max_size=22, unique=True)


def brute_force(edges: list[tuple[str, str, str]], q: Question) -> set[tuple[str, ...]]:
    """Every simple path by trying all continuations, with no pruning at all."""

    def grow(
        path: tuple[tuple[str, str, str], ...], seen: frozenset[str]
    ) -> Iterator[tuple[tuple[str, str, str], ...]]:
        if path[-1][2] in q.targets:
            yield path
        if len(path) < q.max_length:
            for edge in edges:
                if edge[0] == path[-1][2] and edge[2] not in seen:
                    yield from grow((*path, edge), seen | {edge[2]})

    found = set()
    for edge in edges:
        if edge[0] not in q.sources:
            continue
        for path in grow((edge,), frozenset({edge[0], edge[2]})):
            entities = {path[0][0], *(e[2] for e in path)}
            sign = Sign.PLUS
            for e in path:
                sign = sign * PREDICATES[e[1]]
            inner = {e[2] for e in path[:-1]}
            if entities & q.avoid or (q.sign and sign is not q.sign) or any(not inner & v for v in q.via):
                continue
            found.add(tuple("".join(e) for e in path))
    return found


some = st.frozensets(st.sampled_from(NAMES), min_size=1, max_size=3)
questions = st.builds(
    Question, some, some,
    via=st.lists(some, max_size=2).map(tuple),
    avoid=st.frozensets(st.sampled_from(NAMES), max_size=2),
    sign=st.sampled_from([None, *Sign]),
    max_length=st.integers(1, 6),
)  # fmt: skip


@given(graphs, questions)
@settings(max_examples=400, deadline=None)
def test_paths_equal_brute_force_under_every_constraint(
    edges: list[tuple[str, str, str]], q: Question
) -> None:
    engine = Engine([statement(*e) for e in edges])
    found = [tuple(s.id for s in p.statements) for p in engine.paths(q)]
    assert len(found) == len(set(found))
    assert set(found) == brute_force(edges, q)
    assert engine.count(q) == len(found)


@given(graphs, st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(1, 5))
@settings(max_examples=150, deadline=None)
def test_paths_equal_networkx(edges: list[tuple[str, str, str]], source: str, target: str, cut: int) -> None:
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(NAMES)
    for subject, predicate, obj in edges:
        graph.add_edge(subject, obj, key=subject + predicate + obj)
    found = [] if source == target else nx.all_simple_edge_paths(graph, source, target, cutoff=cut)
    expected = {tuple(key for _, _, key in path) for path in found}
    engine = Engine([statement(*e) for e in edges])
    question = Question(frozenset({source}), frozenset({target}), max_length=cut)
    assert {tuple(s.id for s in p.statements) for p in engine.paths(question)} == expected


@given(graphs, questions, st.randoms())
@settings(max_examples=100, deadline=None)
def test_order_does_not_depend_on_the_order_of_statements(edges, q, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(edges)
    random.shuffle(shuffled)
    one = Engine([statement(*e) for e in edges]).paths(q)
    two = Engine([statement(*e) for e in shuffled]).paths(q)
    assert [p.statements for p in one] == [p.statements for p in two]
    assert [order_of(p) for p in one] == sorted(order_of(p) for p in one)


@given(graphs, questions)
@settings(max_examples=100, deadline=None)
def test_every_path_starts_ends_and_joins_where_it_says(
    edges: list[tuple[str, str, str]], q: Question
) -> None:
    for path in Engine([statement(*e) for e in edges]).paths(q):
        names = path.entities
        assert names[0] in q.sources
        assert names[-1] in q.targets
        assert len(set(names)) == len(names) <= q.max_length + 1
        assert all(s.object == t.subject for s, t in zip(path.statements, path.statements[1:], strict=False))


def test_signs_form_a_commutative_monoid() -> None:
    for a in Sign:
        assert a * Sign.PLUS is a
        for b in Sign:
            assert a * b is b * a
            assert all((a * b) * c is a * (b * c) for c in Sign)


@pytest.mark.parametrize("length", [0, -1, LONGEST + 1])
def test_a_length_out_of_range_is_refused(length: int) -> None:
    with pytest.raises(BadInput, match="--max-length"):
        Question(frozenset("a"), frozenset("b"), max_length=length)


# On the tiny graph --------------------------------------------------------------------------------

GOLDEN = [
    # path, net sign, weakest rung
    ("MSC increases Treg decreases pulmonary fibrosis", "-", "rodent in vivo"),
    ("MSC increases Treg increases pulmonary fibrosis", "+", "rodent in vivo"),
    ("MSC increases Treg increases TGF-beta increases collagen deposition", "+", "rodent in vivo"),
    ("MSC secretes PGE2 increases IL-10 decreases pulmonary fibrosis", "-", "in vitro"),
    ("bone marrow MSC increases Treg decreases pulmonary fibrosis", "-", "rodent in vivo"),
    (
        "bone marrow MSC increases Treg increases TGF-beta increases collagen deposition",
        "+",
        "rodent in vivo",
    ),
    ("bone marrow MSC increases Treg increases pulmonary fibrosis", "+", "rodent in vivo"),
]


def in_words(path) -> str:  # type: ignore[no-untyped-def]
    return path.entities[0] + "".join(f" {s.predicate} {s.object}" for s in path.statements)


def test_golden_all_paths_from_msc_to_fibrosis(tiny: Graph) -> None:
    found = sorted((in_words(p), p.sign.value, p.rung) for p in tiny.paths("MSC", "fibrosis"))
    assert found == sorted(GOLDEN)


def test_products_count_on_request_only(tiny: Graph) -> None:
    with_products = {in_words(p) for p in tiny.paths("MSC", "fibrosis", products=True)}
    assert with_products - {g[0] for g in GOLDEN} == {
        "MSC-EV contains miR-21-5p represses TGF-beta increases collagen deposition"
    }


def test_subclass_matches_say_why_and_can_be_switched_off(tiny: Graph) -> None:
    answer = tiny.paths("MSC", "fibrosis", via="T cell")
    assert answer.reasons["Treg"] == "Treg is a kind of T cell"
    assert answer.reasons["pulmonary fibrosis"] == "pulmonary fibrosis is a kind of fibrosis"
    assert not tiny.paths("MSC", "fibrosis", exact=True)


def test_via_avoid_and_sign(tiny: Graph) -> None:
    assert {p.entities[1] for p in tiny.paths("MSC", "fibrosis", via="Treg", sign="-")} == {"Treg"}
    assert {p.entities[1] for p in tiny.paths("MSC", "fibrosis", avoid="Treg")} == {"PGE2"}
    assert not tiny.paths("MSC", "fibrosis", via=["Treg", "IL-10"])
    with pytest.raises(BadInput, match="write \\+ or -"):
        tiny.paths("MSC", "fibrosis", sign="up")


def test_disease_and_species_count_only_their_lines(tiny: Graph) -> None:
    mouse = tiny.paths("MSC", "fibrosis", via="Treg", species="mouse")
    assert {in_words(p) for p in mouse} == {"MSC increases Treg decreases pulmonary fibrosis"}
    assert not tiny.paths("MSC", "fibrosis", via="Treg", species="human")
    assert {in_words(p) for p in tiny.paths("MSC", "Treg", disease="asthma")} == {
        "bone marrow MSC increases Treg"
    }
    with pytest.raises(BadInput, match="is no species"):
        tiny.paths("MSC", "fibrosis", species="dragon")
    with pytest.raises(BadInput, match="not a disease"):
        tiny.paths("MSC", "fibrosis", disease="Treg")


def test_without_blocks_an_entity_and_what_is_below_it(tiny: Graph) -> None:
    assert {p.entities[1] for p in tiny.without("T cell").paths("MSC", "fibrosis")} == {"PGE2"}
    assert not tiny.without("T cell", "IL-10").paths("MSC", "fibrosis")


def test_a_card_tells_belief_rung_species_papers_and_conflict(tiny: Graph) -> None:
    path = tiny.paths("MSC", "pulmonary fibrosis", via="Treg", sign="-", exact=True)[0]
    step = path.steps[1]
    # One line, mouse in vivo, necessity: 1 - (0.12 + 0.35 * 0.7)
    assert step.belief.value == pytest.approx(1 - (0.12 + 0.35 * 0.7), abs=1e-4)
    assert path.belief == pytest.approx(path.steps[0].belief.value * step.belief.value, abs=1e-5)
    assert (path.sign.value, path.rung, path.species) == ("-", "rodent in vivo", ("mouse",))
    assert path.papers == ("doi:10.5555/tiny.1",)
    assert path.human_share == 0
    assert path.sentence() == (
        "MSC increases Treg, which decreases pulmonary fibrosis: so MSC counteracts pulmonary fibrosis "
        "(1 paper; weakest evidence: rodent in vivo)."
    )
    text = tiny.explain(path)
    assert "conflict: Treg / pulmonary fibrosis: increases (1) against decreases (1)" in text
    assert "[necessity; mouse, in vivo, fibrotic lung disease, bleomycin" in text


def test_coherence_names_the_step_where_one_species_ends(tiny: Graph) -> None:
    path = next(p for p in tiny.paths("bone marrow MSC", "fibrosis", sign="-"))
    assert path.coherence.species_break == 2
    assert path.coherence.disease_break == 2
    whole = next(p for p in tiny.paths("MSC", "pulmonary fibrosis", via="Treg", sign="-", exact=True))
    assert whole.coherence.species == ("mouse",)
    assert whole.coherence.diseases == ("fibrotic lung disease",)


def test_no_effect_lines_lower_belief_and_make_no_step(tiny: Graph) -> None:
    (null,) = tiny.statements("IL-10", "decreases", "death")
    assert not null.is_asserted
    assert tiny.belief(null).value == 0
    assert not tiny.paths("IL-10", "death")


def test_belief_by_hand() -> None:
    """Two groups for, one against: the formula of kg.mechanism.belief worked out on paper."""

    def line(pmid: str, group: str, direction: str = "supports", test: str = "association") -> Evidence:
        claim = Line("a", "increases", "b", "It did.", test, "0" * 16, direction=direction)
        experiment = Experiment("x", "mouse", "in vivo")
        paper = Paper(
            "T", "J", 2000, "primary", "abstract", Curation("software", "2026-01-01"), pmid=pmid, group=group
        )
        return Evidence(pmid, claim, experiment, paper)

    one, two = 0.12 + 0.35, 0.12 + 0.35
    assert belief([line("1", "A")]).value == pytest.approx(1 - one, abs=1e-4)
    assert belief([line("1", "A"), line("2", "B")]).value == pytest.approx(1 - one * two, abs=1e-4)
    # The same group twice: one systematic error, random errors multiply.
    assert belief([line("1", "A"), line("2", "A")]).value == pytest.approx(1 - (0.12 + 0.35**2), abs=1e-4)
    against = 0.12 + 0.35 * 1.5
    mixed = belief([line("1", "A"), line("2", "B", "no effect")])
    weights = -log(one), -log(against)
    assert mixed.value == pytest.approx((1 - one) * weights[0] / sum(weights), abs=1e-4)
    assert mixed.without_strongest == 0


def test_context_narrows_and_views_of_views_narrow_further(tiny: Graph) -> None:
    clinical = tiny.within(rung="human observational")
    assert [str(s) for s in clinical.statements() if s.is_asserted] == ["bone marrow MSC ─increases→ Treg"]
    assert {e.paper.year for s in tiny.within(until=2002).statements() for e in s.evidence} == {2001, 2002}
    vesicles = tiny.within(product="vesicles")
    # Lines about no product pass; lines about cells do not.
    assert {in_words(p) for p in vesicles.paths("MSC", "fibrosis", products=True)} == {
        "MSC-EV contains miR-21-5p represses TGF-beta increases collagen deposition"
    }
    assert not tiny.within(species="mouse").within(species="rat").statements()
    # Macrophage culture and vesicles name no tissue; the other experiments with a product name marrow.
    marrow = {str(s) for s in tiny.within(source="bone marrow").statements()}
    assert "MSC ─increases→ Treg" in marrow
    assert "MSC ─secretes→ PGE2" not in marrow
    assert tiny.within() is tiny
    with pytest.raises(BadInput, match="is no rung here; one of in vitro"):
        tiny.within(rung="mouse")
    with pytest.raises(BadInput, match="is no axis of context"):
        tiny.within(color="red")


def test_coherent_keeps_paths_whose_steps_share_species_and_disease(tiny: Graph) -> None:
    found = tiny.paths("MSC", "fibrosis", coherent=True)
    assert {in_words(p) for p in found} == {
        "MSC increases Treg decreases pulmonary fibrosis",
        "MSC secretes PGE2 increases IL-10 decreases pulmonary fibrosis",
    }
    assert all(p.coherence.is_whole for p in found)
