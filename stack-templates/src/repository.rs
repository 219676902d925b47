//! An ECR repository whose environments have tags that move, and whose releases have tags that stay.

use std::collections::{BTreeMap, BTreeSet};

use stack_core::aws::ecr;
use stack_core::aws::kinds::KmsKeyArn;
use stack_core::aws::policy::{PolicyDocument, Principal, Statement};
use stack_core::prelude::*;
use stack_core::sub;

use crate::encryption;

/// A repository of container images in ECR.
///
/// Tags cannot be moved, but for those of [`moving_tags`](Self::moving_tags): a release stays what it
/// was. Images are scanned when they are pushed and encrypted; the repository and its images stay when
/// the stack goes.
///
/// Images expire so that none goes that a moving tag names: in ECR, an image that a rule has selected
/// by its tag is out of reach of all later rules, so each moving tag has a rule of its own, first,
/// that keeps one image. Then come the releases, the newest so many of each, and at last everything
/// else, by number: an age would count from the push, and take an image in the hour in which its tag
/// moved on. What a service runs by digest alone ECR does not know: give it a release tag.
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html>
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let mut app = App::new();
/// let repository = ImageRepository::new("shop/api")
///     .moving_tags(["dev", "staging", "prod"])
///     .releases("prod-", 30)
///     .pulled_by(["444455556666"]);
/// app.stack("Images").add("Api", repository);
/// assert!(app.synth().is_ok());
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}` | `AWS::ECR::Repository` |
pub struct ImageRepository {
    name: String,
    moving: BTreeSet<String>,
    releases: BTreeMap<String, u32>,
    others: u32,
    pulled_by: BTreeSet<String>,
    key: Option<Value<KmsKeyArn>>,
}

/// Filters of tag mutability that a repository may have, and wildcards in one of them.
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html>
const FILTERS: usize = 5;

impl ImageRepository {
    /// A repository of this name, such as `shop/api`. Another name makes another, empty repository.
    pub fn new(name: impl Into<String>) -> ImageRepository {
        ImageRepository {
            name: name.into(),
            moving: BTreeSet::new(),
            releases: BTreeMap::new(),
            others: 200,
            pulled_by: BTreeSet::new(),
            key: None,
        }
    }

    /// Tags that move from image to image, usually the names of environments. Updates in place.
    ///
    /// ECR takes five filters. More tags than that share one by their last part: `dev` and `mb-dev`
    /// become `*dev`, so that any tag that ends in `dev` can move then.
    pub fn moving_tags(mut self, tags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.moving.extend(tags.into_iter().map(Into::into));
        self
    }

    /// Keeps the newest `keep` images whose tag begins with `prefix`, such as `prod-`. Updates in
    /// place; older ones are deleted within a day.
    pub fn releases(mut self, prefix: impl Into<String>, keep: u32) -> Self {
        self.releases.insert(prefix.into(), keep);
        self
    }

    /// How many other images are kept, with other tags or none, the newest (default 200). Updates in
    /// place; older ones are deleted within a day.
    pub fn keep_others(self, keep: u32) -> Self {
        ImageRepository {
            others: keep,
            ..self
        }
    }

    /// Accounts that may pull, by their twelve digits. Their roles need the permission too. Updates
    /// in place.
    pub fn pulled_by(mut self, accounts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.pulled_by.extend(accounts.into_iter().map(Into::into));
        self
    }

    /// Encrypts with this key instead of the stack's [`Encryption`](crate::Encryption) or ECR's own.
    /// Another choice makes another, empty repository; without the key no image can be pulled.
    pub fn encrypted_with(mut self, key: impl IntoValue<KmsKeyArn>) -> Self {
        self.key = Some(key.into_value());
        self
    }

    /// The filters that let the moving tags move.
    fn filters(&self) -> BTreeSet<String> {
        if self.moving.len() <= FILTERS {
            return self.moving.clone();
        }
        let last = |tag: &str| tag.rsplit('-').next().unwrap_or(tag).to_owned();
        let mut shared: BTreeMap<String, Vec<&String>> = BTreeMap::new();
        for tag in &self.moving {
            shared.entry(last(tag)).or_default().push(tag);
        }
        let filter = |(last, tags): (String, Vec<&String>)| match tags.as_slice() {
            [only] => (*only).clone(),
            _ => format!("*{last}"),
        };
        shared.into_iter().map(filter).collect()
    }

    fn lifecycle(&self) -> String {
        let newest = |selection: Object, keep: u32| {
            let mut selection = selection;
            selection.set("countType", "imageCountMoreThan");
            selection.set("countNumber", i64::from(keep));
            selection
        };
        let tagged = |pattern: String, keep: u32| {
            let mut selection = Object::new();
            selection.set("tagStatus", "tagged");
            selection.set("tagPatternList", [Expr::from(pattern)]);
            newest(selection, keep)
        };
        let moving = self.moving.iter().map(|it| tagged(it.clone(), 1));
        let releases = self.releases.iter();
        let releases = releases.map(|(prefix, keep)| tagged(format!("{prefix}*"), *keep));
        let others = newest(Object::single("tagStatus", Expr::from("any")), self.others);
        let rules: Vec<Expr> = (1i64..)
            .zip(moving.chain(releases).chain([others]))
            .map(|(priority, selection)| {
                let mut rule = Object::new();
                rule.set("rulePriority", priority);
                rule.set("selection", selection);
                rule.set("action", Object::single("type", Expr::from("expire")));
                Expr::from(rule)
            })
            .collect();
        Object::single("rules", Expr::from(rules)).to_json()
    }

    fn check(&self, scope: &mut Scope<'_>) {
        let filters = self.filters();
        if filters.len() > FILTERS {
            let message = format!(
                "{} moving tags need {} filters of tag mutability, and ECR takes {FILTERS}",
                self.moving.len(),
                filters.len()
            );
            scope.problem(Problem::error("moving-tags", message).help(
                "let tags end alike, as `dev` and `mb-dev` do, or use another repository for some",
            ));
        }
        for tag in self.moving.iter().filter(|it| !crate::image::is_tag(it)) {
            let message = format!("`{tag}` is no tag of an image");
            scope.problem(Problem::error("moving-tags", message).help(
                "a tag has 1 to 128 letters, digits, `_`, `.` and `-`, and begins with no `.` or `-`",
            ));
        }
        for (prefix, keep) in &self.releases {
            for tag in self.moving.iter().filter(|it| it.starts_with(prefix)) {
                let message = format!("the moving tag `{tag}` looks like a release `{prefix}…`");
                scope.problem(
                    Problem::error("moving-tags", message)
                        .help("choose a prefix that no moving tag begins with, such as `prod-`"),
                );
            }
            if *keep == 0 {
                let message = format!("no release `{prefix}…` would be kept");
                scope.problem(
                    Problem::error("releases", message).help("keep at least the one that runs"),
                );
            }
        }
        for account in &self.pulled_by {
            if account.len() != 12 || !account.bytes().all(|it| it.is_ascii_digit()) {
                let message = format!("`{account}` is no AWS account id");
                scope.problem(
                    Problem::error("invalid-account", message)
                        .help("an account id is twelve digits, as text"),
                );
            }
        }
    }

    /// Who else may pull.
    fn policy(&self) -> Option<PolicyDocument> {
        if self.pulled_by.is_empty() {
            return None;
        }
        let accounts: Vec<Value<String>> = self
            .pulled_by
            .iter()
            .map(|it| {
                sub!(
                    "arn:${AWS::Partition}:iam::${account}:root",
                    account = it.clone()
                )
            })
            .collect();
        let pull = Statement::allow()
            .sid("Pull")
            .principal(Principal::aws(accounts))
            .actions([
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:GetDownloadUrlForLayer",
            ]);
        Some(PolicyDocument::new([pull]))
    }
}

impl Build for ImageRepository {
    type Handle = Ref<ecr::Repository>;

    fn build(self, scope: &mut Scope<'_>) -> Ref<ecr::Repository> {
        self.check(scope);
        let filters: Vec<_> = self
            .filters()
            .into_iter()
            .map(|it| {
                ecr::repository::ImageTagMutabilityExclusionFilter::new()
                    .image_tag_mutability_exclusion_filter_type(
                        ecr::repository::ImageTagMutabilityExclusionFilterType::WILDCARD,
                    )
                    .image_tag_mutability_exclusion_filter_value(it)
            })
            .collect();
        let mutability = match filters.is_empty() {
            true => ecr::repository::ImageTagMutability::IMMUTABLE,
            false => ecr::repository::ImageTagMutability::IMMUTABLE_WITH_EXCLUSION,
        };
        let repository = ecr::Repository::new()
            .repository_name(self.name.clone())
            .image_tag_mutability(mutability)
            .image_tag_mutability_exclusion_filters((!filters.is_empty()).then_some(filters))
            .image_scanning_configuration(
                ecr::repository::ImageScanningConfiguration::new().scan_on_push(true),
            )
            .lifecycle_policy(
                ecr::repository::LifecyclePolicy::new().lifecycle_policy_text(self.lifecycle()),
            )
            .repository_policy_text(self.policy());
        let key = encryption::key(scope);
        let repository = match self.key.or(key) {
            None => repository,
            Some(key) => repository.encryption_configuration(
                ecr::repository::EncryptionConfiguration::new()
                    .encryption_type(ecr::repository::EncryptionType::KMS)
                    .kms_key(key),
            ),
        };
        let repository = scope.add("", repository);
        scope.edit(repository).retain();
        repository
    }
}
