"""`bin/bench`: one benchmark per command; each is imported only when it is called."""

import importlib
import sys
from collections.abc import Callable

import typer

from bin.cli import run

BENCHMARKS = {
    "journal": "Durable appends per second, beside the stock library and raw SQLite.",
    "reaction": "From a frame's arrival to the next venue request.",
    "rebuild": "How fast all views are rebuilt, and how far they lag behind a running log.",
    "replay": "How fast a log is read and folded, beside the stock library's reading.",
    "verify": "How fast a log is checked against its seals.",
    "query": "How long answers take.",
    "recovery": "How long a start takes to know what the actors knew, as the log grows.",
    "stop": "How soon a stop takes effect behind 10,000 messages.",
    "kill": "How soon bin/run kill has canceled the orders of 100 accounts.",
    "memory": "What the supervisor takes, and what each account adds.",
}
"""Each benchmark with its line of help. `bin.bench_<name>` has its Typer application as `app`."""

_READ_NOTHING = {"ignore_unknown_options": True, "allow_extra_args": True}


def build() -> typer.Typer:
    """The application that lists and finds the benchmarks."""
    app = typer.Typer(
        add_completion=False, no_args_is_help=True, help="Measure speed and size.", pretty_exceptions_enable=False
    )
    for name, summary in BENCHMARKS.items():
        register = app.command(name, help=summary, add_help_option=False, context_settings=_READ_NOTHING)
        register(_forward(name))
    return app


def _forward(name: str) -> Callable[[typer.Context], None]:
    def command(ctx: typer.Context) -> None:
        benchmark: typer.Typer = importlib.import_module(f"bin.bench_{name}").app
        raise typer.Exit(run(benchmark, f"bin/bench {name}", ctx.args))

    return command


if __name__ == "__main__":
    sys.exit(run(build(), "bin/bench", sys.argv[1:]))
