"""The arithmetic of `bin/bench reaction`, and the venue that it trades on, as far as both are pure."""

import msgspec

from bin.bench_reaction import Measured, Ratio, ratios, summary
from bin.bench_venue import Terms, Venue, account_of, envelope, next_request, unmask, upgrade
from exchange.alpha import paths
from exchange.alpha.decode import tokens_of
from exchange.alpha.numbers import encode
from exchange.alpha.outcomes import Answer, data_of
from exchange.paper.tokens import own_tokens

REQUEST = b"POST /place?a=1 HTTP/1.1\r\nCookie: p20t=paper-7\r\nContent-Length: 5\r\n\r\nhello"


def measured(trader: str, p50_ms: float, p99_ms: float) -> Measured:
    return Measured(trader=trader, accounts=1, reactions=100, p50_ms=p50_ms, p99_ms=p99_ms)


def test_percentiles_are_of_the_ordered_reactions() -> None:
    """Of 1 to 200 ms in any order, the median is the 101st and the 99th percentile the 199th."""
    assert summary([float(ms) for ms in range(200, 0, -1)]) == (200, 101.0, 199.0)


def test_ours_is_divided_by_each_of_the_others() -> None:
    """A ratio below 1 says that ours is faster; ours itself has none."""
    found = tuple(ratios([measured("ours", 2, 4), measured("bare", 1, 2), measured("commits", 4, 40)]))
    assert found == (
        Ratio(accounts=1, trader="bare", p50=2.0, p99=2.0),
        Ratio(accounts=1, trader="commits", p50=0.5, p99=0.1),
    )


def test_a_request_is_read_when_it_is_there_in_full() -> None:
    """Headers without their body are kept; then path, account and body come out, and what follows is left."""
    assert next_request(REQUEST[:-1]) == (None, REQUEST[:-1])
    request, rest = next_request(REQUEST + b"GET")
    assert request == ("/place", "paper-7", b"", b"hello")
    assert rest == b"GET"


def test_a_request_without_a_session_is_nobodys() -> None:
    """The market client has no cookie."""
    assert account_of(b"GET / HTTP/1.1\r\n\r\n") == ""


def test_the_client_reads_the_replies() -> None:
    """The body that the venue sends is an envelope of success to our own client."""
    body = envelope(encode(own_tokens())).partition(b"\r\n\r\n")[2]
    data = data_of(Answer(status=200, headers={}, body=body), now=0)
    assert {token.ticker for token in tokens_of(data)} >= {"AOP", "KOGE"}


def test_a_websocket_is_accepted_as_the_standard_says() -> None:
    """The example of RFC 6455, section 1.3."""
    assert b"sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in upgrade(b"dGhlIHNhbXBsZSBub25jZQ==")


def test_a_masked_frame_is_unmasked() -> None:
    """The example of RFC 6455, section 5.7."""
    assert unmask(bytes.fromhex("818537fa213d7f9f4d5158")) == (1, b"Hello")


def test_the_venue_has_no_open_orders() -> None:
    """An account compares open orders before it trades: an unreadable list would keep it from trading at all."""
    venue = Venue(Terms(accounts=1, seed=1, seconds=1, fastest_s=0, slowest_s=0), lambda _: None)
    assert msgspec.json.decode(venue.answer("1", paths.OPEN_ORDERS, b"")) == []
