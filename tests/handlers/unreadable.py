"""Unreadable records: attributes of every type, and how the API and the metrics report the record."""

import json
from typing import Any

import pytest

from ordering import unreadable
from ordering.domain.identity import customer_id
from ordering.http.problems import ProblemType
from tests.support.attributes import ONE_OF_EACH, Attribute
from tests.support.recorded import ISSUER
from tests.support.world import HandlerResponse

EACH_TYPE: list[Attribute] = [*ONE_OF_EACH["L"], ONE_OF_EACH]

ALICE = customer_id(ISSUER, "alice")

UNREADABLE = (500, ProblemType.UNREADABLE_RECORD.uri)


def outcome(response: HandlerResponse) -> tuple[int, Any]:
    """Returns the status, and the type of the problem if there is one."""
    return response.status, response.body["type"] if response.status >= 400 else None


def counted(capsys: pytest.CaptureFixture[str]) -> int:
    """Returns how often a record was counted as unreadable."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    return sum(unreadable.METRIC in line for line in lines)
