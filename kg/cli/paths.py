"""`kg paths`: signed paths as cards, tables and other shapes."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from kg import vocab
from kg.cli.output import formats, graph_of, path_options, path_query, say, write_text
from kg.errors import BadInput

if TYPE_CHECKING:
    from kg.graph import Graph
    from kg.mechanism.answers import Answer


@click.command()
@click.argument("ends", nargs=-1, required=True, metavar="SOURCE TARGET | PATTERN")
@path_options
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Most paths shown as cards (tables and JSON: all).",
)
@click.option(
    "--as",
    "shape",
    type=click.Choice(["english", "markdown", "graphml", "bibtex", "ris", "sparql"]),
    help="Print all paths as that, their papers as citations, or the query itself as SPARQL.",
)
@click.option("-o", "--out", metavar="FILE", help="Where to write (default: standard output).")
@click.option(
    "--p-values", "popularity", is_flag=True, help="Is it more than popularity? Against 1,000 shuffles."
)
@click.option(
    "--engine", "engine_url", metavar="URL",
    help="Ask a packed graph: duckdb://FILE-OR-FOLDER, spark://HOST:PORT?edges=FOLDER, any other of Ibis.",
)  # fmt: skip
@click.option("--endpoint", metavar="URL", help="Ask a SPARQL endpoint elsewhere that holds such a graph.")
@click.option(
    "--time-limit",
    default=60.0,
    show_default=True,
    help="Seconds before a question to --endpoint is given up.",
)
@formats
@click.pass_context
def paths(
    ctx: click.Context, /, ends: tuple[str, ...], limit: int, shape: str | None, out: str | None,
    popularity: bool, engine_url: str | None, endpoint: str | None, time_limit: float, form: str | None,
    **options: Any,
) -> None:  # fmt: skip
    """Signed paths from SOURCE to TARGET, best supported first.

    A PATTERN names every position: 'MSC > mediator > immune cell > fibrosis' (entities, defined classes,
    categories, * for anything). A whole line, as printed under "asked", works too.

    \b
    Example:
        kg paths MSC fibrosis --via Treg --sign -
    """
    query = path_query(ends, options)
    if engine_url is not None or endpoint is not None:
        from kg.cli.elsewhere import paths_of_endpoint, paths_of_engine

        if popularity or shape or (engine_url and endpoint):
            raise BadInput("--engine and --endpoint print cards, --tsv or --json, one of them at a time")
        if engine_url is not None:
            paths_of_engine(ctx, query, engine_url, limit, form, out)
        else:
            paths_of_endpoint(ctx, query, str(endpoint), time_limit, limit, form, out)
        return
    g = graph_of(ctx)
    if shape == "sparql":
        write_text(out, g.sparql(query))
        return
    answer = g.answer(query)
    from kg.show.nearest import why_empty
    from kg.show.sharing import SHAPES, json_text

    shape = shape or form
    if shape == "json":
        fallen = g.what_if(query, *query.without).fallen if query.without else ()
        write_text(out, json_text(answer, answer.reasons, fallen))
    elif shape is not None:
        write_text(out, SHAPES[shape](answer))
    elif answer:
        _cards(g, answer, limit, popularity)
    if not answer:
        if query.without and (found := g.what_if(query, *query.without)).fallen:
            say(f"without {', '.join(query.without)}, all {len(found.fallen)} paths fall")
        else:
            say(why_empty(g, answer))
        sys.exit(1)


def _cards(g: Graph, answer: Answer, limit: int, popularity: bool) -> None:
    from kg.cli.compare import blockade, narrowest
    from kg.show.cards import path_card, reasons_text

    # First, since it may refuse the question.
    whole = g.popularity(answer.query) if popularity else None
    view = g.within(**answer.query.context)
    conflicts = view.conflicts()
    for n, p in enumerate(answer[:limit], 1):
        click.echo(f"{n}. {path_card(p, conflicts)}")
        if matched := reasons_text(answer.reasons, (p.entities[0], p.entities[-1], *p.entities[1:-1])):
            click.echo(f"  matched: {matched}")
        if popularity:
            click.echo(f"  popularity: between these ends, with this sign and length {view.popularity(p)}")
        click.echo()
    shown = min(limit, len(answer))
    q = answer.question
    if answer.at_most is None:
        told = [f"{shown} of {len(answer)} path(s) of at most {q.max_length} steps"]
    else:
        told = [f"{shown} of the best {len(answer)} of at most {answer.at_most:,} paths"]
    if shown < len(answer):
        told.append("--limit shows more")
    query = answer.query
    if answer.is_complete and not (query.products or query.exact or query.coherent or query.top):
        more = len(g.answer(replace(query, products=True))) - len(answer)
        if more > 0:
            told.append(f"--products adds {more}")
    click.echo("; ".join(told))
    if (asked := answer.query.disease) is not None and not answer.query.exact_disease:
        others = {n: why for n, why in g.diseases_as(asked).items() if why}
        if others:
            click.echo(f"counted as {asked}: {', '.join(others)}; --exact-disease leaves them out")
    for line in _absent(view, answer):
        click.echo(line)
    if answer.is_complete:
        click.echo(narrowest(answer))
    if whole is not None:
        click.echo(f"popularity of the whole: {whole}")
    if query.without:
        click.echo(blockade(g, query))
    click.echo(f"asked: {query}")


def _absent(view: Graph, answer: Answer, most: int = 5) -> list[str]:
    """What was looked for between the ends of the question and not found, a line each."""
    q = answer.question
    found = [s for s in view.nulls() if s.subject in q.sources and s.object in q.targets]
    lines = []
    for s in found[:most]:
        levels = sorted({vocab.level_of(e.rung) for e in s.no_effects if e.rung})
        papers = "1 paper" if len(s.papers) == 1 else f"{len(s.papers)} papers"
        lines.append(f"no effect: {s.subject} on {s.object} ({papers}; {', '.join(levels)})  {s.id}")
    if len(found) > most:
        lines.append(f"no effect: … and {len(found) - most} more between these ends")
    return lines
