"""The sample products' pictures: uploaded as a back office does it, by a form and a request to the bucket."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from console.progress import StepFailed
from local.web import call

_FOLDER = Path(__file__).resolve().parent / "images"


def upload_missing(api: str, token: str) -> int:
    """Upload the picture of each product that has none; returns how many.

    ``token`` must carry ``products:write``. Their thumbnails are made in the background.
    Raises StepFailed if the API or the bucket refuses.
    """
    uploaded = 0
    for file in sorted(_FOLDER.glob("*.webp")):
        product = call("GET", f"{api}/products/{file.stem}")
        if product.status == 200 and not product.body.get("images"):
            _upload(api, token, file)
            uploaded += 1
    return uploaded


def _upload(api: str, token: str, file: Path) -> None:
    content = file.read_bytes()
    wanted = {"contentType": "image/webp", "size": len(content)}
    form = call("POST", f"{api}/products/{file.stem}/images", token=token, body=wanted)
    if form.status != 201:
        raise StepFailed(
            f"the API returned {form.status} for the picture of {file.stem}: {form.body}",
            "`make logs` shows the function's log",
        )
    body, content_type = multipart(form.body["fields"], content)
    sent = call("POST", form.body["url"], body=body, headers={"Content-Type": content_type})
    if sent.status != 204:
        raise StepFailed(
            f"the bucket returned {sent.status} for the picture of {file.stem}",
            "`make logs` shows the engine's log",
        )


def multipart(fields: Mapping[str, Any], content: bytes) -> tuple[bytes, str]:
    """Returns a form with a file as its last field, and its media type (RFC 7578)."""
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="picture"\r\n\r\n'
    tail = f"\r\n--{boundary}--\r\n"
    return b"".join(
        [*parts, head.encode(), content, tail.encode()]
    ), f"multipart/form-data; boundary={boundary}"
