"""Queues and their dead letters."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from ordering.http.shapes.base import OrderIdText, Time, View

QueueName = Annotated[
    str, Meta(description="The queue's name, as in `orders-ops dlq`.", examples=["notifications"])
]
LetterId = Annotated[
    str, Meta(description="The message's id at SQS.", examples=["0d5c9a50-5a3f-4c7e-9d0e-2f6f3a1b8c44"])
]
About = Annotated[
    str,
    Meta(
        description="What the letter is about: an order, an event, an image.",
        examples=["OrderConfirmed 5f0c"],
    ),
]


class WorkQueueView(View, frozen=True):
    """A queue with a consumer. The figures are SQS's own: approximate, and up to a minute old."""

    waiting: Annotated[int, Meta(ge=0, description="Messages that can be received.", examples=[3])]
    in_flight: Annotated[int, Meta(ge=0, description="Messages that are being handled.", examples=[1])]
    delayed: Annotated[int, Meta(ge=0, description="Messages that wait for their next attempt.")]


class QueueView(View, frozen=True):
    """A dead-letter queue, and the queue that it belongs to.

    `queue` is absent where the letters come from EventBridge, Lambda or a schedule.
    """

    name: QueueName
    holds: Annotated[
        str,
        Meta(description="What its messages are.", examples=["events that notify_customer could not handle"]),
    ]
    dead_letters: Annotated[
        int, Meta(ge=0, description="How many dead letters there are, approximately.", examples=[2])
    ]
    queue: WorkQueueView | None = None
    refusal: (
        Annotated[
            str,
            Meta(
                description="Why its letters are never redriven, and what to do instead.",
                examples=["a missed sweep is not redriven: the next sweep, a minute later, does its work"],
            ),
        ]
        | None
    ) = None


class UnreadableQueueView(View, frozen=True):
    """A queue of the stage that could not be read. The others are listed all the same."""

    name: QueueName
    problem: Annotated[
        str,
        Meta(
            description="Why it could not be read, and what to do.",
            examples=["it cannot be read (AccessDenied): deploy orders-prod-admin again"],
        ),
    ]


class QueueList(View, frozen=True):
    """The dead-letter queues of the stage."""

    queues: Annotated[Sequence[QueueView], Meta(description="Sorted by name.")]
    unreadable: Annotated[
        Sequence[UnreadableQueueView], Meta(description="Queues that could not be read, sorted by name.")
    ] = ()


class DeadLetterView(View, frozen=True):
    """A dead letter, without private data of customers."""

    id: LetterId
    about: About
    cause: Annotated[
        str, Meta(description="Why it was given up.", examples=["notify_customer has recorded no error"])
    ]
    sent_at: Annotated[Time, Meta(description="When its message was sent.")]
    receives: Annotated[
        int, Meta(ge=0, description="How often it was received, this time included.", examples=[1])
    ]
    redrivable: Annotated[bool, Meta(description="Whether it can be redriven.", examples=[True])]
    plan: Annotated[
        str,
        Meta(
            description="What a redrive does with it, or why it stays.",
            examples=["sends it to the notifications queue"],
        ),
    ]
    order_id: OrderIdText | None = None


class DeadLetterList(View, frozen=True):
    """Some of the dead letters of a queue, the oldest first."""

    letters: Annotated[Sequence[DeadLetterView], Meta(description="At most `limit` letters.")]
    more: Annotated[
        bool, Meta(description="Whether the queue holds more. SQS has no order, and no next page.")
    ]


class KeptLetter(View, frozen=True):
    """A dead letter that was not redriven."""

    id: LetterId
    about: About
    reason: Annotated[
        str,
        Meta(
            description="Why it stays, and what would help.",
            examples=["the order does not exist; `discard` it"],
        ),
    ]


class RedriveView(View, frozen=True):
    """What became of the letters that one request has handled."""

    redriven: Annotated[
        int, Meta(ge=0, description="Letters that were sent, or needed no more.", examples=[2])
    ]
    kept: Annotated[Sequence[KeptLetter], Meta(description="The letters that stay.")]
    left: Annotated[
        int,
        Meta(
            ge=0, description="Letters in the queue now, approximately, with those that stay.", examples=[1]
        ),
    ]
