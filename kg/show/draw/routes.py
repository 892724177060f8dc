"""How the arrows of a picture run: along way-points, from a port to a port, or as arcs.

An arrow that leads to the right leaves its box at a port of its own and enters the next at the port of its
lane, so that arrows of one sign arrive as one. Between columns it swings from level to level; through a
column it runs level. Other arrows are arcs, bent so that they pass the fewest boxes.

Units are pixels at zoom 1. The same input gives the same curves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise
from math import atan2, cos, hypot, pi, sin, sqrt

from kg.show.draw.layout import MANY, Arrow, Box

__all__ = ["BENDS", "Curve", "bends", "crossings", "curve_of", "hidden", "routes"]

BENDS = (0.0, 0.1, -0.1, 0.2, -0.2, 0.32, -0.32, 0.45, -0.45, 0.7, -0.7, 0.9, -0.9)
"""Roundness of an arc; positive bends clockwise as vis-network means it."""

IN_GAP, OUT_GAP = 17.0, 6.0
"""Between the ports of a box where arrows enter, and where they leave, at most."""

APART = 8.0
"""Crossings nearer than this are seen as one."""

Point = tuple[float, float]
Curve = list[Point]


# Along way-points ---------------------------------------------------------------------------------


def _ports(box: Box, n: int, gap: float) -> list[float]:
    """`y` of `n` ports on one side of a box, from the top."""
    gap = min(gap, (box.height - 12) / max(1, n - 1))
    return [round(box.y + (i - (n - 1) / 2) * gap, 1) for i in range(n)]


def _inset(box: Box, y: float) -> float:
    """How far the outline of a box lies inside its left side, at a height."""
    half, off = box.height / 2, abs(y - box.y)
    corner = min(11.0, box.height / 3)
    if box.shape == "hexagon":
        return corner * off / half
    if box.shape == "slant":
        return corner * (box.y + half - y) / box.height
    if box.shape == "cut":
        return max(0.0, off - half + corner)
    radius = {"pill": min(half, 18.0), "round": min(9.0, box.height / 3)}.get(box.shape, 0.0)
    above = max(0.0, off - half + radius)
    return radius - sqrt(max(0.0, radius**2 - above**2))


def routes(boxes: Iterable[Box], arrows: Sequence[Arrow]) -> list[Curve | None]:
    """For each arrow the stops it runs through, None for arcs: all where there are too many arrows.

    Between stops of one height an arrow is straight; else it swings, level at both.
    """
    if len(arrows) > MANY:
        return [None] * len(arrows)
    sides: dict[int, tuple[float, float]] = {}
    for b in boxes:
        left, right = sides.get(b.column, (b.x, b.x))
        sides[b.column] = (min(left, b.x - b.width / 2), max(right, b.x + b.width / 2))
    forward = [a for a in arrows if a.is_forward]
    entering: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for a in forward:
        entering[a.end.key][a.lane].append((a.via or [a.start])[-1].y)
    ends = {a.end.key: a.end for a in forward}
    enter: dict[tuple[str, str], float] = {}
    for key, lanes in entering.items():
        order = sorted(lanes, key=lambda lane: (sum(lanes[lane]) / len(lanes[lane]), lane))
        for lane, y in zip(order, _ports(ends[key], len(order), IN_GAP), strict=True):
            enter[key, lane] = y
    leaving: dict[str, list[tuple[float, str, str]]] = defaultdict(list)
    for a in forward:
        leaving[a.start.key].append((a.via[0].y if a.via else enter[a.end.key, a.lane], a.end.key, a.lane))
    starts = {a.start.key: a.start for a in forward}
    leave: dict[tuple[str, str, str], float] = {}
    for key, onward in leaving.items():
        order_out = sorted(onward)
        for (_, end, lane), y in zip(order_out, _ports(starts[key], len(order_out), OUT_GAP), strict=True):
            leave[key, end, lane] = y
    found: list[Curve | None] = []
    for a in arrows:
        if not a.is_forward:
            found.append(None)
            continue
        out, into = leave[a.start.key, a.end.key, a.lane], enter[a.end.key, a.lane]
        # It starts inside its box, which is drawn over it, so that no outline shows a gap.
        stops = [(a.start.x + a.start.width / 2 - 12, out), (sides[a.start.column][1], out)]
        for way in a.via:
            stops += [(way.x - way.width / 2, way.y), (way.x + way.width / 2, way.y)]
        stops.append((sides[a.end.column][0], into))
        stops.append((a.end.x - a.end.width / 2 + _inset(a.end, into), into))
        found.append([(round(x, 1), round(y, 1)) for x, y in stops])
    return found


def _swing(one: Point, next_: Point, points: int = 14) -> Iterable[Point]:
    """Points after the first along the cubic curve from stop to stop."""
    (x0, y0), (x1, y1) = one, next_
    if y0 == y1:
        yield next_
        return
    middle = (x0 + x1) / 2
    for i in range(1, points + 1):
        t = i / points
        s = 1 - t
        x = s**3 * x0 + 3 * s * s * t * middle + 3 * s * t * t * middle + t**3 * x1
        yield x, s**3 * y0 + 3 * s * s * t * y0 + 3 * s * t * t * y1 + t**3 * y1


# As arcs ------------------------------------------------------------------------------------------


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


def bends(boxes: Sequence[Box], arrows: Sequence[Arrow], stops: Sequence[Curve | None]) -> list[float]:
    """For each arrow without stops the bend of the arc that passes the fewest boxes; 0 for the others.

    Arrows that share both ends differ, and those that share one end part as soon as they can.
    """
    columns: dict[int, list[Box]] = defaultdict(list)
    for b in boxes:
        columns[b.column].append(b)
    top, bottom = min(b.y - b.height / 2 for b in boxes) - 30, max(b.y + b.height / 2 for b in boxes) + 30
    taken: dict[frozenset[str], list[float]] = defaultdict(list)
    angles: dict[str, list[float]] = defaultdict(list)
    few = len(arrows) > MANY
    found = []
    for arrow, routed in zip(arrows, stops, strict=True):
        if routed is not None:
            taken[frozenset((arrow.start.key, arrow.end.key))].append(0.0)
    for arrow, routed in zip(arrows, stops, strict=True):
        if routed is not None:
            found.append(0.0)
            continue
        a, b = arrow.start, arrow.end
        pair = frozenset((a.key, b.key))
        turn = 1.0 if a.key < b.key else -1.0
        first, last = sorted((a.column, b.column))
        between = [c for n in range(first, last + 1) for c in columns[n] if c is not a and c is not b]
        length = hypot(b.x - a.x, b.y - a.y)
        best: tuple[float, float] | None = None
        for bend in BENDS:
            if min((abs(bend * turn - other) for other in taken[pair]), default=1.0) < 0.18:
                continue
            arc = _arc(a, b, bend, 12 if few else 28)
            behind = [
                c.key
                for x, y in arc
                for c in between
                if abs(x - c.x) < c.width / 2 + 5 and abs(y - c.y) < c.height / 2 + 4
            ]
            passed = len(behind) + 2 * len(set(behind))  # it would seem to start or end there
            outside = sum(not top < y < bottom for _, y in arc)
            leaves, arrives = _angles(a, b, arc)
            beside = sum(abs(leaves - o) < 0.06 for o in angles[a.key])
            beside += sum(abs(arrives - o) < 0.06 for o in angles[b.key])
            cost = passed + 3 * outside + 1.5 * beside + abs(bend) * (3 + length / 120)
            if best is None or cost < best[0]:
                best = (cost, bend)
        bend = best[1] if best else 0.6 + 0.2 * len(taken[pair])
        taken[pair].append(bend * turn)
        leaves, arrives = _angles(a, b, _arc(a, b, bend, 12 if few else 28))
        angles[a.key].append(leaves)
        angles[b.key].append(arrives)
        found.append(bend)
    return found


# How well it reads --------------------------------------------------------------------------------


def curve_of(arrow: Arrow, stops: Curve | None, bend: float) -> Curve:
    """An arrow as it is drawn, as points along it."""
    if stops is None:
        a, b = arrow.start, arrow.end
        return [(a.x, a.y), *_arc(a, b, bend, 28), (b.x, b.y)]
    return [stops[0], *(p for one, next_ in pairwise(stops) for p in _swing(one, next_))]


def _meet(one: Curve, other: Curve) -> Iterable[Point]:
    """The points where two curves cross."""

    def side(a: Point, b: Point, c: Point) -> float:
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    for a, b in pairwise(one):
        for c, d in pairwise(other):
            before, after = side(c, d, a), side(c, d, b)
            if before * after < 0 and side(a, b, c) * side(a, b, d) < 0:
                t = before / (before - after)
                yield a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])


def crossings(arrows: Sequence[Arrow], curves: Sequence[Curve]) -> int:
    """How many crossings the eye sees: places, `APART` from each other, where arrows cross.

    Arrows that share an end do not count; those that run as one are crossed once.
    """
    seen: list[Point] = []
    for (a, one), (b, other) in combinations(zip(arrows, curves, strict=True), 2):
        if {a.start.key, a.end.key} & {b.start.key, b.end.key}:
            continue
        for x, y in _meet(one, other):
            if all(hypot(x - u, y - v) >= APART for u, v in seen):
                seen.append((x, y))
    return len(seen)


def hidden(boxes: Iterable[Box], arrows: Sequence[Arrow], curves: Sequence[Curve]) -> int:
    """How often an arrow passes behind a box that is not its own."""
    return sum(
        any(abs(x - box.x) < box.width / 2 and abs(y - box.y) < box.height / 2 for x, y in curve)
        for box in boxes
        for a, curve in zip(arrows, curves, strict=True)
        if box is not a.start and box is not a.end
    )
