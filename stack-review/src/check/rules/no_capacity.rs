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
const OTHER: [&str; 5] = [
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
        let stacks: Vec<_> = stack.world().stacks().collect();
        let custom = |kind: &str| kind.starts_with("Custom::") || kind == "AWS::CloudFormation::CustomResource";
        let has = |kind: &str| stacks.iter().any(|it| it.of(kind).next().is_some());
        if OTHER.iter().any(|it| has(it)) && !has(GROUP) {
            continue;
        }
        let groups: Vec<_> = stacks.iter().flat_map(|it| it.of(GROUP)).collect();
        let empty = groups.iter().all(|it| it.get("MaxSize").int() == Some(0));
        if !empty || stacks.iter().any(|it| it.resources().any(|it| custom(it.kind()))) {
            continue;
        }
        let message = match groups.first() {
            None => format!("`{}` runs on instances, and nothing here makes some for `{}`", service.id(), cluster.id()),
            Some(group) => format!("`{}` runs on instances, and `{}` has at most 0", service.id(), group.id()),
        };
        report.at(&service.get("Cluster"), message, "an Auto Scaling group whose instances join the cluster, or Fargate");
    }
}
