"""Mail, as the functions of this app send it: through SES, from the shop's one sender."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ordering.aws import client
from ordering.notices import Notice

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client

# One attempt: SES takes a mail as often as it is asked to, so that the SDK's own retry of one whose
# answer was lost would send it twice. The queue retries, later, and knows what was sent.
_ONCE = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})


class NotSent(Exception):
    """SES has refused a mail, or has not answered. It says which error, and never to whom.

    SES names the address in its messages, so the error itself goes no further.
    """


class Mailer:
    """The shop's sender, `Name <address>` or an address alone, and the configuration set its mail goes by."""

    def __init__(self, sender: str, configuration_set: str) -> None:
        self._sender = sender
        self._configuration_set = configuration_set
        self._client: SESV2Client = client("sesv2", _ONCE)

    @classmethod
    def of_environment(cls) -> Mailer:
        """The sender that the function was given."""
        return cls(os.environ["MAIL_SENDER"], os.environ["MAIL_CONFIGURATION_SET"])

    def send(self, notice: Notice, *, to: str) -> str:
        """Send a notice to one address; answers SES's id of the mail. Raises NotSent.

        After NotSent the mail may have been sent all the same, if it was the answer that did not come.
        """
        try:
            answer = self._client.send_email(
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
            raise NotSent(error.response["Error"]["Code"]) from None
        except BotoCoreError as error:
            raise NotSent(type(error).__name__) from None
        return answer["MessageId"]
