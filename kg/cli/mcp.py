"""`kg mcp`: the graph as tools for a language model, on standard input and output."""

from __future__ import annotations

import click

from kg.cli.output import graph_of


@click.command()
@click.pass_context
def mcp(ctx: click.Context) -> None:
    """Tools for language models, over the Model Context Protocol.

    A client starts this and speaks with it on standard input and output; needs pip install "msc-kg[mcp]".

    \b
    Example:
        kg mcp
    """
    from kg.web.mcp import make_server

    make_server(graph_of(ctx)).run("stdio")
