"""What the messages about calls that failed have in common. Pure."""

from typing import Any

from actors.messages.streams import StreamDown


def held_by_venue(message: Any) -> bool:
    """Turned away, or not even sent because the account has been, or because our own limits left no room: the fault of
    no trade and of no strategy.
    """
    return bool(message.outcome == "rate_limited" or message.retry_after_ms > 0)


def said(message: Any) -> str:
    """Why the call failed, in the venue's words or in ours."""
    text: str = message.reason if isinstance(message, StreamDown) else message.message
    return text
