//! [`Shape`]: what of a template of an environment is the image, the priority, the service.

use std::collections::{BTreeMap, BTreeSet};

use branch_naming::tags;
use stack_core::{Expr, Object, Template};

/// What a template of an environment is made of, as far as it is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// The parameter that is the tag or digest of the image.
    pub image: Option<String>,
    /// The containers that run it.
    pub containers: BTreeSet<String>,
    /// The parameter that is the priority of the rule.
    pub priority: Option<String>,
    /// The parameter or text that is the listener.
    pub listener: Option<Given>,
    /// The hosts of the rule.
    pub hosts: Vec<String>,
    /// The logical id of the service.
    pub service: Option<String>,
    /// The parameter or text that is the cluster.
    pub cluster: Option<Given>,
    /// How many tasks run.
    pub tasks: u32,
    /// CPU units and MiB of a task.
    pub size: (u32, u32),
    /// What parameters are by default.
    pub defaults: BTreeMap<String, String>,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// From this parameter.
    Parameter(String),
    /// It is this text.
    Text(String),
}

impl Given {
    /// The value, when the parameters tell it.
    pub fn value<'a>(&'a self, parameters: &'a BTreeMap<String, String>) -> Option<&'a str> {
        match self {
            Given::Parameter(name) => parameters.get(name).map(String::as_str),
            Given::Text(text) => Some(text),
        }
    }
}

impl Shape {
    /// The shape of a template. What is not there as in an environment is none.
    pub fn of(template: &Template) -> Shape {
        let mut shape = Shape::default();
        for (name, it) in template
            .section("Parameters")
            .into_iter()
            .flat_map(Object::iter)
        {
            let default = it.as_object().and_then(|it| it.get("Default"));
            if let Some(default) = default.and_then(plain) {
                shape.defaults.insert(name.to_owned(), default);
            }
        }
        let of_kind = |kind| {
            template
                .resources()
                .filter(|it| it.1.kind() == kind)
                .count()
        };
        // Of an environment with several, none is the one.
        let one_service = of_kind("AWS::ECS::Service") == 1;
        let one_rule = of_kind("AWS::ElasticLoadBalancingV2::ListenerRule") == 1;
        for (id, resource) in template.resources() {
            match resource.kind() {
                "AWS::ElasticLoadBalancingV2::ListenerRule" if one_rule => {
                    shape.priority = resource.property("Priority").and_then(reference);
                    shape.listener = resource.property("ListenerArn").and_then(given);
                    if let Some(conditions) = resource.property("Conditions") {
                        shape.hosts = hosts(conditions);
                    }
                }
                "AWS::ECS::Service" if one_service => {
                    shape.service = Some(id.to_owned());
                    shape.cluster = resource.property("Cluster").and_then(given);
                    shape.tasks = resource
                        .property("DesiredCount")
                        .and_then(number)
                        .unwrap_or(1);
                }
                "AWS::ECS::TaskDefinition" => {
                    let of = |name| resource.property(name).and_then(number).unwrap_or(0);
                    shape.size = (of("Cpu"), of("Memory"));
                    let containers = resource.property("ContainerDefinitions");
                    let containers = containers.and_then(Expr::as_list).unwrap_or_default();
                    for it in containers.iter().filter_map(Expr::as_object) {
                        shape.container(it);
                    }
                }
                _ => (),
            }
        }
        shape
    }

    fn container(&mut self, it: &Object) {
        let Some(parameter) = it.get("Image").and_then(version) else {
            return;
        };
        // One parameter is the image; a container with another one is a companion.
        if self.image.get_or_insert_with(|| parameter.clone()) == &parameter
            && let Some(name) = it.get("Name").and_then(Expr::as_str)
        {
            self.containers.insert(name.to_owned());
        }
    }
}

/// `{"Ref": "P"}`.
fn reference(it: &Expr) -> Option<String> {
    match it.intrinsic()? {
        ("Ref", name) => name.as_str().map(str::to_owned),
        _ => None,
    }
}

fn given(it: &Expr) -> Option<Given> {
    let text = || it.as_str().map(|it| Given::Text(it.to_owned()));
    reference(it).map(Given::Parameter).or_else(text)
}

fn plain(it: &Expr) -> Option<String> {
    match it {
        Expr::Int(number) => Some(number.to_string()),
        other => other.as_str().map(str::to_owned),
    }
}

fn number(it: &Expr) -> Option<u32> {
    plain(it)?.parse().ok()
}

/// The parameter at the end of `{"Fn::Sub": "…:${P}"}`.
fn version(image: &Expr) -> Option<String> {
    let ("Fn::Sub", text) = image.intrinsic()? else {
        return None;
    };
    let text = text.as_str()?.strip_suffix('}')?;
    let (before, name) = text.rsplit_once("${")?;
    let ends = before.ends_with([':', '@']);
    (ends && name.bytes().all(|it| it.is_ascii_alphanumeric())).then(|| name.to_owned())
}

fn hosts(conditions: &Expr) -> Vec<String> {
    let each = conditions.as_list().unwrap_or_default().iter();
    let of = |it: &Expr| -> Option<Vec<String>> {
        let it = it.as_object()?;
        let values = it.get("HostHeaderConfig")?.as_object()?.get("Values")?;
        let values = values.as_list()?.iter().filter_map(Expr::as_str);
        Some(values.map(str::to_owned).collect())
    };
    each.filter_map(of).flatten().collect()
}

/// The template without what differs between two deployments of one environment: what parameters
/// are by default, since each is given, and the tags of the system.
pub(super) fn essence(template: &Template) -> Object {
    let mut root = template.root().clone();
    if let Some(Expr::Object(parameters)) = root.get_mut("Parameters") {
        for (_, it) in parameters.iter_mut() {
            if let Expr::Object(it) = it {
                it.remove("Default");
            }
        }
    }
    each_tags(&mut root, &mut |all| {
        all.retain(|it| !tag_key(it).is_some_and(|key| key.starts_with(tags::SYSTEM)));
    });
    root
}

/// The template with another life in the tags of its resources.
pub(super) fn with_life(template: &Template, hours: Option<u32>) -> Template {
    let mut root = template.root().clone();
    each_tags(&mut root, &mut |all| {
        if !all.iter().any(|it| tag_key(it) == Some(tags::SYSTEM)) {
            return;
        }
        all.retain(|it| tag_key(it) != Some(tags::HOURS));
        if let Some(hours) = hours {
            let mut tag = Object::new();
            tag.set("Key", Expr::from(tags::HOURS));
            tag.set("Value", Expr::String(hours.to_string().into()));
            let after = |it: &Expr| tag_key(it).is_some_and(|key| key > tags::HOURS);
            let at = all.iter().position(after).unwrap_or(all.len());
            all.insert(at, Expr::Object(tag));
        }
    });
    Template::from_object(root)
}

fn tag_key(it: &Expr) -> Option<&str> {
    it.as_object()?.get("Key")?.as_str()
}

fn each_tags(root: &mut Object, change: &mut dyn FnMut(&mut Vec<Expr>)) {
    let Some(Expr::Object(resources)) = root.get_mut("Resources") else {
        return;
    };
    for (_, it) in resources.iter_mut() {
        if let Expr::Object(it) = it
            && let Some(Expr::Object(properties)) = it.get_mut("Properties")
            && let Some(Expr::List(tags)) = properties.get_mut("Tags")
        {
            change(tags);
        }
    }
}

/// Tag or digest at the end of an image's name.
pub(super) fn version_of(image: &str) -> Option<&str> {
    let name = image.rsplit('/').next()?;
    match name.split_once('@') {
        Some((_, digest)) => Some(digest),
        None => name.split_once(':').map(|it| it.1),
    }
}

/// The image's name with another tag or digest of the same kind.
pub(super) fn with_version(image: &str, version: &str) -> Option<String> {
    let now = version_of(image)?;
    let same_kind = now.starts_with("sha256:") == version.starts_with("sha256:");
    let stem = image.strip_suffix(now)?;
    same_kind.then(|| format!("{stem}{version}"))
}

/// Whether the text can be a tag or a digest of an image.
pub fn is_image(text: &str) -> bool {
    if let Some(digest) = text.strip_prefix("sha256:") {
        return digest.len() == 64
            && digest
                .bytes()
                .all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
    }
    let first = |it: char| it.is_ascii_alphanumeric() || it == '_';
    (1..=128).contains(&text.len())
        && text.starts_with(first)
        && text
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"_.-".contains(&it))
}
