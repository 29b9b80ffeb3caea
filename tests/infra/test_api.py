"""The template has exactly the routes of the route table."""

import json

from stacks.api import THROTTLED_ROUTES
from stacks.routes import ACCESS, ROUTE_ACCESS, routes_of
from stacks.settings import SCOPES
from tests.infra.switches import turned
from tests.synth import PROJECT, Json, Resource, Synthesised


def _handler_of(route: Resource, app: Synthesised) -> str:
    resources = app.templates[route.stack]["Resources"]
    integration = resources[route.properties["Target"]["Fn::Join"][1][1]["Ref"]]["Properties"]
    handler = app.calls_live(route.stack, integration["IntegrationUri"])
    assert handler, "the integration does not call an alias"
    return handler


def _routes(app: Synthesised) -> list[Resource]:
    """The routes of the HTTP API."""
    return app.resources("AWS::ApiGatewayV2::Route", of="api")


def test_every_route_is_served_by_its_handler_and_asks_for_its_scope(app: Synthesised) -> None:
    deployed = {
        (
            route.properties["RouteKey"],
            _handler_of(route, app),
            route.properties["AuthorizationType"],
            tuple(route.properties.get("AuthorizationScopes", ())),
        )
        for route in _routes(app)
    }
    prefix = app.settings.scope_prefix
    assert deployed == {
        (
            key,
            route.handler,
            "JWT" if route.scope else "NONE",
            (f"{prefix}{route.scope}",) if route.scope else (),
        )
        for route in routes_of(app.settings)
        for key in route.keys
    }


def test_head_is_a_route_wherever_get_is(app: Synthesised) -> None:
    """The gateway matches routes by method and path; without a route for HEAD it returns 404."""
    deployed = {route.properties["RouteKey"] for route in _routes(app)}
    paths = {
        method: {key.removeprefix(f"{method} ") for key in deployed if key.startswith(f"{method} ")}
        for method in ("GET", "HEAD")
    }
    assert paths["HEAD"] == paths["GET"] != set()


def test_every_handler_of_the_folder_has_a_route() -> None:
    files = {path.stem for path in (PROJECT / "lambdas" / "api").glob("*.py")} - {"__init__"}
    assert files == set(ACCESS) == {route.handler for route in ROUTE_ACCESS}


def test_only_the_catalogue_and_the_apis_own_pages_are_open_to_everyone() -> None:
    assert {path for route in ROUTE_ACCESS if not route.scope for path in route.paths} <= {
        "/products",
        "/products/{sku}",
        "/images/{sku}/{imageId}/{file}",
        "/health",
        "/openapi.json",
        "/docs",
        "/docs/sign-in",
        "/problems/{type}",
        "/asyncapi.json",
        "/docs/events",
    }
    assert {route.method for route in ROUTE_ACCESS if not route.scope} == {"GET"}


def test_every_scope_a_route_asks_for_is_issued() -> None:
    assert {route.scope for route in ROUTE_ACCESS if route.scope} <= set(SCOPES)


def test_cognito_issues_scopes_under_the_prefix_that_routes_ask_for(dev: Synthesised) -> None:
    server = dev.one("AWS::Cognito::UserPoolResourceServer").properties
    assert f"{server['Identifier']}/" == dev.settings.scope_prefix
    assert {scope["ScopeName"] for scope in server["Scopes"]} == set(SCOPES)


def test_audience_is_exactly_the_user_pool_s_clients(dev: Synthesised) -> None:
    audience = dev.one("AWS::ApiGatewayV2::Authorizer").properties["JwtConfiguration"]["Audience"]
    outputs = dev.templates["identity"]["Outputs"]
    clients = {client.id for client in dev.resources("AWS::Cognito::UserPoolClient")}
    read = [entry["Fn::GetStackOutput"]["OutputName"] for entry in audience]
    assert {outputs[name]["Value"]["Ref"] for name in read} == clients


def test_an_outside_issuer_leaves_no_user_pool(app: Synthesised) -> None:
    assert bool(app.resources("AWS::Cognito::UserPool")) == (app.settings.issuer is None)


def test_the_local_stage_trusts_the_issuer_it_is_given(app: Synthesised) -> None:
    if app.settings.local:
        authoriser = app.one("AWS::ApiGatewayV2::Authorizer").properties["JwtConfiguration"]
        assert authoriser == {"Issuer": app.settings.issuer, "Audience": ["orders-api"]}


def test_client_for_persons_has_no_secret_and_uses_the_code_flow(dev: Synthesised) -> None:
    person, machine = (
        next(c.properties for c in dev.resources("AWS::Cognito::UserPoolClient") if name in c.id)
        for name in ("Person", "Machine")
    )
    assert (person["GenerateSecret"], person["AllowedOAuthFlows"]) == (False, ["code"])
    assert (machine["GenerateSecret"], machine["AllowedOAuthFlows"]) == (True, ["client_credentials"])


def test_no_customer_can_ask_for_an_administrators_scope(dev: Synthesised) -> None:
    person = next(c.properties for c in dev.resources("AWS::Cognito::UserPoolClient") if "Person" in c.id)
    asked = json.dumps(person["AllowedOAuthScopes"])
    assert "orders:write" in asked
    assert "admin" not in asked
    assert "products" not in asked


def test_the_stage_throttles_and_logs_each_request_as_json(app: Synthesised) -> None:
    stage = app.one("AWS::ApiGatewayV2::Stage", "api").properties
    assert stage["StageName"] == "$default"
    assert stage["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": app.settings.throttle.requests_per_second,
        "ThrottlingBurstLimit": app.settings.throttle.burst,
    }
    throttles = dict.fromkeys(THROTTLED_ROUTES, app.settings.throttle) | dict(app.settings.route_throttles)
    assert stage["RouteSettings"] == {
        key: {
            "ThrottlingRateLimit": throttle.requests_per_second,
            "ThrottlingBurstLimit": throttle.burst,
        }
        for route in ROUTE_ACCESS
        if (throttle := throttles.get(route.key))
        for key in route.keys
    }
    log = json.loads(stage["AccessLogSettings"]["Format"])
    assert {"$context.requestId", "$context.routeKey", "$context.status"} <= set(log.values())


def test_a_route_whose_function_is_in_another_stack_has_its_own_throttle() -> None:
    app = turned("dev", "throttles")
    settings = app.one("AWS::ApiGatewayV2::Stage", "api").properties["RouteSettings"]
    throttle = {"ThrottlingRateLimit": 1, "ThrottlingBurstLimit": 2}
    assert (settings["GET /admin/queues"], settings["HEAD /admin/queues"]) == (throttle, throttle)


def test_access_log_has_no_token_and_no_address(app: Synthesised) -> None:
    log = app.one("AWS::ApiGatewayV2::Stage", "api").properties["AccessLogSettings"]["Format"].lower()
    assert not [word for word in ("authorization", "sourceip", "useragent", "body") if word in log]


def test_cors_allows_only_the_origins_of_the_settings(app: Synthesised) -> None:
    cors: Json | None = app.one("AWS::ApiGatewayV2::Api", "api").properties.get("CorsConfiguration")
    if cors is None:
        assert not app.settings.web_origins
    else:
        assert cors["AllowOrigins"] == list(app.settings.web_origins)
        assert set(cors["AllowMethods"]) == {method for route in ROUTE_ACCESS for method in route.methods}
