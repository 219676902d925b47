//! The policies CloudFormation offers around a resource.

use crate::value::{Expr, Object, Seconds};

/// What happens to a resource when it leaves its stack.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletionPolicy {
    /// It is deleted, with all it holds.
    Delete,
    /// It stays, and nobody manages it any more.
    Retain,
    /// It stays, unless the very operation that created it is rolled back.
    RetainExceptOnCreate,
    /// A snapshot is taken first; only types that can make one.
    Snapshot,
}

impl DeletionPolicy {
    pub(crate) fn text(self) -> &'static str {
        match self {
            DeletionPolicy::Delete => "Delete",
            DeletionPolicy::Retain => "Retain",
            DeletionPolicy::RetainExceptOnCreate => "RetainExceptOnCreate",
            DeletionPolicy::Snapshot => "Snapshot",
        }
    }
}

/// What happens to the old resource when an update replaces it.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateReplacePolicy {
    /// It is deleted, with all it holds.
    Delete,
    /// It stays, and nobody manages it any more.
    Retain,
    /// A snapshot is taken first; only types that can make one.
    Snapshot,
}

impl UpdateReplacePolicy {
    pub(crate) fn text(self) -> &'static str {
        match self {
            UpdateReplacePolicy::Delete => "Delete",
            UpdateReplacePolicy::Retain => "Retain",
            UpdateReplacePolicy::Snapshot => "Snapshot",
        }
    }
}

/// An ISO 8601 duration of hours, minutes and seconds, as CloudFormation writes time-outs.
fn duration(span: Seconds) -> String {
    let (hours, minutes, seconds) = (span.0 / 3600, span.0 / 60 % 60, span.0 % 60);
    let mut text = String::from("PT");
    for (count, unit) in [(hours, 'H'), (minutes, 'M'), (seconds, 'S')] {
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
        }
    }
    if text.len() == 2 {
        "PT0S".to_owned()
    } else {
        text
    }
}

/// Which signals CloudFormation waits for before a resource counts as created.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-creationpolicy.html>
#[derive(Clone, Debug, PartialEq)]
pub struct CreationPolicy {
    body: Object,
}

impl CreationPolicy {
    /// Waits for `count` success signals, at most `timeout` (up to 12 hours). Otherwise creation
    /// fails.
    pub fn signals(count: u32, timeout: Seconds) -> CreationPolicy {
        let signal = Object::from_iter([
            ("Count", Expr::Int(count.into())),
            ("Timeout", Expr::from(duration(timeout))),
        ]);
        CreationPolicy {
            body: Object::single("ResourceSignal", signal.into()),
        }
    }

    /// For an Auto Scaling group: the share of instances (0–100 %) that must signal success.
    pub fn min_successful_percent(mut self, percent: u8) -> CreationPolicy {
        let share = Object::single("MinSuccessfulInstancesPercent", Expr::Int(percent.into()));
        self.body.set("AutoScalingCreationPolicy", share);
        self
    }

    pub(crate) fn into_expr(self) -> Expr {
        Expr::Object(self.body)
    }
}

/// How an Auto Scaling group replaces its instances when its launch template changes.
#[derive(Clone, Debug, PartialEq)]
pub struct RollingUpdate {
    body: Object,
}

impl RollingUpdate {
    /// Keeps at least `min_in_service` instances, and replaces `batch` at a time.
    pub fn new(min_in_service: u32, batch: u32) -> RollingUpdate {
        RollingUpdate {
            body: Object::from_iter([
                ("MaxBatchSize", Expr::Int(batch.into())),
                ("MinInstancesInService", Expr::Int(min_in_service.into())),
            ]),
        }
    }

    /// Waits after each batch; with [`wait_for_signals`](Self::wait_for_signals), at most so long
    /// (up to one hour).
    pub fn pause(mut self, time: Seconds) -> Self {
        self.body.set("PauseTime", duration(time));
        self
    }

    /// Waits for one success signal from each new instance.
    pub fn wait_for_signals(mut self) -> Self {
        self.body.set("WaitOnResourceSignals", true);
        self
    }

    /// The share of new instances (0–100 %) that must signal success.
    pub fn min_successful_percent(mut self, percent: u8) -> Self {
        self.body
            .set("MinSuccessfulInstancesPercent", i64::from(percent));
        self
    }

    /// Auto Scaling processes to suspend meanwhile, such as `AZRebalance`.
    pub fn suspend(mut self, processes: &[&'static str]) -> Self {
        let processes: Vec<Expr> = processes.iter().map(|it| Expr::from(*it)).collect();
        self.body.set("SuspendProcesses", processes);
        self
    }
}

/// How some types are updated.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html>
#[derive(Clone, Debug, PartialEq, Default)]
pub struct UpdatePolicy {
    body: Object,
}

impl UpdatePolicy {
    /// No policy yet.
    pub fn new() -> UpdatePolicy {
        UpdatePolicy::default()
    }

    /// Replaces an Auto Scaling group's instances in batches.
    pub fn rolling(mut self, update: RollingUpdate) -> Self {
        self.body.set("AutoScalingRollingUpdate", update.body);
        self
    }

    /// Makes a whole new Auto Scaling group, and deletes the old one when the new one is up.
    pub fn replacing(mut self) -> Self {
        let body = Object::single("WillReplace", Expr::Bool(true));
        self.body.set("AutoScalingReplacingUpdate", body);
        self
    }

    /// Leaves an Auto Scaling group's sizes alone when only others changed them since.
    pub fn ignore_unmodified_sizes(mut self) -> Self {
        let body = Object::single("IgnoreUnmodifiedGroupSizeProperties", Expr::Bool(true));
        self.body.set("AutoScalingScheduledAction", body);
        self
    }

    /// Any other policy by name, such as `CodeDeployLambdaAliasUpdate`.
    pub fn other(mut self, name: &'static str, body: serde_json::Value) -> Self {
        self.body.set(name, body);
        self
    }

    pub(crate) fn into_expr(self) -> Expr {
        Expr::Object(self.body)
    }
}
