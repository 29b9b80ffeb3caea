"""The commands of the local run. A function's parameters are the options, its docstring is the help."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from console.command_line import exit_status, new_app
from console.progress import StepFailed, report, say, step
from console.shell_environment import bypass_proxies, forget_aws, proxied
from console.terminal import print_anywhere
from console.workspace import DEFAULT, Workspace

# Commands import what they need when they run, so that `token` does not wait for what `up` imports.

_SUB = "alice"
_SCOPE = "orders:read orders:write"
_PROFILE_SCOPE = "customers:read customers:write"
_SAMPLE_SCOPE = f"{_SCOPE} {_PROFILE_SCOPE}"
# By the settings of the caller's shell, before this process exempts loopback from the proxies.
_PROXIED = proxied()
_PORT_HELP = "on 127.0.0.1; 0 picks a free one. Default: the port of the last run, or"

app = new_app("The local run of the order backend: an engine that imitates AWS, and the app deployed to it.")

InWorkspace = Annotated[
    Path,
    typer.Option("--workspace", metavar="FOLDER", help="The folder of the local run.", show_default=".local"),
]


def _workspace(folder: Path) -> Workspace:
    return Workspace(folder.resolve())


@app.command()
def setup() -> None:
    """Install the environments (.venv, node_modules, the engine's) whose lock file has changed."""
    from local.toolchains import prepare

    prepare()


@app.command()
def lock(
    upgrade: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PACKAGE",
            help="Upgrade this package to its newest version; may be repeated; `all` upgrades all packages.",
        ),
    ] = None,
) -> None:
    """Compile every requirements.in, and package.json, into its lock file."""
    from local.locks import compile_all

    compile_all(upgrade or [])


@app.command()
def up(
    workspace: InWorkspace = DEFAULT,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help=f"The engine's port {_PORT_HELP} 4566.")
    ] = None,
    issuer_port: Annotated[
        int | None, typer.Option(min=0, max=65535, help=f"The issuer's port {_PORT_HELP} 4567.")
    ] = None,
    web_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help=f"The port of the web application {_PORT_HELP} 5173."),
    ] = None,
    lambda_authoriser: Annotated[
        bool,
        typer.Option(
            "--lambda-authoriser", help="Verify tokens by the app's Lambda authoriser, not by the gateway."
        ),
    ] = False,
    no_sample: Annotated[
        bool, typer.Option("--no-sample", help="Create neither the sample catalogue nor the sample order.")
    ] = False,
) -> None:
    """Start the engine, the issuer and the web application, deploy the app, and place a sample order."""
    from local import product_images, sample, sample_order
    from local.environment import up_in_locked

    run = _workspace(workspace)
    # Locked until the end: another `up` would create the same products, and `down` would end the engine.
    with run.locked():
        shop = up_in_locked(
            run,
            engine_port=port,
            issuer_port=issuer_port,
            web_port=web_port,
            lambda_authoriser=lambda_authoriser,
        )
        if no_sample:
            return
        with step("Catalogue") as progress:
            staff = shop.token("operator", "products:write")
            new = sample.stock_catalogue(shop.api, staff)
            pictures = product_images.upload_missing(shop.api, staff)
            progress.note = f"{len(sample.CATALOGUE)} products, {new} of them new, {pictures} new pictures"
        with step("Customer") as progress:
            new_address = sample.enter_profile(shop.api, shop.token(_SUB, _PROFILE_SCOPE))
            progress.note = f"{_SUB} gets mail at {sample.EMAIL}" if new_address else f"{_SUB} has a profile"
        order_id = sample_order.place_and_follow(run, customer=_SUB, scope=_SAMPLE_SCOPE)
    say()
    for line in sample.what_next(shop.api, order_id, web=shop.web, proxied=_PROXIED):
        say(line)


@app.command()
def down(workspace: InWorkspace = DEFAULT) -> None:
    """End the processes that `up` started, and delete their state; logs and the signing key are kept."""
    from local.down import lines_of_down

    for line in lines_of_down(_workspace(workspace)):
        say(line)


@app.command()
def status(workspace: InWorkspace = DEFAULT) -> None:
    """Show which processes run, their addresses, and what is deployed."""
    from local.status import lines_of_status

    for line in lines_of_status(_workspace(workspace)):
        say(line)


@app.command()
def logs(
    workspace: InWorkspace = DEFAULT,
    lines: Annotated[
        int, typer.Option(min=1, help="How many lines of the engine, and of the functions.")
    ] = 60,
    function: Annotated[
        str, typer.Option(metavar="TEXT", help="Only log groups whose name contains this text.")
    ] = "",
) -> None:
    """Show the latest log lines of the engine and of every function."""
    from local.environment import attach
    from local.logs import engine_lines, function_lines

    run = _workspace(workspace)
    engine_log = run.logs / "engine.log"
    say(f"== engine, the end of {engine_log}")
    for line in engine_lines(engine_log, lines):
        say(line)
    say("== functions")
    for line in function_lines(attach(run).aws, lines, function):
        say(line)


@app.command()
def watch(workspace: InWorkspace = DEFAULT) -> None:
    """Bring each saved handler, and the shared layer, to the engine at once; follow the functions' logs."""
    from local import interruption
    from local.watch import Watch

    watched = Watch(_workspace(workspace))
    with interruption.as_event() as stop:
        watched.run(stop)
    say("stopped watching; the functions keep the code that was saved last")


@app.command()
def token(
    workspace: InWorkspace = DEFAULT,
    sub: Annotated[str, typer.Option(help="The customer's id.")] = _SUB,
    scope: Annotated[str, typer.Option(help="The scopes, separated by spaces.")] = _SCOPE,
) -> None:
    """Print a signed access token on one line, and nothing else."""
    from local.environment import attach

    say(attach(_workspace(workspace)).token(sub, scope))


@app.command()
def order(workspace: InWorkspace = DEFAULT) -> None:
    """Place a sample order, follow it to its end, and show the mail about it."""
    from local import sample_order

    sample_order.place_and_follow(_workspace(workspace), customer=_SUB, scope=_SAMPLE_SCOPE)


@app.command()
def mail(workspace: InWorkspace = DEFAULT) -> None:
    """Show the mail sent to customers, the newest last."""
    from local.environment import attach
    from local.mail import inbox, to_read

    received = inbox(attach(_workspace(workspace)).outputs["Endpoint"])
    for line in to_read(received):
        say(line)
    if not received:
        say("no mail has been sent yet; `make order` places an order, which sends some")


def run(arguments: Sequence[str]) -> int:
    """Run the command line; returns the exit status: 0, 1 when a step failed, 2 for wrong usage."""
    print_anywhere()
    forget_aws()
    bypass_proxies()
    try:
        return exit_status(app, arguments, name="orders-local")
    except StepFailed as failure:
        failure.step = failure.step or "stopped"
        report(failure)
    except BrokenPipeError:
        # The reader (`| head`) has closed the pipe; what is still buffered is dropped.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] in ("console", "local", "ordering"):
            raise
        report(
            StepFailed(
                f"the packages of this project are not installed: {missing.name} is missing",
                "run `make up` first",
            )
        )
    except OSError as error:
        # A full disk, or a folder of another user.
        report(StepFailed(str(error), "fix the cause, then run the command again"))
    return 1
