"""Files that do not load: what is said about each mistake, and where."""

from pathlib import Path

import pytest

from config.loader import load_with_origins
from config.problems import MOST_PROBLEMS, ConfigError, near_miss, shown
from tests.support.settings import example, problems_of, settings_file, strategy

GOOD = "strategies:\n" + strategy()

ALPHA = "venue: {{kind: alpha, rest_url: '{}', stream_url: '{}'}}\n"

MISTAKES = [
    # text, line, key path, part of the message
    ("a:\n\tb: 1\n", 2, "", "a tab, expected spaces"),
    ("strategies: [\n", 2, "", "no YAML"),
    ("a: 'b\n", 2, "", "no YAML"),
    ("- 1\n", 1, "", "a list, expected keys with values"),
    ("words\n", 1, "", '"words", expected keys with values'),
    (GOOD + "---\na: 1\n", 3, "", "a second document"),
    ("venue: &a {}\n", 1, "", "an anchor"),
    ("venue: *a\n", 1, "", "an alias"),
    ("venue: !!python/object:os.system {}\n", 1, "", "a tag"),
    ("? [1]\n: 2\n", 1, "", "a list or mapping as a key"),
    (GOOD + "global_setings: {}\n", 3, "global_setings", "did you mean global_settings?"),
    (
        GOOD + "global_settings: {Default_Probe_Trade: 1}\n",
        3,
        "global_settings.Default_Probe_Trade",
        "mean default_probe_trades?",
    ),
    ("strategies:\n" + strategy("intervall: 1"), 2, "strategies[0].intervall", "an unknown key"),
    (
        "strategies:\n" + strategy("default_probe_trades: 1"),
        2,
        "strategies[0].default_probe_trades",
        "mean probe_trades?",
    ),
    ("strategies:\n" + strategy("target_volume: 2"), 2, "strategies[0].target_volume", "again (first in line 2)"),
    (GOOD + "venue: {}\nvenue: {}\n", 4, "venue", "again (first in line 3)"),
    (
        GOOD + "global_settings:\n  probe_trades: 1\n  default_probe_trades: 2\n",
        5,
        "global_settings.default_probe_trades",
        "again (first in line 4)",
    ),
    (GOOD + strategy(ticker="KOGE"), 3, "strategies[1].strategy_id", '"s" again (first in line 2)'),
    (
        GOOD + strategy(name="t"),
        3,
        "strategies[1].user_ids",
        "user 1, who trades AOP in strategies[0] already (line 2)",
    ),
    ("strategies:\n" + strategy(users="[1, 2, 1]"), 2, "strategies[0].user_ids[2]", "again (first in line 2)"),
    ("strategies:\n" + strategy(users="[]"), 2, "strategies[0].user_ids", "an empty list"),
    ("strategies:\n" + strategy(users="1"), 2, "strategies[0].user_ids", "1, expected a list"),
    ("strategies:\n" + strategy(users="[0]"), 2, "strategies[0].user_ids[0]", "0, expected a whole number from 1 to"),
    ("strategies: []\n", 1, "strategies", "an empty list"),
    ("strategies:\n  - 7\n", 2, "strategies[0]", "7, expected keys with values"),
    ("strategies:\n" + strategy(name="a b"), 2, "strategies[0].strategy_id", "letters, digits"),
    ("strategies:\n" + strategy(ticker="''"), 2, "strategies[0].target_token", '"", expected a word'),
    ("strategies:\n" + strategy(ticker="~"), 2, "strategies[0].target_token", "nothing, expected a word"),
    ("strategies:\n" + strategy("enabled: yes"), 2, "strategies[0].enabled", "true or false; did you mean true?"),
    (
        "strategies:\n" + strategy('strategy_name: "a\\tb"'),
        2,
        "strategies[0].strategy_name",
        r'"a\tb", expected one line',
    ),
    (
        "strategies:\n" + strategy("sell_profit_percentage: 100"),
        2,
        "strategies[0].sell_profit_percentage",
        "less than 100",
    ),
    (
        "strategies:\n" + strategy("trade_interval_seconds: 0"),
        2,
        "strategies[0].trade_interval_seconds",
        "greater than 0",
    ),
    (
        "strategies:\n" + strategy("single_trade_amount_usdt: -30"),
        2,
        "strategies[0].single_trade_amount_usdt",
        "-30, expected",
    ),
    (GOOD + "venue: {kind: alpah}\n", 3, "venue.kind", "paper or alpha; did you mean alpha?"),
    (GOOD + ALPHA.format("http://h", "wss://h/s"), 3, "venue.rest_url", "https:// and a host, no path"),
    (GOOD + ALPHA.format("https://me:secret@h", "wss://h/s"), 3, "venue.rest_url", "https:// and a host, no path"),
    (GOOD + ALPHA.format("https://h:0", "wss://h/s"), 3, "venue.rest_url", "https:// and a host, no path"),
    (GOOD + ALPHA.format("https://h", "wss://h:65536/s"), 3, "venue.stream_url", "wss://, a host and a path"),
    (GOOD + ALPHA.format("https://h/path", "wss://h/s"), 3, "venue.rest_url", "https:// and a host, no path"),
    (GOOD + ALPHA.format("https://h", "ws://h/s"), 3, "venue.stream_url", "wss://, a host and a path"),
    (GOOD + "venue: {kind: alpha, rest_url: 'https://h'}\n", 3, "venue.stream_url", "nothing, expected this key"),
    (GOOD + ALPHA.format("https://h", "wss://h/s', seed: '1"), 3, "venue.seed", "an unknown key"),
    (GOOD + ALPHA.format("https://h", "wss://h/s', ca_file: 'no.pem"), 3, "venue.ca_file", "an existing file"),
    (GOOD + "venue: {latency: observd}\n", 3, "venue.latency", "did you mean observed?"),
    (
        GOOD + "venue: {starting_volumes: {1: {AOP: -1}}}\n",
        3,
        "venue.starting_volumes.1.AOP",
        "-1, expected a number from 0",
    ),
    (GOOD + "venue: {tape_file: no.csv}\n", 3, "venue.tape_file", '"no.csv", expected the name of an existing file'),
]


@pytest.mark.parametrize(("text", "line", "key_path", "said"), MISTAKES)
def test_mistake(tmp_path: Path, text: str, line: int, key_path: str, said: str) -> None:
    """Each mistake by itself is the one problem reported, with its line, its key path and a way out."""
    [problem] = problems_of(tmp_path, text)
    assert (problem.place.line, problem.key_path) == (line, key_path)
    assert said in str(problem)


@pytest.mark.parametrize("key", ["strategy_id", "target_token", "target_volume", "user_ids"])
def test_required_keys(tmp_path: Path, key: str) -> None:
    """A strategy that lacks a required key is told which, at the strategy's own line."""
    whole = {"strategy_id": "s", "target_token": "AOP", "target_volume": 1, "user_ids": [1]}
    entry = ", ".join(f"{name}: {value}" for name, value in whole.items() if name != key)
    [problem] = problems_of(tmp_path, f"strategies:\n  - {{{entry}}}\n")
    assert (problem.place.line, problem.key_path) == (2, f"strategies[0].{key}")


@pytest.mark.parametrize(
    "number", ["0x10", "010", "1e3", "1_000", "1:30", ".inf", ".nan", "true", "+1", "1.", "ten", "\uff11"]
)
def test_ambiguous_numbers(tmp_path: Path, number: str) -> None:
    """What YAML's versions read differently, or is no finite number, is refused for decimals and for integers."""
    text = "strategies:\n" + strategy(f"buy_offset_percentage: {number}, probe_trades: {number}")
    decimal, integer = problems_of(tmp_path, text)
    assert "in plain digits" in decimal.expected
    assert integer.expected == "a whole number from 0 to 1000"


def test_all_at_once(tmp_path: Path) -> None:
    """Mistakes of every kind are told together, in the order of their lines."""
    text = "globl: 1\nstrategies:\n" + strategy("enabled: 1") + strategy("probe_trades: -1") + "venue: {kind: live}\n"
    problems = problems_of(tmp_path, text)
    assert [problem.place.line for problem in problems] == [1, 3, 4, 4, 4, 5]


def test_all_tabs_are_told(tmp_path: Path) -> None:
    """Every line that a tab indents is named, since one is seldom alone."""
    assert [p.place.line for p in problems_of(tmp_path, "a:\n\tb: 1\n  \tc: 2\n")] == [2, 3]


def test_flood_is_cut(tmp_path: Path) -> None:
    """A hundred problems are told, and that there are more."""
    problems = problems_of(tmp_path, "k: 1\n" * 5000)
    assert (len(problems), problems[-1].found) == (MOST_PROBLEMS + 1, "yet more problems")


def test_unknown_values_stay_untold(tmp_path: Path) -> None:
    """The value of an unknown key is not repeated: it may be a secret that was put in the wrong file."""
    [problem] = problems_of(tmp_path, GOOD + "cookie: p20t=abc\n")
    assert "abc" not in str(problem)


@pytest.mark.parametrize("text", [example("flow_global"), "strategies:\n" + strategy("enabled: false")])
def test_nothing_to_run(tmp_path: Path, text: str) -> None:
    """A file in which no strategy is enabled is refused, unless one only wants to look at it."""
    [problem] = problems_of(tmp_path, text)
    assert problem.expected == "at least one strategy"
    assert load_with_origins(settings_file(tmp_path, text), may_be_idle=True).settings.strategies == ()


def test_message() -> None:
    """A quoted value is cut and escaped, so that it cannot disturb a terminal."""
    assert shown("a\x1b[2J") == r'"a\x1b[2J"'
    assert shown("x" * 100) == f'"{"x" * 60}..."'


def test_key_path_is_fit_for_a_terminal(tmp_path: Path) -> None:
    """A key with control characters is escaped wherever it may stand."""
    text = 'venue: {starting_volumes: {"\\e[2J": {}}, "\\e[3J": 1}\n' + GOOD
    assert [p.key_path for p in problems_of(tmp_path, text)] == [
        r"venue.starting_volumes.\x1b[2J",
        r"venue.\x1b[3J",
    ]


def test_near_miss_ignores_case_and_giants() -> None:
    """Case is no difference, and a word longer than any key is not compared at all."""
    assert near_miss("bsc", ["Base", "BSC"]) == "BSC"
    assert near_miss("B" * 10_000, ["B"]) is None


def test_error_lists_the_problems(tmp_path: Path) -> None:
    """The error's own text is one line for each problem, beginning with file, line and column."""
    path = settings_file(tmp_path, "a: 1\nb: 2\n")
    with pytest.raises(ConfigError) as caught:
        load_with_origins(path)
    assert [line.split(": ")[0] for line in str(caught.value).splitlines()] == [f"{path}:1:1", f"{path}:2:1"]
