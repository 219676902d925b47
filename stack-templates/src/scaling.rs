//! How many tasks a service runs, following its load.

use stack_core::aws::application_auto_scaling as scaling;
use stack_core::aws::ecs;
use stack_core::prelude::*;
use stack_core::sub;

/// Keeps a service between two numbers of tasks and near its targets.
///
/// ```
/// use stack_templates::Scaling;
/// let scaling = Scaling::between(2, 10).cpu(60).memory(75);
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}ScalableTarget` | `AWS::ApplicationAutoScaling::ScalableTarget` |
/// | `{id}CpuScaling`, `{id}MemoryScaling` | `AWS::ApplicationAutoScaling::ScalingPolicy` |
#[derive(Clone, Debug)]
pub struct Scaling {
    least: Value<i64>,
    most: Value<i64>,
    cpu: Option<Value<f64>>,
    memory: Option<Value<f64>>,
}

impl Scaling {
    /// Between so many tasks and so many. A deployment starts from the number that runs.
    pub fn between(least: impl IntoValue<i64>, most: impl IntoValue<i64>) -> Scaling {
        Scaling {
            least: least.into_value(),
            most: most.into_value(),
            cpu: None,
            memory: None,
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

    /// Adds it to a service.
    pub(crate) fn attach(
        self,
        scope: &mut Scope<'_>,
        cluster: Ref<ecs::Cluster>,
        service: Ref<ecs::Service>,
    ) {
        self.check(scope);
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
                .max_capacity(self.most),
        );
        use scaling::scaling_policy::PredefinedMetricSpecificationPredefinedMetricType as Metric;
        let policies = [
            (
                "CpuScaling",
                self.cpu,
                Metric::ECS_SERVICE_AVERAGE_CPU_UTILIZATION,
            ),
            (
                "MemoryScaling",
                self.memory,
                Metric::ECS_SERVICE_AVERAGE_MEMORY_UTILIZATION,
            ),
        ];
        for (id, percent, metric) in policies {
            let Some(percent) = percent else { continue };
            let tracking = scaling::scaling_policy::TargetTrackingScalingPolicyConfiguration::new()
                .target_value(percent)
                .predefined_metric_specification(
                    scaling::scaling_policy::PredefinedMetricSpecification::new()
                        .predefined_metric_type(metric),
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

    fn check(&self, scope: &mut Scope<'_>) {
        if self.cpu.is_none() && self.memory.is_none() {
            scope.problem(
                Problem::error("scaling-without-target", "scaling follows nothing")
                    .help("say what it follows, for example `.cpu(60)`"),
            );
        }
        if let (Expr::Int(least), Expr::Int(most)) = (self.least.expr(), self.most.expr())
            && least > most
        {
            let message = format!("scaling between {least} and {most} tasks leaves no number");
            scope.problem(
                Problem::error("scaling-bounds", message)
                    .help("give the smaller number first: `Scaling::between(2, 10)`"),
            );
        }
    }
}
