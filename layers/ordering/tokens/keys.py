"""An issuer's keys: how they are loaded, and how long the process caches them."""

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

# By key id and algorithm, so that a key is never used with another algorithm than its own. A shared secret
# has the key id "": tokens of its issuer need not have a `kid`.
Keys = Mapping[tuple[str, Algorithm], jwt.PyJWK]

PUBLISHED_FRESH_SECONDS = 600
# A replaced secret has the same key id, so only loading it again shows that it was replaced.
SECRET_FRESH_SECONDS = 60
STALE_SECONDS = 24 * 3600
COOL_DOWN_SECONDS = 10
MAX_KEYS = 100

# The members that verification needs. Private members and certificates of a key set are ignored.
_PUBLIC_MEMBERS = frozenset({"kty", "crv", "n", "e", "x", "y"})


class KeysUnavailable(Exception):
    """There are no keys to verify with. This is a fault, not a refusal: the token may be valid."""


class KeyRing:
    """A cache of the keys of one issuer.

    The keys are loaded again when they are too old, or when a token names an unknown key. Between two
    attempts there is a cool-down, whether the first one succeeded or not: so many tokens with invented key
    ids do not cause many requests to the issuer. While loading fails, the old keys are used for up to a day.
    (PyJWT's own client cools down only after a success, drops old keys, and reads responses of any size.)

    `now` is the wall clock: a monotonic clock may stop while the function is frozen.
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
        """Return the key with this id for this algorithm; None if there is none. Raises KeysUnavailable."""
        wanted = (name, algorithm)
        if wanted not in self._keys or self._age() > self._fresh_seconds:
            self._refresh()
        if self._age() > STALE_SECONDS:
            raise KeysUnavailable("the issuer's keys cannot be loaded")
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
    """Return the cache of an issuer's keys: its published keys, or its shared secret."""
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
    """Return the keys of the issuer's key set that fit its algorithms. Raises KeysUnavailable."""
    # OpenID Connect Discovery 1.0, section 4.1: a slash at the end of the issuer is removed.
    url = issuer.issuer.rstrip("/") + "/.well-known/openid-configuration"
    try:
        found = fetch(url, _Discovery)
        # Section 4.3: the document must name the issuer, or the keys could be another issuer's.
        if found.issuer != issuer.issuer:
            raise KeysUnavailable(f"{url}: names another issuer")
        if _is_https(issuer.issuer) and not _is_https(found.jwks_uri):
            raise KeysUnavailable(f"{url}: its `jwks_uri` is not https, but the issuer is")
        published = fetch(found.jwks_uri, _KeySet).keys
    except Unfetched as error:
        raise KeysUnavailable(f"{url}, or its key set: {error}") from None
    keys: dict[tuple[str, Algorithm], jwt.PyJWK] = {}
    for jwk in published[:MAX_KEYS]:
        name = jwk.get("kid")
        for algorithm in issuer.algorithms:
            if isinstance(name, str) and name and algorithm.fits(jwk):
                key = _public_key(jwk, algorithm)
                if key is not None:
                    keys.setdefault((name, algorithm), key)
    if not keys:
        raise KeysUnavailable(f"{url}: its key set has no usable key")
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
        # An invalid key must not make the other keys unusable.
        logger.warning("key left out", extra={"cause": weakness})
        return None
    return key


def load_secret(arn: str, algorithms: tuple[Algorithm, ...]) -> Keys:
    """Return the secret as a key for each of these algorithms. Raises KeysUnavailable."""
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
            # Refuses a public key in any format, which must never be used as a secret.
            weakness = key.Algorithm.check_key_length(key.Algorithm.prepare_key(key.key))
        except jwt.PyJWTError as error:
            weakness = str(error)
        if weakness:
            raise KeysUnavailable(f"{arn}: {weakness}")
        keys[("", algorithm)] = key
    return keys
