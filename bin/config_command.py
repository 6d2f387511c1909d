"""`bin/run config`: check the settings, show what applies and why, print a JSON Schema for editors."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bin.exit_codes import ExitCode
from bin.paper_market import paper_market
from bin.paths import ROOT
from bin.refusal import refused
from config import effective
from config.editor_schema import json_schema
from config.loader import load_with_origins
from config.market_check import check_tokens
from config.origins import Loaded
from config.problems import ConfigError
from config.schema import PaperVenueSettings
from exchange.paper.files import PaperFileError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__, no_args_is_help=True)

DEFAULT_FILE = ROOT / "config" / "trading_config.yaml"

BOTH_DUMPS = 2

File = Annotated[Path, typer.Argument(help="The settings file.", show_default="config/trading_config.yaml")]


class Format(StrEnum):
    """How `show` prints."""

    TABLE = "table"
    YAML = "yaml"
    JSON = "json"


@app.command()
def check(
    file: File = DEFAULT_FILE,
    tokens: Annotated[Path | None, typer.Option(help="Check against this token list dump.")] = None,
    symbols: Annotated[Path | None, typer.Option(help="And against this exchange info dump.")] = None,
) -> None:
    """List all that is wrong with the settings, or say that nothing is."""
    given = {"tokens_file": tokens, "symbols_file": symbols}
    dumps = {name: str(path) for name, path in given.items() if path is not None}
    loaded = _loaded(file, {})
    compared = _check_market(loaded, dumps)
    users = {user for spec in loaded.settings.strategies for user in spec.user_ids}
    count = len(loaded.settings.strategies)
    typer.echo(
        f"{_near(file)}: no problems. Strategies: {count}, users: {len(users)}, venue: {loaded.settings.venue.kind}"
    )
    if not compared:
        typer.echo("Nothing was compared with what the venue lists: that needs --tokens and --symbols.", err=True)
    if not count:
        typer.echo("No strategy is enabled: the supervisor would have nothing to do, and refuses to start.", err=True)


@app.command()
def show(
    file: File = DEFAULT_FILE,
    form: Annotated[Format, typer.Option("--format", help="yaml can be loaded again.")] = Format.TABLE,
) -> None:
    """Print the effective value of every key per strategy and user, and where it came from."""
    loaded = _loaded(file, {})
    match form:
        case Format.TABLE:
            typer.echo(effective.as_table(loaded))
        case Format.YAML:
            typer.echo(effective.as_yaml(loaded))
        case Format.JSON:
            typer.echo(effective.as_json(loaded))


@app.command()
def schema() -> None:
    """Print the JSON Schema of the settings file, for editors."""
    typer.echo(msgspec.json.format(msgspec.json.encode(json_schema())))


def _loaded(file: Path, venue_options: dict[str, str]) -> Loaded:
    try:
        return load_with_origins(_near(file), venue_options, may_be_idle=True)
    except ConfigError as error:
        raise refused(error) from None


def _near(file: Path) -> Path:
    """The default file by its short name when the working directory is above it."""
    return file.relative_to(Path.cwd()) if file.is_absolute() and file.is_relative_to(Path.cwd()) else file


def _check_market(loaded: Loaded, dumps: dict[str, str]) -> bool:
    """Check against what the paper venue would list, or the dumps of any venue; False where there is neither."""
    venue = loaded.settings.venue
    if not isinstance(venue, PaperVenueSettings):
        if len(dumps) < BOTH_DUMPS:
            return False
        venue = PaperVenueSettings()
    try:
        tokens, rules = paper_market(msgspec.structs.replace(venue, **dumps))
    except ConfigError as error:
        raise refused(error) from None
    except PaperFileError as error:
        typer.echo(error, err=True)
        raise typer.Exit(ExitCode.CONFIGURATION) from None
    problems = check_tokens(loaded.settings, tokens, rules.values(), loaded.origins)
    if problems:
        raise refused(ConfigError(problems))
    return True
