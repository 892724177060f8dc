"""Commands that ask: show, explain, find, query, stats."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from kg.cli.output import formats, graph_of, print_json, print_table, print_tsv, say
from kg.errors import BadInput

if TYPE_CHECKING:
    from kg.store.graphs import Result


@click.command()
@click.argument("name")
@click.option("--lines", is_flag=True, help="With every evidence line.")
@formats
@click.pass_context
def show(ctx: click.Context, name: str, lines: bool, form: str | None) -> None:
    """What something is, and what is known of it.

    Any class of the ontology (an entity, a defined class, an imported term), a statement by its id, or a
    paper by its PMID or DOI. Of a disease also its evidence, agents and trials. --tsv lists the statements
    that touch it; of a class that is no entity, those of all below it.

    \b
    Example:
        kg show Treg
    """
    from kg.show import cards

    g = graph_of(ctx)
    if name in g._by_id:
        statement = g.statement(name)
        if form == "json":
            print_json(cards.statement_data(statement))
        else:
            click.echo(cards.statement_card(statement, g.conflicts()))
        return
    if (paper := g.paper(name)) is not None:
        if form == "json":
            print_json(cards.paper_data(paper, g.evidence_of(paper)))
        else:
            click.echo(cards.paper_card(paper, g.evidence_of(paper)))
        return
    term = g.term(name)
    profile = g.profile(term)
    touching = [s for s in g.statements() if {s.subject, s.object} & {term.name, *profile.below}]
    if term.kind == "entity":
        touching = [s for s in touching if term.name in (s.subject, s.object)]
    if form == "tsv":
        from kg.show.export import STATEMENT_COLUMNS, statement_rows

        print_tsv(STATEMENT_COLUMNS, statement_rows(touching, g.knowledge))
    elif term.kind == "entity":
        entity = g.entity(term.name)
        if form == "json":
            print_json(cards.entity_data(entity, profile, touching))
        else:
            click.echo(cards.entity_card(entity, profile, touching, lines))
            if entity.category == "disease":
                click.echo(cards.disease_card(entity, g.diseases_as(entity), g.within(disease=entity)))
    else:
        axiom = g.defined[term.label].axiom if term.kind == "defined class" else ""
        if form == "json":
            print_json({**cards.term_data(profile), "axiom": axiom})
        else:
            click.echo(cards.term_card(profile, axiom))


@click.command()
@click.argument(
    "words", nargs=-1, required=True, metavar="SUBJECT [PREDICATE] OBJECT | HYPOTHESIS [SOURCE [TARGET]]"
)
@click.pass_context
def explain(ctx: click.Context, words: tuple[str, ...]) -> None:
    """How something inferred follows, or why a hypothesis is made.

    The derivation of a triple, or of an entity's place in a defined class, from what is stated. Of a
    hypothesis, by its id: everything behind it, and what makes its chance; with the ends it was found with,
    if it was found with any.

    \b
    Example:
        kg explain HGF "antifibrotic mediator"
    """
    if re.fullmatch("h[0-9a-f]{12}", words[0]):
        from kg.show.cards import hypothesis_card

        g = graph_of(ctx)
        h = g.hypothesis(*words)
        click.echo(hypothesis_card(h, whole=True))
        for name, part in g.foresight_of(h).items():
            click.echo(f"  {part:+.2f}  {name}")
        return
    if len(words) not in (2, 3):
        raise BadInput("give ENTITY CLASS, or SUBJECT PREDICATE OBJECT; quote names that have blanks")
    found = graph_of(ctx).derivation(words[0], words[-1], words[1] if len(words) == 3 else None)
    if found is None:
        say(f"nothing stated or inferred says: {' '.join(words)}")
        sys.exit(1)
    click.echo(found)


@click.command()
@click.argument("text")
@click.option(
    "--limit", type=click.IntRange(min=1), default=40, show_default=True, help="Most rows of the table."
)
@formats
@click.pass_context
def find(ctx: click.Context, text: str, limit: int, form: str | None) -> None:
    """Entities and other classes of the ontology.

    Whose name, alias, label, synonym or identifier holds TEXT. Entities come first; `kind` marks the rest:
    defined class, upper class, imported term.

    \b
    Example:
        kg find macrophage
    """
    g = graph_of(ctx)
    rows = [(e.name, e.id, e.category, e.label, "|".join(e.aliases), "entity") for e in g.find(text)]
    rows += [(t.name, t.id, "", t.label, "|".join(t.synonyms), t.kind) for t in g.find_terms(text)]
    columns = ("name", "id", "category", "label", "aliases", "kind")
    if form == "json":
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    elif form == "tsv":
        print_tsv(columns, rows)
    elif rows:
        print_table(columns, rows[:limit])
        if len(rows) > limit:
            say(f"… and {len(rows) - limit} more; --limit raises this")
    if not rows:
        near = g.terms.nearest(text)
        say(f"nothing holds {text!r}" + (f"; nearest: {', '.join(near)}" if near else ""))
        sys.exit(1)


@click.command()
@click.argument("query", required=False, metavar="NAME|FILE|-")
@click.option("--list", "listing", is_flag=True, help="List the named queries.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV.")
@click.option("--turtle", "form", flag_value="turtle", help="Print Turtle (CONSTRUCT, DESCRIBE).")
@click.option("--time-limit", default=30.0, show_default=True, help="Seconds before the query is stopped.")
@click.option("--row-limit", default=10_000, show_default=True, help="Most rows.")
@click.option("--endpoint", metavar="URL", help="Ask a SPARQL 1.1 endpoint elsewhere.")
@formats
@click.pass_context
def query(
    ctx: click.Context, query: str | None, listing: bool, time_limit: float, row_limit: int,
    endpoint: str | None, form: str | None,
) -> None:  # fmt: skip
    """Ask SPARQL: a named query, a file, or standard input (-).

    \b
    Example:
        kg query msc-to-treg-to-fibrosis
    """
    from kg.store.queries import named_queries, query_text

    if listing:
        print_table(("name", "question"), [(q.name, q.question) for q in named_queries()])
        return
    if query is None:
        raise BadInput("name a query (`kg query --list`), a file, or - for standard input")
    text = sys.stdin.read() if query == "-" else query_text(query)
    if not 0 < time_limit < 1e6 or row_limit < 1:
        raise BadInput("--time-limit and --row-limit must be positive")
    if endpoint is not None:
        from kg.store.remote import Endpoint

        remote = Endpoint(endpoint, time_limit)
        if form == "turtle":
            click.echo(remote.turtle(text), nl=False)
            return
        found: Result | str = remote.query(text, row_limit)
    else:
        built = graph_of(ctx).built
        if form == "turtle":
            click.echo(built.query_in_process(text, time_limit=time_limit, turtle=True), nl=False)
            return
        found = built.query_in_process(text, time_limit=time_limit, row_limit=row_limit)
    assert not isinstance(found, str)
    rows = [["" if cell is None else cell for cell in row] for row in found.rows]
    if form == "json":
        print_json([dict(zip(found.columns, row, strict=True)) for row in found.rows])
    elif form == "tsv":
        print_tsv(found.columns, rows)
    elif form == "csv":
        import csv
        import io

        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(found.columns)
        writer.writerows(rows)
        click.echo(buffer.getvalue(), nl=False)
    else:
        print_table(found.columns, rows)
    for note in found.notes:
        say(note)
    if found.is_cut:
        say(f"cut at {row_limit} rows; --row-limit raises it")


@click.command()
@click.option("--open-ends", "ends", is_flag=True, help="What MSCs act on that leads nowhere.")
@formats
@click.pass_context
def stats(ctx: click.Context, ends: bool, form: str | None) -> None:
    """Counts, and what has evidence or none.

    The grid of disease, mechanism and rung, with the empty cells visible. --open-ends lists what MSCs and
    their products act on and from where no statement leads on, most lines first.

    \b
    Example:
        kg stats
    """
    from kg.show.stats import coverage, open_ends, summary

    g = graph_of(ctx)
    if ends:
        given = g.matching("MSC", products=True) if "MSC" in g.names.by_name else {}
        found = open_ends(g.statements(), g.knowledge, given)
        columns = ("name", "category", "lines", "papers")
        if form == "json":
            print_json([dict(zip(columns, row, strict=True)) for row in found])
        elif form == "tsv":
            print_tsv(columns, found)
        else:
            print_table(columns, [[str(cell) for cell in row] for row in found])
            say(f"{len(found)} open ends")
        return
    counts, grid = summary(g.statements(), g.knowledge), coverage(g.statements(), g.knowledge, g.names)
    if form == "json":
        print_json(
            {"counts": counts, "coverage": [dict(zip(grid.columns, row, strict=True)) for row in grid.rows]}
        )
    elif form == "tsv":
        print_tsv(grid.columns, grid.rows)
    else:
        for name, value in counts.items():
            click.echo(f"{name:28} {value}")
        click.echo("\nEvidence lines by disease, mechanism and rung ( . = none )\n")
        print_table(grid.columns, [[str(c) if c != 0 else "." for c in row] for row in grid.rows])
