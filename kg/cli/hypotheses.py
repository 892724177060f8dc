"""Commands about what nobody has tested: hypotheses, backtest."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg import vocab
from kg.cli.output import formats, graph_of, print_json, print_table, print_tsv, say

if TYPE_CHECKING:
    from kg.graph import Graph


@click.command()
@click.argument("source", required=False)
@click.argument("target", required=False)
@click.option(
    "--kind",
    multiple=True,
    metavar="NAME",
    help=f"Only of this kind: {', '.join(vocab.HYPOTHESES)} (may be repeated).",
)
@click.option("--disease", metavar="NAME", help="Only where it should hold in this disease or its models.")
@click.option("--exact-disease", is_flag=True, help="Kinds and models of the disease do not count as it.")
@click.option(
    "--species", metavar="NAME", help="Only where a step of the best chain was seen in this species."
)
@click.option("--category", metavar="NAME", help="Only targets of this category, such as cell or phenotype.")
@click.option(
    "--min-rung", metavar="NAME", help="Only where every step of the best chain is on this rung or above."
)
@click.option("--until", metavar="YEAR", type=int, help="As one would have proposed at the end of that year.")
@click.option("--all-readouts", is_flag=True, help="Keep sources, products and readouts of one idea apart.")
@click.option("--max-length", default=3, show_default=True, help="Most steps of a joining path.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Most hypotheses.")
@click.option("--no-p-values", is_flag=True, help="Leave out the comparison with shuffled graphs.")
@click.option(
    "--report", metavar="FILE", help="Also write a Markdown dossier, or TriG where FILE ends in .trig."
)
@formats
@click.pass_context
def hypotheses(
    ctx: click.Context, source: str | None, target: str | None, kind: tuple[str, ...], disease: str | None,
    exact_disease: bool, species: str | None, category: str | None, min_rung: str | None, until: int | None,
    all_readouts: bool, max_length: int, limit: int, no_p_values: bool, report: str | None, form: str | None,
) -> None:  # fmt: skip
    """Effects that nobody tested but the graph suggests.

    In nine kinds that take turns, best of each first; each with what speaks for and against it, what is known
    nearby, and the experiment that could refute it. Without a SOURCE: of MSCs, their kinds and products.

    \b
    Example:
        kg hypotheses MSC --disease "pulmonary fibrosis" --kind "missing mediator" --limit 3
    """
    from kg.show.cards import hypothesis_card, hypothesis_data

    g = graph_of(ctx)
    with click.progressbar(
        length=10, label="looking", file=sys.stderr, hidden=form is not None or not sys.stderr.isatty()
    ) as bar:
        found = g.hypotheses(
            source, target, kind=kind, disease=disease, exact_disease=exact_disease, species=species,
            category=category, min_rung=min_rung, until=until, one_per_idea=not all_readouts,
            max_length=max_length, limit=limit, p_values=not no_p_values,
            progress=lambda message: bar.update(1),
        )  # fmt: skip
    if report:
        asked = [source or "MSC, its kinds and products", target or "anything", *kind]
        asked += [f"{k} {v}" for k, v in (("in", disease), ("species", species), ("as of", until)) if v]
        _write_report(g, list(found), ", ".join(map(str, asked)), Path(report))
    if form == "json":
        print_json([hypothesis_data(h) for h in found])
    elif form == "tsv":
        rows = (
            ["|".join(c) if isinstance(c, (list, tuple)) else "" if c is None else c for c in row]
            for row in found.rows()
        )
        print_tsv(found.columns, rows)
    else:
        for h in found:
            click.echo(f"{hypothesis_card(h)}\n")
        if found:
            ends = " ".join(f'"{end}"' for end in (source, target) if end)
            say(
                f"no finding: nobody in the graph measured these; kg explain ID {ends}".rstrip()
                + " tells more of one"
            )
    if not found:
        say("no hypothesis: widen with --max-length, drop a filter, or ask without a target")
        sys.exit(1)


def _write_report(g: Graph, found: list, asked: str, path: Path) -> None:  # type: ignore[type-arg]
    from kg.curation.tables import write_text
    from kg.exchange.nanopub import hypothesis_nanopubs
    from kg.show.dossier import dossier

    text = hypothesis_nanopubs(found, g.knowledge) if path.suffix == ".trig" else dossier(found, asked, g)
    write_text(path, text)
    say(f"{path}: {len(found)} hypotheses")


@click.command()
@click.option(
    "--year",
    "years",
    multiple=True,
    type=int,
    metavar="YEAR",
    help="Freeze the graph there (may be repeated; default 2010, 2013, 2016, 2019).",
)
@click.option("--kind", multiple=True, metavar="NAME", help="Only this kind (may be repeated).")
@click.option("--report", metavar="FILE", help="Also write a Markdown page with every hypothesis borne out.")
@formats
@click.pass_context
def backtest(
    ctx: click.Context, years: tuple[int, ...], kind: tuple[str, ...], report: str | None, form: str | None
) -> None:
    """What became of the hypotheses of earlier years.

    The graph is frozen at each year; what it would have proposed then is held against later papers, beside
    decoys of the same category and popularity.

    \b
    Example:
        kg backtest --year 2016
    """
    from kg.curation.tables import write_text
    from kg.mechanism.hypotheses.backtest import JUDGED, backtest, tallies
    from kg.show.dossier import retrospective

    g = graph_of(ctx)
    outcomes = backtest(
        g,
        years or (2010, 2013, 2016, 2019),
        kind or JUDGED,
        lambda m: say(m) if sys.stderr.isatty() else None,
    )
    rows = tallies(outcomes)
    columns = ("as of", "kind", "hypotheses", "borne out", "of best 10", "decoys borne out", "signs right")
    table = [
        (str(t.until), t.kind, str(t.n), f"{t.borne_out} ({t.share:.0%})",
         f"{t.best_borne_out} of {t.best_n}",
         f"{t.decoy_share:.0%} of {t.n_decoys}", f"{t.signs_right} of {t.n_signs}")
        for t in rows
    ]  # fmt: skip
    if report:
        write_text(Path(report), retrospective(outcomes, rows))
        say(f"{report}: {sum(o.is_borne_out for o in outcomes)} borne out")
    if form == "json":
        print_json([
            {"until": o.until, "kind": o.hypothesis.kind, "rank": o.hypothesis.rank,
             "claim": o.hypothesis.claim,
             "borne_out": o.is_borne_out, "year": o.first_year, "sign_right": o.sign_right,
             "papers": list(o.papers),
             "decoys_borne_out": o.decoys, "decoys": o.n_decoys}
            for o in outcomes
        ])  # fmt: skip
    elif form == "tsv":
        print_tsv(columns, table)
    else:
        print_table(columns, table)
    if not outcomes:
        say("nothing would have been proposed then")
        sys.exit(1)
