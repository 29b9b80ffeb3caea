"""The properties of a stage that the code for dead letters uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ordering.dead_letters.sources import DeadLetterSource
from ordering.dynamodb.client import Table

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient
    from types_boto3_sqs import SQSClient

REPORT_FUNCTION = "DailyReportFunctionArn"
"""The output with the function of daily reports, which only a stage that counts sales has."""
TIME_ZONE = "ShopTimeZone"
"""The output with the shop's time zone, which only a stage that counts sales has."""


class DeadLetterStage(Protocol):
    """One stage: the outputs of its stacks, its clients, and its table."""

    @property
    def outputs(self) -> Mapping[str, str]:
        """The outputs of its stacks, by their names."""
        ...

    def output(self, name: str) -> str:
        """Returns an output of the stacks. Raises CommandRefused when there is none of this name."""
        ...

    @property
    def table(self) -> Table:
        """The table."""
        ...

    def source(self, output: str) -> DeadLetterSource:
        """Returns the queue whose URL this output contains. Raises CommandRefused if it is missing."""
        ...

    @property
    def sqs(self) -> SQSClient:
        """The client of SQS."""
        ...

    @property
    def sns(self) -> SNSClient:
        """The client of SNS."""
        ...

    def make_report(self, event: Mapping[str, Any]) -> object:
        """Call the function that makes a daily report. Raises CommandRefused if it fails.

        A function of the API only starts the call, because it cannot wait for the result. If the call fails,
        Lambda stores its event in the dead-letter queue again.
        """
        ...
