"""The API behind a distribution, below a prefix or at the root: its origin, and which paths are cached."""

from typing import Final
from urllib.parse import urlsplit

from aws_cdk import CfnDynamicReference, CfnDynamicReferenceService, Duration, Fn
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins

from ordering.tokens.edge_header import HEADER
from stacks.edge import viewer_request
from stacks.edge.behaviours import behaviours, is_cached
from stacks.edge.secrets import API_ID, secret_name_output
from stacks.routes import routes_of
from stacks.stack import OrderStack

# After 30 s at most, an HTTP API itself returns an error ("Quotas for HTTP APIs", maximum integration
# timeout). CloudFront waits longer, so that the client gets that error, and not CloudFront's.
_READ_TIMEOUT: Final = Duration.seconds(35)
_CONNECT_TIMEOUT: Final = Duration.seconds(5)
_CONNECT_ATTEMPTS: Final = 2

_MAX_AGE: Final = Duration.days(365)
HSTS: Final = Duration.days(730)


class ApiBehaviours:
    """The behaviours of a stack's distribution that lead to the API.

    It reads outputs of the api stack, which is in the stage's region, by weak references.
    """

    def __init__(
        self,
        stack: OrderStack,
        *,
        api: OrderStack,
        prefix: str = "",
        strip: cloudfront.Function | None = None,
    ) -> None:
        """`prefix` comes before the paths of the API (`/api`), and `strip` is the function that removes it.

        `strip` runs on paths that are not cached; the function of the cached ones removes the prefix itself.
        """
        self._stack = stack
        self._api_stack = api.stack_name
        self._strip = strip
        self._origin = self._origin_of_api()
        self._headers = self._response_headers()
        routes = routes_of(stack.settings)
        self.function = cloudfront.Function(
            stack,
            "ViewerRequest",
            code=cloudfront.FunctionCode.from_inline(
                viewer_request.code(filter(is_cached, routes), stack.settings.web_origins, prefix)
            ),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
            comment=f"Order backend, {stack.settings.stage}: the cache key",
            auto_publish=True,
        )
        """The function of the cached paths."""
        found = behaviours(routes)
        policies = {
            compressed: self._cache_policy(compressed=compressed)
            for compressed in sorted({each.compressed for each in found if each.cached})
        }
        self.uncached = self._behaviour(None)
        """The behaviour of every path that no pattern matches."""
        self.by_pattern = {
            f"{prefix}{each.pattern}": self._behaviour(
                policies[each.compressed] if each.cached else None, compress=each.compressed
            )
            for each in found
        }
        """Path pattern → its behaviour, in the order in which CloudFront compares them."""

    def _of_api(self, output: str) -> str:
        """Returns an output of the api stack, in the stage's region."""
        return Fn.get_stack_output(self._api_stack, output, self._stack.settings.region)

    def _origin_of_api(self) -> origins.HttpOrigin:
        settings = self._stack.settings
        if settings.edge and settings.edge.engine:
            address = urlsplit(settings.edge.engine)
            return origins.HttpOrigin(
                str(address.hostname),
                http_port=address.port,
                protocol_policy=cloudfront.OriginProtocolPolicy.HTTP_ONLY,
                origin_path=f"/_aws/execute-api/{self._of_api(API_ID)}/$default",
                read_timeout=_READ_TIMEOUT,
            )
        # With a custom domain, the API is not available under the name that AWS gives it.
        name = (
            settings.domain.name
            if settings.domain
            else f"{self._of_api(API_ID)}.execute-api.{settings.region}.{self._stack.url_suffix}"
        )
        return origins.HttpOrigin(
            name,
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            read_timeout=_READ_TIMEOUT,
            connection_timeout=_CONNECT_TIMEOUT,
            connection_attempts=_CONNECT_ATTEMPTS,
            custom_headers={HEADER: self._secret(settings.edge.secret_numbers[-1])}
            if settings.edge
            else None,
        )

    def _secret(self, number: int) -> str:
        """Returns a reference to the replica of a secret in this region, which CloudFormation resolves.

        A replica has the name and the random suffix of its secret ("Replicate AWS Secrets Manager secrets
        across Regions"). The template does not contain the value.
        """
        stack = self._stack
        name = self._of_api(secret_name_output(number))
        arn = f"arn:{stack.partition}:secretsmanager:{stack.region}:{stack.account}:secret:{name}"
        return CfnDynamicReference(
            CfnDynamicReferenceService.SECRETS_MANAGER, f"{arn}:SecretString"
        ).to_string()

    def _cache_policy(self, *, compressed: bool) -> cloudfront.CachePolicy:
        """Returns a policy by which only what the API declares is cached, for as long as it declares.

        The key contains what a handler or the gateway reads: every query parameter, because the API refuses
        an unknown one; `Origin`, which decides about the CORS headers; and `Authorization`, so that a
        response to a token is never another caller's. `viewer_request.js` makes all of them the same for
        requests that get the same response.
        """
        return cloudfront.CachePolicy(
            self._stack,
            "Compressed" if compressed else "Unchanged",
            comment=f"Order backend, {self._stack.settings.stage}",
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
            self._stack,
            "ResponseHeaders",
            comment=f"Order backend, {self._stack.settings.stage}",
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy="default-src 'none'; frame-ancestors 'none'", override=False
                ),
                # CloudFront can only set or omit this header. It cannot keep the origin's.
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=False
                ),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=HSTS, include_subdomains=True, override=False
                ),
            ),
        )

    def _behaviour(
        self, policy: cloudfront.CachePolicy | None, *, compress: bool = False
    ) -> cloudfront.BehaviorOptions:
        """Returns a behaviour that caches by `policy`, or that caches nothing."""
        function = self.function if policy else self._strip
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
            function_associations=on_request(function) if function else None,
        )


def on_request(function: cloudfront.Function) -> list[cloudfront.FunctionAssociation]:
    """Returns the association by which a function runs before CloudFront looks in its cache."""
    return [
        cloudfront.FunctionAssociation(
            function=function, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST
        )
    ]
