"""Times on the command line: in UTC, by which the venue counts its days, or with an offset."""

from datetime import UTC, date, datetime, time, timedelta

from projections.figures import utc


class NoTime(ValueError):
    """The text is no time; the message says what would be one."""


def in_ms(text: str, now_ms: int) -> int:
    """A time in ms since the epoch, from `2026-11-21`, `2026-11-21T10:00:00.123`, `...+08:00`, `today`, `yesterday`.

    A day alone is its first moment, in UTC. Raises NoTime.
    """
    today = datetime.fromtimestamp(now_ms // 1000, UTC).date()
    days = {"today": today, "yesterday": today - timedelta(days=1)}
    try:
        when = _midnight(days[text]) if text in days else datetime.fromisoformat(text)
    except ValueError:
        raise NoTime(f"{text!r} is no time; write 2026-11-21, 2026-11-21T10:00:00 (UTC), ...+08:00, or today") from None
    return _ms(when if when.tzinfo else when.replace(tzinfo=UTC))


def day_of(text: str, now_ms: int) -> str:
    """A UTC day as 2026-11-21, from that, `today` or `yesterday`. Raises NoTime."""
    ms = in_ms(text, now_ms)
    day = utc(ms)[:10]
    if text not in ("today", "yesterday", day):
        raise NoTime(f"{text!r} is no day; write 2026-11-21, today or yesterday")
    return day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _ms(when: datetime) -> int:
    return (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
