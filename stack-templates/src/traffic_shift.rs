//! Deployments that shift traffic from the old tasks to the new ones: all at once, in steps, or a
//! little first.

use stack_core::aws::policy::{PolicyDocument, Principal, Statement};
use stack_core::aws::{ecs, iam};
use stack_core::prelude::*;
use stack_core::sub;

/// Starts all new tasks beside the old ones, shifts the traffic, and keeps the old ones for a while,
/// so that going back is a matter of seconds. Needs room for twice the tasks. For a service behind one
/// load balancer, or with a name in a namespace.
///
/// ECS moves the weights of the listener's rule (of the listener itself, for TCP; there each shift
/// takes ten minutes more). CloudFormation does not look at them, unless it has another reason to
/// change the rule: then it writes the weights of the template, and sends everybody to the first target
/// group, which may be the empty one. So hosts, paths and priority of a route are changed in an
/// update of their own, followed by a deployment.
///
/// The circuit breaker belongs to rolling updates and is off; name alarms with
/// [`rollback_on`](crate::FargateService::rollback_on) or
/// [`rollback_when`](crate::FargateService::rollback_when).
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-blue-green.html>,
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html>
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::TrafficShift;
/// let at_once = TrafficShift::blue_green();
/// let in_fifths = TrafficShift::linear(20, minutes(5));
/// let a_little_first = TrafficShift::canary(5, minutes(15)).bake(minutes(30));
/// ```
#[derive(Clone, Debug)]
pub struct TrafficShift {
    how: How,
    bake: Seconds,
    pub(crate) test: Option<TestTraffic>,
    hooks: Vec<Hook>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum How {
    AllAtOnce,
    Linear { percent: f64, every: Seconds },
    Canary { percent: f64, hold: Seconds },
}

/// Which requests the new tasks get before all others.
#[derive(Clone, Debug)]
pub(crate) struct TestTraffic {
    pub(crate) header: String,
    pub(crate) value: String,
}

#[derive(Clone, Debug)]
enum Hook {
    Pause {
        at: ShiftStage,
        at_most: Seconds,
    },
    Check {
        at: ShiftStage,
        function: Value<String>,
    },
}

/// When something looks at a deployment. Scaling up, baking and cleaning up have no hooks, so they are
/// not here.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShiftStage {
    /// Before the new tasks start.
    BeforeStart,
    /// The new tasks are healthy and get no traffic yet.
    Started,
    /// They get test traffic.
    Tested,
    /// Before each shift of traffic: once for blue/green, before each step else.
    BeforeTraffic,
    /// All traffic is theirs.
    AfterTraffic,
}

/// The limit that CloudFormation sets to such a deployment.
const LONGEST: u64 = 36 * 60;

impl TrafficShift {
    fn new(how: How) -> TrafficShift {
        TrafficShift {
            how,
            bake: minutes(10),
            test: None,
            hooks: Vec::new(),
        }
    }

    /// All traffic at once.
    pub fn blue_green() -> TrafficShift {
        TrafficShift::new(How::AllAtOnce)
    }

    /// Steps of so many percent (3–100), with a time between them (whole minutes, up to a day).
    ///
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-linear.html>
    pub fn linear(percent: impl Into<f64>, every: Seconds) -> TrafficShift {
        let percent = percent.into();
        TrafficShift::new(How::Linear { percent, every })
    }

    /// So many percent first (0.1–99), everything after a time (whole minutes, up to a day).
    ///
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/canary-deployment.html>
    pub fn canary(percent: impl Into<f64>, hold: Seconds) -> TrafficShift {
        let percent = percent.into();
        TrafficShift::new(How::Canary { percent, hold })
    }

    /// How long the old tasks stay after all traffic has gone (whole minutes, up to a day; default
    /// 10). Until then an alarm brings the traffic back to them. Updates in place.
    pub fn bake(self, time: Seconds) -> TrafficShift {
        TrafficShift { bake: time, ..self }
    }

    /// Requests with this header go to the new tasks before the others do, through a rule that stands
    /// one place before the route's own. It is no secret: whoever sends it gets the new tasks. Behind an
    /// HTTPS load balancer.
    pub fn test_header(self, name: impl Into<String>, value: impl Into<String>) -> TrafficShift {
        let test = TestTraffic {
            header: name.into(),
            value: value.into(),
        };
        TrafficShift {
            test: Some(test),
            ..self
        }
    }

    /// Waits until somebody says `aws ecs continue-service-deployment`, and goes back when nobody does
    /// in time (whole minutes, up to 14 days; within CloudFormation's 36 hours).
    ///
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html>
    pub fn pause(mut self, at: ShiftStage, at_most: Seconds) -> TrafficShift {
        self.hooks.push(Hook::Pause { at, at_most });
        self
    }

    /// Asks a Lambda function, by its ARN, and goes back when it answers `FAILED`. A role that may
    /// call it and nothing else is made.
    pub fn check(mut self, at: ShiftStage, function: impl IntoValue<String>) -> TrafficShift {
        let function = function.into_value();
        self.hooks.push(Hook::Check { at, function });
        self
    }

    /// Whether it can do without traffic that it shifts.
    pub(crate) fn needs_traffic(&self) -> bool {
        self.how != How::AllAtOnce
    }

    pub(crate) fn name(&self) -> &'static str {
        match self.how {
            How::AllAtOnce => "blue/green",
            How::Linear { .. } => "linear",
            How::Canary { .. } => "canary",
        }
    }

    pub(crate) fn check_times(&self, scope: &mut Scope<'_>) {
        let mut refuse = |message: String, help: &str| {
            scope.problem(Problem::error("traffic-shift", message).help(help));
        };
        let (percent, least, time) = match self.how {
            How::AllAtOnce => (100.0, 0.0, seconds(0)),
            How::Linear { percent, every } => (percent, 3.0, every),
            How::Canary { percent, hold } => (percent, 0.1, hold),
        };
        // What is out of bounds, the schema refuses.
        if !(least..=100.0).contains(&percent) {
            return;
        }
        let pauses = self.hooks.iter().filter_map(|it| match it {
            Hook::Pause { at_most, .. } => Some(*at_most),
            Hook::Check { .. } => None,
        });
        let pauses: Vec<Seconds> = pauses.collect();
        for time in [self.bake, time].iter().chain(&pauses) {
            if time.0 % 60 != 0 {
                let message = format!("{} seconds are no time of a deployment", time.0);
                refuse(message, "whole minutes: `minutes(5)`");
                return;
            }
        }
        // The last step is followed by the bake time alone.
        let steps = match self.how {
            How::AllAtOnce => 0,
            How::Linear { percent, .. } => (100.0 / percent).ceil() as u32 - 1,
            How::Canary { .. } => 1,
        };
        let paused = pauses.iter().map(|it| u64::from(it.0 / 60)).sum::<u64>();
        let whole =
            u64::from(steps) * u64::from(time.0 / 60) + u64::from(self.bake.0 / 60) + paused;
        if whole > LONGEST {
            let message = format!(
                "{steps} steps of {} minutes, {} minutes of bake time and {paused} of pauses are {whole} minutes",
                time.0 / 60,
                self.bake.0 / 60
            );
            refuse(
                message,
                &format!(
                    "CloudFormation gives up after 36 hours, {LONGEST} minutes: take larger steps or shorter times"
                ),
            );
        }
    }

    pub(crate) fn configuration(
        &self,
        scope: &mut Scope<'_>,
    ) -> ecs::service::DeploymentConfiguration {
        let configuration = ecs::service::DeploymentConfiguration::new()
            .bake_time_in_minutes(i64::from(self.bake.0 / 60));
        let configuration = match self.how {
            How::AllAtOnce => configuration.strategy(ecs::service::Strategy::BLUE_GREEN),
            How::Linear { percent, every } => configuration
                .strategy(ecs::service::Strategy::LINEAR)
                .linear_configuration(
                    ecs::service::LinearConfiguration::new()
                        .step_percent(percent)
                        .step_bake_time_in_minutes(i64::from(every.0 / 60)),
                ),
            How::Canary { percent, hold } => configuration
                .strategy(ecs::service::Strategy::CANARY)
                .canary_configuration(
                    ecs::service::CanaryConfiguration::new()
                        .canary_percent(percent)
                        .canary_bake_time_in_minutes(i64::from(hold.0 / 60)),
                ),
        };
        let hooks = self.hooks(scope);
        configuration.lifecycle_hooks((!hooks.is_empty()).then_some(hooks))
    }

    fn hooks(&self, scope: &mut Scope<'_>) -> Vec<ecs::service::DeploymentLifecycleHook> {
        let functions: Vec<Value<String>> = self
            .hooks
            .iter()
            .filter_map(|it| match it {
                Hook::Check { function, .. } => Some(function.clone()),
                Hook::Pause { .. } => None,
            })
            .collect();
        let role = (!functions.is_empty()).then(|| scope.add("HookRole", hook_role(functions)));
        let hook = |at: ShiftStage| {
            ecs::service::DeploymentLifecycleHook::new().lifecycle_stages([at.stage()])
        };
        self.hooks
            .iter()
            .map(|it| match it {
                Hook::Pause { at, at_most } => hook(*at)
                    .target_type(ecs::service::TargetType::PAUSE)
                    .timeout_configuration(
                        ecs::service::HookTimeoutConfig::new()
                            .timeout_in_minutes(i64::from(at_most.0 / 60))
                            .action(ecs::service::Action::ROLLBACK),
                    ),
                Hook::Check { at, function } => hook(*at)
                    .target_type(ecs::service::TargetType::AWS_LAMBDA)
                    .hook_target_arn(function)
                    .role_arn(role.map(|it| it.arn())),
            })
            .collect()
    }
}

impl ShiftStage {
    fn stage(self) -> ecs::service::LifecycleStages {
        use ecs::service::LifecycleStages as Stage;
        match self {
            ShiftStage::BeforeStart => Stage::PRE_SCALE_UP,
            ShiftStage::Started => Stage::POST_SCALE_UP,
            ShiftStage::Tested => Stage::POST_TEST_TRAFFIC_SHIFT,
            ShiftStage::BeforeTraffic => Stage::PRE_PRODUCTION_TRAFFIC_SHIFT,
            ShiftStage::AfterTraffic => Stage::POST_PRODUCTION_TRAFFIC_SHIFT,
        }
    }
}

fn hook_role(functions: Vec<Value<String>>) -> iam::Role {
    let call = Statement::allow()
        .actions(["lambda:InvokeFunction"])
        .resources(functions);
    role_of_ecs().policies([iam::role::Policy::new()
        .policy_name("CallHooks")
        .policy_document(PolicyDocument::new([call]))])
}

/// What ECS needs to move listeners and rules for the service.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html>
pub(crate) fn infrastructure_role() -> iam::Role {
    role_of_ecs().managed_policy_arns([ManagedPolicyArn::existing(sub!(
        "arn:${AWS::Partition}:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"
    ))])
}

fn role_of_ecs() -> iam::Role {
    iam::Role::new().assume_role_policy_document(PolicyDocument::new([Statement::allow()
        .principal(Principal::service("ecs.amazonaws.com"))
        .actions(["sts:AssumeRole"])]))
}
