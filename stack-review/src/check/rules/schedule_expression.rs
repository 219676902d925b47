//! A schedule that EventBridge does not understand.

use stack_core::Severity;

use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "schedule-expression",
    severity: Severity::Error,
    page: include_str!("schedule_expression.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    plain(stack, report);
    for kind in ["AWS::Events::Rule"] {
        for rule in stack.of(kind) {
            let schedule = rule.get("ScheduleExpression");
            let Some(text) = schedule.text().filter(|it| !it.is_empty()) else {
                continue;
            };
            if let Some(wrong) = wrong(text) {
                report.at(
                    &schedule,
                    format!("{} {wrong}", quoted(text)),
                    "write `rate(5 minutes)` or `cron(0 8 ? * MON-FRI *)`",
                );
            }
        }
    }
}

/// Auto Scaling groups have schedules of their own: five fields, and nothing around them.
fn plain(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for action in stack.of("AWS::AutoScaling::ScheduledAction") {
        let schedule = action.get("Recurrence");
        if let Some(text) = schedule.text().filter(|it| !it.is_empty())
            && (text.contains('(') || text.split_whitespace().count() != 5)
            && !text.starts_with('@')
        {
            let message = format!("{} is no recurrence: it has five fields", quoted(text));
            report.at(&schedule, message, "write `0 8 * * MON-FRI`");
        }
    }
}

fn wrong(text: &str) -> Option<&'static str> {
    let inner = |name: &str| {
        text.strip_prefix(name)?
            .strip_prefix('(')?
            .strip_suffix(')')
    };
    if let Some(rate) = inner("rate") {
        let parts: Vec<&str> = rate.split_whitespace().collect();
        let [number, unit] = parts.as_slice() else {
            return Some("is no rate: a number and a unit");
        };
        let Some(number) = number.parse::<u64>().ok().filter(|it| *it > 0) else {
            return Some("is no rate: it begins with a number from 1 up");
        };
        return match (number, *unit) {
            (1, "minute" | "hour" | "day") => None,
            (2.., "minutes" | "hours" | "days") => None,
            (1, "minutes" | "hours" | "days") => {
                Some("is no rate: with 1 the unit is `minute`, `hour` or `day`")
            }
            _ => Some("is no rate: the unit is `minutes`, `hours` or `days`"),
        };
    }
    if let Some(cron) = inner("cron") {
        let parts: Vec<&str> = cron.split_whitespace().collect();
        return match parts.as_slice() {
            [_, _, day, _, week, _] => match (*day, *week) {
                ("?", "?") => Some("names no day: one of day and weekday is `?`, the other is not"),
                ("?", _) | (_, "?") => None,
                _ => Some("names day and weekday: one of them is `?`"),
            },
            _ => Some(
                "is no cron expression: it has six fields, minutes, hours, day, month, weekday, year",
            ),
        };
    }
    (inner("at").is_none()).then_some("is neither `rate(…)` nor `cron(…)`")
}
