"""The base of every stack: the environment's settings, and the layers its functions stand on."""

from functools import cached_property

from aws_cdk import Aws, Fn, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.layers import Layer, Layers
from stacks.settings import Settings

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64


class OrderStack(Stack):
    """A stack of one environment, named `orders-<stage>-<id>`."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings, description: str) -> None:
        super().__init__(scope, id, description=description, termination_protection=settings.protected)
        self.settings = settings

    @property
    def unique(self) -> str:
        """A text that no other stack has, nor an earlier one of this name: eight hexadecimal digits.

        For names that must begin in a certain way and are still to be free when a stack is created again.
        """
        # arn:aws:cloudformation:<region>:<account>:stack/<name>/<8>-<4>-<4>-<4>-<12>
        return Fn.select(0, Fn.split("-", Fn.select(2, Fn.split("/", Aws.STACK_ID))))


class FunctionStack(OrderStack):
    """A stack that holds functions."""

    def __init__(
        self, scope: Construct, id: str, *, settings: Settings, layers: Layers, description: str
    ) -> None:
        super().__init__(scope, id, settings=settings, description=description)
        self._built = layers

    @cached_property
    def layers(self) -> list[lambda_.ILayerVersion]:
        """The layers, as versions of this stack's own.

        Shared across stacks, a new version would be a changed export, which CloudFormation refuses
        while another stack imports it. The upload behind them is the same one.
        """
        return [
            self._layer("Dependencies", self._built.dependencies),
            self._layer("Ordering", self._built.ordering),
        ]

    @cached_property
    def authoriser_layer(self) -> lambda_.ILayerVersion:
        """What the Lambda authoriser carries beside the others."""
        return self._layer("Authoriser", self._built.authoriser)

    @cached_property
    def viewer_layer(self) -> lambda_.ILayerVersion:
        """The page at /docs."""
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
