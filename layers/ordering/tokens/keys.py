"""An issuer's keys: where they come from, and how long the process keeps them."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import jwt
import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from ordering.aws.clients import client
from ordering.aws.logging import logger
from ordering.tokens.fetch import Unfetched, fetch
from ordering.tokens.issuers import Algorithm, Issuer, SecretKeys

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

# By name and algorithm, so that no key ever verifies under another algorithm than it was made for.
# A secret has no name: its issuer's tokens need not name it.
Keys = Mapping[tuple[str, Algorithm], jwt.PyJWK]

PUBLISHED_FRESH_SECONDS = 600
# A secret that is replaced has no other name than the one before: nothing else tells that it is another.
SECRET_FRESH_SECONDS = 60
STALE_SECONDS = 24 * 3600
COOL_DOWN_SECONDS = 10
MAX_KEYS = 100

# What verifying takes. A private member, or a certificate, has no business in a key set.
_PUBLIC_MEMBERS = frozenset({"kty", "crv", "n", "e", "x", "y"})


class KeysUnavailable(Exception):
    """There are no keys to verify with. It says nothing about the token: a fault, not a refusal."""


class KeyRing:
    """The keys of one issuer, kept in the process.

    They are loaded again when they are old, or when a token names an unknown one, but never sooner than
    the cool-down after the last try, whether that succeeded or not: a flood of made-up names causes no
    flood of requests to the issuer. While loading fails, the old keys serve on for a day. (PyJWT's own
    client cools down only after a success, drops keys that are old, and reads answers of any size.)

    `now` is the wall clock: a monotonic one may stand still while the function is frozen.
    """

    def __init__(
        self, load: Callable[[], Keys], fresh_seconds: float, now: Callable[[], float] = time.time
    ) -> None:
        self._load = load
        self._fresh_seconds = fresh_seconds
        self._now = now
        self._keys: Keys = {}
        self._loaded_at = self._tried_at = float("-inf")

    def find(self, name: str, algorithm: Algorithm) -> jwt.PyJWK | None:
        """The key of this name for this algorithm. Raises KeysUnavailable."""
        wanted = (name, algorithm)
        if wanted not in self._keys or self._age() > self._fresh_seconds:
            self._refresh()
        if self._age() > STALE_SECONDS:
            raise KeysUnavailable("the issuer's keys cannot be had")
        return self._keys.get(wanted)

    def _age(self) -> float:
        return self._now() - self._loaded_at

    def _refresh(self) -> None:
        if self._now() - self._tried_at < COOL_DOWN_SECONDS:
            return
        self._tried_at = self._now()
        try:
            self._keys = self._load()
        except KeysUnavailable as cause:
            logger.warning("keys not loaded", extra={"cause": str(cause)})
        else:
            self._loaded_at = self._now()


def key_ring(issuer: Issuer) -> KeyRing:
    """The keys of an issuer, from where its configuration says."""
    if isinstance(issuer.keys, SecretKeys):
        arn = issuer.keys.secret_arn
        return KeyRing(lambda: load_secret(arn, issuer.algorithms), SECRET_FRESH_SECONDS)
    return KeyRing(lambda: load_published(issuer), PUBLISHED_FRESH_SECONDS)


class _Discovery(msgspec.Struct, frozen=True):
    issuer: str
    jwks_uri: str


class _KeySet(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]


def load_published(issuer: Issuer) -> Keys:
    """The keys of the issuer's key set that fit its algorithms. Raises KeysUnavailable."""
    # OpenID Connect Discovery 1.0, section 4.1: a slash at the issuer's end is taken off.
    url = issuer.issuer.rstrip("/") + "/.well-known/openid-configuration"
    try:
        found = fetch(url, _Discovery)
        # Section 4.3: it must be the issuer's own document, or its keys are somebody else's.
        if found.issuer != issuer.issuer:
            raise KeysUnavailable(f"{url}: is the document of another issuer")
        if _is_https(issuer.issuer) and not _is_https(found.jwks_uri):
            raise KeysUnavailable(f"{url}: leads from https to http")
        published = fetch(found.jwks_uri, _KeySet).keys
    except Unfetched as error:
        raise KeysUnavailable(f"{url}, or the key set it names: {error}") from None
    keys: dict[tuple[str, Algorithm], jwt.PyJWK] = {}
    for jwk in published[:MAX_KEYS]:
        name = jwk.get("kid")
        for algorithm in issuer.algorithms:
            if isinstance(name, str) and name and algorithm.fits(jwk):
                key = _public_key(jwk, algorithm)
                if key is not None:
                    keys.setdefault((name, algorithm), key)
    if not keys:
        raise KeysUnavailable(f"{url}: the key set it names has no usable key")
    return keys


def _is_https(url: str) -> bool:
    return url.lower().startswith("https:")


def _public_key(jwk: Mapping[str, Any], algorithm: Algorithm) -> jwt.PyJWK | None:
    public = {member: value for member, value in jwk.items() if member in _PUBLIC_MEMBERS}
    try:
        key = jwt.PyJWK(public, algorithm)
        weakness = key.Algorithm.check_key_length(key.key)
    except jwt.PyJWTError:
        weakness = "malformed"
    if weakness:
        # One bad key does not take the others with it.
        logger.warning("key left out", extra={"cause": weakness})
        return None
    return key


def load_secret(arn: str, algorithms: tuple[Algorithm, ...]) -> Keys:
    """The secret as a key for each of these algorithms. Raises KeysUnavailable."""
    secrets: SecretsManagerClient = client("secretsmanager")
    try:
        secret = secrets.get_secret_value(SecretId=arn)["SecretString"].encode()
    except (ClientError, BotoCoreError, KeyError) as error:
        raise KeysUnavailable(f"{arn}: {error}") from None
    encoded = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
    keys: dict[tuple[str, Algorithm], jwt.PyJWK] = {}
    for algorithm in algorithms:
        try:
            key = jwt.PyJWK({"kty": "oct", "k": encoded}, algorithm)
            # Refuses what is somebody's public key, in any of the forms it comes in.
            weakness = key.Algorithm.check_key_length(key.Algorithm.prepare_key(key.key))
        except jwt.PyJWTError as error:
            weakness = str(error)
        if weakness:
            raise KeysUnavailable(f"{arn}: {weakness}")
        keys[("", algorithm)] = key
    return keys
