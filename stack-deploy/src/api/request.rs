//! What is asked of AWS.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// One call. Where a stack is named, its ARN is taken as well; after the first read it is always
/// the ARN, so that another stack with the same name is never mistaken for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// STS: who we are.
    GetCallerIdentity,
    /// One stack with status, outputs, tags.
    DescribeStack {
        /// Name or ARN.
        stack: String,
    },
    /// The template as it was submitted (`TemplateStage=Original`).
    GetTemplate {
        /// Name or ARN.
        stack: String,
    },
    /// One page of the resources of a stack.
    ListStackResources {
        /// Name or ARN.
        stack: String,
        /// From the page before.
        next: Option<String>,
    },
    /// S3: one object, sent with `ExpectedBucketOwner`.
    PutObject {
        /// The bucket.
        bucket: String,
        /// Its key; content-addressed, so writing it twice changes nothing.
        key: String,
        /// What is in it.
        body: String,
        /// The account that must own the bucket.
        owner: String,
        /// The KMS key it is encrypted with, when not the bucket's own.
        kms_key: Option<String>,
    },
    /// A change set.
    CreateChangeSet(Box<CreateChangeSet>),
    /// One page of a change set.
    DescribeChangeSet {
        /// Its ARN, or its name when the answer to its creation was lost.
        change_set: String,
        /// Name or ARN of its stack.
        stack: String,
        /// From the page before.
        next: Option<String>,
        /// With values before and after (`IncludePropertyValues`).
        values: bool,
    },
    /// Runs a change set.
    ExecuteChangeSet {
        /// Its ARN.
        change_set: String,
        /// The ARN of its stack: what may be done is said by stack in policies.
        stack: String,
        /// `ClientRequestToken`.
        token: String,
        /// Leaves what was made when it fails (`DisableRollback`).
        disable_rollback: bool,
    },
    /// Deletes a change set that was not executed.
    DeleteChangeSet {
        /// Its ARN, or its name when the answer to its creation was lost.
        change_set: String,
        /// Name or ARN of its stack.
        stack: String,
    },
    /// One page of events, newest first.
    DescribeStackEvents {
        /// Name or ARN.
        stack: String,
        /// From the page before.
        next: Option<String>,
    },
    /// Begins to compare a stack with what is there.
    DetectStackDrift {
        /// Name or ARN.
        stack: String,
    },
    /// How far that is.
    DescribeDriftDetection {
        /// From the answer to `DetectStackDrift`.
        detection: String,
    },
    /// One page of the resources that were compared, those that are in sync left out.
    DescribeResourceDrifts {
        /// Name or ARN.
        stack: String,
        /// From the page before.
        next: Option<String>,
    },
    /// Deletes a stack.
    DeleteStack {
        /// ARN.
        stack: String,
        /// `ClientRequestToken`.
        token: String,
        /// The service role.
        role: Option<String>,
        /// Logical ids that stay; only for `DELETE_FAILED`.
        retain: BTreeSet<String>,
        /// `DeletionMode=FORCE_DELETE_STACK`; only for `DELETE_FAILED`.
        force: bool,
    },
    /// Rolls a running update back.
    CancelUpdateStack {
        /// ARN.
        stack: String,
        /// `ClientRequestToken`.
        token: String,
    },
    /// Goes on with an update's rollback that failed.
    ContinueUpdateRollback {
        /// ARN.
        stack: String,
        /// `ClientRequestToken`.
        token: String,
        /// The service role.
        role: Option<String>,
        /// `ResourcesToSkip`.
        skip: BTreeSet<String>,
    },
    /// Rolls back what failed with rollback disabled (`RetainExceptOnCreate=true`).
    RollbackStack {
        /// ARN.
        stack: String,
        /// `ClientRequestToken`.
        token: String,
        /// The service role.
        role: Option<String>,
    },
    /// Switches termination protection.
    UpdateTerminationProtection {
        /// ARN.
        stack: String,
        /// On or off.
        enabled: bool,
    },
    /// Sets the stack policy.
    SetStackPolicy {
        /// ARN.
        stack: String,
        /// The policy document, JSON.
        policy: String,
    },
}

/// A change set to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateChangeSet {
    /// The stack's name, or its ARN when it exists.
    pub stack: String,
    /// The change set's name: unique for each operation.
    pub name: String,
    /// `ClientToken`: the same call sent again makes no second change set.
    pub token: String,
    /// Whether the stack exists.
    pub kind: ChangeSetKind,
    /// The template.
    pub template: TemplateSource,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// `CAPABILITY_…`, computed from the template.
    pub capabilities: BTreeSet<String>,
    /// Tags of the stack and of what is in it.
    pub tags: BTreeMap<String, String>,
    /// SNS topics that get the events.
    pub notification_arns: Vec<String>,
    /// The role that CloudFormation acts with.
    pub role: Option<String>,
    /// Alarms (ARNs) that roll back, when they sound during the update or `monitoring_minutes`
    /// after it.
    pub rollback_alarms: Vec<String>,
    /// See `rollback_alarms`; 0–180.
    pub monitoring_minutes: u16,
    /// What people read at the change set.
    pub description: String,
    /// With the change sets of nested stacks.
    pub nested: bool,
    /// `DeploymentMode=REVERT_DRIFT`: what was changed outside goes back.
    pub revert_drift: bool,
}

/// Whether a change set makes a stack or changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ChangeSetKind {
    /// There is no stack yet, or only the shell of one.
    Create,
    /// There is one.
    Update,
}

/// Where CloudFormation finds the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateSource {
    /// In the call: at most 51,200 bytes.
    Body(String),
    /// In S3, `https://s3.<region>.amazonaws.com/<bucket>/<key>`.
    Url(String),
}

/// A parameter of a stack with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: ParameterValue,
}

/// What a parameter is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterValue {
    /// Text that may be shown.
    Plain(String),
    /// Text that may not.
    Secret(Secret),
    /// What it had before (`UsePreviousValue`).
    Previous,
}

/// Which call a request is, without what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // As in [`Request`].
pub enum Call {
    GetCallerIdentity,
    DescribeStack,
    GetTemplate,
    ListStackResources,
    PutObject,
    CreateChangeSet,
    DescribeChangeSet,
    ExecuteChangeSet,
    DeleteChangeSet,
    DescribeStackEvents,
    DetectStackDrift,
    DescribeDriftDetection,
    DescribeResourceDrifts,
    DeleteStack,
    CancelUpdateStack,
    ContinueUpdateRollback,
    RollbackStack,
    UpdateTerminationProtection,
    SetStackPolicy,
}

impl Request {
    /// Which call it is.
    pub fn call(&self) -> Call {
        match self {
            Request::GetCallerIdentity => Call::GetCallerIdentity,
            Request::DescribeStack { .. } => Call::DescribeStack,
            Request::GetTemplate { .. } => Call::GetTemplate,
            Request::ListStackResources { .. } => Call::ListStackResources,
            Request::PutObject { .. } => Call::PutObject,
            Request::CreateChangeSet(_) => Call::CreateChangeSet,
            Request::DescribeChangeSet { .. } => Call::DescribeChangeSet,
            Request::ExecuteChangeSet { .. } => Call::ExecuteChangeSet,
            Request::DeleteChangeSet { .. } => Call::DeleteChangeSet,
            Request::DescribeStackEvents { .. } => Call::DescribeStackEvents,
            Request::DetectStackDrift { .. } => Call::DetectStackDrift,
            Request::DescribeDriftDetection { .. } => Call::DescribeDriftDetection,
            Request::DescribeResourceDrifts { .. } => Call::DescribeResourceDrifts,
            Request::DeleteStack { .. } => Call::DeleteStack,
            Request::CancelUpdateStack { .. } => Call::CancelUpdateStack,
            Request::ContinueUpdateRollback { .. } => Call::ContinueUpdateRollback,
            Request::RollbackStack { .. } => Call::RollbackStack,
            Request::UpdateTerminationProtection { .. } => Call::UpdateTerminationProtection,
            Request::SetStackPolicy { .. } => Call::SetStackPolicy,
        }
    }
}

impl Call {
    /// Whether CloudFormation counts it among its calls; the others are of services that take more.
    pub(crate) fn is_of_cloudformation(self) -> bool {
        !matches!(self, Call::GetCallerIdentity | Call::PutObject)
    }

    /// Whether it changes anything in AWS.
    pub fn mutates(self) -> bool {
        match self {
            Call::GetCallerIdentity
            | Call::DescribeStack
            | Call::GetTemplate
            | Call::ListStackResources
            | Call::DescribeChangeSet
            | Call::DescribeStackEvents
            // Looks, and writes down what it saw.
            | Call::DetectStackDrift
            | Call::DescribeDriftDetection
            | Call::DescribeResourceDrifts => false,
            Call::PutObject
            | Call::CreateChangeSet
            | Call::ExecuteChangeSet
            | Call::DeleteChangeSet
            | Call::DeleteStack
            | Call::CancelUpdateStack
            | Call::ContinueUpdateRollback
            | Call::RollbackStack
            | Call::UpdateTerminationProtection
            | Call::SetStackPolicy => true,
        }
    }
}

impl fmt::Display for Call {
    /// AWS's name of the operation.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Call::DescribeStack => f.write_str("DescribeStacks"),
            Call::DescribeDriftDetection => f.write_str("DescribeStackDriftDetectionStatus"),
            Call::DescribeResourceDrifts => f.write_str("DescribeStackResourceDrifts"),
            other => write!(f, "{other:?}"),
        }
    }
}
