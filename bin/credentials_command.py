"""`bin/run credentials`: the login sessions with which accounts trade at the real venue, kept encrypted."""

import hashlib
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from bin.credentials_file import credentials_path, opened_vault, told
from bin.credentials_input import NothingToRead, copied_text
from bin.credentials_key import NEW_VARIABLE, VARIABLE, KeyFd, forget, new_key
from bin.exit_codes import ExitCode
from bin.lock import DataDirLock, holder
from bin.log_file import DEFAULT, DataDir
from bin.paths import DEFAULT_CONFIG
from bin.refusal import refused
from config.loader import load_with_origins
from config.problems import ConfigError
from config.schema import Settings
from exchange.alpha.curl import Findings, NotCopied, copied_request, findings
from exchange.alpha.sealed_file import VaultError, VaultMissing
from exchange.alpha.session import Credentials, cookies_of
from exchange.alpha.vault import Kept, Vault, create_vault, vault_header
from projections.figures import counted, utc

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, help=__doc__, no_args_is_help=True)

User = Annotated[int, typer.Option("--user", metavar="N", min=1, help="The account.")]
Config = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Settings; config/trading_config.yaml without it.")
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON, for scripts.")]
InKeyring = Annotated[
    bool, typer.Option("--keyring", help="Make a key and put it into the operating system's keyring.")
]


@app.command()
def add(  # noqa: PLR0913 - one parameter per option
    *,
    user: User,
    file: Annotated[Path | None, typer.Option(metavar="FILE", help="Read the copied request from there.")] = None,
    keyring: InKeyring = False,
    config: Config = None,
    data_dir: DataDir = DEFAULT,
    key_fd: KeyFd = None,
    as_json: AsJson = False,
) -> None:
    """Keep the session of an account: give the request that your browser copied as cURL or as PowerShell.

    Log in, open the browser's developer tools, choose a request to /bapi/ in the list of the network traffic, and copy
    it. It is read from --file, else from standard input; at a terminal you are asked, and what you paste is not shown.
    The first account makes the file, with a new passphrase or --keyring.
    """
    path = credentials_path(_settings(config).venue, data_dir)
    try:
        found = findings(copied_request(copied_text(file)))
    except (NothingToRead, NotCopied) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(ExitCode.CONFIGURATION) from None
    tell = _tell_as_json if as_json else _tell
    tell(found, user)
    if found.credentials is None:
        raise typer.Exit(ExitCode.CONFIGURATION)
    with told():
        _vault_to_add_to(path, key_fd, keyring=keyring).save(user, found.credentials)
    typer.echo(f"user {user}: kept, encrypted, in {path}", err=as_json)
    if file is not None:
        typer.echo(f"{file} still holds the session, not encrypted: delete it", err=True)


@app.command(name="list")
def list_(*, config: Config = None, data_dir: DataDir = DEFAULT, key_fd: KeyFd = None, as_json: AsJson = False) -> None:
    """Tell whose sessions are kept, since when, and by what they can be told apart; never what they are."""
    path = credentials_path(_settings(config).venue, data_dir)
    with told():
        rows = [_masked(user, kept) for user, kept in sorted(opened_vault(path, key_fd).accounts().items())]
    for row in rows:
        if as_json:
            typer.echo(msgspec.json.encode(row))
            continue
        renewed = f"renewed {row['renewed_at']}" if row["renewed_at"] else "never renewed"
        cookies = counted(len(row["cookies"]), "cookie")
        typer.echo(f"user {row['user_id']}: {cookies}, print {row['print']}, added {row['added_at']}, {renewed}")
    if not rows and not as_json:
        typer.echo(f"{path} holds no credentials")


@app.command()
def check(
    *,
    user: Annotated[int | None, typer.Option("--user", metavar="N", min=1, help="This account only.")] = None,
    config: Config = None,
    data_dir: DataDir = DEFAULT,
    key_fd: KeyFd = None,
    as_json: AsJson = False,
) -> None:
    """Ask the venue of the settings for each account's wallet, which shows whether its session is alive.

    Nothing is ordered, canceled or changed. Exit code 4: a session has expired, or the venue wants to see its owner;
    2: whether it is alive cannot be told, since the venue gave no answer to that.
    """
    # The network's libraries are slow to import, and only this command needs them.
    from bin.credentials_check import NotAtPaper, checked, exit_code, hosts_of  # noqa: PLC0415

    settings = _settings(config)
    with told(NotAtPaper, OSError):
        hosts_of(settings)  # so that nobody types a passphrase in vain
        results = checked(settings, opened_vault(credentials_path(settings.venue, data_dir), key_fd), user)
    for result in results:
        typer.echo(msgspec.json.encode(result) if as_json else f"user {result.user_id}: {result.words}")
    raise typer.Exit(exit_code(results))


@app.command()
def remove(
    *,
    user: User,
    config: Config = None,
    data_dir: DataDir = DEFAULT,
    key_fd: KeyFd = None,
    as_json: AsJson = False,
) -> None:
    """Forget the session of an account. To end it at the venue as well, log out there.

    Exit code 1: it is removed, but a supervisor runs on the data directory and goes on with what it has read.
    """
    path = credentials_path(_settings(config).venue, data_dir)
    with told():
        opened_vault(path, key_fd).remove(user)
    pid = holder(data_dir)
    done = {"user_id": user, "removed_from": str(path), "still_used_by": pid}
    typer.echo(msgspec.json.encode(done) if as_json else f"user {user}: removed from {path}")
    if pid is not None:
        end = f"bin/run kill --user {user} --data-dir {data_dir}"
        typer.echo(f"pid {pid} still trades with it if user {user} is in its run: {end}", err=True)
        raise typer.Exit(ExitCode.DIFFERENCE)


@app.command()
def rotate_key(
    *,
    keyring: InKeyring = False,
    new_key_fd: Annotated[
        int | None, typer.Option(metavar="N", help="Read the new passphrase from this open file descriptor.")
    ] = None,
    config: Config = None,
    data_dir: DataDir = DEFAULT,
    key_fd: KeyFd = None,
    as_json: AsJson = False,
) -> None:
    """Encrypt the credentials with another key. No supervisor may be running on the data directory."""
    path = credentials_path(_settings(config).venue, data_dir)
    with told(), DataDirLock(data_dir):
        before = vault_header(path).keyring_entry
        vault = opened_vault(path, key_fd)
        made = new_key(key_fd=new_key_fd, variable=NEW_VARIABLE, in_keyring=keyring)
        try:
            vault.rotate(made.key, made.keyring_entry)
        except VaultError:
            forget(made.keyring_entry)
            raise
        forget(before)
    if as_json:
        typer.echo(msgspec.json.encode({"rotated": str(path)}))
    typer.echo(
        f"{path} is encrypted with the new key; copies of the file that you kept still need the old one", err=as_json
    )


def _settings(config: Path | None) -> Settings:
    try:
        return load_with_origins(config or DEFAULT_CONFIG, {}, may_be_idle=True).settings
    except ConfigError as error:
        raise refused(error) from None


def _vault_to_add_to(path: Path, key_fd: int | None, *, keyring: bool) -> Vault:
    """The file, or a new one where there is none. Raises VaultError, KeyUnavailable."""
    try:
        vault_header(path)
    except VaultMissing:
        made = new_key(key_fd=key_fd, variable=VARIABLE, in_keyring=keyring)
        return create_vault(path, made.key, keyring_entry=made.keyring_entry)
    if keyring:
        raise typer.BadParameter(
            f"{path} has its key already; to change it, use: bin/run credentials rotate-key --keyring"
        )
    return opened_vault(path, key_fd)


def _tell_as_json(found: Findings, user: int) -> None:
    shown = {name: value for name, value in msgspec.structs.asdict(found).items() if name != "credentials"}
    typer.echo(msgspec.json.encode({"user_id": user, **shown}))


def _tell(found: Findings, user: int) -> None:  # noqa: ARG001 - as above
    typer.echo(f"read a request for {found.form} to {found.host or 'an address that cannot be read'}")
    for title, names in (("headers", found.headers), ("cookies", found.cookies), ("not needed", found.left_out)):
        if names:
            typer.echo(f"  {title}: {', '.join(names)}")
    for missing in found.missing:
        typer.echo(f"  missing: {missing}", err=True)


def _masked(user: int, kept: Kept) -> dict[str, Any]:
    return {
        "user_id": user,
        "cookies": list(cookies_of(kept.credentials.cookie)),
        "print": fingerprint(kept.credentials),
        "added_at": utc(kept.added_at),
        "renewed_at": utc(kept.renewed_at) if kept.renewed_at else None,
    }


def fingerprint(credentials: Credentials) -> str:
    """Eight hexadecimal digits by which sessions can be told apart, and which tell nothing else about them."""
    return hashlib.sha256(f"{credentials.cookie}\n{credentials.csrf_token}".encode()).hexdigest()[:8]
