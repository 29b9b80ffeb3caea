"""An event that the bus refuses: the stream continues there, in order. Guarantee 5."""

import pytest
from botocore.exceptions import ClientError

from tests.handlers.events.publishing import changed, changes, publish, refuses, without
from tests.support.aws_calls import AwsCalls, fails
from tests.support.recorded import placed_order_image


@pytest.mark.parametrize(("places", "first"), [((0,), "1"), ((3,), "4"), ((9,), "10"), ((2, 5, 7), "3")])
def test_stream_resumes_at_the_first_refused_event(
    outbox: AwsCalls, places: tuple[int, ...], first: str
) -> None:
    outbox.next("PutEvents", refuses(*places))
    assert publish(*changes(10)) == [first]


def test_event_refused_in_a_later_call_is_found_by_its_record(outbox: AwsCalls) -> None:
    outbox.next("PutEvents", lambda parameters, send: send())
    outbox.next("PutEvents", refuses(4))
    assert publish(*changes(25)) == ["15"]


def test_nothing_is_published_after_a_refusal_so_that_item_order_is_kept(outbox: AwsCalls) -> None:
    outbox.next("PutEvents", refuses(9))
    publish(*changes(25))
    assert len(outbox.made("PutEvents")) == 1


def test_records_without_an_event_do_not_shift_the_resume_position(outbox: AwsCalls) -> None:
    image = placed_order_image()
    outbox.next("PutEvents", refuses(1))
    assert publish((image, image), changed(1), (image, image), changed(2)) == ["4"]


def test_parked_records_do_not_shift_the_resume_position(outbox: AwsCalls) -> None:
    outbox.next("PutEvents", refuses(1))
    assert publish((None, without(placed_order_image(), "version")), changed(1), changed(2)) == ["3"]


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalException"])
def test_call_that_fails_as_a_whole_fails_the_batch(outbox: AwsCalls, code: str) -> None:
    outbox.next("PutEvents", fails(code))
    with pytest.raises(ClientError, match=code):
        publish(*changes(3))


def test_refused_event_is_published_on_redelivery(outbox: AwsCalls) -> None:
    outbox.next("PutEvents", refuses(0))
    assert [publish(changed(1)) for _ in range(2)] == [["1"], []]
