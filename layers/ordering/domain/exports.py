"""The export of a customer's data: its state, and how long its file and its record are kept."""

from datetime import timedelta
from enum import StrEnum

from ordering.domain.base import NonNegative, Positive, Record
from ordering.domain.clock import StoredTime, later
from ordering.domain.order import StoredCustomerId

EXPORTS = "exports/"
"""The prefix of the keys of all files."""
FILE_DAYS = 2
"""How long a file is kept."""
PAUSE = timedelta(days=1)
"""How long after the end of an export the next one can be requested."""
RECORD_KEPT = timedelta(days=30)
"""How long the record of an export is kept after its end."""


class ExportStatus(StrEnum):
    """The status of an export.

    - `RUNNING`: the file is being written.
    - `SENT`: the mail with the link was sent.
    - `NOT_SENT`: the address in the profile was refused. The file exists nevertheless.
    """

    RUNNING = "RUNNING"
    SENT = "SENT"
    NOT_SENT = "NOT_SENT"


class Position(Record, frozen=True):
    """The last order in the file. The next one to write follows it in the customer's list."""

    created_at: str
    order_id: str


class DataExport(Record, frozen=True):
    """One export of a customer's data, and its progress.

    The file is written as a multipart upload; `etags` are those of its parts. A part has at least five
    megabytes, so what was written after the last part is in a separate file, whose name is `pending`.
    """

    export_id: str
    customer_id: StoredCustomerId
    status: ExportStatus
    requested_at: StoredTime
    version: Positive
    finished_at: StoredTime | None = None
    upload_id: str | None = None
    etags: tuple[str, ...] = ()
    pending: str | None = None
    position: Position | None = None
    orders: NonNegative = 0
    is_listed: bool = False
    """Whether all orders are written."""
    is_written: bool = False
    """Whether the file is complete."""
    restarts: NonNegative = 0
    """How often the upload had to be begun again."""
    claimed_by: str | None = None

    def has_file(self, at: str) -> bool:
        """Return whether the file is complete, and kept at the time `at`."""
        if not self.is_written or self.finished_at is None:
            return False
        return at < later(self.finished_at, timedelta(days=FILE_DAYS))

    @property
    def is_begun(self) -> bool:
        """Whether anything is written, to the file or beside it."""
        return bool(self.etags or self.pending)

    @property
    def folder(self) -> str:
        """The prefix of the keys of this export's files."""
        return f"{folder_of(self.customer_id)}{self.export_id}/"

    @property
    def file(self) -> str:
        """The key of the file."""
        return f"{self.folder}customer-data.json"


def folder_of(customer_id: str) -> str:
    """Returns the prefix of the keys of a customer's files."""
    return f"{EXPORTS}{customer_id}/"
