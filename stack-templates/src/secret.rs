//! Secrets by reference: the template names where a value is kept, never the value.

use stack_core::aws::policy::Statement;
use stack_core::prelude::*;
use stack_core::sub;

use crate::network::Endpoint;
use crate::way_out::Need;

/// A value kept in Secrets Manager or Parameter Store, put into a container's environment when a
/// task starts. A changed value reaches tasks that start later.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html>
#[derive(Clone, Debug)]
pub struct Secret {
    value_from: Value<String>,
    arn: Value<String>,
    action: &'static str,
}

impl Secret {
    /// The whole text of a secret of Secrets Manager, by its ARN.
    pub fn whole(arn: impl IntoValue<String>) -> Secret {
        let arn = arn.into_value();
        Secret {
            value_from: arn.clone(),
            arn,
            action: "secretsmanager:GetSecretValue",
        }
    }

    /// One key of a JSON secret of Secrets Manager.
    pub fn key(arn: impl IntoValue<String>, key: &str) -> Secret {
        let arn = arn.into_value();
        Secret {
            value_from: sub!("${arn}:${key}::", arn = &arn, key = key),
            arn,
            action: "secretsmanager:GetSecretValue",
        }
    }

    /// A parameter of Parameter Store in the stack's own account and region, by its name with the
    /// leading slash: `/shop/staging/app-key`.
    pub fn parameter(name: &str) -> Secret {
        let path = name.strip_prefix('/').unwrap_or(name);
        let arn = sub!(
            "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/${path}",
            path = path
        );
        Secret {
            value_from: arn.clone(),
            arn,
            action: "ssm:GetParameters",
        }
    }

    pub(crate) fn value_from(&self) -> Value<String> {
        self.value_from.clone()
    }

    /// What a task reaches to read it.
    pub(crate) fn need(&self) -> Need {
        Need::Service(match self.action {
            "ssm:GetParameters" => Endpoint::Ssm,
            _ => Endpoint::SecretsManager,
        })
    }

    /// What the execution role needs to read it.
    pub(crate) fn read(&self) -> Statement {
        Statement::allow()
            .actions([self.action])
            .resources([&self.arn])
    }
}
