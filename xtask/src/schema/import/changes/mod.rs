//! What an import changes, for those who have written programs.
//!
//! - *Breaks*: a program no longer compiles, or changing a running stack does something else.
//! - *Stricter*: `synth` may find a problem where it found none.
//! - *New*: everything that programs need not notice.

mod faces;
mod limits;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::super::face::{Face, face};
use super::super::facts::{Fact, Service};
use super::super::kinds::Kinds;

/// The changes between two versions of the facts, each a line, sorted.
#[derive(Debug, Default)]
pub(super) struct Changes {
    breaking: BTreeSet<String>,
    stricter: BTreeSet<String>,
    /// By what it is.
    new: BTreeMap<&'static str, BTreeSet<String>>,
    /// Why code cannot be generated from the new facts.
    repairs: BTreeSet<String>,
    /// Values of enumerations whose going is told, by type.
    told: BTreeSet<(String, String)>,
}

impl Changes {
    /// Compares two versions, with the corrections in both.
    pub(super) fn between(before: &[Service], after: &[Service]) -> Changes {
        let mut changes = Changes::default();
        let mut old = faces(before, &mut BTreeSet::new());
        let mut new = faces(after, &mut changes.repairs);
        let (before, after) = (types(before), types(after));
        for name in after.keys().filter(|it| !before.contains_key(*it)) {
            changes.add("types", name);
        }
        for (name, was) in &before {
            let Some(is) = after.get(name) else {
                changes.breaks(format!("{name} is gone"));
                continue;
            };
            rules::compare(&mut changes, name, was, is);
            limits::compare(&mut changes, name, was, is);
            if let (Some(was_face), Some(is_face)) = (old.remove(name), new.remove(name)) {
                faces::compare(&mut changes, (&was_face, was), (&is_face, is));
            }
        }
        changes
    }

    /// Something that keeps code from being generated.
    pub(super) fn repair(&mut self, why: String) {
        self.repairs.insert(why);
    }

    /// Whether something breaks, or keeps code from being generated.
    pub(super) fn breaking(&self) -> bool {
        !self.breaking.is_empty() || !self.repairs.is_empty()
    }

    /// The changes for people: what breaks line by line, the rest as counts, or with `verbose` line
    /// by line too.
    pub(super) fn report(&self, verbose: bool) -> String {
        let mut out = String::new();
        let mut list = |what: &str, lines: &BTreeSet<String>| {
            for line in lines {
                out.push_str(&format!("{what}: {line}\n"));
            }
        };
        list("to repair", &self.repairs);
        list("breaks", &self.breaking);
        if verbose {
            list("stricter", &self.stricter);
            for (what, lines) in &self.new {
                list(what, lines);
            }
        }
        let mut counts = vec![match self.breaking.len() {
            0 => "nothing breaks".to_owned(),
            1 => "1 change breaks programs".to_owned(),
            count => format!("{count} changes break programs"),
        }];
        if !self.stricter.is_empty() {
            counts.push(format!("stricter: {}", self.stricter.len()));
        }
        for (what, lines) in &self.new {
            counts.push(format!("{what}: {}", lines.len()));
        }
        out.push_str(&counts.join("; "));
        out.push('\n');
        out
    }

    fn breaks(&mut self, line: String) {
        self.breaking.insert(line);
    }

    fn tightens(&mut self, line: String) {
        self.stricter.insert(line);
    }

    fn add(&mut self, what: &'static str, line: &str) {
        self.new.entry(what).or_default().insert(line.to_owned());
    }
}

fn types(services: &[Service]) -> BTreeMap<String, &Fact> {
    let all = services.iter().flat_map(|service| {
        let types = service.types.iter();
        types.map(move |(name, fact)| (format!("{}::{name}", service.name), fact))
    });
    all.collect()
}

/// The typed faces, as far as they can be made; why the others cannot goes into `failures`.
fn faces(services: &[Service], failures: &mut BTreeSet<String>) -> BTreeMap<String, Face> {
    let kinds = Kinds::of(services).unwrap_or_else(|why| {
        failures.insert(why);
        Kinds::default()
    });
    let mut faces = BTreeMap::new();
    for (full, fact) in types(services) {
        let (service, name) = full.rsplit_once("::").unwrap_or(("", &full));
        match face(service, name, fact, &kinds) {
            Ok(face) => {
                faces.insert(full, face);
            }
            Err(why) => {
                failures.insert(why);
            }
        }
    }
    faces
}
