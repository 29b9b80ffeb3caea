"""One stage of the app: its stacks, and the values that they pass to each other."""

from pathlib import Path
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
from stacks.privacy import PrivacyStack
from stacks.realtime import RealtimeStack
from stacks.reporting import ReportingStack
from stacks.rotation import rotate_cursor_secret
from stacks.saga import SagaStack
from stacks.settings import CustomerKey, Settings
from stacks.settings.protection import require_complete
from stacks.sign_in import external_sign_in
from stacks.stack import cost_tags
from stacks.web.config import web_addresses
from stacks.web.stack import WebStack
from stacks.webhooks import WebhooksStack


class OrdersStage(Stage):
    """The CDK stage `orders-<stage>`, with the stacks `orders-<stage>-data` to `orders-<stage>-dashboards`.

    `built_web` is the folder of the built web application, for a stage with the setting `web`.

    Raises SystemExit if a setting is missing or invalid.
    """

    def __init__(
        self, scope: Construct, settings: Settings, *, layers: Layers, built_web: Path | None = None
    ) -> None:
        require_complete(settings)
        super().__init__(
            scope,
            f"orders-{settings.stage}",
            env=Environment(account=settings.account, region=settings.region),
        )
        self.settings = settings
        encryption = (
            EncryptionStack(self, "encryption", settings=settings, key=settings.encryption)
            if settings.encryption
            else None
        )
        keys = encryption.keys if encryption else None
        issuer, audience = settings.issuer, settings.audience
        canary_tokens = external_tokens(settings.canary) if settings.canary else None
        self.sign_in = external_sign_in(settings)
        """Where people sign in, for front ends; None if the settings name no client for them."""
        identity = None
        if not issuer:
            identity = IdentityStack(self, "identity", settings=settings)
            issuer, audience = identity.issuer, identity.audience
            canary_tokens = identity.canary
            self.sign_in = identity.sign_in

        self.data = DataStack(self, "data", settings=settings, layers=layers, keys=keys)
        self.cursor_secret_rotation = rotate_cursor_secret(self.data)
        self.monitoring = MonitoringStack(self, "monitoring", settings=settings)
        self.events = EventsStack(self, "events", settings=settings, layers=layers, data=self.data)
        self.privacy = PrivacyStack(self, "privacy", settings=settings, layers=layers, data=self.data)
        self.saga = SagaStack(
            self,
            "saga",
            settings=settings,
            layers=layers,
            data=self.data,
            bus=self.events.bus,
            customer_jobs=self.privacy.jobs,
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
        self.admin = AdminStack(
            self,
            "admin",
            settings=settings,
            layers=layers,
            data=self.data,
            stacks=[
                each
                for each in (
                    *(encryption, self.events, self.privacy, self.saga),
                    *(self.media, self.reporting, self.webhooks, self.realtime),
                )
                if each
            ],
        )
        self.api = ApiStack(
            self,
            "api",
            settings=settings,
            layers=layers,
            data=self.data,
            admin=self.admin,
            privacy=self.privacy,
            media=self.media,
            webhooks=self.webhooks,
            issuer=issuer,
            audience=audience,
            canary_tokens=canary_tokens,
            sign_in=self.sign_in,
        )
        self.edge = (
            EdgeStack(self, "edge", settings=settings, edge=settings.edge, api=self.api)
            if settings.edge
            else None
        )
        self.web = self._serve_web(built_web, identity) if settings.web else None
        watching.watch(self, self.monitoring.alarms)
        if keys and settings.encryption:
            self._encrypt(keys, settings.encryption)
        if settings.gradual_minutes is not None:
            self._deploy_gradually(settings.gradual_minutes)
        DashboardsStack(self, "dashboards", stage=self)
        for key, value in cost_tags(settings).items():
            Tags.of(self).add(key, value)
        if settings.local:
            Aspects.of(self).add(LeaveOutUnknown())

    def _serve_web(self, built: Path | None, identity: IdentityStack | None) -> WebStack:
        """Returns the web stack. Raises ValueError if a setting or the build is missing."""
        settings = self.settings
        if settings.web is None or settings.web_client is None or built is None:
            raise ValueError("the web application needs its settings and its built files")
        web = WebStack(
            self,
            "web",
            settings=settings,
            web=settings.web,
            client=settings.web_client,
            api=self.api,
            addresses=web_addresses(
                settings, settings.web_client, api=self.api, identity=identity, realtime=self.realtime
            ),
            built=built,
        )
        for read in filter(None, (identity, self.realtime)):
            web.add_stack_dependency(read)
        return web

    def _encrypt(self, keys: Keys, key: CustomerKey) -> None:
        """Encrypt what the stacks store. Their outputs tell `tools/preflight` what has been deployed."""
        for stack in self.node.children:
            # The queue of the keys' own alarm must work without the keys, and a key is in one region.
            if not isinstance(stack, EncryptionStack | EdgeStack | WebStack):
                Aspects.of(stack).add(EncryptStored(keys))
        if key.new_data:
            CfnOutput(self.data, "EncryptedWithKey", value=str(key.numbers[-1]))
        for functions in filter(
            None,
            (
                *(self.events, self.privacy, self.saga, self.media, self.reporting),
                *(self.webhooks, self.realtime, self.api, self.admin),
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
