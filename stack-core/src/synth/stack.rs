//! Puts one stack's template together and checks it against the schema facts.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::assembly::SynthesizedStack;
use super::tags;
use super::wiring::Wiring;
use crate::build::{ResourceEntry, SectionEntry, StackData};
use crate::problem::{Origin, Problem, Severity};
use crate::schema;
use crate::template::Template;
use crate::value::{Expr, Object};

type Section = BTreeMap<&'static str, SectionEntry>;

/// The finished stack. Problems are added to the list; with an error among them, the result is
/// thrown away.
pub(super) fn assemble(
    name: &'static str,
    data: StackData,
    wiring: &Wiring,
    problems: &mut Vec<Problem>,
) -> SynthesizedStack {
    let mut root = Object::new();
    root.reserve(5);
    root.set("AWSTemplateFormatVersion", "2010-09-09");
    if let Some(description) = data.description {
        root.set("Description", description);
    }
    if !data.metadata.is_empty() {
        root.set("Metadata", data.metadata);
    }
    match data.transforms.as_slice() {
        [] => (),
        [one] => drop(root.set("Transform", one.clone())),
        many => drop(root.set(
            "Transform",
            many.iter().cloned().map(Expr::from).collect::<Vec<_>>(),
        )),
    }
    let origins = data.resources.iter().map(|(id, it)| (*id, it.origin));
    let origins = origins.collect();
    let mut schema = Vec::new();
    let mut resources: Vec<(&'static str, Expr)> = Vec::with_capacity(data.resources.len());
    for (id, entry) in data.resources {
        let found = &mut |it| schema.push((id, it));
        resources.push((id, resource(name, id, entry, &data.tags, found, problems)));
    }
    let loops = data
        .loops
        .into_iter()
        .map(|(id, it)| (format!("Fn::ForEach::{id}"), it.body));
    let mut resources: Object = resources.into_iter().collect();
    for (id, body) in loops {
        resources.set(id, body);
    }
    // Where something else is wrong, the missing resource may be what was refused.
    if resources.is_empty() && problems.iter().all(|it| it.severity != Severity::Error) {
        problems.push(
            Problem::error("empty-stack", format!("stack `{name}` has no resources"))
                .from(data.origin)
                .at(name)
                .help("CloudFormation takes no stack without a resource: add one, or leave the stack out"),
        );
    }
    root.set("Resources", resources);
    let parameters = wiring.parameters.get(name);
    let outputs = wiring.outputs.get(name);
    section(
        &mut root,
        "Parameters",
        data.parameters,
        parameters,
        name,
        problems,
    );
    section(&mut root, "Mappings", data.mappings, None, name, problems);
    section(
        &mut root,
        "Conditions",
        data.conditions,
        None,
        name,
        problems,
    );
    section(&mut root, "Rules", data.rules, None, name, problems);
    section(&mut root, "Outputs", data.outputs, outputs, name, problems);
    SynthesizedStack {
        name,
        environment: data.environment,
        termination_protection: data.termination_protection,
        deployment: data.deployment,
        arguments: data.arguments,
        tags: data.tags,
        template: Template::from_object(root),
        body: OnceLock::new(),
        origins,
        schema,
    }
}

fn resource(
    stack: &str,
    id: &'static str,
    entry: ResourceEntry,
    tags: &BTreeMap<String, String>,
    found: &mut dyn FnMut(schema::Finding),
    problems: &mut Vec<Problem>,
) -> Expr {
    let ResourceEntry {
        kind,
        mut properties,
        mut attributes,
        origin,
        ..
    } = entry;
    tags::apply(kind, &mut properties, tags);
    let mut against = |it| {
        problems.push(problem(stack, id, origin, &it));
        found(it);
    };
    if !schema::validate(kind, &properties, &mut against) {
        unknown_type(stack, id, kind, origin, problems);
    }
    attributes.reserve(2);
    attributes.set("Type", kind);
    if !properties.is_empty() {
        attributes.set("Properties", properties);
    }
    Expr::Object(attributes)
}

/// What the schema facts say, to the user.
fn problem(stack: &str, id: &str, origin: Origin, finding: &schema::Finding) -> Problem {
    let place = match finding.place.as_str() {
        "" => format!("{stack}/{id}"),
        inner => format!("{stack}/{id}.{inner}"),
    };
    Problem {
        code: finding.code,
        severity: finding.severity,
        message: finding.message.clone(),
        origin: Some(origin),
        place: Some(place),
        help: finding.help.clone(),
    }
}

fn unknown_type(
    stack: &str,
    id: &str,
    kind: &'static str,
    origin: Origin,
    problems: &mut Vec<Problem>,
) {
    if !kind.starts_with("AWS::") || kind == "AWS::CloudFormation::CustomResource" {
        return;
    }
    let close = crate::closest(kind, schema::resource_types());
    let problem = Problem::warning(
        "unknown-type",
        format!("`{kind}` is no resource type known to this version"),
    )
    .from(origin)
    .at(format!("{stack}/{id}"));
    problems.push(match close {
        Some(close) => problem.help(format!("did you mean `{close}`?")),
        None => problem.help("its properties are not checked"),
    });
}

fn section(
    root: &mut Object,
    name: &'static str,
    own: Section,
    wired: Option<&Object>,
    stack: &str,
    problems: &mut Vec<Problem>,
) {
    let mut entries: Object = own.into_iter().map(|(id, it)| (id, it.body)).collect();
    for (id, body) in wired.into_iter().flat_map(Object::iter) {
        match entries.get(id) {
            None => drop(entries.set(id.to_owned(), body.clone())),
            Some(own) if own == body => (),
            Some(_) => problems.push(
                Problem::error(
                    "duplicate-id",
                    format!("another stack needs an output called `{id}`"),
                )
                .at(format!("{stack}/{name}.{id}"))
                .help("give your own output another id"),
            ),
        }
    }
    if !entries.is_empty() {
        root.set(name, entries);
    }
}
