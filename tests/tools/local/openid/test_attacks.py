"""What must not work at the local issuer: stolen codes, foreign redirects, forged forms, floods."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.openid.grants import CODE_SECONDS
from local.openid.people import PEOPLE
from local.openid.store import Store
from tests.tools.local.openid.browser import (
    ANOTHER,
    CHALLENGE,
    ISSUER,
    REDIRECT_URI,
    VERIFIER,
    Browser,
    Clock,
    query_of,
)


def _refused(browser: Browser, **parameters: str | None) -> str:
    response = browser.token(**parameters)
    assert response.status_code == 400
    assert response.headers["Cache-Control"] == "no-store"
    return str(response.json["error"])


# -- redirects -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://evil.example/",
        "http://localhost:5173",
        "http://localhost:5173/x",
        "http://localhost:5173/?a=b",
        "http://localhost:5173/#a",
        "http://localhost:5173//",
        "http://localhost:5174/",
        "https://localhost:5173/",
        "http://LOCALHOST:5173/",
        "http://localhost:5173@evil.example/",
        "http://localhost:5173/%2e%2e/",
        "//localhost:5173/",
        "javascript:alert(1)",
        # The other client's.
        ANOTHER,
    ],
)
def test_redirect_uri_that_is_not_registered_gets_no_redirect(browser: Browser, redirect_uri: str) -> None:
    for response in (
        browser.authorize(redirect_uri=redirect_uri),
        browser.authorize(redirect_uri=redirect_uri, prompt="none"),
        browser.pick(redirect_uri=redirect_uri),
    ):
        assert response.status_code == 400
        assert "Location" not in response.headers


def test_unknown_client_and_repeated_parameters_get_no_redirect(browser: Browser) -> None:
    assert browser.authorize(client_id="unknown").status_code == 400
    assert browser.authorize(client_id=None).status_code == 400
    for name, value in (("client_id", "another"), ("redirect_uri", "https://evil.example/")):
        repeated = browser.send(
            "GET", "/authorize", query_string=f"client_id=web&redirect_uri={REDIRECT_URI}&{name}={value}"
        )
        assert repeated.status_code == 400
        assert "Location" not in repeated.headers


def test_page_of_an_error_shows_markup_as_text(browser: Browser) -> None:
    page = browser.authorize(redirect_uri="<script>alert(1)</script>")
    assert "<script" not in page.text


@pytest.mark.parametrize(
    "uri", ["https://evil.example/", "http://localhost:5173/callback", f"{REDIRECT_URI}x"]
)
def test_signing_out_redirects_to_registered_pages_only(browser: Browser, uri: str) -> None:
    hint = browser.sign_in()["id_token"]
    response = browser.send(
        "GET", "/logout", query_string={"id_token_hint": hint, "post_logout_redirect_uri": uri}
    )
    assert response.status_code == 400
    assert "Location" not in response.headers


def test_a_forged_hint_signs_no_one_out(browser: Browser) -> None:
    alice = browser.sign_in()
    for hint in ("no token", alice["access_token"], alice["id_token"][:-4] + "AAAA"):
        assert browser.send("GET", "/logout", query_string={"id_token_hint": hint}).status_code == 400
    assert "code" in query_of(browser.authorize(prompt="none"))


# -- requests that the client must send differently ----------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain", "code_challenge": VERIFIER}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": CHALLENGE + "="}, "invalid_request"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": None}, "invalid_request"),
        ({"scope": "no-such-scope"}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "sing"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"nonce": "n" * 5000}, "invalid_request"),
        ({"request": "a.b.c"}, "request_not_supported"),
        ({"request_uri": "https://evil.example/"}, "request_uri_not_supported"),
    ],
)
def test_wrong_request_is_an_error_for_the_client_with_its_state(
    browser: Browser, changes: Mapping[str, str | None], error: str
) -> None:
    for response in (browser.authorize(**changes), browser.pick("alice", origin=ISSUER, **changes)):
        answer = query_of(response)
        assert answer["error"] == error
        assert answer["error_description"]
        assert answer["state"] == "a state & more"
        assert answer["iss"] == ISSUER
        assert "code" not in answer


def test_cancelling_is_an_error_for_the_client(browser: Browser) -> None:
    answer = browser.send(
        "POST",
        "/authorize",
        query_string=str(browser.authorize().request.query_string, "ascii"),
        data={"cancel": "yes"},
        headers={"Origin": ISSUER},
    )
    assert query_of(answer)["error"] == "access_denied"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:5173", "null", ""])
def test_a_form_of_another_site_signs_no_one_in_or_out(browser: Browser, origin: str) -> None:
    response = browser.pick("operator", origin=origin)
    assert response.status_code == 400
    assert "Set-Cookie" not in response.headers
    assert query_of(browser.authorize(prompt="none"))["error"] == "login_required"
    browser.sign_in()
    response = browser.send("POST", "/logout", data={"confirm": "yes"}, headers={"Origin": origin})
    assert response.status_code == 400
    assert "code" in query_of(browser.authorize(prompt="none"))


def test_an_unknown_person_is_not_signed_in(browser: Browser) -> None:
    response = browser.pick("mallory")
    assert response.status_code == 400
    assert "Pick one of these people" in response.text


def test_another_host_name_is_not_served(browser: Browser) -> None:
    """DNS rebinding: a page whose own host name now points at 127.0.0.1."""
    response = browser.send("GET", "/authorize", headers={"Host": "evil.example:4567"})
    assert response.status_code == 421


def test_the_session_cookie_is_for_this_issuer_alone(browser: Browser) -> None:
    cookie = browser.pick().headers["Set-Cookie"]
    assert cookie.startswith("issuer-session-4567=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


# -- codes ---------------------------------------------------------------------------------------------


def test_a_code_works_once_and_its_second_use_ends_what_it_brought(browser: Browser) -> None:
    code = browser.code()
    first = browser.token(code=code).json
    assert _refused(browser, code=code) == "invalid_grant"
    assert browser.refresh(first["refresh_token"]).json["error"] == "invalid_grant"


def test_of_many_uses_of_a_code_at_once_one_gets_tokens(browser: Browser) -> None:
    code = browser.code()
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: browser.another().token(code=code).status_code, range(24)))
    assert statuses.count(200) == 1


def test_an_expired_code_is_refused(browser: Browser) -> None:
    code = browser.code()
    browser.clock.now += CODE_SECONDS
    assert _refused(browser, code=code) == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": VERIFIER[:-1] + "x"}, "invalid_grant"),
        ({"code_verifier": CHALLENGE}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": "http://127.0.0.1:5173/"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"client_id": "another"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": None}, "invalid_request"),
    ],
)
def test_a_stolen_code_brings_no_tokens(
    browser: Browser, changes: Mapping[str, str | None], error: str
) -> None:
    assert _refused(browser, **{"code": browser.code(), **changes}) == error


def test_a_wrong_verifier_uses_the_code_up(browser: Browser) -> None:
    code = browser.code()
    assert _refused(browser, code=code, code_verifier=VERIFIER + "x") == "invalid_grant"
    assert _refused(browser, code=code) == "invalid_grant"


def test_an_unknown_client_gets_no_tokens(browser: Browser) -> None:
    response = browser.token(code=browser.code(), client_id="unknown")
    assert (response.status_code, response.json["error"]) == (401, "invalid_client")


def test_a_code_of_a_session_that_was_left_is_refused(browser: Browser) -> None:
    code = browser.code("operator")
    browser.sign_in("alice")
    assert _refused(browser, code=code) == "invalid_grant"


# -- refresh tokens ------------------------------------------------------------------------------------


def test_a_used_refresh_token_ends_its_family(browser: Browser) -> None:
    first = browser.sign_in()["refresh_token"]
    second = browser.refresh(first).json["refresh_token"]
    assert browser.refresh(first).json["error"] == "invalid_grant"
    assert browser.refresh(second).json["error"] == "invalid_grant"


def test_a_refresh_token_is_of_no_use_to_another_client(browser: Browser) -> None:
    token = browser.sign_in()["refresh_token"]
    assert browser.refresh(token, client_id="another").json["error"] == "invalid_grant"
    assert browser.send("POST", "/revoke", data={"client_id": "another", "token": token}).status_code == 200
    assert browser.refresh(token).status_code == 200


@pytest.mark.parametrize("token", ["", ".", "a", "a.b", "é.b"])
def test_an_invented_refresh_token_is_refused(browser: Browser, token: str) -> None:
    family = browser.sign_in()["refresh_token"].partition(".")[0]
    for each in (token, f"{family}{token}"):
        assert browser.refresh(each).status_code == 400


def test_a_refresh_token_expires(browser: Browser) -> None:
    token = browser.sign_in()["refresh_token"]
    browser.clock.now += 12 * 3600
    assert browser.refresh(token).json["error"] == "invalid_grant"


# -- the transport -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/token", "/revoke"])
def test_parameters_are_accepted_in_a_form_only(browser: Browser, path: str) -> None:
    assert browser.send("GET", path).status_code == 405
    response = browser.send("POST", path, json={"client_id": "web"})
    assert (response.status_code, response.json["error"]) == (400, "invalid_request")
    twice = browser.send("POST", path, data={"client_id": ["web", "another"]})
    assert (twice.status_code, twice.json["error"]) == (400, "invalid_request")


def test_a_large_body_is_refused(browser: Browser) -> None:
    assert browser.token(code="c" * 100_000).status_code == 413


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/.well-known/jwks.json", "/token"])
def test_only_pages_of_clients_may_read_responses(browser: Browser, path: str) -> None:
    method = "POST" if path == "/token" else "GET"
    for origin in ("http://localhost:5173", "http://127.0.0.1:5173", "http://127.0.0.1:4566"):
        for each in (method, "OPTIONS"):
            response = browser.send(each, path, headers={"Origin": origin})
            assert response.headers["Access-Control-Allow-Origin"] == origin
            assert response.headers["Vary"] == "Origin"
    for origin in ("https://evil.example", "null", "http://localhost:5174"):
        for each in (method, "OPTIONS"):
            response = browser.send(each, path, headers={"Origin": origin})
            assert "Access-Control-Allow-Origin" not in response.headers
    assert "Access-Control-Allow-Credentials" not in response.headers


def test_pages_are_not_readable_by_other_origins(browser: Browser) -> None:
    response = browser.send("GET", "/authorize", headers={"Origin": "http://localhost:5173"})
    assert "Access-Control-Allow-Origin" not in response.headers


# -- memory --------------------------------------------------------------------------------------------


def test_a_flood_of_sign_ins_keeps_a_limited_number(browser: Browser) -> None:
    for _ in range(1100):
        browser.grants.sign_in(PEOPLE["alice"])
    assert len(browser.grants.sessions) == 1000


def test_a_store_keeps_the_newest_for_its_time() -> None:
    clock = Clock()
    store: Store[int] = Store(most=2, seconds=10, clock=clock)
    first, second = store.add(1), store.add(2)
    clock.now += 5
    third = store.add(3)
    assert store.get(first) is None
    assert store.get(second) == 2
    clock.now += 5
    assert store.get(second) is None
    assert store.pop(third) == 3
    assert store.pop(third) is None
    assert len(store) == 0
