//! An image that no registry has, for its name is none.

use stack_core::Severity;

use crate::check::containers::{called, each_container};
use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::{Piece, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "image-reference",
    severity: Severity::Error,
    page: include_str!("image_reference.md"),
    run,
};

const REPOSITORY: &str = "AWS::ECR::Repository";

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for (_, container) in each_container(stack) {
        let image = container.get("Image");
        if let Some((wrong, repair)) = wrong(&image) {
            let message = format!("the image of {} {wrong}", called(&container));
            report.at(&image, message, repair);
        }
    }
}

/// What is wrong with it, and what would be right.
fn wrong(image: &View<'_, '_>) -> Option<(String, String)> {
    let stack = image.resource().stack();
    let pieces = image.pieces();
    let mut whole = String::new();
    for (n, piece) in pieces.iter().enumerate() {
        let value = match piece {
            Piece::Text(it) => {
                whole.push_str(it);
                continue;
            }
            Piece::Value(it) => it,
        };
        whole.push('*');
        let Some(handle) = value.handle() else {
            continue;
        };
        let there = stack.world().stack(handle.stack).resource(handle.id);
        if there.is_none_or(|it| it.kind() != REPOSITORY) {
            continue;
        }
        let repair = format!("`${{{}.RepositoryUri}}:…`", handle.id);
        match handle.attribute {
            Some("Arn") if n == 0 => {
                return Some((format!("begins with the ARN of `{}`", handle.id), repair));
            }
            None if n == 0 => {
                let message = format!(
                    "begins with the name of `{}`, so Docker Hub is asked for it",
                    handle.id
                );
                return Some((message, repair));
            }
            _ => (),
        }
    }
    for scheme in ["http://", "https://"] {
        if whole.starts_with(scheme) {
            let message = format!("begins with {}", quoted(scheme));
            return Some((message, "leave the scheme out".to_owned()));
        }
    }
    let (name, digest) = match whole.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (whole.as_str(), None),
    };
    if let Some(it) = digest.filter(|it| !it.starts_with('*') && !it.contains(':')) {
        let message = format!("has {} for a digest", quoted(it));
        return Some((message, "`@sha256:…`, or `:` and a tag".to_owned()));
    }
    // The host may be written as one likes.
    let path = match name.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':', '*']) || host == "localhost" => rest,
        _ => name,
    };
    let path = path.rsplit_once(':').map_or(path, |it| it.0);
    if path.bytes().any(|it| it.is_ascii_uppercase()) {
        let message = format!(
            "is in {}, and repositories have lower case names",
            quoted(path)
        );
        return Some((message, format!("`{}`", path.to_ascii_lowercase())));
    }
    None
}
