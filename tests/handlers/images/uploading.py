"""Uploads images as a client does, and notifies the function as S3 does."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3

from ordering.domain.images import upload_key
from tests.support import least_privilege
from tests.support.environment import IMAGES_BUCKET, REGION
from tests.support.recorded import queue_event, recorded
from tests.support.world import HandlerResponse, World, invoke

SKU = "MUG-RED"
PRODUCT = "GET /products/{sku}"
IMAGES = "/products/{sku}/images"


def notification(key: str) -> str:
    """Returns the notification of S3 that a file was uploaded."""
    body = recorded("s3_object_created_post")
    body["Records"][0]["s3"]["object"]["key"] = key
    return json.dumps(body)


@dataclass
class Studio:
    """A shop with a bucket of images."""

    world: World

    def create_bucket(self) -> None:
        """Create the bucket, and the queue of uploads."""
        boto3.client("s3").create_bucket(
            Bucket=IMAGES_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        boto3.client("sqs").create_queue(QueueName="uploads")

    def ask(self, content_type: str = "image/jpeg", size: int = 1000, sku: str = SKU) -> HandlerResponse:
        """Ask for a form."""
        body = {"contentType": content_type, "size": size}
        return self.world.api("upload_image", f"POST {IMAGES}", body, path={"sku": sku})

    def new_image(self, sku: str = SKU) -> str:
        """Ask for a form. Returns the id of its image."""
        asked = self.ask(sku=sku)
        assert asked.status == 201, asked
        return str(asked.body["image"]["imageId"])

    def send(self, image_id: str, content: bytes, sku: str = SKU) -> str:
        """Write an upload, by the permissions of the role that signed the form. Returns its key."""
        key = upload_key(sku, image_id)  # type: ignore[arg-type]
        with least_privilege.within("upload_image"):
            boto3.client("s3").put_object(Bucket=IMAGES_BUCKET, Key=key, Body=content)
        return key

    def process(self, *keys: str, receives: int = 1) -> dict[str, Any]:
        """Deliver the notifications of these uploads. Returns the failed messages."""
        event = queue_event(*(notification(key) for key in keys), receives=receives)
        failed: dict[str, Any] = invoke("events.make_thumbnails", event)
        return failed

    def upload(self, content: bytes, sku: str = SKU) -> str:
        """Upload an image and process it. Returns its id."""
        image_id = self.new_image(sku)
        assert self.process(self.send(image_id, content, sku)) == {"batchItemFailures": []}
        return image_id

    def images(self, sku: str = SKU) -> list[dict[str, Any]]:
        """Returns the images of the product, as the API shows them."""
        product = self.world.api("get_product", PRODUCT, path={"sku": sku})
        assert product.status == 200, product
        images: list[dict[str, Any]] = product.body.get("images", [])
        return images

    def image(self, image_id: str) -> dict[str, Any]:
        """Returns one image, as the API shows it."""
        (found,) = (each for each in self.images() if each["imageId"] == image_id)
        return found

    def remove(self, image_id: str, sku: str = SKU) -> HandlerResponse:
        """Remove an image."""
        path = {"sku": sku, "imageId": image_id}
        return self.world.api("remove_image", f"DELETE {IMAGES}/{{imageId}}", path=path)

    def order(self, *image_ids: str, sku: str = SKU) -> HandlerResponse:
        """Change the order of the images."""
        body = {"imageIds": list(image_ids)}
        return self.world.api("order_images", f"PUT {IMAGES}", body, path={"sku": sku})

    def delete_product(self, sku: str = SKU) -> None:
        """Delete the product."""
        tag = self.world.api("get_product", PRODUCT, path={"sku": sku}).headers["etag"]
        deleted = self.world.api(
            "delete_product", "DELETE /products/{sku}", path={"sku": sku}, headers={"If-Match": tag}
        )
        assert deleted.status == 204, deleted

    def files(self) -> Mapping[str, bytes]:
        """Returns the files of the bucket by their keys."""
        s3 = boto3.client("s3")
        listed = s3.list_objects_v2(Bucket=IMAGES_BUCKET).get("Contents", [])
        return {
            each["Key"]: s3.get_object(Bucket=IMAGES_BUCKET, Key=each["Key"])["Body"].read()
            for each in listed
        }

    def prefixes(self) -> list[str]:
        """Returns the first part of each file's key, sorted."""
        return sorted(key.partition("/")[0] for key in self.files())
