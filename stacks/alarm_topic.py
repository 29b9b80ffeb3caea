"""The topic that alarms are published to, and its receivers.

An alarm can only notify a topic of its own region, so the edge stack, in us-east-1, has one too.
"""

from aws_cdk import CrossStackReferences, Duration, ReferenceStrength, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk.aws_sns_subscriptions import EmailSubscription, UrlSubscription

from stacks.acceptances import Checker
from stacks.nag import accept, suppress_nag
from stacks.stack import OrderStack
from stacks.wildcards import KEY_POLICY_ROOT, KEY_POLICY_USE


def alarm_topic(stack: OrderStack) -> sns.Topic:
    """Returns the topic of a stack. It requires TLS, and has the stage's receivers.

    It is encrypted with a key that CloudWatch may use. The AWS managed key for SNS does not work here: its
    policy does not let CloudWatch use it, and no error is reported.
    """
    cloudwatch_alarms = iam.ServicePrincipal(
        "cloudwatch.amazonaws.com",
        conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
    )
    key = kms.Key(
        stack,
        "AlarmKey",
        description=f"Alarms of the order backend, {stack.settings.stage}",
        enable_key_rotation=True,
        # The key can be deleted with the stack: no stored data is encrypted with it.
        removal_policy=RemovalPolicy.DESTROY,
        # The minimum of KMS ("Delete an AWS KMS key"). During this time, a deleted key is still listed.
        pending_window=Duration.days(7),
    )
    key.grant(cloudwatch_alarms, *KEY_POLICY_USE.actions)
    accept(key, Checker.PARLIAMENT, "RESOURCE_MISMATCH kms:*", KEY_POLICY_ROOT.reason)
    topic = sns.Topic(stack, "Alarms", master_key=key, enforce_ssl=True)
    # Requiring TLS creates a topic policy. It replaces the default one, which let the account's alarms
    # publish.
    topic.grant_publish(cloudwatch_alarms)
    # Weak, so that the stack of a setting that was turned off, which stays deployed, blocks no change.
    CrossStackReferences.of(topic).produce(ReferenceStrength.WEAK)
    for receiver in stack.settings.alarm_receivers:
        _subscribe(topic, receiver)
    return topic


def _subscribe(topic: sns.Topic, receiver: str) -> None:
    """Add a receiver. It must confirm the subscription first ("Amazon SNS message delivery")."""
    subscription = topic.add_subscription(
        UrlSubscription(receiver) if receiver.startswith("https://") else EmailSubscription(receiver)
    )
    suppress_nag(
        subscription,
        "Serverless-SNSRedrivePolicy",
        "An alarm that could not be delivered is still visible in CloudWatch until its cause is fixed; a "
        "queue of undelivered alarms would need a receiver itself.",
    )
