//! [`Stack`], [`Resource`] and [`View`]: how a template is looked at in one world.

use std::borrow::Cow;
use std::collections::BTreeSet;

use stack_core::template::ResourceView;
use stack_core::{Expr, Object, Template, schema};

use super::calls::{Call, Calls, Owner};
use super::entry::Entry;
use super::estate::StackModel;
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

/// Whether something generates resources: a transform, or a loop among the resources.
pub(super) fn has_transform(template: &Template) -> bool {
    let resources = template.section("Resources").into_iter();
    template.root().contains("Transform")
        || resources
            .flat_map(Object::keys)
            .any(|it| it.starts_with("Fn::"))
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
    entry: &'e Entry<'a>,
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

    fn model(self) -> &'e StackModel<'a> {
        &self.world.estate.stacks[self.number]
    }

    /// The name of the stack.
    pub fn name(self) -> &'a str {
        self.model().input.name
    }

    /// Its place among the stacks.
    pub fn number(self) -> usize {
        self.number
    }

    /// The template.
    pub fn template(self) -> &'a Template {
        self.model().input.template
    }

    /// The world.
    pub fn world(self) -> World<'e, 'a> {
        self.world
    }

    /// The stacks that it takes values from, by their places.
    pub fn feeders(self) -> &'e BTreeSet<usize> {
        &self.model().feeders
    }

    /// Whether there are no other stacks beside it.
    pub(crate) fn is_alone(self) -> bool {
        self.world.estate.stacks.len() == 1
    }

    /// The account it is deployed to, when that is known.
    pub fn account(self) -> Option<&'a str> {
        self.model().input.account
    }

    /// The region it is deployed to, when that is known.
    pub fn region(self) -> Option<&'a str> {
        self.model().input.region
    }

    /// The resources of this type that are there, sorted by logical id.
    #[inline]
    pub fn of(self, kind: &str) -> impl Iterator<Item = Resource<'e, 'a>> + use<'e, 'a> {
        let all = self.model().resources_of(kind);
        all.iter().filter_map(move |it| self.when_there(it))
    }

    /// All resources that are there, sorted by logical id.
    pub fn resources(self) -> impl Iterator<Item = Resource<'e, 'a>> + use<'e, 'a> {
        let all = self.model().resources.iter();
        all.filter_map(move |it| self.when_there(it))
    }

    /// All resources by the numbers that [`Mention::target`](super::Mention) has, there or not.
    pub(crate) fn entries(self) -> &'e [Entry<'a>] {
        &self.model().resources
    }

    /// A resource by its logical id, when it is there.
    pub fn resource(self, id: &str) -> Option<Resource<'e, 'a>> {
        self.when_there(self.model().resource(id)?)
    }

    /// A resource by its logical id as the template says it, whether it is there or not.
    pub fn written(self, id: &str) -> Option<ResourceView<'a>> {
        self.model().resource(id).map(|it| it.view)
    }

    /// A resource, when it is there.
    pub(crate) fn when_there(self, entry: &'e Entry<'a>) -> Option<Resource<'e, 'a>> {
        let holds = |it| self.world.numbered_condition(self.number, it);
        let there = entry.number.is_none_or(|it| holds(it).unwrap_or(true));
        there.then_some(Resource { stack: self, entry })
    }

    /// The types of its resources, and those that it has of each, in this world or another.
    pub(crate) fn kinds(self) -> impl Iterator<Item = (&'a str, &'e [Entry<'a>])> {
        self.model().kinds()
    }

    /// What a condition says.
    pub fn condition(self, name: &str) -> Option<bool> {
        self.world.condition(self.number, name)
    }

    /// Whether something generates further resources at deployment: a macro, SAM, a loop. What is
    /// missing then may be made by it.
    pub fn has_transform(self) -> bool {
        self.model().has_transform
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
        self.model().transforms
    }

    /// Where functions are used in its template.
    pub fn calls(self) -> &'e Calls<'a> {
        &self.model().calls
    }

    /// What the schema facts say against its resources, by logical id: of the text as it stands.
    pub(crate) fn schema_findings(
        self,
        find: impl FnOnce() -> Vec<(String, schema::Finding)>,
    ) -> &'e [(String, schema::Finding)] {
        let model = self.model();
        model.schema.get_or_init(find)
    }

    /// Whether a call counts in this world: its resource or output is there, and so are the arms of
    /// `Fn::If` that it is in.
    pub fn counts(self, call: &Call<'a>) -> bool {
        let owner = match call.owner.section {
            "Resources" => self
                .model()
                .resource(call.owner.id)
                .and_then(|it| it.condition),
            "Outputs" => self.template().section("Outputs").and_then(|it| {
                it.get(call.owner.id)?
                    .as_object()?
                    .get("Condition")?
                    .as_str()
            }),
            _ => None,
        };
        let is_there = owner.is_none_or(|it| self.condition(it) != Some(false));
        is_there && self.calls().counts(call, |it| self.condition(it))
    }

    /// Where a function call stands.
    pub fn place_of_call(self, call: &Call<'_>) -> String {
        if let Some(place) = self.place_at_top(call) {
            return place;
        }
        place(self.template(), call.owner, call.expr)
    }

    /// The same, for a call in one of the properties themselves, as many are.
    fn place_at_top(self, call: &Call<'_>) -> Option<String> {
        if (call.owner.section, call.owner.part) != ("Resources", "Properties") {
            return None;
        }
        let property = self.written(call.owner.id)?.property(call.field)?;
        let mut place = [call.owner.id, ".", call.field].concat();
        descend(property, call.expr, &mut place).then_some(place)
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
        self.entry.view.id()
    }

    /// The resource type.
    pub fn kind(self) -> &'a str {
        self.entry.kind
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
        self.entry.view
    }

    /// The properties as they are written, when they are an object.
    pub fn properties(self) -> Option<&'a Object> {
        self.entry.properties.and_then(Expr::as_object)
    }

    /// A property, or one further down: `NetworkConfiguration.AwsvpcConfiguration.Subnets`.
    pub fn get(self, path: &'a str) -> View<'e, 'a> {
        let mut at = self.entry.properties.unwrap_or(&Expr::Null);
        let mut rest = path;
        loop {
            let (object, from) = match at {
                // As nearly always.
                Expr::Object(it) if it.only().is_none() => (it, at),
                other => match self.evaluation().evaluate(other) {
                    (from, Value::Object(it)) => (it, from),
                    // Below what is not set there is nothing to look at.
                    (from, value) => return self.without(from, rest, value),
                },
            };
            let (name, further) = first_name(rest);
            match (object.get(name), further) {
                (None, _) => return self.without(from, rest, Value::Absent),
                (Some(field), None) => return self.view(field),
                (Some(field), Some(further)) => (at, rest) = (field, further),
            }
        }
    }

    /// What is not set below something that comes to this.
    fn without(self, from: &'a Expr, missing: &'a str, value: Value<'a>) -> View<'e, 'a> {
        View {
            resource: self,
            from,
            missing: Cow::Borrowed(missing),
            value: match value {
                Value::Unknown(it) => Value::Unknown(it),
                _ => Value::Absent,
            },
        }
    }

    /// What stands beside the properties: `DependsOn`, `UpdatePolicy`, …
    pub fn attribute(self, name: &str) -> View<'e, 'a> {
        match self.raw().attribute(name) {
            Some(expr) => self.view(expr),
            None => View {
                resource: self,
                from: &Expr::Null,
                missing: Cow::Owned(["/", name].concat()),
                value: Value::Absent,
            },
        }
    }

    /// The resources that it is created after because it says so.
    pub fn depends_on(self) -> Vec<&'a str> {
        match self.raw().attribute("DependsOn") {
            Some(Expr::String(id)) => vec![id],
            Some(Expr::List(ids)) => ids.iter().filter_map(Expr::as_str).collect(),
            _ => Vec::new(),
        }
    }

    fn evaluation(self) -> Evaluation<'e, 'a> {
        Evaluation::new(self.stack.world, self.stack.number)
    }

    fn view(self, expr: &'a Expr) -> View<'e, 'a> {
        let (from, value) = self.evaluation().evaluate(expr);
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
            above => Cow::Owned([above, ".", name].concat()),
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
            Value::List(items) => {
                let here = self.resource.evaluation();
                items.iter().all(|it| !here.value(it).is_unknown())
            }
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

    /// The same, kept beyond this view.
    pub(crate) fn into_text(self) -> Option<Cow<'a, str>> {
        match self.value {
            Value::Text(it) => Some(it),
            _ => None,
        }
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
        if let Some(attribute) = self.missing.strip_prefix('/') {
            return format!("{id}/{attribute}");
        }
        let mut place = id.to_owned();
        find(self.resource.raw(), self.from, &mut place);
        if !self.missing.is_empty() {
            place.push('.');
            place.push_str(&self.missing);
        }
        place
    }
}

/// The first name of a path, and the rest.
fn first_name(path: &str) -> (&str, Option<&str>) {
    match path.bytes().position(|it| it == b'.') {
        Some(at) => (&path[..at], Some(&path[at + 1..])),
        None => (path, None),
    }
}

/// Where an expression of a template stands.
fn place(template: &Template, owner: Owner<'_>, wanted: &Expr) -> String {
    if owner.section == "Resources" {
        let mut place = owner.id.to_owned();
        if let Some(resource) = template.resource(owner.id) {
            find(resource, wanted, &mut place);
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

/// Writes the way from a resource to an expression in it: `.LoadBalancers[0]`. Property names alone;
/// the names of functions on the way say nothing to the reader.
fn find(resource: ResourceView<'_>, wanted: &Expr, place: &mut String) {
    let mut steps = Vec::new();
    for (part, expr) in resource.body().iter() {
        if way(expr, wanted, &mut steps) {
            if part != "Properties" {
                place.push('/');
                place.push_str(part);
            }
            return write(&steps, place);
        }
    }
}

/// Writes the way to an expression, when it is in this one.
fn descend(expr: &Expr, wanted: &Expr, place: &mut String) -> bool {
    let mut steps = Vec::new();
    let found = way(expr, wanted, &mut steps);
    write(&steps, place);
    found
}

/// From an expression to one in it.
enum Step<'t> {
    Item(usize),
    Field(&'t str),
}

/// Finds an expression in another; the last step is the first.
fn way<'t>(expr: &'t Expr, wanted: &Expr, steps: &mut Vec<Step<'t>>) -> bool {
    if std::ptr::eq(expr, wanted) {
        return true;
    }
    let step = match expr {
        Expr::List(items) => {
            let number = items.iter().position(|it| way(it, wanted, steps));
            number.map(Step::Item)
        }
        Expr::Object(fields) => match expr.intrinsic() {
            // The arm stands where the choice stands.
            Some(("Fn::If", parts)) => {
                let mut arms = parts.as_list().into_iter().flatten().skip(1);
                return arms.any(|it| way(it, wanted, steps));
            }
            _ => {
                let field = fields.iter().find(|it| way(it.1, wanted, steps));
                field.map(|it| Step::Field(it.0))
            }
        },
        _ => None,
    };
    let found = step.is_some();
    steps.extend(step);
    found
}

fn write(steps: &[Step<'_>], place: &mut String) {
    for step in steps.iter().rev() {
        match step {
            Step::Field(name) => {
                place.push('.');
                place.push_str(name);
            }
            Step::Item(n) => {
                place.push('[');
                number(*n, place);
                place.push(']');
            }
        }
    }
}

/// Writes a number to a text.
fn number(n: usize, out: &mut String) {
    if n >= 10 {
        number(n / 10, out);
    }
    out.push(char::from(b'0' + (n % 10) as u8));
}
