"""`kg paths`, and how it says why nothing answers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from kg.cli.output import formats, graph_of, path_options, print_json, print_tsv, say

if TYPE_CHECKING:
    from kg.graph import Graph


@click.command()
@click.argument("source")
@click.argument("target")
@path_options
@click.option(
    "--without", multiple=True, metavar="NAME", help="As if it were blocked: same as --avoid for ends too."
)
@click.option("--exact", is_flag=True, help="Entities below the ones named do not count as them.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Most paths shown as cards (tables and JSON: all).",
)
@formats
@click.pass_context
def paths(
    ctx: click.Context, /, source: str, target: str, without: tuple[str, ...], exact: bool, limit: int,
    form: str | None, **asked: Any,
) -> None:  # fmt: skip
    """Signed paths from SOURCE to TARGET, best supported first.

    \b
    Example:
        kg paths MSC fibrosis --via Treg --sign -
    """
    g = graph_of(ctx)
    if without:
        g = g.without(*without)
    g = narrowed(g, asked)
    answer = g.paths(source, target, subclasses=not exact, **asked)
    from kg.cards import path_card, path_data, reasons_text

    if form == "json":
        print_json([{**path_data(p), "matched": reasons_text(answer.reasons, p.entities)} for p in answer])
    elif form == "tsv":
        columns = ("rank", "sign", "belief", "rung", "n_steps", "path", "statements", "papers", "species")
        print_tsv(
            columns,
            (
                (
                    n, p.sign, p.belief, p.rung, len(p.steps),
                    p.entities[0] + "".join(f" {s.predicate} {s.object}" for s in p.statements),
                    "|".join(s.id for s in p.statements), "|".join(p.papers), "|".join(p.species),
                )
                for n, p in enumerate(answer, 1)
            ),
        )  # fmt: skip
    else:
        conflicts = g.conflicts() if answer else []
        for n, p in enumerate(answer[:limit], 1):
            click.echo(f"{n}. {path_card(p, conflicts)}")
            if matched := reasons_text(answer.reasons, (p.entities[0], p.entities[-1], *p.entities[1:-1])):
                click.echo(f"  matched: {matched}")
            click.echo()
        shown = min(limit, len(answer))
        plain = not (asked["products"] or exact or asked["coherent"])
        more = 0 if not plain else g.count_with_products(answer, source) - len(answer)
        told = [f"{shown} of {len(answer)} path(s) of at most {asked['max_length']} steps"]
        if shown < len(answer):
            told.append("--limit shows more")
        if more:
            told.append(f"--products adds {more}")
        click.echo("; ".join(told))
    if not answer:
        say(why_empty(g, answer, source, target))
        sys.exit(1)


def narrowed(g: Graph, asked: dict[str, Any]) -> Graph:
    """The graph in the context asked for; takes the options of context out of `asked`."""
    context = {name: asked.pop(name) for name in ("disease", "species", "product", "route", "rung", "until")}
    return g.within(**context, source=asked.pop("tissue"))


def why_empty(g: Graph, answer: Any, source: str, target: str) -> str:
    """Which end or constraint leaves nothing."""
    from dataclasses import replace

    q = answer.question
    bare = replace(q, via=(), avoid=frozenset(), sign=None)
    if not any(n in g.engine.index for n in q.sources):
        return f"no statement bears on {source!r} in this view"
    if not any(n in g.engine.index for n in q.targets):
        return f"no statement bears on {target!r} in this view"
    n = g.engine.count(bare)
    if n:
        return f"no path keeps every constraint; without --via, --avoid, --sign and --coherent there are {n}"
    return f"no path of at most {q.max_length} steps; try a larger --max-length or --products"
