//! A dynamic reference that CloudFormation does not resolve.

use stack_core::Severity;

use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::Owner;
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "dynamic-reference",
    severity: Severity::Error,
    page: include_str!("dynamic_reference.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.world().is_default() {
        return;
    }
    let all = stack.calls().braced.iter();
    for braced in all.filter(|it| it.text.contains("{{resolve:")) {
        let mut rest = braced.text;
        while let Some(at) = rest.find("{{resolve:") {
            let inner = &rest[at + "{{resolve:".len()..];
            let Some(end) = inner.find("}}") else {
                // The rest may be put together.
                break;
            };
            let reference = &inner[..end];
            rest = &inner[end + 2..];
            // Parts of it may be filled in.
            if !reference.contains('$')
                && let Some(message) = wrong(reference, braced.owner)
            {
                let place = stack.place_of(braced.owner, braced.expr);
                report.here(place, format!("{}: {message}", quoted(reference)), "");
            }
        }
    }
}

fn wrong(reference: &str, owner: Owner<'_>) -> Option<&'static str> {
    let in_properties = owner.section == "Resources" && owner.part == "Properties";
    let parts: Vec<&str> = reference.split(':').collect();
    match parts.as_slice() {
        ["ssm", rest @ ..] => {
            let right = (1..=7).contains(&rest.len()) && !rest[0].is_empty();
            (!right).then_some("it names a parameter and perhaps its version: `ssm:name:1`")
        }
        ["ssm-secure", rest @ ..] => {
            if !in_properties {
                return Some("secure parameters are resolved in properties only");
            }
            let right = (1..=7).contains(&rest.len()) && !rest[0].is_empty();
            (!right).then_some("it names a parameter and perhaps its version: `ssm-secure:name:1`")
        }
        ["secretsmanager", rest @ ..] => {
            if !in_properties {
                return Some("secrets are resolved in properties only");
            }
            // An ARN has seven parts of its own.
            let after = if rest.first() == Some(&"arn") { 7 } else { 1 };
            let kind = rest.get(after).copied().unwrap_or_default();
            let right = rest.len() <= after + 4
                && rest.first().is_some_and(|it| !it.is_empty())
                && matches!(kind, "" | "SecretString");
            (!right).then_some("it is `secretsmanager:name:SecretString:key:stage:version`")
        }
        _ => Some("values come from `ssm`, `ssm-secure` or `secretsmanager`"),
    }
}
