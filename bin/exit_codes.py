"""What the exit code of every command means, for scripts and for the README."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The codes a command may end with; 64 and above follow BSD's sysexits.h."""

    OK = 0
    """All targets were reached, or the command did what it was asked."""

    DIFFERENCE = 1
    """A check found a difference."""

    UNREADABLE = 2
    """A check could not be made: what was to be checked cannot be read."""

    STOPPED = 3
    """The operator stopped the run before every target was reached."""

    ACCOUNT_FAILED = 4
    """Some account failed or is parked; the others ended as they should."""

    USAGE = 64
    """The command line could not be understood; nothing was started."""

    SET_UP = 69
    """The Python environment could not be made; nothing was started."""

    INTERNAL = 70
    """A defect in Otomat itself; the traceback is on stderr."""

    STORAGE = 74
    """The log or the data directory could not be written; nothing was traded unrecorded."""

    NO_SUPERVISOR = 75
    """No supervisor runs on the data directory, or it is just starting or ending; nothing was changed."""

    NOT_ALLOWED = 77
    """The supervisor is another user's; nothing was changed."""

    CONFIGURATION = 78
    """The configuration has errors, all of which were listed; nothing was started."""

    BROKEN_PIPE = 141
    """The reader of our output went away, as in `| head` (128 + SIGPIPE)."""
