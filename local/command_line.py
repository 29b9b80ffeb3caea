"""The commands of the local run: ``python -m local setup|up|down|status|logs|token|order|mail|lock``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from local.home import DEFAULT, Home
from local.steps import StepFailed, detail, report, say, step
from local.surroundings import bypass_proxies, forget_aws, proxied
from local.terminal import print_anywhere

# Commands import what they need when they run: `down` and `status` must work before, and without, any
# installed package.

_OURS = ("local", "ordering")
_SUB = "alice"
_SCOPE = "orders:read orders:write"
_PROFILE_SCOPE = "customers:read customers:write"
# Of the caller's shell, before this process takes its own way past the proxies.
_PROXIED = proxied()


def _setup(home: Home, arguments: argparse.Namespace) -> None:
    from local.environments import prepare

    prepare()


def _lock(home: Home, arguments: argparse.Namespace) -> None:
    from local.locks import compile_all

    compile_all()


def _up(home: Home, arguments: argparse.Namespace) -> None:
    from local import sample
    from local.instance import up_in_locked

    # Until the last line: another `up` would enter the same products, `down` would end what is asked here.
    with home.locked():
        shop = up_in_locked(
            home,
            engine_port=arguments.port,
            issuer_port=arguments.issuer_port,
            lambda_authoriser=arguments.lambda_authoriser,
        )
        if arguments.no_sample:
            return
        with step("Catalogue") as progress:
            new = sample.stock_catalogue(shop.api, shop.token("operator", "products:write"))
            progress.note = f"{len(sample.CATALOGUE)} products, {new} of them new"
        with step("Customer") as progress:
            new_address = sample.enter_profile(shop.api, shop.token(_SUB, _PROFILE_SCOPE))
            progress.note = f"{_SUB} gets mail at {sample.EMAIL}" if new_address else f"{_SUB} has a profile"
        order_id = _sample_order(home)
    say()
    for line in sample.what_next(shop.api, order_id, proxied=_PROXIED):
        say(line)


def _order(home: Home, arguments: argparse.Namespace) -> None:
    _sample_order(home)


def _sample_order(home: Home) -> str:
    from local import mail, sample
    from local.instance import attach

    shop = attach(home)
    token = shop.token(_SUB, f"{_SCOPE} {_PROFILE_SCOPE}")
    with step("Order") as progress:
        placed: str = sample.place_order(shop.api, token)["orderId"]
        order = sample.follow(shop.api, token, placed)
        progress.note = order["status"]
    with step("Mail") as progress:
        if sample.has_profile(shop.api, token):
            sent = mail.await_last(shop.outputs["Endpoint"], placed)
            for line in mail.beside_the_timeline(sent, order):
                detail(line)
            progress.note = f"the last one {mail.seconds_after(sent, order):.2f} s after the order's end"
        else:
            progress.note = f"none: {_SUB} has no profile"
    return placed


def _mail(home: Home, arguments: argparse.Namespace) -> None:
    from local import mail
    from local.instance import attach

    received = mail.inbox(attach(home).outputs["Endpoint"])
    for line in mail.to_read(received):
        say(line)
    if not received:
        say("no mail was sent yet; `make order` brings some")


def _down(home: Home, arguments: argparse.Namespace) -> None:
    from local.takedown import down

    ended = down(home)
    for what in ended:
        say(f"ended the {what}")
    if not ended:
        say("nothing of the local run was running")


def _status(home: Home, arguments: argparse.Namespace) -> None:
    from local import outputs

    state = home.load()
    for name, service in (("engine", state.engine), ("issuer", state.issuer)):
        if service is None:
            say(f"{name}: not started")
        elif service.process.is_alive():
            say(f"{name}: runs at {service.url} (process {service.process.pid})")
        else:
            say(f"{name}: has ended; `make up` starts it again")
    if state.engine is not None and state.engine.process.is_alive() and state.deployed:
        say(f"deployed; outputs in {home.outputs}")
        for output, value in outputs.read(home).items():
            say(f"  {output:<24} {value}")
    else:
        say("nothing is deployed; `make up` deploys")


def _logs(home: Home, arguments: argparse.Namespace) -> None:
    from local import logs
    from local.instance import attach

    engine_log = home.logs / "engine.log"
    say(f"== engine, the end of {engine_log}")
    for line in logs.engine_lines(engine_log, arguments.lines):
        say(line)
    say("== functions")
    for line in logs.function_lines(attach(home).aws, arguments.lines, arguments.function):
        say(line)


def _token(home: Home, arguments: argparse.Namespace) -> None:
    from local.instance import attach

    say(attach(home).token(arguments.sub, arguments.scope))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local", description="The local run of the order backend."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    def command(
        name: str, run: Callable[[Home, argparse.Namespace], None], help_text: str
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help_text, description=help_text)
        added.set_defaults(run=run)
        added.add_argument(
            "--home", type=Path, default=DEFAULT, help="the folder of this local run (default: .local)"
        )
        return added

    command("setup", _setup, "install what everything runs in, where a lock file has changed")
    command("lock", _lock, "compile every requirements.in, and package.json, anew into its lock file")

    up = command("up", _up, "start the engine and the issuer, deploy the app, place a sample order")
    port_help = "of 127.0.0.1; 0 picks a free one (default: the one it had, or %d)"
    up.add_argument("--port", type=_port_number, help="the engine's port " + port_help % 4566)
    up.add_argument("--issuer-port", type=_port_number, help="the issuer's port " + port_help % 4567)
    up.add_argument(
        "--lambda-authoriser",
        action="store_true",
        help="let the app's Lambda authoriser judge tokens, and not the gateway's own",
    )
    up.add_argument("--no-sample", action="store_true", help="neither sample catalogue nor sample order")

    command("down", _down, "end what `up` started and forget its state")
    command("status", _status, "what runs, and what is deployed")

    logs = command("logs", _logs, "the last lines of the engine and of the functions")
    logs.add_argument("--lines", type=int, default=60, help="how many of each (default: 60)")
    logs.add_argument("--function", default="", help="only of log groups whose name holds this")

    token = command("token", _token, "print a signed access token, alone on one line")
    token.add_argument("--sub", default=_SUB, help=f"whose token (default: {_SUB})")
    token.add_argument("--scope", default=_SCOPE, help=f"space-separated scopes (default: {_SCOPE})")

    command("order", _order, "place a sample order, follow it to its end, and show the mail it brings")
    command("mail", _mail, "the mail that customers were sent, the newest last")
    return parser


def _port_number(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is not a port: 1 to 65535, or 0 for a free one")
    return port


def main() -> int:
    """Run the command line; the exit status is 1 when a step failed."""
    print_anywhere()
    forget_aws()
    bypass_proxies()
    arguments = _parser().parse_args()
    try:
        arguments.run(Home(arguments.home.resolve()), arguments)
    except StepFailed as failure:
        return _failed(failure, arguments.command)
    except BrokenPipeError:
        # The reader (`| head`) has had enough; what is still buffered goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] in _OURS:
            raise
        why = f"the packages of this project are not installed: there is no {missing.name}"
        return _failed(StepFailed(why, "run `make up` first"), arguments.command)
    except OSError as error:
        # A full disk, a folder that belongs to somebody else.
        return _failed(StepFailed(str(error), "mend that, then run the command again"), arguments.command)
    return 0


def _failed(failure: StepFailed, command: str) -> int:
    failure.step = failure.step or command
    report(failure)
    return 1
