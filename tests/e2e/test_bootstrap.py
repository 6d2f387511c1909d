"""The first call sets everything up, whatever happened before it, and every later call just starts."""

import shutil
from pathlib import Path

import pytest

from bin.exit_codes import ExitCode
from tests.support.checkout import Checkout
from tests.support.source import ROOT

UV = shutil.which("uv")
DYING_UV = """
# Leaves half an environment and dies with its callers, as in a power cut.
if [ "$1" = pip ]; then kill -9 0; fi
for venv; do :; done
mkdir -p "$venv/bin"
echo broken > "$venv/bin/python"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A fresh checkout; its machine has uv where ours has, which is quicker."""
    return fresh(tmp_path)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout after its first call, only to be copied."""
    first = fresh(tmp_path_factory.mktemp("template"))
    assert first.run()[0] == ExitCode.OK
    return first


@pytest.fixture
def ready(checkout: Checkout, template: Checkout) -> Checkout:
    """A checkout that is set up, moved to where it is after its first call."""
    shutil.rmtree(checkout.root)
    shutil.copytree(template.root, checkout.root, symlinks=True)
    return checkout


def fresh(place: Path) -> Checkout:
    """A checkout that was never called."""
    checkout = Checkout(place)
    if UV:
        checkout.offer("uv", UV)
    return checkout


def works(checkout: Checkout, version: str = "1.0") -> str:
    """What `bin/run` prints when our packages and `version` of the dependency are found."""
    return f"{version} {checkout.root / 'events' / '__init__.py'}\n"


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_first_call_sets_up(tmp_path: Path, installer: str) -> None:
    """A line for each step goes to stderr, stdout belongs to the command, and the second call is silent."""
    checkout = Checkout(tmp_path)
    if installer == "uv":
        checkout.offer("uv", UV or pytest.skip("uv is not on this machine"))
    code, out, err = checkout.run()
    assert (code, out) == (ExitCode.OK, works(checkout))
    making, installing, done = err.splitlines()
    assert making.startswith("otomat: making .venv for Python 3.")
    assert installing == f"otomat: installing 1 packages from requirements.lock with {installer}"
    assert done.startswith("otomat: set-up done in ")
    assert checkout.run() == (ExitCode.OK, works(checkout), "")


def test_later_calls_start_nothing_else(ready: Checkout) -> None:
    """Once ready, even moved elsewhere, neither another Python nor an installer is started and costs time."""
    ready.withdraw("python3")
    assert ready.run() == (ExitCode.OK, works(ready), "")


def test_any_directory(ready: Checkout, tmp_path: Path) -> None:
    """Packages of the same name where the caller happens to be are not taken for ours, nor through a link."""
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "__init__.py").write_text("raise SystemExit('not ours')")
    (ready.root / "bin" / "link").symlink_to(ready.root / "bin" / "run")
    assert ready.run(cwd=tmp_path) == (ExitCode.OK, works(ready), "")
    assert ready.run("link", cwd=tmp_path) == (ExitCode.OK, works(ready), "")


def test_changed_lock(ready: Checkout) -> None:
    """After an update of the lock the next call installs what it says now."""
    ready.pin("2.0")
    code, out, _ = ready.run()
    assert (code, out) == (ExitCode.OK, works(ready, "2.0"))


def test_development_tools_are_added(ready: Checkout) -> None:
    """The tests' lock is installed into the same environment, and leaves nothing for `bin/run` to do."""
    launcher = (ROOT / "bin" / "test").read_text().replace("-m pytest", "-m bin")
    (ready.root / "bin" / "test").write_text(launcher)
    (ready.root / "bin" / "test").chmod(0o755)
    code, _, err = ready.run("test")
    assert (code, "making" in err, "requirements-dev.lock" in err) == (ExitCode.OK, False, True)
    assert ready.run() == (ExitCode.OK, works(ready), "")


def test_interrupted_set_up(tmp_path: Path) -> None:
    """What a killed set-up left behind is replaced by the next call."""
    checkout = Checkout(tmp_path)
    checkout.script("uv", DYING_UV)
    checkout.offer("mkdir", shutil.which("mkdir") or "mkdir")
    assert checkout.run()[0] == -9
    assert (checkout.root / ".venv" / "bin" / "python").exists()
    checkout.withdraw("uv")
    assert checkout.run()[:2] == (ExitCode.OK, works(checkout))


def test_concurrent_first_calls(checkout: Checkout) -> None:
    """Of two first calls at once, one sets up, the other waits for it, and both work."""
    with checkout.start() as one, checkout.start() as other:
        answers = [one.communicate(timeout=50), other.communicate(timeout=50)]
    assert [out for out, _ in answers] == [works(checkout)] * 2
    assert sum("installing" in err for _, err in answers) == 1


def test_forged_package(checkout: Checkout) -> None:
    """A file that does not have the pinned hash is not installed, and nothing is started."""
    checkout.pin("1.0", digest="0" * 64)
    code, out, err = checkout.run()
    assert (code, out) == (ExitCode.SET_UP, "")
    assert "set-up failed" in err
    assert not (checkout.root / ".venv" / "requirements.lock").exists()


def test_no_python(checkout: Checkout) -> None:
    """A machine without a new enough Python is told what is missing."""
    checkout.withdraw("python3")
    code, out, err = checkout.run()
    assert (code, out) == (ExitCode.SET_UP, "")
    assert "needs Python 3.11 or newer" in err


def test_old_python_is_passed_over(checkout: Checkout) -> None:
    """Where `python3` is too old, a newer one under its own name is found."""
    checkout.withdraw("python3")
    checkout.script("python3", "exit 1")
    checkout.script("python3.12", 'test "$1" = -c || echo "this one runs $*"')
    assert checkout.run()[1] == "this one runs -m bin._bootstrap requirements.lock\n"
