"""The provider's endpoints, as a WSGI application."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from local.openid import pages
from local.openid.clients import Clients
from local.openid.errors import OAuthError, PageError, required, single
from local.openid.exchange import client_of, exchange
from local.openid.grants import AuthorizationCode, Grant, Grants, Session
from local.openid.issued import Signer
from local.openid.people import OPENID, PEOPLE, SCOPES
from local.openid.requests import CHALLENGE_METHOD, ReturnTarget, SignInRequest, sign_in_request, target_of
from local.tokens import public_jwk

DISCOVERY: Final = "/.well-known/openid-configuration"
JWKS: Final = "/.well-known/jwks.json"
AUTHORIZE, TOKEN, USERINFO, REVOKE, LOGOUT = "/authorize", "/token", "/userinfo", "/revoke", "/logout"
# What a page of a client may call. The others are opened as pages.
_FOR_SCRIPTS = frozenset({DISCOVERY, JWKS, TOKEN, USERINFO, REVOKE})
_METHODS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys((DISCOVERY, JWKS), ("GET", "HEAD")),
    **dict.fromkeys((AUTHORIZE, LOGOUT), ("GET", "POST")),
    **dict.fromkeys((TOKEN, REVOKE), ("POST",)),
    USERINFO: ("GET", "POST"),
}
_FORM = "application/x-www-form-urlencoded"
_MOST_BYTES = 16 * 1024


def discovery(issuer: str) -> dict[str, Any]:
    """Returns the provider's metadata (OpenID Connect Discovery 1.0, section 3; RFC 8414; RFC 9207)."""
    return {
        "issuer": issuer,
        "authorization_endpoint": issuer + AUTHORIZE,
        "token_endpoint": issuer + TOKEN,
        "userinfo_endpoint": issuer + USERINFO,
        "jwks_uri": issuer + JWKS,
        "revocation_endpoint": issuer + REVOKE,
        "end_session_endpoint": issuer + LOGOUT,
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": [CHALLENGE_METHOD],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_supported": [
            *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash"),
            *("name", "email", "email_verified"),
        ],
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


class OpenIdProvider:
    """The WSGI application. ``clients`` is called for each request, because `/docs` moves with the engine."""

    def __init__(self, signer: Signer, clients: Callable[[], Clients], grants: Grants | None = None) -> None:
        self._signer = signer
        self._issuer = signer.issuer
        self._host = urlsplit(signer.issuer).netloc
        self._clients = clients
        self._grants = grants or Grants()
        # Browsers send the cookies of a host to all of its ports.
        self._cookie = f"issuer-session-{urlsplit(signer.issuer).port}"
        self._documents = {DISCOVERY: discovery(self._issuer), JWKS: {"keys": [public_jwk(signer.key)]}}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Serve one request."""
        request = Request(environ)
        request.max_content_length = _MOST_BYTES
        request.max_form_memory_size = _MOST_BYTES
        response = self._respond(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        response.headers["X-Content-Type-Options"] = "nosniff"
        if request.path in _FOR_SCRIPTS:
            self._allow_origin(request, response)
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        # A page of another site may let its own name point here (DNS rebinding).
        if request.headers.get("Host") != self._host:
            return _json({"message": f"this is {self._issuer}"}, 421)
        methods = _METHODS.get(request.path)
        if methods is None:
            return _json({"message": "Not Found"}, 404)
        if request.method == "OPTIONS" and request.path in _FOR_SCRIPTS:
            return Response(status=204)
        if request.method not in methods:
            return _json({"message": "Method Not Allowed"}, 405, {"Allow": ", ".join(methods)})
        try:
            return self._endpoint(request)
        except PageError as error:
            return pages.error(str(error))
        except OAuthError as error:
            return _json(error.parameters, error.status)
        except HTTPException as error:
            return _json({"message": error.name}, error.code or 400)

    def _endpoint(self, request: Request) -> Response:
        match request.path:
            case "/authorize":
                return self._authorize(request)
            case "/token":
                return _json(
                    exchange(
                        _form(request), clients=self._clients(), grants=self._grants, signer=self._signer
                    )
                )
            case "/userinfo":
                return self._userinfo(request)
            case "/revoke":
                return self._revoke(_form(request))
            case "/logout":
                return self._logout(request)
        return _json(self._documents[request.path])

    # -- signing in ------------------------------------------------------------------------------------

    def _authorize(self, request: Request) -> Response:
        target = target_of(request.args, self._clients())
        try:
            wanted = sign_in_request(request.args, target)
            if wanted.silent:
                return self._grant(wanted, *self._silent_session(request, wanted))
            if request.method == "GET":
                return pages.choose_person(wanted, request.full_path)
            self._require_own_page(request)
            if "cancel" in request.form:
                raise OAuthError("access_denied", "the person cancelled the sign-in")
            person = PEOPLE.get(request.form.get("person", ""))
            if person is None:
                return pages.choose_person(wanted, request.full_path, message="Pick one of these people.")
            self._end_session(request)
            return self._grant(wanted, *self._grants.sign_in(person))
        except OAuthError as error:
            return self._redirect(target, error.parameters)

    def _grant(self, wanted: SignInRequest, key: str, session: Session) -> Response:
        scopes = session.person.granted(wanted.scopes)
        if not scopes:
            raise OAuthError("invalid_scope", f"{session.person.sub} may have none of these scopes")
        target = wanted.target
        grant = Grant(target.client.id, session.person, scopes, session.auth_time, key, wanted.nonce)
        code = self._grants.codes.add(AuthorizationCode(grant, target.redirect_uri, wanted.challenge))
        response = self._redirect(target, {"code": code})
        # Not to frames of other sites: there, `prompt=none` needs the front end on 127.0.0.1 too.
        response.set_cookie(self._cookie, key, httponly=True, samesite="Lax")
        return response

    def _silent_session(self, request: Request, wanted: SignInRequest) -> tuple[str, Session]:
        key = request.cookies.get(self._cookie, "")
        session = self._grants.sessions.get(key)
        if session is None:
            raise OAuthError("login_required", "no one is signed in, in this browser")
        if wanted.max_age is not None and self._grants.clock() - session.auth_time > wanted.max_age:
            raise OAuthError("login_required", "the sign-in is older than max_age")
        if wanted.id_token_hint is not None:
            hint = self._signer.read_id_token(wanted.id_token_hint)
            if hint is None or hint["sub"] != session.person.sub:
                raise OAuthError("login_required", "id_token_hint is not about the person who is signed in")
        return key, session

    def _redirect(self, target: ReturnTarget, parameters: Mapping[str, str]) -> Response:
        # `iss` names the issuer that responds, for clients of several issuers (RFC 9207).
        state = {"state": target.state} if target.state is not None else {}
        query = urlencode({**parameters, **state, "iss": self._issuer})
        # 303, so that the form is not sent on (RFC 9700, section 4.12).
        return Response(status=303, headers={"Location": f"{target.redirect_uri}?{query}"})

    def _require_own_page(self, request: Request) -> None:
        """Raises PageError unless a form comes from a page of the provider."""
        if request.headers.get("Origin") != self._issuer:
            raise PageError("This form was not sent by the issuer's own page.")

    # -- tokens ----------------------------------------------------------------------------------------

    def _userinfo(self, request: Request) -> Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return _json({"message": "Unauthorized"}, 401, {"WWW-Authenticate": "Bearer"})
        claims = self._signer.read_access_token(token.strip())
        person = PEOPLE.get(claims["sub"]) if claims else None
        if claims is None or person is None:
            return _bearer_error("invalid_token", 401)
        scopes = str(claims.get("scope", "")).split()
        if OPENID not in scopes:
            return _bearer_error("insufficient_scope", 403)
        return _json({"sub": person.sub, **person.claims(scopes)})

    def _revoke(self, parameters: MultiDict[str, str]) -> Response:
        client_id = client_of(parameters, self._clients())
        token = required(parameters, "token")
        if self._signer.read_access_token(token) is not None:
            raise OAuthError("unsupported_token_type", "access tokens cannot be revoked; they expire")
        self._grants.revoke(token, client_id)
        # Also for a token that is not known (RFC 7009, section 2.2).
        return Response(status=200)

    # -- signing out -----------------------------------------------------------------------------------

    def _logout(self, request: Request) -> Response:
        """Sign a person out (OpenID Connect RP-Initiated Logout 1.0, sections 2 and 3)."""
        parameters = request.args if request.method == "GET" else request.values
        try:
            hint_text = single(parameters, "id_token_hint")
            client_id = single(parameters, "client_id")
            uri = single(parameters, "post_logout_redirect_uri")
            state = single(parameters, "state")
        except OAuthError as error:
            raise PageError(f"{error.description}.") from error
        hint = self._signer.read_id_token(hint_text) if hint_text else None
        if hint_text and hint is None:
            raise PageError("id_token_hint is not an ID token of this issuer.")
        if hint and client_id not in (None, hint["aud"]):
            raise PageError("client_id is not the one that id_token_hint was issued to.")
        target = self._logout_target(client_id or (str(hint["aud"]) if hint else None), uri, state)
        session = self._grants.sessions.get(request.cookies.get(self._cookie, ""))
        if session and not (hint and hint["sub"] == session.person.sub):
            # Without a hint, any page could sign people out.
            if request.method == "GET" or "confirm" not in request.form:
                return pages.confirm_sign_out(f"{LOGOUT}?{urlencode(list(parameters.items()))}", target)
            self._require_own_page(request)
        self._end_session(request)
        if target is None:
            response = pages.signed_out()
        else:
            query = f"?{urlencode({'state': state})}" if state is not None else ""
            response = Response(status=303, headers={"Location": target.redirect_uri + query})
        response.delete_cookie(self._cookie, httponly=True, samesite="Lax")
        return response

    def _logout_target(
        self, client_id: str | None, uri: str | None, state: str | None
    ) -> ReturnTarget | None:
        if uri is None:
            return None
        client = self._clients().get(client_id or "")
        if client is None or uri not in client.logout_uris:
            raise PageError("post_logout_redirect_uri is not one of the client's; send its client_id, too.")
        return ReturnTarget(client, uri, state)

    def _end_session(self, request: Request) -> None:
        if key := request.cookies.get(self._cookie):
            self._grants.sign_out(key)

    # -- other origins ---------------------------------------------------------------------------------

    def _allow_origin(self, request: Request, response: Response) -> None:
        """Let pages of the clients read the response (Fetch Standard, "CORS protocol")."""
        response.headers["Vary"] = "Origin"
        origin = request.headers.get("Origin")
        if origin is None or not any(origin in client.origins for client in self._clients().values()):
            return
        response.headers["Access-Control-Allow-Origin"] = origin
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = ", ".join(_METHODS[request.path])
            response.headers["Access-Control-Allow-Headers"] = "authorization, content-type"
            response.headers["Access-Control-Max-Age"] = "600"


def _form(request: Request) -> MultiDict[str, str]:
    if request.mimetype != _FORM:
        raise OAuthError("invalid_request", f"the body must be {_FORM}")
    return request.form


def _json(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(json.dumps(body), status, dict(headers or {}), content_type="application/json")


def _bearer_error(code: str, status: int) -> Response:
    return _json({"error": code}, status, {"WWW-Authenticate": f'Bearer error="{code}"'})
