"""Commands that hand the graph on: draw, export."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from kg.cli.output import formats, graph_of, path_options, path_query, say, write_text
from kg.errors import BadInput
from kg.show.nearest import why_empty


@click.command()
@click.argument("what", nargs=-1, required=True, metavar="SOURCE TARGET | ENTITY")
@click.option("-o", "--out", required=True, metavar="FILE.html", help="The picture: one HTML file.")
@path_options
@click.option(
    "--by",
    type=click.Choice(["step", "kind"]),
    help="Layers of a picture of paths: steps from the source (default), or kinds of entity.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=40,
    show_default=True,
    help="Most paths (or statements) drawn.",
)
@click.option("--hide-nulls", is_flag=True, help="Leave out what was looked for and not found.")
@click.pass_context
def draw(
    ctx: click.Context, /, what: tuple[str, ...], out: str, by: str | None, limit: int, hide_nulls: bool,
    **asked: Any,
) -> None:  # fmt: skip
    """Draw an answer as one HTML file.

    Paths, or an entity's or disease's neighbourhood; the file opens offline.

    \b
    Example:
        kg draw MSC fibrosis --via Treg --sign - -o treg.html
    """
    g = graph_of(ctx)
    if len(what) > 2:
        raise BadInput(
            f"draw takes SOURCE TARGET or one ENTITY, not {len(what)} names; quote names with blanks"
        )
    if len(what) == 1 and ">" not in what[0] and "--" not in what[0]:
        if by is not None:
            raise BadInput(f"--by {by} is for paths, and {what[0]!r} alone has none; give SOURCE and TARGET")
        query = path_query((what[0], what[0]), asked)
        path = g.within(**query.context).draw(what[0], out, limit=limit, nulls=not hide_nulls)
        click.echo(f"{path}: {what[0]}")
        return
    answer = g.answer(path_query(what, asked))
    if not answer:
        say(why_empty(g, answer))
        sys.exit(1)
    path = g.draw(answer, out, limit=limit, by=by or "step", nulls=not hide_nulls)
    click.echo(f"{path}: {min(limit, len(answer))} of {len(answer)} paths")


@click.command()
@click.argument(
    "what",
    type=click.Choice(["statements", "evidence", "ontology", "obo", "obograph", "graphml", "rdf", "schema"]),
)
@click.option("-o", "--out", metavar="FILE", help="Where to write (default: standard output).")
@click.option(
    "--classified",
    is_flag=True,
    help="Of the ontology: the nearest inferred superclasses in place of the stated ones.",
)
@formats
@click.pass_context
def export(ctx: click.Context, what: str, out: str | None, classified: bool, form: str | None) -> None:
    """The graph in other shapes.

    Tables, the ontology (.ttl .owl .owx .ofn .nt .obo .json), as OBO, as an OBO graph, GraphML, all RDF
    (N-Quads), or the JSON Schema of paper files.

    \b
    Example:
        kg export statements --tsv
    """
    from kg.show import export as shapes

    if what == "schema":
        from kg.curation.papers import PaperShape

        write_text(out, json.dumps(PaperShape.model_json_schema(), indent=1, ensure_ascii=False) + "\n")
        return
    if classified and what not in ("ontology", "obo", "obograph"):
        raise BadInput(f"--classified is for the ontology, and {what} has no superclasses")
    g = graph_of(ctx)
    if what in ("ontology", "obo", "obograph"):
        from kg.ontology.text import ontology_text

        told = Path(out).suffix if out and out != "-" else ".ttl"
        suffix = {"obo": ".obo", "obograph": ".json"}.get(what, told)
        write_text(out, ontology_text(g.built, suffix, classified=classified))
    elif what == "graphml":
        write_text(out, shapes.graphml(g.statements(), g.knowledge))
    elif what == "rdf":
        from kg import vocab

        write_text(out, "".join((g.built.path / f"{n}.nq").read_text(encoding="utf-8") for n in vocab.GRAPHS))
    else:
        if what == "statements":
            columns: tuple[str, ...] = shapes.STATEMENT_COLUMNS
            rows = list(shapes.statement_rows(g.statements(), g.knowledge))
        else:
            columns, rows = shapes.EVIDENCE_COLUMNS, list(shapes.evidence_rows(g.statements()))
        if form == "json":
            write_text(
                out,
                json.dumps([dict(zip(columns, r, strict=True)) for r in rows], ensure_ascii=False, indent=1),
            )
        else:
            write_text(out, "".join("\t".join(r) + "\n" for r in (columns, *rows)))
    if out and out != "-":
        say(f"wrote {out}")
