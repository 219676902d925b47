//! A cluster: the name that services and capacity share.

use stack_core::aws::ecs;
use stack_core::prelude::*;

/// An ECS cluster with Container Insights.
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let mut app = App::new();
/// let cluster = app.stack("Base").add("Cluster", Cluster::new());
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}` | `AWS::ECS::Cluster` |
#[derive(Clone, Copy, Debug)]
pub struct Cluster {
    insights: &'static str,
}

/// A cluster to run services in.
#[derive(Clone, Copy, Debug)]
pub struct ClusterHandle {
    /// The cluster.
    pub cluster: Ref<ecs::Cluster>,
}

impl Cluster {
    /// A cluster that CloudFormation names.
    pub fn new() -> Cluster {
        Cluster {
            insights: "enabled",
        }
    }

    /// Metrics of tasks and containers too, not only of services, at a price.
    ///
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-container-insights-enhanced-observability.html>
    pub fn enhanced_insights(self) -> Cluster {
        Cluster {
            insights: "enhanced",
        }
    }
}

impl Default for Cluster {
    fn default() -> Self {
        Cluster::new()
    }
}

impl Build for Cluster {
    type Handle = ClusterHandle;

    fn build(self, scope: &mut Scope<'_>) -> ClusterHandle {
        let insights = ecs::cluster::ClusterSettings::new()
            .name("containerInsights")
            .value(self.insights);
        let cluster = scope.add("", ecs::Cluster::new().cluster_settings([insights]));
        ClusterHandle { cluster }
    }
}
