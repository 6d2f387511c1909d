"""The numbers that docs/reliability.md tells operators are the code's."""

from decimal import Decimal

import pytest

from actors.liveness import HUNG_AFTER_CHECKS
from actors.mailbox import CAPACITY
from actors.supervisor import CHECK_EVERY_MS
from actors.system import START_ORDER
from projections.states.connection import ConnectionSettings
from projections.states.supervision import RestartPolicy
from projections.states.user_model import LONGEST_SILENCE_MS
from tests.support.source import ROOT

POLICY, STREAM = RestartPolicy(), ConnectionSettings()


def seconds(ms: int) -> str:
    return f"{(Decimal(ms) / 1000).normalize():f} s"


@pytest.mark.parametrize(
    "said",
    [
        f"{POLICY.most_restarts} restarts of one actor within {seconds(POLICY.within_ms)}",
        f"{seconds(POLICY.first_backoff_ms)}, doubled each time, at most {seconds(POLICY.longest_backoff_ms)}",
        f"orders (tracker), {', '.join(START_ORDER[2:])}; before them the {START_ORDER[0]}",
        f"one message in work for {HUNG_AFTER_CHECKS} looks, {seconds(CHECK_EVERY_MS)} apart",
        f"a full mailbox ({CAPACITY:,} messages)",
        f"{STREAM.first_delay_s} s, doubled to at most {STREAM.longest_delay_s} s",
        f"less up to {STREAM.jitter_share * 100:.0f} % by chance",
        f"after {STREAM.tries_in_a_row} failures in a row ({STREAM.first_tries} where it was never up)",
        f"listen key every {STREAM.renew_after_ms // 60_000} min",
        f"connection every {STREAM.reconnect_after_ms // 3_600_000} h",
        f"at most {seconds(LONGEST_SILENCE_MS)} |",
    ],
)
def test_a_number_is_the_code_s(said: str) -> None:
    """Whoever changes one changes the other."""
    page = (ROOT / "docs" / "reliability.md").read_text()
    assert said in page
