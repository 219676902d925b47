//! A health check that is never run.

use stack_core::Severity;

use crate::check::containers::{called, each_container};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "health-check-command",
    severity: Severity::Warning,
    page: include_str!("health_check_command.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (_, container) in each_container(stack) {
        let command = container.get("HealthCheck").get("Command");
        if !command.has_known_items() {
            continue;
        }
        let words = command.items();
        let Some(first) = words.first() else { continue };
        match first.text() {
            Some(text @ ("CMD" | "CMD-SHELL")) if words.len() == 1 => {
                report.at(
                    &command,
                    format!("`{text}` alone checks nothing"),
                    "add the command",
                );
            }
            Some("CMD")
                if words.len() == 2
                    && words[1].text().is_some_and(|it| {
                        it.contains(" || ") || it.contains(" && ") || it.contains(" http")
                    }) =>
            {
                let message = format!(
                    "the health check of {} is one program with a line of shell for a name",
                    called(&container)
                );
                report.at(&words[1], message, "begin the list with `CMD-SHELL`");
            }
            Some("CMD" | "CMD-SHELL" | "NONE") | None => (),
            Some(text) => {
                let message = format!(
                    "the health check of {} begins with `{text}`, so it is none",
                    called(&container)
                );
                report.at(
                    first,
                    message,
                    "begin the list with `CMD-SHELL` for a line of shell, or with `CMD`",
                );
            }
        }
    }
}
