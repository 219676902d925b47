//! Changes that the facts allow and the service behind them refuses.

use super::changes::{Action, ChangeKind, Hazard, HazardKind};
use super::stacks::Comparison;

/// Whether the service refuses what a resource is to become.
pub(super) fn find(comparison: &Comparison<'_, '_>, number: usize) -> Option<Hazard> {
    let slot = &comparison.slots[number];
    let (old, new) = (comparison.before(slot)?, comparison.after(slot)?);
    let change = slot.change.as_ref()?;
    // Another one in its place can be anything.
    if !matches!(change.action, Action::Update | Action::Interrupt) {
        return None;
    }
    match change.kind.as_str() {
        // <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSecurityGroups.html>
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => {
            let (was, is) = (
                old.property("SecurityGroups"),
                new.property("SecurityGroups"),
            );
            let network = new.property("Type").text() == Some("network");
            let what = match (was.items().is_empty(), is.items().is_empty()) {
                (true, false) => "made without security groups can never have any",
                (false, true) => "cannot give up all its security groups",
                _ => return None,
            };
            network.then(|| Hazard {
                kind: HazardKind::Refused,
                message: format!("a network load balancer {what}: the update fails"),
                repair: "make another load balancer under another logical id".to_owned(),
            })
        }
        // <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html>
        "AWS::DynamoDB::Table" => {
            let indexes = change.properties.iter().filter(|it| {
                let index = it.path.strip_prefix("GlobalSecondaryIndexes[");
                let whole = index.is_some_and(|it| it.ends_with(']') && !it.contains('.'));
                whole && matches!(it.kind, ChangeKind::Added | ChangeKind::Removed)
            });
            (indexes.count() > 1).then(|| Hazard {
                kind: HazardKind::Refused,
                message: "one update can make or delete one global secondary index, this one has \
                          more: it fails"
                    .to_owned(),
                repair: "change one index, deploy, and go on with the next".to_owned(),
            })
        }
        _ => None,
    }
}
