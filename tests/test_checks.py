"""Each check finds nothing in the graphs we keep, and what it is there for in the graph planted for it.

`tests/bad_ontology/<check>.trig` holds the fewest triples that break one check, on top of the tiny graph. A
line `# also:` names the checks that these triples cannot help but break as well.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import rdflib
from click.testing import CliRunner
from pyoxigraph import Quad, RdfFormat, parse, serialize
from rdflib import URIRef

from kg import vocab
from kg.cli import main
from kg.errors import BadInput
from kg.graph import Graph
from kg.ontology.checks import Check, Finding, read_checks, run_checks
from kg.store.graphs import BuiltGraph, write_build

ROOT = Path(__file__).resolve().parents[1]
BAD = ROOT / "tests" / "bad_ontology"
CHECKS = read_checks(ROOT / "ontology" / "checks")
NAMES = [c.name for c in CHECKS]

# The tiny checkout shares the hand-written modules and keeps a few public terms only: most of what those
# modules name is missing from it, or without its parents, and so are the members of most defined classes.
NOT_ON_TINY = {"undeclared-class", "empty-defined-class", "missing-superclass", "too-many-roots"}


def found(g: BuiltGraph, checks: list[Check] = CHECKS) -> list[Finding]:
    return list(run_checks(checks, g.query))


@pytest.fixture(scope="module")
def on_tiny(tiny: Graph) -> set[Finding]:
    """What the checks find in the tiny graph as it is."""
    return set(found(tiny.built))


@pytest.fixture(scope="module")
def scratch(tiny: Graph) -> BuiltGraph:
    """The tiny graph in a store of its own."""
    return BuiltGraph(tiny.built.path, tiny.built.manifest)


@pytest.fixture(scope="module")
def tiny_in_rdflib(tiny: Graph, in_rdflib: Callable[[Path], rdflib.Dataset]) -> rdflib.Dataset:
    return in_rdflib(tiny.built.path)


def quads_of(name: str) -> list[Quad]:
    return list(parse(path=str(BAD / f"{name}.trig"), format=RdfFormat.TRIG))


@contextmanager
def planted(g: BuiltGraph, name: str) -> Iterator[BuiltGraph]:
    """A graph with the triples that break a check, which are taken out of its store again."""
    added = [quad for quad in quads_of(name) if quad not in g.store]
    g.store.extend(added)
    yield g
    for quad in added:
        g.store.remove(quad)


@contextmanager
def planted_in_rdflib(dataset: rdflib.Dataset, name: str) -> Iterator[rdflib.Dataset]:
    """The same in rdflib; the triples are taken out again."""
    extra = rdflib.Dataset()
    extra.parse(BAD / f"{name}.trig", format="trig")
    seen = [URIRef(vocab.expand(f"graph:{g}")) for g in vocab.DEFAULT_GRAPHS]
    added = [
        (place, triple)
        for graph in extra.graphs()
        for triple in graph
        for place in (dataset.graph(graph.identifier), *[dataset.default_graph] * (graph.identifier in seen))
        if triple not in place
    ]
    for place, triple in added:
        place.add(triple)
    yield dataset
    for place, triple in added:
        place.remove(triple)


# Where all is well --------------------------------------------------------------------------------


def test_there_are_many_checks_and_each_has_a_graph_that_breaks_it() -> None:
    assert len(CHECKS) >= 85
    assert {path.stem for path in BAD.glob("*.trig")} == set(NAMES)
    assert len({c.title for c in CHECKS}) == len({c.finds for c in CHECKS}) == len(CHECKS)


@pytest.mark.parametrize("check", CHECKS, ids=NAMES)
def test_the_real_graph_passes(real: Graph, check: Check) -> None:
    assert [str(f) for f in found(real.built, [check])] == []


def test_the_tiny_graph_passes_but_for_what_it_leaves_out(on_tiny: set[Finding]) -> None:
    assert {f.check.name for f in on_tiny} == NOT_ON_TINY


# Where it is not ----------------------------------------------------------------------------------


@pytest.mark.parametrize("check", CHECKS, ids=NAMES)
def test_a_planted_violation_is_found_and_nothing_else(
    scratch: BuiltGraph, on_tiny: set[Finding], check: Check
) -> None:
    with planted(scratch, check.name) as wrong:
        new = set(found(wrong)) - on_tiny
    also = re.match(r"# also: (.*)", (BAD / f"{check.name}.trig").read_text(encoding="utf-8"))
    expected = {check.name, *(also[1].split(", ") if also else ())}
    assert {f.check.name for f in new} == expected, "\n".join(map(str, sorted(new, key=str)))


@pytest.mark.slow
@pytest.mark.parametrize("check", CHECKS, ids=NAMES)
def test_both_engines_find_the_same(
    scratch: BuiltGraph,
    tiny_in_rdflib: rdflib.Dataset,
    rows_in_rdflib: Callable[[rdflib.Dataset, str], list[tuple[str, ...]]],
    on_tiny: set[Finding],
    check: Check,
) -> None:
    with planted(scratch, check.name) as wrong:
        ours = [f.row for f in found(wrong, [check])]
    with planted_in_rdflib(tiny_in_rdflib, check.name) as also_wrong:
        theirs = rows_in_rdflib(also_wrong, check.text)
    if check.name == "blank-node-outside-axioms":  # each engine labels blank nodes in its own way
        assert len(theirs) == len(ours) > 0
        return
    assert theirs == ours
    assert set(ours) > {f.row for f in on_tiny if f.check == check}


# The command --------------------------------------------------------------------------------------


def ask(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, list(words))
    return done.exit_code, done.output


def test_the_command_says_fine(tiny: Graph) -> None:
    assert ask("--graph", str(tiny.built.path), "check", "missing-label", "label-clash") == (
        0,
        "0 finding(s) of 2 check(s)\n",
    )


def test_the_command_tells_all_findings_in_one_run(tiny: Graph, tmp_path: Path) -> None:
    out = Path(shutil.copytree(tiny.built.path, tmp_path / "graph"))
    files = {path.name: path.read_text(encoding="utf-8") for path in out.iterdir()}
    facts = json.loads(files.pop("manifest.json"))
    for name in ("predicate-without-sign", "subclass-cycle", "two-signs"):
        files["ontology.nq"] += (serialize(quads_of(name), format=RdfFormat.N_QUADS) or b"").decode()
    write_build(out, files, {k: v for k, v in facts.items() if k not in ("files", "format")})
    command = ("--graph", str(out), "check")

    code, text = ask(*command, "predicate-without-sign", "subclass-cycle", "two-signs")
    assert code == 1
    lines = text.splitlines()
    assert "predicate-without-sign: rel:oddly_changes: label 'oddly changes'" in lines
    assert "subclass-cycle: CL:0000815: label 'regulatory T cell'" in lines
    assert "two-signs: rel:binds: sign '+', other '?'" in lines
    assert lines[-1] == f"{len(lines) - 1} finding(s) of 3 check(s)"
    code, text = ask(*command, "two-signs", "--json")
    assert code == 1
    assert json.loads(text[: text.rindex("]") + 1]) == [
        {"check": "two-signs", "term": "rel:binds", "sign": "+", "other": "?"}
    ]
    code, text = ask(*command, "two-signs", "--tsv")
    assert text.splitlines()[:2] == ["check\tterm\tdetail", "two-signs\trel:binds\tsign '+', other '?'"]


def test_a_wrong_name_gets_the_nearest_and_a_folder_without_checks_is_refused(tmp_path: Path) -> None:
    code, text = ask("check", "missing-lable")
    assert (code, "missing-label" in text) == (2, True)
    assert ask("check", "zzz") == (2, "kg: no check is called 'zzz'; see `kg check --list`\n")
    code, text = ask("check", "--checkout", str(tmp_path))
    assert (code, "no checks in" in text) == (2, True)


def test_the_list_says_what_each_finds() -> None:
    code, text = ask("check", "--list", "--tsv")
    assert code == 0
    assert [line.split("\t")[0] for line in text.splitlines()[1:]] == NAMES


def test_a_check_without_its_header_is_refused(tmp_path: Path) -> None:
    (tmp_path / "odd.rq").write_text("# Odd\n# finds: something\nSELECT * {}\n", encoding="utf-8")
    with pytest.raises(BadInput, match="why, columns is missing"):
        read_checks(tmp_path)


def test_columns_must_be_those_announced(tiny: Graph) -> None:
    odd = Check("odd", "Odd", "x", "y", ("term", "label"), "SELECT ?term { ?term voc:sign '+' }")
    with pytest.raises(BadInput, match="announces the columns term, label and returns term"):
        found(tiny.built, [odd])
