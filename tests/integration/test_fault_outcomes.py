"""Every call, met by every wrong answer that the paper venue can give, ends in exactly one outcome."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import get_args

import pytest

from events.orders import OtoOrder
from exchange.alpha.rest import AlphaClient
from exchange.alpha.session import Hosts, Login, paper_credentials
from exchange.alpha.transport import Timeouts
from exchange.errors import RateLimited, Rejected, Unauthorised, Unavailable, Unknown, VenueError
from exchange.paper.faults_actions import ReplyName
from exchange.port import LimitOrder
from tests.support.paper import PaperVenue, running_venue

SYMBOL, BASE = "ALPHA_382USDT", "ALPHA_382"
OTO = OtoOrder(
    symbol=SYMBOL,
    base_asset=BASE,
    quote_asset="USDT",
    working_price=Decimal("0.01"),
    quantity=Decimal(100),
    amount=Decimal(1),
    pending_price=Decimal("0.009"),
)
PLAIN = LimitOrder(
    symbol=SYMBOL, base_asset=BASE, quote_asset="USDT", side="BUY", price=Decimal("0.01"), quantity=Decimal(100)
)
CALLS: tuple[Callable[[AlphaClient], object], ...] = (
    lambda client: client.create_listen_key(),
    lambda client: client.delete_listen_key("none"),
    lambda client: client.place_oto(OTO),
    lambda client: client.place_order(PLAIN),
    lambda client: client.cancel_order(SYMBOL, "1"),
    lambda client: client.cancel_all(),
    lambda client: client.open_orders(SYMBOL),
    lambda client: list(client.order_history(BASE, 0, 1)),
    lambda client: client.user_trades(SYMBOL, "1"),
    lambda client: client.user_volume(),
    lambda client: client.balances(),
    lambda client: client.tokens(),
    lambda client: client.symbol_rules(),
    lambda client: client.quote(BASE),
    lambda client: client.book(SYMBOL),
)
OUTCOMES: dict[ReplyName, type[VenueError]] = {
    "rate_limited": RateLimited,
    "banned": RateLimited,
    "server_error": Unknown,
    "bad_gateway": Unknown,
    "unavailable": Unknown,
    "html_page": Unknown,
    "empty_body": Unknown,
    "login_expired": Unauthorised,
    "risk_challenge": Unauthorised,
    "verification": Unauthorised,
    "step_flows": Unauthorised,
    "captcha": Unauthorised,
    "restricted": Unauthorised,
    "insufficient_balance": Rejected,
    "below_min_notional": Rejected,
    "above_max_qty": Rejected,
    "amount_mismatch": Rejected,
    "off_step": Rejected,
    "off_tick": Rejected,
    "async_operation": Rejected,
}


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaperVenue]:
    with running_venue(tmp_path_factory.mktemp("venue")) as running:
        yield running


@pytest.fixture
def client(venue: PaperVenue) -> Iterator[AlphaClient]:
    client = AlphaClient(
        Hosts(rest_url=venue.url, stream_url=venue.ws),
        Login(paper_credentials(1)),
        timeouts=Timeouts(connect=1, answer=0.2),
    )
    yield client
    client.close()


def outcomes(client: AlphaClient) -> set[type[VenueError]]:
    """What all calls end in."""
    ended = set()
    for call in CALLS:
        with pytest.raises(VenueError) as caught:
            call(client)
        ended.add(type(caught.value))
    return ended


def test_every_wrong_reply_is_known() -> None:
    """One that the paper venue learns must be placed in the tree of outcomes."""
    assert OUTCOMES.keys() == set(get_args(ReplyName))


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_wrong_reply_has_one_outcome_for_every_call(venue: PaperVenue, client: AlphaClient, name: ReplyName) -> None:
    """Whether the venue did what it was asked or not."""
    for processed in (False, True):
        venue.admin("faults", rules=[{"do": {"fault": "reply", "name": name, "processed": processed}}])
        assert outcomes(client) == {OUTCOMES[name]}


@pytest.mark.parametrize("how", ["close", "reset", "hang"])
def test_silence_is_unknown_for_every_call(venue: PaperVenue, client: AlphaClient, how: str) -> None:
    """A request that left and was not answered may have been carried out."""
    venue.admin("faults", rules=[{"do": {"fault": "no_reply", "how": how}}])
    assert outcomes(client) == {Unknown}


def test_a_venue_that_is_gone_is_unavailable_for_every_call() -> None:
    """Nothing was sent, so nothing was done."""
    client = AlphaClient(
        Hosts(rest_url="http://127.0.0.1:9", stream_url="ws://127.0.0.1:9/"), Login(paper_credentials(1))
    )
    try:
        assert outcomes(client) == {Unavailable}
    finally:
        client.close()
