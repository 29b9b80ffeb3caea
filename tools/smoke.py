"""Places canary orders in a deployed stage, cancels one of them, and waits until they have ended.

    make smoke STAGE=staging

An order takes the whole path, through the API, the queue and the saga, and moves neither goods nor money
(`stacks/canary.py`). The exit status is 1 if one did not end as it should, and 0 if the stage has no canary.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from stacks.settings import Settings, settings_for

# The function ends after two minutes at most. A second invocation would only wait for the same order.
_PATIENCE = Config(read_timeout=150, retries={"total_max_attempts": 1})
_FUNCTION = "PlaceCanaryOrder"


def smoke(settings: Settings, clients: Callable[[str], Any], *, at: datetime) -> tuple[str, bool]:
    """Place the canary orders of this time. Returns what happened, and whether the check has passed.

    Raises the errors of the SDK.
    """
    stack = f"orders-{settings.stage}-api"
    if settings.canary is None:
        return f"stage {settings.stage} has no canary, so no order was placed", True
    pages = clients("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    names = [
        each["PhysicalResourceId"]
        for page in pages
        for each in page["StackResourceSummaries"]
        if each["ResourceType"] == "AWS::Lambda::Function" and each["LogicalResourceId"].startswith(_FUNCTION)
    ]
    if not names:
        return f"{stack} has no canary yet: deploy this release first", False
    scheduled = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for kind, event in (("order", {}), ("order that is cancelled", {"cancel": True})):
        response = clients("lambda").invoke(
            FunctionName=f"{names[0]}:live", Payload=json.dumps({"scheduledAt": scheduled, **event})
        )
        result = json.loads(response["Payload"].read() or b"null")
        if "FunctionError" in response:
            return f"the canary failed: {result}", False
        outcome = result.get("outcome") if isinstance(result, dict) else None
        if outcome != "ENDED":
            return f"the canary {kind} did not end as it should; the log of {names[0]} has the cause", False
    return "two canary orders were placed and one of them cancelled, and both ended as they should", True


def main(stage: str) -> int:
    """Print what happened; returns the exit status."""
    settings = settings_for(stage)
    try:
        said, good = smoke(
            settings,
            lambda service: boto3.client(service, region_name=settings.region, config=_PATIENCE),
            at=datetime.now(UTC),
        )
    except (BotoCoreError, ClientError) as error:
        said, good = f"a call to AWS failed: {error}", False
    print(f"  {'✓' if good else '✗'} {said}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "dev"))
