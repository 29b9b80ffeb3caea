"""One stage of the app: its stacks, and the values that they pass to each other."""

from typing import cast

from aws_cdk import Aspects, CfnOutput, Environment, Stage, Tags
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from stacks import watching
from stacks.admin import AdminStack
from stacks.api import ApiStack
from stacks.canary import external_tokens
from stacks.dashboards import DashboardsStack
from stacks.data import DataStack
from stacks.edge.stack import EdgeStack
from stacks.encryption.aspect import EncryptStored
from stacks.encryption.grants import Keys
from stacks.encryption.stack import EncryptionStack
from stacks.events import EventsStack
from stacks.gradual_deployment import deploy_gradually
from stacks.identity import IdentityStack
from stacks.layers import Layers
from stacks.local_engine import LeaveOutUnknown
from stacks.media import MediaStack
from stacks.monitoring import MonitoringStack
from stacks.realtime import RealtimeStack
from stacks.reporting import ReportingStack
from stacks.rotation import rotate_cursor_secret
from stacks.saga import SagaStack
from stacks.settings import CustomerKey, Settings
from stacks.settings.protection import require_complete
from stacks.sign_in import external_sign_in
from stacks.stack import cost_tags
from stacks.webhooks import WebhooksStack


class OrdersStage(Stage):
    """The CDK stage `orders-<stage>`, with the stacks `orders-<stage>-data` to `orders-<stage>-dashboards`.

    Raises SystemExit if a setting is missing or invalid.
    """

    def __init__(self, scope: Construct, settings: Settings, *, layers: Layers) -> None:
        require_complete(settings)
        super().__init__(
            scope,
            f"orders-{settings.stage}",
            env=Environment(account=settings.account, region=settings.region),
        )
        self.settings = settings
        keys = None
        if own_key := settings.encryption:
            keys = EncryptionStack(self, "encryption", settings=settings, key=own_key).keys
        issuer, audience = settings.issuer, settings.audience
        canary_tokens = external_tokens(settings.canary) if settings.canary else None
        self.sign_in = external_sign_in(settings)
        """Where people sign in, for front ends; None if the settings name no client for them."""
        if not issuer:
            identity = IdentityStack(self, "identity", settings=settings)
            issuer, audience = identity.issuer, identity.audience
            canary_tokens = identity.canary
            self.sign_in = identity.sign_in

        self.data = DataStack(self, "data", settings=settings, layers=layers, keys=keys)
        self.cursor_secret_rotation = rotate_cursor_secret(self.data)
        self.monitoring = MonitoringStack(self, "monitoring", settings=settings)
        self.events = EventsStack(self, "events", settings=settings, layers=layers, data=self.data)
        self.saga = SagaStack(
            self, "saga", settings=settings, layers=layers, data=self.data, bus=self.events.bus
        )
        self.media = (
            MediaStack(self, "media", settings=settings, layers=layers, data=self.data, media=settings.media)
            if settings.media
            else None
        )
        self.reporting = (
            ReportingStack(
                self,
                "reporting",
                settings=settings,
                layers=layers,
                data=self.data,
                bus=self.events.bus,
                reporting=settings.reporting,
            )
            if settings.reporting
            else None
        )
        self.webhooks = (
            WebhooksStack(
                self,
                "webhooks",
                settings=settings,
                layers=layers,
                data=self.data,
                events_stack=self.events,
                webhooks=settings.webhooks,
            )
            if settings.webhooks
            else None
        )
        self.realtime = (
            RealtimeStack(
                self,
                "realtime",
                settings=settings,
                layers=layers,
                data=self.data,
                events_stack=self.events,
                realtime=settings.realtime,
                issuer=issuer,
                audience=audience,
            )
            if settings.realtime
            else None
        )
        self.api = ApiStack(
            self,
            "api",
            settings=settings,
            layers=layers,
            data=self.data,
            media=self.media,
            webhooks=self.webhooks,
            issuer=issuer,
            audience=audience,
            canary_tokens=canary_tokens,
            sign_in=self.sign_in,
        )
        self.admin = AdminStack(
            self,
            "admin",
            settings=settings,
            layers=layers,
            data=self.data,
            api=self.api,
            stacks=[
                each
                for each in (self.events, self.saga, self.media, self.reporting, self.webhooks, self.realtime)
                if each
            ],
        )
        self.edge = (
            EdgeStack(self, "edge", settings=settings, edge=settings.edge, api=self.api)
            if settings.edge
            else None
        )
        watching.watch(self, self.monitoring.alarms)
        if keys and settings.encryption:
            self._encrypt(keys, settings.encryption)
        if settings.gradual_minutes is not None:
            self._deploy_gradually(settings.gradual_minutes)
        if not settings.local:
            # The local engine records no metrics.
            DashboardsStack(self, "dashboards", stage=self)
        for key, value in cost_tags(settings).items():
            Tags.of(self).add(key, value)
        if settings.local:
            Aspects.of(self).add(LeaveOutUnknown())

    def _encrypt(self, keys: Keys, key: CustomerKey) -> None:
        """Encrypt what the stacks store. Their outputs tell `tools/preflight.py` what has been deployed."""
        for stack in self.node.children:
            # The queue of the keys' own alarm must work without the keys, and a key is in one region.
            if not isinstance(stack, EncryptionStack | EdgeStack):
                Aspects.of(stack).add(EncryptStored(keys))
        if key.new_data:
            CfnOutput(self.data, "EncryptedWithKey", value=str(key.numbers[-1]))
        for functions in filter(
            None,
            (
                self.events,
                self.saga,
                self.media,
                self.reporting,
                self.webhooks,
                self.realtime,
                self.api,
                self.admin,
            ),
        ):
            CfnOutput(functions, "MayUseKeys", value=" ".join(map(str, key.numbers)))

    def _deploy_gradually(self, minutes: int) -> None:
        """Let alarms roll back new versions of the functions of the API and of the saga.

        The API returns an error of a handler as 5xx, so the API's alarm counts it. An error of a step is
        retried, so only the metric of the function's own errors shows it. An alarm on the state machine would
        be a circular dependency: an alias depends on its alarms, and the state machine depends on the alias.
        """
        faults = cast(cloudwatch.Alarm, self.api.node.find_child("ApiFaults"))
        deploy_gradually(self.api, minutes, [faults], watch_errors=False)
        deploy_gradually(self.saga, minutes, [], watch_errors=True)
