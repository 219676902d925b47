//! Hosted zones, and names that point at load balancers.

use stack_core::aws::kinds::HostedZoneId;
use stack_core::aws::{elbv2, route53};
use stack_core::prelude::*;

use crate::network::NetworkPlan;

/// A hosted zone and the domain it answers for.
#[derive(Clone, Debug)]
pub struct Zone {
    /// The zone.
    pub id: Value<HostedZoneId>,
    /// The domain, without a dot at the end.
    pub domain: String,
}

impl Zone {
    /// A zone that exists outside the app: its id (`Z…`) and its domain.
    pub fn existing(id: impl IntoValue<String>, domain: impl Into<String>) -> Zone {
        Zone {
            id: HostedZoneId::existing(id),
            domain: plain(domain.into()),
        }
    }
}

fn plain(domain: String) -> String {
    domain.trim_end_matches('.').to_ascii_lowercase()
}

/// A zone that only one VPC can see.
///
/// | logical id | type |
/// |---|---|
/// | `{id}` | `AWS::Route53::HostedZone` |
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let mut app = App::new();
/// let mut stack = app.stack("Shop");
/// let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
/// let php = stack.add("Php", InternalLoadBalancer::new(network, port!(9000)));
/// let zone = stack.add("Zone", PrivateZone::new(network, "shop.internal"));
/// stack.add("PhpName", Alias::new(&zone, "php.shop.internal", php));
/// ```
pub struct PrivateZone {
    network: NetworkPlan,
    domain: String,
}

impl PrivateZone {
    /// A zone for this domain in the network's VPC. Another domain makes another zone, and every
    /// record in it anew.
    pub fn new(network: NetworkPlan, domain: impl Into<String>) -> PrivateZone {
        PrivateZone {
            network,
            domain: plain(domain.into()),
        }
    }
}

impl Build for PrivateZone {
    type Handle = Zone;

    fn build(self, scope: &mut Scope<'_>) -> Zone {
        check_name(scope, &self.domain);
        let vpc = route53::hosted_zone::Vpc::new()
            .vpc_id(self.network.vpc)
            .vpc_region(pseudo::region());
        let zone = scope.add(
            "",
            route53::HostedZone::new().name(&self.domain).vpcs([vpc]),
        );
        Zone {
            id: zone.into_value(),
            domain: self.domain,
        }
    }
}

/// Something that a name can point at.
pub trait AliasTarget: Copy {
    /// The load balancer that answers.
    fn load_balancer(self) -> Ref<elbv2::LoadBalancer>;
}

/// A name for a load balancer: an alias record, which costs nothing to look up and follows the
/// load balancer's addresses. The name is not answered while no target behind it is healthy.
///
/// | logical id | type |
/// |---|---|
/// | `{id}` | `AWS::Route53::RecordSet` |
pub struct Alias<T> {
    zone: Zone,
    name: Value<String>,
    target: T,
}

impl<T: AliasTarget> Alias<T> {
    /// The name, which must lie in the zone, and what it points at. Another name makes another
    /// record and takes the old one away.
    pub fn new(zone: &Zone, name: impl IntoValue<String>, target: T) -> Alias<T> {
        Alias {
            zone: zone.clone(),
            name: name.into_value(),
            target,
        }
    }
}

impl<T: AliasTarget> Build for Alias<T> {
    type Handle = Ref<route53::RecordSet>;

    fn build(self, scope: &mut Scope<'_>) -> Self::Handle {
        let Alias { zone, name, target } = self;
        // A name that is given at deployment cannot be looked at here.
        if let Some(name) = name.expr().as_str() {
            check_name_in(scope, &zone, name);
        }
        let balancer = target.load_balancer();
        let alias = route53::record_set::AliasTarget::new()
            .dns_name(balancer.dns_name())
            .hosted_zone_id(balancer.canonical_hosted_zone_id())
            .evaluate_target_health(true);
        scope.add(
            "",
            route53::RecordSet::new()
                .hosted_zone_id(zone.id)
                .name(name)
                .kind("A")
                .alias_target(alias),
        )
    }
}

/// A DNS name, with a wildcard or without, that lies in the zone.
pub(crate) fn check_name_in(scope: &mut Scope<'_>, zone: &Zone, name: &str) {
    check_name(scope, name);
    check_inside(scope, zone, name);
}

fn check_inside(scope: &mut Scope<'_>, zone: &Zone, name: &str) {
    let name = plain(name.to_owned());
    if name == zone.domain || name.ends_with(&format!(".{}", zone.domain)) {
        return;
    }
    let message = format!("`{name}` is not in the zone `{}`", zone.domain);
    let help = format!("give it a name such as `www.{}`", zone.domain);
    scope.problem(Problem::error("name-outside-zone", message).help(help));
}

/// A DNS name has labels of 1–63 letters, digits, hyphens and underscores, 255 characters in all.
fn check_name(scope: &mut Scope<'_>, name: &str) {
    let good_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || it == b'-' || it == b'_')
    };
    let labels = name.strip_prefix("*.").unwrap_or(name);
    if name.len() > 255 || !labels.split('.').all(good_label) {
        let message = format!("`{name}` is no DNS name");
        scope.problem(Problem::error("invalid-dns-name", message).help(
            "a name has labels of 1 to 63 letters, digits and hyphens with dots between them, 255 characters in all",
        ));
    }
}
