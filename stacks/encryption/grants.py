"""Permissions to use the customer's keys, derived from what a role does with encrypted resources.

A service decrypts and encrypts for its caller, so the caller needs the permission too. It is limited to calls
by that service (`kms:ViaService`): with its role alone, a function can decrypt nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

from aws_cdk import Aws, Stack, Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from stacks.grants import allow

_DECRYPT, _GENERATE = "kms:Decrypt", "kms:GenerateDataKey"

_SECRETS: Final = "secretsmanager"
# What an action needs, by the page of the service. The other actions of these services need nothing.
_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    # "Configure AWS KMS permissions for producers" and "... for consumers" (Amazon SQS Key management).
    "sqs:SendMessage": (_DECRYPT, _GENERATE),
    "sqs:ReceiveMessage": (_DECRYPT,),
    # "Protecting data with server-side encryption using AWS KMS keys" (Amazon S3). An upload in parts also
    # decrypts; the one function that makes such uploads may read the files too.
    "s3:PutObject": (_GENERATE,),
    "s3:GetObject": (_DECRYPT,),
    # "Secret encryption and decryption in AWS Secrets Manager": which permissions on the key a call needs.
    "secretsmanager:GetSecretValue": (_DECRYPT,),
    "secretsmanager:PutSecretValue": (_DECRYPT, _GENERATE),
}


@dataclass(frozen=True, slots=True)
class Keys:
    """The customer's keys of a stage, by their ARNs."""

    arns: tuple[str, ...]
    """The last one encrypts new data."""
    new_data: bool
    """Whether new data is encrypted with a key. The permissions are the same if not."""

    @property
    def current(self) -> str | None:
        """The ARN of the key for new data; None if new data is encrypted with keys of AWS."""
        return self.arns[-1] if self.new_data else None

    def of(self, scope: Construct) -> Keys:
        """Returns the keys as the stack of `scope` names them: by parameters with their ARNs.

        CloudFormation looks up an output of another stack once for each place that names it, and is throttled
        at some 75 lookups in a template (aws/aws-cdk#38010). Each role of a stack names the keys.
        """
        stack = Stack.of(scope)
        return Keys(
            tuple(_named_in(stack, f"Key{n}Arn", arn) for n, arn in enumerate(self.arns, 1)), self.new_data
        )


def _named_in(stack: Stack, id: str, arn: str) -> str:
    found = stack.node.try_find_child(id)
    if found is None:
        description = "A key of the stage, for the policies and resources of this stack"
        found = ssm.StringParameter(stack, id, string_value=arn, description=description)
    return cast(ssm.StringParameter, found).string_value


def needs(action: str) -> tuple[str, ...]:
    """Returns the actions on the key that an action on an encrypted resource needs."""
    if action.startswith("dynamodb:"):
        # DynamoDB decrypts the table's key for its caller, for reads, writes and the stream alike ("DynamoDB
        # encryption at rest: how it works", Table key). Data keys it makes by grants of its own.
        return (_DECRYPT,)
    return _NEEDS.get(action, ())


def key_statements(
    scope: Construct, keys: Keys | None, statements: Iterable[iam.PolicyStatement]
) -> Iterator[iam.PolicyStatement]:
    """Yields the statements that a role of `scope` needs in addition to `statements`; none without keys.

    They name every key of the settings, so that a stage can change to the last key and back at any time.
    """
    if keys is None:
        return
    services: dict[str, dict[str, None]] = {}
    for statement in statements:
        for action in statement.actions:
            service = action.partition(":")[0]
            # A secret that the settings name by its ARN has a key of its owner's choice.
            if service == _SECRETS and not any(map(Token.is_unresolved, statement.resources)):
                continue
            for needed in needs(action):
                services.setdefault(needed, {})[service] = None
    for needed, by in sorted(services.items()):
        use = allow([needed], *keys.of(scope).arns)
        use.add_condition(
            "StringEquals", {"kms:ViaService": [f"{each}.{Aws.REGION}.amazonaws.com" for each in sorted(by)]}
        )
        yield use
