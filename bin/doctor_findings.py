"""What a check of the doctor comes to: what was looked at, the result, and how to mend it."""

from collections.abc import Iterable
from typing import Literal

import msgspec
import typer

from bin.exit_codes import ExitCode

Verdict = Literal["ok", "warning", "failure", "skipped"]
COLOURS = {"warning": typer.colors.YELLOW, "failure": typer.colors.RED}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """`mend` is empty where there is nothing to mend. `user_id` is None for what concerns no single account."""

    check: str
    verdict: Verdict
    words: str
    mend: str = ""
    user_id: int | None = None


def ok(check: str, words: str, user_id: int | None = None) -> Finding:
    return Finding(check=check, verdict="ok", words=words, user_id=user_id)


def warning(check: str, words: str, mend: str, user_id: int | None = None) -> Finding:
    return Finding(check=check, verdict="warning", words=words, mend=mend, user_id=user_id)


def failure(check: str, words: str, mend: str, user_id: int | None = None) -> Finding:
    return Finding(check=check, verdict="failure", words=words, mend=mend, user_id=user_id)


def skipped(check: str, words: str, user_id: int | None = None) -> Finding:
    """It does not apply, or what it needs is not there, which another finding says."""
    return Finding(check=check, verdict="skipped", words=words, user_id=user_id)


def exit_code_of(findings: Iterable[Finding]) -> ExitCode:
    """The worst: 0 where all is well, 1 with warnings, 2 with failures."""
    verdicts = {one.verdict for one in findings}
    if "failure" in verdicts:
        return ExitCode.UNREADABLE
    return ExitCode.DIFFERENCE if "warning" in verdicts else ExitCode.OK


def for_people(finding: Finding) -> str:
    """A line, and below it how to mend it."""
    who = f"user {finding.user_id}: " if finding.user_id is not None else ""
    verdict = typer.style(f"{finding.verdict:<8}", fg=COLOURS.get(finding.verdict))
    mend = f"\n          mend: {finding.mend}" if finding.mend else ""
    return f"{verdict} {finding.check}: {who}{finding.words}{mend}"


def for_machines(finding: Finding) -> str:
    return msgspec.json.encode(finding).decode()
