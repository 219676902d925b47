//! What is registered already, and what of it a template does not say.

use stack_core::Problem;

use crate::json;
use crate::task_shape::READ_ONLY;
use crate::tree::{Entry, Node, Tree};

/// The task definition that is registered now, as `aws ecs describe-task-definition` prints it.
///
/// Somebody may have registered a revision with keys that the template does not have: a limit, a
/// volume, a container of an agent. Registering the template alone would drop them without a word.
#[derive(Clone, Debug)]
pub struct Registered {
    root: Node,
}

/// What happens to keys that are registered and that the template does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unmanaged {
    /// Each is a problem.
    #[default]
    Refuse,
    /// They are registered again as they are, each with a note.
    Keep,
}

impl Registered {
    /// Reads it; `name` is what problems call it, usually its file. What is around
    /// `taskDefinition` may be there or not.
    ///
    /// # Errors
    /// Text that is no JSON object; with line and column.
    pub fn parse(text: &str, name: &str) -> Result<Registered, Vec<Problem>> {
        let root = json::read(text, name)?;
        let root = root.get("taskDefinition").cloned().unwrap_or(root);
        match root.tree {
            Tree::Object(_) => Ok(Registered { root }),
            _ => Err(vec![
                Problem::error(
                    "registered",
                    format!("expected a task definition, found {}", root.kind()),
                )
                .at(root.place.to_string())
                .help("give what `aws ecs describe-task-definition` prints"),
            ]),
        }
    }

    /// Looks at everything that `rendered` does not say, and adds it where it is to be kept.
    pub(crate) fn compare(
        &self,
        rendered: &mut Node,
        what: Unmanaged,
        problems: &mut Vec<Problem>,
        notes: &mut Vec<Problem>,
    ) {
        self.check_family(rendered, problems);
        let mut unmanaged = |path: String, place: String| match what {
            Unmanaged::Refuse => problems.push(
                Problem::error(
                    "unmanaged-key",
                    format!("`{path}` is registered, and the template does not say it"),
                )
                .at(place)
                .help("say it in the template, or keep what the template does not say"),
            ),
            Unmanaged::Keep => notes.push(
                Problem::note(
                    "unmanaged-key",
                    format!("`{path}` is kept as it is registered"),
                )
                .at(place),
            ),
        };
        let keep = what == Unmanaged::Keep;
        let skipped = |key: &str| READ_ONLY.contains(&key) || key == "containerDefinitions";
        let more = missing(rendered, &self.root, skipped);
        for entry in &more {
            unmanaged(entry.key.clone(), entry.place.to_string());
        }
        if keep {
            extend(rendered, more);
        }
        let Some(registered) = self.root.get("containerDefinitions") else {
            return;
        };
        let Some(Tree::List(containers)) = tree_of(rendered, "containerDefinitions") else {
            return;
        };
        for other in registered.items() {
            let Some(name) = name_of(other) else { continue };
            let path = format!("containerDefinitions[{name}]");
            let Some(container) = containers.iter_mut().find(|it| name_of(it) == Some(name)) else {
                unmanaged(path, other.place.to_string());
                if keep {
                    containers.push(other.clone());
                }
                continue;
            };
            let more = missing(container, other, |_| false);
            for entry in &more {
                unmanaged(format!("{path}.{}", entry.key), entry.place.to_string());
            }
            if keep {
                extend(container, more);
            }
        }
    }

    fn check_family(&self, rendered: &Node, problems: &mut Vec<Problem>) {
        let family = |it: &Node| it.get("family").and_then(Node::text).map(str::to_owned);
        if let (Some(registered), Some(family)) = (family(&self.root), family(rendered))
            && registered != family
        {
            let message = format!(
                "the template is of family `{family}`, what is registered of `{registered}`"
            );
            let place = self.root.place.to_string();
            problems.push(
                Problem::error("family", message)
                    .at(place)
                    .help("compare with the revision that this one takes the place of"),
            );
        }
    }
}

fn name_of(container: &Node) -> Option<&str> {
    container.get("name").and_then(Node::text)
}

fn tree_of<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Tree> {
    let Tree::Object(entries) = &mut node.tree else {
        return None;
    };
    let entry = entries.iter_mut().find(|it| it.key == key)?;
    Some(&mut entry.node.tree)
}

/// What is registered and says something: ECS prints what was never said as empty, zero, or what it
/// is then.
fn missing(rendered: &Node, registered: &Node, skipped: impl Fn(&str) -> bool) -> Vec<Entry> {
    let entries = registered.entries().iter();
    entries
        .filter(|it| !skipped(&it.key) && rendered.get(&it.key).is_none() && !says_nothing(it))
        .cloned()
        .collect()
}

fn says_nothing(entry: &Entry) -> bool {
    match &entry.node.tree {
        Tree::Null | Tree::Hole => true,
        Tree::Bool(it) => *it == (entry.key == "essential"),
        Tree::Number(digits) => digits == "0",
        Tree::Text(text) => text.is_empty(),
        Tree::List(items) => items.is_empty(),
        Tree::Object(entries) => entries.is_empty(),
    }
}

fn extend(node: &mut Node, more: Vec<Entry>) {
    if let Tree::Object(entries) = &mut node.tree {
        entries.extend(more);
    }
}
