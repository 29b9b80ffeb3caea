"""What a stage costs while nobody uses it, counted in its synthesised templates.

    make synth STAGE=prod && python -m tools.idle_costs prod

Prices are US dollars a month, of AWS's public price lists for eu-west-1 in November 2026, without any
free tier. What is billed by use (requests, executions, storage, tokens) costs nothing while idle, and
is not listed; a type that this file does not know fails, so that nobody adds a cost unseen.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

Resource = Mapping[str, Any]

# Billed by use, or not at all.
_FREE_WHILE_IDLE = frozenset(
    {
        "AWS::ApiGatewayV2::Api",
        "AWS::ApiGatewayV2::ApiMapping",
        "AWS::ApiGatewayV2::Authorizer",
        "AWS::ApiGatewayV2::DomainName",
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route",
        "AWS::ApiGatewayV2::Stage",
        "AWS::CertificateManager::Certificate",
        "AWS::Cognito::UserPool",
        "AWS::Cognito::UserPoolDomain",
        "AWS::Cognito::UserPoolResourceServer",
        "AWS::DynamoDB::Table",
        "AWS::Events::Archive",
        "AWS::Events::EventBus",
        "AWS::Events::Rule",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::Function",
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::SES::ConfigurationSet",
        "AWS::Scheduler::Schedule",
        "AWS::SNS::Topic",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
        "AWS::StepFunctions::StateMachine",
    }
)


class Cost(NamedTuple):
    """Dollars a month, and what for."""

    dollars: float
    reason: str


def _alarm(resource: Resource) -> Cost:
    # An alarm on an expression is billed for every metric in it (Amazon CloudWatch Pricing).
    metrics = [m for m in resource["Properties"].get("Metrics", []) if "MetricStat" in m]
    count = len(metrics) or 1
    return Cost(0.10 * count, "an alarm, for each metric that it watches")


def _polling(resource: Resource) -> Cost:
    # Reading a table's stream is free for a Lambda function (Amazon DynamoDB Pricing); a queue is polled
    # by five long polls of twenty seconds, always (Using Lambda with Amazon SQS).
    if "StartingPosition" in resource["Properties"]:
        return Cost(0, "Lambda reads a table's stream free of charge")
    return Cost(5 * 3 * 60 * 24 * 30 / 1e6 * 0.40, "Lambda's five pollers of a queue, 0.40 a million")


def _user_pool_client(resource: Resource) -> Cost:
    if "client_credentials" in resource["Properties"].get("AllowedOAuthFlows", []):
        return Cost(6.00, "an app client for machines")
    return Cost(0, "an app client for people")


_PRICES: Mapping[str, Callable[[Resource], Cost]] = {
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::CloudWatch::Dashboard": lambda _: Cost(3.00, "a dashboard"),
    "AWS::Cognito::UserPoolClient": _user_pool_client,
    "AWS::KMS::Key": lambda _: Cost(1.00, "a key of our own"),
    "AWS::Lambda::EventSourceMapping": _polling,
    "AWS::SecretsManager::Secret": lambda _: Cost(0.40, "a secret"),
}


class UnknownType(LookupError):
    """A template holds a type whose idle cost nobody has looked up."""


def idle_costs(resources: Iterable[Resource]) -> dict[str, tuple[int, float]]:
    """How many of each thing is billed while idle, and what they cost together. Raises UnknownType."""
    costs: dict[str, tuple[int, float]] = {}
    for resource in resources:
        kind = resource["Type"]
        if kind in _FREE_WHILE_IDLE:
            continue
        if kind not in _PRICES:
            raise UnknownType(f"{kind}: look its price up, and add it to {__name__}")
        dollars, reason = _PRICES[kind](resource)
        if dollars:
            count, sum_so_far = costs.get(reason, (0, 0.0))
            costs[reason] = (count + 1, sum_so_far + dollars)
    return costs


def resources_of(stage: str) -> Iterator[Resource]:
    """Every resource of a synthesised stage."""
    templates = sorted(Path("cdk.out", stage).glob("assembly-*/*.template.json"))
    if not templates:
        raise SystemExit(f"cdk.out/{stage} holds no template: make synth STAGE={stage}")
    for template in templates:
        yield from json.loads(template.read_text())["Resources"].values()


def main(stage: str) -> None:
    """Print the bill of an idle month."""
    costs = idle_costs(resources_of(stage))
    for reason, (count, dollars) in sorted(costs.items(), key=lambda cost: -cost[1][1]):
        print(f"{dollars:7.2f}  {count:2} x {reason}")
    print(f"{sum(dollars for _, dollars in costs.values()):7.2f}  a month while nobody uses stage {stage}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "dev")
