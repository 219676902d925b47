//! The task-definition overwriter: one template of a task definition, many environments.

use std::collections::BTreeMap;

use stack_core::{Problem, TaskSize};

use crate::json;
use crate::placeholders::Text;
use crate::render_options::RenderOptions;
use crate::source::Place;
use crate::task_shape::{READ_ONLY, Shape, check};
use crate::text_template::{unknown, unused};
use crate::tree::{Entry, Node, Tree};
use crate::values::Values;

/// A task definition as `aws ecs register-task-definition --cli-input-json` takes it, with
/// `{{placeholders}}` in its strings.
///
/// The template is read as JSON first, and values are put into its strings afterwards, so no value
/// can end a string, add a key or be read as a placeholder. A placeholder alone in its string
/// takes the value as it is (a number, a boolean, a list, an object); where ECS wants text and the
/// value is a number, as in `cpu` or an environment variable, it becomes text, and the other way
/// round. Within other text, the value has to be text, a number or a boolean.
///
/// A task definition has one owner. Registering this template drops whatever else was registered,
/// so [`RenderOptions::registered`] looks at that first; and a stack that has the same task definition
/// would bring its own back, so either its image's tag is a parameter of the stack and nothing is
/// registered beside it, or the stack reads from Parameter Store which revision runs.
///
/// Braces that are meant as they are get a backslash, `\\{{` in JSON; a backslash before a
/// placeholder is doubled once more.
///
/// ```
/// use stack_text::{TaskDefinitionTemplate, Values};
///
/// let template = TaskDefinitionTemplate::parse(
///     r#"{"family": "shop-{{env}}", "containerDefinitions": [
///         {"name": "shop", "image": "shop:{{tag}}", "memory": "{{memory}}"}]}"#,
///     "task.json",
/// )
/// .unwrap();
/// let values = Values::from_toml("env = 'staging'\ntag = '1.4.2'\nmemory = 512", "staging.toml");
/// let rendered = template.render(&values.unwrap()).unwrap();
/// assert!(rendered.json.contains(r#""memory": 512"#));
/// assert_eq!(rendered.family, "shop-staging");
/// ```
#[derive(Debug)]
pub struct TaskDefinitionTemplate {
    root: Node,
    /// The strings with placeholders or escaped braces, by their offset in the file.
    texts: BTreeMap<usize, Text>,
}

/// A task definition without placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rendered {
    /// The task definition: two spaces, keys in the order of the template, a final newline.
    pub json: String,
    /// Its family.
    pub family: String,
    /// What was left out or kept, by choice.
    pub notes: Vec<Problem>,
}

/// Reads a template and renders it.
///
/// # Errors
/// Everything that is wrong with the template, or else with the values in it.
pub fn render_task(template: &str, name: &str, values: &Values) -> Result<String, Vec<Problem>> {
    let rendered = TaskDefinitionTemplate::parse(template, name)?.render(values)?;
    Ok(rendered.json)
}

impl TaskDefinitionTemplate {
    /// Reads a template; `name` is what problems call it, usually its file.
    ///
    /// # Errors
    /// Text that is no JSON, duplicate keys, braces that hold no plain placeholder, placeholders
    /// in keys; each with line and column.
    pub fn parse(text: &str, name: &str) -> Result<TaskDefinitionTemplate, Vec<Problem>> {
        let root = json::read(text, name)?;
        let mut template = TaskDefinitionTemplate {
            root: root.clone(),
            texts: BTreeMap::new(),
        };
        let mut problems = Vec::new();
        template.find(&root, &mut problems);
        if problems.is_empty() {
            Ok(template)
        } else {
            Err(problems)
        }
    }

    /// The names of its placeholders, sorted.
    pub fn placeholders(&self) -> Vec<&str> {
        let names = self.texts.values().flat_map(Text::names);
        let mut names: Vec<&str> = names.map(|it| it.0).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The task definition with the values in it.
    ///
    /// # Errors
    /// Placeholders without a value, values without a placeholder, values of the wrong type; keys
    /// that `RegisterTaskDefinition` does not know or that only ECS sets; containers of one name;
    /// CPU and memory that Fargate does not offer together.
    pub fn render(&self, values: &Values) -> Result<Rendered, Vec<Problem>> {
        self.render_with(values, &RenderOptions::new())
    }

    /// The same, with choices.
    ///
    /// # Errors
    /// As [`render`](Self::render), but for what the options let through; keys that are registered and
    /// that the template does not say, where these are refused; tags that cannot be.
    pub fn render_with(
        &self,
        values: &Values,
        options: &RenderOptions,
    ) -> Result<Rendered, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut notes = Vec::new();
        let shape = Some(Shape::task_definition());
        let mut root = self.filled(&self.root, shape, values, &mut problems);
        problems.extend(unused(values, self.placeholders().into_iter()));
        if options.drop_read_only {
            drop_read_only(&mut root, &mut notes);
        }
        if let Some((registered, unmanaged)) = &options.registered {
            registered.compare(&mut root, *unmanaged, &mut problems, &mut notes);
        }
        if let Some(provenance) = &options.provenance {
            provenance.tag(&mut root, &mut problems);
        }
        let mut wrong = Vec::new();
        check(&root, Shape::task_definition(), "", &mut wrong);
        if options.keep_unknown {
            let (unknown, others) = wrong.into_iter().partition(|it| it.code == "unknown-key");
            wrong = others;
            notes.extend(Vec::into_iter(unknown).map(|it: Problem| {
                let warning =
                    Problem::warning("unknown-key", format!("{}, and is kept", it.message));
                warning.at(it.place.unwrap_or_default())
            }));
        }
        problems.extend(wrong);
        check_containers(&root, &mut problems);
        check_fargate(&root, &mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Rendered {
            family: root
                .get("family")
                .and_then(Node::text)
                .unwrap_or_default()
                .to_owned(),
            json: root.to_json(),
            notes,
        })
    }

    fn find(&mut self, node: &Node, problems: &mut Vec<Problem>) {
        match &node.tree {
            Tree::Text(text) if text.contains("{{") || text.contains("}}") => {
                match Text::parse(text) {
                    Ok(parsed) => {
                        self.texts.insert(node.place.offset, parsed);
                    }
                    Err(wrong) => problems.extend(wrong.into_iter().map(|it| {
                        let help = if text[it.offset..].starts_with("{{resolve:") {
                            "ECS does not resolve these; put the secret's ARN into `valueFrom` \
                             of the container's `secrets`"
                        } else {
                            it.help
                        };
                        Problem::error("template-syntax", it.message)
                            .at(in_string(&node.place, it.offset).to_string())
                            .help(help)
                    })),
                }
            }
            Tree::List(items) => items.iter().for_each(|it| self.find(it, problems)),
            Tree::Object(entries) => {
                for Entry { key, place, node } in entries {
                    if key.contains("{{") {
                        problems.push(
                            Problem::error(
                                "placeholder-in-key",
                                format!("the key `{key}` has a placeholder"),
                            )
                            .at(place.to_string())
                            .help("placeholders stand in values; give the whole object as one"),
                        );
                    }
                    self.find(node, problems);
                }
            }
            _ => {}
        }
    }

    fn filled(
        &self,
        node: &Node,
        shape: Option<Shape>,
        values: &Values,
        problems: &mut Vec<Problem>,
    ) -> Node {
        let tree = match &node.tree {
            Tree::Text(_) => match self.texts.get(&node.place.offset) {
                Some(text) => fill(text, &node.place, shape, values, problems),
                None => node.tree.clone(),
            },
            Tree::List(items) => {
                let shape = shape.and_then(Shape::item);
                let fill = |it: &Node| self.filled(it, shape, values, problems);
                Tree::List(items.iter().map(fill).collect())
            }
            Tree::Object(entries) => {
                let fill = |it: &Entry| Entry {
                    node: self.filled(
                        &it.node,
                        shape.and_then(|shape| shape.key(&it.key)),
                        values,
                        problems,
                    ),
                    ..it.clone()
                };
                Tree::Object(entries.iter().map(fill).collect())
            }
            other => other.clone(),
        };
        Node {
            place: node.place.clone(),
            tree,
        }
    }
}

fn drop_read_only(root: &mut Node, notes: &mut Vec<Problem>) {
    let Tree::Object(entries) = &mut root.tree else {
        return;
    };
    entries.retain(|it| {
        let dropped = READ_ONLY.contains(&it.key.as_str());
        if dropped {
            let message = format!("`{}` is set by ECS, and is left out", it.key);
            notes.push(Problem::note("read-only-key", message).at(it.place.to_string()));
        }
        !dropped
    });
}

/// Where a byte of a decoded string stands in the file.
fn in_string(place: &Place, decoded: usize) -> Place {
    place.at(json::offset_in_string(
        &place.source.text,
        place.offset,
        decoded,
    ))
}

fn fill(
    text: &Text,
    place: &Place,
    shape: Option<Shape>,
    values: &Values,
    problems: &mut Vec<Problem>,
) -> Tree {
    if let Some(name) = text.whole() {
        return match values.get(name) {
            Some(node) => at(place, node, shape).tree,
            None => {
                problems.push(unknown(name, &in_string(place, 0), values));
                Tree::Hole
            }
        };
    }
    let mut written = BTreeMap::new();
    let mut complete = true;
    for (name, offset) in text.names() {
        let place = in_string(place, offset);
        match values.get(name).map(|it| (plain(it), it)) {
            Some((Some(text), _)) => {
                written.insert(name, text);
            }
            Some((None, node)) => {
                complete = false;
                problems.push(
                    Problem::error(
                        "wrong-type",
                        format!(
                            "`{name}` is {}, which cannot stand within text",
                            node.kind()
                        ),
                    )
                    .at(place.to_string())
                    .help("let the placeholder be the whole string, or give it text"),
                );
            }
            None => {
                complete = false;
                problems.push(unknown(name, &place, values));
            }
        }
    }
    if !complete {
        return Tree::Hole;
    }
    match text.render(|name| written.get(name).cloned().unwrap_or_default()) {
        Ok(text) => Tree::Text(text),
        Err(why) => {
            problems.push(Problem::error("template", why).at(place.to_string()));
            Tree::Hole
        }
    }
}

/// A value that can stand within text.
fn plain(node: &Node) -> Option<String> {
    match &node.tree {
        Tree::Text(text) => Some(text.clone()),
        Tree::Number(digits) => Some(digits.clone()),
        Tree::Bool(it) => Some(it.to_string()),
        _ => None,
    }
}

/// A whole value in the template's place, as the type that ECS wants there where that loses
/// nothing.
fn at(place: &Place, value: &Node, shape: Option<Shape>) -> Node {
    let tree = match (&value.tree, shape) {
        (Tree::Number(digits), Some(Shape::Text)) => Tree::Text(digits.clone()),
        (Tree::Bool(it), Some(Shape::Text)) => Tree::Text(it.to_string()),
        (Tree::Text(text), Some(Shape::Integer)) if is_integer(text) => Tree::Number(text.clone()),
        (Tree::Text(text), Some(Shape::Boolean)) if text == "true" => Tree::Bool(true),
        (Tree::Text(text), Some(Shape::Boolean)) if text == "false" => Tree::Bool(false),
        (Tree::List(items), _) => Tree::List(
            items
                .iter()
                .map(|it| at(place, it, shape.and_then(Shape::item)))
                .collect(),
        ),
        (Tree::Object(entries), _) => Tree::Object(
            entries
                .iter()
                .map(|it| Entry {
                    node: at(place, &it.node, shape.and_then(|shape| shape.key(&it.key))),
                    place: place.clone(),
                    key: it.key.clone(),
                })
                .collect(),
        ),
        (other, _) => other.clone(),
    };
    Node {
        place: place.clone(),
        tree,
    }
}

/// Digits that a number would be written with: no sign to spare, no leading zeros.
fn is_integer(text: &str) -> bool {
    text.parse::<i64>().is_ok_and(|it| it.to_string() == text)
}

fn check_containers(root: &Node, problems: &mut Vec<Problem>) {
    let Some(list) = root.get("containerDefinitions") else {
        return;
    };
    if let Tree::List(items) = &list.tree
        && items.is_empty()
    {
        problems.push(
            Problem::error("missing-key", "the task definition has no container")
                .at(list.place.to_string()),
        );
    }
    let mut seen: BTreeMap<&str, &Place> = BTreeMap::new();
    for name in list.items().iter().filter_map(|it| it.get("name")) {
        let Some(text) = name.text() else { continue };
        if let Some(first) = seen.insert(text, &name.place) {
            problems.push(
                Problem::error(
                    "duplicate-container",
                    format!("two containers are named `{text}`"),
                )
                .at(name.place.to_string())
                .help(format!("the other one is at {first}")),
            );
        }
    }
}

fn check_fargate(root: &Node, problems: &mut Vec<Problem>) {
    let compatibilities = root.get("requiresCompatibilities");
    let fargate = compatibilities
        .and_then(|list| list.items().iter().find(|it| it.text() == Some("FARGATE")));
    let Some(fargate) = fargate else { return };
    for key in ["cpu", "memory"] {
        if root.get(key).is_none() {
            problems.push(
                Problem::error(
                    "missing-key",
                    format!("on Fargate a task definition has `{key}`"),
                )
                .at(fargate.place.to_string()),
            );
        }
    }
    match root.get("networkMode").map(|it| (it, &it.tree)) {
        Some((_, Tree::Hole)) => {}
        Some((_, Tree::Text(mode))) if mode == "awsvpc" => {}
        other => problems.push(
            Problem::error("network-mode", "on Fargate `networkMode` is `awsvpc`")
                .at(other.map_or(&fargate.place, |it| &it.0.place).to_string()),
        ),
    }
    let (Some(cpu), Some(memory)) = (root.get("cpu"), root.get("memory")) else {
        return;
    };
    let (Some(cpu_text), Some(memory_text)) = (cpu.text(), memory.text()) else {
        return;
    };
    let size = match (amount(cpu_text, "vcpu"), amount(memory_text, "gb")) {
        (Some(cpu), Some(memory)) => TaskSize::new(cpu, memory).map_err(|it| it.to_string()),
        _ => Err(
            "`cpu` is a number of CPU units or of `vCPU`, `memory` one of MiB or of `GB`"
                .to_owned(),
        ),
    };
    if let Err(why) = size {
        problems.push(
            Problem::error(
                "fargate-size",
                format!("Fargate has no `cpu` {cpu_text} with `memory` {memory_text}"),
            )
            .at(memory.place.to_string())
            .help(why),
        );
    }
}

/// `256`, `0.25 vCPU` or `.5vcpu`; `512`, `2 GB` or `2GB`: in units of which 1,024 are one.
fn amount(text: &str, unit: &str) -> Option<u32> {
    let lower = text.to_ascii_lowercase();
    let Some(number) = lower.strip_suffix(unit) else {
        return text.parse().ok();
    };
    let number = number.trim_end();
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u32 = match whole {
        "" => 0,
        _ => whole.parse().ok()?,
    };
    let fraction = match fraction.trim_end_matches('0') {
        "" => 0,
        "5" => 512,
        "25" => 256,
        "75" => 768,
        _ => return None,
    };
    whole.checked_mul(1024)?.checked_add(fraction)
}
