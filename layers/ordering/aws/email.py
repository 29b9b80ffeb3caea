"""Mail, as the functions of this app send it: through SES, from the shop's one sender.

What SES says when it does not take a mail (SendEmail, Amazon SES API v2 Reference), and whose affair it is:

| error                               | it means                                  | then              |
|-------------------------------------|-------------------------------------------|-------------------|
| `BadRequestException`               | the address is written as none can be     | `ADDRESS_REFUSED` |
| the same, if it names the sender,   | the stage's settings are wrong            | NotSent           |
| the configuration set, the content  |                                           |                   |
| `MessageRejected`, if it calls the  | SES delivers nothing to it                | `ADDRESS_REFUSED` |
| address blacklisted                 |                                           |                   |
| any other `MessageRejected`         | the sender is not verified, or the        | NotSent           |
|                                     | account is in the sandbox                 |                   |
| `AccountSuspendedException`,        | the account may not send                  | NotSent           |
| `SendingPausedException`,           |                                           |                   |
| `MailFromDomainNotVerifiedException`|                                           |                   |
| `TooManyRequestsException`,         | too fast, or too many                     | NotSent           |
| `LimitExceededException`            |                                           |                   |
| `NotFoundException`, any other, no  | the stage, or SES, is not well            | NotSent           |
| answer                              |                                           |                   |

An address on the account's suppression list is not refused: SES takes the mail and does not send it.
"""

from __future__ import annotations

import os
import re
from enum import StrEnum
from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ordering.aws.clients import client
from ordering.domain.notifications import EmailMessage

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client

# One attempt: SES takes a mail as often as it is asked to, so that the SDK's own retry of one whose
# answer was lost would send it twice. The queue retries, later, and knows what was sent.
_ONCE = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})


# How SES names what is ours and not the customer's in a `BadRequestException`. Whatever it says of an address
# (`Illegal address`, `Missing final '@domain'`, `Domain contains illegal character`) names none of these.
_OURS = re.compile(
    r"\b(from|sender|source|reply|configuration|identity|subject|body|content|charset|tag)", re.I
)


class Delivery(StrEnum):
    """What came of a mail. Both are final: to send it again would change nothing."""

    SENT = "SENT"
    ADDRESS_REFUSED = "ADDRESS_REFUSED"


class NotSent(Exception):
    """SES does not take mail now, or has not answered. It says which error, and never to whom.

    SES names the address in its messages, so the error itself goes no further.
    """


class EmailSender:
    """The shop's sender, `Name <address>` or an address alone, and the configuration set its mail goes by."""

    def __init__(self, sender: str, configuration_set: str) -> None:
        self._sender = sender
        self._configuration_set = configuration_set
        self._client: SESV2Client = client("sesv2", _ONCE)

    @classmethod
    def of_environment(cls) -> EmailSender:
        """The sender that the function was given."""
        return cls(os.environ["MAIL_SENDER"], os.environ["MAIL_CONFIGURATION_SET"])

    def send(self, notice: EmailMessage, *, to: str) -> Delivery:
        """Send a notice to one address. Returns SENT, or ADDRESS_REFUSED if SES never takes mail to it.

        Raises NotSent for any other cause. Then the mail may have been sent all the same, if it was the
        answer that did not come.
        """
        try:
            self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [to]},
                ConfigurationSetName=self._configuration_set,
                Content={
                    "Simple": {
                        "Subject": {"Data": notice.subject, "Charset": "UTF-8"},
                        "Body": {"Text": {"Data": notice.text, "Charset": "UTF-8"}},
                    }
                },
            )
        except ClientError as error:
            if _refuses_the_address(error):
                return Delivery.ADDRESS_REFUSED
            raise NotSent(error.response["Error"]["Code"]) from None
        except BotoCoreError as error:
            raise NotSent(type(error).__name__) from None
        return Delivery.SENT


def _refuses_the_address(error: ClientError) -> bool:
    """Whether SES has refused a mail for its address, and would do so every time."""
    said = error.response["Error"].get("Message", "")
    match error.response["Error"]["Code"]:
        case "BadRequestException":
            return not _OURS.search(said)
        case "MessageRejected":
            return "address blacklisted" in said.lower()
    return False
