"""What must hold at rest: when nothing goes wrong any more and every strategy is over."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from actors.audit import Audit
from actors.base import EventSourcedActor, Ledger
from actors.deciders.planning import credit_wait
from actors.supervisor import RunResult
from actors.volume_oracle import VolumeOracle
from events.orders import OrdersReconciled
from events.system import RunStarted
from events.values import StrategyTerms
from events.volumes import VolumeObserved
from exchange.alpha.numbers import encode
from exchange.paper.faults_actions import FillAfterEnd, SetMulPoint, VolumeLag
from exchange.paper.ledger import read_ledger
from exchange.paper.tokens import QUOTE
from exchange.paper.venue import Venue
from exchange.paper.volumes import utc_day
from projections.states.user import UserState
from tests.simulation.log import Log
from tests.simulation.refolds import Refolds
from tests.simulation.scenario import Scenario
from tests.simulation.sums import Sums
from tests.support.audit import offences_of, orders_unlike

ZERO = Decimal(0)


def offences_at_rest(scenario: Scenario, log: Log, refolds: Refolds, sums: Sums, venue: Venue) -> list[str]:
    rows = log.rows()
    books = msgspec.json.decode(encode(read_ledger(venue.store)))
    users = {one.user_id: refolds.user(one.user_id) for one in scenario.terms}
    return [
        *offences_of(rows),
        *orders_unlike(rows, books),
        *sums.unlike(books),
        *sums.unbooked(users),
        *_coins(users, venue),
        *not_decided_again(log),
        *overshoots(scenario, venue),
    ]


def left_undone(log: Log, refolds: Refolds, result: RunResult) -> list[str]:
    """Accounts whose run is over by itself although something of theirs is still to be found out."""
    parked = {one.user_id for one in result.results if one.status == "parked"}
    users = {one.user_id for one in result.results} - parked
    states = (refolds.user(user_id) for user_id in sorted(users) if not result.halted)
    found = []
    for state in (one for one in states if not one.parked):  # also one that was parked when its strategies were over
        if state.trade is not None and state.stopping != "now":  # the reason of its end says what is left
            found.append(f"the run of account {state.user_id} is over while {state.trade.trade_id} is open")
        comparing = state.reconciliation.phase != "none" and state.stopping == "no"
        if comparing and not _compared(log, state.user_id):
            found.append(f"the run of account {state.user_id} is over before its open orders were compared")
    return found


def _compared(log: Log, user_id: int) -> bool:
    """Whether this run has compared the account's orders at all: an actor that is started anew compares them again,
    and nobody waits for that once the account's end is reported.
    """
    began = max(one.position for one in log.read_stream("system") if isinstance(one.event, RunStarted))
    answers = (one.event for one in log.read_stream(f"user-{user_id}") if one.position > began)
    return any(isinstance(event, OrdersReconciled) and event.complete for event in answers)


def not_decided_again(log: Log) -> list[str]:
    """Decisions that come out otherwise when they are made again from what the log says was received."""
    audit = Audit()
    found = [f"{one.stream}, {one.position}: {one}" for one in audit.differences(log.journal.read())]
    return found if audit.unchecked == 0 else [*found, f"{audit.unchecked} appends hold no message"]


def not_recovered(refolds: Refolds, actors: Iterable[Any]) -> list[str]:
    """Live actors whose state is not what folding their stream gives."""
    found = []
    for actor in actors:
        for ledger in _ledgers(actor):
            fresh = refolds.ledger(ledger.stream, ledger._decider)
            if (fresh.state, fresh.position, fresh._version) != (ledger.state, ledger.position, ledger._version):
                found.append(f"{ledger.stream}: {_difference(fresh, ledger)}")
    return found


def _difference(fresh: Ledger[Any], live: Ledger[Any]) -> str:
    fields = [
        f"{name} is {getattr(fresh.state, name)} recovered and {getattr(live.state, name)} live"
        for name in fresh.state.__struct_fields__
        if getattr(fresh.state, name) != getattr(live.state, name)
    ]
    return f"version {fresh._version} recovered, {live._version} live; " + "; ".join(fields)


def _ledgers(actor: Any) -> list[Ledger[Any]]:
    if isinstance(actor, VolumeOracle):
        return list(actor._ledgers.values())
    return [actor.ledger] if isinstance(actor, EventSourcedActor) else []


def _coins(users: dict[int, UserState], venue: Venue) -> list[str]:
    """Every coin at the venue is dust or held in the log, to the last decimal."""
    found = []
    for user_id, state in users.items():
        if state.trade is not None:
            continue  # parked in the middle of a trade: the reason says so
        declared: dict[str, Decimal] = defaultdict(Decimal)
        for asset, quantity in state.dust.items():
            declared[asset] += quantity
        for asset, held in state.held.items():
            declared[asset] += held.quantity
        balances = venue.accounts.get(str(user_id)).balances
        actual = {asset: b.free + b.locked for asset, b in balances.items() if asset != QUOTE}
        found += [
            f"account {user_id} has {actual.get(asset, ZERO)} {asset}, the log says {declared.get(asset, ZERO)}"
            for asset in actual.keys() | declared.keys()
            if actual.get(asset, ZERO) != declared.get(asset, ZERO)
        ]
    return found


def volumes_unlike(log: Log, venue: Venue, now: int) -> list[str]:
    """Accounts whose last look shows other volumes of this UTC day than the venue counts, once all credit is told."""
    seen: dict[tuple[str, str], Decimal] = {}
    for recorded in log.journal.read():
        if isinstance(recorded.event, VolumeObserved):
            account = str(recorded.event.user_id)
            seen = {key: volume for key, volume in seen.items() if key[0] != account}
            seen |= {(account, row.ticker): row.volume for row in recorded.event.tokens}
    counted = {(account, token): v for (account, token, day), v in credits_of(venue).items() if day == utc_day(now)}
    return [
        f"account {key[0]} saw {seen.get(key, ZERO)} {key[1]} of today, the venue counts {counted.get(key, ZERO)}"
        for key in sorted(seen.keys() | counted.keys())
        if seen.get(key, ZERO) != counted.get(key, ZERO)
    ]


def credits_of(venue: Venue) -> dict[tuple[str, str, str], Decimal]:
    """What the venue counted of each account, ticker and UTC day."""
    counted: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for row in read_ledger(venue.store).credits:
        counted[row.account, row.token, row.day] += Decimal(str(row.volume))
    return counted


def credit_is_told_in_time(scenario: Scenario, terms: StrategyTerms) -> bool:
    """Whether the venue counts as it announces, and tells what it counted before it is believed that nothing follows.

    That is the promise's condition: the documents' rule, a multiplier that stays, no order that fills after its end,
    and a lag below the time for which a figure that falls short must stand still. Otherwise trades are planned in place
    of credit still to come.
    """
    lags = [rule.do.seconds for rule in scenario.plan.rules if isinstance(rule.do, VolumeLag)]
    lag = max((scenario.settings.volume_lag_seconds, *lags))
    return (
        scenario.settings.credit_rule == "divided"
        and lag * 1000 < credit_wait(Decimal(100), Decimal(0), Decimal(10), terms.volume_check_delay_ms)
        and not any(isinstance(rule.do, SetMulPoint | FillAfterEnd) for rule in scenario.plan.rules)
        and not any(act.kind == "mul point" for act in scenario.acts)
    )


def overshoots(scenario: Scenario, venue: Venue) -> list[str]:
    """Accounts that were counted more than one trade's credit past their target on some day."""
    counted = credits_of(venue)
    found = []
    for terms in scenario.terms:
        token = next(row for row in venue.listings.rows if row.alpha_id == terms.rules.base_asset)
        most = terms.target_volume + terms.amount / venue.volumes.announced_mul_point(token)
        found += [
            f"account {account}: {volume} {ticker} on {day}, the target is {terms.target_volume}"
            for (account, ticker, day), volume in counted.items()
            if (account, ticker) == (str(terms.user_id), terms.ticker)
            and volume > most
            and credit_is_told_in_time(scenario, terms)
        ]
    return found
