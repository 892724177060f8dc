"""`kg conflicts`: where findings disagree, and where paths do."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from kg import vocab
from kg.cli.output import formats, graph_of, path_options, path_query, print_json, print_tsv, say
from kg.errors import BadInput
from kg.mechanism.query import CONTEXT
from kg.show.nearest import why_empty

if TYPE_CHECKING:
    from kg.graph import Graph
    from kg.mechanism.query import PathQuery


@click.command()
@click.argument("what", nargs=-1, metavar="[ENTITY | SOURCE TARGET | PATTERN]")
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
    ctx: click.Context, /, what: tuple[str, ...], axis: str | None, kind: str | None, unexplained: bool,
    limit: int, form: str | None, **options: Any,
) -> None:  # fmt: skip
    """Where findings disagree.

    Of statements (all, those that touch ENTITY, or the one with an id): both sides with their contexts,
    which of them explains it, and the experiment that would settle it. With SOURCE TARGET, or a pattern as
    `kg paths` takes it: routes of opposite net sign, with the options of `kg paths`.

    \b
    Example:
        kg conflicts fibrosis
        kg conflicts MSC "pulmonary fibrosis" --max-length 3
    """
    g = graph_of(ctx)
    if len(what) == 2 or (len(what) == 1 and (">" in what[0] or "--" in what[0])):
        if axis or kind or unexplained:
            raise BadInput("--axis, --kind and --unexplained are about statements; name one ENTITY or none")
        _of_paths(g, path_query(what, options), limit, form)
        return
    if len(what) > 2:
        raise BadInput(f"conflicts takes at most two names, not {len(what)}; quote names with blanks")
    given = sorted(
        k for k in options if k not in CONTEXT and ctx.get_parameter_source(k) is ParameterSource.COMMANDLINE
    )
    if given:
        told = ", ".join("--" + name.replace("_", "-") for name in given)
        raise BadInput(f"{told}: about paths; name SOURCE and TARGET")
    g = g.within(**{name: options[name] for name in CONTEXT})
    _of_statements(g, what[0] if what else None, axis, kind, unexplained, limit, form)


def _of_statements(
    g: Graph, entity: str | None, axis: str | None, kind: str | None, unexplained: bool, limit: int,
    form: str | None,
) -> None:  # fmt: skip
    from kg.show.cards import CONFLICT_COLUMNS, conflict_card, conflict_data, conflict_row

    found = g.conflicts(entity, axis=axis, kind=kind, unexplained=unexplained)
    if form == "json":
        print_json([conflict_data(c) for c in found])
    elif form == "tsv":
        print_tsv(CONFLICT_COLUMNS, map(conflict_row, found))
    else:
        for c in found[:limit]:
            click.echo(conflict_card(c) + "\n")
        click.echo(f"{min(limit, len(found))} of {len(found)} conflict(s)")


def _of_paths(g: Graph, query: PathQuery, limit: int, form: str | None) -> None:
    from kg.mechanism.path_conflicts import conflict_of
    from kg.show.cards import PATH_CONFLICT_COLUMNS, path_conflict_card, path_conflict_data, path_conflict_row

    if query.sign is not None:
        raise BadInput("--sign leaves one side only; drop it")
    answer = g.answer(query)
    found = g.conflicts_between(answer)
    if form == "json":
        print_json([path_conflict_data(c) for c in found])
    elif form == "tsv":
        print_tsv(PATH_CONFLICT_COLUMNS, map(path_conflict_row, found))
    elif answer:
        whole = conflict_of(*query.ends, answer)
        if whole and len(found) != 1:
            click.echo(f"All {len(answer)} path(s) of the question as two sides:")
            click.echo(path_conflict_card(whole) + "\n")
        for c in found[:limit]:
            click.echo(path_conflict_card(c) + "\n")
        click.echo(f"{min(limit, len(found))} of {len(found)} pair(s) of ends whose paths disagree in sign")
    if answer.at_most is not None:
        say(f"only the best {len(answer)} of at most {answer.at_most:,} paths were compared")
    if not answer:
        say(why_empty(g, answer))
        sys.exit(1)
