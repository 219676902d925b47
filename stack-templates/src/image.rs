//! Container images, and the permission to pull them.

use stack_core::aws::policy::Statement;
use stack_core::prelude::*;
use stack_core::sub;

use crate::network::Endpoint;
use crate::way_out::Need;

/// A container image.
///
/// From an ECR repository of the stack's own account and region ([`Image::ecr`]), the execution role
/// may pull this repository and no other.
#[derive(Clone, Debug)]
pub struct Image {
    uri: Value<String>,
    repository: Repository,
    fault: Option<String>,
}

#[derive(Clone, Debug)]
enum Repository {
    /// Needs no permission.
    Public,
    /// The ARN of an ECR repository.
    Ecr(Value<String>),
}

impl Image {
    /// An image by its full name, such as `public.ecr.aws/nginx/nginx:1.29`. When the name is one
    /// of a private ECR repository, the role may pull that repository.
    pub fn named(name: impl Into<String>) -> Image {
        let name = name.into();
        let repository = match private_ecr(&name) {
            Some((account, region, repository)) => Repository::Ecr(sub!(
                "arn:${AWS::Partition}:ecr:${region}:${account}:repository/${repository}",
                region = region,
                account = account,
                repository = repository
            )),
            None => Repository::Public,
        };
        Image {
            uri: name.into_value(),
            repository,
            fault: None,
        }
    }

    /// An image of an ECR repository in the stack's own account and region, by tag.
    ///
    /// The tag is looked up when a deployment starts; all tasks of it run the same digest.
    pub fn ecr(repository: &str, tag: impl IntoValue<String>) -> Image {
        Image {
            uri: sub!(
                "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/${repository}:${tag}",
                repository = repository,
                tag = tag
            ),
            repository: Repository::Ecr(sub!(
                "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/${repository}",
                repository = repository
            )),
            fault: None,
        }
    }

    /// As [`ecr`](Image::ecr), by digest: what runs is said in the template or its parameters.
    pub(crate) fn ecr_digest(repository: &str, digest: impl IntoValue<String>) -> Image {
        Image {
            uri: sub!(
                "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/${repository}@${digest}",
                repository = repository,
                digest = digest
            ),
            ..Image::ecr(repository, "")
        }
    }

    /// An image of an ECR repository in a certain account and region, by tag or, where `version`
    /// begins with `sha256:`, by digest. For a repository that several accounts share: its policy must
    /// let this account pull.
    ///
    /// A tag is looked up when a deployment starts, so a tag that moves needs a new deployment to be
    /// seen; a digest says in the template what runs.
    ///
    /// ```
    /// use stack_templates::Image;
    /// let by_tag = Image::shared("111122223333", "eu-west-1", "shop/api", "staging");
    /// ```
    pub fn shared(
        account: impl AsRef<str>,
        region: &str,
        repository: &str,
        version: &str,
    ) -> Image {
        let account = account.as_ref();
        let suffix = match region.starts_with("cn-") {
            true => "amazonaws.com.cn",
            false => "amazonaws.com",
        };
        let mark = match version.starts_with("sha256:") {
            true => '@',
            false => ':',
        };
        let mut image = Image::named(format!(
            "{account}.dkr.ecr.{region}.{suffix}/{repository}{mark}{version}"
        ));
        image.fault = match (is_tag(version), is_digest(version)) {
            (false, false) => Some(format!("`{version}` is neither a tag nor a digest")),
            _ => None,
        };
        image
    }

    /// What is wrong with how it is named.
    pub(crate) fn fault(&self) -> Option<Problem> {
        let problem = Problem::error("image-version", self.fault.clone()?);
        Some(problem.help(
            "a tag has 1 to 128 letters, digits, `_`, `.` and `-`, first no `.` or `-`; a digest is `sha256:` and 64 hexadecimal digits",
        ))
    }

    pub(crate) fn uri(&self) -> Value<String> {
        self.uri.clone()
    }

    /// What a task reaches to pull it.
    pub(crate) fn needs(&self) -> &'static [Need] {
        match &self.repository {
            Repository::Public => &[Need::PublicRegistry],
            Repository::Ecr(_) => &[
                Need::Service(Endpoint::EcrApi),
                Need::Service(Endpoint::EcrDkr),
            ],
        }
    }

    /// What the execution role needs to pull it.
    pub(crate) fn pull(&self) -> Vec<Statement> {
        match &self.repository {
            Repository::Public => Vec::new(),
            Repository::Ecr(arn) => vec![
                // The token is for the registry: it has no narrower resource.
                // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
                Statement::allow()
                    .actions(["ecr:GetAuthorizationToken"])
                    .resources(["*"]),
                Statement::allow()
                    .actions([
                        "ecr:BatchCheckLayerAvailability",
                        "ecr:BatchGetImage",
                        "ecr:GetDownloadUrlForLayer",
                    ])
                    .resources([arn]),
            ],
        }
    }
}

/// The short form: the full name.
impl From<&str> for Image {
    fn from(name: &str) -> Image {
        Image::named(name)
    }
}
impl From<String> for Image {
    fn from(name: String) -> Image {
        Image::named(name)
    }
}

/// Whether ECR takes it as a tag.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html>
pub(crate) fn is_tag(text: &str) -> bool {
    let word = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    (1..=128).contains(&text.len())
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|it| word(it) || matches!(it, b'.' | b'-'))
}

fn is_digest(text: &str) -> bool {
    let hexadecimal = |it: u8| matches!(it, b'0'..=b'9' | b'a'..=b'f');
    text.strip_prefix("sha256:")
        .is_some_and(|it| it.len() == 64 && it.bytes().all(hexadecimal))
}

/// Account, region and repository of `111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/api:1`.
fn private_ecr(name: &str) -> Option<(&str, &str, &str)> {
    let (registry, rest) = name.split_once('/')?;
    let (account, rest_of_registry) = registry.split_once(".dkr.ecr.")?;
    let (region, _) = rest_of_registry.split_once(".amazonaws.com")?;
    let repository = rest.split(['@', ':']).next()?;
    Some((account, region, repository))
}

#[cfg(test)]
mod tests {
    use super::private_ecr;

    #[test]
    fn a_private_repository_is_known_by_its_registry() {
        for (name, expected) in [
            (
                "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/api:1.2",
                Some(("111122223333", "eu-west-1", "shop/api")),
            ),
            (
                "012345678901.dkr.ecr.cn-north-1.amazonaws.com.cn/api@sha256:00",
                Some(("012345678901", "cn-north-1", "api")),
            ),
            ("public.ecr.aws/nginx/nginx:1.29", None),
            ("nginx", None),
        ] {
            assert_eq!(private_ecr(name), expected, "{name}");
        }
    }
}
