//! [`ImageName`]: an image of a private ECR repository, as a task definition names it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ecr::{Digest, Repository, Version};

/// An account and a region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Twelve digits.
    pub account: String,
    /// Such as `eu-west-1`.
    pub region: String,
}

/// An image of a private ECR repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageName {
    /// Where it is.
    pub repository: Repository,
    /// Which it is; a name without a tag means `latest`.
    pub version: Version,
}

impl ImageName {
    /// Reads the name; none for an image that is in no private ECR repository.
    ///
    /// ```
    /// use stack_deploy::services::ImageName;
    /// let name = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/api:dev";
    /// let image = ImageName::parse(name).unwrap();
    /// assert_eq!(image.repository.name, "shop/api");
    /// assert_eq!(image.to_string(), name);
    /// assert_eq!(ImageName::parse("public.ecr.aws/nginx/nginx:1.29"), None);
    /// ```
    pub fn parse(text: &str) -> Option<ImageName> {
        let (host, rest) = text.split_once('/')?;
        let mut labels = host.split('.');
        let registry = labels.next()?;
        let is_account = registry.len() == 12 && registry.bytes().all(|it| it.is_ascii_digit());
        // `.dkr-ecr.REGION.on.aws` is the same registry over both protocols of the internet.
        let region = match labels.next()? {
            "dkr" if labels.next() == Some("ecr") => labels.next()?,
            "dkr-ecr" => labels.next()?,
            _ => return None,
        };
        if !is_account {
            return None;
        }
        let (name, version) = match rest.split_once('@') {
            // Between name and digest can be a tag; the digest decides.
            Some((name, digest)) => {
                let name = name.split_once(':').map_or(name, |it| it.0);
                (name, Version::Digest(Digest::parse(digest)?))
            }
            None => {
                let (name, tag) = rest.split_once(':').unwrap_or((rest, "latest"));
                (name, Version::Tag(tag.to_owned()))
            }
        };
        if name.is_empty() {
            return None;
        }
        Some(ImageName {
            repository: Repository {
                registry: registry.to_owned(),
                region: region.to_owned(),
                name: name.to_owned(),
            },
            version,
        })
    }

    /// The same repository's image of another version.
    pub fn with(&self, version: Version) -> ImageName {
        ImageName {
            repository: self.repository.clone(),
            version,
        }
    }
}

impl Repository {
    /// The account and region that it is in.
    pub fn place(&self) -> Place {
        Place {
            account: self.registry.clone(),
            region: self.region.clone(),
        }
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Version::Tag(tag) => write!(f, "{}:{tag}", self.repository),
            Version::Digest(digest) => write!(f, "{}@{digest}", self.repository),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.account, self.region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_private_repositories_are_read() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (text, read) in [
            (
                "111122223333.dkr.ecr.eu-west-1.amazonaws.com/a:b",
                Some(("a", "b".to_owned())),
            ),
            (
                "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/a/b:c",
                Some(("a/b", "c".to_owned())),
            ),
            (
                "111122223333.dkr-ecr.eu-west-1.on.aws/a:b",
                Some(("a", "b".to_owned())),
            ),
            (
                "111122223333.dkr.ecr.eu-west-1.amazonaws.com/a",
                Some(("a", "latest".to_owned())),
            ),
            (
                &format!("111122223333.dkr.ecr.eu-west-1.amazonaws.com/a@{digest}"),
                Some(("a", digest.clone())),
            ),
            (
                &format!("111122223333.dkr.ecr.eu-west-1.amazonaws.com/a:t@{digest}"),
                Some(("a", digest.clone())),
            ),
            (
                "111122223333.dkr.ecr.eu-west-1.amazonaws.com/a@sha256:1",
                None,
            ),
            ("111122223333.dkr.ecr.eu-west-1.amazonaws.com/", None),
            ("1111.dkr.ecr.eu-west-1.amazonaws.com/a:b", None),
            ("nginx", None),
            ("docker.io/library/nginx:1", None),
            ("", None),
        ] {
            let found = ImageName::parse(text);
            let found = found.map(|it| (it.repository.name, it.version.to_string()));
            let found = found
                .as_ref()
                .map(|(name, version)| (name.as_str(), version.clone()));
            assert_eq!(found, read, "{text}");
        }
    }
}
