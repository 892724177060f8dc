"""The command that checks a built graph."""

from __future__ import annotations

import difflib
import sys

import click

import kg
from kg.cli.output import checkout_of, formats, print_json, print_tsv, say
from kg.errors import NameNotFound


@click.command()
@click.argument("names", nargs=-1, metavar="[CHECK]...")
@click.option("--list", "listing", is_flag=True, help="List the checks and what each finds.")
@click.option("--checkout", metavar="DIR", help="The folder that holds data/ and ontology/.")
@formats
@click.pass_context
def check(
    ctx: click.Context, names: tuple[str, ...], listing: bool, checkout: str | None, form: str | None
) -> None:
    """Check the built graph for violations; all of them in one run.

    Lint checks the curated files; this checks what was built of them: the queries of ontology/checks/.

    \b
    Example:
        kg check
    """
    from kg.ontology.checks import read_checks, run_checks

    root = checkout_of(checkout)
    checks = read_checks(root / "ontology" / "checks")
    known = [c.name for c in checks]
    for name in names:
        if name not in known:
            raise NameNotFound(name, difflib.get_close_matches(name, known, 3, 0.5), kind="check")
    chosen = [c for c in checks if not names or c.name in names]
    if listing:
        rows = [(c.name, c.finds, c.why) for c in chosen]
        if form == "json":
            print_json([dict(zip(("name", "finds", "why"), row, strict=True)) for row in rows])
        elif form == "tsv":
            print_tsv(("name", "finds", "why"), rows)
        else:
            for name, finds, why in rows:
                click.echo(f"{name}\n  {finds}\n  {why}")
        return
    g = kg.load(ctx.find_root().obj or root)
    found = list(run_checks(chosen, g.query))
    if form == "json":
        print_json([{"check": f.check.name} | dict(zip(f.check.columns, f.row, strict=True)) for f in found])
    elif form == "tsv":
        print_tsv(("check", "term", "detail"), ((f.check.name, f.row[0], f.detail) for f in found))
    else:
        for finding in found:
            click.echo(str(finding))
    say(f"{len(found)} finding(s) of {len(chosen)} check(s)")
    if found:
        sys.exit(1)
