//! [`DeployPlan`]: what a stack is to become, and what may be done for it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use sha2::{Digest, Sha256};
use stack_core::build::Environment;
use stack_core::{Assembly, SynthesizedStack};

use crate::api::{Parameter, ParameterValue};

/// Where templates are in a bucket when nobody says otherwise.
pub const TEMPLATES: &str = "templates/";

/// What one stack is to become.
#[derive(Clone, Debug, PartialEq)]
pub struct DeployPlan {
    /// The stack's name.
    pub stack: String,
    /// Where it must go; nothing is called anywhere else.
    pub environment: Option<Environment>,
    /// The region that calls go to.
    pub region: String,
    /// The template, as it is submitted.
    pub template: String,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Tags of the stack.
    pub tags: BTreeMap<String, String>,
    /// A tag, of those above, that an existing stack must have with the same value: other people's
    /// stacks with our names stay theirs.
    pub owner_tag: Option<String>,
    /// SNS topics that get the events.
    pub notification_arns: Vec<String>,
    /// The role that CloudFormation acts with; with it, an operation outlives our session.
    pub role: Option<String>,
    /// Alarms (ARNs) that roll an operation back.
    pub rollback_alarms: Vec<String>,
    /// How long the alarms are watched after it; 0–180.
    pub monitoring_minutes: u16,
    /// Switches termination protection on. It is never switched off.
    pub termination_protection: bool,
    /// The stack policy, JSON.
    pub stack_policy: Option<String>,
    /// Where templates go that are too long for a call.
    pub assets: Option<Assets>,
    /// How.
    pub options: Options,
}

/// A bucket for templates, in the account and region of the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    /// Its name.
    pub bucket: String,
    /// What keys begin with, such as `templates/`.
    pub prefix: String,
    /// The KMS key objects are encrypted with, when not the bucket's own.
    pub kms_key: Option<String>,
}

/// How a stack is deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What must be approved.
    pub approval: RequireApproval,
    /// It is approved (`--yes`). Safety refusals are not overridden.
    pub yes: bool,
    /// Logical ids whose data may be lost: the flag that names them.
    pub accept_data_loss: BTreeSet<String>,
    /// The stack may be deleted although resources are left of its rolled back creation.
    pub accept_deletion: bool,
    /// An existing stack without the owner's tag is taken over.
    pub adopt: bool,
    /// How long somebody else's operation is waited for; none: not.
    pub wait_for_others: Option<Duration>,
    /// Does not wait for the end.
    pub no_wait: bool,
    /// How long the end is waited for.
    pub timeout: Duration,
    /// What then.
    pub on_timeout: OnTimeout,
    /// Leaves what was made when it fails.
    pub no_rollback: bool,
    /// What was changed outside goes back.
    pub revert_drift: bool,
    /// The first part of change sets' names.
    pub prefix: String,
}

impl Default for Options {
    /// Everything is asked for, nothing is lost, nobody else is waited for; one hour.
    fn default() -> Options {
        Options {
            approval: RequireApproval::AnyChange,
            yes: false,
            accept_data_loss: BTreeSet::new(),
            accept_deletion: false,
            adopt: false,
            wait_for_others: None,
            no_wait: false,
            timeout: Duration::from_secs(60 * 60),
            on_timeout: OnTimeout::Detach,
            no_rollback: false,
            revert_drift: false,
            prefix: "stack".to_owned(),
        }
    }
}

/// What must be approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequireApproval {
    /// Nothing.
    Never,
    /// Every change.
    AnyChange,
    /// What may let somebody reach or do more.
    Broadening,
    /// What may replace a resource.
    Replacement,
}

/// What is done when the end does not come in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnTimeout {
    /// Nothing: it goes on in AWS.
    Detach,
    /// An update is rolled back; anything else goes on in AWS.
    Cancel,
}

/// Sixteen random bytes, from the operating system, new for each operation: the change set's name
/// and the tokens are made of them, and what spreads waiting times.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub [u8; 16]);

impl Seed {
    /// The seed of one stack's operation in a run: different for each.
    pub(crate) fn of(self, stack: &str) -> Seed {
        let digest = Sha256::new()
            .chain_update(self.0)
            .chain_update(stack.as_bytes())
            .finalize();
        let mut seed = [0; 16];
        seed.iter_mut()
            .zip(digest)
            .for_each(|(to, from)| *to = from);
        Seed(seed)
    }
}

impl fmt::Display for Seed {
    /// Thirty-two hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|it| write!(f, "{it:02x}"))
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl DeployPlan {
    /// A template, with all else left open, deployed by calls to `region`.
    pub fn new(
        stack: impl Into<String>,
        region: impl Into<String>,
        template: impl Into<String>,
    ) -> DeployPlan {
        DeployPlan {
            stack: stack.into(),
            environment: None,
            region: region.into(),
            template: template.into(),
            parameters: Vec::new(),
            tags: BTreeMap::new(),
            owner_tag: None,
            notification_arns: Vec::new(),
            role: None,
            rollback_alarms: Vec::new(),
            monitoring_minutes: 0,
            termination_protection: false,
            stack_policy: None,
            assets: None,
            options: Options::default(),
        }
    }

    /// A stack of an assembly. What comes from other stacks is filled in when they are deployed.
    pub fn of(stack: &SynthesizedStack, region: impl Into<String>) -> DeployPlan {
        let parameters = stack.arguments.iter().map(|(name, value)| Parameter {
            name: (*name).to_owned(),
            value: ParameterValue::Plain(value.clone()),
        });
        let how = &stack.deployment;
        let assets = how.templates_bucket.as_ref().map(|it| Assets {
            bucket: it.clone(),
            prefix: TEMPLATES.to_owned(),
            kms_key: None,
        });
        DeployPlan {
            environment: stack.environment.clone(),
            parameters: parameters.collect(),
            tags: stack.tags.clone(),
            owner_tag: how.owner_tag.clone(),
            notification_arns: how.notification_arns.clone(),
            role: how.role.clone(),
            rollback_alarms: how.rollback_alarms.clone(),
            monitoring_minutes: how.monitoring_minutes,
            termination_protection: stack.termination_protection,
            stack_policy: how.policy.clone(),
            assets,
            ..DeployPlan::new(stack.name, region, stack.body().to_owned())
        }
    }

    /// All stacks of an assembly, in an order in which they can be deployed. A stack that can go
    /// anywhere goes to `region`.
    pub fn of_all(assembly: &Assembly, region: &str) -> Vec<DeployPlan> {
        let stacks = assembly.order().iter().filter_map(|it| assembly.stack(it));
        stacks
            .map(|it| {
                let region = it
                    .environment
                    .as_ref()
                    .map_or(region, |it| it.region.as_str());
                DeployPlan::of(it, region)
            })
            .collect()
    }
}
