"""How calls end when the venue, or what stands in front of it, misbehaves on a real connection."""

import socket
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal

import pytest

from events.orders import OtoOrder
from exchange.errors import LeftInPeace, RateLimited, Rejected, Unauthorised, Unavailable, Unknown, VenueError
from exchange.pace import Pace, Pacer
from exchange.port import OtoPlaced
from exchange.quiet import Quiet
from exchange.rate_limit import RateLimits
from tests.support.odd_client import COOKIE, client_of
from tests.support.odd_server import (
    PATIENCE,
    Behaviour,
    OddServer,
    answering,
    hanging,
    http_reply,
    odd_server,
    read_request,
    resetting,
    trickling,
)
from tests.support.waiting import somebody_waits

ORDER = OtoOrder(
    symbol="ALPHA_900USDT",
    base_asset="ALPHA_900",
    quote_asset="USDT",
    working_price=Decimal("0.505"),
    quantity=Decimal(200),
    amount=Decimal(101),
    pending_price=Decimal("0.495"),
)
PLACED = '{"code":"000000","data":{"workingOrderId":7000001,"pendingOrderId":7000002},"success":true}'
SECRET = "0123456789abcdef0123456789abcdef"


def outcome_of_placing(behaviour: Behaviour, cookie: str = COOKIE) -> tuple[OddServer, VenueError]:
    """The error that a placement ends in, at a server that behaves like this."""
    with (
        odd_server(behaviour) as server,
        client_of(server.url, cookie=cookie) as client,
        pytest.raises(VenueError) as caught,
    ):
        client.place_oto(ORDER)
    return server, caught.value


@contextmanager
def full_backlog() -> Iterator[int]:
    """A port where connecting hangs: its queue of connections is full and nobody accepts."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port: int = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.settimeout(0)
            each.connect_ex(("127.0.0.1", port))
        yield port
        for each in waiting:
            each.close()


def test_refused_connection_is_unavailable() -> None:
    """Where nobody listens, nothing was sent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with client_of(url) as client, pytest.raises(Unavailable, match="Connection refused"):
        client.place_oto(ORDER)


def test_failed_name_resolution_is_unavailable() -> None:
    """A host without an address was never reached."""
    with client_of("http://nowhere.invalid") as client, pytest.raises(Unavailable):
        client.place_oto(ORDER)


def test_connect_timeout_is_unavailable() -> None:
    """A connection that is not made in time carried nothing."""
    with full_backlog() as port, client_of(f"http://127.0.0.1:{port}") as client, pytest.raises(Unavailable):
        client.place_oto(ORDER)


@pytest.mark.parametrize("behaviour", [hanging, resetting, trickling, answering(b"")])
def test_silence_after_sending_is_unknown(behaviour: Behaviour) -> None:
    """A timeout, a reset, an endless answer or a closed connection leave open whether the order was placed."""
    server, error = outcome_of_placing(behaviour)
    assert isinstance(error, Unknown)
    assert server.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"\x00\xff garbage \r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\ncut short",
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        http_reply(""),
        http_reply("<html>please wait</html>"),
        http_reply("[" * 100_000),
        http_reply('{"code":"000000","data":{"workingOrderId":null},"success":true}'),
        http_reply(PLACED, status="502 Bad Gateway"),
        http_reply(PLACED, status="302 Found", headers="location: /elsewhere\r\n"),
    ],
)
def test_unreadable_answer_is_unknown(answer: bytes) -> None:
    """Whatever is no readable reply of the venue says nothing of the order, and is not asked for again."""
    server, error = outcome_of_placing(answering(answer))
    assert isinstance(error, Unknown)
    assert server.connections == 1


def test_a_request_without_room_in_our_limits_is_never_sent() -> None:
    """A second placement within a minute waits as long as it may, and is then given up as not sent."""
    once_a_minute = RateLimits(placements_per_second=Decimal(1) / 60, longest_wait_ms=20)
    with (
        odd_server(answering(http_reply(PLACED))) as server,
        client_of(server.url, pace=Pace(Pacer(once_a_minute), 1)) as client,
    ):
        client.place_oto(ORDER)
        with pytest.raises(LeftInPeace, match="our own rate limits"):
            client.place_oto(ORDER)
    assert server.connections == 1


def test_a_request_that_waits_hears_that_the_account_was_turned_away() -> None:
    """While it waits for our limits the venue answers 429 to another one: it is not sent when its turn comes."""
    quiet = Quiet(lambda: 0)
    pacer = Pacer(RateLimits(calls_per_second=Decimal(2), placements_per_second=Decimal(2)))
    reply = http_reply("slow down", status="429 Too Many Requests", headers="retry-after: 7\r\n")
    with (
        odd_server(answering(reply)) as server,
        ThreadPoolExecutor(1) as threads,
        client_of(server.url, quiet=quiet, pace=Pace(pacer, 1)) as client,
    ):
        pacer.wait(1, "other", "GET /before")
        waits = threads.submit(client.place_oto, ORDER)
        assert somebody_waits(pacer)
        quiet.turned_away(Decimal(7))
        assert isinstance(waits.exception(10), LeftInPeace)
    assert server.connections == 0


def test_an_order_that_waits_is_not_sent_after_a_stop_and_a_cancel_is() -> None:
    """The operator says stop at once while the order waits for our limits; the cancel does not wait behind it."""
    quiet = Quiet(lambda: 0)
    pacer = Pacer(RateLimits(calls_per_second=Decimal(100), placements_per_second=Decimal(2)))
    with (
        odd_server(answering(http_reply(PLACED))) as server,
        ThreadPoolExecutor(1) as threads,
        client_of(server.url, quiet=quiet, pace=Pace(pacer, 1)) as client,
        client_of(server.url, quiet=quiet, pace=Pace(pacer, 1)) as other,
    ):
        client.place_oto(ORDER)
        waits = threads.submit(client.place_oto, ORDER)
        assert somebody_waits(pacer)
        quiet.allow_placements(allowed=False)
        other.cancel_order("ALPHA_900USDT", "7000001")
        assert not waits.done()
        with pytest.raises(Unavailable, match="trading is being stopped"):
            waits.result(10)
    assert server.connections == 2


def test_an_account_that_was_turned_away_sends_nothing_by_any_of_its_clients() -> None:
    """The answer to one client holds the other one's request back, which never reaches the venue."""
    reply = http_reply("slow down", status="429 Too Many Requests", headers="retry-after: 7\r\n")
    quiet = Quiet(lambda: 0)
    with odd_server(answering(reply)) as server:
        with client_of(server.url, quiet=quiet) as client, pytest.raises(RateLimited):
            client.user_volume()
        with client_of(server.url, quiet=quiet) as other, pytest.raises(LeftInPeace) as held_back:
            other.create_listen_key()
    assert held_back.value.retry_after == Decimal(7)
    assert server.connections == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (http_reply("slow down", status="429 Too Many Requests", headers="retry-after: 7\r\n"), RateLimited),
        (http_reply("", status="418 I'm a teapot"), RateLimited),
        (http_reply("", status="401 Unauthorized"), Unauthorised),
        (http_reply(PLACED, headers="Risk_Challenge_Enable_Flow: true\r\n"), Unauthorised),
        (http_reply('{"code":"481020","message":"余额不足","data":null,"success":false}'), Rejected),
    ],
)
def test_definite_answers_keep_their_outcome(answer: bytes, expected: type[VenueError]) -> None:
    """The venue's own refusals arrive as what they are."""
    _, error = outcome_of_placing(answering(answer))
    assert type(error) is expected


LONG = "x" * 270
ECHOES = [
    http_reply(f'{{"code":"481999","message":"{LONG} bad session p20t=first-cookie {"c" * 32}","success":false}}'),
    http_reply('{"code":"first-cookie","success":true}'),
    http_reply("x", headers=f"content-type: {'x' * 20} {'c' * 32}\r\n"),
    http_reply('{"code":"000000","success":true,"data":{"workingOrderId":"first-cookie"}}'),
    http_reply('{"code":"100002001","message":"first-cookie","success":false}'),
]


@pytest.mark.parametrize("echo", ECHOES)
def test_a_venue_that_quotes_our_secrets_is_not_quoted(echo: bytes) -> None:
    """Neither a cookie nor the token, nor the beginning of one where a text is cut."""
    _, error = outcome_of_placing(answering(echo), "p20t=first-cookie; lang=en")
    for part in ("first-", "cccc"):
        assert part not in error.message + error.code


def test_what_a_row_quotes_is_masked_where_it_is_kept() -> None:
    """The listen key that the venue gave, in what is stored of an order."""
    row = '{"orderId":1,"symbol":"A","side":"BUY","status":"NEW","price":"1","origQty":"1",'
    row += f'"executedQty":"0","time":1,"updateTime":1,"x":"{SECRET}"}}'
    keys = http_reply(f'{{"code":"000000","data":"{SECRET}","success":true}}')
    rows = http_reply(f'{{"code":"000000","data":[{row}],"success":true}}')
    with odd_server(answering(keys, rows)) as server, client_of(server.url) as client:
        assert client.create_listen_key() == SECRET
        (order,) = client.open_orders("A")
    assert order.raw == row.replace(SECRET, "***")


def test_a_connection_that_died_in_the_pool_is_replaced_before_sending() -> None:
    """The server closes after each answer; the next placement goes over a new connection, once."""
    with odd_server(answering(http_reply(PLACED))) as server, client_of(server.url) as client:
        placed = [(client.place_oto(ORDER), server.closed.get(timeout=PATIENCE))[0] for _ in range(3)]
    assert placed == [OtoPlaced(working_order_id="7000001", pending_order_id="7000002")] * 3
    assert server.connections <= 3


def test_a_pooled_connection_that_dies_under_a_placement_is_unknown() -> None:
    """The second request is read and then cut off: it is not sent again over another connection."""
    seen = []

    def behave(connection: socket.socket, _over: object) -> None:
        seen.append(read_request(connection))
        connection.sendall(http_reply(PLACED))
        seen.append(read_request(connection))

    with odd_server(behave) as server, client_of(server.url) as client:
        client.place_oto(ORDER)
        with pytest.raises(Unknown):
            client.place_oto(ORDER)
    assert len(seen) == 2
    assert server.connections == 1


def test_connections_are_reused() -> None:
    """Calls in a row share one connection."""
    with odd_server(answering(*[http_reply(PLACED)] * 3)) as server, client_of(server.url) as client:
        for _ in range(3):
            client.place_oto(ORDER)
    assert server.connections == 1


def test_cookies_are_rotated() -> None:
    """A Set-Cookie replaces ours of that name and leaves the others (venue protocol notes, 2.3)."""
    seen = []

    def behave(connection: socket.socket, _over: object) -> None:
        for header in ("set-cookie: p20t=rotated; Path=/; HttpOnly\r\n", ""):
            seen.append(read_request(connection))
            connection.sendall(http_reply(PLACED, headers=header))

    with odd_server(behave) as server, client_of(server.url) as client:
        client.place_oto(ORDER)
        client.place_oto(ORDER)
    assert cookies_in(seen[0]) == {"p20t=first", "r20t=second"}
    assert cookies_in(seen[1]) == {"p20t=rotated", "r20t=second"}


def test_the_page_s_headers_are_sent_on_public_calls_too() -> None:
    """Every call carries the session, so that the venue can count it as the account's."""
    seen = []

    def behave(connection: socket.socket, _over: object) -> None:
        seen.append(read_request(connection).lower())
        connection.sendall(http_reply('{"code":"000000","data":[],"success":true}'))

    with odd_server(behave) as server, client_of(server.url) as client:
        assert client.tokens() == ()
    for line in (b"clienttype: web", b"csrftoken: " + b"c" * 32, b"cookie: p20t=first; r20t=second"):
        assert line in seen[0]


def test_http_calls_are_observed_without_their_query() -> None:
    """The observer learns method, path, status and time; a listen key in the query stays out."""
    seen: list[tuple[str, str, int | None, float]] = []
    with (
        odd_server(answering(http_reply("", status="404 Not Found"))) as server,
        client_of(server.url, on_http=lambda *call: seen.append(call)) as client,
    ):
        client.delete_listen_key(SECRET)
    method, path, status, milliseconds = seen[0]
    assert (method, path.rpartition("/")[2], status) == ("DELETE", "userDataStream", 404)
    assert 0 <= milliseconds < 10_000


def test_errors_hold_no_listen_key() -> None:
    """Neither the error of a failed deletion nor its chain shows the key, though the libraries' errors quote URLs."""
    with client_of("http://127.0.0.1:9") as client, pytest.raises(Unavailable) as caught:
        client.delete_listen_key(SECRET)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_logs_hold_no_listen_key(caplog: pytest.LogCaptureFixture) -> None:
    """No library logs the query of a deletion, at any level of the root logger."""
    caplog.set_level(0)
    answer = http_reply("", status="404 Not Found")
    with odd_server(answering(answer)) as server, client_of(server.url) as client:
        client.delete_listen_key(SECRET)
    assert SECRET not in caplog.text


def cookies_in(request: bytes) -> set[str]:
    """The pairs of a request's one cookie header."""
    (line,) = [line for line in request.decode().split("\r\n") if line.lower().startswith("cookie:")]
    return {pair.strip() for pair in line.partition(":")[2].split(";")}
