"""A letter of every dead-letter queue of the stage is sent to its original destination.

The queues are found by the outputs of the stacks, so a new queue is tested without an entry here. Its test
fails until `ordering.dead_letters.queues` knows its letters, and the role may send them.
"""

from __future__ import annotations

import json

from ordering.dead_letters.queues import work_queue_outputs
from tests.support.aws_calls import AwsCalls
from tests.support.deployed_queues import DeployedQueues
from tests.support.letters import letters_of_every_queue
from tests.support.world import World


def test_a_letter_of_every_queue_is_listed_and_redriven(
    shop: World, queues: DeployedQueues, calls: AwsCalls
) -> None:
    calls.always("Invoke", lambda parameters, send: {"StatusCode": 202})
    bodies = letters_of_every_queue(shop, queues)
    listed = shop.api("admin_list_queues", "GET /admin/queues").body["queues"]
    assert {each["name"]: each["deadLetters"] for each in listed} == dict.fromkeys(
        (each["name"] for each in listed), 1
    )
    assert len(listed) == len(bodies)
    for queue in listed:
        path = {"queue": queue["name"]}
        (letter,) = shop.api(
            "admin_list_dead_letters", "GET /admin/queues/{queue}/dead-letters", path=path
        ).body["letters"]
        redriven = shop.api("admin_redrive_queue", "POST /admin/queues/{queue}/redrive", path=path).body
        is_sent = queue["name"] not in ("sweeps", "key-calls")
        assert letter["redrivable"] is is_sent, letter
        assert (redriven["redriven"], redriven["left"]) == ((1, 0) if is_sent else (0, 1)), redriven
    (invoked,) = calls.made("Invoke")
    assert (invoked["InvocationType"], json.loads(invoked["Payload"])) == ("Event", {"day": "2026-11-20"})
    (published,) = calls.made("PutEvents")
    assert published["Entries"][0]["DetailType"] == "OrderPlaced"
    waiting = {output: queues.bodies(output) for output in work_queue_outputs(queues.outputs)}
    assert all(waiting.values()), "a queue got no letter back"
