//! An action that knows no resources, allowed for one: so it is not allowed at all.

use stack_core::Severity;

use crate::check::policies::{self, Use, statements};
use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::{Piece, Stack, Value, View};

pub(super) const RULE: Rule = Rule {
    code: "action-resource",
    severity: Severity::Error,
    page: include_str!("action_resource.md"),
    run,
};

/// Actions that are allowed for `*` or for nothing.
const PLAIN: [&str; 6] = [
    "cloudwatch:PutMetricData",
    "ecr:GetAuthorizationToken",
    "ecs:DiscoverPollEndpoint",
    "ssm:DescribeParameters",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if stack.world().number() >= policies::WORLDS {
        return;
    }
    for (_, _, document) in policies::documents_for(stack, &[Use::Identity]) {
        let all = statements(&document);
        for statement in &all {
            // Few statements have such an action, and to see that costs least.
            if !names_plain(&statement.get("Action"))
                || statement.get("Effect").text() != Some("Allow")
                || !is_narrow(statement)
            {
                continue;
            }
            for action in statement.get("Action").items() {
                let plain = action.text().and_then(plain);
                let Some(name) = plain else { continue };
                let elsewhere = all.iter().any(|it| {
                    !is_narrow(it)
                        && it.get("Action").items().iter().any(|it| {
                            it.text()
                                .is_none_or(|it| it.eq_ignore_ascii_case(name) || it.contains('*'))
                        })
                });
                if !elsewhere {
                    let message = format!(
                        "{} knows no resources: allowed for one, it is not allowed",
                        quoted(name)
                    );
                    // Without these nothing starts; without the others something is not seen.
                    let severity = match *name {
                        "ecr:GetAuthorizationToken" | "ecs:DiscoverPollEndpoint" => Severity::Error,
                        _ => Severity::Warning,
                    };
                    let repair = "a statement of its own with `Resource: \"*\"`".to_owned();
                    report.judged(severity, action.place(), message, repair);
                }
            }
        }
    }
}

/// The action that knows no resources, when it is one.
fn plain(action: &str) -> Option<&'static &'static str> {
    PLAIN.iter().find(|it| it.eq_ignore_ascii_case(action))
}

/// Whether there may be such an action.
fn names_plain(actions: &View<'_, '_>) -> bool {
    match actions.value() {
        Value::Text(it) => plain(it).is_some(),
        Value::List(items) => items
            .iter()
            .any(|it| it.as_str().is_none_or(|it| plain(it).is_some())),
        Value::Absent => false,
        _ => true,
    }
}

/// Whether all resources of a statement are certain ones.
fn is_narrow(statement: &View<'_, '_>) -> bool {
    let resources = statement.get("Resource");
    let all = match resources.is_known() {
        true => resources.items(),
        false => vec![resources],
    };
    !all.is_empty()
        && all.iter().all(|it| {
            let pieces = it.pieces();
            let open = matches!(pieces.last(), Some(Piece::Text(it)) if it.ends_with(":*"));
            match pieces.first() {
                Some(Piece::Text(it)) => it.starts_with("arn:") && !open,
                Some(Piece::Value(it)) => it.handle().is_some(),
                None => false,
            }
        })
}
