"""Noticing actors that say nothing any more: dead without a notice, hung, or deaf because their mailbox overflowed."""

from typing import Any

from pykka import ActorRef

from actors.address import Address
from actors.mailbox import Mailbox

HUNG_AFTER_CHECKS = 120
"""An actor that handles one message through so many checks hangs; a look at orders may take a few call timeouts."""


class Vitals:
    """What was seen of each actor at the check before. One thread."""

    def __init__(self) -> None:
        self._beats: dict[str, tuple[int, int]] = {}
        self._dead: dict[str, str] = {}

    def trouble(self, address: Address) -> str:
        """What is wrong with the actor behind the address, or nothing; nothing, too, where nobody is meant to be."""
        ref = address.ref
        if ref is None:
            return ""
        if not ref.is_alive():
            return self._silent_death(address.name, ref)
        if address.overflowed:
            return "its mailbox overflowed"
        return "it hangs" if self._hangs(address.name, ref) else ""

    def forget(self, name: str) -> None:
        """A fresh actor will take this name."""
        self._beats.pop(name, None)
        self._dead.pop(name, None)

    def _silent_death(self, name: str, ref: ActorRef[Any]) -> str:
        """Its word may still be on the way, so only an actor that is found dead twice died without one."""
        if self._dead.get(name) == ref.actor_urn:
            return "it died without a word"
        self._dead[name] = ref.actor_urn
        return ""

    def _hangs(self, name: str, ref: ActorRef[Any]) -> bool:
        busy, taken = mailbox_of(ref).progress
        seen_taken, seen_checks = self._beats.get(name, (-1, 0))
        checks = seen_checks + 1 if busy and taken == seen_taken else 0
        self._beats[name] = (taken, checks)
        return checks >= HUNG_AFTER_CHECKS


def mailbox_of(ref: ActorRef[Any]) -> Mailbox:
    """Raises TypeError for an actor of another kind than ours."""
    inbox = ref.actor_inbox
    if not isinstance(inbox, Mailbox):
        raise TypeError(f"{ref} has no mailbox of ours")
    return inbox
