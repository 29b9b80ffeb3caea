"""Mail to customers: the consumer of the events that they are notified of."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ses as ses

from ordering.domain.notifications import MAILED_EVENTS
from stacks.access import NOTIFY_CUSTOMER
from stacks.data import DataStack
from stacks.event_consumer import EventConsumer, Ids
from stacks.settings import MailSettings
from stacks.stack import FunctionStack


def notify_customers(
    stack: FunctionStack, mail: MailSettings, *, bus: events.IEventBus, data: DataStack
) -> None:
    """Add the resources that notify customers of their orders by mail to the events stack."""
    sending = Sending(stack, "Mail", mail, variable="MAIL_CONFIGURATION_SET")
    EventConsumer(
        stack,
        "Notifications",
        "notify_customer",
        bus=bus,
        data=data,
        access=NOTIFY_CUSTOMER,
        types=MAILED_EVENTS,
        timeout=Duration.seconds(60),
        # So that, if an invocation dies, it is unclear for only one mail whether it was sent.
        batch_size=1,
        max_concurrency=mail.max_concurrency,
        statements=[sending.permission],
        environment={**sending.environment, "MAIL_LANGUAGE": mail.language.value},
        ids=Ids(rule="CustomerToNotify", mapping="CustomersToNotify"),
        dead_letters_runbook=None,
    )


class Sending:
    """How a function of one stack sends mail: a configuration set, a permission, and variables."""

    def __init__(self, stack: Stack, id: str, mail: MailSettings, *, variable: str) -> None:
        """`variable` is that of the configuration set's name: one variable names one resource."""
        configuration = ses.ConfigurationSet(
            stack,
            id,
            # SES sends no more mail to an address that bounced or complained.
            suppression_reasons=ses.SuppressionReasons.BOUNCES_AND_COMPLAINTS,
            # Orders are private, so a mail that cannot be encrypted in transit is not sent.
            tls_policy=ses.ConfigurationSetTlsPolicy.REQUIRE,
        )
        name = configuration.configuration_set_name
        self.permission = iam.PolicyStatement(
            actions=["ses:SendEmail"],
            resources=[
                stack.format_arn(service="ses", resource="identity", resource_name=mail.identity),
                stack.format_arn(service="ses", resource="configuration-set", resource_name=name),
            ],
            conditions={"StringEquals": {"ses:FromAddress": mail.address}},
        )
        """The permission to send from the sender's address, with its identity and configuration set."""
        self.environment = {
            "MAIL_SENDER": mail.header,
            variable: name,
            **({"MAIL_SHOP_NAME": mail.shop_name} if mail.shop_name else {}),
        }
