//! Spot instances that are taken away with their tasks.

use stack_core::Severity;

use crate::check::instances::{GROUP, is_meant_to_join, mentions, start_of, user_data};
use crate::check::{Report, Rule};
use crate::model::Piece;
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "spot-without-draining",
    severity: Severity::Warning,
    page: include_str!("spot_without_draining.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for group in stack.of(GROUP) {
        let Some(start) = start_of(group) else {
            continue;
        };
        let distribution = group.get("MixedInstancesPolicy.InstancesDistribution");
        let on_demand = distribution.get("OnDemandPercentageAboveBaseCapacity");
        let mixed = on_demand.int().is_some_and(|it| it < 100);
        let options = start.get("LaunchTemplateData.InstanceMarketOptions.MarketType");
        let all = options.text() == Some("spot") || start.get("SpotPrice").is_set();
        if !(mixed || all) || !is_meant_to_join(start) {
            continue;
        }
        let data = user_data(start);
        let told = mentions(start, &["ECS_ENABLE_SPOT_INSTANCE_DRAINING"]);
        let readable = data.pieces().iter().all(|it| match it {
            Piece::Text(_) => true,
            Piece::Value(value) => !value.is_unknown(),
        });
        if !told && readable {
            let message = format!(
                "tasks on Spot instances of `{}` are not told that their instance goes",
                group.id()
            );
            report.at(
                &data,
                message,
                "write `ECS_ENABLE_SPOT_INSTANCE_DRAINING=true` to /etc/ecs/ecs.config",
            );
        }
    }
}
