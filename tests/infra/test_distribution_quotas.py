"""The edge and the web application are within CloudFront's limits: names, lengths and numbers.

"Quotas" (Amazon CloudFront Developer Guide), and the pages of the configurations in the API reference.
"""

from collections import Counter

import pytest

from stacks.edge.function_code import MAX_BYTES
from stacks.web.headers import headers
from tests.infra.switches import turned
from tests.synth import Json, Resource, Synthesised

# Type -> its configuration, and the longest name. A name is unique in the account, in all regions.
NAMED = {
    "AWS::CloudFront::CachePolicy": ("CachePolicyConfig", 128),
    "AWS::CloudFront::ResponseHeadersPolicy": ("ResponseHeadersPolicyConfig", 128),
    "AWS::CloudFront::OriginAccessControl": ("OriginAccessControlConfig", 64),
    "AWS::CloudFront::Function": ("", 64),
}
COMMENT = 128
POLICY = 1783
"""The longest Content-Security-Policy of a response headers policy."""
CUSTOM_HEADERS = 10
# CloudFormation's tokens are resolved during a deployment. These are the longest possible addresses.
ADDRESSES = {
    "issuer": "https://cognito-idp.ap-southeast-1.amazonaws.com/ap-southeast-1_Ab1234567/ "
    + f"https://{'d' * 63}.auth.ap-southeast-1.amazoncognito.com/oauth2/token",
    "live": f"wss://{'a' * 10}.execute-api.ap-southeast-1.amazonaws.com/live",
}


@pytest.fixture(scope="module")
def stages() -> list[Synthesised]:
    """Two stages with both distributions, and one with the names that CloudFront gives."""
    return [turned("dev", "web, edge"), turned("prod", "web"), turned("prod", "edge")]


def _found(app: Synthesised, type: str) -> list[tuple[Resource, Json]]:
    field, _ = NAMED[type]
    return [(each, each.properties[field] if field else each.properties) for each in app.resources(type)]


@pytest.mark.parametrize("type", NAMED)
def test_names_are_unique_in_the_account_and_short_enough(stages: list[Synthesised], type: str) -> None:
    """A resource whose name is in use cannot be created. The stages of one account have different names."""
    names = Counter(
        (app.settings.stage, resource.stack, config["Name"])
        for app in stages
        for resource, config in _found(app, type)
    )
    assert names
    by_name = Counter(name for _, _, name in names)
    # Stage prod is synthesised twice, with different stacks.
    assert [name for name, count in by_name.items() if count > 1] == []
    for name in by_name:
        assert len(name) <= NAMED[type][1], name


def test_comments_are_short_enough(stages: list[Synthesised]) -> None:
    for app in stages:
        configs = [config for type in NAMED for _, config in _found(app, type)]
        configs += [
            each.properties["DistributionConfig"] for each in app.resources("AWS::CloudFront::Distribution")
        ]
        configs += [each["FunctionConfig"] for each in configs if "FunctionConfig" in each]
        comments = [each["Comment"] for each in configs if "Comment" in each]
        assert len(comments) > len(NAMED)
        assert max(map(len, comments)) <= COMMENT


def test_headers_fit_into_their_policies(stages: list[Synthesised]) -> None:
    assert len(headers(ADDRESSES)["Content-Security-Policy"]) <= POLICY
    for app in stages:
        for _, config in _found(app, "AWS::CloudFront::ResponseHeadersPolicy"):
            assert len(config.get("CustomHeadersConfig", {}).get("Items", [])) <= CUSTOM_HEADERS


def test_functions_are_small_enough_and_have_a_runtime_that_exists(stages: list[Synthesised]) -> None:
    for app in stages:
        for _, function in _found(app, "AWS::CloudFront::Function"):
            assert len(function["FunctionCode"].encode()) <= MAX_BYTES
            assert function["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0"


def test_account_has_room_for_the_policies_that_the_pages_count(stages: list[Synthesised]) -> None:
    """An account may have twenty cache policies of its own, and more only on request (docs/deploying.md)."""
    counted = Counter(resource.stack for resource, _ in _found(stages[0], "AWS::CloudFront::CachePolicy"))
    assert counted == {"web": 3, "edge": 2}
    answered = Counter(
        resource.stack for resource, _ in _found(stages[0], "AWS::CloudFront::ResponseHeadersPolicy")
    )
    assert answered == {"web": 2, "edge": 1}
