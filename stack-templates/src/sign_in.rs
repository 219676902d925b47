//! Signing in at the load balancer, before a request reaches anything behind it.

use stack_core::aws::elbv2;
use stack_core::prelude::*;

/// An identity provider that speaks OpenID Connect, and what it knows the load balancer by.
///
/// Whoever is not signed in is sent there and comes back to `/oauth2/idpresponse` of the same host,
/// which the provider must allow; for many hosts that is `https://*.…/oauth2/idpresponse`, which not
/// every provider takes. A session lasts twelve hours.
///
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html>
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::SignIn;
/// let sign_in = SignIn {
///     issuer: "https://id.shop.example/realms/staff".to_owned(),
///     authorization_endpoint: "https://id.shop.example/realms/staff/auth".to_owned(),
///     token_endpoint: "https://id.shop.example/realms/staff/token".to_owned(),
///     user_info_endpoint: "https://id.shop.example/realms/staff/userinfo".to_owned(),
///     client_id: "previews".to_owned(),
///     client_secret: DynamicReference::secret_text("preview/sign-in"),
/// };
/// ```
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The provider, as it names itself in its tokens.
    pub issuer: String,
    /// Where people are sent.
    pub authorization_endpoint: String,
    /// Where the load balancer gets tokens.
    pub token_endpoint: String,
    /// Where it asks who somebody is.
    pub user_info_endpoint: String,
    /// What the provider knows the load balancer by.
    pub client_id: String,
    /// The secret to it, by reference.
    pub client_secret: Value<String>,
}

impl SignIn {
    /// A secret in the template, or an address without TLS.
    pub(crate) fn check(&self, scope: &mut Scope<'_>) {
        let secret = self.client_secret.expr().as_str();
        if secret.is_some_and(|it| !it.starts_with("{{resolve:")) {
            scope.problem(
                Problem::error(
                    "secret-in-template",
                    "the client secret stands in the template",
                )
                .help("name where it is kept: `DynamicReference::secret_text(\"…\")`"),
            );
        }
        let addresses = [
            &self.issuer,
            &self.authorization_endpoint,
            &self.token_endpoint,
            &self.user_info_endpoint,
        ];
        for address in addresses
            .into_iter()
            .filter(|it| !it.starts_with("https://"))
        {
            scope.problem(
                Problem::error(
                    "sign-in-address",
                    format!("`{address}` is no HTTPS address"),
                )
                .help("the load balancer takes `https://…` alone"),
            );
        }
    }

    /// The action that comes first in a rule.
    pub(crate) fn action(&self) -> elbv2::listener_rule::Action {
        use elbv2::listener_rule as it;
        it::Action::new()
            .kind(elbv2::listener::ActionType::AUTHENTICATE_OIDC)
            .order(1)
            .authenticate_oidc_config(
                it::AuthenticateOidcConfig::new()
                    .issuer(&self.issuer)
                    .authorization_endpoint(&self.authorization_endpoint)
                    .token_endpoint(&self.token_endpoint)
                    .user_info_endpoint(&self.user_info_endpoint)
                    .client_id(&self.client_id)
                    .client_secret(&self.client_secret)
                    .scope("openid")
                    .session_timeout(43_200)
                    .on_unauthenticated_request(
                        elbv2::listener::OnUnauthenticatedRequest::AUTHENTICATE,
                    ),
            )
    }
}
