"""The provider's pages: no script, one inline style sheet, nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from pathlib import Path
from string import Template

from werkzeug.wrappers import Response

from local.openid.clients import origin_of
from local.openid.people import IDENTITY_SCOPES, PEOPLE, Person
from local.openid.requests import ReturnTarget, SignInRequest

_FOLDER = Path(__file__).resolve().parent
_STYLE = (_FOLDER / "page.css").read_text(encoding="utf-8")
_PAGE = Template((_FOLDER / "page.html").read_text(encoding="utf-8"))
_LOGO = (_FOLDER.parents[1] / "docs" / "images" / "logo.svg").read_text(encoding="utf-8").strip()
_ICON = f"data:image/svg+xml;base64,{base64.b64encode(_LOGO.encode()).decode()}"
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def choose_person(request: SignInRequest, action: str, *, message: str = "") -> Response:
    """Returns the page on which a person is picked; its form sends the choice to ``action``."""
    client = request.target.client
    people = "".join(_button(person, request) for person in PEOPLE.values())
    note = f'<p class="error" role="alert">{escape(message)}</p>' if message else ""
    body = f"""\
<h1>Sign in</h1>
<p class="lead">Who are you, for <strong>{escape(client.name)}</strong>?</p>
{note}<form method="post" action="{escape(action)}">
<ul class="people">{people}</ul>
<button class="plain" name="cancel" value="yes">Cancel</button>
</form>
"""
    return _page("Sign in", body, 400 if message else 200, target=request.target)


def confirm_sign_out(action: str, target: ReturnTarget | None) -> Response:
    """Returns the page that asks before a person is signed out."""
    body = f"""\
<h1>Sign out?</h1>
<p class="lead">You will have to pick a person again.</p>
<form method="post" action="{escape(action)}">
<button class="primary" name="confirm" value="yes">Sign out</button>
</form>
"""
    return _page("Sign out", body, 200, target=target)


def signed_out() -> Response:
    """Returns the page after signing out, if there is no page of the client to return to."""
    return _page("Signed out", "<h1>You are signed out</h1>\n<p class=lead>You can close this page.</p>", 200)


def error(message: str, status: int = 400) -> Response:
    """Returns a page for errors that must not be sent to the client."""
    body = f'<h1>This does not work</h1>\n<p class="error" role="alert">{escape(message)}</p>'
    return _page("Error", body, status)


def _button(person: Person, request: SignInRequest) -> str:
    granted = [scope for scope in person.granted(request.scopes) if scope not in IDENTITY_SCOPES]
    scopes = "".join(f"<li>{escape(scope)}</li>" for scope in granted) or "<li>no scope of the API</li>"
    return f"""\
<li><button class="person" name="person" value="{escape(person.sub)}">
<span class="initial {escape(person.sub)}" aria-hidden="true">{escape(person.name[0])}</span>
<span class="who"><span class="name">{escape(person.name)}</span> <code>{escape(person.sub)}</code>
<span class="role">{escape(person.role)}</span></span>
</button>
<details><summary>What {escape(person.sub)} may do</summary><ul class="scopes">{scopes}</ul></details></li>
"""


def _page(title: str, body: str, status: int, *, target: ReturnTarget | None = None) -> Response:
    html = _PAGE.substitute(title=escape(title), style=_STYLE, logo=_LOGO, icon=_ICON, body=body)
    # Browsers also apply `form-action` to the redirect that follows the form.
    to = f" {origin_of(target.redirect_uri)}" if target else ""
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src data:; form-action 'self'{to}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        # Not `no-referrer`: then browsers would send `Origin: null` with the form (Fetch Standard, "append a
        # request `Origin` header").
        "Referrer-Policy": "same-origin",
    }
    return Response(html, status, headers, content_type="text/html; charset=utf-8")
