"""What each type of resource costs while it is idle, in US dollars a month."""

from collections.abc import Callable, Iterator, Mapping

from tools.costs.prices import MINUTES_A_MONTH, Cost, usd
from tools.costs.scheduled_costs import schedule_costs
from tools.costs.templates import Resource

_SECONDS_A_MONTH = 60 * MINUTES_A_MONTH

# Billed by use, or free of charge.
FREE_WHILE_IDLE = frozenset(
    {
        "AWS::Backup::BackupSelection",
        # Its contents are billed, by their size.
        "AWS::Backup::BackupVault",
        "AWS::ApiGatewayV2::Api",
        "AWS::ApiGatewayV2::ApiMapping",
        "AWS::ApiGatewayV2::Authorizer",
        "AWS::ApiGatewayV2::DomainName",
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route",
        "AWS::ApiGatewayV2::RouteResponse",
        "AWS::ApiGatewayV2::Stage",
        # Without actions ("AWS Budgets pricing").
        "AWS::Budgets::Budget",
        "AWS::CertificateManager::Certificate",
        "AWS::CloudFront::CachePolicy",
        "AWS::CloudFront::Distribution",
        "AWS::CloudFront::Function",
        "AWS::CloudFront::OriginAccessControl",
        "AWS::CloudFront::ResponseHeadersPolicy",
        "AWS::Cognito::UserPool",
        "AWS::Cognito::ManagedLoginBranding",
        "AWS::Cognito::UserPoolDomain",
        "AWS::Cognito::UserPoolResourceServer",
        # "Available at no additional cost"; only schema discovery is billed ("Amazon EventBridge pricing").
        "AWS::EventSchemas::Registry",
        "AWS::EventSchemas::Schema",
        "AWS::Events::EventBus",
        "AWS::Events::Rule",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        # Deployments to Lambda are free ("AWS CodeDeploy pricing").
        "AWS::CodeDeploy::Application",
        "AWS::CodeDeploy::DeploymentGroup",
        "AWS::KMS::Alias",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::Permission",
        "AWS::Lambda::Version",
        # Delivered logs are billed by their size ("Amazon CloudWatch Pricing", vended logs).
        "AWS::Logs::Delivery",
        "AWS::Logs::DeliveryDestination",
        "AWS::Logs::DeliverySource",
        "AWS::Logs::LogGroup",
        # Queries are billed when they run, by the amount of data that they read.
        "AWS::Logs::QueryDefinition",
        # Its metric is billed only while it has data: in a month in which requests are refused.
        "AWS::Logs::MetricFilter",
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::SES::ConfigurationSet",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        # Standard parameters and their reads are free ("AWS Systems Manager pricing").
        "AWS::SSM::Parameter",
        "AWS::StepFunctions::StateMachine",
        "AWS::StepFunctions::StateMachineAlias",
        "AWS::StepFunctions::StateMachineVersion",
        # Its function runs for some seconds at a deployment.
        "Custom::CDKBucketDeployment",
        # Called once, when its bucket is deleted.
        "Custom::S3AutoDeleteObjects",
    }
)


def _alarm(resource: Resource) -> Iterator[Cost]:
    # An alarm on an expression is billed for every metric in it (Amazon CloudWatch Pricing).
    metrics = [m for m in resource["Properties"].get("Metrics", []) if "MetricStat" in m]
    count = len(metrics) or 1
    yield Cost(0.10 * count, "an alarm, for each metric that it watches")


def _polling(resource: Resource) -> Iterator[Cost]:
    # Reading a table's stream is free for a Lambda function (Amazon DynamoDB Pricing); a queue is polled by
    # five long polls of twenty seconds, always (Using Lambda with Amazon SQS).
    if "StartingPosition" not in resource["Properties"]:
        polls = 5 * 3 * MINUTES_A_MONTH
        yield Cost(polls * usd("queue_request"), "Lambda's five pollers of a queue, 0.40 a million")


def _user_pool_client(resource: Resource) -> Iterator[Cost]:
    if "client_credentials" in resource["Properties"].get("AllowedOAuthFlows", []):
        yield Cost(6.00, "an app client for machines")


def _function(resource: Resource) -> Iterator[Cost]:
    # Billed while a version with a snapshot exists, here one ("AWS Lambda Pricing", SnapStart for Python).
    properties = resource["Properties"]
    if properties.get("SnapStart", {}).get("ApplyOn") == "PublishedVersions":
        gigabytes = properties["MemorySize"] / 1024
        yield Cost(gigabytes * _SECONDS_A_MONTH * 0.0000015046, "a function's snapshot, without its restores")


def _alias(resource: Resource) -> Iterator[Cost]:
    provisioned = resource["Properties"].get("ProvisionedConcurrencyConfig")
    if provisioned:
        # Arm ("AWS Lambda Pricing", Provisioned Concurrency); every function has 512 MB.
        each = 0.5 * _SECONDS_A_MONTH * 0.0000033334
        for _ in range(provisioned["ProvisionedConcurrentExecutions"]):
            yield Cost(each, "an environment of provisioned concurrency")


# Each rotation is four calls of a function, about a second in all with its cold start, and three requests to
# Secrets Manager ("Rotation by Lambda function"; AWS Secrets Manager Pricing, AWS Lambda Pricing).
_ROTATION = {
    "its calls": 4 * usd("invocation"),
    "its time": 1.0 * 0.5 * usd("lambda_gigabyte_second"),
    "its requests to Secrets Manager, 0.05 for 10,000": 3 * 0.05 / 1e4,
    "its log of four kilobytes": 4_000 / 1e9 * usd("log_gigabyte"),
    "its traces": 4 * usd("trace"),
}


def _rotation(resource: Resource) -> Iterator[Cost]:
    days = resource["Properties"]["RotationRules"]["AutomaticallyAfterDays"]
    yield Cost(sum(_ROTATION.values()) * 30 / days, "a secret's rotations: calls, time, log and trace")


# The copies that a plan keeps, each of the whole table ("AWS Backup pricing": DynamoDB, warm storage).
_DAYS_BETWEEN = {"*": 1, "SUN": 7}
_DAYS_OF_A_MONTH = 30


def _backups(resource: Resource) -> Iterator[Cost]:
    for rule in resource["Properties"]["BackupPlan"]["BackupPlanRule"]:
        _, _, day, _, weekday, _ = rule["ScheduleExpression"].removeprefix("cron(").removesuffix(")").split()
        days = _DAYS_OF_A_MONTH if day == "1" else _DAYS_BETWEEN["*" if weekday == "?" else weekday]
        copies = -(-rule["Lifecycle"]["DeleteAfterDays"] // days)
        yield Cost(0.00, f"backups: {copies} copies of the table are kept, 0.1132 each for a GB")


# "AWS Key Management Service Pricing", symmetric keys.
_KEY_REQUEST = 0.03 / 1e4
# DynamoDB keeps a table's key for each caller, and asks KMS again after five minutes ("DynamoDB encryption at
# rest: how it works", Table key caching). The sweep and the stream's reader call it all the time.
_CALLERS_WHILE_IDLE, _TABLE_KEY_SECONDS = 2, 300


def _table(resource: Resource) -> Iterator[Cost]:
    properties = resource["Properties"]
    if "KMSMasterKeyId" in properties.get("SSESpecification", {}) and "StreamSpecification" in properties:
        requests = _CALLERS_WHILE_IDLE * _SECONDS_A_MONTH / _TABLE_KEY_SECONDS
        yield Cost(
            requests * _KEY_REQUEST, "requests for a table's key, of the sweep and the stream's reader"
        )


def _queue(resource: Resource) -> Iterator[Cost]:
    # "Estimating AWS KMS costs" (Amazon SQS): R = (B / D) * (2 * P + C), for one producer and one consumer
    # that never pause. A queue without messages makes no request.
    seconds = resource["Properties"].get("KmsDataKeyReusePeriodSeconds")
    if seconds is not None:
        most = _SECONDS_A_MONTH / seconds * 3 * _KEY_REQUEST
        yield Cost(0.00, f"a queue's key: at most {most:.2f} while messages are sent all the time")


def _archive(resource: Resource) -> Iterator[Cost]:
    # "Amazon EventBridge pricing": by what is added and kept; a replayed event costs as much as a published
    # one. Its prices of US East, because the page names no others.
    days = resource["Properties"]["RetentionDays"]
    yield Cost(0.00, f"an archive of {days} days of events: 0.10 a GB that is added, 0.023 a GB that is kept")


def _secret(resource: Resource) -> Iterator[Cost]:
    yield Cost(usd("secret"), "a secret")
    for _ in resource["Properties"].get("ReplicaRegions", ()):
        yield Cost(usd("secret"), "a secret's replica in another region")


def _web_acl(resource: Resource) -> Iterator[Cost]:
    rules = len(resource["Properties"]["Rules"])
    yield Cost(usd("firewall") + rules * usd("firewall_rule"), "a firewall, with its rules")


def _one(dollars: float, reason: str) -> Callable[[Resource], Iterator[Cost]]:
    return lambda _: iter([Cost(dollars, reason)])


PRICES: Mapping[str, Callable[[Resource], Iterator[Cost]]] = {
    "AWS::Backup::BackupPlan": _backups,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::CloudWatch::CompositeAlarm": _one(0.50, "a composite alarm"),
    "AWS::CloudWatch::Dashboard": _one(3.00, "a dashboard"),
    "AWS::Cognito::UserPoolClient": _user_pool_client,
    "AWS::DynamoDB::Table": _table,
    "AWS::Events::Archive": _archive,
    # The first and the second yearly rotation add a dollar each ("AWS Key Management Service Pricing").
    "AWS::KMS::Key": _one(1.00, "a key of our own"),
    "AWS::Lambda::Alias": _alias,
    "AWS::Lambda::EventSourceMapping": _polling,
    "AWS::Lambda::Function": _function,
    "AWS::SQS::Queue": _queue,
    "AWS::Scheduler::Schedule": schedule_costs,
    "AWS::SecretsManager::RotationSchedule": _rotation,
    "AWS::SecretsManager::Secret": _secret,
    "AWS::WAFv2::WebACL": _web_acl,
}
