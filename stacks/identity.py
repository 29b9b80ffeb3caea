"""The identity stack: who may ask for which scope, when no outside issuer says so."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import CfnOutput, CrossStackReferences, Duration, ReferenceStrength
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from stacks.nag import suppress_nag
from stacks.removal import removal_policy
from stacks.settings import RESOURCE_SERVER, SCOPES, MachineClient, Settings
from stacks.stack import OrderStack

_OF_A_CUSTOMER = ("orders:read", "orders:write", "customers:read", "customers:write")

# RFC 8252, section 7.3: a program on the user's own machine receives the code on the loopback interface.
_LOOPBACK = "http://localhost:3000"


class IdentityStack(OrderStack):
    """A Cognito user pool, its scopes, a client for each machine of the settings, and one for people."""

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
        clients.append(self._person_client(pool, [scopes[name] for name in _OF_A_CUSTOMER]))
        domain = pool.add_domain(
            "Domain",
            # Unique in the region across all accounts, hence the account's number.
            cognito_domain=cognito.CognitoDomainOptions(
                domain_prefix=f"orders-{settings.stage}-{self.account}"
            ),
        )
        self.issuer = pool.user_pool_provider_url
        # Cognito's access tokens carry `client_id` in place of `aud`, and API Gateway accepts it as such.
        self.audience = tuple(client.user_pool_client_id for client in clients)
        for client in clients:
            # The api stack reads a client's id without holding it: a client that the settings drop goes
            # first, and the api stack learns of it in the same deployment. Both, because the api stack of the
            # release before still imports the ids.
            CrossStackReferences.of(client).produce(ReferenceStrength.BOTH)
            CfnOutput(self, f"{client.node.id}ClientId", value=client.user_pool_client_id)
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

    def _person_client(
        self, pool: cognito.UserPool, scopes: Sequence[cognito.OAuthScope]
    ) -> cognito.UserPoolClient:
        """The client of front ends.

        Where there is no address to return to after signing in, it is there and nobody can sign in by it: the
        api stack knows it as an audience either way.
        """
        origins = self.settings.web_origins
        if not self.settings.protected:
            origins = tuple(dict.fromkeys((_LOOPBACK, *origins)))
        return pool.add_client(
            "Person",
            # A public client: it can keep no secret, and proves itself by PKCE instead.
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

    def _email(self) -> cognito.CfnUserPool.EmailConfigurationProperty:
        """By SES, where the settings name a sender. Cognito's own allows fifty mails a day.

        "Email settings for Amazon Cognito user pools": the identity is proven, in the pool's region. Without
        a sender the default is written out, so that it applies again where there was one before.
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
            # Its price is a third of the next one's for each active user above the first ten thousand, and it
            # has all that is used here ("User pool feature plans").
            feature_plan=cognito.FeaturePlan.LITE,
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
        # The library's own takes no identity above the sender's domain.
        cast(cognito.CfnUserPool, pool.node.default_child).email_configuration = self._email()
        suppress_nag(
            pool,
            "AwsSolutions-COG8",
            "The plus plan is billed for each active user; a second factor is required of everyone instead.",
        )
        return pool
