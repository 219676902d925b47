//! A value in a container definition that ECS refuses when the task definition is registered.

use stack_core::Severity;

use crate::check::containers::{TASK, called, each_container, is_on_fargate, is_windows};
use crate::check::paths::written;
use crate::check::scaling::resource_of;
use crate::check::words::{quoted, slip};
use crate::check::{Report, Rule};
use crate::model::{Piece, Stack, Value, View};

pub(super) const RULE: Rule = Rule {
    code: "container-value",
    severity: Severity::Error,
    page: include_str!("container_value.md"),
    run,
};

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_KernelCapabilities.html>
const CAPABILITIES: [&str; 38] = [
    "ALL",
    "AUDIT_CONTROL",
    "AUDIT_WRITE",
    "BLOCK_SUSPEND",
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "LINUX_IMMUTABLE",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_CHROOT",
    "SYS_MODULE",
    "SYS_NICE",
    "SYS_PACCT",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "SYSLOG",
    "WAKE_ALARM",
];

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>
fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for task in stack.of(TASK) {
        let family = task.get("Family");
        let plain = |it: char| it.is_ascii_alphanumeric() || "-_".contains(it);
        if let Some(it) = family.text().filter(|it| !it.chars().all(plain)) {
            let message = format!("{} cannot be the name of a family", quoted(it));
            report.at(&family, message, "letters, digits, `-` and `_`");
        }
    }
    for (task, container) in each_container(stack) {
        for name in ["Memory", "MemoryReservation"] {
            let memory = container.get(name);
            if let Some(it) = memory.int().filter(|it| (1..6).contains(it)) {
                report.at(
                    &memory,
                    format!("{it} MiB for a container"),
                    "6 MiB at least",
                );
            }
        }
        for name in ["StartTimeout", "StopTimeout"] {
            let time = container.get(name);
            if let Some(it) = time.int().filter(|it| *it < 2 && is_on_fargate(task)) {
                report.at(&time, format!("`{name}` of {it} s"), "2 s at least");
            }
        }
        for mount in container.get("MountPoints").items() {
            let path = mount.get("ContainerPath");
            if path.is_absent() && mount.is_known() {
                let message = format!("{} mounts a volume nowhere", called(&container));
                report.at(&path, message, "an absolute path");
            } else if let Some(it) = path.text()
                && !it.starts_with('/')
                && !is_windows(task)
            {
                let message = format!("{} is no absolute path", quoted(it));
                report.at(&path, message, format!("`/{it}`"));
            }
        }
        let capabilities = container.get("LinuxParameters").get("Capabilities");
        for capability in ["Add", "Drop"].map(|it| capabilities.get(it)) {
            for it in capability.items() {
                let Some(text) = it.text() else { continue };
                if CAPABILITIES.contains(&text) {
                    continue;
                }
                if let Some(near) = slip(text, CAPABILITIES) {
                    let message = format!("Linux has no capability {}", quoted(text));
                    report.at(&it, message, format!("did you mean `{near}`?"));
                }
            }
        }
        let log = container.get("LogConfiguration");
        let mode = log.get("Options").get("mode");
        if let Some(it) = mode.text()
            && log.get("LogDriver").text() == Some("awslogs")
            && !matches!(it, "blocking" | "non-blocking")
        {
            let message = format!("`awslogs` has no mode {}", quoted(it));
            report.at(&mode, message, "`blocking` or `non-blocking`");
        }
        for port in container.get("PortMappings").items() {
            judge_port(&port, report);
        }
        for secret in container.get("Secrets").items() {
            let value = secret.get("ValueFrom");
            if written(&value).is_some_and(|it| it.starts_with("{{resolve:")) {
                report.at(
                    &value,
                    "here stands the value of the secret, and ECS wants to know where it is",
                    "the name or ARN of the parameter or secret",
                );
            } else if let Some(colons) = colons(&value).filter(|it| !matches!(it, 6 | 9)) {
                let more = if colons > 9 { "too many" } else { "too few" };
                report.at(
                    &value,
                    format!("behind the ARN of the secret stand {more} colons"),
                    "the ARN alone, or with `:key:stage:version`, each of which may be empty",
                );
            }
        }
        let check = container.get("HealthCheck").get("Command");
        let parts = check.items();
        if parts
            .first()
            .and_then(|it| it.text().map(str::to_owned))
            .as_deref()
            == Some("CMD-SHELL")
            && parts.len() > 2
            && check.has_known_items()
        {
            let message = "`CMD-SHELL` takes one text, and the rest are arguments of the shell";
            report.at(
                &check,
                message,
                "write the command as one text, or begin with `CMD`",
            );
        }
    }
}

/// How many colons there are in the ARN of a secret and what follows it, when that is known.
fn colons(value: &View<'_, '_>) -> Option<usize> {
    let stack = value.resource().stack();
    let (mut count, mut secret) = (0, false);
    for piece in value.pieces() {
        match piece {
            Piece::Text(it) => {
                count += it.matches(':').count();
                secret |= it.contains(":secretsmanager:");
            }
            Piece::Value(it) => {
                let Some((it, handle)) = resource_of(stack, &it) else {
                    // A region, an account or a partition has none.
                    let name = match it {
                        Value::Unknown(it) => it.name?,
                        _ => return None,
                    };
                    if !matches!(name, "AWS::AccountId" | "AWS::Partition" | "AWS::Region") {
                        return None;
                    }
                    continue;
                };
                if it.kind() != "AWS::SecretsManager::Secret" || handle.attribute.is_some() {
                    return None;
                }
                secret = true;
                count += 6;
            }
        }
    }
    secret.then_some(count)
}

fn judge_port(port: &View<'_, '_>, report: &mut Report<'_>) {
    let name = port.get("Name");
    if let Some(it) = name.text() {
        let plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || "-_".contains(it);
        if !it.chars().all(plain) || it.starts_with('-') || it.len() > 64 {
            let message = format!("{} cannot be the name of a port", quoted(it));
            report.at(&name, message, "lower case letters, digits, `-` and `_`");
        }
    }
    let range = port.get("ContainerPortRange");
    if range.is_set() && range.is_known() && port.get("ContainerPort").is_set() {
        report.at(&range, "a port and a range of ports", "leave one out");
    }
}
