//! [`Drift`]: where what runs is not what is said elsewhere.

use std::collections::BTreeSet;
use std::fmt;

use crate::ecr::{Digest, Version};
use crate::services::ImageName;

/// Where what runs is not what is said elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drift {
    /// The tag that the tasks were started by names another image now: the next rollout brings it.
    Moved {
        /// The tag.
        tag: String,
        /// What it names.
        names: Digest,
    },
    /// The image is not in the repository any more: no further task can start.
    Gone(Version),
    /// Tasks run different images.
    Mixed(BTreeSet<Digest>),
    /// The program's template says another image.
    Template {
        /// What it says.
        says: ImageName,
        /// What the service has.
        has: ImageName,
    },
}

impl Drift {
    /// What it is called, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Drift::Moved { .. } => "tag-moved",
            Drift::Gone(_) => "image-gone",
            Drift::Mixed(_) => "mixed-images",
            Drift::Template { .. } => "template",
        }
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Drift::Moved { tag, names } => write!(f, "`{tag}` names {} now", names.short()),
            Drift::Gone(version) => write!(f, "`{version}` is not in the repository any more"),
            Drift::Mixed(digests) => {
                let all: Vec<&str> = digests.iter().map(Digest::short).collect();
                write!(f, "tasks run {}", all.join(" and "))
            }
            Drift::Template { says, has } if says.repository == has.repository => {
                let (says, has) = (&says.version, &has.version);
                write!(f, "the template says `{says}`, the service has `{has}`")
            }
            Drift::Template { says, has } => {
                write!(f, "the template says `{says}`, the service has `{has}`")
            }
        }
    }
}
