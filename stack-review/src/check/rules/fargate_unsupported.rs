//! Settings of a task that Fargate refuses.

use stack_core::Severity;

use crate::check::containers::{called, fargate_tasks};
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "fargate-unsupported",
    severity: Severity::Error,
    page: include_str!("fargate_unsupported.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for task in fargate_tasks(stack) {
        of_task(task, report);
        for container in task.get("ContainerDefinitions").items() {
            of_container(&container, report);
        }
    }
}

fn of_task(task: Resource<'_, '_>, report: &mut Report<'_>) {
    for (name, repair) in [
        (
            "PlacementConstraints",
            "Fargate spreads tasks over the zones of the subnets by itself",
        ),
        ("InferenceAccelerators", "run it on instances"),
        ("IpcMode", "leave it out"),
    ] {
        let view = task.get(name);
        if !nothing(&view) {
            report.at(&view, format!("Fargate has no `{name}`"), repair);
        }
    }
    let pid = task.get("PidMode");
    if pid.text() == Some("host") {
        report.at(&pid, "Fargate shares no processes with the host", "task");
    }
    for volume in task.get("Volumes").items() {
        let path = volume.get("Host").get("SourcePath");
        let path = match path.is_set() {
            true => path,
            false => volume.get("Host").get("SourcePath"),
        };
        if path.is_set() {
            let repair = "leave out `Host` for a volume that lives as long as the task, or use EFS";
            report.at(
                &path,
                "on Fargate there is no host to keep a volume",
                repair,
            );
        }
        let docker = volume.get("DockerVolumeConfiguration");
        if docker.is_set() {
            report.at(
                &docker,
                "Fargate has no Docker volumes",
                "use EFS, or a bare volume name",
            );
        }
    }
}

fn of_container(container: &View<'_, '_>, report: &mut Report<'_>) {
    let who = called(container);
    let privileged = container.get("Privileged");
    if privileged.bool() == Some(true) {
        let message = format!("Fargate runs no privileged container, and {who} is one");
        report.at(
            &privileged,
            message,
            "leave it out, or run the task on instances",
        );
    }
    for name in [
        "Links",
        "DnsServers",
        "DnsSearchDomains",
        "ExtraHosts",
        "Hostname",
        "DockerSecurityOptions",
        "DisableNetworking",
    ] {
        let view = container.get(name);
        let off = nothing(&view) || view.bool() == Some(false);
        if !off {
            report.at(
                &view,
                format!("Fargate has no `{name}` for {who}"),
                "leave it out",
            );
        }
    }
    let linux = container.get("LinuxParameters");
    for name in [
        "Devices",
        "SharedMemorySize",
        "Tmpfs",
        "MaxSwap",
        "Swappiness",
    ] {
        let view = linux.get(name);
        if view.is_known() && !nothing(&view) {
            report.at(
                &view,
                format!("Fargate has no `{name}` for {who}"),
                "leave it out",
            );
        }
    }
    let added = linux.get("Capabilities").get("Add");
    for capability in added.items() {
        if let Some(name) = capability.text().filter(|it| *it != "SYS_PTRACE") {
            let message = format!("Fargate gives no container the capability `{name}`");
            report.at(&capability, message, "only SYS_PTRACE can be added");
        }
    }
    for limit in container.get("Ulimits").items() {
        let name = limit.get("Name");
        if let Some(text) = name.text().filter(|it| *it != "nofile") {
            let message = format!("Fargate does not set the limit `{text}`");
            report.at(&name, message, "only nofile can be set");
        }
    }
    for need in container.get("ResourceRequirements").items() {
        let kind = need.get("Type");
        if let Some("GPU" | "InferenceAccelerator") = kind.text() {
            report.at(
                &kind,
                "Fargate has no accelerators",
                "run the task on instances",
            );
        }
    }
    let driver = container.get("LogConfiguration").get("LogDriver");
    if let Some(text) = driver
        .text()
        .filter(|it| !["awslogs", "splunk", "awsfirelens"].contains(it))
    {
        let message = format!("Fargate has no log driver `{text}`");
        report.at(&driver, message, "awslogs, splunk or awsfirelens");
    }
    let stop = container.get("StopTimeout");
    if let Some(seconds) = stop.int().filter(|it| *it > 120) {
        let message = format!("Fargate waits no {seconds} seconds for {who} to stop");
        report.at(&stop, message, "120 at most");
    }
}

/// Not set, or an empty list.
fn nothing(view: &View<'_, '_>) -> bool {
    view.is_absent() || matches!(view.value(), crate::model::Value::List([]))
}
