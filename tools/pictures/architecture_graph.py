"""The graph of a stage, read from its templates: its parts, and which part calls which.

Every edge follows from a template: an event source, a target, a permission of a role. So the graph cannot
show a connection that is not deployed, and it shows a new queue, rule or function without an edit here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Template = Mapping[str, Any]


class Node(NamedTuple):
    """A box of the picture: its `stack`, its `kind`, which decides its colour, and two lines of text."""

    id: str
    stack: str
    kind: str
    name: str
    detail: str


class Edge(NamedTuple):
    """An arrow; `failure` is true for what is sent to a dead-letter queue or another failure destination."""

    source: str
    target: str
    label: str
    failure: bool


class Graph(NamedTuple):
    """The picture's nodes and edges, in a fixed order."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


class _Ref(NamedTuple):
    stack: str
    id: str


# Resource type → the node's kind and its second line.
_SHOWN = {
    "AWS::ApiGatewayV2::Api": ("api", "HTTP API"),
    "AWS::Cognito::UserPool": ("identity", "Cognito user pool"),
    "AWS::DynamoDB::Table": ("table", "DynamoDB table"),
    "AWS::Events::Archive": ("event", "archive of events"),
    "AWS::Events::EventBus": ("event", "EventBridge bus"),
    "AWS::Events::Rule": ("event", "rule"),
    "AWS::S3::Bucket": ("table", "S3 bucket"),
    "AWS::SNS::Topic": ("alarm", "SNS topic"),
    "AWS::SQS::Queue": ("queue", "SQS queue"),
    "AWS::Scheduler::Schedule": ("event", "schedule"),
    "AWS::SecretsManager::Secret": ("identity", "secret"),
    "AWS::StepFunctions::StateMachine": ("machine", "Express state machine"),
}
# A permission → the label of its arrow. Permissions to read are not drawn, except for queries.
_ACTIONS = {
    "events:PutEvents": "",
    "sqs:SendMessage": "",
    "states:StartSyncExecution": "starts",
    "dynamodb:PutItem": "",
    "dynamodb:UpdateItem": "",
    "dynamodb:Query": "",
    "s3:PutObject": "",
}
_FUNCTION = "AWS::Lambda::Function"
_ALIASES = (
    "AWS::Lambda::Alias",
    "AWS::StepFunctions::StateMachineAlias",
    "AWS::StepFunctions::StateMachineVersion",
)


def graph(templates: Mapping[str, Template]) -> Graph:
    """Returns the graph of a stage; `templates` are those of its stacks, by the name of the stack."""
    return _Reader(templates).graph()


class _Reader:
    def __init__(self, templates: Mapping[str, Template]) -> None:
        self._templates = templates
        self._exports = {
            output["Export"]["Name"]: self._target(output["Value"], stack)
            for stack, template in templates.items()
            for output in template.get("Outputs", {}).values()
            if "Export" in output
        }
        self._groups: dict[_Ref, str] = {}
        self._nodes: dict[str, Node] = {}
        self._edges: dict[tuple[str, str], Edge] = {}
        self._dead_letters: set[str] = set()

    def graph(self) -> Graph:
        """Returns the nodes that have an edge, and the edges."""
        self._add_groups()
        for ref, resource in self._resources():
            self._add_node(ref, resource)
        for ref, resource in self._resources():
            self._add_edges(ref, resource)
        self._add_alarms()
        self._fold_dead_letters()
        touched = {id for edge in self._edges.values() for id in (edge.source, edge.target)}
        return Graph(
            tuple(node for id, node in sorted(self._nodes.items()) if id in touched),
            tuple(edge for _, edge in sorted(self._edges.items())),
        )

    def _resources(self, *types: str) -> Iterator[tuple[_Ref, Mapping[str, Any]]]:
        for stack, template in sorted(self._templates.items()):
            for id, resource in sorted(template["Resources"].items()):
                if not types or resource["Type"] in types:
                    yield _Ref(stack, id), resource

    # -- nodes ---------------------------------------------------------------------------------------------

    def _add_groups(self) -> None:
        """Draw many functions as one node: those of the routes, and those of the saga's steps."""
        for group, name, types in (
            ("routes", "one function per route", ("AWS::ApiGatewayV2::Integration",)),
            ("steps", "one function per step", ("AWS::StepFunctions::StateMachine",)),
        ):
            members = {
                function
                for ref, resource in self._resources(*types)
                # Each function of the WebSocket API does something else, so it is drawn itself.
                if ref.stack in ("api", "saga")
                for function in self._functions_in(resource["Properties"], ref.stack)
                # Some functions of routes are in a stack of their own.
                if function.stack == ref.stack
            }
            for function in members:
                self._groups[function] = group
            if members:
                stack = min(members).stack
                names = sorted(self._handler(function) for function in members)
                self._nodes[group] = Node(group, stack, "function", f"{len(names)} functions", name)

    def _functions_in(self, value: Any, stack: str) -> Iterator[_Ref]:
        for ref in self._references(value, stack):
            if self._resource(ref)["Type"] == _FUNCTION:
                yield ref

    def _add_node(self, ref: _Ref, resource: Mapping[str, Any]) -> None:
        kind, detail = _SHOWN.get(resource["Type"], ("", ""))
        if resource["Type"] == _FUNCTION and ref not in self._groups and self._is_ours(resource):
            self._nodes[self._id(ref)] = Node(
                self._id(ref), ref.stack, "function", self._handler(ref), "function"
            )
        elif kind:
            name = _words(ref.id)
            if resource["Type"] == "AWS::ApiGatewayV2::Api":
                name, detail = self._api(ref, resource)
            elif resource["Type"] == "AWS::Scheduler::Schedule":
                detail = resource["Properties"]["ScheduleExpression"].replace(
                    "rate(1 minute)", "every minute"
                )
            self._nodes[self._id(ref)] = Node(self._id(ref), ref.stack, kind, name, detail)

    def _api(self, ref: _Ref, resource: Mapping[str, Any]) -> tuple[str, str]:
        """Returns the name of an API, and what is written below it."""
        if resource["Properties"]["ProtocolType"] == "WEBSOCKET":
            return "WebSocket API", "tells clients of changes"
        routes = [each for each, _ in self._resources("AWS::ApiGatewayV2::Route") if each.stack == ref.stack]
        return "HTTP API", f"{len(routes)} routes"

    def _is_ours(self, resource: Mapping[str, Any]) -> bool:
        """Whether a function belongs to this app; the one that empties buckets belongs to aws-cdk-lib."""
        return str(resource["Properties"]["Handler"]) != "index.handler"

    def _handler(self, ref: _Ref) -> str:
        return str(self._resource(ref)["Properties"]["Handler"]).removesuffix(".handler")

    def _id(self, ref: _Ref) -> str:
        return self._groups.get(ref) or f"{ref.stack}/{_words(ref.id)}"

    # -- edges ---------------------------------------------------------------------------------------------

    def _add_edges(self, ref: _Ref, resource: Mapping[str, Any]) -> None:
        properties = resource.get("Properties", {})
        match resource["Type"]:
            case "AWS::Lambda::EventSourceMapping":
                source = self._target(properties["EventSourceArn"], ref.stack)
                function = self._target(properties["FunctionName"], ref.stack)
                self._edge(source, function, "stream" if "StartingPosition" in properties else "")
                on_failure = properties.get("DestinationConfig", {}).get("OnFailure", {})
                self._edge(function, self._target(on_failure.get("Destination"), ref.stack), failure=True)
            case "AWS::Events::Rule":
                self._edge(self._target(properties["EventBusName"], ref.stack), ref)
                for target in properties["Targets"]:
                    self._edge(ref, self._target(target["Arn"], ref.stack))
                    dead = target.get("DeadLetterConfig", {}).get("Arn")
                    self._edge(ref, self._target(dead, ref.stack), failure=True)
            case "AWS::Events::Archive":
                self._edge(self._target(properties["SourceArn"], ref.stack), ref)
            case "AWS::SQS::Queue" if "RedrivePolicy" in properties:
                dead = properties["RedrivePolicy"]["deadLetterTargetArn"]
                self._edge(ref, self._target(dead, ref.stack), failure=True)
            case "AWS::Scheduler::Schedule":
                self._edge(ref, self._target(properties["Target"]["Arn"], ref.stack))
                dead = properties["Target"].get("DeadLetterConfig", {}).get("Arn")
                self._edge(ref, self._target(dead, ref.stack), failure=True)
            case "AWS::ApiGatewayV2::Integration":
                api = self._target(properties["ApiId"], ref.stack)
                self._edge(api, self._target(properties["IntegrationUri"], ref.stack))
            case "AWS::ApiGatewayV2::Authorizer":
                for pool, _ in self._resources("AWS::Cognito::UserPool"):
                    self._edge(pool, self._target(properties["ApiId"], ref.stack), "tokens")
            case "AWS::StepFunctions::StateMachine":
                for function in self._functions_in(properties, ref.stack):
                    self._edge(ref, function)
            case "AWS::SecretsManager::RotationSchedule":
                rotated = self._target(properties["RotationLambdaARN"], ref.stack)
                self._edge(rotated, self._target(properties["SecretId"], ref.stack), "rotates")
            case "AWS::IAM::Policy":
                self._add_permissions(ref, properties)

    def _add_permissions(self, policy: _Ref, properties: Mapping[str, Any]) -> None:
        roles = {self._target(role, policy.stack) for role in properties["Roles"]}
        for function, resource in self._resources(_FUNCTION):
            if self._target(resource["Properties"]["Role"], function.stack) not in roles:
                continue
            for statement in properties["PolicyDocument"]["Statement"]:
                actions = statement["Action"]
                for action in [actions] if isinstance(actions, str) else actions:
                    if action == "ses:SendEmail":
                        self._nodes["ses"] = Node("ses", function.stack, "alarm", "Amazon SES", "mail")
                        self._edges[self._id(function), "ses"] = Edge(self._id(function), "ses", "", False)
                    if action in _ACTIONS:
                        resources = statement["Resource"]
                        for target in self._references(resources, function.stack):
                            self._edge(function, target, _ACTIONS[action])

    def _edge(
        self, source: _Ref | None, target: _Ref | None, label: str = "", *, failure: bool = False
    ) -> None:
        if source is None or target is None:
            return
        ends = self._id(source), self._id(target)
        if ends[0] == ends[1] or not {*ends} <= self._nodes.keys():
            return
        if failure and self._is_without_consumer(target):
            self._dead_letters.add(ends[1])
        self._edges.setdefault(ends, Edge(*ends, label, failure or self._is_without_consumer(target)))

    def _is_without_consumer(self, ref: _Ref) -> bool:
        return self._resource(ref)["Type"] == "AWS::SQS::Queue" and ref not in {
            self._target(resource["Properties"]["EventSourceArn"], mapping.stack)
            for mapping, resource in self._resources("AWS::Lambda::EventSourceMapping")
        }

    def _add_alarms(self) -> None:
        """Draw all alarms as one node, because fifty boxes would dominate the picture."""
        kinds = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
        notifying = [ref for ref, each in self._resources(*kinds) if each["Properties"].get("AlarmActions")]
        for topic, _ in self._resources("AWS::SNS::Topic"):
            self._nodes["alarms"] = Node(
                "alarms", topic.stack, "alarm", f"{len(notifying)} alarms", "CloudWatch"
            )
            self._edges["alarms", self._id(topic)] = Edge("alarms", self._id(topic), "", False)

    def _fold_dead_letters(self) -> None:
        """Draw a stack's dead-letter queues as one node, to keep the paths of orders and events visible."""
        found: dict[str, set[str]] = {}
        for edge in self._edges.values():
            if edge.failure and edge.target in self._dead_letters:
                found.setdefault(self._nodes[edge.target].stack, set()).add(edge.target)
        folded: dict[str, str] = {}
        for stack, queues in found.items():
            if len(queues) > 1:
                id = f"{stack}/dead letters"
                self._nodes[id] = Node(id, stack, "queue", "Dead letters", f"{len(queues)} SQS queues")
                folded |= dict.fromkeys(queues, id)
        for ends, edge in list(self._edges.items()):
            if edge.target in folded:
                del self._edges[ends]
                moved = edge._replace(target=folded[edge.target])
                self._edges[moved.source, moved.target] = moved

    # -- references ----------------------------------------------------------------------------------------

    def _resource(self, ref: _Ref) -> Mapping[str, Any]:
        resource: Mapping[str, Any] = self._templates[ref.stack]["Resources"][ref.id]
        return resource

    def _target(self, value: Any, stack: str) -> _Ref | None:
        """Returns the resource that a value names; None if it names none of this stage."""
        return next(iter(self._references(value, stack)), None)

    def _references(self, value: Any, stack: str) -> Iterator[_Ref]:
        match value:
            case {"Fn::ImportValue": str(name)}:
                if exported := self._exports.get(name):
                    yield exported
            case {"Fn::GetStackOutput": {"StackName": str(name), "OutputName": str(output)}}:
                # A weak reference names an output of a stack, whose name ends with that of the stack here.
                owner = name.rpartition("-")[2]
                if read := self._templates.get(owner, {}).get("Outputs", {}).get(output):
                    yield from self._references(read["Value"], owner)
            case {"Ref": str(id)} | {"Fn::GetAtt": [str(id), *_]}:
                resource = self._templates[stack]["Resources"].get(id)
                if resource and resource["Type"] in _ALIASES:
                    # The alias's target is drawn in its place.
                    yield from self._references(resource["Properties"], stack)
                elif resource and resource["Type"] == "AWS::SSM::Parameter":
                    yield from self._references(resource["Properties"]["Value"], stack)
                elif resource:
                    yield _Ref(stack, id)
            case dict():
                for each in value.values():
                    yield from self._references(each, stack)
            case list():
                for each in value:
                    yield from self._references(each, stack)


def _words(id: str) -> str:
    """Returns the id of a resource without CDK's hash, as words: `OrdersDeadLetters5F17D95A`."""
    return " ".join(re.findall("[A-Z][a-z]*", re.sub("[0-9A-F]{8}$", "", id))).capitalize()
