"""The command that compares two graphs."""

from __future__ import annotations

import sys

import click

from kg.cli.output import formats, print_json, print_tsv


@click.command()
@click.argument("old")
@click.argument("new")
@click.option(
    "--limit", type=click.IntRange(min=1), default=10, show_default=True, help="Most changes of a kind."
)
@formats
def diff(old: str, new: str, limit: int, form: str | None) -> None:
    """What changed between two graphs, each a build or a checkout.

    What was written, what the reasoner now concludes and by which rule, and which answers moved. Exit
    code 0: no difference, 1: some. --json and --tsv list every change.

    \b
    Example:
        kg diff build/graph .
    """
    from kg.show.diff import diff_sides, diff_text, read_side

    found = diff_sides(read_side(old), read_side(new))
    if form == "json":
        print_json({"counts": found.counts(), "changes": [c.data() for c in found.changes]})
    elif form == "tsv":
        columns = ("part", "kind", "change", "key", "thing", "old", "new", "rule", "because", "premises")
        print_tsv(
            columns,
            (
                (c.part, c.kind, c.change, c.key, c.thing, c.old or "", c.new or "", c.rule,
                 "|".join(c.because), "|".join(c.premises))
                for c in found.changes
            ),
        )  # fmt: skip
    else:
        click.echo(diff_text(found, limit))
    if found:
        sys.exit(1)
