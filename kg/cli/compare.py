"""`kg compare`, and what `kg paths --without` says of a blockade."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from kg.cli.output import context_options, formats, graph_of, print_json, print_table, print_tsv, say
from kg.mechanism.compare import VERDICTS
from kg.mechanism.whatif import bottleneck
from kg.show.comparison import COLUMNS, comparison_data, comparison_rows

if TYPE_CHECKING:
    from kg.graph import Graph
    from kg.mechanism.answers import Answer
    from kg.mechanism.compare import Comparison
    from kg.mechanism.query import PathQuery

FEW = 3
"""Statements or entities up to which a cut is a bottleneck worth naming."""


@click.command()
@click.argument("one")
@click.argument("other")
@click.option("--shared", is_flag=True, help="Only what both sides were seen to act on.")
@context_options
@formats
@click.pass_context
def compare(
    ctx: click.Context, /, one: str, other: str, shared: bool, form: str | None, **context: Any
) -> None:
    """Two agents, sources, products or diseases side by side.

    What each was seen to raise, lower or leave alone. A side is an entity, a disease, or a product, tissue or
    route as in the curated files.

    \b
    Example:
        kg compare MSC corticosteroid
        kg compare cells vesicles
        kg compare ARDS IPF
    """
    given = {name: value for name, value in context.items() if value not in (None, False)}
    found = graph_of(ctx).compare(one, other, **given)
    rows = comparison_rows(found, shared=shared)
    if form == "json":
        print_json(comparison_data(found, shared=shared))
    elif form == "tsv":
        print_tsv(COLUMNS, rows)
    else:
        _told(found, rows)
    if not rows:
        say(f"no statement says what {one} and {other} do" + (" to the same" if shared else ""))
        sys.exit(1)


_VERBS = {
    "raises": "raises it", "lowers": "lowers it", "both ways": "raises and lowers it", "acts": "acts on it",
    "no effect": "had no effect on it",
}  # fmt: skip


def _told(found: Comparison, rows: list[tuple[Any, ...]]) -> None:
    heads = ("object", "verdict", found.one, "belief", "n", found.other, "belief", "n")
    shown = [
        (
            row[0], row[1].replace("one", found.one).replace("other", found.other),
            row[2], f"{row[3]:.2f}", str(len(row[5].split("|")) if row[5] else 0),
            row[6], f"{row[7]:.2f}", str(len(row[9].split("|")) if row[9] else 0),
        )
        for row in rows
    ]  # fmt: skip
    print_table(heads, shown)
    for row in rows:
        if row[1] in ("opposite", "differ"):
            sides = ((found.one, row[2], row[10], row[12]), (found.other, row[6], row[11], row[13]))
            told = (
                f"{name} {_VERBS[word]} in {diseases.replace('|', ', ') or 'no stated disease'}"
                f" ({species.replace('|', ', ') or 'species not stated'})"
                for name, word, diseases, species in sides
            )
            click.echo(f"{row[0]}: {'; '.join(told)}")
    counts = {v: sum(row[1] == v for row in rows) for v in VERDICTS}
    click.echo(
        f"\n{counts['same']} the same, {counts['opposite']} opposite, {counts['differ']} differ otherwise; "
        f"{counts['only one']} seen of {found.one} only, {counts['only other']} of {found.other} only. "
        "Not seen is not shown to be absent; n counts papers."
    )


def blockade(g: Graph, query: PathQuery) -> str:
    """What falls of a query's answers without what it blocks, in words."""
    found = g.what_if(query, *query.without)
    n, n_fallen = len(found.fallen) + len(found.standing), len(found.fallen)
    out = [f"without {', '.join(query.without)}: {n_fallen} of {n} paths fall"]
    for verdict in ("falls", "loses support", "stands"):
        out += [
            f"  {verdict}: [{f.sign}] {f.target}   {f.n_before} paths to {f.n_after}, "
            f"support {f.support_before:.3f} to {f.support_after:.3f}"
            for f in found.answers
            if f.verdict == verdict
        ]
    return "\n".join(out)


def narrowest(answer: Answer) -> str:
    """Where the mechanism that an answer forms can be cut, in words."""
    cut = bottleneck(answer.found, FEW)
    steps = {s.id: s for p in answer for s in p.steps}
    told = [f"{s.subject} {s.predicate} {s.object}" for s in map(steps.__getitem__, cut.statements or ())]
    parts = [
        names[0] if len(names) == 1 else f"one of: {'; '.join(names)}"
        for names in (told, cut.entities)
        if names
    ]
    if parts:
        return f"bottleneck: every path runs through {', and through '.join(parts)}"
    return f"no bottleneck: to cut every path takes more than {FEW} statements, or entities between the ends"
