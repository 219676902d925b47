//! [`plan_promotion`]: what a promotion will do, looked at and guarded before anything is done.

use std::collections::BTreeSet;

use crate::api::Identity;
use crate::ecr::{Digest, Manifest, Repository, RepositoryRules, StoredImage, Version, tagged};
use crate::images::Freezes;
use crate::images::expiring::{after, expiring};
use crate::images::lifecycle::Lifecycle;
use crate::images::manifest::{contains, revision};
use crate::images::moving::{TagChange, changes};
use crate::images::tags::commit_of;
use crate::images::wanted::{Target, wanted};
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

/// Says what a promotion will do. Nothing is changed.
///
/// What runs in `from` is what is promoted: the digest that all its tasks run, when it is also what
/// the service's image names now. The tags are those by which `to` finds its images: the tag in its
/// template where that can move; otherwise a [`Release`](super::Release) tag and, when the
/// repository lets it move, the tag called like the environment.
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
    let in_use = in_use(clouds, clock, target, container, &mut warnings);
    let only = in_use.first().filter(|_| in_use.len() == 1);
    let holder = tagged(&images, &wanted.tag).map(|it| &it.digest);
    let previous = holder.or(only).cloned();
    let tags = wanted.moving.iter().chain(&wanted.release).cloned();
    let changes = changes(&images, tags, &manifest.digest);
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
    image.map_or_else(Vec::new, StoredImage::sorted_tags)
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
