"""Checks of the settings of the web application's distribution."""

import re
from collections.abc import Iterator

from stacks.settings import Settings, WebApplication
from stacks.settings.checks.distribution import distribution_problems


def web_problems(settings: Settings) -> Iterator[str]:
    """Yields one line for each of these settings that is invalid."""
    web = settings.web
    if web is None:
        return
    if settings.local:
        yield "- web: `make up` serves the web application in stage local; set web=None"
        return
    yield from distribution_problems("web", web, settings, example="shop.example")
    yield from _check_address(web)
    if settings.web_client is None:
        yield (
            "- web: people must be able to sign in; set web_client=WebClient(), or with your own issuer "
            "WebClient(external=ExternalWebClient(...))"
        )
    elif not (web.origins or settings.issuer or settings.web_client.callback_urls):
        yield (
            "- web: its address is known only after the first deployment (WebUrl), and Cognito needs a URL: "
            'set callback_urls=("http://localhost:5173/callback",) until address can be set'
        )
    edge = settings.edge
    if edge is None:
        return
    if set(edge.aliases) & set(web.aliases):
        yield "- web: a name belongs to one distribution; take other aliases than those of edge"
    if edge.firewall and edge.closes_api and not web.firewall:
        yield (
            "- web: requests below /api would bypass the edge's firewall; set firewall=Firewall() here too"
        )


def _check_address(web: WebApplication) -> Iterator[str]:
    if web.address is None:
        return
    if web.aliases:
        yield "- web: with aliases, address is not used; remove it"
    elif not re.fullmatch(r"https://[a-z0-9.-]+", web.address):
        yield f"- web: address {web.address!r} is not the output WebUrl: write https://d111111abcdef8.cloudfront.net"
