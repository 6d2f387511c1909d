"""Times as they are written on the command line."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bin.times import NoTime, day_of, in_ms

NOW = 1_795_236_311_426
"""2026-11-21 04:45:11.426 UTC."""
MIDNIGHT = 1_795_219_200_000


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2026-11-21", MIDNIGHT),
        ("today", MIDNIGHT),
        ("yesterday", MIDNIGHT - 86_400_000),
        ("2026-11-21T04:45:11.426", NOW),
        ("2026-11-21 04:45:11.426Z", NOW),
        ("2026-11-21T12:45:11.426+08:00", NOW),
        ("1970-01-01", 0),
    ],
)
def test_times_are_utc_unless_they_say_otherwise(text: str, ms: int) -> None:
    """A day is its first moment by the venue's clock, and an offset is taken off."""
    assert in_ms(text, NOW) == ms


@given(st.integers(0, 4_102_444_800_000))
def test_no_millisecond_is_lost(ms: int) -> None:
    """Whatever the time, it comes back exactly."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    assert in_ms(moment.isoformat(), NOW) == ms


@pytest.mark.parametrize("text", ["", "soon", "21.11.2026", "2026-13-01", "25:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """The message says what would be one."""
    with pytest.raises(NoTime, match="write 2026-11-21"):
        in_ms(text, NOW)


def test_a_day_is_a_day() -> None:
    """Names and dates are days; a moment is not."""
    assert (day_of("today", NOW), day_of("2026-11-20", NOW)) == ("2026-11-21", "2026-11-20")
    with pytest.raises(NoTime, match="no day"):
        day_of("2026-11-21T10:00", NOW)
