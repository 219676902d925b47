//! A condition of a listener rule that is none, or holds its values in the wrong place.

use stack_core::Severity;

use crate::check::balancing::LISTENER_RULE;
use crate::check::words::{did_you_mean, quoted};
use crate::check::{Report, Rule};
use crate::model::{Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "rule-condition",
    severity: Severity::Error,
    page: include_str!("rule_condition.md"),
    run,
};

/// What can be looked at, and where its values stand.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html>
const FIELDS: [(&str, &str); 6] = [
    ("host-header", "HostHeaderConfig"),
    ("http-header", "HttpHeaderConfig"),
    ("http-request-method", "HttpRequestMethodConfig"),
    ("path-pattern", "PathPatternConfig"),
    ("query-string", "QueryStringConfig"),
    ("source-ip", "SourceIpConfig"),
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for rule in stack.of(LISTENER_RULE) {
        let list = rule.get("Conditions");
        let conditions = list.items();
        if conditions.is_empty()
            && list.has_known_items()
            && list.is_set()
            && stack.world().is_default()
        {
            report.at(
                &list,
                format!("`{}` has no condition", rule.id()),
                "one at least: `{ Field: path-pattern, Values: [/*] }`",
            );
        }
        for condition in conditions {
            let field = condition.get("Field");
            let Some(name) = field.text() else { continue };
            let Some((_, place)) = FIELDS.iter().find(|it| it.0 == name) else {
                report.at(
                    &field,
                    format!("a rule cannot look at {}", quoted(name)),
                    did_you_mean(name, FIELDS.iter().map(|it| it.0)),
                );
                continue;
            };
            for (_, other) in FIELDS.iter().filter(|it| it.1 != *place) {
                let values = condition.get(other);
                if values.is_set() && values.is_known() {
                    report.at(
                        &values,
                        format!("a condition on `{name}` has no `{other}`"),
                        format!("`{place}`"),
                    );
                }
            }
            let (plain, own) = (condition.get("Values"), condition.get(place));
            let short = matches!(name, "host-header" | "path-pattern");
            if plain.is_set() && plain.is_known() && !short {
                report.at(
                    &plain,
                    format!("a condition on `{name}` has no `Values` of its own"),
                    format!("`{place}`"),
                );
            } else if plain.is_absent()
                && own.is_absent()
                && condition.get("RegexValues").is_absent()
            {
                report.at(&own, format!("the condition on `{name}` has no values"), "");
            }
            inside(name, &own, report);
        }
    }
}

/// What stands in the field of that name.
fn inside(name: &str, own: &View<'_, '_>, report: &mut Report<'_>) {
    if !own.is_set() || !own.is_known() {
        return;
    }
    let values = own.get("Values");
    let items = values.items();
    if items.is_empty() && values.has_known_items() && own.get("RegexValues").is_absent() {
        report.at(
            &values,
            format!("the condition on `{name}` has no values"),
            "",
        );
    }
    if name == "http-header" && own.get("HttpHeaderName").is_absent() {
        report.at(
            &own.get("HttpHeaderName"),
            "no header is named",
            "`HttpHeaderName: X-Shop`",
        );
    }
    for value in items {
        let Some(text) = value.text() else { continue };
        match name {
            // Upper case, and compared letter by letter.
            "http-request-method" if text.bytes().any(|it| it.is_ascii_lowercase()) => {
                let message = format!("{} is no method: they are upper case", quoted(text));
                report.at(&value, message, format!("`{}`", text.to_ascii_uppercase()));
            }
            "path-pattern" if text.contains("?") && text.contains('=') => {
                let message = format!(
                    "{} looks for a query, and a path pattern is compared with the path alone",
                    quoted(text)
                );
                report.judged(
                    Severity::Warning,
                    value.place(),
                    message,
                    "a condition on `query-string` beside it".to_owned(),
                );
            }
            _ => (),
        }
    }
}
