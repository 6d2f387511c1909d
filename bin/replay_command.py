"""`bin/run replay`: the log told, explained, taken back to an earlier moment, and checked."""

import sys
import time
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Annotated

import typer

from bin import replay_audit, replay_explain, replay_verify
from bin.log_file import DEFAULT, DataDir, Limit, UserId, log_of
from bin.replay_asked import understood
from bin.replay_telling import Form, Telling, tell
from bin.replay_views import go_back
from bin.times import in_ms
from projections.selection import Selection

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
app.command("audit")(replay_audit.audit)
app.command("explain")(replay_explain.explain)
app.command("verify")(replay_verify.verify_log)
app.command("anchor")(replay_verify.anchor)

Strategy = Annotated[str | None, typer.Option("--strategy", metavar="NAME", help="Of this strategy only.")]
Token = Annotated[str | None, typer.Option("--token", metavar="TICKER", help="Of this token's strategies only.")]
Status = Annotated[str | None, typer.Option("--status", metavar="STATUS", help="With this status only.")]
Order = Annotated[str | None, typer.Option("--order", metavar="ID", help="That name this order of the venue.")]
Trade = Annotated[str | None, typer.Option("--trade", metavar="ID", help="Of this trade, with its orders' events.")]
Types = Annotated[
    list[str] | None, typer.Option("--type", metavar="TYPE", help="As OrderClosed, order.closed or order; repeatable.")
]
Correlation = Annotated[str | None, typer.Option("--correlation", metavar="ID", help="With this correlation id.")]
Since = Annotated[
    str | None, typer.Option("--since", metavar="POSITION|TIME", help="From there on; UTC, or with an offset.")
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="POSITION|TIME",
        help="Alone: write the log and every view as of then to a place of their own. With others: tell up to there.",
    ),
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="That place, with --until alone; a scratch one otherwise.")
]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is recorded, until Ctrl-C.")]
Raw = Annotated[bool, typer.Option("--raw", help="Frames and replies as received below; jsonl always has them.")]
Format = Annotated[Form, typer.Option("--format", help="table: one line each, in words; jsonl: one object each.")]


@app.callback(invoke_without_command=True)
def replay(  # noqa: PLR0913 - one parameter per option
    ctx: typer.Context,
    *,
    data_dir: DataDir = DEFAULT,
    user: UserId = None,
    strategy: Strategy = None,
    token: Token = None,
    status: Status = None,
    order: Order = None,
    trade: Trade = None,
    types: Types = None,
    correlation: Correlation = None,
    since: Since = None,
    until: Until = None,
    out: Out = None,
    limit: Limit = None,
    follow: Follow = False,
    raw: Raw = False,
    form: Format = "table",
) -> None:
    """Tell every recorded event in order: position, time (UTC), account, what happened and why.

    The log is only read. A supervisor may be running on it: what it had recorded when this began is told.

    With --until alone nothing is told: the log and every view as of then are written to a place of their own, to be
    asked with `bin/run query VIEW --data-dir PLACE`. The same position gives the same bytes.
    """
    if ctx.invoked_subcommand is not None:
        return
    with understood():
        first, from_ms = _place(since)
        last, until_ms = _place(until)
        wanted = Selection(
            user=user,
            strategy=strategy,
            token=token,
            status=status,
            order=order,
            trade=trade,
            types=tuple(types or ()),
            correlation=correlation,
            since=from_ms,
            until=until_ms,
        )
        telling = Telling(wanted=wanted, first=first, last=last, limit=limit, form=form, raw=raw, follow=follow)
        asked = Telling(wanted=Selection(until=until_ms), last=last)
        if until is not None and telling == asked:
            go_back(data_dir, last, until_ms, out)
            return
        if out is not None:
            raise typer.BadParameter("--out goes with --until alone")
        if follow and until is not None:
            raise typer.BadParameter("what is to come has no end: --follow goes without --until")
        with log_of(data_dir) as journal, _ends_on_ctrl_c(follow):
            tell(journal, telling, sys.stdout)


def _place(text: str | None) -> tuple[int | None, int | None]:
    """A position or a time in ms. Raises NoTime."""
    if text is None:
        return None, None
    if text.isdecimal():
        return int(text), None
    return None, in_ms(text, time.time_ns() // 1_000_000)


def _ends_on_ctrl_c(follow: bool) -> AbstractContextManager[None]:  # noqa: FBT001 - the option
    return suppress(KeyboardInterrupt) if follow else nullcontext()
