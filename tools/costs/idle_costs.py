"""Calculates what an idle stage costs, from its synthesised templates.

    make synth STAGE=prod && .venv/bin/python -m tools.costs.idle_costs prod

Prices are US dollars a month, from AWS's public price lists for eu-west-1 in November 2026, without any
free tier. What is billed by use (requests, executions, storage, tokens) costs nothing while idle and is
not listed; what runs on a schedule is used all the time and is listed. An unknown type of resource raises
an error, so that no cost is added unnoticed.
"""

import ast
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tools.costs.prices import usd

Resource = Mapping[str, Any]

_LAMBDAS = Path(__file__).resolve().parents[2] / "lambdas"
_MINUTES_A_MONTH = 60 * 24 * 30
_CANARY = "place_canary_order"

# Billed by use, or free of charge.
_FREE_WHILE_IDLE = frozenset(
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


class Cost(NamedTuple):
    """An item of the bill, in dollars a month."""

    dollars: float
    reason: str


def _alarm(resource: Resource) -> Iterator[Cost]:
    # An alarm on an expression is billed for every metric in it (Amazon CloudWatch Pricing).
    metrics = [m for m in resource["Properties"].get("Metrics", []) if "MetricStat" in m]
    count = len(metrics) or 1
    yield Cost(0.10 * count, "an alarm, for each metric that it watches")


def _polling(resource: Resource) -> Iterator[Cost]:
    # Reading a table's stream is free for a Lambda function (Amazon DynamoDB Pricing); a queue is polled by
    # five long polls of twenty seconds, always (Using Lambda with Amazon SQS).
    if "StartingPosition" not in resource["Properties"]:
        polls = 5 * 3 * _MINUTES_A_MONTH
        yield Cost(polls * usd("queue_request"), "Lambda's five pollers of a queue, 0.40 a million")


def _user_pool_client(resource: Resource) -> Iterator[Cost]:
    if "client_credentials" in resource["Properties"].get("AllowedOAuthFlows", []):
        yield Cost(6.00, "an app client for machines")


_SECONDS_A_MONTH = 60 * _MINUTES_A_MONTH


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


# One run of a scheduled function without work, with 512 MB; the figures are of a warm run,
# rounded up. What use costs is in `tools/costs/prices.json`, with its sources.
_RUN_SECONDS = 0.15
_RUN = {
    "its calls by the schedule": usd("scheduled_call"),
    "its requests": usd("invocation"),
    "its time": _RUN_SECONDS * 0.5 * usd("lambda_gigabyte_second"),
    # A query of each of four shards of what is open (twice), parked, unsettled and to be removed, which finds
    # nothing: half a unit each, eventually consistent; and one of the circuits.
    "its reads": (20 * 0.5 + 1) * usd("read_unit"),
    "its looks at the queue": 2 * usd("queue_request"),
    # The platform's lines, its own and its metrics.
    "its log of two kilobytes": 2_000 / 1e9 * usd("log_gigabyte"),
    # X-Ray samples the first request in each second, which is every one of these.
    "its trace": usd("trace"),
}


# One canary order. The function runs for the two seconds in which it waits for the order's end.
_CANARY_ORDER = {
    "its call by the schedule": usd("scheduled_call"),
    # The canary, POST, two reads of the order, publish_changes twice, drive_order, seven steps.
    "its functions' requests": 14 * usd("invocation"),
    "their time": (2.0 + 14 * _RUN_SECONDS + 1.0) * 0.5 * usd("lambda_gigabyte_second"),
    "its requests to the API": 3 * usd("api_request"),
    # Three transactional writes of a kilobyte or two of up to three items, each with its index entries.
    "its writes": 40 * usd("write_unit"),
    "its reads": 40 * usd("read_unit"),
    "its execution of a second, of 64 MB": usd("execution") + usd("execution_gigabyte_second") / 16,
    "its events": 3 * usd("event"),
    "its messages": 4 * usd("queue_request"),
    "its logs of thirty kilobytes": 30_000 / 1e9 * usd("log_gigabyte"),
    "its traces": 5 * usd("trace"),
}
# A token is kept for an hour. Half of the runs meet a new process at worst (Amazon Cognito Pricing).
_CANARY_TOKENS_A_MONTH = 30 * 24 * 1.5
_TOKEN = {"a token, 2.25 for 1,000": 2.25 / 1e3, "its secret, 0.05 for 10,000": 0.05 / 1e4}


def _schedule(resource: Resource) -> Iterator[Cost]:
    runs = _MINUTES_A_MONTH / minutes_between(resource["Properties"]["ScheduleExpression"])
    module = _scheduled_module(resource)
    if module == _CANARY:
        yield Cost(runs * sum(_CANARY_ORDER.values()), "canary orders: functions, table, execution, logs")
        yield Cost(_CANARY_TOKENS_A_MONTH * sum(_TOKEN.values()), "the canary's tokens, one an hour or more")
    else:
        yield Cost(runs * sum(_RUN.values()), "a schedule's runs: calls, time, reads, log and trace")
    # A custom metric that has points in every hour costs its whole price (Amazon CloudWatch Pricing).
    yield Cost(0.30 * len(scheduled_metrics(module)), "the metrics that the scheduled function writes")


def _scheduled_module(resource: Resource) -> str:
    """Returns the module of the function that a schedule calls. Raises LookupError if there is none."""
    target = json.dumps(resource["Properties"]["Target"]["Arn"])
    for path in sorted((_LAMBDAS / "scheduled").glob("[!_]*.py")):
        # The target's logical id begins with the construct id of the function.
        if f'"{path.stem.title().replace("_", "")}' in target:
            return path.stem
    raise LookupError(f"{target} is no function of lambdas/scheduled")


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


def minutes_between(expression: str) -> float:
    """Returns the minutes between two runs of a schedule.

    Raises ValueError unless it is a rate, or a cron expression for every few minutes or once a day.
    """
    if every := re.fullmatch(r"cron\(\d+/(\d+) \* \* \* \? \*\)", expression):
        return int(every[1])
    if re.fullmatch(r"cron\(\d+ \d+ \* \* \? \*\)", expression):
        return 24 * 60
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if rate is None:
        raise ValueError(
            f"how often is {expression}? Only a rate, every few minutes and daily are known here"
        )
    return int(rate[1]) * {"minute": 1, "hour": 60, "day": 24 * 60}[rate[2]]


@cache
def scheduled_metrics(module: str) -> frozenset[str]:
    """Returns the metrics that a function in lambdas/scheduled writes in every run, from its source.

    A metric that is written in a loop is left out: it is written for each waiting order, and none waits while
    the stage is idle.
    """
    return frozenset(
        str(call.args[0].value)
        for call in _outside_loops(ast.parse((_LAMBDAS / "scheduled" / f"{module}.py").read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "add_metric"
        and isinstance(call.args[0], ast.Constant)
    )


def _outside_loops(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.For | ast.While):
            yield child
            yield from _outside_loops(child)


def _secret(resource: Resource) -> Iterator[Cost]:
    yield Cost(usd("secret"), "a secret")
    for _ in resource["Properties"].get("ReplicaRegions", ()):
        yield Cost(usd("secret"), "a secret's replica in another region")


def _web_acl(resource: Resource) -> Iterator[Cost]:
    rules = len(resource["Properties"]["Rules"])
    yield Cost(usd("firewall") + rules * usd("firewall_rule"), "a firewall, with its rules")


def _one(dollars: float, reason: str) -> Callable[[Resource], Iterator[Cost]]:
    return lambda _: iter([Cost(dollars, reason)])


_PRICES: Mapping[str, Callable[[Resource], Iterator[Cost]]] = {
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
    "AWS::Scheduler::Schedule": _schedule,
    "AWS::SecretsManager::RotationSchedule": _rotation,
    "AWS::SecretsManager::Secret": _secret,
    "AWS::WAFv2::WebACL": _web_acl,
}


class UnknownType(LookupError):
    """A template has a resource type whose idle cost this module does not know."""


def idle_costs(resources: Iterable[Resource]) -> dict[str, tuple[int, float]]:
    """Returns how many of each thing are billed while idle, and their cost. Raises UnknownType."""
    costs: dict[str, tuple[int, float]] = {}
    for resource in resources:
        kind = resource["Type"]
        if kind in _FREE_WHILE_IDLE:
            continue
        if kind not in _PRICES:
            raise UnknownType(f"{kind}: look its price up, and add it to {__name__}")
        for dollars, reason in _PRICES[kind](resource):
            count, sum_so_far = costs.get(reason, (0, 0.0))
            costs[reason] = (count + 1, sum_so_far + dollars)
    return costs


def resources_of(stage: str) -> Iterator[Resource]:
    """Returns every resource of a synthesised stage."""
    return resources_in(Path("cdk.out", stage))


def resources_in(assembly: Path) -> Iterator[Resource]:
    """Yields every resource of the stage in a folder. Raises SystemExit with the remedy if it has none."""
    templates = sorted(assembly.glob("assembly-*/*.template.json"))
    if not templates:
        raise SystemExit(f"{assembly} holds no template: make synth STAGE={assembly.name}")
    for template in templates:
        yield from json.loads(template.read_text())["Resources"].values()


def bill(stage: str, resources: Iterable[Resource]) -> str:
    """Returns the bill of an idle month: a line for each item that is billed, and the sum."""
    costs = idle_costs(resources)
    lines = [
        f"{dollars:7.2f}  {count:2} x {reason}"
        for reason, (count, dollars) in sorted(costs.items(), key=lambda cost: (-cost[1][1], cost[0]))
    ]
    total = sum(dollars for _, dollars in costs.values())
    return "\n".join([*lines, f"{total:7.2f}  a month for an idle stage {stage}"])


def main(stage: str) -> None:
    """Print the bill of an idle month."""
    print(bill(stage, resources_of(stage)))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "dev")
