"""The command `refused`: uploads of images that were refused, and why."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from console.progress import say
from console.tables import show_table
from ops.documents.images import RefusedDocument, RefusedUpload
from ops.errors import CommandRefused
from ops.json_output import print_document
from ops.stage import Stage
from ordering.domain.clock import as_text
from ordering.domain.images import REFUSED, file_of_key
from ordering.domain.operator_text import age, counted

_BUCKET = "ImagesBucketName"


def show_refused(stage: Stage, *, limit: int, as_json: bool = False) -> None:
    """Show refused uploads by SKU. Raises CommandRefused in a stage without images of products."""
    if _BUCKET not in stage.outputs:
        raise CommandRefused(
            f"products of stage {stage.name} have no images",
            "set `media` in stacks/settings/stages.py to have them",
        )
    found = list(islice(_uploads(stage, stage.outputs[_BUCKET]), limit + 1))
    shown, more = found[:limit], len(found) > limit
    if as_json:
        print_document(RefusedDocument(stage.name, [], shown, more))
        return
    say(f"{counted(len(shown), 'refused upload')}: the bucket deletes each after thirty days")
    if shown:
        say()
        show_table(
            ["product", "image", "refused", "reason", "detail"],
            [[each.sku, each.image_id, f"{age(each.at)} ago", each.reason, each.detail] for each in shown],
        )
    if more:
        say(f"there may be more: --limit {limit * 10}")


def _uploads(stage: Stage, bucket: str) -> Iterator[RefusedUpload]:
    for page in stage.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=REFUSED):
        for listed in page.get("Contents", []):
            file = file_of_key(listed["Key"])
            if file is None:
                continue
            try:
                head = stage.s3.head_object(Bucket=bucket, Key=listed["Key"])
            except stage.s3.exceptions.ClientError as error:
                if error.response["Error"]["Code"] == "404":
                    # It was deleted meanwhile.
                    continue
                raise
            yield RefusedUpload(
                sku=file.sku,
                image_id=file.image_id,
                at=as_text(listed["LastModified"]),
                size=listed["Size"],
                reason=head["Metadata"].get("reason", "unknown"),
                detail=head["Metadata"].get("detail", ""),
            )
