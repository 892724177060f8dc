"""A path query in words reads back as it was written, and asks what its options say."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from kg.cli import main
from kg.errors import BadInput, NameNotFound
from kg.graph import Graph
from kg.mechanism.query import PathQuery

names = st.text(
    st.characters(exclude_characters=">", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=9
).filter(lambda t: t.strip() == t and not t.startswith("--"))
several = st.lists(names, max_size=2).map(tuple)
options = {
    "via": several, "avoid": several, "without": several, "predicate": several,
    "at": st.lists(st.tuples(st.integers(0, 8), names), max_size=2).map(tuple),
    "sign": st.sampled_from([None, "+", "-", "?"]),
    "max_length": st.integers(1, 8),
    "test": st.none() | names, "min_belief": st.none() | st.floats(0, 1),
    **dict.fromkeys(("disease", "species", "product", "tissue", "route", "rung"), st.none() | names),
    "until": st.none() | st.integers(1990, 2030), "top": st.none() | st.integers(1, 99),
    **dict.fromkeys(("products", "exact", "exact_disease", "inherited", "bridged", "loops"), st.booleans()),
    **dict.fromkeys(("coherent", "diverse"), st.booleans()),
}  # fmt: skip
queries = st.builds(PathQuery, names, names, **options) | st.builds(
    PathQuery, pattern=st.lists(names, min_size=2, max_size=5).map(tuple), **options
)


@given(queries)
def test_the_line_of_a_query_is_parsed_back(query: PathQuery) -> None:
    assert PathQuery.parse(str(query)) == query


def test_every_field_is_tried() -> None:
    assert {f.name for f in fields(PathQuery)} == {"source", "target", "pattern", *options}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("MSC", "give two ends"),
        ("MSC fibrosis death", "give two ends"),
        ("MSC fibrosis --colour red", "no option '--colour'"),
        ("MSC fibrosis --via", "--via needs a value"),
        ("MSC fibrosis --sign + --sign -", "--sign stands twice"),
        ("MSC fibrosis --max-length two", "--max-length takes a number, not 'two'"),
        ("MSC fibrosis --at vesicle", "--at takes POSITION=NAME"),
        ("MSC > > fibrosis", "a position of the pattern is empty"),
        ("MSC 'fibrosis", "put names with blanks in quotes"),
        ("MSC fibrosis --source-only x", "no option"),
    ],
)
def test_a_line_that_does_not_fit_says_which_word(line: str, told: str) -> None:
    with pytest.raises(BadInput) as error:
        PathQuery.parse(line)
    assert told in str(error.value)


def in_words(answer) -> set[str]:  # type: ignore[no-untyped-def]
    return {p.entities[0] + "".join(f" {s.predicate} {s.object}" for s in p.steps) for p in answer}


def test_a_pattern_says_what_stands_where(tiny: Graph) -> None:
    assert in_words(tiny.paths("MSC > mediator > * > fibrosis")) == {
        "MSC secretes PGE2 increases IL-10 decreases pulmonary fibrosis"
    }
    assert in_words(tiny.paths("MSC > cell > fibrosis --sign - --species mouse")) == {
        "MSC increases Treg decreases pulmonary fibrosis"
    }
    # A shorter or longer path does not fit, even if it ends right.
    assert not tiny.paths("MSC > mediator > fibrosis")


def test_positions_predicates_tests_and_belief(tiny: Graph) -> None:
    everything = tiny.paths("MSC", "fibrosis")
    assert in_words(tiny.paths("MSC", "fibrosis", at=((1, "protein"), (1, "mediator")))) == set()
    assert in_words(tiny.paths("MSC", "fibrosis", at=((1, "mediator"),))) == {
        "MSC secretes PGE2 increases IL-10 decreases pulmonary fibrosis"
    }
    only = tiny.paths("MSC", "fibrosis", predicate=("increases", "decreases"))
    assert in_words(only) == {w for w in in_words(everything) if "secretes" not in w}
    necessary = tiny.paths("Treg", "fibrosis", test="necessity")
    assert in_words(necessary) == {"Treg decreases pulmonary fibrosis"}
    strong = tiny.paths("MSC", "fibrosis", min_belief=0.6)
    assert in_words(strong) == {
        p.entities[0] + "".join(f" {s.predicate} {s.object}" for s in p.steps)
        for p in everything
        if all(s.belief.value >= 0.6 for s in p.steps)
    }
    with pytest.raises(BadInput, match="choose a number from 0 to 1"):
        tiny.paths("MSC", "fibrosis", min_belief=2)
    with pytest.raises(BadInput, match="is no predicate"):
        tiny.paths("MSC", "fibrosis", predicate="cures")
    with pytest.raises(BadInput, match="--at 5: a path of 4 steps"):
        tiny.paths("MSC", "fibrosis", at=((5, "Treg"),))
    with pytest.raises(NameNotFound):
        tiny.paths("MSC > medator > fibrosis")


def test_the_best_few_are_the_first_of_all(tiny: Graph, real: Graph) -> None:
    for g in (tiny, real):
        everything = g.paths("MSC", "fibrosis")
        few = g.paths("MSC", "fibrosis", top=3)
        assert [p.statements for p in few] == [p.statements for p in everything[:3]]
        assert few.at_most is not None
        assert few.at_most >= len(everything)
        assert g.paths("MSC", "fibrosis", top=len(everything)).is_complete
    with pytest.raises(BadInput, match="--top 0"):
        tiny.paths("MSC", "fibrosis", top=0)


def test_diverse_paths_share_at_most_half_their_steps(real: Graph) -> None:
    found = real.paths("MSC", "fibrosis", diverse=True)
    assert 1 < len(found) < len(real.paths("MSC", "fibrosis"))
    kept = [{(s.subject, s.object, s.sign) for s in p.steps} for p in found]
    for i, one in enumerate(kept):
        for other in kept[:i]:
            assert len(one & other) <= min(len(one), len(other)) / 2
    assert found[0].statements == real.paths("MSC", "fibrosis")[0].statements


def test_statements_are_taken_over_from_a_broader_subject_on_request(tiny: Graph) -> None:
    assert not tiny.paths("bone marrow MSC", "PGE2")
    (path,) = tiny.paths("bone marrow MSC", "PGE2", inherited=True)
    (step,) = path.steps
    (stated,) = tiny.paths("MSC", "PGE2", exact=True)[0].steps
    assert step.inherited_from == "MSC"
    assert step.evidence == stated.evidence
    assert step.belief.value == pytest.approx(0.8 * stated.belief.value, abs=1e-4)
    assert "taken over from what is stated of MSC" in tiny.explain(path)


def test_a_disease_holds_with_the_diseases_above_it(real: Graph) -> None:
    assert real._contexts.wider("disease", "allergic asthma") == {"allergic asthma", "asthma"}
    assert real._contexts.wider("model", "intratracheal bleomycin") == real._contexts.wider(
        "model", "bleomycin by pump"
    )
    assert real._contexts.wider("model", "a model that names no exposure") == {
        "a model that names no exposure"
    }


# When nothing or too much answers ------------------------------------------------------------------


def ask(root: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["--graph", str(root), "paths", *words])
    return done.exit_code, done.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("MSC", "fibrosis", "--via", "Treg", "--via", "PGE2"),
            "no path keeps every constraint; there would be 1 without --via Treg, 6 without --via PGE2",
        ),
        (("MSC", "fibrosis", "--via", "Treg", "--sign", "?"), "there would be 6 without --sign ?"),
        (("Treg", "fibrosis", "--test", "rescue"), "without --test rescue"),
        (("MSC", "fibrosis", "--min-belief", "0.99"), "without --min-belief 0.99"),
        (("MSC", "fibrosis", "--at", "1=disease"), "without --at 1=disease"),
        (("MSC", "fibrosis", "--predicate", "binds"), "without --predicate binds"),
        (
            ("MSC", "fibrosis", "--sign", "?", "--predicate", "binds"),
            "no path keeps every constraint, nor all but one; without any there are ",
        ),
        (("MSC", "fibrosis", "--species", "human"), "no statement involves 'fibrosis' with --species human"),
        (("MSC", "fibrosis", "--species", "dog"), "no statement involves 'MSC' with --species dog"),
        (("MSC", "fibrosis", "--without", "fibrosis"), "without fibrosis, all 7 paths fall"),
    ],
)
def test_an_impossible_question_says_what_empties_it(
    words: tuple[str, ...], told: str, tiny_root: Path
) -> None:
    code, printed = ask(tiny_root, *words)
    assert code == 1
    assert told in printed


def test_too_many_paths_stop_at_the_cap_and_say_so(
    tiny: Graph, tiny_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = tiny.paths("MSC", "fibrosis")
    monkeypatch.setattr("kg.engine.walks.CAP", 3)
    monkeypatch.setattr("kg.mechanism.answers.FEW", 2)
    few = tiny.paths("MSC", "fibrosis")
    assert not few.is_complete
    assert [p.statements for p in few] == [p.statements for p in everything[:2]]
    assert few.at_most is not None
    assert few.at_most >= len(everything) > 3
    code, printed = ask(tiny_root, "MSC", "fibrosis")
    assert code == 0
    assert f"2 of the best 2 of at most {few.at_most} paths" in printed


def test_coherent_paths_are_those_whose_card_says_so(real: Graph) -> None:
    everything = real.paths("MSC", "fibrosis", max_length=3)
    whole = [p.statements for p in everything if p.coherence.is_whole]
    assert 0 < len(whole) < len(everything)
    assert [p.statements for p in real.paths("MSC", "fibrosis", max_length=3, coherent=True)] == whole
    broken = next(p for p in everything if not p.coherence.is_whole)
    assert any(part.startswith("no one ") for part in str(broken.coherence).split("; "))
