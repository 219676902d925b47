//! [`Scope`], the place things are added to, and [`Build`], what can be added.

use std::collections::btree_map::Entry;

use crate::build::app::SectionEntry;
use crate::build::{
    App, Condition, Deployment, Edit, Environment, Mapping, NamedCondition, Output, Parameter,
    ParameterOf, Raw, ResourceEntry, Rule, StackData,
};
use crate::problem::{Origin, Problem};
use crate::value::{Expr, IntoValue, Key, Object, Part, Ref, Resource, Text, Value};

/// Anything that can be added to a stack: one resource, or a pattern made of many.
///
/// ```
/// use stack_core::prelude::*;
///
/// struct Journal;
///
/// impl Build for Journal {
///     type Handle = Ref<Raw>;
///     fn build(self, scope: &mut Scope<'_>) -> Ref<Raw> {
///         scope.add("Logs", Raw::new("AWS::Logs::LogGroup").property("RetentionInDays", 30))
///     }
/// }
///
/// let mut app = App::new();
/// let logs = app.stack("Web").add("Shop", Journal);
/// assert_eq!(logs.key().id, "ShopLogs");
/// ```
pub trait Build {
    /// What the caller keeps to refer to it: a small `Copy` value.
    type Handle;
    /// Adds its parts to the scope, whose ids begin with the id it was added under.
    fn build(self, scope: &mut Scope<'_>) -> Self::Handle;
}

impl<R: Resource> Build for R {
    type Handle = Ref<R>;
    fn build(self, scope: &mut Scope<'_>) -> Ref<R> {
        Ref::new(scope.insert(R::TYPE, self.into_properties()))
    }
}

/// A place in a stack to add things to; ids added here begin with its path.
#[derive(Debug)]
pub struct Scope<'a> {
    app: &'a mut App,
    stack: &'static str,
    /// Where the stack stands in the app.
    number: usize,
    path: String,
    /// The user's line that everything built here comes from; unset at the top of a stack.
    origin: Option<Origin>,
}

impl<'a> Scope<'a> {
    pub(crate) fn of_stack(app: &'a mut App, stack: &'static str, number: usize) -> Scope<'a> {
        Scope {
            app,
            stack,
            number,
            path: String::new(),
            origin: None,
        }
    }

    /// Adds a resource or a pattern under `id` and returns its handle.
    ///
    /// The logical id is the path of ids joined, letters and digits only, up to 255 of them; it
    /// does not depend on where in the program it is added. Another id makes another resource, and
    /// CloudFormation deletes the old one. The empty id adds a pattern's parts under this scope's
    /// own path.
    #[track_caller]
    pub fn add<B: Build>(&mut self, id: impl AsRef<str>, item: B) -> B::Handle {
        let origin = self.origin_or(Origin::caller());
        let path = format!("{}{}", self.path, id.as_ref());
        let mut child = Scope {
            app: &mut *self.app,
            stack: self.stack,
            number: self.number,
            path,
            origin: Some(origin),
        };
        item.build(&mut child)
    }

    fn origin_or(&self, caller: Origin) -> Origin {
        self.origin.unwrap_or(caller)
    }

    /// The user's line that what is built here comes from.
    #[track_caller]
    pub fn origin(&self) -> Origin {
        self.origin_or(Origin::caller())
    }

    /// The id that a resource added here under `id` gets.
    pub fn logical_id(&self, id: &str) -> String {
        format!("{}{id}", self.path)
    }

    /// The stack's name.
    pub fn stack_name(&self) -> &'static str {
        self.stack
    }

    /// Reports something that synth will refuse, warn of or note, at the user's line and this
    /// scope's place.
    #[track_caller]
    pub fn problem(&mut self, problem: Problem) {
        let origin = problem.origin.unwrap_or(self.origin_or(Origin::caller()));
        let place = problem
            .place
            .clone()
            .unwrap_or_else(|| self.place(&self.path));
        self.app.problem(problem.from(origin).at(place));
    }

    /// Takes a name that can be taken once in the whole app, such as a port of a load balancer.
    /// For patterns that share something.
    ///
    /// # Errors
    /// The line that has taken it already.
    #[track_caller]
    pub fn claim(&mut self, name: impl Into<String>) -> Result<(), Origin> {
        let origin = self.origin_or(Origin::caller());
        match self.app.claims.entry(name.into()) {
            Entry::Occupied(first) => Err(*first.get()),
            Entry::Vacant(free) => {
                free.insert(origin);
                Ok(())
            }
        }
    }

    /// Where a name was [taken](Self::claim), if it was.
    pub fn claimed(&self, name: &str) -> Option<Origin> {
        self.app.claims.get(name).copied()
    }

    fn place(&self, id: &str) -> String {
        if id.is_empty() {
            self.stack.to_owned()
        } else {
            format!("{}/{id}", self.stack)
        }
    }

    pub(crate) fn data(&mut self) -> &mut StackData {
        &mut self.app.stacks[self.number]
    }

    fn insert(&mut self, kind: &'static str, properties: Object) -> &'static Key {
        let origin = self.origin_or(Origin::caller());
        let id: &'static str = String::leak(self.path.clone());
        let key: &'static Key = Box::leak(Box::new(Key {
            stack: self.stack,
            id,
            kind,
        }));
        self.check_id(id, origin);
        if let Some(first) = self.taken(id) {
            let help = format!("give one of the two its own id, for example `Other{id}`");
            self.app.problem(
                Problem::error("duplicate-id", format!("`{id}` is already used at {first}"))
                    .from(origin)
                    .at(self.place(id))
                    .help(help),
            );
            return key;
        }
        let entry = ResourceEntry {
            kind,
            properties,
            attributes: Object::new(),
            after: Vec::new(),
            origin,
        };
        self.data().resources.insert(id, entry);
        key
    }

    pub(crate) fn insert_raw(&mut self, kind: Text, properties: Object) -> Ref<Raw> {
        let kind: &'static str = match kind {
            Text::Borrowed(kind) => kind,
            Text::Owned(kind) => String::leak(kind),
        };
        Ref::new(self.insert(kind, properties))
    }

    /// Resources and parameters share one space of names.
    fn taken(&mut self, id: &str) -> Option<Origin> {
        let data = self.data();
        let resource = data.resources.get(id).map(|it| it.origin);
        resource.or_else(|| data.parameters.get(id).map(|it| it.origin))
    }

    fn check_id(&mut self, id: &str, origin: Origin) {
        let valid =
            !id.is_empty() && id.len() <= 255 && id.bytes().all(|it| it.is_ascii_alphanumeric());
        if !valid {
            self.app.problem(
                Problem::error("invalid-id", format!("`{id}` cannot be a logical id"))
                    .from(origin)
                    .at(self.place(id))
                    .help("a logical id is 1 to 255 letters and digits, for example `WebService`"),
            );
        }
    }

    fn section(
        &mut self,
        what: &'static str,
        id: &str,
        body: Expr,
        origin: Origin,
        map: fn(&mut StackData) -> &mut std::collections::BTreeMap<&'static str, SectionEntry>,
    ) -> &'static str {
        let id: &'static str = String::leak(format!("{}{id}", self.path));
        self.check_id(id, origin);
        let first = match what {
            "parameter" => self.taken(id),
            _ => map(self.data()).get(id).map(|it| it.origin),
        };
        if let Some(first) = first {
            let message = format!("{what} `{id}` is already used at {first}");
            self.app.problem(
                Problem::error("duplicate-id", message)
                    .from(origin)
                    .at(self.place(id))
                    .help("give one of the two its own id"),
            );
        } else {
            map(self.data()).insert(id, SectionEntry { body, origin });
        }
        id
    }

    /// A parameter: a value that is given when the stack is deployed.
    #[track_caller]
    pub fn parameter<T>(&mut self, id: &str, parameter: Parameter<T>) -> ParameterOf<T> {
        let origin = self.origin_or(Origin::caller());
        let (kind, body, argument) = parameter.into_parts();
        let id = self.section("parameter", id, body, origin, |it| &mut it.parameters);
        let parameter = ParameterOf::new(Box::leak(Box::new(Key {
            stack: self.stack,
            id,
            kind,
        })));
        if let Some(value) = argument {
            self.argument(parameter, value);
        }
        parameter
    }

    /// The id of a parameter of this stack, when this is one.
    fn parameter_in<T>(&self, value: &Value<T>) -> Option<&'static str> {
        let Expr::Reference(it) = value.expr() else {
            return None;
        };
        (it.key.stack == self.stack && it.part() == Part::Ref).then_some(it.key.id)
    }

    /// What the [argument](Self::argument) of a parameter of this stack is, when this is one and has
    /// one.
    pub fn argument_of<T>(&self, value: &Value<T>) -> Option<&str> {
        let id = self.parameter_in(value)?;
        let stack = self.app.stacks.get(self.number)?;
        stack.arguments.get(id).map(String::as_str)
    }

    /// The only values that a parameter of this stack allows, when this is one and says so.
    pub fn allowed_values<T>(&self, value: &Value<T>) -> Option<Vec<String>> {
        let id = self.parameter_in(value)?;
        let parameter = self.app.stacks.get(self.number)?.parameters.get(id)?;
        let allowed = parameter.body.as_object()?.get("AllowedValues")?;
        let text = |it: &Expr| match it.as_str() {
            Some(text) => text.to_owned(),
            None => it.to_json(),
        };
        Some(allowed.as_list()?.iter().map(text).collect())
    }

    /// What the stack's parameter is given when it is deployed, for a template that several stacks
    /// share. Written to the manifest, not to the template.
    #[track_caller]
    pub fn argument<T>(&mut self, parameter: ParameterOf<T>, value: impl ToString) -> &mut Self {
        let key = parameter.key();
        let origin = self.origin_or(Origin::caller());
        let value = value.to_string();
        if key.stack != self.stack {
            let message = format!("parameter `{}` belongs to stack `{}`", key.id, key.stack);
            let problem = Problem::error("foreign-name", message).from(origin);
            self.problem(problem.help("give it its value in its own stack"));
            return self;
        }
        let body = self.data().parameters.get(key.id).map(|it| it.body.clone());
        if let Some(why) = body.and_then(|it| super::parameter::refuses(&it, &value)) {
            let message = format!("parameter `{}` does not take `{value}`", key.id);
            let place = self.place(key.id);
            self.problem(
                Problem::error("argument", message)
                    .from(origin)
                    .at(place)
                    .help(why),
            );
        }
        self.data().arguments.insert(key.id, value);
        self
    }

    /// A condition, for [`if_else`](crate::value::if_else) and [`Edit::when`].
    #[track_caller]
    pub fn condition(&mut self, id: &str, condition: Condition) -> NamedCondition {
        let origin = self.origin_or(Origin::caller());
        let id = self.section("condition", id, condition.body(), origin, |it| {
            &mut it.conditions
        });
        NamedCondition::new(Box::leak(Box::new(Key {
            stack: self.stack,
            id,
            kind: "Condition",
        })))
    }

    /// A mapping: two levels of keys to text, for [`find_in_map`](crate::value::find_in_map).
    #[track_caller]
    pub fn mapping<T: Into<Expr>>(
        &mut self,
        id: &str,
        rows: impl IntoIterator<Item = (impl Into<String>, Vec<(&'static str, T)>)>,
    ) -> Mapping {
        let origin = self.origin_or(Origin::caller());
        let rows = rows.into_iter().map(|(key, row)| {
            let row = row
                .into_iter()
                .map(|(key, value)| (key, value.into()))
                .collect();
            (key.into(), Expr::Object(row))
        });
        let body = Expr::Object(rows.collect());
        let id = self.section("mapping", id, body, origin, |it| &mut it.mappings);
        Mapping::named(Box::leak(Box::new(Key {
            stack: self.stack,
            id,
            kind: "Mapping",
        })))
    }

    /// A rule: what the parameters must fulfil together, checked before anything is deployed.
    #[track_caller]
    pub fn rule(&mut self, id: &str, rule: Rule) {
        let origin = self.origin_or(Origin::caller());
        self.section("rule", id, rule.into_body(), origin, |it| &mut it.rules);
    }

    /// An output, shown with the stack: `stack.output("Url", Output::new(value))`.
    #[track_caller]
    pub fn output(&mut self, id: &str, output: Output) {
        let origin = self.origin_or(Origin::caller());
        self.section("output", id, output.into_body(), origin, |it| {
            &mut it.outputs
        });
    }

    /// Resources made once for every item of a list (`Fn::ForEach`); adds the transform
    /// `AWS::LanguageExtensions`.
    ///
    /// `id` is a template such as `Topic${Name}`, in which `${Name}` stands for the item; inside the
    /// resource, [`loop_variable`](crate::build::loop_variable) does.
    #[track_caller]
    pub fn for_each(
        &mut self,
        name: &str,
        variable: &'static str,
        items: impl IntoValue<crate::value::List<String>>,
        id: &str,
        resource: impl super::OneResource,
    ) {
        let origin = self.origin_or(Origin::caller());
        let items = items.into_value().into_expr();
        let body = super::for_each::body(variable, items, &self.logical_id(id), resource);
        self.section("loop", name, body, origin, |it| &mut it.loops);
    }

    /// Changes what surrounds a resource (dependencies, condition, policies), or a property of it
    /// by path. Works on what patterns made, too.
    #[track_caller]
    pub fn edit<R>(&mut self, resource: Ref<R>) -> Edit<'_> {
        let origin = self.origin_or(Origin::caller());
        let key = resource.key();
        let number = match key.stack == self.stack {
            true => Some(self.number),
            false => self.app.names.get(key.stack).copied(),
        };
        Edit::new(self.app, key, number, origin)
    }

    /// The account and region the stack is for. Without it the stack can go anywhere, and
    /// references to and from it are taken to stay within one account and region.
    #[track_caller]
    pub fn environment(&mut self, environment: Environment) -> &mut Self {
        let origin = self.origin_or(Origin::caller());
        let account = &environment.account;
        if account.len() != 12 || !account.bytes().all(|it| it.is_ascii_digit()) {
            let problem = Problem::error(
                "invalid-account",
                format!("`{account}` is no AWS account id"),
            );
            self.problem(
                problem
                    .from(origin)
                    .help("an account id is twelve digits, as text"),
            );
        }
        self.data().environment = Some(environment);
        self
    }

    /// What the stack is for, shown in the console; up to 1,024 bytes.
    pub fn description(&mut self, text: impl Into<String>) -> &mut Self {
        self.data().description = Some(text.into());
        self
    }

    /// Asks that the stack cannot be deleted by a single call. Written to the manifest: it is a
    /// setting of the deployed stack, not part of the template.
    pub fn termination_protection(&mut self, on: bool) -> &mut Self {
        self.data().termination_protection = on;
        self
    }

    /// How CloudFormation deploys the stack: service role, stack policy, alarms and so on. Not part
    /// of the template.
    pub fn deployment(&mut self, deployment: Deployment) -> &mut Self {
        self.data().deployment = deployment;
        self
    }

    /// A tag for every resource of the stack that can carry one. A tag set on a resource itself
    /// wins.
    pub fn tag(&mut self, key: impl Into<String>, value: impl Into<String>) -> &mut Self {
        self.data().tags.insert(key.into(), value.into());
        self
    }

    /// A macro that CloudFormation runs over the template, such as `AWS::LanguageExtensions`.
    pub fn transform(&mut self, name: impl Into<String>) -> &mut Self {
        let name = name.into();
        let transforms = &mut self.data().transforms;
        if !transforms.contains(&name) {
            transforms.push(name);
        }
        self
    }

    /// Metadata of the template, by key.
    pub fn metadata(&mut self, key: impl Into<String>, value: serde_json::Value) -> &mut Self {
        self.data().metadata.set(key.into(), value);
        self
    }
}
