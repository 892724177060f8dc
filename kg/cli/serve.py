"""`kg serve`: the explorer, SPARQL and JSON in a browser."""

from __future__ import annotations

import click

from kg.cli.output import graph_of


@click.command()
@click.option("--host", metavar="NAME", help="Address to listen on (default 127.0.0.1: this machine only).")
@click.option("--port", metavar="N", type=int, help="Port (default 8000; 0: any free one).")
@click.option("--open", "opens", is_flag=True, help="Open the page in a browser.")
@click.option("--workers", metavar="N", type=int, help="Processes for SPARQL (default 2).")
@click.option("--time-limit", metavar="S", type=float, help="Seconds one SPARQL query may take (default 20).")
@click.option("--no-log", is_flag=True, help="No line per request on standard error.")
@click.pass_context
def serve(
    ctx: click.Context, host: str | None, port: int | None, opens: bool, workers: int | None,
    time_limit: float | None, no_log: bool,
) -> None:  # fmt: skip
    """The graph in a browser, for SPARQL clients and for programs.

    The explorer is at /, SPARQL at /sparql, JSON under /api/ (described at /api/openapi.json), tools for
    language models at /mcp (with the extra). Only this machine is served unless --host says otherwise.
    Every option can be set by the environment: KG_HOST, KG_PORT, KG_WORKERS, KG_TIME_LIMIT, KG_ROW_LIMIT,
    KG_RATE, KG_BASE, KG_ACCESS_LOG.

    \b
    Example:
        kg serve --open
    """
    from kg.web.app import Settings
    from kg.web.app import serve as run

    settings = Settings.of_environment(
        host=host, port=port, workers=workers, time_limit=time_limit, access_log=False if no_log else None
    )
    run(graph_of(ctx), settings, opens=opens)
