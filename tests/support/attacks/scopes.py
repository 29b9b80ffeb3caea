"""Scopes that contain the correct one, or resemble it, but differ."""

from collections.abc import Iterator

from tests.support.attacks.attack import Attack, Forge, Of, signed_with

_SCOPES: dict[str, Of] = {
    "absent": lambda t: ...,
    "null": lambda t: None,
    "empty": lambda t: "",
    "with more behind it": lambda t: f"{t.scope}2",
    "with more before it": lambda t: f"x{t.scope}",
    "without its last letter": lambda t: t.scope[:-1],
    "with a prefix of the attacker's": lambda t: f"attacker/{t.scope}",
    "in capitals": lambda t: t.scope.upper(),
    "a wildcard": lambda t: "* orders:* .*",
    "behind a comma": lambda t: f"openid,{t.scope}",
    "behind a tab": lambda t: f"openid\t{t.scope}",
    "behind a line break": lambda t: f"openid\n{t.scope}",
    "behind a space that does not break": lambda t: f"openid\u00a0{t.scope}",
    "quoted": lambda t: f'"{t.scope}"',
    "an object": lambda t: {t.scope: True},
    "a boolean": lambda t: True,
}
_SCP: dict[str, Of] = {
    "a list of one text": lambda t: [f"openid,{t.scope}"],
    "a list of lists": lambda t: [[t.scope]],
    "an object": lambda t: {t.scope: True},
}


def attacks() -> Iterator[Attack]:
    """Yields the attacks."""
    for name, scope in _SCOPES.items():
        yield Attack(f"scope {name}", signed_with("scope", scope))
    for name, scp in _SCP.items():
        yield Attack(f"scp {name}", _instead(scp))


def _instead(scp: Of) -> Forge:
    return lambda target: target.signed(scope=..., scp=scp(target))
