"""The code of the function in `web_request.js`, which maps the application's paths to `index.html`."""

from pathlib import Path
from typing import Final

from stacks.edge.function_code import filled

SOURCE: Final = Path(__file__).with_name("web_request.js")
API: Final = "/api"
"""The path of the API on the application's own origin."""


def code() -> str:
    """Returns the function. Raises ValueError as `filled` does."""
    return filled(SOURCE, {"PREFIX": ('""', API)})
