//! A launch template from which no instance starts as it was meant.

use stack_core::Severity;

use crate::check::instances::{image_machine, instance_machine, mentions, user_data};
use crate::check::paths::written;
use crate::check::words::quoted;
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
        names(&data, report);
        machine(template, &data, report);
        of_cluster(template, &data, report);
        script(template, report);
        agent(template, &data, report);
    }
    for group in stack.of("AWS::AutoScaling::AutoScalingGroup") {
        for path in ["LaunchTemplate", MIXED] {
            specification(&group.get(path), report);
        }
        overrides(group, report);
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

const MIXED: &str = "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification";

/// Which launch template, and which version of it.
fn specification(from: &View<'_, '_>, report: &mut Report<'_>) {
    let (id, name, version) = (
        from.get("LaunchTemplateId"),
        from.get("LaunchTemplateName"),
        from.get("Version"),
    );
    if let Some(it) = name.target_of(TEMPLATE) {
        let message = format!(
            "here stands the id of `{}`, and its name is wanted",
            it.id()
        );
        report.at(&name, message, "write it to `LaunchTemplateId`");
    }
    if let Some(it) = version.text()
        && !it.bytes().all(|it| it.is_ascii_digit())
        && !matches!(it, "$Default" | "$Latest")
    {
        let message = format!("there is no version {}", quoted(it));
        report.at(
            &version,
            message,
            "a number, best `!GetAtt Template.LatestVersionNumber`",
        );
    }
    if let (Some(own), Some(other)) = (id.target_of(TEMPLATE), version.target_of(TEMPLATE))
        && own.handle() != other.handle()
    {
        let message = format!(
            "this is a version of `{}`, and the launch template is `{}`",
            other.id(),
            own.id()
        );
        let repair = format!("`!GetAtt {}.LatestVersionNumber`", own.id());
        report.at(&version, message, repair);
    }
}

/// Other types than the launch template's, which start from the same image.
fn overrides(group: Resource<'_, '_>, report: &mut Report<'_>) {
    let mixed = group.get("MixedInstancesPolicy.LaunchTemplate");
    let from = mixed
        .get("LaunchTemplateSpecification")
        .get("LaunchTemplateId");
    let types = mixed.get("Overrides").items();
    let Some(template) = from.target_of(TEMPLATE).filter(|_| !types.is_empty()) else {
        return;
    };
    let Some(wanted) = image_machine(&template.get("LaunchTemplateData.ImageId")) else {
        return;
    };
    for other in types {
        let size = other.get("InstanceType");
        if let Some(text) = size.text()
            && let Some(has) = instance_machine(text).filter(|it| *it != wanted)
            && other.get("LaunchTemplateSpecification").is_absent()
        {
            let message = format!(
                "`{}` starts an image for {wanted} on {text}, which is {has}",
                group.id()
            );
            report.at(
                &size,
                message,
                "a launch template of its own, with an image for it",
            );
        }
    }
}

/// Ids of security groups where their names are wanted.
fn names(data: &View<'_, '_>, report: &mut Report<'_>) {
    for group in data.get("SecurityGroups").items() {
        let given = group.value().handle().and_then(|it| it.attribute);
        let is_id = match group.target_of("AWS::EC2::SecurityGroup") {
            // In the default network `Ref` gives the name.
            Some(it) => given == Some("GroupId") || given.is_none() && it.get("VpcId").is_set(),
            None => group.text().is_some_and(|it| it.starts_with("sg-")),
        };
        if is_id {
            let message = "here stands the id of a security group, and names are wanted";
            report.at(&group, message, "write it to `SecurityGroupIds`");
        }
    }
}

/// The image is one that AWS makes for clusters.
fn of_cluster(template: Resource<'_, '_>, data: &View<'_, '_>, report: &mut Report<'_>) {
    let image = data.get("ImageId");
    let Some(text) = written(&image) else { return };
    let Some((_, path)) = text.split_once("/aws/service/ecs/optimized-ami/") else {
        return;
    };
    if path.trim_end_matches('}').ends_with("/recommended") {
        let message = "this parameter holds a description of the image, not its id";
        report.at(&image, message, "`…/recommended/image_id`");
    }
    if !path.starts_with("amazon-linux-2") {
        return;
    }
    for device in data.get("BlockDeviceMappings").items() {
        let size = device.get("Ebs").get("VolumeSize");
        if device.get("DeviceName").text() == Some("/dev/xvda")
            && let Some(it) = size.int().filter(|it| *it < 30)
        {
            let message = format!(
                "`{}` starts with a disk of {it} GiB, and the image has one of 30",
                template.id()
            );
            report.at(&size, message, "30 or more");
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
