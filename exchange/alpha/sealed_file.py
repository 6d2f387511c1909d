"""The form of the file that credentials are kept in: AES-256-GCM under a key that Argon2id makes from a secret. Pure.

A JSON object: what is needed to make the key and to open the box, the box, and a checksum of both. The checksum only
tells damage from a wrong key; that nobody has edited the file is what the authenticated encryption says, of the header
too. The library that does the cryptography is loaded when it is first used: a run on the paper venue needs none.
"""

import hashlib
import os
from typing import Annotated, Final, Literal

import msgspec
from msgspec.structs import replace

FORMAT: Final = "otomat.credentials"
VERSION: Final = 1

# The tree:
#
#   VaultError
#     VaultMissing      there is no file yet
#     VaultUnreadable   the system does not let us read it
#     VaultUnwritable   the system does not let us write it; what was there before is still there
#     VaultExposed      others than its owner may read or write it
#     VaultDamaged      it is cut short, was edited, or is another file
#     VaultFormat       another version of this program wrote it
#     WrongKey          it is sound, and this is not its key
#     NoCredentials     it is open, and holds nothing of this account


class VaultError(Exception):
    """The credentials cannot be had; the message says which file, what is wrong and how to mend it, and no secret."""


class VaultMissing(VaultError): ...


class VaultUnreadable(VaultError): ...


class VaultUnwritable(VaultError): ...


class VaultExposed(VaultError): ...


class VaultDamaged(VaultError): ...


class VaultFormat(VaultError): ...


class WrongKey(VaultError): ...


class NoCredentials(VaultError): ...


class VaultKey(msgspec.Struct, frozen=True):
    """The secret text, such as a passphrase, that a key is made from."""

    text: str

    def __repr__(self) -> str:
        return "VaultKey(...)"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return []


class Cost(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one guess at the passphrase costs; by default the second choice of RFC 9106, section 4.

    The bounds keep an edited file from asking for more than a machine has.
    """

    memory_kib: Annotated[int, msgspec.Meta(ge=128, le=1_048_576)] = 65_536
    iterations: Annotated[int, msgspec.Meta(ge=1, le=64)] = 3
    lanes: Annotated[int, msgspec.Meta(ge=1, le=16)] = 4


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that is not secret. `keyring_entry` names the secret in the operating system's keyring, if it is there."""

    format: Literal["otomat.credentials"] = FORMAT
    version: Literal[1] = VERSION
    keyring_entry: str | None = None
    kdf: Literal["argon2id"] = "argon2id"
    cost: Cost = Cost()
    salt: Annotated[bytes, msgspec.Meta(min_length=8)]
    nonce: bytes = b""


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    header: Header
    box: bytes
    sha256: str


class _Claim(msgspec.Struct, frozen=True):
    """What any version says of itself."""

    format: str = ""
    version: int = 0


class _Claimed(msgspec.Struct, frozen=True):
    header: _Claim = _Claim()


def new_header(keyring_entry: str | None = None, cost: Cost | None = None) -> Header:
    """A header with a salt of its own, for a new key."""
    return Header(keyring_entry=keyring_entry, cost=cost or Cost(), salt=os.urandom(16))


def derived(key: VaultKey, header: Header) -> bytes:
    """The 32 bytes that open and close the box. Slow, and large in memory, on purpose."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415

    cost = header.cost
    kdf = Argon2id(
        salt=header.salt, length=32, iterations=cost.iterations, lanes=cost.lanes, memory_cost=cost.memory_kib
    )
    return kdf.derive(key.text.encode())


def sealed(content: bytes, header: Header, key: bytes) -> bytes:
    """The file's bytes, with a nonce of its own each time."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    fresh = replace(header, nonce=os.urandom(12))
    box = AESGCM(key).encrypt(fresh.nonce, content, _bytes(fresh))
    return _encoded(_File(header=fresh, box=box, sha256=_checksum(fresh, box)))


def header_of(file: bytes) -> Header:
    """What the file says of itself, not yet proven. Raises VaultFormat, VaultDamaged."""
    return _read(file).header


def opened(file: bytes, key: bytes) -> bytes:
    """The content. Raises VaultFormat, VaultDamaged, WrongKey."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    read = _read(file)
    try:
        return AESGCM(key).decrypt(read.header.nonce, read.box, _bytes(read.header))
    except (InvalidTag, ValueError):
        raise WrongKey("the key does not open it (or somebody edited it with care)") from None


def _read(file: bytes) -> _File:
    _check_version(file)
    try:
        read = msgspec.json.decode(file, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise VaultDamaged("it is damaged: cut short, or edited") from None
    if _checksum(read.header, read.box) != read.sha256 or _encoded(read) != file:
        raise VaultDamaged("it is damaged: its checksum does not fit, so it was edited, or badly copied")
    return read


def _check_version(file: bytes) -> None:
    try:
        claim = msgspec.json.decode(file, type=_Claimed).header
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise VaultDamaged("it is damaged, or no file of credentials: it cannot be read to its end") from None
    if claim.format != FORMAT:
        raise VaultDamaged("it is no file of credentials, or one that was edited")
    if claim.version > VERSION:
        raise VaultFormat(f"a newer version wrote it: its format is {claim.version}, known here is {VERSION}; update")
    if claim.version < VERSION:
        raise VaultFormat(
            f"an older version wrote it: its format is {claim.version}, needed is {VERSION}; move it away and add the"
            " accounts again"
        )


def _encoded(file: _File) -> bytes:
    return msgspec.json.encode(file) + b"\n"


def _checksum(header: Header, box: bytes) -> str:
    return hashlib.sha256(_bytes(header) + box).hexdigest()


def _bytes(header: Header) -> bytes:
    return msgspec.json.encode(header)
