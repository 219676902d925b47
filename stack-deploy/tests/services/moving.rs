//! A tag is moved from what was expected, or not at all; and never are bytes changed.

use std::collections::BTreeMap;

use stack_deploy::ecr::{Digest, Manifest};
use stack_deploy::images::{Moved, move_tag};
use stack_deploy::services::{Clouds, Place};

use crate::cloud::Cloud;
use crate::shop::*;

/// Numbers that follow from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

fn registry() -> Place {
    Place {
        account: REGISTRY.to_owned(),
        region: REGION.to_owned(),
    }
}

fn shelf(cloud: &Cloud) -> (BTreeMap<String, Digest>, BTreeMap<Digest, String>) {
    let data = cloud.data();
    let shelf = &data.repositories[&repository()];
    let texts = shelf.manifests.iter();
    (
        shelf.tags.clone(),
        texts
            .map(|(digest, it)| (digest.clone(), it.0.text.clone()))
            .collect(),
    )
}

#[test]
fn no_promotion_changes_bytes_and_none_moves_a_tag_from_something_else() {
    let names = ["new", "old", "older"];
    let tags = [
        "dev",
        "staging",
        "prod",
        "prod-20261101000000-aaaaaa1",
        "fresh",
    ];
    let cloud = shop();
    let mut random = Random(20_261_121);
    let (mut moved, mut kept) = (0, 0);
    for _ in 0..20_000 {
        let manifest = image(names[random.below(names.len())]);
        let tag = tags[random.below(tags.len())];
        let expected = match random.below(4) {
            0 => None,
            number => Some(image(names[number - 1]).digest),
        };
        let before = shelf(&cloud);
        let holder = before.0.get(tag).cloned();
        let ecr = cloud.ecr(&registry()).unwrap();
        let result = move_tag(
            &*ecr,
            &cloud,
            &repository(),
            tag,
            expected.as_ref(),
            &manifest,
        );
        let after = shelf(&cloud);
        assert_eq!(before.1, after.1, "bytes");
        let others = |it: &BTreeMap<String, Digest>| {
            let mut it = it.clone();
            it.remove(tag);
            it
        };
        assert_eq!(others(&before.0), others(&after.0), "other tags");
        match result {
            Ok(Moved::Now) => {
                assert_eq!(holder, expected);
                assert_eq!(after.0[tag], manifest.digest);
                moved += 1;
            }
            Ok(Moved::Before) => assert_eq!(holder, Some(manifest.digest)),
            Err(_) => {
                assert_eq!(before.0, after.0);
                kept += 1;
            }
        }
    }
    assert!(moved > 1000 && kept > 1000, "{moved} {kept}");
}

#[test]
fn a_manifest_that_is_not_what_its_digest_says_is_not_put() {
    let cloud = shop();
    let broken = Manifest {
        text: image("new").text.replace(' ', ""),
        ..image("new")
    };
    let ecr = cloud.ecr(&registry()).unwrap();
    let expected = image("old").digest;
    let result = move_tag(
        &*ecr,
        &cloud,
        &repository(),
        "staging",
        Some(&expected),
        &broken,
    );
    assert_eq!(result.unwrap_err().code, "not-intact");
    assert_eq!(cloud.data().changes, [""; 0]);
}

#[test]
fn a_tag_that_another_one_moves_right_after_is_told() {
    let cloud = shop();
    let other = cloud.clone();
    let meddled = cloud.with_gate(move |call| {
        if call.name == "put" && call.is_after {
            let mut data = other.data();
            let shelf = data.repositories.get_mut(&repository()).unwrap();
            shelf
                .tags
                .insert("staging".to_owned(), image("older").digest);
        }
        None
    });
    let ecr = meddled.ecr(&registry()).unwrap();
    let expected = image("old").digest;
    let result = move_tag(
        &*ecr,
        &meddled,
        &repository(),
        "staging",
        Some(&expected),
        &image("new"),
    );
    let stopped = result.unwrap_err();
    assert_eq!((stopped.exit.code(), stopped.code), (7, "overtaken"));
}
