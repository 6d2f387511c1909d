"""The paper venue in motion: commits what happened, then tells it and lets time pass. The event loop's thread."""

import asyncio
import time

from exchange.paper import desk
from exchange.paper.chance import chance
from exchange.paper.faults_readings import turn_knobs
from exchange.paper.keys import ListenKeys
from exchange.paper.latency import latency
from exchange.paper.model import OPEN, Order
from exchange.paper.records import Outcome
from exchange.paper.streams import Streams
from exchange.paper.venue import Venue

UNHEARD_MS = 1_000
"""How long a fill after an order's end waits at a time while nobody listens: a frame that nobody gets is lost."""


def wall_clock() -> int:
    """Now, in ms."""
    return time.time_ns() // 1_000_000


class Engine:
    """Delays are drawn from the seed and the number of this start, so that a restart does not repeat them."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.clock = wall_clock
        self.keys = ListenKeys(venue.settings, venue.numbers)
        self.streams = Streams(venue, self.keys, self.clock)
        self._stopped = False
        self._latency = latency(venue.settings.latency)
        start = venue.numbers.next("start")
        self._rng = chance(venue.settings.seed, "start", start)
        if venue.settings.faults:
            venue.follow(venue.settings.faults, self.clock(), start)

    def stop(self) -> None:
        """Let nothing more happen, and let the state file go."""
        self._stopped = True
        self.venue.store.close()

    def resume(self) -> None:
        """Go on with the orders that were in the book when the venue stopped."""
        for order in self.venue.orders.open():
            self._match_later(order, self._fill_delay(order))

    def carry_out(self, outcome: Outcome, met: int | None = None) -> None:
        """Make an outcome durable, push its reports, and match its open orders when their time comes.

        An order meets the book after its fill delay; one that has just `met` it rests for a step of the market; one
        that a fault lets fill after its end, when the fault says.
        """
        self.venue.store.commit()
        for report in outcome.reports:
            self.streams.push(report, self._latency.push_delay(report, self._rng) / 1000)
        for order in outcome.orders:
            if order.status in OPEN:
                resting = self.venue.settings.market_step_ms
                self._match_later(order, resting if order.order_id == met else self._fill_delay(order))
            elif order.order_id in self.venue.faults.fills_after_end:
                self._match_later(order, self.venue.faults.fills_after_end[order.order_id].at - self.clock())

    async def reply_delay(self, *, placement: bool) -> None:
        """Take as long as a reply takes."""
        milliseconds = self._rng.randint(*(self._latency.placement if placement else self._latency.query))
        if milliseconds:
            await asyncio.sleep(milliseconds / 1000)

    def _fill_delay(self, order: Order) -> int:
        return self._latency.fill_delay(order.side, self._rng)

    def _match_later(self, order: Order, milliseconds: int) -> None:
        asyncio.get_running_loop().call_later(milliseconds / 1000, self._match, order.order_id)

    def _match(self, order_id: int) -> None:
        if self._stopped:
            return
        turn_knobs(self.venue, self.clock())
        order = self.venue.orders.get(order_id)
        if (
            order is not None
            and order_id in self.venue.faults.fills_after_end
            and not self.streams.heard(order.account)
        ):
            self._match_later(order, UNHEARD_MS)
            return
        self.carry_out(desk.match(self.venue, order_id, self.clock()), met=order_id)
