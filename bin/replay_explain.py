"""`bin/run replay explain`: why an order or a trade came about, and what became of it."""

import sys
from collections.abc import Iterator, Sequence
from heapq import merge
from typing import Annotated, Any, Literal, TextIO

import msgspec
import typer

from bin.log_file import DEFAULT, DataDir, log_of
from bin.progress_bar import ProgressBar
from bin.replay_asked import understood
from events.base import Recorded
from events.catalog import Catalog
from events.journal import EventJournal
from projections.answers import CannotAnswer, listed
from projections.causes import Step, drawn
from projections.explaining import AccountLog
from projections.figures import utc
from projections.replay import json_object, one_line, raw_lines
from projections.selection import scan
from projections.subjects import STREAMS, account, orders_of

Form = Annotated[
    Literal["table", "json", "jsonl"], typer.Option("--format", help="json: one object; jsonl: an object a step.")
]
User = Annotated[int | None, typer.Option("--user", metavar="N", help="The account; looked for where it is not named.")]
Raw = Annotated[
    bool, typer.Option("--raw", help="Frames and replies as received below; json and jsonl always have them.")
]


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for, and its tree. `trade_id` and `strategy_id` are empty for an order of no trade of ours."""

    asked: str
    user_id: int
    trade_id: str
    strategy_id: str
    steps: tuple[Step, ...]


def explain(
    asked: Annotated[str, typer.Argument(metavar="ORDER|TRADE", help="The venue's id of an order, or a trade's id.")],
    *,
    data_dir: DataDir = DEFAULT,
    user: User = None,
    form: Form = "table",
    raw: Raw = False,
) -> None:
    """The causes and consequences of an order or of a trade, as a tree: the volume that was seen, the plan, the
    intent, the request, the reply, frames, fills, the credit, and what was decided from it.
    """
    with understood(), log_of(data_dir) as journal:
        head = journal.head()
        explained = _explained(journal, asked, user or _account_of(journal, asked, head), head)
        _write(explained, form, sys.stdout, raw=raw)


def _account_of(journal: EventJournal, asked: str, head: int) -> int:
    bar = ProgressBar("looking whose it is", sys.stderr)
    found = scan(journal, head, bar).accounts_of(asked)
    bar.close()
    found |= set() if found else {_user(one) for one in journal.read(upto=head) if asked in orders_of(one.event)}
    if not found:
        raise _unknown(asked)
    if len(found) > 1:
        raise CannotAnswer(f"accounts {listed([str(one) for one in sorted(found)])} have a {asked}; say --user N")
    return found.pop()


def _user(recorded: Recorded) -> int:
    return account(recorded) or 0


def _unknown(asked: str, who: str = "the log knows") -> CannotAnswer:
    return CannotAnswer(f"{who} no order and no trade {asked}; bin/run query orders and query trades list them")


def _explained(journal: EventJournal, asked: str, user: int, head: int) -> Explained:
    log = AccountLog(_of_account(journal, user, head))
    subjects = log.subjects
    is_trade = bool(subjects.strategy_of_trade(user, asked))
    trade_id = asked if is_trade else subjects.trade_of_order(user, asked)
    steps = log.trade(asked) if is_trade else log.order(asked)
    if not steps:
        raise _unknown(asked, f"account {user} has")
    strategy_id = subjects.strategy_of_trade(user, trade_id)
    return Explained(asked=asked, user_id=user, trade_id=trade_id, strategy_id=strategy_id, steps=steps)


def _of_account(journal: EventJournal, user: int, head: int) -> Iterator[Recorded]:
    """The account's streams, as one, up to what was there when the command began."""
    streams = (journal.read_stream(f"{kind}-{user}") for kind in STREAMS)
    return (one for one in merge(*streams, key=lambda one: one.position) if one.position <= head)


def _write(explained: Explained, form: str, out: TextIO, *, raw: bool) -> None:
    if form == "table":
        out.writelines(_page(explained, raw=raw))
        return
    catalog = Catalog()
    steps = [_as_object(step, catalog) for step in explained.steps]
    if form == "jsonl":
        out.writelines(msgspec.json.encode(step).decode() + "\n" for step in steps)
        return
    whole = {**msgspec.structs.asdict(explained), "steps": steps}
    out.write(msgspec.json.format(msgspec.json.encode(whole), indent=2).decode() + "\n")


def _as_object(step: Step, catalog: Catalog) -> dict[str, Any]:
    place = {"step": step.number, "parent": step.parent, "stage": step.stage}
    if step.told is None:
        return {**place, "position": None, "words": step.words}
    return {**place, **json_object(step.told, catalog)}


def _page(explained: Explained, *, raw: bool) -> Iterator[str]:
    yield f"{_title(explained)}\n"
    for step, before, below in drawn(explained.steps):
        yield f"{_where(step)}  {before}{step.stage}: {_words(step)}\n"
        if raw and step.told is not None:
            yield from (f"{'':>{WHERE}}  {below}  {line}\n" for line in raw_lines(step.told.recorded))


WHERE = len(f"{0:>8}  {utc(0)}")


def _where(step: Step) -> str:
    if step.told is None:
        return f"{'':>{WHERE}}"
    return f"{step.told.recorded.position:>8}  {utc(step.told.recorded.meta.ts_init)}"


def _words(step: Step) -> str:
    return one_line(step.told.recorded) if step.told is not None else step.words


def _title(explained: Explained) -> str:
    of = f" of account {explained.user_id}"
    if not explained.trade_id:
        return f"order {explained.asked}{of}, of no trade that this log knows"
    of += f", {explained.strategy_id}"
    if explained.asked == explained.trade_id:
        return f"trade {explained.trade_id}{of}, orders {', '.join(_orders(explained.steps)) or 'none'}"
    return f"order {explained.asked}{of}, trade {explained.trade_id}"


def _orders(steps: Sequence[Step]) -> list[str]:
    """In the order in which they are first named."""
    return list(dict.fromkeys(one for step in steps if step.told for one in orders_of(step.told.recorded.event)))
