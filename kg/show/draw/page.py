"""Pictures: paths, or what surrounds an entity, as one HTML file that opens offline.

The network is pyvis's (vis-network inline); `layout` says where everything stands, `routes` how arrows
run, and nothing moves. An arrow is a bundle (`bundles`). The panel, the search box and the lists are this
package's own page around it. The same input gives the same bytes.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from math import log2
from pathlib import Path as FilePath
from typing import Any

from kg import __version__, vocab
from kg.errors import BadInput, NotWritable
from kg.mechanism.names import Names
from kg.mechanism.paths import Engine, Path, Step, null_step
from kg.model import Entity, Evidence, Knowledge, Sign, Statement
from kg.show.cards import paper_link
from kg.show.draw import layout, routes
from kg.show.draw.bundles import Bundle, bundles_around, bundles_of, positions_of

__all__ = ["BY", "draw_neighbourhood", "draw_paths"]

BY = ("step", "kind")
"""What the layers of a picture of paths can be: steps from the source, or kinds of entity."""

MOST = 1_500
"""Arrows beyond which a picture is refused: nobody could read it, and browsers get slow."""

FILLS = (("#d6ecfa", "#0b5c8e"), ("#fdf3c0", "#7a6400"), ("#d2f0e4", "#00694b"), ("#f6dfec", "#8c3f6c"),
         ("#fbe3c4", "#8a5200"))  # fmt: skip
"""Layer → fill and outline, from the hues of Okabe and Ito, which colour-blind people tell apart."""

SIGNS = {
    "+": ("#0072B2", "arrow", 0.75),
    "-": ("#D55E00", "bar", 0.85),
    "?": ("#555555", "circle", 0.6),
    "0": ("#8a8a8a", "box", 0.6),
}
"""Sign, 0 for no effect → colour (Okabe and Ito), arrowhead and its size."""

DASHES: Mapping[tuple[bool, bool], list[int] | bool] = {
    (False, False): False, (True, False): [7, 5], (False, True): [1, 5], (True, True): [9, 5, 1, 5],
}  # fmt: skip
"""(in conflict, inherited) → dashes."""


def draw_paths(
    paths: Sequence[Path], knowledge: Knowledge, names: Names, out: FilePath, *, of: int | None = None,
    by: str = "step", asked: str = "", engine: Engine | None = None, nulls: Iterable[Statement] = (),
) -> FilePath:  # fmt: skip
    """The file written: a picture of these paths, with a list of them in words.

    `of` is how many paths the question has, where only the best are drawn; `by` is one of `BY`; `asked` is
    the question as a line of text. `engine` knows what else is stated between the same entities, where the
    knowledge does not. `nulls`: statements that were only found absent, drawn where they lead from an entity
    of the paths to a later one.
    Raises BadInput without a path, with too many arrows, and for another `by`; NotWritable.
    """
    if by not in BY:
        raise BadInput(f"--by {by!r}: one of {', '.join(BY)}")
    if not paths:
        raise BadInput("there is no path to draw; allow more steps or fewer conditions")
    bundles = bundles_of(paths)
    levels: dict[str, list[float]] = defaultdict(list)
    seen: dict[str, set[int]] = defaultdict(set)
    for p in paths:
        for i, name in enumerate(p.entities):
            levels[name].append(i / len(p.steps))
            seen[name].add(i)
    source, target = (_asked([p.entities[i] for p in paths], names) for i in (0, -1))
    shown = f"the best {len(paths)} of {of} paths" if of and of > len(paths) else _n(len(paths), "path")
    n_statements = sum(len(b.steps) for b in bundles)
    title = f"From {source} to {target}: {shown} over {_n(n_statements, 'statement')}"
    notes = []
    inner = [set(p.entities[1:-1]) for p in paths]
    shared = sorted(set.intersection(*inner))
    if len(paths) > 1 and shared:
        notes.append(f"Every path runs through {' and '.join(shared)}.")
    notes.append(_net(paths))
    bundle_of = {s.id: b.id for b in bundles for s in b.steps}
    positions = positions_of(paths, bundles)
    absent = [
        null_step(s)
        for s in nulls
        if s.subject in seen and s.object in seen and min(seen[s.subject]) < max(seen[s.object])
    ]
    if absent:
        notes.append(f"{_n(len(absent), 'statement')} of no effect between them.")
    bundles += bundles_around(absent)
    found = _Found(
        title, notes, {name: _mean(at) for name, at in levels.items()}, bundles,
        positions if by == "step" else None,
        [_path_data(p, bundle_of) for p in paths], {n: sorted(at) for n, at in seen.items()}, asked,
    )  # fmt: skip
    return _draw(found, knowledge, names, engine, out)


def draw_neighbourhood(
    entity: Entity, engine: Engine, knowledge: Knowledge, names: Names, out: FilePath, *, limit: int = 60,
    nulls: Iterable[Statement] = (),
) -> FilePath:  # fmt: skip
    """The file written: a picture of the `limit` strongest statements around an entity, and of the nulls.

    Around means touching it or anything below it. For a disease: a line that supports the statement
    comes from that disease or one below it, or the statement ends there.
    Raises BadInput where no statement does, and with too many arrows; NotWritable.
    """
    if limit < 1:
        raise BadInput("--limit must be at least 1")
    wanted = names.matching(entity.name)
    absent = [
        null_step(s)
        for s in nulls
        if (wanted.keys() & {e.experiment.disease for e in s.no_effects} or s.object in wanted)
        or (entity.category != "disease" and s.subject in wanted)
    ]
    if entity.category == "disease":
        near = [s for s in engine.steps if s.statement.object in wanted or wanted.keys() & set(s.diseases)]
        about = f"in {entity.name} or ending there"
    else:
        numbers = {engine.index[n] for n in wanted if n in engine.index}
        arcs = enumerate(zip(engine.arcs.source, engine.arcs.target, strict=True))
        near = [engine.steps[i] for i, ends in arcs if not numbers.isdisjoint(ends)]
        about = f"on {entity.name}"
    if not near and not absent:
        raise BadInput(f"no supported statement involves {entity.name!r}; `kg show` says what is known of it")
    near.sort(key=lambda s: (-s.belief.value, -len(s.papers), s.statement.subject, s.statement.object,
                             s.statement.predicate))  # fmt: skip
    absent.sort(key=lambda s: (-vocab.RUNGS.index(s.rung), -len(s.statement.papers), s.subject, s.object))
    kept, kept_absent = near[:limit], absent[: max(1, limit // 2)]
    if len(kept) < len(near):
        title = f"{entity.name}: the {len(kept)} strongest of {len(near)} statements {about}"
    else:
        title = f"{entity.name}: {'all ' * (len(near) > 1)}{_n(len(near), 'statement')} {about}"
    if absent:
        most = "" if len(kept_absent) == len(absent) else f" ({len(kept_absent)} drawn)"
        title += f", {len(absent)} of no effect{most}"
    kept += kept_absent
    below = sorted(n for n in wanted if n != entity.name and any(
        n in (s.statement.subject, s.statement.object) for s in kept))  # fmt: skip
    notes = [f"Counted as {entity.name}: {_listed(below)}."] if below else []
    balance: dict[str, list[float]] = defaultdict(list)
    for s in kept:
        balance[s.statement.subject].append(0.0)
        balance[s.statement.object].append(1.0)
    levels = {name: _mean(at) for name, at in balance.items()}
    return _draw(_Found(title, notes, levels, bundles_around(kept)), knowledge, names, engine, out)


# What was asked -----------------------------------------------------------------------------------


def _n(number: int, word: str, several: str = "") -> str:
    return f"{number} {word if number == 1 else several or word + 's'}"


def _listed(items: Sequence[str], most: int = 6) -> str:
    if len(items) <= most:
        return ", ".join(items)
    return f"{', '.join(items[:most])} and {len(items) - most} more"


def _asked(ends: Sequence[str], names: Names) -> str:
    """The one entity that all of these ends are, are below, or are made by; else the ends themselves."""
    wanted = set(ends)
    if len(wanted) == 1:
        return ends[0]
    found = []
    for e in names.entities:
        matched = names.matching(e.name, products=True).keys()
        if wanted <= matched:
            found.append((len(matched), e.name))
    return min(found)[1] if found else _listed(list(dict.fromkeys(ends)), 2)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _net(paths: Sequence[Path]) -> str:
    """The net signs of some paths, and that they disagree."""
    effects = {Sign.PLUS: "+ (raises)", Sign.MINUS: "− (lowers)", Sign.UNKNOWN: "unknown"}
    counts = {sign: sum(p.sign is sign for p in paths) for sign in effects}
    used = [sign for sign in effects if counts[sign]]
    if len(used) == 1:
        return f"Net sign of {'every path' if len(paths) > 1 else 'the path'}: {effects[used[0]]}."
    told = ", ".join(f"{counts[sign]} × {effects[sign]}" for sign in used)
    return f"Net sign: {told}{': the paths disagree' if counts[Sign.PLUS] and counts[Sign.MINUS] else ''}."


# What the page is given ----------------------------------------------------------------------------


def _filled(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value not in (None, "")}


def _line_data(e: Evidence) -> dict[str, Any]:
    x, a, p = e.experiment, e.experiment.agent, e.paper
    agent = {f: getattr(a, f) for f in a.__slots__} if a else {}
    return _filled(
        {
            "direction": e.direction, "finding": e.line.finding, "test": e.line.test,
            "measured": e.line.measured, "note": e.line.note, "species": x.species, "system": x.system,
            "disease": x.disease, "model": x.model, "phase": x.phase, "comparator": x.comparator,
            "agent": _filled(agent), "rung": e.rung, "year": p.year or None, "title": p.title,
            "journal": p.journal, "paper": p.id, "url": paper_link(p),
            "status": p.status, "withdrawn": True if p.is_withdrawn else None, "origin": e.line.origin,
        }
    )  # fmt: skip


def _step_data(step: Step, opposite: Sequence[Statement]) -> dict[str, Any]:
    s, b = step.statement, step.belief
    shown = {e.id for e in step.evidence}
    against = [
        {
            "id": o.id,
            "text": f"{o.subject} {o.predicate} {o.object}",
            "papers": len({e.paper.id for e in o.supports}),
        }
        for o in opposite
    ]
    return {
        "id": s.id, "subject": s.subject, "predicate": s.predicate, "object": s.object, "sign": step.mark,
        "words": s.words, "level": step.level, "belief": b.value, "low": b.low, "high": b.high,
        "rung": step.rung, "papers": len(step.papers) or len(s.papers),
        "supports": len(step.supports), "disputes": sum(e.direction == "disputes" for e in step.against),
        "noEffect": sum(e.direction == "no effect" for e in step.against), "opposite": against,
        "conflict": bool((step.against and step.supports) or opposite), "inherited": step.inherited_from,
        "lines": [_line_data(e) for e in s.evidence if e.id in shown or not e.counts],
    }  # fmt: skip


def _path_data(p: Path, bundle_of: Mapping[str, str]) -> dict[str, Any]:
    low, high = p.belief_range
    return {
        "sentence": p.sentence(), "sign": p.sign.value, "belief": p.belief, "low": low, "high": high,
        "rung": p.rung, "entities": list(p.entities), "steps": [s.id for s in p.statements],
        "bundles": [bundle_of[s.id] for s in p.steps],
    }  # fmt: skip


def _bundle_data(b: Bundle, in_conflict: bool) -> dict[str, Any]:
    return {
        "id": b.id, "subject": b.subject, "object": b.object, "sign": b.mark, "level": b.level,
        "statements": [s.id for s in b.steps], "papers": len(b.papers), "positions": list(b.positions),
        "raising": b.raising, "lowering": b.lowering, "unclear": b.unclear, "inherited": b.is_inherited,
        "conflict": in_conflict,
    }  # fmt: skip


def _opposites(
    steps: Iterable[Step], knowledge: Knowledge, engine: Engine | None
) -> dict[str, list[Statement]]:
    """Statement id → supported statements of the opposite sign between the same ends."""
    by_ends: dict[tuple[str, str], dict[str, Statement]] = defaultdict(dict)
    for s in knowledge.statements:
        if s.is_asserted:
            by_ends[s.subject, s.object][s.id] = s
    found = {}
    for step in steps:
        ends = step.subject, step.object
        if engine is not None and ends[0] in engine.index and ends[1] in engine.index:
            head = engine.index[ends[1]]
            arcs = (arc for node, arc in engine.arcs.leaving(engine.index[ends[0]]) if node == head)
            by_ends[ends] |= {s.id: s for s in (engine.steps[arc].statement for arc in arcs)}
        found[step.id] = [o for o in by_ends[ends].values() if {o.sign, step.sign} == {Sign.PLUS, Sign.MINUS}]
    return found


def _node_data(e: Entity, b: layout.Box, positions: Sequence[int] | None) -> dict[str, Any]:
    shape, double = layout.SHAPES[e.category]
    fill, line = FILLS[b.layer]
    return {
        "name": e.name, "id": e.id, "label": e.label, "category": e.category,
        "aliases": [a.rstrip("?") for a in e.aliases], "note": e.note, "lines": list(b.lines),
        "x": b.x, "y": b.y, "w": b.width, "h": b.height, "layer": b.layer, "column": b.column,
        "shape": shape, "double": double, "fill": fill, "line": line, "positions": positions,
    }  # fmt: skip


def _legend(nodes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One entry for each category that is shown, by layer."""
    seen = {(n["layer"], tuple(vocab.CATEGORIES).index(n["category"])): n for n in nodes}
    return [
        {
            "text": "MSC" if n["category"] == "cell" and layer == 0 else n["category"],
            **{key: n[key] for key in ("shape", "double", "fill", "line")},
        }
        for (layer, _), n in sorted(seen.items(), key=lambda item: item[0])
    ]


@dataclass(frozen=True, slots=True)
class _Found:
    """What is drawn. Of paths: `positions` are where entities are shown, `seen` all that they have."""

    title: str
    notes: Sequence[str]
    levels: Mapping[str, float]
    bundles: Sequence[Bundle]
    positions: Mapping[str, int] | None = None
    paths: Sequence[Mapping[str, Any]] = ()
    seen: Mapping[str, Sequence[int]] = field(default_factory=dict)
    asked: str = ""


def _draw(
    found: _Found, knowledge: Knowledge, names: Names, engine: Engine | None, out: FilePath
) -> FilePath:
    bundles, positions = found.bundles, found.positions
    if len(bundles) > MOST:
        raise BadInput(
            f"{len(bundles):,} arrows are too many to draw (at most {MOST:,}); choose a lower --limit"
        )
    steps = sorted(
        (s for b in bundles for s in b.steps), key=lambda s: (s.subject, s.object, s.predicate, s.id)
    )
    entities = [knowledge.by_name[name] for name in sorted(found.levels)]
    given = names.matching("MSC", products=True) if "MSC" in names.by_name else {}
    box = {
        e.name: layout.box_of(
            e, e.name in given, found.levels[e.name], None if positions is None else positions[e.name]
        )
        for e in entities
    }
    boxes = list(box.values())
    arrows = [layout.Arrow(box[b.subject], box[b.object], b.lane) for b in bundles]
    titles = layout.kinds(boxes, given) if positions is None else layout.steps(max(positions.values()))
    layers = layout.place(boxes, arrows, titles)
    opposites = _opposites(steps, knowledge, engine)
    edges = [_step_data(s, opposites[s.id]) for s in steps]
    contested = {e["id"] for e in edges if e["conflict"]}
    told = [_bundle_data(b, not contested.isdisjoint(s.id for s in b.steps)) for b in bundles]
    placed = sorted(entities, key=lambda e: (box[e.name].column, box[e.name].y))
    nodes = [_node_data(e, box[e.name], found.seen.get(e.name)) for e in placed]
    counts = ", ".join(
        (
            _n(len(nodes), "entity", "entities"),
            _n(len({p for s in steps for p in s.papers}), "paper"),
            _n(len(contested), "statement") + " in conflict.",
        )
    )
    stops = routes.routes(boxes, arrows)
    data = {
        "title": found.title, "notes": [*found.notes, counts], "layers": layers, "legend": _legend(nodes),
        "font": layout.FONT_SIZE, "lineHeight": layout.LINE_HEIGHT, "nodes": nodes, "edges": edges,
        "bundles": told, "stops": {b.id: s for b, s in zip(bundles, stops, strict=True) if s},
        "paths": list(found.paths), "asked": found.asked,
    }  # fmt: skip
    return _write(_page(data, _network(nodes, told, routes.bends(boxes, arrows, stops))), out)


# The page -----------------------------------------------------------------------------------------


def _tooltip(b: Mapping[str, Any]) -> str:
    sign = {"-": "−", "0": "no effect"}.get(b["sign"], b["sign"])
    told = [f"{b['subject']} → {b['object']} ({sign})", f"best shown: {b['level'] or 'not stated'}"]
    told += [_n(len(b["statements"]), "statement"), _n(b["papers"], "paper")]
    if b["positions"]:
        told.append(_n(b["raising"] + b["lowering"] + b["unclear"], "path"))
        told.append(f"step {' and '.join(map(str, b['positions']))}")
    if b["inherited"]:
        told.append("taken over from a broader subject")
    return ", ".join(told)


def _network(
    nodes: Iterable[Mapping[str, Any]], bundles: Iterable[Mapping[str, Any]], bends: Iterable[float]
) -> str:
    """pyvis's page: vis-network inline, nodes at their places, physics off."""
    from pyvis.network import Network  # here, since it brings IPython, which is slow to import

    net = Network(height="100%", width="100%", directed=True, notebook=False, cdn_resources="in_line")
    for n in nodes:
        net.add_node(
            n["name"], label="\n".join(n["lines"]), shape="box", x=n["x"], y=n["y"], physics=False,
            color={"background": n["fill"], "border": n["line"]},
            font={"size": layout.FONT_SIZE, "color": "#111"},
            widthConstraint=n["w"] - 10, heightConstraint={"minimum": n["h"] - 10},
        )  # fmt: skip
    for b, bend in zip(bundles, bends, strict=True):
        colour, head, size = SIGNS[b["sign"]]
        net.add_edge(
            b["subject"], b["object"], id=b["id"], statements=b["statements"],
            width=round(1.4 + 1.3 * log2(max(1, b["papers"])), 2),
            color={"color": colour, "highlight": colour, "hover": colour, "inherit": False, "opacity": 0.8},
            arrows={"to": {"enabled": True, "type": head, "scaleFactor": size}},
            arrowStrikethrough=head != "arrow", dashes=DASHES[b["conflict"], b["inherited"]],
            smooth={"enabled": True, "type": "curvedCCW" if bend < 0 else "curvedCW", "roundness": abs(bend)},
            title=_tooltip(b), label=b["level"][:1].upper(),
            font={"size": 11, "color": "#444", "background": "#fff", "strokeWidth": 0},
        )  # fmt: skip
    options = {
        "physics": {"enabled": False},
        "interaction": {
            "hover": True, "hoverConnectedEdges": False, "selectConnectedEdges": False, "tooltipDelay": 250,
        },
        "edges": {"selectionWidth": 1.5, "hoverWidth": 1.2},
    }  # fmt: skip
    net.set_options(json.dumps(options))
    return str(net.generate_html(notebook=False))


def _safe_json(data: object) -> str:
    """JSON that may stand inside a `<script>` element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _page(data: Mapping[str, Any], network: str) -> str:
    """pyvis's page without what it would fetch, with our panel, legend, search and script."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    page = re.sub(r"<link\s[^>]*>|<script\s[^>]*\bsrc=[^>]*>\s*</script>", "", network)
    page = re.sub(r"<!-- <link.*?-->", "", page, flags=re.DOTALL)
    page = re.sub(r"<center>\s*<h1>.*?</h1>\s*</center>", "", page, flags=re.DOTALL)

    def asset(name: str) -> str:
        return (files("kg.show.draw") / "assets" / name).read_text(encoding="utf-8")

    templates = Environment(
        loader=PackageLoader("kg.show.draw", "assets"), autoescape=True, undefined=StrictUndefined,
        keep_trailing_newline=True,
    )  # fmt: skip
    filled = {
        name: templates.get_template(f"{name}.html").render(
            title=data["title"], notes=" ".join(data["notes"]), asked=data["asked"], limit=len(data["paths"]),
            version=__version__, data=Markup(_safe_json(data)),
            style=Markup(asset("picture.css")), script=Markup(asset("picture.js")),
        )
        for name in ("head", "body", "end")
    }  # fmt: skip
    page = _swap(page, '<meta charset="utf-8">', filled["head"])
    page = _swap(page, "<html>", '<!DOCTYPE html>\n<html lang="en">')
    page = _swap(page, "<body>", "<body>\n" + filled["body"])
    return _swap(page, "</body>", filled["end"], last=True)


def _swap(page: str, old: str, new: str, last: bool = False) -> str:
    """The page with the first (or last) `old` replaced; a pyvis that writes other pages is an error."""
    before, found, after = page.rpartition(old) if last else page.partition(old)
    assert found, f"pyvis wrote a page without {old}"
    return before + new + after


def _write(page: str, out: FilePath) -> FilePath:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        raise NotWritable(f"cannot write {out}: {error.strerror or error}; choose another file") from None
    return out
