"""Signing in at the local issuer: authorisation code with PKCE, and the tokens that a client gets."""

import base64
import hashlib
import json

import jwt
import pytest

from local import tokens
from local.openid.people import PEOPLE
from tests.tools.local.openid.browser import DOCS, ISSUER, KEY, REDIRECT_URI, Browser, Clock, query_of


def test_the_page_offers_every_person_and_what_each_may_do(browser: Browser) -> None:
    page = browser.authorize(scope="openid orders:read orders:admin")
    assert page.status_code == 200
    for sub in ("alice", "bob", "operator"):
        assert f'value="{sub}"' in page.text
    assert page.text.count("<li>orders:read</li>") == 3
    assert page.text.count("<li>orders:admin</li>") == 1


def test_the_page_has_no_script_and_loads_nothing(browser: Browser) -> None:
    page = browser.authorize()
    assert "<script" not in page.text
    policy = dict(part.strip().split(" ", 1) for part in page.headers["Content-Security-Policy"].split(";"))
    style = page.text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == f"'sha256-{digest}'"
    assert policy["frame-ancestors"] == "'none'"
    # Chromium applies it to the redirect that follows the form.
    assert policy["form-action"] == "'self' http://localhost:5173"


def test_state_and_issuer_come_back_with_the_code(browser: Browser) -> None:
    answer = query_of(browser.pick())
    assert answer.keys() == {"code", "state", "iss"}
    assert answer["state"] == "a state & more"
    assert answer["iss"] == ISSUER
    assert "state" not in query_of(browser.pick(state=None))


def test_access_token_is_what_make_token_prints(browser: Browser) -> None:
    access_token = browser.sign_in()["access_token"]
    claims = jwt.decode(access_token, KEY.public_key(), ["RS256"], audience="orders-api", issuer=ISSUER)
    printed = tokens.claims(ISSUER, "alice", "openid profile email orders:read orders:write")
    assert claims.keys() == printed.keys()
    assert {name: claims[name] for name in ("iss", "aud", "sub", "scope")} == {
        name: printed[name] for name in ("iss", "aud", "sub", "scope")
    }
    assert jwt.get_unverified_header(access_token) == jwt.get_unverified_header(tokens.sign(printed, KEY))


def test_id_token_has_the_claims_of_openid_connect_core(browser: Browser) -> None:
    signed_in = browser.sign_in()
    claims = jwt.decode(signed_in["id_token"], KEY.public_key(), ["RS256"], audience="web", issuer=ISSUER)
    half = hashlib.sha256(signed_in["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()
    assert claims["nonce"] == "a nonce"
    assert claims["auth_time"] == browser.clock.now
    assert claims["sub"] == "alice"
    assert claims["name"] == "Alice Martin"
    assert claims["email"] == "alice@example.com"
    assert claims["exp"] - claims["iat"] == tokens.HOUR


def test_id_token_is_no_access_token(browser: Browser) -> None:
    signed_in = browser.sign_in()
    with pytest.raises(jwt.InvalidAudienceError):
        jwt.decode(signed_in["id_token"], KEY.public_key(), ["RS256"], audience="orders-api")
    answer = browser.send("GET", "/userinfo", headers={"Authorization": f"Bearer {signed_in['id_token']}"})
    assert answer.status_code == 401


def test_a_request_without_openid_gets_no_id_token(browser: Browser) -> None:
    assert "id_token" not in browser.sign_in(scope="orders:read")


def test_customers_do_not_get_the_scopes_of_the_operator(browser: Browser) -> None:
    wanted = "openid orders:read orders:admin products:write no-such-scope"
    assert browser.sign_in("alice", scope=wanted)["scope"] == "openid orders:read"
    assert (
        browser.sign_in("operator", scope=wanted)["scope"] == "openid orders:read orders:admin products:write"
    )


def test_a_person_who_may_have_none_of_the_scopes_is_refused(browser: Browser) -> None:
    assert query_of(browser.pick("bob", scope="orders:admin"))["error"] == "invalid_scope"


def test_the_docs_page_of_the_deployed_api_may_sign_in(browser: Browser) -> None:
    uri = f"{DOCS}/sign-in"
    answer = query_of(browser.pick(redirect_uri=uri), uri)
    assert browser.token(code=answer["code"], redirect_uri=uri).status_code == 200


def test_userinfo_returns_what_the_scopes_allow(browser: Browser) -> None:
    for scope, known in (
        ("openid", {"sub": "bob"}),
        ("openid profile", {"sub": "bob", "name": "Bob Keller"}),
        ("openid email", {"sub": "bob", "email": "bob@example.com", "email_verified": True}),
    ):
        bearer = {"Authorization": f"Bearer {browser.sign_in('bob', scope=scope)['access_token']}"}
        for method in ("GET", "POST"):
            assert browser.send(method, "/userinfo", headers=bearer).json == known


def test_userinfo_needs_a_token_with_openid(browser: Browser) -> None:
    answer = browser.send("GET", "/userinfo")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    without = browser.sign_in(scope="orders:read")["access_token"]
    answer = browser.send("GET", "/userinfo", headers={"Authorization": f"Bearer {without}"})
    assert answer.status_code == 403
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope"'


def test_responses_with_tokens_are_not_stored(browser: Browser) -> None:
    response = browser.token(code=browser.code())
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Type"] == "application/json"


def test_discovery_names_every_endpoint(browser: Browser) -> None:
    document = browser.send("GET", "/.well-known/openid-configuration").json
    assert document["issuer"] == ISSUER
    for name, url in document.items():
        if name.endswith(("_endpoint", "_uri")):
            path = url.removeprefix(ISSUER)
            assert path.startswith("/"), url
            assert browser.send("DELETE", path).status_code == 405, url
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert {scope for person in PEOPLE.values() for scope in person.scopes} <= set(
        document["scopes_supported"]
    )


def test_key_set_has_the_public_key_alone(browser: Browser) -> None:
    (key,) = json.loads(browser.send("GET", "/.well-known/jwks.json").data)["keys"]
    assert key == tokens.public_jwk(KEY)


# -- without a page ------------------------------------------------------------------------------------


def test_silent_sign_in_returns_a_code_for_the_person_who_is_signed_in(browser: Browser) -> None:
    browser.sign_in("bob")
    browser.clock.now += 60
    answer = browser.authorize(prompt="none", nonce="another")
    token = browser.token(code=query_of(answer)["code"]).json["id_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["sub"], claims["nonce"]) == ("bob", "another")
    assert claims["auth_time"] == browser.clock.now - 60


def test_silent_sign_in_of_a_stranger_is_an_error_for_the_client(browser: Browser) -> None:
    browser.sign_in("bob")
    answer = query_of(browser.another().authorize(prompt="none"))
    assert answer["error"] == "login_required"
    assert answer["state"] == "a state & more"


def test_silent_sign_in_checks_whom_and_how_long_ago(browser: Browser) -> None:
    alice = browser.sign_in("alice")["id_token"]
    browser.sign_in("bob")
    browser.clock.now += 60
    for changes in ({"id_token_hint": alice}, {"id_token_hint": "no token"}, {"max_age": "59"}):
        assert query_of(browser.authorize(prompt="none", **changes))["error"] == "login_required", changes
    assert "code" in query_of(browser.authorize(prompt="none", max_age="60"))


def test_a_session_ends_after_twelve_hours() -> None:
    clock = Clock()
    browser = Browser(clock)
    browser.sign_in()
    clock.now += 12 * tokens.HOUR
    assert query_of(browser.authorize(prompt="none"))["error"] == "login_required"


# -- refreshing ----------------------------------------------------------------------------------------


def test_refresh_token_is_replaced_by_each_use(browser: Browser) -> None:
    first = browser.sign_in()
    second = browser.refresh(first["refresh_token"]).json
    third = browser.refresh(second["refresh_token"]).json
    assert len({each["refresh_token"] for each in (first, second, third)}) == 3
    claims = jwt.decode(third["id_token"], options={"verify_signature": False})
    assert claims["auth_time"] == browser.clock.now
    assert "nonce" not in claims


def test_refresh_may_ask_for_fewer_scopes_and_not_for_more(browser: Browser) -> None:
    token = browser.sign_in(scope="openid orders:read orders:write")["refresh_token"]
    refused = browser.refresh(token, scope="orders:read orders:admin")
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_scope")
    narrowed = browser.refresh(token, scope="orders:read").json
    assert narrowed["scope"] == "orders:read"
    assert browser.refresh(narrowed["refresh_token"]).json["scope"] == "openid orders:read orders:write"


# -- signing out ---------------------------------------------------------------------------------------


def test_signing_out_ends_session_and_refresh_tokens_and_returns(browser: Browser) -> None:
    signed_in = browser.sign_in()
    answer = browser.send(
        "GET",
        "/logout",
        query_string={
            "id_token_hint": signed_in["id_token"],
            "post_logout_redirect_uri": REDIRECT_URI,
            "state": "bye",
        },
    )
    assert query_of(answer) == {"state": "bye"}
    assert query_of(browser.authorize(prompt="none"))["error"] == "login_required"
    assert browser.refresh(signed_in["refresh_token"]).json["error"] == "invalid_grant"


def test_signing_out_without_a_hint_asks_first(browser: Browser) -> None:
    browser.sign_in()
    query = {"client_id": "web", "post_logout_redirect_uri": REDIRECT_URI}
    page = browser.send("GET", "/logout", query_string=query)
    assert page.status_code == 200
    assert "Sign out?" in page.text
    assert "code" in query_of(browser.authorize(prompt="none"))
    answer = browser.send(
        "POST", "/logout", query_string=query, data={"confirm": "yes"}, headers={"Origin": ISSUER}
    )
    assert query_of(answer) == {}
    assert query_of(browser.authorize(prompt="none"))["error"] == "login_required"


def test_signing_out_without_a_page_to_return_to_says_so(browser: Browser) -> None:
    page = browser.send("GET", "/logout")
    assert "You are signed out" in page.text


def test_revoking_ends_a_refresh_token(browser: Browser) -> None:
    token = browser.sign_in()["refresh_token"]
    for _ in range(2):
        assert browser.send("POST", "/revoke", data={"client_id": "web", "token": token}).status_code == 200
    assert browser.refresh(token).json["error"] == "invalid_grant"
