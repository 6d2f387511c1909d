"""Faults over real sockets: calls, frames and the admin endpoints of the paper venue in a process of its own."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import requests
import websocket

from exchange.alpha import paths
from tests.support.paper import OTO, RESTING, TIMEOUT, PaperAccount, PaperVenue, running_venue

_USERS = count(1)


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperVenue]:
    with running_venue(tmp_path_factory.mktemp("venue")) as running:
        yield running


@pytest.fixture
def account(venue: PaperVenue) -> Iterator[PaperAccount]:
    """One that nobody has used; its faults go with it."""
    yield PaperAccount(venue, f"faults-{next(_USERS)}")
    requests.delete(f"{venue.url}/admin/faults", timeout=TIMEOUT)


def plan(account: PaperAccount, *rules: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """Follow these rules, each of an action and of when, for every account."""
    account.venue.admin("faults", rules=[{"do": do, "when": when} for do, when in rules])


def frames_of_a_trade(account: PaperAccount) -> list[dict[str, Any]]:
    """All frames of an OTO up to the sell's end."""
    with account.stream() as frames:
        placed = account.post(paths.OTO_PLACE, OTO)
        return frames.until(str(placed["pendingOrderId"]), "FILLED")


@pytest.mark.parametrize("how", ["close", "reset"])
def test_an_answer_is_lost_though_the_order_was_accepted(account: PaperAccount, how: str) -> None:
    """The connection breaks, and the order is in the book."""
    plan(account, ({"fault": "no_reply", "how": how}, {"endpoint": "oto-order/place"}))
    with pytest.raises(requests.ConnectionError):
        account.post(paths.OTO_PLACE, RESTING)
    assert len(account.get(paths.OPEN_ORDERS)) == 1


def test_a_connection_breaks_before_anything_is_done(account: PaperAccount) -> None:
    """And the order is not in the book; the call is counted all the same."""
    plan(account, ({"fault": "no_reply", "processed": False}, {"endpoint": "oto-order/place"}))
    with pytest.raises(requests.ConnectionError):
        account.post(paths.OTO_PLACE, RESTING)
    assert account.get(paths.OPEN_ORDERS) == []
    assert account.venue.ledger()["requests"][account.user_id]["oto-order/place"] == 1


def test_a_call_hangs_until_its_client_gives_up(account: PaperAccount) -> None:
    """The venue goes on meanwhile."""
    plan(account, ({"fault": "no_reply", "how": "hang"}, {"endpoint": "user-volume"}))
    session = {"cookie": f"p20t=paper-{account.user_id}", "csrftoken": "0"}
    with pytest.raises(requests.ReadTimeout):
        requests.get(account.venue.url + paths.USER_VOLUME, headers=session, timeout=0.3)
    assert account.get(paths.OPEN_ORDERS) == []


def test_an_error_is_told_though_the_order_was_accepted(account: PaperAccount) -> None:
    """The reply says no and the book says yes."""
    rule = {"fault": "reply", "name": "insufficient_balance", "processed": True}
    plan(account, (rule, {"endpoint": "oto-order/place", "symbol": "ALPHA_382USDT"}))
    assert account.raw("POST", paths.OTO_PLACE, RESTING)["code"] == "481020"
    assert len(account.get(paths.OPEN_ORDERS)) == 1


def test_a_wrong_reply_has_its_status_and_headers(account: PaperAccount) -> None:
    """429 with Retry-After; the next call is answered as ever."""
    plan(account, ({"fault": "reply", "name": "rate_limited", "retry_after": 3}, {"at_most": 1}))
    session = {"cookie": f"p20t=paper-{account.user_id}", "csrftoken": "0"}
    reply = requests.get(account.venue.url + paths.USER_VOLUME, headers=session, timeout=TIMEOUT)
    assert (reply.status_code, reply.headers["Retry-After"]) == (429, "3")
    assert account.get(paths.USER_VOLUME)["totalVolume"] == 0


def test_frames_are_doubled_and_odd_ones_come_between(account: PaperAccount) -> None:
    """Each true frame comes three times, and one that is no JSON before each."""
    plan(account, ({"fault": "duplicate", "more": 2}, {}), ({"fault": "odd_frame", "kind": "broken"}, {"nth": 2}))
    with account.stream() as frames:
        account.post(paths.OTO_PLACE, RESTING)
        first = [frames.next() for _ in range(3)]
        with pytest.raises(json.JSONDecodeError):
            frames.next()
        second = [frames.next() for _ in range(3)]
    assert [len({frame["id"] for frame in each}) for each in (first, second)] == [1, 1]


def test_frames_change_places(account: PaperAccount) -> None:
    """The PENDING frame comes before the working leg's NEW, with the higher id."""
    plan(account, ({"fault": "swap"}, {"nth": 1}))
    with account.stream() as frames:
        account.post(paths.OTO_PLACE, RESTING)
        came = [frames.next() for _ in range(2)]
    assert [frame["X"] for frame in came] == ["PENDING", "NEW"]
    assert came[0]["id"] > came[1]["id"]


def test_a_frame_held_back_comes_alone_in_the_end(account: PaperAccount) -> None:
    """When no other follows it."""
    plan(account, ({"fault": "swap", "seconds": 0.1}, {"status": "PENDING"}))
    with account.stream() as frames:
        account.post(paths.OTO_PLACE, RESTING)
        assert [frames.next()["X"] for _ in range(2)] == ["NEW", "PENDING"]


def test_a_late_frame_is_overtaken(account: PaperAccount) -> None:
    """The buy's end is told after the sell's."""
    plan(account, ({"fault": "late_frame", "seconds": 1}, {"leg": "working", "status": "FILLED"}))
    with account.stream() as frames:
        placed = account.post(paths.OTO_PLACE, OTO)
        frames.until(str(placed["pendingOrderId"]), "FILLED")
        assert frames.next()["i"] == str(placed["workingOrderId"])


def test_a_lost_frame_never_comes(account: PaperAccount) -> None:
    """The rest of the trade does."""
    plan(account, ({"fault": "lose_frame"}, {"leg": "working", "status": "FILLED"}))
    told = frames_of_a_trade(account)
    assert [frame["S"] for frame in told if frame["X"] == "FILLED"] == ["SELL"]


def test_a_stream_is_cut(account: PaperAccount) -> None:
    """With the frame that was due."""
    plan(account, ({"fault": "cut", "code": 1001}, {"status": "NEW", "at_most": 1}))
    with account.stream() as frames:
        account.post(paths.OTO_PLACE, RESTING)
        opcode, data = frames.socket.recv_data()
    assert (opcode, int.from_bytes(data[:2], "big")) == (websocket.ABNF.OPCODE_CLOSE, 1001)


def test_a_muted_stream_answers_pings_and_a_new_one_delivers(account: PaperAccount) -> None:
    """Nothing tells that it is dead but its silence."""
    plan(account, ({"fault": "mute"}, {"status": "NEW", "at_most": 1}))
    with account.stream() as dead:
        account.post(paths.OTO_PLACE, RESTING)
        dead.socket.ping("still there")
        opcode, data = dead.socket.recv_data(control_frame=True)
        assert (opcode, data) == (websocket.ABNF.OPCODE_PONG, b"still there")
        with account.stream() as living:
            placed = account.post(paths.OTO_PLACE, RESTING)
            assert living.until(str(placed["workingOrderId"]), "NEW")


def test_a_listen_key_expires_early(account: PaperAccount) -> None:
    """The subscription is acknowledged as ever, and silent."""
    plan(account, ({"fault": "short_key", "seconds": 0}, {"nth": 1}))
    with account.stream() as expired, account.stream() as good:
        account.post(paths.OTO_PLACE, RESTING)
        assert good.next()["X"] == "NEW"
        expired.socket.ping()
        opcode, _ = expired.socket.recv_data(control_frame=True)
        assert opcode == websocket.ABNF.OPCODE_PONG


def test_times_are_an_hour_ahead_everywhere(account: PaperAccount) -> None:
    """In frames, in the history, and in what the history's filter is compared with."""
    plan(account, ({"fault": "clock_skew", "seconds": 3600}, {"account": account.user_id}))
    first = frames_of_a_trade(account)[0]
    rows = account.get(paths.ORDER_HISTORY, startTime=first["O"])
    assert {row["time"] for row in rows} == {first["O"]}
    assert account.get(paths.ORDER_HISTORY, startTime=first["O"] + 1) == []
    plan(account)
    assert account.get(paths.ORDER_HISTORY)[0]["time"] == first["O"] - 3_600_000


def test_a_token_is_listed_offline(account: PaperAccount) -> None:
    """From the next look at the table on, and its orders are refused."""
    plan(account, ({"fault": "set_offline", "token": "MERL"}, {}))
    rows = {row["alphaId"]: row["offline"] for row in account.venue.public(paths.AGG_TICKER)}
    assert (rows["ALPHA_195"], rows["ALPHA_382"]) == (True, False)
    plan(account, ({"fault": "set_offline", "token": "MERL", "offline": False}, {}))
    rows = {row["alphaId"]: row["offline"] for row in account.venue.public(paths.AGG_TICKER)}
    assert not rows["ALPHA_195"]


def test_the_plan_can_be_looked_at_and_taken_away(account: PaperAccount) -> None:
    """With what each rule saw and struck."""
    plan(account, ({"fault": "slow", "seconds": 0}, {"every": 2, "account": account.user_id}))
    for _ in range(3):
        account.get(paths.USER_VOLUME)
    url = f"{account.venue.url}/admin/faults"
    assert requests.get(url, timeout=TIMEOUT).json()["rules"] == [{"seen": 3, "struck": 1}]
    assert requests.delete(url, timeout=TIMEOUT).json() == {}
    assert requests.get(url, timeout=TIMEOUT).json() == {"plan": None}


def test_an_account_may_be_a_number(account: PaperAccount) -> None:
    """As it may in a file; what is exact stays so."""
    rule = {"do": {"fault": "slow", "seconds": 0.1}, "when": {"account": 900, "probability": 0.25}}
    url = f"{account.venue.url}/admin/faults"
    requests.post(url, json={"rules": [rule]}, timeout=TIMEOUT).raise_for_status()
    (taken,) = requests.get(url, timeout=TIMEOUT).json()["plan"]["rules"]
    assert (taken["when"]["account"], taken["when"]["probability"], taken["do"]["seconds"]) == ("900", "0.25", "0.1")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"rules": [{"do": {"fault": "moot"}}]}, "Invalid value 'moot'"),
        ({"rules": [{"do": {"fault": "set_offline", "token": "NOPE"}}]}, "0 tokens are called 'NOPE'"),
        ({"rules": [{"do": {"fault": "cut"}, "when": {"nth": 0}}]}, "nth: found 0"),
    ],
)
def test_a_wrong_plan_is_refused(account: PaperAccount, body: Any, error: str) -> None:
    """With words, and the venue goes on as it did."""
    reply = requests.post(f"{account.venue.url}/admin/faults", json=body, timeout=TIMEOUT)
    assert reply.status_code == 400
    assert error in reply.json()["error"]
    assert requests.get(f"{account.venue.url}/admin/faults", timeout=TIMEOUT).json() == {"plan": None}
