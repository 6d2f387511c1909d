"""Every event's name on disk, and the JSON that is stored under it.

A stored name is `group.event.vN`. It never follows a class or module that is renamed; a changed shape gets the next N
and an upcast from the last. The JSON is `{"meta": {...}, "data": {...}}`, with amounts as decimal strings in plain
notation, so that the log can be read with `sqlite3` alone.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Generic, TypeVar

import msgspec

from events import accounts, control, executions, inventory, orders, strategies, system, trades, unwinds, volumes
from events.base import Event, Metadata, NewEvent, Recorded, UnknownEvent
from events.plain_json import plain_json
from events.seals import Row
from events.upcasts import UPCASTS, Upcast

E = TypeVar("E")

STORED_NAMES: Mapping[type[Event], str] = MappingProxyType(
    {
        orders.OtoRequested: "order.oto_requested.v1",
        orders.OtoDenied: "order.oto_denied.v1",
        orders.OtoAccepted: "order.oto_accepted.v1",
        orders.OtoRejected: "order.oto_rejected.v1",
        orders.OtoNotSent: "order.oto_not_sent.v1",
        orders.OtoUnresolved: "order.oto_unresolved.v1",
        orders.LegTimedOut: "order.leg_timed_out.v1",
        orders.LegClosed: "order.leg_closed.v1",
        orders.LookRequested: "order.look_requested.v1",
        orders.OrdersLookedUp: "order.looked_up.v1",
        orders.CancelRequested: "order.cancel_requested.v1",
        orders.CancelAnswered: "order.cancel_answered.v1",
        unwinds.UnwindStarted: "order.unwind_started.v1",
        unwinds.UnwindPriced: "order.unwind_priced.v1",
        unwinds.UnwindRequested: "order.unwind_requested.v1",
        unwinds.UnwindAccepted: "order.unwind_accepted.v1",
        unwinds.UnwindFailed: "order.unwind_failed.v1",
        unwinds.UnwindEnded: "order.unwind_ended.v1",
        orders.ReconciliationRequested: "account.reconciliation_requested.v1",
        orders.OrdersReconciled: "account.reconciled.v1",
        orders.OrderUnknown: "order.unknown.v1",
        orders.OrderMissing: "order.missing.v1",
        orders.LateFillObserved: "order.late_fill_observed.v1",
        executions.OrderReported: "order.reported.v1",
        executions.ReportIgnored: "order.report_ignored.v1",
        executions.OrderExecuted: "order.executed.v1",
        executions.OrderClosed: "order.closed.v1",
        trades.TradeStarted: "trade.started.v1",
        trades.QuoteObserved: "trade.quote_observed.v1",
        trades.TradeCompleted: "trade.completed.v1",
        trades.TradePartlyCompleted: "trade.partly_completed.v1",
        trades.TradeAbandoned: "trade.abandoned.v1",
        inventory.DustRecorded: "inventory.dust_recorded.v1",
        inventory.InventoryHeld: "inventory.held.v1",
        inventory.SweepStarted: "inventory.sweep_started.v1",
        inventory.CoinsSwept: "inventory.swept.v1",
        inventory.InventoryCleared: "inventory.cleared.v1",
        strategies.WearLimitReached: "strategy.wear_limit_reached.v1",
        strategies.DayClosed: "strategy.day_closed.v1",
        strategies.StrategyStarted: "strategy.started.v1",
        strategies.StrategyResumed: "strategy.resumed.v1",
        strategies.StrategyQueued: "strategy.queued.v1",
        strategies.StrategyAdmitted: "strategy.admitted.v1",
        strategies.TurnAwaited: "strategy.turn_awaited.v1",
        strategies.TurnDelayed: "strategy.turn_delayed.v1",
        strategies.TurnGivenUp: "strategy.turn_given_up.v1",
        strategies.BatchPlanned: "strategy.batch_planned.v1",
        strategies.BatchCompleted: "strategy.batch_completed.v1",
        strategies.StrategyEnded: "strategy.ended.v1",
        strategies.VolumeCheckRequested: "volume.check_requested.v1",
        strategies.VolumeChecked: "volume.checked.v1",
        strategies.VolumeDoubted: "volume.doubted.v1",
        strategies.VolumeCheckFailed: "volume.check_failed.v1",
        volumes.VolumeObserved: "volume.observed.v1",
        volumes.VolumeUnavailable: "volume.unavailable.v1",
        volumes.TargetReached: "volume.target_reached.v1",
        volumes.CreditRateObserved: "volume.credit_rate_observed.v1",
        volumes.MulPointChanged: "volume.mul_point_changed.v1",
        volumes.SymbolRulesChanged: "strategy.rules_changed.v1",
        executions.FrameUnreadable: "stream.frame_unreadable.v1",
        executions.FramesAwaited: "stream.frames_awaited.v1",
        executions.FramesMissed: "stream.frames_missed.v1",
        system.StreamConnected: "stream.connected.v1",
        system.StreamLost: "stream.lost.v1",
        system.StreamFailed: "stream.failed.v1",
        system.StreamRenewed: "stream.renewed.v1",
        system.StreamClosed: "stream.closed.v1",
        system.RunStarted: "system.run_started.v1",
        system.LogCut: "system.log_cut.v1",
        system.RunEnded: "system.run_ended.v1",
        system.ActorFailed: "system.actor_failed.v1",
        system.ActorRestarted: "system.actor_restarted.v1",
        accounts.AccountQuieted: "account.quieted.v1",
        accounts.CallHeldBack: "account.call_held_back.v1",
        accounts.AccountRecovered: "account.recovered.v1",
        accounts.TradingPaused: "account.trading_paused.v1",
        accounts.TradingResumed: "account.trading_resumed.v1",
        accounts.StopRequested: "account.stop_requested.v1",
        system.AccountParked: "account.parked.v1",
        control.OperatorCommanded: "system.operator_commanded.v1",
        control.AccountPaused: "account.paused.v1",
        control.AccountResumed: "account.resumed.v1",
    }
)

NO_METADATA = Metadata(correlation_id="", causation=None, ts_event=0, ts_init=0)

# What msgspec raises on damaged JSON, and an upcast on fields that it does not find as it expects them.
_UNREADABLE = (msgspec.DecodeError, LookupError, TypeError, ValueError, ArithmeticError)


class CatalogError(ValueError):
    """The tables of names and upcasts contradict each other."""


class EventNotStorable(ValueError):
    """An event cannot be written: its class has no stored name, or a value has no JSON form. Mend the event."""


class EventUnreadable(ValueError):
    """A stored event of a known name is not what that name promises: the log is damaged at this position."""

    def __init__(self, position: int, topic: str, reason: str) -> None:
        super().__init__(f"event {position} of the log ({topic}) cannot be read: {reason}")
        self.position = position
        self.topic = topic


class _Stored(msgspec.Struct, Generic[E], frozen=True, gc=False):
    """What is in the file, beside the stored name."""

    meta: Metadata
    data: E


_Decode = Callable[[bytes], _Stored[Event]]


class Catalog:
    """Event classes and their stored names, both ways. Safe to share between threads: what it knows never changes.

    Raises CatalogError when two classes share a name, or an upcast leads to no current name.
    """

    def __init__(
        self, names: Mapping[type[Event], str] = STORED_NAMES, upcasts: Mapping[str, Upcast] = UPCASTS
    ) -> None:
        self.names = names
        self._classes = {name: cls for cls, name in names.items()}
        self._upcasts = upcasts
        self._decoders: dict[str, _Decode] = {}
        if len(self._classes) != len(names):
            raise CatalogError("two event classes share a stored name; give each its own")
        for topic in upcasts:
            self._check_chain(topic)

    def _check_chain(self, topic: str) -> None:
        seen = {topic}
        while topic in self._upcasts:
            topic = self._upcasts[topic].topic
            if topic in seen:
                raise CatalogError(f"the upcasts of {topic} lead back to it")
            seen.add(topic)
        if topic not in self._classes:
            raise CatalogError(f"an upcast leads to {topic}, which no event class has")

    def encode(self, new: NewEvent) -> tuple[str, bytes]:
        """The stored name and the JSON of an event. Raises EventNotStorable."""
        topic = self.names.get(type(new.event))
        if topic is None:
            raise EventNotStorable(f"{type(new.event).__name__} has no stored name; add it to events/catalog.py")
        try:
            return topic, plain_json(_Stored(meta=new.meta, data=new.event))
        except (TypeError, ValueError, OverflowError) as error:
            raise EventNotStorable(f"{type(new.event).__name__} cannot be written: {error}") from error

    def kind(self, topic: str) -> type[Event] | None:
        """The class that events of this stored name are read as, None for a name that this version does not know."""
        while topic in self._upcasts:
            topic = self._upcasts[topic].topic
        return self._classes.get(topic)

    def decode(self, topic: str, state: bytes, *, position: int = 0) -> tuple[Metadata, Event]:
        """The event that was stored. A name that this version does not know, such as one of a newer version, gives an
        UnknownEvent. `position` is for the error: raises EventUnreadable when a known name holds something else.
        """
        try:
            if (decode := self._decoders.get(topic) or self._decoder(topic)) is not None:
                stored = decode(state)
                return stored.meta, stored.data
            if topic in self._upcasts:
                return self._decode_old(topic, state)
            return _decode_unknown(state)
        except _UNREADABLE as error:
            raise EventUnreadable(position, topic, f"{type(error).__name__}: {error}") from error

    def recorded(self, rows: Iterable[Row]) -> Iterator[Recorded]:
        """The events of rows in order, as `decode` reads them. Raises EventUnreadable."""
        decoders = self._decoders
        for position, stream, version, topic, state in rows:
            try:
                stored = decoders[topic](state)
            except _UNREADABLE:  # of a class that was not read before, of another version, or broken
                meta, event = self.decode(topic, state, position=position)
            else:
                meta, event = stored.meta, stored.data
            yield Recorded(position=position, stream=stream, version=version, topic=topic, meta=meta, event=event)

    def _decoder(self, topic: str) -> _Decode | None:
        cls = self._classes.get(topic)
        if cls is None:
            return None
        return self._decoders.setdefault(topic, _decode_as(cls))

    def _decode_old(self, topic: str, state: bytes) -> tuple[Metadata, Event]:
        stored = msgspec.json.decode(state, type=_Stored[dict[str, object]])
        data = stored.data
        while topic in self._upcasts:
            upcast = self._upcasts[topic]
            topic, data = upcast.topic, upcast.change(data)
        return stored.meta, msgspec.convert(data, self._classes[topic])


@cache
def _decode_as(cls: type[Event]) -> _Decode:
    return msgspec.json.Decoder(_Stored[cls]).decode  # type: ignore[valid-type]


def _decode_unknown(state: bytes) -> tuple[Metadata, UnknownEvent]:
    """Another program's event need not have our envelope: then all of it is kept as its data."""
    try:
        stored = msgspec.json.decode(state, type=_Stored[msgspec.Raw])
    except (msgspec.DecodeError, ValueError):
        return NO_METADATA, UnknownEvent(data=msgspec.Raw(state))
    return stored.meta, UnknownEvent(data=stored.data.copy())
