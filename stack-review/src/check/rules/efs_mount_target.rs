//! A file system that tasks cannot mount: no mount target, two in a zone, or a closed port.

use stack_core::Severity;

use crate::check::containers::{SERVICE, task_of};
use crate::check::groups::{GROUP, group_rules};
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "efs-mount-target",
    severity: Severity::Error,
    page: include_str!("efs_mount_target.md"),
    run,
};

const SYSTEM: &str = "AWS::EFS::FileSystem";
const TARGET: &str = "AWS::EFS::MountTarget";

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if stack.of(SYSTEM).next().is_none() || stack.has_transform() {
        return;
    }
    let targets: Vec<Resource<'_, '_>> = stack.of(TARGET).collect();
    zones(&targets, report);
    closed(stack, &targets, report);
    let known = targets
        .iter()
        .all(|it| it.get("FileSystemId").target().is_some());
    for service in stack.of(SERVICE) {
        let Some(task) = task_of(service) else {
            continue;
        };
        for volume in task.get("Volumes").items() {
            let id = volume.get("EFSVolumeConfiguration").get("FilesystemId");
            let Some(system) = id.target_of(SYSTEM) else {
                continue;
            };
            if let Some(it) = targets.iter().find(|it| {
                let of = it.get("FileSystemId").target();
                of.is_some_and(|it| it.handle() == system.handle())
            }) {
                names(*it, &id, report);
            }
            let here = system.stack().number() == stack.number();
            let any = targets.iter().any(|it| {
                let of = it.get("FileSystemId").target();
                of.is_some_and(|it| it.handle() == system.handle())
            });
            if here && known && !any && !is_exported(stack, system.id()) {
                let message = format!(
                    "`{}` has no mount target, so no task can mount it",
                    system.id()
                );
                report.at(
                    &id,
                    message,
                    "an `AWS::EFS::MountTarget` in each zone of the tasks",
                );
            }
        }
    }
}

/// Tasks find a file system by its name.
/// <https://docs.aws.amazon.com/efs/latest/ug/mounting-fs-mount-cmd-dns-name.html>
fn names(target: Resource<'_, '_>, volume: &View<'_, '_>, report: &mut Report<'_>) {
    let subnet = target.get("SubnetId").target_of("AWS::EC2::Subnet");
    let network = subnet.and_then(|it| it.get("VpcId").target_of("AWS::EC2::VPC"));
    let Some(network) = network else { return };
    if target.get("IpAddress").is_set() {
        return;
    }
    for (name, default) in [("EnableDnsSupport", true), ("EnableDnsHostnames", false)] {
        let set = network.get(name);
        if set.bool() == Some(false) || set.is_absent() && set.is_known() && !default {
            let message = format!(
                "the name of the file system needs `{name}` of `{}`, which is off",
                network.id()
            );
            report.judged(
                Severity::Warning,
                volume.place(),
                message,
                format!("`{name}: true`"),
            );
        }
    }
}

/// Other stacks can make its mount targets or open its port.
fn is_exported(stack: Stack<'_, '_>, id: &str) -> bool {
    let calls = stack.calls();
    let mut mentions = calls.mentions.iter().filter(|it| it.id == id);
    mentions.any(|it| {
        calls
            .all
            .get(it.call)
            .is_some_and(|it| it.owner.section == "Outputs")
    })
}

/// A zone has one mount target of a file system.
fn zones(targets: &[Resource<'_, '_>], report: &mut Report<'_>) {
    for (n, target) in targets.iter().enumerate() {
        let subnet = target.get("SubnetId");
        for other in &targets[..n] {
            let theirs = other.get("SubnetId");
            let one = target.get("FileSystemId").same(&other.get("FileSystemId"));
            if one != Some(true) {
                continue;
            }
            let places = [&subnet, &theirs].map(|it| it.target_of("AWS::EC2::Subnet"));
            let same = subnet.same(&theirs) == Some(true)
                || match places {
                    [Some(a), Some(b)] => {
                        let (a, b) = (a.get("AvailabilityZone"), b.get("AvailabilityZone"));
                        a.is_set() && a.same(&b) == Some(true)
                    }
                    _ => false,
                };
            if same {
                let message = format!("`{}` is in the same zone, and a zone has one", other.id());
                report.at(&subnet, message, "a subnet of another zone");
            }
        }
    }
}

/// Nobody is let in to NFS.
fn closed(stack: Stack<'_, '_>, targets: &[Resource<'_, '_>], report: &mut Report<'_>) {
    let rules = group_rules(stack);
    for target in targets {
        let list = target.get("SecurityGroups");
        let groups = list.items();
        let own: Vec<Resource<'_, '_>> =
            groups.iter().filter_map(|it| it.target_of(GROUP)).collect();
        if own.is_empty() || own.len() != groups.len() {
            continue;
        }
        let mounted = stack.of("AWS::ECS::TaskDefinition").any(|task| {
            let volumes = task.get("Volumes").items();
            volumes.iter().any(|it| {
                let id = it.get("EFSVolumeConfiguration").get("FilesystemId");
                id.same(&target.get("FileSystemId")) == Some(true)
            })
        });
        let mut open = !mounted || stack.of(SERVICE).next().is_none();
        for rule in rules.iter().filter(|it| it.ingress) {
            let Some(group) = rule.group() else {
                open = true;
                continue;
            };
            if !own.iter().any(|it| it.handle() == group.handle()) {
                continue;
            }
            let (from, to) = (rule.get("FromPort"), rule.get("ToPort"));
            let protocol = rule.get("IpProtocol");
            let ports = match (from.int(), to.int()) {
                (Some(a), Some(b)) => (a..=b).contains(&2049) || a < 0,
                _ => true,
            };
            let tcp = protocol
                .text()
                .is_none_or(|it| matches!(it, "tcp" | "6" | "-1"));
            open |= tcp && (ports || protocol.text() == Some("-1"));
        }
        let shared = own.iter().any(|it| is_exported(stack, it.id()));
        if !open && !shared {
            let message = format!(
                "nobody is let in to `{}` on 2049, which is NFS",
                target.id()
            );
            report.at(&list, message, "let the group of the tasks in on tcp 2049");
        }
    }
}
