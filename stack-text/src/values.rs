//! What is put into a template: from JSON, from TOML, from `name=value` pairs.

use stack_core::Problem;
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use crate::json;
use crate::source::Place;
use crate::tree::{Entry, Node, Tree};

/// The values of a template, by name. Nested values are named with dots: `image.tag`.
///
/// ```
/// use stack_text::Values;
///
/// let values = Values::from_toml("[image]\ntag = '1.4.2'", "staging.toml").unwrap();
/// let given = Values::from_pairs([("image.tag", "1.4.3")], "--var").unwrap();
/// let values = values.overridden_by(given);
/// assert_eq!(values.names(), ["image.tag"]);
/// ```
#[derive(Clone, Debug)]
pub struct Values {
    root: Node,
}

impl Values {
    /// No values.
    pub fn none() -> Values {
        Values {
            root: Node {
                place: Place::start("", ""),
                tree: Tree::Object(Vec::new()),
            },
        }
    }

    /// A JSON object; numbers keep their digits.
    ///
    /// # Errors
    /// A syntax error, duplicate keys, `null`, names that no placeholder can have; each with its
    /// place in the file.
    pub fn from_json(text: &str, name: &str) -> Result<Values, Vec<Problem>> {
        Values::checked(json::read(text, name)?)
    }

    /// The settings of a program, which it holds in a type of its own. `name` is what problems
    /// call them.
    ///
    /// # Errors
    /// Settings that are no object, a value that is missing (`None`), names that no placeholder can
    /// have.
    pub fn from_settings(
        settings: &impl serde::Serialize,
        name: &str,
    ) -> Result<Values, Vec<Problem>> {
        let name = format!("settings of {name}");
        let text = serde_json::to_string(settings).map_err(|why| {
            let message = format!("the settings cannot be written: {why}");
            vec![Problem::error("settings", message).at(name.clone())]
        })?;
        Values::from_json(&text, &name)
    }

    /// A TOML document. A date becomes its text.
    ///
    /// # Errors
    /// All syntax errors and names that no placeholder can have, each with its place in the file.
    pub fn from_toml(text: &str, name: &str) -> Result<Values, Vec<Problem>> {
        let start = Place::start(name, text);
        if text.len() > json::MAX_BYTES {
            return Err(vec![json::too_long(&start)]);
        }
        let (table, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            let problem = |it: &toml::de::Error| {
                let place = start.at(it.span().map_or(0, |span| span.start));
                let message = it.message().trim().replace('\n', ", ");
                Problem::error("toml-syntax", message).at(place.to_string())
            };
            return Err(errors.iter().map(problem).collect());
        }
        Values::checked(Node {
            place: start.clone(),
            tree: Tree::Object(toml_entries(table.get_ref(), &start)),
        })
    }

    /// Names and texts, as given on a command line. `origin` names where they come from: `--var`.
    ///
    /// # Errors
    /// A name given twice, or one that no placeholder can have.
    pub fn from_pairs<N: Into<String>, T: Into<String>>(
        pairs: impl IntoIterator<Item = (N, T)>,
        origin: &str,
    ) -> Result<Values, Vec<Problem>> {
        let place = Place::start(origin, "");
        let entries = pairs.into_iter().map(|(name, text)| Entry {
            key: name.into(),
            place: place.clone(),
            node: Node {
                place: place.clone(),
                tree: Tree::Text(text.into()),
            },
        });
        Values::checked(Node {
            tree: Tree::Object(entries.collect()),
            place: place.clone(),
        })
    }

    /// These values, where the other has none of the same name.
    #[must_use]
    pub fn overridden_by(mut self, other: Values) -> Values {
        override_with(&mut self.root, other.root);
        self
    }

    /// The name of every single value, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.leaves().into_iter().map(|(name, _)| name).collect();
        names.sort();
        names
    }

    /// The value, or the group of values, of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        name.split('.')
            .try_fold(&self.root, |node, part| node.get(part))
    }

    /// Every single value with its full name.
    pub(crate) fn leaves(&self) -> Vec<(String, &Node)> {
        let mut leaves = Vec::new();
        collect(&self.root, String::new(), &mut leaves);
        leaves
    }

    /// Dotted names become nested ones, so that both spellings mean the same.
    fn checked(root: Node) -> Result<Values, Vec<Problem>> {
        let mut problems = Vec::new();
        let Tree::Object(entries) = root.tree else {
            return Err(vec![
                Problem::error(
                    "values",
                    format!("expected an object, found {}", root.kind()),
                )
                .at(root.place.to_string()),
            ]);
        };
        let mut nested = Vec::new();
        for entry in entries {
            nest(&mut nested, entry, &mut problems);
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Values {
            root: Node {
                place: root.place,
                tree: Tree::Object(nested),
            },
        })
    }
}

/// Names of more parts are a mistake, and hostile ones would nest without end.
const MAX_DOTS: usize = 16;

fn nest(into: &mut Vec<Entry>, entry: Entry, problems: &mut Vec<Problem>) {
    let Entry { key, place, node } = entry;
    let (first, rest) = match key.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (key.as_str(), None),
    };
    if !is_name_part(first) || key.matches('.').count() > MAX_DOTS {
        problems.push(
            Problem::error("value-name", format!("no placeholder can be named `{key}`"))
                .at(place.to_string())
                .help("a name has letters, digits, `-` and `_`, and dots between its parts"),
        );
        return;
    }
    let inner = match (rest, node.tree) {
        (Some(rest), tree) => vec![Entry {
            key: rest.to_owned(),
            place: place.clone(),
            node: Node { tree, ..node },
        }],
        (None, Tree::Object(entries)) if !entries.is_empty() => entries,
        (None, Tree::Null) => {
            problems.push(
                Problem::error("null-value", format!("`{key}` is null"))
                    .at(place.to_string())
                    .help("give it a value, or leave it out together with its placeholder"),
            );
            return;
        }
        (None, tree) => {
            if let Some(other) = into.iter().find(|it| it.key == first) {
                problems.push(given_twice(&key, &place, other));
                return;
            }
            into.push(Entry {
                node: Node { tree, ..node },
                key,
                place,
            });
            return;
        }
    };
    let index = match into.iter().position(|it| it.key == first) {
        Some(index) => index,
        None => {
            into.push(Entry {
                key: first.to_owned(),
                place: place.clone(),
                node: Node {
                    place: place.clone(),
                    tree: Tree::Object(Vec::new()),
                },
            });
            into.len() - 1
        }
    };
    match &mut into[index].node.tree {
        Tree::Object(nested) => {
            for entry in inner {
                nest(nested, entry, problems);
            }
        }
        _ => problems.push(given_twice(first, &place, &into[index])),
    }
}

fn given_twice(name: &str, place: &Place, other: &Entry) -> Problem {
    Problem::error("duplicate-value", format!("`{name}` is given twice"))
        .at(place.to_string())
        .help(format!("it is already given at {}", other.place))
}

fn override_with(base: &mut Node, other: Node) {
    match (&mut base.tree, other.tree) {
        (Tree::Object(entries), Tree::Object(others)) => {
            for Entry { key, place, node } in others {
                match entries.iter_mut().find(|it| it.key == key) {
                    Some(entry) => override_with(&mut entry.node, node),
                    None => entries.push(Entry { key, place, node }),
                }
            }
        }
        (tree, other_tree) => {
            *tree = other_tree;
            base.place = other.place;
        }
    }
}

fn collect<'a>(node: &'a Node, name: String, leaves: &mut Vec<(String, &'a Node)>) {
    let entries = node.entries();
    if entries.is_empty() && !name.is_empty() {
        leaves.push((name, node));
        return;
    }
    for entry in entries {
        let dot = if name.is_empty() { "" } else { "." };
        collect(&entry.node, format!("{name}{dot}{}", entry.key), leaves);
    }
}

/// What stands between the dots of a placeholder's name.
pub(crate) fn is_name_part(part: &str) -> bool {
    let ordinary = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '-';
    part.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && part.chars().all(ordinary)
        && part != "this"
}

fn toml_entries(table: &DeTable<'_>, file: &Place) -> Vec<Entry> {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            place: file.at(key.span().start),
            node: toml_node(value, file),
        })
        .collect();
    entries.sort_by_key(|it| it.place.offset);
    entries
}

fn toml_node(value: &Spanned<DeValue<'_>>, file: &Place) -> Node {
    let tree = match value.get_ref() {
        DeValue::String(text) => Tree::Text(text.to_string()),
        DeValue::Integer(number) => Tree::Number(decimal(number)),
        DeValue::Float(number) => float(number.as_str()),
        DeValue::Boolean(it) => Tree::Bool(*it),
        DeValue::Datetime(it) => Tree::Text(it.to_string()),
        DeValue::Array(items) => Tree::List(items.iter().map(|it| toml_node(it, file)).collect()),
        DeValue::Table(table) => Tree::Object(toml_entries(table, file)),
    };
    Node {
        place: file.at(value.span().start),
        tree,
    }
}

/// `0xff` and `+1` are no JSON; without an `i64` the digits stay as they are.
fn decimal(number: &DeInteger<'_>) -> String {
    i64::from_str_radix(number.as_str(), number.radix())
        .map_or_else(|_| number.as_str().to_owned(), |it| it.to_string())
}

/// `inf` and `nan` are no JSON numbers; they stay text, so that a number's place refuses them.
fn float(digits: &str) -> Tree {
    match digits.parse::<f64>() {
        Ok(it) if it.is_finite() => Tree::Number(it.to_string()),
        _ => Tree::Text(digits.to_owned()),
    }
}
