"""moto's SES: the verified sender, and the mail that was sent."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import boto3
from moto.ses.models import ses_backends
from moto.sesv2.responses import SESV2Response

from tests.support.environment import ACCOUNT, REGION, SENDER


class SesEmail(NamedTuple):
    """A mail that SES has accepted."""

    sender: str
    to: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]


def _keep_all(self: SESV2Response) -> str:
    """Send a mail, and keep all of its content: moto keeps only the HTML of a mail that has text too."""
    answer = _send_email(self)
    message: Any = ses_backends[ACCOUNT][REGION].sent_messages[-1]
    message.simple = json.loads(self.body)["Content"]["Simple"]
    return answer


_send_email = SESV2Response.send_email
SESV2Response.send_email = _keep_all  # type: ignore[method-assign]


def prove_sender() -> None:
    """Verify the shop's sender."""
    domain = SENDER.rpartition("@")[2].rstrip(">")
    boto3.client("sesv2").create_email_identity(EmailIdentity=domain)


def sent() -> list[SesEmail]:
    """Returns the mail that was sent, in its order."""
    messages: list[Any] = ses_backends[ACCOUNT][REGION].sent_messages
    return [
        SesEmail(
            message.source,
            to,
            message.subject,
            message.simple["Body"]["Text"]["Data"],
            message.simple["Body"]["Html"]["Data"],
            {header["Name"]: header["Value"] for header in message.simple["Headers"]},
        )
        for message in messages
        for to in message.destinations["ToAddresses"]
    ]
