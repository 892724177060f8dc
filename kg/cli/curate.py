"""Commands for curators: build, lint, anchor, verify, extract."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kg.cli.output import checkout_of, formats, graph_of, has_own_edges, print_json, print_tsv, say
from kg.errors import BadInput, DataProblems


@click.command()
@click.option("--out", default=None, metavar="DIR", help="Where the built graph goes (default: build/graph).")
@click.option("--checkout", metavar="DIR", help="The folder that holds data/ and ontology/.")
@click.option("--quiet", is_flag=True, help="Say nothing while building.")
@click.pass_context
def build(ctx: click.Context, out: str | None, checkout: str | None, quiet: bool) -> None:
    """Build the graph from the curated files.

    With --add, a build of the graph with edges of your own joined to it; --out says where it goes.

    \b
    Example:
        kg build --out build/graph
    """
    from kg.build import build_graph

    if has_own_edges(ctx):
        if out is None:
            raise BadInput("--add makes a build of your own; say with --out where it goes")
        if checkout is not None:
            ctx.find_root().obj = checkout
        m = graph_of(ctx).save(out, lambda message: None if quiet else say(message)).built.manifest
        click.echo(
            f"{out}: {m['n_papers']} papers, {m['n_statements']} statements, {m['n_entities']} entities, "
            f"with {', '.join(m['joined'])} (content {m['content']})"
        )
        return
    root = checkout_of(checkout)
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


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option("--fix", "mend", is_flag=True, help="Sort, order keys and trim; never changes meaning.")
@click.option("--checkout", metavar="DIR", help="The folder that holds data/ and ontology/.")
def lint(files: tuple[str, ...], mend: bool, checkout: str | None) -> None:
    """Check the curated files; all problems in one run.

    \b
    Example:
        kg lint data/papers/2009/nemeth-sepsis-pge2.yaml
    """
    from kg.curation.checkout import Checkout
    from kg.curation.lint import fix as fix_files
    from kg.curation.lint import lint as check

    source = Checkout(checkout_of(checkout))
    only = [Path(f) for f in files]
    for path in only:
        if path.is_dir():
            raise BadInput(f"{path} is a folder; name files, or nothing to check them all")
    if mend:
        changed, left = fix_files(source, only)
        for name in changed:
            click.echo(f"{name}: rewritten")
        for reason in left:
            say(reason)
        source = Checkout(source.root)
    problems = check(source, only)
    for problem in problems:
        click.echo(str(problem))
    n_files = len(only) or len(source.paper_files)
    say(f"{len(problems)} problem(s) in {n_files} paper file(s)")
    if problems:
        sys.exit(1)


@click.command()
def anchor() -> None:
    """Print the fingerprint of the sentence on standard input.

    \b
    Example:
        echo "MSCs reduced mortality." | kg anchor
    """
    from kg.curation.anchor import anchor as fingerprint
    from kg.curation.anchor import normalise

    text = sys.stdin.read()
    if not normalise(text):
        raise BadInput('no sentence on standard input; pipe one in: echo "…" | kg anchor')
    click.echo(fingerprint(text))


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option(
    "--abstracts", metavar="DIR", help="Texts named <pmid>.txt, or the DOI with / as _; else fetched."
)
@click.option("--checkout", metavar="DIR", help="The folder that holds data/ and ontology/.")
@formats
def verify(files: tuple[str, ...], abstracts: str | None, checkout: str | None, form: str | None) -> None:
    """Find every source sentence again in its abstract.

    \b
    Example:
        kg verify --abstracts ~/abstracts
    """
    from kg.curation.checkout import Checkout
    from kg.curation.papers import read_paper
    from kg.curation.verify import fetcher, folder_source
    from kg.curation.verify import verify as check

    source = Checkout(checkout_of(checkout))
    read = [read_paper(Path(f), source.shown(Path(f))) for f in files] if files else source.paper_files
    if broken := [p for f in read for p in f.problems if f.paper is None]:
        raise DataProblems(broken)
    papers = [f for f in read if f.paper]
    texts = folder_source(Path(abstracts)) if abstracts else fetcher()
    with click.progressbar(papers, label="verifying", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        report = check(bar, texts)
    if form == "json":
        print_json(report.data())
    elif form == "tsv":
        print_tsv(("path", "line", "paper", "result", "detail"), report.rows)
    else:
        for problem in report.problems:
            click.echo(str(problem))
        click.echo(report.summary())
    if report.problems:
        sys.exit(1)


@click.command()
@click.argument("key", metavar="PMID|DOI")
@click.option("--title", default="", help="Its title, as the record gives it.")
@click.option("--journal", default="", help="Its journal.")
@click.option("--year", default="", help="The year of publication.")
@click.option(
    "--author", "authors", multiple=True, metavar="NAME", help="Family name, first and last (repeat)."
)
@click.option(
    "--kind",
    type=click.Choice(["primary", "trial", "meta-analysis", "review"]),
    default="primary",
    show_default=True,
    help="What kind of paper it is.",
)
@click.option("--words", default="", help="Words of the file's name after the first author.")
@click.option("--offline", is_flag=True, help="Ask no service; take what is given.")
@click.option("--checkout", metavar="DIR", help="The folder that holds data/ and ontology/.")
def new(
    key: str, title: str, journal: str, year: str, authors: tuple[str, ...], kind: str, words: str,
    offline: bool, checkout: str | None,
) -> None:  # fmt: skip
    """Start the file of a paper.

    Its record is asked of NCBI and Europe PMC; what is given goes before what they say.

    \b
    Example:
        kg new 19098906 --words "sepsis pge2"
    """
    from kg.curation.checkout import Checkout
    from kg.curation.start import Record, fetch_record, read_key, start_paper

    root = checkout_of(checkout)
    asked = read_key(key)
    given = Record(asked.pmid, asked.doi, title, journal, year, authors)
    papers = [(f, f.paper) for f in Checkout(root).paper_files if f.paper]

    def there(r: Record) -> Path | None:
        return next(
            (Path(f.path) for f, p in papers
             if (r.pmid and p.pmid == r.pmid) or (r.doi and (p.doi or "").casefold() == r.doi.casefold())),
            None,
        )  # fmt: skip

    record = given if offline or there(given) else given.filled(fetch_record(asked))
    path = start_paper(root, record, kind, words, there(record))
    click.echo(path)
    say("fill it in, then: kg lint " + str(path))


@click.command(hidden=True)
@click.argument("tables", metavar="DIR")
@click.option("--checkout", metavar="DIR", help="The folder that holds data/ and ontology/.")
def extract(tables: str, checkout: str | None) -> None:
    """Refresh ontology/imports/ from a folder of identifier tables.

    \b
    Example:
        kg extract ~/term-tables
    """
    from kg.curation.checkout import Checkout
    from kg.ontology.extract import extract as refresh

    for source, n in refresh(Checkout(checkout_of(checkout)), Path(tables)).items():
        click.echo(f"{source}: {n} terms")
