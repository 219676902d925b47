//! A platform version where there is none, or one that is too old.

use stack_core::Severity;

use crate::check::containers::{Launch, SERVICE, launch_of, task_of};
use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "platform-version",
    severity: Severity::Error,
    page: include_str!("platform_version.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        let version = service.get("PlatformVersion");
        let launch = launch_of(service);
        if version.text().is_some() && matches!(launch, Launch::Instances | Launch::External) {
            report.at(
                &version,
                "only Fargate has platform versions",
                "leave it out",
            );
            continue;
        }
        // <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html>
        const KNOWN: [&str; 6] = ["LATEST", "1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"];
        if let Some(it) = version.text()
            && launch == Launch::Fargate
            && !KNOWN.contains(&it)
            && !is_later(it)
        {
            report.judged(
                Severity::Warning,
                version.place(),
                format!("there is no platform version {}", quoted(it)),
                "LATEST".to_owned(),
            );
        }
        let old = version
            .text()
            .is_some_and(|it| ["1.0.0", "1.1.0", "1.2.0", "1.3.0"].contains(&it));
        let Some(task) = task_of(service).filter(|_| old && launch == Launch::Fargate) else {
            continue;
        };
        let volumes = task.get("Volumes").items();
        let what = if volumes
            .iter()
            .any(|it| it.get("EFSVolumeConfiguration").is_set())
        {
            "EFS volumes"
        } else if task.get("EphemeralStorage").is_set() {
            "storage of a chosen size"
        } else if task.get("RuntimePlatform.CpuArchitecture").text() == Some("ARM64") {
            "ARM64"
        } else if service.get("ServiceConnectConfiguration.Enabled").bool() == Some(true) {
            "Service Connect"
        } else {
            continue;
        };
        let text = version.text().unwrap_or_default();
        report.at(
            &version,
            format!("platform version {text} has no {what}"),
            "LATEST",
        );
    }
}

/// Whether it is one behind 1.4.0, which may be there by now.
fn is_later(version: &str) -> bool {
    let numbers: Result<Vec<u32>, _> = version.split('.').map(str::parse).collect();
    numbers.is_ok_and(|it| it.len() == 3 && it > vec![1, 4, 0])
}
