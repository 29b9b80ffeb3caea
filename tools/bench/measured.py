"""The program that is measured. It runs on the Python version of Lambda, and imports no module of tools.

    python3.13 measured.py STATEMENT [HANDLER EVENT REQUESTS]

Runs a statement, as a function's initialisation, and then sends the handler the event of a file a number of
times. It ends without the clean-up of an interpreter, which a function never does.
"""

# What Lambda's runtime has imported before it imports a handler (`awslambdaric/bootstrap.py` of
# aws-lambda-python-runtime-interface-client, and what that imports).
import contextlib  # noqa: F401
import decimal  # noqa: F401
import importlib
import json
import logging  # noqa: F401
import math  # noqa: F401
import os
import re  # noqa: F401
import sys
import textwrap  # noqa: F401
import threading  # noqa: F401
import time  # noqa: F401
import traceback
from typing import Any


class Context:
    """The context of an invocation."""

    function_name = "measured"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:measured"
    aws_request_id = "5b4a9e54-6a4d-4f0a-9b0a-0d3c2f1e7a11"

    def get_remaining_time_in_millis(self) -> int:
        """Returns a time that is always sufficient."""
        return 10_000


def main(statement: str, handler: str = "", event: str = "", requests: str = "0") -> int:
    """Run the statement and the requests. Returns the exit status."""
    exec(statement, {})  # noqa: S102 (a statement of tools.bench)
    if handler:
        run: Any = importlib.import_module(handler).handler
        with open(event, encoding="utf-8") as file:  # noqa: PTH123 (pathlib is not imported, to count nothing)
            content = file.read()
        for _ in range(int(requests)):
            response = run(json.loads(content), Context())
            if response["statusCode"] >= 300:
                print(response, file=sys.stderr)
                return 1
    return 0


try:
    status = main(*sys.argv[1:])
except BaseException:
    traceback.print_exc()
    status = 1
sys.stdout.flush()
sys.stderr.flush()
os._exit(status)
