//! [`Changes`]: what will happen, as plain data.

/// What will happen when the new templates are deployed over the old ones. Empty when they mean the
/// same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The stacks in which something happens or is written otherwise, sorted by name.
    pub stacks: Vec<StackChange>,
}

/// What happens to one stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackChange {
    /// What the stack is called; empty for a template alone.
    pub name: String,
    /// Whether the stack itself comes or goes.
    pub fate: StackFate,
    /// The resources to which something happens, the most dangerous first.
    pub resources: Vec<ResourceChange>,
    /// Parameters, outputs, conditions and the rest of the template.
    pub sections: Vec<SectionChange>,
    /// What goes wrong beyond single resources, such as exports that are still imported.
    pub hazards: Vec<Hazard>,
}

/// Whether a stack comes or goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum StackFate {
    /// It stays.
    #[default]
    Stays,
    /// It is new.
    Created,
    /// It is no longer among the templates. Deleting it is a step of its own.
    Deleted,
}

/// What happens to one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceChange {
    /// Its logical id.
    pub id: String,
    /// Its type, that of the new template where it has one.
    pub kind: String,
    /// What happens.
    pub action: Action,
    /// Whether the action happens for certain, where the resource is there. Otherwise it depends on what
    /// [`PropertyChange::when`] says, or on [`conditions`](ResourceChange::conditions).
    pub certain: bool,
    /// What it depends on whether the resource is there at all, as `if …` or `unless …`.
    pub conditions: Vec<String>,
    /// What becomes of what is deployed now, when it is replaced or removed.
    pub fate: Option<Fate>,
    /// The properties that change, sorted by path.
    pub properties: Vec<PropertyChange>,
    /// What changes beside the properties: `Metadata`, `DependsOn`, policies.
    pub attributes: Vec<PropertyChange>,
    /// Why it is replaced, from the resource itself to the change that began it. Of more than ten
    /// steps, the first nine and the last.
    pub chain: Vec<Link>,
    /// The logical id under which it is deployed now, when only that seems to change: stack and id.
    pub moved_from: Option<Move>,
    /// What goes wrong.
    pub hazards: Vec<Hazard>,
    /// What is allowed that was not, and the other way round.
    pub security: Vec<SecurityChange>,
}

/// What happens to a resource, from harmless to dangerous.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Nothing happens to it: only what CloudFormation itself keeps changes, such as metadata, or
    /// what it waits for.
    Note,
    /// It is made.
    Create,
    /// It is updated in place. The facts say where a replacement is needed, the pages of AWS's
    /// reference where an update interrupts: 84 properties of 27 types beside those that the facts
    /// know to replace for some values.
    Update,
    /// It is updated in place and interrupted meanwhile.
    Interrupt,
    /// It is replaced for some values and updated in place for others.
    MayReplace,
    /// Another one is made in its place.
    Replace,
    /// It leaves the stack.
    Remove,
}

/// What becomes of what is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It stays, and belongs to no stack any more.
    Retained,
    /// It is deleted after a snapshot.
    Snapshotted,
    /// It is deleted.
    Deleted,
}

/// How a value changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is no longer set.
    Removed,
    /// It is another one.
    Changed,
    /// The items of the list come in another order.
    Moved,
    /// It is written as before and stands for something else: what it refers to is replaced.
    Follows,
}

/// What the change of a property does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Nothing to the resource.
    None,
    /// The resource is updated in place.
    Update,
    /// The resource is updated in place and interrupted.
    Interrupt,
    /// The resource is replaced for some values.
    MayReplace,
    /// The resource is replaced.
    Replace,
}

/// One property that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyChange {
    /// Where, within the resource: `ContainerDefinitions[web].Image`. Items are named by what names
    /// them (`Name`, `Key`, `Sid`), otherwise by their place.
    pub path: String,
    /// How it changes.
    pub kind: ChangeKind,
    /// What it is before; `None` when it was not set. References read `${Name}`.
    pub before: Option<String>,
    /// What it is after.
    pub after: Option<String>,
    /// What it depends on whether it changes at all, as `if …`, `unless …`, `where …` or
    /// `depending on …`; `None` when it does for certain.
    pub when: Option<String>,
    /// What the change does.
    pub effect: Effect,
    /// What the effect depends on, when the facts leave that open.
    pub because: Option<String>,
    /// What happens to the resource that it refers to, when it changes for that reason.
    pub follows: Option<String>,
    /// Of a value that a mapping gives by a key that is not known, the entry that is shown, as
    /// `where ${AWS::Region} is eu-west-1 (and 3 more)`.
    pub entry: Option<String>,
}

/// A step of the chain that leads to a replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The stack, when it is another one.
    pub stack: Option<String>,
    /// The resource that is replaced.
    pub resource: String,
    /// The property that makes it so.
    pub property: String,
}

/// A resource that seems to be the same under another name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Move {
    /// The stack it is in now, when that is another one.
    pub stack: Option<String>,
    /// Its logical id now.
    pub id: String,
    /// How much of it stays the same, in percent. At 100 stack refactoring can move it as it is.
    pub likeness: usize,
}

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hazard {
    /// What kind of.
    pub kind: HazardKind,
    /// What, in a sentence without a final stop.
    pub message: String,
    /// What would be right.
    pub repair: String,
}

/// Kinds of what goes wrong, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HazardKind {
    /// Data is deleted with what holds it.
    DataLoss,
    /// CloudFormation refuses the update.
    Refused,
    /// The new resource has the name of the old one, which is still there.
    NameCollision,
    /// A name that another stack imports goes away or gets another value.
    ExportInUse,
    /// Somebody else sets this value, and the update sets it back.
    Controlled,
    /// What kept the data no longer does.
    Unprotected,
}

/// Something allowed that was not, or the other way round.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SecurityChange {
    /// Which way.
    pub direction: Direction,
    /// What: `ingress tcp 443 from 0.0.0.0/0`, `Allow s3:GetObject on *`.
    pub what: String,
}

/// Which way security changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// More is allowed.
    Broadened,
    /// Less is allowed.
    Narrowed,
}

/// A change of the template outside its resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionChange {
    /// `Parameters`, `Outputs`, `Conditions`, `Mappings`, …; `Arguments` is what parameters are
    /// given.
    pub section: String,
    /// The name in the section and what of it: `Image.Default`; empty for the section itself.
    pub path: String,
    /// How it changes.
    pub kind: ChangeKind,
    /// What it is before.
    pub before: Option<String>,
    /// What it is after.
    pub after: Option<String>,
    /// What it depends on whether it changes; `None` when it does for certain.
    pub when: Option<String>,
}

impl Changes {
    /// Whether nothing changes at all.
    pub fn is_empty(&self) -> bool {
        self.stacks.is_empty()
    }

    /// Every resource to which something happens, with its stack.
    pub fn resources(&self) -> impl Iterator<Item = (&StackChange, &ResourceChange)> {
        let stacks = self.stacks.iter();
        stacks.flat_map(|stack| stack.resources.iter().map(move |it| (stack, it)))
    }

    /// Every hazard, with its stack and resource; the resource is empty for those of a stack.
    pub fn hazards(&self) -> impl Iterator<Item = (&str, &str, &Hazard)> {
        self.stacks.iter().flat_map(|stack| {
            let own = stack.hazards.iter().map(|it| ("", it));
            let theirs = stack.resources.iter();
            let theirs = theirs.flat_map(|it| it.hazards.iter().map(|h| (it.id.as_str(), h)));
            own.chain(theirs)
                .map(move |(id, it)| (stack.name.as_str(), id, it))
        })
    }

    /// How many resources each action happens to, the most dangerous first; those that only may be
    /// concerned are counted apart.
    pub fn summary(&self) -> Vec<(Action, bool, usize)> {
        let mut counts = std::collections::BTreeMap::new();
        for (_, it) in self.resources() {
            *counts.entry((it.action, it.certain)).or_insert(0) += 1;
        }
        let counts = counts.into_iter().rev();
        counts
            .map(|((action, certain), n)| (action, certain, n))
            .collect()
    }
}

impl ResourceChange {
    /// The change of the property at this path.
    pub fn property(&self, path: &str) -> Option<&PropertyChange> {
        self.properties.iter().find(|it| it.path == path)
    }

    /// Whether data is lost.
    pub fn loses_data(&self) -> bool {
        self.hazards
            .iter()
            .any(|it| it.kind == HazardKind::DataLoss)
    }
}
