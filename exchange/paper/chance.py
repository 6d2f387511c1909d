"""All the paper venue's chance: generators that follow from the seed and a name."""

from random import Random


def chance(seed: int, *name: str | int) -> Random:
    """The same seed and name give the same draws, whatever else is drawn elsewhere."""
    return Random("/".join(map(str, (seed, *name))))  # noqa: S311 - repeatable is what is wanted
