"""The settings' loader on anything at all."""

import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from config import effective
from config.loader import load, load_with_origins
from config.problems import ConfigError
from config.schema import config_hash
from events.numbers import plain
from tests.support.settings import strategy

amounts = st.decimals(min_value=Decimal("1e-12"), max_value=Decimal(10) ** 12, places=12)
SCRAPS = """strategies:;  - ;strategy_id: ;a;{;};[;];1;-1;, ;: ;';";|;>;~;#;&x;*x;!t;---;\t;\n;target_token: X;\
 ;user_ids: [1];target_volume: 5;venue:;global_settings:"""
"""What settings and YAML's traps are made of."""

fragments = st.sampled_from(SCRAPS.split(";"))


def file_of(content: bytes) -> Path:
    """A file of its own: hypothesis calls a test many times within one fixture."""
    with tempfile.NamedTemporaryFile(suffix=".yaml", delete=False) as stream:
        stream.write(content)
    return Path(stream.name)


def problems_of(content: bytes) -> int | None:
    """How many problems the content has, None when it loads; any other exception is a failure."""
    path = file_of(content)
    try:
        load(path)
    except ConfigError as error:
        return len(error.problems)
    finally:
        path.unlink()
    return None


@given(amount=amounts, quoted=st.booleans())
@settings(max_examples=50)
def test_decimals_are_exact(amount: Decimal, quoted: bool) -> None:  # noqa: FBT001
    """Every amount within the bounds arrives digit by digit, quoted or not."""
    text = f'"{plain(amount)}"' if quoted else plain(amount)
    path = file_of(f"strategies:\n{strategy(f'single_trade_amount_usdt: {text}')}".encode())
    [spec] = load(path).strategies
    path.unlink()
    assert spec.amount == amount


@given(content=st.one_of(st.binary(max_size=200), st.lists(fragments, max_size=30).map(lambda f: "".join(f).encode())))
@settings(max_examples=200)
def test_any_bytes_are_loaded_or_refused(content: bytes) -> None:
    """No content makes the loader fail in another way than by saying what is wrong."""
    assert problems_of(content) != 0


@given(st.lists(st.tuples(st.integers(1, 9), amounts, st.booleans()), min_size=1, max_size=4, unique_by=lambda e: e[0]))
@settings(max_examples=40)
def test_shown_settings_load_to_themselves(entries: list[tuple[int, Decimal, bool]]) -> None:
    """`config show --format yaml` is a file with the same effective values, whatever was set or left to defaults."""
    lines = [
        strategy(
            f"trade_interval_seconds: {n}" if timed else f"single_trade_amount_usdt: {plain(a)}",
            name=f"s{n}",
            users=f"[{n}]",
        )
        for n, a, timed in entries
    ]
    first = file_of(f"strategies:\n{''.join(lines)}".encode())
    before = load_with_origins(first)
    second = file_of(effective.as_yaml(before).encode())
    assert config_hash(load(second)) == config_hash(before.settings)
    first.unlink()
    second.unlink()
