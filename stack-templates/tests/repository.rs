//! The repository's tags and the lives of its images, by ECR's own rules.

#![allow(clippy::unwrap_used, clippy::panic)]

use stack_core::prelude::*;
use stack_templates::ImageRepository;

fn properties(repository: ImageRepository) -> serde_json::Value {
    let mut app = App::new();
    app.stack("Images").add("Api", repository);
    let assembly = app.synth().unwrap_or_else(|it| panic!("{}", it[0]));
    let template: serde_json::Value =
        serde_json::from_str(assembly.stack("Images").unwrap().body()).unwrap();
    template["Resources"]["Api"]["Properties"].clone()
}

fn problems(repository: ImageRepository) -> Vec<String> {
    let mut app = App::new();
    app.stack("Images").add("Api", repository);
    let problems = app.synth().err().unwrap_or_default();
    problems.iter().map(|it| it.message.clone()).collect()
}

#[test]
fn moving_tags_fit_the_five_filters_that_ecr_takes() {
    for (tags, mutability, filters) in [
        (&[][..], "IMMUTABLE", &[][..]),
        (
            &["prod", "dev"],
            "IMMUTABLE_WITH_EXCLUSION",
            &["dev", "prod"],
        ),
        (
            &["dev", "mb-dev", "staging", "mb-staging", "prod", "mb-prod"],
            "IMMUTABLE_WITH_EXCLUSION",
            &["*dev", "*prod", "*staging"],
        ),
        (
            &["dev", "mb-dev", "a", "b", "c", "d-e"],
            "IMMUTABLE_WITH_EXCLUSION",
            &["*dev", "a", "b", "c", "d-e"],
        ),
    ] {
        let it = properties(ImageRepository::new("shop/api").moving_tags(tags.iter().copied()));
        assert_eq!(it["ImageTagMutability"], mutability, "{tags:?}");
        let found = it["ImageTagMutabilityExclusionFilters"].as_array();
        let found = found.into_iter().flatten();
        let found: Vec<&str> = found
            .filter_map(|it| it["ImageTagMutabilityExclusionFilterValue"].as_str())
            .collect();
        assert_eq!(found, filters, "{tags:?}");
    }
}

#[test]
fn what_ecr_would_not_take_or_would_lose_is_refused() {
    let repository = || ImageRepository::new("shop/api");
    for (repository, expected) in [
        (
            repository().moving_tags(["a", "b", "c", "d", "e", "f"]),
            "6 moving tags need 6 filters of tag mutability, and ECR takes 5",
        ),
        (
            repository().moving_tags(["feature/x"]),
            "`feature/x` is no tag of an image",
        ),
        (
            repository().moving_tags(["prod-eu"]).releases("prod-", 3),
            "the moving tag `prod-eu` looks like a release `prod-…`",
        ),
        (
            repository().releases("prod-", 0),
            "no release `prod-…` would be kept",
        ),
        (
            repository().pulled_by(["11112222333"]),
            "`11112222333` is no AWS account id",
        ),
    ] {
        assert_eq!(problems(repository).first().unwrap(), expected);
    }
}

/// An image: its tags; the position in the list is the time of its push.
type Images = Vec<Vec<String>>;

/// Which images ECR expires. A rule takes the images that match and no earlier rule has matched by
/// their tags or marked, and marks all but the newest so many.
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html>
fn expired(policy: &serde_json::Value, images: &Images) -> Vec<bool> {
    let mut expired = vec![false; images.len()];
    let mut out_of_reach = vec![false; images.len()];
    for rule in policy["rules"].as_array().unwrap() {
        let selection = &rule["selection"];
        let patterns = selection["tagPatternList"].as_array();
        let fits = |tags: &Vec<String>| match patterns {
            None => selection["tagStatus"] == "any",
            Some(patterns) => patterns.iter().filter_map(|it| it.as_str()).all(|pattern| {
                tags.iter().any(|tag| match pattern.strip_suffix('*') {
                    Some(prefix) => tag.starts_with(prefix),
                    None => tag == pattern,
                })
            }),
        };
        let keep = selection["countNumber"].as_u64().unwrap() as usize;
        let chosen: Vec<usize> = (0..images.len()).filter(|it| fits(&images[*it])).collect();
        for at in chosen.iter().rev().skip(keep) {
            expired[*at] |= !out_of_reach[*at];
        }
        if patterns.is_some() {
            chosen.iter().for_each(|it| out_of_reach[*it] = true);
        }
    }
    expired
}

#[test]
fn no_image_expires_that_a_moving_tag_or_a_kept_release_names() {
    let moving = ["dev", "staging", "prod"];
    let repository = ImageRepository::new("shop/api")
        .moving_tags(moving)
        .releases("prod-", 3)
        .keep_others(4);
    let text = properties(repository)["LifecyclePolicy"]["LifecyclePolicyText"].clone();
    let policy: serde_json::Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
    let priorities = policy["rules"].as_array().unwrap().iter();
    assert!(
        priorities
            .map(|it| it["rulePriority"].as_u64().unwrap())
            .eq(1..=5)
    );

    let mut seed = 20_261_121_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % below
    };
    let mut gone = 0;
    for _ in 0..2_000 {
        let count = 1 + random(20);
        let mut images: Images = vec![Vec::new(); count];
        for tag in moving {
            images[random(count)].push(tag.to_owned());
        }
        for release in 0..random(8) {
            images[random(count)].push(format!("prod-{release}"));
        }
        let expired = expired(&policy, &images);
        gone += expired.iter().filter(|it| **it).count();
        let is_release = |tags: &Vec<String>| tags.iter().any(|it| it.starts_with("prod-"));
        let releases = (0..count).filter(|it| is_release(&images[*it]));
        let newest: Vec<usize> = releases.rev().take(3).collect();
        for (at, tags) in images.iter().enumerate() {
            let named = tags.iter().any(|it| moving.contains(&it.as_str()));
            let kept = named || newest.contains(&at);
            assert!(!(kept && expired[at]), "{at} of {images:?}");
        }
    }
    assert!(gone > 1_000, "nothing expires");
}
