//! An instance without an image.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "instance-image",
    severity: Severity::Error,
    page: include_str!("instance_image.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for instance in stack.of("AWS::EC2::Instance") {
        let image = instance.get("ImageId");
        let template = instance.get("LaunchTemplate");
        if !image.is_absent() || !instance.get("ImageId").is_known() {
            continue;
        }
        let from = ["LaunchTemplateId", "LaunchTemplateName"].map(|it| template.get(it));
        let from = from
            .iter()
            .find_map(|it| it.target_of("AWS::EC2::LaunchTemplate"));
        let lacks = match from {
            Some(it) => it.get("LaunchTemplateData.ImageId").is_absent(),
            None => template.is_absent(),
        };
        if lacks {
            report.at(
                &image,
                format!("`{}` has no `ImageId`", instance.id()),
                "set `ImageId`, here or in the launch template",
            );
        }
    }
}
