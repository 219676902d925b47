//! What becomes of a resource that is replaced or removed.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html>
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html>

use stack_core::template::ResourceView;

use super::changes::Fate;
use super::node::Node;
use super::side::Side;
use crate::model::SNAPSHOTS;

/// What becomes of it when it leaves the stack.
pub(super) fn when_removed(side: &Side<'_, '_>, resource: ResourceView<'_>) -> Fate {
    let kind = resource.kind();
    let default = match kind {
        "AWS::RDS::DBCluster" => Fate::Snapshotted,
        "AWS::RDS::DBInstance" if resource.property("DBClusterIdentifier").is_none() => {
            Fate::Snapshotted
        }
        _ => Fate::Deleted,
    };
    policy(side, resource, "DeletionPolicy").map_or(default, |it| fate(&it, kind))
}

/// What becomes of the old one when it is replaced.
pub(super) fn when_replaced(side: &Side<'_, '_>, resource: ResourceView<'_>) -> Fate {
    let policy = policy(side, resource, "UpdateReplacePolicy");
    policy.map_or(Fate::Deleted, |it| fate(&it, resource.kind()))
}

/// Whether two texts of a policy say the same of a type.
pub(super) fn same_policy(old: Fate, new: Fate, a: &Node<'_>, b: &Node<'_>) -> bool {
    // `RetainExceptOnCreate` differs from `Retain` only while the resource is made.
    let first = |it: &Node<'_>| it.text() == Some("RetainExceptOnCreate");
    old == new && first(a) == first(b)
}

fn policy(side: &Side<'_, '_>, resource: ResourceView<'_>, name: &str) -> Option<String> {
    let body = resource.attribute(name)?;
    // A policy may be chosen by functions (with the language extensions).
    match body.as_str() {
        Some(text) => Some(text.to_owned()),
        None => {
            let template = side.input.template.resource(resource.id())?;
            Some(side.node(template.attribute(name)?).text()?.to_owned())
        }
    }
}

fn fate(policy: &str, kind: &str) -> Fate {
    match policy {
        "Retain" | "RetainExceptOnCreate" => Fate::Retained,
        "Snapshot" if SNAPSHOTS.contains(&kind) => Fate::Snapshotted,
        _ => Fate::Deleted,
    }
}
