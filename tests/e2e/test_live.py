"""A run on the real venue's terms: over TLS, with sessions out of the vault, and only for whom it was acknowledged."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bin import cli
from bin.credentials_key import VARIABLE
from bin.live_terms import acknowledge, terms
from tests.support.cli import Result, events, progress, run, start, wait_for_line
from tests.support.far_venue import far_venue
from tests.support.live import ALICE, QUICK, LiveHouse, live_house
from tests.support.odd_server import hanging, odd_server
from tests.support.paper import PaperVenue
from tests.support.vaults import KEY

UNGUARDED = "self_match_guard: false"
"""Otherwise nobody may trade a symbol of which a parked account has an order."""


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperVenue]:
    with far_venue(tmp_path_factory.mktemp("far"), QUICK) as running:
        yield running


@pytest.fixture(autouse=True)
def _key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, KEY.text)


def of(house: LiveHouse, topic: str) -> list[Any]:
    """The payloads of the log's events with this name."""
    return [event for event in events(house.data) if event["topic"].startswith(topic)]


def statuses(house: LiveHouse) -> dict[int, str]:
    return {user: row["status"] for (user, _), row in progress(house.data).items()}


@contextmanager
def running(house: LiveHouse) -> Iterator[subprocess.Popen[str]]:
    """The supervisor, which is ended with the test if it does not end by itself."""
    with start(*house.command()) as process:
        try:
            yield process
        finally:
            process.kill()


def run_with_faults(house: LiveHouse, *rules: object) -> Result:
    """The run, at a venue that misbehaves meanwhile."""
    house.venue.admin("faults", rules=rules)
    result = run(*house.command())
    house.venue.send("DELETE", "/admin/faults").raise_for_status()
    return result


def orders(venue: PaperVenue, user: int) -> list[Any]:
    return [order for order in venue.ledger()["orders"] if order["account"] == str(user)]


def test_accounts_trade_live_to_their_targets(venue: PaperVenue, tmp_path: Path) -> None:
    """With renewed sessions saved, the run's record naming hosts and acknowledgements, and a banner that says LIVE."""
    house = live_house(tmp_path, venue, 11, 12)
    before = [house.vault().credentials(user) for user in (11, 12)]
    result = run(*house.command())
    assert result.code == 0, result.out + result.err
    assert f"*** LIVE: real orders with real money at {venue.url.removeprefix('https://')}" in result.out
    assert statuses(house) == {11: "reached", 12: "reached"}
    assert not {house.vault().credentials(user) for user in (11, 12)} & set(before)
    [started] = of(house, "system.run_started")
    assert [(one["user_id"], one["by"]["name"]) for one in started["data"]["acknowledgements"]] == [
        (11, "alice"),
        (12, "alice"),
    ]


@pytest.mark.parametrize("how", ["none", "older text", "of another account", "damaged"])
def test_without_an_acknowledgement_nothing_is_sent(
    venue: PaperVenue, tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    """Exit code 78 with what to do, and neither host sees a connection."""
    with odd_server(hanging) as server:
        house = live_house(tmp_path, venue, 1)
        away = house.config.read_text().replace(venue.url.rpartition(":")[2], str(server.port))
        house.config.write_text(away)
        file = house.data / "acknowledgements.json"
        file.unlink()
        if how == "older text":
            acknowledge(file, 1, ALICE, "0" * 64)
        elif how == "of another account":
            acknowledge(file, 2, ALICE, terms().sha256)
        elif how == "damaged":
            file.write_text("{")
        code = cli.main([str(word) for word in house.command()])
        assert (code, server.connections) == (78, 0)
    assert str(file) in capsys.readouterr().err
    assert not (house.data / "events.sqlite").exists()


def test_without_credentials_nothing_is_sent(
    venue: PaperVenue, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An account whose session is not in the vault is named, with what to run; exit code 78."""
    house = live_house(tmp_path, venue, 1)
    house.vault().remove(1)
    before = venue.ledger()["requests"]
    assert cli.main([str(word) for word in house.command()]) == 78
    assert "bin/run credentials add --user 1" in capsys.readouterr().err
    assert venue.ledger()["requests"] == before


def test_a_challenge_after_a_placement_parks_that_account_alone(venue: PaperVenue, tmp_path: Path) -> None:
    """The order was placed all the same, which the owner is told may be so; nothing more is asked, the other trades."""
    house = live_house(tmp_path, venue, 21, 22, section=UNGUARDED)
    challenge = {"fault": "reply", "name": "risk_challenge", "processed": True}
    resting = {"when": {"account": "21", "leg": "working"}, "do": {"fault": "no_fill"}}
    struck = {"when": {"account": "21", "endpoint": "oto-order/place", "nth": 1}, "do": challenge}
    result = run_with_faults(house, resting, struck)
    assert result.code == 4, result.out + result.err
    assert statuses(house) == {21: "parked", 22: "reached"}
    [parked] = of(house, "account.parked")
    assert parked["data"]["restricted"]
    assert "an order of it may be open at the venue; bin/run resume --user 21" in result.out
    assert [order["status"] for order in orders(venue, 21)] == ["NEW", "PENDING"]
    assert venue.ledger()["requests"]["21"]["oto-order/place"] == 1


@pytest.mark.parametrize(("user", "rule", "left"), [(31, "leave", "NEW"), (32, "cancel", "CANCELED")])
def test_an_open_order_of_a_restricted_account_is_left_or_canceled_as_configured(
    venue: PaperVenue, tmp_path: Path, user: int, rule: str, left: str
) -> None:
    """Where the venue asks for a person when the order is looked up."""
    house = live_house(tmp_path, venue, user, more="silence_seconds: 0.5", section=f"on_restriction: {rule}")
    resting = {"when": {"account": str(user), "leg": "working"}, "do": {"fault": "no_fill"}}
    # The first two times it is asked for no order in particular: as the run begins, and as the stream is up.
    when = {"account": str(user), "endpoint": "get-order-history-merge", "nth": 3}
    result = run_with_faults(house, resting, {"when": when, "do": {"fault": "reply", "name": "captcha"}})
    assert (result.code, statuses(house)) == (4, {user: "parked"}), result.out + result.err
    assert orders(venue, user)[0]["status"] == left


def test_a_session_that_ends_in_mid_trade_parks_its_account_until_it_is_resumed(
    venue: PaperVenue, tmp_path: Path
) -> None:
    """The other account reaches its target; a later run asks the venue nothing for the one that is parked; after a new
    login and the owner's word the next one finishes its trade, and reaches the target.
    """
    house = live_house(tmp_path, venue, 41, 42, more="order_timeout_seconds: 2", section=UNGUARDED)
    rule = {"when": {"account": "41", "leg": "working", "nth": 1}, "do": {"fault": "no_fill"}}
    venue.admin("faults", rules=[rule])
    with running(house) as process:
        while not orders(venue, 41):
            assert process.poll() is None
        house.log_out(41)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, statuses(house)) == (4, {41: "parked", 42: "reached"}), out + err
    before = venue.ledger()["requests"]["41"]
    assert run(*house.command()).code == 4
    assert venue.ledger()["requests"]["41"] == before
    house.log_in(41)
    assert run("resume", "--user", "41", "--data-dir", house.data).code == 0
    assert run(*house.command()).code == 0
    assert statuses(house) == {41: "reached", 42: "skipped"}


def test_a_resumed_account_goes_on_in_the_same_run_with_its_new_session(venue: PaperVenue, tmp_path: Path) -> None:
    """Its owner has logged in again and saved that while the supervisor ran; another account kept it running."""
    house = live_house(tmp_path, venue, 51, 52, section=UNGUARDED)
    rests = {"when": {"account": "52", "leg": "working"}, "do": {"fault": "no_fill"}}
    expired = {"when": {"account": "51", "endpoint": "oto-order/place", "nth": 1}}
    venue.admin("faults", rules=[rests, expired | {"do": {"fault": "reply", "name": "login_expired"}}])
    with running(house) as process:
        wait_for_line(process, "user 51: account parked")
        house.log_in(51)
        assert run("resume", "--user", "51", "--data-dir", house.data).code == 0
        wait_for_line(process, "user 51 s: target reached")
        assert run("kill", "--all", "--data-dir", house.data).code == 0
        process.communicate(timeout=30)
    assert statuses(house) == {51: "reached", 52: "stopped"}
