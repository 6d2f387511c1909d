"""Faults of the user stream over real sockets: frames that are lost, late, doubled, out of order or odd."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from exchange.paper.faults import of_order
from exchange.paper.faults_frames import FrameFate, frame_fate_of, odd_frame
from exchange.paper.model import Report
from exchange.paper.venue import Venue


class Outlet(Protocol):
    """What the faults need of the streams. The event loop's thread."""

    def deliver(self, report: Report, change: Callable[[bytes], bytes] | None = None) -> None:
        """Send a report's frame, or what `change` makes of it, to whoever is subscribed."""

    def cut(self, account: str, code: int) -> None:
        """Close the account's connections."""

    def mute(self, account: str) -> None:
        """Let the account's connections deliver nothing more."""


class FaultyStream:
    """Carries out what becomes of each frame."""

    def __init__(self, venue: Venue, outlet: Outlet) -> None:
        self._venue = venue
        self._outlet = outlet
        self._held: dict[str, Report] = {}

    def send(self, report: Report, now: int) -> None:
        """The report's frame is due."""
        order = report.step.order
        fate = frame_fate_of(self._venue.faults.meet(of_order("frame", order, now)))
        if fate.cut is not None:
            self._outlet.cut(order.account, fate.cut)
        elif fate.mute:
            self._outlet.mute(order.account)
        else:
            self._send(report, fate)

    def _send(self, report: Report, fate: FrameFate) -> None:
        loop = asyncio.get_running_loop()
        for odd in fate.odd:
            self._outlet.deliver(report, lambda frame, odd=odd: odd_frame(odd, frame))  # type: ignore[misc]
        if fate.swap is not None and report.step.order.account not in self._held:
            self._held[report.step.order.account] = report
            loop.call_later(float(fate.swap), self._release, report)
            return
        for _ in range(fate.copies):
            if fate.late:
                loop.call_later(float(fate.late), self._outlet.deliver, report)
            else:
                self._outlet.deliver(report)
        held = self._held.get(report.step.order.account)
        if held is not None and fate.copies and not fate.late:
            self._release(held)

    def _release(self, report: Report) -> None:
        """Deliver a frame that was held back, unless it has been delivered."""
        account = report.step.order.account
        if self._held.get(account) is report:
            del self._held[account]
            self._outlet.deliver(report)
