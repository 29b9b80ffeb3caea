"""Checks of the settings about addresses: receivers, origins, the domain and the sender of mail."""

from collections.abc import Iterator
from ipaddress import ip_address

from stacks.settings import MAILS_PER_SECOND, Domain, MailSettings, Settings
from stacks.settings.checks.forms import ADDRESS, host_of, matches

# A domain name as in a certificate, in lower case (RFC 1035, section 2.3.1).
_DOMAIN = r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"


def address_problems(settings: Settings) -> Iterator[str]:
    """Yields one line for each address that is invalid, or not allowed in a protected stage."""
    if settings.protected:
        yield from _check_public_origins(settings)
    yield from _check_addresses(settings)
    if settings.domain:
        yield from _check_domain(settings.domain, settings.region)
    if settings.mail:
        yield from _check_mail(settings.mail)


def _check_public_origins(settings: Settings) -> Iterator[str]:
    for origin in settings.web_origins:
        host = host_of(origin)
        if host is not None and _is_loopback(host):
            yield f"- web_origins: {origin} is a developer's own machine; remove it"
        elif host is not None and not origin.startswith("https://"):
            yield f"- web_origins: {origin} must begin with https://"


def _check_addresses(settings: Settings) -> Iterator[str]:
    for receiver in settings.alarm_receivers:
        if not matches(rf"https://[^/\s]+(/\S*)?|{ADDRESS}", receiver):
            yield f"- alarm_receivers: {receiver!r} is neither an e-mail address nor an https:// address"
    if len(set(settings.alarm_receivers)) < len(settings.alarm_receivers):
        yield "- alarm_receivers: one of them is named twice"
    for origin in settings.web_origins:
        if host_of(origin) is None:
            yield (
                f"- web_origins: {origin!r} is not an origin: write scheme://host or scheme://host:port, "
                "without a path"
            )
    if len(set(settings.web_origins)) < len(settings.web_origins):
        yield "- web_origins: one of them is named twice; remove it"


def _check_domain(domain: Domain, region: str | None) -> Iterator[str]:
    if not matches(_DOMAIN, domain.name):
        yield f"- domain: {domain.name!r} is not a domain name: write orders.example.com, in small letters"
    certificate = domain.certificate_arn
    if not matches(rf"arn:[a-z-]+:acm:{region or '[a-z0-9-]+'}:\d{{12}}:certificate/.+", certificate):
        yield f"- domain: {certificate!r} is not the ARN of an ACM certificate in {region or 'its region'}"


def _check_mail(mail: MailSettings) -> Iterator[str]:
    # A line break in a header would begin another header.
    if not matches(ADDRESS, mail.address) or not mail.address.isascii() or not mail.sender.isprintable():
        yield f"- mail: {mail.sender!r} is not a sender: write Mug shop <orders@shop.example>, on one line"
        return
    domain = mail.address.partition("@")[2]
    if mail.identity not in (mail.address, domain) and not domain.endswith(f".{mail.identity}"):
        yield (
            f"- mail: the SES identity {mail.identity!r} does not cover the sender {mail.sender!r}: "
            "set the domain of the sender's address, or the address itself"
        )
    # ScalingConfig of AWS::Lambda::EventSourceMapping.
    if not 2 <= mail.max_concurrency <= 1000:
        yield (
            f"- mail: max_concurrency {mail.max_concurrency} is not a number from 2 to 1000, "
            "the range that Lambda allows"
        )
    if mail.sending_rate < 1:
        yield (
            f"- mail: sending_rate {mail.sending_rate} is not a number of mails a second; set the account's "
            "MaxSendRate (aws sesv2 get-account)"
        )
    elif mail.max_concurrency > mail.fastest_concurrency:
        yield (
            f"- mail: max_concurrency {mail.max_concurrency} sends {mail.max_concurrency * MAILS_PER_SECOND} "
            f"mails a second, and sending_rate {mail.sending_rate} allows fewer: set max_concurrency="
            f"{mail.fastest_concurrency}, or raise sending_rate once SES has raised the account's rate"
        )


def _is_loopback(host: str) -> bool:
    """Whether a host is the local machine, by its name (RFC 6761, section 6.3) or by its address."""
    name = host.strip("[]").rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
