//! [`Release`]: tags that say which environment got an image, when, and of which commit.

use std::fmt;

use crate::calendar::Stamp;
use crate::time::Time;

/// A tag such as `prod-20261120143000-4f1c2ab`: environment, moment in UTC, commit.
///
/// ```
/// use stack_deploy::images::Release;
/// let release = Release::parse("mb-prod-20261120143000-4f1c2ab").unwrap();
/// assert_eq!(release.environment, "mb-prod");
/// assert_eq!(release.commit.as_deref(), Some("4f1c2ab"));
/// assert_eq!(release.to_string(), "mb-prod-20261120143000-4f1c2ab");
/// assert_eq!(Release::parse("prod"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The environment.
    pub environment: String,
    /// When; a tag says it to the second.
    pub time: Time,
    /// The commit, when it is known.
    pub commit: Option<String>,
}

impl Release {
    /// Reads a tag; none when it is no release's.
    pub fn parse(tag: &str) -> Option<Release> {
        // The moment is the last of two parts, or the last but one.
        let (head, last) = tag.rsplit_once('-')?;
        if let Some(time) = Stamp::parse(last) {
            return Some(Release {
                environment: head.to_owned(),
                time: time.0,
                commit: None,
            });
        }
        let (environment, time) = head.rsplit_once('-')?;
        Some(Release {
            environment: environment.to_owned(),
            time: Stamp::parse(time)?.0,
            commit: Some(is_commit(last).then(|| last.to_owned())?),
        })
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.environment, Stamp(self.time))?;
        match &self.commit {
            Some(commit) => write!(f, "-{}", commit.get(..12).unwrap_or(commit)),
            None => Ok(()),
        }
    }
}

/// The commit that the tags of an image say: that of a release, or a tag that is one, as `4f1c2ab`,
/// `sha-4f1c2ab` and `git-4f1c2ab` are.
///
/// ```
/// use stack_deploy::images::commit_of;
/// assert_eq!(commit_of(["dev", "sha-4f1c2ab"]).as_deref(), Some("4f1c2ab"));
/// assert_eq!(commit_of(["dev", "2026.11.1"]), None);
/// ```
pub fn commit_of<'a>(tags: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let commit = |tag: &str| {
        let bare = ["sha-", "git-", "commit-"]
            .iter()
            .find_map(|it| tag.strip_prefix(it))
            .unwrap_or(tag);
        match Release::parse(tag) {
            Some(release) => release.commit,
            None => is_commit(bare).then(|| bare.to_owned()),
        }
    };
    let mut found: Vec<String> = tags.into_iter().filter_map(commit).collect();
    // The longest says most; of equal ones, always the same.
    found.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    found.into_iter().next()
}

/// Seven to sixty-four hexadecimal digits, not all of them decimal: that would be a date or a number.
fn is_commit(text: &str) -> bool {
    let is_hex = |it: u8| matches!(it, b'0'..=b'9' | b'a'..=b'f');
    (7..=64).contains(&text.len())
        && text.bytes().all(is_hex)
        && (text.len() >= 40 || !text.bytes().all(|it| it.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_told_from_other_tags() {
        for (tag, environment) in [
            ("prod-20261120143000", Some("prod")),
            ("prod-20261120143000-4f1c2ab", Some("prod")),
            ("mb-prod-20261120143000-4f1c2ab", Some("mb-prod")),
            ("prod-20261120143000-latest", None),
            ("prod-20261320143000", None),
            ("20261120143000", None),
            ("prod", None),
            ("", None),
        ] {
            let found = Release::parse(tag).map(|it| it.environment);
            assert_eq!(found.as_deref(), environment, "{tag}");
        }
    }

    #[test]
    fn a_date_is_no_commit() {
        for (tags, commit) in [
            (&["20261120"][..], None),
            (&["deadbeef"], Some("deadbeef")),
            (&["v1.2.3", "git-4f1c2ab"], Some("4f1c2ab")),
            (
                &["prod-20261120143000-4f1c2ab", "4f1c2ab99887"],
                Some("4f1c2ab99887"),
            ),
            (&["facade"], None),
        ] {
            assert_eq!(
                commit_of(tags.iter().copied()).as_deref(),
                commit,
                "{tags:?}"
            );
        }
    }
}
