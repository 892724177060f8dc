"""The command line: each command is one library call and one way of printing what it gives.

Exit codes: 0 fine, 1 findings (problems, nothing found), 2 wrong use or input that cannot be used.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

import kg
from kg.errors import BadInput, DataProblems, KGError, NotWritable

if TYPE_CHECKING:
    from kg.graph import Graph

_F = TypeVar("_F", bound=Callable[..., Any])


class _Group(click.Group):
    """A group whose commands turn the package's errors into one message and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DataProblems as error:
            for problem in error.problems:
                click.echo(str(problem), err=True)
            click.echo(f"{len(error.problems)} problem(s) in the curated data", err=True)
            ctx.exit(1)
        except KGError as error:
            click.echo(f"kg: {error}", err=True)
            ctx.exit(2)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            what = f"cannot use {error.filename}" if error.filename else "cannot write standard output"
            click.echo(f"kg: {what}: {error.strerror or error}", err=True)
            ctx.exit(2)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(kg.__version__, prog_name="kg")
@click.option("--graph", "graph_path", metavar="DIR", help="A built graph or a checkout (default: this one).")
@click.pass_context
def main(ctx: click.Context, graph_path: str | None) -> None:
    """How mesenchymal stromal cells act in lung disease: signed, cited paths.

    \b
    Example:
        kg paths MSC fibrosis --via Treg --sign -
    """
    ctx.obj = graph_path


def _graph(ctx: click.Context) -> Graph:
    return kg.load(ctx.find_root().obj)


def _checkout(path: str | None) -> Path:
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


# Printing -----------------------------------------------------------------------------------------


def _formats(command: _F) -> _F:
    """The shared options for output."""
    command = click.option("--tsv", "form", flag_value="tsv", help="Print a tab-separated table.")(command)
    return click.option("--json", "form", flag_value="json", help="Print JSON.")(command)


def _path_options(command: _F) -> _F:
    """What a question for paths may ask besides its ends."""
    for option in (
        click.option("--products", is_flag=True, help="Vesicles, medium, mitochondria count as the cell."),
        click.option(
            "--coherent", is_flag=True, help="Only paths whose steps share a species and a disease."
        ),
        click.option("--until", metavar="YEAR", type=int, help="Count only papers of that year or before."),
        click.option("--rung", metavar="NAME", help="Count only evidence on this rung or above."),
        click.option("--route", metavar="NAME", help="Count only products given by this route."),
        click.option("--source", "tissue", metavar="NAME", help="Count only products of this tissue."),
        click.option("--product", metavar="NAME", help="Count only this product (cells, vesicles, …)."),
        click.option("--species", metavar="NAME", help="Count only evidence from this species."),
        click.option("--disease", metavar="NAME", help="Count only evidence from this disease."),
        click.option("--max-length", default=4, show_default=True, help="Most steps."),
        click.option("--sign", metavar="+|-|?", help="Only paths with this net sign."),
        click.option("--avoid", multiple=True, metavar="NAME", help="Only paths that do not touch it."),
        click.option("--via", multiple=True, metavar="NAME", help="Only paths through it (may be repeated)."),
    ):
        command = option(command)
    return command


def _json(data: Any) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=1))


def _tsv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    click.echo("\t".join(columns))
    for row in rows:
        click.echo("\t".join(" ".join(str(cell).split()) for cell in row))


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns padded to their widest cell, long cells cut to the terminal."""
    import shutil

    widths = [max(len(c), *(len(r[i]) for r in rows), 0) if rows else len(c) for i, c in enumerate(columns)]
    room = max(40, shutil.get_terminal_size((120, 24)).columns) if sys.stdout.isatty() else 10_000
    while sum(widths) + 2 * len(widths) > room and max(widths) > 12:
        widths[widths.index(max(widths))] -= 1
    for row in (columns, ["-" * w for w in widths], *rows):
        cells = [c if len(c) <= w else c[: w - 1] + "…" for c, w in zip(row, widths, strict=True)]
        click.echo("  ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)).rstrip())


def _write(out: str | None, text: str) -> None:
    """To a file, or to standard output for `-` and none.

    Raises NotWritable.
    """
    if out in (None, "-"):
        click.echo(text, nl=not text.endswith("\n"))
        return
    try:
        Path(str(out)).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise NotWritable(f"cannot write {out}: {error.strerror or error}") from None


def _say(message: str) -> None:
    click.echo(message, err=True)


# Building and checking ----------------------------------------------------------------------------


@main.command()
@click.option("--out", default=None, metavar="DIR", help="Where the built graph goes (default: build/graph).")
@click.option("--checkout", metavar="DIR", help="The folder that holds data/ and ontology/.")
@click.option("--quiet", is_flag=True, help="Say nothing while building.")
def build(out: str | None, checkout: str | None, quiet: bool) -> None:
    """Build the graph from the curated files.

    \b
    Example:
        kg build --out build/graph
    """
    from kg.build import build_graph

    root = _checkout(checkout)
    folder = Path(out) if out else root / "build" / "graph"
    steps = 4
    with click.progressbar(
        length=steps, label="building", file=sys.stderr, hidden=quiet or not sys.stderr.isatty()
    ) as bar:
        built = build_graph(root, folder, lambda message: bar.update(1))
    m = built.manifest
    click.echo(
        f"{folder}: {m['n_papers']} papers, {m['n_statements']} statements, {m['n_entities']} entities "
        f"(content {m['content']})"
    )


@main.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("--fix", "mend", is_flag=True, help="Sort, order keys and trim; never changes meaning.")
@click.option("--checkout", metavar="DIR", help="The folder that holds data/ and ontology/.")
def lint(files: tuple[str, ...], mend: bool, checkout: str | None) -> None:
    """Check the curated files; all problems in one run.

    \b
    Example:
        kg lint data/papers/2009/nemeth-sepsis-pge2.yaml
    """
    from kg.io.curated import Checkout
    from kg.io.lint import fix as fix_files
    from kg.io.lint import lint as check

    source = Checkout(_checkout(checkout))
    only = [Path(f) for f in files]
    for path in only:
        if path.is_dir():
            raise BadInput(f"{path} is a folder; name files, or nothing to check them all")
    if mend:
        changed, left = fix_files(source, only)
        for name in changed:
            click.echo(f"{name}: rewritten")
        for reason in left:
            _say(reason)
        source = Checkout(source.root)
    problems = check(source, only)
    for problem in problems:
        click.echo(str(problem))
    n_files = len(only) or len(source.paper_files)
    _say(f"{len(problems)} problem(s) in {n_files} paper file(s)")
    if problems:
        sys.exit(1)


@main.command()
def anchor() -> None:
    """Print the fingerprint of the sentence on standard input.

    \b
    Example:
        echo "MSCs reduced mortality." | kg anchor
    """
    from kg.io.anchor import anchor as fingerprint
    from kg.io.anchor import normalise

    text = sys.stdin.read()
    if not normalise(text):
        raise BadInput('no sentence on standard input; pipe one in: echo "…" | kg anchor')
    click.echo(fingerprint(text))


@main.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option(
    "--abstracts", metavar="DIR", help="Texts named <pmid>.txt, or the DOI with / as _; else fetched."
)
@click.option("--checkout", metavar="DIR", help="The folder that holds data/ and ontology/.")
@_formats
def verify(files: tuple[str, ...], abstracts: str | None, checkout: str | None, form: str | None) -> None:
    """Find every source sentence again in its abstract.

    \b
    Example:
        kg verify --abstracts ~/abstracts
    """
    from kg.io.curated import Checkout
    from kg.io.papers import read_paper
    from kg.io.verify import fetcher, folder_source
    from kg.io.verify import verify as check

    source = Checkout(_checkout(checkout))
    read = [read_paper(Path(f), source.shown(Path(f))) for f in files] if files else source.paper_files
    if broken := [p for f in read for p in f.problems if f.paper is None]:
        raise DataProblems(broken)
    papers = [f for f in read if f.paper]
    texts = folder_source(Path(abstracts)) if abstracts else fetcher()
    with click.progressbar(papers, label="verifying", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        report = check(bar, texts)
    if form == "json":
        _json(report.data())
    elif form == "tsv":
        _tsv(("path", "line", "paper", "result", "detail"), report.rows)
    else:
        for problem in report.problems:
            click.echo(str(problem))
        click.echo(report.summary())
    if report.problems:
        sys.exit(1)


@main.command(hidden=True)
@click.argument("tables", metavar="DIR")
@click.option("--checkout", metavar="DIR", help="The folder that holds data/ and ontology/.")
def extract(tables: str, checkout: str | None) -> None:
    """Refresh ontology/imports/ from a folder of identifier tables.

    \b
    Example:
        kg extract ~/term-tables
    """
    from kg.io.curated import Checkout
    from kg.io.extract import extract as refresh

    for source, n in refresh(Checkout(_checkout(checkout)), Path(tables)).items():
        click.echo(f"{source}: {n} terms")


# Asking -------------------------------------------------------------------------------------------


@main.command()
@click.argument("source")
@click.argument("target")
@_path_options
@click.option(
    "--without", multiple=True, metavar="NAME", help="As if it were blocked: same as --avoid for ends too."
)
@click.option("--exact", is_flag=True, help="Entities below the ones named do not count as them.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Most paths shown as cards (tables and JSON: all).",
)
@_formats
@click.pass_context
def paths(
    ctx: click.Context, /, source: str, target: str, without: tuple[str, ...], exact: bool, limit: int,
    form: str | None, **asked: Any,
) -> None:  # fmt: skip
    """Signed paths from SOURCE to TARGET, best supported first.

    \b
    Example:
        kg paths MSC fibrosis --via Treg --sign -
    """
    g = _graph(ctx)
    if without:
        g = g.without(*without)
    g = _narrowed(g, asked)
    answer = g.paths(source, target, subclasses=not exact, **asked)
    from kg.cards import path_card, path_data, reasons_text

    if form == "json":
        _json([{**path_data(p), "matched": reasons_text(answer.reasons, p.entities)} for p in answer])
    elif form == "tsv":
        columns = ("rank", "sign", "belief", "rung", "n_steps", "path", "statements", "papers", "species")
        _tsv(
            columns,
            (
                (
                    n, p.sign, p.belief, p.rung, len(p.steps),
                    p.entities[0] + "".join(f" {s.predicate} {s.object}" for s in p.statements),
                    "|".join(s.id for s in p.statements), "|".join(p.papers), "|".join(p.species),
                )
                for n, p in enumerate(answer, 1)
            ),
        )  # fmt: skip
    else:
        conflicts = g.conflicts() if answer else []
        for n, p in enumerate(answer[:limit], 1):
            click.echo(f"{n}. {path_card(p, conflicts)}")
            if matched := reasons_text(answer.reasons, (p.entities[0], p.entities[-1], *p.entities[1:-1])):
                click.echo(f"  matched: {matched}")
            click.echo()
        shown = min(limit, len(answer))
        plain = not (asked["products"] or exact or asked["coherent"])
        more = 0 if not plain else g.count_with_products(answer, source) - len(answer)
        told = [f"{shown} of {len(answer)} path(s) of at most {asked['max_length']} steps"]
        if shown < len(answer):
            told.append("--limit shows more")
        if more:
            told.append(f"--products adds {more}")
        click.echo("; ".join(told))
    if not answer:
        _say(_why_empty(g, answer, source, target))
        sys.exit(1)


def _narrowed(g: Graph, asked: dict[str, Any]) -> Graph:
    """The graph in the context asked for; takes the options of context out of `asked`."""
    context = {name: asked.pop(name) for name in ("disease", "species", "product", "route", "rung", "until")}
    return g.within(**context, source=asked.pop("tissue"))


def _why_empty(g: Graph, answer: Any, source: str, target: str) -> str:
    """Which end or constraint leaves nothing."""
    from dataclasses import replace

    q = answer.question
    bare = replace(q, via=(), avoid=frozenset(), sign=None)
    if not any(n in g.engine.index for n in q.sources):
        return f"no statement bears on {source!r} in this view"
    if not any(n in g.engine.index for n in q.targets):
        return f"no statement bears on {target!r} in this view"
    n = g.engine.count(bare)
    if n:
        return f"no path keeps every constraint; without --via, --avoid, --sign and --coherent there are {n}"
    return f"no path of at most {q.max_length} steps; try a larger --max-length or --products"


@main.command()
@click.argument("name")
@click.option("--lines", is_flag=True, help="With every evidence line.")
@_formats
@click.pass_context
def show(ctx: click.Context, name: str, lines: bool, form: str | None) -> None:
    """What something is, and what bears on it.

    An entity, a defined class, or a statement by its id.

    \b
    Example:
        kg show Treg
    """
    from kg import cards

    g = _graph(ctx)
    if name in g._by_id:
        statement = g.statement(name)
        if form == "json":
            _json(cards.statement_data(statement))
        else:
            click.echo(cards.statement_card(statement, g.conflicts()))
        return
    defined = g.defined_class(name) if name not in g.names.by_name else None
    if defined:
        if form == "json":
            from dataclasses import asdict

            _json(asdict(defined))
        elif form == "tsv":
            _tsv(("member", "id"), [(m, g.entity(m).id) for m in defined.members])
        else:
            click.echo(f"{defined.label}   {defined.id}, defined class\n  {defined.definition}")
            click.echo(f"  is defined as: {defined.axiom}")
            click.echo(f"  members ({len(defined.members)}): {', '.join(defined.members)}")
        return
    entity = g.entity(name)
    if form == "json":
        _json(cards.entity_data(entity, g.names, g.statements()))
    elif form == "tsv":
        from kg.export import STATEMENT_COLUMNS, statement_rows

        touching = [s for s in g.statements() if entity.name in (s.subject, s.object)]
        _tsv(STATEMENT_COLUMNS, statement_rows(touching, g.knowledge))
    else:
        click.echo(cards.entity_card(entity, g.names, g.statements(), lines))


@main.command()
@click.argument("words", nargs=-1, required=True, metavar="SUBJECT [PREDICATE] OBJECT")
@click.pass_context
def explain(ctx: click.Context, words: tuple[str, ...]) -> None:
    """How something inferred follows.

    The derivation of a triple, or of an entity's place in a defined class, from what is stated.

    \b
    Example:
        kg explain HGF "antifibrotic mediator"
    """
    if len(words) not in (2, 3):
        raise BadInput("give ENTITY CLASS, or SUBJECT PREDICATE OBJECT; quote names that have blanks")
    found = _graph(ctx).derivation(words[0], words[-1], words[1] if len(words) == 3 else None)
    if found is None:
        _say(f"nothing stated or inferred says: {' '.join(words)}")
        sys.exit(1)
    click.echo(found)


@main.command()
@click.argument("text")
@_formats
@click.pass_context
def find(ctx: click.Context, text: str, form: str | None) -> None:
    """Entities whose name, alias, label or identifier holds TEXT.

    \b
    Example:
        kg find macrophage
    """
    g = _graph(ctx)
    found = g.find(text)
    rows = [(e.name, e.id, e.category, e.label, "|".join(e.aliases)) for e in found]
    columns = ("name", "id", "category", "label", "aliases")
    if form == "json":
        _json([dict(zip(columns, row, strict=True)) for row in rows])
    elif form == "tsv":
        _tsv(columns, rows)
    elif rows:
        _table(columns, rows)
    if not rows:
        near = g.names.nearest(text)
        _say(f"nothing holds {text!r}" + (f"; nearest: {', '.join(near)}" if near else ""))
        sys.exit(1)


@main.command()
@click.argument("entity", required=False)
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Most conflicts shown."
)
@_formats
@click.pass_context
def conflicts(ctx: click.Context, entity: str | None, limit: int, form: str | None) -> None:
    """Where findings disagree.

    Both sides with their contexts, and which context separates them.

    \b
    Example:
        kg conflicts fibrosis
    """
    from kg.cards import conflict_card, conflict_data

    found = _graph(ctx).conflicts(entity)
    if form == "json":
        _json([conflict_data(c) for c in found])
    elif form == "tsv":
        columns = ("subject", "object", "kind", "one", "n_one", "other", "n_other", "axes", "statements")
        _tsv(columns, ((c.subject, c.object, c.kind, c.one, len(c.one_side), c.other, len(c.other_side),
                        "|".join(c.axes), "|".join(c.statements)) for c in found))  # fmt: skip
    else:
        for c in found[:limit]:
            click.echo(conflict_card(c) + "\n")
        click.echo(f"{min(limit, len(found))} of {len(found)} conflict(s)")


@main.command()
@click.argument("source", required=False)
@click.argument("target", required=False)
@click.option("--max-length", default=3, show_default=True, help="Most steps of a joining path.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Most hypotheses.")
@_formats
@click.pass_context
def hypotheses(
    ctx: click.Context, source: str | None, target: str | None, max_length: int, limit: int, form: str | None
) -> None:
    """Untested effects that paths suggest.

    Ranked, each with what speaks for and against it and the test that could refute it.

    \b
    Example:
        kg hypotheses MSC --limit 5
    """
    from kg.cards import hypothesis_card, hypothesis_data

    found = _graph(ctx).hypotheses(source, target, max_length=max_length, limit=limit)
    if form == "json":
        _json([hypothesis_data(h) for h in found])
    elif form == "tsv":
        columns = (
            "rank",
            "source",
            "sign",
            "target",
            "score",
            "support",
            "dissent",
            "n_paths",
            "best_path",
            "test",
        )
        rows = (
            (n, h.source, h.sign, h.target, h.score, h.support, h.dissent, h.n_paths,
             " > ".join(h.supporting[0].entities), h.test)
            for n, h in enumerate(found, 1)
        )  # fmt: skip
        _tsv(columns, rows)
    else:
        for n, h in enumerate(found, 1):
            click.echo(f"{n}. {hypothesis_card(h)}\n")
        if not found:
            _say("no untested pair is joined by a signed path; widen with --max-length, or drop the target")
    if not found:
        sys.exit(1)


@main.command()
@click.argument("query", required=False, metavar="NAME|FILE|-")
@click.option("--list", "listing", is_flag=True, help="List the named queries.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV.")
@click.option("--turtle", "form", flag_value="turtle", help="Print Turtle (CONSTRUCT, DESCRIBE).")
@click.option("--time-limit", default=30.0, show_default=True, help="Seconds before the query is stopped.")
@click.option("--row-limit", default=10_000, show_default=True, help="Most rows.")
@_formats
@click.pass_context
def query(
    ctx: click.Context, query: str | None, listing: bool, time_limit: float, row_limit: int, form: str | None
) -> None:
    """Ask SPARQL: a named query, a file, or standard input (-).

    \b
    Example:
        kg query msc-to-treg-to-fibrosis
    """
    from kg.queries import named_queries, query_text

    if listing:
        _table(("name", "question"), [(q.name, q.question) for q in named_queries()])
        return
    if query is None:
        raise BadInput("name a query (`kg query --list`), a file, or - for standard input")
    text = sys.stdin.read() if query == "-" else query_text(query)
    if not 0 < time_limit < 1e6 or row_limit < 1:
        raise BadInput("--time-limit and --row-limit must be positive")
    built = _graph(ctx).built
    if form == "turtle":
        click.echo(built.query_in_process(text, time_limit=time_limit, turtle=True), nl=False)
        return
    found = built.query_in_process(text, time_limit=time_limit, row_limit=row_limit)
    assert not isinstance(found, str)
    rows = [["" if cell is None else cell for cell in row] for row in found.rows]
    if form == "json":
        _json([dict(zip(found.columns, row, strict=True)) for row in found.rows])
    elif form == "tsv":
        _tsv(found.columns, rows)
    elif form == "csv":
        import csv
        import io

        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(found.columns)
        writer.writerows(rows)
        click.echo(buffer.getvalue(), nl=False)
    else:
        _table(found.columns, rows)
    if found.is_cut:
        _say(f"cut at {row_limit} rows; --row-limit raises it")


@main.command()
@click.argument("what", nargs=-1, required=True, metavar="SOURCE TARGET | ENTITY")
@click.option("-o", "--out", required=True, metavar="FILE.html", help="The picture: one HTML file.")
@_path_options
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=40,
    show_default=True,
    help="Most paths (or statements) drawn.",
)
@click.pass_context
def draw(ctx: click.Context, /, what: tuple[str, ...], out: str, limit: int, **asked: Any) -> None:
    """Draw an answer as one HTML file.

    Paths, or an entity's or disease's neighbourhood; the file opens offline.

    \b
    Example:
        kg draw MSC fibrosis --via Treg --sign - -o treg.html
    """
    g = _graph(ctx)
    if len(what) > 2:
        raise BadInput(
            f"draw takes SOURCE TARGET or one ENTITY, not {len(what)} names; quote names with blanks"
        )
    g = _narrowed(g, asked)
    if len(what) == 1:
        path = g.draw(what[0], out, limit=limit)
        click.echo(f"{path}: {what[0]}")
        return
    answer = g.paths(what[0], what[1], **asked)
    if not answer:
        _say(_why_empty(g, answer, *what))
        sys.exit(1)
    path = g.draw(answer, out, limit=limit)
    click.echo(f"{path}: {min(limit, len(answer))} of {len(answer)} paths")


@main.command()
@click.argument("what", type=click.Choice(["statements", "evidence", "ontology", "graphml", "rdf", "schema"]))
@click.option("-o", "--out", metavar="FILE", help="Where to write (default: standard output).")
@_formats
@click.pass_context
def export(ctx: click.Context, what: str, out: str | None, form: str | None) -> None:
    """The graph in other shapes.

    Tables, the ontology (.ttl .owl .nt), GraphML, all RDF (N-Quads), or the JSON Schema of paper files.

    \b
    Example:
        kg export statements --tsv
    """
    from kg import export as shapes

    if what == "schema":
        from kg.io.papers import PaperShape

        _write(out, json.dumps(PaperShape.model_json_schema(), indent=1, ensure_ascii=False) + "\n")
        return
    g = _graph(ctx)
    if what == "ontology":
        _write(out, shapes.ontology_text(g.built, Path(out).suffix if out and out != "-" else ".ttl"))
    elif what == "graphml":
        _write(out, shapes.graphml(g.statements(), g.knowledge))
    elif what == "rdf":
        from kg import vocab

        _write(out, "".join((g.built.path / f"{n}.nq").read_text(encoding="utf-8") for n in vocab.GRAPHS))
    else:
        if what == "statements":
            columns: tuple[str, ...] = shapes.STATEMENT_COLUMNS
            rows = list(shapes.statement_rows(g.statements(), g.knowledge))
        else:
            columns, rows = shapes.EVIDENCE_COLUMNS, list(shapes.evidence_rows(g.statements()))
        if form == "json":
            _write(
                out,
                json.dumps([dict(zip(columns, r, strict=True)) for r in rows], ensure_ascii=False, indent=1),
            )
        else:
            _write(out, "".join("\t".join(r) + "\n" for r in (columns, *rows)))
    if out and out != "-":
        _say(f"wrote {out}")


@main.command()
@_formats
@click.pass_context
def stats(ctx: click.Context, form: str | None) -> None:
    """Counts, and what has evidence or none.

    The grid of disease, mechanism and rung, with the empty cells visible.

    \b
    Example:
        kg stats
    """
    from kg.stats import coverage, summary

    g = _graph(ctx)
    counts, grid = summary(g.statements(), g.knowledge), coverage(g.statements(), g.knowledge, g.names)
    if form == "json":
        _json(
            {"counts": counts, "coverage": [dict(zip(grid.columns, row, strict=True)) for row in grid.rows]}
        )
    elif form == "tsv":
        _tsv(grid.columns, grid.rows)
    else:
        for name, value in counts.items():
            click.echo(f"{name:28} {value}")
        click.echo("\nEvidence lines by disease, mechanism and rung ( . = none )\n")
        _table(grid.columns, [[str(c) if c != 0 else "." for c in row] for row in grid.rows])


if __name__ == "__main__":
    main()
