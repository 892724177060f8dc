"""What goes wrong ends in one message on standard error and an exit code; no traceback reaches a user."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import kg
from kg.cli import main
from kg.graph import Graph

TREG = "data/papers/2001/able-treg-mice.yaml"
ENTITIES = "data/entities.tsv"

NARROWED = [
    ("paths", "MSC", "fibrosis"),
    ("draw", "MSC", "fibrosis", "-o", "x.html"),
    ("draw", "MSC", "-o", "x.html"),
    ("conflicts",),
    ("conflicts", "MSC", "fibrosis"),
]
"""Commands that take a disease and a species."""

Run = Callable[..., Result]


def run(*args: str | Path, stdin: str | None = None) -> Result:
    """A command as a user sees it; an error that is no message and exit code fails the test."""
    done = CliRunner().invoke(main, [str(a) for a in args], input=stdin)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert "Traceback" not in done.output
    return done


def refused(done: Result, *parts: str, code: int = 2) -> None:
    """The command ended with this code and a message on standard error that has these parts."""
    assert done.exit_code == code, done.output
    assert code == 1 or done.stdout == ""
    for part in parts:
        assert part in done.stderr


@pytest.fixture
def ask(tiny: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command on the tiny graph, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *args, stdin=None: run("--graph", tiny.built.path, *args, stdin=stdin)


def replace(root: Path, name: str, old: str, new: str) -> int:
    """Replace a text in a file once; the line that it stands on."""
    text = (root / name).read_text(encoding="utf-8")
    assert old in text
    (root / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


# Names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        ("paths", "Terg", "fibrosis"),
        ("paths", "MSC", "Terg"),
        ("paths", "MSC", "fibrosis", "--via", "Terg"),
        ("paths", "MSC", "fibrosis", "--avoid", "Terg"),
        ("paths", "MSC", "fibrosis", "--without", "Terg"),
        ("paths", "MSC", "fibrosis", "--disease", "Terg"),
        ("show", "Terg"),
        ("conflicts", "Terg"),
        ("conflicts", "MSC", "Terg"),
        ("belief", "Terg", "decreases", "fibrosis"),
        ("hypotheses", "Terg"),
        ("hypotheses", "MSC", "Terg"),
        ("draw", "Terg", "-o", "x.html"),
        ("draw", "MSC", "Terg", "-o", "x.html"),
    ],
)
def test_an_unknown_name_offers_the_nearest(ask: Run, command: tuple[str, ...]) -> None:
    refused(ask(*command), "kg: no entity is called 'Terg'; did you mean 'Treg'")


@pytest.mark.parametrize("name", ["zzzzzz", "", "   ", "|", "🫁", "MSC; DROP", "x" * 5000])
def test_a_name_like_no_other_says_where_to_look(ask: Run, name: str) -> None:
    refused(ask("show", name), "kg: no entity is called")


@pytest.mark.parametrize(
    "command", [("paths", "CM", "fibrosis"), ("show", "cm"), ("draw", "CM", "-o", "x.html")]
)
def test_an_ambiguous_name_lists_what_it_may_be(ask: Run, command: tuple[str, ...]) -> None:
    refused(
        ask(*command), "names 2 entities; pass one of their names: ",
        "cardiac myocyte (CL:0000746)", "conditioned medium (OBI:1000023)",
    )  # fmt: skip


def test_finding_nothing_is_a_finding(ask: Run) -> None:
    refused(ask("find", "Terg"), "nothing holds 'Terg'; nearest: Treg", code=1)


def test_an_unknown_statement_is_no_entity_either(ask: Run) -> None:
    refused(ask("show", "s000000000000"), "s000000000000")


def test_no_path_says_which_end_or_constraint_leaves_none(ask: Run) -> None:
    refused(ask("paths", "asthma", "fibrosis"), "no statement involves 'asthma'", code=1)
    refused(ask("paths", "fibrosis", "MSC"), "no path of at most 4 steps; try a larger --max-length", code=1)
    refused(ask("paths", "MSC", "fibrosis", "--via", "miR-21-5p"), "no path keeps every constraint", code=1)


# Options ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", ["x", "", "+-", "negative", "0"])
@pytest.mark.parametrize("command", [("paths",), ("draw", "-o", "x.html")])
def test_a_sign_is_plus_minus_or_unknown(ask: Run, command: tuple[str, ...], sign: str) -> None:
    refused(ask(*command, "MSC", "fibrosis", "--sign", sign), f"kg: sign {sign!r}: write + or - or ?")


@pytest.mark.parametrize("command", [("paths",), ("hypotheses",), ("draw", "-o", "x.html")])
@pytest.mark.parametrize("length", ["0", "-1", "1000"])
def test_a_length_is_in_range(ask: Run, command: tuple[str, ...], length: str) -> None:
    done = ask(*command, "MSC", "fibrosis", "--max-length", length)
    refused(done, f"kg: --max-length {length}: choose 1 to ")


@pytest.mark.parametrize("command", [("paths",), ("hypotheses",), ("draw", "-o", "x.html")])
def test_a_length_is_a_number(ask: Run, command: tuple[str, ...]) -> None:
    refused(ask(*command, "MSC", "fibrosis", "--max-length", "long"), "'long' is not a valid integer")


def test_a_limit_is_positive(ask: Run) -> None:
    for command in (
        ("paths", "MSC", "fibrosis"),
        ("hypotheses",),
        ("conflicts",),
        ("draw", "MSC", "-o", "x.html"),
    ):
        for limit in ("0", "-3"):
            refused(ask(*command, "--limit", limit), "--limit")


@pytest.mark.parametrize("command", NARROWED)
def test_a_disease_is_a_disease(ask: Run, command: tuple[str, ...]) -> None:
    refused(ask(*command, "--disease", "fibrosis"), "kg: 'fibrosis' is of category phenotype, not a disease")


@pytest.mark.parametrize("command", NARROWED)
def test_a_species_is_one_of_the_list(ask: Run, command: tuple[str, ...]) -> None:
    refused(
        ask(*command, "--species", "unicorn"), "kg: 'unicorn' is no species here; one of human, mouse, rat"
    )


@pytest.mark.parametrize(
    "command",
    [
        ("nothing",),
        ("paths",),
        ("export", "pdf"),
        ("draw", "MSC"),
        ("stats", "--xml"),
        ("paths", "--jsn"),
    ],
)
def test_wrong_use_says_how_to_use_it(ask: Run, command: tuple[str, ...]) -> None:
    refused(ask(*command), "Usage: ", "Error: ")


def test_one_name_is_too_few_for_a_path(ask: Run) -> None:
    refused(ask("paths", "MSC"), "kg: path query 'MSC': give two ends, or a pattern such as")


def test_three_names_are_too_many_to_draw(ask: Run) -> None:
    refused(ask("draw", "MSC", "lung", "fibrosis", "-o", "x.html"), "not 3 names; quote names with blanks")


# Curated files ------------------------------------------------------------------------------------


def linted(root: Path) -> list[str]:
    """What lint prints, after looking that build says the same."""
    done, built = run("lint", "--checkout", root), run("build", "--checkout", root, "--out", root / "out")
    assert (done.exit_code, built.exit_code) == (1, 1)
    assert not (root / "out").exists()
    printed = done.stdout.splitlines()
    assert built.stderr.splitlines()[: len(printed)] == printed
    assert f"{len(printed)} problem(s) in the curated data" in built.stderr
    assert f"{len(printed)} problem(s) in 4 paper file(s)" in done.stderr
    opened = run("--graph", root, "stats")
    assert opened.exit_code == 1
    assert printed[0] in opened.stderr
    return printed


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        (TREG, "kind: primary", "kind: primary: yes",
         "yaml_syntax: not YAML at column 14: mapping values are not"),
        (TREG, "kind: primary", "year: 2001", "duplicate_key: 'year' stands here and on line 4; keep one"),
        (TREG, "Treg | decreases", "Terg | decreases",
         "undefined_name: no entity is called 'Terg'; did you mean 'Treg'?"),
        (TREG, "MSC | increases", "MSC | increase",
         "undefined_predicate: 'increase' is no predicate; did you mean"),
        (ENTITIES, "CL:0000235\tmacrophage", "CL:9999999\tmacrophage",
         "obsolete_id: CL:9999999 (macrophage) is obsolete"),
        (ENTITIES, "CL:0000815\tregulatory T cell", "CL:0000084\tregulatory T cell",
         "duplicate_id: CL:0000084 is already 'T cell'"),
        (ENTITIES, "CL:0000235\tmacrophage", "CL:0000542\tmacrophage",
         "label_mismatch: CL:0000542 is 'lymphocyte', not 'macrophage'"),
    ],
)  # fmt: skip
def test_a_problem_is_shown_with_its_place(
    tiny_copy: Path, name: str, old: str, new: str, problem: str
) -> None:
    head = "id\tlabel\tdefinition\tsynonyms\tparents\tobsolete\treplaced_by\tversion\tlicence\n"
    row = "CL:9999999\tmacrophage\t\t\t\ttrue\t\tmade up\tCC0-1.0\n"
    (tiny_copy / "ontology/imports/made-up.tsv").write_text(head + row)
    line = replace(tiny_copy, name, old, new)
    assert any(shown.startswith(f"{name}:{line}: {problem}") for shown in linted(tiny_copy))


def test_all_problems_are_shown_in_one_run(tiny_copy: Path) -> None:
    replace(tiny_copy, TREG, "kind: primary", "kind: primry")
    replace(tiny_copy, TREG, "test: association", "test: associaton")
    replace(tiny_copy, "data/papers/2003/cook-treg-worse.yaml", "species: rat", "species: ratt")
    replace(tiny_copy, ENTITIES, "\tmacrophage\tcell", "\tmacrophage\tcel")
    assert len(linted(tiny_copy)) >= 4


def test_a_wrong_anchor_is_shown_with_its_place(tiny_copy: Path) -> None:
    line = replace(tiny_copy, TREG, "2459b1d10727e5c1", "0000000000000000")
    done = run("verify", "--checkout", tiny_copy, "--abstracts", tiny_copy / "abstracts")
    assert done.exit_code == 1
    assert done.stdout.startswith(
        f"{TREG}:{line}: wrong_anchor: no sentence of doi:10.5555/tiny.1 has the fingerprint 0000000000000000"
    )


@pytest.mark.parametrize("command", [("lint",), ("build", "--out", "x"), ("verify", "--abstracts", "x")])
def test_a_folder_that_is_no_checkout_is_named(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = run(*command, "--checkout", tmp_path)
    refused(done, f"kg: {tmp_path} is not a checkout of the curated data", "entities.tsv is missing")


@pytest.mark.parametrize("command", [("lint",), ("build", "--out", "x"), ("lint", "--fix")])
def test_a_folder_that_cannot_be_read_is_named(
    tiny_copy: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    scandir = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("2002"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    refused(run(*command, "--checkout", tiny_copy), "kg: cannot read ", "papers/2002: Permission denied")


@pytest.mark.parametrize("command", [("lint",), ("build", "--out", "x"), ("verify", "--abstracts", ".")])
def test_a_link_to_nowhere_is_named(tiny_copy: Path, command: tuple[str, ...]) -> None:
    (tiny_copy / "data/papers/2001/gone-away.yaml").symlink_to("nowhere")
    refused(
        run(*command, "--checkout", tiny_copy),
        "kg: cannot read ",
        "gone-away.yaml: No such file or directory",
    )
    refused(run("--graph", tiny_copy, "stats"), "kg: ", "gone-away.yaml")


def test_a_file_that_is_not_utf_8_is_named(tiny_copy: Path) -> None:
    (tiny_copy / TREG).write_bytes(b"title: na\xefve\n")
    refused(run("lint", "--checkout", tiny_copy), f"kg: {tiny_copy / TREG} is not UTF-8 text (byte 9)")


def test_lint_takes_files_that_exist(tiny_copy: Path) -> None:
    refused(run("lint", tiny_copy / "no.yaml", "--checkout", tiny_copy), "kg: cannot read ", "no.yaml")
    refused(run("lint", tiny_copy / "data", "--checkout", tiny_copy), "data is a folder; name files")


def test_fix_says_what_it_did_and_what_it_left(tiny_copy: Path) -> None:
    text = (tiny_copy / TREG).read_text(encoding="utf-8")
    (tiny_copy / TREG).write_text(text + "# a comment\n", encoding="utf-8")
    replace(tiny_copy, "data/papers/2003/cook-treg-worse.yaml", "year: 2003\n", "year:   2003\n")
    done = run("lint", "--fix", "--checkout", tiny_copy)
    assert (done.exit_code, done.stdout) == (0, "data/papers/2003/cook-treg-worse.yaml: rewritten\n")
    assert f"{TREG}: holds comments, which would be lost" in done.stderr


def test_a_date_that_is_none_ends_in_a_message(tiny_copy: Path) -> None:
    replace(tiny_copy, TREG, "2026-01-01", "2026-02-30")
    for command in (("lint",), ("lint", "--fix")):
        done = run(*command, "--checkout", tiny_copy)
        assert done.exit_code == 1
        assert f"{TREG}:8: bad_value: " in done.output


def test_an_anchor_needs_a_sentence() -> None:
    for text in ("", "  \n", "…"):
        refused(run("anchor", stdin=text), "kg: no sentence on standard input")


# Graphs -------------------------------------------------------------------------------------------


def test_a_truncated_store_is_named(tiny: Graph, tmp_path: Path) -> None:
    for path in tiny.built.path.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    os.truncate(tmp_path / "evidence.nq", 1000)
    done = run("--graph", tmp_path, "stats")
    refused(done, f"kg: {tmp_path}/evidence.nq does not match its manifest (1000 bytes,", "kg build --out")


def test_a_folder_without_a_graph_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(run("--graph", tmp_path, "stats"), f"kg: {tmp_path} holds no built graph; run `kg build --out")
    monkeypatch.setenv("KG_GRAPH", str(tmp_path / "nowhere"))
    refused(run("stats"), "nowhere holds no built graph")


# SPARQL -------------------------------------------------------------------------------------------


def test_a_syntax_error_has_its_line_and_column(ask: Run) -> None:
    refused(
        ask("query", "-", stdin="SELECT *\nWHERE { ?s ?p }"),
        "kg: SPARQL line 2, column 1",
        "something is missing",
    )
    refused(ask("query", "-", "--turtle", stdin="CONSTRUCT { ?s ?p }"), "kg: SPARQL line 1, column ")


def test_a_slow_query_is_stopped(ask: Run) -> None:
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(STR(?a) != STR(?g)) }"
    refused(
        ask("query", "-", "--time-limit", "0.5", stdin=slow), "ran longer than 0.5 s and was stopped", "LIMIT"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("INSERT DATA { <a:a> <a:b> <a:c> }", "INSERT is an update; the graph is read-only"),
        ("DELETE WHERE { ?s ?p ?o }", "DELETE is an update"),
        ("# SELECT\nload <file:///etc/passwd>", "LOAD is an update"),
        ("DROP ALL", "DROP is an update"),
        ("PREFIX a: <a:> CLEAR GRAPH a:b", "CLEAR is an update"),
        ("INSERT { ?s ?p 1 } WHERE { SELECT * { ?s ?p ?o } }", "INSERT is an update"),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "SERVICE is refused"),
        ("SELECT * { service silent <http://127.0.0.1:9/> { ?s ?p ?o } }", "SERVICE is refused"),
        ("SELECT * { SERVICE ?e { ?s ?p ?o } }", "SERVICE is refused"),
        ("SELECT * { ?s ?p '#' . SERVICE <http://127.0.0.1:9/> {} }", "SERVICE is refused"),
        ("", "the query is empty"),
        ("# nothing but a comment", "the query is empty"),
    ],
)
def test_what_does_not_only_read_this_graph_is_refused(ask: Run, text: str, message: str) -> None:
    refused(ask("query", "-", stdin=text), f"kg: {message}")


@pytest.mark.parametrize(
    "text", ["SELECT * { ?s voc:name 'SERVICE DROP' }", "ASK { ?service ?load <urn:DROP> } # CLEAR"]
)
def test_a_word_in_a_text_is_no_update(ask: Run, text: str) -> None:
    assert ask("query", "-", stdin=text).exit_code == 0


def test_a_file_is_not_read_through_a_query(ask: Run, tmp_path: Path) -> None:
    (tmp_path / "a.ttl").write_text("<a:a> <a:b> <a:c> .")
    done = ask("query", "-", "--json", stdin=f"SELECT * FROM <file://{tmp_path}/a.ttl> {{ ?s ?p ?o }}")
    assert (done.exit_code, json.loads(done.stdout)) == (0, [])


def test_an_unknown_query_offers_the_nearest(ask: Run) -> None:
    refused(ask("query", "trails"), "kg: no query is called 'trails'; did you mean 'trials'?")
    refused(ask("query", "zzzzzz"), "kg: no query is called 'zzzzzz'; see `kg query --list`")
    refused(ask("query"), "kg: name a query (`kg query --list`), a file, or - for standard input")


def test_a_query_file_must_be_readable(ask: Run, tmp_path: Path) -> None:
    refused(ask("query", tmp_path / "no.rq"), "kg: no query file ")
    (tmp_path / "latin.rq").write_bytes(b"# na\xefve")
    refused(ask("query", tmp_path / "latin.rq"), "latin.rq is not UTF-8 text (byte 4)")
    refused(ask("query", tmp_path), "kg: ")


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "long"])
@pytest.mark.parametrize("option", ["--time-limit", "--row-limit"])
def test_limits_of_a_query_are_positive_numbers(ask: Run, option: str, value: str) -> None:
    refused(ask("query", "trials", option, value), option)


def test_turtle_needs_a_query_that_gives_triples(ask: Run) -> None:
    refused(ask("query", "trials", "--turtle"), "kg: Turtle needs a CONSTRUCT or DESCRIBE query")


# Writing ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        ("draw", "MSC", "fibrosis", "-o"),
        ("draw", "MSC", "-o"),
        *(("export", what, "-o") for what in ("statements", "evidence", "graphml", "rdf", "schema")),
    ],
)
@pytest.mark.parametrize("kind", ["a folder", "below a file", "a full disk"])
def test_a_path_that_cannot_be_written_is_named(
    ask: Run, tmp_path: Path, command: tuple[str, ...], kind: str
) -> None:
    if kind == "below a file":
        (tmp_path / "file").write_text("")
    out = {"a folder": tmp_path, "below a file": tmp_path / "file/x.html", "a full disk": Path("/dev/full")}[
        kind
    ]
    if kind == "a full disk" and not out.exists():
        pytest.skip("no /dev/full here")
    refused(ask(*command, out), f"kg: cannot write {out}")


def test_an_ontology_that_cannot_be_written_is_named(ask: Run, tmp_path: Path) -> None:
    (tmp_path / "a.ttl").mkdir()
    refused(
        ask("export", "ontology", "-o", tmp_path / "a.ttl"),
        f"kg: cannot write {tmp_path}/a.ttl: Is a directory",
    )
    refused(
        ask("export", "ontology", "-o", tmp_path / "a.pdf"),
        "kg: ontology as '.pdf': use .ttl, .owl, .rdf, .owx, .ofn, .nt, .obo or .json",
    )
    assert not (tmp_path / "a.pdf").exists()


def test_a_build_that_cannot_be_written_is_named(tiny_root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("mine")
    for out in ("file", "file/graph", "mine"):
        done = run("build", "--checkout", tiny_root, "--out", tmp_path / out)
        refused(done, "kg: ", str(tmp_path / out))
    assert (tmp_path / "file").read_text() == (tmp_path / "mine/thesis.txt").read_text() == "mine"


# The process itself -------------------------------------------------------------------------------


def process(*args: str | Path, tail: str = "") -> subprocess.CompletedProcess[bytes]:
    command = " ".join(["exec", sys.executable, "-m", "kg.cli", *map(str, args)]) if not tail else (
        " ".join([sys.executable, "-m", "kg.cli", *map(str, args), tail])
    )  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(Path(kg.__file__).parents[1])}
    return subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=False, env=env, timeout=30)


def test_the_exit_code_reaches_the_shell(tiny: Graph) -> None:
    done = process("--graph", tiny.built.path, "show", "Terg")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().startswith("kg: no entity is called 'Terg'; did you mean 'Treg'")
    assert b"Traceback" not in done.stderr


def test_a_reader_that_goes_away_is_no_error(tiny: Graph) -> None:
    done = process("--graph", tiny.built.path, "export", "rdf", tail="| head -n 1")
    assert done.stdout.count(b"\n") == 1
    assert done.stderr == b""


def test_a_full_disk_behind_standard_output_ends_in_a_message(tiny: Graph) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    done = process("--graph", tiny.built.path, "export", "rdf", tail="> /dev/full")
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert done.stderr.startswith(b"kg: cannot write")
