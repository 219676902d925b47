//! [`Lifecycle`]: which images a repository's lifecycle policy lets expire.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use crate::ecr::{Digest, StoredImage};
use crate::time::Time;

/// A lifecycle policy.
///
/// Its rules apply by priority. An image that a rule selects by its tags is out of reach of all
/// rules after it; a rule by number counts from the newest push.
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html>
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Lifecycle {
    rules: Vec<Rule>,
}

/// What a policy does with an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays.
    Stays,
    /// It stays until so many newer ones came.
    Crowded {
        /// The priority of the rule.
        rule: u32,
        /// How many more can be pushed before it goes.
        left: usize,
    },
    /// It goes.
    Goes {
        /// The priority of the rule.
        rule: u32,
        /// When, within the day after; none when that depends on who pulls it.
        at: Option<Time>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    rule_priority: u32,
    selection: Selection,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Selection {
    tag_status: String,
    #[serde(default)]
    tag_prefix_list: Vec<String>,
    #[serde(default)]
    tag_pattern_list: Vec<String>,
    #[serde(default)]
    storage_class: Option<String>,
    count_type: String,
    count_number: u64,
}

impl Lifecycle {
    /// Reads a policy.
    ///
    /// # Errors
    ///
    /// It is no policy.
    pub fn parse(text: &str) -> Result<Lifecycle, String> {
        #[derive(Deserialize)]
        struct Policy {
            rules: Vec<Rule>,
        }
        let policy: Policy = serde_json::from_str(text)
            .map_err(|it| format!("the lifecycle policy cannot be read: {it}"))?;
        let mut rules = policy.rules;
        rules.sort_by_key(|it| it.rule_priority);
        Ok(Lifecycle { rules })
    }

    /// Whether a rule is about tags that begin like this one, as `prod-*` is about
    /// `prod-20261120143000`.
    pub fn names(&self, tag: &str) -> bool {
        self.rules.iter().any(|it| {
            let selection = &it.selection;
            let is_said = |pattern: &String| pattern.trim_end_matches('*').len() > 1;
            let by_pattern = selection.tag_pattern_list.iter().filter(|it| is_said(it));
            let by_prefix = selection.tag_prefix_list.iter();
            by_pattern.into_iter().any(|it| fits(it, tag))
                || by_prefix.into_iter().any(|it| tag.starts_with(it.as_str()))
        })
    }

    /// What becomes of each of the images of a repository.
    pub fn fates(&self, images: &[StoredImage], now: Time) -> BTreeMap<Digest, Fate> {
        let mut newest: Vec<&StoredImage> = images.iter().collect();
        newest.sort_by(|a, b| (b.pushed, &b.digest).cmp(&(a.pushed, &a.digest)));
        let mut fates = BTreeMap::new();
        for rule in &self.rules {
            if rule.selection.storage_class.as_deref() == Some("archive") {
                continue;
            }
            let selected = newest.iter().filter(|it| rule.selection.selects(it));
            for (rank, image) in selected.enumerate() {
                let fate = || rule.fate(image, rank, now);
                fates.entry(image.digest.clone()).or_insert_with(fate);
            }
        }
        for image in images {
            fates.entry(image.digest.clone()).or_insert(Fate::Stays);
        }
        fates
    }
}

impl Rule {
    /// What it does with the image that is the `rank`th it selects, the newest is 0.
    fn fate(&self, image: &StoredImage, rank: usize, now: Time) -> Fate {
        let rule = self.rule_priority;
        let number = self.selection.count_number;
        let keep = usize::try_from(number).unwrap_or(usize::MAX);
        match self.selection.count_type.as_str() {
            "imageCountMoreThan" if rank >= keep => Fate::Goes {
                rule,
                at: Some(now),
            },
            // One image at most has a tag.
            "imageCountMoreThan" if self.selection.names_one_tag() => Fate::Stays,
            "imageCountMoreThan" => Fate::Crowded {
                rule,
                left: keep - rank - 1,
            },
            "sinceImagePushed" => {
                let days = Duration::from_secs(number.saturating_mul(86_400));
                let at = image.pushed.map(|it| (it + days).max(now));
                Fate::Goes { rule, at }
            }
            // By when it was pulled or archived, or in a way that is not known yet.
            _ => Fate::Goes { rule, at: None },
        }
    }
}

impl Selection {
    fn selects(&self, image: &StoredImage) -> bool {
        let has = |fits: &dyn Fn(&str) -> bool| image.tags.iter().any(|it| fits(it));
        match self.tag_status.as_str() {
            "untagged" => image.tags.is_empty(),
            "tagged" => {
                let patterns = self.tag_pattern_list.iter();
                let prefixes = self.tag_prefix_list.iter();
                // All of them, each by some tag.
                !image.tags.is_empty()
                    && patterns.into_iter().all(|it| has(&|tag| fits(it, tag)))
                    && prefixes
                        .into_iter()
                        .all(|it| has(&|tag| tag.starts_with(it.as_str())))
            }
            _ => true,
        }
    }

    fn names_one_tag(&self) -> bool {
        self.tag_pattern_list.iter().any(|it| !it.contains('*'))
    }
}

fn fits(pattern: &str, tag: &str) -> bool {
    stack_core::wildcard(pattern, tag, |a, b| a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400_000;

    fn image(number: u64, tags: &[&str]) -> StoredImage {
        StoredImage {
            digest: Digest::of(&number.to_string()),
            tags: tags.iter().map(|it| (*it).to_owned()).collect(),
            pushed: Some(Time(number * DAY)),
        }
    }

    fn policy(rules: &str) -> Lifecycle {
        Lifecycle::parse(&format!(r#"{{"rules":[{rules}]}}"#)).unwrap()
    }

    const UNTAGGED_GO: &str = r#"{"rulePriority":1,"selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":14},"action":{"type":"expire"}}"#;
    const MOVING_AND_RELEASES: &str = r#"
        {"rulePriority":9,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":3},"action":{"type":"expire"}},
        {"rulePriority":1,"selection":{"tagStatus":"tagged","tagPatternList":["dev"],"countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}},
        {"rulePriority":2,"selection":{"tagStatus":"tagged","tagPatternList":["prod-*"],"countType":"imageCountMoreThan","countNumber":2},"action":{"type":"expire"}}"#;

    #[test]
    fn an_image_without_tags_goes_by_its_age() {
        let images = [image(1, &[]), image(40, &[]), image(2, &["dev"])];
        let fates = policy(UNTAGGED_GO).fates(&images, Time(41 * DAY));
        let at = |days: u64| Fate::Goes {
            rule: 1,
            at: Some(Time(days * DAY)),
        };
        let found: Vec<&Fate> = images.iter().map(|it| &fates[&it.digest]).collect();
        assert_eq!(found, [&at(41), &at(54), &Fate::Stays]);
    }

    #[test]
    fn what_a_tag_keeps_no_later_rule_takes() {
        let images = [
            image(1, &["dev"]),
            image(2, &["prod-1"]),
            image(3, &["prod-2"]),
            image(4, &["prod-3"]),
            image(5, &[]),
            image(6, &["old"]),
            image(7, &[]),
            image(8, &["new"]),
        ];
        let now = Time(9 * DAY);
        let fates = policy(MOVING_AND_RELEASES).fates(&images, now);
        let goes = |rule| Fate::Goes {
            rule,
            at: Some(now),
        };
        let crowded = |rule, left| Fate::Crowded { rule, left };
        let found: Vec<&Fate> = images.iter().map(|it| &fates[&it.digest]).collect();
        assert_eq!(
            found,
            [
                &Fate::Stays,
                &goes(2),
                &crowded(2, 0),
                &crowded(2, 1),
                &goes(9),
                &crowded(9, 0),
                &crowded(9, 1),
                &crowded(9, 2),
            ]
        );
    }

    #[test]
    fn releases_are_declared_by_a_rule_about_their_tags() {
        let it = policy(MOVING_AND_RELEASES);
        assert!(it.names("prod-20261120143000"));
        assert!(!it.names("mb-prod-20261120143000"));
        assert!(!policy(UNTAGGED_GO).names("prod-20261120143000"));
    }

    #[test]
    fn a_policy_that_cannot_be_read_is_told() {
        let error = Lifecycle::parse(r#"{"rules":[{}]}"#).unwrap_err();
        assert!(error.starts_with("the lifecycle policy cannot be read: missing field"));
    }
}
