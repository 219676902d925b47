//! [`Connection`]: with which credentials, and how patiently.

use std::time::Duration;

use crate::api::{ApiError, ErrorKind};
use crate::secret::Secret;

/// How AWS is reached. What is not said comes from where AWS's own tools take it: environment,
/// profile, container, instance. `AWS_ENDPOINT_URL` and its sisters lead elsewhere,
/// `AWS_CA_BUNDLE` trusts other certificates, `HTTPS_PROXY` and `NO_PROXY` are heeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Where calls go that no environment places (`--region`).
    pub region: Option<String>,
    /// The profile in AWS's configuration file (`--profile`).
    pub profile: Option<String>,
    /// A role that is assumed first (`--assume-role`): its ARN, or its name, which is then looked
    /// for in the account of each stack.
    pub assume_role: Option<String>,
    /// What the role's trust policy asks for as `sts:ExternalId`.
    pub external_id: Option<String>,
    /// Credentials, for a program that has them from elsewhere; none: as AWS's own tools find them.
    pub keys: Option<Keys>,
    /// Where all services answer: an emulator. None: AWS, or where `AWS_ENDPOINT_URL` leads.
    pub endpoint: Option<String>,
    /// How long one call may take; when it is over, it is [`ErrorKind::NoAnswer`].
    pub call_timeout: Duration,
}

/// An access key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Its id.
    pub id: String,
    /// The secret key.
    pub secret: Secret,
    /// The token, of a session.
    pub token: Option<Secret>,
}

impl Default for Connection {
    /// Everything as AWS's own tools have it; thirty seconds for a call.
    fn default() -> Connection {
        Connection {
            region: None,
            profile: None,
            assume_role: None,
            external_id: None,
            keys: None,
            endpoint: None,
            call_timeout: Duration::from_secs(30),
        }
    }
}

/// The ARN of a role of that name in an account; an ARN stays as it is.
pub(super) fn role_arn(role: &str, account: &str, region: &str) -> Result<String, ApiError> {
    if role.starts_with("arn:") {
        return Ok(role.to_owned());
    }
    let fits = |it: u8| it.is_ascii_alphanumeric() || b"_+=,.@-/".contains(&it);
    let name = role.trim_start_matches('/');
    if name.is_empty() || name.len() > 576 || !name.bytes().all(fits) {
        return Err(ApiError::local(
            ErrorKind::Credentials,
            &format!(
                "`{role}` is no role: say the name of one, such as `Deployer`, or its ARN, such as `arn:aws:iam::111122223333:role/Deployer`"
            ),
        ));
    }
    let partition = crate::engine::partition_of(region);
    Ok(format!("arn:{partition}:iam::{account}:role/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_looked_for_in_the_account_of_the_stack_unless_its_arn_says_another() {
        let arn = |role| role_arn(role, "444455556666", "cn-north-1");
        let cases = [
            ("Deployer", "arn:aws-cn:iam::444455556666:role/Deployer"),
            (
                "ci/Deployer",
                "arn:aws-cn:iam::444455556666:role/ci/Deployer",
            ),
            ("arn:aws:iam::1:role/D", "arn:aws:iam::1:role/D"),
        ];
        for (role, expected) in cases {
            assert_eq!(arn(role).as_deref(), Ok(expected));
        }
        for wrong in ["", "/", "De ployer", "De:ployer", "Dé"] {
            assert_eq!(
                arn(wrong).map_err(|it| it.kind),
                Err(ErrorKind::Credentials)
            );
        }
    }
}
