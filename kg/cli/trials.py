"""`kg trials`: trials in people, with what was given, to how many, and which endpoints came out how."""

from __future__ import annotations

import sys
from dataclasses import replace

import click

from kg.cli.output import formats, graph_of, print_json, print_tsv, say


@click.command()
@click.argument("agent", required=False)
@click.option("--disease", metavar="NAME", help="Only trials in this disease.")
@click.option("--exact-disease", is_flag=True, help="Not in what the disease contains or models.")
@click.option("--until", metavar="YEAR", type=int, help="Only papers of that year or before.")
@click.option("--unmet", is_flag=True, help="Only endpoints on which nothing was gained.")
@click.option("--safety", is_flag=True, help="Only harms and what was watched for as one.")
@formats
@click.pass_context
def trials(
    ctx: click.Context, agent: str | None, disease: str | None, exact_disease: bool, until: int | None,
    unmet: bool, safety: bool, form: str | None,
) -> None:  # fmt: skip
    """Trials in people: product, dose, size, and every endpoint with its result.

    --unmet lists what trials failed to show, --safety harms and what was watched for as one.

    \b
    Example:
        kg trials --disease COPD --unmet
        kg trials MSC --safety
    """
    from kg.show.cards import TRIAL_COLUMNS, trial_rows

    found = graph_of(ctx).trials(agent, disease=disease, exact_disease=exact_disease, until=until)
    chosen = [
        (report, [o for o in report.outcomes if (not unmet or o.is_unmet) and (not safety or o.is_harm)])
        for report in found
    ]
    chosen = [(report, outcomes) for report, outcomes in chosen if outcomes]
    if form == "json":
        print_json([{**r.data(), "outcomes": [o.data() for o in outcomes]} for r, outcomes in chosen])
    elif form == "tsv":
        kept = (replace(report, outcomes=tuple(outcomes)) for report, outcomes in chosen)
        print_tsv(TRIAL_COLUMNS, ([_cell(value) for value in row] for row in trial_rows(kept)))
    else:
        for report, outcomes in chosen:
            d = report.data()
            design = [
                f"phase {d['phase']}" if d["phase"] else "", f"n = {d['n']}" if d["n"] else "",
                {True: "randomised", False: "not randomised", None: ""}[d["randomised"]],
                f"{d['blinded']} blind" if d["blinded"] not in (None, "none") else "",
            ]  # fmt: skip
            given = [d[k] for k in ("product", "source", "route", "dose") if d[k]]
            click.echo(
                f"{', '.join(report.diseases) or 'disease not stated'}, {d['year']}: "
                f"{d['id'] or 'no registry number'}"
                f"   {d['paper']}{'   [retracted]' if d['withdrawn'] else ''}"
            )
            click.echo(f"  {', '.join(part for part in design if part) or 'design not stated'}")
            click.echo(f"  given: {'; '.join(given) or 'not stated'}")
            click.echo(f"  primary endpoint: {d['primary_endpoint']}")
            for o in outcomes:
                rank = f"{o.rank}: " if o.rank else ""
                met = {True: ", met", False: ", not met", None: ""}[o.met]
                numbers = f" [{o.numbers}]" if o.numbers else ""
                click.echo(f"    {rank}{o.statement.object}: {o.result}{met}{numbers}. {o.line.line.finding}")
            click.echo()
        counts = {
            word: sum(r.primary == word for r, _ in chosen) for word in ("met", "not met", "not stated")
        }
        n_null = sum(o.result == "no effect" for _, outcomes in chosen for o in outcomes)
        n = sum(len(outcomes) for _, outcomes in chosen)
        if chosen:
            click.echo(
                f"{len(chosen)} trial report(s), {n} outcomes, {n_null} of no effect; "
                f"primary endpoint met in {counts['met']}, not met in {counts['not met']}, "
                f"not stated in {counts['not stated']}"
            )
    if not chosen:
        say("no trial here: kg trials without options lists all, by disease")
        sys.exit(1)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "|".join(value)
    return "" if value is None else str(value)
