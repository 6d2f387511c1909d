"""One seed from its beginning to its rest: processes that come and go, an operator, and what goes wrong meanwhile."""

import asyncio
import gc
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import cast

import msgspec

from actors.messages.supervision import Commanded
from actors.supervisor import RunPlan, RunResult
from events.system import RunStarted
from events.values import ControlCommand, Operator, StrategyTerms
from exchange.paper.ledger import read_ledger
from exchange.paper.volumes import utc_day
from tests.simulation.hazards import Hazards
from tests.simulation.house import House
from tests.simulation.log import Log
from tests.simulation.network import Network, listed_rules
from tests.simulation.offence import Offence
from tests.simulation.refolds import Refolds
from tests.simulation.rest import left_undone, not_recovered, offences_at_rest, volumes_unlike
from tests.simulation.scenario import ORDERS, Act, Scenario, draw, steady
from tests.simulation.stage import Stage
from tests.simulation.timeline import Step, VirtualLoop, World
from tests.simulation.venue import PaperVenue
from tests.simulation.watch import Watch

MOST_LIVES = 40
HEALED_RUNS = 3
LIVES_ON = 0.6
LONGEST_LAG_S = 200
REST_WITHIN_MS = 2 * 3_600_000
MOST_WAITS = 5
STEPS_SHOWN = 40
RESUMED = 0.5
SOMEBODY = Operator(name="somebody", uid=1, pid=1)


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a seed came to. `offence` is empty when every invariant held; then `steps` are the last ones before it.

    `matches` are the trades of two accounts with each other.
    """

    seed: int
    virtual_ms: int
    real_s: float
    events: int
    trades: int
    lives: int
    digest: str
    drawn: dict[str, int]
    statuses: dict[str, int]
    matches: int = 0
    offence: str = ""
    steps: tuple[str, ...] = ()


Tell = Callable[[Step], object]
Write = Callable[[bytes], object]


def simulate(seed: int, tell: Tell | None = None, *, hours: int | None = None, write: Write | None = None) -> Result:
    """Run what a seed stands for, or `hours` of steady trading. `tell` hears of every step, `write` of every event."""
    if hours is not None:
        return run_scenario(steady(seed, hours), tell, write)
    with _uncollected():
        return run_scenario(draw(seed), tell, write)


def run_scenario(scenario: Scenario, tell: Tell | None = None, write: Write | None = None) -> Result:
    with _quiet(), asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(_Simulation.run(scenario, tell, write))


@contextmanager
def _uncollected() -> Iterator[None]:
    """What refers to itself is left lying until a seed is over: to look for it meanwhile takes a tenth of the time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


@contextmanager
def _quiet() -> Iterator[None]:
    """What goes wrong here is meant to; the actors' own log lines would only take time."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _settle(over: "asyncio.Future[None]") -> None:
    if not over.done():
        over.set_result(None)


class _Simulation:
    def __init__(self, scenario: Scenario, tell: Tell | None, write: Write | None) -> None:
        self.scenario = scenario
        self.world = World(scenario.seed, scenario.began_at, tell)
        self.watch = Watch()
        self.log = Log(self._heard, write)
        self.refolds = Refolds(self.log)
        self.venue = PaperVenue(self.world, scenario.settings, scenario.plan)
        self.venue.accepted = self._accepted
        self.network = Network(self.world, self.venue, scenario.network)
        self.network.peace = self.watch.peace
        self.hazards = Hazards(scenario.hazards, self.world.chance)
        self.house: House | None = None
        self.drawn: Counter[str] = Counter()
        self.lives = 0
        self.healed = False
        self.life_began_at = 0
        self._runs = count(1)

    @classmethod
    async def run(cls, scenario: Scenario, tell: Tell | None, write: Write | None) -> Result:
        began = time.perf_counter()
        simulation = cls(scenario, tell, write)
        offence = await simulation._until_over()
        if simulation.house is not None:
            simulation.house.stage.close()  # where a promise was broken, its actors are still there
        result = simulation._result(offence, time.perf_counter() - began)
        simulation.venue.close()
        return result

    async def _until_over(self) -> str:
        story = self.world.loop.create_task(self._story())
        try:
            await asyncio.wait({story, self.world.failed}, return_when=asyncio.FIRST_COMPLETED)
            (story if story.done() else self.world.failed).result()
        except Offence as offence:
            return str(offence)
        except Exception as error:  # noqa: BLE001 - whatever it is, the seed has failed
            return f"{type(error).__name__}: {error}"
        return ""

    async def _story(self) -> None:
        self.acting = self.world.loop.create_task(self._act())
        await self._lives(self.world.began_at + self.scenario.horizon_ms)
        self._heal()
        for _ in range(HEALED_RUNS):
            if await self._live(self.world.now_ms() + REST_WITHIN_MS, must_end=True):
                await self._look_again()
                break
        offences = offences_at_rest(self.scenario, self.log, self.refolds, self.watch.sums, self.venue.books)
        if offences:
            raise Offence("at rest: " + "; ".join(offences))

    async def _look_again(self) -> None:
        """The same command on the same day, when all credit must have arrived: there is nothing to do but to look."""
        day, placed = utc_day(self.life_began_at), self.watch.counts["OtoRequested"]
        await asyncio.sleep(LONGEST_LAG_S)
        await self._live(self.world.now_ms() + REST_WITHIN_MS, must_end=True)
        if day != utc_day(self.world.now_ms()):
            return  # a new day has a target of its own
        if self.watch.counts["OtoRequested"] > placed:
            raise Offence("an order is placed although every target was reached")
        offences = volumes_unlike(self.log, self.venue.books, self.world.now_ms())
        if offences:
            raise Offence("; ".join(offences))

    async def _lives(self, until: int) -> None:
        """Start the process again whenever it has died or stopped, as an operator would."""
        while self.lives < MOST_LIVES and self.world.now_ms() < until and not await self._live(until):
            pause = self.world.chance.choice((0, 0.5, 5, 60, 600))
            await asyncio.sleep(min(pause, max(until - self.world.now_ms(), 0) / 1000))

    async def _live(self, until: int, *, must_end: bool = False) -> bool:
        """One process from its start until its run is over, it dies, or the time comes.

        Then it is killed, or all is well again from there on, and it must get out of what it has got into. Whether
        every strategy has reached its target.
        """
        self.lives += 1
        self.life_began_at = self.world.now_ms()
        stage = Stage(self.world, self.hazards, self.network.send)
        self.house = House(stage, self.log, self.network, self._plan())
        if self.watch.held_back() and (self.healed or self.world.chance.random() < RESUMED):
            self._resume_accounts()
        over: asyncio.Future[None] = self.world.loop.create_future()
        self.house.outcome.add_done_callback(lambda _: _settle(over))
        await self._ended(over, stage, until)
        if stage.alive and not over.done() and not must_end and self.world.chance.random() < LIVES_ON:
            self._heal()
            must_end = True
            await self._ended(over, stage, self.world.now_ms() + REST_WITHIN_MS)
        if must_end:
            await self._while_it_trades(over, stage)
        if stage.alive and over.done():
            result = self.house.outcome.result()
            self._check_over(stage, result)
            await self.house.stop(0, "over")
            return all(one.status in ("reached", "skipped") for one in result.results)
        if stage.alive:
            if must_end:
                raise Offence("a run did not come to its end")
            stage.kill("the end of the time for faults")
        return False

    async def _while_it_trades(self, over: "asyncio.Future[None]", stage: Stage) -> None:
        """Where a thin book allows but a small part of the amount at a time, a target takes its time."""
        placed = 0
        for _ in range(MOST_WAITS):
            if over.done() or not stage.alive or self.watch.counts["OtoRequested"] == placed:
                return
            placed = self.watch.counts["OtoRequested"]
            await self._ended(over, stage, self.world.now_ms() + REST_WITHIN_MS)

    async def _ended(self, over: "asyncio.Future[None]", stage: Stage, until: int) -> None:
        left = (until - self.world.now_ms()) / 1000
        await asyncio.wait({over, stage.killed}, timeout=left, return_when=asyncio.FIRST_COMPLETED)

    def _plan(self) -> RunPlan:
        run = RunStarted(
            run_id=f"run-{next(self._runs)}",
            pid=1,
            code_version="simulation",
            python_version="",
            dependencies=(),
            config_hash="",
            venue="paper",
            accounts=tuple(sorted({one.user_id for one in self.scenario.terms})),
            previous_run_sealed=False,
        )
        return RunPlan(run=run, terms=self._terms(), limits=self.scenario.limits)

    def _terms(self) -> tuple[StrategyTerms, ...]:
        """With the filters that the venue lists now, as a run reads them before it begins."""
        rules = listed_rules(self.venue.symbols())
        return tuple(msgspec.structs.replace(one, rules=rules[one.rules.symbol]) for one in self.scenario.terms)

    def _check_over(self, stage: Stage, result: RunResult) -> None:
        self.world.note("process", "is over", result)
        alive = [actor for actor in stage.actors if actor.begun and actor.actor_ref.is_alive()]
        offences = [*not_recovered(self.refolds, alive), *left_undone(self.log, self.refolds, result)]
        if offences:
            raise Offence("; ".join(offences))

    def _resume_accounts(self) -> None:
        """Whoever was paused, or parked for its owner, goes on when all is well again."""
        for user_id in sorted(self.watch.held_back()):
            self._command("resume", user_id)

    def _command(self, command: ControlCommand, user_id: int | None, strategy_id: str = "") -> None:
        if self.house is not None and self.house.stage.alive:
            self.house.command(Commanded(command=command, by=SOMEBODY, user_id=user_id, strategy_id=strategy_id))

    def _heal(self) -> None:
        self.healed = True
        self.acting.cancel()
        self.hazards.stop()
        self.network.stop_faults()
        if not self.venue.up:
            self.venue.start()
        self.venue.heal()
        for symbol in self.venue.books.markets._markets:
            self.venue.books.markets.set(symbol, self.world.now_ms(), price=None, halted=False, depth=None)
        self.world.note("everything", "is well again")
        self._resume_accounts()

    # --- what somebody does ---

    async def _act(self) -> None:
        for act in self.scenario.acts:
            at = act.at_ms / 1000
            await asyncio.sleep(max(at - self.world.loop.time(), 0))
            self.world.note("somebody", act.kind, act)
            self.drawn[act.kind] += 1
            await self._carry_out(act)

    async def _carry_out(self, act: Act) -> None:
        if act.kind in ("kill", "kill both") and self.house is not None and self.house.stage.alive:
            self.house.stage.kill("by somebody")
        if act.kind in ("kill venue", "kill both") and self.venue.up:
            self.venue.kill()
            self.world.loop.call_later(act.for_ms / 1000, self._start_venue)
        if act.kind in ("stop", "stop now") and self.house is not None:
            self.house.stop_trading(now=act.kind == "stop now")
        if act.kind in ORDERS:
            self._command(cast("ControlCommand", act.kind.split()[0]), act.user_id, act.strategy_id)
        if act.kind == "cut" and self.venue.up:
            await self.venue.close_streams()
        if act.kind in ("mul point", "price", "halt", "depth") and self.venue.up:
            self._move_market(act)

    def _start_venue(self) -> None:
        if not self.venue.up:
            self.venue.start()

    def _move_market(self, act: Act) -> None:
        books, now = self.venue.books, self.world.now_ms()
        (token,) = books.listings.named(act.token)
        symbol = f"{token.alpha_id}USDT"
        if act.kind == "mul point":
            books.volumes.set_mul_point(token.alpha_id, int(act.value))
        elif act.kind == "price":
            price = books.markets.at(symbol, now).mid * (1 + act.value / 100)
            books.markets.set(symbol, now, price=price, halted=None, depth=None)
        elif act.kind == "depth":
            books.markets.set(symbol, now, price=None, halted=None, depth=act.value)
        else:
            books.markets.set(symbol, now, price=None, halted=True, depth=None)
            self.world.loop.call_later(act.for_ms / 1000, self._resume, symbol)

    def _resume(self, symbol: str) -> None:
        if self.venue.up:
            self.venue.books.markets.set(symbol, self.world.now_ms(), price=None, halted=False, depth=None)

    # --- what is heard ---

    def _heard(self, recorded: tuple[object, ...]) -> None:
        try:
            self.watch.heard(recorded)  # type: ignore[arg-type]
        except Offence as offence:
            self.world.fail(offence)
        for one in recorded:
            self.world.note("log", "records", one)

    def _accepted(self) -> None:
        try:
            self.watch.placed(self.venue.books)
        except Offence as offence:
            self.world.fail(offence)

    def _result(self, offence: str, real_s: float) -> Result:
        state = self.venue.faults_struck
        return Result(
            seed=self.scenario.seed,
            virtual_ms=self.world.now_ms() - self.world.began_at,
            real_s=real_s,
            events=self.log.journal.head(),
            trades=self.watch.counts["OtoRequested"],
            lives=self.lives,
            digest=self.log.digest,
            drawn=dict(self.drawn + Counter(self.network.drawn) + Counter(self.hazards.drawn) + state),
            statuses=dict(self.watch.statuses),
            matches=len(read_ledger(self.venue.books.store).matches) if self.scenario.settings.match_accounts else 0,
            offence=offence,
            steps=tuple(map(str, list(self.world.steps)[-STEPS_SHOWN:])) if offence else (),
        )
