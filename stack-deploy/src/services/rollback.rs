//! Back to what ran before: by tag, by digest, or by time.

use std::collections::BTreeSet;

use crate::calendar::Utc;
use crate::ecr::{Digest, StoredImage, Version, tagged};
use crate::history::{Ledger, Operation, Record, State};
use crate::images::{Freezes, Release, TagChange, changes, commit_of, move_tags};
use crate::services::clouds::right_account;
use crate::services::look::in_progress;
use crate::services::rollout::{Shelf, carry_out, close, manifest, record, runs, thawed};
use crate::services::{
    Clouds, Rollout, RolloutEnd, RolloutPlan, RolloutResult, Stopped, Waiting, Way, look,
};
use crate::time::Time;

/// An image that a service can go back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The image.
    pub digest: Digest,
    /// Since when it ran: as the history or the tag of a release says it.
    pub since: Option<Time>,
    /// Its tags.
    pub tags: Vec<String>,
    /// The commit it was built from.
    pub commit: Option<String>,
    /// Whether it runs now.
    pub runs: bool,
}

impl Choice {
    fn of(image: &StoredImage, since: Option<Time>, runs: bool) -> Choice {
        let tags = image.sorted_tags();
        Choice {
            digest: image.digest.clone(),
            since,
            commit: commit_of(tags.iter().map(String::as_str)),
            tags,
            runs,
        }
    }
}

/// What a rollback will do, for somebody to approve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollbackPlan {
    /// The image it goes back to.
    pub choice: Choice,
    /// The tags that go back with it, so that neither a task that is started again nor the next
    /// rollout brings back what was rolled back.
    pub changes: Vec<TagChange>,
    /// The rollout.
    pub rollout: RolloutPlan,
}

/// How many choices are listed.
const LISTED: usize = 10;

/// The images that a service ran in its environment, the newest first: as the history says, and the
/// tags of releases.
pub fn choices(
    environment: &str,
    images: &[StoredImage],
    history: &[Record],
    running: &BTreeSet<Digest>,
) -> Vec<Choice> {
    let mut all: Vec<Choice> = Vec::new();
    let mut add = |digest: &Digest, since: Option<Time>| {
        let Some(image) = images.iter().find(|it| it.digest == *digest) else {
            // What expired cannot be gone back to.
            return;
        };
        if all
            .iter()
            .any(|it| it.digest == *digest && it.since == since)
        {
            return;
        }
        all.push(Choice::of(image, since, running.contains(digest)));
    };
    for it in history {
        let ran = matches!(it.operation, Operation::Rollout | Operation::Rollback)
            && matches!(it.state, State::Done | State::Started);
        if let Some(digest) = it.digest.as_ref().filter(|_| ran) {
            add(digest, Some(it.when));
        }
    }
    let known: BTreeSet<Digest> = history.iter().filter_map(|it| it.digest.clone()).collect();
    for image in images.iter().filter(|it| !known.contains(&it.digest)) {
        let releases = image.tags.iter().filter_map(|it| Release::parse(it));
        let mine = releases.filter(|it| it.environment == environment);
        if let Some(first) = mine.map(|it| it.time).min() {
            add(&image.digest, Some(first));
        }
    }
    all.sort_by(|a, b| (b.since, &a.digest).cmp(&(a.since, &b.digest)));
    // What was rolled out again ran on: since the first time.
    let mut choices: Vec<Choice> = Vec::new();
    for choice in all {
        match choices.last_mut().filter(|it| it.digest == choice.digest) {
            Some(last) => *last = choice,
            None => choices.push(choice),
        }
    }
    choices
}

/// What `text` means: a tag, a digest or its first digits, a commit or its, or a moment in UTC, when
/// what ran then is meant.
///
/// # Errors
///
/// Nothing is meant, or several; the choices are listed.
pub fn target(text: &str, images: &[StoredImage], choices: &[Choice]) -> Result<Choice, Stopped> {
    let of = |digest: &Digest| {
        let known = choices.iter().find(|it| it.digest == *digest).cloned();
        known.or_else(|| {
            let image = images.iter().find(|it| it.digest == *digest)?;
            Some(Choice::of(image, None, false))
        })
    };
    if let Some(found) = tagged(images, text).and_then(|it| of(&it.digest)) {
        return Ok(found);
    }
    if let Some(moment) = Utc::parse(text) {
        let before = choices
            .iter()
            .find(|it| it.since.is_some_and(|it| it <= moment.0));
        return before.cloned().ok_or_else(|| {
            listed(
                "no-choice",
                format!("nothing is known of what ran at {moment}"),
                choices,
            )
        });
    }
    let is_digits = |least: usize, text: &str| text.len() >= least && !text.is_empty();
    let fits = |it: &&StoredImage| {
        let hex = text.strip_prefix("sha256:").unwrap_or(text);
        let by_digest = is_digits(7, hex) && it.digest.as_str()["sha256:".len()..].starts_with(hex);
        let commit = commit_of(it.tags.iter().map(String::as_str));
        let by_commit = is_digits(7, text) && commit.is_some_and(|it| it.starts_with(text));
        let by_tag = is_digits(4, text) && it.tags.iter().any(|it| it.starts_with(text));
        by_digest || by_commit || by_tag
    };
    let found: Vec<&StoredImage> = images.iter().filter(fits).collect();
    match found.as_slice() {
        [one] => of(&one.digest).ok_or_else(|| {
            listed(
                "no-choice",
                format!("`{text}` is not there any more"),
                choices,
            )
        }),
        [] => Err(listed(
            "no-choice",
            format!("`{text}` is no tag, digest, commit or moment of an image that is there"),
            choices,
        )),
        several => {
            let mut meant: Vec<Choice> = several.iter().filter_map(|it| of(&it.digest)).collect();
            meant.sort_by(|a, b| (b.since, &a.digest).cmp(&(a.since, &b.digest)));
            let message = format!("`{text}` means {} images", several.len());
            Err(listed("several-choices", message, &meant))
        }
    }
}

fn listed(code: &'static str, message: String, choices: &[Choice]) -> Stopped {
    let stopped = Stopped::refused(code, message);
    if choices.is_empty() {
        return stopped.help(
            "there is no history and no release yet: name a digest that is in the repository",
        );
    }
    let line = |it: &Choice| {
        let since = it
            .since
            .map_or_else(|| "unknown".to_owned(), |it| Utc(it).to_string());
        let runs = if it.runs { "  (runs now)" } else { "" };
        format!(
            "{since}  {}  {}{runs}",
            it.digest.short(),
            it.tags.join(" ")
        )
    };
    let lines: Vec<String> = choices.iter().take(LISTED).map(line).collect();
    stopped.help(format!("choose one of\n    {}", lines.join("\n    ")))
}

/// Says what a rollback will do. Nothing is changed. `rollout.wanted` is not looked at: `to` says
/// what is gone back to.
///
/// # Errors
///
/// As [`plan_rollout`](crate::services::plan_rollout), and when `to` is not clear.
pub fn plan_rollback(
    clouds: &dyn Clouds,
    ledger: &Ledger<'_>,
    rollout: &Rollout<'_>,
    to: &str,
    freezes: &Freezes,
) -> Result<RollbackPlan, Stopped> {
    let clock = ledger.clock();
    let declared = rollout.service;
    let environment = &declared.environment;
    let reason = thawed(freezes, declared, clock, rollout.force.as_deref())?;
    let actor = right_account(clouds, clock, declared.place()?)?;
    let seen = look(clouds, clock, declared, rollout.container.as_deref())?;
    if let Some(why) = in_progress(&seen.service) {
        return Err(
            Stopped::busy("in-progress", format!("{why} in `{environment}`"))
                .help("roll back when it has ended: ECS rolls back by itself what fails"),
        );
    }
    let shelf = Shelf::read(clouds, clock, declared, &seen)?;
    let history = ledger.last(environment, &declared.name, 200)?;
    let choices = choices(environment, &shelf.images, &history, &seen.running.digests);
    let choice = target(to, &shelf.images, &choices)?;
    let digest = Version::Digest(choice.digest.clone());
    let manifest = manifest(clouds, clock, &shelf.repository, &digest)?;
    let moving = shelf.moving().map(ToOwned::to_owned);
    let called =
        Some(environment.clone()).filter(|it| shelf.is_movable(it) && shelf.named(it).is_some());
    let tags: BTreeSet<String> = moving.clone().into_iter().chain(called).collect();
    let changes = changes(&shelf.images, tags, &choice.digest);
    let (way, template_says) = match moving {
        // The tag goes back first, and is resolved anew then.
        Some(_) => (Way::Anew, None),
        None => shelf.way(&choice.digest),
    };
    if !changes.is_empty() {
        right_account(clouds, clock, &shelf.repository.place())?;
    }
    Ok(RollbackPlan {
        changes,
        choice,
        rollout: RolloutPlan {
            declared: declared.clone(),
            runs_already: runs(&seen, &manifest),
            seen,
            manifest,
            way,
            template_says,
            reason,
            actor,
        },
    })
}

/// Does what a plan says: the tags go back, then the service.
pub fn roll_back(
    clouds: &dyn Clouds,
    plan: &RollbackPlan,
    waiting: &Waiting<'_>,
    ledger: &Ledger<'_>,
) -> RolloutResult {
    let rollout = &plan.rollout;
    let mut result = RolloutResult {
        declared: rollout.declared.clone(),
        digest: Some(rollout.manifest.digest.clone()),
        end: RolloutEnd::Started,
        warnings: Vec::new(),
    };
    let record = Record {
        tags: plan.changes.iter().map(|it| it.tag.clone()).collect(),
        commit: plan.choice.commit.clone(),
        ..record(rollout, Operation::Rollback, ledger)
    };
    let bound = waiting.bound.unwrap_or_default() + std::time::Duration::from_secs(600);
    let claim = match ledger.begin(record, bound) {
        Ok(it) => it,
        Err(stopped) => {
            result.end = RolloutEnd::Stopped(stopped);
            return result;
        }
    };
    let image = rollout.seen.running.containers.values().next();
    let moved = image.map_or(Ok(Vec::new()), |it| {
        let clock = ledger.clock();
        move_tags(
            clouds,
            clock,
            &it.repository,
            &plan.changes,
            &rollout.manifest,
        )
    });
    result.end = match moved {
        Ok(_) => carry_out(clouds, rollout, waiting, ledger.clock()),
        Err(stopped) => RolloutEnd::Stopped(stopped),
    };
    result.warnings.extend(close(ledger, &claim, &result.end));
    result
}
