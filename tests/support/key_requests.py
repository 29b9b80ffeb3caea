"""IAM's decisions about a customer's key when a role uses a resource that is encrypted with it.

Neither moto nor the engine calls KMS, so this follows AWS's pages and no recorded calls:

- "DynamoDB encryption at rest: how it works" (Amazon DynamoDB): the table's key is decrypted on behalf of the
  caller, for reads, writes and the stream.
- "Amazon SQS Key management": a producer needs `kms:GenerateDataKey` and `kms:Decrypt`, a consumer
  `kms:Decrypt`.
- "Protecting data with server-side encryption" (Amazon S3): `kms:GenerateDataKey` to write an object at once.
- "Secret encryption and decryption in AWS Secrets Manager": `kms:Decrypt` to read, both to write.
- "kms:ViaService" (AWS KMS): its value is the regional name of the service that asks for its caller.
"""

from collections.abc import Collection, Iterable, Iterator

from tests.support.environment import REGION
from tools.privileges.policy import Request

_DECRYPT, _GENERATE = "Decrypt", "GenerateDataKey"


def uses_of_key(action: str) -> tuple[str, ...]:
    """Returns what the caller of an action on an encrypted resource must be allowed to do with the key."""
    match action.split(":"):
        case ["dynamodb", _]:
            return (_DECRYPT,)
        case ["sqs", "SendMessage"] | ["secretsmanager", "PutSecretValue"]:
            return (_DECRYPT, _GENERATE)
        case ["sqs", "ReceiveMessage"] | ["secretsmanager", "GetSecretValue"] | ["s3", "GetObject"]:
            return (_DECRYPT,)
        case ["s3", "PutObject"]:
            return (_GENERATE,)
    return ()


def use_of_key(action: str, service: str, key: str) -> Request:
    """Returns what IAM decides about one use of the key by a service for its caller."""
    return Request(f"kms:{action}", key, {"kms:ViaService": (f"{service}.{REGION}.amazonaws.com",)})


def key_requests(wanted: Iterable[Request], key: str, own_secrets: Collection[str]) -> Iterator[Request]:
    """Yields the requests about the key that come with these. Secrets of others have keys of their own."""
    for request in wanted:
        service = request.action.partition(":")[0]
        if service == "secretsmanager" and request.resource not in own_secrets:
            continue
        for action in uses_of_key(request.action):
            yield use_of_key(action, service, key)
