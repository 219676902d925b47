//! A launch template from which no instance starts as it was meant.

use stack_core::Severity;

use crate::check::instances::{mentions, user_data};
use crate::check::paths::written;
use crate::check::{Report, Rule};
use crate::model::{Piece, Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "launch-template",
    severity: Severity::Error,
    page: include_str!("launch_template.md"),
    run,
};

const TEMPLATE: &str = "AWS::EC2::LaunchTemplate";

/// What scripts for instances begin with, and what they are in Base64.
const BEGIN: [&str; 9] = [
    "#!",
    "#cloud-config",
    "#cloud-boothook",
    "#include",
    "#upstart-job",
    "## template: jinja",
    "Content-Type:",
    "MIME-Version:",
    "<",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for template in stack.of(TEMPLATE) {
        let data = template.get("LaunchTemplateData");
        if !data.is_known() {
            continue;
        }
        let groups = ["SecurityGroupIds", "SecurityGroups"].map(|it| data.get(it));
        let interfaces = data.get("NetworkInterfaces");
        for it in groups.iter().filter(|it| it.is_set() && it.is_known()) {
            if !interfaces.items().is_empty() {
                let message = "security groups stand beside network interfaces, and EC2 takes \
                    them from one place";
                report.at(it, message, "write them to `Groups` of the interface");
            }
        }
        machine(template, &data, report);
        script(template, report);
        agent(template, &data, report);
    }
    for group in stack.of("AWS::AutoScaling::AutoScalingGroup") {
        let Some(template) = group
            .get("LaunchTemplate.LaunchTemplateId")
            .target_of(TEMPLATE)
        else {
            continue;
        };
        let image = template.get("LaunchTemplateData.ImageId");
        if image.is_absent() && template.get("LaunchTemplateData").is_known() {
            let message = format!("`{}` starts instances from no image", group.id());
            report.at(&image, message, "set `ImageId` in the launch template");
        }
    }
}

/// The image is for another kind of processor than the instance has.
fn machine(template: Resource<'_, '_>, data: &View<'_, '_>, report: &mut Report<'_>) {
    let kind = data.get("InstanceType");
    let image = data.get("ImageId");
    let (Some(size), Some(wanted)) = (kind.text(), image_machine(&image)) else {
        return;
    };
    let Some(has) = instance_machine(size) else {
        return;
    };
    if has != wanted {
        let message = format!(
            "`{}` starts an image for {wanted} on {size}, which is {has}",
            template.id()
        );
        report.at(
            &image,
            message,
            format!("an image for {has}, or another instance type"),
        );
    }
}

/// `arm64` or `x86_64`, from the public parameters of AWS.
fn image_machine(image: &View<'_, '_>) -> Option<&'static str> {
    let text = written(image)?;
    let at = text.find("/aws/service/")?;
    let name = &text[at..];
    if name.contains("arm64") || name.contains("aarch64") {
        Some("arm64")
    } else if name.contains("x86_64") {
        Some("x86_64")
    } else {
        let plain = name.starts_with("/aws/service/ecs/optimized-ami/amazon-linux-2")
            && !name.contains("gpu")
            && !name.contains("inf")
            && !name.contains("neuron");
        plain.then_some("x86_64")
    }
}

/// Graviton types have a `g` behind the generation: `m6g.large`, `c7gn.xlarge`.
fn instance_machine(size: &str) -> Option<&'static str> {
    let family = size.split_once('.')?.0;
    let digit = family.find(|it: char| it.is_ascii_digit())?;
    let rest = family[digit..].trim_start_matches(|it: char| it.is_ascii_digit());
    let common = ["a", "c", "g", "hpc", "i", "im", "is", "m", "r", "t", "x"];
    if family == "a1" {
        return Some("arm64");
    }
    if !common.contains(&&family[..digit]) {
        return None;
    }
    Some(if rest.starts_with('g') {
        "arm64"
    } else {
        "x86_64"
    })
}

/// The image of a cluster's instance has no agent.
fn agent(template: Resource<'_, '_>, data: &View<'_, '_>, report: &mut Report<'_>) {
    let image = data.get("ImageId");
    let plain =
        written(&image).is_some_and(|it| it.contains("/aws/service/ami-amazon-linux-latest/"));
    if !plain || !mentions(template, &["ECS_CLUSTER="]) {
        return;
    }
    let installs = [
        "ecs-init",
        "amazon-ecs-agent",
        "amazon-linux-extras",
        "docker run",
        "s3://",
        "curl",
        "cfn-init",
    ];
    if !mentions(template, &installs) {
        let message = format!(
            "instances of `{}` are to join a cluster, and their image has no ECS agent",
            template.id()
        );
        report.at(
            &image,
            message,
            "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id",
        );
    }
}

/// The script is given as text, or is none.
fn script(template: Resource<'_, '_>, report: &mut Report<'_>) {
    let stack = template.stack();
    let script = user_data(template);
    let (Some(first), true) = (script.pieces().into_iter().next(), script.is_set()) else {
        return;
    };
    let Piece::Text(text) = first else { return };
    let encoded = stack.calls().all.iter().any(|it| {
        it.name == "Fn::Base64" && it.owner.id == template.id() && it.field == "UserData"
    });
    if stack.has_transform() || text.trim().is_empty() {
        return;
    }
    let plain = BEGIN.iter().any(|it| text.trim_start().starts_with(it));
    if !encoded && plain {
        let message = "EC2 takes user data in Base64, and here stands the text";
        report.at(&script, message, "put it into `Fn::Base64`");
    } else if encoded
        && !plain
        && ["/etc/", "yum ", "dnf "]
            .iter()
            .any(|it| text.contains(it) || mentions(template, &[it]))
    {
        let message = "the script does not begin with `#!`, and so it is not run";
        report.at(&script, message, "begin it with `#!/bin/bash`");
    }
}
