"""Look-ups in the templates that several tests need: queues, their policies, the roles of functions."""

from tests.synth import Json, Resource, Synthesised


def find_queue(app: Synthesised, id: str) -> Resource:
    """Returns the queue whose construct is named `id`."""
    (found,) = (r for r in app.resources("AWS::SQS::Queue") if r.id[:-8] == id)
    return found


def queue_policy(app: Synthesised, id: str) -> list[Json]:
    """Returns the statements of the policy of a queue."""
    wanted = [{"Ref": find_queue(app, id).id}]
    (statements,) = (
        r.properties["PolicyDocument"]["Statement"]
        for r in app.resources("AWS::SQS::QueuePolicy")
        if r.properties["Queues"] == wanted
    )
    return list(statements)


def role_policy(app: Synthesised, handler: str) -> list[Json]:
    """Returns the statements of the policy that its own stack gives to a function's role."""
    function = app.function(handler)
    role = function.properties["Role"]["Fn::GetAtt"][0]
    (statements,) = (
        r.properties["PolicyDocument"]["Statement"]
        for r in app.resources("AWS::IAM::Policy")
        if r.stack == function.stack and {"Ref": role} in r.properties["Roles"]
    )
    return list(statements)


def actions(statement: Json) -> set[str]:
    """Returns the actions of a statement: CDK writes a single one without a list."""
    found = statement["Action"]
    return {found} if isinstance(found, str) else set(found)
