"""The edge stack: the CloudFront distribution in front of the API, its firewall, its log and its alarms.

A stage without the setting `edge` has no such stack. It is deployed to us-east-1, whichever region the stage
is in, because CloudFront accepts certificates and web ACLs of that region only, and delivers its logs and its
metrics there. It reads what it needs of the api stack by weak references, so that the setting can be turned
off: then the stack stays deployed, because it is no longer part of the app (docs/deploying.md).
"""

from typing import Final
from urllib.parse import urlsplit

from aws_cdk import CfnDynamicReference, CfnDynamicReferenceService, CfnOutput, Duration, Fn
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from constructs import Construct

from ordering.tokens.edge_header import HEADER
from stacks.acceptances import Checker
from stacks.edge import viewer_request
from stacks.edge.access_log import deliver_access_log
from stacks.edge.alarms import watch_edge
from stacks.edge.behaviours import behaviours, is_cached
from stacks.edge.firewall import firewall
from stacks.edge.secrets import API_ID, secret_name_output
from stacks.nag import accept, suppress_nag
from stacks.routes import routes_of
from stacks.settings import US_EAST_1, Edge, Settings
from stacks.stack import OrderStack

# An HTTP API returns an error of its own after 30 s at most ("Quotas for HTTP APIs", maximum integration
# timeout). CloudFront waits longer, so that its client gets that error, and not CloudFront's.
_READ_TIMEOUT: Final = Duration.seconds(35)
_CONNECT_TIMEOUT: Final = Duration.seconds(5)
_CONNECT_ATTEMPTS: Final = 2

# "How CloudFront processes HTTP 4xx and 5xx status codes from your origin": the statuses that it caches, in
# every behaviour and for ten seconds ("Control how long CloudFront caches errors"). The 404 of an order that
# is not there yet, or of another customer's, must not be kept for the next reader.
ERRORS: Final = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)

_MAX_AGE: Final = Duration.days(365)
_HSTS: Final = Duration.days(730)

_NO_FAILOVER = "The API is in one region; a second origin would need a second table."
_NO_ROOT = "The API has no page at /, so there is no object to name."
_NO_GEO = "The shop sells wherever its carrier delivers; the catalogue is public."
_OWN_NAME = "Without aliases, CloudFront's own name and certificate are used, whose TLS version is fixed."
_NO_FIREWALL = "The setting `firewall` adds a web ACL; a stage without it relies on the API's throttles."
_LOG_V2 = "Standard logging (v2) delivers the access log; the rule knows only the legacy kind."


class EdgeStack(OrderStack):
    """CloudFront in front of the API."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings, edge: Edge, api: OrderStack) -> None:
        super().__init__(
            scope,
            id,
            settings=settings,
            description="Order backend: CloudFront in front of the API",
            # The engine has one region.
            region=None if settings.local else US_EAST_1,
        )
        self.add_stack_dependency(api)
        self._edge = edge
        self._api_stack = api.stack_name
        self._routes = routes_of(settings)
        self._origin = self._origin_of_api()
        self._headers = self._response_headers()
        self.function = self._viewer_request()
        self.distribution = self._distribution()
        if not settings.local:
            # The engine writes no logs of distributions, and records no metrics.
            deliver_access_log(self, self.distribution)
            watch_edge(self, self.distribution, self.function)
        CfnOutput(self, "EdgeUrl", value=f"https://{(edge.aliases or (self._target,))[0]}")
        CfnOutput(self, "EdgeTarget", value=self._target)
        CfnOutput(self, "DistributionId", value=self.distribution.distribution_id)

    @property
    def _target(self) -> str:
        """The name that CloudFront gives the distribution."""
        return self.distribution.distribution_domain_name

    def _of_api(self, output: str) -> str:
        """Returns an output of the api stack, in the stage's region."""
        return Fn.get_stack_output(self._api_stack, output, self.settings.region)

    def _origin_of_api(self) -> origins.HttpOrigin:
        if engine := self._edge.engine:
            address = urlsplit(engine)
            return origins.HttpOrigin(
                str(address.hostname),
                http_port=address.port,
                protocol_policy=cloudfront.OriginProtocolPolicy.HTTP_ONLY,
                origin_path=f"/_aws/execute-api/{self._of_api(API_ID)}/$default",
                read_timeout=_READ_TIMEOUT,
            )
        settings = self.settings
        # With a custom domain, the API is not available under the name that AWS gives it.
        name = (
            settings.domain.name
            if settings.domain
            else f"{self._of_api(API_ID)}.execute-api.{settings.region}.{self.url_suffix}"
        )
        return origins.HttpOrigin(
            name,
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            read_timeout=_READ_TIMEOUT,
            connection_timeout=_CONNECT_TIMEOUT,
            connection_attempts=_CONNECT_ATTEMPTS,
            custom_headers={HEADER: self._secret()},
        )

    def _secret(self) -> str:
        """Returns a reference to the secret's replica in this region, which CloudFormation resolves.

        A replica has the name and the random suffix of its secret ("Replicate AWS Secrets Manager secrets
        across Regions"). The template does not contain the value.
        """
        name = self._of_api(secret_name_output(self._edge.secret_numbers[-1]))
        arn = f"arn:{self.partition}:secretsmanager:{self.region}:{self.account}:secret:{name}"
        return CfnDynamicReference(
            CfnDynamicReferenceService.SECRETS_MANAGER, f"{arn}:SecretString"
        ).to_string()

    def _viewer_request(self) -> cloudfront.Function:
        return cloudfront.Function(
            self,
            "ViewerRequest",
            code=cloudfront.FunctionCode.from_inline(
                viewer_request.code(filter(is_cached, self._routes), self.settings.web_origins)
            ),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
            comment=f"Order backend, {self.settings.stage}: the cache key",
            auto_publish=True,
        )

    def _cache_policy(self, *, compressed: bool) -> cloudfront.CachePolicy:
        """Returns a policy by which only what the API declares is cached, for as long as it declares.

        The key contains what a handler or the gateway reads: every query parameter, because the API refuses
        an unknown one; `Origin`, which decides about the CORS headers; and `Authorization`, so that a
        response to a token is never another caller's. `viewer_request.js` makes all of them the same for
        requests that get the same response.
        """
        return cloudfront.CachePolicy(
            self,
            "Compressed" if compressed else "Unchanged",
            comment=f"Order backend, {self.settings.stage}",
            min_ttl=Duration.seconds(0),
            default_ttl=Duration.seconds(0),
            max_ttl=_MAX_AGE,
            header_behavior=cloudfront.CacheHeaderBehavior.allow_list("Authorization", "Origin"),
            query_string_behavior=cloudfront.CacheQueryStringBehavior.all(),
            cookie_behavior=cloudfront.CacheCookieBehavior.none(),
            enable_accept_encoding_gzip=compressed,
            enable_accept_encoding_brotli=compressed,
        )

    def _response_headers(self) -> cloudfront.ResponseHeadersPolicy:
        """Returns the security headers of responses that do not have them: those of the gateway itself.

        The handlers set their own (`ordering.http.response`), which are kept.
        """
        return cloudfront.ResponseHeadersPolicy(
            self,
            "ResponseHeaders",
            comment=f"Order backend, {self.settings.stage}",
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy="default-src 'none'; frame-ancestors 'none'", override=False
                ),
                # It can only be set or left out: CloudFront has no way to keep the origin's.
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=False
                ),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=_HSTS, include_subdomains=True, override=False
                ),
            ),
        )

    def _distribution(self) -> cloudfront.Distribution:
        edge, settings = self._edge, self.settings
        found = behaviours(self._routes)
        policies = {
            compressed: self._cache_policy(compressed=compressed)
            for compressed in sorted({each.compressed for each in found if each.cached})
        }
        web_acl = firewall(self, edge.firewall) if edge.firewall else None
        distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"Order backend, {settings.stage}",
            default_behavior=self._behaviour(None),
            additional_behaviors={
                each.pattern: self._behaviour(
                    policies[each.compressed] if each.cached else None, compress=each.compressed
                )
                for each in found
            },
            error_responses=[
                cloudfront.ErrorResponse(http_status=status, ttl=Duration.seconds(0)) for status in ERRORS
            ],
            domain_names=list(edge.aliases) or None,
            certificate=(
                acm.Certificate.from_certificate_arn(self, "Certificate", edge.certificate_arn)
                if edge.certificate_arn
                else None
            ),
            minimum_protocol_version=(
                cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021 if edge.certificate_arn else None
            ),
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            price_class=_PRICE_CLASSES[edge.price_class.value],
            web_acl_id=web_acl.attr_arn if web_acl else None,
        )
        _accept(distribution, edge)
        if settings.local:
            suppress_nag(distribution, "AwsSolutions-CFR5", "The engine is called on the loopback interface.")
        return distribution

    def _behaviour(
        self, policy: cloudfront.CachePolicy | None, *, compress: bool = False
    ) -> cloudfront.BehaviorOptions:
        """Returns a behaviour that caches by `policy`, or that caches nothing."""
        return cloudfront.BehaviorOptions(
            origin=self._origin,
            # Not redirected: a redirected request has already sent its token unencrypted.
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
            cached_methods=cloudfront.CachedMethods.CACHE_GET_HEAD,
            cache_policy=policy or cloudfront.CachePolicy.CACHING_DISABLED,
            # The API is found by its own host name; everything else is the client's, tokens included.
            origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
            response_headers_policy=self._headers,
            compress=compress,
            function_associations=(
                [
                    cloudfront.FunctionAssociation(
                        function=self.function, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST
                    )
                ]
                if policy
                else None
            ),
        )


_PRICE_CLASSES = {
    "PriceClass_100": cloudfront.PriceClass.PRICE_CLASS_100,
    "PriceClass_200": cloudfront.PriceClass.PRICE_CLASS_200,
    "PriceClass_All": cloudfront.PriceClass.PRICE_CLASS_ALL,
}


def _accept(distribution: cloudfront.Distribution, edge: Edge) -> None:
    suppress_nag(distribution, "AwsSolutions-CFR1", _NO_GEO)
    accept(distribution, Checker.CHECKOV, "CKV_AWS_374", _NO_GEO)
    suppress_nag(distribution, "AwsSolutions-CFR3", _LOG_V2)
    accept(distribution, Checker.CHECKOV, "CKV_AWS_86", _LOG_V2)
    accept(distribution, Checker.CHECKOV, "CKV_AWS_305", _NO_ROOT)
    accept(distribution, Checker.CHECKOV, "CKV_AWS_310", _NO_FAILOVER)
    if not edge.certificate_arn:
        suppress_nag(distribution, "AwsSolutions-CFR4", _OWN_NAME)
        accept(distribution, Checker.CHECKOV, "CKV_AWS_174", _OWN_NAME)
    if not edge.firewall:
        suppress_nag(distribution, "AwsSolutions-CFR2", _NO_FIREWALL)
        accept(distribution, Checker.CHECKOV, "CKV_AWS_68", _NO_FIREWALL)
