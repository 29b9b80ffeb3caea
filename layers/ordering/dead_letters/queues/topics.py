"""Events that EventBridge could not publish to a topic.

A topic is found by two outputs of the stacks with the same word: `PublicEventsTopicArn`, and
`UndeliveredPublicEventsQueueUrl`, the queue of the events that did not reach it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Self

from ordering.aws.clients import client
from ordering.dead_letters.letters import Action, DeadLetter, DeadLetterHandler, KeepMessage, unreadable
from ordering.dead_letters.sources import DeadLetterSource, QueueMessage, delivery_error
from ordering.dead_letters.stage import DeadLetterStage
from ordering.domain.events.reading import UnreadableEvent, read_event

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient

_TOPIC = "TopicArn"


def topic_client() -> SNSClient:
    """Returns the client of SNS of a function."""
    sns: SNSClient = client("sns")
    return sns


class UndeliveredToTopic(DeadLetterHandler):
    """The queue of the events that did not reach a topic."""

    topic: ClassVar[str]
    """The id of the topic."""

    def __init__(self, source: DeadLetterSource, sns: SNSClient, topic_arn: str) -> None:
        super().__init__(source)
        self._sns = sns
        self._topic_arn = topic_arn

    @classmethod
    def of(cls, stage: DeadLetterStage) -> Self:
        """Returns the queue of a stage that has the topic."""
        return cls(stage.source(cls.output), stage.sns, stage.output(f"{cls.topic}{_TOPIC}"))

    def read(self, message: QueueMessage) -> DeadLetter:
        """Returns an event, and why EventBridge could not deliver it."""
        try:
            event = read_event(message.body)
        except UnreadableEvent:
            return unreadable(message, delivery_error(message), " that are not an event")
        return DeadLetter(message, f"{event.type} {event.id}", delivery_error(message), event.subject)

    def redriving(self, letter: DeadLetter) -> Action:
        """Publish it to the topic, as the rule would have done. Raises KeepMessage if it is not an event."""
        try:
            read_event(letter.message.body)
        except UnreadableEvent as error:
            raise KeepMessage(f"it is not an event that this release knows ({error.code})") from error
        body = letter.message.body
        return Action(f"publishes it to the topic {self.topic}", lambda: self._publish(body))

    def discarding(self, letter: DeadLetter) -> str:
        """Returns what does not happen."""
        return f"subscribers of {self.topic} do not receive {letter.about}"

    def _publish(self, body: str) -> None:
        self._sns.publish(TopicArn=self._topic_arn, Message=body)


def topic_queues(outputs: Mapping[str, str]) -> Iterator[type[UndeliveredToTopic]]:
    """Yields the queue of each topic that a stage has."""
    for output in outputs:
        id = output.removesuffix(_TOPIC)
        undelivered = f"Undelivered{id}QueueUrl"
        if output.endswith(_TOPIC) and undelivered in outputs:
            yield type(
                "UndeliveredToTopic",
                (UndeliveredToTopic,),
                {
                    "topic": id,
                    "output": undelivered,
                    "holds": f"events that EventBridge could not publish to the topic {id}",
                },
            )
