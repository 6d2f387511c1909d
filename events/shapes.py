"""Working out the shapes of structs before threads need them."""

from contextlib import suppress

import msgspec


def settle_shapes(base: type[msgspec.Struct] = msgspec.Struct) -> None:
    """Let msgspec work out the shape of every struct that is imported. One thread only, before others start.

    It does so when a struct is first decoded, and msgspec 0.22 crashes the process when two threads do it at once for
    the same struct. Structs that are never decoded may have fields that have no JSON form: they are left out.
    """
    for struct in base.__subclasses__():
        with suppress(TypeError):
            msgspec.json.Decoder(struct)
        settle_shapes(struct)
