//! A Route 53 health check whose settings do not fit its kind.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::{Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "health-check-setting",
    severity: Severity::Error,
    page: include_str!("health_check_setting.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for check in stack.of("AWS::Route53::HealthCheck") {
        let config = check.get("HealthCheckConfig");
        let kind = config.get("Type");
        let Some(text) = kind.text() else { continue };
        let interval = config.get("RequestInterval");
        if interval.int().is_some_and(|it| it != 10 && it != 30) {
            report.at(&interval, "checkers ask every 10 or every 30 s", "10 or 30");
        }
        let path = config.get("ResourcePath");
        if text == "TCP" && path.is_set() {
            report.at(
                &path,
                "a check with TCP asks for no path",
                "leave it out, or `Type: HTTP`",
            );
        }
        let wanted = config.get("SearchString");
        match (text.ends_with("_STR_MATCH"), wanted.is_absent()) {
            (true, true) => {
                report.at(
                    &wanted,
                    format!("a check with {text} needs the text that it looks for"),
                    "set `SearchString`",
                );
            }
            (false, false) if wanted.text() != Some("") => {
                report.at(
                    &wanted,
                    format!("a check with {text} looks for no text"),
                    format!("`Type: {text}_STR_MATCH`, or leave it out"),
                );
            }
            _ => (),
        }
        match text {
            "CALCULATED" => calculated(&config, report),
            "CLOUDWATCH_METRIC" => alarm(&config, report),
            _ => (),
        }
    }
}

fn calculated(config: &View<'_, '_>, report: &mut Report<'_>) {
    let (children, least) = (
        config.get("ChildHealthChecks"),
        config.get("HealthThreshold"),
    );
    let known = children.has_known_items();
    let number = children.items().len();
    if children.is_absent() || known && number == 0 {
        report.at(
            &children,
            "a check that is calculated needs checks to count",
            "set `ChildHealthChecks`",
        );
    } else if let Some(it) = least.int().filter(|_| known)
        && usize::try_from(it).is_ok_and(|it| it > number)
    {
        report.at(
            &least,
            format!("of {number} checks never {it} are healthy"),
            format!("at most {number}"),
        );
    }
}

/// <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html>
fn alarm(config: &View<'_, '_>, report: &mut Report<'_>) {
    let named = config.get("AlarmIdentifier");
    let name = named.get("Name");
    let Some(alarm) = name.target_of("AWS::CloudWatch::Alarm") else {
        return;
    };
    for (set, what) in [
        ("ExtendedStatistic", "percentiles"),
        ("Metrics", "several metrics"),
    ] {
        if alarm.get(set).is_set() {
            let message = format!(
                "`{}` is an alarm of {what}, which Route 53 does not follow",
                alarm.id()
            );
            report.at(
                &name,
                message,
                "an alarm of one metric with Average, Minimum, Maximum, Sum or SampleCount",
            );
        }
    }
}
