//! [`Ecr`]: what is asked of ECR, and what it answers.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::api::ApiError;
use crate::time::Time;

/// The calls to ECR. Lists come whole: whoever makes the calls pages. What makes them belongs to
/// one region; the registry, which is an account, is said in each call.
///
/// It blocks, and comes back within a bound of its own, as
/// [`CloudFormation`](crate::CloudFormation) does.
pub trait Ecr {
    /// The manifest that a tag or a digest names, exactly as it was pushed; none when there is no
    /// such image. [`MEDIA_TYPES`] are accepted, so that an image for several architectures comes
    /// as the index that it is.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html>
    ///
    /// # Errors
    ///
    /// What kept it from an answer; a repository that is not there.
    fn image(
        &self,
        repository: &Repository,
        version: &Version,
    ) -> Result<Option<Manifest>, ApiError>;

    /// Gives a manifest a tag. ECR compares the manifest with its digest.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html>
    ///
    /// # Errors
    ///
    /// What kept it from an answer; a repository that is not there; layers that are not.
    fn put_image(
        &self,
        repository: &Repository,
        manifest: &Manifest,
        tag: &str,
    ) -> Result<Put, ApiError>;

    /// All images of a repository.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html>
    ///
    /// # Errors
    ///
    /// As [`image`](Ecr::image).
    fn images(&self, repository: &Repository) -> Result<Vec<StoredImage>, ApiError>;

    /// Which tags move, and which images expire.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html>
    ///
    /// # Errors
    ///
    /// As [`image`](Ecr::image).
    fn rules(&self, repository: &Repository) -> Result<RepositoryRules, ApiError>;
}

/// The forms of manifests that are asked for. Without those of several architectures, ECR would
/// answer with one of them.
pub const MEDIA_TYPES: [&str; 4] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/// A private repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository {
    /// The account it is in, by its twelve digits.
    pub registry: String,
    /// Its region.
    pub region: String,
    /// Its name, such as `shop/api`.
    pub name: String,
}

/// The digest of a manifest: `sha256:` and 64 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(String);

/// What names an image in a repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// A tag; it can move.
    Tag(String),
    /// A digest; it cannot.
    Digest(Digest),
}

/// A manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// What ECR says that its digest is.
    pub digest: Digest,
    /// Its form: see [`MEDIA_TYPES`].
    pub media_type: String,
    /// Its text, byte by byte as it was pushed: its digest is that of this text.
    pub text: String,
}

/// What came of a tag's being put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    /// The tag names this now.
    Done(Digest),
    /// It did before (`ImageAlreadyExistsException`).
    Already,
    /// The tag names another image, and may not move (`ImageTagAlreadyExistsException`).
    Immutable,
}

/// An image in a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredImage {
    /// Its digest.
    pub digest: Digest,
    /// Its tags, in no order.
    pub tags: Vec<String>,
    /// When it was pushed.
    pub pushed: Option<Time>,
}

impl StoredImage {
    /// Its tags, sorted.
    pub(crate) fn sorted_tags(&self) -> Vec<String> {
        let mut tags = self.tags.clone();
        tags.sort();
        tags
    }
}

/// The image that a tag names.
pub(crate) fn tagged<'a>(images: &'a [StoredImage], tag: &str) -> Option<&'a StoredImage> {
    images.iter().find(|it| it.tags.iter().any(|it| it == tag))
}

/// Which tags move, and which images expire.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RepositoryRules {
    /// Whether tags can be moved, those apart that [`except`](Self::except) names.
    pub immutable: bool,
    /// Patterns of the tags for which it is the other way round; `*` stands for any text.
    pub except: Vec<String>,
    /// The lifecycle policy as JSON, if there is one.
    pub lifecycle: Option<String>,
}

impl RepositoryRules {
    /// Whether a tag can be moved from one image to another.
    pub fn is_movable(&self, tag: &str) -> bool {
        let is_exception = self
            .except
            .iter()
            .any(|it| stack_core::wildcard(it, tag, |a, b| a == b));
        self.immutable == is_exception
    }
}

impl Digest {
    /// Reads `sha256:…`.
    ///
    /// ```
    /// use stack_deploy::ecr::Digest;
    /// assert!(Digest::parse(&format!("sha256:{}", "0f".repeat(32))).is_some());
    /// assert!(Digest::parse("sha256:0f").is_none());
    /// ```
    pub fn parse(text: &str) -> Option<Digest> {
        let hex = text.strip_prefix("sha256:")?;
        let is_hex = |it: u8| matches!(it, b'0'..=b'9' | b'a'..=b'f');
        (hex.len() == 64 && hex.bytes().all(is_hex)).then(|| Digest(text.to_owned()))
    }

    /// The digest of a text.
    pub fn of(text: &str) -> Digest {
        let hex: String = Sha256::digest(text.as_bytes())
            .iter()
            .map(|it| format!("{it:02x}"))
            .collect();
        Digest(format!("sha256:{hex}"))
    }

    /// `sha256:` and 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `sha256:` and the first twelve digits: what people compare.
    pub fn short(&self) -> &str {
        self.0.get(..19).unwrap_or(&self.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        let text = String::deserialize(deserializer)?;
        Digest::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no digest")))
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Repository {
            registry,
            region,
            name,
        } = self;
        let suffix = match region.starts_with("cn-") {
            true => "amazonaws.com.cn",
            false => "amazonaws.com",
        };
        write!(f, "{registry}.dkr.ecr.{region}.{suffix}/{name}")
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Version::Tag(tag) => f.write_str(tag),
            Version::Digest(digest) => f.write_str(digest.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_moves_where_the_repository_says_so() {
        for (immutable, except, tag, moves) in [
            (false, &[][..], "prod", true),
            (true, &[], "prod", false),
            (true, &["*prod", "*dev"], "mb-prod", true),
            (true, &["*prod", "*dev"], "prod-20261120143000", false),
            (false, &["prod-*"], "prod-20261120143000", false),
            (false, &["prod-*"], "prod", true),
        ] {
            let rules = RepositoryRules {
                immutable,
                except: except.iter().map(|it| (*it).to_owned()).collect(),
                lifecycle: None,
            };
            assert_eq!(rules.is_movable(tag), moves, "{immutable} {except:?} {tag}");
        }
    }

    #[test]
    fn a_digest_is_that_of_the_bytes() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of("").as_str(), empty);
        assert_eq!(Digest::of("").short(), "sha256:e3b0c44298fc");
    }
}
