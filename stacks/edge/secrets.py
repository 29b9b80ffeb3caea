"""What the edge stack reads from the api stack: the API's id, and the secret that it sends.

By the secret, the distribution proves to the API that a request came through it.
"""

from typing import Final

from aws_cdk import CfnOutput, Fn
from aws_cdk import aws_secretsmanager as secretsmanager

from stacks.acceptances import Checker
from stacks.nag import accept, suppress_nag
from stacks.settings import US_EAST_1, Edge
from stacks.stack import AWS_KEY, OrderStack

API_ID: Final = "ApiId"
"""The output of the api stack with the id of the API."""

_NO_ROTATION = "It is replaced by the setting `secret_numbers`: CloudFront reads it only at a deployment."


def secret_name_output(number: int) -> str:
    """Returns the output of the api stack with the name and the random suffix of a secret.

    Each secret has its own output. If the output kept its name while another secret is sent, the template of
    the edge stack would stay the same, and `cdk deploy` would not update it: "If the referenced stack or
    output is later deleted or modified, the consuming stack is not automatically updated"
    ("Fn::GetStackOutput").
    """
    return f"EdgeSecretName{number}"


def edge_secrets(stack: OrderStack, edge: Edge) -> list[str]:
    """Add the secrets to the API's stack, with replicas where CloudFront's stack is. Returns their ARNs.

    A secret cannot be replicated to its own region.
    """
    replicas = [secretsmanager.CfnSecret.ReplicaRegionProperty(region=US_EAST_1)]
    arns = []
    for number in edge.secret_numbers:
        secret = secretsmanager.CfnSecret(
            stack,
            f"EdgeSecret{number}",
            description=f"Sent by CloudFront to the order API, {stack.settings.stage}: number {number}",
            generate_secret_string=secretsmanager.CfnSecret.GenerateSecretStringProperty(
                password_length=64, exclude_punctuation=True
            ),
            replica_regions=replicas if stack.settings.region != US_EAST_1 else None,
        )
        accept(secret, Checker.CHECKOV, "CKV_AWS_149", AWS_KEY)
        suppress_nag(secret, "AwsSolutions-SMG4", _NO_ROTATION)
        # arn:aws:secretsmanager:<region>:<account>:secret:<name and suffix>
        CfnOutput(stack, secret_name_output(number), value=Fn.select(6, Fn.split(":", secret.ref)))
        arns.append(secret.ref)
    return arns
