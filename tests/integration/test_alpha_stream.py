"""How the user stream lives and dies on a real connection to a venue that does not always behave."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from websocket import ABNF

from exchange.alpha.masks import Masks
from exchange.alpha.session import Hosts
from exchange.alpha.stream import AlphaStream, StreamTimings
from exchange.errors import LeftInPeace, RateLimited, StreamClosed, Unauthorised, Unavailable, retry_after_ms
from exchange.port import ExecutionReport, UnreadableFrame
from exchange.quiet import Quiet
from tests.support.odd_server import Behaviour, answering, hanging, http_reply, odd_server, resetting
from tests.support.odd_stream import ACK, Peer, accepting, server_frame, subscribed
from tests.support.timekeeping import ManualTime

KEY = "0123456789abcdef0123456789abcdef"
DATA = '{"e":"executionReport","s":"ALPHA_900USDT","S":"BUY","X":"NEW","x":"NEW","i":"7000001","id":5}'
FRAME = f'{{"stream":"alpha@{KEY}","data":{DATA}}}'
QUICK = StreamTimings(connect=0.5, ack=0.2, ping=0.1)
CALM = StreamTimings(connect=5, ack=5, ping=20)


@contextmanager
def stream_of(
    url: str, timings: StreamTimings = CALM, quiet: Quiet | None = None, masks: Masks | None = None
) -> Iterator[AlphaStream]:
    """A stream that is closed at the end."""
    stream = AlphaStream(
        Hosts(rest_url="http://127.0.0.1:9", stream_url=url), timings=timings, quiet=quiet, masks=masks
    )
    try:
        yield stream
    finally:
        stream.close()


@contextmanager
def stream_from(behaviour: Behaviour, timings: StreamTimings = CALM) -> Iterator[AlphaStream]:
    """A subscribed stream from a server that behaves like this."""
    with odd_server(behaviour) as server, stream_of(server.ws_url, timings) as stream:
        stream.subscribe(KEY)
        yield stream


def conversing(talk: Callable[[Peer], None]) -> Behaviour:
    """Acknowledges the subscription, has the conversation, keeps the connection."""

    def whole(peer: Peer, over: threading.Event) -> None:
        peer.hear()
        peer.send(ACK)
        talk(peer)
        over.wait(10)

    return accepting(whole)


def subscription(peer: Peer, _over: threading.Event) -> None:
    """Acknowledges it, and hangs up."""
    peer.hear()
    peer.send(ACK)


def order_ids(*items: object) -> list[str]:
    """The order ids of what must all be reports."""
    reports = [item for item in items if isinstance(item, ExecutionReport)]
    assert len(reports) == len(items)
    return [report.venue_order_id for report in reports]


def test_a_subscription_asks_for_the_account_s_stream() -> None:
    """The request is the page's, with the listen key in the stream's name (venue protocol notes, 5.1)."""
    heard: list[bytes] = []

    def talk(peer: Peer, _over: threading.Event) -> None:
        heard.append(peer.hear()[1])
        peer.send(ACK)

    with stream_from(accepting(talk)):
        assert heard == [f'{{"method":"SUBSCRIBE","params":["alpha@{KEY}"],"id":2}}'.encode()]


@pytest.mark.parametrize("cookie", ["seen=one; Domain=127.0.0.1", "se@en=one; Domain=127.0.0.1"])
def test_a_handshake_s_cookies_are_nobody_s(cookie: str) -> None:
    """What the venue sets with one account's stream is not sent with the next one's, which may be another account's.

    Nor does a name that the library cannot read keep the stream from opening.
    """
    asked: list[bytes] = []
    sets_it = accepting(subscription, f"set-cookie: {cookie}\r\n".encode(), asked)
    with odd_server(sets_it) as server:
        for _ in range(2):
            with stream_of(server.ws_url) as stream:
                stream.subscribe(KEY)
    assert len(asked) == 2
    assert not any(line.lower().startswith(b"cookie:") for request in asked for line in request.split(b"\r\n"))


@pytest.mark.parametrize("ack", [ACK, '{"id":2}'])
def test_frames_that_overtake_the_ack_are_kept(ack: str) -> None:
    """Both forms of the ack are taken, and a frame that came before it is delivered first."""

    def talk(peer: Peer, over: threading.Event) -> None:
        peer.hear()
        for message in (FRAME, ack, FRAME.replace("7000001", "7000002")):
            peer.send(message)
        over.wait(10)

    with stream_from(accepting(talk)) as stream:
        assert order_ids(stream.receive(5), stream.receive(5)) == ["7000001", "7000002"]


def test_quiet_brings_nothing() -> None:
    """`receive` returns None when its time is up, and at once when it is 0."""
    with stream_from(subscribed()) as stream:
        assert stream.receive(0.02) is None
        assert stream.receive(0) is None


def test_acks_and_pongs_are_no_items() -> None:
    """Later acks and control frames are passed over."""

    def talk(peer: Peer) -> None:
        peer.send('{"result":null,"id":3}')
        peer.send(b"", ABNF.OPCODE_PONG)
        peer.send(FRAME)

    with stream_from(conversing(talk)) as stream:
        assert order_ids(stream.receive(5)) == ["7000001"]


def test_a_message_in_pieces_is_put_together() -> None:
    """A frame that arrives in two halves, with a timeout of ours between them, is not lost."""
    rest = threading.Event()

    def talk(peer: Peer) -> None:
        content = server_frame(FRAME)
        peer.connection.sendall(content[:30])
        rest.wait(10)
        peer.connection.sendall(content[30:])

    with stream_from(conversing(talk)) as stream:
        assert stream.receive(0.05) is None
        rest.set()
        assert order_ids(stream.receive(5)) == ["7000001"]


@pytest.mark.parametrize("content", ["{broken", "[]", '{"stream":"x"}', b"\xff\xfe", "[" * 100_000])
def test_a_poison_frame_does_not_end_the_stream(content: str | bytes) -> None:
    """What cannot be read is handed over as such, and the next report arrives."""
    with stream_from(subscribed(content, FRAME)) as stream:
        assert isinstance(stream.receive(5), UnreadableFrame)
        assert order_ids(stream.receive(5)) == ["7000001"]


def test_a_huge_frame_is_cut() -> None:
    """A frame of more than 1 MB is not decoded; 4 kB of it are kept."""
    with stream_from(subscribed(" " * 1_100_000 + FRAME, FRAME)) as stream:
        item = stream.receive(5)
        assert isinstance(item, UnreadableFrame)
        assert len(item.raw) == 4096
        assert order_ids(stream.receive(5)) == ["7000001"]


def test_the_venue_s_ping_is_answered() -> None:
    """A ping is answered with its own content while `receive` waits."""
    heard: list[tuple[int, bytes]] = []

    def talk(peer: Peer) -> None:
        peer.send(b"are you there", ABNF.OPCODE_PING)
        heard.append(peer.hear())
        peer.send(FRAME)

    with stream_from(conversing(talk)) as stream:
        stream.receive(5)
    assert heard == [(ABNF.OPCODE_PONG, b"are you there")]


def test_quiet_makes_us_ping() -> None:
    """After the ping interval without a word from the venue, a ping of ours goes out."""
    heard: list[int] = []

    def talk(peer: Peer) -> None:
        heard.append(peer.hear()[0])
        peer.send(FRAME)

    with stream_from(conversing(talk), QUICK) as stream:
        assert order_ids(stream.receive(5)) == ["7000001"]
    assert heard == [ABNF.OPCODE_PING]


def test_a_dead_peer_is_given_up() -> None:
    """A venue that answers no ping is taken for gone, though the connection looks open."""
    with stream_from(subscribed(), QUICK) as stream, pytest.raises(StreamClosed, match="unanswered"):
        stream.receive(5)


def test_the_venue_s_close_says_why() -> None:
    """The close code and reason reach the error."""

    def talk(peer: Peer) -> None:
        peer.send(b"\x03\xe8going down", ABNF.OPCODE_CLOSE)

    with stream_from(conversing(talk)) as stream, pytest.raises(StreamClosed, match="1000 going down"):
        stream.receive(5)


def test_a_close_that_quotes_our_secrets_is_not_quoted() -> None:
    """Neither the listen key, nor what the account's other connections know of."""

    def talk(peer: Peer) -> None:
        peer.send(b"\x03\xe8 %s first-cookie" % KEY.encode(), ABNF.OPCODE_CLOSE)

    with odd_server(conversing(talk)) as server, stream_of(server.ws_url, masks=Masks("first-cookie")) as stream:
        stream.subscribe(KEY)
        with pytest.raises(StreamClosed, match=r"1000  \*\*\* \*\*\*$"):
            stream.receive(5)


def test_a_lost_connection_ends_the_stream_for_good() -> None:
    """A connection that drops is StreamClosed, then and ever after."""

    def talk(peer: Peer, _over: threading.Event) -> None:
        peer.hear()
        peer.send(ACK)

    with stream_from(accepting(talk)) as stream:
        for _ in range(2):
            with pytest.raises(StreamClosed):
                stream.receive(5)


def test_close_from_another_thread_wakes_the_reader() -> None:
    """A reader that waits is freed at once, and not by its timeout."""
    with stream_from(subscribed()) as stream:
        closer = threading.Timer(0.05, stream.close)
        closer.start()
        began = time.monotonic()
        with pytest.raises(StreamClosed, match="closed by us"):
            stream.receive(30)
        closer.join(5)
        assert time.monotonic() - began < 2


def test_close_interrupts_a_handshake() -> None:
    """A reader that waits for the venue to shake hands is freed as well."""
    with odd_server(hanging) as server, stream_of(server.ws_url) as stream:
        closer = threading.Timer(0.1, stream.close)
        closer.start()
        with pytest.raises(StreamClosed, match="closed by us"):
            stream.subscribe(KEY)
        closer.join(5)


def test_close_may_come_twice_and_before_anything() -> None:
    """Closing is safe at any time; a closed stream does not subscribe."""
    with odd_server(hanging) as server, stream_of(server.ws_url) as stream:
        stream.close()
        stream.close()
        with pytest.raises(StreamClosed):
            stream.subscribe(KEY)
        assert server.connections == 0


def without_ack(peer: Peer, over: threading.Event) -> None:
    """Hears the subscription and says nothing to it."""
    peer.hear()
    over.wait(10)


@pytest.mark.parametrize(
    "behaviour",
    [
        hanging,
        resetting,
        accepting(without_ack),
        answering(http_reply("no", status="503 Service Unavailable")),
        answering(http_reply("no", status="302 Found", headers="location: ws://127.0.0.1:9/\r\n")),
        answering(b"garbage\r\n\r\n"),
        answering(b"\xff\xff\r\n\r\n"),
    ],
)
def test_a_stream_that_cannot_be_set_up_is_unavailable(behaviour: Behaviour) -> None:
    """No handshake, or no ack in time: the caller may try again."""
    with (
        odd_server(behaviour) as server,
        stream_of(server.ws_url, QUICK) as stream,
        pytest.raises(Unavailable),
    ):
        stream.subscribe(KEY)


@pytest.mark.parametrize(
    ("status", "header"),
    [
        ("405 Not Allowed", "X-Amzn-Waf-Action: captcha\r\n"),
        ("202 Accepted", "x-amzn-waf-action: challenge\r\n"),
        ("403 Forbidden", "risk_challenge_enable_flow: true\r\n"),
        ("302 Found", "location: https://accounts.example/login\r\n"),
        ("401 Unauthorized", ""),
    ],
)
def test_a_challenge_at_the_handshake_is_for_the_owner(status: str, header: str) -> None:
    """The same signs count as in an answer to a call (venue protocol notes, section 12)."""
    reply = answering(http_reply("", status=status, headers=header))
    with odd_server(reply) as server, stream_of(server.ws_url) as stream, pytest.raises(Unauthorised):
        stream.subscribe(KEY)


def test_a_handshake_that_is_turned_away_quiets_the_account() -> None:
    """Retry-After is obeyed by all that the account sends, and by its next handshake."""
    quiet = Quiet(ManualTime().now_ms)
    reply = answering(http_reply("", status="429 Too Many Requests", headers="Retry-After: 60\r\n"))
    with odd_server(reply) as server:
        with stream_of(server.ws_url, quiet=quiet) as stream, pytest.raises(RateLimited) as caught:
            stream.subscribe(KEY)
        with stream_of(server.ws_url, quiet=quiet) as stream, pytest.raises(LeftInPeace):
            stream.subscribe(KEY)
        assert (retry_after_ms(caught.value), server.connections) == (60_000, 1)


def test_a_refused_subscription_is_closed() -> None:
    """An ack that carries an error is no ack."""

    def talk(peer: Peer, over: threading.Event) -> None:
        peer.hear()
        peer.send('{"error":{"code":2,"msg":"Invalid request"},"id":2}')
        over.wait(10)

    with (
        odd_server(accepting(talk)) as server,
        stream_of(server.ws_url) as stream,
        pytest.raises(StreamClosed, match="refused"),
    ):
        stream.subscribe(KEY)
