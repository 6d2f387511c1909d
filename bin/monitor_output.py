"""What `bin/run monitor` writes: blocks on a terminal, a line each for a pipe, an object each for machines."""

from typing import Protocol, TextIO

import msgspec

from events.numbers import plain
from events.reports import text_of
from exchange.alpha.decode_stream import identity_of
from projections.figures import utc
from projections.monitoring import ConnectionNews, News, OddFrame, OrderUpdate, Statistics

RULE, THIN_RULE = "=" * 80, "-" * 80
SHOWN_OF_KEY = 4

LABELS = {
    "user_id": "User",
    "venue_order_id": "Order",
    "client_order_id": "Client order id",
    "symbol": "Symbol",
    "side": "Side",
    "order_type": "Type",
    "order_status": "Status",
    "price": "Price",
    "quantity": "Quantity",
    "executed": "Executed",
}


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known before the watch begins. `duration_seconds` is None where it has no end."""

    user_id: int
    duration_seconds: float | None


class MonitorOutput(Protocol):
    """All from one thread, in this order: begin, any of the others, end."""

    def begin(self, facts: Facts) -> None: ...

    def mode(self, mode: str, words: str) -> None: ...

    def listen_key(self, masked: str) -> None: ...

    def news(self, news: News) -> None: ...

    def end(self, statistics: Statistics, reason: str) -> None: ...


def masked(listen_key: str) -> str:
    """Enough of a listen key to tell it from another, and too little to use it."""
    return f"{listen_key[:SHOWN_OF_KEY]}..." if len(listen_key) > 2 * SHOWN_OF_KEY else "..."


def make_output(out: TextIO, *, as_json: bool) -> MonitorOutput:
    if as_json:
        return JsonLines(out)
    return Blocks(out) if out.isatty() else Lines(out)


def fields_of(update: OrderUpdate) -> dict[str, str | int]:
    """An order update's fields, amounts as plain decimal text."""
    report = update.report
    identity = identity_of(text_of(report))
    return {
        "user_id": report.user_id,
        "venue_order_id": report.venue_order_id,
        "client_order_id": identity.client_order_id,
        "symbol": report.symbol,
        "side": report.side,
        "order_type": identity.order_type,
        "order_status": report.order_status,
        "price": plain(report.price),
        "quantity": plain(report.quantity),
        "executed": plain(report.cum_qty),
    }


def in_words(news: ConnectionNews | OddFrame) -> str:
    reason = f": {news.reason}" if news.reason else ""
    if isinstance(news, OddFrame):
        return f"frame {news.what}{reason}"
    return f"connection {news.what}{reason}; reconnects {news.reconnects}/{news.reconnect_limit}"


def _length(facts: Facts) -> str:
    return "until Ctrl-C" if facts.duration_seconds is None else f"for {facts.duration_seconds:g} s"


class Lines:
    """One line each, times in UTC."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self, facts: Facts) -> None:
        self._say(f"order stream of user {facts.user_id}, {_length(facts)}")

    def mode(self, mode: str, words: str) -> None:
        self._say(f"mode {mode}: {words}")

    def listen_key(self, masked: str) -> None:
        self._say(f"listen key {masked}")

    def news(self, news: News) -> None:
        words = _update_line(news) if isinstance(news, OrderUpdate) else in_words(news)
        self._say(f"{utc(news.at)[11:19]} {words}")

    def end(self, statistics: Statistics, reason: str) -> None:
        self._say(f"ended: {reason}")
        self._say(f"order updates: {statistics.order_updates}")
        self._say(f"connection events: {statistics.connection_events}")
        for words in _odd_frames(statistics):
            self._say(words)
        for status, count in statistics.by_status.items():
            self._say(f"status {status}: {count}")

    def _say(self, text: str) -> None:
        self._out.write(" ".join(text.split()) + "\n")  # texts of the venue may hold line ends; a line stays a line


def _update_line(update: OrderUpdate) -> str:
    told = ", ".join(f"{LABELS[name].lower()} {value or '-'}" for name, value in fields_of(update).items())
    return f"order update {update.number}: {told}"


def _odd_frames(statistics: Statistics) -> list[str]:
    odd = {"repeated": statistics.repeated_frames, "unreadable": statistics.unreadable_frames}
    return [f"{name} frames: {count}" for name, count in odd.items() if count]


class Blocks:
    """For people who watch."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self, facts: Facts) -> None:
        self._say(RULE, "Order stream monitor", RULE, f"User: {facts.user_id}", f"Duration: {_length(facts)}", "")

    def mode(self, mode: str, words: str) -> None:
        self._say(f"Mode: {mode}", f"   {words}", "", "Order updates follow; Ctrl-C ends with the statistics.", "")

    def listen_key(self, masked: str) -> None:
        self._say(f"Listen key: {masked}")

    def news(self, news: News) -> None:
        if not isinstance(news, OrderUpdate):
            self._say(f"{utc(news.at)[11:19]} {' '.join(in_words(news).split())}")
            return
        fields = (f"   {LABELS[name]}: {value or '-'}" for name, value in fields_of(news).items())
        self._say(RULE, f"Order update #{news.number}  {utc(news.at)[11:23]} UTC", THIN_RULE, *fields, RULE)

    def end(self, statistics: Statistics, reason: str) -> None:
        statuses = (f"   {status}: {count}" for status, count in statistics.by_status.items())
        self._say(
            *("", RULE, "Statistics", RULE),
            f"Order updates: {statistics.order_updates}",
            f"Connection events: {statistics.connection_events}",
            *(words.capitalize() for words in _odd_frames(statistics)),
            *("", "Order updates by status:", *statuses) * bool(statistics.by_status),
            *(RULE, f"Ended: {reason}"),
        )

    def _say(self, *lines: str) -> None:
        self._out.write("".join(f"{line}\n" for line in lines))


class JsonLines:
    """One object a line; `type` says what it is: monitor, mode, listen_key, order_update, connection, odd_frame,
    statistics.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self, facts: Facts) -> None:
        self._say("monitor", msgspec.structs.asdict(facts))

    def mode(self, mode: str, words: str) -> None:
        self._say("mode", {"mode": mode, "words": words})

    def listen_key(self, masked: str) -> None:
        self._say("listen_key", {"masked": masked})

    def news(self, news: News) -> None:
        match news:
            case OrderUpdate():
                self._say("order_update", {"number": news.number, "at": news.at, **fields_of(news)})
            case ConnectionNews():
                self._say("connection", msgspec.structs.asdict(news))
            case OddFrame():
                self._say("odd_frame", msgspec.structs.asdict(news))

    def end(self, statistics: Statistics, reason: str) -> None:
        self._say("statistics", {**msgspec.structs.asdict(statistics), "reason": reason})

    def _say(self, kind: str, fields: dict[str, object]) -> None:
        self._out.write(msgspec.json.encode({"type": kind, **fields}).decode() + "\n")
