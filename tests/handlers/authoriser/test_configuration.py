"""The valid values of ISSUERS, and the error messages for invalid ones."""

import json
from typing import Any

import pytest

from ordering.tokens.issuers import Algorithm, BadConfiguration, SecretKeys, issuers_of
from tests.handlers.authoriser.gate import gate

GOOD: dict[str, Any] = {
    "issuer": "https://issuer.example.com",
    "audience": ["orders-api"],
    "algorithms": ["RS256"],
    "scopePrefix": "",
    "keys": "jwks",
}
SECRET = {"secretArn": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:partner-AbCdEf"}


def test_issuer_with_published_keys_is_read() -> None:
    (issuer,) = issuers_of(json.dumps([GOOD]))
    assert issuer.issuer == "https://issuer.example.com"
    assert issuer.audience == ("orders-api",)
    assert issuer.algorithms == (Algorithm.RS256,)
    assert (issuer.keys, issuer.scope_prefix, issuer.audience_claim) == ("jwks", "", "aud")


def test_issuer_with_a_secret_is_read() -> None:
    (issuer,) = issuers_of(json.dumps([GOOD | {"algorithms": ["HS256"], "keys": SECRET}]))
    assert issuer.keys == SecretKeys(secret_arn=SECRET["secretArn"])


def test_issuer_with_a_secret_may_have_a_name_that_is_no_url() -> None:
    (issuer,) = issuers_of(
        json.dumps([GOOD | {"issuer": "partner", "algorithms": ["HS512"], "keys": SECRET}])
    )
    assert issuer.issuer == "partner"


@pytest.mark.parametrize("issuer", ["https://issuer.example.com/a/b", "https://a/", "http://127.0.0.1:4567"])
def test_valid_issuers_are_accepted(issuer: str) -> None:
    assert issuers_of(json.dumps([GOOD | {"issuer": issuer}]))[0].issuer == issuer


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"issuer": "http://issuer.example.com"}, r"ISSUERS\[0\]: issuer: must be an https URL"),
        ({"issuer": "http://localhost:4567"}, r"ISSUERS\[0\]: issuer: must be an https URL"),
        ({"issuer": "https://issuer.example.com?a"}, r"ISSUERS\[0\]: issuer: must be an https URL"),
        ({"issuer": "https://issuer.example.com/#"}, r"ISSUERS\[0\]: issuer: must be an https URL"),
        ({"issuer": "issuer.example.com"}, r"ISSUERS\[0\]: issuer: must be an https URL"),
        ({"issuer": ""}, r"ISSUERS\[0\]\.issuer"),
        ({"issuer": None}, r"ISSUERS\[0\]\.issuer"),
        ({"issuer": ...}, r"ISSUERS\[0\]: Object missing required field `issuer`"),
        ({"audience": []}, r"ISSUERS\[0\]\.audience"),
        ({"audience": "orders-api"}, r"ISSUERS\[0\]\.audience"),
        ({"audience": [""]}, r"ISSUERS\[0\]\.audience\[0\]"),
        ({"audience": ...}, r"ISSUERS\[0\]: Object missing required field `audience`"),
        ({"algorithms": []}, r"ISSUERS\[0\]\.algorithms"),
        ({"algorithms": ["none"]}, r"ISSUERS\[0\]\.algorithms\[0\]: Invalid enum value 'none'"),
        ({"algorithms": ["RS256", "rs256"]}, r"ISSUERS\[0\]\.algorithms\[1\]: Invalid enum value 'rs256'"),
        ({"algorithms": ["ES256K"]}, r"ISSUERS\[0\]\.algorithms\[0\]"),
        ({"algorithms": ["HS256"]}, r"ISSUERS\[0\]: algorithms: HS256 cannot be used with published keys"),
        ({"algorithms": ["RS256", "HS256"]}, r"ISSUERS\[0\]: algorithms: HS256 cannot be used with"),
        ({"keys": SECRET}, r"ISSUERS\[0\]: algorithms: RS256 cannot be used with a shared secret"),
        ({"keys": SECRET, "algorithms": ["HS256", "ES256"]}, r"ISSUERS\[0\]: algorithms: ES256 cannot be"),
        ({"keys": "pem"}, r"ISSUERS\[0\]\.keys"),
        ({"keys": {"secret": "s3cr3t"}}, r"ISSUERS\[0\]\.keys: Object contains unknown field `secret`"),
        ({"keys": {"secretArn": ""}}, r"ISSUERS\[0\]\.keys\.secretArn"),
        ({"keys": ...}, r"ISSUERS\[0\]: Object missing required field `keys`"),
        ({"scopePrefix": None}, r"ISSUERS\[0\]\.scopePrefix"),
        ({"audienceClaim": "azp"}, r"ISSUERS\[0\]\.audienceClaim"),
        ({"audiance": "orders-api"}, r"ISSUERS\[0\]: Object contains unknown field `audiance`"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_error_names_the_bad_issuer_entry(changes: dict[str, Any], says: str) -> None:
    entry = {name: value for name, value in (GOOD | changes).items() if value is not ...}
    with pytest.raises(BadConfiguration, match=says):
        issuers_of(json.dumps([entry]))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "ISSUERS: Input data was truncated"),
        ("https://issuer.example.com", "ISSUERS: JSON is malformed"),
        ("{}", "ISSUERS: Expected `array`"),
        ("[]", "ISSUERS: must name at least one issuer"),
        ("[1]", r"ISSUERS\[0\]"),
        (json.dumps([GOOD, GOOD]), r"ISSUERS\[1\]\.issuer: is in the list twice"),
    ],
)
def test_error_names_the_bad_issuer_list(text: str, says: str) -> None:
    with pytest.raises(BadConfiguration, match=says):
        issuers_of(text)


def test_function_does_not_start_with_a_bad_configuration() -> None:
    with pytest.raises(BadConfiguration, match=r"ISSUERS\[0\]\.algorithms"):
        gate([GOOD | {"algorithms": ["none"]}])
