"""`bin/run alerts`: try the services that tell of trouble, and see what is on its way."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bin import alert_tracking
from bin.alert_services import AlertsMisconfigured, Service, send, services
from bin.exit_codes import ExitCode
from bin.log_file import DEFAULT, DataDir
from bin.paths import DEFAULT_CONFIG
from bin.refusal import refused
from config.loader import load_with_origins
from config.problems import ConfigError
from projections.figures import counted, utc

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)

Config = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Settings; config/trading_config.yaml without it.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One object a line.")]


@app.callback()
def alerts() -> None:
    """Tell somebody else when a target is reached, an account is parked, a stream is lost, a limit met, coins held."""


@app.command("test")
def try_services(*, config: Config = None, as_json: AsJson = False) -> None:
    """Send a test alert to every service. Exit code 4: some service did not take it."""
    known = _services(config)
    results = [(one, send(one, "Otomat: a test", "If you can read this, alerts arrive.")) for one in known]
    for service, sent in results:
        _tell(service, sent=sent, as_json=as_json)
    raise typer.Exit(ExitCode.OK if all(sent for _, sent in results) else ExitCode.ACCOUNT_FAILED)


@app.command()
def status(*, data_dir: DataDir = DEFAULT, as_json: AsJson = False) -> None:
    """Which alerts wait to be sent, and how many were sent or given up."""
    found = alert_tracking.read(data_dir)
    if found is None:
        typer.echo(f"{data_dir} has no {alert_tracking.FILE_NAME}: no run has sent alerts from there")
        return
    box = found.outbox
    if as_json:
        waiting = [
            {"title": one.alert.title, "kind": one.alert.kind, "service": one.service, "failures": one.failures}
            for one in box.deliveries
        ]
        typer.echo(msgspec.json.encode({"sent": box.sent, "dropped": box.dropped, "waiting": waiting}).decode())
        return
    typer.echo(f"{counted(box.sent, 'alert')} sent, {box.dropped} given up, {len(box.deliveries)} waiting")
    for one in box.deliveries:
        typer.echo(f"  {utc(one.alert.at)[:19]} {one.alert.title}: {counted(one.failures, 'failed try')}")


@app.command(hidden=True)
def follow(data_dir: DataDir = DEFAULT) -> None:
    """Send the alerts of a run; the supervisor starts it."""
    from bin.alert_loop import follow as run  # noqa: PLC0415 - it loads what reads a log

    run(data_dir, sys.stdin, sys.stdout)


def _services(config: Path | None) -> tuple[Service, ...]:
    try:
        settings = load_with_origins(config or DEFAULT_CONFIG, may_be_idle=True).settings.alerts
        known = services(settings.urls_file)
    except ConfigError as error:
        raise refused(error) from None
    except AlertsMisconfigured as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(ExitCode.CONFIGURATION) from None
    if not known:
        typer.echo("no service is named: give alerts.urls_file, or set OTOMAT_ALERT_URLS", err=True)
        raise typer.Exit(ExitCode.CONFIGURATION)
    return known


def _tell(service: Service, *, sent: bool, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode({"service": service.name, "kind": service.kind, "sent": sent}).decode())
        return
    how = "sent" if sent else "not sent: look at its URL, and whether it can be reached from here"
    typer.echo(f"{service.kind} {service.name}: {how}")
