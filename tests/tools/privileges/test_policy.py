"""A role's statements are evaluated as IAM does: wildcards, denials and conditions."""

from typing import Any

import pytest

from tools.privileges.policy import LEADING_KEYS, Grant, Request, Role

TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"


def role(*statements: dict[str, Any]) -> Role:
    return Role("a_role", [{"Version": "2012-10-17", "Statement": list(statements)}])


def allow(action: Any, resource: Any = TABLE, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def is_allowed(role: Role, action: str, resource: str = TABLE, **context: tuple[str, ...]) -> bool:
    named = {key.replace("_", ":", 1): values for key, values in context.items()}
    return role.decide(Request(action, resource, named)) is not None


def under(*patterns: str) -> dict[str, Any]:
    return {"Condition": {"ForAllValues:StringLike": {LEADING_KEYS: list(patterns)}}}


@pytest.mark.parametrize(
    ("action", "resource", "allowed"),
    [
        ("dynamodb:GetItem", TABLE, True),
        ("DynamoDB:getitem", TABLE, True),
        ("dynamodb:PutItem", TABLE, False),
        ("dynamodb:GetItem", f"{TABLE}/index/GSI1", False),
        ("dynamodb:GetItem", TABLE.upper(), False),
    ],
)
def test_an_action_is_allowed_on_its_resource_only(action: str, resource: str, allowed: bool) -> None:
    assert is_allowed(role(allow("dynamodb:GetItem")), action, resource) is allowed


@pytest.mark.parametrize(
    ("pattern", "resource", "allowed"),
    [
        ("*", TABLE, True),
        ("arn:aws:s3:::bucket/parked/*", "arn:aws:s3:::bucket/parked/a/b", True),
        ("arn:aws:s3:::bucket/parked/*", "arn:aws:s3:::bucket/other", False),
        ("arn:aws:s3:::bucket/?", "arn:aws:s3:::bucket/a", True),
        ("arn:aws:s3:::bucket/?", "arn:aws:s3:::bucket/ab", False),
        ("arn:aws:s3:::bucket/[ab]", "arn:aws:s3:::bucket/a", False),
    ],
)
def test_wildcards_are_a_star_and_a_question_mark(pattern: str, resource: str, allowed: bool) -> None:
    assert is_allowed(role(allow("s3:*", pattern)), "s3:PutObject", resource) is allowed


def test_a_denial_wins_over_an_allowance() -> None:
    denying = role(allow("dynamodb:*"), allow("dynamodb:DeleteItem") | {"Effect": "Deny"})
    assert is_allowed(denying, "dynamodb:GetItem")
    assert not is_allowed(denying, "dynamodb:DeleteItem")


def test_no_statement_allows_nothing() -> None:
    assert not is_allowed(role(), "dynamodb:GetItem")


@pytest.mark.parametrize(
    ("keys", "allowed"),
    [
        (("ORDER#1",), True),
        (("HEALTH",), True),
        (("ORDER#1", "HEALTH"), True),
        (("ORDER#1", "CUSTOMER#1"), False),
        (("HEALTHY",), False),
        (("CUSTOMER#ORDER#1",), False),
    ],
)
def test_every_leading_key_must_match_a_pattern(keys: tuple[str, ...], allowed: bool) -> None:
    limited = role(allow("dynamodb:BatchGetItem", **under("ORDER#*", "HEALTH")))
    assert is_allowed(limited, "dynamodb:BatchGetItem", dynamodb_LeadingKeys=keys) is allowed


def test_all_conditions_of_a_statement_must_hold() -> None:
    conditions = {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:states:*:123456789012:stateMachine:*"},
        "Bool": {"aws:SecureTransport": "true"},
    }
    limited = role(allow("sqs:SendMessage", "*", Condition=conditions))
    fine: dict[str, Any] = {
        "aws_SourceAccount": ("123456789012",),
        "aws_SourceArn": ("arn:aws:states:eu-west-1:123456789012:stateMachine:orders",),
        "aws_SecureTransport": ("true",),
    }
    assert is_allowed(limited, "sqs:SendMessage", **fine)
    for key in fine:
        assert not is_allowed(limited, "sqs:SendMessage", **fine | {key: ("other",)})
        assert not is_allowed(limited, "sqs:SendMessage", **{k: v for k, v in fine.items() if k != key})


def test_a_condition_if_exists_holds_without_its_key() -> None:
    limited = role(allow("ses:SendEmail", "*", Condition={"StringEqualsIfExists": {"ses:FromAddress": "a"}}))
    assert is_allowed(limited, "ses:SendEmail")
    assert not is_allowed(limited, "ses:SendEmail", ses_FromAddress=("b",))


@pytest.mark.parametrize(
    "statement",
    [
        allow("s3:GetObject", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        {"Effect": "Allow", "NotAction": "s3:GetObject", "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "*"},
    ],
)
def test_an_unsupported_element_is_refused(statement: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not supported"):
        role(statement)


def test_a_decision_names_the_grants_that_it_used() -> None:
    limited = role(allow(["dynamodb:GetItem", "dynamodb:Query"], **under("ORDER#*", "HEALTH")))
    request = Request("dynamodb:Query", TABLE, {LEADING_KEYS: ("HEALTH",)})
    assert limited.decide(request) == frozenset({Grant("dynamodb:Query", TABLE, "HEALTH")})
    assert len(limited.grants()) == 4
