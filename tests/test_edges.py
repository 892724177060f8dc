"""Signed edges from elsewhere, in the same engine."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import kg
from kg.cli import main
from kg.engine import arcs as frozen
from kg.errors import BadInput
from kg.model import Sign

ROWS = [
    ("a", "raises", "+", "b"),
    ("b", "lowers", "-", "c", 0.5, ["PMID:1", "PMID:2"], {"species": "mouse"}),
    ("a", "raises", "+", "c", 0.4),
    ("a", "binds", "?", "c", 0.9, "doi:10.1/x|PMID:3"),
    ("b", "raises", "+", "c", 0.3),
]


def told(g: kg.Graph, *ends: str, **options: object) -> set[tuple[tuple[str, ...], str]]:
    return {(p.entities, str(p.sign)) for p in g.paths(*ends, **options)}


def test_rows_become_paths_with_names_statements_and_sign() -> None:
    g = kg.Graph.from_edges(ROWS)
    assert told(g, "a", "c") == {
        (("a", "b", "c"), "-"), (("a", "b", "c"), "+"), (("a", "c"), "+"), (("a", "c"), "?"),
    }  # fmt: skip
    assert told(g, "a", "c", sign="-") == {(("a", "b", "c"), "-")}
    assert told(g, "a", "c", avoid="b", sign="?") == {(("a", "c"), "?")}
    path = g.paths("a", "c", sign="-")[0]
    assert [(s.subject, s.predicate, s.object, s.sign) for s in path.steps] == [
        ("a", "raises", "b", Sign.PLUS), ("b", "lowers", "c", Sign.MINUS),
    ]  # fmt: skip
    assert path.belief == 0.5
    assert path.steps[1].papers == ("PMID:1", "PMID:2")
    assert path.steps[1].species == ("mouse",)
    assert g.paths("a", "c", sign="?")[0].papers == ("PMID:3", "doi:10.1/x")
    assert {(c.subject, c.object) for c in g.conflicts()} == {("b", "c")}
    assert repr(g) == "<Graph of 3 entities, 5 edges>"


def test_rows_that_say_the_same_are_one_edge() -> None:
    g = kg.Graph.from_edges(
        [("a", "p", "+", "b", 0.2, "PMID:1"), {"subject": "a", "predicate": "p", "sign": "+", "object": "b",
                                                "belief": 0.6, "papers": "PMID:2"}]
    )  # fmt: skip
    (path,) = g.paths("a", "b")
    assert path.papers == ("PMID:1", "PMID:2")
    assert path.belief == 0.6


edges = st.lists(
    st.tuples(st.sampled_from("abcdefg"), st.sampled_from("pq"), st.sampled_from("+-?"),
    st.sampled_from("abcdefg")), min_size=1, max_size=25, unique=True,
)  # fmt: skip


@given(edges, st.booleans())
def test_paths_are_those_of_networkx_whatever_the_size(
    rows: list[tuple[str, str, str, str]], large: bool
) -> None:
    made = nx.MultiDiGraph()
    for n, (subject, _, sign, obj) in enumerate(rows):
        made.add_edge(subject, obj, key=(n, sign))
    source, target = rows[0][0], rows[-1][3]
    expected = set()
    if source != target:
        for path in nx.all_simple_edge_paths(made, source, target, cutoff=4):
            sign = Sign.PLUS
            for *_, (_, told) in path:
                sign = sign * Sign(told)
            expected.add((tuple(rows[key[0]] for *_, key in path), str(sign)))
    with pytest.MonkeyPatch.context() as patch:
        if large:
            patch.setattr(frozen, "SMALL", -1)
            patch.setattr("kg.mechanism.edges.SMALL", -1)
        found = kg.Graph.from_edges(rows).paths(source, target)
        got = {
            (tuple((s.subject, s.predicate, str(s.sign), s.object) for s in p.steps), str(p.sign))
            for p in found
        }
    assert len(found) == len(got)
    assert got == expected


def test_bad_rows_are_all_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        kg.Graph.from_edges(
            [("a", "p", "+"), ("a", "p", "up", "b"), ("a", "p", "+", "b", 2), ("a", "p", "+", "")]
        )
    assert str(error.value).splitlines() == [
        "4 row(s) of the edge table cannot be used",
        "row 1: has 3 values; subject, predicate, sign and object are wanted",
        "row 2: sign is 'up'; write + or - or ?",
        "row 3: belief is 2; a number from 0 to 1 is wanted",
        "row 4: object is ''; a name is wanted",
    ]
    file = tmp_path / "edges.tsv"
    for text, problem in (
        ("subject\tsign\tobject\na\t+\tb\n", f"{file}:1: the header lacks the column(s) predicate"),
        ("subject\tpredicate\tsign\tobject\tcolour\n", f"{file}:1: the header has the column 'colour'"),
        ("subject\tpredicate\tsign\tobject\na\tp\t+\n", f"{file}:2: 3 cells, 4 wanted"),
        ("subject\tpredicate\tsign\tobject\n\na\tp\tx\tb\n", f"{file}:3: sign is 'x'"),
        (
            "subject\tpredicate\tsign\tobject\tsubject_category\na\tp\t+\tb\tcel\n",
            f"{file}:2: subject_category is 'cel'",
        ),
    ):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(BadInput) as error:
            kg.Graph.from_edges(file)
        assert problem in str(error.value)
    for name in ("none.tsv", "none.parquet"):
        with pytest.raises(BadInput, match="cannot read"):
            kg.Graph.from_edges(tmp_path / name)
    (tmp_path / "bad.parquet").write_bytes(b"no")
    with pytest.raises(BadInput, match="is not Parquet"):
        kg.Graph.from_edges(tmp_path / "bad.parquet")


def test_files_hold_what_rows_hold(tmp_path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    columns = ("subject", "predicate", "sign", "object", "belief", "papers", "species", "subject_category")
    rows = [
        ("a", "raises", "+", "b", "", "", "", "cell"),
        ("b", "lowers", "-", "c", "0.5", "PMID:1|PMID:2", "mouse", ""),
    ]
    tsv = tmp_path / "edges.tsv"
    tsv.write_text("".join("\t".join(r) + "\n" for r in (columns, *rows)), encoding="utf-8")
    parquet = tmp_path / "edges.parquet"
    table = pyarrow.table({name: [row[i] for row in rows] for i, name in enumerate(columns)})
    pyarrow.parquet.write_table(table, parquet)
    for file in (tsv, parquet):
        g = kg.load(file)
        (path,) = g.paths("a", "c")
        assert (path.entities, str(path.sign), path.belief, path.papers) == (
            ("a", "b", "c"), "-", 0.5, ("PMID:1", "PMID:2", "edge 1"),
        )  # fmt: skip
        assert g.entity("a").category == "cell"
        done = CliRunner().invoke(main, ["--graph", str(file), "paths", "a", "c"])
        assert done.exit_code == 0
        assert "a raises b, which lowers c: so a counteracts c" in done.output


def test_what_needs_rdf_says_so() -> None:
    g = kg.Graph.from_edges(ROWS)
    for ask in (lambda: g.query("ASK {}"), lambda: g.ontology, g.to_rdflib):
        with pytest.raises(BadInput, match="made from a table of edges"):
            ask()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("paths", "a", "c"), "weakest rung: not stated"),
        (("paths", "a", "c", "--without", "b"), "without b: 2 of 4 paths fall"),
        (("paths", "a", "c", "--p-values"), "popularity of the whole: "),
        (("paths", "a", "c", "--as", "bibtex"), "@article{PMID1,"),
        (("paths", "a", "c", "--as", "markdown"), "[PMID:1](https://pubmed.ncbi.nlm.nih.gov/1/)"),
        (("conflicts",), "b / c: raises (1) against lowers (2)"),
        (("conflicts", "a", "c"), "a → c: "),
        (("hypotheses", "a", "--limit", "1"), ""),
        (("show", "b"), "does (2 statements)"),
        (("find", "a"), "process"),
        (("compare", "a", "b"), "c "),
        (("belief", "b", "lowers", "c"), "belief 0.50"),
        (("export", "statements", "--tsv"), "lowers"),
        (("stats",), "statements"),
        (("paths", "a", "x"), "kg: no entity is called 'x'"),
        (("query", "trials"), "kg: this graph was made from a table of edges"),
        (("explain", "a", "b"), "kg: this graph was made from a table of edges"),
    ],
)
def test_every_command_answers_or_says_why_not(words: tuple[str, ...], told: str, tmp_path: Path) -> None:
    file = tmp_path / "edges.tsv"
    rows = [
        ["subject", "predicate", "sign", "object", "belief", "papers", "species"],
        ["a", "raises", "+", "b", "", "", ""],
        ["b", "lowers", "-", "c", "0.5", "PMID:1|PMID:2", "mouse"],
        ["a", "raises", "+", "c", "0.4", "", ""],
        ["a", "binds", "?", "c", "0.9", "doi:10.1/x", ""],
        ["b", "raises", "+", "c", "0.3", "", ""],
    ]
    file.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    done = CliRunner().invoke(main, ["--graph", str(file), *words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert told in done.output
    assert "None" not in done.output
