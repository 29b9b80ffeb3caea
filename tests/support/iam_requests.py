"""Translates a call to AWS into IAM's request context: actions, resources, and values of condition keys.

Source: the service's page in "Actions, resources, and condition keys for AWS services" (Service Authorization
Reference). An operation that is not listed here raises an error, so that no call passes without a decision.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from email.utils import parseaddr
from typing import Any

from tests.support.environment import ACCOUNT, REGION
from tools.privileges.policy import LEADING_KEYS, Request

Parameters = Mapping[str, Any]

SUFFIX = "-AbCdEf"
"""The end of the ARNs of secrets here, in place of the six random characters of Secrets Manager and moto."""

_HERE = f"{REGION}:{ACCOUNT}"
# Actions of a transaction are authorised as the calls that they stand for; only a condition check has an
# action of its own ("Using IAM with DynamoDB transactions").
_OF_TRANSACTIONS = {
    "ConditionCheck": "ConditionCheckItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
}
_PARTITION = re.compile(r"\b(?:GSI\dPK|PK) = (:\w+)")


class UnknownOperation(LookupError):
    """The operation has no translation: add it to `tests.support.iam_requests`."""


def requests(service: str, operation: str, parameters: Parameters) -> Iterator[Request]:
    """Yields what IAM decides about for one call.

    `service` is the service's id as botocore has it (`dynamodb`, `eventbridge`). Raises UnknownOperation.
    """
    read = _SERVICES.get(service)
    if read is None:
        raise UnknownOperation(f"{service}.{operation}")
    yield from read(operation, parameters)


def _dynamodb(operation: str, parameters: Parameters) -> Iterator[Request]:
    match operation:
        case "TransactWriteItems":
            for item in parameters["TransactItems"]:
                for kind, action in item.items():
                    yield _item(_OF_TRANSACTIONS[kind], action)
        case "BatchGetItem":
            for table, wanted in parameters["RequestItems"].items():
                yield _on_table(operation, table, (key["PK"]["S"] for key in wanted["Keys"]))
        case "BatchWriteItem":
            for table, writes in parameters["RequestItems"].items():
                keys = (
                    part.get("Key", part.get("Item"))["PK"]["S"] for each in writes for part in each.values()
                )
                yield _on_table(operation, table, keys)
        case "Query":
            resource = parameters["TableName"]
            if "IndexName" in parameters:
                resource += f"/index/{parameters['IndexName']}"
            (name,) = _PARTITION.findall(parameters["KeyConditionExpression"])
            yield _on_table(operation, resource, (parameters["ExpressionAttributeValues"][name]["S"],))
        case "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem":
            yield _item(operation, parameters)
        case _:
            raise UnknownOperation(f"dynamodb.{operation}")


def _item(action: str, parameters: Parameters) -> Request:
    key = parameters.get("Key") or parameters["Item"]
    return _on_table(action, parameters["TableName"], (key["PK"]["S"],))


def _on_table(action: str, resource: str, keys: Iterator[str] | tuple[str, ...]) -> Request:
    return Request(
        f"dynamodb:{action}", f"arn:aws:dynamodb:{_HERE}:table/{resource}", {LEADING_KEYS: tuple(keys)}
    )


# "SendMessageBatch", "DeleteMessageBatch" and "ChangeMessageVisibilityBatch" have no actions of their own.
_QUEUE_ACTIONS = frozenset(
    {"SendMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "ReceiveMessage"}
)


def _sqs(operation: str, parameters: Parameters) -> Iterator[Request]:
    action = operation.removesuffix("Batch")
    if action not in _QUEUE_ACTIONS:
        raise UnknownOperation(f"sqs.{operation}")
    yield Request(f"sqs:{action}", f"arn:aws:sqs:{_HERE}:{parameters['QueueUrl'].rpartition('/')[2]}")


def _events(operation: str, parameters: Parameters) -> Iterator[Request]:
    if operation != "PutEvents":
        raise UnknownOperation(f"events.{operation}")
    for entry in parameters["Entries"]:
        yield Request(
            "events:PutEvents",
            f"arn:aws:events:{_HERE}:event-bus/{entry['EventBusName']}",
            {"events:source": (entry["Source"],), "events:detail-type": (entry["DetailType"],)},
        )


def _cloudwatch(operation: str, parameters: Parameters) -> Iterator[Request]:
    if operation != "GetMetricData":
        raise UnknownOperation(f"cloudwatch.{operation}")
    # It has no resource types, so that only a statement with the resource * allows it.
    yield Request("cloudwatch:GetMetricData", "*")


def _states(operation: str, parameters: Parameters) -> Iterator[Request]:
    if operation != "StartSyncExecution":
        raise UnknownOperation(f"states.{operation}")
    # A call of an alias is authorised by the ARN of its state machine ("Authorization for versions and
    # aliases in Step Functions workflows").
    machine = ":".join(parameters["stateMachineArn"].split(":")[:7])
    yield Request("states:StartSyncExecution", machine)


def _ses(operation: str, parameters: Parameters) -> Iterator[Request]:
    if operation != "SendEmail":
        raise UnknownOperation(f"ses.{operation}")
    address = parseaddr(parameters["FromEmailAddress"])[1]
    context = {"ses:FromAddress": (address,)}
    for resource in (
        f"identity/{address.partition('@')[2]}",
        f"configuration-set/{parameters['ConfigurationSetName']}",
    ):
        yield Request("ses:SendEmail", f"arn:aws:ses:{_HERE}:{resource}", context)


def _connections(operation: str, parameters: Parameters) -> Iterator[Request]:
    methods = {"PostToConnection": "POST", "DeleteConnection": "DELETE"}
    if operation not in methods:
        raise UnknownOperation(f"apigatewaymanagementapi.{operation}")
    connection = f"live/{methods[operation]}/@connections/{parameters['ConnectionId']}"
    yield Request("execute-api:ManageConnections", f"arn:aws:execute-api:{_HERE}:WebSocketApi/{connection}")


# "Multipart upload API and permissions", and "HeadObject" (Amazon S3).
_S3_ACTIONS = {
    **{operation: operation for operation in ("PutObject", "GetObject", "DeleteObject")},
    **dict.fromkeys(("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"), "PutObject"),
    "HeadObject": "GetObject",
}


def _s3(operation: str, parameters: Parameters) -> Iterator[Request]:
    bucket = f"arn:aws:s3:::{parameters['Bucket']}"
    if operation == "ListObjectsV2":
        yield Request("s3:ListBucket", bucket)
        return
    if operation == "DeleteObjects":
        for each in parameters["Delete"]["Objects"]:
            yield Request("s3:DeleteObject", f"{bucket}/{each['Key']}")
        return
    if operation not in _S3_ACTIONS:
        raise UnknownOperation(f"s3.{operation}")
    yield Request(f"s3:{_S3_ACTIONS[operation]}", f"{bucket}/{parameters['Key']}")


def _secrets(operation: str, parameters: Parameters) -> Iterator[Request]:
    name = parameters["SecretId"].rpartition(":secret:")[2]
    if parameters["SecretId"].startswith("arn:"):
        name = name[: -len(SUFFIX)]
    yield Request(f"secretsmanager:{operation}", f"arn:aws:secretsmanager:{_HERE}:secret:{name}{SUFFIX}")


def _parameters(operation: str, parameters: Parameters) -> Iterator[Request]:
    if operation == "GetParameters":
        names = parameters["Names"]
    elif operation == "GetParametersByPath":
        names = [parameters["Path"]]
    else:
        raise UnknownOperation(f"ssm.{operation}")
    for name in names:
        yield Request(f"ssm:{operation}", f"arn:aws:ssm:{_HERE}:parameter/{name.removeprefix('/')}")


def _functions(operation: str, parameters: Parameters) -> Iterator[Request]:
    if operation != "Invoke":
        raise UnknownOperation(f"lambda.{operation}")
    yield Request("lambda:InvokeFunction", parameters["FunctionName"])


def _topics(operation: str, parameters: Parameters) -> Iterator[Request]:
    if operation != "Publish":
        raise UnknownOperation(f"sns.{operation}")
    yield Request("sns:Publish", parameters["TopicArn"])


_SERVICES: Mapping[str, Callable[[str, Parameters], Iterator[Request]]] = {
    "apigatewaymanagementapi": _connections,
    "cloudwatch": _cloudwatch,
    "dynamodb": _dynamodb,
    "eventbridge": _events,
    "lambda": _functions,
    "s3": _s3,
    "secrets-manager": _secrets,
    "sesv2": _ses,
    "sfn": _states,
    "sns": _topics,
    "sqs": _sqs,
    "ssm": _parameters,
}
