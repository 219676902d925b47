//! Alarms of a service that make a deployment go back: its answers, its targets, its load.

use stack_core::aws::cloudwatch::{self, alarm};
use stack_core::aws::{ecs, elbv2};
use stack_core::prelude::*;
use stack_core::sub;

use crate::route::Attached;

/// What goes wrong with a service that was just deployed, for
/// [`rollback_when`](crate::FargateService::rollback_when): an alarm over the one minute that ECS and
/// the load balancer measure in, three bad minutes in a row of the last five. A minute without
/// data is a good one.
///
/// An alarm that is already on when a deployment starts is not looked at by it, so that what is
/// broken can be mended.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html>
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::ServiceAlarm;
/// let alarms = [
///     ServiceAlarm::server_errors(10),
///     ServiceAlarm::unhealthy_targets(1),
///     ServiceAlarm::slow_answers(1.5),
///     ServiceAlarm::cpu(90),
/// ];
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServiceAlarm {
    of: Of,
    threshold: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    ServerErrors,
    UnhealthyTargets,
    SlowAnswers,
    Cpu,
    Memory,
}

impl ServiceAlarm {
    /// So many answers of its tasks in a minute with a code of 500 or more, or more of them. Behind
    /// an HTTPS load balancer.
    pub fn server_errors(in_a_minute: u32) -> ServiceAlarm {
        ServiceAlarm {
            of: Of::ServerErrors,
            threshold: in_a_minute.into(),
        }
    }

    /// So many targets that fail the load balancer's checks, or more. Behind a load balancer.
    pub fn unhealthy_targets(count: u32) -> ServiceAlarm {
        ServiceAlarm {
            of: Of::UnhealthyTargets,
            threshold: count.into(),
        }
    }

    /// One answer in a hundred takes so many seconds or longer. Behind an HTTPS load balancer.
    pub fn slow_answers(seconds: impl Into<f64>) -> ServiceAlarm {
        ServiceAlarm {
            of: Of::SlowAnswers,
            threshold: seconds.into(),
        }
    }

    /// The mean CPU use of its tasks is so many percent or more.
    pub fn cpu(percent: u32) -> ServiceAlarm {
        ServiceAlarm {
            of: Of::Cpu,
            threshold: percent.into(),
        }
    }

    /// The mean memory use of its tasks is so many percent or more.
    pub fn memory(percent: u32) -> ServiceAlarm {
        ServiceAlarm {
            of: Of::Memory,
            threshold: percent.into(),
        }
    }

    fn id(self) -> &'static str {
        match self.of {
            Of::ServerErrors => "ServerErrorsAlarm",
            Of::UnhealthyTargets => "UnhealthyTargetsAlarm",
            Of::SlowAnswers => "SlowAnswersAlarm",
            Of::Cpu => "CpuAlarm",
            Of::Memory => "MemoryAlarm",
        }
    }

    fn metric(self) -> (&'static str, &'static str) {
        match self.of {
            Of::ServerErrors => ("HTTPCode_Target_5XX_Count", "Sum"),
            Of::UnhealthyTargets => ("UnHealthyHostCount", "Maximum"),
            Of::SlowAnswers => ("TargetResponseTime", "p99"),
            Of::Cpu => ("CPUUtilization", "Average"),
            Of::Memory => ("MemoryUtilization", "Average"),
        }
    }

    /// Of the service itself: the service names such an alarm before it is there.
    fn is_of_service(self) -> bool {
        matches!(self.of, Of::Cpu | Of::Memory)
    }

    /// What the service calls it. Adds the alarm, unless it has to wait for the service.
    pub(crate) fn before(
        self,
        scope: &mut Scope<'_>,
        attached: &[Attached],
    ) -> Option<Value<AlarmName>> {
        if self.is_of_service() {
            return Some(AlarmName::existing(self.fixed_name(scope)));
        }
        let Some(it) = attached.first() else {
            let message = format!("`{}` has no load balancer to measure", self.id());
            scope.problem(Problem::error("alarm", message).help(
                "put the service `behind` a load balancer, or watch `ServiceAlarm::cpu(90)`",
            ));
            return None;
        };
        if !it.counts && self.of != Of::UnhealthyTargets {
            let message = format!("`{}` needs requests to count", self.id());
            scope.problem(
                Problem::error("alarm", message)
                    .help("connections of a TCP route have no answers: watch `ServiceAlarm::unhealthy_targets(1)`"),
            );
            return None;
        }
        let alarm = scope.add(self.id(), self.of_targets(it));
        Some(alarm.reference().into_value())
    }

    /// Adds it, once the service is there.
    pub(crate) fn after(
        self,
        scope: &mut Scope<'_>,
        cluster: Ref<ecs::Cluster>,
        service: Ref<ecs::Service>,
    ) {
        if !self.is_of_service() {
            return;
        }
        let dimensions = [
            dimension("ClusterName", sub!("${it}", it = cluster.reference())),
            dimension("ServiceName", service.name().into_value()),
        ];
        let (metric, _) = self.metric();
        let alarm = self
            .alarm()
            // The service refers to it by name: by reference, each would wait for the other.
            .alarm_name(self.fixed_name(scope))
            .namespace("AWS/ECS")
            .metric_name(metric)
            .dimensions(dimensions)
            .statistic(alarm::Statistic::AVERAGE)
            .period(60);
        scope.add(self.id(), alarm);
    }

    fn fixed_name(self, scope: &Scope<'_>) -> Value<String> {
        sub!("${AWS::StackName}-${id}", id = scope.logical_id(self.id()))
    }

    fn alarm(self) -> cloudwatch::Alarm {
        cloudwatch::Alarm::new()
            .threshold(self.threshold)
            .comparison_operator(alarm::ComparisonOperator::GREATER_THAN_OR_EQUAL_TO_THRESHOLD)
            .evaluation_periods(5)
            .datapoints_to_alarm(3)
            .treat_missing_data(alarm::TreatMissingData::NOT_BREACHING)
    }

    /// With two target groups both count, whichever has the traffic.
    fn of_targets(self, it: &Attached) -> cloudwatch::Alarm {
        let namespace = match it.counts {
            true => "AWS/ApplicationELB",
            false => "AWS/NetworkELB",
        };
        let (metric, statistic) = self.metric();
        let Some(alternate) = it.alternate else {
            let alarm = self
                .alarm()
                .namespace(namespace)
                .metric_name(metric)
                .dimensions(dimensions(it, it.target_group))
                .period(60);
            return match statistic {
                "Sum" => alarm.statistic(alarm::Statistic::SUM),
                "Maximum" => alarm.statistic(alarm::Statistic::MAXIMUM),
                percentile => alarm.extended_statistic(percentile),
            };
        };
        let query = |id: &str, group: Ref<elbv2::TargetGroup>| {
            let metric = alarm::Metric::new()
                .namespace(namespace)
                .metric_name(metric)
                .dimensions(dimensions(it, group));
            let measured = alarm::MetricStat::new()
                .metric(metric)
                .period(60)
                .stat(statistic);
            alarm::MetricDataQuery::new()
                .id(id)
                .metric_stat(measured)
                .return_data(false)
        };
        let together = match self.of {
            Of::SlowAnswers => "MAX([FILL(one, 0), FILL(other, 0)])",
            _ => "FILL(one, 0) + FILL(other, 0)",
        };
        self.alarm().metrics([
            query("one", it.target_group),
            query("other", alternate),
            alarm::MetricDataQuery::new()
                .id("together")
                .expression(together)
                .return_data(true),
        ])
    }
}

fn dimensions(it: &Attached, group: Ref<elbv2::TargetGroup>) -> [alarm::Dimension; 2] {
    [
        dimension(
            "LoadBalancer",
            it.load_balancer.load_balancer_full_name().into_value(),
        ),
        dimension("TargetGroup", group.target_group_full_name().into_value()),
    ]
}

fn dimension(name: &str, value: Value<String>) -> alarm::Dimension {
    alarm::Dimension::new().name(name).value(value)
}
