//! Settings that Windows containers do not have.

use stack_core::Severity;

use crate::check::containers::{called, each_container, is_windows};
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "windows-unsupported",
    severity: Severity::Error,
    page: include_str!("windows_unsupported.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (task, container) in each_container(stack) {
        if !is_windows(task) {
            continue;
        }
        for name in [
            "LinuxParameters",
            "Privileged",
            "ReadonlyRootFilesystem",
            "DisableNetworking",
            "DnsServers",
            "DnsSearchDomains",
            "ExtraHosts",
            "DockerSecurityOptions",
            "Ulimits",
            "Links",
        ] {
            let view = container.get(name);
            // `false` is what there is without it.
            let set = view.bool() == Some(true)
                || !view.fields().is_empty()
                || (view.bool().is_none() && view.text().is_none() && !view.items().is_empty());
            if set {
                let message = format!(
                    "{} runs on Windows, which has no `{name}`",
                    called(&container)
                );
                report.at(&view, message, "leave it out");
            }
        }
    }
}
