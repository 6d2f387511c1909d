"""`bin/run venue`: the paper venue alone, and its ledger."""

import asyncio
import os
import signal
import sqlite3
import ssl
import sys
import threading
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Never

import msgspec
import typer

from bin.exit_codes import ExitCode
from bin.fault_file import load_faults
from bin.paths import DEFAULT_DATA_DIR
from config.problems import ConfigError
from exchange.alpha.numbers import encode
from exchange.paper.faults_plan import FaultPlan
from exchange.paper.files import PaperFileError
from exchange.paper.ledger import Ledger, read_ledger
from exchange.paper.settings import CreditRule, LatencyName, PaperSettings, Strictness
from exchange.paper.store import FILE_NAME, StoreBusy, open_for_reading

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

DataDir = Annotated[
    Path, typer.Option("--data-dir", metavar="DIR", help="Where its state file is.", show_default="data")
]


class Address(NamedTuple):
    """Where to listen on the loopback interface (port 0: any free one), and with which certificate."""

    port: int
    tls: ssl.SSLContext | None


class Ready(msgspec.Struct, frozen=True):
    """The one line on stdout, when the venue answers."""

    url: str
    ws: str
    pid: int


def _seconds(text: str) -> Decimal:
    try:
        seconds = Decimal(text)
    except InvalidOperation as error:
        raise typer.BadParameter(f"{text!r} is not a number") from error
    if not seconds.is_finite() or seconds < 0:
        raise typer.BadParameter(f"{text} is not 0 or more seconds")
    return seconds


@app.callback(invoke_without_command=True)
def venue(  # noqa: PLR0913 - one parameter per option
    ctx: typer.Context,
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 is any free one.")] = 0,
    settings: Annotated[Path | None, typer.Option(metavar="FILE", help="All options as JSON.")] = None,
    seed: Annotated[int | None, typer.Option(help="What everything random comes from.")] = None,
    latency: Annotated[LatencyName | None, typer.Option(help="How fast it answers and fills.")] = None,
    credit_rule: Annotated[CreditRule | None, typer.Option(help="What it counts of a buy.")] = None,
    tape: Annotated[Path | None, typer.Option(metavar="FILE", help="CSV of trades that move the price.")] = None,
    tokens: Annotated[Path | None, typer.Option(metavar="FILE", help="Dump of the token list.")] = None,
    symbols: Annotated[Path | None, typer.Option(metavar="FILE", help="Dump of the exchange info.")] = None,
    volume_lag: Annotated[
        Decimal | None, typer.Option(parser=_seconds, metavar="SECONDS", help="How late a buy is counted.")
    ] = None,
    faults: Annotated[Path | None, typer.Option(metavar="FILE", help="YAML of what goes wrong on purpose.")] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Only sessions of its own, renewed cookies, no floods.")
    ] = False,
    tls_cert: Annotated[Path | None, typer.Option(metavar="FILE", help="Certificate (PEM): https and wss.")] = None,
    tls_key: Annotated[Path | None, typer.Option(metavar="FILE", help="Its private key (PEM).")] = None,
    exit_with_parent: Annotated[bool, typer.Option(help="Stop when stdin is closed.")] = False,
) -> None:
    """Run the paper venue until SIGTERM or Ctrl-C. One line of JSON says where, when it is ready."""
    if ctx.invoked_subcommand is not None:
        return
    options = {
        "seed": seed,
        "latency": latency,
        "credit_rule": credit_rule,
        "volume_lag_seconds": volume_lag,
        "tape_file": tape and str(tape),
        "tokens_file": tokens and str(tokens),
        "symbols_file": symbols and str(symbols),
        "faults": faults and _fault_plan(faults),
        "strict": Strictness() if strict else None,
    }
    chosen = _settings(settings, {key: value for key, value in options.items() if value is not None})
    place = Address(port, _server_tls(tls_cert, tls_key))
    _guarded(lambda: asyncio.run(_serve(chosen, data_dir, place, exit_with_parent=exit_with_parent)), data_dir)


def _server_tls(cert: Path | None, key: Path | None) -> ssl.SSLContext | None:
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        raise typer.BadParameter("--tls-cert and --tls-key go together")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(cert, key)
    except OSError as error:  # among them ssl.SSLError
        _give_up(f"{cert} and {key} are no certificate with its key: {error}", ExitCode.CONFIGURATION)
    return context


def _fault_plan(file: Path) -> FaultPlan:
    try:
        return load_faults(file)
    except ConfigError as error:
        _give_up(str(error), ExitCode.CONFIGURATION)


def _settings(file: Path | None, options: dict[str, object]) -> PaperSettings:
    """The settings file's, overridden by the options."""
    try:
        base = msgspec.json.decode(file.read_bytes(), type=PaperSettings) if file else PaperSettings()
    except OSError as error:
        _give_up(f"{file}: cannot be read: {error.strerror}", ExitCode.CONFIGURATION)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        _give_up(f"{file}: {error}", ExitCode.CONFIGURATION)
    return msgspec.structs.replace(base, **options)


def _guarded(action: Callable[[], None], data_dir: Path) -> None:
    """Do it, and end in words and an exit code when the surroundings do not allow it."""
    try:
        action()
    except PaperFileError as error:
        _give_up(str(error), ExitCode.CONFIGURATION)
    except StoreBusy:
        _give_up(f"{data_dir}: another paper venue runs on it; stop that one first", ExitCode.STORAGE)
    except OSError as error:  # which names the file or the address
        _give_up(str(error), ExitCode.STORAGE)
    except (sqlite3.Error, msgspec.DecodeError) as error:
        _give_up(f"{data_dir / FILE_NAME}: {error}", ExitCode.STORAGE)


def _give_up(message: str, code: ExitCode) -> Never:
    typer.echo(f"venue: {message}", err=True)
    raise typer.Exit(code)


async def _serve(settings: PaperSettings, data_dir: Path, place: Address, *, exit_with_parent: bool) -> None:
    # aiohttp is slow to import, and reading a ledger does without.
    from exchange.paper.server import start_server  # noqa: PLC0415

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    broken: list[sqlite3.Error] = []

    def failed(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if not isinstance(error, sqlite3.Error):
            loop.default_exception_handler(context)
            return
        broken.append(error)
        stop.set()

    loop.set_exception_handler(failed)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if exit_with_parent:
        threading.Thread(target=_wait_for_parent, args=(loop, stop), daemon=True).start()
    server = await start_server(settings, data_dir, place.port, place.tls)
    sys.stdout.write(encode(Ready(server.url, server.ws, os.getpid())).decode() + "\n")
    sys.stdout.flush()
    await stop.wait()
    if broken:
        raise broken[0]  # a venue that forgets what it has done is none
    await server.stop()


def _wait_for_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Until the other end of stdin is closed, which the death of a parent does too. A thread of its own."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    loop.call_soon_threadsafe(stop.set)


@app.command()
def ledger(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    form: Annotated[Literal["table", "json"], typer.Option("--format", help="json: an object.")] = "table",
) -> None:
    """What the venue accepted, filled and credited. It may run or have stopped."""
    _guarded(lambda: _print_ledger(data_dir, form), data_dir)


def _print_ledger(data_dir: Path, form: str) -> None:
    try:
        store = open_for_reading(data_dir)
    except FileNotFoundError:
        _give_up(f"{data_dir} has no {FILE_NAME}; name the --data-dir of a run", ExitCode.USAGE)
    found = read_ledger(store)
    store.close()
    sys.stdout.write(encode(found).decode() + "\n" if form == "json" else _table(found))


def _table(found: Ledger) -> str:
    """Tables under their titles, trades between accounts only where there are any; counts of requests one per line."""
    requests = [
        (account, endpoint, str(count))
        for account, counts in found.requests.items()
        for endpoint, count in counts.items()
    ]
    return "\n".join(
        (
            _rows("orders", found.orders),
            _rows("credits", found.credits),
            *([_rows("trades between accounts", found.matches)] if found.matches else []),
            _columns("requests", [("account", "endpoint", "count"), *requests]),
        )
    )


def _rows(title: str, rows: tuple[msgspec.Struct, ...]) -> str:
    if not rows:
        return f"{title}: none\n"
    cells = [tuple(_cell(value) for value in msgspec.structs.astuple(row)) for row in rows]
    return _columns(title, [rows[0].__struct_fields__, *cells])


def _cell(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    return "-" if value is None else str(value)


def _columns(title: str, lines: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    shown = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return f"{title}\n" + "".join(f"  {line.rstrip()}\n" for line in shown)
