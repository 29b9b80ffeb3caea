"""Queues, the rule and the mappings between them: no message is lost without an alarm."""

import json
from typing import Any

from tests.infra.alarms import alarms, composites, notifying, parts
from tests.infra.dashboards import behind
from tests.infra.queues_and_roles import find_queue
from tests.synth import Json, Synthesised


def _redrives(app: Synthesised) -> dict[str, str]:
    """queue → its dead-letter queue."""
    return {
        r.id: r.properties["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for r in app.resources("AWS::SQS::Queue")
        if "RedrivePolicy" in r.properties
    }


def _mapping(app: Synthesised, handler: str) -> Json:
    (mapping,) = (
        r.properties
        for r in app.resources("AWS::Lambda::EventSourceMapping")
        if app.calls_live(r.stack, r.properties["FunctionName"]) == handler
    )
    return mapping


def test_every_queue_is_encrypted_and_requires_tls(app: Synthesised) -> None:
    queues = app.resources("AWS::SQS::Queue")
    assert all(queue.properties["SqsManagedSseEnabled"] for queue in queues)
    guarded = {
        policy.properties["Queues"][0]["Ref"]
        for policy in app.resources("AWS::SQS::QueuePolicy")
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    }
    assert guarded == {queue.id for queue in queues}


def test_every_queue_has_a_dead_letter_queue_or_is_one(app: Synthesised) -> None:
    consumed = {
        r.properties["EventSourceArn"]["Fn::GetAtt"][0]
        for r in app.resources("AWS::Lambda::EventSourceMapping")
        if "Fn::GetAtt" in r.properties["EventSourceArn"]
    }
    redrives = _redrives(app)
    assert consumed == set(redrives), "what is consumed ends in a dead-letter queue"
    for queue in app.resources("AWS::SQS::Queue"):
        if queue.id not in redrives:
            assert queue.properties["MessageRetentionPeriod"] == 14 * 24 * 3600, queue.id


def test_every_queue_keeps_messages_as_long_as_sqs_does(app: Synthesised) -> None:
    """Fourteen days from when a message was first sent, in whichever queue it is ("SetQueueAttributes")."""
    kept = {queue.properties["MessageRetentionPeriod"] for queue in app.resources("AWS::SQS::Queue")}
    assert kept == {14 * 24 * 3600}


def test_a_message_is_received_eight_times_before_it_is_given_up(dev: Synthesised) -> None:
    assert find_queue(dev, "Orders").properties["RedrivePolicy"]["maxReceiveCount"] == 8


def test_drive_order_takes_a_batch_and_reports_each_failure(app: Synthesised) -> None:
    mapping = _mapping(app, "drive_order")
    assert mapping["BatchSize"] == app.settings.orders_in_batch <= 10
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": app.settings.max_concurrent_drivers}
    assert "ReservedConcurrentExecutions" not in app.function("drive_order").properties


def test_the_rule_sends_the_order_id_alone_and_keeps_what_it_cannot_deliver(app: Synthesised) -> None:
    rule = app.one("AWS::Events::Rule", "saga").properties
    assert rule["EventPattern"] == {
        "source": ["orders"],
        "detail-type": ["OrderPlaced", "OrderCancelRequested"],
    }
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": [find_queue(app, "Orders").id, "Arn"]}
    assert target["DeadLetterConfig"]["Arn"] == {
        "Fn::GetAtt": [find_queue(app, "UndeliveredEvents").id, "Arn"]
    }
    transformer = target["InputTransformer"]
    ((name, path),) = transformer["InputPathsMap"].items()
    assert path == "$.detail.orderId"
    assert transformer["InputTemplate"] == f'{{"orderId":<{name}>}}'


def test_publish_changes_loses_no_record_and_blocks_no_shard(app: Synthesised) -> None:
    mapping = _mapping(app, "publish_changes")
    assert mapping["BatchSize"] == 100
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["MaximumRecordAgeInSeconds"] == 12 * 3600
    assert "MaximumRetryAttempts" not in mapping, "the record's age is the bound"
    bucket = json.dumps(mapping["DestinationConfig"]["OnFailure"]["Destination"])
    assert "UndeliveredChanges" in bucket


def _keeps(rule: Any, value: Any) -> bool:
    if not isinstance(rule, dict):
        return bool(value == rule)
    # A member that does not exist ends the comparison before it reaches this rule.
    return value.startswith(rule["prefix"]) if "prefix" in rule else rule == {"exists": True}


def _admits(app: Synthesised, name: str, sort_key: str, new: Json | None = None) -> bool:
    """Whether a change of the item under `sort_key` reaches publish_changes, by EventBridge's rules."""

    def matches(pattern: Any, value: Any) -> bool:
        if isinstance(pattern, dict):
            return all(key in value and matches(rule, value[key]) for key, rule in pattern.items())
        return any(_keeps(rule, value) for rule in pattern)

    changed = {"Keys": {"PK": {"S": "X#1"}, "SK": {"S": sort_key}}, "NewImage": new or {}}
    record = {"eventName": name, "dynamodb": changed}
    filters = _mapping(app, "publish_changes")["FilterCriteria"]["Filters"]
    return any(matches(json.loads(entry["Pattern"]), record) for entry in filters)


def test_stream_filter_admits_only_items_that_events_describe(dev: Synthesised) -> None:
    for name in ("INSERT", "MODIFY"):
        for sort_key in ("ORDER", "RESERVATION", "SHIPMENT", "REFUND", "PRODUCT", "PAYMENT#1"):
            assert _admits(dev, name, sort_key), (name, sort_key)
        for sort_key in ("STOCK", "ADDRESS", "PROFILE", "RECEIPT#k", "ORDER/ORDER#1#OrderPlaced"):
            assert not _admits(dev, name, sort_key), (name, sort_key)


def test_stream_filter_admits_stock_only_of_products_with_a_threshold(dev: Synthesised) -> None:
    """Otherwise each order would invoke publish_changes twice for each product, for nothing."""
    assert _admits(dev, "MODIFY", "STOCK", {"available": {"N": "1"}, "lowStockAt": {"N": "5"}})
    assert not _admits(dev, "MODIFY", "STOCK", {"available": {"N": "1"}})
    assert not _admits(dev, "INSERT", "STOCK", {"lowStockAt": {"N": "5"}})
    assert not _admits(dev, "MODIFY", "PROFILE", {"lowStockAt": {"N": "5"}})


def test_only_the_removal_of_a_product_is_published(dev: Synthesised) -> None:
    assert _admits(dev, "REMOVE", "PRODUCT")
    assert not any(_admits(dev, "REMOVE", sort_key) for sort_key in ("ORDER", "STOCK", "PAYMENT#1"))


def _behind(value: Any, app: Synthesised) -> str:
    """The resource behind an import or a weak reference, in the stack that has it."""
    if "Fn::GetStackOutput" in value:
        return behind(value, app).id
    name = value["Fn::ImportValue"]
    (found,) = (
        output["Value"]
        for template in app.templates.values()
        for output in template.get("Outputs", {}).values()
        if output.get("Export", {}).get("Name") == name
    )
    attribute = found.get("Fn::GetAtt") or [found["Ref"]]
    return str(attribute[0])


def test_every_dead_letter_queue_has_an_alarm_on_its_first_message(app: Synthesised) -> None:
    unread = {queue.id for queue in app.resources("AWS::SQS::Queue")} - set(_redrives(app))
    watched = set()
    for alarm in app.resources("AWS::CloudWatch::Alarm"):
        said = alarm.properties
        if said.get("MetricName") == "ApproximateNumberOfMessagesVisible":
            assert (said["Threshold"], said["ComparisonOperator"]) == (0, "GreaterThanThreshold")
            watched.add(said["Dimensions"][0]["Value"]["Fn::GetAtt"][0])
    assert watched == unread != set()


def test_alarm_on_executions_watches_their_failure_rate(dev: Synthesised) -> None:
    alarm = alarms(dev)["ExecutionsNotSucceeding"]
    metrics = {m["MetricStat"]["Metric"]["MetricName"] for m in alarm["Metrics"] if "MetricStat" in m}
    assert metrics == {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted", "ExecutionsStarted"}


def test_the_outbox_and_the_api_have_alarms(app: Synthesised) -> None:
    watched = {
        (a.properties["Namespace"], a.properties["MetricName"])
        for a in app.resources("AWS::CloudWatch::Alarm")
        if "MetricName" in a.properties
    }
    assert {("AWS/Lambda", "IteratorAge"), ("AWS/Lambda", "Errors"), ("AWS/ApiGateway", "5xx")} <= watched


def test_every_alarm_reaches_the_topic(app: Synthesised) -> None:
    topic = app.one("AWS::SNS::Topic").id
    for name, alarm in notifying(app).items():
        (action,) = alarm["AlarmActions"]
        assert action == {"Ref": topic} or _behind(action, app) == topic, name
        assert alarm["OKActions"] == [action], name


def test_alarm_that_notifies_no_one_is_part_of_another_or_rolls_back_a_deployment(app: Synthesised) -> None:
    silent = [name for name, alarm in alarms(app).items() if "AlarmActions" not in alarm]
    combined = {name for each in composites(app).values() for name in parts(each)}
    rolling_back = {
        alarm["Name"]["Ref"][:-8]
        for group in app.resources("AWS::CodeDeploy::DeploymentGroup")
        for alarm in group.properties["AlarmConfiguration"]["Alarms"]
    }
    assert sorted(silent) == sorted(combined | rolling_back - notifying(app).keys())


def test_topic_accepts_alarms_and_requires_tls(app: Synthesised) -> None:
    assert "KmsMasterKeyId" in app.one("AWS::SNS::Topic").properties
    statements = app.one("AWS::SNS::TopicPolicy").properties["PolicyDocument"]["Statement"]
    assert any(
        s["Effect"] == "Deny" and s["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for s in statements
    )
    for policy in (statements, app.one("AWS::KMS::Key").properties["KeyPolicy"]["Statement"]):
        assert any(s["Principal"] == {"Service": "cloudwatch.amazonaws.com"} for s in policy)
