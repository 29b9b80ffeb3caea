"""Customers' profiles."""

from typing import Annotated

from msgspec import Meta

from ordering.domain.base import Body
from ordering.domain.customer import Email
from ordering.domain.exports import ExportStatus
from ordering.domain.languages import Language, LanguageTag
from ordering.http.shapes.addresses import AddressView, PostalAddress
from ordering.http.shapes.base import Time, Version, View


class PutProfile(Body, frozen=True):
    """The customer's contact details. They replace the existing ones."""

    email: Email
    address: PostalAddress | None = None
    language: LanguageTag | None = None


class ProfileView(View, frozen=True):
    """The customer's own profile."""

    email: Annotated[
        str, Meta(description="The address for mail about orders.", examples=["ada@example.com"])
    ]
    created_at: Time
    updated_at: Time
    version: Version
    address: AddressView | None = None
    language: Language | None = None


class ExportView(View, frozen=True):
    """A copy of the customer's data. A link to it is sent to the e-mail address of the profile."""

    export_id: Annotated[
        str, Meta(description="The export's id.", examples=["3f2c9a7e5b1d4086a1c7e9d2b4f60813"])
    ]
    status: ExportStatus
    requested_at: Time
    finished_at: Annotated[Time, Meta(description="When the mail was sent, or refused.")] | None = None
    url: (
        Annotated[
            str,
            Meta(
                description="Where the file can be downloaded, without a token. Each response has a new one.",
                examples=["https://exports.s3.eu-west-1.amazonaws.com/exports/customer-data.json"],
            ),
        ]
        | None
    ) = None
    url_expires_at: (
        Annotated[Time, Meta(description="Until when a download from `url` can begin.")] | None
    ) = None
