//! A connection that the template needs cannot be opened.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use crate::network::{Answer, Wanted, may_want, wanted};

pub(super) const RULE: Rule = Rule {
    code: "blocked-path",
    severity: Severity::Error,
    page: include_str!("blocked_path.md"),
    run,
};

/// Without one of these nothing is wanted.
const BEGIN: [&str; 6] = [
    "AWS::ECS::Service",
    "AWS::ElasticLoadBalancing::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::AutoScaling::AutoScalingGroup",
    "AWS::Lambda::Function",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if BEGIN.iter().all(|it| stack.of(it).next().is_none()) || !may_want(stack) {
        return;
    }
    wanted(stack, |wanted| judge(stack, wanted, report));
}

fn judge(stack: Stack<'_, '_>, wanted: &Wanted, report: &mut Report<'_>) {
    for (intent, answer) in wanted.unmet(true) {
        let Some(resource) = stack.resource(&intent.resource) else {
            continue;
        };
        let place = resource.get(&intent.property);
        let (how, why, missing, witness) = match answer {
            Answer::Blocked { missing, why } => ("is blocked", why, missing, Vec::new()),
            Answer::Sometimes {
                works,
                fails,
                why,
                missing,
            } => {
                let witness = vec![
                    format!("{} works", works.packet),
                    format!("{fails} does not"),
                ];
                ("works sometimes", why, missing, witness)
            }
            Answer::Reachable(_) | Answer::Unknown { .. } => continue,
        };
        let message = format!("{} {how}, though {}: {why}", intent.question, intent.why);
        let repair: Vec<String> = missing.iter().map(ToString::to_string).collect();
        report.with_witness(&place, witness, message, repair.join("; "));
    }
}
