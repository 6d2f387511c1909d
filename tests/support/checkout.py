"""A small checkout with our real launchers, whose one dependency comes from a directory: set-up without a network."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.support.source import ROOT

OURS = ("__init__.py", "_bootstrap.py", "_launch.sh", "environment.py", "exit_codes.py", "paths.py", "run")
# What the launchers may use of a machine beside Python.
TOOLS = ("sh", "cmp", "dirname", "readlink")
PROGRAM = """
import events, tiny
print(tiny.VERSION, events.__file__)
"""


class Checkout:
    """A checkout at `root` on a machine whose PATH is the directory `tools` alone."""

    def __init__(self, place: Path) -> None:
        self.root = place / "checkout"
        self.tools = place / "tools"
        self.wheels = place / "wheels"
        for directory in (self.root / "bin", self.root / "events", self.tools, self.wheels):
            directory.mkdir(parents=True)
        for name in OURS:
            shutil.copy(ROOT / "bin" / name, self.root / "bin")
        (self.root / "bin" / "__main__.py").write_text(PROGRAM)
        (self.root / "events" / "__init__.py").touch()
        for tool in TOOLS:
            self.offer(tool, shutil.which(tool) or tool)
        self.offer("python3", os.path.realpath(sys.executable))
        self.pin("1.0")

    def offer(self, name: str, program: str) -> None:
        """Put `program` on the PATH as `name`."""
        (self.tools / name).symlink_to(program)

    def script(self, name: str, text: str) -> None:
        """Put a shell script on the PATH as `name`."""
        (self.tools / name).write_text(f"#!/bin/sh\n{text}\n")
        (self.tools / name).chmod(0o755)

    def withdraw(self, name: str) -> None:
        """Take `name` off the PATH."""
        (self.tools / name).unlink()

    def pin(self, version: str, *, digest: str | None = None) -> None:
        """Lock the dependency at `version`, with a false `digest` where one is given."""
        wheel = make_wheel(self.wheels, version)
        digest = digest or hashlib.sha256(wheel.read_bytes()).hexdigest()
        line = f"tiny=={version} --hash=sha256:{digest}\n"
        (self.root / "requirements.lock").write_text(line)
        (self.root / "requirements-dev.lock").write_text(f"# and nothing more\n{line}")

    def start(self, launcher: str = "run", cwd: Path | None = None) -> subprocess.Popen[str]:
        """Start a launcher of the checkout from `cwd`, in a process group of its own."""
        command = [str(self.root / "bin" / launcher)]
        where = cwd or self.root.parent
        return subprocess.Popen(
            command, cwd=where, env=self._env(), stdout=-1, stderr=-1, text=True, start_new_session=True
        )

    def run(self, launcher: str = "run", cwd: Path | None = None) -> tuple[int, str, str]:
        """Run a launcher to its end: exit code, stdout, stderr."""
        with self.start(launcher, cwd) as process:
            out, err = process.communicate(timeout=50)
        return process.returncode, out, err

    def _env(self) -> dict[str, str]:
        home = str(self.root.parent)
        pip = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels)}
        uv = {"UV_NO_CONFIG": "1", "UV_OFFLINE": "1", "UV_FIND_LINKS": str(self.wheels)}
        return {"PATH": str(self.tools), "HOME": home, **pip, **uv}


def make_wheel(place: Path, version: str) -> Path:
    """A wheel of the distribution `tiny`, whose module says its version; the same bytes every time."""
    info = f"tiny-{version}.dist-info"
    files = {
        "tiny.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: us\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": f"tiny.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
    }
    wheel = place / f"tiny-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return wheel
