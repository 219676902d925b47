//! How many tasks a service runs, following its load.

use stack_core::aws::application_auto_scaling as scaling;
use stack_core::aws::ecs;
use stack_core::prelude::*;
use stack_core::sub;

use crate::route::Attached;

/// Keeps a service between two numbers of tasks and near its targets.
///
/// ```
/// use stack_templates::Scaling;
/// let scaling = Scaling::between(2, 10).cpu(60).memory(75).requests(1000);
/// let by_day = scaling.schedule("Morning", "cron(0 7 ? * MON-FRI *)", "Europe/Berlin", (4, 10));
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}ScalableTarget` | `AWS::ApplicationAutoScaling::ScalableTarget` |
/// | `{id}CpuScaling`, `{id}MemoryScaling`, `{id}RequestScaling` | `AWS::ApplicationAutoScaling::ScalingPolicy` |
#[derive(Clone, Debug)]
pub struct Scaling {
    least: Value<i64>,
    most: Value<i64>,
    cpu: Option<Value<f64>>,
    memory: Option<Value<f64>>,
    requests: Option<Value<f64>>,
    schedule: Vec<Scheduled>,
}

/// Other bounds from a time on.
#[derive(Clone, Debug)]
struct Scheduled {
    name: String,
    expression: String,
    zone: String,
    bounds: (i64, i64),
}

impl Scaling {
    /// Between so many tasks and so many. A deployment starts from the number that runs.
    pub fn between(least: impl IntoValue<i64>, most: impl IntoValue<i64>) -> Scaling {
        Scaling {
            least: least.into_value(),
            most: most.into_value(),
            cpu: None,
            memory: None,
            requests: None,
            schedule: Vec::new(),
        }
    }

    /// Keeps the mean CPU use of the tasks near this percentage (1–100).
    pub fn cpu(self, percent: impl IntoValue<f64>) -> Scaling {
        Scaling {
            cpu: Some(percent.into_value()),
            ..self
        }
    }

    /// Keeps the mean memory use of the tasks near this percentage (1–100).
    pub fn memory(self, percent: impl IntoValue<f64>) -> Scaling {
        Scaling {
            memory: Some(percent.into_value()),
            ..self
        }
    }

    /// Keeps the requests that each task gets in a minute near this number; for a service behind an
    /// HTTPS load balancer. With several routes, those of the first are counted.
    ///
    /// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PredefinedMetricSpecification.html>
    pub fn requests(self, per_minute: impl IntoValue<f64>) -> Scaling {
        Scaling {
            requests: Some(per_minute.into_value()),
            ..self
        }
    }

    /// From a time on, keeps the number of tasks between two others, until another schedule says
    /// otherwise: fewer at night, more before the sale begins. `expression` is `cron(…)`, `rate(…)`
    /// or `at(…)`, `zone` a time zone such as `Europe/Berlin`. Updates in place.
    ///
    /// <https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html>
    pub fn schedule(
        mut self,
        name: impl Into<String>,
        expression: impl Into<String>,
        zone: impl Into<String>,
        bounds: (i64, i64),
    ) -> Scaling {
        self.schedule.push(Scheduled {
            name: name.into(),
            expression: expression.into(),
            zone: zone.into(),
            bounds,
        });
        self
    }

    /// Adds it to a service.
    pub(crate) fn attach(
        self,
        scope: &mut Scope<'_>,
        cluster: Ref<ecs::Cluster>,
        service: Ref<ecs::Service>,
        routes: &[Attached],
    ) {
        self.check(scope);
        let counted = routes
            .iter()
            .find(|it| it.counts)
            .map(|it| (it.load_balancer, it.target_group));
        if self.requests.is_some() && counted.is_none() {
            scope.problem(
                Problem::error(
                    "scaling-without-requests",
                    "scaling follows requests, and none can be counted",
                )
                .help("put the service behind an HTTPS load balancer, or follow `.cpu(60)`"),
            );
        }
        if self.requests.is_some() && routes.iter().any(|it| it.alternate.is_some()) {
            // One target group is measured, and the traffic moves to the other one.
            // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html
            scope.problem(
                Problem::error(
                    "scaling-without-requests",
                    "scaling follows requests, and a traffic shift takes them to another target group",
                )
                .help("follow `.cpu(60)`, or deploy without `shift`"),
            );
        }
        let actions: Vec<_> = self.schedule.iter().map(Scheduled::action).collect();
        let target = scope.add(
            "ScalableTarget",
            scaling::ScalableTarget::new()
                .service_namespace(scaling::scalable_target::ServiceNamespace::ECS)
                .scalable_dimension(
                    scaling::scalable_target::ScalableDimension::ECS_SERVICE_DESIRED_COUNT,
                )
                .resource_id(sub!(
                    "service/${cluster}/${service}",
                    cluster = cluster.reference(),
                    service = service.name()
                ))
                .min_capacity(self.least)
                .max_capacity(self.most)
                .scheduled_actions((!actions.is_empty()).then_some(actions)),
        );
        use scaling::scaling_policy::PredefinedMetricSpecificationPredefinedMetricType as Metric;
        let policies = [
            (
                "CpuScaling",
                self.cpu,
                Metric::ECS_SERVICE_AVERAGE_CPU_UTILIZATION,
                None,
            ),
            (
                "MemoryScaling",
                self.memory,
                Metric::ECS_SERVICE_AVERAGE_MEMORY_UTILIZATION,
                None,
            ),
            (
                "RequestScaling",
                self.requests.filter(|_| counted.is_some()),
                Metric::ALB_REQUEST_COUNT_PER_TARGET,
                counted.map(|(load_balancer, target_group)| {
                    sub!(
                        "${load_balancer}/${target_group}",
                        load_balancer = load_balancer.load_balancer_full_name(),
                        target_group = target_group.target_group_full_name()
                    )
                }),
            ),
        ];
        for (id, value, metric, label) in policies {
            let Some(value) = value else { continue };
            let tracking = scaling::scaling_policy::TargetTrackingScalingPolicyConfiguration::new()
                .target_value(value)
                .predefined_metric_specification(
                    scaling::scaling_policy::PredefinedMetricSpecification::new()
                        .predefined_metric_type(metric)
                        .resource_label(label),
                )
                .scale_out_cooldown(60)
                .scale_in_cooldown(300);
            scope.add(
                id,
                scaling::ScalingPolicy::new()
                    .policy_name(sub!("${AWS::StackName}-${id}", id = scope.logical_id(id)))
                    .policy_type(scaling::scaling_policy::PolicyType::TARGET_TRACKING_SCALING)
                    .scaling_target_id(target)
                    .target_tracking_scaling_policy_configuration(tracking),
            );
        }
    }

    /// Its bounds in words.
    pub(crate) fn bounds(&self) -> String {
        match (self.least.expr(), self.most.expr()) {
            (Expr::Int(least), Expr::Int(most)) => format!("between {least} and {most}"),
            _ => "between bounds that are given at deployment".to_owned(),
        }
    }

    fn check(&self, scope: &mut Scope<'_>) {
        let followed = [&self.cpu, &self.memory, &self.requests];
        if followed.iter().all(|it| it.is_none()) && self.schedule.is_empty() {
            scope.problem(
                Problem::error("scaling-without-target", "scaling follows nothing")
                    .help("say what it follows, for example `.cpu(60)`"),
            );
        }
        let known = |it: &Value<i64>| match it.expr() {
            Expr::Int(number) => Some(*number),
            _ => scope.argument_of(it)?.parse().ok(),
        };
        if let Some(bounds) = known(&self.least).zip(known(&self.most)) {
            check_bounds(scope, "scaling", bounds);
        }
        for it in &self.schedule {
            let what = format!("schedule `{}`", it.name);
            check_bounds(scope, &what, it.bounds);
            let known = ["cron(", "rate(", "at("];
            let is_known = known.iter().any(|form| it.expression.starts_with(form));
            if !is_known || !it.expression.ends_with(')') {
                let message = format!("`{}` of {what} is no time", it.expression);
                scope.problem(Problem::error("schedule", message).help(
                    "write `cron(0 7 ? * MON-FRI *)`, `rate(1 hour)` or `at(2026-12-24T18:00:00)`",
                ));
            }
        }
    }
}

fn check_bounds(scope: &mut Scope<'_>, what: &str, (least, most): (i64, i64)) {
    if least > most || least < 0 {
        let message = format!("{what} between {least} and {most} tasks leaves no number");
        scope.problem(
            Problem::error("scaling-bounds", message)
                .help("give the smaller number first, 0 or more: `Scaling::between(2, 10)`"),
        );
    }
}

impl Scheduled {
    fn action(&self) -> scaling::scalable_target::ScheduledAction {
        let (least, most) = self.bounds;
        scaling::scalable_target::ScheduledAction::new()
            .scheduled_action_name(self.name.clone())
            .schedule(self.expression.clone())
            .timezone(self.zone.clone())
            .scalable_target_action(
                scaling::scalable_target::ScalableTargetAction::new()
                    .min_capacity(least)
                    .max_capacity(most),
            )
    }
}
