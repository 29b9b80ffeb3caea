"""Rotates the key that signs cursors. Secrets Manager calls it with four steps, once every thirty days.

Only the first and the last step have work to do: no other system stores the key ("Lambda rotation functions",
AWS Secrets Manager User Guide). Cursors signed with the old key stay valid until the next rotation, because
the functions verify with AWSPREVIOUS as well.

| if it dies                   | then                                                                      |
|------------------------------|---------------------------------------------------------------------------|
| before the new key is stored | Secrets Manager retries all steps with the same token                     |
| after it is stored           | a retry finds the version of this token and keeps it                      |
| before the label is moved    | functions sign with the old key; a retry moves the label                  |
| after the label is moved     | a retry finds the label on this version and changes nothing               |
| on every retry               | functions sign with the old key; the alarm CursorSecretNotRotated is raised |
"""

import secrets
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError

from ordering.aws.clients import client
from ordering.aws.logging import logger

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

# As long as the SHA-256 block: a longer key would be hashed first (RFC 2104, section 3).
_KEY_BYTES = 64

manager: "SecretsManagerClient" = client("secretsmanager")


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Runs one step of a rotation.

    Raises:
        ValueError: The step is not one of the four.
    """
    secret_id, version_id = event["SecretId"], event["ClientRequestToken"]
    match event["Step"]:
        case "createSecret":
            _create(secret_id, version_id)
        case "setSecret" | "testSecret":
            pass
        case "finishSecret":
            _finish(secret_id, version_id)
        case step:
            raise ValueError(f"unknown step {step}")
    logger.info("rotation", extra={"step": event["Step"], "version_id": version_id})


def _create(secret_id: str, version_id: str) -> None:
    try:
        manager.put_secret_value(
            SecretId=secret_id,
            ClientRequestToken=version_id,
            SecretString=secrets.token_hex(_KEY_BYTES // 2),
            VersionStages=["AWSPENDING"],
        )
    except ClientError as error:
        # An earlier attempt stored a key under this token, and a version cannot be changed
        # ("PutSecretValue").
        if error.response["Error"]["Code"] != "ResourceExistsException":
            raise


def _finish(secret_id: str, version_id: str) -> None:
    stages = manager.describe_secret(SecretId=secret_id)["VersionIdsToStages"]
    current = next(version for version, labels in stages.items() if "AWSCURRENT" in labels)
    if current != version_id:
        # Secrets Manager moves AWSPREVIOUS to the version that loses AWSCURRENT ("UpdateSecretVersionStage").
        manager.update_secret_version_stage(
            SecretId=secret_id,
            VersionStage="AWSCURRENT",
            MoveToVersionId=version_id,
            RemoveFromVersionId=current,
        )
