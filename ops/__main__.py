"""The operator's command line: ``orders-ops --help``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from local.home import Home
from local.terminal import print_anywhere
from local.visible import visible
from ops.arguments import Command, parser
from ops.refusal import Refused
from ops.stage import Stage, in_aws, on_this_machine

_REACHING_AWS = "check that you are online and signed in, and AWS_PROFILE and AWS_REGION"
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId"})


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; answers the exit status."""
    print_anywhere()
    arguments = parser().parse_args(argv)
    run: Command = arguments.run
    try:
        return run(_stage(arguments), arguments)
    except Refused as refused:
        return _failed(refused.why, refused.do)
    except ClientError as error:
        return _failed(*_explained(error))
    except BotoCoreError as error:
        where = "see that the local run is well (`make status`)" if arguments.local else _REACHING_AWS
        return _failed(str(error), where)
    except BrokenPipeError:
        # The reader (`| head`) has had enough; what is still buffered goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130


def _stage(arguments: argparse.Namespace) -> Stage:
    if arguments.local:
        return on_this_machine(Home(arguments.home.resolve()))
    return in_aws(arguments.stage)


def _failed(why: str, do: str) -> int:
    sys.stdout.flush()
    print(f"✗ {visible(why)}\n  do: {visible(do)}", file=sys.stderr)
    return 1


def _explained(error: ClientError) -> tuple[str, str]:
    said = error.response["Error"]
    why = f"{error.operation_name}: {said['Code']}: {said['Message']}"
    if said["Code"] in _DENIED:
        return why, "docs/runbooks/README.md lists what an operator's role has to be allowed"
    if said["Code"] in _EXPIRED:
        return why, "sign in again"
    return why, "run it again: a command that was cut short can be repeated"


if __name__ == "__main__":
    sys.exit(main())
