"""What an account's volume of the day is shown as, and when."""

from decimal import Decimal
from pathlib import Path

import pytest

from exchange.paper.files import PaperFileError
from exchange.paper.settings import PaperSettings
from exchange.paper.venue import open_venue
from tests.support.paper_desk import HOUR, NOON, PaperDesk

AOP = "ALPHA_382"


def traded(data_dir: Path, settings: PaperSettings) -> PaperDesk:
    """A venue on which account 1 has made one OTO."""
    paper = PaperDesk(data_dir, settings)
    paper.place()
    paper.settle()
    return paper


def test_credits_are_shown_after_the_lag(tmp_path: Path) -> None:
    """Not before `volume_lag_seconds` after the fill."""
    paper = traded(tmp_path, PaperSettings(volume_lag_seconds=Decimal(60)))
    assert paper.venue.volumes.today("1", paper.now) == {}
    assert paper.venue.volumes.today("1", paper.now + 60_000) == {AOP: Decimal(10)}
    paper.close()


def test_memory_does_not_grow_with_credits(tmp_path: Path) -> None:
    """Only those within the lag wait to be shown, also where nobody asks for the volume."""
    paper = PaperDesk(tmp_path, PaperSettings())
    for _ in range(5):
        paper.place()
        paper.settle()
    assert not paper.venue.volumes._waiting["1"]
    paper.close()


def test_a_new_day_begins_at_nothing(tmp_path: Path) -> None:
    """The day is the UTC day; what was traded yesterday is not shown today."""
    paper = traded(tmp_path, PaperSettings())
    assert paper.venue.volumes.today("1", NOON + 12 * HOUR - 1) == {AOP: Decimal(10)}
    assert paper.venue.volumes.today("1", NOON + 12 * HOUR) == {}
    paper.close()


def test_starting_volumes_are_given_once_a_day(tmp_path: Path) -> None:
    """At first sight of the account, not again after a restart, and again on the next day."""
    settings = PaperSettings(starting_volumes={"1": {"AOP": Decimal(8500)}})
    for now in (NOON, NOON + HOUR, NOON + 24 * HOUR):
        paper = PaperDesk(tmp_path, settings, now)
        for user_id in ("1", "2", "1"):
            paper.venue.arrive(user_id, now)
        assert paper.venue.volumes.today("1", now) == {AOP: Decimal(8500)}
        assert paper.venue.volumes.today("2", now) == {}
        paper.close()


def test_starting_volumes_name_listed_tokens(tmp_path: Path) -> None:
    """A ticker that nobody lists is an error at start."""
    with pytest.raises(PaperFileError, match="no token 'AOPP' is listed"):
        open_venue(PaperSettings(starting_volumes={"1": {"AOPP": Decimal(1)}}), tmp_path)


def test_the_mul_point_of_the_fill_counts(tmp_path: Path) -> None:
    """A changed mulPoint counts for later fills only, and is remembered."""
    paper = traded(tmp_path, PaperSettings())
    paper.venue.volumes.set_mul_point(AOP, 1)
    paper.close()
    again = traded(tmp_path, PaperSettings())
    assert again.venue.volumes.today("1", again.now) == {AOP: Decimal(50)}
    again.close()


def test_the_observed_rule_counts_executed_quote(tmp_path: Path) -> None:
    """multiplied: what the buy paid x mulPoint."""
    paper = traded(tmp_path, PaperSettings(credit_rule="multiplied"))
    bought = list(paper.venue.orders.all_of("1"))[-1]
    assert paper.venue.volumes.today("1", paper.now) == {AOP: bought.cum_quote * 4}
    paper.close()
