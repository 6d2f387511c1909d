"""How a simulation says that a promise is broken."""


class Offence(AssertionError):
    """An invariant does not hold; ends the simulation."""


def check(holds: object, words: str) -> None:
    """Raises Offence."""
    if not holds:
        raise Offence(words)
