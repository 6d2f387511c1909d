"""The last things of a kind that a state remembers, cheap to add to although nothing ever changes."""

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")
# A state copies what it changes. With so many apart, the rest is copied once in as many times.
ADDED_APART = 8


class Remembered(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """Things in the order in which they came; the newest are in `added`, which is empty only if there are none."""

    before: tuple[T, ...] = ()
    added: tuple[T, ...] = ()


def remember(known: Remembered[T], keep: int, *ones: T) -> Remembered[T]:
    """With these as the newest. At least the last `keep` stay."""
    if not ones:
        return known
    if len(known.added) < ADDED_APART:
        return Remembered(known.before, known.added + ones)
    return Remembered((known.before + known.added)[-keep:], ones)


def last(known: Remembered[T], keep: int) -> tuple[T, ...]:
    """The last `keep`, or all if there are fewer."""
    return (known.before + known.added)[-keep:]
