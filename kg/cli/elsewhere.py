"""Questions that engines and endpoints elsewhere answer, and `kg pack`, which makes graphs ready for
engines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from kg.cli.output import graph_of, say, write_text
from kg.errors import StoreMissing

if TYPE_CHECKING:
    from kg.graph import Graph
    from kg.mechanism.query import PathQuery

COLUMNS = ("rank", "sign", "score", "belief", "n_steps", "path", "statements", "papers")


def _table(rows: Iterable[Sequence[object]]) -> str:
    return "".join("\t".join(" ".join(str(cell).split()) for cell in row) + "\n" for row in [COLUMNS, *rows])


def _graph_if_any(ctx: click.Context) -> Graph | None:
    """The graph whose names count, where there is one: an engine can be asked without any."""
    try:
        return graph_of(ctx)
    except StoreMissing:
        if ctx.find_root().obj:
            raise
        return None


def paths_of_engine(
    ctx: click.Context, query: PathQuery, url: str, limit: int, form: str | None, out: str | None
) -> None:
    """Print the paths that a packed graph on an engine gives."""
    from kg.scale.ask import ask_paths
    from kg.scale.connect import connect

    g = _graph_if_any(ctx)
    options: dict[str, Any] = {}
    if g is not None:
        options["among"] = lambda name, products: g.among(name, subclasses=not query.exact, products=products)
        options["kin"] = g._msc_cells
        options["diseases"] = lambda name, exact: g.diseases_as(name, exact=exact)
    with connect(url) as packed:
        found = ask_paths(packed, query, **options)
        shown = found.first(len(found) if form else limit)
    if form == "json":
        write_text(out, json.dumps([p.data() for p in shown], ensure_ascii=False, indent=1))
    elif form == "tsv":
        rows = [
            (n, p.sign, p.score, p.belief, len(p.steps), " > ".join(p.entities),
             "|".join(s.id for s in p.steps),
             "|".join(sorted({paper for s in p.steps for paper in s.papers})))
            for n, p in enumerate(shown, 1)
        ]  # fmt: skip
        write_text(out, _table(rows))
    elif shown:
        lines = []
        for n, p in enumerate(shown, 1):
            lines.append(f"{n}. {p}")
            for s in p.steps:
                told = [f"belief {s.belief:.2f}", *(f"{axis}: {value}" for axis, value in s.context.items())]
                lines.append(
                    f"   {s.subject} {s.predicate} {s.object} [{s.sign}] "
                    f"{'; '.join([*told, *s.papers])}  {s.id}"
                )
        whole = (
            f"{len(found)} path(s)"
            if found.at_most is None
            else f"the best {len(found)} of at most {found.at_most:,}"
        )
        lines += [
            "",
            f"{len(shown)} of {whole} of at most {query.max_length} steps, on {packed.engine}",
            f"asked: {query}",
        ]
        write_text(out, "\n".join(lines))
    if not len(found):
        say(f"no path on {packed.engine}; a longer --max-length or fewer conditions may find one")
        sys.exit(1)


def paths_of_endpoint(
    ctx: click.Context,
    query: PathQuery,
    url: str,
    time_limit: float,
    limit: int,
    form: str | None,
    out: str | None,
) -> None:
    """Print the paths that a SPARQL endpoint gives; what their statements say is told by the graph at
    hand."""
    from kg.store.remote import Endpoint, remote_paths

    endpoint = Endpoint(url, time_limit)
    g = graph_of(ctx)
    found, is_cut = remote_paths(endpoint, g.sparql(query))
    by_id = {e.id: e.name for e in g.entities}
    unknown: set[str] = set()

    def steps(entities: Sequence[str], ids: Sequence[str]) -> list[dict[str, Any]]:
        told = []
        for i, key in enumerate(ids):
            s = g._by_id.get(key)
            if s is None:
                unknown.add(key)
            told.append(
                {
                    "statement_id": key, "subject": by_id.get(entities[i], entities[i]),
                    "predicate": "" if s is None else s.predicate, "sign": "" if s is None else s.sign.value,
                    "object": by_id.get(entities[i + 1], entities[i + 1]),
                    "papers": sorted({e.paper.id for e in s.supports if e.counts}) if s else [],
                }
            )  # fmt: skip
        return told

    shown = [(p.sign, steps(p.entities, p.statements)) for p in found[: len(found) if form else limit]]
    if form == "json":
        write_text(
            out, json.dumps([{"sign": sign, "steps": s} for sign, s in shown], ensure_ascii=False, indent=1)
        )
    elif form == "tsv":
        rows = [
            (n, sign, "", "", len(s), " > ".join([s[0]["subject"], *(x["object"] for x in s)]),
             "|".join(x["statement_id"] for x in s), "|".join(sorted({p for x in s for p in x["papers"]})))
            for n, (sign, s) in enumerate(shown, 1)
        ]  # fmt: skip
        write_text(out, _table(rows))
    elif shown:
        lines = []
        for n, (sign, s) in enumerate(shown, 1):
            arrows = "".join(f" ─{x['predicate'] or '?'}→ {x['object']}" for x in s)
            lines.append(f"{n}. {s[0]['subject']}{arrows}   net {sign}")
            lines += [f"   {x['statement_id']}  {' '.join(x['papers'])}".rstrip() for x in s]
        lines += [
            "",
            f"{len(shown)} of {len(found)} path(s) of at most {query.max_length} steps, from {url}",
            f"asked: {query}",
        ]
        write_text(out, "\n".join(lines))
    if unknown:
        say(f"{len(unknown)} statement(s) there are not in the graph here, which may be another release")
    if is_cut:
        say("the endpoint cut the answer at its limit: there are more paths")
    if not found:
        say(f"no path at {url}")
        sys.exit(1)


@click.command()
@click.argument("table", required=False)
@click.option("-o", "--out", required=True, metavar="FOLDER|FILE.duckdb", help="Where to write.")
@click.option("--memory", default="4GB", show_default=True, help="Memory to take before the disk is used.")
@click.option("--threads", type=click.IntRange(min=1), help="Threads (default: one for each core).")
@click.pass_context
def pack(ctx: click.Context, table: str | None, out: str, memory: str, threads: int | None) -> None:
    """Make a table of edges ready for `kg paths --engine`.

    TABLE is a .parquet or .tsv file of edges, or a folder of Parquet files; without it the graph itself is
    packed. A folder of two Parquet files comes out, which DuckDB and Spark read, or a DuckDB database.

    \b Example:
        kg pack edges.parquet -o packed
    """
    from kg.scale.pack import pack as write
    from kg.scale.pack import statement_table

    what: Any = table
    if table is None:
        g = graph_of(ctx)
        what = statement_table(g.engine, g.knowledge)
    found = write(what, out, memory=memory, threads=threads)
    click.echo(f"{found.n_edges:,} edges between {found.n_nodes:,} entities in {found.path}")
