"""Signs people in as the application does it: by the issuer's pages, authorisation code with PKCE."""

import json
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from playwright.sync_api import BrowserContext, Page, Route

from local.environment import Instance
from local.web import call

PEOPLE = {"alice": "Alice Martin", "bob": "Bob Keller", "operator": "Olivia Stone"}
_CUSTOMER = {"orders:read", "orders:write", "customers:read", "customers:write"}
_OPERATOR = {"orders:admin", "products:write"}
_DISCOVERY = "/.well-known/openid-configuration"


def sign_in(page: Page, person: str) -> None:
    """Press the button of the application, and pick the person on the issuer's page."""
    page.get_by_role("banner").get_by_role("button", name="Sign in").click()
    page.get_by_text(PEOPLE[person]).click()
    page.get_by_role("banner").get_by_text(PEOPLE[person]).wait_for()


class PlayedIssuer:
    """Plays the pages of an issuer to one browser, if the local issuer has none; its tokens are real."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._issuer = instance.outputs["Issuer"]
        self._signed_in: str | None = None
        self._requests: dict[str, dict[str, str]] = {}

    def play_to(self, context: BrowserContext) -> None:
        """Respond to what the browser sends to the issuer."""
        known = call("GET", self._issuer + _DISCOVERY).body
        if "authorization_endpoint" not in known:
            context.route(f"{self._issuer}/**", self._respond)

    def _respond(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path == _DISCOVERY:
            endpoints = {"authorization_endpoint": "/authorize", "token_endpoint": "/token"}
            endpoints |= {"end_session_endpoint": "/logout", "jwks_uri": "/.well-known/jwks.json"}
            found = {name: self._issuer + path for name, path in endpoints.items()}
            _send(route, {"issuer": self._issuer, **found})
        elif url.path == "/authorize":
            self._authorize(route, query)
        elif url.path == "/token":
            form = {name: values[0] for name, values in parse_qs(route.request.post_data or "").items()}
            self._exchange(route, form)
        elif url.path == "/logout":
            self._signed_in = None
            _redirect(route, query["post_logout_redirect_uri"])
        else:
            route.continue_()

    def _authorize(self, route: Route, query: dict[str, str]) -> None:
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        back = query["redirect_uri"]
        if query.get("prompt") == "none":
            if self._signed_in is None:
                _redirect(route, f"{back}?{urlencode({'error': 'login_required', 'state': query['state']})}")
            else:
                _redirect(route, self._picked(self._signed_in, query))
            return
        links = "".join(
            f'<p><a href="{self._picked(person, query)}">{name}</a>' for person, name in PEOPLE.items()
        )
        route.fulfill(content_type="text/html", body=f"<!doctype html><title>Sign in</title>{links}")

    def _picked(self, person: str, query: dict[str, str]) -> str:
        code = f"{person}.{len(self._requests)}"
        self._requests[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def _exchange(self, route: Route, form: dict[str, str]) -> None:
        if form["grant_type"] == "authorization_code":
            assert form["code_verifier"]
            person, asked = form["code"].partition(".")[0], self._requests[form["code"]]["scope"]
        else:
            person, _, asked = form["refresh_token"].partition(" ")
        self._signed_in = person
        allowed = _CUSTOMER | (_OPERATOR if person == "operator" else set())
        scope = " ".join(each for each in asked.split() if each in allowed)
        now = int(time.time())
        identity = {"iss": self._issuer, "aud": form["client_id"], "sub": person, "name": PEOPLE[person]}
        _send(
            route,
            {
                "token_type": "Bearer",
                "access_token": self._instance.token(person, scope),
                "id_token": jwt.encode({**identity, "iat": now, "exp": now + 3600}, "k" * 32),
                "refresh_token": f"{person} {asked}",
                "expires_in": 3600,
                "scope": scope,
            },
        )


def _send(route: Route, body: object) -> None:
    headers = {"Access-Control-Allow-Origin": "*", "Content-Type": "application/json"}
    route.fulfill(headers=headers, body=json.dumps(body))


def _redirect(route: Route, url: str) -> None:
    route.fulfill(status=302, headers={"Location": url})
