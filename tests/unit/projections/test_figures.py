"""How figures are shown to people."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from events.numbers import plain
from projections.figures import counted, duration, percentage, readable, short, utc, volume_progress
from projections.pace import seconds_left
from projections.query import LiveRow

ROW = LiveRow(
    user_id=1,
    strategy_id="s",
    token="AOP",
    target_volume=Decimal(200),
    current_volume=Decimal(0),
    planned_trades=20,
    completed_trades=5,
    failed_trades=0,
    wear=Decimal(0),
    status="running",
    expected_volume=Decimal(55),
    state="pausing",
    batch=1,
    trade=5,
    batch_trades=20,
    credit_per_trade=Decimal(10),
    last_price=None,
    mul_point=4,
    started_at=0,
    updated_at=10_000,
    pace_from=1_000,
    pace_to=11_000,
    paced_trades=5,
)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [("30", "16384", "0.18%"), ("10", "100", "10.00%"), ("199.999", "200", "99.99%"), ("205.5", "200", "102.75%")],
)
def test_percentages_are_cut_to_hundredths(part: str, whole: str, text: str) -> None:
    """The documents' two examples hold, and 100.00% is never shown before the target is reached."""
    assert percentage(Decimal(part), Decimal(whole)) == text


def test_volume_progress_reads_as_in_the_documents() -> None:
    """Volume progress prints `50/200 USDT`."""
    assert volume_progress(Decimal("50.00"), Decimal(200)) == "50/200 USDT"


@pytest.mark.parametrize(
    ("number", "text"), [("5E-7", "0.0000005"), ("1E+3", "1000"), ("10.50", "10.5"), ("0E-8", "0"), ("-0.0", "0")]
)
def test_numbers_are_plain(number: str, text: str) -> None:
    """No exponent, no trailing zeros, no negative zero."""
    assert plain(Decimal(number)) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("48.02700660469409150957", "48.027"),
        ("0.02191071261919175972", "0.0219107"),
        ("1234567", "1234570"),
        ("3", "3"),
    ],
)
def test_short_numbers_have_six_digits(number: str, text: str) -> None:
    """A price with twenty digits does not push the rest off the screen."""
    assert short(Decimal(number)) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59, "59 s"), (60, "1 min 00 s"), (3599, "59 min 59 s"), (7620, "2 h 07 min")]
)
def test_durations_are_short(seconds: int, text: str) -> None:
    """Seconds, minutes and hours, the two largest of them."""
    assert duration(seconds) == text


def test_times_keep_their_millisecond() -> None:
    """A time is shown to the millisecond it has, in UTC."""
    assert utc(1_760_054_400_009) == "2025-10-10 00:00:00.009"


def test_one_is_no_plural() -> None:
    """One trade, two trades."""
    assert (counted(1, "trade"), counted(2, "trade")) == ("1 trade", "2 trades")


def test_time_left_is_the_measured_pace_times_the_trades_that_remain() -> None:
    """145 USDT at 10 a trade are 15 trades; 5 trades took 10 s; that makes 30 s."""
    assert seconds_left(ROW, 11_000) == 30


def test_an_account_that_does_not_get_on_is_not_nearly_done() -> None:
    """The sixth trade has taken 50 s: 6 trades in 60 s make 150 s for 15, and it grows."""
    assert [seconds_left(ROW, now) for now in (13_000, 61_000, 121_000)] == [30, 150, 300]


@pytest.mark.parametrize(
    "row",
    [
        replace(ROW, status="reached"),
        replace(ROW, expected_volume=None),
        replace(ROW, credit_per_trade=None),
        replace(ROW, pace_from=None, pace_to=None, paced_trades=0),
    ],
)
def test_time_left_is_unknown_until_measured_and_after_the_end(row: LiveRow) -> None:
    """Without a running strategy, a plan and a finished trade there is nothing to tell."""
    assert seconds_left(row, 11_000) is None


def test_no_time_is_left_past_the_target() -> None:
    """An expected volume above the target leaves 0 s, not less."""
    assert seconds_left(replace(ROW, expected_volume=Decimal(210)), 11_000) == 0


def test_numbers_in_a_text_are_rounded_to_what_the_venue_counts() -> None:
    """Eight decimals for people, six digits of what is less than that; shorter numbers, order ids and words stay."""
    text = "wear=0.001818261092342, volume=30.123456789012/60 USDT, by -0.000000008973716, order_id=7000000123456"
    assert readable("price=0.000000000512345678 0.000000000000") == "price=0.000000000512346 0"
    assert readable(text) == "wear=0.00181826, volume=30.12345679/60 USDT, by -0.00000001, order_id=7000000123456"
