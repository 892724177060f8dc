"""Commands that take in what others have: map, convert."""

from __future__ import annotations

import sys

import click

from kg.cli.output import formats, graph_of, print_json, print_table, print_tsv, say


@click.command(name="map")
@click.argument("file", metavar="FILE|-")
@click.option("--column", metavar="NAME", help="The column, by its header or number (from 1).")
@click.option("--prefix", metavar="NAME", default="", help="What bare numbers are, such as NCBIGene or HGNC.")
@formats
@click.pass_context
def map_(ctx: click.Context, file: str, column: str | None, prefix: str, form: str | None) -> None:
    """What a column of names is here.

    Symbols, identifiers (HGNC, UniProt, Ensembl, NCBI Gene, ChEBI, MeSH, CL, MONDO, DOID, GO, miRBase …),
    spellings, PMIDs, DOIs; of people, mice and rats. FILE is a TSV, a CSV or a plain list. Nothing is
    guessed: an ambiguous name lists what it may be, an unknown one what is spelled like it. Exit code 1 where
    there are such.

    \b
    Example:
        kg map genes.tsv --column symbol --tsv
    """
    from kg.mechanism.mapping import COLUMNS, mapped_row, read_column, tally

    found = graph_of(ctx).map(read_column(file, column), prefix=prefix)
    rows = [mapped_row(m) for m in found]
    if form == "json":
        print_json(
            [
                {**dict(zip(COLUMNS, row, strict=True)), "candidates": list(m.candidates)}
                for row, m in zip(rows, found, strict=True)
            ]
        )
    elif form == "tsv":
        print_tsv(COLUMNS, rows)
    elif rows:
        # Titles of papers are long.
        print_table(COLUMNS[1:], [[c if len(c) <= 60 else c[:59] + "…" for c in row[1:]] for row in rows])
    say(tally(found))
    if any(m.status in ("unknown", "ambiguous") for m in found):
        sys.exit(1)


@click.command()
@click.argument("source", metavar="IN")
@click.argument("out", metavar="OUT")
@click.option("--to", "form", metavar="FORMAT", help="The format, where OUT does not tell it by its suffix.")
def convert(source: str, out: str, form: str | None) -> None:
    """Edges from one format to another.

    IN is sniffed: KGX, SIF, CX2, GraphML, BEL as JSON, INDRA statements, tables like those of SIGNOR and
    SemMedDB, our own exports, or a table with subject, predicate, sign and object. Names and identifiers stay
    as they are. Rows that cannot be read are listed; exit code 1 where there are such.

    \b
    Example:
        kg convert signor.tsv edges.graphml
    """
    from pathlib import Path

    from kg.exchange import convert as convert_file

    reading, files, notes = convert_file(Path(source), Path(out), form)
    say(f"{source} is {reading}")
    for problem in reading.problems[:20]:
        say(f"  {problem.path}: {problem.message}")
    if len(reading.problems) > 20:
        say(f"  … and {len(reading.problems) - 20:,} more")
    for note in notes:
        say(note)
    say(f"wrote {', '.join(map(str, files))}")
    if reading.problems:
        sys.exit(1)
