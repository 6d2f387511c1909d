"""`bin/run supervisor`: bring every account to its target volume."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from bin.credentials_key import KeyFd
from bin.paths import DEFAULT_CONFIG, DEFAULT_DATA_DIR
from bin.refusal import refused
from config.loader import load_with_origins
from config.origins import Loaded
from config.problems import ConfigError
from config.quick_start import QuickStart, quick_start
from exchange.paper.settings import CreditRule, LatencyName

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

LogLevel = Literal["debug", "info", "warning", "error"]
Text = str | None
File = Path | None
QUICK, PAPER, OUTPUT = "Quick start: one strategy, in place of the settings file", "Paper venue", "Output"


@app.command()
def supervisor(  # noqa: PLR0913 - one parameter per option
    *,
    config: Annotated[
        File, typer.Option(metavar="FILE", help="Settings; config/trading_config.yaml without it.")
    ] = None,
    data_dir: Annotated[Path, typer.Option(metavar="DIR", help="Where all is written.", show_default="data")] = (
        DEFAULT_DATA_DIR
    ),
    anchor: Annotated[
        File, typer.Option(metavar="FILE", help="Note the log's seal there at the end; nowhere without it.")
    ] = None,
    key_fd: KeyFd = None,
    token: Annotated[Text, typer.Option(help="Ticker to trade.", rich_help_panel=QUICK)] = None,
    chain: Annotated[Text, typer.Option(help="Its chain.", rich_help_panel=QUICK)] = None,
    volume: Annotated[Text, typer.Option(help="Target volume, USDT.", rich_help_panel=QUICK)] = None,
    amount: Annotated[Text, typer.Option(help="What one trade spends, USDT.", rich_help_panel=QUICK)] = None,
    user: Annotated[list[str] | None, typer.Option(help="Account; may be repeated.", rich_help_panel=QUICK)] = None,
    interval: Annotated[Text, typer.Option(help="Seconds between trades.", rich_help_panel=QUICK)] = None,
    seed: Annotated[Text, typer.Option(help="What everything random comes from.", rich_help_panel=PAPER)] = None,
    latency: Annotated[LatencyName | None, typer.Option(help="How fast it is.", rich_help_panel=PAPER)] = None,
    credit_rule: Annotated[CreditRule | None, typer.Option(help="What it counts.", rich_help_panel=PAPER)] = None,
    volume_lag: Annotated[Text, typer.Option(help="Seconds until it counts.", rich_help_panel=PAPER)] = None,
    tokens: Annotated[File, typer.Option(metavar="FILE", help="Token list dump.", rich_help_panel=PAPER)] = None,
    symbols: Annotated[File, typer.Option(metavar="FILE", help="Exchange info dump.", rich_help_panel=PAPER)] = None,
    tape: Annotated[File, typer.Option(metavar="FILE", help="Recorded trades.", rich_help_panel=PAPER)] = None,
    faults: Annotated[File, typer.Option(metavar="FILE", help="What goes wrong.", rich_help_panel=PAPER)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.", rich_help_panel=OUTPUT)] = False,
    plain: Annotated[bool, typer.Option("--plain", help="Lines, no live display.", rich_help_panel=OUTPUT)] = False,
    log_level: Annotated[LogLevel | None, typer.Option(help="Log to stderr, too.", rich_help_panel=OUTPUT)] = None,
) -> None:
    """Bring every account to its target volume, and show how it goes.

    Ctrl-C finishes the trade in hand and stops; a second one cancels it; a third leaves at once.
    """
    quick = QuickStart(
        token=token, chain=chain, volume=volume, amount=amount, user=tuple(user or ()), interval=interval
    )
    venue: dict[str, str | None] = {
        "seed": seed,
        "latency": latency,
        "credit_rule": credit_rule,
        "volume_lag_seconds": volume_lag,
        "tokens_file": str(tokens) if tokens else None,
        "symbols_file": str(symbols) if symbols else None,
        "tape_file": str(tape) if tape else None,
        "faults_file": str(faults) if faults else None,
    }
    loaded = _loaded(config, quick, {key: value for key, value in venue.items() if value is not None})
    # Everything below is slow to import, and errors in the settings are told without it.
    from bin.anchor_file import AnchorFile  # noqa: PLC0415
    from bin.supervise import Place, supervise  # noqa: PLC0415

    mode: Literal["auto", "plain", "json"] = "json" if as_json else "plain" if plain else "auto"
    place = Place(data_dir, AnchorFile(anchor) if anchor else None, key_fd, config)
    raise typer.Exit(supervise(loaded, place, mode, log_level))


def _loaded(config: Path | None, quick: QuickStart, venue_options: dict[str, str]) -> Loaded:
    wants_quick = quick != QuickStart()
    if wants_quick and config is not None:
        raise typer.BadParameter("give either --config or the options of the quick start, not both")
    try:
        if wants_quick:
            return quick_start(quick, venue_options)
        return load_with_origins(config or DEFAULT_CONFIG, venue_options)
    except ConfigError as error:
        raise refused(error) from None
