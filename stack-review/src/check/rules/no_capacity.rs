//! A service on instances, and no instances.

use stack_core::Severity;

use crate::check::containers::{CLUSTER, Launch, PROVIDER, SERVICE, launch_of};
use crate::check::instances::GROUP;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "no-capacity",
    severity: Severity::Warning,
    page: include_str!("no_capacity.md"),
    run,
};

/// What may bring instances that are not seen here.
const OTHER: [&str; 6] = [
    "AWS::CloudFormation::CustomResource",
    "AWS::EC2::Instance",
    "AWS::EC2::SpotFleet",
    "AWS::EC2::EC2Fleet",
    "AWS::CloudFormation::Stack",
    PROVIDER,
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if stack.has_transform() {
        return;
    }
    for service in stack.of(SERVICE) {
        let Some(cluster) = service.get("Cluster").target_of(CLUSTER) else {
            continue;
        };
        let desired = service.get("DesiredCount");
        let wants_none = desired.int() == Some(0);
        if wants_none || launch_of(service) != Launch::Instances {
            continue;
        }
        let home = cluster.stack();
        let near = has_some(stack) || has_some(home);
        if near || stack.world().stacks().any(has_some) {
            continue;
        }
        let group = [stack, home].into_iter().find_map(|it| it.of(GROUP).next());
        let message = match group {
            None => format!(
                "`{}` runs on instances, and nothing here makes some for `{}`",
                service.id(),
                cluster.id()
            ),
            Some(group) => format!(
                "`{}` runs on instances, and `{}` has at most 0",
                service.id(),
                group.id()
            ),
        };
        report.at(
            &service.get("Cluster"),
            message,
            "an Auto Scaling group whose instances join the cluster, or Fargate",
        );
    }
}

/// Whether the stack has instances, or may have.
fn has_some(stack: Stack<'_, '_>) -> bool {
    let custom = |kind: &str| kind.starts_with("Custom::") || OTHER.contains(&kind);
    let mut groups = stack.of(GROUP).peekable();
    if groups.peek().is_some() {
        return groups.any(|it| it.get("MaxSize").int() != Some(0));
    }
    stack.resources().any(|it| custom(it.kind()))
}
