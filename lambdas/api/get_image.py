"""GET /images/{sku}/{imageId}/{file}: a thumbnail, from the bucket that no one else can read."""

from ordering.aws.image_files import ImageFiles
from ordering.domain.images import THUMBNAILS, file_of_key
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.response import Binary, Response, route

files = ImageFiles.of_environment()

# A file never changes: its name contains a digest of what it was made from.
_FOR_EVER = {"cache-control": "public, max-age=31536000, immutable", "vary": "origin"}
# An upload is a stranger's file; its thumbnail is our own. Pages of other origins may show it.
_EMBEDDABLE = {"cross-origin-resource-policy": "cross-origin"}


@route
def handler(request: Request) -> Response:
    """Returns 200 with the WebP file that a product's `thumbnails` name, or 404.

    It never changes, and may be cached without a limit.
    """
    key = f"{THUMBNAILS}{request.sku()}/{request.path('imageId')}/{request.path('file')}"
    # The path is not trusted: only the key of a thumbnail is read.
    content = files.read(key) if file_of_key(key) else None
    if content is None:
        raise Problem(ProblemType.IMAGE_NOT_FOUND, "There is no such file: read the product again.")
    return Response(200, Binary(content, "image/webp"), {**_FOR_EVER, **_EMBEDDABLE})
