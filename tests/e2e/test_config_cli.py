"""`bin/run config` as a person calls it: exit codes, and what goes to which stream."""

import subprocess
import sys
from pathlib import Path

import msgspec

from bin.exit_codes import ExitCode
from bin.paths import ROOT
from tests.support.settings import example, settings_file, strategy


def config(*args: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "bin", "config", *map(str, args)]
    env = {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=30, check=False)


def test_check_default() -> None:
    """The file that comes with us has no problems."""
    done = config("check")
    assert (done.returncode, done.stderr) == (ExitCode.OK, "")
    assert "Strategies: 2, users: 3" in done.stdout


def test_check_finds_everything(tmp_path: Path) -> None:
    """All problems are told on stderr with their lines, and the exit code is 78."""
    path = settings_file(
        tmp_path, "strategies:\n" + strategy("enabled: si") + strategy(name="a!", users="[2]") + "x: 1\n"
    )
    done = config("check", path)
    assert (done.returncode, done.stdout) == (ExitCode.CONFIGURATION, "")
    lines = [line.removeprefix(str(path)).split(":")[1] for line in done.stderr.splitlines()[:-1]]
    assert (lines, done.stderr.splitlines()[-1]) == (["2", "3", "4"], "3 problems; nothing was started.")


def test_check_asks_the_venue(tmp_path: Path) -> None:
    """A token that the paper venue does not trade is found before anything is started."""
    path = settings_file(tmp_path, "strategies:\n" + strategy(ticker="GONE") + strategy(name="t", ticker="TWIN"))
    done = config("check", path)
    assert done.returncode == ExitCode.CONFIGURATION
    assert "GONE, which is offline" in done.stderr
    assert "TWIN, which is ALPHA_420 on BSC and ALPHA_421 on BSC" in done.stderr


def test_check_against_a_dump(tmp_path: Path) -> None:
    """With a dump, its tokens count in place of the paper venue's own."""
    dump = tmp_path / "tokens.json"
    dump.write_text('[{"alphaId": "ALPHA_9", "symbol": "NEW", "chainName": "BSC", "chainId": "56", "price": "1"}]')
    done = config("check", "--tokens", dump)
    assert done.returncode == ExitCode.CONFIGURATION
    assert done.stderr.count("expected a ticker that the venue lists") == 2


def test_check_against_no_dump(tmp_path: Path) -> None:
    """A file that is no dump is a configuration error, not a crash."""
    done = config("check", "--tokens", settings_file(tmp_path, "no dump"))
    assert done.returncode == ExitCode.CONFIGURATION
    assert "expected token rows" in done.stderr


def test_check_says_when_there_is_nothing_to_run(tmp_path: Path) -> None:
    """A file of defaults alone is sound, but the reader learns that nothing would run."""
    done = config("check", settings_file(tmp_path, example("flow_global")))
    assert done.returncode == ExitCode.OK
    assert "No strategy is enabled" in done.stderr


def test_show_json() -> None:
    """Machines get the effective values."""
    done = config("show", "--format", "json")
    report = msgspec.json.decode(done.stdout)
    assert (done.returncode, len(report["config_hash"])) == (ExitCode.OK, 64)


def test_show_table_names_the_file_as_typed() -> None:
    """From the checkout, origins are short: the file's name as one would type it."""
    assert " config/trading_config.yaml:" in config("show").stdout


def test_show_yaml_can_be_checked(tmp_path: Path) -> None:
    """What `show --format yaml` prints is a file that passes."""
    path = settings_file(tmp_path, config("show", "--format", "yaml", cwd=tmp_path).stdout)
    assert config("check", path).returncode == ExitCode.OK


def test_schema() -> None:
    """The schema is one JSON document."""
    done = config("schema")
    assert msgspec.json.decode(done.stdout)["$ref"] == "#/$defs/ConfigFile"


def test_usage() -> None:
    """A format that does not exist is a usage error."""
    assert config("show", "--format", "xml").returncode == ExitCode.USAGE
