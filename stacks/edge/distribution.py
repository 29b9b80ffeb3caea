"""The CloudFront distribution of a stage, whatever is behind it."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront

from stacks.acceptances import Checker
from stacks.edge.firewall import firewall
from stacks.nag import accept, suppress_nag
from stacks.settings import DistributionSettings, PriceClass
from stacks.stack import OrderStack

# "How CloudFront processes HTTP 4xx and 5xx status codes from your origin": the statuses that it caches, in
# every behaviour and for ten seconds ("Control how long CloudFront caches errors"). A 404 must not be cached
# for other clients: the order may be placed a moment later or belong to another customer, and the file may be
# added by the next release.
ERRORS: Final = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)

_NO_GEO = "The shop sells wherever its carrier delivers; the catalogue is public."
_OWN_NAME = "Without aliases, CloudFront's own name and certificate are used, whose TLS version is fixed."
_NO_FIREWALL = "The setting `firewall` adds a web ACL; a stage without it relies on the API's throttles."
_LOG_V2 = "Standard logging (v2) delivers the access log; the rule knows only the legacy kind."

_PRICE_CLASSES: Final = {
    PriceClass.AMERICA_AND_EUROPE: cloudfront.PriceClass.PRICE_CLASS_100,
    PriceClass.MOST: cloudfront.PriceClass.PRICE_CLASS_200,
    PriceClass.ALL: cloudfront.PriceClass.PRICE_CLASS_ALL,
}


def make_distribution(
    stack: OrderStack,
    setting: DistributionSettings,
    *,
    default: cloudfront.BehaviorOptions,
    others: Mapping[str, cloudfront.BehaviorOptions],
    root: str | None = None,
) -> cloudfront.Distribution:
    """Returns the distribution of a stack.

    `others` are the behaviours of path patterns, in the order in which CloudFront compares them; `root` is
    the file at `/`, if there is one.
    """
    settings = stack.settings
    web_acl = firewall(stack, setting.firewall) if setting.firewall else None
    distribution = cloudfront.Distribution(
        stack,
        "Distribution",
        comment=f"Order backend, {settings.stage}",
        default_root_object=root,
        default_behavior=default,
        additional_behaviors=dict(others),
        error_responses=[
            cloudfront.ErrorResponse(http_status=status, ttl=Duration.seconds(0)) for status in ERRORS
        ],
        domain_names=list(setting.aliases) or None,
        certificate=(
            acm.Certificate.from_certificate_arn(stack, "Certificate", setting.certificate_arn)
            if setting.certificate_arn
            else None
        ),
        minimum_protocol_version=(
            cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021 if setting.certificate_arn else None
        ),
        http_version=cloudfront.HttpVersion.HTTP2_AND_3,
        price_class=_PRICE_CLASSES[setting.price_class],
        web_acl_id=web_acl.attr_arn if web_acl else None,
    )
    suppress_nag(distribution, "AwsSolutions-CFR1", _NO_GEO)
    suppress_nag(distribution, "AwsSolutions-CFR3", _LOG_V2)
    accept(distribution, Checker.CHECKOV, "CKV_AWS_86", _LOG_V2)
    if not setting.certificate_arn:
        suppress_nag(distribution, "AwsSolutions-CFR4", _OWN_NAME)
        accept(distribution, Checker.CHECKOV, "CKV_AWS_174", _OWN_NAME)
    if not setting.firewall:
        suppress_nag(distribution, "AwsSolutions-CFR2", _NO_FIREWALL)
        accept(distribution, Checker.CHECKOV, "CKV_AWS_68", _NO_FIREWALL)
    if settings.local:
        suppress_nag(distribution, "AwsSolutions-CFR5", "The engine is called on the loopback interface.")
    return distribution
