"""What is wrong with a configuration, said so that its writer can mend it."""

import difflib
from collections.abc import Iterable

from msgspec import Struct

MOST_PROBLEMS = 100
_LONGEST_SHOWN = 60
_LONGEST_COMPARED = 64


class Place(Struct, frozen=True):
    """Where a value was written: in a file (line and column count from 1; 0: not known), or as an option."""

    file: str = ""
    line: int = 0
    column: int = 0
    option: str = ""

    def __str__(self) -> str:
        if self.option:
            return self.option
        return ":".join([self.file, *(str(number) for number in (self.line, self.column) if number)])


class Problem(Struct, frozen=True):
    """One thing to mend. `key_path` is like `strategies[0].target_volume`; empty for the file as a whole."""

    place: Place
    key_path: str
    found: str
    expected: str
    suggestion: str | None = None

    def __str__(self) -> str:
        with_path = self.key_path and not self.place.option
        where = f"{self.place}: {self.key_path}" if with_path else str(self.place)
        hint = f"; did you mean {self.suggestion}?" if self.suggestion else ""
        return f"{where}: found {self.found}, expected {self.expected}{hint}"


class ConfigError(Exception):
    """The configuration cannot be used: mend `problems`, which are all that were found, and start again."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ProblemList:
    """Gathers problems; beyond `MOST_PROBLEMS` it only notes that there are more. For one thread."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    @property
    def full(self) -> bool:
        """Whether there is no use in looking for more."""
        return len(self.problems) > MOST_PROBLEMS

    def add(self, place: Place, key_path: str, found: str, expected: str, suggestion: str | None = None) -> None:
        """Note one problem, unless there are too many already."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(place, key_path, found, expected, suggestion))
        elif not self.full:
            self.problems.append(Problem(place, key_path, "yet more problems", "these to be mended first"))

    def raise_if_any(self) -> None:
        """Raise ConfigError with all problems, by line."""
        if self.problems:
            raise ConfigError(sorted(self.problems, key=lambda problem: problem.place.line))


def shown(text: str) -> str:
    """Quote a value for a message: control characters escaped, long text cut."""
    cut = text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."
    return '"' + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut) + '"'


def near_miss(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that `word` was probably meant to be, None when no known word is close."""
    if len(word) > _LONGEST_COMPARED:
        return None
    by_folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None
