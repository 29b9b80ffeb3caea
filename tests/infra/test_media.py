"""The media stack: its bucket is private, notifies one queue, and cleans up after itself."""

import json
from typing import Any

import pytest

from ordering.domain.images import ABANDONED_AFTER_HOURS, REFUSED, REFUSED_DAYS, UPLOADS
from stacks.routes import MEDIA_ROUTES, ROUTE_ACCESS
from tests.infra.switches import turned
from tests.synth import Json, Synthesised, synthesised

BUCKET = "AWS::S3::Bucket"


@pytest.fixture(params=["dev", "local"])
def with_images(request: pytest.FixtureRequest) -> Synthesised:
    """Each stage whose products have images."""
    return synthesised(request.param)


def _bucket(app: Synthesised) -> Json:
    return app.one(BUCKET, "media").body


def test_bucket_of_images_is_private(with_images: Synthesised) -> None:
    properties = _bucket(with_images)["Properties"]
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    statements = with_images.one("AWS::S3::BucketPolicy", "media").properties["PolicyDocument"]["Statement"]
    for statement in statements:
        assert statement["Effect"] == "Deny" or statement["Principal"] != {"AWS": "*"}
    assert "VersioningConfiguration" not in properties, "a removed image must not be kept"


def test_bucket_notifies_the_queue_of_uploads_and_of_nothing_else(with_images: Synthesised) -> None:
    """The other files are written by the function itself: their notifications would start it again."""
    configuration = _bucket(with_images)["Properties"]["NotificationConfiguration"]
    (notified,) = configuration["QueueConfigurations"]
    assert configuration.keys() == {"QueueConfigurations"}
    assert notified["Event"] == "s3:ObjectCreated:*"
    assert notified["Filter"]["S3Key"]["Rules"] == [{"Name": "prefix", "Value": UPLOADS}]
    assert notified["Queue"] == _arn(with_images, "Uploads")


def test_bucket_is_created_after_the_policy_that_lets_it_send(with_images: Synthesised) -> None:
    """S3 checks that it may send when the configuration is written ("Unable to validate the following
    destination configurations", AWS re:Post), and the policy names the bucket before it exists."""
    body = _bucket(with_images)
    policies = {
        r.id: r.properties
        for r in with_images.resources("AWS::SQS::QueuePolicy")
        if r.stack == "media" and r.id in body["DependsOn"]
    }
    ((policy),) = policies.values()
    (allowed,) = (each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow")
    assert allowed["Principal"] == {"Service": "s3.amazonaws.com"}
    assert allowed["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    source = _text(allowed["Condition"]["ArnLike"]["aws:SourceArn"])
    assert source == f"arn:<AWS::Partition>:s3:::{_text(body['Properties']['BucketName'])}"
    assert "Images" not in json.dumps(policy), "a reference to the bucket would be a circle"


def test_name_of_the_bucket_is_not_taken_when_the_stack_is_created_again(with_images: Synthesised) -> None:
    """It contains digits of the stack's id, and has at most 63 characters ("Bucket naming rules")."""
    name = _text(_bucket(with_images)["Properties"]["BucketName"])
    assert "<AWS::StackId>" in name
    longest = name.replace("<AWS::AccountId>", "1" * 12).replace("<AWS::StackId>", "0" * 8)
    assert len(longest) + len("staging") <= 63
    assert longest == longest.lower()


def test_abandoned_and_refused_uploads_expire(with_images: Synthesised) -> None:
    rules = _bucket(with_images)["Properties"]["LifecycleConfiguration"]["Rules"]
    expiring = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "Prefix" in rule}
    assert expiring == {UPLOADS: ABANDONED_AFTER_HOURS // 24, REFUSED: REFUSED_DAYS}
    assert {rule["Status"] for rule in rules} == {"Enabled"}


def test_pages_of_the_stages_origins_may_send_forms(with_images: Synthesised) -> None:
    (rule,) = _bucket(with_images)["Properties"]["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedMethods"] == ["POST"]
    assert rule["AllowedOrigins"] == list(with_images.settings.web_origins)


def test_one_image_is_processed_at_a_time_with_a_whole_core(with_images: Synthesised) -> None:
    """1,769 MB are one core ("Configure Lambda function memory")."""
    (source,) = (r for r in with_images.resources("AWS::Lambda::EventSourceMapping") if r.stack == "media")
    assert source.properties["BatchSize"] == 1
    assert source.properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    function = with_images.function("make_thumbnails").properties
    assert function["MemorySize"] == 1769
    queue = next(
        r.properties
        for r in with_images.resources("AWS::SQS::Queue")
        if r.stack == "media" and "RedrivePolicy" in r.properties
    )
    assert queue["VisibilityTimeout"] == 6 * function["Timeout"], "Using Lambda with Amazon SQS"


def test_only_the_function_that_decodes_carries_pillow(with_images: Synthesised) -> None:
    carrying = [
        r.properties["Handler"]
        for r in with_images.functions()
        if "ImagingLayer" in json.dumps(r.properties["Layers"])
    ]
    assert carrying == ["make_thumbnails.handler"]


def test_stage_without_images_has_neither_the_stack_nor_the_routes() -> None:
    app = turned("dev", "media")
    assert app.settings.media is None
    assert "media" not in app.templates
    assert "media" not in json.dumps(app.templates["api"]).lower().replace("mediatype", "")
    routes = {r.properties["RouteKey"] for r in app.resources("AWS::ApiGatewayV2::Route")}
    assert not routes & {key for row in ROUTE_ACCESS if row.handler in MEDIA_ROUTES for key in row.keys}


def _arn(app: Synthesised, prefix: str) -> Json:
    (id,) = (
        r.id
        for r in app.resources("AWS::SQS::Queue")
        if r.stack == "media" and r.id.startswith(prefix) and "DeadLetters" not in r.id
    )
    return {"Fn::GetAtt": [id, "Arn"]}


def _text(value: Any) -> str:
    """Returns a value of a template as text, with references as `<their names>`."""
    match value:
        case str():
            return value
        case {"Fn::Join": [str() as separator, [*parts]]}:
            return separator.join(map(_text, parts))
        case {"Ref": str() as name}:
            return f"<{name}>"
        case {"Fn::Select": [_, inner]} | {"Fn::Split": [_, inner]}:
            return _text(inner)
    raise ValueError(value)
