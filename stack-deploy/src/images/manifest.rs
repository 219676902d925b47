//! What is read of a manifest: the images in it, and the commit it says it was built from.

use serde_json::Value;

use crate::ecr::{Digest, Manifest};

/// Whether a digest is that of a manifest, or of one of the images for certain architectures in it.
/// A task says the one or the other, by the agent that pulled.
///
/// ```
/// use stack_deploy::ecr::{Digest, Manifest};
/// use stack_deploy::images::contains;
///
/// let arm = Digest::of("arm");
/// let text = format!(r#"{{"manifests":[{{"digest":"{arm}"}}]}}"#);
/// let index = Manifest { digest: Digest::of(&text), media_type: String::new(), text };
/// assert!(contains(&index, &arm) && contains(&index, &index.digest));
/// assert!(!contains(&index, &Digest::of("amd")));
/// ```
pub fn contains(manifest: &Manifest, digest: &Digest) -> bool {
    manifest.digest == *digest || children(manifest).contains(digest)
}

/// The images in an index or a list; none of a single image.
pub(crate) fn children(manifest: &Manifest) -> Vec<Digest> {
    let read: Option<Value> = serde_json::from_str(&manifest.text).ok();
    let all = read.as_ref().and_then(|it| it.get("manifests")?.as_array());
    let digests = all.into_iter().flatten();
    digests
        .filter_map(|it| Digest::parse(it.get("digest")?.as_str()?))
        .collect()
}

/// The commit that the manifest says the image was built from: the annotation
/// `org.opencontainers.image.revision`.
pub fn revision(manifest: &Manifest) -> Option<String> {
    let read: Value = serde_json::from_str(&manifest.text).ok()?;
    let annotations = read.get("annotations")?;
    let revision = annotations
        .get("org.opencontainers.image.revision")?
        .as_str()?;
    let is_commit =
        (7..=64).contains(&revision.len()) && revision.bytes().all(|it| it.is_ascii_hexdigit());
    is_commit.then(|| revision.to_owned())
}

/// Whether the text is what its digest says.
pub(crate) fn is_intact(manifest: &Manifest) -> bool {
    Digest::of(&manifest.text) == manifest.digest
}
