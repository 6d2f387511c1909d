"""Settings from the options of the command line."""

from decimal import Decimal
from pathlib import Path

import pytest

from config.market_check import check_tokens
from config.problems import ConfigError
from config.quick_start import QuickStart, quick_start
from tests.support.settings import paper_of

TYPED = QuickStart(token="AOP", chain="BSC", volume="200", amount="40", user=("1",), interval="3")


def refusal(options: QuickStart, venue: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        quick_start(options, venue)
    return str(caught.value).splitlines()


def test_as_the_documents_type_it() -> None:
    """The command of the batch execution test results becomes one strategy, with the documents' defaults."""
    [spec] = quick_start(TYPED).settings.strategies
    assert (spec.strategy_id, spec.token, spec.chain, spec.user_ids) == ("quick_aop", "AOP", "BSC", (1,))
    assert (spec.target_volume, spec.amount, spec.interval_seconds) == (Decimal(200), Decimal(40), Decimal(3))
    assert (spec.retry_delay_seconds, spec.order_timeout_seconds) == (Decimal(60), Decimal(300))


def test_least() -> None:
    """Token, volume and user are enough."""
    [spec] = quick_start(QuickStart(token="KOGE", volume="20", user=("2", "1"))).settings.strategies
    assert (spec.chain, spec.amount, spec.user_ids) == ("BSC", Decimal(30), (2, 1))


def test_all_mistakes_name_their_options() -> None:
    """Each option with a mistake is named, all at once, with no key path of a file that is not there."""
    options = QuickStart(token="A B", volume="-5", amount="x", user=("1", "1"), interval="0")
    assert [line.split(": ")[0] for line in refusal(options)] == [
        "--token",
        "--volume",
        "--user",
        "--amount",
        "--interval",
    ]


def test_missing_options_are_named() -> None:
    """Required options that were not given are named as such."""
    assert refusal(QuickStart()) == [
        "--token: found nothing, expected a word of at most 32 characters",
        "--volume: found nothing, expected a number greater than 0, at most 1000000000000, in plain digits",
        "--user: found an empty list, expected a list with at least one entry",
    ]


def test_venue_options(tmp_path: Path) -> None:
    """Venue options pass the same checks; their mistakes are told together with the others."""
    assert paper_of(quick_start(TYPED, {"seed": "9", "credit_rule": "multiplied"}).settings).credit_rule == "multiplied"
    options = QuickStart(token="AOP", volume="0", user=("1",))
    lines = refusal(options, {"seed": "x", "tokens_file": str(tmp_path / "no.json")})
    assert [line.split(": ")[0] for line in lines] == ["--volume", "--seed", "--tokens"]


def test_files_are_found_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An option's file name is relative to where the command was typed."""
    (tmp_path / "tokens.json").touch()
    monkeypatch.chdir(tmp_path)
    venue = paper_of(quick_start(TYPED, {"tokens_file": "tokens.json"}).settings)
    assert venue.tokens_file == str(tmp_path / "tokens.json")


def test_ticker_in_another_script() -> None:
    """A ticker without Latin letters still makes a strategy id."""
    [spec] = quick_start(QuickStart(token="币安人生", volume="1", user=("1",))).settings.strategies
    assert spec.strategy_id == "quick_start"


def test_unknown_token_names_the_option() -> None:
    """The check against the venue's list names the option too."""
    loaded = quick_start(TYPED)
    [chain, token] = check_tokens(loaded.settings, (), None, loaded.origins)
    assert (str(chain.place), str(token.place)) == ("--chain", "--token")
