"""The api stack: the HTTP API, its authoriser, its routes, and one function for each route."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk.aws_apigatewayv2_authorizers import HttpJwtAuthorizer
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from ordering.domain import canary
from ordering.http.routes import GET_DOCS, GET_OPENAPI, PLACE_ORDER, Route
from stacks.acceptances import Checker
from stacks.access import IMAGE_FILES
from stacks.admin import AdminStack
from stacks.authoriser import edge_authoriser, lambda_authoriser
from stacks.canary import TokenSource, place_canary_orders
from stacks.data import DataStack
from stacks.edge.secrets import API_ID, edge_secrets
from stacks.function import OrderFunction, construct_id, metrics_namespace
from stacks.integration import permit_first
from stacks.layers import Layers
from stacks.media import MediaStack
from stacks.nag import accept, suppress_nag
from stacks.privacy import PrivacyStack
from stacks.routes import ACCESS, ADMIN_ROUTES, routes_of
from stacks.settings import STAGES, Settings
from stacks.sign_in import SignIn
from stacks.stack import AWS_KEY, FunctionStack, removal_policy
from stacks.webhooks import WebhooksStack

# One JSON object for each request, without the caller: the handler's own log line has the customer's id.
# API Gateway escapes nothing, so a value with a quotation mark (the path, error messages) would make the line
# invalid JSON. These are only numbers, ids, route keys and fixed words ("Customize HTTP API logs").
_ACCESS_LOG = {
    "requestId": "$context.requestId",
    "time": "$context.requestTimeEpoch",
    "route": "$context.routeKey",
    "status": "$context.status",
    "latency": "$context.responseLatency",
    "handlerLatency": "$context.integrationLatency",
    "handlerStatus": "$context.integration.integrationStatus",
    "handlerRequestId": "$context.integration.requestId",
    "responseLength": "$context.responseLength",
    "gatewayError": "$context.error.responseType",
}

THROTTLED_REQUESTS = "ThrottledRequests"
"""The metric of requests that API Gateway has refused with 429, made from the access log."""

# Every route that has its own throttle in at least one stage.
THROTTLED_ROUTES = frozenset(key for settings in STAGES.values() for key in settings.route_throttles)


class ApiStack(FunctionStack):
    """The HTTP API."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        layers: Layers,
        data: DataStack,
        admin: AdminStack,
        privacy: PrivacyStack,
        media: MediaStack | None,
        webhooks: WebhooksStack | None,
        issuer: str,
        audience: Sequence[str],
        canary_tokens: TokenSource | None,
        sign_in: SignIn | None,
    ) -> None:
        super().__init__(
            scope, id, settings=settings, layers=layers, description="Order backend: the HTTP API"
        )
        self._admin = admin
        self._privacy = privacy
        self._media = media
        self._webhooks = webhooks
        for stack in filter(None, (privacy, media, webhooks)):
            # It reads outputs of that stack.
            self.add_stack_dependency(stack)
        self._routes = routes_of(settings)
        self._sign_in = sign_in
        self.api = apigateway.HttpApi(
            self,
            "Api",
            api_name=f"orders-{settings.stage}",
            create_default_stage=False,
            # With a custom domain, the API is not available under the name that AWS gives it.
            disable_execute_api_endpoint=settings.domain is not None,
            cors_preflight=self._cors(),
        )
        # The engine's distribution sends no secret.
        secrets = edge_secrets(self, settings.edge) if settings.edge and not settings.local else []
        if not (settings.edge and settings.edge.closes_api):
            secrets = []
        self._edge_authoriser = edge_authoriser(self, data, secrets) if secrets else None
        self._authoriser: apigateway.IHttpRouteAuthorizer = (
            lambda_authoriser(self, data, issuer, audience, secrets)
            if settings.lambda_authoriser
            # The two have different names, because the type of an existing authoriser cannot be changed.
            else HttpJwtAuthorizer("JwtAuthoriser", issuer, jwt_audience=list(audience))
        )
        self._stage({key: made for route in self._routes for key, made in self._add(route, data)})

        own_name = self.settings.domain and f"https://{self.settings.domain.name}"
        url = own_name or self.api.api_endpoint
        edge_url = f"https://{settings.edge.aliases[0]}" if settings.edge and settings.edge.aliases else None
        self.canary = canary_tokens and place_canary_orders(
            self, data=data, api_url=edge_url or url, tokens=canary_tokens
        )
        """The function that places canary orders; None if the settings turn them off."""
        CfnOutput(self, "ApiUrl", value=url)
        if settings.edge or settings.web:
            CfnOutput(self, API_ID, value=self.api.api_id)
        CfnOutput(self, "Issuer", value=issuer)
        if not settings.issuer:
            reason = "The api stack outputs all that its callers need, whichever issuer is used."
            accept(self, Checker.CFN_LINT, "W6001", reason)
        CfnOutput(self, "Audience", value=",".join(audience))

    def _add(self, route: Route, data: DataStack) -> Iterator[tuple[str, apigateway.HttpRoute]]:
        """Add the routes of a row of the route table. Yields each with its key."""
        if route.handler in ADMIN_ROUTES:
            handler = self._admin.functions[route.handler]
        else:
            handler = self._function(route, data)
        yield from zip(route.keys, self._add_route(route, handler), strict=True)

    def _function(self, route: Route, data: DataStack) -> OrderFunction:
        handler = OrderFunction(
            self,
            f"api/{route.handler}",
            data=data,
            access=ACCESS[route.handler],
            # Well below API Gateway's limit of 30 s, so that the function times out before the gateway does.
            timeout=Duration.seconds(10),
            more_layers=[self.viewer_layer] if route is GET_DOCS else [],
            environment=self._environment(route),
            statements=self._statements(route),
        )
        if self._media and route.handler in IMAGE_FILES:
            self._media.accept_wildcards(handler, route.handler)
        self._privacy.accept_wildcards(handler, route.handler)
        return handler

    def _add_route(self, route: Route, handler: OrderFunction) -> list[apigateway.HttpRoute]:
        # The Lambda authoriser checks the scope itself. API Gateway checks scopes only with JWT authorisers.
        scopes = None
        if route.scope and not self.settings.lambda_authoriser:
            scopes = [f"{self.settings.scope_prefix}{route.scope}"]
        # All paths share one integration, which is made with the first of them.
        integration = HttpLambdaIntegration(construct_id(route.handler), handler.live)
        added = [
            apigateway.HttpRoute(
                self.api,
                f"{method}{path}",
                http_api=self.api,
                route_key=apigateway.HttpRouteKey.with_(path, apigateway.HttpMethod(method)),
                integration=integration,
                authorizer=self._authoriser if route.scope else self._edge_authoriser,
                authorization_scopes=scopes,
            )
            for path in route.paths
            for method in route.methods
        ]
        if route.scope and scopes is None:
            # Explicitly empty, so that API Gateway removes the scopes of an earlier JWT authoriser: they are
            # "only valid for COGNITO_USER_POOLS and JWT authorization types" (aws/aws-cdk#27576).
            for each in added:
                cast(apigateway.CfnRoute, each.node.default_child).authorization_scopes = []
        if not route.scope:
            for each in added:
                suppress_nag(each, "AwsSolutions-APIG4", f"{route.key} returns no data of customers.")
        permit_first(added, construct_id(route.handler))
        return added

    def _environment(self, route: Route) -> dict[str, str]:
        """Returns the additional variables of a route's function."""
        if self._media and (variables := self._media.variables(route.handler, self)):
            return variables
        if variables := self._privacy.variables(route.handler):
            return variables
        if route is PLACE_ORDER:
            # Set in every stage: no client but the canary's gets this scope.
            return {"CANARY_SCOPE": f"{self.settings.scope_prefix}{canary.SCOPE}"}
        if route is GET_OPENAPI and self._sign_in:
            return {"SIGN_IN": self.to_json_string(self._sign_in.configuration())}
        if route is GET_DOCS and self._sign_in:
            return {"SIGN_IN_ORIGIN": self._sign_in.token_origin}
        return self._webhooks.variables(route.handler) if self._webhooks else {}

    def _statements(self, route: Route) -> list[iam.PolicyStatement]:
        """Returns the permissions of a route's function beside its access to the data stack."""
        return [
            *(self._media.access(route.handler, self) if self._media else ()),
            *(self._webhooks.access(route.handler) if self._webhooks else ()),
            *self._privacy.access(route.handler),
        ]

    def _stage(self, routes: Mapping[str, apigateway.HttpRoute]) -> None:
        stage = apigateway.HttpStage(
            self,
            "DefaultStage",
            http_api=self.api,
            stage_name="$default",
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(
                rate_limit=self.settings.throttle.requests_per_second,
                burst_limit=self.settings.throttle.burst,
            ),
            domain_mapping=self._domain_mapping(),
        )
        for each in stage.node.children:
            if isinstance(each, apigateway.ApiMapping):
                reason = "aws-cdk-lib names the domain, to which it refers already."
                accept(each, Checker.CFN_LINT, "W3005", reason)
        log_group = logs.LogGroup(
            self,
            "AccessLogs",
            log_group_name=f"/aws/vendedlogs/apigateway/orders-{self.settings.stage}-{self.unique}",
            retention=self.settings.log_retention,
            removal_policy=removal_policy(self.settings),
        )
        accept(log_group, Checker.CHECKOV, "CKV_AWS_158", AWS_KEY)
        destination = apigateway.LogGroupLogDestination(log_group).bind(stage)
        resource = cast(apigateway.CfnStage, stage.node.default_child)
        resource.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=destination.destination_arn, format=json.dumps(_ACCESS_LOG)
        )
        self._throttle_routes(resource, routes)
        logs.MetricFilter(
            self,
            "ThrottledRequests",
            log_group=log_group,
            # HTTP APIs have no metric of 429. The access log writes the status as text.
            filter_pattern=logs.FilterPattern.string_value("$.status", "=", "429"),
            metric_namespace=metrics_namespace(self.settings),
            metric_name=THROTTLED_REQUESTS,
            metric_value="1",
        )

    def throttled_requests(self, period: Duration) -> cloudwatch.Metric:
        """Returns the number of requests that API Gateway has refused with 429."""
        return cloudwatch.Metric(
            namespace=metrics_namespace(self.settings),
            metric_name=THROTTLED_REQUESTS,
            period=period,
            statistic="Sum",
        )

    def _throttle_routes(
        self, stage: apigateway.CfnStage, routes: Mapping[str, apigateway.HttpRoute]
    ) -> None:
        """Set a throttle for each route that has its own throttle in any stage.

        API Gateway keeps a route's settings when they are removed from the template
        (serverless/serverless#8590). So in a stage without a throttle for such a route, the default throttle
        is set explicitly.
        """
        throttles = dict.fromkeys(THROTTLED_ROUTES, self.settings.throttle)
        throttles |= self.settings.route_throttles
        settings = {
            key: {
                "ThrottlingRateLimit": throttle.requests_per_second,
                "ThrottlingBurstLimit": throttle.burst,
            }
            for route in self._routes
            if (throttle := throttles.get(route.key))
            # HEAD does the same work as GET.
            for key in route.keys
        }
        stage.route_settings = settings
        for key in settings:
            # Otherwise the stage may be created first, which fails: "Unable to find Route by key within the
            # provided RouteSettings".
            stage.add_resource_dependency(cast(apigateway.CfnRoute, routes[key].node.default_child))

    def _domain_mapping(self) -> apigateway.DomainMappingOptions | None:
        """Map the custom domain to the API. In DNS, the name must point at the output DomainTarget."""
        if self.settings.domain is None:
            return None
        domain = apigateway.DomainName(
            self,
            "Domain",
            domain_name=self.settings.domain.name,
            certificate=acm.Certificate.from_certificate_arn(
                self, "Certificate", self.settings.domain.certificate_arn
            ),
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
        )
        CfnOutput(self, "DomainTarget", value=domain.regional_domain_name)
        return apigateway.DomainMappingOptions(domain_name=domain)

    def _cors(self) -> apigateway.CorsPreflightOptions | None:
        """Returns the CORS rules, if the settings name origins of front ends."""
        if not self.settings.web_origins:
            return None
        return apigateway.CorsPreflightOptions(
            allow_origins=list(self.settings.web_origins),
            allow_methods=[
                apigateway.CorsHttpMethod(name)
                for name in sorted({name for r in routes_of(self.settings) for name in r.methods})
            ],
            allow_headers=[
                "authorization",
                "content-type",
                "idempotency-key",
                "if-match",
                "if-none-match",
                "traceparent",
            ],
            expose_headers=["apigw-requestid", "etag", "idempotency-replayed", "location", "retry-after"],
            max_age=Duration.hours(1),
        )
