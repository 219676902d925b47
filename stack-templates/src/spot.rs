//! Instances of the Spot market, with some that are bought on demand.

use stack_core::aws::auto_scaling::auto_scaling_group as asg;
use stack_core::prelude::*;

/// Spot capacity of several instance types, and a number of instances that are always on demand.
///
/// Where the price is good and the pools are deep decides what is bought. An instance that is
/// likely to be taken back is replaced before; one that is taken back says so two minutes before,
/// and its tasks go elsewhere meanwhile. Capacity Rebalancing ends an instance as Auto Scaling does,
/// so that managed draining sees it.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/spot-instance-draining-linux-container.html>,
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-capacity-rebalancing.html>
///
/// ```
/// use stack_templates::Spot;
/// let spot = Spot::with_types(["m6a.large", "m5.large"]).on_demand(1);
/// ```
#[derive(Clone, Debug)]
pub struct Spot {
    others: Vec<String>,
    on_demand: u32,
}

impl Spot {
    /// What the ECS agent must know: it is off by default.
    pub(crate) const AGENT: (&'static str, &'static str) =
        ("ECS_ENABLE_SPOT_INSTANCE_DRAINING", "true");

    /// These types besides the capacity's own; with fewer than three in all, one empty pool leaves
    /// nothing to run on. Types of one size, so that each holds as many tasks.
    pub fn with_types<S: Into<String>>(types: impl IntoIterator<Item = S>) -> Spot {
        Spot {
            others: types.into_iter().map(Into::into).collect(),
            on_demand: 1,
        }
    }

    /// How many instances are bought on demand before any is bought on the Spot market (default
    /// 1). Updates in place.
    pub fn on_demand(self, base: u32) -> Spot {
        Spot {
            on_demand: base,
            ..self
        }
    }

    pub(crate) fn check(&self, scope: &mut Scope<'_>, own: &Value<String>, most: u32) {
        let mut types: Vec<&str> = self.others.iter().map(String::as_str).collect();
        types.extend(own.expr().as_str());
        types.sort_unstable();
        types.dedup();
        let own = usize::from(own.expr().as_str().is_none());
        if types.len() + own < 3 {
            let message = format!("Spot capacity of {} instance types", types.len() + own);
            scope.problem(Problem::error("spot-types", message).help(
                "name three different ones at least, such as `m6i.large`, `m6a.large` and `m5.large`: one pool can be empty",
            ));
        }
        if self.on_demand >= most {
            let message = format!("{} of {most} instances are on demand", self.on_demand);
            scope.problem(
                Problem::warning("spot-unused", message)
                    .help("leave instances for the Spot market, or leave `spot` out"),
            );
        }
    }

    pub(crate) fn policy(
        &self,
        launch_template: asg::LaunchTemplateSpecification,
        own: &Value<String>,
    ) -> asg::MixedInstancesPolicy {
        let own = asg::LaunchTemplateOverrides::new().instance_type(own);
        let others = self
            .others
            .iter()
            .map(|it| asg::LaunchTemplateOverrides::new().instance_type(it));
        let overrides: Vec<_> = std::iter::once(own).chain(others).collect();
        asg::MixedInstancesPolicy::new()
            .launch_template(
                asg::LaunchTemplate::new()
                    .launch_template_specification(launch_template)
                    .overrides(overrides),
            )
            .instances_distribution(
                asg::InstancesDistribution::new()
                    .on_demand_base_capacity(self.on_demand)
                    .on_demand_percentage_above_base_capacity(0)
                    .spot_allocation_strategy("price-capacity-optimized"),
            )
    }
}
