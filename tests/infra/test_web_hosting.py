"""The web application on AWS: who reads its files, how they are cached, and what each deployment writes."""

import json
import re
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pytest

from local import web_server
from ordering.http import parameters as params
from ordering.http.routes import ROUTES, Route
from ordering.tokens.edge_header import HEADER
from stacks.edge.behaviours import MAX_BEHAVIOURS, behaviours, is_cached
from stacks.routes import routes_of
from stacks.settings import STAGES
from stacks.web.config import WebAddresses
from stacks.web.headers import cache_control, headers
from stacks.web.web_request import API
from tests.infra.cloudformation import Stage, deploy, outputs_read
from tests.infra.switches import EDGE, EXTERNAL, WEB, WEB_CLIENT, turned
from tests.infra.test_edge import CACHING_DISABLED, DISTRIBUTION
from tests.synth import PROJECT, Json, Resource, Synthesised
from tools.costs.idle_costs import idle_costs

DEPLOYMENT = "Custom::CDKBucketDeployment"
DESCRIBED = json.loads((PROJECT / "web" / "headers.json").read_text())
IDS = {
    ("AWS::S3::Bucket", "WebFilesA54B85CD"),
    ("AWS::S3::Bucket", "AccessLogD598EBE9"),
    (DISTRIBUTION, "Distribution830FAC52"),
}
CONFIG_SOURCE = (PROJECT / "web" / "src" / "config.ts").read_text()


@pytest.fixture(scope="module")
def web() -> Synthesised:
    """Stage dev with the web application under names of its own."""
    return turned("dev", "web")


def _of(app: Synthesised, *types: str) -> list[Resource]:
    return app.resources(*types, of="web")


def _config(app: Synthesised) -> Json:
    config: Json = app.one(DISTRIBUTION, "web").properties["DistributionConfig"]
    return config


def _behaviour(app: Synthesised, path: str) -> Json:
    """What CloudFront does with a path: the first behaviour whose pattern matches, else the default one."""
    config = _config(app)
    found = (each for each in config["CacheBehaviors"] if fnmatchcase(path, each["PathPattern"]))
    return next(found, config["DefaultCacheBehavior"])


def _function(app: Synthesised, behaviour: Json) -> str:
    """The id of the function that runs before CloudFront looks in its cache."""
    (function,) = behaviour["FunctionAssociations"]
    assert function["EventType"] == "viewer-request"
    return str(function["FunctionARN"]["Fn::GetAtt"][0])


def _statements(app: Synthesised, resource: Resource) -> list[Json]:
    found: list[Json] = resource.properties["PolicyDocument"]["Statement"]
    return found


# -- who reads the files -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def files(web: Synthesised) -> Resource:
    """The bucket of the files."""
    (bucket,) = (r for r in _of(web, "AWS::S3::Bucket") if r.id.startswith("WebFiles"))
    return bucket


def test_bucket_is_private_and_encrypted(web: Synthesised, files: Resource) -> None:
    blocked = files.properties["PublicAccessBlockConfiguration"]
    assert blocked
    assert all(blocked.values())
    assert "BucketEncryption" in files.properties
    assert "WebsiteConfiguration" not in files.properties


def test_only_cloudfront_reads_the_bucket_and_only_for_this_distribution(
    web: Synthesised, files: Resource
) -> None:
    """ "Restrict access to an Amazon S3 origin": the policy names the service, and the distribution's ARN."""
    (policy,) = (r for r in _of(web, "AWS::S3::BucketPolicy") if r.properties["Bucket"] == {"Ref": files.id})
    allowed = [each for each in _statements(web, policy) if each["Effect"] == "Allow"]
    (reads,) = (each for each in allowed if "Service" in each["Principal"])
    assert reads["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    # Without this permission, S3 returns 403 for a file that does not exist ("GetObject", Amazon S3 API).
    assert reads["Action"] == ["s3:GetObject", "s3:ListBucket"]
    (source,) = reads["Condition"]["StringEquals"].values()
    assert source["Fn::Join"][1][-1] == {"Ref": web.one(DISTRIBUTION, "web").id}
    others = [each for each in allowed if each is not reads]
    assert all("S3AutoDeleteObjects" in json.dumps(each["Principal"]) for each in others)


def test_requests_to_the_bucket_are_always_signed(web: Synthesised) -> None:
    control = web.one("AWS::CloudFront::OriginAccessControl").properties["OriginAccessControlConfig"]
    assert (control["SigningBehavior"], control["SigningProtocol"]) == ("always", "sigv4")
    (origin,) = (each for each in _config(web)["Origins"] if "S3OriginConfig" in each)
    assert origin["S3OriginConfig"] == {"OriginAccessIdentity": ""}
    assert "OriginAccessControlId" in origin


def test_nobody_lists_the_bucket_through_the_distribution(web: Synthesised) -> None:
    """The list is at `/`, with or without a query: there is the page, and no query reaches the bucket."""
    config = _config(web)
    assert config["DefaultRootObject"] == "index.html"
    assert "OriginRequestPolicyId" not in config["DefaultCacheBehavior"]
    assert _files_policy(web)["ParametersInCacheKeyAndForwardedToOrigin"]["QueryStringsConfig"] == {
        "QueryStringBehavior": "none"
    }


def _files_policy(app: Synthesised) -> Json:
    id = _config(app)["DefaultCacheBehavior"]["CachePolicyId"]["Ref"]
    (policy,) = (r for r in _of(app, "AWS::CloudFront::CachePolicy") if r.id == id)
    found: Json = policy.properties["CachePolicyConfig"]
    return found


@pytest.mark.parametrize(("stage", "kept"), [("prod", "RetainExceptOnCreate"), ("dev", "Delete")])
def test_bucket_of_a_protected_stage_is_kept_with_its_files(stage: str, kept: str) -> None:
    """One whose creation is rolled back is deleted if it is empty ("DeletionPolicy attribute",
    RetainExceptOnCreate). None has a fixed name, so one that stays does not prevent the next creation."""
    app = turned(stage, "web")
    for bucket in _of(app, "AWS::S3::Bucket"):
        assert bucket.body["DeletionPolicy"] == kept
        assert "BucketName" not in bucket.properties
    assert bool(_of(app, "Custom::S3AutoDeleteObjects")) == (stage == "dev")


def test_another_id_would_replace_what_a_stage_has_deployed(web: Synthesised) -> None:
    """CloudFormation replaces a resource whose logical id changes. DNS would point at a deleted name."""
    kept = {"AWS::S3::Bucket", DISTRIBUTION}
    assert {(r.type, r.id) for r in _of(web, *kept)} == IDS


# -- how they are cached -----------------------------------------------------------------------------------


def test_files_are_cached_as_they_say_and_no_longer(web: Synthesised) -> None:
    """ "If your minimum TTL is greater than 0, CloudFront will cache content for at least [this] duration
    [...], even if the Cache-Control: no-cache, no-store, or private directives are present"
    (CachePolicyConfig, Amazon CloudFront API)."""
    policy = _files_policy(web)
    assert (policy["MinTTL"], policy["DefaultTTL"], policy["MaxTTL"]) == (0, 0, 365 * 24 * 3600)
    key = policy["ParametersInCacheKeyAndForwardedToOrigin"]
    assert (key["HeadersConfig"], key["CookiesConfig"]) == (
        {"HeaderBehavior": "none"},
        {"CookieBehavior": "none"},
    )
    assert key["EnableAcceptEncodingGzip"] is key["EnableAcceptEncodingBrotli"] is True
    assert _config(web)["DefaultCacheBehavior"]["Compress"] is True


def test_hashed_files_are_cached_for_a_year_and_pages_never() -> None:
    assert cache_control("/assets/index-0a1b.js") == "public, max-age=31536000, immutable"
    for path in ("/index.html", "/config.json", "/favicon.svg"):
        assert cache_control(path) == "no-cache"


def test_file_that_is_not_there_is_asked_for_again(web: Synthesised) -> None:
    """By default, CloudFront keeps an error for ten seconds ("Control how long CloudFront caches errors")."""
    for each in _config(web)["CustomErrorResponses"]:
        assert each["ErrorCachingMinTTL"] == 0
        # The body of an error is not replaced by a page, for the API or for a missing script.
        assert each.keys() == {"ErrorCode", "ErrorCachingMinTTL"}
    assert 404 in {each["ErrorCode"] for each in _config(web)["CustomErrorResponses"]}


def test_files_are_only_read_and_http_is_redirected(web: Synthesised) -> None:
    default = _config(web)["DefaultCacheBehavior"]
    assert default["AllowedMethods"] == ["GET", "HEAD"]
    assert default["ViewerProtocolPolicy"] == "redirect-to-https"


# -- the API below /api ------------------------------------------------------------------------------------


def _path(route: Route) -> str:
    return API + re.sub(r"\{\w+\}", "0a1b", route.path)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.key)
def test_api_is_cached_below_its_prefix_as_at_the_edge(web: Synthesised, route: Route) -> None:
    """No response to a token is cached. Each path runs the function that removes the prefix from it."""
    behaviour = _behaviour(web, _path(route))
    cached = behaviour["CachePolicyId"] != CACHING_DISABLED
    if route.method == "GET":
        assert cached == (route.scope is None and params.CACHE_CONTROL in route.headers)
    assert _function(web, behaviour).startswith("ViewerRequest" if cached else "WebRequest")
    assert {"POST", "PUT", "DELETE", "PATCH"} <= set(behaviour["AllowedMethods"])
    # Not redirected: a redirected request has already sent its token.
    assert behaviour["ViewerProtocolPolicy"] == "https-only"


def test_both_functions_know_the_prefix(web: Synthesised) -> None:
    functions = _of(web, "AWS::CloudFront::Function")
    assert len(functions) == 2
    for function in functions:
        assert f'const PREFIX = "{API}";' in function.properties["FunctionCode"]
        assert function.properties["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0"
        assert function.properties["AutoPublish"] is True


def test_no_file_has_the_cache_key_of_a_response_of_the_api() -> None:
    """Functions change both paths before CloudFront looks in its cache, and a key has only the path."""
    files = ("/index.html", "/config.json", "/favicon.svg", "/assets/index-0a1b.js", "/assets/a/b")
    patterns = [each.pattern for each in behaviours(ROUTES) if each.cached]
    assert len(patterns) == len({route.path for route in filter(is_cached, ROUTES)})
    assert [(file, p) for file in files for p in patterns if fnmatchcase(file, p)] == []


def test_behaviours_fit_into_the_quota(web: Synthesised) -> None:
    """ "Quotas on distributions": cache behaviours."""
    patterns = [each["PathPattern"] for each in _config(web)["CacheBehaviors"]]
    assert patterns == [*(API + each.pattern for each in behaviours(routes_of(web.settings))), f"{API}/*"]
    assert len(patterns) < MAX_BEHAVIOURS


def test_closed_api_gets_the_secret_from_this_distribution_too() -> None:
    app = turned("dev", "web, edge")
    (origin,) = (each for each in _config(app)["Origins"] if "CustomOriginConfig" in each)
    (header,) = origin["OriginCustomHeaders"]
    assert header["HeaderName"] == HEADER
    assert "{{resolve:secretsmanager:arn:" in json.dumps(header["HeaderValue"])


def test_open_api_gets_no_secret(web: Synthesised) -> None:
    (origin,) = (each for each in _config(web)["Origins"] if "CustomOriginConfig" in each)
    assert "OriginCustomHeaders" not in origin
    assert "ApiId" in web.templates["api"]["Outputs"]


# -- the headers -------------------------------------------------------------------------------------------


def _headers(app: Synthesised) -> dict[str, str]:
    """The headers that CloudFront adds to the files, by their name."""
    id = _config(app)["DefaultCacheBehavior"]["ResponseHeadersPolicyId"]["Ref"]
    (policy,) = (r for r in _of(app, "AWS::CloudFront::ResponseHeadersPolicy") if r.id == id)
    config = policy.properties["ResponseHeadersPolicyConfig"]
    found = {each["Header"]: each["Value"] for each in config["CustomHeadersConfig"]["Items"]}
    security = config["SecurityHeadersConfig"]
    assert all(each["Override"] for each in [*security.values(), *config["CustomHeadersConfig"]["Items"]])
    hsts = security["StrictTransportSecurity"]
    assert hsts["IncludeSubdomains"] is True
    return found | {
        "Content-Security-Policy": security["ContentSecurityPolicy"]["ContentSecurityPolicy"],
        "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        "Strict-Transport-Security": f"max-age={hsts['AccessControlMaxAgeSec']}; includeSubDomains",
        "X-Content-Type-Options": "nosniff" if "ContentTypeOptions" in security else "",
        "X-Frame-Options": security["FrameOptions"]["FrameOption"],
    }


def test_headers_of_cloudfront_and_of_the_local_server_are_those_of_one_file() -> None:
    """`web/headers.json`. Only the addresses of a stage and the headers about HTTPS differ."""
    sent = _headers(turned("dev", "web, issuer"))
    assert sent.keys() == {*DESCRIBED["every"], *DESCRIBED["https"]}
    served = web_server.Served(folder="", api="", issuer="ISSUER", live="ws://LIVE/live")
    local = web_server.headers_for("/", served)
    assert local.keys() - {"Cache-Control"} == DESCRIBED["every"].keys()
    for name in sent.keys() - {"Content-Security-Policy", *DESCRIBED["https"]}:
        assert sent[name] == local[name] == DESCRIBED["every"][name]
    ours = headers({"issuer": "ISSUER", "live": "ws://LIVE"})["Content-Security-Policy"]
    assert ours == local["Content-Security-Policy"]
    assert sent["Strict-Transport-Security"] == DESCRIBED["https"]["Strict-Transport-Security"]


def test_policy_of_an_external_issuer_allows_what_is_below_it_and_its_token_endpoint() -> None:
    policy = _headers(turned("dev", "web, issuer"))["Content-Security-Policy"]
    assert (
        "connect-src 'self' https://login.example.com/ https://login.example.com/oauth/token; " in policy
    ), policy
    assert not re.search(r"unsafe|[{}]|  | ;", policy)


def test_policy_of_a_user_pool_reads_its_addresses_from_the_other_stacks(web: Synthesised) -> None:
    policy: Any = _headers(web)["Content-Security-Policy"]
    read = [each["OutputName"] for each in outputs_read(policy)]
    assert read == ["Issuer", "TokenUrl", "WebSocketUrl"]
    assert "connect-src 'self' " in policy["Fn::Join"][1][0]


# -- what a deployment writes ------------------------------------------------------------------------------


def _deployments(app: Synthesised) -> tuple[Json, Json]:
    assets, pages = sorted(_of(app, DEPLOYMENT), key=lambda each: each.id)
    assert (assets.id[:6], pages.id[:5]) == ("Assets", "Pages")
    return assets.body, pages.body


def test_every_file_is_written_once_with_its_cache_control(web: Synthesised) -> None:
    """`aws s3 sync`: "filters that appear later in the command take precedence" ("Use of Exclude and Include
    Filters", AWS CLI)."""
    assets, pages = (each["Properties"] for each in _deployments(web))
    assert (assets["Exclude"], assets["Include"], pages["Exclude"]) == (["*"], ["assets/*"], ["assets/*"])
    assert "Include" not in pages
    assert assets["SystemMetadata"] == {"cache-control": DESCRIBED["cache"]["/assets/"]}
    assert pages["SystemMetadata"] == {"cache-control": DESCRIBED["cache"]["/"]}


def test_page_is_written_after_the_assets_that_it_names(web: Synthesised) -> None:
    _, pages = _deployments(web)
    assert any(each.startswith("AssetsCustomResource") for each in pages["DependsOn"])


def test_files_of_earlier_releases_stay_for_pages_that_are_open(web: Synthesised) -> None:
    for deployment in _deployments(web):
        assert deployment["Properties"]["Prune"] is False
    rules = [r.properties.get("LifecycleConfiguration", {}) for r in _of(web, "AWS::S3::Bucket")]
    (of_files,) = (each["Rules"] for each in rules if "ExpirationInDays" not in json.dumps(each))
    assert [each.keys() - {"Status"} for each in of_files] == [{"AbortIncompleteMultipartUpload"}]


def test_what_is_not_hashed_is_invalidated(web: Synthesised) -> None:
    """ "What you need to know when invalidating paths": the path after the function has changed it."""
    assets, pages = (each["Properties"] for each in _deployments(web))
    assert pages["DistributionId"] == {"Ref": web.one(DISTRIBUTION, "web").id}
    assert pages["DistributionPaths"] == ["/config.json", "/favicon.svg", "/index.html"]
    assert "DistributionId" not in assets


def test_build_is_the_same_for_every_stage() -> None:
    """Only `config.json` differs, so that one build serves all stages."""
    built = []
    for stage in ("dev", "prod"):
        assets, pages = (each["Properties"] for each in _deployments(turned(stage, "web")))
        assert assets["SourceObjectKeys"] == pages["SourceObjectKeys"][:1]
        assert assets.get("SourceMarkers", [{}]) == [{}] == pages["SourceMarkers"][:1]
        built.append(assets["SourceObjectKeys"])
    assert built[0] == built[1]


def test_second_source_of_the_pages_is_the_configuration_alone(web: Synthesised) -> None:
    _, pages = (each["Properties"] for each in _deployments(web))
    hash = pages["SourceObjectKeys"][1].removesuffix(".zip")
    assert web.assets[hash] == ["config.json"]
    read = [each["OutputName"] for each in outputs_read(pages["SourceMarkers"][1])]
    assert read == ["Issuer", "WebClientId", "WebSocketUrl"]


def _fields_read() -> tuple[set[str], set[str]]:
    """The fields of `config.json` that `web/src/config.ts` reads: the required and the optional ones."""
    interface = CONFIG_SOURCE.partition("export interface Config {")[2].partition("\n}")[0]
    fields = re.findall(r"readonly (\w+)(\??):", interface)
    return {name for name, optional in fields if not optional}, {name for name, each in fields if each}


@pytest.mark.parametrize("live_url", [None, "wss://a.example/live"])
def test_configuration_has_exactly_the_fields_that_the_application_reads(live_url: str | None) -> None:
    found = WebAddresses("https://a.example", "client", "https://a.example/token", live_url)
    config = found.config(STAGES["dev"], WEB_CLIENT)
    needed, optional = _fields_read()
    # The other two are for a local run only.
    assert optional == {"liveUrl", "breakIt", "build"}
    assert config.keys() == needed | ({"liveUrl"} if live_url else set())
    assert all(config.values())
    assert (config["stage"], config["apiUrl"]) == ("dev", "/api")


def test_configuration_asks_the_user_pool_for_scopes_by_the_names_that_it_has() -> None:
    """ "Scopes, M2M, and resource servers" (Amazon Cognito): `resourceServerIdentifier/scopeName`."""
    found = WebAddresses("https://a.example", "client", "https://a.example/token", None)
    scopes = found.config(STAGES["dev"], WEB_CLIENT)["scopes"].split(" ")
    assert scopes[:3] == ["openid", "profile", "email"]
    assert set(scopes[3:]) == {f"orders/{scope}" for scope in WEB_CLIENT.scopes}
    external = replace(STAGES["dev"], issuer="https://login.example.com")
    assert found.config(external, EXTERNAL)["scopes"].split(" ")[3:] == list(EXTERNAL.scopes)


def test_no_configuration_of_aws_breaks_anything() -> None:
    for switch in ("web", "web, its own name", "web, issuer", "web, edge"):
        assert "breakIt" not in json.dumps(turned("dev", switch).templates["web"])


def test_role_of_the_deployment_deletes_nothing_and_invalidates_this_distribution_only(
    web: Synthesised,
) -> None:
    (function,) = (
        r for r in _of(web, "AWS::Lambda::Function") if r.id.startswith("CustomCDKBucketDeployment")
    )
    role = function.properties["Role"]["Fn::GetAtt"][0]
    assert "ManagedPolicyArns" not in web.templates["web"]["Resources"][role]["Properties"]
    policies = [r for r in _of(web, "AWS::IAM::Policy") if {"Ref": role} in r.properties["Roles"]]
    actions = {
        action: json.dumps(each["Resource"])
        for policy in policies
        for each in _statements(web, policy)
        for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    }
    assert actions.keys() == {
        *("s3:GetObject", "s3:ListBucket", "s3:PutObject"),
        *("cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"),
        *("logs:CreateLogStream", "logs:PutLogEvents"),
    }
    assert "cdk-hnb659fds-assets-" in actions["s3:GetObject"]
    distribution = web.one(DISTRIBUTION, "web").id
    assert distribution in actions["cloudfront:CreateInvalidation"]
    written = {each for body in _deployments(web) for each in body["DependsOn"]}
    assert {policy.id for policy in policies} <= written, "it may do all of this before it is called"


def test_first_deployment_gives_a_new_policy_minutes_to_take_effect(web: Synthesised) -> None:
    """ "Changes that I make are not always immediately visible" (Troubleshoot IAM)."""
    assets, _ = _deployments(web)
    assert web.one(DISTRIBUTION, "web").id in assets["DependsOn"]


# -- names, sign-in, place ---------------------------------------------------------------------------------


def _web_client(app: Synthesised) -> Json:
    (client,) = (r for r in app.resources("AWS::Cognito::UserPoolClient") if r.id.startswith("UsersWeb"))
    return client.properties


def test_people_return_to_the_application_after_signing_in_and_out() -> None:
    """Cognito compares the URLs as texts ("CallbackURLs", AWS::Cognito::UserPoolClient)."""
    session = (PROJECT / "web" / "src" / "session.ts").read_text()
    assert 'CALLBACK = "/callback"' in session
    assert "redirect_uri: origin + CALLBACK" in session
    assert "post_logout_redirect_uri: `${origin}/`" in session
    named = _web_client(turned("dev", "web"))
    for alias in WEB.aliases:
        assert f"https://{alias}/callback" in named["CallbackURLs"]
        assert f"https://{alias}/" in named["LogoutURLs"]
    own_name = _web_client(turned("dev", "web, its own name"))
    assert own_name["CallbackURLs"] == ["https://d111111abcdef8.cloudfront.net/callback"]
    assert own_name["LogoutURLs"] == ["https://d111111abcdef8.cloudfront.net/"]


def test_name_of_cloudfront_is_learnt_from_the_first_deployment_and_set_for_the_second() -> None:
    app = turned("dev", "web, its own name")
    url = app.templates["web"]["Outputs"]["WebUrl"]["Value"]
    assert url == {
        "Fn::Join": ["", ["https://", {"Fn::GetAtt": [app.one(DISTRIBUTION, "web").id, "DomainName"]}]]
    }
    # No other stack refers to the distribution, so there is no circular dependency.
    others = {stack: body for stack, body in app.templates.items() if stack != "web"}
    assert not re.search(r"orders-dev-web\b", json.dumps(others))
    named = turned("dev", "web").templates["web"]["Outputs"]["WebUrl"]["Value"]
    assert named == f"https://{WEB.aliases[0]}"


def test_whole_stack_is_in_us_east_1_and_reads_the_others_by_weak_references(web: Synthesised) -> None:
    """For the same reasons as the edge stack: `test_edge.py` cites AWS's pages."""
    assert {place.rpartition("/")[2] for place in web.environments} == {"eu-west-1", "us-east-1"}
    assert "Fn::ImportValue" not in json.dumps(web.templates["web"])
    read = outputs_read(web.templates["web"])
    assert {each["OutputName"] for each in read} == {
        *("ApiId", "Issuer", "TokenUrl", "WebClientId", "WebSocketUrl")
    }
    for each in read:
        stack = each["StackName"].removeprefix("orders-dev-")
        assert each["Region"] == "eu-west-1"
        assert each["OutputName"] in web.templates[stack]["Outputs"]
        assert web.order.index(stack) < web.order.index("web")


def test_names_and_firewall_are_those_of_the_setting(web: Synthesised) -> None:
    config = _config(web)
    assert config["Aliases"] == list(WEB.aliases)
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert (config["HttpVersion"], config["PriceClass"]) == ("http2and3", "PriceClass_100")
    assert config["WebACLId"] == {"Fn::GetAtt": [web.one("AWS::WAFv2::WebACL").id, "Arn"]}
    plain = _config(turned("dev", "web, its own name"))
    assert not plain.keys() & {"Aliases", "WebACLId", "ViewerCertificate"}


def test_alarms_and_the_access_log_are_in_the_stack(web: Synthesised) -> None:
    assert sorted(r.id[:-8] for r in _of(web, "AWS::CloudWatch::Alarm")) == [
        *("WebApiFunctionFails", "WebFaults", "WebFunctionFails")
    ]
    delivery = web.one("AWS::Logs::Delivery", "web").properties
    assert not [field for field in delivery["RecordFields"] if "query" in field or "c-ip" in field]


def test_application_is_turned_on_and_off_with_and_without_the_edge() -> None:
    deployed: dict[str, Json] = {}
    for switch in ("as it is", "web, its own name", "web", "web, edge", "edge", "web", "as it is"):
        app = turned("dev", switch)
        assert deploy(deployed, Stage(app.order, app.templates), prefix="orders-dev-") == [], switch


def test_stage_without_the_setting_has_no_such_stack() -> None:
    app = turned("dev", "as it is")
    assert app.settings.web is None
    assert "web" not in app.templates


def test_idle_application_costs_its_alarms_their_key_and_the_firewall(web: Synthesised) -> None:
    costs = idle_costs(resource.body for resource in _of(turned("dev", "web, its own name")))
    assert sum(dollars for _, dollars in costs.values()) == pytest.approx(1.4)
    with_firewall = idle_costs(resource.body for resource in _of(web))
    assert sum(dollars for _, dollars in with_firewall.values()) == pytest.approx(1.4 + 9)


def test_edge_and_application_have_names_of_their_own() -> None:
    assert not set(EDGE.aliases) & set(WEB.aliases)
