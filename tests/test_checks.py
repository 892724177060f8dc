"""Each check finds nothing in the graphs we keep, and what it is there for in the graph planted for it.

`tests/bad_ontology/<check>.trig` holds the fewest triples that break one check, on top of the tiny graph. A
line `# also:` names the checks that these triples cannot help but break as well.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
import rdflib
from click.testing import CliRunner
from pyoxigraph import RdfFormat, parse, serialize
from rdflib.plugins.sparql import prepareQuery

from kg import vocab
from kg.checks import Check, Finding, read_checks, run_checks
from kg.cli import main
from kg.errors import BadInput
from kg.graph import Graph
from kg.store import BuiltGraph

ROOT = Path(__file__).resolve().parents[1]
BAD = ROOT / "tests" / "bad_ontology"
CHECKS = read_checks(ROOT / "ontology" / "checks")
NAMES = [c.name for c in CHECKS]

# The tiny checkout shares the hand-written modules and keeps a few public terms only: most of what those
# modules name is missing from it, and so are the members of most defined classes.
NOT_ON_TINY = {"undeclared-class", "empty-defined-class"}


def in_rdflib(path: Path) -> rdflib.Dataset:
    """A built graph in rdflib's own memory store, with the same default graph as ours."""
    made = rdflib.Dataset()
    for name in vocab.GRAPHS:
        made.parse(path / f"{name}.nq", format="nquads")
    for name in vocab.DEFAULT_GRAPHS:  # after parsing, which starts the default graph anew
        for triple in made.graph(rdflib.URIRef(vocab.expand(f"graph:{name}"))):
            made.default_graph.add(triple)
    return made


def plain(term: object) -> str:
    if term is None:
        return ""
    return vocab.compress(str(term)) if isinstance(term, rdflib.URIRef) else str(term)


def rows_in_rdflib(check: Check, dataset: rdflib.Dataset) -> list[tuple[str, ...]]:
    prepared = prepareQuery(check.text, initNs=vocab.PREFIXES)
    return sorted(tuple(plain(cell) for cell in row) for row in dataset.query(prepared))  # type: ignore[union-attr]


def found(g: BuiltGraph, checks: list[Check] = CHECKS) -> list[Finding]:
    return list(run_checks(checks, g.query))


@pytest.fixture(scope="module")
def on_tiny(tiny: Graph) -> set[Finding]:
    """What the checks find in the tiny graph as it is."""
    return set(found(tiny.built))


@pytest.fixture(scope="module")
def real_in_rdflib(real: Graph) -> rdflib.Dataset:
    return in_rdflib(real.built.path)


@pytest.fixture(scope="module")
def tiny_in_rdflib(tiny: Graph) -> rdflib.Dataset:
    return in_rdflib(tiny.built.path)


def planted(tiny: Graph, name: str, folder: Path) -> BuiltGraph:
    """The tiny graph with the triples that break a check."""
    path = Path(shutil.copytree(tiny.built.path, folder / name))
    quads = parse(path=str(BAD / f"{name}.trig"), format=RdfFormat.TRIG)
    for quad in quads:
        graph = quad.graph_name.value.rpartition("/")[2]  # type: ignore[union-attr]
        with (path / f"{graph}.nq").open("ab") as out:
            out.write(serialize([quad], format=RdfFormat.N_QUADS) or b"")
    return BuiltGraph(path, {})


# Where all is well --------------------------------------------------------------------------------


def test_there_are_many_checks_and_each_has_a_graph_that_breaks_it() -> None:
    assert len(CHECKS) >= 40
    assert {path.stem for path in BAD.glob("*.trig")} == set(NAMES)
    assert len({c.title for c in CHECKS}) == len({c.finds for c in CHECKS}) == len(CHECKS)


@pytest.mark.parametrize("check", CHECKS, ids=NAMES)
def test_the_real_graph_passes(real: Graph, check: Check) -> None:
    assert [str(f) for f in found(real.built, [check])] == []


@pytest.mark.parametrize("check", CHECKS, ids=NAMES)
def test_the_real_graph_passes_in_rdflib(real_in_rdflib: rdflib.Dataset, check: Check) -> None:
    assert rows_in_rdflib(check, real_in_rdflib) == []


def test_the_tiny_graph_passes_but_for_what_it_leaves_out(on_tiny: set[Finding]) -> None:
    assert {f.check.name for f in on_tiny} == NOT_ON_TINY


# Where it is not ----------------------------------------------------------------------------------


@pytest.mark.parametrize("check", CHECKS, ids=NAMES)
def test_a_planted_violation_is_found_and_nothing_else(
    tiny: Graph, on_tiny: set[Finding], check: Check, tmp_path: Path
) -> None:
    wrong = planted(tiny, check.name, tmp_path)
    new = set(found(wrong)) - on_tiny
    also = re.match(r"# also: (.*)", (BAD / f"{check.name}.trig").read_text(encoding="utf-8"))
    expected = {check.name, *(also[1].split(", ") if also else ())}
    assert {f.check.name for f in new} == expected, "\n".join(map(str, sorted(new, key=str)))


@pytest.mark.parametrize("check", CHECKS, ids=NAMES)
def test_both_engines_find_the_same(
    tiny: Graph, on_tiny: set[Finding], check: Check, tmp_path: Path
) -> None:
    wrong = planted(tiny, check.name, tmp_path)
    ours = [f.row for f in found(wrong, [check])]
    assert rows_in_rdflib(check, in_rdflib(wrong.path)) == ours
    assert set(ours) > {f.row for f in on_tiny if f.check == check}
