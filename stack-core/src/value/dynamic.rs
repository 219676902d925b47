//! Dynamic references: values that CloudFormation fetches from Systems Manager or Secrets Manager
//! when it deploys.

use std::borrow::Cow;

use super::sub::{escape, sub_expr};
use super::{Expr, IntoValue, Object, Value};

/// A value kept in Systems Manager Parameter Store or Secrets Manager.
///
/// The text it becomes (`{{resolve:…}}`) is refused in ordinary text, because CloudFormation would
/// resolve it wherever it stands, a tag or a branch name included.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html>
///
/// ```
/// use stack_core::prelude::*;
/// let password: Value<String> = DynamicReference::secret("shop/database", "password");
/// assert_eq!(
///     password.expr().as_str(),
///     Some("{{resolve:secretsmanager:shop/database:SecretString:password}}"),
/// );
/// ```
pub enum DynamicReference {}

impl DynamicReference {
    /// A plain parameter of Parameter Store, in its newest version when the stack is deployed.
    pub fn ssm<T>(name: impl IntoValue<String>) -> Value<T> {
        reference("ssm", name, "")
    }

    /// A plain parameter of Parameter Store in one version (1 or more).
    pub fn ssm_version<T>(name: impl IntoValue<String>, version: u32) -> Value<T> {
        reference("ssm", name, &format!(":{version}"))
    }

    /// A `SecureString` parameter. CloudFormation takes it only in a few properties, mostly
    /// passwords of databases.
    pub fn ssm_secure<T>(name: impl IntoValue<String>) -> Value<T> {
        reference("ssm-secure", name, "")
    }

    /// One key of a JSON secret of Secrets Manager, by the secret's name or ARN.
    pub fn secret<T>(id: impl IntoValue<String>, json_key: &str) -> Value<T> {
        reference("secretsmanager", id, &format!(":SecretString:{json_key}"))
    }

    /// The whole text of a secret of Secrets Manager.
    pub fn secret_text<T>(id: impl IntoValue<String>) -> Value<T> {
        reference("secretsmanager", id, "")
    }
}

fn reference<T>(service: &'static str, name: impl IntoValue<String>, suffix: &str) -> Value<T> {
    let name = name.into_value().into_expr();
    if let Some(name) = name.as_str() {
        let text = format!("{{{{resolve:{service}:{name}{suffix}}}}}");
        return Value::from_expr(Expr::Dynamic(Cow::Owned(text)));
    }
    let text = format!("{{{{resolve:{service}:${{Name}}{}}}}}", escape(suffix));
    Value::from_expr(sub_expr(
        Expr::Dynamic(Cow::Owned(text)),
        Object::single("Name", name),
    ))
}
