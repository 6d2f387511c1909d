"""What becomes of a call, and of a frame, that faults strike."""

from decimal import Decimal

import msgspec
import pytest

from exchange.alpha.outcomes import Answer, data_of
from exchange.errors import RateLimited, Rejected, Unauthorised, Unknown, VenueError
from exchange.paper.faults_actions import (
    Cut,
    Duplicate,
    LateFrame,
    LoseFrame,
    Mute,
    NoReply,
    OddFrame,
    ReplyName,
    Slow,
    Swap,
    WrongReply,
)
from exchange.paper.faults_frames import FrameFate, frame_fate_of, odd_frame
from exchange.paper.faults_replies import REPLIES, Canned, Fate, canned, fate_of

ONE = Decimal(1)
FRAME = b'{"stream":"alpha@0","data":{"e":"executionReport","i":"7000001"}}'


def outcome_of(reply: Canned) -> VenueError:
    """What the real client makes of the reply."""
    headers = {"content-type": reply.content_type, **{name.lower(): value for name, value in reply.headers}}
    with pytest.raises(VenueError) as caught:
        data_of(Answer(status=reply.status, headers=headers, body=reply.body), now=0)
    return caught.value


OUTCOMES: dict[ReplyName, tuple[type[VenueError], str | None]] = {
    "rate_limited": (RateLimited, None),
    "banned": (RateLimited, None),
    "server_error": (Unknown, None),
    "bad_gateway": (Unknown, None),
    "unavailable": (Unknown, None),
    "html_page": (Unknown, None),
    "empty_body": (Unknown, None),
    "login_expired": (Unauthorised, "100002001"),
    "risk_challenge": (Unauthorised, None),
    "verification": (Unauthorised, None),
    "step_flows": (Unauthorised, "100001003"),
    "captcha": (Unauthorised, ""),
    "restricted": (Unauthorised, "100009999"),
    "insufficient_balance": (Rejected, "481020"),
    "below_min_notional": (Rejected, "481013"),
    "above_max_qty": (Rejected, "481011"),
    "amount_mismatch": (Rejected, "000002"),
    "off_step": (Rejected, None),
    "off_tick": (Rejected, None),
    "async_operation": (Rejected, None),
}


@pytest.mark.parametrize("name", REPLIES)
def test_every_reply_is_the_outcome_it_stands_for(name: ReplyName) -> None:
    """The client reads each one as the documents' table of errors says."""
    kind, code = OUTCOMES[name]
    error = outcome_of(REPLIES[name])
    assert type(error) is kind
    if code is not None:
        assert error.code == code


def test_a_reply_may_say_when_to_come_back() -> None:
    """Retry-After, on top of what the reply has."""
    error = outcome_of(canned(WrongReply(name="rate_limited", retry_after=7)))
    assert isinstance(error, RateLimited)
    assert error.retry_after == 7


def test_an_untouched_call_is_done_and_answered() -> None:
    """No fault: no wait, and the true answer."""
    assert fate_of(()) == Fate(processed=True, reply=None, silence=None)


def test_delays_add_up_and_the_first_answer_counts() -> None:
    """Two slow rules wait for both; a reply keeps a later silence away."""
    actions = (
        Slow(seconds=ONE),
        Slow(seconds=ONE),
        Slow(seconds=ONE, processed=True),
        WrongReply(name="banned"),
        NoReply(),
    )
    expected = Fate(before=ONE * 2, after=ONE, processed=False, reply=REPLIES["banned"])
    assert fate_of(actions) == expected


def test_a_lost_answer_is_of_a_call_that_was_done() -> None:
    """That is what makes it hard; a call that was not done must be asked for."""
    assert fate_of((NoReply(),)) == Fate(silence="close", hang=Decimal(3600))
    assert fate_of((NoReply(how="reset", processed=False),)).processed is False


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ((), FrameFate()),
        ((LoseFrame(), Duplicate()), FrameFate(copies=0)),
        ((Duplicate(more=2), Duplicate()), FrameFate(copies=4)),
        ((Cut(code=1006),), FrameFate(cut=1006)),
        ((Mute(),), FrameFate(mute=True)),
        ((LateFrame(seconds=ONE), LateFrame(seconds=ONE)), FrameFate(late=ONE * 2)),
        ((Swap(seconds=ONE),), FrameFate(swap=ONE)),
        (
            (OddFrame(kind="huge"), OddFrame(kind="broken", instead=True)),
            FrameFate(copies=0, odd=(OddFrame(kind="huge"), OddFrame(kind="broken", instead=True))),
        ),
    ],
)
def test_what_becomes_of_a_frame(actions: tuple[object, ...], expected: FrameFate) -> None:
    """All faults of one frame, together."""
    assert frame_fate_of(actions) == expected


def test_odd_frames_are_made_from_the_true_one() -> None:
    """Broken JSON is none, an unknown event and a huge frame are JSON still."""
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(odd_frame(OddFrame(kind="broken"), FRAME))
    unknown = msgspec.json.decode(odd_frame(OddFrame(kind="unknown_event"), FRAME))
    assert unknown["data"]["e"] not in ("executionReport", "")
    huge = odd_frame(OddFrame(kind="huge", bytes=5000), FRAME)
    assert len(huge) > 5000
    assert msgspec.json.decode(huge)["data"]["i"] == "7000001"
