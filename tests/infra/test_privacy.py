"""The privacy stack: the bucket of exports, the queue of customers' jobs, and who may read the files."""

from ordering.domain.exports import EXPORTS, FILE_DAYS
from ordering.repositories.exports import CLAIM_SECONDS
from stacks.routes import EXPORT_ROUTES, ROUTE_ACCESS
from tests.infra.queues_and_roles import role_policy
from tests.infra.switches import turned
from tests.synth import Synthesised

BUCKET = "AWS::S3::Bucket"


def test_bucket_of_exports_is_private_encrypted_and_keeps_no_versions(app: Synthesised) -> None:
    properties = app.one(BUCKET, "privacy").properties
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] in ("AES256", "aws:kms")
    assert "VersioningConfiguration" not in properties, "a deleted file must not be kept"
    statements = app.one("AWS::S3::BucketPolicy", "privacy").properties["PolicyDocument"]["Statement"]
    denied = [each for each in statements if each["Effect"] == "Deny"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in [each["Condition"] for each in denied]
    assert all(each["Principal"] != {"AWS": "*"} for each in statements if each not in denied)


def test_files_and_uploads_that_were_not_completed_expire_after_two_days(app: Synthesised) -> None:
    rules = app.one(BUCKET, "privacy").properties["LifecycleConfiguration"]["Rules"]
    assert {rule["Status"] for rule in rules} == {"Enabled"}
    files, uploads = rules
    assert (files["Prefix"], files["ExpirationInDays"]) == (EXPORTS, FILE_DAYS)
    assert uploads["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == FILE_DAYS


def test_only_two_functions_reach_files_and_the_api_only_reads_them(app: Synthesised) -> None:
    """The function that writes them, and the one that makes links for the signed-in customer."""
    reaching: dict[str, set[str]] = {}
    for function in app.functions():
        handler = function.properties["Handler"].removesuffix(".handler")
        for statement in role_policy(app, handler):
            resources = (
                statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            )
            if any(EXPORTS in str(resource) for resource in resources):
                actions = statement["Action"]
                reaching[handler] = {actions} if isinstance(actions, str) else set(actions)
    links = {"get_export": {"s3:GetObject"}} if app.settings.mail else {}
    written = {"s3:DeleteObject", "s3:GetObject", "s3:PutObject"}
    assert reaching == {"process_customer_data": written, **links}


def test_claim_outlives_the_function_that_holds_it(app: Synthesised) -> None:
    assert app.function("process_customer_data").properties["Timeout"] < CLAIM_SECONDS


def test_one_job_is_worked_on_at_a_time_and_is_a_dead_letter_only_after_an_hour(app: Synthesised) -> None:
    """A piece of a job may take as long as the time-out allows. Back-off: `ordering.aws.sqs_batch`."""
    (source,) = (r for r in app.resources("AWS::Lambda::EventSourceMapping") if r.stack == "privacy")
    assert source.properties["BatchSize"] == 1
    assert source.properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    (queue,) = (
        r
        for r in app.resources("AWS::SQS::Queue")
        if r.stack == "privacy" and "RedrivePolicy" in r.properties
    )
    assert queue.properties["RedrivePolicy"]["maxReceiveCount"] == 12
    timeout = app.function("process_customer_data").properties["Timeout"]
    assert queue.properties["VisibilityTimeout"] == 6 * timeout


def test_stage_without_mail_has_no_routes_of_exports_and_still_removes_customers() -> None:
    handlers = {route.handler for route in ROUTE_ACCESS}
    assert handlers >= EXPORT_ROUTES
    for app, has_mail in ((turned("dev", "as it is"), False), (turned("dev", "mail"), True)):
        deployed = {r.properties["Handler"].removesuffix(".handler") for r in app.functions()}
        assert EXPORT_ROUTES & deployed == (EXPORT_ROUTES if has_mail else frozenset())
        assert {"process_customer_data", "delete_profile"} <= deployed
        variables = app.function("process_customer_data").properties["Environment"]["Variables"]
        assert ("MAIL_SENDER" in variables) == has_mail
