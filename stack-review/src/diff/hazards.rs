//! What goes wrong with single resources; data that is lost.

use stack_core::schema::ResourceType;

use super::at::facts;
use super::changes::{Action, Fate, Hazard, HazardKind};
use super::stacks::Comparison;
use super::{ResourceChange, controllers, names, refused};

/// Finds what goes wrong with single resources.
pub(super) fn find(comparison: &mut Comparison<'_, '_>) {
    for number in 0..comparison.slots.len() {
        let slot = &comparison.slots[number];
        let Some(change) = &slot.change else { continue };
        let mut found = Vec::new();
        found.extend(data_loss(change));
        found.extend(refused::find(comparison, number));
        if let (Some(old), Some(new)) = (comparison.before(slot), comparison.after(slot)) {
            found.extend(names::collision(&old, &new, change));
        }
        found.extend(controllers::find(comparison, number));
        if let Some(change) = &mut comparison.slots[number].change {
            change.hazards.extend(found);
        }
    }
}

/// What holds data is replaced or deleted, and nothing of it is kept.
fn data_loss(change: &ResourceChange) -> Option<Hazard> {
    let stateful = facts(&change.kind).is_some_and(ResourceType::is_stateful);
    if !stateful || change.fate != Some(Fate::Deleted) {
        return None;
    }
    let (policy, may) = match change.action {
        Action::Remove => ("DeletionPolicy", !change.certain),
        Action::Replace => ("UpdateReplacePolicy", !change.certain),
        Action::MayReplace => ("UpdateReplacePolicy", true),
        _ => return None,
    };
    let what = match (change.action, may) {
        (Action::Remove, false) => "is deleted with its data",
        (Action::Remove, true) => "may be deleted with its data",
        (_, false) => "is replaced by an empty one",
        (_, true) => "may be replaced by an empty one",
    };
    // <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html>
    let beside = match change.kind.as_str() {
        "AWS::S3::Bucket" => "; the deletion fails while there are objects in it",
        "AWS::KMS::Key" => "; what it encrypted cannot be read once its waiting period is over",
        _ => "",
    };
    Some(Hazard {
        kind: HazardKind::DataLoss,
        message: format!("`{}` {what}{beside}", change.id),
        repair: format!(
            "deploy it with `{policy}: Retain` first, or move the data before this change"
        ),
    })
}
