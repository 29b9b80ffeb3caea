"""The tokens that the provider signs, and the check of those that clients send back."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt.types import Options

from local import tokens
from local.openid.grants import Grant
from local.openid.people import OPENID


@dataclass(frozen=True)
class Signer:
    """Signs tokens as `make token` does, with the same key, so that both authorisers accept them."""

    issuer: str
    key: RSAPrivateKey
    lifetime: int = tokens.HOUR
    """How long tokens are valid, in seconds."""

    def access_token(self, grant: Grant, scopes: Iterable[str]) -> str:
        """Returns an access token of the API."""
        claims = tokens.claims(self.issuer, grant.person.sub, " ".join(scopes), lifetime=self.lifetime)
        return tokens.sign(claims, self.key)

    def id_token(self, grant: Grant, access_token: str) -> str | None:
        """Returns an ID token (OpenID Connect Core 1.0, sections 2 and 3.1.3.6); None without `openid`."""
        if OPENID not in grant.scopes:
            return None
        base = tokens.claims(self.issuer, grant.person.sub, "", lifetime=self.lifetime)
        digest = hashlib.sha256(access_token.encode()).digest()
        claims: dict[str, Any] = {
            **{name: base[name] for name in ("iss", "sub", "iat", "exp")},
            "aud": grant.client_id,
            "auth_time": grant.auth_time,
            "at_hash": base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode(),
            **({"nonce": grant.nonce} if grant.nonce is not None else {}),
            **grant.person.claims(grant.scopes),
        }
        return tokens.sign(claims, self.key)

    def read_access_token(self, token: str) -> Mapping[str, Any] | None:
        """Returns the claims of an access token of this issuer; None if it is not valid."""
        return self._read(token, audience=tokens.AUDIENCE)

    def read_id_token(self, token: str) -> Mapping[str, Any] | None:
        """Returns the claims of an ID token that a client sends as a hint, even if it has expired.

        None if it is not of this issuer (OpenID Connect RP-Initiated Logout 1.0, section 4).
        """
        claims = self._read(token, audience=None)
        is_access_token = claims is not None and claims.get("aud") == tokens.AUDIENCE
        return None if is_access_token else claims

    def _read(self, token: str, *, audience: str | None) -> Mapping[str, Any] | None:
        options: Options = {"require": ["sub", "aud", "exp"]}
        if audience is None:
            options |= {"verify_aud": False, "verify_exp": False}
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self.key.public_key(),
                ["RS256"],
                audience=audience,
                issuer=self.issuer,
                options=options,
            )
        except jwt.InvalidTokenError:
            return None
        return claims
