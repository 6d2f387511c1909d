"""What must hold of a log and the venue's books at rest, whatever happened on the way; each offence in words."""

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from tests.support.books import counted_volumes, logged_orders, observed_volumes, orders_of_trades, venue_orders
from tests.support.cli import events, ledger

SETTLED = ("trade.completed", "trade.partly_completed", "trade.abandoned")


def offences(data: Path) -> list[str]:
    """Compare the log of a finished run with the paper venue's ledger, and the log with itself."""
    log, books = events(data), ledger(data)
    return [*offences_of(log), *orders_unlike(log, books), *_volumes_unlike(log, books)]


def offences_of(log: list[Any]) -> list[str]:
    """Compare the log with itself: events as `bin/run query events --format json` gives them."""
    return [*_gaps(log), *_unsettled(log), *_side_by_side(log)]


def _gaps(log: list[Any]) -> list[str]:
    found = []
    if [event["position"] for event in log] != list(range(1, len(log) + 1)):
        found.append("positions have gaps")
    versions: dict[str, list[int]] = defaultdict(list)
    for event in log:
        versions[event["stream"]].append(event["version"])
    return found + [f"versions of {name} have gaps" for name, v in versions.items() if v != list(range(1, len(v) + 1))]


def _unsettled(log: list[Any]) -> list[str]:
    intents = [e["data"]["trade_id"] for e in log if e["topic"].startswith("order.oto_requested")]
    ends = Counter(e["data"]["trade_id"] for e in log if e["topic"].startswith(SETTLED))
    twice = [f"trade {t} is intended twice" for t, n in Counter(intents).items() if n > 1]
    return twice + [f"trade {t} is settled {ends[t]} times" for t in intents if ends[t] != 1]


def _side_by_side(log: list[Any]) -> list[str]:
    """At most one OTO of an account is between its intent and its settlement."""
    live: dict[int, str] = {}
    found = []
    for event in log:
        data = event["data"]
        if event["topic"].startswith("order.oto_requested"):
            if data["user_id"] in live:
                found.append(f"{data['trade_id']} is placed while {live[data['user_id']]} is open")
            live[data["user_id"]] = data["trade_id"]
        elif event["topic"].startswith(SETTLED) and live.get(data["user_id"]) == data["trade_id"]:
            del live[data["user_id"]]
    return found


def orders_unlike(log: list[Any], books: Any) -> list[str]:
    """Orders that differ. A leg that never became active has no end that anybody needs to log."""
    ours, theirs, traded = logged_orders(log), venue_orders(books), orders_of_trades(log)
    executed = {key: row for key, row in theirs.items() if row[4] > 0}
    found = [f"the log does not know order {key}: {row}" for key, row in executed.items() if key not in ours]
    found += [f"order {key} is no trade's: {row}" for key, row in executed.items() if key not in traded]
    found += [f"the venue does not know order {key}" for key in ours if key not in theirs]
    found += [
        f"order {key}: {ours[key]} in the log, {theirs[key]} at the venue"
        for key in ours.keys() & theirs.keys()
        if ours[key] != theirs[key]
    ]
    intended = sum(e["topic"].startswith("order.oto_requested") for e in log)
    placed = len({row["order_list_id"] for row in books["orders"] if row["order_list_id"] not in ("-1", None)})
    return found if placed <= intended else [*found, f"{placed} OTOs at the venue, {intended} intended"]


def _volumes_unlike(log: list[Any], books: Any) -> list[str]:
    """The last volumes that were seen, when all was counted, and what the venue counts."""
    ours, theirs = observed_volumes(log), counted_volumes(books)
    return [] if ours == theirs else [f"volumes: {ours} in the log, {theirs} at the venue"]
