//! The names of a branch, from prefix, repository and branch alone.

use std::fmt;

use sha2::{Digest, Sha256};

/// Words that are never a label by themselves: `main` becomes `main-` and a hash.
pub const RESERVED: &[&str] = &[
    "account",
    "accounts",
    "admin",
    "api",
    "app",
    "apps",
    "assets",
    "auth",
    "autoconfig",
    "autodiscover",
    "base",
    "beta",
    "billing",
    "blog",
    "cdn",
    "ci",
    "dashboard",
    "demo",
    "dev",
    "develop",
    "development",
    "docs",
    "ftp",
    "git",
    "head",
    "help",
    "hooks",
    "imap",
    "internal",
    "isatap",
    "live",
    "localhost",
    "login",
    "mail",
    "main",
    "master",
    "metrics",
    "mx",
    "ns",
    "ns1",
    "ns2",
    "null",
    "oauth",
    "pop",
    "preprod",
    "prod",
    "production",
    "root",
    "secure",
    "shop",
    "signin",
    "smtp",
    "ssh",
    "sso",
    "stage",
    "staging",
    "static",
    "status",
    "support",
    "system",
    "test",
    "trunk",
    "undefined",
    "vpn",
    "webhook",
    "wpad",
    "www",
];

/// The longest slug.
const SLUG: usize = 40;
/// The longest name of a target group.
const TARGET_GROUP: usize = 32;
/// The digits of a hash.
const HASH: usize = 10;

/// One system of branch environments: the prefix of its names, and the repository of its branches.
///
/// ```
/// use branch_naming::{Naming, naming};
///
/// const PREVIEWS: Naming = naming!("preview", "acme/shop");
/// let names = PREVIEWS.names("feature/search");
/// assert_eq!(names.label(), "feature-search-3d35b82b16");
/// assert_eq!(PREVIEWS.names("search").stack(), "preview-search");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Naming<'a> {
    prefix: &'a str,
    repository: &'a str,
}

/// A [`Naming`] of literals, checked while compiling.
#[macro_export]
macro_rules! naming {
    ($prefix:expr, $repository:expr) => {
        const { $crate::Naming::checked($prefix, $repository) }
    };
}

/// Why there is no such [`Naming`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidNaming {
    /// The prefix is not 1–12 of `a`–`z` and `0`–`9`, first a letter, or is `internal`.
    Prefix,
    /// The repository is not 1–200 printable characters of ASCII without spaces.
    Repository,
}

impl fmt::Display for InvalidNaming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InvalidNaming::Prefix => {
                "a prefix is 1 to 12 lower-case letters and digits, first a letter, and not `internal`"
            }
            InvalidNaming::Repository => {
                "a repository is 1 to 200 characters of ASCII without spaces, for example `acme/shop`"
            }
        })
    }
}

impl std::error::Error for InvalidNaming {}

impl<'a> Naming<'a> {
    /// A prefix and the full name of a repository as its provider writes it.
    ///
    /// # Errors
    /// When one of them is not as [`InvalidNaming`] says.
    pub const fn new(prefix: &'a str, repository: &'a str) -> Result<Naming<'a>, InvalidNaming> {
        if !is_prefix(prefix.as_bytes()) {
            return Err(InvalidNaming::Prefix);
        }
        if !is_repository(repository.as_bytes()) {
            return Err(InvalidNaming::Repository);
        }
        Ok(Naming { prefix, repository })
    }

    /// For [`naming!`], which runs it while compiling.
    #[doc(hidden)]
    pub const fn checked(prefix: &'a str, repository: &'a str) -> Naming<'a> {
        assert!(
            is_prefix(prefix.as_bytes()),
            "a prefix is 1 to 12 lower-case letters and digits, first a letter, and not `internal`"
        );
        assert!(
            is_repository(repository.as_bytes()),
            "a repository is 1 to 200 characters of ASCII without spaces"
        );
        Naming { prefix, repository }
    }

    /// What all names begin with.
    pub const fn prefix(self) -> &'a str {
        self.prefix
    }

    /// The repository whose branches have these names.
    pub const fn repository(self) -> &'a str {
        self.repository
    }

    /// The names of a branch, without `refs/heads/`. Every text has some.
    pub fn names(self, branch: &str) -> Names<'a> {
        let digest = Sha256::new()
            .chain_update(self.repository)
            .chain_update("\0refs/heads/")
            .chain_update(branch)
            .finalize()
            .into();
        Names {
            naming: self,
            branch: branch.to_owned(),
            stem: stem(branch),
            digest,
        }
    }
}

const fn is_prefix(text: &[u8]) -> bool {
    if text.is_empty() || text.len() > 12 || !text[0].is_ascii_lowercase() {
        return false;
    }
    let mut n = 0;
    while n < text.len() {
        if !text[n].is_ascii_lowercase() && !text[n].is_ascii_digit() {
            return false;
        }
        n += 1;
    }
    // A load balancer's name cannot begin so.
    !matches!(text, b"internal")
}

const fn is_repository(text: &[u8]) -> bool {
    let mut n = 0;
    while n < text.len() {
        if !text[n].is_ascii_graphic() {
            return false;
        }
        n += 1;
    }
    n >= 1 && n <= 200
}

/// The names of one branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names<'a> {
    naming: Naming<'a>,
    branch: String,
    stem: String,
    digest: [u8; 32],
}

impl<'a> Names<'a> {
    /// The system it belongs to.
    pub fn naming(&self) -> Naming<'a> {
        self.naming
    }

    /// The branch, as it was given: hostile text.
    pub fn branch(&self) -> &str {
        &self.branch
    }

    /// The label below the domain, at most 40 characters.
    pub fn label(&self) -> String {
        self.slug(SLUG)
    }

    /// The host, `{label}.{domain}`.
    pub fn host(&self, domain: &str) -> String {
        format!("{}.{domain}", self.label())
    }

    /// The CloudFormation stack, at most 53 characters.
    pub fn stack(&self) -> String {
        format!("{}-{}", self.naming.prefix, self.label())
    }

    /// The ECS service and the family of its task definitions.
    pub fn service(&self) -> String {
        self.stack()
    }

    /// An IAM role.
    pub fn role(&self) -> String {
        self.stack()
    }

    /// The target group, at most 32 characters.
    pub fn target_group(&self) -> String {
        let prefix = self.naming.prefix;
        format!("{prefix}-{}", self.slug(TARGET_GROUP - 1 - prefix.len()))
    }

    /// The log group.
    pub fn log_group(&self) -> String {
        format!("/{}/{}", self.naming.prefix, self.label())
    }

    /// The tag of the branch's image.
    pub fn image_tag(&self) -> String {
        self.label()
    }

    /// A database or schema of PostgreSQL: letters, digits and underscores.
    pub fn database(&self) -> String {
        format!("{}_{}", self.naming.prefix, self.label().replace('-', "_"))
    }

    /// Where to begin to look for a free priority of a listener rule, 1–50,000.
    pub fn rule_priority(&self) -> u32 {
        let [a, b, c, d, ..] = self.digest;
        u32::from_be_bytes([a, b, c, d]) % 50_000 + 1
    }

    /// The whole digest of repository and branch, 64 hexadecimal digits: what a stack is known by.
    pub fn fingerprint(&self) -> String {
        let digit = |it: u8| char::from_digit(u32::from(it), 16).unwrap_or('0');
        self.digest
            .iter()
            .flat_map(|it| [digit(it >> 4), digit(it & 15)])
            .collect()
    }

    fn slug(&self, longest: usize) -> String {
        if self.branch == self.stem && self.stem.len() <= longest && is_plain(&self.stem) {
            return self.stem.clone();
        }
        let room = longest.saturating_sub(HASH + 1).min(self.stem.len());
        // The stem is ASCII: every place is between two characters.
        let kept = self
            .stem
            .get(..room)
            .unwrap_or_default()
            .trim_end_matches('-');
        let kept = if kept.is_empty() { "b" } else { kept };
        let hash = self.fingerprint();
        format!("{kept}-{}", hash.get(..HASH).unwrap_or(&hash))
    }
}

/// Letters and digits in lower case, with single hyphens between.
fn stem(branch: &str) -> String {
    let mut stem = String::with_capacity(branch.len().min(64));
    for it in branch.chars() {
        if it.is_ascii_alphanumeric() {
            stem.push(it.to_ascii_lowercase());
        } else if !stem.is_empty() && !stem.ends_with('-') {
            stem.push('-');
        }
    }
    stem.truncate(stem.trim_end_matches('-').len());
    stem
}

fn is_plain(stem: &str) -> bool {
    stem.starts_with(|it: char| it.is_ascii_lowercase())
        && !RESERVED.contains(&stem)
        && !ends_like_a_hash(stem)
}

fn ends_like_a_hash(stem: &str) -> bool {
    stem.rsplit_once('-').is_some_and(|(_, end)| {
        end.len() == HASH
            && end
                .bytes()
                .all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
    })
}
