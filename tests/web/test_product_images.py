"""The pictures of the sample products."""

import io
from email import message_from_bytes
from pathlib import Path

import pytest
from PIL import Image

from local import sample
from local.product_images import _FOLDER, multipart

FILES = sorted(_FOLDER.iterdir())


def test_every_sample_product_has_a_picture_and_every_picture_a_product() -> None:
    assert {file.stem for file in FILES} == {product.sku for product in sample.CATALOGUE}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_picture_is_a_small_square_webp(file: Path) -> None:
    content = file.read_bytes()
    image = Image.open(io.BytesIO(content))
    assert (image.format, image.width) == ("WEBP", image.height)
    assert len(content) < 32 * 1024


def test_form_contains_its_fields_and_the_file_last() -> None:
    body, content_type = multipart({"key": "uploads/1", "policy": "x=="}, b"\x00\r\n--content")
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    parts = [
        (part.get_param("name", header="content-disposition"), part.get_payload(decode=True))
        for part in message.walk()
        if not part.is_multipart()
    ]
    assert parts == [("key", b"uploads/1"), ("policy", b"x=="), ("file", b"\x00\r\n--content")]
