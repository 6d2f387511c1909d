"""One strategy from the options of the command line, as the documents type it (batch execution test results)."""

import re
from collections.abc import Mapping as AbstractMapping

from msgspec import Struct

from config.assemble import from_tree
from config.options import COMMAND_LINE, mapping, scalar, with_venue_options
from config.origins import Loaded
from config.problems import Place
from config.tree import Scalar, Sequence


class QuickStart(Struct, frozen=True, kw_only=True):
    """One strategy in options, each as typed; None: not given. `user` holds every `--user`."""

    token: str | None = None
    chain: str | None = None
    volume: str | None = None
    amount: str | None = None
    user: tuple[str, ...] = ()
    interval: str | None = None


def quick_start(options: QuickStart, venue_options: AbstractMapping[str, str] | None = None) -> Loaded:
    """Return settings with this one strategy and the built-in defaults. Raises ConfigError naming the options.

    `venue_options` are as in `with_venue_options`.
    """
    entry = {
        "strategy_id": Scalar(COMMAND_LINE, _strategy_id(options.token or "")),
        "target_token": scalar("--token", options.token or ""),
        "target_volume": scalar("--volume", options.volume or ""),
        "user_ids": Sequence(Place(option="--user"), [Scalar(Place(option="--user"), user) for user in options.user]),
        "target_chain": scalar("--chain", options.chain),
        "single_trade_amount_usdt": scalar("--amount", options.amount),
        "trade_interval_seconds": scalar("--interval", options.interval),
    }
    strategies = Sequence(COMMAND_LINE, [mapping(entry)])
    return from_tree(with_venue_options(mapping({"strategies": strategies}), venue_options or {}))


def _strategy_id(token: str) -> str:
    """`quick_aop`; a ticker in no Latin script gives `quick_start`."""
    return f"quick_{re.sub(r'[^a-z0-9]', '', token.lower()) or 'start'}"
