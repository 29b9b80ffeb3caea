"""Checks of what a distribution of CloudFront needs in us-east-1."""

from __future__ import annotations

from collections.abc import Iterator

from stacks.settings import US_EAST_1, DistributionSettings
from tools.preflight.finding import Clients, Finding

# Written by `cdk bootstrap` in each region ("Bootstrapping", AWS CDK).
_BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"


def bootstrap_of_us_east_1(clients: Clients) -> Finding:
    """Checks that the bootstrap stack of CDK exists where the stacks of distributions are."""
    ssm = clients(f"ssm@{US_EAST_1}")
    try:
        ssm.get_parameter(Name=_BOOTSTRAP)
    except ssm.exceptions.ParameterNotFound:
        return Finding(
            f"{US_EAST_1}, where distributions are deployed to, is not bootstrapped",
            f"npx cdk bootstrap aws://ACCOUNT/{US_EAST_1}, with the account's number",
        )
    return Finding(f"{US_EAST_1} is bootstrapped")


def certificate(name: str, distribution: DistributionSettings, clients: Clients) -> Iterator[Finding]:
    """Checks the certificate of a distribution; `name` is that of its setting (`edge`)."""
    if not distribution.certificate_arn:
        return
    acm = clients(f"acm@{US_EAST_1}")
    try:
        certificate = acm.describe_certificate(CertificateArn=distribution.certificate_arn)["Certificate"]
    except acm.exceptions.ResourceNotFoundException:
        yield Finding(
            f"no certificate {distribution.certificate_arn} in {US_EAST_1}",
            "request it there, or correct `certificate_arn` in stacks/settings/stages.py",
        )
        return
    names = certificate.get("SubjectAlternativeNames", [certificate["DomainName"]])
    missing = [alias for alias in distribution.aliases if not any(_covers(name, alias) for name in names)]
    remedy = None
    if certificate["Status"] != "ISSUED":
        remedy = "add the DNS records that ACM names, and wait until it is issued"
    elif missing:
        remedy = f"request one that has {', '.join(missing)} too, or remove these aliases"
    yield Finding(f"the certificate of {name} is {certificate['Status']}, for {', '.join(names)}", remedy)


def _covers(name: str, alias: str) -> bool:
    """Whether a name of a certificate covers an alias: `*` is one label (RFC 6125, section 6.4.3)."""
    return name == alias or (name.startswith("*.") and alias.partition(".")[2] == name[2:])
