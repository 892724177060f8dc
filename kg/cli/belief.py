"""`kg belief`: how a number came about, its parameters, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import TYPE_CHECKING

import click

from kg.cli.output import formats, graph_of, print_json, print_table, print_tsv
from kg.errors import BadInput

if TYPE_CHECKING:
    from kg.graph import Graph
    from kg.mechanism.calibration import Calibration
    from kg.model import Statement


@click.command()
@click.argument("words", nargs=-1, metavar="[ID | SUBJECT PREDICATE OBJECT]")
@click.option("--parameters", "what", flag_value="parameters", help="Every number the formula uses.")
@click.option("--calibration", "what", flag_value="calibration", help="Whether it foretells later findings.")
@formats
@click.pass_context
def belief(ctx: click.Context, words: tuple[str, ...], what: str | None, form: str | None) -> None:
    """How belief in a statement comes about.

    Its independent sources with their errors, its interval, and what is left without the strongest source.

    \b
    Example:
        kg belief "bone marrow MSC" increases Treg
        kg belief --calibration
    """
    if bool(words) == bool(what) or len(words) not in (0, 1, 3):
        raise BadInput(
            "name one statement, by its id or as SUBJECT PREDICATE OBJECT (quote names that have blanks); "
            "or give --parameters or --calibration"
        )
    if what == "parameters":
        _parameters(form)
    elif what == "calibration":
        from kg.mechanism.calibration import calibration

        _calibration(calibration(graph_of(ctx).statements()), form)
    else:
        _working(_statement(graph_of(ctx), words), form)


def _statement(g: Graph, words: tuple[str, ...]) -> Statement:
    if len(words) == 1:
        return g.statement(words[0])
    found = g.statements(*words, subclasses=False)
    if not found:
        raise BadInput(
            f"no evidence line is about {' '.join(words)!r}; `kg show {words[0]!r}` lists its statements"
        )
    return found[0]


def _parameters(form: str | None) -> None:
    from kg.mechanism.belief import PARAMETERS

    if form == "json":
        print_json([p._asdict() for p in PARAMETERS])
        return
    columns = ("what", "of", "value", "why")
    rows = [(p.what, p.of, f"{p.value:g}", p.why) for p in PARAMETERS]
    print_tsv(columns, rows) if form == "tsv" else print_table(columns, rows)


def _working(s: Statement, form: str | None) -> None:
    from kg.mechanism.belief import belief_of, sources
    from kg.show.cards import balance_text, belief_text, statement_data

    sides = {"supports": sources(s.supports), "against": sources((*s.disputes, *s.no_effects), s.supports)}
    columns = ("side", "source", "systematic", "random", "relevance", "wrong", "papers")
    rows = [
        (side, x.name.removeprefix("group:"), x.systematic, x.random, round(x.relevance, 2),
         round(x.wrong, 4), x.papers)
        for side, found in sides.items()
        for x in found
    ]  # fmt: skip
    if form == "json":
        b = belief_of(s)
        told = {"support": b.support, "against": b.against}
        print_json(
            {**statement_data(s), **told, "sources": [dict(zip(columns, r, strict=True)) for r in rows]}
        )
        return
    shown = [
        (
            side,
            name,
            f"{systematic:g}",
            " × ".join(f"{r:.3g}" for r in random),
            f"{relevant:g}",
            f"{wrong:.3f}",
            "|".join(papers),
        )
        for side, name, systematic, random, relevant, wrong, papers in rows
    ]
    if form == "tsv":
        print_tsv(columns, shown)
        return
    b = belief_of(s)
    click.echo(f"{s}   [{s.sign}]  {s.id}")
    click.echo(balance_text(s))
    click.echo(f"belief {belief_text(b)}; without its strongest source {b.without_strongest:.2f}\n")
    print_table(columns, shown)
    click.echo()

    click.echo(f"support        = 1 − {_times([x.wrong for x in sides['supports']], '3f')} = {b.support:.4f}")
    for word, side in (("weight for    ", "supports"), ("weight against", "against")):
        parts = [-log(x.wrong) for x in sides[side]]
        click.echo(f"{word} = {' + '.join(f'{part:.3f}' for part in parts) or '0'} = {sum(parts):.4f}")
    click.echo(f"belief         = support × weight for / (weight for + weight against) = {b.value:.4f}")


def _times(values: Sequence[float], form: str) -> str:
    return " × ".join(f"{v:.{form}}" for v in values) or "1"


def _calibration(c: Calibration, form: str | None) -> None:
    if form == "json":
        from dataclasses import asdict

        print_json(
            {**asdict(c), "base_rate": c.base_rate, "base_brier": c.base_brier, "is_enough": c.is_enough}
        )
        return
    if form == "tsv":
        columns = ("statement", "year", "group", "belief", "noisy_or", "n_papers", "held")
        rows = (
            (r.statement, r.year, r.group.removeprefix("group:"), r.belief, round(r.noisy_or, 4), r.n_papers,
             "yes" if r.held else "no")
            for r in c.records
        )  # fmt: skip
        print_tsv(columns, rows)
        return
    from kg.mechanism.calibration import NEEDED

    n_statements = len({r.statement for r in c.records})
    click.echo(
        f"{len(c.records)} first reports by a new group on {n_statements} statements known before: "
        f"{c.n_held} held, {len(c.records) - c.n_held} not; {c.n_mixed} pointed both ways and are left out"
    )
    if not c.records:
        return
    click.echo(f"Always saying the base rate {c.base_rate:.3f}: AUROC 0.5, Brier {c.base_brier:.3f}\n")

    def with_range(value: float | None, limits: tuple[float, float] | None) -> str:
        return "" if value is None or limits is None else f"{value:.3f} ({limits[0]:.3f} to {limits[1]:.3f})"

    print_table(
        ("score", "AUROC (95 %)", "belief leads by", "Brier (95 %)"),
        [
            (
                s.name, with_range(s.auroc, s.auroc_range),
                "" if s.name == "belief" else with_range(s.belief_leads, s.belief_leads_range),
                with_range(s.brier, s.brier_range),
            )
            for s in c.scores
        ],
    )  # fmt: skip
    click.echo()
    print_table(
        ("belief", "n", "mean belief", "held (95 %)"),
        [
            (
                f"{b.low:.1f} to {b.high:.1f}",
                str(b.n),
                f"{b.mean_belief:.3f}",
                with_range(b.held, b.held_range),
            )
            for b in c.bins
        ],
    )
    enough = "enough" if c.is_enough else "too few"
    click.echo(f"\nTo calibrate, {NEEDED} of either outcome are asked for: {enough}.")
