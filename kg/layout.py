"""Where the boxes and arrows of a picture stand.

Layers run from left to right: what is given, mediators, cells, processes, outcomes. A tall layer is split
into sub-columns, by the level each entity is given. Inside a column, barycentre sweeps and then swaps of
neighbours (Sugiyama et al. 1981, doi 10.1109/TSMC.1981.4308636) lessen crossings. Unlike there, long arrows
get no way-points: each is an arc, bent so that it passes the fewest boxes.

Units are pixels at zoom 1. The same input gives the same places.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import atan2, cos, hypot, pi, sin
from typing import Any

from kg.model import Entity

__all__ = ["LAYERS", "SHAPES", "Box", "bends", "boxes_of", "place", "wrapped"]

VIEW = (1130.0, 745.0)
"""Width and height of the drawing on a screen of 1600 x 1000; what layouts are fitted to."""

LAYERS = ("MSCs and products", "Mediators", "Cells", "Processes and pathways", "Outcomes")
GIVEN = ("Drugs, exposures, microbes", "MSCs, drugs, exposures")
"""Titles of the first layer where nothing in it, and where not all of it, is an MSC or made by one."""

LAYER_OF = {
    "drug": 0, "exposure": 0, "organism": 0,
    "protein": 1, "small molecule": 1, "microRNA": 1, "RNA": 1, "vesicle": 1, "medium": 1, "organelle": 1,
    "cell": 2,
    "process": 3, "pathway": 3,
    "phenotype": 4, "outcome": 4, "disease": 4,
}  # fmt: skip
"""Category → layer, unless the entity is an MSC or made by one: those stand in layer 0."""

SHAPES = {
    "cell": ("round", True), "vesicle": ("pill", True), "medium": ("tub", False), "organelle": ("tub", True),
    "protein": ("pill", False), "small molecule": ("hexagon", False), "microRNA": ("slant", False),
    "RNA": ("slant", True), "pathway": ("tag", True), "process": ("tag", False), "phenotype": ("cut", False),
    "outcome": ("cut", True), "disease": ("rect", True), "drug": ("fold", False), "exposure": ("fold", True),
    "organism": ("rect", False),
}  # fmt: skip
"""Category → outline and whether it is drawn twice. Outlines fill their box, so arrows end at its edge."""

FONT_SIZE, LINE_HEIGHT, WIDE, WIDEST, MOST_LINES = 14.0, 17.0, 128.0, 168.0, 4
ROW_GAP, SUBCOLUMN_GAP, LAYER_GAP, WIDEST_GAP = 16.0, 54.0, 84.0, 230.0
BENDS = (0.0, 0.1, -0.1, 0.2, -0.2, 0.32, -0.32, 0.45, -0.45, 0.7, -0.7, 0.9, -0.9)
"""Roundness of an arc; positive bends clockwise as vis-network means it."""


# Labels and boxes ---------------------------------------------------------------------------------


@dataclass(slots=True)
class Box:
    """Where a node stands: `x`, `y` are its middle."""

    name: str
    lines: tuple[str, ...]
    width: float
    height: float
    layer: int
    level: float
    column: int = 0
    x: float = 0.0
    y: float = 0.0


@cache
def _char_width(char: str) -> float:
    """Width of a character in Arial, in em, rounded up; the page squeezes what is wider still."""
    if char in "iljtfrI.,:;'|!()[] -/":
        return 0.34
    if char in "mwMW@%—…":
        return 0.92
    if char.isupper():
        return 0.72
    return 0.58 if char < "Ͱ" else 0.75 if char < "⺀" else 1.05


def _text_width(text: str, size: float = FONT_SIZE) -> float:
    return sum(map(_char_width, text)) * size


def wrapped(name: str) -> tuple[str, ...]:
    """A name as at most four lines, broken at blanks and hyphens, inside a word only where it is too long."""
    pieces: list[str] = []
    for piece in re.findall(r"[^\s/-]*[/-]+|[^\s/-]+|\s+", name.strip()):
        rest = " " if piece.isspace() else piece
        while _text_width(rest) > WIDEST:
            cut = next(i for i in range(len(rest), 0, -1) if _text_width(rest[:i]) <= WIDEST)
            pieces.append(rest[:cut])
            rest = rest[cut:]
        pieces.append(rest)
    lines = [""]
    for piece in pieces:
        if lines[-1] and _text_width((lines[-1] + piece).rstrip()) > WIDE:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    lines = [line.strip() for line in lines if line.strip()] or [name]
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], lines[MOST_LINES - 1][:-1] + "…"]
    return tuple(lines)


def boxes_of(entities: Iterable[Entity], levels: Mapping[str, float], given: Mapping[str, str]) -> list[Box]:
    found = []
    for e in entities:
        lines = wrapped(e.name)
        inset = 40 if SHAPES[e.category][0] in ("hexagon", "tag", "slant") else 28
        width = max(64.0, round(max(map(_text_width, lines)) + inset))
        layer = 0 if e.name in given else LAYER_OF[e.category]
        found.append(Box(e.name, lines, width, LINE_HEIGHT * len(lines) + 16, layer, levels[e.name]))
    return sorted(found, key=lambda b: (b.layer, b.level, b.name))


# Layout -------------------------------------------------------------------------------------------

Columns = list[list[Box]]
Ends = Sequence[tuple[Box, Box]]


def _split(boxes: Sequence[Box], parts: int) -> Columns:
    """Boxes in their order as `parts` columns of about equal height."""
    total = sum(b.height + ROW_GAP for b in boxes)
    found: Columns = [[] for _ in range(parts)]
    done = 0.0
    for b in boxes:
        found[min(parts - 1, int(done / total * parts))].append(b)
        done += b.height + ROW_GAP
    return [column for column in found if column]


def _height(column: Sequence[Box]) -> float:
    return sum(b.height for b in column) + ROW_GAP * (len(column) - 1)


def _size(layers: Sequence[Columns], titles: Sequence[str]) -> tuple[float, float]:
    """Width and height that columns need at the least gaps."""
    width = 0.0
    for columns, title in zip(layers, titles, strict=True):
        inner = sum(max(b.width for b in c) for c in columns) + SUBCOLUMN_GAP * (len(columns) - 1)
        width += max(inner, _title_width(title)) + LAYER_GAP
    return width - LAYER_GAP, max(_height(c) for columns in layers for c in columns)


def _title_width(title: str) -> float:
    return _text_width(title, 15) + 8


def _zoom(size: tuple[float, float]) -> float:
    """How large a drawing of this size is shown, at most 1.25."""
    return min(VIEW[0] / size[0], VIEW[1] / size[1], 1.25)


def _columns(layers: Sequence[Sequence[Box]], titles: Sequence[str], ends: Ends) -> list[Columns]:
    """Each layer as sub-columns, so that the whole is shown as large as can be.

    Where there is room to spare, layers with arrows inside them get one column more.
    """

    def fitted(cut: float) -> list[Columns]:
        found = []
        for boxes in layers:
            parts = 1
            while parts < len(boxes) and max(map(_height, _split(boxes, parts))) > cut:
                parts += 1
            found.append(_split(boxes, parts))
        return found

    lowest = max(b.height for boxes in layers for b in boxes)
    highest = max(_height(list(boxes)) for boxes in layers)
    cuts = [lowest + (highest - lowest) * i / 60 for i in range(61)]
    best = max((fitted(cut) for cut in cuts), key=lambda f: (_zoom(_size(f, titles)), -sum(map(len, f))))
    zoom = min(0.88, _zoom(_size(best, titles)))
    inside = [sum(a.layer == b.layer == boxes[0].layer and a is not b for a, b in ends) for boxes in layers]
    for i in sorted(range(len(layers)), key=lambda i: -inside[i]):
        wider = [*best[:i], _split(layers[i], len(best[i]) + 1), *best[i + 1 :]]
        if inside[i] and len(wider[i]) > len(best[i]) and _zoom(_size(wider, titles)) >= zoom:
            best = wider
    return best


def _spread(columns: Columns, height: float, wanted: Mapping[str, float]) -> None:
    """Sets `y`: near what is wanted, in the order given, without overlap, inside the height.

    The least-squares places under these constraints (isotonic regression, pool adjacent violators).
    """
    for column in columns:
        spare = (height - sum(b.height for b in column)) / len(column)
        gap = max(ROW_GAP, min(spare * 0.92, 90.0))
        offset, offsets = 0.0, []
        for before, b in zip([None, *column[:-1]], column, strict=True):
            offset += (before.height / 2 + gap + b.height / 2) if before else 0.0
            offsets.append(offset)
        pools: list[tuple[float, int]] = []
        for b, shift in zip(column, offsets, strict=True):
            value, size = wanted[b.name] - shift, 1
            while pools and pools[-1][0] >= value:
                other, n = pools.pop()
                value, size = (value * size + other * n) / (size + n), size + n
            pools.append((value, size))
        starts = [value for value, size in pools for _ in range(size)]
        low, high = column[0].height / 2, height - offsets[-1] - column[-1].height / 2
        for b, start, shift in zip(column, starts, offsets, strict=True):
            b.y = round(min(max(start, low), max(low, high)) + shift, 1)


def _even(columns: Columns, height: float) -> dict[str, float]:
    """Places that share the height out evenly."""
    found = {}
    for column in columns:
        gap = (height - sum(b.height for b in column)) / len(column)
        y = 0.0
        for b in column:
            y += gap / 2 + b.height / 2
            found[b.name] = y
            y += gap / 2 + b.height / 2
    return found


def _crossings(ends: Ends) -> int:
    """Pairs of straight arrows that cross, leaving out those that share an end."""

    def side(a: Box, b: Box, c: Box) -> float:
        return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)

    found = 0
    for i, (a, b) in enumerate(ends):
        left, right = (a.x, b.x) if a.x < b.x else (b.x, a.x)
        for c, d in ends[:i]:
            if a is c or a is d or b is c or b is d or (c.x < left and d.x < left) or (c.x > right < d.x):
                continue
            if side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0:
                found += 1
    return found


def _hidden(ends: Ends, columns: Columns) -> int:
    """How often a straight arrow passes behind a box of a column between its ends."""
    found = 0
    for a, b in ends:
        if a.column > b.column:
            a, b = b, a
        for column in columns[a.column + 1 : b.column]:
            y = a.y + (b.y - a.y) * (column[0].x - a.x) / (b.x - a.x)
            found += any(abs(y - c.y) < c.height / 2 for c in column)
    return found


def _titles(layers: Sequence[Sequence[Box]], given: Mapping[str, str]) -> list[str]:
    """What stands above the layers; the first is named after what is in it."""
    titles = [LAYERS[boxes[0].layer] for boxes in layers]
    ours = {b.name in given for b in layers[0]}
    if layers[0][0].layer == 0 and False in ours:
        titles[0] = GIVEN[len(ours) - 1]
    return titles


def place(boxes: Sequence[Box], ends: Ends, given: Mapping[str, str]) -> list[dict[str, Any]]:
    """Sets column, `x` and `y` of the boxes; the layers that are used, with their titles and extent."""
    used = sorted({b.layer for b in boxes})
    layers = [[b for b in boxes if b.layer == layer] for layer in used]
    titles = _titles(layers, given)
    parts = _columns(layers, titles, ends)
    width, height = _size(parts, titles)
    zoom = _zoom((width, height))
    height = max(height, min(VIEW[1] / zoom, height * 2.2))
    n_gaps = sum(map(len, parts)) - 1
    stretch = min(max(0.0, VIEW[0] / zoom - width) / n_gaps, WIDEST_GAP) if n_gaps else 0.0
    columns: Columns = []
    extents = []
    x = 0.0
    for sub, title in zip(parts, titles, strict=True):
        widths = [max(b.width for b in c) for c in sub]
        inner = sum(widths) + (SUBCOLUMN_GAP + stretch) * (len(sub) - 1)
        outer = max(inner, _title_width(title))
        extents.append({"title": title, "left": round(x - 22, 1), "right": round(x + outer + 22, 1)})
        at = x + (outer - inner) / 2
        for c, w in zip(sub, widths, strict=True):
            for b in c:
                b.x, b.column = round(at + w / 2, 1), len(columns)
            columns.append(c)
            at += w + SUBCOLUMN_GAP + stretch
        x += outer + LAYER_GAP + stretch
    _order(columns, height, [(a, b) for a, b in ends if a is not b])
    top, bottom = min(b.y - b.height / 2 for b in boxes), max(b.y + b.height / 2 for b in boxes)
    for b in boxes:
        b.y = round(b.y + (height - top - bottom) / 2, 1)
    for extent in extents:
        extent |= {"top": -30.0, "bottom": round(height + 30, 1)}
    return extents


def _order(columns: Columns, height: float, ends: Ends) -> None:
    """Sets `y`: the order inside columns that shows fewest crossings and hidden arrows."""
    near: dict[str, list[Box]] = defaultdict(list)
    for a, b in ends:
        near[a.name].append(b)
        near[b.name].append(a)
    small = len(ends) <= 160

    def cost() -> float:
        slope = sum(abs(a.y - b.y) for a, b in ends) / height
        return (_crossings(ends) + 2 * _hidden(ends, columns) if small else 0) + 0.2 * slope

    def settle() -> None:
        wanted = _even(columns, height)
        _spread(columns, height, wanted)
        for _ in range(4):
            for b in (b for column in columns for b in column):
                if near[b.name]:
                    mean = sum(n.y for n in near[b.name]) / len(near[b.name])
                    wanted[b.name] = 0.55 * mean + 0.45 * wanted[b.name]
            _spread(columns, height, wanted)

    settle()
    best, order = cost(), [list(c) for c in columns]
    for sweep in range(12 if small else 8):
        rightward = sweep % 2 == 0
        for column in columns if rightward else columns[::-1]:
            means = {}
            for b in column:
                side = [
                    n.y for n in near[b.name] if (n.column < b.column) == rightward and n.column != b.column
                ]
                means[b.name] = sum(side) / len(side) if side else b.y
            column.sort(key=lambda b: (means[b.name], b.name))
        settle()
        if cost() < best:
            best, order = cost(), [list(c) for c in columns]
    for column, kept in zip(columns, order, strict=True):
        column[:] = kept
    settle()
    for _ in range(4 if len(ends) <= 70 else 1 if small else 0):
        before = best
        for column in columns:
            for i in range(len(column) - 1):
                column[i], column[i + 1] = column[i + 1], column[i]
                settle()
                if cost() < best - 1e-9:
                    best = cost()
                else:
                    column[i], column[i + 1] = column[i + 1], column[i]
        settle()
        if best >= before:
            break


def _arc(a: Box, b: Box, bend: float, points: int) -> list[tuple[float, float]]:
    """Points along the arrow as vis-network draws it (`curvedCW`; a negative bend is `curvedCCW`)."""
    length, size = hypot(b.x - a.x, b.y - a.y), abs(bend) * 0.5 + 0.5
    angle = atan2(a.y - b.y, b.x - a.x) + (bend * 0.5 + 0.5) * pi
    via = (a.x + size * length * sin(angle), a.y + size * length * cos(angle))
    found = []
    for i in range(1, points):
        t = i / points
        s = 1 - t
        found.append(
            (s * s * a.x + 2 * s * t * via[0] + t * t * b.x, s * s * a.y + 2 * s * t * via[1] + t * t * b.y)
        )
    return found


def _angles(a: Box, b: Box, arc: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Directions, in radians, in which an arc leaves its start and its end."""
    n = len(arc) // 4
    return (
        atan2(arc[n][1] - a.y, arc[n][0] - a.x),
        atan2(arc[-n - 1][1] - b.y, arc[-n - 1][0] - b.x),
    )


def bends(boxes: Sequence[Box], ends: Ends) -> list[float]:
    """For each arrow the bend that passes the fewest boxes.

    Arrows that share both ends differ, and those that share one end part as soon as they can.
    """
    columns: dict[int, list[Box]] = defaultdict(list)
    for b in boxes:
        columns[b.column].append(b)
    top, bottom = min(b.y - b.height / 2 for b in boxes) - 30, max(b.y + b.height / 2 for b in boxes) + 30
    taken: dict[frozenset[str], list[float]] = defaultdict(list)
    angles: dict[str, list[float]] = defaultdict(list)
    few = len(ends) > 160
    found = []
    for a, b in ends:
        pair = frozenset((a.name, b.name))
        turn = 1.0 if a.name < b.name else -1.0
        first, last = sorted((a.column, b.column))
        between = [c for n in range(first, last + 1) for c in columns[n] if c is not a and c is not b]
        length = hypot(b.x - a.x, b.y - a.y)
        best: tuple[float, float] | None = None
        for bend in BENDS:
            if min((abs(bend * turn - other) for other in taken[pair]), default=1.0) < 0.18:
                continue
            arc = _arc(a, b, bend, 12 if few else 28)
            behind = [
                c.name
                for x, y in arc
                for c in between
                if abs(x - c.x) < c.width / 2 + 5 and abs(y - c.y) < c.height / 2 + 4
            ]
            passed = len(behind) + 2 * len(set(behind))  # it would seem to start or end there
            outside = sum(not top < y < bottom for _, y in arc)
            leaves, arrives = _angles(a, b, arc)
            beside = sum(abs(leaves - o) < 0.06 for o in angles[a.name])
            beside += sum(abs(arrives - o) < 0.06 for o in angles[b.name])
            cost = passed + 3 * outside + 1.5 * beside + abs(bend) * (3 + length / 120)
            if best is None or cost < best[0]:
                best = (cost, bend)
        bend = best[1] if best else 0.6 + 0.2 * len(taken[pair])
        taken[pair].append(bend * turn)
        leaves, arrives = _angles(a, b, _arc(a, b, bend, 12 if few else 28))
        angles[a.name].append(leaves)
        angles[b.name].append(arrives)
        found.append(bend)
    return found
