"""How long a strategy still needs, from how long its trades took so far."""

from decimal import ROUND_CEILING, Decimal

from projections.query import LiveRow


def seconds_left(row: LiveRow, now_ms: int) -> int | None:
    """Seconds until the target at the measured pace, rounded up; None when over or when nothing was measured yet.

    The pace is that from the first trade's start to the last one's, so waits between trades count. A trade that takes
    longer than those before it counts as well, so that an account which does not get on is not nearly done.
    """
    if row.status != "running" or row.expected_volume is None or not row.credit_per_trade:
        return None
    if row.pace_from is None or row.pace_to is None or not row.paced_trades:
        return None
    remaining = max(row.target_volume - row.expected_volume, Decimal(0))
    trades = int((remaining / row.credit_per_trade).to_integral_value(ROUND_CEILING))
    took, paced = row.pace_to - row.pace_from, row.paced_trades
    if (now_ms - row.pace_to) * paced > took:
        took, paced = now_ms - row.pace_from, paced + 1
    return -(-trades * took // (paced * 1000))
