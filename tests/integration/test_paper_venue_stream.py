"""The paper venue's user stream over a real WebSocket (venue protocol notes, section 5)."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from websocket import ABNF, WebSocket

from exchange.alpha import paths
from exchange.paper.settings import PaperSettings
from tests.support.paper import OTO, PaperAccount, PaperVenue, UserFrames, running_venue


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperVenue]:
    with running_venue(tmp_path_factory.mktemp("venue")) as running:
        yield running


def trade(account: PaperAccount, stream: UserFrames) -> list[dict[str, object]]:
    """Place an OTO and return its frames to the end."""
    placed = account.post(paths.OTO_PLACE, OTO)
    return stream.until(str(placed["pendingOrderId"]), "FILLED")


def subscriptions(socket: WebSocket) -> object:
    """What the connection is subscribed to; the answer comes after every frame that was sent before it."""
    socket.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "params": [], "id": 8}))
    return json.loads(socket.recv())["result"]


def close_code(socket: WebSocket) -> int:
    """Of the close frame that comes next."""
    opcode, data = socket.recv_data(control_frame=True)
    assert opcode == ABNF.OPCODE_CLOSE
    return int.from_bytes(data[:2], "big")


def test_frames_come_in_the_captured_order(venue: PaperVenue) -> None:
    """NEW, PENDING with quantity 0, the buy's fills, NEW of the sell at the buy's T, the sell's fills."""
    account = PaperAccount(venue, "order")
    with account.stream() as stream:
        frames = [frame for frame in trade(account, stream) if frame["X"] != "PARTIALLY_FILLED"]
    assert [(frame["S"], frame["x"], frame["X"]) for frame in frames] == [
        ("BUY", "NEW", "NEW"),
        ("SELL", "NEW", "PENDING"),
        ("BUY", "TRADE", "FILLED"),
        ("SELL", "NEW", "NEW"),
        ("SELL", "TRADE", "FILLED"),
    ]
    assert (frames[1]["q"], frames[3]["q"], frames[3]["T"]) == ("0", "1793.54000000", frames[2]["T"])


def test_a_bad_key_is_silence(venue: PaperVenue) -> None:
    """Its ack is like any other's, and an account's frames go to the account's key alone."""
    account = PaperAccount(venue, "silence")
    with account.venue_socket() as deaf, account.stream() as hearing:
        assert UserFrames(deaf).subscribe("0" * 32, request_id=7) == {"result": None, "id": 7}
        trade(account, hearing)
        assert subscriptions(deaf) == ["alpha@" + "0" * 32]


def test_frames_may_precede_the_reply(tmp_path: Path) -> None:
    """In the observed profile NEW is pushed some 12 ms after the order is made, and the reply takes longer."""
    with running_venue(tmp_path, PaperSettings(latency="observed")) as venue:
        account = PaperAccount(venue)
        with account.stream() as stream:
            account.post(paths.OTO_PLACE, OTO)
            replied = time.time() * 1000
            new, pending = stream.next(), stream.next()
    assert 10 <= new["E"] - new["T"] < 60 <= replied - new["T"]
    assert pending["E"] < replied


def test_nothing_is_replayed(venue: PaperVenue) -> None:
    """Who subscribes after a trade hears nothing of it."""
    account = PaperAccount(venue, "replay")
    with account.stream() as stream:
        trade(account, stream)
    with account.stream() as later:
        assert subscriptions(later.socket) == [later.name]


def test_a_new_key_ends_the_old_one(venue: PaperVenue) -> None:
    """The connection on the old key stays open and hears nothing more."""
    account = PaperAccount(venue, "renewed")
    with account.stream() as old, account.stream() as new:
        trade(account, new)
        assert subscriptions(old.socket) == [old.name] != [new.name]


def test_unsubscribed_is_silence(venue: PaperVenue) -> None:
    """After UNSUBSCRIBE only the answers come."""
    account = PaperAccount(venue, "unsubscribed")
    key = account.post(paths.LISTEN_KEY)
    with account.venue_socket() as quiet, account.venue_socket() as hearing:
        for socket in (quiet, hearing):
            UserFrames(socket).subscribe(key)
        quiet.send(json.dumps({"method": "UNSUBSCRIBE", "params": [f"alpha@{key}"], "id": 3}))
        assert json.loads(quiet.recv()) == {"result": None, "id": 3}
        trade(account, UserFrames(hearing))
        assert subscriptions(quiet) == []


def test_what_is_no_request_is_ignored(venue: PaperVenue) -> None:
    """The connection stays, and answers the next request."""
    with PaperAccount(venue, "noise").venue_socket() as socket:
        for noise in ("", "{", "[1]", '{"ping":1}'):
            socket.send(noise)
        assert subscriptions(socket) == []


def test_a_ping_is_answered(venue: PaperVenue) -> None:
    """With a protocol pong that carries the ping's payload."""
    with PaperAccount(venue, "ping").venue_socket() as socket:
        socket.ping("here?")
        assert socket.recv_data(control_frame=True) == (ABNF.OPCODE_PONG, b"here?")


def test_connections_can_be_closed_by_force(venue: PaperVenue) -> None:
    """One account's, with a code of choice; another's stays."""
    one, other = PaperAccount(venue, "closed"), PaperAccount(venue, "open")
    with one.stream() as closing, other.stream() as staying:
        assert venue.admin("close-streams", account="closed", code=4000) == {"closed": 1}
        assert close_code(closing.socket) == 4000
        assert len(trade(other, staying)) >= 5


def test_the_venue_pings(tmp_path: Path) -> None:
    """At the cadence of the settings."""
    settings = PaperSettings(stream_ping_seconds=1)
    with running_venue(tmp_path, settings) as venue, PaperAccount(venue).venue_socket() as socket:
        assert socket.recv_data(control_frame=True)[0] == ABNF.OPCODE_PING


def test_a_connection_has_a_longest_life(tmp_path: Path) -> None:
    """After it the venue closes."""
    settings = PaperSettings(stream_max_seconds=1)
    with running_venue(tmp_path, settings) as venue, PaperAccount(venue).venue_socket() as socket:
        assert close_code(socket) == 1001
