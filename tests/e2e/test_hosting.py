"""The web application's distribution on the engine's data plane of CloudFront: files, functions, the API.

The template is that of `WebStack`. The engine gets its buckets, and what it has of CloudFront; the rest
cannot run there. aws-cdk-lib's function, which writes the files, runs the AWS CLI of a layer at `/opt`, where
functions of the engine have nothing, so the test writes the files, with the headers of the deployment.
"""

import json
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import httpx
import pytest
from aws_cdk import App, Aspects, Stage

from stacks import web_build
from stacks.local_engine import LeaveOutUnknown
from stacks.settings import WebApplication, WebClient, settings_for
from stacks.stack import OrderStack
from stacks.web.config import WebAddresses
from stacks.web.files import CONFIG
from stacks.web.headers import cache_control, headers
from stacks.web.stack import WebStack
from tests.e2e.edge_client import EdgeClient
from tests.e2e.shop import REQUEST_TIMEOUT, Shop
from tests.e2e.test_edge import ADDRESS_BODY
from tests.e2e.waiting import until

_DEPLOYED = ("AWS::S3::", "AWS::CloudFront::")
_TLS = "aws:SecureTransport"
_CLIENT = WebClient(callback_urls=("https://shop.example/callback",))


@dataclass(frozen=True)
class Hosted:
    """The deployed distribution, what it serves, and a browser in front of it."""

    built: Path
    addresses: WebAddresses
    viewer: EdgeClient

    def asset(self) -> str:
        """The path of the application's script."""
        (script,) = self.built.glob("assets/index-*.js")
        return f"/assets/{script.name}"


@pytest.fixture(scope="module")
def hosted(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    """The web stack beside the stacks of the instance."""
    outputs = shop.instance.outputs
    addresses = WebAddresses(outputs["Issuer"], "web", f"{outputs['Issuer']}/token", outputs["WebSocketUrl"])
    built = web_build.build()
    template = _template(shop, addresses, built, tmp_path_factory.mktemp("assembly"))
    formation = boto3.client("cloudformation", **shop.instance.aws)
    name = "orders-local-web"
    formation.create_stack(StackName=name, TemplateBody=json.dumps(template))

    def created() -> dict[str, str]:
        (stack,) = formation.describe_stacks(StackName=name)["Stacks"]
        assert stack["StackStatus"] in ("CREATE_IN_PROGRESS", "CREATE_COMPLETE"), stack
        found = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
        return found if stack["StackStatus"] == "CREATE_COMPLETE" else {}

    stack = until("the web stack to be created", created)
    files = boto3.client("s3", **shop.instance.aws)
    written = {
        file.relative_to(built).as_posix(): file.read_bytes() for file in built.rglob("*") if file.is_file()
    }
    settings = settings_for("local", outputs["Issuer"])
    written[CONFIG] = json.dumps(addresses.config(settings, _CLIENT)).encode()
    for key, content in written.items():
        files.put_object(
            Bucket=stack["WebBucketName"],
            Key=key,
            Body=content,
            ContentType=mimetypes.guess_type(key)[0] or "application/octet-stream",
            CacheControl=cache_control(f"/{key}"),
        )
    with httpx.Client(trust_env=False, timeout=REQUEST_TIMEOUT) as client:
        yield Hosted(built, addresses, EdgeClient(stack["WebTarget"], outputs["Endpoint"], client))
    for key in written:
        files.delete_object(Bucket=stack["WebBucketName"], Key=key)
    formation.delete_stack(StackName=name)


def _template(shop: Shop, addresses: WebAddresses, built: Path, directory: Path) -> dict[str, Any]:
    """The template of the stack for the engine: buckets and what belongs to CloudFront."""
    outputs = shop.instance.outputs
    settings = settings_for("local", outputs["Issuer"], engine=outputs["Endpoint"])
    app = App(outdir=str(directory))
    stage = Stage(app, "orders-local")
    WebStack(
        stage,
        "web",
        settings=replace(settings, web=WebApplication(), web_client=_CLIENT),
        web=WebApplication(),
        client=_CLIENT,
        api=OrderStack(stage, "api", settings=settings, description="Deployed by `make up`."),
        addresses=addresses,
        built=built,
    )
    Aspects.of(stage).add(LeaveOutUnknown())
    assembly = app.synth().get_nested_assembly("assembly-orders-local")
    template: dict[str, Any] = assembly.get_stack_by_name("orders-local-web").template
    resources = {
        id: {name: value for name, value in body.items() if name != "DependsOn"}
        for id, body in template["Resources"].items()
        if body["Type"].startswith(_DEPLOYED)
    }
    for body in resources.values():
        if body["Type"] == "AWS::S3::BucketPolicy":
            document = body["Properties"]["PolicyDocument"]
            # The engine is called without TLS.
            document["Statement"] = [each for each in document["Statement"] if _TLS not in json.dumps(each)]
    needed = ("WebTarget", "WebBucketName")
    return {"Resources": resources, "Outputs": {name: template["Outputs"][name] for name in needed}}


@pytest.mark.parametrize(
    "path", ["/", "/orders", "/products/MUG-1.5L", "/callback?code=1&state=2", "/console/stock"]
)
def test_every_path_of_the_application_is_its_page_with_its_headers(hosted: Hosted, path: str) -> None:
    page = hosted.viewer.send("GET", path)
    assert page.status_code == 200
    assert page.content == (hosted.built / "index.html").read_bytes()
    assert page.headers["cache-control"] == "no-cache"
    sent = headers(hosted.addresses.policy())
    assert {name: page.headers[name] for name in sent} == sent


def test_hashed_file_may_be_kept_for_a_year(hosted: Hosted) -> None:
    script = hosted.viewer.send("GET", hosted.asset())
    assert script.content == (hosted.built / hosted.asset().lstrip("/")).read_bytes()
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    tag = script.headers["etag"]
    assert hosted.viewer.send("GET", hosted.asset(), headers={"if-none-match": tag}).status_code == 304


def test_configuration_of_the_stage_is_served(hosted: Hosted) -> None:
    config = hosted.viewer.send("GET", "/config.json")
    assert config.headers["cache-control"] == "no-cache"
    assert config.json()["apiUrl"] == "/api"
    assert config.json()["issuer"] == hosted.addresses.issuer


@pytest.mark.parametrize("path", ["/assets/of-no-release.js", "/robots.txt", "/assets/"])
def test_file_that_is_not_there_is_an_error_and_no_page(hosted: Hosted, path: str) -> None:
    """AWS returns 404, because CloudFront may list the bucket; the engine always returns 403."""
    missing = hosted.viewer.send("GET", path)
    assert missing.status_code in (403, 404)
    assert b"<!doctype html>" not in missing.content.lower()


def test_files_are_only_read_and_http_is_redirected(hosted: Hosted) -> None:
    assert hosted.viewer.send("PUT", "/index.html", body={}).status_code == 403
    redirect = hosted.viewer.send("GET", "/orders", scheme="http")
    assert (redirect.status_code, redirect.headers["location"][:8]) == (301, "https://")
    # A token would have been sent unencrypted already.
    assert hosted.viewer.send("GET", "/api/orders", scheme="http").status_code == 403


def test_order_is_placed_and_followed_below_api(shop: Shop, hosted: Hosted) -> None:
    alice, sku = shop.customer("alice"), shop.product()
    assert hosted.viewer.send("GET", f"/api/products/{sku}").json()["sku"] == sku
    body = {"lines": [{"sku": sku, "quantity": 1}], "paymentToken": "tok_ok", "shippingAddress": ADDRESS_BODY}
    key = {"idempotency-key": uuid4().hex}
    placed = hosted.viewer.send("POST", "/api/orders", token=alice.token, body=body, headers=key)
    assert placed.status_code == 202, placed.text
    replayed = hosted.viewer.send("POST", "/api/orders", token=alice.token, body=body, headers=key)
    assert replayed.headers["idempotency-replayed"] == "true"
    path = f"/api/{placed.headers['location']}"
    until(
        "the order to be fulfilled",
        lambda: hosted.viewer.send("GET", path, token=alice.token).json()["status"] == "FULFILLED",
    )
    assert hosted.viewer.send("GET", path).status_code == 401


def test_problem_of_the_api_stays_a_problem(hosted: Hosted) -> None:
    problem = hosted.viewer.send("GET", "/api/products?kategorie=mugs")
    assert (problem.status_code, problem.headers["content-type"]) == (400, "application/problem+json")
    # The gateway's own 404 for a path that it does not have.
    assert hosted.viewer.send("GET", "/api/no-such-route").json() == {"message": "Not Found"}
