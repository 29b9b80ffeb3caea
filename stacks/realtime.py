"""The realtime stack: the WebSocket API, on which clients are told that an order has changed.

A stage without the setting `realtime` has no such stack. If the setting is turned off, the stack stays
deployed, because it is no longer part of the app: `docs/realtime.md` describes how to delete it.
"""

from collections.abc import Sequence

from aws_cdk import Aws, CfnOutput, Duration, Fn
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk.aws_apigatewayv2_integrations import WebSocketLambdaIntegration
from constructs import Construct

from ordering.domain.announcements import EVENT_TYPES
from stacks.acceptances import Checker
from stacks.access import ANNOUNCE_ORDERS, SUBSCRIBE
from stacks.authoriser import issuer_access, issuer_variables
from stacks.data import DataStack
from stacks.event_consumer import EventConsumer
from stacks.events import EventsStack
from stacks.function import OrderFunction
from stacks.grants import allow
from stacks.integration import permit_first
from stacks.layers import Layers
from stacks.nag import accept, suppress_nag
from stacks.settings import Realtime, Settings
from stacks.stack import FunctionStack
from stacks.wildcards import CONNECTIONS, WEBSOCKET_STAGE

# A client waits for it. The gateway's maximum is 29 s ("Quotas for configuring and running a WebSocket
# in API Gateway").
_SUBSCRIBE_TIMEOUT = Duration.seconds(10)
_ANNOUNCE_TIMEOUT = Duration.seconds(30)

_NO_ACCESS_LOG = (
    "Access logs of a WebSocket API need a role for the whole account (`AWS::ApiGateway::Account`), which "
    "would be replaced for all other APIs. The function logs each subscription."
)
_FIRST_MESSAGE = (
    "The token is in the first message, because addresses are logged; until then a client is told nothing."
)


class RealtimeStack(FunctionStack):
    """The WebSocket API."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        layers: Layers,
        data: DataStack,
        events_stack: EventsStack,
        realtime: Realtime,
        issuer: str,
        audience: Sequence[str],
    ) -> None:
        super().__init__(
            scope, id, settings=settings, layers=layers, description="Order backend: the WebSocket API"
        )
        # It reads an output of that stack.
        self.add_stack_dependency(events_stack)
        self.api = apigateway.WebSocketApi(
            self,
            "WebSocketApi",
            api_name=f"orders-{settings.stage}-realtime",
            description=f"Tells clients that an order has changed, {settings.stage}",
        )
        self.subscribe = OrderFunction(
            self,
            "realtime/subscribe",
            data=data,
            access=SUBSCRIBE,
            timeout=_SUBSCRIBE_TIMEOUT,
            statements=[*issuer_access(settings), self._may("DELETE")],
            environment={**issuer_variables(self, issuer, audience), **self._address(realtime)},
            more_layers=[self.authoriser_layer],
        )
        self._accept_wildcards(self.subscribe, "DELETE")
        # Whatever a client sends is answered, also what is no subscription.
        route = self.api.add_route(
            "$default",
            integration=WebSocketLambdaIntegration("Subscribe", self.subscribe.live),
            return_response=True,
        )
        permit_first([route], "Subscribe")
        stage = apigateway.WebSocketStage(
            self,
            "Stage",
            web_socket_api=self.api,
            stage_name=WEBSOCKET_STAGE,
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(
                rate_limit=realtime.throttle.requests_per_second, burst_limit=realtime.throttle.burst
            ),
        )
        for rule in ("AwsSolutions-APIG1", "Serverless-APIGWAccessLogging"):
            suppress_nag(stage, rule, _NO_ACCESS_LOG)
        accept(stage, Checker.CHECKOV, "CKV_AWS_95", _NO_ACCESS_LOG)
        suppress_nag(route, "AwsSolutions-APIG4", _FIRST_MESSAGE)
        # Read from an output: an export of the bus would come and go with this stack.
        bus_name = Fn.get_stack_output(events_stack.stack_name, "EventBusName")
        announcements = EventConsumer(
            self,
            "Announcements",
            "announce_orders",
            bus=events.EventBus.from_event_bus_name(self, "Bus", bus_name),
            data=data,
            access=ANNOUNCE_ORDERS,
            types=EVENT_TYPES,
            timeout=_ANNOUNCE_TIMEOUT,
            max_concurrency=realtime.max_concurrency,
            statements=[self._may("POST", "DELETE")],
            environment=self._address(realtime),
        )
        self._accept_wildcards(announcements.function, "DELETE", "POST")
        CfnOutput(self, "WebSocketUrl", value=stage.url)

    def _may(self, *methods: str) -> iam.PolicyStatement:
        """Returns what allows requests with these methods to `@connections` of the API's stage."""
        return allow(
            ["execute-api:ManageConnections"],
            *(
                self.format_arn(
                    service="execute-api",
                    resource=self.api.api_id,
                    resource_name=CONNECTIONS[method].ends.removeprefix("/"),
                )
                for method in methods
            ),
        )

    def _accept_wildcards(self, function: OrderFunction, *methods: str) -> None:
        """Accept the wildcards of `_may` in the policy of a function, as cdk-nag writes them."""

        def written(value: str) -> str:
            resolved = self.resolve(value)
            return f"<{resolved['Ref']}>" if isinstance(resolved, dict) else str(resolved)

        parts = (self.partition, "execute-api", self.region, self.account, self.api.api_id)
        api = f"arn:{':'.join(map(written, parts))}"
        for wildcard in (CONNECTIONS[method] for method in methods):
            suppress_nag(
                function.policy, f"AwsSolutions-IAM5[Resource::{api}{wildcard.ends}]", wildcard.reason
            )

    def _address(self, realtime: Realtime) -> dict[str, str]:
        """Returns the variable by which botocore finds `@connections`."""
        if self.settings.local:
            address = f"{realtime.engine}/_aws/execute-api/{self.api.api_id}/{WEBSOCKET_STAGE}"
        else:
            host = f"{self.api.api_id}.execute-api.{self.region}.{Aws.URL_SUFFIX}"
            address = f"https://{host}/{WEBSOCKET_STAGE}"
        return {"AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": address}
