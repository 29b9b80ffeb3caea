"""Base classes of the stacks: the stage's settings, and the Lambda layers of its functions."""

from functools import cached_property

from aws_cdk import ArnFormat, Aws, Environment, Fn, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.handler_code import HandlerCode
from stacks.layers import Layer, Layers
from stacks.settings import Settings

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64

# The reason for accepting findings of rules that require a customer managed key.
AWS_KEY = "It is encrypted with a key of AWS; IAM alone decides who may read it."


def removal_policy(settings: Settings) -> RemovalPolicy:
    """Returns the removal policy of resources that contain data: they are retained in a protected stage.

    A resource whose own creation failed is not retained, because its name would be taken when the stack is
    created again ("DeletionPolicy attribute", RetainExceptOnCreate, AWS CloudFormation).
    """
    return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if settings.protected else RemovalPolicy.DESTROY


def cost_tags(settings: Settings) -> dict[str, str]:
    """Returns the tags of everything in a stage, by which its costs are found ("cost allocation tags")."""
    return {"project": "orders", "stage": settings.stage}


class OrderStack(Stack):
    """A stack of one stage, named `orders-<stage>-<id>`."""

    def __init__(
        self, scope: Construct, id: str, *, settings: Settings, description: str, region: str | None = None
    ) -> None:
        """`region` is that of the stack, if it is not the stage's."""
        super().__init__(
            scope,
            id,
            description=description,
            termination_protection=settings.protected,
            env=Environment(account=settings.account, region=region) if region else None,
        )
        self.settings = settings

    @property
    def unique(self) -> str:
        """Eight hexadecimal digits that are unique to this stack.

        An earlier stack of the same name had other digits. They are for names that need a fixed prefix and
        must not be taken if the stack is deleted and created again.
        """
        # arn:aws:cloudformation:<region>:<account>:stack/<name>/<8>-<4>-<4>-<4>-<12>
        return Fn.select(0, Fn.split("-", Fn.select(2, Fn.split("/", Aws.STACK_ID))))

    def only_for(
        self, service: str, resource: str, name: str, *, separator: ArnFormat
    ) -> iam.ServicePrincipal:
        """Returns a service, as the principal of a role, for resources of this account and region only.

        "The confused deputy problem" (IAM User Guide).
        """
        source = self.format_arn(service=service, resource=resource, resource_name=name, arn_format=separator)
        return iam.ServicePrincipal(
            f"{service}.amazonaws.com",
            conditions={
                "StringEquals": {"aws:SourceAccount": self.account},
                "ArnLike": {"aws:SourceArn": source},
            },
        )

    def scheduler(self) -> iam.ServicePrincipal:
        """Returns EventBridge Scheduler, as the principal of a role, for this account's schedules only.

        It passes the ARN of the schedule's group ("Confused deputy prevention", EventBridge Scheduler).
        """
        return self.only_for(
            "scheduler", "schedule-group", "default", separator=ArnFormat.SLASH_RESOURCE_NAME
        )


class FunctionStack(OrderStack):
    """A stack that contains functions."""

    def __init__(
        self, scope: Construct, id: str, *, settings: Settings, layers: Layers, description: str
    ) -> None:
        super().__init__(scope, id, settings=settings, description=description)
        self._built = layers

    @property
    def handlers(self) -> HandlerCode | None:
        """The compiled code of the functions; None if their sources are deployed as they are."""
        return self._built.handlers

    @cached_property
    def layers(self) -> list[lambda_.ILayerVersion]:
        """The layers that every function uses, as layer versions of this stack.

        If stacks shared a layer version, a new version would change an export, which CloudFormation refuses
        while another stack imports it. All stacks use the same uploaded file.
        """
        return [
            self._layer("Dependencies", self._built.dependencies),
            self._layer("Ordering", self._built.ordering),
        ]

    @cached_property
    def authoriser_layer(self) -> lambda_.ILayerVersion:
        """The additional layer of the Lambda authoriser."""
        return self._layer("Authoriser", self._built.authoriser)

    @cached_property
    def imaging_layer(self) -> lambda_.ILayerVersion:
        """The additional layer of the function that makes thumbnails."""
        return self._layer("Imaging", self._built.imaging)

    @cached_property
    def viewer_layer(self) -> lambda_.ILayerVersion:
        """The layer with the page at /docs."""
        return self._layer("Viewer", self._built.viewer)

    def _layer(self, name: str, layer: Layer) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            f"{name}Layer",
            code=lambda_.Code.from_asset(str(layer.directory), asset_hash=layer.digest),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
            description=f"Order backend, {self.settings.stage}: {name.lower()}",
        )
