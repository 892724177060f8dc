"""The command line: each command is one library call and one way of printing what it gives.

Exit codes: 0 fine, 1 findings (problems, nothing found), 2 wrong use or input that cannot be used.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import click

import kg
from kg.cli import (
    ask,
    belief,
    check,
    compare,
    conflicts,
    curate,
    diff,
    elsewhere,
    exchange,
    hypotheses,
    mcp,
    paths,
    reason,
    serve,
    share,
    signature,
    site,
    trials,
)  # fmt: skip
from kg.cli.output import own_edges
from kg.errors import DataProblems, KGError

__all__ = ["main"]


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
@click.option(
    "--graph",
    "graph_path",
    metavar="PATH",
    help="A build, a checkout or a table of edges (default: this one).",
)
@click.pass_context
def main(ctx: click.Context, graph_path: str | None) -> None:
    """How mesenchymal stromal cells act in lung disease: signed, cited paths.

    \b
    Example:
        kg paths MSC fibrosis --via Treg --sign -
    """
    ctx.obj = graph_path


for command in (
    paths.paths, ask.show, ask.explain, ask.find, conflicts.conflicts, belief.belief, hypotheses.hypotheses,
    hypotheses.backtest, ask.query, ask.stats, trials.trials, signature.explain_signature, compare.compare,
    share.draw, share.export, exchange.map_, serve.serve, mcp.mcp, curate.build,
):  # fmt: skip
    main.add_command(own_edges(command))
for command in (
    exchange.convert, elsewhere.pack, site.site, check.check, reason.reason, diff.diff,
    curate.new, curate.lint, curate.anchor, curate.verify, curate.extract,
):  # fmt: skip
    main.add_command(command)
