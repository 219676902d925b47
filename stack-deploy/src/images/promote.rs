//! [`promote`]: what runs in one environment gets the tags of another.

use std::time::Duration;

use crate::calendar::Utc;
use crate::ecr::Digest;
use crate::history::{Ledger, Operation, Record, State};
use crate::images::PromotionPlan;
use crate::images::moving::{Moved, move_tags};
use crate::services::{Clouds, Stopped};

/// A promotion that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promoted {
    /// The image.
    pub digest: Digest,
    /// The tags that it was given, and whether it had them before.
    pub tags: Vec<(String, Moved)>,
    /// Worth knowing.
    pub warnings: Vec<String>,
}

/// A promotion takes no longer.
const BOUND: Duration = Duration::from_secs(5 * 60);

/// Does what a plan says: the tags are put one after the other, each only when it still names what
/// it named in the plan. Done twice, it changes nothing the second time.
///
/// # Errors
///
/// Somebody else promotes at the same time, a tag is not what it was, or ECR refuses. Tags that
/// were put before that stay: the same promotion again puts the others.
pub fn promote(
    clouds: &dyn Clouds,
    plan: &PromotionPlan,
    ledger: &Ledger<'_>,
) -> Result<Promoted, Stopped> {
    let promotion = &plan.promotion;
    let digest = &plan.manifest.digest;
    let mut promoted = Promoted {
        digest: digest.clone(),
        tags: Vec::new(),
        warnings: Vec::new(),
    };
    if plan.changes.is_empty() {
        return Ok(promoted);
    }
    let record = Record {
        actor: plan.actor.arn.clone(),
        digest: Some(digest.clone()),
        previous: plan.previous.clone(),
        tags: plan.changes.iter().map(|it| it.tag.clone()).collect(),
        commit: plan.commit.clone(),
        from: Some(promotion.from.clone()),
        template: Some(plan.template.clone()),
        reason: promotion
            .force
            .clone()
            .filter(|_| !plan.overridden.is_empty()),
        ..Record::new(
            &promotion.to,
            &promotion.service,
            Operation::Promote,
            ledger.now(),
        )
    };
    let claim = ledger.begin(record, BOUND)?;
    if let Some(other) = &claim.abandoned {
        promoted.warnings.push(abandoned(other));
    }
    let result = move_tags(
        clouds,
        ledger.clock(),
        &plan.repository,
        &plan.changes,
        &plan.manifest,
    );
    let lost = ledger.end(&claim, |it| match &result {
        Ok(_) => it.state = State::Done,
        Err(stopped) => it.stop(stopped),
    });
    promoted.warnings.extend(lost);
    promoted.tags = result?;
    Ok(promoted)
}

fn abandoned(other: &Record) -> String {
    format!(
        "`{}` began something at {}, and never said how it ended",
        other.actor,
        Utc(other.when)
    )
}
