//! Spare capacity of Fargate, above tasks that are always on demand.

use stack_core::aws::ecs;
use stack_core::aws::kinds::CapacityProviderName;
use stack_core::prelude::*;

use crate::cluster::ClusterHandle;

/// Runs tasks on Fargate Spot, at a lower price; they can be taken back with a notice of two minutes.
/// One task at least is on demand: a service whose tasks are all taken back at once is down, and
/// nothing promises that Spot has room for another.
///
/// The cluster has to know Spot: [`Cluster::fargate_spot`](crate::Cluster::fargate_spot). A task has
/// to stop within the notice: its drain and stop timeout together stay below 120 seconds.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html>
///
/// ```
/// use stack_templates::FargateSpot;
/// let nearly_all = FargateSpot::new();
/// let three_on_demand_then_half = FargateSpot::new().more_on_demand(2).shares(1, 1);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FargateSpot {
    /// Tasks on demand besides the first one.
    more: u32,
    shares: (u32, u32),
}

/// Seconds between the word that a task is taken back, and its end.
const NOTICE: u32 = 120;

impl FargateSpot {
    /// One task on demand, all others on Spot.
    pub fn new() -> FargateSpot {
        FargateSpot {
            more: 0,
            shares: (0, 1),
        }
    }

    /// So many tasks on demand besides the first one. Updates in place, with a deployment.
    pub fn more_on_demand(self, tasks: u32) -> FargateSpot {
        FargateSpot {
            more: tasks,
            ..self
        }
    }

    /// How the tasks above those are shared out, on demand and Spot (default 0 and 1: all Spot).
    pub fn shares(self, on_demand: u32, spot: u32) -> FargateSpot {
        FargateSpot {
            shares: (on_demand, spot),
            ..self
        }
    }

    /// The pair is how long a task is drained, and may take to stop.
    pub(crate) fn check(
        &self,
        scope: &mut Scope<'_>,
        cluster: ClusterHandle,
        (drain, stop): (Seconds, Seconds),
    ) {
        if drain.0 + stop.0 > NOTICE {
            let message = format!(
                "{} seconds of drain and {} to stop are more than the notice of {NOTICE}",
                drain.0, stop.0
            );
            scope.problem(
                Problem::error("spot-notice", message)
                    .help("a task that Spot takes back is killed after two minutes: shorten `drain` or `stop_timeout`"),
            );
        }
        if !cluster.fargate_spot {
            let message = "the cluster does not know Fargate Spot";
            scope.problem(
                Problem::error("spot-cluster", message)
                    .help("make it with `Cluster::new().fargate_spot()`"),
            );
        }
        let (on_demand, spot) = self.shares;
        if spot == 0 || on_demand > 1000 || spot > 1000 || self.more >= 100_000 {
            let message = format!("shares of {on_demand} and {spot} leave nothing for Spot");
            scope.problem(
                Problem::error("spot-shares", message)
                    .help("shares are 0 to 1000, that of Spot 1 at least; or leave `spot` out"),
            );
        }
    }

    pub(crate) fn strategy(&self) -> [ecs::service::CapacityProviderStrategyItem; 2] {
        let provider = |name: &str, weight: u32| {
            ecs::service::CapacityProviderStrategyItem::new()
                .capacity_provider(CapacityProviderName::existing(name))
                .weight(i64::from(weight))
        };
        let (on_demand, spot) = self.shares;
        [
            provider("FARGATE", on_demand).base(1 + i64::from(self.more)),
            provider("FARGATE_SPOT", spot),
        ]
    }
}

impl Default for FargateSpot {
    fn default() -> Self {
        FargateSpot::new()
    }
}

/// The providers that a cluster is associated with for it.
pub(crate) fn providers() -> [Value<CapacityProviderName>; 2] {
    [
        CapacityProviderName::existing("FARGATE"),
        CapacityProviderName::existing("FARGATE_SPOT"),
    ]
}
