//! An alarm that CloudWatch refuses, or that looks at a metric nobody sends.

use std::collections::BTreeSet;

use stack_core::Severity;

use crate::check::balancing::{BALANCER, Kind, kind_of};
use crate::check::containers::{CLUSTER, SERVICE};
use crate::check::words::{quoted, slip};
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "alarm",
    severity: Severity::Error,
    page: include_str!("alarm.md"),
    run,
};

/// Dimensions whose value is an attribute: name, type of the resource, that attribute.
const DIMENSIONS: [(&str, &str, &str); 5] = [
    (
        "LoadBalancer",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "LoadBalancerFullName",
    ),
    (
        "TargetGroup",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "TargetGroupFullName",
    ),
    ("ServiceName", "AWS::ECS::Service", "Name"),
    ("QueueName", "AWS::SQS::Queue", "QueueName"),
    ("TopicName", "AWS::SNS::Topic", "TopicName"),
];

/// Metrics that alarms are mostly on.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html>
const METRICS: [(&str, &[&str]); 8] = [
    (
        "AWS/ApplicationELB",
        &[
            "HTTPCode_ELB_4XX_Count",
            "HTTPCode_ELB_5XX_Count",
            "HTTPCode_Target_2XX_Count",
            "HTTPCode_Target_3XX_Count",
            "HTTPCode_Target_4XX_Count",
            "HTTPCode_Target_5XX_Count",
            "HealthyHostCount",
            "RejectedConnectionCount",
            "RequestCount",
            "RequestCountPerTarget",
            "TargetConnectionErrorCount",
            "TargetResponseTime",
            "UnHealthyHostCount",
        ],
    ),
    (
        "AWS/NetworkELB",
        &[
            "HealthyHostCount",
            "UnHealthyHostCount",
            "TCP_Target_Reset_Count",
        ],
    ),
    (
        "AWS/ECS",
        &[
            "CPUReservation",
            "CPUUtilization",
            "MemoryReservation",
            "MemoryUtilization",
        ],
    ),
    (
        "AWS/EC2",
        &[
            "CPUUtilization",
            "StatusCheckFailed",
            "StatusCheckFailed_Instance",
            "StatusCheckFailed_System",
        ],
    ),
    (
        "AWS/RDS",
        &[
            "CPUUtilization",
            "DatabaseConnections",
            "FreeStorageSpace",
            "FreeableMemory",
        ],
    ),
    (
        "AWS/SQS",
        &[
            "ApproximateAgeOfOldestMessage",
            "ApproximateNumberOfMessagesVisible",
        ],
    ),
    (
        "AWS/Lambda",
        &["Duration", "Errors", "Invocations", "Throttles"],
    ),
    (
        "AWS/AutoScaling",
        &["GroupDesiredCapacity", "GroupInServiceInstances"],
    ),
];

/// Namespaces that are near one of those, and real.
const OTHERS: [&str; 10] = [
    "AWS/ELB",
    "AWS/GatewayELB",
    "AWS/EBS",
    "AWS/EFS",
    "AWS/ES",
    "AWS/SNS",
    "AWS/DMS",
    "AWS/ECR",
    "AWS/EKS",
    "AWS/SES",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for alarm in stack.of("AWS::CloudWatch::Alarm") {
        let metrics = alarm.get("Metrics").items();
        period(&alarm.get("Period"), report);
        dimensions(&alarm.get("Dimensions"), report);
        together(&alarm.get("Namespace"), &alarm.get("Dimensions"), report);
        named(&alarm.get("Namespace"), &alarm.get("MetricName"), report);
        statistic(&alarm.get("Statistic"), report);
        for metric in &metrics {
            let stat = metric.get("MetricStat");
            period(&stat.get("Period"), report);
            statistic(&stat.get("Stat"), report);
            let of = stat.get("Metric");
            named(&of.get("Namespace"), &of.get("MetricName"), report);
            dimensions(&of.get("Dimensions"), report);
            together(&of.get("Namespace"), &of.get("Dimensions"), report);
        }
        counts(alarm, &metrics, report);
        if alarm.get("Metrics").has_known_items() && !metrics.is_empty() {
            ids(alarm, &metrics, report);
        }
    }
}

/// How many periods, and how long they are together.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>
fn counts(alarm: Resource<'_, '_>, metrics: &[View<'_, '_>], report: &mut Report<'_>) {
    let (of, points) = (
        alarm.get("EvaluationPeriods"),
        alarm.get("DatapointsToAlarm"),
    );
    let Some(periods) = of.int() else { return };
    if let Some(number) = points.int().filter(|it| *it > periods) {
        let message = format!("{number} of {periods} periods can never be bad");
        report.at(&points, message, "at most `EvaluationPeriods`");
    }
    let length = match alarm.get("Period").int() {
        Some(it) => Some(it),
        None => metrics
            .iter()
            .filter_map(|it| it.get("MetricStat").get("Period").int())
            .max(),
    };
    // A day; seven when a period is an hour or longer.
    let Some(length) = length.filter(|it| *it > 0) else {
        return;
    };
    let most = if length < 3600 { 86_400 } else { 604_800 };
    if periods.saturating_mul(length) > most {
        let message = format!(
            "{periods} periods of {length} s are longer than {}",
            if most == 86_400 {
                "a day"
            } else {
                "seven days"
            }
        );
        report.at(&of, message, "fewer or shorter periods");
    }
}

fn period(period: &View<'_, '_>, report: &mut Report<'_>) {
    if let Some(it) = period.int()
        && !matches!(it, 10 | 20 | 30)
        && (it < 60 || it % 60 != 0)
    {
        report.at(
            period,
            format!("a period of {it} s"),
            "10, 20, 30 or a multiple of 60",
        );
    }
}

/// `Sum`, `p99.9`, `tm(10%:90%)`, …
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html>
fn statistic(statistic: &View<'_, '_>, report: &mut Report<'_>) {
    const PLAIN: [&str; 6] = ["SampleCount", "Average", "Sum", "Minimum", "Maximum", "IQM"];
    const BEGIN: [&str; 7] = ["p", "tm", "wm", "tc", "ts", "PR", "TM"];
    if let Some(text) = statistic.text() {
        let percentile = BEGIN.iter().any(|it| {
            text.strip_prefix(it).is_some_and(|rest| {
                rest.starts_with('(') || rest.starts_with(|it: char| it.is_ascii_digit())
            })
        }) || ["WM", "TC", "TS", "P"]
            .iter()
            .any(|it| text.starts_with(it));
        // Other names for those there are; there may be more statistics by now.
        let lower = text.to_ascii_lowercase();
        let names = ["avg", "count", "max", "mean", "median", "min", "total"];
        let wrong = names.contains(&lower.as_str()) || slip(text, PLAIN).is_some();
        if !PLAIN.contains(&text) && !percentile && wrong {
            report.at(
                statistic,
                format!("CloudWatch has no statistic {}", quoted(text)),
                "Average, Sum, Minimum, Maximum, SampleCount, or a percentile such as p99",
            );
        }
    }
}

fn dimensions(dimensions: &View<'_, '_>, report: &mut Report<'_>) {
    for dimension in dimensions.items() {
        let value = dimension.get("Value");
        let name = dimension.get("Name");
        let (Some(name), Some(handle)) = (name.text(), value.value().handle()) else {
            continue;
        };
        let Some((_, kind, attribute)) = DIMENSIONS.iter().find(|it| it.0 == name) else {
            continue;
        };
        let Some(target) = value.target_of(kind) else {
            continue;
        };
        let right = match handle.attribute {
            // `Ref` of a topic or queue gives the ARN or address.
            None => false,
            Some(it) => it == *attribute,
        };
        if !right {
            let message = format!(
                "no metric has this `{name}`: it is not `{attribute}` of `{}`",
                target.id()
            );
            report.at(
                &value,
                message,
                format!("`!GetAtt {}.{attribute}`", target.id()),
            );
        }
    }
}

/// Dimensions that no metric has together.
fn together(namespace: &View<'_, '_>, list: &View<'_, '_>, report: &mut Report<'_>) {
    let space = namespace.text();
    let wanted = match space {
        Some("AWS/ApplicationELB") => Kind::Application,
        Some("AWS/NetworkELB") => Kind::Network,
        Some("AWS/ECS") => {
            of_service(list, report);
            return;
        }
        _ => return,
    };
    for dimension in list.items() {
        let value = dimension.get("Value");
        if let Some(balancer) = value.target_of(BALANCER)
            && kind_of(balancer).is_some_and(|it| it != wanted)
        {
            let message = format!(
                "`{}` sends no metrics to {}",
                balancer.id(),
                space.unwrap_or_default()
            );
            let repair = match wanted {
                Kind::Application => "AWS/NetworkELB",
                _ => "AWS/ApplicationELB",
            };
            report.at(&value, message, repair);
        }
    }
}

/// A service and a cluster that it is not in.
fn of_service(list: &View<'_, '_>, report: &mut Report<'_>) {
    let items = list.items();
    let value = |name: &str| {
        let mut all = items.iter();
        Some(
            all.find(|it| it.get("Name").text() == Some(name))?
                .get("Value"),
        )
    };
    let (Some(cluster), Some(service)) = (value("ClusterName"), value("ServiceName")) else {
        return;
    };
    let (Some(named), Some(service)) = (cluster.target_of(CLUSTER), service.target_of(SERVICE))
    else {
        return;
    };
    if let Some(home) = service.get("Cluster").target_of(CLUSTER)
        && home.handle() != named.handle()
    {
        let message = format!(
            "`{}` runs in `{}`, not in `{}`",
            service.id(),
            home.id(),
            named.id()
        );
        report.at(&cluster, message, format!("`!Ref {}`", home.id()));
    }
}

/// A name that differs from a metric of AWS in little: nobody sends it.
fn named(namespace: &View<'_, '_>, metric: &View<'_, '_>, report: &mut Report<'_>) {
    let Some(space) = namespace.text().filter(|it| it.starts_with("AWS/")) else {
        return;
    };
    let Some((_, metrics)) = METRICS.iter().find(|it| it.0 == space) else {
        let near = METRICS
            .iter()
            .map(|it| it.0)
            .find(|it| it.eq_ignore_ascii_case(space))
            .or_else(|| {
                // Of three letters there are many.
                (!OTHERS.contains(&space) && space.len() > "AWS/Code".len())
                    .then(|| slip(space, METRICS.map(|it| it.0)))?
            });
        if let Some(near) = near {
            warn(namespace, space, near, report);
        }
        return;
    };
    if let Some(name) = metric.text()
        && let Some(near) = metrics.iter().find(|it| {
            let begins = name.len() > "HTTPCode_".len()
                && name.starts_with("HTTPCode_")
                && it
                    .get(..name.len())
                    .is_some_and(|it| it.eq_ignore_ascii_case(name));
            (it.eq_ignore_ascii_case(name) || begins) && **it != name
        })
    {
        warn(metric, name, near, report);
    }
}

fn warn(at: &View<'_, '_>, name: &str, near: &str, report: &mut Report<'_>) {
    report.judged(
        Severity::Warning,
        at.place(),
        format!("AWS sends nothing called {}", quoted(name)),
        format!("did you mean `{near}`?"),
    );
}

/// What the metrics of an expression are called, and which of them is judged.
fn ids(alarm: Resource<'_, '_>, metrics: &[View<'_, '_>], report: &mut Report<'_>) {
    let mut names = BTreeSet::new();
    let mut shown = 0;
    let mut known = true;
    for metric in metrics {
        let id = metric.get("Id");
        match id.text() {
            Some(it) if !names.insert(it.to_owned()) => {
                report.at(&id, format!("two metrics are called {}", quoted(it)), "");
            }
            Some(_) => (),
            None => known = false,
        }
        let returned = metric.get("ReturnData");
        known &= returned.is_known();
        if returned.is_absent() || returned.bool() == Some(true) {
            shown += 1;
        }
    }
    if !known {
        return;
    }
    if shown != 1 {
        let message = format!("an alarm judges one of its metrics, and {shown} return data");
        report.at(
            &alarm.get("Metrics"),
            message,
            "`ReturnData: false` on all but one",
        );
    }
    for metric in metrics {
        let expression = metric.get("Expression");
        let Some(text) = expression.text().filter(|it| is_arithmetic(it)) else {
            continue;
        };
        for word in words(text) {
            if !names.contains(word) {
                report.at(
                    &expression,
                    format!("no metric is called {}", quoted(word)),
                    "",
                );
            }
        }
    }
}

/// Whether an expression is metric math, not a query.
fn is_arithmetic(text: &str) -> bool {
    !text.contains(['"', '\'', '{'])
        && !text.trim_start().to_ascii_uppercase().starts_with("SELECT")
}

/// The names in metric math: lower case first, as ids are.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !it.is_ascii_alphanumeric() && it != '_')
        .filter(|it| it.starts_with(|it: char| it.is_ascii_lowercase()))
}
