//! What AWS answers.

use std::collections::{BTreeMap, BTreeSet};

use crate::api::ApiError;
use crate::stack_status::StackStatus;
use crate::time::Time;

/// What a call came to.
pub type Answer = Result<Response, ApiError>;

/// The answer to a [`Request`](crate::Request).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// To `GetCallerIdentity`.
    Identity(Identity),
    /// To `DescribeStack`.
    Stack(Box<StackDescription>),
    /// To `GetTemplate`: the text.
    Template(String),
    /// To `ListStackResources`.
    Resources(ResourcesPage),
    /// To `CreateChangeSet`.
    ChangeSetCreated {
        /// The change set's ARN.
        change_set: String,
        /// The stack's ARN.
        stack: String,
    },
    /// To `DescribeChangeSet`.
    ChangeSet(Box<ChangeSetPage>),
    /// To `DescribeStackEvents`.
    Events(EventsPage),
    /// To `DetectStackDrift`: what asks how far it is.
    DriftDetection(String),
    /// To `DescribeDriftDetection`.
    DriftState(DriftState),
    /// To `DescribeResourceDrifts`.
    ResourceDrifts(ResourceDriftsPage),
    /// To every other: it was accepted.
    Accepted,
}

/// Who makes the calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// The role or user.
    pub arn: String,
    /// What the clock of AWS says (header `Date`), when the driver knows it.
    pub server_time: Option<Time>,
    /// What would be right when this is the wrong account, as far as the driver knows: a profile or
    /// a role.
    pub advice: Option<String>,
}

/// A stack, as `DescribeStacks` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackDescription {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its status.
    pub status: StackStatus,
    /// Why, where AWS says it.
    pub reason: Option<String>,
    /// When it was made.
    pub created: Option<Time>,
    /// When it was last changed.
    pub updated: Option<Time>,
    /// The change set that was executed last.
    pub change_set: Option<String>,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
    /// Its parameters; values that are hidden (`NoEcho`) read `****`.
    pub parameters: BTreeMap<String, String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Whether it can be deleted.
    pub termination_protection: bool,
    /// The service role of its last operation.
    pub role: Option<String>,
}

/// One page of the resources of a stack.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ResourcesPage {
    /// What is on it.
    pub resources: Vec<ResourceSummary>,
    /// The next page, if there is one.
    pub next: Option<String>,
}

/// A resource of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceSummary {
    /// Its logical id.
    pub logical_id: String,
    /// What it is called outside; missing while there is none.
    pub physical_id: Option<String>,
    /// Such as `AWS::ECS::Service`.
    pub kind: String,
    /// Its status, in AWS's words.
    pub status: String,
    /// Why.
    pub reason: Option<String>,
}

/// One page of a change set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSetPage {
    /// The change set's ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The stack's ARN.
    pub stack: String,
    /// `CREATE_PENDING`, `CREATE_IN_PROGRESS`, `CREATE_COMPLETE`, `DELETE_…`, `FAILED`, in AWS's
    /// words.
    pub status: String,
    /// Why.
    pub reason: Option<String>,
    /// Whether it can be executed.
    pub execution: ExecutionStatus,
    /// The changes on this page.
    pub changes: Vec<ResourceChange>,
    /// The next page, if there is one.
    pub next: Option<String>,
    /// When it was made, by the clock of AWS.
    pub created: Option<Time>,
}

/// Whether a change set can be executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecutionStatus {
    /// Not, or not yet.
    Unavailable,
    /// It can.
    Available,
    /// It is running.
    Running,
    /// It ran well.
    Complete,
    /// It ran and failed.
    Failed,
    /// The stack changed since.
    Obsolete,
    /// A value that this version does not know.
    Unknown(String),
}

impl ExecutionStatus {
    /// From AWS's spelling.
    pub fn parse(text: &str) -> ExecutionStatus {
        match text {
            "UNAVAILABLE" => ExecutionStatus::Unavailable,
            "AVAILABLE" => ExecutionStatus::Available,
            "EXECUTE_IN_PROGRESS" => ExecutionStatus::Running,
            "EXECUTE_COMPLETE" => ExecutionStatus::Complete,
            "EXECUTE_FAILED" => ExecutionStatus::Failed,
            "OBSOLETE" => ExecutionStatus::Obsolete,
            other => ExecutionStatus::Unknown(other.to_owned()),
        }
    }
}

/// What happens to one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceChange {
    /// Its logical id.
    pub logical_id: String,
    /// What it is called outside; missing when it is new.
    pub physical_id: Option<String>,
    /// Such as `AWS::ECS::Service`.
    pub kind: String,
    /// What happens.
    pub action: ChangeAction,
    /// Whether another takes its place; only for changes.
    pub replacement: Replacement,
    /// `Delete`, `Retain`, `Snapshot`, `ReplaceAndDelete`, `ReplaceAndRetain`,
    /// `ReplaceAndSnapshot`: what becomes of what is there, in AWS's words.
    pub policy: Option<String>,
    /// `Properties`, `Metadata`, `Tags`, …
    pub scope: BTreeSet<String>,
    /// The properties.
    pub properties: Vec<PropertyChange>,
    /// The change set of a nested stack.
    pub nested: Option<String>,
}

/// What is done to a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeAction {
    /// It is made.
    Add,
    /// It is changed or replaced.
    Modify,
    /// It is taken out, and deleted unless it is retained.
    Remove,
    /// It is taken into the stack as it is.
    Import,
    /// Known only at deployment.
    Dynamic,
    /// Only its place among stacks, or its drift, is written down anew.
    Sync,
    /// A value that this version does not know.
    Unknown(String),
}

impl ChangeAction {
    /// From AWS's spelling.
    pub fn parse(text: &str) -> ChangeAction {
        match text {
            "Add" => ChangeAction::Add,
            "Modify" => ChangeAction::Modify,
            "Remove" => ChangeAction::Remove,
            "Import" => ChangeAction::Import,
            "Dynamic" => ChangeAction::Dynamic,
            "SyncWithActual" => ChangeAction::Sync,
            other => ChangeAction::Unknown(other.to_owned()),
        }
    }
}

/// Whether a change puts another resource in the place of the one that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Replacement {
    /// No.
    Never,
    /// It depends on a value that is known at deployment.
    Conditional,
    /// Yes.
    Always,
}

/// What happens to one property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyChange {
    /// `Properties.TaskDefinition` or a JSON pointer, as AWS gives it.
    pub path: String,
    /// `Never`, `Conditionally`, `Always`: whether this alone replaces the resource.
    pub recreation: String,
    /// The value before; none where AWS gives none or where it must not be shown.
    pub before: Option<String>,
    /// The value after, likewise.
    pub after: Option<String>,
    /// What it depends on: `Direct`, `ParameterReference`, `ResourceAttribute`, …
    pub cause: Option<String>,
}

/// One page of events, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct EventsPage {
    /// What is on it.
    pub events: Vec<StackEvent>,
    /// The next page, if there is one.
    pub next: Option<String>,
}

/// How far the comparison of a stack with what is there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriftState {
    /// `DETECTION_IN_PROGRESS`, `DETECTION_COMPLETE` or `DETECTION_FAILED`, in AWS's words.
    pub detection: String,
    /// Why it failed, or which resources could not be compared.
    pub reason: Option<String>,
    /// `DRIFTED`, `IN_SYNC`, `NOT_CHECKED` or `UNKNOWN`, in AWS's words; when it is complete.
    pub drift: Option<String>,
    /// How many resources have drifted.
    pub drifted: Option<i32>,
}

/// One page of resources that were compared with what is there.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ResourceDriftsPage {
    /// What is on it.
    pub drifts: Vec<ResourceDrift>,
    /// The next page, if there is one.
    pub next: Option<String>,
}

/// How a resource differs from what its stack says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceDrift {
    /// Its logical id.
    pub logical_id: String,
    /// What it is called outside.
    pub physical_id: Option<String>,
    /// Such as `AWS::ECS::Service`.
    pub kind: String,
    /// `MODIFIED`, `DELETED`, `IN_SYNC`, `NOT_CHECKED`, `UNKNOWN`, `UNSUPPORTED`, in AWS's words.
    pub status: String,
    /// Its properties that differ.
    pub properties: Vec<PropertyDrift>,
}

/// How a property differs from what the stack says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyDrift {
    /// Where, such as `/Tags/0/Value`.
    pub path: String,
    /// `ADD`, `REMOVE` or `NOT_EQUAL`, in AWS's words.
    pub difference: String,
    /// What the stack says.
    pub expected: Option<String>,
    /// What is there.
    pub actual: Option<String>,
}

/// Something that happened to a stack or to a resource of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackEvent {
    /// Unique.
    pub id: String,
    /// The stack's ARN.
    pub stack: String,
    /// The resource, or the stack's own name.
    pub logical_id: String,
    /// What it is called outside; empty in the first event of a new resource.
    pub physical_id: String,
    /// Such as `AWS::ECS::Service`.
    pub kind: String,
    /// The resource's status, in AWS's words.
    pub status: String,
    /// Why.
    pub reason: Option<String>,
    /// When, by the clock of AWS.
    pub time: Time,
    /// `ClientRequestToken` of the operation it belongs to.
    pub token: Option<String>,
}

impl StackEvent {
    /// Whether it tells of the stack itself.
    pub fn is_of_stack(&self) -> bool {
        self.kind == "AWS::CloudFormation::Stack" && self.physical_id == self.stack
    }
}
