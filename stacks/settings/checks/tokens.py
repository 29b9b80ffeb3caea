"""Checks of the settings about tokens: machine clients, issuers and audiences."""

import json
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from ordering.tokens.issuers import BadConfiguration, issuers_of
from stacks.settings import CANARY_CLIENT, CUSTOMER_SCOPES, SCOPES, Settings, UserPoolPlan, WebClient

# Names that other constructs of the user pool have.
_RESERVED_NAMES = frozenset({CANARY_CLIENT.name, "Domain", "Person", "Resource", "Scopes", "Web"})
_ISSUER_RULE = "must begin with https:// and have neither a query nor a fragment"


def token_problems(settings: Settings) -> Iterator[str]:
    """Yields one line for each setting about tokens that is missing or invalid."""
    yield from _check_machine_clients(settings)
    yield from _check_audience(settings)
    yield from _check_web_client(settings)
    # The local issuer runs on the laptop; its address is known only when it runs.
    if settings.local:
        return
    if settings.issuer is not None and not _is_issuer(settings.issuer):
        yield f"- issuer: {settings.issuer!r} {_ISSUER_RULE}"
    yield from _check_additional_issuers(settings)


def _check_machine_clients(settings: Settings) -> Iterator[str]:
    names = [client.name for client in settings.machine_clients]
    for client in settings.machine_clients:
        if not re.fullmatch("[A-Z][A-Za-z0-9]*", client.name) or client.name in _RESERVED_NAMES:
            yield (
                f"- machine_clients: {client.name!r} is not allowed as a name: use letters and digits, "
                f"a capital letter first, and none of {', '.join(sorted(_RESERVED_NAMES))}"
            )
        if not client.scopes or set(client.scopes) - SCOPES.keys():
            yield f"- machine_clients: {client.name} needs scopes, each one of {', '.join(SCOPES)}"
        if len(set(client.scopes)) < len(client.scopes):
            yield f"- machine_clients: {client.name} names a scope twice; remove one"
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"- machine_clients: two of them are named {name}; rename one"
    if not settings.issuer and not settings.machine_clients and not settings.web_origins:
        yield "- machine_clients: no client could get a token; set machine_clients, web_origins or issuer"


def _check_audience(settings: Settings) -> Iterator[str]:
    for each in settings.audience:
        # The output `Audience` separates them by commas.
        if not re.fullmatch(r"[^\s,]+", each):
            yield f"- audience: {each!r} is not an audience: write it without spaces and commas"
    if len(set(settings.audience)) < len(settings.audience):
        yield "- audience: one of them is named twice; remove it"
    if settings.local:
        return
    if settings.issuer and not settings.audience:
        yield "- audience: set the audience of the issuer's tokens; tokens without it would be refused"
    if settings.audience and not settings.issuer:
        yield "- audience: the user pool's audience is its clients; set an issuer, or remove the audience"


def _check_additional_issuers(settings: Settings) -> Iterator[str]:
    if not settings.additional_issuers:
        return
    if not settings.lambda_authoriser:
        yield (
            "- additional_issuers: only the Lambda authoriser can trust several issuers; "
            "set lambda_authoriser=True"
        )
    for issuer in settings.additional_issuers:
        if issuer.url == settings.issuer:
            yield f"- additional_issuers: {issuer.url} is the stage's own issuer; remove it here"
        # An issuer with a shared secret publishes nothing, and may have any name.
        if issuer.secret_arn is None and not _is_issuer(issuer.url):
            yield f"- additional_issuers: {issuer.url!r} {_ISSUER_RULE}"
    try:
        # With the function's own parser, so that the synthesis refuses every issuer that the function would.
        issuers_of(json.dumps([issuer.configuration() for issuer in settings.additional_issuers]))
    except BadConfiguration as error:
        named = str(error).replace("ISSUERS", "additional_issuers", 1)
        yield f"- {named}; correct this field of its TrustedIssuer"


def _check_web_client(settings: Settings) -> Iterator[str]:
    client = settings.web_client
    if settings.issuer and settings.user_pool_plan is not UserPoolPlan.LITE:
        yield "- user_pool_plan: a stage with an issuer has no user pool; remove user_pool_plan"
    if client is None:
        return
    if settings.local:
        yield "- web_client: the local issuer has a client of its own; set web_client=None in stage local"
        return
    if not client.scopes or len(set(client.scopes)) < len(client.scopes):
        yield f"- web_client: scopes must be some of {', '.join(CUSTOMER_SCOPES)}, each once"
    if settings.issuer:
        yield from _check_external_web_client(client)
        return
    if client.external:
        yield "- web_client: the user pool creates the client; remove external, or set the issuer"
    if others := set(client.scopes) - set(CUSTOMER_SCOPES):
        yield (f"- web_client: Cognito would issue {', '.join(sorted(others))} to every user; remove it")
    if not client.callback_urls and not settings.domain and not settings.web:
        yield "- web_client: set callback_urls, to which people return after signing in"
    for name in ("callback_urls", "logout_urls"):
        yield from _check_return_urls(name, getattr(client, name), protected=settings.protected)
    # AWS::Cognito::UserPoolClient: an access token is valid for 5 minutes to a day, and not longer than the
    # refresh token, which is valid for up to ten years.
    for name, value, allowed in (
        ("access_token_minutes", client.access_token_minutes, range(5, 1441)),
        ("refresh_token_days", client.refresh_token_days, range(1, 3651)),
    ):
        if value not in allowed:
            yield f"- web_client: {name} {value} is not a number from {allowed.start} to {allowed.stop - 1}"
    if client.needs_essentials and settings.user_pool_plan is not UserPoolPlan.ESSENTIALS:
        yield (
            "- web_client: managed_login and rotate_refresh_tokens need user_pool_plan="
            "UserPoolPlan.ESSENTIALS, or turn them off"
        )


def _check_external_web_client(client: WebClient) -> Iterator[str]:
    external = client.external
    if external is None:
        yield (
            "- web_client: this app has no client at the external issuer; set web_client=WebClient(external="
            "ExternalWebClient(client_id=..., authorization_url=..., token_url=...)), or web_client=None"
        )
        return
    if not external.client_id or not external.client_id.isascii():
        yield f"- web_client: client_id {external.client_id!r} is not a client's id; copy it from your issuer"
    for name in ("authorization_url", "token_url"):
        if not is_https(getattr(external, name)):
            yield f"- web_client: {name} {getattr(external, name)!r} must begin with https://"
    if unknown := set(client.scopes) - SCOPES.keys():
        yield f"- web_client: there is no scope {', '.join(sorted(unknown))}; use some of {', '.join(SCOPES)}"
    if client.callback_urls or client.logout_urls or client.needs_essentials:
        yield "- web_client: the rest is set at the external issuer; set only external and scopes here"


def _check_return_urls(name: str, urls: tuple[str, ...], *, protected: bool) -> Iterator[str]:
    """Yields what Cognito would refuse (`CallbackURLs` in CreateUserPoolClient, Amazon Cognito API)."""
    for url in urls:
        is_test = not protected and re.match(r"http://localhost(:\d+)?(/|$)", url)
        if not (is_https(url) or is_test) or "#" in url:
            yield (
                f"- web_client: {name}: {url!r} must begin with https:// and have no fragment; "
                "http://localhost is allowed in stages that are not protected"
            )
    if len(set(urls)) < len(urls):
        yield f"- web_client: {name}: one of them is named twice; remove it"


def _is_issuer(text: str) -> bool:
    """Whether tokens may be issued under this URL (OpenID Connect Discovery 1.0, section 3)."""
    return is_https(text) and not {"?", "#"} & set(text)


def is_https(text: str) -> bool:
    """Whether a text is a URL that begins with https:// and names a host."""
    try:
        url = urlsplit(text)
    except ValueError:
        return False
    return url.scheme == "https" and bool(url.hostname) and " " not in text
