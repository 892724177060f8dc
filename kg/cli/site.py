"""`kg site`: the explorer as static files."""

from __future__ import annotations

import click

from kg.cli.output import graph_of, say


@click.command()
@click.argument("folder")
@click.pass_context
def site(ctx: click.Context, folder: str) -> None:
    """The explorer as static files, for any web host or a folder on a laptop.

    FOLDER/index.html opens without a server and without a network; path questions and SPARQL are answered
    inside the page. An older site there is replaced, anything else is not.

    \b
    Example:
        kg site msc-kg-site
    """
    from kg.web.site import write_site

    out = write_site(graph_of(ctx), folder)
    size = sum(f.stat().st_size for f in out.rglob("*") if f.is_file())
    say(f"wrote {out} ({size / 1e6:.1f} MB); open {out / 'index.html'} in a browser")
