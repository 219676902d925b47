//! [`System`]: the environments of one base, and [`Deployed`], one of them as it stands.

use std::collections::BTreeMap;
use std::time::Duration;

use branch_naming::{Names, Naming, tags};
use stack_core::build::{Environment, Life, Previews};

use crate::api::StackDescription;
use crate::stack_status::{StackStatus, Standing};
use crate::time::Time;

/// The environments of one base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    /// What the program says of them.
    pub previews: Previews,
    /// Where the base is, when the program says it.
    pub environment: Option<Environment>,
    /// The region that calls go to.
    pub region: String,
    /// Branches whose environments are only deleted by who names them twice, beside those that the
    /// program keeps.
    pub protected: Vec<String>,
}

/// Branches that most repositories build on.
const PROTECTED: [&str; 8] = [
    "develop",
    "main",
    "master",
    "prod",
    "production",
    "release",
    "staging",
    "trunk",
];

impl System {
    /// A system as a program declares it; calls go to `region` when it does not say where its base
    /// is.
    pub fn new(previews: Previews, environment: Option<Environment>, region: &str) -> System {
        let region = environment.as_ref().map_or(region, |it| &it.region);
        System {
            region: region.to_owned(),
            previews,
            environment,
            protected: PROTECTED.map(str::to_owned).to_vec(),
        }
    }

    /// The names of a branch.
    ///
    /// # Errors
    ///
    /// A prefix or a repository that cannot be in names; no text, or one that is no branch of git.
    pub fn names<'a>(&'a self, branch: &str) -> Result<Names<'a>, String> {
        let naming = self.naming()?;
        if let Some(why) = no_branch(branch) {
            return Err(format!("`{}` is no branch: {why}", tags::readable(branch)));
        }
        Ok(naming.names(branch))
    }

    /// Prefix and repository.
    ///
    /// # Errors
    ///
    /// When they cannot be in names.
    pub fn naming(&self) -> Result<Naming<'_>, String> {
        Naming::new(&self.previews.prefix, &self.previews.repository).map_err(|it| it.to_string())
    }

    /// Whether a branch's environment is one that only goes when it is named twice.
    pub fn is_protected(&self, branch: &str) -> bool {
        let mut standing = self.previews.standing.iter();
        standing.any(|it| it.branch == branch) || self.protected.iter().any(|it| it == branch)
    }

    /// Whether the fingerprint is that of a protected branch.
    pub(super) fn is_protected_print(&self, fingerprint: &str) -> bool {
        let Ok(naming) = self.naming() else {
            return true;
        };
        let standing = self.previews.standing.iter().map(|it| &it.branch);
        let mut all = standing.chain(&self.protected);
        all.any(|it| naming.names(it).fingerprint() == fingerprint)
    }
}

/// Why git has no branch of this name.
///
/// <https://git-scm.com/docs/git-check-ref-format>
fn no_branch(branch: &str) -> Option<&'static str> {
    let odd = |it: char| it.is_ascii_control() || " ~^:?*[\\".contains(it);
    if branch.is_empty() {
        Some("it has no name")
    } else if branch.len() > 1_000 {
        Some("it is longer than 1,000 bytes")
    } else if branch.starts_with("refs/") {
        Some("name it without `refs/heads/`")
    } else if branch.starts_with('-') {
        Some("it begins with `-`")
    } else if branch.chars().any(odd) || branch.contains("..") || branch.contains("@{") {
        Some("git allows no spaces, control characters, `~^:?*[\\`, `..` and `@{` in it")
    } else if branch
        .split('/')
        .any(|it| it.is_empty() || it.starts_with('.'))
    {
        Some("a part of it is empty or begins with `.`")
    } else if branch.ends_with('.') || branch.split('/').any(|it| it.ends_with(".lock")) {
        Some("it ends in `.` or `.lock`")
    } else {
        None
    }
}

/// An environment as it stands: a stack that carries the tags of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// The stack's name.
    pub stack: String,
    /// The stack's ARN.
    pub arn: String,
    /// The branch, as [`tags::readable`] writes it.
    pub branch: String,
    /// [`Names::fingerprint`]: which branch it is.
    pub fingerprint: String,
    /// Where it can be reached.
    pub url: Option<String>,
    /// The image's tag or digest.
    pub image: Option<String>,
    /// Whose it is.
    pub owner: Option<String>,
    /// How long it lives.
    pub life: Life,
    /// The stack's status.
    pub status: StackStatus,
    /// When it was last deployed.
    pub deployed: Time,
    /// Whether the stack is protected against being deleted.
    pub protected: bool,
}

impl Deployed {
    /// An environment of the system; none when the stack is something else: without the tag of the
    /// system, without a fingerprint, or not named as environments are.
    pub fn of(system: &System, stack: &StackDescription) -> Option<Deployed> {
        let prefix = &system.previews.prefix;
        let tag = |key: &str| stack.tags.get(key).cloned();
        let fingerprint = tag(tags::REF).filter(|it| it.len() == 64)?;
        let named = stack.name.strip_prefix(prefix.as_str())?.starts_with('-');
        if tag(tags::SYSTEM).as_ref() != Some(prefix) || !named {
            return None;
        }
        Some(Deployed {
            stack: stack.name.clone(),
            arn: stack.arn.clone(),
            branch: tag(tags::BRANCH).unwrap_or_else(|| "?".to_owned()),
            fingerprint,
            url: ends_in(&stack.outputs, "Url"),
            image: ends_in(&stack.parameters, "Image"),
            owner: tag(tags::OWNER),
            life: life(&stack.tags),
            status: stack.status.clone(),
            deployed: stack.updated.or(stack.created).unwrap_or_default(),
            protected: stack.termination_protection,
        })
    }

    /// When its time is up; none when it is pinned.
    pub fn expires(&self) -> Option<Time> {
        match self.life {
            Life::Hours(hours) => Some(self.deployed + hours_long(hours)),
            Life::Usual | Life::Pinned => None,
        }
    }

    /// Whether its time is up and it can go: what is protected or at work never.
    ///
    /// The webhook's function calls the same stacks expired.
    pub fn is_expired(&self, now: Time) -> bool {
        let up = self.expires().is_some_and(|it| it <= now);
        up && !self.protected && !self.is_at_work()
    }

    /// Whether an operation runs on its stack, or might.
    pub fn is_at_work(&self) -> bool {
        self.status.in_progress() || self.status == StackStatus::ReviewInProgress
    }

    /// Its state in a word or two.
    pub fn state(&self) -> &'static str {
        match self.status.standing() {
            Standing::Ready if self.status == StackStatus::UpdateRollbackComplete => {
                "running, last update failed"
            }
            Standing::Ready => "running",
            Standing::Absent => "gone",
            Standing::Shell => "being planned",
            Standing::RolledBackCreation | Standing::HalfCreated | Standing::StuckRollback => {
                "not created"
            }
            Standing::HalfUpdated
            | Standing::StuckUpdateRollback
            | Standing::StuckImportRollback => "stuck",
            Standing::StuckDeletion => "not deleted",
            Standing::Cleanup => "running, cleaning up",
            Standing::Busy => match self.status {
                StackStatus::DeleteInProgress => "being deleted",
                StackStatus::CreateInProgress => "being created",
                _ => "being updated",
            },
            Standing::Unknown => "unknown",
        }
    }
}

/// So many hours.
pub(super) fn hours_long(hours: u32) -> Duration {
    Duration::from_secs(u64::from(hours) * 3_600)
}

/// How long the tags say that an environment lives: hours that are no number from 1 to 8,760 are
/// none, so that nothing is deleted for them.
pub(super) fn life(tags: &BTreeMap<String, String>) -> Life {
    let hours = tags.get(tags::HOURS).and_then(|it| it.parse::<u32>().ok());
    match hours.filter(|it| (1..=8_760).contains(it)) {
        Some(hours) => Life::Hours(hours),
        None => Life::Pinned,
    }
}

/// The value of the one name that ends so.
pub(super) fn ends_in(values: &BTreeMap<String, String>, end: &str) -> Option<String> {
    let mut found = values.iter().filter(|(name, _)| name.ends_with(end));
    let (_, value) = found.next()?;
    found.next().is_none().then(|| value.clone())
}
