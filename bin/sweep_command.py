"""`bin/run sweep`: sell what an account was left with."""

from pathlib import Path
from typing import Annotated, Literal

import typer
from msgspec.structs import replace

from actors.supervisor import RunPlan
from bin.credentials_key import KeyFd
from bin.log_file import DEFAULT, DataDir, log_path
from bin.paths import DEFAULT_CONFIG
from bin.refusal import refused
from config.loader import load_with_origins
from config.problems import ConfigError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def sweep(
    *,
    user: Annotated[int, typer.Option(metavar="N", help="The account.")],
    token: Annotated[str | None, typer.Option(metavar="TICKER", help="Of this token only.")] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Settings; config/trading_config.yaml without it.")
    ] = None,
    data_dir: DataDir = DEFAULT,
    key_fd: KeyFd = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """Sell what an account holds unsold, and its dust where that is worth an order: with plain limit orders at the
    current book, within unwind_slippage_percentage, as the supervisor sells leftovers.

    It is a run of its own and needs the data directory to itself: no supervisor may be running on it. Exit code 0:
    what could be sold is sold; 4: the book did not take it all, and the rest is still held.
    """
    log_path(data_dir)
    try:
        loaded = load_with_origins(config or DEFAULT_CONFIG, {})
    except ConfigError as error:
        raise refused(error) from None
    # What follows is slow to import, and errors in the settings are told without it.
    from bin.supervise import Place, supervise  # noqa: PLC0415

    mode: Literal["plain", "json"] = "json" if as_json else "plain"
    place = Place(data_dir, key_fd=key_fd, config=config)
    raise typer.Exit(supervise(loaded, place, mode, None, change=lambda plan: sweeping(plan, user, token)))


def sweeping(plan: RunPlan, user_id: int, ticker: str | None) -> RunPlan:
    """The same run for this account alone, which only sells; each token once, whatever strategies share it."""
    wanted = {
        one.rules.base_asset: replace(one, sweep=True)
        for one in plan.terms
        if one.user_id == user_id and ticker in (None, one.ticker)
    }
    if not wanted:
        what = f" that trade {ticker}" if ticker else ""
        raise typer.BadParameter(f"the settings have no strategies of user {user_id}{what}; name another --config")
    return replace(plan, run=replace(plan.run, accounts=(user_id,)), terms=tuple(wanted.values()))
