//! Tasks whose processor or system the instances of their cluster do not have.

use stack_core::Severity;

use crate::check::containers::{SERVICE, TASK, task_of};
use crate::check::instances::{image_machine, instance_machine, starts_of};
use crate::check::paths::written;
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack};

pub(super) const RULE: Rule = Rule {
    code: "other-platform",
    severity: Severity::Error,
    page: include_str!("other_platform.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    // Few tasks say where they run.
    let asks = |it: Resource<'_, '_>| it.get("RuntimePlatform").is_set();
    if !stack.of(TASK).any(asks) {
        return;
    }
    for service in stack.of(SERVICE) {
        let Some(task) = task_of(service).filter(|it| asks(*it)) else {
            continue;
        };
        let wanted = task.get("RuntimePlatform.CpuArchitecture");
        let system = task.get("RuntimePlatform.OperatingSystemFamily");
        let machine = match wanted.text() {
            Some("ARM64") => Some("arm64"),
            Some("X86_64") => Some("x86_64"),
            _ => None,
        };
        let starts = starts_of(service);
        let unlike = |own: Option<&str>, has: fn(Resource<'_, '_>) -> Option<&'static str>| {
            let own = own?;
            let all: Option<Vec<&str>> = starts.iter().map(|it| has(*it)).collect();
            let all = all?;
            let first = *all.first()?;
            all.iter().all(|it| *it != own).then_some(first)
        };
        let id = starts.first().map_or("", |it| it.id());
        if let Some(has) = unlike(machine, machine_of) {
            let message = format!(
                "`{}` needs {}, and instances of `{id}` have {has}",
                task.id(),
                wanted.text().unwrap_or_default()
            );
            report.at(
                &wanted,
                message,
                "another instance type and image, or another image",
            );
        }
        let named = system.text().map(|it| match it {
            "LINUX" => "Linux",
            _ => windows(it).unwrap_or_default(),
        });
        if let Some(has) = unlike(named.filter(|it| !it.is_empty()), system_of) {
            let message = format!(
                "`{}` needs {}, and instances of `{id}` run {has}",
                task.id(),
                system.text().unwrap_or_default()
            );
            report.at(
                &system,
                message,
                "an image of the instances with that system",
            );
        }
    }
}

/// The processor of what starts.
fn machine_of(start: Resource<'_, '_>) -> Option<&'static str> {
    let (size, image) = match start.kind() {
        "AWS::EC2::LaunchTemplate" => (
            start.get("LaunchTemplateData.InstanceType"),
            start.get("LaunchTemplateData.ImageId"),
        ),
        _ => (start.get("InstanceType"), start.get("ImageId")),
    };
    if size.is_set() && size.text().is_none() {
        return None;
    }
    // Groups with several types start others, of the image's kind.
    let from_image = image_machine(&image);
    match size.text().and_then(instance_machine) {
        Some(it) if from_image.is_none_or(|image| image == it) => Some(it),
        Some(_) => None,
        None => from_image,
    }
}

/// Their system, from the public parameters of AWS.
fn system_of(start: Resource<'_, '_>) -> Option<&'static str> {
    let image = match start.kind() {
        "AWS::EC2::LaunchTemplate" => start.get("LaunchTemplateData.ImageId"),
        _ => start.get("ImageId"),
    };
    let text = written(&image)?;
    let at = text.find("/aws/service/")?;
    let name = &text[at..];
    if name.starts_with("/aws/service/ami-windows-latest/") {
        return windows(name);
    }
    let linux = [
        "ecs/optimized-ami/amazon-linux",
        "ami-amazon-linux-latest/",
        "bottlerocket/",
    ];
    let linux = linux
        .iter()
        .any(|it| name["/aws/service/".len()..].starts_with(it));
    linux.then_some("Linux")
}

/// Containers run on the version of Windows that they are made for.
fn windows(name: &str) -> Option<&'static str> {
    if !name.to_ascii_uppercase().contains("WINDOWS") {
        return None;
    }
    [
        ("2016", "Windows 2016"),
        ("2019", "Windows 2019"),
        ("2022", "Windows 2022"),
        ("2025", "Windows 2025"),
    ]
    .iter()
    .find(|it| name.contains(it.0))
    .map(|it| it.1)
}
