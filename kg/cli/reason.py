"""The command that checks the ontology with a full OWL DL reasoner."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from kg.cli.output import formats, print_json, print_tsv, say


@click.command()
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Most differences.")
@formats
@click.pass_context
def reason(ctx: click.Context, limit: int, form: str | None) -> None:
    """Check the ontology with HermiT, in full.

    Consistency, classes that nothing can be in, and whether the embedded reasoner concludes the same.
    Also reads a checkout whose build stops at a contradiction.

    \b
    Example:
        kg reason
    """
    from kg.build import read_ontology
    from kg.ontology.full_check import full_check

    ontology = read_ontology(ctx.find_root().obj)
    with click.progressbar(
        length=3, label="reasoning", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        found = full_check(ontology, lambda message: bar.update(1))
    if form == "json":
        print_json({"is_fine": found.is_fine, **asdict(found)})
    elif form == "tsv":
        print_tsv(
            ("kind", "low", "high", "found_by"),
            [
                *(("unsatisfiable", c, "", "HermiT") for c in found.unsatisfiable),
                *((d.kind, d.low, d.high, d.found_by) for d in found.differences or ()),
            ],
        )
    else:
        click.echo(f"axioms                  {found.n_axioms}")
        click.echo(f"consistent              {'yes' if found.is_consistent else 'no'}")
        for axiom in found.axioms:
            click.echo(f"  because: {axiom}")
        click.echo(f"unsatisfiable classes   {', '.join(found.unsatisfiable) or 'none'}")
        if found.is_consistent:
            click.echo(f"superclasses            {found.n_superclasses}")
            click.echo(f"memberships             {found.n_memberships}")
        if found.differences is None:
            click.echo("embedded reasoner       not installed here, nothing to compare with")
        else:
            n = len(found.differences)
            click.echo(f"embedded reasoner       {'says the same' if not n else f'{n} difference(s)'}")
            for d in found.differences[:limit]:
                click.echo(f"  {d}")
            if n > limit:
                click.echo(f"  … and {n - limit} more; --limit raises this, --json lists all")
    if not found.is_fine:
        say("the ontology is not fine")
        sys.exit(1)
