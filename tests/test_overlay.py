"""Edges of one's own joined to the graph: on our entities, visibly theirs, and nothing guessed."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import kg
from kg import vocab
from kg.cli import main
from kg.errors import BadInput, FileProblems
from kg.graph import Graph
from kg.mechanism.belief import HIGHEST_GIVEN
from kg.model import Sign, statement_id
from kg.ontology.checks import read_checks, run_checks
from kg.store.rdf import from_quads, to_quads
from kg.store.snapshot import dump_knowledge, load_knowledge

ROWS: list[Any] = [
    # subject, predicate, sign, object, belief, papers, context
    ("bone marrow MSCs", "increases", "+", "Tregs", 0.9, ["PMID:90001"],
     {"species": "mouse", "system": "in vivo"}),
    ("interleukin-10", "inhibits", "-", "NEW1", 0.5),
    {"subject": "NEW1", "object": "lung fibrosis", "predicate": "up-regulates", "sign": "+",
     "subject_category": "protein", "papers": "PMID:1|doi:10.5555/tiny.2", "disease": "asthma"},
    ("HGNC:11766", "phosphorylates", "?", "NEW1"),
]  # fmt: skip


@pytest.fixture(scope="module")
def joined(tiny: Graph) -> Graph:
    return tiny.with_edges(ROWS, "my data")


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, list(words))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def own(g: Graph) -> set[tuple[str, str, str, str]]:
    return {
        (s.subject, s.predicate, s.sign.value, s.object) for s in g.statements() if "my data" in s.origins
    }


def test_ends_are_our_entities_and_predicates_ours_where_they_fit(joined: Graph, tiny: Graph) -> None:
    assert own(joined) == {
        ("bone marrow MSC", "increases", "+", "Treg"), ("IL-10", "inhibits", "-", "NEW1"),
        ("NEW1", "up-regulates", "+", "pulmonary fibrosis"), ("TGF-beta", "phosphorylates", "?", "NEW1"),
    }  # fmt: skip
    report = joined.overlays[0]
    assert (report.n_edges, report.n_taken, report.n_statements, report.n_shared) == (4, 4, 4, 1)
    assert [name for name, _ in report.new] == ["NEW1"]
    assert report.left_out == ()
    assert len(joined.statements()) == len(tiny.statements()) + 3
    assert joined.entity("NEW1").id == "own:NEW1"
    assert joined.term("NEW1").kind == "entity"


def test_the_graph_before_is_as_it_was(joined: Graph, tiny: Graph) -> None:
    assert tiny.origins == ("curated",)
    assert not any(e.line.origin for e in tiny.knowledge.evidence())
    assert joined.origins == ("curated", "my data")


def test_a_statement_of_both_has_lines_of_both(joined: Graph, tiny: Graph) -> None:
    key = statement_id("CL:0002540", "increases", "CL:0000815")
    both, before = joined.statement(key), tiny.statement(key)
    assert both.origins == ("curated", "my data")
    assert len(both.evidence) == len(before.evidence) + 1
    assert joined.belief(both).value > tiny.belief(before).value
    curated = joined.within(origin="curated").statement(key)
    assert tiny.belief(before) == joined.belief(curated)


def test_matching_and_paths_work_across_both(joined: Graph) -> None:
    """IL-10 is curated, NEW1 is not, and pulmonary fibrosis counts as fibrosis by the ontology."""
    answer = joined.paths("IL-10", "fibrosis", via="NEW1")
    assert [(p.entities, str(p.sign)) for p in answer] == [(("IL-10", "NEW1", "pulmonary fibrosis"), "-")]
    assert "pulmonary fibrosis is a kind of fibrosis" in answer.reasons["pulmonary fibrosis"]
    (path,) = answer
    assert "{my data}" in joined.explain(path)


def test_conflicts_work_across_both(tiny: Graph) -> None:
    before = len(tiny.conflicts())
    curated = next(s for s in tiny.statements() if s.is_asserted and s.predicate == "decreases")
    against = tiny.with_edges([(curated.subject, "increases", "+", curated.object)], "mine")
    found = [c for c in against.conflicts() if (c.subject, c.object) == (curated.subject, curated.object)]
    assert found
    assert len(against.conflicts()) >= before
    assert not [c for c in against.within(origin="mine").conflicts() if c.subject == curated.subject]


def test_hypotheses_go_through_joined_steps(joined: Graph, tiny: Graph) -> None:
    def through(g: Graph) -> list[Any]:
        found = g.hypotheses(limit=None)
        return [p for h in found for p in (*h.supporting, *h.dissenting) if "NEW1" in p.entities]

    assert through(joined)
    assert not through(tiny)
    assert not through(joined.within(origin="curated"))


def test_belief_of_a_row_is_what_it_says(tiny: Graph) -> None:
    g = tiny.with_edges(
        [("A", "raises", "+", "B", 0.8), ("B", "raises", "+", "C", 0.8, ["PMID:7", "PMID:8", "PMID:9"]),
         ("C", "raises", "+", "D", 1.0), ("D", "raises", "+", "E", 0.0), ("E", "raises", "+", "F")],
        "mine",
    )  # fmt: skip
    worth = {s.subject: g.belief(s).value for s in g.statements() if "mine" in s.origins}
    assert worth["A"] == 0.8
    assert math.isclose(worth["B"], 0.8, abs_tol=1e-4)  # three papers share it
    assert worth["C"] == HIGHEST_GIVEN
    assert worth["D"] == 0.0
    assert worth["E"] == 0.45  # by the formula, as a line of which nothing is known


def test_rows_that_say_the_same_count_once(tiny: Graph) -> None:
    once = tiny.with_edges([("A", "raises", "+", "B", 0.6)], "mine")
    often = tiny.with_edges([("A", "raises", "+", "B", 0.6)] * 5 + [("A", "raises", "+", "B", 0.4)], "mine")
    for g in (once, often):
        (s,) = (s for s in g.statements() if "mine" in s.origins)
        assert g.belief(s).value == 0.6


def test_a_paper_that_is_here_already_stays_itself(joined: Graph, tiny: Graph) -> None:
    """Its title and year stay, and two of its lines are not two sources."""
    paper, before = joined.paper("PMID:1"), tiny.paper("PMID:1")
    assert paper is not None
    assert before is not None
    assert (paper.title, paper.year) == (before.title, before.year)
    assert len(joined.evidence_of(paper)) == len(tiny.evidence_of(before)) + 1


def test_names_that_may_be_several_things_leave_their_row_out(tiny: Graph) -> None:
    g = tiny.with_edges(
        [("CM", "increases", "+", "Treg"), ("Treg", "increases", "+", "Treg"), ("a", "b", "x", "c"),
         ("MESH:D005355", "raises", "+", "Treg"),
         {"subject": "macrophage", "subject_id": "CL:0000815", "predicate": "p", "sign": "+",
          "object": "MSC"}],
        "mine",
    )  # fmt: skip
    told = [p.message for p in g.overlays[0].left_out]
    assert len(told) == 4
    assert "sign is 'x'" in told[0]
    assert "'CM' may be cardiac myocyte (CL:0000746) or conditioned medium (OBI:1000023)" in told[1]
    assert "both ends are 'Treg'" in told[2]
    assert "CL:0000815 is 'Treg' here, and 'macrophage' is 'macrophage'; keep one" in told[3]
    assert g.overlays[0].n_taken == 1
    assert {s.subject for s in g.statements() if "mine" in s.origins} == {"fibrosis"}


def test_nothing_is_guessed_and_likeness_is_a_suggestion(tiny: Graph) -> None:
    rows = [("macrofage", "raises", "+", "fibrosis"), ("MSC", "raises", "+", "fibrosis")]
    new = tiny.with_edges(rows, "mine")
    assert new.overlays[0].new == (("macrofage", ("macrophage",)),)
    assert new.entity("macrofage").id.startswith("own:")
    skipped = tiny.with_edges(rows, "mine", unknown="skip")
    assert "spelled like it: macrophage" in skipped.overlays[0].left_out[0].message
    assert "macrofage" not in skipped.names.by_name
    with pytest.raises(FileProblems, match="nothing is called 'macrofage'"):
        tiny.with_edges(rows, "mine", unknown="refuse")
    with pytest.raises(BadInput, match="one of new, skip, refuse"):
        tiny.with_edges(rows, "mine", unknown="x")


def test_another_gene_of_the_same_name_is_another_thing(tiny: Graph) -> None:
    g = tiny.with_edges(
        [
            {
                "subject": "IL-10",
                "subject_id": "HGNC:99999",
                "predicate": "raises",
                "sign": "+",
                "object": "MSC",
            }
        ],
        "mine",
    )
    (s,) = (s for s in g.statements() if "mine" in s.origins)
    assert s.subject == "IL-10 (HGNC:99999)"
    assert g.entity("IL-10").id == "HGNC:5962"


def test_a_class_of_the_ontology_becomes_an_entity_in_its_place(real: Graph) -> None:
    term = next(
        t for t in real.terms.by_id.values()
        if t.kind == "imported term" and t.id.startswith("CL:")
        and len(real.terms.known(t.label)) == 1
        and any(a.kind == "entity" for a in real.superclasses(t))
    )  # fmt: skip
    g = real.with_edges([(term.label, "secretes", "+", "IL-10")], "mine")
    (s,) = (s for s in g.statements() if "mine" in s.origins)
    assert (g.entity(s.subject).id, g.entity(s.subject).category) == (term.id, "cell")
    above = next(a for a in real.superclasses(term) if a.kind == "entity")
    assert s.subject in g.matching(above.name)
    assert s.predicate == "secretes"
    assert g.overlays[0].new == ()


def test_a_predicate_of_ours_that_does_not_fit_stays_what_it_is_called(tiny: Graph) -> None:
    g = tiny.with_edges(
        [("MSC", "decreases", "+", "Treg"), ("asthma", "increases", "+", "MSC"),
         ("MSC", "<odd> {p}", "-", "Treg"),
         ("MSC", "acts", "+", "T cell"), ("MSC", "acts", "-", "Treg")],
        "mine",
    )  # fmt: skip
    found = {(s.predicate, s.sign.value) for s in g.statements() if "mine" in s.origins}
    assert found == {
        ("decreases (raises)", "+"), ("increases (raises)", "+"), ("odd p", "-"), ("acts", "+"),
        ("acts (lowers)", "-"),
    }  # fmt: skip


def test_context_is_checked_and_what_is_not_known_is_left_open(tiny: Graph) -> None:
    g = tiny.with_edges(
        [("MSC", "raises", "+", "Treg", None, None, {"species": "Mus musculus", "disease": "asthma"}),
         ("MSC", "raises", "+", "T cell", None, None, {"species": "zebrafish", "system": "in vvo"}),
         {"subject": "MSC", "predicate": "raises", "sign": "+", "object": "death", "species": "mouse|human"}],
        "mine",
    )  # fmt: skip
    by = {s.object: s for s in g.statements() if "mine" in s.origins}
    assert (by["Treg"].species, by["Treg"].diseases) == (("mouse",), ("asthma",))
    assert by["T cell"].species == ()
    assert by["death"].species == ("human", "mouse")
    notes = "\n".join(g.overlays[0].notes)
    assert "species 'zebrafish' is in no list of ours; left open" in notes
    assert "system 'in vvo' is in no list of ours; left open; did you mean 'in vivo'?" in notes


def test_a_direction_other_than_support_is_kept(tiny: Graph) -> None:
    g = tiny.with_edges(
        [
            {
                "subject": "MSC",
                "predicate": "increases",
                "sign": "+",
                "object": "Treg",
                "direction": "no effect",
            }
        ],
        "mine",
    )
    s = g.statement(statement_id("CL:0000134", "increases", "CL:0000815"))
    assert [e.direction for e in s.evidence if e.line.origin == "mine"] == ["no effect"]


@pytest.mark.parametrize("form", ["frame", "tsv", "csv", "jsonl"])
def test_frames_and_files_are_taken_as_rows_are(form: str, tiny: Graph, tmp_path: Path) -> None:
    rows = [
        {"subject": "MSC", "predicate": "secretes", "sign": "+", "object": "IL-10", "belief": 0.7,
         "papers": "PMID:5"},
        {"subject": "NEW, one", "predicate": "raises", "sign": "-", "object": "MSC", "belief": None,
         "papers": None},
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    given: Any = frame
    if form == "tsv":
        frame.to_csv(given := tmp_path / "x.tsv", sep="\t", index=False)
    elif form == "csv":
        frame.to_csv(given := tmp_path / "x.csv", index=False)
    elif form == "jsonl":
        frame.to_json(given := tmp_path / "x.jsonl", orient="records", lines=True)
    g = tiny.with_edges(given, "my data")
    assert own(g) == {("MSC", "secretes", "+", "IL-10"), ("NEW, one", "raises", "-", "MSC")}
    assert "PMID:5" in {p for s in g.statements() if "my data" in s.origins for p in s.papers}


def test_two_joins_stay_apart_and_a_name_is_taken_once(joined: Graph) -> None:
    two = joined.with_edges([("NEW1", "raises", "+", "NEW2")], "theirs")
    assert two.origins == ("curated", "my data", "theirs")
    (s,) = (s for s in two.statements() if "theirs" in s.origins)
    assert (s.subject, s.object) == ("NEW1", "NEW2")
    assert two.entity("NEW1") == joined.entity("NEW1")
    for name in ("my data", "curated", " "):
        with pytest.raises(BadInput, match="cannot be the name"):
            joined.with_edges([("A", "raises", "+", "B")], name)
    with pytest.raises(BadInput, match="no origin here; one of curated, my data"):
        joined.within(origin="x")
    with pytest.raises(BadInput, match="not to a table"):
        Graph.from_edges([("a", "p", "+", "b")]).with_edges([("a", "p", "+", "c")])


# RDF, builds ----------------------------------------------------------------------------------------


def test_sparql_sees_what_was_joined_and_where_it_is_from(joined: Graph) -> None:
    found = joined.query(
        "SELECT ?s ?o (COUNT(*) AS ?n) { GRAPH graph:evidence { ?line voc:origin 'my data' ;"
        " voc:statement ?t . ?t rdf:subject ?s ; rdf:object ?o } } GROUP BY ?s ?o ORDER BY ?s"
    )
    assert {(row[0], row[1]) for row in found.rows} == {
        ("CL:0002540", "CL:0000815"), ("HGNC:11766", "own:NEW1"), ("HGNC:5962", "own:NEW1"),
        ("own:NEW1", "HP:0002206"),
    }  # fmt: skip
    assert joined.query("ASK { own:NEW1 a owl:Class ; rdfs:label 'NEW1' }").rows == (("true",),)


@pytest.mark.parametrize("origin", ["curated", "my data", None])
def test_a_path_query_in_sparql_keeps_to_the_origin(origin: str | None, joined: Graph) -> None:
    view = joined if origin is None else joined.within(origin=origin)
    query = kg.PathQuery("MSC", "fibrosis", max_length=3)
    rows = joined.query(view.sparql(query)).rows
    in_python = {tuple(s.id for s in p.statements) for p in view.answer(query)}
    in_sparql = {
        tuple(c.removeprefix("statement:") for c in row if c and c.startswith("statement:")) for row in rows
    }
    assert in_sparql == in_python


def test_it_is_saved_as_a_build_and_opens_the_same(joined: Graph, tmp_path: Path) -> None:
    saved = joined.save(tmp_path / "build")
    again = kg.load(tmp_path / "build")
    for g in (saved, again):
        assert g.origins == ("curated", "my data")
        assert own(g) == own(joined)
        assert [g.belief(s) for s in g.statements()] == [joined.belief(s) for s in joined.statements()]
        assert g.matching("fibrosis") == joined.matching("fibrosis")
    assert again.built.manifest["joined"] == ["my data"]
    checks = read_checks(Path(__file__).resolve().parents[1] / "ontology" / "checks")
    before = {str(f) for f in run_checks(checks, joined._base.query)}
    assert {str(f) for f in run_checks(checks, again.query)} <= before
    with pytest.raises(BadInput, match="nothing was joined"):
        again.save(tmp_path / "other")


def test_the_knowledge_with_what_was_joined_survives_rdf_and_snapshot(joined: Graph) -> None:
    knowledge = joined.knowledge
    assert load_knowledge(dump_knowledge(knowledge))[0] == knowledge
    back = from_quads(to_quads(knowledge))
    assert {s.id: s.evidence for s in back.statements} == {s.id: s.evidence for s in knowledge.statements}


_NAMES = st.sampled_from(["MSC", "Tregs", "IL10", "x", "y z", "β/1", "macrophages", "CM"])


@given(
    st.lists(
        st.tuples(
            _NAMES, st.sampled_from(["increases", "inhibits", "p q", "<p>"]),
            st.sampled_from(["+", "-", "?", ""]), _NAMES, st.none() | st.floats(0, 1),
            st.lists(st.sampled_from(["PMID:1", "2", "doi:10.1/x", "note"])),
        ),
        max_size=6,
    )
)  # fmt: skip
def test_any_rows_join_or_are_told(tiny: Graph, rows: list[Any]) -> None:
    g = tiny.with_edges(rows, "mine")
    report = g.overlays[0]
    assert report.n_edges == len(rows) == report.n_taken + len(report.left_out)
    assert {s.id for s in tiny.statements()} <= {s.id for s in g.statements()}
    assert all(0 <= g.belief(s).value <= 1 for s in g.statements())
    signs = {s.predicate: s.sign for s in g.statements()}
    assert all(signs[s.predicate] is s.sign for s in g.statements())
    back = from_quads(to_quads(g.knowledge))
    assert {s.id for s in back.statements} == {s.id for s in g.statements()}
    g.paths("MSC", "x") if "x" in g.names.by_name else None


# The command line -----------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "lab.tsv"
    made.write_text(
        "subject\tpredicate\tsign\tobject\tbelief\tobject_category\n"
        "MSC\tsecretes\t+\tNEW1\t0.8\tprotein\nNEW1\tdecreases\t-\tfibrosis\t0.7\t\nCM\tx\t+\tMSC\t\t\n"
    )
    return made


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("paths", "MSC", "fibrosis", "--via", "NEW1"), "{lab}"),
        (("show", "NEW1"), "{lab}"),
        (("find", "NEW1"), "own:NEW1"),
        (("conflicts",), "fibrosis"),
        (("hypotheses", "MSC", "--limit", "2"), "MSC"),
        (("query", "msc-to-treg-to-fibrosis"), ""),
        (("stats",), "statements"),
        (("belief", "MSC", "secretes", "NEW1"), "0.80"),
        (("compare", "MSC", "Treg"), "fibrosis"),
        (("export", "statements", "--tsv"), "\tlab\n"),
        (("export", "evidence", "--tsv"), "\tlab\t0.8"),
        (("export", "sif"), "MSC\tsecretes\tNEW1"),
    ],
)
def test_commands_join_what_is_added_and_say_what_became_of_it(
    words: tuple[str, ...], told: str, tiny: Graph, file: Path
) -> None:
    code, out, said = run("--graph", str(tiny.built.path), *words, "--add", str(file))
    assert code in (0, 1)
    assert told in out
    assert "lab: 2 of 3 edges taken, 2 statements, in the graph before: 0" in said
    assert "'CM' may be" in said
    if words[0] == "export":
        assert "holds 2 statements of 'lab'; --origin curated leaves them out" in said


def test_an_export_of_ours_is_ours_alone(tiny: Graph, file: Path, tmp_path: Path) -> None:
    graph = ("--graph", str(tiny.built.path))
    _, plain, _ = run(*graph, "export", "statements", "--tsv")
    _, ours, said = run(*graph, "export", "statements", "--tsv", "--add", str(file), "--origin", "curated")
    assert ours == plain
    assert "holds" not in said
    _, theirs, _ = run(
        *graph, "export", "statements", "--tsv", "--add", f"my lab={file}", "--origin", "my lab"
    )
    assert [row.split("\t")[-1] for row in theirs.splitlines()[1:]] == ["my lab", "my lab"]
    out = tmp_path / "x.json"
    run(*graph, "export", "kgx", "--add", str(file), "-o", str(out))
    sources = {e["primary_knowledge_source"] for e in json.loads(out.read_text())["edges"]}
    assert sources == {"infores:msc-kg", "own:lab"}


def test_json_says_the_origin_of_every_step(tiny: Graph, file: Path) -> None:
    _, out, _ = run(
        "--graph",
        str(tiny.built.path),
        "paths",
        "MSC",
        "fibrosis",
        "--via",
        "NEW1",
        "--json",
        "--add",
        str(file),
    )
    assert [step["origins"] for step in json.loads(out)[0]["steps"]] == [["lab"], ["lab"]]


def test_a_picture_tells_whose_a_line_is(tiny: Graph, file: Path, tmp_path: Path) -> None:
    out = tmp_path / "p.html"
    code, _, _ = run(
        "--graph", str(tiny.built.path), "draw", "MSC", "fibrosis", "--via", "NEW1", "-o", str(out),
        "--add", str(file),
    )  # fmt: skip
    assert code == 0
    assert '"origin": "lab"' in out.read_text(encoding="utf-8").replace('"origin":"lab"', '"origin": "lab"')


def test_build_with_add_makes_a_build_that_is_served(tiny: Graph, file: Path, tmp_path: Path) -> None:
    graph = ("--graph", str(tiny.built.path))
    code, _, told = run(*graph, "build", "--add", str(file))
    assert (code, "say with --out" in told) == (2, True)
    code, out, _ = run(*graph, "build", "--add", str(file), "--out", str(tmp_path / "b"), "--quiet")
    assert code == 0
    assert "with lab (content" in out
    code, out, _ = run("--graph", str(tmp_path / "b"), "show", "NEW1")
    assert (code, "{lab}" in out) == (0, True)


def test_wrong_use_is_told(tiny: Graph, file: Path, tmp_path: Path) -> None:
    graph = ("--graph", str(tiny.built.path))
    code, _, told = run(*graph, "show", "MSC", "--add", str(tmp_path / "none.tsv"))
    assert (code, "there is no such file" in told) == (2, True)
    code, _, told = run(*graph, "show", "MSC", "--origin", "lab")
    assert (code, "no origin here; one of curated" in told) == (2, True)
    code, _, told = run(*graph, "show", "MSC", "--add", str(file), "--unknown-ends", "refuse")
    assert code == 2
    assert "nothing is called 'NEW1'" in told


def test_signs_of_joined_statements_are_those_of_their_rows(joined: Graph) -> None:
    assert {s.sign for s in joined.statements() if "my data" in s.origins} == {*Sign}
    assert all(p in vocab.PREFIXES for p in ("own",))
