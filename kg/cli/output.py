"""What commands share: opening the graph, options for output, printing."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

import kg
from kg.errors import BadInput

if TYPE_CHECKING:
    from kg.graph import Graph
    from kg.mechanism.query import PathQuery

_F = TypeVar("_F", bound=Callable[..., Any])


_ADDED, _UNKNOWN, _ORIGIN = "kg.added", "kg.unknown", "kg.origin"


def graph_of(ctx: click.Context) -> Graph:
    """The graph that is asked for, with the user's own edges joined to it; what became of them is said."""
    meta = ctx.find_root().meta
    g = kg.load(ctx.find_root().obj)
    for given in meta.get(_ADDED, ()):
        name, file = own_data(given)
        g = g.with_edges(file, name, unknown=meta.get(_UNKNOWN) or "new")
        say(str(g.overlays[-1]))
    origin = meta.get(_ORIGIN)
    return g if origin is None else g.within(origin=origin)


def has_own_edges(ctx: click.Context) -> bool:
    return bool(ctx.find_root().meta.get(_ADDED))


def own_data(given: str) -> tuple[str, str]:
    """Name and file of `NAME=FILE`, or of a file alone, which then is called as its stem."""
    name, equals, file = given.partition("=")
    if equals and name and not Path(given).exists():
        return name, file
    return Path(given).name.removesuffix(".gz").rpartition(".")[0] or Path(given).name, given


def own_edges(command: click.Command) -> click.Command:
    """The command with the options that join edges of one's own to the graph it asks."""

    def kept(key: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
        def keep(ctx: click.Context, parameter: click.Parameter, value: Any) -> Any:
            if value:
                ctx.find_root().meta[key] = value
            return value

        return keep

    command.params += [
        click.Option(
            ["--add"], multiple=True, metavar="[NAME=]FILE", expose_value=False, callback=kept(_ADDED),
            help="Join edges of your own to the graph (may be repeated).",
        ),
        click.Option(
            ["--unknown-ends"], type=click.Choice(["new", "skip", "refuse"]), expose_value=False,
            callback=kept(_UNKNOWN),
            help="What becomes of ends of --add that nothing here is called (default: new).",
        ),
        click.Option(
            ["--origin"], metavar="NAME", expose_value=False, callback=kept(_ORIGIN),
            help="Count only evidence from there: curated, or the name of what was added.",
        ),
    ]  # fmt: skip
    return command


def checkout_of(path: str | None) -> Path:
    from kg.build import find_checkout

    if path:
        return Path(path)
    here = Path.cwd()
    if (here / "data" / "entities.tsv").is_file():
        return here
    found = find_checkout()
    if found is None:
        raise BadInput(
            "no checkout here: run this in the folder that holds data/ and ontology/, or give --checkout"
        )
    return found


def formats(command: _F) -> _F:
    """The shared options for output."""
    command = click.option("--tsv", "form", flag_value="tsv", help="Print a tab-separated table.")(command)
    return click.option("--json", "form", flag_value="json", help="Print JSON.")(command)


def context_options(command: _F) -> _F:
    """Which evidence counts; the names are those that `Graph.within` takes."""
    for option in (
        click.option("--until", metavar="YEAR", type=int, help="Count only papers of that year or before."),
        click.option("--rung", metavar="NAME", help="Count only evidence on this rung or above."),
        click.option("--route", metavar="NAME", help="Count only products given by this route."),
        click.option("--source", "tissue", metavar="NAME", help="Count only products of this tissue."),
        click.option("--product", metavar="NAME", help="Count only this product (cells, vesicles, …)."),
        click.option("--species", metavar="NAME", help="Count only evidence from this species."),
        click.option(
            "--exact-disease",
            is_flag=True,
            help="Kinds and models of the disease do not count as it.",
        ),
        click.option(
            "--disease", metavar="NAME", help="Count only evidence from this disease or its models."
        ),
    ):
        command = option(command)
    return command


def path_options(command: _F) -> _F:
    """What a question for paths may ask besides its ends; the names are those of `PathQuery`."""

    def several(name: str, told: str) -> Callable[[_F], _F]:
        return click.option(name, multiple=True, metavar="NAME", help=f"{told} (may be repeated).")

    command = context_options(command)
    for option in (
        click.option("--top", metavar="N", type=int, help="Only the N best, without looking for the others."),
        click.option("--diverse", is_flag=True, help="Of paths that share most steps, only the best."),
        click.option("--coherent", is_flag=True, help="Only paths whose steps hold together in one context."),
        click.option(
            "--inherited", is_flag=True, help="What is stated of a class counts for those below it."
        ),
        click.option(
            "--bridged", is_flag=True, help="What is stated of a marker counts for what it is a marker of."
        ),
        click.option("--loops", is_flag=True, help="Paths from MSCs may come back to MSCs."),
        click.option("--exact", is_flag=True, help="Entities below the ones named do not count as them."),
        click.option("--products", is_flag=True, help="Vesicles, medium, mitochondria count as the cell."),
        click.option("--min-belief", metavar="X", type=float, help="Only steps believed so much (0 to 1)."),
        click.option("--test", metavar="NAME", help="Only steps shown by this test (necessity, …)."),
        several("--predicate", "Only steps with this predicate"),
        click.option("--max-length", default=4, show_default=True, help="Most steps."),
        click.option("--sign", metavar="+|-|?", help="Only paths with this net sign."),
        click.option(
            "--at", multiple=True, metavar="N=NAME", help="Only paths with it at position N (0: source)."
        ),
        several("--without", "As if it were blocked; lists the paths that are lost"),
        several("--avoid", "Only paths that do not touch it"),
        several("--via", "Only paths through it"),
    ):
        command = option(command)
    return command


def path_query(ends: Sequence[str], options: dict[str, Any]) -> PathQuery:
    """The query of a command line: two ends, or one pattern or whole line, and options.

    Raises BadInput.
    """
    from kg.mechanism.query import PathQuery, position

    options = {k: v for k, v in options.items() if v is not None and v is not False and v != ()}
    if "at" in options:
        options["at"] = tuple(map(position, options["at"]))
    if not 1 <= len(ends) <= 2:
        raise BadInput("give SOURCE TARGET, or one pattern such as 'MSC > mediator > fibrosis'")
    if len(ends) == 1 and options.get("max_length") == 4:
        options.pop("max_length")
    return PathQuery.of(*ends, **options)


def print_json(data: Any) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=1))


def print_tsv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    click.echo("\t".join(columns))
    for row in rows:
        click.echo("\t".join(" ".join(str(cell).split()) for cell in row))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns padded to their widest cell, long cells cut to the terminal."""
    import shutil

    widths = [max(len(c), *(len(r[i]) for r in rows), 0) if rows else len(c) for i, c in enumerate(columns)]
    room = max(40, shutil.get_terminal_size((120, 24)).columns) if sys.stdout.isatty() else 10_000
    while sum(widths) + 2 * len(widths) > room and max(widths) > 12:
        widths[widths.index(max(widths))] -= 1
    for row in (columns, ["-" * w for w in widths], *rows):
        cells = [c if len(c) <= w else c[: w - 1] + "…" for c, w in zip(row, widths, strict=True)]
        click.echo("  ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)).rstrip())


def write_text(out: str | None, text: str) -> None:
    """To a file, or to standard output for `-` and none.

    Raises NotWritable.
    """
    if out in (None, "-"):
        click.echo(text, nl=not text.endswith("\n"))
        return
    from kg.exchange.writing import put

    path = Path(str(out))
    put({path.name: text}, path, is_folder=False)


def say(message: str) -> None:
    click.echo(message, err=True)
