"""`kg site`: the explorer as static files, answered inside the page without a server or a network.

The page and its views are those of the server; in place of `assets/remote.js` stands `assets/local.js`, which
answers from data that are written beside it as scripts (a page opened from a folder may load scripts, and
nothing else). Path questions are answered by `assets/engine.js`, SPARQL by Oxigraph's release for browsers.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from kg import vocab
from kg.engine import AGREEMENT
from kg.errors import NotWritable
from kg.mechanism import belief
from kg.mechanism.conflicts import KINDS
from kg.mechanism.paths import AXES, Path
from kg.mechanism.scope import AXES as SCOPE_AXES
from kg.model import Evidence
from kg.show import cards
from kg.store.graphs import put_in_place
from kg.web import objects

if TYPE_CHECKING:
    from kg.graph import Graph

__all__ = ["write_site"]

MARK = "made-by-msc-kg.txt"
"""A file that a site has, by which an older one is known."""

SIGN = {"+": 1, "-": -1, "?": 0}
POLICY = (
    "default-src 'none'; script-src 'self' blob: 'wasm-unsafe-eval' file:; style-src 'self' 'unsafe-inline' "
    "file:; img-src 'self' data: file:; font-src 'self' data:; base-uri 'none'; form-action 'none'"
)


def write_site(graph: Graph, out: str | os.PathLike[str]) -> FilePath:
    """Write the site of a graph to a folder that is empty, new or an older site: all of it, or nothing.

    Raises NotWritable, and BadInput for a graph of edges.
    """
    built = graph.built
    target = FilePath(out).resolve()
    try:
        if target.exists() and not (
            target.is_dir() and ((target / MARK).is_file() or not any(target.iterdir()))
        ):
            raise NotWritable(f"{target} exists and is no site of ours; choose a new or an empty folder")
        target.parent.mkdir(parents=True, exist_ok=True)
        staging = FilePath(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise NotWritable(f"cannot write {target}: {error.strerror or error}") from None
    try:
        _fill(graph, staging)
        content = f"msc-kg, content {built.manifest['content']}\n"
        (staging / MARK).write_text(content, encoding="utf-8")
        staging.chmod(0o755)
        put_in_place(staging, target)
    except OSError as error:
        raise NotWritable(f"cannot write {target}: {error.strerror or error}") from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return target


def _fill(graph: Graph, folder: FilePath) -> None:
    package = FilePath(str(files("kg.web")))
    shutil.copytree(package / "assets", folder / "assets", ignore=shutil.ignore_patterns("remote.js"))
    shutil.copytree(package / "vendor" / "elkjs", folder / "vendor" / "elkjs")
    # Oxigraph itself stands in data/sparql.js, since a page from a folder cannot load modules.
    (folder / "vendor" / "oxigraph").mkdir()
    shutil.copy(package / "vendor" / "oxigraph" / "LICENSE-APACHE", folder / "vendor" / "oxigraph")
    (folder / "vendor" / "README.md").write_bytes((package / "vendor" / "README.md").read_bytes())
    page = (folder / "assets" / "index.html").read_text(encoding="utf-8")
    (folder / "assets" / "index.html").unlink()
    page = page.replace(
        '<meta charset="utf-8">',
        f'<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
    )
    scripts = ("data/start.js", "data/graph.js", "assets/engine.js", "assets/local.js", "assets/store.js")
    remote = '<script src="assets/remote.js" defer></script>'
    assert remote in page
    page = page.replace(remote, "\n".join(f'<script src="{name}" defer></script>' for name in scripts))
    (folder / "index.html").write_text(page, encoding="utf-8")
    data = folder / "data"
    data.mkdir()
    _script(data / "graph.js", "engineData", engine_data(graph))
    # The first page waits for this one only, and the views for the rest.
    start = objects.start(graph)
    _script(data / "start.js", "startObject", start)
    _script(data / "objects.js", "objects", site_objects(graph, start["grid"]))
    oxigraph = package / "vendor" / "oxigraph"
    _script(
        data / "sparql.js",
        "oxigraph",
        {
            "module": (oxigraph / "web.js").read_text(encoding="utf-8"),
            "wasm": _packed((oxigraph / "web_bg.wasm").read_bytes()),
            "quads": _packed(
                b"".join((graph.built.path / f"{name}.nq").read_bytes() for name in vocab.GRAPHS)
            ),
            "base": vocab.BASE,
            "prefixes": vocab.PREFIXES,
            "graphs": {name: vocab.expand(f"graph:{name}") for name in vocab.GRAPHS},
            "default": list(vocab.DEFAULT_GRAPHS),
        },
    )


def _packed(data: bytes) -> str:
    """Bytes as base64 of gzip, the same for the same bytes."""
    return base64.b64encode(gzip.compress(data, 6, mtime=0)).decode()


def _script(path: FilePath, name: str, data: Any) -> None:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    text = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    path.write_text(f'"use strict";\nwindow.kg=window.kg||{{}};window.kg.{name}={text};\n', encoding="utf-8")


# What the engine in the page needs ----------------------------------------------------------------


def engine_data(g: Graph) -> dict[str, Any]:
    """Names, statements with their lines in numbers, and the parameters of belief and score.

    `belief` of a statement is [value, low, high] by all its lines; that of some of them is worked out in the
    page.
    A line is [direction (0 for, 1 against, 2 no effect), paper, group, year, test, rung, disease, species,
    whether a product was given, product, source, route, systematic error, random error, product and source as
    far as they say which, contexts by axis: widened values, or null where the line leaves the axis open].
    """
    names = g.names
    wider = g._contexts.wider
    widened: dict[tuple[str, str], list[str]] = {}

    def context(e: Evidence, axis: str) -> list[str] | None:
        value = getattr(e.experiment, axis)
        if value is None or value == "several":
            return None
        if (axis, value) not in widened:
            widened[axis, value] = sorted(wider(axis, value))
        return widened[axis, value]

    def row(e: Evidence) -> list[Any]:
        x, a = e.experiment, e.experiment.agent
        systematic, random = belief.errors_of(e)

        def known(value: str | None) -> str | None:
            return None if value in vocab.OPEN_VALUES else value

        return [
            {"supports": 0, "disputes": 1, "no effect": 2}[e.direction], e.paper.id, e.paper.source_group,
            e.paper.year, e.line.test, vocab.RUNGS.index(e.rung) if e.rung else -1, x.disease, x.species,
            a is not None, a and a.product, a and a.source, a and a.route, systematic, random,
            a and known(a.product), a and known(a.source), [context(e, axis) for axis in AXES],
        ]  # fmt: skip

    relevance = {p.of: p.value for p in belief.PARAMETERS if p.what == belief.RELEVANCE}
    believed = {step.id: step.belief for step in g.engine.steps}
    return {
        "entities": [[e.name, e.id, e.label, e.category] for e in g.entities],
        "spellings": _pairs(names._spellings),
        "used": sorted(names.used),
        "below": _pairs(names._below),
        "products": _pairs(names._products),
        "defined": [
            {"label": c.label, "id": c.id, "members": list(c.members)} for c in g.defined.values()
        ],
        "categories": list(vocab.CATEGORIES),
        "molecules": list(vocab.MOLECULES),
        "diseases": [[e.name, list(g.diseases_as(e))] for e in g.entities if e.category == "disease"],
        "bridges": [
            [b.subject, b.object, b.sign, f"{b}: {b.reason}"]
            for b in g.knowledge.bridges if b.kind == "marker of"
        ],
        "choices": {("tissue" if axis == "source" else axis): list(v) for axis, v in SCOPE_AXES.items()},
        "tests": list(vocab.TESTS),
        "predicates": list(g.knowledge.by_predicate),
        "statements": [
            {"id": s.id, "subject": s.subject, "predicate": s.predicate, "object": s.object,
             "sign": SIGN[s.sign.value], "lines": [row(e) for e in s.evidence if e.counts],
             "belief": [b.value, *b.interval] if (b := believed.get(s.id)) else None}
            for s in g.statements() if any(e.counts for e in s.evidence)
        ],
        "rungs": list(vocab.RUNGS),
        "levels": [vocab.level_of(rung) for rung in vocab.RUNGS],
        "human": [vocab.RUNGS.index(rung) for rung in vocab.HUMAN_RUNGS],
        "agreement": list(AGREEMENT),
        "relevance": [
            relevance[of] for of in ("another disease", "another product", "another tissue source")
        ],
        "listed": belief.LISTED,
        "resamples": belief.RESAMPLES,
        "level": belief.LEVEL,
    }  # fmt: skip


def _pairs(found: Mapping[str, Any]) -> list[list[Any]]:
    """A mapping as pairs: an object in JavaScript has keys of its own and puts numbers first."""
    return [[key, value] for key, value in found.items()]


# What the views show ------------------------------------------------------------------------------


class _Table:
    """Objects that stand in many places, each once; elsewhere stands its number."""

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self._numbers: dict[str, int] = {}

    def add(self, row: Any) -> int:
        key = json.dumps(row, sort_keys=True)
        if key not in self._numbers:
            self._numbers[key] = len(self.rows)
            self.rows.append(row)
        return self._numbers[key]

    def each(self, rows: Iterable[Any]) -> list[int]:
        return [self.add(row) for row in rows]


def site_objects(g: Graph, grid: Mapping[str, Any]) -> dict[str, Any]:
    """The objects of the addresses under `/api/`, each thing once and named by its key elsewhere.

    `grid`: that of the first page, whose cells hold statements.
    """
    lines: dict[str, Any] = {}
    briefs, trials = _Table(), _Table()

    def keyed(shown: list[dict[str, Any]]) -> list[str]:
        lines.update((e["id"], e) for e in shown)
        return [e["id"] for e in shown]

    statements = {}
    for s in g.statements():
        brief = objects.brief(s)
        found = objects.statement(g, s.id)
        own = {k: v for k, v in found.items() if k not in brief}
        own["opposite"] = briefs.each(found["opposite"])
        statements[s.id] = {**own, "brief": briefs.add(brief), "lines": keyed(found["lines"])}
    papers = {}
    for p in g.papers:
        found = objects.paper(g, p.id)
        kept = [
            {k: v for k, v in e.items() if k == "id" or k not in lines[e["id"]] or lines[e["id"]][k] != v}
            for e in found["lines"]
        ]
        papers[p.id] = {**found, "lines": kept}
    entities = {}
    for e in g.entities:
        found = objects.entity(g, e.name)
        for part in ("statements", "in_disease", "below"):
            found[part] = briefs.each(found[part])
        found["trials"] = trials.each(found["trials"])
        entities[e.name] = found
    conflicts = {}
    for c in objects.conflicts(g):
        whole = objects.conflict(g, c["id"])
        for side in ("one", "other"):
            assert keyed(whole[side].pop("evidence")) == whole[side]["lines"]
        conflicts[c["id"]] = whole
    cells = {}
    for disease, row in grid["cells"].items():
        for mechanism in row:
            cell = objects.cell(g, disease, mechanism)
            cells[f"{disease}|{mechanism}"] = [cell["n_lines"], briefs.each(cell["statements"])]

    def walks(paths: Iterable[Path]) -> list[Any]:
        return [[p.score, [s.id for s in p.steps]] for p in paths]

    hypotheses = [
        {**cards.hypothesis_data(h),
         "supporting": walks(h.supporting), "dissenting": walks(h.dissenting)}
        for h in g.hypotheses(limit=None)
    ]  # fmt: skip
    return {
        "stats": objects.stats(g), "lines": lines, "statements": statements, "papers": papers,
        "entities": entities, "conflicts": conflicts, "conflict_order": list(conflicts),
        "conflict_axes": list(vocab.CONTEXT_AXES), "conflict_kinds": list(KINDS),
        "terms": {t.id: objects.ontology(g, t.id) for t in g.terms.by_id.values()},
        "roots": objects.ontology(g), "trials": objects.trials(g), "queries": objects.queries(),
        "hypotheses": hypotheses, "cells": cells, "briefs": briefs.rows, "trial_rows": trials.rows,
        "counted_as": {
            e.name: {n: why for n, why in g.diseases_as(e).items() if why}
            for e in g.entities if e.category == "disease"
        },
    }  # fmt: skip
