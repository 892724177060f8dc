"""How legible ten answers are as this project lays them out, and as Graphviz, igraph and ELK would.

    python -m benchmarks.layouts [FOLDER]

Each gets the same boxes (name, width, height) and the same arrows, left to right, and keeps its own routes.
What is not installed is left out: `dot` of Graphviz on PATH, the Python package igraph, and, in FOLDER, the
npm package elkjs with node on PATH. Crossings and arrows behind boxes are counted by `kg.show.draw.routes`.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import kg
from benchmarks.draw_page import EXAMPLES, drawn_on
from kg.show.draw.layout import Arrow, Box
from kg.show.draw.routes import Curve, crossings, hidden

QUESTIONS = (
    *EXAMPLES,
    "MSC TNF --max-length 3",
    "MSC 'bacterial clearance' --products --max-length 3",
    "MSC 'airway hyperresponsiveness' --max-length 3",
    "MSC-EV inflammation --max-length 3",
    "'MSC > mediator > cell > *' --sign -",
)
Drawn = tuple[list[Arrow], list[Curve]]


def _placed(arrows: list[Arrow], at: dict[str, tuple[float, float]]) -> list[Arrow]:
    def moved(box: Box) -> Box:
        x, y = at[box.key]
        return Box(box.key, box.lines, box.width, box.height, 0, 0, 0.0, x=x, y=y)

    boxes = {box.key: moved(box) for a in arrows for box in (a.start, a.end)}
    return [Arrow(boxes[a.start.key], boxes[a.end.key], "") for a in arrows]


def graphviz(arrows: list[Arrow]) -> Drawn:
    """`dot`, splines sampled as their control polygon's curve."""
    names = sorted({box.key for a in arrows for box in (a.start, a.end)})
    sizes = {box.key: box for a in arrows for box in (a.start, a.end)}
    nodes = [
        f'n{i} [shape=box fixedsize=true width="{sizes[n].width / 72}" height="{sizes[n].height / 72}"]'
        for i, n in enumerate(names)
    ]
    edges = [
        f"n{names.index(a.start.key)} -> n{names.index(a.end.key)} [id=e{k}]" for k, a in enumerate(arrows)
    ]
    text = "digraph { rankdir=LR; nodesep=0.3; ranksep=1.2; " + "; ".join([*nodes, *edges]) + " }"
    made = json.loads(
        subprocess.run(["dot", "-Tjson"], input=text.encode(), capture_output=True, check=True).stdout
    )
    at = {names[int(o["name"][1:])]: tuple(map(float, o["pos"].split(","))) for o in made["objects"]}
    curves: list[Curve] = [[] for _ in arrows]
    for e in made["edges"]:
        told = re.sub(r"^[es],\S+ ", "", e["pos"])
        points = [tuple(map(float, p.split(","))) for p in re.sub(r"^[es],\S+ ", "", told).split()]
        curve: list[tuple[float, float]] = [points[0]]  # type: ignore[list-item]
        for i in range(0, len(points) - 3, 3):
            (ax, ay), (bx, by), (cx, cy), (dx, dy) = points[i : i + 4]
            for t in (k / 10 for k in range(1, 11)):
                u = 1 - t
                curve.append(
                    (
                        u**3 * ax + 3 * u * u * t * bx + 3 * u * t * t * cx + t**3 * dx,
                        u**3 * ay + 3 * u * u * t * by + 3 * u * t * t * cy + t**3 * dy,
                    )
                )
        curves[int(e["id"][1:])] = curve
    return _placed(arrows, at), curves  # type: ignore[arg-type]


def igraph(arrows: list[Arrow]) -> Drawn:
    """Sugiyama of igraph, whose Python interface gives no control points: arrows are straight."""
    script = (
        "import igraph,json,sys;d=json.load(sys.stdin);g=igraph.Graph(d['n'],d['e'],directed=True);"
        "print(json.dumps(g.layout_sugiyama(hgap=d['h'],vgap=d['v'],maxiter=200).coords))"
    )
    names = sorted({box.key for a in arrows for box in (a.start, a.end)})
    asked = {
        "n": len(names), "e": [[names.index(a.start.key), names.index(a.end.key)] for a in arrows], "h": 60,
        "v": 90 + max(box.width for a in arrows for box in (a.start, a.end)),
    }  # fmt: skip
    python = shutil.which("python-igraph") or sys.executable
    told = json.dumps(asked).encode()
    done = subprocess.run([python, "-c", script], input=told, capture_output=True, check=True)
    at = {name: (y, x) for name, (x, y) in zip(names, json.loads(done.stdout), strict=True)}
    return _placed(arrows, at), [[at[a.start.key], at[a.end.key]] for a in arrows]


_ELK = """
const ELK = require('elkjs'); let text = '';
process.stdin.on('data', d => text += d).on('end', () =>
  new ELK().layout(JSON.parse(text)).then(g => console.log(JSON.stringify(g))));
"""


def elk(folder: Path, in_our_layers: bool) -> Callable[[list[Arrow]], Drawn]:
    """ELK layered, with its bend points; `in_our_layers`: every box in the layer that we give it."""

    def drawn(arrows: list[Arrow]) -> Drawn:
        sizes = {box.key: box for a in arrows for box in (a.start, a.end)}
        layers = sorted({round(box.x) for box in sizes.values()})
        graph = {
            "id": "root",
            "layoutOptions": {
                "elk.algorithm": "layered", "elk.direction": "RIGHT", "elk.edgeRouting": "POLYLINE",
                "elk.layered.thoroughness": "30", "elk.spacing.nodeNode": "24",
                "elk.layered.spacing.nodeNodeBetweenLayers": "90",
                "elk.partitioning.activate": str(in_our_layers).lower(),
            },
            "children": [
                {
                    "id": k, "width": b.width, "height": b.height,
                    "layoutOptions": {"elk.partitioning.partition": str(layers.index(round(b.x)))},
                }
                for k, b in sizes.items()
            ],
            "edges": [
                {"id": str(i), "sources": [a.start.key], "targets": [a.end.key]} for i, a in enumerate(arrows)
            ],
        }  # fmt: skip
        done = subprocess.run(
            ["node", "-e", _ELK],
            input=json.dumps(graph).encode(),
            capture_output=True,
            check=True,
            cwd=folder,
        )
        made = json.loads(done.stdout)
        at = {c["id"]: (c["x"] + c["width"] / 2, c["y"] + c["height"] / 2) for c in made["children"]}
        curves: list[Curve] = [[] for _ in arrows]
        for e in made["edges"]:
            s = e["sections"][0]
            curves[int(e["id"])] = [
                (p["x"], p["y"]) for p in (s["startPoint"], *s.get("bendPoints", []), s["endPoint"])
            ]
        return _placed(arrows, at), curves

    return drawn


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path()
    others: dict[str, Callable[[list[Arrow]], Drawn]] = {}
    if shutil.which("dot"):
        others["Graphviz"] = graphviz
    if importlib.util.find_spec("igraph") or shutil.which("python-igraph"):
        others["igraph"] = igraph
    if shutil.which("node") and (folder / "node_modules" / "elkjs").is_dir():
        others["ELK"] = elk(folder, in_our_layers=False)
        others["ELK in our layers"] = elk(folder, in_our_layers=True)
    sys.stdout.write("\t".join(["question", "arrows", "own", *others]) + "\n")
    g = kg.load()
    with tempfile.TemporaryDirectory() as temp:
        for line in QUESTIONS:
            page = g.draw(g.paths(line), Path(temp) / "a.html", limit=40).read_text(encoding="utf-8")
            arrows, curves = drawn_on(page)
            told = []
            for found, ways in ((arrows, curves), *(draw(arrows) for draw in others.values())):
                boxes = {box.key: box for a in found for box in (a.start, a.end)}.values()
                told.append(f"{crossings(found, ways)} crossings, {hidden(boxes, found, ways)} hidden")
            sys.stdout.write("\t".join([line, str(len(arrows)), *told]) + "\n")


if __name__ == "__main__":
    main()
