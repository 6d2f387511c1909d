"""How a command refuses bad settings."""

import typer

from bin.exit_codes import ExitCode
from config.problems import ConfigError


def refused(error: ConfigError) -> typer.Exit:
    """Tell all problems, and leave."""
    typer.echo(error, err=True)
    plural = "" if len(error.problems) == 1 else "s"
    typer.echo(f"{len(error.problems)} problem{plural}; nothing was started.", err=True)
    return typer.Exit(ExitCode.CONFIGURATION)
