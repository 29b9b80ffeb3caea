"""How long keys are cached, and when they are loaded again."""

import pytest
from jwt import PyJWK

from ordering.tokens.issuers import Algorithm
from ordering.tokens.keys import (
    COOL_DOWN_SECONDS,
    PUBLISHED_FRESH_SECONDS,
    STALE_SECONDS,
    KeyRing,
    Keys,
    KeysUnavailable,
)
from tests.handlers.authoriser.gate import Gate, gate, published, target_of, trusted
from tests.support.forge import Target, rsa_jwk, rsa_key
from tests.support.loopback import Loopback
from tests.support.world import World

RS256 = Algorithm.RS256
KEY = PyJWK(rsa_jwk(rsa_key("issuer")), "RS256")


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Source:
    """A source of keys that counts its loads."""

    def __init__(self, *names: str) -> None:
        self.names: tuple[str, ...] | None = names
        self.loads = 0

    def __call__(self) -> Keys:
        self.loads += 1
        if self.names is None:
            raise KeysUnavailable("down")
        return {(name, RS256): KEY for name in self.names}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source() -> Source:
    return Source("a")


@pytest.fixture
def ring(source: Source, clock: Clock) -> KeyRing:
    return KeyRing(source, PUBLISHED_FRESH_SECONDS, clock)


def test_keys_are_loaded_on_first_use(ring: KeyRing, source: Source) -> None:
    assert source.loads == 0
    assert ring.find("a", RS256) is KEY
    assert source.loads == 1


def test_keys_are_cached_while_they_are_fresh(ring: KeyRing, source: Source, clock: Clock) -> None:
    for _ in range(100):
        assert ring.find("a", RS256) is KEY
        clock.now += PUBLISHED_FRESH_SECONDS / 100
    assert source.loads == 1


def test_stale_keys_are_reloaded_and_a_removed_key_is_forgotten(
    ring: KeyRing, source: Source, clock: Clock
) -> None:
    ring.find("a", RS256)
    source.names = ("b",)
    clock.now += PUBLISHED_FRESH_SECONDS + 1
    assert ring.find("a", RS256) is None
    assert ring.find("b", RS256) is KEY


def test_new_key_is_found_as_soon_as_a_token_uses_it(ring: KeyRing, source: Source, clock: Clock) -> None:
    ring.find("a", RS256)
    source.names = ("a", "b")
    clock.now += COOL_DOWN_SECONDS
    assert ring.find("b", RS256) is KEY
    assert source.loads == 2


def test_unknown_key_names_cause_one_load_in_each_cool_down(
    ring: KeyRing, source: Source, clock: Clock
) -> None:
    for number in range(1_000):
        assert ring.find(f"no-such-key-{number}", RS256) is None
        clock.now += COOL_DOWN_SECONDS / 100
    assert source.loads == pytest.approx(10, abs=1)


def test_new_key_is_found_despite_a_flood_of_unknown_key_names(
    ring: KeyRing, source: Source, clock: Clock
) -> None:
    ring.find("a", RS256)
    source.names = ("b",)
    for number in range(110):
        clock.now += COOL_DOWN_SECONDS / 100
        ring.find(f"no-such-key-{number}", RS256)
    assert ring.find("b", RS256) is KEY


def test_key_is_found_only_with_its_own_algorithm(ring: KeyRing) -> None:
    assert ring.find("a", Algorithm.RS512) is None
    assert ring.find("a", Algorithm.HS256) is None


def test_cached_keys_remain_in_use_while_the_issuer_is_down(
    ring: KeyRing, source: Source, clock: Clock
) -> None:
    ring.find("a", RS256)
    source.names = None
    clock.now += STALE_SECONDS - 1
    assert ring.find("a", RS256) is KEY
    assert ring.find("b", RS256) is None
    assert source.loads == 2


def test_cached_keys_expire_while_the_issuer_is_down(ring: KeyRing, source: Source, clock: Clock) -> None:
    ring.find("a", RS256)
    source.names = None
    clock.now += STALE_SECONDS + 1
    with pytest.raises(KeysUnavailable):
        ring.find("a", RS256)


def test_issuer_that_is_down_is_contacted_once_in_each_cool_down(
    ring: KeyRing, source: Source, clock: Clock
) -> None:
    source.names = None
    for _ in range(100):
        with pytest.raises(KeysUnavailable):
            ring.find("a", RS256)
    assert source.loads == 1
    source.names = ("a",)
    clock.now += COOL_DOWN_SECONDS
    assert ring.find("a", RS256) is KEY


@pytest.mark.usefixtures("endless_cool_down")
def test_rotated_keys_of_an_issuer_are_accepted_by_a_new_process(
    world: World, server: Loopback, issuer: Target
) -> None:
    """A process that is new, as the cool-down of this one has just begun."""
    door = gate([trusted(server)])
    successor = target_of(server.url, key="neighbour")
    assert door.admits(issuer.good())
    server.publish(published(issuer), published(successor))
    assert not door.admits(successor.good())
    door = gate([trusted(server)])
    assert door.admits(successor.good())
    assert door.admits(issuer.good())


def test_good_tokens_need_no_further_call_of_the_issuer(door: Gate, issuer: Target, server: Loopback) -> None:
    assert door.admits(issuer.good())
    asked = len(server.asked)
    server.responses.clear()
    assert all(door.admits(issuer.good()) for _ in range(20))
    assert len(server.asked) == asked == 2


@pytest.mark.usefixtures("endless_cool_down")
def test_unreachable_issuer_is_a_fault_and_not_a_refusal(
    door: Gate, issuer: Target, server: Loopback
) -> None:
    server.responses.clear()
    with pytest.raises(KeysUnavailable):
        door.admits(issuer.good())
    with pytest.raises(KeysUnavailable):
        door.admits(issuer.good())
    assert len(server.asked) == 1
