"""Commands that hand the graph on: draw, export."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.cli.output import formats, graph_of, path_options, path_query, say, write_text
from kg.errors import BadInput
from kg.show.nearest import why_empty

if TYPE_CHECKING:
    from kg.graph import Graph


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


EXPORTS = (
    "statements", "evidence", "ontology", "obo", "obograph", "rdf", "schema", "sssom", "kgx", "cx2",
    "graphml", "sif", "neo4j", "bel", "jsonld", "parquet", "nanopub", "rocrate", "croissant",
)  # fmt: skip
_PLACED = ("kgx", "neo4j", "parquet", "rocrate", "croissant")
"""Exports that are several files, or no text: they want a place."""


@click.command()
@click.argument("what", type=click.Choice(EXPORTS))
@click.option("-o", "--out", metavar="PATH", help="Where to write (default: standard output).")
@click.option(
    "--classified",
    is_flag=True,
    help="Of the ontology: the nearest inferred superclasses in place of the stated ones.",
)
@formats
@click.pass_context
def export(ctx: click.Context, what: str, out: str | None, classified: bool, form: str | None) -> None:
    """The graph in other shapes.

    Tables (statements, evidence; TSV or JSON), the ontology (.ttl .owl .owx .ofn .nt .obo .json), as OBO, as
    an OBO graph, its mappings (SSSOM), all RDF (N-Quads), the JSON Schema of paper files; the statements as
    KGX (.tsv .jsonl .json), CX2, GraphML, SIF, CSV for Neo4j (a folder), BEL, JSON-LD, Parquet, or
    nanopublications; a folder with all of it as RO-Crate or Croissant.

    \b
    Example:
        kg export kgx -o msc.jsonl
    """
    if classified and what not in ("ontology", "obo", "obograph"):
        raise BadInput(f"--classified is for the ontology, and {what} has no superclasses")
    if what in _PLACED and out in (None, "-"):
        raise BadInput(f"{what} is no text for standard output; say with -o where it goes")
    if what == "schema":
        from kg.curation.papers import PaperShape

        write_text(out, json.dumps(PaperShape.model_json_schema(), indent=1, ensure_ascii=False) + "\n")
        files = [Path(out)] if out and out != "-" else []
    else:
        g = graph_of(ctx)
        _say_joined(g, what)
        files = _export(g, what, out, classified, form)
    if files:
        say(f"wrote {', '.join(map(str, files))}")


def _say_joined(g: Graph, what: str) -> None:
    """That an export holds data of the user's, which is never silent."""
    from kg.mechanism.overlay import counted

    if what == "sssom":
        return
    for origin in g.origins[1:]:
        if n := sum(origin in s.origins for s in g.statements()):
            say(f"holds {counted(n, 'statement')} of {origin!r}; --origin curated leaves them out")


def _export(g: Graph, what: str, out: str | None, classified: bool, form: str | None) -> list[Path]:
    """Write what is asked for; the files written, none for standard output."""
    from kg.show import export as shapes

    if what in ("ontology", "obo", "obograph"):
        from kg.ontology.text import ontology_text

        told = Path(out).suffix if out and out != "-" else ".ttl"
        suffix = {"obo": ".obo", "obograph": ".json"}.get(what, told)
        write_text(out, ontology_text(g.built, suffix, classified=classified))
    elif what == "rdf":
        from kg import vocab

        write_text(out, "".join((g.built.path / f"{n}.nq").read_text(encoding="utf-8") for n in vocab.GRAPHS))
    elif what == "sssom":
        from kg.show.releases import sssom_text

        write_text(out, sssom_text(g))
    elif what == "nanopub":
        from kg.exchange.nanopub import nanopubs

        text, n = nanopubs(g.statements(), g.knowledge)
        write_text(out, text)
        say(f"{n:,} nanopublications")
    elif what in ("rocrate", "croissant"):
        from kg.show.releases import write_release

        assert out is not None
        return write_release(g, Path(out), what)
    elif what not in ("statements", "evidence"):
        return _edges(g, what, out)
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
    return [Path(out)] if out and out != "-" else []


def _edges(g: Graph, what: str, out: str | None) -> list[Path]:
    """The statements in a format of edges; the files written."""
    from kg.exchange.edges import edges_of
    from kg.exchange.writing import WRITERS, write
    from kg.show.releases import about_graph

    about, edges = about_graph(g), list(edges_of(g.statements(), g.knowledge))
    files: list[Path] = []
    if out is None or out == "-":
        (text,) = WRITERS[what](edges, Path(f"msc-kg.{what}"), about).values()
        assert isinstance(text, str)
        write_text(out, text)
    else:
        files = write(what, edges, Path(out), about)
    n = sum(not s.is_asserted for s in g.statements())
    if n:
        about.notes.append(f"{n:,} statements without support (found absent, or disputed) are no edges")
    for note in about.notes:
        say(note)
    return files
