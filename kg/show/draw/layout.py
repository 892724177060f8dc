"""Where the boxes and arrows of a picture stand.

Layers run from left to right: by kind (what is given, mediators, cells, processes, outcomes), or by step from
the source. A tall layer is split into sub-columns, by the level each entity is given. Inside a column,
barycentre sweeps and then swaps of neighbours lessen crossings, and an arrow over several columns gets a
way-point in each (Sugiyama et al. 1981, doi 10.1109/TSMC.1981.4308636). Unlike there, arrows of one *lane*
share their way-points: they come from anywhere, but lead to one box with one sign.

Units are pixels at zoom 1. The same input gives the same places.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any

from kg.model import Entity

__all__ = ["LAYERS", "SHAPES", "Arrow", "Box", "box_of", "kinds", "place", "steps", "wrapped"]

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
NEAR_WAY, WAYS = 0.45, 0.2
"""Gaps beside a way-point, and between two, as parts of a gap between boxes."""

MANY = 160
"""Arrows beyond which there are no way-points and crossings are not counted: it would take too long."""


# Labels and boxes ---------------------------------------------------------------------------------


@dataclass(slots=True)
class Box:
    """Where a node or a way-point stands: `x`, `y` are its middle.

    `key` is the name of the entity, or marks a way-point, which has no lines. `layer` is the layer it belongs
    to by kind, `rank` the one it stands in, `level` its order there (0 to 1).
    """

    key: str
    lines: tuple[str, ...]
    width: float
    height: float
    layer: int
    rank: int
    level: float
    shape: str = ""
    column: int = 0
    x: float = 0.0
    y: float = 0.0


@dataclass(slots=True)
class Arrow:
    """From box to box. `lane`: which arrows to the same box may share way-points, which are `via`."""

    start: Box
    end: Box
    lane: str
    via: list[Box] = field(default_factory=list)

    @property
    def is_forward(self) -> bool:
        return self.start.column < self.end.column


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


def box_of(e: Entity, is_given: bool, level: float, rank: int | None = None) -> Box:
    """The box of an entity; without a rank it stands in the layer of its kind."""
    lines = wrapped(e.name)
    shape = SHAPES[e.category][0]
    inset = 40 if shape in ("hexagon", "tag", "slant") else 28
    width = max(64.0, round(max(map(_text_width, lines)) + inset))
    layer = 0 if is_given else LAYER_OF[e.category]
    height = LINE_HEIGHT * len(lines) + 16
    return Box(e.name, lines, width, height, layer, layer if rank is None else rank, level, shape)


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


def _part(a: Box, b: Box) -> float:
    """The gap between two neighbours of a column, as a part of the gap between boxes."""
    return 1.0 if a.lines and b.lines else NEAR_WAY if a.lines or b.lines else WAYS


def _height(column: Sequence[Box]) -> float:
    return sum(b.height for b in column) + ROW_GAP * sum(map(_part, column, column[1:]))


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
    inside = [sum(a.rank == b.rank == boxes[0].rank and a is not b for a, b in ends) for boxes in layers]
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
        spare = (height - sum(b.height for b in column)) / (1 + sum(map(_part, column, column[1:])))
        gap = max(ROW_GAP, min(spare * 0.92, 90.0))
        offset, offsets = 0.0, [0.0]
        for before, b in pairwise(column):
            offset += before.height / 2 + gap * _part(before, b) + b.height / 2
            offsets.append(offset)
        pools: list[tuple[float, int]] = []
        for b, shift in zip(column, offsets, strict=True):
            value, size = wanted[b.key] - shift, 1
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
        gap = (height - sum(b.height for b in column)) / (1 + sum(map(_part, column, column[1:])))
        y = gap / 2
        for b, after in zip(column, [*column[1:], None], strict=True):
            found[b.key] = y + b.height / 2
            y += b.height + (gap * _part(b, after) if after else 0.0)
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
            found += any(c.lines and abs(y - c.y) < c.height / 2 for c in column)
    return found


Titles = Mapping[int, str]
"""Rank → what stands above its layer."""


def kinds(boxes: Iterable[Box], given: Mapping[str, str]) -> Titles:
    """Titles by kind; the first is named after what is in it."""
    titles = dict(enumerate(LAYERS))
    ours = {b.key in given for b in boxes if b.rank == 0}
    if False in ours:
        titles[0] = GIVEN[len(ours) - 1]
    return titles


def steps(last: int) -> Titles:
    """Titles by step, where the target stands at position `last`."""
    return {0: "Source", **{i: f"Step {i}" for i in range(1, last)}, last: "Target"}


def place(boxes: Sequence[Box], arrows: Sequence[Arrow], titles: Titles) -> list[dict[str, Any]]:
    """Sets column, `x` and `y` of the boxes, and the way-points of the arrows.

    The layers that are used come back, with their titles and extents.
    """
    boxes = sorted(boxes, key=lambda b: (b.rank, b.level, b.key))
    used = sorted({b.rank for b in boxes})
    layers = [[b for b in boxes if b.rank == rank] for rank in used]
    named = [titles[rank] for rank in used]
    ends = [(a.start, a.end) for a in arrows if a.start is not a.end]
    parts = _columns(layers, named, ends)
    width, height = _size(parts, named)
    zoom = _zoom((width, height))
    height = max(height, min(VIEW[1] / zoom, height * 2.2))
    n_gaps = sum(map(len, parts)) - 1
    stretch = min(max(0.0, VIEW[0] / zoom - width) / n_gaps, WIDEST_GAP) if n_gaps else 0.0
    columns: Columns = []
    extents = []
    x = 0.0
    for sub, title in zip(parts, named, strict=True):
        widths = [max(b.width for b in c) for c in sub]
        inner = sum(widths) + (SUBCOLUMN_GAP + stretch) * (len(sub) - 1)
        outer = max(inner, _title_width(title))
        extents.append({"title": title, "left": round(x - 22, 1), "right": round(x + outer + 22, 1)})
        at = x + (outer - inner) / 2
        for c, w in zip(sub, widths, strict=True):
            for b in c:
                b.x, b.column = float(round(at + w / 2)), len(columns)
            columns.append(c)
            at += w + SUBCOLUMN_GAP + stretch
        x += outer + LAYER_GAP + stretch
    if len(arrows) <= MANY:
        _add_ways(columns, arrows)
        height = max(height, *map(_height, columns))
    _order(columns, height, _hops(arrows))
    stood = [b for c in columns for b in c]
    top, bottom = min(b.y - b.height / 2 for b in stood), max(b.y + b.height / 2 for b in stood)
    for b in stood:
        b.y = float(round(b.y + (height - top - bottom) / 2))  # vis-network has whole pixels only
    for extent in extents:
        extent |= {"top": -30.0, "bottom": round(height + 30, 1)}
    return extents


def _add_ways(columns: Columns, arrows: Iterable[Arrow]) -> None:
    """Gives forward arrows a way-point in each column they pass, shared by lane."""
    made: dict[tuple[str, str, int], Box] = {}
    for a in arrows:
        for n in range(a.start.column + 1, a.end.column):
            key = (a.end.key, a.lane, n)
            if key not in made:
                b, width = columns[n][0], max(b.width for b in columns[n])
                name = "\t".join(map(str, key))
                made[key] = Box(name, (), width, 8.0, -1, b.rank, 0.5, column=n, x=b.x)
                columns[n].append(made[key])
            a.via.append(made[key])


def _hops(arrows: Iterable[Arrow]) -> Ends:
    """What joins neighbours on the way: each hop once, however many arrows take it."""
    found: dict[tuple[str, str], tuple[Box, Box]] = {}
    for a in arrows:
        stops = (a.start, *a.via, a.end)
        if a.start is not a.end:
            found |= {(one.key, next_.key): (one, next_) for one, next_ in pairwise(stops)}
    return list(found.values())


def _order(columns: Columns, height: float, ends: Ends) -> None:
    """Sets `y`: the order inside columns that shows fewest crossings and hidden arrows."""
    near: dict[str, list[Box]] = defaultdict(list)
    for a, b in ends:
        near[a.key].append(b)
        near[b.key].append(a)
    is_small = len(ends) <= 1.5 * MANY

    def cost() -> float:
        slope = sum(abs(a.y - b.y) for a, b in ends) / height
        return (_crossings(ends) + 2 * _hidden(ends, columns) if is_small else 0) + 0.2 * slope

    def settle() -> None:
        wanted = _even(columns, height)
        _spread(columns, height, wanted)
        for _ in range(4):
            for b in (b for column in columns for b in column):
                if near[b.key]:
                    mean = sum(n.y for n in near[b.key]) / len(near[b.key])
                    wanted[b.key] = 0.55 * mean + 0.45 * wanted[b.key]
            _spread(columns, height, wanted)

    settle()
    best, order = cost(), [list(c) for c in columns]

    def keep_best() -> None:
        nonlocal best, order
        settle()
        if (found := cost()) < best - 1e-9:
            best, order = found, [list(c) for c in columns]

    for sweep in range(12 if is_small else 8):
        rightward = sweep % 2 == 0
        for column in columns if rightward else columns[::-1]:
            means = {}
            for b in column:
                side = [
                    n.y for n in near[b.key] if (n.column < b.column) == rightward and n.column != b.column
                ]
                means[b.key] = sum(side) / len(side) if side else b.y
            column.sort(key=lambda b: (means[b.key], b.key))
        keep_best()
        if is_small and sweep % 3 < 2:
            _sift(columns, near)
            keep_best()
    for column, kept in zip(columns, order, strict=True):
        column[:] = kept
    settle()


def _sift(columns: Columns, near: Mapping[str, Sequence[Box]]) -> None:
    """Puts each box where it crosses least, in its column, until none wants to move (at most 8 rounds).

    Sifting: Matuszewski, Schönfeld, Molitor 1999, doi 10.1007/3-540-46648-7_22.
    """
    at = {b.key: i for column in columns for i, b in enumerate(column)}
    beside = {
        b.key: [[n.key for n in near[b.key] if n.column == b.column + side] for side in (-1, 1)]
        for column in columns
        for b in column
    }

    def saved(over: str, under: str) -> int:
        """Crossings fewer, were the one that is above put below."""
        found = 0
        for ours, theirs in zip(beside[over], beside[under], strict=True):
            for one in ours:
                for other in theirs:
                    found += (at[one] > at[other]) - (at[one] < at[other])
        return found

    for _ in range(8):
        moved = False
        for column in columns:
            for b in sorted(column, key=lambda b: (-len(near[b.key]), b.key)):
                place = column.index(b)
                gains = [(0, 0, place)]
                for step, others in ((1, range(place + 1, len(column))), (-1, range(place - 1, -1, -1))):
                    total = 0
                    for i in others:
                        other = column[i].key
                        total += saved(b.key, other) if step == 1 else saved(other, b.key)
                        gains.append((-total, abs(i - place), i))
                gain, _, best = min(gains)
                if gain < 0:
                    column.insert(best, column.pop(place))
                    at |= {c.key: i for i, c in enumerate(column)}
                    moved = True
        if not moved:
            break
