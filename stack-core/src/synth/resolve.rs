//! Turns every reference of a stack into what its template says, and checks that it leads
//! somewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::names::Names;
use super::sub::simplify;
use super::wiring::Wiring;
use crate::build::StackData;
use crate::place::Place;
use crate::problem::{Origin, Problem};
use crate::schema;
use crate::value::{Expr, Key, Object, Part, Piece, Reference, pieces};

/// What a walk over one stack needs and finds.
struct Walk<'a> {
    stack: &'static str,
    names: &'a Names,
    wiring: &'a Wiring,
    problems: &'a mut Vec<Problem>,
    origin: Origin,
    loop_variable: Option<String>,
    /// The resources that the tree walked last refers to in its own stack.
    found: Vec<&'static str>,
    conditions: BTreeSet<&'static str>,
    mappings: BTreeSet<&'static str>,
    parameters: BTreeSet<&'static str>,
    language_extensions: bool,
}

/// Resolves all sections of a stack in place.
pub(super) fn stack(
    name: &'static str,
    data: &mut StackData,
    names: &BTreeMap<&'static str, Names>,
    wiring: &Wiring,
    problems: &mut Vec<Problem>,
) {
    let Some(own) = names.get(name) else { return };
    let Some(origin) = data.origin else { return };
    let mut walk = Walk {
        stack: name,
        names: own,
        wiring,
        problems,
        origin,
        loop_variable: None,
        found: Vec::new(),
        conditions: BTreeSet::new(),
        mappings: BTreeSet::new(),
        parameters: BTreeSet::new(),
        language_extensions: false,
    };
    for (_, output) in wiring.outputs.get(name).into_iter().flat_map(Object::iter) {
        let value = output.as_object().and_then(|it| it.get("Value"));
        let id = value.and_then(Expr::refers_to).map(|(id, _)| id);
        walk.parameters.extend(id.and_then(|it| own.parameter(it)));
    }
    // In the order of the resources' ids.
    let mut edges: Vec<(&'static str, Vec<&'static str>)> =
        Vec::with_capacity(data.resources.len());
    for (id, entry) in &mut data.resources {
        walk.origin = entry.origin;
        let place = Place::root(id);
        for (field, value) in entry.properties.iter_mut() {
            walk.expr(value, &place.field(field));
        }
        for (field, value) in entry.attributes.iter_mut() {
            if field == "Condition" {
                walk.condition_name(value, &place.field(field));
            } else {
                walk.expr(value, &place.field(field));
            }
        }
        let mut referred = std::mem::take(&mut walk.found);
        let depends_on = walk.depends_on(&entry.after, &referred, id);
        referred.extend(&depends_on);
        referred.sort_unstable();
        referred.dedup();
        if !depends_on.is_empty() {
            let ids: Vec<Expr> = depends_on.into_iter().map(Expr::from).collect();
            entry.attributes.set("DependsOn", ids);
        }
        edges.push((id, referred));
    }
    for (section, entries) in [
        ("Conditions", &mut data.conditions),
        ("Mappings", &mut data.mappings),
        ("Rules", &mut data.rules),
        ("Outputs", &mut data.outputs),
        ("Parameters", &mut data.parameters),
    ] {
        for (id, entry) in entries.iter_mut() {
            walk.origin = entry.origin;
            let place = Place::root(section);
            if section == "Outputs"
                && let Expr::Object(body) = &mut entry.body
                && let Some(condition) = body.get_mut("Condition")
            {
                walk.condition_name(condition, &place.field(id));
            }
            walk.expr(&mut entry.body, &place.field(id));
        }
    }
    for (id, entry) in &mut data.loops {
        walk.origin = entry.origin;
        walk.language_extensions = true;
        if let Expr::List(parts) = &entry.body {
            walk.loop_variable = parts.first().and_then(Expr::as_str).map(str::to_owned);
        }
        walk.expr(&mut entry.body, &Place::root(id));
        walk.loop_variable = None;
    }
    let Walk {
        conditions,
        mappings,
        parameters,
        language_extensions,
        ..
    } = walk;
    super::graph::cycles(name, edges, data, problems);
    unused(
        name,
        data,
        &[
            ("condition", conditions),
            ("mapping", mappings),
            ("parameter", parameters),
        ],
        problems,
    );
    let extensions = "AWS::LanguageExtensions".to_owned();
    if language_extensions && !data.transforms.contains(&extensions) {
        // Language extensions come before other macros, which see their result.
        data.transforms.insert(0, extensions);
    }
}

fn unused(
    stack: &str,
    data: &StackData,
    used: &[(&'static str, BTreeSet<&'static str>)],
    problems: &mut Vec<Problem>,
) {
    if data
        .transforms
        .iter()
        .any(|it| it != "AWS::LanguageExtensions")
    {
        return;
    }
    for (what, used) in used {
        let entries = match *what {
            "condition" => &data.conditions,
            "mapping" => &data.mappings,
            _ => &data.parameters,
        };
        for (id, entry) in entries.iter().filter(|(id, _)| !used.contains(*id)) {
            problems.push(
                Problem::warning("unused-name", format!("{what} `{id}` is not used"))
                    .from(entry.origin)
                    .at(format!("{stack}/{id}"))
                    .help("use it, or take it out"),
            );
        }
    }
}

impl Walk<'_> {
    fn report(&mut self, place: &Place<'_>, problem: Problem) {
        let place = format!("{}/{place}", self.stack);
        self.problems.push(problem.from(self.origin).at(place));
    }

    fn expr(&mut self, expr: &mut Expr, place: &Place<'_>) {
        match expr {
            Expr::Bool(_) | Expr::Int(_) | Expr::Decimal(_) => (),
            Expr::Null => self.report(
                place,
                Problem::error("null-value", "a template cannot hold `null`")
                    .help("leave the value out, or use `no_value()`"),
            ),
            Expr::String(text) => {
                if text.as_bytes().contains(&b'{') && text.contains("{{resolve:") {
                    self.plain_dynamic(text, place);
                }
            }
            Expr::Dynamic(text) => *expr = Expr::String(std::mem::take(text)),
            Expr::Reference(reference) => *expr = self.reference(*reference, place),
            Expr::List(items) => {
                for (n, item) in items.iter_mut().enumerate() {
                    self.expr(item, &place.item(n));
                }
            }
            Expr::Object(_) => self.object(expr, place),
        }
    }

    fn plain_dynamic(&mut self, text: &str, place: &Place<'_>) {
        self.report(
            place,
            Problem::error(
                "plain-dynamic-reference",
                format!("the text `{text}` would make CloudFormation fetch a stored value"),
            )
            .help("if that is meant, write `DynamicReference::ssm(…)` or `::secret(…)`; text from outside must not hold `{{resolve:`"),
        );
    }

    fn object(&mut self, expr: &mut Expr, place: &Place<'_>) {
        let Expr::Object(fields) = expr else { return };
        let name = fields.only().map_or("", |(name, _)| name);
        let is_function = matches!(name, "Ref" | "Condition") || name.starts_with("Fn::");
        if name == "Fn::Sub" {
            // The template is checked after its variables are resolved and inlined.
            self.sub(expr, place);
            return;
        }
        for (name, value) in fields.iter_mut() {
            let first_is_name = matches!(name, "Fn::If" | "Fn::FindInMap");
            if let (true, Expr::List(items)) = (first_is_name, &mut *value)
                && let Some((first, rest)) = items.split_first_mut()
            {
                match name {
                    "Fn::If" => self.condition_name(first, place),
                    _ => self.mapping_name(first, place),
                }
                for (n, item) in rest.iter_mut().enumerate() {
                    self.expr(item, &place.item(n + 1));
                }
                continue;
            }
            if name == "Condition" && is_function && value.as_object().is_none() {
                self.condition_name(value, place);
                continue;
            }
            // Functions do not show in places: `Api.Subnets[0]`, whatever function gives it.
            if name.starts_with("Fn::") || name == "Ref" {
                self.expr(value, place);
            } else {
                self.expr(value, &place.field(name));
            }
        }
        if !is_function {
            return;
        }
        match fields.only().map_or("", |(name, _)| name) {
            "Ref" | "Fn::GetAtt" => {
                if let Some((id, attribute)) = expr.refers_to() {
                    self.plain_reference(id, attribute, place);
                }
            }
            "Fn::Length" | "Fn::ToJsonString" => self.language_extensions = true,
            name if name.starts_with("Fn::ForEach") => self.language_extensions = true,
            _ => (),
        }
    }

    /// A `Ref` or `Fn::GetAtt` by bare name, as raw trees hold them.
    fn plain_reference(&mut self, id: &str, attribute: Option<&str>, place: &Place<'_>) {
        if id.starts_with("AWS::") || self.loop_variable.as_deref() == Some(id) {
            return;
        }
        if attribute.is_none()
            && let Some(id) = self.names.parameter(id)
        {
            self.parameters.insert(id);
            return;
        }
        let wired = self.wiring.parameters.get(self.stack);
        if attribute.is_none() && wired.is_some_and(|it| it.contains(id)) {
            return;
        }
        match self.names.resource(id) {
            Some((id, kind)) => {
                self.found.push(id);
                self.attribute(id, kind, attribute, place);
            }
            None if self.names.open || self.names.has(id) => (),
            None => {
                let stack = self.stack;
                let problem = Problem::error(
                    "unresolved-reference",
                    format!("`{id}` is neither a resource nor a parameter of stack `{stack}`"),
                );
                let problem = match self.names.close_to(id) {
                    Some(close) => problem.help(format!("did you mean `{close}`?")),
                    None => problem.help("refer to things by the handle that `add` returned"),
                };
                self.report(place, problem);
            }
        }
    }

    fn attribute(&mut self, id: &str, kind: &str, attribute: Option<&str>, place: &Place<'_>) {
        let Some(attribute) = attribute else { return };
        let Some(facts) = schema::find(kind) else {
            return;
        };
        if facts.has_attribute(attribute) {
            return;
        }
        let problem = Problem::error(
            "unknown-attribute",
            format!("`{id}` ({kind}) has no attribute `{attribute}`"),
        );
        let attributes: Vec<String> = facts.attributes().iter().map(ToString::to_string).collect();
        let near = crate::closest(attribute, attributes.iter().map(String::as_str));
        let problem = match near {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None if attributes.is_empty() => problem.help(format!("{kind} has no attributes")),
            None => problem.help(format!("it has `{}`", attributes.join("`, `"))),
        };
        self.report(place, problem);
    }

    fn reference(&mut self, reference: Reference, place: &Place<'_>) -> Expr {
        let (key, part) = (reference.key, reference.part());
        if let Part::Attribute(name) = part {
            self.attribute(key.id, key.kind, Some(name), place);
        }
        if key.stack == self.stack {
            match (part, self.names.parameter(key.id)) {
                (Part::Ref, Some(id)) => drop(self.parameters.insert(id)),
                (Part::Name, _) => (),
                _ => self
                    .found
                    .extend(self.names.resource(key.id).map(|(id, _)| id)),
            }
            return reference.within_stack();
        }
        if part == Part::Name {
            self.foreign_name(key, place);
            return Expr::from(key.id);
        }
        match self.wiring.cross(self.stack, reference) {
            Ok(expr) => expr,
            Err(problem) => {
                self.report(place, problem);
                Expr::from(key.id)
            }
        }
    }

    /// Conditions and mappings only have a meaning where they are read by name.
    fn foreign_name(&mut self, key: &'static Key, place: &Place<'_>) {
        if key.stack == self.stack {
            return;
        }
        let message = format!("`{}` belongs to stack `{}`", key.id, key.stack);
        self.report(
            place,
            Problem::error("foreign-name", message).help(
                "conditions and mappings cannot be used from another stack; make one in each",
            ),
        );
    }

    fn condition_name(&mut self, expr: &mut Expr, place: &Place<'_>) {
        if self.is_foreign(expr) {
            self.expr(expr, place);
            return;
        }
        self.expr(expr, place);
        let Some(name) = expr.as_str() else { return };
        if let Some(name) = self.names.condition(name) {
            self.conditions.insert(name);
        } else if !self.names.open {
            let problem = Problem::error(
                "unresolved-condition",
                format!("there is no condition `{name}`"),
            );
            let problem = match self.names.close_condition(name) {
                Some(close) => problem.help(format!("did you mean `{close}`?")),
                None => problem.help("make it with `stack.condition(…)` and use its handle"),
            };
            self.report(place, problem);
        }
    }

    fn is_foreign(&self, expr: &Expr) -> bool {
        matches!(expr, Expr::Reference(it) if it.key.stack != self.stack)
    }

    fn mapping_name(&mut self, expr: &mut Expr, place: &Place<'_>) {
        if self.is_foreign(expr) {
            self.expr(expr, place);
            return;
        }
        self.expr(expr, place);
        let Some(name) = expr.as_str() else { return };
        if let Some(name) = self.names.mapping(name) {
            self.mappings.insert(name);
        } else if !self.names.open {
            let problem = Problem::error(
                "unresolved-mapping",
                format!("there is no mapping `{name}`"),
            );
            self.report(
                place,
                problem.help("make it with `stack.mapping(…)` and use its handle"),
            );
        }
    }

    fn sub(&mut self, expr: &mut Expr, place: &Place<'_>) {
        if let Expr::Object(call) = &mut *expr
            && let Some(argument) = call.get_mut("Fn::Sub")
        {
            match argument {
                Expr::String(text) if text.contains("{{resolve:") => {
                    self.plain_dynamic(text, place);
                }
                Expr::List(parts) => {
                    if let Some(Expr::String(text)) = parts.first()
                        && text.contains("{{resolve:")
                    {
                        self.plain_dynamic(text, place);
                    }
                    if let Some(Expr::Object(variables)) = parts.get_mut(1) {
                        for (name, value) in variables.iter_mut() {
                            self.expr(value, &place.field(name));
                        }
                    }
                }
                _ => (),
            }
        }
        simplify(expr);
        let Some(("Fn::Sub", argument)) = expr.intrinsic() else {
            if let Some((id, attribute)) = expr.refers_to() {
                self.plain_reference(id, attribute, place);
            }
            return;
        };
        let (template, local) = match argument {
            Expr::List(parts) => (
                parts.first().and_then(Expr::as_str),
                parts.get(1).and_then(Expr::as_object),
            ),
            text => (text.as_str(), None),
        };
        for piece in template.into_iter().flat_map(pieces) {
            let Piece::Placeholder(name) = piece else {
                continue;
            };
            if local.is_some_and(|it| it.contains(name)) {
                continue;
            }
            let (id, attribute) = match name.split_once('.') {
                Some((id, attribute)) => (id, Some(attribute)),
                None => (name, None),
            };
            self.plain_reference(id, attribute, place);
        }
    }

    /// The ids for `DependsOn`: what references do not already put in order.
    fn depends_on(
        &mut self,
        after: &[&'static Key],
        referred: &[&'static str],
        id: &str,
    ) -> BTreeSet<&'static str> {
        let mut ids = BTreeSet::new();
        for key in after {
            // Another stack is waited for as a whole.
            if key.stack != self.stack {
                continue;
            }
            if self.names.resource(key.id).is_none() {
                let message = format!("`{}` is no resource of stack `{}`", key.id, key.stack);
                self.report(
                    &Place::root(id),
                    Problem::error("unresolved-reference", message),
                );
            } else if !referred.contains(&key.id) {
                ids.insert(key.id);
            }
        }
        ids
    }
}
