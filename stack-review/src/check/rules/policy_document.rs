//! A policy that IAM refuses.

use stack_core::{Expr, Severity};

use crate::check::policies::{self, Use};
use crate::check::{Report, Rule};
use crate::model::Stack;
use std::collections::BTreeSet;

use crate::check::words::{did_you_mean, quoted};
use crate::model::{Value, View};

pub(super) const RULE: Rule = Rule {
    code: "policy-document",
    severity: Severity::Error,
    page: include_str!("policy_document.md"),
    run,
};

const STATEMENT: [&str; 9] = [
    "Action",
    "Condition",
    "Effect",
    "NotAction",
    "NotPrincipal",
    "NotResource",
    "Principal",
    "Resource",
    "Sid",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if stack.world().number() >= policies::WORLDS {
        return;
    }
    for (_, purpose, document) in policies::documents(stack) {
        let object = match document.value() {
            Value::Object(it) => it,
            _ => continue,
        };
        if object.is_empty() && purpose == Use::Resource {
            continue;
        }
        let version = document.get("Version");
        match version.value() {
            Value::Text(it) if !matches!(it.as_ref(), "2012-10-17" | "2008-10-17") => {
                report.at(
                    &version,
                    format!("{} is no version of policies", quoted(it)),
                    "write `2012-10-17`",
                );
            }
            Value::List(_) | Value::Object(_) => {
                report.at(&version, "`Version` is a text", "write `2012-10-17`")
            }
            _ => (),
        }
        for name in object.keys() {
            if !matches!(name, "Version" | "Id" | "Statement") && !name.starts_with("Fn::") {
                report.at(
                    &document.get(name),
                    format!("a policy has no {}", quoted(name)),
                    did_you_mean(name, ["Version", "Id", "Statement"]),
                );
            }
        }
        let list = document.get("Statement");
        if list.is_absent() && !object.keys().any(|it| it.starts_with("Fn::")) {
            report.at(&list, "a policy needs a `Statement`", "");
        }
        let mut sids: BTreeSet<String> = BTreeSet::new();
        for statement in list.items() {
            judge(&statement, purpose, &mut sids, report);
        }
    }
}

/// Views are made of what may be wrong only.
fn judge(
    statement: &View<'_, '_>,
    purpose: Use,
    sids: &mut BTreeSet<String>,
    report: &mut Report<'_>,
) {
    let Value::Object(object) = statement.value() else {
        if !statement.value().is_unknown() {
            report.at(statement, "a statement is an object", "");
        }
        return;
    };
    let mut parts = [None; STATEMENT.len()];
    let mut open = false;
    for (name, it) in object.iter() {
        if let Some(number) = STATEMENT.iter().position(|it| *it == name) {
            parts[number] = Some(it);
        } else if name.starts_with("Fn::") {
            open = true;
        } else {
            report.at(
                &statement.get(name),
                format!("a statement has no {}", quoted(name)),
                did_you_mean(name, STATEMENT),
            );
        }
    }
    let [
        action,
        _,
        written_effect,
        not_action,
        not_principal,
        not_resource,
        principal,
        resource,
        written_sid,
    ] = parts;
    if written_sid.is_some() {
        sid(&statement.get("Sid"), purpose, sids, report);
    }
    if open {
        return;
    }
    let right = |it: &Expr| matches!(it.as_str(), Some("Allow" | "Deny"));
    if !written_effect.is_some_and(right) {
        effect(&statement.get("Effect"), report);
    }
    for (one, other, written, needed) in [
        ("Action", "NotAction", (action, not_action), true),
        (
            "Principal",
            "NotPrincipal",
            (principal, not_principal),
            purpose != Use::Identity,
        ),
        (
            "Resource",
            "NotResource",
            (resource, not_resource),
            purpose == Use::Identity,
        ),
    ] {
        match written {
            // As nearly always.
            (Some(it), None) | (None, Some(it)) if it.as_object().is_none() => continue,
            (None, None) if !needed => continue,
            _ => (),
        }
        let (a, b) = (statement.get(one), statement.get(other));
        if a.is_set() && b.is_set() {
            report.at(
                &b,
                format!("a statement has `{one}` or `{other}`, not both"),
                "",
            );
        } else if needed && a.is_absent() && b.is_absent() && a.is_known() {
            report.at(&a, format!("a statement of this policy needs `{one}`"), "");
        }
    }
    if principal.is_some() {
        let principal = statement.get("Principal");
        if purpose == Use::Identity && principal.is_set() {
            report.at(
                &principal,
                "the policy of an identity has no `Principal`: it is the identity itself",
                "leave it out",
            );
        }
        principals(&principal, report);
    }
    if purpose == Use::Trust && resource.is_some() {
        let resource = statement.get("Resource");
        if resource.is_set() {
            report.at(
                &resource,
                "a trust policy has no `Resource`: it is the role itself",
                "leave it out",
            );
        }
    }
    for (name, written) in [("Resource", resource), ("NotResource", not_resource)] {
        let right = |it: &Expr| match it {
            Expr::String(it) => purpose != Use::Identity || is_arn(it),
            other => matches!(
                other.intrinsic(),
                Some(("Fn::GetAtt" | "Fn::Join" | "Fn::Sub", _))
            ),
        };
        if written.is_none_or(|it| all(it, right)) {
            continue;
        }
        for item in statement.get(name).items() {
            match item.value() {
                Value::Text(it) if !is_arn(it) && purpose == Use::Identity => {
                    report.at(
                        &item,
                        format!("{} is no ARN", quoted(it)),
                        "write an ARN or `*`",
                    );
                }
                Value::Object(_) | Value::List(_) => {
                    report.at(&item, format!("`{name}` is an ARN or a list of them"), "");
                }
                _ => (),
            }
        }
    }
    for (name, written) in [("Action", action), ("NotAction", not_action)] {
        let right = |it: &Expr| it.as_str().is_some_and(is_action);
        if written.is_none_or(|it| all(it, right)) {
            continue;
        }
        for item in statement.get(name).items() {
            if let Some(it) = item.text()
                && !is_action(it)
            {
                report.at(
                    &item,
                    format!("{} is no action: `service:Action`", quoted(it)),
                    "",
                );
            }
        }
    }
}

/// Whether all items of a list are right, or what stands instead of one.
fn all(written: &Expr, right: impl Fn(&Expr) -> bool) -> bool {
    match written.as_list() {
        Some(items) => items.iter().all(right),
        None => right(written),
    }
}

fn sid(sid: &View<'_, '_>, purpose: Use, sids: &mut BTreeSet<String>, report: &mut Report<'_>) {
    let Some(text) = sid.text().filter(|it| !it.is_empty()) else {
        return;
    };
    if purpose == Use::Identity && !text.bytes().all(|it| it.is_ascii_alphanumeric()) {
        report.at(
            sid,
            format!(
                "the `Sid` {} has more in it than letters and digits",
                quoted(text)
            ),
            "",
        );
    }
    if !sids.insert(text.to_owned()) {
        report.at(
            sid,
            format!("two statements have the `Sid` {}", quoted(text)),
            "",
        );
    }
}

fn effect(effect: &View<'_, '_>, report: &mut Report<'_>) {
    match effect.text() {
        Some("Allow" | "Deny") => (),
        Some(it) => report.at(
            effect,
            format!("{} is neither `Allow` nor `Deny`", quoted(it)),
            "",
        ),
        None if effect.is_absent() => report.at(
            effect,
            "a statement needs an `Effect`: `Allow` or `Deny`",
            "",
        ),
        None => (),
    }
}

fn principals(principal: &View<'_, '_>, report: &mut Report<'_>) {
    const KINDS: [&str; 4] = ["AWS", "CanonicalUser", "Federated", "Service"];
    match principal.value() {
        Value::Text(it) if it != "*" => {
            report.at(
                principal,
                format!("{} is no principal", quoted(it)),
                "write `*`, or an object such as `{ Service: ecs-tasks.amazonaws.com }`",
            );
        }
        Value::Object(object) => {
            for kind in object.keys() {
                if !KINDS.contains(&kind) && !kind.starts_with("Fn::") {
                    report.at(
                        &principal.get(kind),
                        format!("there is no kind of principal {}", quoted(kind)),
                        did_you_mean(kind, KINDS),
                    );
                }
            }
            let right = |it: &Expr| it.as_str().is_some_and(is_service);
            if object.get("Service").is_none_or(|it| all(it, right)) {
                return;
            }
            for item in principal.get("Service").items() {
                if let Some(it) = item.text()
                    && !is_service(it)
                {
                    report.at(
                        &item,
                        format!("{} is no service", quoted(it)),
                        format!("write `{it}.amazonaws.com`"),
                    );
                }
            }
        }
        _ => (),
    }
}

/// `*`, or `service.amazonaws.com`.
fn is_service(text: &str) -> bool {
    let ends = [".amazonaws.com", ".amazon.com", ".aws.internal"];
    text == "*" || ends.iter().any(|it| text.contains(it))
}

/// `*`, or `service:Action`.
fn is_action(text: &str) -> bool {
    let parts = text.split_once(':');
    text.is_empty()
        || text == "*"
        || parts.is_some_and(|it| !it.0.is_empty() && !it.1.is_empty() && !text.contains(' '))
}

/// `*`, or `arn:partition:service:region:account:resource`.
fn is_arn(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    if text == "*" || text.is_empty() {
        return true;
    }
    let arn = matches!(parts.next(), Some("arn" | "*"));
    let partition = parts
        .next()
        .is_some_and(|it| it.starts_with("aws") || it == "*");
    let service = parts.next().is_some_and(|it| !it.is_empty());
    let (region, account, rest) = (parts.next(), parts.next(), parts.next());
    let known = account.is_none_or(|it| {
        it.is_empty()
            || it == "aws"
            || it.contains(['*', '?'])
            || it.len() == 12 && it.bytes().all(|it| it.is_ascii_digit())
    });
    // A star may stand for all that follows.
    let complete = rest.is_some() || text.ends_with('*');
    arn && partition && service && region.is_some() && known && complete
}
