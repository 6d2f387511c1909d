"""How long a whole OTO takes under each profile (venue protocol notes, section 5.5)."""

from exchange.paper.chance import chance
from exchange.paper.latency import Latency, latency


def oto_milliseconds(profile: Latency, seed: int) -> int:
    """From the placement to the push of the sell's last fill."""
    rng = chance(seed, "latency")
    return profile.fill_delay("BUY", rng) + profile.fill_delay("SELL", rng) + rng.randint(*profile.push_trade)


def test_a_fast_oto_takes_a_tenth_of_a_second() -> None:
    """At most, so that a demonstration of many trades is short."""
    assert all(30 < oto_milliseconds(latency("fast"), seed) <= 100 for seed in range(50))


def test_an_observed_oto_takes_its_observed_time() -> None:
    """About the captured 2.35 s."""
    times = [oto_milliseconds(latency("observed"), seed) for seed in range(50)]
    assert 1700 < min(times) < 2350 < max(times) < 3000


def test_a_fast_new_frame_races_the_reply() -> None:
    """Their times overlap: now the frame is first, now the reply."""
    fast = latency("fast")
    assert fast.push_order[0] < fast.placement[1]
    assert fast.placement[0] < fast.push_order[1]
