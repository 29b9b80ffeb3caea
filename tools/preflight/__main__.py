"""Checks an AWS account before a deployment: quotas, mail, secrets, and remains of a failed deployment.

    make preflight STAGE=prod

It reads with the caller's credentials and changes nothing. It prints a line for each check; the exit status
is 1 if one failed.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from stacks.settings import Settings, settings_for
from stacks.settings.protection import require_complete
from tools.preflight.checks import check


def _client(settings: Settings, service: str) -> Any:
    name, _, region = service.partition("@")
    return boto3.client(name, region_name=region or settings.region)


def main(stage: str) -> int:
    """Print what was found; returns the exit status."""
    settings = settings_for(stage)
    require_complete(settings)
    failed = False
    try:
        for finding in check(settings, partial(_client, settings)):
            failed |= finding.remedy is not None
            print(f"  {'✗' if finding.remedy else '✓'} {finding.found}")
            if finding.remedy:
                print(f"    {finding.remedy}")
    except (BotoCoreError, ClientError) as error:
        print(f"  ✗ AWS cannot be asked: {error}")
        return 1
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "dev"))
