//! [`plan_promotion`] and [`promote`]: what runs in one environment gets the tags of another.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::api::Identity;
use crate::calendar::Utc;
use crate::ecr::{Digest, Manifest, Repository, RepositoryRules, StoredImage, Version};
use crate::engine::Exit;
use crate::history::{Ledger, Operation, Record, State};
use crate::images::Freezes;
use crate::images::lifecycle::{Fate, Lifecycle};
use crate::images::manifest::{contains, revision};
use crate::images::moving::{Moved, move_tag};
use crate::images::tags::{Release, commit_of};
use crate::services::{
    Clock, Clouds, Declaration, DeclaredService, ImageName, Seen, Stopped, look, read,
    right_account,
};
use crate::time::Time;

/// What is to be promoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promotion {
    /// The service.
    pub service: String,
    /// The environment whose image it is.
    pub from: String,
    /// The environment that gets it.
    pub to: String,
    /// The image, when it is to be another one than what runs in `from`.
    pub digest: Option<Digest>,
    /// The container whose image it is, when the service has images of several repositories.
    pub container: Option<String>,
    /// Why the promotion graph and freezes are overridden; it is recorded.
    pub force: Option<String>,
}

/// What will be done, for somebody to approve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromotionPlan {
    /// What was asked for.
    pub promotion: Promotion,
    /// The repository that the tags are put in.
    pub repository: Repository,
    /// The image, byte by byte.
    pub manifest: Manifest,
    /// The commit it was built from, when its tags or its manifest say it.
    pub commit: Option<String>,
    /// What the target's tag names now.
    pub previous: Option<Digest>,
    /// The tags that are given, in this order; none when all is as it is to be.
    pub changes: Vec<TagChange>,
    /// What the target's template says of the image now.
    pub template_says: Option<ImageName>,
    /// What the template must say for the image to be deployed; none when its tag moves.
    pub template_to_say: Option<ImageName>,
    /// Worth knowing before it is approved.
    pub warnings: Vec<String>,
    /// Guards that were overridden.
    pub overridden: Vec<String>,
    /// Who does it.
    pub actor: Identity,
    /// The digest of the target's template.
    pub template: Digest,
}

/// A tag that is given to an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagChange {
    /// The tag.
    pub tag: String,
    /// The image that it is taken from; none for a tag that is new.
    pub from: Option<Digest>,
}

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

/// Says what a promotion will do. Nothing is changed.
///
/// What runs in `from` is what is promoted: the digest that all its tasks run, when it is also what
/// the service's image names now. The tags are those by which `to` finds its images: the tag in its
/// template where that can move; otherwise a [`Release`] tag and, when the repository lets it move,
/// the tag called like the environment.
///
/// # Errors
///
/// The graph, a freeze or the account forbids it; the tasks of `from` do not run one image, or
/// another one than the tag names; the image is in another registry; something cannot be read.
pub fn plan_promotion(
    clouds: &dyn Clouds,
    clock: &dyn Clock,
    declaration: &Declaration,
    promotion: &Promotion,
    freezes: &Freezes,
) -> Result<PromotionPlan, Stopped> {
    let now = clock.now();
    let mut warnings = Vec::new();
    let source = declaration.service(&promotion.service, &promotion.from)?;
    let target = declaration.service(&promotion.service, &promotion.to)?;
    let overridden = gates(declaration, promotion, freezes, now)?;

    right_account(clouds, clock, source.place()?)?;
    let container = promotion.container.as_deref();
    let seen = look(clouds, clock, source, container)?;
    let image = match (seen.running.image(), &promotion.digest) {
        (Some(it), _) => it,
        // Of which container does not matter any more: they come from one repository.
        (None, Some(_)) => seen
            .running
            .containers
            .values()
            .next()
            .ok_or_else(|| one_image(&seen, source))?,
        (None, None) => return Err(one_image(&seen, source)),
    };
    let manifest = what_runs(
        clouds,
        clock,
        source,
        &seen,
        image,
        promotion.digest.as_ref(),
    )?;

    let template_says = target_image(target, container, image);
    let repository = match &template_says {
        Some(it) => it.repository.clone(),
        None => image.repository.clone(),
    };
    let actor = right_account(clouds, clock, &repository.place())?;
    if repository != image.repository {
        is_there(clouds, clock, &repository, image, &manifest)?;
    }
    let place = repository.place();
    let what = format!("repository `{}`", repository.name);
    let rules = read(clock, &what, || clouds.ecr(&place)?.rules(&repository))?;
    let images = read(clock, &what, || clouds.ecr(&place)?.images(&repository))?;
    let lifecycle = lifecycle(&rules, &mut warnings);

    let tags = tags_of(&images, &manifest.digest);
    let commit = commit_of(tags.iter().map(String::as_str)).or_else(|| revision(&manifest));
    let wanted = wanted(
        &Target {
            environment: &promotion.to,
            says: template_says.as_ref().map(|it| &it.version),
            rules: &rules,
            lifecycle: &lifecycle,
        },
        &tags,
        now,
        commit.as_deref(),
    );
    let holder = |tag: &str| {
        let holder = images.iter().find(|it| it.tags.iter().any(|it| it == tag));
        holder.map(|it| it.digest.clone())
    };
    let in_use = in_use(clouds, clock, target, container, &mut warnings);
    let only = in_use.first().filter(|_| in_use.len() == 1);
    let previous = holder(&wanted.tag).or_else(|| only.cloned());
    let changes: Vec<TagChange> = wanted
        .moving
        .iter()
        .chain(&wanted.release)
        .map(|tag| TagChange {
            tag: tag.clone(),
            from: holder(tag),
        })
        .filter(|it| it.from.as_ref() != Some(&manifest.digest))
        .collect();
    let template_to_say = match (&template_says, &wanted.moving) {
        (Some(says), Some(moving)) if says.version == Version::Tag(moving.clone()) => None,
        _ => {
            let name = wanted.release.clone().map(Version::Tag);
            let version = name.unwrap_or_else(|| Version::Digest(manifest.digest.clone()));
            Some(image_in(&repository, version))
        }
    };

    let after = after(&images, &changes, &manifest, now);
    let mut kept: BTreeSet<&Digest> = in_use.iter().collect();
    kept.insert(&manifest.digest);
    kept.extend(&previous);
    warnings.extend(expiring(&lifecycle, &after, &kept, now));
    Ok(PromotionPlan {
        promotion: promotion.clone(),
        repository,
        manifest,
        commit,
        previous,
        changes,
        template_says,
        template_to_say,
        warnings,
        overridden,
        actor,
        template: target.template.clone(),
    })
}

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
    let put = || -> Result<Vec<(String, Moved)>, Stopped> {
        let ecr = clouds.ecr(&plan.repository.place());
        let ecr = ecr.map_err(|it| Stopped::unchanged("reach the registry", &it))?;
        let mut tags = Vec::new();
        for change in &plan.changes {
            let moved = move_tag(
                &*ecr,
                ledger.clock(),
                &plan.repository,
                &change.tag,
                change.from.as_ref(),
                &plan.manifest,
            )?;
            tags.push((change.tag.clone(), moved));
        }
        Ok(tags)
    };
    let result = put();
    let lost = ledger.end(&claim, |it| match &result {
        Ok(_) => it.state = State::Done,
        Err(stopped) => {
            it.state = match stopped.exit {
                Exit::Unknown => State::Unknown,
                _ => State::Failed,
            };
            it.failure = Some(stopped.message.clone());
        }
    });
    promoted.warnings.extend(lost);
    promoted.tags = result?;
    Ok(promoted)
}

/// What the graph and the freezes say; what was overridden of it.
fn gates(
    declaration: &Declaration,
    promotion: &Promotion,
    freezes: &Freezes,
    now: Time,
) -> Result<Vec<String>, Stopped> {
    let Promotion { from, to, .. } = promotion;
    let mut refusals: Vec<Stopped> = Vec::new();
    if !declaration.allows(from, to) {
        let sources = declaration.promotion.get(to);
        let sources: Vec<String> = sources
            .into_iter()
            .flatten()
            .map(|it| format!("`{it}`"))
            .collect();
        let takes = match sources.is_empty() {
            true => "it takes images from no environment".to_owned(),
            false => format!("it takes images from {}", sources.join(", ")),
        };
        refusals.push(Stopped::refused(
            "promotion-graph",
            format!("images of `{from}` do not go to `{to}`: {takes}"),
        ));
    }
    refusals.extend(
        freezes
            .refusal(to, now)
            .map(|it| Stopped::refused("frozen", it)),
    );
    let said = promotion
        .force
        .as_deref()
        .is_some_and(|it| !it.trim().is_empty());
    match (refusals.is_empty(), said) {
        (true, _) => Ok(Vec::new()),
        (false, true) => Ok(refusals.into_iter().map(|it| it.message).collect()),
        (false, false) => Err(refusals
            .remove(0)
            .help("`--force --reason TEXT` does it all the same; the reason is recorded")),
    }
}

fn one_image(seen: &Seen, source: &DeclaredService) -> Stopped {
    let names: Vec<String> = seen
        .running
        .containers
        .iter()
        .map(|(name, image)| format!("`{name}` has `{}`", image.version))
        .collect();
    Stopped::refused(
        "several-images",
        format!(
            "the containers of `{}` in `{}` have several images of one repository: {}",
            source.name,
            source.environment,
            names.join(", ")
        ),
    )
    .help("`--digest` says which is promoted")
}

/// The manifest of what runs; or of what is asked for, when that is there.
fn what_runs(
    clouds: &dyn Clouds,
    clock: &dyn Clock,
    source: &DeclaredService,
    seen: &Seen,
    image: &ImageName,
    asked: Option<&Digest>,
) -> Result<Manifest, Stopped> {
    let place = image.repository.place();
    let get = |version: &Version| {
        let what = format!("`{}`", image.with(version.clone()));
        read(clock, &what, || {
            clouds.ecr(&place)?.image(&image.repository, version)
        })
    };
    let Some(asked) = asked else {
        return matching(source, seen, image, &get);
    };
    let found = get(&Version::Digest(asked.clone()))?;
    found.ok_or_else(|| {
        Stopped::refused(
            "no-such-image",
            format!("`{}` has no image {asked}", image.repository.name),
        )
        .help("it may have expired; `status` says what runs")
    })
}

/// The manifest that the service's image names, when it is what all its tasks run.
fn matching(
    source: &DeclaredService,
    seen: &Seen,
    image: &ImageName,
    get: &dyn Fn(&Version) -> Result<Option<Manifest>, Stopped>,
) -> Result<Manifest, Stopped> {
    let name = format!("`{}` in `{}`", source.name, source.environment);
    if let Some(why) = crate::services::in_progress(&seen.service) {
        return Err(
            Stopped::busy("in-progress", format!("{why} in `{}`", source.environment))
                .help("promote when it has ended, or say which image with `--digest`"),
        );
    }
    let running = &seen.running;
    if running.tasks == 0 || running.digests.is_empty() {
        return Err(Stopped::refused(
            "nothing-runs",
            format!("no task of {name} runs, so that no image proved itself there"),
        )
        .help("`--digest` says which image is promoted"));
    }
    let digests = running.digests.iter();
    let digests: Vec<String> = digests.map(|it| format!("`{it}`")).collect();
    let found = get(&image.version)?;
    match found {
        Some(it) if running.digests.iter().all(|digest| contains(&it, digest)) => Ok(it),
        other => {
            let named = match &other {
                Some(it) => format!("names `{}` now", it.digest),
                None => "is not in the repository any more".to_owned(),
            };
            let help = match running.digests.len() {
                1 => format!(
                    "roll `{}` out again first, or promote what runs with `--digest`",
                    source.environment
                ),
                _ => "roll it out again first, so that all tasks run one image".to_owned(),
            };
            Err(Stopped::refused(
                "not-what-runs",
                format!(
                    "tasks of {name} run {}, and `{}` {named}",
                    digests.join(", "),
                    image.version
                ),
            )
            .help(help))
        }
    }
}

/// The image that the target's template says, of the container or the repository that is promoted.
fn target_image(
    target: &DeclaredService,
    container: Option<&str>,
    image: &ImageName,
) -> Option<ImageName> {
    if let Some(it) = container.and_then(|it| target.images.get(it)) {
        return Some(it.clone());
    }
    let of_name = target
        .images
        .values()
        .find(|it| it.repository.name == image.repository.name);
    of_name.or_else(|| target.images.values().next()).cloned()
}

/// That ECR's replication brought the image to another registry.
fn is_there(
    clouds: &dyn Clouds,
    clock: &dyn Clock,
    repository: &Repository,
    image: &ImageName,
    manifest: &Manifest,
) -> Result<(), Stopped> {
    let place = repository.place();
    let version = Version::Digest(manifest.digest.clone());
    let what = format!("`{}`", image.with(version.clone()));
    let found = read(clock, &what, || {
        clouds.ecr(&place)?.image(repository, &version)
    })?;
    match found {
        Some(it) if it.text == manifest.text => Ok(()),
        _ => Err(Stopped::refused(
            "other-registry",
            format!(
                "`{}` is in `{}`, and not in `{repository}`",
                manifest.digest, image.repository
            ),
        )
        .help("let ECR replicate it (`AWS::ECR::ReplicationConfiguration`), or let all environments pull from one registry (`ImageRepository::pulled_by`)")),
    }
}

fn lifecycle(rules: &RepositoryRules, warnings: &mut Vec<String>) -> Lifecycle {
    let Some(text) = &rules.lifecycle else {
        return Lifecycle::default();
    };
    Lifecycle::parse(text).unwrap_or_else(|why| {
        warnings.push(why);
        Lifecycle::default()
    })
}

fn tags_of(images: &[StoredImage], digest: &Digest) -> Vec<String> {
    let image = images.iter().find(|it| it.digest == *digest);
    let mut tags = image.map_or_else(Vec::new, |it| it.tags.clone());
    tags.sort();
    tags
}

/// By what an environment finds its images.
struct Target<'a> {
    environment: &'a str,
    says: Option<&'a Version>,
    rules: &'a RepositoryRules,
    lifecycle: &'a Lifecycle,
}

/// The tags that an image is to have.
struct WantedTags {
    moving: Option<String>,
    release: Option<String>,
    /// The one by which one sees what the environment had before.
    tag: String,
}

fn wanted(target: &Target<'_>, has: &[String], now: Time, commit: Option<&str>) -> WantedTags {
    let environment = target.environment;
    let release = Release {
        environment: environment.to_owned(),
        time: now,
        commit: commit.map(ToOwned::to_owned),
    };
    // The template's own tag, when it is one that moves and no release's.
    let own = match target.says {
        Some(Version::Tag(tag))
            if target.rules.is_movable(tag) && Release::parse(tag).is_none() =>
        {
            Some(tag.clone())
        }
        _ => None,
    };
    let called = target
        .rules
        .is_movable(environment)
        .then(|| environment.to_owned());
    let moving = own.clone().or(called);
    let is_declared = target.lifecycle.names(&release.to_string());
    // An image that was released to this environment before keeps that tag.
    let had = has
        .iter()
        .rev()
        .find(|it| Release::parse(it).is_some_and(|it| it.environment == environment));
    let release =
        (own.is_none() || is_declared).then(|| had.cloned().unwrap_or_else(|| release.to_string()));
    let tag = moving.clone().or_else(|| release.clone());
    WantedTags {
        tag: tag.unwrap_or_default(),
        moving,
        release,
    }
}

fn image_in(repository: &Repository, version: Version) -> ImageName {
    ImageName {
        repository: repository.clone(),
        version,
    }
}

/// What tasks of the target run, which must be there until they are replaced.
fn in_use(
    clouds: &dyn Clouds,
    clock: &dyn Clock,
    target: &DeclaredService,
    container: Option<&str>,
    warnings: &mut Vec<String>,
) -> BTreeSet<Digest> {
    let seen = target
        .place()
        .and_then(|place| right_account(clouds, clock, place))
        .and_then(|_| look(clouds, clock, target, container));
    match seen {
        Ok(seen) => seen.running.digests,
        Err(stopped) => {
            warnings.push(format!(
                "what runs in `{}` could not be read: {}",
                target.environment, stopped.message
            ));
            BTreeSet::new()
        }
    }
}

/// The repository as it will be.
fn after(
    images: &[StoredImage],
    changes: &[TagChange],
    manifest: &Manifest,
    now: Time,
) -> Vec<StoredImage> {
    let mut after = images.to_vec();
    for change in changes {
        for image in &mut after {
            image.tags.retain(|it| *it != change.tag);
        }
    }
    if !after.iter().any(|it| it.digest == manifest.digest) {
        after.push(StoredImage {
            digest: manifest.digest.clone(),
            tags: Vec::new(),
            pushed: Some(now),
        });
    }
    for image in after.iter_mut().filter(|it| it.digest == manifest.digest) {
        image.tags.extend(changes.iter().map(|it| it.tag.clone()));
    }
    after
}

/// What is in use, or was until now, and will not stay.
fn expiring(
    lifecycle: &Lifecycle,
    images: &[StoredImage],
    kept: &BTreeSet<&Digest>,
    now: Time,
) -> Vec<String> {
    let fates = lifecycle.fates(images, now);
    let warning = |digest: &&Digest| {
        let fate = fates.get(*digest)?;
        let short = digest.short();
        match fate {
            Fate::Stays => None,
            Fate::Crowded { rule, left } if *left < 3 => Some(format!(
                "{short} is in use, and rule {rule} of the lifecycle policy deletes it after {} newer images",
                left + 1
            )),
            Fate::Crowded { .. } => None,
            Fate::Goes { rule, at: Some(at) } if *at <= now => Some(format!(
                "{short} is in use, and rule {rule} of the lifecycle policy deletes it within a day: it could be neither started again nor rolled back to"
            )),
            Fate::Goes { rule, at } => {
                let when = at.map_or_else(
                    || "when nobody pulls it".to_owned(),
                    |it| format!("at {}", Utc(it)),
                );
                Some(format!(
                    "{short} is in use, and rule {rule} of the lifecycle policy deletes it {when}"
                ))
            }
        }
    };
    kept.iter().filter_map(warning).collect()
}

fn abandoned(other: &Record) -> String {
    format!(
        "`{}` began something at {}, and never said how it ended",
        other.actor,
        Utc(other.when)
    )
}
