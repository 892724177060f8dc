"""Print every measurement with its target. Nothing is asserted: machines differ, ratios less so."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import kg
from benchmarks import endpoint, explain_signature, paths, resolver
from kg.build import build_graph, find_checkout, open_graph

Row = tuple[str, float, str, str]


def median(times: int, action: Callable[[], object]) -> float:
    """Median seconds of several runs."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def command(*words: str) -> Callable[[], object]:
    """A cold process of the command line."""
    return lambda: subprocess.run([sys.executable, "-m", "kg.cli", *words], capture_output=True, check=True)


def peak_mb(code: str) -> float:
    """Peak resident memory of a fresh process that runs some Python, in MB."""
    # VmHWM is of this process alone; ru_maxrss would start from what the parent had.
    told = f"{code}\nprint(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1]) / 1024


def build_rows(folder: Path) -> list[Row]:
    checkout = find_checkout()
    if checkout is None:
        return []
    return [
        ("kg build of everything", median(3, lambda: build_graph(checkout, folder / "built")), "s", "≤ 20")
    ]


def ontology_rows(built: Path) -> list[Row]:
    """Reasoning, looking classes up, and comparing."""
    from kg.build import read_ontology
    from kg.ontology.full_check import full_check
    from kg.ontology.hermit import find_java
    from kg.ontology.inferences import infer
    from kg.ontology.reasoning import conclude

    ontology = read_ontology(built)

    def embedded() -> object:
        fresh = type(ontology)(ontology.quads, ontology.knowledge)
        return list(infer(fresh, conclude(fresh)))

    code = (
        "from kg.build import read_ontology; from kg.ontology.reasoning import conclude, infer; "
        f"o = read_ontology({str(built)!r}); list(infer(o, conclude(o)))"
    )
    g = kg.load(built)
    names = [t.name for t in g.terms.by_id.values() if t.kind != "imported term"]
    first = kg.load(built)
    first.term("Treg")
    took = {
        "first": median(1, lambda: [first.subclasses(n) for n in names]) / len(names),
        "again": median(3, lambda: [g.subclasses(n) for n in names]) / len(names),
    }
    plain = ["--graph", str(built)]
    rows: list[Row] = [
        ("embedded reasoning over ontology and statements", median(3, embedded), "s", "≤ 10"),
        ("peak memory: embedded reasoning", peak_mb(code), "MB", "≤ 300"),
        ("g.subclasses, asked for the first time, mean", took["first"] * 1e3, "ms", "< 1"),
        ("g.subclasses, asked again, mean", took["again"] * 1e3, "ms", "< 1"),
        ("kg show Treg, cold process", median(5, command(*plain, "show", "Treg")), "s", "≤ 0.5"),
        ("kg find macrophage, cold process", median(5, command(*plain, "find", "macrophage")), "s", ""),
        (
            "kg diff of a build with itself, cold process",
            median(3, command("diff", *[str(built)] * 2)),
            "s",
            "",
        ),
    ]
    if find_java():
        rows.append(
            ("full DL check (HermiT, agreement)", median(1, lambda: full_check(ontology)), "s", "≤ 120")
        )
    return rows


def measure() -> list[Row]:
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kg.load()
        built = open_graph().path
        plain = ["--graph", str(built)]
        question = ["paths", "MSC", "fibrosis", "--via", "Treg", "--sign", "-"]
        rows += [
            ("kg --help, cold process", median(5, command("--help")), "s", "≤ 0.5"),
            ("kg paths …, cold process, built graph", median(5, command(*plain, *question)), "s", "≤ 1.0"),
            ("kg.load() of a built graph", median(5, lambda: kg.load(built).statements()), "s", "≤ 0.3"),
        ]
        rows += build_rows(folder)
        rows += ontology_rows(built)
        rows += paths.measure(kg.load(built))
        rows += explain_signature.measure(kg.load(built))
        rows += resolver.measure(kg.load(built))
        rows += endpoint.measure(built)
        code = (
            f"import kg; g = kg.load({str(built)!r}); "
            "g.paths('MSC', 'fibrosis').found; g.hypotheses(); g.query('ASK {}')"
        )
        rows.append(("peak memory: load, paths, hypotheses, SPARQL", peak_mb(code), "MB", "≤ 400"))
        if find_checkout():
            code = (
                "from pathlib import Path; from kg.build import build_graph, find_checkout; "
                f"build_graph(find_checkout(), Path({str(folder / 'm')!r}))"
            )
            rows.append(("peak memory: kg build", peak_mb(code), "MB", "≤ 400"))
    from benchmarks import counts

    rows += counts.measure(counts.folder_from([]))
    if shutil.which("chromium") or shutil.which("google-chrome"):
        from benchmarks import draw_page

        rows += draw_page.measure()
    return rows


def main() -> None:
    rows = measure()
    width = max(len(name) for name, *_ in rows)
    for name, value, unit, target in rows:
        print(
            f"{name.ljust(width)}  {value:10.3f} {unit:3} {('target ' + target) if target else ''}".rstrip()
        )


if __name__ == "__main__":
    main()
