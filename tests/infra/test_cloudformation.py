"""What the simulation of CloudFormation refuses: each case is a failure that users reported."""

from typing import Any

from tests.infra.cloudformation import Stage, deploy
from tests.infra.releases import last_release
from tests.synth import Json


def _template(resources: Json, outputs: Json | None = None) -> Json:
    return {"Resources": resources, "Outputs": outputs or {}}


def _exported(value: Any) -> Json:
    return {"Value": value, "Export": {"Name": "a:Queue"}}


QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {}}
ALARM = {
    "Type": "AWS::CloudWatch::Alarm",
    "Properties": {"Dimensions": [{"Name": "QueueName", "Value": {"Fn::ImportValue": "a:Queue"}}]},
}


def _deploy(*steps: dict[str, Json]) -> list[str]:
    """Deploy one set of templates after another; returns what is refused of the last."""
    deployed: dict[str, Json] = {}
    refused: list[str] = []
    for templates in steps:
        refused = deploy(deployed, Stage(sorted(templates), templates), prefix="orders-x-")
    return refused


def test_export_cannot_be_removed_while_another_stack_imports_it() -> None:
    """aws/aws-cdk#7602."""
    before = {"a": _template({"Q": QUEUE}, {"Q": _exported({"Ref": "Q"})}), "b": _template({"A": ALARM})}
    after = {"a": _template({}), "b": _template({})}
    assert _deploy(before, after) == ["a drops a:Queue, which b imports"]


def test_imported_export_cannot_change_with_its_resource() -> None:
    def stage(fifo: bool) -> dict[str, Json]:
        queue = {"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": fifo}}
        return {
            "a": _template({"Q": queue}, {"Q": _exported({"Ref": "Q"})}),
            "b": _template({"A": ALARM}),
        }

    assert _deploy(stage(False), stage(True)) == [
        "a/Q (AWS::SQS::Queue) is replaced",
        "a changes a:Queue, which b imports",
    ]


def test_imported_export_must_be_deployed_first() -> None:
    assert _deploy({"b": _template({"A": ALARM})}) == ["b imports a:Queue, which no deployed stack exports"]


def test_an_output_that_is_only_shown_may_go_before_its_reader() -> None:
    read = {"Fn::GetStackOutput": {"StackName": "orders-x-a", "OutputName": "Q"}}
    reader = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmDescription": read}}
    before = {
        "a": _template({"Q": QUEUE}, {"Q": {"Value": {"Ref": "Q"}}}),
        "dashboards": _template({"A": reader}),
    }
    assert _deploy(before, {"a": _template({}), "dashboards": _template({})}) == []
    assert _deploy(before, {"a": _template({}), "dashboards": _template({"A": reader})}) == [
        "dashboards reads the output Q of orders-x-a, which is not there"
    ]


def _output(stack: str, name: str) -> Json:
    return {"Fn::GetStackOutput": {"StackName": f"orders-x-{stack}", "OutputName": name}}


def _route(api: Json, authoriser: Json) -> Json:
    return {
        "Type": "AWS::ApiGatewayV2::Route",
        "Properties": {"ApiId": api, "RouteKey": "GET /queues", "AuthorizerId": authoriser},
    }


def test_an_authoriser_cannot_be_removed_while_a_route_of_another_stack_uses_it() -> None:
    """anomalyco/sst#5586."""
    api = {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "orders"}}

    def stage(authoriser: str) -> dict[str, Json]:
        one = {"Type": "AWS::ApiGatewayV2::Authorizer", "Properties": {"ApiId": {"Ref": "Api"}}}
        return {
            "a": _template(
                {"Api": api, authoriser: one},
                {"Api": {"Value": {"Ref": "Api"}}, f"{authoriser}Id": {"Value": {"Ref": authoriser}}},
            ),
            "b": _template({"R": _route(_output("a", "Api"), _output("a", f"{authoriser}Id"))}),
        }

    assert _deploy(stage("Jwt"), stage("Lambda")) == [
        "a removes Jwt (AWS::ApiGatewayV2::Authorizer), which b uses"
    ]


def test_two_stacks_cannot_have_a_route_of_one_key_at_the_same_time() -> None:
    """ "Routes", CreateRoute, ConflictException (Amazon API Gateway Version 2 API Reference)."""
    api = {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "orders"}}
    outputs = {"Api": {"Value": {"Ref": "Api"}}}
    none: Json = {"Ref": "AWS::NoValue"}
    inside = {"api": _template({"Api": api, "R": _route({"Ref": "Api"}, none)}, outputs)}
    outside = {
        "api": _template({"Api": api}, outputs),
        "more": _template({"R": _route(_output("api", "Api"), none)}),
    }
    empty = {"more": _template({})}
    # In the order of their names: api, more.
    assert _deploy(outside, inside | empty) == ["api creates the route GET /queues, which more has"]
    assert _deploy(outside, empty, inside) == []


def test_a_stack_with_the_same_template_keeps_an_output_that_it_has_read() -> None:
    """ "If the referenced stack or output is later deleted or modified, the consuming stack is not
    automatically updated or notified" ("Fn::GetStackOutput")."""
    read = {"Fn::GetStackOutput": {"StackName": "orders-x-a", "OutputName": "Q"}}

    def stage(queue: str, threshold: int) -> dict[str, Json]:
        properties = {"AlarmDescription": read, "Threshold": threshold}
        alarm = {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}
        both = {"One": QUEUE, "Two": QUEUE}
        return {"a": _template(both, {"Q": {"Value": {"Ref": queue}}}), "b": _template({"A": alarm})}

    assert _deploy(stage("One", 1), stage("One", 1)) == []
    assert _deploy(stage("One", 1), stage("Two", 2)) == []
    assert _deploy(stage("One", 1), stage("Two", 1)) == [
        "b keeps the old value of the output Q of orders-x-a"
    ]


def test_data_is_neither_replaced_nor_dropped() -> None:
    table = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "one"}}
    other = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "two"}}
    assert _deploy({"a": _template({"T": table})}, {"a": _template({"T": other})}) == [
        "a/T (AWS::DynamoDB::Table) is replaced"
    ]
    assert _deploy({"a": _template({"T": table})}, {"a": _template({})}) == [
        "a/T (AWS::DynamoDB::Table) is dropped"
    ]


def test_an_authoriser_does_not_change_its_type() -> None:
    def stage(kind: str) -> dict[str, Json]:
        authoriser = {"Type": "AWS::ApiGatewayV2::Authorizer", "Properties": {"AuthorizerType": kind}}
        return {"a": _template({"A": authoriser})}

    (refused,) = _deploy(stage("JWT"), stage("REQUEST"))
    assert refused.startswith("a/A (AWS::ApiGatewayV2::Authorizer) changes AuthorizerType in place")


def test_a_replacement_cannot_have_the_name_of_what_it_replaces() -> None:
    """ "CloudFormation cannot update a stack when a custom-named resource requires replacing"."""

    def stage(endpoint: str) -> dict[str, Json]:
        properties = {"PoolName": "shop", "Endpoint": endpoint, "Name": "sweep"}
        permission = {"Type": "AWS::Logs::Destination", "Properties": {"DestinationName": "d", **properties}}
        function = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders", "FifoQueue": endpoint}}
        return {"a": _template({"D": permission, "Q": function})}

    assert _deploy(stage("one"), stage("one")) == []
    assert _deploy(stage("one"), stage("two")) == ["a/Q (AWS::SQS::Queue) is replaced"]


def test_mail_of_the_last_release_could_not_be_turned_off() -> None:
    """The failure that led to the simulation: monitoring imported the names of removed queues."""
    last = last_release("prod")
    without = {
        name: _template(
            {id: r for id, r in template["Resources"].items() if "Notif" not in id},
            {id: o for id, o in template["Outputs"].items() if "Notif" not in id},
        )
        for name, template in last.templates.items()
    }
    deployed: dict[str, Json] = {}
    deploy(deployed, Stage(last.order, last.templates), prefix="orders-prod-")
    refused = deploy(deployed, Stage(last.order, without), prefix="orders-prod-")
    assert [each for each in refused if "events drops" in each and "monitoring imports" in each]
