"""The web stack: a CloudFront distribution with the web application, and the API below /api.

A stage without the setting `web` has no such stack. Like the edge stack, it is deployed to us-east-1, and
reads the other stacks' outputs by weak references, so that the setting can be turned off. The stack then
stays deployed, because it is no longer part of the app (docs/deploying.md).
"""

from pathlib import Path

from aws_cdk import Annotations, CfnOutput, Duration
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.bucket import PrivateBucket
from stacks.edge.access_log import deliver_access_log
from stacks.edge.alarms import watch_distribution
from stacks.edge.api_behaviours import ApiBehaviours, on_request
from stacks.edge.distribution import make_distribution
from stacks.settings import US_EAST_1, Settings, WebApplication, WebClient
from stacks.stack import OrderStack
from stacks.web import web_request
from stacks.web.config import WebAddresses
from stacks.web.files import deploy_files
from stacks.web.headers import headers, other_headers, security_headers
from stacks.web.web_request import API

_MAX_AGE = Duration.days(365)
_NO_ACCESS_LOG = "Only CloudFront reads it, and CloudFront's log contains each request."
_NO_LISTING = "The function and the distribution map `/` to index.html, and no query reaches the bucket."
_NO_VERSIONS = "Its files can be built again from the sources, and hashed files are never overwritten."


class WebStack(OrderStack):
    """The web application behind CloudFront."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        web: WebApplication,
        client: WebClient,
        api: OrderStack,
        addresses: WebAddresses,
        built: Path,
    ) -> None:
        """`built` is the folder of the built application (`stacks.web_build`), the same for every stage."""
        super().__init__(
            scope,
            id,
            settings=settings,
            description="Order backend: the web application",
            region=US_EAST_1,
        )
        self.add_stack_dependency(api)
        self._addresses = addresses
        self.bucket = PrivateBucket(
            self,
            "WebFiles",
            no_access_log=_NO_ACCESS_LOG,
            no_versions=_NO_VERSIONS,
            lifecycle_rules=[s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(1))],
        )
        function = cloudfront.Function(
            self,
            "WebRequest",
            code=cloudfront.FunctionCode.from_inline(web_request.code()),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
            comment=f"Order backend, {settings.stage}: the paths of the web application",
            auto_publish=True,
        )
        behind = ApiBehaviours(self, api=api, prefix=API, strip=function)
        distribution = make_distribution(
            self,
            web,
            default=self._files(function),
            # The paths that are cached come first.
            others=behind.by_pattern | {f"{API}/*": behind.uncached},
            root="index.html",
        )
        Annotations.of(distribution).acknowledge_warning(
            "@aws-cdk/aws-cloudfront-origins:listBucketSecurityRisk", _NO_LISTING
        )
        deploy_files(self, self.bucket, distribution, built=built, config=addresses.config(settings, client))
        deliver_access_log(self, distribution, "Web")
        watch_distribution(
            self,
            distribution,
            "Web",
            {
                "WebFunctionFails": (function, "the web application"),
                "WebApiFunctionFails": (behind.function, "the catalogue"),
            },
        )
        target = distribution.distribution_domain_name
        CfnOutput(self, "WebUrl", value=f"https://{(web.aliases or (target,))[0]}")
        CfnOutput(self, "WebTarget", value=target)
        CfnOutput(self, "WebDistributionId", value=distribution.distribution_id)
        CfnOutput(self, "WebBucketName", value=self.bucket.bucket_name)

    def _files(self, function: cloudfront.Function) -> cloudfront.BehaviorOptions:
        sent = headers(self._addresses.policy())
        comment = f"Order backend, {self.settings.stage}: the web application"
        return cloudfront.BehaviorOptions(
            # For a file that does not exist, S3 responds with 404 if the reader may list the bucket, and with
            # 403 otherwise ("GetObject", Amazon S3 API Reference). The function never requests the list,
            # which is at `/`, and no query reaches the bucket.
            origin=origins.S3BucketOrigin.with_origin_access_control(
                self.bucket, origin_access_levels=[cloudfront.AccessLevel.READ, cloudfront.AccessLevel.LIST]
            ),
            # People type the name without https://. No token is sent to these paths.
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
            cache_policy=cloudfront.CachePolicy(
                self,
                "FilesPolicy",
                comment=comment,
                # `Cache-Control` of each file defines how long it is cached. With a higher minimum,
                # CloudFront would cache files with `no-cache` too ("Manage how long content stays in the
                # cache").
                min_ttl=Duration.seconds(0),
                default_ttl=Duration.seconds(0),
                max_ttl=_MAX_AGE,
                enable_accept_encoding_gzip=True,
                enable_accept_encoding_brotli=True,
            ),
            response_headers_policy=cloudfront.ResponseHeadersPolicy(
                self,
                "FilesHeaders",
                comment=comment,
                security_headers_behavior=security_headers(sent),
                custom_headers_behavior=other_headers(sent),
            ),
            compress=True,
            function_associations=on_request(function),
        )
