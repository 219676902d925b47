//! [`Edit`]: what surrounds a resource, and its properties by path.

use crate::build::raw::Property;
use crate::build::{
    Accepted, App, CreationPolicy, DeletionPolicy, NamedCondition, ResourceEntry, UpdatePolicy,
    UpdateReplacePolicy,
};
use crate::problem::{Origin, Problem};
use crate::value::{Expr, Key, Object, Ref};

/// Changes to one resource that is already in a stack, from [`Scope::edit`](crate::Scope::edit).
///
/// ```
/// use stack_core::prelude::*;
/// let mut app = App::new();
/// let mut stack = app.stack("Web");
/// let topic = stack.add("Topic", Raw::new("AWS::SNS::Topic"));
/// let queue = stack.add("Queue", Raw::new("AWS::SQS::Queue"));
/// stack.edit(queue).after(topic).retain().set("RedrivePolicy.maxReceiveCount", 5);
/// ```
#[derive(Debug)]
pub struct Edit<'a> {
    app: &'a mut App,
    key: &'static Key,
    /// Where its stack stands in the app.
    number: Option<usize>,
    origin: Origin,
}

impl<'a> Edit<'a> {
    pub(crate) fn new(
        app: &'a mut App,
        key: &'static Key,
        number: Option<usize>,
        origin: Origin,
    ) -> Edit<'a> {
        Edit {
            app,
            key,
            number,
            origin,
        }
    }

    pub(super) fn key(&self) -> &'static Key {
        self.key
    }

    pub(super) fn accepting(self, accepted: Accepted) -> Self {
        self.app.accept(accepted);
        self
    }

    fn entry(&mut self) -> Option<&mut ResourceEntry> {
        self.app
            .stacks
            .get_mut(self.number?)?
            .resources
            .get_mut(self.key.id)
    }

    fn attribute(mut self, name: &'static str, value: impl Into<Expr>) -> Self {
        if let Some(entry) = self.entry() {
            entry.attributes.set(name, value);
        }
        self
    }

    /// `DependsOn`: this is created after the other resource of the same stack, and deleted before
    /// it. References already have that effect.
    pub fn after<R>(mut self, other: Ref<R>) -> Self {
        if let Some(entry) = self.entry() {
            entry.after.push(other.key());
        }
        self
    }

    /// `Condition`: the resource exists only while the condition is true. When it turns false, the
    /// resource is deleted.
    pub fn when(self, condition: NamedCondition) -> Self {
        let name = condition.name();
        self.attribute("Condition", name)
    }

    /// Keeps the resource when it is removed from the stack or replaced: both policies `Retain`.
    pub fn retain(self) -> Self {
        self.deletion_policy(DeletionPolicy::Retain)
            .update_replace_policy(UpdateReplacePolicy::Retain)
    }

    /// What happens to the resource when it leaves the stack or the stack is deleted.
    pub fn deletion_policy(self, policy: DeletionPolicy) -> Self {
        self.attribute("DeletionPolicy", policy.text())
    }

    /// What happens to the old resource when an update replaces it.
    pub fn update_replace_policy(self, policy: UpdateReplacePolicy) -> Self {
        self.attribute("UpdateReplacePolicy", policy.text())
    }

    /// Which signals CloudFormation waits for before the resource counts as created.
    pub fn creation_policy(self, policy: CreationPolicy) -> Self {
        self.attribute("CreationPolicy", policy.into_expr())
    }

    /// How an Auto Scaling group and a few other types are updated.
    pub fn update_policy(self, policy: UpdatePolicy) -> Self {
        self.attribute("UpdatePolicy", policy.into_expr())
    }

    /// Metadata of the resource, by key. Changing it alone updates nothing.
    pub fn metadata(mut self, key: impl Into<String>, value: serde_json::Value) -> Self {
        if let Some(entry) = self.entry() {
            let mut metadata = match entry.attributes.remove("Metadata") {
                Some(Expr::Object(it)) => it,
                _ => Object::new(),
            };
            metadata.set(key.into(), value);
            entry.attributes.set("Metadata", metadata);
        }
        self
    }

    /// Sets a property by path, such as `DeploymentConfiguration.MinimumHealthyPercent` or
    /// `LoadBalancers[0].ContainerPort`. Objects on the way are made; an item of a list must be
    /// there, or be the next one.
    pub fn set(mut self, path: &str, value: impl Into<Property>) -> Self {
        let value = value.into().0;
        let done = match (self.entry(), steps(path)) {
            (Some(entry), Some(steps)) => set_in_object(&mut entry.properties, &steps, value),
            (None, _) => true,
            (_, None) => false,
        };
        if !done {
            self.bad_path(path);
        }
        self
    }

    /// Removes a property by path.
    pub fn remove(mut self, path: &str) -> Self {
        let done = match (self.entry(), steps(path)) {
            (Some(entry), Some(steps)) => remove_in_object(&mut entry.properties, &steps),
            (None, _) => true,
            (_, None) => false,
        };
        if !done {
            self.bad_path(path);
        }
        self
    }

    fn bad_path(&mut self, path: &str) {
        let id = self.key.id;
        self.app.problem(
            Problem::error("no-such-path", format!("`{id}` has nothing at `{path}`"))
                .from(self.origin)
                .at(format!("{}/{id}", self.key.stack))
                .help("write property names with dots and list items with `[0]`, as in `Tags[0].Value`"),
        );
    }
}

enum Step<'p> {
    Field(&'p str),
    Item(usize),
}

fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (name, mut items) = match part.find('[') {
            Some(at) => part.split_at(at),
            None => (part, ""),
        };
        if name.is_empty() {
            return None;
        }
        steps.push(Step::Field(name));
        while !items.is_empty() {
            let (index, rest) = items.strip_prefix('[')?.split_once(']')?;
            steps.push(Step::Item(index.parse().ok()?));
            items = rest;
        }
    }
    Some(steps)
}

fn set_in_object(object: &mut Object, steps: &[Step<'_>], value: Expr) -> bool {
    let Some((Step::Field(name), rest)) = steps.split_first() else {
        return false;
    };
    if !object.contains(name) {
        object.set((*name).to_owned(), Expr::Null);
    }
    object
        .get_mut(name)
        .is_some_and(|it| set_in(it, rest, value))
}

fn set_in(place: &mut Expr, steps: &[Step<'_>], value: Expr) -> bool {
    match steps.first() {
        None => {
            *place = value;
            true
        }
        Some(Step::Field(_)) => {
            if *place == Expr::Null {
                *place = Expr::Object(Object::new());
            }
            match place {
                Expr::Object(object) => set_in_object(object, steps, value),
                _ => false,
            }
        }
        Some(Step::Item(index)) => {
            if *place == Expr::Null {
                *place = Expr::List(Vec::new());
            }
            let Expr::List(items) = place else {
                return false;
            };
            if *index == items.len() {
                items.push(Expr::Null);
            }
            items
                .get_mut(*index)
                .is_some_and(|it| set_in(it, &steps[1..], value))
        }
    }
}

fn remove_in_object(object: &mut Object, steps: &[Step<'_>]) -> bool {
    match steps {
        [Step::Field(name)] => object.remove(name).is_some(),
        [Step::Field(name), rest @ ..] => {
            object.get_mut(name).is_some_and(|it| remove_in(it, rest))
        }
        _ => false,
    }
}

fn remove_in(place: &mut Expr, steps: &[Step<'_>]) -> bool {
    match (place, steps) {
        (Expr::Object(object), [Step::Field(_), ..]) => remove_in_object(object, steps),
        (Expr::List(items), [Step::Item(index)]) if *index < items.len() => {
            items.remove(*index);
            true
        }
        (Expr::List(items), [Step::Item(index), rest @ ..]) => {
            items.get_mut(*index).is_some_and(|it| remove_in(it, rest))
        }
        _ => false,
    }
}
