"""The command line without its commands, which the `cli.py` of each group adds."""

from __future__ import annotations

from console.command_line import new_app

_EPILOG = """\
AWS credentials and region come from the usual variables, AWS_PROFILE and AWS_REGION among them.

Exit status: 0, done, or nothing to do. 1, refused or failed: the message says what to do. 2, wrong usage.
3, done in part: the rest is listed, with the reason. 130, interrupted: what was done stays done.
The exit statuses of `status` are in its own help.

What each alarm means, and what to do then: docs/runbooks/README.md
"""

app = new_app(
    "Whether all is well, and commands for orders that do not end by themselves: for a stage in AWS "
    "(--stage) and for the local run (--local). Commands that change something ask first, unless --yes is "
    "given.",
    _EPILOG,
)
