//! Where a registered task definition comes from, as tags on it.

use sha2::{Digest, Sha256};
use stack_core::Problem;

use crate::tree::{Entry, Node, Tree};

/// The template that a task definition was rendered from. Written as tags of the task definition,
/// which stay with the revision wherever it goes: `aws ecs describe-task-definition --include TAGS`
/// shows them. Registering needs `ecs:TagResource` then.
///
/// | tag | value |
/// |---|---|
/// | `stack:template` | the template's name, usually its path |
/// | `stack:template-sha256` | the digest of its bytes |
/// | `stack:template-version` | its version where it is kept, such as S3's version id; by choice |
///
/// ```
/// use stack_text::Provenance;
/// let it = Provenance::of("task.json", "{}").version("3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY");
/// assert_eq!(it.sha256(), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    name: String,
    sha256: String,
    version: Option<String>,
}

impl Provenance {
    /// Of a template by name, with this text.
    pub fn of(name: impl Into<String>, text: &str) -> Provenance {
        let digest = Sha256::digest(text.as_bytes());
        Provenance {
            name: name.into(),
            sha256: digest.iter().map(|it| format!("{it:02x}")).collect(),
            version: None,
        }
    }

    /// Its version where it is kept.
    #[must_use]
    pub fn version(self, version: impl Into<String>) -> Provenance {
        Provenance {
            version: Some(version.into()),
            ..self
        }
    }

    /// The digest of the template, 64 hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Adds the tags.
    pub(crate) fn tag(&self, rendered: &mut Node, problems: &mut Vec<Problem>) {
        let place = rendered.place.clone();
        let Tree::Object(entries) = &mut rendered.tree else {
            return;
        };
        let text = |text: &str| Node {
            place: place.clone(),
            tree: Tree::Text(text.to_owned()),
        };
        let entry = |key: &str, node: Node| Entry {
            key: key.to_owned(),
            place: place.clone(),
            node,
        };
        if !entries.iter().any(|it| it.key == "tags") {
            let none = Node {
                place: place.clone(),
                tree: Tree::List(Vec::new()),
            };
            entries.push(entry("tags", none));
        }
        let tags = entries.iter_mut().find(|it| it.key == "tags");
        let Some(Tree::List(tags)) = tags.map(|it| &mut it.node.tree) else {
            return;
        };
        let all = [
            ("stack:template", Some(self.name.as_str())),
            ("stack:template-sha256", Some(self.sha256.as_str())),
            ("stack:template-version", self.version.as_deref()),
        ];
        for (key, value) in all {
            let Some(value) = value else { continue };
            let own = tags
                .iter()
                .find(|it| it.get("key").and_then(Node::text) == Some(key));
            if let Some(own) = own {
                problems.push(
                    Problem::error(
                        "provenance",
                        format!("the template has the tag `{key}` itself"),
                    )
                    .at(own.place.to_string())
                    .help("leave it out: it is written with the provenance"),
                );
            }
            if !is_tag_value(value) {
                problems.push(
                    Problem::error("provenance", format!("`{value}` cannot be the tag `{key}`"))
                        .at(place.to_string())
                        .help("a tag's value is 1 to 256 letters, digits, spaces and `+ - = . _ : / @`"),
                );
            }
            tags.push(Node {
                place: place.clone(),
                tree: Tree::Object(vec![entry("key", text(key)), entry("value", text(value))]),
            });
        }
        if tags.len() > 50 {
            problems.push(
                Problem::error(
                    "provenance",
                    format!("{} tags on a task definition", tags.len()),
                )
                .at(place.to_string())
                .help("ECS takes 50"),
            );
        }
    }
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tag.html>
fn is_tag_value(text: &str) -> bool {
    let plain = |it: char| it.is_alphanumeric() || " +-=._:/@".contains(it);
    (1..=256).contains(&text.chars().count()) && text.chars().all(plain)
}
