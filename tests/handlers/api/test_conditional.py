"""Conditional requests: a change must name the version that the client read; a refusal says what to do."""

import pytest

from tests.support.aws_calls import AwsCalls, and_then
from tests.support.refusals import kind_of
from tests.support.world import HandlerResponse, World

MUG = {"name": "Red mug", "price": {"amount": 1250, "currency": "EUR"}}
WEB_PAGES = ("get_product", "GET /products/{sku}"), ("list_products", "GET /products")


def put(world: World, **headers: str) -> HandlerResponse:
    return sent(world, "put_product", "PUT /products/{sku}", MUG, **headers)


def remove(world: World, **headers: str) -> HandlerResponse:
    return sent(world, "delete_product", "DELETE /products/{sku}", **headers)


def sent(world: World, handler: str, route: str, body: object = None, **headers: str) -> HandlerResponse:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return world.api(handler, route, body, path={"sku": "MUG-RED"}, headers=names)


def refusal_of(refused: HandlerResponse) -> tuple[int, str, str]:
    """Returns the status, the kind and the detail of a problem."""
    return refused.status, kind_of(refused), refused.body["detail"]


@pytest.mark.parametrize("match", ["{tag}", '"other", {tag}', '{tag}, W/"other"', "*"])
def test_change_is_made_if_any_of_several_tags_matches(world: World, match: str) -> None:
    tag = put(world).headers["etag"]
    assert put(world, If_Match=match.format(tag=tag)).status == 200


@pytest.mark.parametrize("weak", ["W/{tag}", '"other", W/{tag}', 'W/"other",,W/{tag},'])
def test_tag_weakened_in_transit_is_refused_with_the_fix(world: World, weak: str) -> None:
    """The usual advice, to read it again, would not help: the tag would be weakened again."""
    tag = put(world).headers["etag"]
    before = world.items()
    for change in (put, remove):
        detail = f"Send the tag as you received it, without `W/`: `If-Match: {tag}`."
        assert refusal_of(change(world, If_Match=weak.format(tag=tag))) == (
            412,
            "precondition-failed",
            detail,
        )
    assert world.items() == before


MANGLED = pytest.mark.parametrize(
    "mangled",
    ["{bare}", "'{bare}'", '"{bare}', "W/*", "*,*", "*, {tag}", "{tag}, *", "{tag} {tag}"],
)


@MANGLED
def test_malformed_if_match_is_400_whether_or_not_the_item_exists(world: World, mangled: str) -> None:
    for _ in range(2):
        for beside in ({}, {"If_None_Match": "*"}):
            refused = put(world, If_Match=mangled.format(tag='"5e0c7a1b9d3f4826"', bare="5e"), **beside)
            assert (refused.status, refused.body["errors"][0]["field"]) == (400, "If-Match")
        put(world)


@MANGLED
def test_malformed_if_match_is_400(world: World, mangled: str) -> None:
    tag = put(world).headers["etag"]
    before = world.items()
    for change in (put, remove):
        refused = change(world, If_Match=mangled.format(tag=tag, bare=tag.strip('"')))
        assert (refused.status, kind_of(refused)) == (400, "invalid-parameter")
        assert refused.body["errors"][0]["field"] == "If-Match"
    assert world.items() == before


@pytest.mark.parametrize("match", ['"*"', 'W/"*"', '"a", "*"', '"*", "b"', '"a,*,b"', '"*,"'])
def test_star_within_a_tag_changes_and_removes_nothing(world: World, match: str) -> None:
    """RFC 9110, section 8.8.3: between the quotes it is a letter like any other."""
    put(world)
    before = world.items()
    for change in (put, remove):
        refused = change(world, If_Match=match)
        assert (refused.status, kind_of(refused)) == (412, "precondition-failed")
    assert world.items() == before


@pytest.mark.parametrize("none_match", ['"*"', '"a"', '"a", *', "*,*", "a", ""])
def test_put_accepts_no_if_none_match_but_a_star(world: World, none_match: str) -> None:
    put(world)
    before = world.items()
    refused = put(world, If_None_Match=none_match)
    assert (refused.status, refused.body["errors"][0]["field"]) == (400, "If-None-Match")
    assert world.items() == before


def test_outdated_tag_is_refused_with_the_advice_to_read_again(world: World) -> None:
    tag = put(world).headers["etag"]
    for stale in ('"5e0c7a1b9d3f4826"', '""', "", 'W/""', ",", '"a","b"'):
        detail = f"It has changed: read it again before you change it. Its `ETag` is now {tag}."
        assert refusal_of(put(world, If_Match=stale)) == (412, "precondition-failed", detail)


def test_change_of_a_missing_item_is_refused_with_the_advice_to_create_it(world: World) -> None:
    detail = "It does not exist. To create it, leave out `If-Match`."
    for match in ("*", '"5e0c7a1b9d3f4826"'):
        assert refusal_of(put(world, If_Match=match)) == (412, "precondition-failed", detail)
    assert world.items() == []


def test_creation_of_an_existing_item_is_refused_with_its_tag(world: World) -> None:
    tag = put(world, If_None_Match="*").headers["etag"]
    detail = f"It already exists, and its `ETag` is {tag}."
    assert refusal_of(put(world, If_None_Match="*")) == (412, "precondition-failed", detail)


# -- with a rival who comes first, though both looked at the same time ---------------------------------------


def test_creation_that_loses_a_race_is_refused_like_a_later_one(world: World, calls: AwsCalls) -> None:
    """They have sent no condition that could have failed."""
    calls.next("BatchGetItem", and_then(lambda: put(world)))
    raced = put(world)
    assert refusal_of(raced) == refusal_of(put(world))
    assert (raced.status, kind_of(raced)) == (428, "precondition-required")


def test_creation_with_if_none_match_that_loses_a_race_is_refused(world: World, calls: AwsCalls) -> None:
    calls.next("BatchGetItem", and_then(lambda: put(world)))
    assert put(world, If_None_Match="*").status == 412


@pytest.mark.parametrize("match", ["{tag}", "*"])
def test_change_of_an_item_changed_concurrently_is_refused(world: World, calls: AwsCalls, match: str) -> None:
    tag = put(world).headers["etag"]
    calls.next("BatchGetItem", and_then(lambda: put(world, If_Match=tag)))
    raced = put(world, If_Match=match.format(tag=tag))
    assert (raced.status, kind_of(raced)) == (412, "precondition-failed")


@pytest.mark.parametrize("match", ["{tag}", "*"])
def test_change_of_an_item_removed_concurrently_creates_nothing(
    world: World, calls: AwsCalls, match: str
) -> None:
    tag = put(world).headers["etag"]
    calls.next("BatchGetItem", and_then(lambda: remove(world, If_Match=tag)))
    raced = put(world, If_Match=match.format(tag=tag))
    assert refusal_of(raced)[2] == "It does not exist. To create it, leave out `If-Match`."
    assert world.items() == []


def test_change_of_a_profile_forgotten_concurrently_creates_nothing(world: World, calls: AwsCalls) -> None:
    route, body = "PUT /customers/me", {"email": "ada@example.com"}
    tag = world.api("put_profile", route, body).headers["etag"]
    calls.next("GetItem", and_then(lambda: world.api("delete_profile", "DELETE /customers/me")))
    assert world.api("put_profile", route, body, headers={"If-Match": tag}).status == 412
    assert [item["SK"] for item in world.items()] == ["REMOVAL"]


# -- what the client has already --------------------------------------------------------------------------


@pytest.mark.parametrize("known", ["{tag}", "W/{tag}", "*", ' "a" ,,{tag}', '"{bare},", W/{tag}'])
def test_read_with_a_matching_tag_is_304(world: World, known: str) -> None:
    tag = put(world).headers["etag"]
    none_match = known.format(tag=tag, bare=tag.strip('"'))
    assert sent(world, "get_product", "GET /products/{sku}", If_None_Match=none_match).status == 304


@pytest.mark.parametrize("known", ['"*"', 'W/"*"', "{bare}", "'{bare}'", '"{bare},"', '"a", *', ""])
def test_read_with_another_tag_is_200(world: World, known: str) -> None:
    """Where the header follows no grammar, too: a second copy does no harm."""
    tag = put(world).headers["etag"]
    none_match = known.format(tag=tag, bare=tag.strip('"'))
    assert sent(world, "get_product", "GET /products/{sku}", If_None_Match=none_match).status == 200


# -- what caches may keep --------------------------------------------------------------------------------


@pytest.mark.parametrize(("handler", "route"), WEB_PAGES)
def test_caches_keep_the_catalogue_separately_for_each_web_origin(
    world: World, handler: str, route: str
) -> None:
    """The gateway adds a header that names the web page that may read the response."""
    put(world)
    answer = sent(world, handler, route)
    assert (answer.headers["cache-control"], answer.headers["vary"]) == ("public, max-age=30", "origin")


def test_not_modified_response_keeps_the_caching_headers(world: World) -> None:
    tag = put(world).headers["etag"]
    known = sent(world, "get_product", "GET /products/{sku}", If_None_Match=f'W/"other", W/{tag}')
    assert (known.status, known.body, known.headers["etag"]) == (304, None, tag)
    assert (known.headers["cache-control"], known.headers["vary"]) == ("public, max-age=30", "origin")
