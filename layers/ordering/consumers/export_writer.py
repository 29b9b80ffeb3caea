"""Writes the file of an export in pieces, so that a function's memory and time are enough for any customer.

Each piece ends with a record of its progress, from which the next one continues, in this or in another
invocation. The file is a multipart upload:

| if it dies                                  | then                                                        |
|---------------------------------------------|-------------------------------------------------------------|
| after the upload is begun                   | another one is begun; the bucket's lifecycle aborts this one |
| after a part, or a pending file, is written | it is written again under the same number or name           |
| after the file is completed                 | it is completed again, which has no effect                  |

If an upload has ended in the meantime, because its message was in the dead-letter queue for days, the file
is written from the beginning.
"""

from collections.abc import Callable

from ordering.aws.export_files import PART_BYTES, ExportFiles, UploadEnded
from ordering.domain.customer_data import ENDING, beginning, order_part, sections, shown
from ordering.domain.exports import DataExport, Position
from ordering.repositories.customer_items import CustomerItems
from ordering.repositories.exports import Exports

# How many orders one query of the index lists.
PAGE = 100
_MAX_RESTARTS = 5


class ExportWriter:
    """Writes the files of exports."""

    def __init__(self, items: CustomerItems, exports: Exports, files: ExportFiles) -> None:
        self._items = items
        self._exports = exports
        self._files = files

    def write(self, export: DataExport, there_is_time: Callable[[], bool]) -> DataExport:
        """Continue the file of a claimed export while there is time. Returns the export.

        Raises Lost, and UploadEnded if the upload had to be begun again too often.
        """
        while not export.is_written and there_is_time():
            try:
                export = self._next_piece(export, there_is_time)
            except UploadEnded:
                if export.restarts >= _MAX_RESTARTS:
                    raise
                export = self._begin_again(export)
        return export

    def _begin_again(self, export: DataExport) -> DataExport:
        return self._exports.record(
            export,
            restarts=export.restarts + 1,
            upload_id=None,
            etags=(),
            pending=None,
            position=None,
            orders=0,
            is_listed=False,
        )

    def _next_piece(self, export: DataExport, there_is_time: Callable[[], bool]) -> DataExport:
        if export.upload_id is None:
            day = export.requested_at.partition("T")[0]
            upload_id = self._files.begin(export.file, name=f"customer-data-{day}.json")
            return self._exports.record(export, upload_id=upload_id)
        if export.is_listed:
            self._files.complete(export.file, export.upload_id, export.etags)
            return self._exports.record(export, is_written=True)
        return self._write_part(export, export.upload_id, there_is_time)

    def _write_part(
        self, export: DataExport, upload_id: str, there_is_time: Callable[[], bool]
    ) -> DataExport:
        """Write the next part. If time runs out before it is long enough, store it as a pending file."""
        content = bytearray(self._files.read(export.folder + export.pending) if export.pending else b"")
        if not export.is_begun:
            content += self._beginning(export)
        position, written, is_listed = self._add_orders(content, export, there_is_time)
        if is_listed:
            content += ENDING
        elif len(content) < PART_BYTES:
            pending = f"pending-{written}"
            self._files.write(export.folder + pending, bytes(content))
            return self._exports.record(export, position=position, orders=written, pending=pending)
        etag = self._files.write_part(export.file, upload_id, len(export.etags) + 1, bytes(content))
        return self._exports.record(
            export,
            is_listed=is_listed,
            position=position,
            orders=written,
            pending=None,
            etags=(*export.etags, etag),
        )

    def _beginning(self, export: DataExport) -> bytes:
        customer_id = export.customer_id
        return beginning(
            customer_id,
            export.requested_at,
            sections(self._items.of_customer(customer_id)),
            sections(self._items.of_webhooks(customer_id)),
            [shown(item) for item in self._items.of_connections(customer_id)],
        )

    def _add_orders(
        self, content: bytearray, export: DataExport, there_is_time: Callable[[], bool]
    ) -> tuple[Position | None, int, bool]:
        """Add orders until the part is long enough, or time runs out.

        Returns the position of the last order, the number of orders so far, and whether all are written.
        """
        position, written = export.position, export.orders
        while True:
            page, more = self._items.orders_after(
                export.customer_id, position, until=export.requested_at, limit=PAGE
            )
            for number, order in enumerate(page, 1):
                items = self._items.of_order(order.order_id)
                content += order_part(items, is_first=written == 0)
                position, written = order, written + 1
                has_room = len(content) < PART_BYTES and there_is_time()
                if not has_room and (number < len(page) or more):
                    return position, written, False
            if not more:
                return position, written, True
            if not page and not there_is_time():
                return position, written, False
