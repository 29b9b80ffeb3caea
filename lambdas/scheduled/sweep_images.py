"""Sweep images: delete the files of images that no product has, once a day.

They are what is left of a product that was deleted, of an invocation that died, and of an upload that was
replaced before it was processed. Uploads and refused uploads are deleted by the bucket's lifecycle rules.

A file is kept if it is younger than a day, since the record of its image may still be written; if the record
of the product's images cannot be read; and if its key is none that the app writes.

| if it dies, or has no time left    | then                                                        |
|------------------------------------|-------------------------------------------------------------|
| before a page of files is done     | the next sweep begins with that page                        |
| before it has noted a page as done | the next sweep reads the page again, and finds nothing      |
| before it has noted its end        | the next sweep reads nothing, and the one after it all      |
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering.aws.image_files import ImageFiles, StoredFile, pages
from ordering.aws.logging import logger
from ordering.domain.images import ABANDONED_AFTER_HOURS, ORIGINALS, THUMBNAILS, file_of_key
from ordering.dynamodb.client import Table
from ordering.repositories.keys import product_keys
from ordering.repositories.product_images import ProductImages

table = Table.of_environment()
images = ProductImages(table)
files = ImageFiles.of_environment()

# A page takes a second or two.
_RESERVE_MILLISECONDS = 30_000


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Delete the files. Returns how many files were read and deleted, and whether every file was read."""
    begin = (table.get(product_keys.image_sweep()) or {}).get("after", "")
    read = deleted = 0
    # In the order of the keys, so that one key says how far the sweep has come.
    for prefix in sorted((ORIGINALS, THUMBNAILS)):
        if begin > prefix and not begin.startswith(prefix):
            continue
        for page in pages(files, prefix, begin if begin.startswith(prefix) else ""):
            unwanted = _unwanted(page)
            files.delete(unwanted)
            read, deleted = read + len(page), deleted + len(unwanted)
            _note(page[-1].key)
            if context.get_remaining_time_in_millis() < _RESERVE_MILLISECONDS:
                return _report(read, deleted, complete=False)
    # Also if there was nothing after the noted key: otherwise each sweep would begin there again.
    if read or begin:
        _note("")
    return _report(read, deleted, complete=True)


def _unwanted(page: list[StoredFile]) -> list[str]:
    """Returns the keys of the files that are old enough, and of no image."""
    young = datetime.now(UTC) - timedelta(hours=ABANDONED_AFTER_HOURS)
    old = {each.key: file for each in page if each.modified_at < young and (file := file_of_key(each.key))}
    galleries = images.of_many(list({file.sku for file in old.values()}))
    unwanted = []
    for key, file in old.items():
        gallery = galleries[file.sku]
        if gallery is None:
            continue
        image = gallery.find(file.image_id)
        if image is None or image.digest != file.digest:
            unwanted.append(key)
    return unwanted


def _note(after: str) -> None:
    """Note the last key that was read; the empty one if the next sweep begins with the first file."""
    table.update(
        product_keys.image_sweep(), "SET #after = :after", names={"#after": "after"}, values={":after": after}
    )


def _report(read: int, deleted: int, *, complete: bool) -> dict[str, Any]:
    report = {"read": read, "deleted": deleted, "complete": complete}
    logger.info("images swept", extra=report)
    return report
