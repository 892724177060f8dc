"""`kg conflicts`: where findings disagree, and where paths do."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from kg import vocab
from kg.cli.output import formats, graph_of, path_options, print_json, print_tsv, say
from kg.cli.paths import narrowed, why_empty
from kg.errors import BadInput

if TYPE_CHECKING:
    from kg.graph import Graph


@click.command()
@click.argument("source", required=False, metavar="[ENTITY | SOURCE TARGET]")
@click.argument("target", required=False, metavar="")
@click.option("--axis", type=click.Choice(vocab.CONTEXT_AXES), help="Only where it separates or may explain.")
@click.option("--kind", type=click.Choice(("opposite", "disputed")), help="Only conflicts of this kind.")
@click.option("--unexplained", is_flag=True, help="Only where no reported context explains them.")
@path_options
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Most conflicts shown."
)
@formats
@click.pass_context
def conflicts(
    ctx: click.Context, /, source: str | None, target: str | None, axis: str | None, kind: str | None,
    unexplained: bool, limit: int, form: str | None, **asked: Any,
) -> None:  # fmt: skip
    """Where findings disagree.

    Of statements (all, those that touch ENTITY, or the one with an id): both sides with their contexts,
    which of them explains it, and the experiment that would settle it. With SOURCE TARGET: routes of
    opposite net sign between them, with the options of `kg paths`.

    \b
    Example:
        kg conflicts fibrosis
        kg conflicts MSC "pulmonary fibrosis" --max-length 3
    """
    g = narrowed(graph_of(ctx), asked)
    if source is None or target is None:
        given = sorted(k for k, v in asked.items() if ctx.get_parameter_source(k) is _COMMANDLINE)
        if given:
            options = ", ".join("--" + name.replace("_", "-") for name in given)
            raise BadInput(f"{options}: about paths; name SOURCE and TARGET")
        _of_statements(g, source, axis, kind, unexplained, limit, form)
        return
    if axis or kind or unexplained:
        raise BadInput("--axis, --kind and --unexplained are about statements; name one ENTITY or none")
    if asked["sign"] is not None:
        raise BadInput("--sign leaves one side only; drop it")
    _of_paths(g, source, target, limit, form, asked)


_COMMANDLINE = click.core.ParameterSource.COMMANDLINE


def _of_statements(
    g: Graph, entity: str | None, axis: str | None, kind: str | None, unexplained: bool, limit: int,
    form: str | None,
) -> None:  # fmt: skip
    from kg.cards import CONFLICT_COLUMNS, conflict_card, conflict_data, conflict_row

    found = g.conflicts(entity, axis=axis, kind=kind, unexplained=unexplained)
    if form == "json":
        print_json([conflict_data(c) for c in found])
    elif form == "tsv":
        print_tsv(CONFLICT_COLUMNS, map(conflict_row, found))
    else:
        for c in found[:limit]:
            click.echo(conflict_card(c) + "\n")
        click.echo(f"{min(limit, len(found))} of {len(found)} conflict(s)")


def _of_paths(
    g: Graph, source: str, target: str, limit: int, form: str | None, asked: dict[str, Any]
) -> None:
    from kg.cards import PATH_CONFLICT_COLUMNS, path_conflict_card, path_conflict_data, path_conflict_row
    from kg.conflicts import conflict_of

    answer = g.paths(source, target, **asked)
    found = g.conflicts_between(answer)
    if form == "json":
        print_json([path_conflict_data(c) for c in found])
    elif form == "tsv":
        print_tsv(PATH_CONFLICT_COLUMNS, map(path_conflict_row, found))
    elif answer:
        whole = conflict_of(source, target, answer)
        if whole and len(found) != 1:
            click.echo(
                f"All {len(answer)} path(s) of the question as two sides:\n{path_conflict_card(whole)}\n"
            )
        for c in found[:limit]:
            click.echo(path_conflict_card(c) + "\n")
        click.echo(f"{min(limit, len(found))} of {len(found)} pair(s) of ends whose paths disagree in sign")
    if not answer:
        say(why_empty(g, answer, source, target))
        sys.exit(1)
