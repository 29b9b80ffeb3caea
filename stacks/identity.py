"""The identity stack: the issuer of tokens, for stages without an external issuer."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import CfnOutput, CrossStackReferences, Duration, ReferenceStrength
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from stacks.acceptances import Checker
from stacks.canary import TokenSource
from stacks.nag import accept, suppress_nag
from stacks.settings import CANARY_CLIENT, RESOURCE_SERVER, SCOPES, MachineClient, Settings, WebClient
from stacks.sign_in import SignIn
from stacks.stack import AWS_KEY, OrderStack, removal_policy

_PERSON_SCOPES = ("orders:read", "orders:write", "customers:read", "customers:write")

# The clients that send people to the sign-in pages.
_FOR_PEOPLE = frozenset({"Person", "Web"})

# RFC 8252, section 7.3: an app on the user's own machine receives the code on the loopback interface.
_LOOPBACK = "http://localhost:3000"


class IdentityStack(OrderStack):
    """A Cognito user pool, its scopes, the machine clients of the settings, and one client for people."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        super().__init__(scope, id, settings=settings, description="Order backend: the issuer of tokens")
        pool = self._pool()
        server = pool.add_resource_server(
            "Scopes",
            identifier=RESOURCE_SERVER,
            scopes=[
                cognito.ResourceServerScope(scope_name=name, scope_description=description)
                for name, description in SCOPES.items()
            ],
        )
        scopes = {
            name: cognito.OAuthScope.resource_server(
                server, cognito.ResourceServerScope(scope_name=name, scope_description=description)
            )
            for name, description in SCOPES.items()
        }
        clients = [
            self._machine_client(pool, client, [scopes[name] for name in client.scopes])
            for client in settings.machine_clients
        ]
        canary = settings.canary and self._machine_client(
            pool, CANARY_CLIENT, [scopes[name] for name in CANARY_CLIENT.scopes]
        )
        clients += [canary] if canary else []
        clients.append(self._person_client(pool, [scopes[name] for name in _PERSON_SCOPES]))
        web = settings.web_client
        web_client = web and self._web_client(pool, web, [scopes[name] for name in web.scopes])
        clients += [web_client] if web_client else []
        domain = pool.add_domain(
            "Domain",
            # It must be unique in the region across all accounts, so it contains the account's number.
            cognito_domain=cognito.CognitoDomainOptions(
                domain_prefix=f"orders-{settings.stage}-{self.account}"
            ),
            # Explicitly, because Cognito might keep the version when it is removed from the template.
            managed_login_version=(
                cognito.ManagedLoginVersion.NEWER_MANAGED_LOGIN
                if web and web.managed_login
                else cognito.ManagedLoginVersion.CLASSIC_HOSTED_UI
            ),
        )
        if web and web.managed_login:
            self._managed_login(pool, domain, [each for each in clients if each.node.id in _FOR_PEOPLE])
        self.issuer = pool.user_pool_provider_url
        # Cognito's access tokens have `client_id` instead of `aud`, and API Gateway accepts it as audience.
        self.audience = tuple(client.user_pool_client_id for client in clients)
        for client in clients:
            # With a weak reference, the api stack reads a client's id without blocking its deletion: if a
            # client is removed from the settings, it is deleted first, and the api stack is updated later in
            # the same deployment. BOTH, because the api stack of the previous release still imports the ids.
            CrossStackReferences.of(client).produce(ReferenceStrength.BOTH)
            CfnOutput(self, f"{client.node.id}ClientId", value=client.user_pool_client_id)
        self.canary = self._canary_tokens(canary, domain) if canary else None
        """Where the canary gets its tokens; None if there is none."""
        self.sign_in = self._sign_in(web, web_client, domain) if web and web_client else None
        """Where people sign in, for front ends; None if the settings name no client for them."""
        if web and web.needs_essentials:
            # `tools/preflight` reads it before the plan is lowered.
            CfnOutput(self, "UsesEssentials", value="yes")
        CfnOutput(self, "UserPoolId", value=pool.user_pool_id)
        CfnOutput(self, "AuthorizeUrl", value=f"{domain.base_url()}/oauth2/authorize")
        CfnOutput(self, "TokenUrl", value=f"{domain.base_url()}/oauth2/token")

    def _machine_client(
        self, pool: cognito.UserPool, client: MachineClient, scopes: Sequence[cognito.OAuthScope]
    ) -> cognito.UserPoolClient:
        return pool.add_client(
            client.name,
            generate_secret=True,
            access_token_validity=Duration.hours(1),
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(client_credentials=True), scopes=list(scopes)
            ),
        )

    def _canary_tokens(self, client: cognito.UserPoolClient, domain: cognito.UserPoolDomain) -> TokenSource:
        """Store the client's secret for the canary's function alone. Returns where it gets its tokens.

        Cognito would also return the secret, but the permission to read it there (DescribeUserPoolClient)
        covers all clients of the pool (Service Authorization Reference, Amazon Cognito User Pools).
        """
        secret = secretsmanager.CfnSecret(
            self,
            "CanaryClientSecret",
            description=f"The secret of the canary's client, {self.settings.stage}",
            secret_string=cast(cognito.CfnUserPoolClient, client.node.default_child).attr_client_secret,
        )
        # Weak references, as for the clients: turning the canary off removes all of this first.
        for each in (secret, domain):
            CrossStackReferences.of(each).produce(ReferenceStrength.WEAK)
        accept(secret, Checker.CHECKOV, "CKV_AWS_149", AWS_KEY)
        suppress_nag(
            secret,
            "AwsSolutions-SMG4",
            "It is a copy of a secret that Cognito generates; docs/deploying.md describes its rotation.",
        )
        return TokenSource(
            url=f"{domain.base_url()}/oauth2/token",
            client_id=client.user_pool_client_id,
            secret_arn=secret.ref,
            parameters={"scope": " ".join(f"{RESOURCE_SERVER}/{name}" for name in CANARY_CLIENT.scopes)},
        )

    def _person_client(
        self, pool: cognito.UserPool, scopes: Sequence[cognito.OAuthScope]
    ) -> cognito.UserPoolClient:
        """Returns the client of front ends.

        It exists even if there is no address to redirect to after signing in, because the api stack uses its
        id as an audience. In that case no user can sign in with it.
        """
        origins = self.settings.web_origins
        if not self.settings.protected:
            origins = tuple(dict.fromkeys((_LOOPBACK, *origins)))
        return pool.add_client(
            "Person",
            # A public client cannot keep a secret; it uses PKCE instead.
            generate_secret=False,
            access_token_validity=Duration.hours(1),
            refresh_token_validity=Duration.days(30),
            enable_token_revocation=True,
            prevent_user_existence_errors=True,
            supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
            disable_o_auth=not origins,
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[cognito.OAuthScope.OPENID, *scopes],
                callback_urls=[f"{origin}/callback" for origin in origins],
                logout_urls=list(origins),
            )
            if origins
            else None,
        )

    def _web_client(
        self, pool: cognito.UserPool, web: WebClient, scopes: Sequence[cognito.OAuthScope]
    ) -> cognito.UserPoolClient:
        """Returns the client of front ends that the settings describe."""
        callback_urls = list(web.callback_urls)
        if self.settings.domain:
            callback_urls.append(f"https://{self.settings.domain.name}/docs/sign-in")
        # The web application's own (`web/src/session.ts`). Cognito compares them as texts.
        origins = self.settings.web.origins if self.settings.web else ()
        callback_urls += [f"{origin}/callback" for origin in origins]
        logout_urls = [*web.logout_urls, *(f"{origin}/" for origin in origins)]
        client = pool.add_client(
            "Web",
            # A public client cannot keep a secret; it uses PKCE instead.
            generate_secret=False,
            access_token_validity=Duration.minutes(web.access_token_minutes),
            id_token_validity=Duration.minutes(web.access_token_minutes),
            refresh_token_validity=Duration.days(web.refresh_token_days),
            # A front end that got no response may send the old token again for this long.
            refresh_token_rotation_grace_period=Duration.seconds(10) if web.rotate_refresh_tokens else None,
            enable_token_revocation=True,
            prevent_user_existence_errors=True,
            supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[
                    *(cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL, cognito.OAuthScope.PROFILE),
                    *scopes,
                ],
                callback_urls=list(dict.fromkeys(callback_urls)),
                logout_urls=list(dict.fromkeys(logout_urls)),
            ),
        )
        # As few as possible, because people sign in through the pages. Without any, Cognito allows three, one
        # of which the rotation forbids ("ExplicitAuthFlows", CreateUserPoolClient; "Refresh tokens").
        flow = "ALLOW_USER_SRP_AUTH" if web.rotate_refresh_tokens else "ALLOW_REFRESH_TOKEN_AUTH"
        cast(cognito.CfnUserPoolClient, client.node.default_child).explicit_auth_flows = [flow]
        return client

    def _managed_login(
        self,
        pool: cognito.UserPool,
        domain: cognito.UserPoolDomain,
        clients: Sequence[cognito.UserPoolClient],
    ) -> None:
        """Give each client for people a style: without one, its pages show an error.

        See "Apply branding to managed login pages" (Amazon Cognito). The domain shows the pages afterwards.
        """
        for client in clients:
            domain.node.add_dependency(
                cognito.CfnManagedLoginBranding(
                    self,
                    f"{client.node.id}Style",
                    user_pool_id=pool.user_pool_id,
                    client_id=client.user_pool_client_id,
                    use_cognito_provided_values=True,
                )
            )

    def _sign_in(
        self, web: WebClient, client: cognito.UserPoolClient, domain: cognito.UserPoolDomain
    ) -> SignIn:
        # As for the canary: the client may be turned off in one deployment.
        CrossStackReferences.of(domain).produce(ReferenceStrength.WEAK)
        base = domain.base_url()
        return SignIn(
            client_id=client.user_pool_client_id,
            authorization_url=f"{base}/oauth2/authorize",
            token_url=f"{base}/oauth2/token",
            token_origin=base,
            scope_prefix=self.settings.scope_prefix,
            scopes=web.scopes,
        )

    def _email(self) -> cognito.CfnUserPool.EmailConfigurationProperty:
        """Returns the mail configuration of the pool: SES, if the settings name a sender.

        Without SES, Cognito sends at most fifty mails a day. The SES identity must be verified, in the pool's
        region ("Email settings for Amazon Cognito user pools"). Without a sender, the default is set
        explicitly, so that it replaces an earlier SES configuration.
        """
        mail = self.settings.mail
        if mail is None:
            return cognito.CfnUserPool.EmailConfigurationProperty(email_sending_account="COGNITO_DEFAULT")
        return cognito.CfnUserPool.EmailConfigurationProperty(
            email_sending_account="DEVELOPER",
            from_=mail.header,
            source_arn=self.format_arn(service="ses", resource="identity", resource_name=mail.identity),
        )

    def _pool(self) -> cognito.UserPool:
        pool = cognito.UserPool(
            self,
            "Users",
            self_sign_up_enabled=True,
            sign_in_aliases=cognito.SignInAliases(email=True),
            sign_in_case_sensitive=False,
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            # Above the first ten thousand active users, LITE costs a third of the next plan for each user
            # ("User pool feature plans").
            feature_plan=cognito.FeaturePlan(self.settings.user_pool_plan.value),
            mfa=cognito.Mfa.REQUIRED,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_digits=True,
                require_lowercase=True,
                require_uppercase=True,
                require_symbols=True,
            ),
            deletion_protection=self.settings.protected,
            removal_policy=removal_policy(self.settings),
        )
        # The L2 construct does not accept an identity that is a parent of the sender's domain.
        cast(cognito.CfnUserPool, pool.node.default_child).email_configuration = self._email()
        suppress_nag(
            pool,
            "AwsSolutions-COG8",
            "The Plus plan is billed for each active user; a second factor is required of all users instead.",
        )
        return pool
