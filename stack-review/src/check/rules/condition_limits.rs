//! A rule whose conditions Elastic Load Balancing refuses, or that match nothing.

use stack_core::Severity;

use crate::check::balancing;
use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "condition-limits",
    severity: Severity::Error,
    page: include_str!("condition_limits.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for rule in stack.of(balancing::LISTENER_RULE) {
        let conditions = rule.get("Conditions");
        let mut values = 0;
        let mut wildcards = 0;
        let mut seen: Vec<String> = Vec::new();
        for condition in conditions.items() {
            let field = condition.get("Field");
            let Some(field) = field.text() else { continue };
            let config = match field {
                "host-header" => "HostHeaderConfig",
                "path-pattern" => "PathPatternConfig",
                "http-request-method" => "HttpRequestMethodConfig",
                "source-ip" => "SourceIpConfig",
                "http-header" => "HttpHeaderConfig",
                "query-string" => "QueryStringConfig",
                _ => continue,
            };
            if config != "HttpHeaderConfig" && config != "QueryStringConfig" {
                if seen.iter().any(|it| it == field) {
                    report.at(
                        &condition,
                        format!("a rule takes one condition on `{field}`"),
                        "put the values into one condition",
                    );
                }
                seen.push(field.to_owned());
            }
            let config = condition.get(config);
            let list = if config.is_set() {
                config.get("Values")
            } else {
                condition.get("Values")
            };
            for value in list.items() {
                values += 1;
                let Some(text) = value.text().filter(|it| !it.is_empty()) else {
                    continue;
                };
                let stars = text.bytes().filter(|it| matches!(it, b'*' | b'?')).count();
                if field != "source-ip" {
                    wildcards += stars;
                }
                match field {
                    "path-pattern" if !text.starts_with(['/', '*', '?']) => {
                        let message = format!(
                            "no path begins as {} does: all begin with `/`",
                            quoted(text)
                        );
                        report.judged(
                            Severity::Warning,
                            value.place(),
                            message,
                            format!("write `/{text}`"),
                        );
                    }
                    "path-pattern" if text.len() > 128 => {
                        report.at(&value, "a path pattern has at most 128 characters", "");
                    }
                    "host-header" if text.contains('/') || text.contains(':') => {
                        report.at(
                            &value,
                            format!(
                                "{} is no host name: it has no scheme, port or path",
                                quoted(text)
                            ),
                            "",
                        );
                    }
                    "host-header" if !text.contains('.') && stars == 0 => {
                        report.at(
                            &value,
                            format!("{} is no host name: it has no dot", quoted(text)),
                            "",
                        );
                    }
                    "host-header" if text.len() > 128 => {
                        report.at(&value, "a host pattern has at most 128 characters", "");
                    }
                    "source-ip" if !text.contains('/') => {
                        report.at(
                            &value,
                            format!("{} is no address range", quoted(text)),
                            format!("write `{text}/32`"),
                        );
                    }
                    _ => (),
                }
            }
        }
        if values > 5 {
            let message = format!("the rule compares with {values} values; a rule takes 5");
            report.at(&conditions, message, "split the rule in two");
        }
        if wildcards > 6 {
            let message = format!("the rule has {wildcards} wildcards; a rule takes 6");
            report.at(&conditions, message, "split the rule in two");
        }
    }
}
