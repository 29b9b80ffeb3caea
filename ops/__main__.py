"""The entry point of the operator's command line: `orders-ops`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from console.command_line import exit_status
from console.progress import print_error
from console.terminal import print_anywhere
from ops.cli import app
from ops.errors import FAILURES, explain
from ordering.aws.logging import logger


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    print_anywhere()
    try:
        with _log_to(sys.stderr):
            return exit_status(app, sys.argv[1:] if arguments is None else arguments, name="orders-ops")
    except FAILURES as failure:
        why, remedy = explain(failure)
        print_error(f"✗ {why}\n  do: {remedy}")
        return 1
    except BrokenPipeError:
        # The reader (`| head`) has closed the pipe; what is still buffered is dropped.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print_error("\ninterrupted")
        return 130


@contextmanager
def _log_to(stream: TextIO) -> Iterator[None]:
    """Let the layer's logger write to `stream`: standard output may have to be one JSON document."""
    handler: Any = logger.registered_handler
    before = handler.setStream(stream)
    try:
        yield
    finally:
        if before:
            handler.setStream(before)


if __name__ == "__main__":
    sys.exit(main())
