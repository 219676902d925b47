//! A container logs with awslogs and does not say where.

use stack_core::Severity;

use crate::check::containers::{called, each_container, is_on_fargate};
use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "awslogs-options",
    severity: Severity::Error,
    page: include_str!("awslogs_options.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (task, container) in each_container(stack) {
        let log = container.get("LogConfiguration");
        let options = log.get("Options");
        if log.get("LogDriver").text() != Some("awslogs") || !options.is_known() {
            continue;
        }
        for (name, always) in [
            ("awslogs-group", true),
            ("awslogs-region", true),
            ("awslogs-stream-prefix", false),
        ] {
            let option = options.get(name);
            if option.is_absent() && (always || is_on_fargate(task)) {
                let message = format!(
                    "{} logs with `awslogs` and says no `{name}`",
                    called(&container)
                );
                let repair = match name {
                    "awslogs-group" => "the name of a log group",
                    "awslogs-region" => "`!Ref AWS::Region`",
                    _ => "Fargate needs one: streams are called prefix/container/task",
                };
                report.at(&option, message, repair);
            }
        }
        let region = options.get("awslogs-region");
        if let Some(it) = region.text()
            && !(it.contains('-') && it.ends_with(|it: char| it.is_ascii_digit()))
        {
            let message = format!("{} is no region", quoted(it));
            report.at(&region, message, "`!Ref AWS::Region`");
        }
        let (datetime, pattern) = (
            options.get("awslogs-datetime-format"),
            options.get("awslogs-multiline-pattern"),
        );
        if datetime.is_set() && pattern.is_set() {
            report.at(
                &pattern,
                "`awslogs` takes a date format or a pattern for events of many lines, \
                not both",
                "leave one out",
            );
        }
    }
}
