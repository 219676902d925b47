//! Changes that the facts allow and the service behind them refuses.

use super::changes::{Action, ChangeKind, Hazard, HazardKind, ResourceChange};
use super::stacks::Comparison;

/// What the facts take for updated in place and the page of the type calls "Updates are not
/// supported", read page by page:
/// `https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-<service>-<type>.html`.
const NOT_SUPPORTED: [(&str, &[&str]); 10] = [
    ("AWS::CloudFront::KeyValueStore", &["ImportSource"]),
    (
        "AWS::CodeStar::GitHubRepository",
        &[
            "Code",
            "EnableIssues",
            "IsPrivate",
            "RepositoryDescription",
            "RepositoryName",
            "RepositoryOwner",
        ],
    ),
    (
        "AWS::DynamoDB::GlobalTable",
        &[
            "GlobalSecondaryIndexes.KeySchema",
            "GlobalSecondaryIndexes.Projection",
        ],
    ),
    (
        "AWS::DynamoDB::Table",
        &[
            "GlobalSecondaryIndexes.KeySchema",
            "GlobalSecondaryIndexes.Projection",
            "LocalSecondaryIndexes.KeySchema",
            "LocalSecondaryIndexes.Projection",
        ],
    ),
    (
        "AWS::EC2::Volume",
        &[
            "AvailabilityZone",
            "AvailabilityZoneId",
            "Encrypted",
            "KmsKeyId",
            "SnapshotId",
        ],
    ),
    ("AWS::EVS::Environment", &["Hosts", "InitialVlans"]),
    ("AWS::Logs::LogGroup", &["LogGroupClass"]),
    (
        "AWS::Organizations::Account",
        &["AccountName", "Email", "RoleName"],
    ),
    (
        "AWS::ServiceDiscovery::Service",
        &["DnsConfig.RoutingPolicy"],
    ),
    (
        "AWS::VpcLattice::ResourceConfiguration",
        &["ResourceConfigurationDefinition.ArnResource"],
    ),
];

/// The property that changes and that nothing can change.
fn not_supported(change: &ResourceChange) -> Option<Hazard> {
    let row = NOT_SUPPORTED.binary_search_by(|it| it.0.cmp(&change.kind));
    let listed = NOT_SUPPORTED[row.ok()?].1;
    let mut changed = change.properties.iter().filter(|it| {
        // What comes or goes may be what holds without it.
        it.kind == ChangeKind::Changed && it.when.is_none()
    });
    let changed = changed.find(|it| {
        let plain = without_items(&it.path);
        listed.iter().any(|listed| {
            let rest = plain.strip_prefix(listed);
            rest.is_some_and(|it| it.is_empty() || it.starts_with('.'))
        })
    })?;
    Some(Hazard {
        kind: HazardKind::Refused,
        message: format!("`{}` cannot be updated: the update fails", changed.path),
        repair: match changed.path.contains("SecondaryIndexes[") {
            true => "make an index of another name, and delete this one with a later update",
            false => "make another one with it under another logical id",
        }
        .to_owned(),
    })
}

/// `Indexes[by-a].KeySchema` without the items: `Indexes.KeySchema`.
fn without_items(path: &str) -> String {
    let mut depth = 0_usize;
    let kept = path.chars().filter(|it| {
        match it {
            '[' => depth += 1,
            ']' => {
                depth = depth.saturating_sub(1);
                return false;
            }
            _ => {}
        }
        depth == 0
    });
    kept.collect()
}

/// Whether the service refuses what a resource is to become.
pub(super) fn find(comparison: &Comparison<'_, '_>, number: usize) -> Option<Hazard> {
    let slot = &comparison.slots[number];
    let (old, new) = (comparison.before(slot)?, comparison.after(slot)?);
    let change = slot.change.as_ref()?;
    // Another one in its place can be anything.
    if !matches!(change.action, Action::Update | Action::Interrupt) {
        return None;
    }
    if let Some(found) = not_supported(change) {
        return Some(found);
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

#[cfg(test)]
mod tests {
    use super::*;
    use stack_core::schema::{self, Update};

    #[test]
    fn what_is_not_supported_is_sorted_and_in_place_to_the_facts() {
        assert!(NOT_SUPPORTED.is_sorted_by_key(|it| it.0));
        for (kind, properties) in NOT_SUPPORTED {
            let facts = schema::find(kind).unwrap();
            for property in properties {
                assert!(facts.property(property).is_some(), "{kind} {property}");
                let update = facts.update_behavior(property);
                assert_eq!(update, Update::InPlace, "{kind} {property}");
            }
        }
    }

    #[test]
    fn items_are_left_out_of_paths() {
        let path = "GlobalSecondaryIndexes[by.a].KeySchema[0].KeyType";
        assert_eq!(
            without_items(path),
            "GlobalSecondaryIndexes.KeySchema.KeyType"
        );
    }
}
