//! A target group that registers something else than the tasks of its service.

use stack_core::Severity;

use crate::check::containers::{
    Launch, Mode, SERVICE, TARGET_GROUP, launch_of, mode_of, target_groups, task_of,
};
use crate::check::instances::GROUP;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "target-type",
    severity: Severity::Error,
    page: include_str!("target_type.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for instances in stack.of(GROUP) {
        for arn in instances.get("TargetGroupARNs").items() {
            let Some(targets) = arn.target_of(TARGET_GROUP) else {
                continue;
            };
            let kind = targets.get("TargetType");
            if let Some(it) = kind.text().filter(|it| *it != "instance") {
                let message = format!(
                    "`{}` registers targets by `{it}`, and those of `{}` are instances",
                    targets.id(),
                    instances.id()
                );
                let repair = format!("set `TargetType` of `{}` to instance", targets.id());
                report.at(&arn, message, repair);
            }
        }
    }
    for service in stack.of(SERVICE) {
        let mode = task_of(service).and_then(mode_of);
        let (wanted, because) = match mode {
            _ if launch_of(service) == Launch::Fargate => {
                ("ip", "tasks on Fargate have addresses of their own")
            }
            Some(Mode::Awsvpc) => (
                "ip",
                "tasks with network mode `awsvpc` have addresses of their own",
            ),
            Some(Mode::Bridge | Mode::Host | Mode::Nat) => {
                ("instance", "its tasks are reached through their instances")
            }
            _ => continue,
        };
        let others = service
            .get("LoadBalancers")
            .items()
            .into_iter()
            .filter_map(|it| {
                let other = it
                    .get("AdvancedConfiguration")
                    .get("AlternateTargetGroupArn");
                let group = other.target_of(TARGET_GROUP)?;
                Some((other, group))
            });
        for (arn, group) in target_groups(service).into_iter().chain(others) {
            let kind = group.get("TargetType");
            let is = match kind.text() {
                Some(it) => it.to_owned(),
                None if kind.is_absent() => "instance".to_owned(),
                None => continue,
            };
            if is != wanted {
                let message = format!(
                    "`{}` registers targets by `{is}`, and {because}",
                    group.id()
                );
                report.at(
                    &arn,
                    message,
                    format!("set `TargetType` of `{}` to {wanted}", group.id()),
                );
            }
        }
    }
}
