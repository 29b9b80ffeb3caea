"""An image of a product, from the form to its thumbnails, through the deployed queue and function."""

import base64
import io
from typing import Any
from uuid import uuid4

import httpx
from PIL import Image

from local.web import HttpResponse
from tests.e2e.shop import REQUEST_TIMEOUT, Shop
from tests.e2e.waiting import until


def _file(format: str, size: tuple[int, int] = (2000, 1500)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (200, 40, 40)).save(file, format)
    return file.getvalue()


def _ask(shop: Shop, sku: str, content_type: str, size: int) -> Any:
    asked = shop.send(
        "POST",
        f"/products/{sku}/images",
        token=shop.instance.token("staff", "products:write"),
        body={"contentType": content_type, "size": size},
    )
    assert asked.status == 201, asked
    return asked.body


def _send(form: Any, content: bytes, **changed: str) -> int:
    """Send the form as a browser does. Returns the status."""
    with httpx.Client(trust_env=False, timeout=REQUEST_TIMEOUT) as client:
        sent = client.post(form["url"], data=form["fields"] | changed, files={"file": ("mug.jpg", content)})
    return sent.status_code


def _image(shop: Shop, sku: str, image_id: str) -> Any:
    product: HttpResponse = shop.send("GET", f"/products/{sku}")
    return next((each for each in product.body.get("images", ()) if each["imageId"] == image_id), None)


def _upload(shop: Shop, sku: str, content: bytes) -> Any:
    """Upload a file. Returns its image once it has been processed."""
    form = _ask(shop, sku, "image/jpeg", len(content))
    assert _send(form, content) == 204
    image_id = form["image"]["imageId"]
    until("the image to be processed", lambda: _image(shop, sku, image_id)["status"] != "PENDING")
    return _image(shop, sku, image_id)


def test_uploaded_image_is_served_in_three_sizes_and_can_be_removed(shop: Shop) -> None:
    sku = shop.product(units=0)
    image = _upload(shop, sku, _file("JPEG"))
    assert [each["width"] for each in image["thumbnails"]] == [320, 800, 1600]
    url = shop.instance.api + image["thumbnails"][0]["url"]
    with httpx.Client(trust_env=False, timeout=REQUEST_TIMEOUT) as client:
        got, head = client.get(url), client.head(url)
        assert (got.status_code, got.headers["content-type"]) == (200, "image/webp")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == got.headers["content-length"]
        assert Image.open(io.BytesIO(got.content)).size == (320, 240)
        removed = shop.send(
            "DELETE",
            f"/products/{sku}/images/{image['imageId']}",
            token=shop.instance.token("staff", "products:write"),
        )
        assert removed.status == 204
        assert client.get(url).status_code == 404


def test_file_that_is_not_an_image_is_refused_with_its_cause(shop: Shop) -> None:
    image = _upload(shop, shop.product(units=0), b"<html>not a photo</html>")
    assert (image["status"], image["reason"]) == ("REFUSED", "NOT_AN_IMAGE")


def test_form_accepts_neither_another_size_nor_another_key_nor_another_type(shop: Shop) -> None:
    sku, content = shop.product(units=0), _file("PNG", (10, 10))
    form = _ask(shop, sku, "image/png", len(content))
    assert _send(form, content + b"x") == 400
    assert _send(form, content, key=f"uploads/{sku}/{uuid4().hex}") == 403
    assert _send(form, content, **{"Content-Type": "text/html"}) == 403
    assert base64.b64decode(form["fields"]["policy"])
    assert _send(form, content) == 204
