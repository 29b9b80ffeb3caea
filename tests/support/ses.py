"""moto's SES: verifies the sender, and returns the mail that was sent."""

from typing import Any, NamedTuple

import boto3
from moto.ses.models import ses_backends

from tests.support.environment import ACCOUNT, REGION, SENDER


class SesEmail(NamedTuple):
    """A mail that SES has accepted."""

    sender: str
    to: str
    subject: str
    text: str


def prove_sender() -> None:
    """Verify the shop's sender, as its owner does once."""
    domain = SENDER.rpartition("@")[2].rstrip(">")
    boto3.client("sesv2").create_email_identity(EmailIdentity=domain)


def sent() -> list[SesEmail]:
    """Returns the mail that was sent, in its order."""
    messages: list[Any] = ses_backends[ACCOUNT][REGION].sent_messages
    return [
        SesEmail(message.source, to, message.subject, message.body)
        for message in messages
        for to in message.destinations["ToAddresses"]
    ]
