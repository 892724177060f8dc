"""`kg explain-signature`: which causes explain measured changes."""

from __future__ import annotations

import sys

import click

from kg.cli.output import formats, graph_of, print_json, print_tsv, say


@click.command("explain-signature")
@click.argument("file")
@click.option("--agent", "agents", multiple=True, metavar="NAME",
              help="Only it, what is below it and its products as causes (may be repeated).")  # fmt: skip
@click.option("--max-length", default=3, show_default=True, help="Most steps from a cause to a change.")
@click.option("--min-change", default=0.0, show_default=True, metavar="X",
              help="Numbers nearer to 0 are unchanged.")  # fmt: skip
@click.option("--max-p", type=float, metavar="P", help="Rows with a higher q or p are unchanged.")
@click.option("--skip-unknown", is_flag=True, help="Leave out names that the graph does not know.")
@click.option("--disease", metavar="NAME", help="Count only evidence from this disease.")
@click.option("--species", metavar="NAME", help="Count only evidence from this species.")
@click.option("--until", metavar="YEAR", type=int, help="Count only papers of that year or before.")
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True, help="Most mechanisms.")
@formats
@click.pass_context
def explain_signature(
    ctx: click.Context, file: str, agents: tuple[str, ...], max_length: int, min_change: float,
    max_p: float | None, skip_unknown: bool, disease: str | None, species: str | None, until: int | None,
    limit: int, form: str | None,
) -> None:  # fmt: skip
    """Causes that explain measured changes, with an exact test.

    FILE is a TSV or CSV table with the columns entity and change (up, down, unchanged, or a number such as
    a log2 fold change), and q or p if --max-p is to be used. List what was measured and did not change, too.

    \b
    Example:
        kg explain-signature lavage.tsv --agent MSC
    """
    from kg.show.cards import explanation_data, mechanism_card

    g = graph_of(ctx).within(disease=disease, species=species, until=until)
    found = g.explain_signature(
        file, agents=agents, max_length=max_length, min_change=min_change, max_p=max_p,
        skip_unknown=skip_unknown, limit=limit,
    )  # fmt: skip
    signature = found.signature
    if form == "json":
        print_json(explanation_data(found))
    elif form == "tsv":
        print_tsv(
            ("rank", "cause", "sign", "score", "p", "q", "least_p", "n_correct", "n_incorrect", "n_ambiguous",
             "n_unconfirmed", "n_unexplained", "explains", "contradicted_by"),
            (
                (n, m.cause, m.sign, m.score, m.p, m.q, m.least_p,
                 *(len(m.of(o)) for o in ("correct", "incorrect", "ambiguous", "unconfirmed", "unexplained")),
                 *("|".join(str(e.measured) for e in m.of(o)) for o in ("correct", "incorrect")))
                for n, m in enumerate(found.mechanisms, 1)
            ),
        )  # fmt: skip
    else:
        for n, m in enumerate(found.mechanisms, 1):
            click.echo(f"{n}. {mechanism_card(m)}\n")
        counts = ", ".join(
            f"{signature.count(c)} {word}" for c, word in ((1, "up"), (-1, "down"), (0, "unchanged"))
        )
        click.echo(f"measured: {counts}")
        for told, names in (
            ("no statement leads to", [m.entity for m in found.outside]),
            ("unknown names skipped", signature.skipped),
            ("without a value, left out", signature.missing),
        ):
            if names:
                listed = ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
                click.echo(f"{told} ({len(names)}): {listed}")
        told = (
            f"{len(found.mechanisms)} of {found.n_found} mechanism(s) with more explained than contradicted"
        )
        click.echo(f"{told}; {found.n_tested} tested, of at most {max_length} steps")
    if not found.mechanisms:
        say(_why_none(found.n_tested, len(found.outside) == len(signature.rows), max_length))
        sys.exit(1)


def _why_none(n_tested: int, all_outside: bool, max_length: int) -> str:
    if all_outside:
        return "no statement in this view leads to anything that was measured"
    if not n_tested:
        return f"no cause predicts a change of anything measured within {max_length} steps; try --max-length"
    return "every mechanism is contradicted by as many changes as it explains, or more"
