//! An AWS account in a settings file.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// An AWS account id: twelve digits, as text, because it may begin with zeros.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String")]
pub struct AccountId(String);

impl AccountId {
    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AccountId {
    type Error = String;
    fn try_from(text: String) -> Result<AccountId, String> {
        if text.len() == 12 && text.bytes().all(|it| it.is_ascii_digit()) {
            Ok(AccountId(text))
        } else {
            Err(format!(
                "`{text}` is no AWS account id, which has twelve digits"
            ))
        }
    }
}

impl From<AccountId> for String {
    fn from(it: AccountId) -> String {
        it.0
    }
}
impl From<&AccountId> for String {
    fn from(it: &AccountId) -> String {
        it.0.clone()
    }
}
impl AsRef<str> for AccountId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}
impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl JsonSchema for AccountId {
    fn schema_name() -> Cow<'static, str> {
        "AccountId".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "account-id",
            "pattern": r"^\d{12}$",
            "description": "An AWS account id: twelve digits, in quotes.",
            "examples": ["111122223333"],
        })
    }
}
