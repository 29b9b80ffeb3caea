"""The edge: what CloudFront caches, what it forwards, and that the API is closed to other requests."""

import json
from dataclasses import replace

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from ordering.http import parameters as params
from ordering.http.routes import ROUTES, Route
from ordering.tokens.edge_header import HEADER
from stacks.edge.access_log import FIELDS
from stacks.edge.behaviours import MAX_BEHAVIOURS, behaviours, first_match, is_cached
from stacks.edge.distribution import ERRORS
from stacks.edge.firewall import COUNTED_ONLY
from stacks.routes import routes_of
from stacks.settings import STAGES
from tests.infra.cloudformation import Stage, deploy, outputs_read
from tests.infra.switches import EDGE, turned
from tests.synth import Json, Synthesised, synthesised_with

DISTRIBUTION = "AWS::CloudFront::Distribution"
CACHE_POLICY = "AWS::CloudFront::CachePolicy"
# "Use managed cache policies" and "Use managed origin request policies".
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
# A value for each parameter of a path, none of which has a slash.
VALUES = {"sku": "MUG-RED", "orderId": "67ac7c2f", "imageId": "0a1b", "file": "small-0a1b.webp"}


@pytest.fixture(scope="module")
def edge() -> Synthesised:
    """Stage dev with an edge that has everything, and an API that is closed."""
    return turned("dev", "edge")


def _config(app: Synthesised) -> Json:
    config: Json = app.one(DISTRIBUTION, "edge").properties["DistributionConfig"]
    return config


def _path(route: Route) -> str:
    path = route.path
    for part in [part for part in route.path.split("/") if part.startswith("{")]:
        path = path.replace(part, VALUES.get(part.strip("{}"), "0a1b2c"))
    return path


def _behaviour(app: Synthesised, path: str) -> Json:
    """What CloudFront does with a path: the first behaviour whose pattern matches, else the default one."""
    config = _config(app)
    found = first_match(behaviours(routes_of(app.settings)), path)
    assert [each["PathPattern"] for each in config["CacheBehaviors"]] == [
        each.pattern for each in behaviours(routes_of(app.settings))
    ]
    if found is None:
        default: Json = config["DefaultCacheBehavior"]
        return default
    (behaviour,) = (each for each in config["CacheBehaviors"] if each["PathPattern"] == found.pattern)
    return behaviour  # type: ignore[no-any-return]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_response_to_a_token_is_never_cached(edge: Synthesised, route: Route) -> None:
    """Of each route of the table: no read with a token is cached, and others only if they say so."""
    behaviour = _behaviour(edge, _path(route))
    cached = behaviour["CachePolicyId"] != CACHING_DISABLED
    if route.method == "GET":
        assert cached == (route.scope is None and params.CACHE_CONTROL in route.headers)
    # CloudFront caches responses to GET and HEAD only, so a change may share the path of a cached read.
    assert behaviour["CachedMethods"] == ["GET", "HEAD"]
    assert set(behaviour["AllowedMethods"]) == {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}
    # The API's host name, and all of the request, tokens included.
    assert behaviour["OriginRequestPolicyId"] == ALL_VIEWER_EXCEPT_HOST
    assert behaviour["ViewerProtocolPolicy"] == "https-only"


def test_some_routes_are_cached_and_others_below_the_same_path_are_not(edge: Synthesised) -> None:
    """Without this, a table that caches nothing would pass."""
    assert [route.handler for route in ROUTES if is_cached(route)] == [
        "list_products",
        "get_product",
        "get_image",
    ]
    assert _behaviour(edge, "/products/MUG-RED/stock")["CachePolicyId"] == CACHING_DISABLED
    assert _behaviour(edge, "/products/MUG-RED")["CachePolicyId"] != CACHING_DISABLED


def test_path_that_no_route_has_is_not_cached(edge: Synthesised) -> None:
    for path in ("/", "/product", "/docs/events", "/orders/1/products", "//products"):
        assert _behaviour(edge, path)["CachePolicyId"] == CACHING_DISABLED


def test_only_cached_paths_run_the_function(edge: Synthesised) -> None:
    """The function removes the token of a read, so it must run for no other path."""
    config = _config(edge)
    for behaviour in [config["DefaultCacheBehavior"], *config["CacheBehaviors"]]:
        runs = bool(behaviour.get("FunctionAssociations"))
        assert runs == (behaviour["CachePolicyId"] != CACHING_DISABLED)


def test_cache_key_has_what_decides_about_the_response(edge: Synthesised) -> None:
    """Every parameter, because an unknown one is refused; the origin, for CORS; the token, to be certain."""
    policies = [r.properties["CachePolicyConfig"] for r in edge.resources(CACHE_POLICY)]
    assert len(policies) == 2
    for policy in policies:
        key = policy["ParametersInCacheKeyAndForwardedToOrigin"]
        assert key["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
        headers = {"HeaderBehavior": "whitelist", "Headers": ["Authorization", "Origin"]}
        assert key["HeadersConfig"] == headers
        assert key["CookiesConfig"] == {"CookieBehavior": "none"}
        # Only the response decides: without Cache-Control it is not cached, and `no-store` is respected
        # ("Manage how long content stays in the cache (expiration)").
        assert (policy["MinTTL"], policy["DefaultTTL"]) == (0, 0)
        assert policy["MaxTTL"] == 365 * 24 * 3600


@pytest.mark.parametrize("route", [*filter(is_cached, ROUTES)], ids=lambda route: route.key)
def test_cached_route_reads_no_header_that_is_not_in_the_key(route: Route) -> None:
    """CloudFront itself answers a condition from its cache."""
    read = {each.name for each in route.parameters if each.place == "header"}
    assert read <= {"If-None-Match"}


def test_response_with_a_tag_is_not_compressed_by_cloudfront(edge: Synthesised) -> None:
    """It would make the tag weak ("Serve compressed files"), which `If-Match` refuses."""
    compressing = {r.id: r.properties["CachePolicyConfig"] for r in edge.resources(CACHE_POLICY)}
    for behaviour in _config(edge)["CacheBehaviors"]:
        route = next((r for r in ROUTES if _pattern_of(r) == behaviour["PathPattern"] and is_cached(r)), None)
        if route is None:
            assert behaviour["Compress"] is False
            continue
        wanted = params.ETAG not in route.headers and not route.media_type.startswith("image/")
        assert behaviour["Compress"] is wanted
        key = compressing[behaviour["CachePolicyId"]["Ref"]]["ParametersInCacheKeyAndForwardedToOrigin"]
        assert key["EnableAcceptEncodingGzip"] is key["EnableAcceptEncodingBrotli"] is wanted


def test_no_error_is_cached(edge: Synthesised) -> None:
    """ "CloudFront caches error responses for a default duration of 10 seconds" ("Control how long CloudFront
    caches errors"), whatever else `Cache-Control` says. Their bodies pass unchanged.
    """
    found = {each["ErrorCode"]: each for each in _config(edge)["CustomErrorResponses"]}
    # "HTTP 4xx and 5xx status codes that CloudFront caches".
    assert found.keys() == {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504} == set(ERRORS)
    for each in found.values():
        assert each == {"ErrorCode": each["ErrorCode"], "ErrorCachingMinTTL": 0}


def test_api_answers_before_cloudfront_gives_up(edge: Synthesised) -> None:
    """An HTTP API waits for 30 s at most ("Quotas for HTTP APIs"), and its functions have 10 s."""
    (origin,) = _config(edge)["Origins"]
    assert origin["CustomOriginConfig"]["OriginReadTimeout"] > 30
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert origin["CustomOriginConfig"]["OriginSSLProtocols"] == ["TLSv1.2"]
    # "Origin response timeout": up to 120 s without asking for more.
    assert origin["CustomOriginConfig"]["OriginReadTimeout"] <= 120


def test_viewers_need_tls_1_2_and_may_use_http_3(edge: Synthesised) -> None:
    config = _config(edge)
    assert config["ViewerCertificate"] == {
        "AcmCertificateArn": EDGE.certificate_arn,
        "MinimumProtocolVersion": "TLSv1.2_2021",
        "SslSupportMethod": "sni-only",
    }
    assert config["HttpVersion"] == "http2and3"
    assert config["Aliases"] == list(EDGE.aliases)
    assert config["PriceClass"] == "PriceClass_100"


def test_whole_stack_is_in_us_east_1_and_reads_the_api_by_weak_references(edge: Synthesised) -> None:
    """Certificates ("Requirements for using SSL/TLS certificates with CloudFront"), web ACLs
    (AWS::WAFv2::WebACL, Scope), log deliveries ("Configure standard logging (v2)") and metrics ("Monitor
    CloudFront metrics with Amazon CloudWatch") of CloudFront are in this region only."""
    assert {place.rpartition("/")[2] for place in edge.environments} == {"eu-west-1", "us-east-1"}
    text = json.dumps(edge.templates["edge"])
    assert "Fn::ImportValue" not in text
    read = outputs_read(edge.templates["edge"])
    assert {each["OutputName"] for each in read} == {"ApiId", "EdgeSecretName1"}
    for each in read:
        assert (each["StackName"], each["Region"]) == ("orders-dev-api", "eu-west-1")
        assert each["OutputName"] in edge.templates["api"]["Outputs"]
    assert edge.order.index("api") < edge.order.index("edge")


@pytest.fixture(scope="module")
def closed(edge: Synthesised) -> dict[str, Json]:
    """The routes of a closed API, by their key."""
    return {
        r.properties["RouteKey"]: r.properties for r in edge.resources("AWS::ApiGatewayV2::Route", of="api")
    }


def test_every_route_of_a_closed_api_needs_the_header(edge: Synthesised, closed: dict[str, Json]) -> None:
    """ "If identity sources are missing, null or empty, API Gateway returns 401 without calling the function"
    ("Control access to HTTP APIs with AWS Lambda authorizers")."""
    authorisers = {r.id: r.properties for r in edge.resources("AWS::ApiGatewayV2::Authorizer")}
    scopes = {key: route.scope for route in routes_of(edge.settings) for key in route.keys}
    assert closed.keys() == scopes.keys()
    for key, route in closed.items():
        authoriser = authorisers[route["AuthorizerId"]["Ref"]]
        assert route["AuthorizationType"] == "CUSTOM"
        assert f"$request.header.{HEADER}" in authoriser["IdentitySource"], key
        called = edge.calls_live("api", authoriser["AuthorizerUri"])
        assert called == ("authorise_request" if scopes[key] else "authorise_edge"), key
    assert len(authorisers) == 2


def test_distribution_sends_the_last_secret_which_no_template_contains(edge: Synthesised) -> None:
    both = turned("dev", "edge, next secret")
    for app, last in ((edge, 1), (both, 2)):
        (origin,) = _config(app)["Origins"]
        (header,) = origin["OriginCustomHeaders"]
        assert header["HeaderName"] == HEADER
        text = json.dumps(header["HeaderValue"])
        assert "{{resolve:secretsmanager:arn:" in text
        assert ":secretsmanager:us-east-1:" in text, "the replica, in the stack's own region"
        assert ":SecretString}}" in text
        sent = f"EdgeSecret{last}"
        output = f"EdgeSecretName{last}"
        assert output in {each["OutputName"] for each in outputs_read(header["HeaderValue"])}
        name = app.templates["api"]["Outputs"][output]["Value"]
        assert name == {"Fn::Select": [6, {"Fn::Split": [":", {"Ref": sent}]}]}
        secret = app.templates["api"]["Resources"][sent]["Properties"]
        assert secret["ReplicaRegions"] == [{"Region": "us-east-1"}]
        assert "SecretString" not in secret


def test_replica_is_deleted_with_its_secret() -> None:
    """ "You can't delete a primary secret that is replicated to other Regions" (DeleteSecret, AWS Secrets
    Manager API). CloudFormation removes the replicas first, by the handlers of the type's schema."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-west-1", "AWS::SecretsManager::Secret").schema
    for handler in ("delete", "update"):
        assert "secretsmanager:RemoveRegionsFromReplication" in schema["handlers"][handler]["permissions"]


def test_stage_in_us_east_1_has_a_secret_without_replicas_and_reads_it_there() -> None:
    """A secret cannot be replicated to its own region."""
    settings = replace(STAGES["dev"], region="us-east-1", edge=replace(EDGE, closes_api=False))
    app = synthesised_with(settings)
    assert "ReplicaRegions" not in app.templates["api"]["Resources"]["EdgeSecret1"]["Properties"]
    (header,) = _config(app)["Origins"][0]["OriginCustomHeaders"]
    assert ":secretsmanager:us-east-1:" in json.dumps(header["HeaderValue"])
    assert {each["Region"] for each in outputs_read(app.templates["edge"])} == {"us-east-1"}


def test_both_authorisers_accept_every_secret_and_read_nothing_else_for_it() -> None:
    app = turned("dev", "edge, next secret")
    for handler in ("authorise_request", "authorise_edge"):
        variable = app.function(handler).properties["Environment"]["Variables"]["EDGE_SECRET_ARNS"]
        assert variable == {"Fn::Join": ["", [{"Ref": "EdgeSecret1"}, " ", {"Ref": "EdgeSecret2"}]]}
    role = app.function("authorise_edge").properties["Role"]["Fn::GetAtt"][0]
    (policy,) = (
        r.properties["PolicyDocument"]["Statement"]
        for r in app.resources("AWS::IAM::Policy")
        if r.stack == "api" and {"Ref": role} in r.properties["Roles"]
    )
    read = [each for each in policy if each["Action"] == "secretsmanager:GetSecretValue"]
    assert [each["Resource"] for each in read] == [[{"Ref": "EdgeSecret1"}, {"Ref": "EdgeSecret2"}]]


def test_secret_is_replaced_in_two_deployments_and_the_edge_turned_off_again() -> None:
    """The api stack comes first, and accepts both secrets before the distribution sends the new one."""
    deployed: dict[str, Json] = {}
    for switch in ("edge, open API", "edge", "edge, next secret", "edge", "as it is"):
        app = turned("dev", switch)
        assert deploy(deployed, Stage(app.order, app.templates), prefix="orders-dev-") == [], switch


def test_open_api_gets_the_header_and_does_not_ask_for_it() -> None:
    app = turned("dev", "edge, open API")
    assert "EdgeSecretName1" in app.templates["api"]["Outputs"]
    (origin,) = _config(app)["Origins"]
    assert [each["HeaderName"] for each in origin["OriginCustomHeaders"]] == [HEADER]
    handlers = {r.properties["Handler"] for r in app.functions()}
    assert "authorise_edge.handler" not in handlers
    assert app.resources("AWS::WAFv2::WebACL") == []
    # CloudFront's own certificate: its TLS version cannot be set.
    assert "ViewerCertificate" not in _config(app)


def test_canary_places_its_orders_through_the_edge() -> None:
    app = turned("dev", "mail, backups, canary")
    assert app.settings.edge
    variables = app.function("place_canary_order").properties["Environment"]["Variables"]
    assert f"https://{EDGE.aliases[0]}" in variables.values()


def test_firewall_refuses_floods_with_429_and_counts_large_bodies(edge: Synthesised) -> None:
    acl = edge.one("AWS::WAFv2::WebACL", "edge").properties
    assert acl["Scope"] == "CLOUDFRONT"
    assert acl["DefaultAction"] == {"Allow": {}}
    rate, *managed = acl["Rules"]
    assert rate["Statement"]["RateBasedStatement"]["Limit"] == 2000
    response = rate["Action"]["Block"]["CustomResponse"]
    assert response["ResponseCode"] == 429
    assert response["ResponseHeaders"] == [{"Name": "retry-after", "Value": "60"}]
    assert acl["CustomResponseBodies"].keys() == {response["CustomResponseBodyKey"]}
    groups = {each["Statement"]["ManagedRuleGroupStatement"]["Name"]: each for each in managed}
    assert all(name.startswith("AWSManagedRules") for name in groups)
    for name, rules in COUNTED_ONLY.items():
        overrides = groups[name]["Statement"]["ManagedRuleGroupStatement"]["RuleActionOverrides"]
        assert overrides == [{"ActionToUse": {"Count": {}}, "Name": rule} for rule in rules]
    assert [each["Priority"] for each in acl["Rules"]] == list(range(len(acl["Rules"])))
    # Samples contain headers, and so tokens.
    assert not any(each["VisibilityConfig"]["SampledRequestsEnabled"] for each in [acl, *acl["Rules"]])
    assert _config(edge)["WebACLId"] == {"Fn::GetAtt": [edge.one("AWS::WAFv2::WebACL").id, "Arn"]}


def test_access_log_names_no_caller_and_its_bucket_allows_only_its_delivery(edge: Synthesised) -> None:
    """ "Standard logging reference": c-ip, x-forwarded-for, cookies, user agents and queries are left out."""
    delivery = edge.one("AWS::Logs::Delivery", "edge")
    assert delivery.properties["RecordFields"] == list(FIELDS)
    personal = ("c-ip", "x-forwarded-for", "cookie", "user-agent", "query", "referer", "c-port", "c-country")
    assert not [field for field in FIELDS for word in personal if word in field.lower()]
    policy = edge.one("AWS::S3::BucketPolicy", "edge")
    (allowed,) = (
        each
        for each in policy.properties["PolicyDocument"]["Statement"]
        if each["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    )
    assert allowed["Action"] == "s3:PutObject"
    assert "AWSLogs/" in json.dumps(allowed["Resource"])
    assert "delivery-source:orders-dev-edge-" in json.dumps(allowed["Condition"]["ArnLike"])
    assert policy.id in delivery.body["DependsOn"], "the delivery is checked when it is created"
    source = edge.one("AWS::Logs::DeliverySource", "edge").properties
    assert source["LogType"] == "ACCESS_LOGS"
    assert source["ResourceArn"]["Fn::Join"][1][-1] == {"Ref": edge.one(DISTRIBUTION).id}


def test_alarms_and_their_topic_are_in_the_region_of_the_metrics(edge: Synthesised) -> None:
    (topic,) = (r for r in edge.resources("AWS::SNS::Topic") if r.stack == "edge")
    found = [r for r in edge.resources("AWS::CloudWatch::Alarm") if r.stack == "edge"]
    assert len(found) == 2
    for alarm in found:
        assert alarm.properties["AlarmActions"] == [{"Ref": topic.id}]
    assert '"Region", "Value": "Global"' in json.dumps([alarm.properties for alarm in found])


def test_gateways_own_responses_get_security_headers_and_handlers_keep_theirs(edge: Synthesised) -> None:
    policy = edge.one("AWS::CloudFront::ResponseHeadersPolicy").properties["ResponseHeadersPolicyConfig"]
    headers = policy["SecurityHeadersConfig"]
    assert headers["StrictTransportSecurity"] == {
        "AccessControlMaxAgeSec": 63072000,
        "IncludeSubdomains": True,
        "Override": False,
    }
    assert headers["ContentSecurityPolicy"]["Override"] is False
    assert headers["ReferrerPolicy"] == {"Override": False, "ReferrerPolicy": "no-referrer"}
    assert "CorsConfig" not in policy, "the API sends the CORS headers"


def test_behaviours_fit_into_the_quota(edge: Synthesised) -> None:
    """ "Quotas on distributions": cache behaviours."""
    assert len(_config(edge)["CacheBehaviors"]) < MAX_BEHAVIOURS


def test_local_stage_sends_requests_to_the_engines_api() -> None:
    app = turned("local", "as it is")
    (origin,) = _config(app)["Origins"]
    assert (origin["DomainName"], origin["CustomOriginConfig"]["HTTPPort"]) == ("127.0.0.1", 4566)
    assert "/_aws/execute-api/" in json.dumps(origin["OriginPath"])
    assert {place.rpartition("/")[2] for place in app.environments} == {"unknown-region"}


def test_custom_domain_of_the_api_is_what_cloudfront_calls() -> None:
    """Its default name is off then, and its certificate is for that name."""
    app = turned("dev", "edge, domain")
    assert app.settings.domain
    (origin,) = _config(app)["Origins"]
    assert origin["DomainName"] == app.settings.domain.name


def test_stage_without_the_setting_has_neither_the_stack_nor_the_secret() -> None:
    app = turned("dev", "as it is")
    assert app.settings.edge is None
    assert "edge" not in app.templates
    assert "EdgeSecret" not in json.dumps(app.templates)


def _pattern_of(route: Route) -> str:
    return "/".join("*" if part.startswith("{") else part for part in route.path.split("/"))
