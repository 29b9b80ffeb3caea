"""The health of the API."""

from typing import Annotated

from msgspec import Meta

from ordering.http.shapes.base import View


class HealthView(View, frozen=True):
    """The API is able to handle requests."""

    status: Annotated[
        str, Meta(description="`ok`; if the API is not healthy, the response is 503.", examples=["ok"])
    ]
    stage: Annotated[str, Meta(description="The name of this deployment.", examples=["prod"])]
