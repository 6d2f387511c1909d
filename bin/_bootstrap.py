"""Make .venv and install a lock into it.

The launchers run this with the machine's own Python when .venv is not ready, so it imports the standard
library alone. It says on stderr, in one line each, what it does. A copy of the lock is put into .venv as the
very last step: what was interrupted has none, and is made anew by the next call.
"""

import fcntl
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bin.environment import child_environment
from bin.exit_codes import ExitCode
from bin.paths import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")
"""Every lock that may be installed; each contains the ones before it."""


class SetUpError(Exception):
    """A step of the set-up failed; the message says which, what it printed and how to mend it."""


def main(lock: str, root: Path = ROOT) -> int:
    """Install `lock` (one of LOCKS) into `root`/.venv unless that is done, and return the exit code."""
    try:
        with one_at_a_time(root):
            if not is_installed(root, lock):
                set_up(root, lock)
    except KeyboardInterrupt:
        say("set-up interrupted; the next call starts it anew")
        return ExitCode.STOPPED
    except (SetUpError, OSError) as error:
        say(f"set-up failed: {error}")
        return ExitCode.SET_UP
    return ExitCode.OK


def set_up(root: Path, lock: str) -> None:
    """Add `lock` to the environment where it is sound and up to date, and make it from nothing otherwise."""
    started = time.monotonic()
    uv = shutil.which("uv")
    sound = is_sound(root)
    for name in LOCKS:
        stamp(root, name).unlink(missing_ok=True)
    if not sound:
        make_environment(root, uv)
    install(root, lock, uv)
    for name in LOCKS[: LOCKS.index(lock) + 1]:
        shutil.copyfile(root / name, stamp(root, name))
    say(f"set-up done in {time.monotonic() - started:.1f} s")


def make_environment(root: Path, uv: str | None) -> None:
    """Make an empty .venv, in place of what is there."""
    venv = root / ".venv"
    shutil.rmtree(venv, ignore_errors=True)
    # The interpreter behind every link: `python3` may mean another version after the system's next upgrade.
    base = os.path.realpath(sys.executable)
    say(f"making .venv for Python {platform.python_version()} with {'uv' if uv else 'venv'}")
    if uv:
        call([uv, "venv", "--quiet", "--no-project", "--python", base, str(venv)], hint="is uv up to date?")
    else:
        call([base, "-m", "venv", str(venv)], hint="on Debian and Ubuntu, install python3-venv; or install uv")


def install(root: Path, lock: str, uv: str | None) -> None:
    """Install what `lock` pins, each file checked against its hash."""
    python = str(root / ".venv/bin/python")
    say(f"installing {count_pins(root / lock)} packages from {lock} with {'uv' if uv else 'pip'}")
    if uv:
        tool = [uv, "pip", "install", "--quiet", "--python", python, "--compile-bytecode"]
    else:
        tool = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    call([*tool, "--require-hashes", "-r", str(root / lock)], hint="is the package index reachable?")


def is_sound(root: Path) -> bool:
    """Whether something is installed in .venv and all of it is what the locks say now."""
    stamped = [lock for lock in LOCKS if stamp(root, lock).exists()]
    return bool(stamped) and all(is_installed(root, lock) for lock in stamped)


def is_installed(root: Path, lock: str) -> bool:
    """Whether .venv has a Python that exists and was completed from `lock` as it is now."""
    done = stamp(root, lock)
    python = root / ".venv/bin/python"
    return python.exists() and done.exists() and done.read_bytes() == (root / lock).read_bytes()


def stamp(root: Path, lock: str) -> Path:
    """The copy of `lock` that says it is installed completely."""
    return root / ".venv" / lock


def count_pins(lock: Path) -> int:
    """How many packages `lock` pins for some platform."""
    return sum("==" in line.partition("#")[0] for line in lock.read_text().splitlines())


@contextmanager
def one_at_a_time(root: Path) -> Iterator[None]:
    """Wait until no other process sets up this checkout, and keep others waiting meanwhile."""
    # The directory itself is locked: a lock file would be one more thing to ignore and to clean.
    directory = os.open(root, os.O_RDONLY)
    try:
        try:
            fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another call that is setting up")
            fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)


def call(command: Sequence[str], *, hint: str) -> None:
    """Run `command`, silent unless it fails.

    Raises:
        SetUpError: with the command, its output and `hint`.
    """
    # The launcher's path is for our own programs: an installer must not find our packages.
    env = {name: value for name, value in child_environment().items() if name not in {"PYTHONPATH", "PYTHONSAFEPATH"}}
    done = subprocess.run(  # noqa: S603 - every command is spelled out above
        command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = f"`{' '.join(command)}` ended with {done.returncode}\n{done.stdout}{done.stderr}"
        raise SetUpError(f"{said}({hint})")


def say(line: str) -> None:
    """Tell the person who waits; stdout belongs to the command that follows."""
    sys.stderr.write(f"otomat: {line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
