"""What becomes of the venue's answer to a volume query."""

from decimal import Decimal

import pytest

from actors.deciders.volume import decide
from actors.messages.base import TellUser
from actors.messages.volumes import VolumeNotRead, VolumeNotSeen, VolumeRead, VolumeSeen
from events.values import TokenVolume
from events.volumes import VolumeObserved, VolumeUnavailable
from projections.states.volume import VolumeState, evolve
from tests.support.story import Story

TOKENS = (TokenVolume(ticker="AOP", volume=Decimal(50)), TokenVolume(ticker="KOGE", volume=Decimal(7)))


def read(ticker: str) -> VolumeRead:
    return VolumeRead(user_id=1, strategy_id="aop", ticker=ticker, total=Decimal(57), tokens=TOKENS, mul_point=4)


def story() -> Story:
    return Story(VolumeState(user_id=1), decide, evolve)


@pytest.mark.parametrize(("ticker", "volume"), [("AOP", 50), ("KOGE", 7), ("NONE", 0)])
def test_the_user_hears_of_its_token(ticker: str, volume: int) -> None:
    """A token that the venue does not list stands at 0 (venue protocol notes, 9.1)."""
    told = story().when(read(ticker))
    seen = told.command(TellUser).message
    assert isinstance(seen, VolumeSeen)
    assert (seen.volume, seen.mul_point) == (Decimal(volume), 4)


def test_the_whole_answer_is_recorded() -> None:
    """All tokens of the answer are kept, not only the one that was asked for."""
    assert story().when(read("AOP")).event(VolumeObserved).tokens == TOKENS


def test_a_query_that_failed_is_recorded_and_told() -> None:
    """The strategy decides when to ask again; the outcome and the words reach it."""
    not_read = VolumeNotRead(user_id=1, strategy_id="aop", outcome="rate_limited", message="slow down")
    told = story().when(not_read)
    assert told.event(VolumeUnavailable).outcome == "rate_limited"
    expected = VolumeNotSeen(strategy_id="aop", outcome="rate_limited", message="slow down")
    assert told.command(TellUser).message == expected
    assert (told.state.failures, told.when(read("AOP")).state.failures) == (1, 0)
