//! A secret that everybody can read who may see the task definition.

use stack_core::Severity;

use crate::check::containers::{called, each_container};
use crate::check::{Report, Rule};
use crate::model::{Piece, Stack, Value, View};

pub(super) const RULE: Rule = Rule {
    code: "plain-secret",
    severity: Severity::Warning,
    page: include_str!("plain_secret.md"),
    run,
};

/// Words of names that are secrets.
const WORDS: [&str; 12] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PWD",
    "SECRET",
    "SECRETS",
    "TOKEN",
    "CREDENTIAL",
    "CREDENTIALS",
    "APIKEY",
    "KEY",
    "PASS",
];
/// What all of them begin with.
const STEMS: [&str; 6] = ["PASS", "PWD", "SECRET", "TOKEN", "CREDENTIAL", "KEY"];

/// Words that say the value is about a secret and none itself.
const ABOUT: [&str; 30] = [
    "ARN",
    "NAME",
    "ID",
    "URL",
    "URI",
    "PATH",
    "FILE",
    "DIR",
    "HOST",
    "PORT",
    "PREFIX",
    "SUFFIX",
    "TTL",
    "EXPIRY",
    "EXPIRATION",
    "EXPIRES",
    "LIFETIME",
    "ENDPOINT",
    "REGION",
    "LENGTH",
    "TYPE",
    "ALIAS",
    "ALGORITHM",
    "ENABLED",
    "TIMEOUT",
    "PUBLIC",
    "COUNT",
    "REQUIRED",
    "SECONDS",
    "POLICY",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (_, container) in each_container(stack) {
        for variable in container.get("Environment").items() {
            let (name, value) = (variable.get("Name"), variable.get("Value"));
            let Some(text) = name.text().filter(|it| is_secret(it)) else {
                continue;
            };
            if is_literal(&value) {
                let message = format!("{} is given `{text}` in plain text", called(&container));
                report.at(
                    &value,
                    message,
                    "keep it in Secrets Manager or Parameter Store and name it in `Secrets`",
                );
            } else if is_resolved(&value) {
                let message = format!(
                    "{} is given `{text}` in plain text: the reference is resolved \
                        before ECS sees it",
                    called(&container)
                );
                report.at(&value, message, "name the secret by its ARN in `Secrets`");
            }
        }
    }
}

fn is_secret(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    if !STEMS.iter().any(|it| upper.contains(it)) {
        return false;
    }
    let mut words = Vec::new();
    let mut word = String::new();
    let mut lower = false;
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && lower) {
            words.push(std::mem::take(&mut word));
        }
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_uppercase());
        }
        lower = c.is_ascii_lowercase();
    }
    words.push(word);
    let has = |list: &[&str]| words.iter().any(|it| list.contains(&it.as_str()));
    has(&WORDS) && !has(&ABOUT)
}

/// Text that is in the template or in a parameter's default; not a place where the secret is, a
/// switch or a number.
fn is_literal(value: &View<'_, '_>) -> bool {
    let Some(text) = value.text() else {
        return false;
    };
    let text = text.trim();
    let elsewhere = text.starts_with("arn:")
        || text.contains("://")
        || text.starts_with('/')
        || text.contains("{{resolve:");
    let switch = text.parse::<f64>().is_ok()
        || matches!(
            text.to_ascii_lowercase().as_str(),
            "" | "true" | "false" | "yes" | "no" | "none" | "null"
        );
    !elsewhere && !switch
}

/// Whether CloudFormation puts a secret here from where it is kept.
fn is_resolved(value: &View<'_, '_>) -> bool {
    let has =
        |it: &str| it.contains("{{resolve:secretsmanager:") || it.contains("{{resolve:ssm-secure:");
    value.pieces().iter().any(|it| match it {
        Piece::Text(text) => has(text),
        Piece::Value(Value::Unknown(symbol)) => symbol.expr.as_str().is_some_and(has),
        Piece::Value(_) => false,
    })
}
