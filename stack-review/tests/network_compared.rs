//! What is left out of a comparison is what has not changed: on random networks with a change, and
//! with each resource of real templates left out.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};

use serde_json::Value;
use stack_core::Template;
use stack_review::Estate;
use stack_review::network::{Network, Shift, compare, compare_everything};

// Its questions are for others.
#[allow(dead_code)]
#[path = "support/networks.rs"]
mod networks;

use networks::Random;

/// How a template is changed: a resource less, or one property less, or a property of another
/// resource of its type.
fn change(json: &mut Value, random: &mut Random) -> Option<()> {
    let resources = json.get_mut("Resources")?.as_object_mut()?;
    let ids: Vec<String> = resources.keys().cloned().collect();
    let id = random.pick(&ids);
    if random.percent(30) {
        resources.remove(id)?;
        return Some(());
    }
    let kind = resources[id]["Type"].clone();
    let others: Vec<&String> = ids
        .iter()
        .filter(|it| *it != id && resources[*it]["Type"] == kind)
        .collect();
    let donor = (!others.is_empty()).then(|| resources[*random.pick(&others)].clone());
    let properties = resources[id].get_mut("Properties")?.as_object_mut()?;
    let names: Vec<String> = properties.keys().cloned().collect();
    if names.is_empty() {
        return None;
    }
    let name = random.pick(&names);
    let other = donor.and_then(|it| it.get("Properties")?.get(name).cloned());
    match other {
        Some(value) if random.percent(70) => drop(properties.insert(name.clone(), value)),
        _ => drop(properties.remove(name)),
    }
    Some(())
}

/// The comparison both ways, which must be the same.
fn compared(old: &str, new: &str, told: &str) -> Vec<Shift> {
    let (old, new) = (
        Template::parse(old).unwrap_or_else(|it| panic!("{told}: {}", it[0])),
        Template::parse(new).unwrap_or_else(|it| panic!("{told}: {}", it[0])),
    );
    let (old, new) = (Estate::of(&old), Estate::of(&new));
    let (old, new) = (Network::of(old.world()), Network::of(new.world()));
    let found = compare(&old, &new);
    assert_eq!(found, compare_everything(&old, &new), "{told}");
    found
}

#[test]
fn a_change_of_a_random_network_is_compared_whole() {
    let mut shifts = 0;
    for seed in 1..=50 {
        let made = networks::network(seed, 1).template;
        let json: Value = serde_json::from_str(&made).unwrap();
        let mut random = Random::new(seed);
        for number in 0..6 {
            let mut changed = json.clone();
            if change(&mut changed, &mut random).is_none() {
                continue;
            }
            let told = format!("seed {seed}, change {number}");
            shifts += compared(&made, &changed.to_string(), &told).len();
        }
    }
    assert!(shifts > 300, "only {shifts} connections opened or closed");
}

/// Templates of `containers`, when they are there.
fn containers() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = std::env::var_os("STACK_CORPORA")
        .map_or_else(|| root.join("../shared/corpora"), PathBuf::from)
        .join("containers");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("ignored: there are no templates in `{}`", folder.display());
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries.map(|it| it.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn real_templates_with_a_resource_less_are_compared_whole() {
    let mut shifts = 0;
    // A part of them: all take minutes, and were the same.
    for file in containers().iter().step_by(25) {
        let Ok(text) = std::fs::read_to_string(file) else {
            continue;
        };
        let Ok(template) = Template::parse(&text) else {
            continue;
        };
        let written = template.to_json();
        let json: Value = serde_json::from_str(&written).unwrap();
        for (id, _) in template.resources() {
            let mut fewer = json.clone();
            fewer["Resources"].as_object_mut().unwrap().remove(id);
            let told = format!("{} without {id}", file.display());
            shifts += compared(&written, &fewer.to_string(), &told).len();
        }
    }
    println!("{shifts} connections opened or closed");
}
