"""Sends e-mails through SES, from the one sender address of the stage.

SES makes the message: `multipart/alternative`, with the plain text first and the HTML last, both in UTF-8,
and the headers `Content-Language` (RFC 3282) and `X-Correlation-Id`. In a message of type `Simple`, it
refuses only the headers that it sets itself ("Amazon SES header fields").

The errors with which SES refuses an e-mail (SendEmail, Amazon SES API v2 Reference):

| error                               | it means                                  | then              |
|-------------------------------------|-------------------------------------------|-------------------|
| `BadRequestException`               | the syntax of the address is invalid      | `ADDRESS_REFUSED` |
| the same, if it names the sender,   | the stage's settings are wrong            | NotSent           |
| the configuration set, the content  |                                           |                   |
| `MessageRejected`, if it says that  | SES delivers nothing to the address       | `ADDRESS_REFUSED` |
| the address is blacklisted          |                                           |                   |
| any other `MessageRejected`         | the sender is not verified, or the        | NotSent           |
|                                     | account is in the sandbox                 |                   |
| `AccountSuspendedException`,        | the account may not send                  | NotSent           |
| `SendingPausedException`,           |                                           |                   |
| `MailFromDomainNotVerifiedException`|                                           |                   |
| `TooManyRequestsException`,         | the rate or the quota is exceeded         | NotSent           |
| `LimitExceededException`            |                                           |                   |
| `NotFoundException`, any other, no  | the stage is misconfigured, or SES is     | NotSent           |
| response                            | unavailable                               |                   |

An address on the account's suppression list is not refused: SES accepts the e-mail and does not send it.
"""

from __future__ import annotations

import os
import re
from enum import StrEnum
from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ordering import guards
from ordering.aws.clients import client
from ordering.domain.mail_layout import EmailMessage
from ordering.domain.trace import Trace
from ordering.guards import Guard

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client
    from types_boto3_sesv2.type_defs import MessageHeaderTypeDef, MessageTypeDef

CORRELATION_HEADER = "X-Correlation-Id"

# One attempt: SES has no idempotency key, so that a retry by the SDK after a lost response would send the
# e-mail twice. The queue retries later, and the consumer's record shows what was sent.
_ONCE = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})


# If the message of a `BadRequestException` contains one of these words, the error is not about the
# recipient but about our own part of the request. Messages about the address
# (`Illegal address`, `Missing final '@domain'`, `Domain contains illegal character`) contain none of them.
_NOT_THE_RECIPIENT = re.compile(
    r"\b(from|sender|source|reply|configuration|identity|subject|body|content|charset|tag|header)", re.I
)


class Delivery(StrEnum):
    """The result of sending an e-mail. Both are final: a retry would not change them."""

    SENT = "SENT"
    ADDRESS_REFUSED = "ADDRESS_REFUSED"


class NotSent(Exception):
    """SES does not accept e-mails now, or has not responded. The message is the error's code.

    The original error is not chained, since its message may contain the address.
    """


class EmailSender:
    """A sender, `Name <address>` or only the address, with the configuration set of its e-mails."""

    def __init__(self, sender: str, configuration_set: str) -> None:
        self._sender = sender
        self._configuration_set = configuration_set
        self._client: SESV2Client = client("sesv2", _ONCE)

    @classmethod
    def of_environment(cls) -> EmailSender:
        """The sender of the function's environment variables."""
        return cls(os.environ["MAIL_SENDER"], os.environ["MAIL_CONFIGURATION_SET"])

    def send(self, email: EmailMessage, *, to: str, trace: Trace | None = None) -> Delivery:
        """Send an e-mail to one address. Returns SENT, or ADDRESS_REFUSED if SES never delivers to it.

        The header `X-Correlation-Id` contains the order's correlation id, `Content-Language` the language.

        Raises NotSent for any other error. If the response was lost, the e-mail may nevertheless have been
        sent.
        """
        try:
            guards.value(Guard.MAIL_ONCE, self._client).send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [to]},
                ConfigurationSetName=self._configuration_set,
                Content={"Simple": _simple(email, trace)},
            )
        except ClientError as error:
            if _refuses_the_address(error):
                return Delivery.ADDRESS_REFUSED
            raise NotSent(error.response["Error"]["Code"]) from None
        except BotoCoreError as error:
            raise NotSent(type(error).__name__) from None
        return Delivery.SENT


def _simple(email: EmailMessage, trace: Trace | None) -> MessageTypeDef:
    headers: list[MessageHeaderTypeDef] = [{"Name": "Content-Language", "Value": email.language}]
    if trace:
        headers.append({"Name": CORRELATION_HEADER, "Value": trace.correlation_id})
    return {
        "Subject": {"Data": email.subject, "Charset": "UTF-8"},
        "Body": {
            "Text": {"Data": email.text, "Charset": "UTF-8"},
            "Html": {"Data": email.html, "Charset": "UTF-8"},
        },
        "Headers": headers,
    }


def _refuses_the_address(error: ClientError) -> bool:
    """Whether SES has refused an e-mail because of its address, and would do so every time."""
    message = error.response["Error"].get("Message", "")
    match error.response["Error"]["Code"]:
        case "BadRequestException":
            return not _NOT_THE_RECIPIENT.search(message)
        case "MessageRejected":
            return "address blacklisted" in message.lower()
    return False
