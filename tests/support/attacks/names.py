"""Issuers and audiences that resemble the correct ones."""

from collections.abc import Iterator

from tests.support.attacks.attack import Attack, GatewayTreatment, Of, signed_with

_ISSUERS: dict[str, Of] = {
    "of the attacker": lambda t: "https://attacker.example",
    "with a slash": lambda t: f"{t.issuer}/",
    "without its last letter": lambda t: t.issuer[:-1],
    "in capitals": lambda t: t.issuer.upper(),
    "with a longer host": lambda t: f"{t.issuer}.attacker.example",
    "with a path": lambda t: f"{t.issuer}/tenant",
    "with a query": lambda t: f"{t.issuer}?",
    "with a space": lambda t: f"{t.issuer} ",
    "with a line break": lambda t: f"{t.issuer}\n",
    "as a list": lambda t: [t.issuer],
    "as an object": lambda t: {t.issuer: 1},
    "empty": lambda t: "",
    "null": lambda t: None,
    "absent": lambda t: ...,
}
_AUDIENCES: dict[str, Of] = {
    "of another API": lambda t: "another-api",
    "with more behind it": lambda t: f"{t.audience}-2",
    "with less": lambda t: t.audience[:-1],
    "in capitals": lambda t: t.audience.upper(),
    "beside another in one text": lambda t: f"{t.audience} another-api",
    "a list of others": lambda t: ["another-api", f"{t.audience}-2"],
    "an empty list": lambda t: [],
    "an object of others": lambda t: {"another-api": 1},
    "a number": lambda t: 1,
    "empty": lambda t: "",
    "null": lambda t: None,
    "absent": lambda t: ...,
}


def of_issuers() -> Iterator[Attack]:
    """Yields attacks on the issuer."""
    for name, issuer in _ISSUERS.items():
        yield Attack(f"issuer {name}", signed_with("iss", issuer))


def of_audiences() -> Iterator[Attack]:
    """Yields attacks on the audience."""
    for name, audience in _AUDIENCES.items():
        yield Attack(f"audience {name}", signed_with("aud", audience))
    yield Attack("audience an object", signed_with("aud", lambda t: {t.audience: 1}))
    yield Attack(
        "audience absent, client_id in its place",
        lambda t: t.signed(aud=..., client_id=t.audience),
        GatewayTreatment.ADMITS,
        "it accepts client_id in place of aud, because Cognito's access tokens have no aud",
    )
