//! A cluster: the name that services and capacity share.

use stack_core::aws::{ecs, service_discovery};
use stack_core::prelude::*;

use crate::fargate_spot;

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
/// | `{id}Namespace` | `AWS::ServiceDiscovery::HttpNamespace`, with [`namespace`](Self::namespace) |
#[derive(Clone, Debug)]
pub struct Cluster {
    insights: &'static str,
    namespace: Option<String>,
    fargate_spot: bool,
}

/// A cluster to run services in.
#[derive(Clone, Copy, Debug)]
pub struct ClusterHandle {
    /// The cluster.
    pub cluster: Ref<ecs::Cluster>,
    /// Where its services have their names for each other, if they do.
    pub namespace: Option<Ref<service_discovery::HttpNamespace>>,
    /// Whether it knows Fargate Spot.
    pub fargate_spot: bool,
}

impl Cluster {
    /// A cluster that CloudFormation names.
    pub fn new() -> Cluster {
        Cluster {
            insights: "enabled",
            namespace: None,
            fargate_spot: false,
        }
    }

    /// Metrics of tasks and containers too, not only of services, at a price.
    ///
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-container-insights-enhanced-observability.html>
    pub fn enhanced_insights(self) -> Cluster {
        Cluster {
            insights: "enhanced",
            ..self
        }
    }

    /// A namespace of Cloud Map, in which services find each other by name: Service Connect. The
    /// name is unique in the account and region; another one replaces the namespace, and every
    /// service has to be deployed anew.
    ///
    /// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect.html>
    pub fn namespace(self, name: impl Into<String>) -> Cluster {
        Cluster {
            namespace: Some(name.into()),
            ..self
        }
    }

    /// Associates the cluster with Fargate Spot, for services that say
    /// [`spot`](crate::FargateService::spot). Updates in place.
    pub fn fargate_spot(self) -> Cluster {
        Cluster {
            fargate_spot: true,
            ..self
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
        let namespace = self.namespace.map(|name| {
            scope.add(
                "Namespace",
                service_discovery::HttpNamespace::new().name(name),
            )
        });
        let cluster = ecs::Cluster::new()
            .cluster_settings([insights])
            .capacity_providers(self.fargate_spot.then(fargate_spot::providers))
            .service_connect_defaults(
                namespace.map(|it| ecs::cluster::ServiceConnectDefaults::new().namespace(it.arn())),
            );
        let cluster = scope.add("", cluster);
        if self.fargate_spot {
            // An association of instances would take the place of these providers.
            let _ = scope.claim(format!("capacity of {cluster:?}"));
        }
        ClusterHandle {
            cluster,
            namespace,
            fargate_spot: self.fargate_spot,
        }
    }
}
