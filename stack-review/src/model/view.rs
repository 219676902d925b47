//! [`Stack`], [`Resource`] and [`View`]: how a template is looked at in one world.

use std::borrow::Cow;
use std::collections::BTreeSet;

use stack_core::template::ResourceView;
use stack_core::{Expr, Template, schema};

use super::calls::{Call, Calls, Owner};
use super::evaluate::Evaluation;
use super::functions;
use super::value::{Handle, Piece, Value};
use super::world::World;

/// One stack in one world.
#[derive(Clone, Copy, Debug)]
pub struct Stack<'e, 'a> {
    world: World<'e, 'a>,
    number: usize,
}

/// What changes a template before it is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transforms {
    /// Nothing that makes resources.
    None,
    /// SAM, whose resources begin with the names of those it is given.
    Serverless,
    /// A macro or a loop, which can make anything.
    Any,
}

impl Transforms {
    pub(super) fn of(template: &Template) -> Transforms {
        let root = template.root();
        let sections = [
            "Resources",
            "Conditions",
            "Outputs",
            "Mappings",
            "Parameters",
        ];
        let loops = sections.iter().filter_map(|it| template.section(it));
        if loops
            .into_iter()
            .any(|it| it.keys().any(|id| id.starts_with("Fn::")))
        {
            return Transforms::Any;
        }
        let mut found = Transforms::None;
        let each = match root.get("Transform") {
            None => return found,
            Some(Expr::List(all)) => all.as_slice(),
            Some(one) => std::slice::from_ref(one),
        };
        for one in each {
            match one.as_str() {
                Some("AWS::LanguageExtensions") => (),
                Some(it) if it.starts_with("AWS::SecretsManager") => (),
                Some(it) if it.starts_with("AWS::Serverless-") => found = Transforms::Serverless,
                _ => return Transforms::Any,
            }
        }
        found
    }
}

/// One resource that is there in this world.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'e, 'a> {
    stack: Stack<'e, 'a>,
    resource: ResourceView<'a>,
}

/// A value within a resource: what it comes to, and where it stands.
#[derive(Clone, Debug)]
pub struct View<'e, 'a> {
    resource: Resource<'e, 'a>,
    /// The expression it came from; for what is not set, the one that could hold it.
    from: &'a Expr,
    /// What is not set in `from`.
    missing: Cow<'a, str>,
    value: Value<'a>,
}

impl<'e, 'a> Stack<'e, 'a> {
    pub(super) fn new(world: World<'e, 'a>, number: usize) -> Stack<'e, 'a> {
        Stack { world, number }
    }

    /// The name of the stack.
    pub fn name(self) -> &'a str {
        self.world.estate.stacks[self.number].input.name
    }

    /// Its place among the stacks.
    pub fn number(self) -> usize {
        self.number
    }

    /// The template.
    pub fn template(self) -> &'a Template {
        self.world.estate.stacks[self.number].input.template
    }

    /// The world.
    pub fn world(self) -> World<'e, 'a> {
        self.world
    }

    /// The stacks that it takes values from, by their places.
    pub fn feeders(self) -> BTreeSet<usize> {
        let stacks = &self.world.estate.stacks;
        let wires = stacks[self.number].input.wires.values();
        wires
            .filter_map(|(name, _)| stacks.binary_search_by_key(name, |it| it.input.name).ok())
            .collect()
    }

    /// Whether there are no other stacks beside it.
    pub(crate) fn is_alone(self) -> bool {
        self.world.estate.stacks.len() == 1
    }

    /// The account it is deployed to, when that is known.
    pub fn account(self) -> Option<&'a str> {
        self.world.estate.stacks[self.number].input.account
    }

    /// The region it is deployed to, when that is known.
    pub fn region(self) -> Option<&'a str> {
        self.world.estate.stacks[self.number].input.region
    }

    /// The resources of this type that are there, sorted by logical id.
    pub fn of(self, kind: &str) -> impl Iterator<Item = Resource<'e, 'a>> + use<'e, 'a> {
        let model = &self.world.estate.stacks[self.number];
        let all = model.resources_of(kind);
        all.iter().filter_map(move |it| self.when_there(*it))
    }

    /// All resources that are there, sorted by logical id.
    pub fn resources(self) -> impl Iterator<Item = Resource<'e, 'a>> + use<'e, 'a> {
        let all = self.template().resources();
        all.filter_map(move |(_, it)| self.when_there(it))
    }

    /// The types of all resources by the numbers that [`Mention::target`](super::Mention) has, there
    /// or not.
    pub(crate) fn kinds_by_number(self) -> &'e [&'a str] {
        &self.world.estate.stacks[self.number].kind_of
    }

    /// A resource by its logical id, when it is there.
    pub fn resource(self, id: &str) -> Option<Resource<'e, 'a>> {
        self.when_there(self.written(id)?)
    }

    /// A resource by its logical id as the template says it, whether it is there or not.
    pub fn written(self, id: &str) -> Option<ResourceView<'a>> {
        self.world.estate.stacks[self.number].resource(id)
    }

    fn when_there(self, resource: ResourceView<'a>) -> Option<Resource<'e, 'a>> {
        let condition = resource.attribute("Condition").and_then(Expr::as_str);
        let there = condition.is_none_or(|it| self.condition(it).unwrap_or(true));
        there.then_some(Resource {
            stack: self,
            resource,
        })
    }

    /// The types of its resources, and those that it has of each, in this world or another.
    pub fn kinds(self) -> impl Iterator<Item = (&'a str, &'e [ResourceView<'a>])> {
        let model = &self.world.estate.stacks[self.number];
        model
            .kinds
            .iter()
            .map(|(kind, all)| (*kind, all.as_slice()))
    }

    /// What a condition says.
    pub fn condition(self, name: &str) -> Option<bool> {
        self.world.condition(self.number, name)
    }

    /// Whether something generates further resources at deployment: a macro, SAM, a loop. What is
    /// missing then may be made by it.
    pub fn has_transform(self) -> bool {
        let root = self.template().root();
        let loops = self.template().section("Resources");
        root.contains("Transform")
            || loops.is_some_and(|it| it.iter().any(|(id, _)| id.starts_with("Fn::")))
    }

    /// Whether something may make a resource of this name at deployment: a macro, SAM, a module.
    pub fn may_make(self, id: &str) -> bool {
        let transforms = self.transforms();
        let sam = transforms == Transforms::Serverless;
        transforms == Transforms::Any
            || sam && (id.starts_with("Serverless") || id.starts_with("CodeDeploy"))
            || self.template().resources().any(|(it, resource)| {
                let makes = resource.kind().ends_with("::MODULE")
                    || sam && resource.kind().starts_with("AWS::Serverless::");
                makes && id.starts_with(it)
            })
    }

    /// What changes the template before it is deployed.
    pub fn transforms(self) -> Transforms {
        self.world.estate.stacks[self.number].transforms
    }

    /// Where functions are used in its template.
    pub fn calls(self) -> &'e Calls<'a> {
        &self.world.estate.stacks[self.number].calls
    }

    /// What the schema facts say against its resources, by logical id: of the text as it stands.
    pub(crate) fn schema_findings(
        self,
        find: impl FnOnce() -> Vec<(String, schema::Finding)>,
    ) -> &'e [(String, schema::Finding)] {
        let model = &self.world.estate.stacks[self.number];
        model.schema.get_or_init(find)
    }

    /// Whether a call counts in this world: its resource or output is there, and so are the arms of
    /// `Fn::If` that it is in.
    pub fn counts(self, call: &Call<'a>) -> bool {
        let owner = match call.owner.section {
            "Resources" => self
                .written(call.owner.id)
                .and_then(|it| it.attribute("Condition")),
            "Outputs" => self
                .template()
                .section("Outputs")
                .and_then(|it| it.get(call.owner.id)?.as_object()?.get("Condition")),
            _ => None,
        };
        let is_there = owner
            .and_then(Expr::as_str)
            .is_none_or(|it| self.condition(it) != Some(false));
        is_there && self.calls().counts(call, |it| self.condition(it))
    }

    /// Where a function call stands.
    pub fn place_of_call(self, call: &Call<'_>) -> String {
        let model = &self.world.estate.stacks[self.number];
        place(model.input.template, call.owner, call.expr)
    }

    /// Where an expression of the template stands.
    pub fn place_of(self, owner: Owner<'_>, wanted: &Expr) -> String {
        place(self.template(), owner, wanted)
    }

    /// What any expression of its template comes to.
    pub fn evaluate(self, expr: &'a Expr) -> Value<'a> {
        Evaluation::new(self.world, self.number).value(expr)
    }
}

impl<'e, 'a> Resource<'e, 'a> {
    /// The logical id.
    pub fn id(self) -> &'a str {
        self.resource.id()
    }

    /// The resource type.
    pub fn kind(self) -> &'a str {
        self.resource.kind()
    }

    /// The stack it is in.
    pub fn stack(self) -> Stack<'e, 'a> {
        self.stack
    }

    /// As values refer to it.
    pub fn handle(self) -> Handle<'a> {
        Handle {
            stack: self.stack.number,
            id: self.id(),
            attribute: None,
        }
    }

    /// What the template says of it, conditions and all.
    pub fn raw(self) -> ResourceView<'a> {
        self.resource
    }

    /// A property, or one further down: `NetworkConfiguration.AwsvpcConfiguration.Subnets`.
    pub fn get(self, path: &'a str) -> View<'e, 'a> {
        let properties = self.resource.attribute("Properties");
        let here = Evaluation::new(self.stack.world, self.stack.number);
        let (mut from, mut value) =
            properties.map_or((&Expr::Null, Value::Absent), |it| here.evaluate(it));
        let mut rest = Some(path);
        while let Some(path) = rest {
            let (name, further) = path
                .split_once('.')
                .map_or((path, None), |it| (it.0, Some(it.1)));
            let field = match &value {
                Value::Object(object) => object.get(name),
                _ => None,
            };
            let Some(field) = field else {
                // Below what is not set there is nothing to look at.
                return View {
                    resource: self,
                    from,
                    missing: Cow::Borrowed(path),
                    value: match value {
                        Value::Unknown(it) => Value::Unknown(it),
                        _ => Value::Absent,
                    },
                };
            };
            (from, value) = here.evaluate(field);
            rest = further;
        }
        View {
            resource: self,
            from,
            missing: Cow::Borrowed(""),
            value,
        }
    }

    /// What stands beside the properties: `DependsOn`, `UpdatePolicy`, …
    pub fn attribute(self, name: &str) -> View<'e, 'a> {
        match self.resource.attribute(name) {
            Some(expr) => self.view(expr),
            None => View {
                resource: self,
                from: &Expr::Null,
                missing: Cow::Owned(format!("/{name}")),
                value: Value::Absent,
            },
        }
    }

    /// The resources that it is created after because it says so.
    pub fn depends_on(self) -> Vec<&'a str> {
        match self.resource.attribute("DependsOn") {
            Some(Expr::String(id)) => vec![id],
            Some(Expr::List(ids)) => ids.iter().filter_map(Expr::as_str).collect(),
            _ => Vec::new(),
        }
    }

    fn view(self, expr: &'a Expr) -> View<'e, 'a> {
        let (from, value) = Evaluation::new(self.stack.world, self.stack.number).evaluate(expr);
        View {
            resource: self,
            from,
            missing: Cow::Borrowed(""),
            value,
        }
    }
}

impl<'e, 'a> View<'e, 'a> {
    /// What it comes to.
    pub fn value(&self) -> &Value<'a> {
        &self.value
    }

    /// The resource it is a part of.
    pub fn resource(&self) -> Resource<'e, 'a> {
        self.resource
    }

    /// A field; [`Value::Absent`] when there is none, and not known when this is not.
    pub fn get(&self, name: &'a str) -> View<'e, 'a> {
        match &self.value {
            Value::Object(object) => match object.get(name) {
                Some(expr) => self.resource.view(expr),
                None => self.without(name, Value::Absent),
            },
            Value::Unknown(it) => self.without(name, Value::Unknown(*it)),
            _ => self.without(name, Value::Absent),
        }
    }

    fn without(&self, name: &'a str, value: Value<'a>) -> View<'e, 'a> {
        let missing = match self.missing.as_ref() {
            "" => Cow::Borrowed(name),
            above => Cow::Owned(format!("{above}.{name}")),
        };
        View {
            resource: self.resource,
            from: self.from,
            missing,
            value,
        }
    }

    /// The items of a list that are set; a single value counts as a list of it, as in
    /// CloudFormation. Empty when it is not known: ask [`is_known`](View::is_known).
    pub fn items(&self) -> Vec<View<'e, 'a>> {
        match &self.value {
            Value::List(items) => items
                .iter()
                .map(|it| self.resource.view(it))
                .filter(|it| !it.is_absent())
                .collect(),
            Value::Items(items) => items
                .iter()
                .map(|it| View {
                    value: it.clone(),
                    ..self.clone()
                })
                .collect(),
            Value::Absent | Value::Unknown(_) => Vec::new(),
            _ => vec![self.clone()],
        }
    }

    /// Whether every item of the list is known to be there or not.
    pub fn has_known_items(&self) -> bool {
        match &self.value {
            Value::Unknown(_) => false,
            Value::List(_) => self.items().iter().all(|it| !it.value.is_unknown()),
            _ => true,
        }
    }

    /// The fields of an object, sorted; empty when it is none.
    pub fn fields(&self) -> Vec<(&'a str, View<'e, 'a>)> {
        match &self.value {
            Value::Object(object) => object
                .iter()
                .map(|(name, it)| (name, self.resource.view(it)))
                .filter(|it| !it.1.is_absent())
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The text, number or truth value, as text.
    pub fn text(&self) -> Option<&str> {
        self.value.text()
    }

    /// The whole number.
    pub fn int(&self) -> Option<i64> {
        let text = self.text()?.trim();
        let whole = text.strip_suffix(".0").unwrap_or(text);
        whole.parse().ok()
    }

    /// The truth value, as CloudFormation reads it.
    pub fn bool(&self) -> Option<bool> {
        match self.text()? {
            it if it.eq_ignore_ascii_case("true") => Some(true),
            it if it.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// Whether nothing is set.
    pub fn is_absent(&self) -> bool {
        self.value.is_absent()
    }

    /// Whether something is set, be it known or not.
    pub fn is_set(&self) -> bool {
        !self.is_absent()
    }

    /// Whether it is known before deployment what it is, or that it is not set.
    pub fn is_known(&self) -> bool {
        !self.value.is_unknown()
    }

    /// The resource that it is the name, id or attribute of, when that is there.
    pub fn target(&self) -> Option<Resource<'e, 'a>> {
        let handle = self.value.handle()?;
        self.resource
            .stack
            .world
            .stack(handle.stack)
            .resource(handle.id)
    }

    /// The resource, when it is of this type.
    pub fn target_of(&self, kind: &str) -> Option<Resource<'e, 'a>> {
        self.target().filter(|it| it.kind() == kind)
    }

    /// The parts of a text, those that are known and those that are not.
    pub fn pieces(&self) -> Vec<Piece<'a>> {
        match &self.value {
            Value::Text(text) => vec![Piece::Text(text.clone())],
            Value::Unknown(symbol) => {
                let here = Evaluation::new(self.resource.stack.world, symbol.stack);
                let parts = symbol.expr.intrinsic();
                parts
                    .and_then(|(name, argument)| functions::parts_of(here, name, argument))
                    .unwrap_or_else(|| vec![Piece::Value(self.value.clone())])
            }
            Value::Absent => Vec::new(),
            other => vec![Piece::Value(other.clone())],
        }
    }

    /// The known text at the beginning.
    pub fn prefix(&self) -> Cow<'a, str> {
        match self.pieces().into_iter().next() {
            Some(Piece::Text(text)) => text,
            _ => Cow::Borrowed(""),
        }
    }

    /// Whether both are the same at deployment; `None` when that is only known then.
    pub fn same(&self, other: &View<'e, 'a>) -> Option<bool> {
        self.value.same(&other.value)
    }

    /// Where it stands, from the logical id on: `Api.LoadBalancers[0].ContainerPort`.
    pub fn place(&self) -> String {
        let id = self.resource.id();
        let mut place = id.to_owned();
        if let Some(attribute) = self.missing.strip_prefix('/') {
            return format!("{id}/{attribute}");
        }
        if let Some(path) = find(self.resource.resource, self.from) {
            place.push_str(&path);
        }
        if !self.missing.is_empty() {
            place.push('.');
            place.push_str(&self.missing);
        }
        place
    }
}

/// Where an expression of a template stands.
fn place(template: &Template, owner: Owner<'_>, wanted: &Expr) -> String {
    if owner.section == "Resources" {
        let mut place = owner.id.to_owned();
        if let Some(resource) = template.resource(owner.id)
            && let Some(path) = find(resource, wanted)
        {
            place.push_str(&path);
        }
        return place;
    }
    let mut place = format!("{}.{}", owner.section, owner.id);
    if let Some(entry) = template
        .section(owner.section)
        .and_then(|it| it.get(owner.id))
    {
        descend(entry, wanted, &mut place);
    }
    place
}

/// The way from a resource to an expression in it: `.LoadBalancers[0]`. Property names alone; the
/// names of functions on the way say nothing to the reader.
fn find(resource: ResourceView<'_>, wanted: &Expr) -> Option<String> {
    let mut path = String::new();
    for (name, expr) in resource.body().iter() {
        let begin = match name {
            "Properties" => String::new(),
            other => format!("/{other}"),
        };
        path.push_str(&begin);
        if descend(expr, wanted, &mut path) {
            return Some(path);
        }
        path.clear();
    }
    None
}

/// Writes a number to a text.
fn number(n: usize, out: &mut String) {
    if n >= 10 {
        number(n / 10, out);
    }
    out.push(char::from(b'0' + (n % 10) as u8));
}

fn descend(expr: &Expr, wanted: &Expr, path: &mut String) -> bool {
    if std::ptr::eq(expr, wanted) {
        return true;
    }
    let length = path.len();
    match expr {
        Expr::List(items) => items.iter().enumerate().any(|(n, it)| {
            // Most items are plain, and have nothing in them.
            if !std::ptr::eq(it, wanted) && !matches!(it, Expr::List(_) | Expr::Object(_)) {
                return false;
            }
            path.push('[');
            number(n, path);
            path.push(']');
            let found = descend(it, wanted, path);
            if !found {
                path.truncate(length);
            }
            found
        }),
        Expr::Object(fields) => {
            let choice = expr.intrinsic().is_some_and(|it| it.0 == "Fn::If");
            fields.iter().any(|(name, it)| {
                if choice {
                    // The arm stands where the choice stands.
                    let arms = it.as_list().into_iter().flatten().skip(1);
                    return arms.into_iter().any(|arm| {
                        let found = descend(arm, wanted, path);
                        if !found {
                            path.truncate(length);
                        }
                        found
                    });
                }
                if !std::ptr::eq(it, wanted) && !matches!(it, Expr::List(_) | Expr::Object(_)) {
                    return false;
                }
                path.push('.');
                path.push_str(name);
                let found = descend(it, wanted, path);
                if !found {
                    path.truncate(length);
                }
                found
            })
        }
        _ => false,
    }
}
