//! A name in a private zone that leads to the first of several addresses that is alive.

use stack_core::aws::{cloudwatch, route53};
use stack_core::prelude::*;

use crate::dns::{Zone, check_name_in};

/// The longest time that resolvers may keep an answer, in seconds.
const LONGEST: u32 = 60;

/// A name that is answered with the first address whose alarm is quiet, in the order they are
/// given: for servers with private addresses, one of which is enough.
///
/// Health checkers of Route 53 are outside the VPC and reach no private address, so each address
/// has a health check on a CloudWatch alarm. Without data the address counts as dead: choose a
/// metric that the server itself reports.
/// <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-private-hosted-zones.html>
///
/// A pair of failover records has two places, a primary and a secondary. From three addresses on, the
/// secondary is an alias of the next pair, whose name begins with its number, and so on; it is
/// healthy while anything behind it is. When nothing is, Route 53 answers with the first address.
/// <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-complex-configs.html>
///
/// The alarms must use metrics of standard resolution and one of the statistics average, minimum,
/// maximum, sum and sample count.
/// <https://docs.aws.amazon.com/Route53/latest/APIReference/API_AlarmIdentifier.html>
///
/// ```
/// use stack_core::aws::cloudwatch;
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// # fn alarm() -> cloudwatch::Alarm { cloudwatch::Alarm::new() }
/// let mut app = App::new();
/// let mut stack = app.stack("Shop");
/// let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
/// let zone = stack.add("Zone", PrivateZone::new(network, "shop.internal"));
/// let first = stack.add("FirstAlarm", alarm());
/// let second = stack.add("SecondAlarm", alarm());
/// let name = Failover::new(&zone, "queue.shop.internal")
///     .then("10.0.1.10", first)
///     .then("10.0.2.10", second);
/// stack.add("Queue", name);
/// ```
///
/// | logical id (`1` is the number of the address) | type |
/// |---|---|
/// | `{id}HealthCheck1`, … | `AWS::Route53::HealthCheck` on the alarm |
/// | `{id}Primary1`, … | `AWS::Route53::RecordSet`, all but the last address |
/// | `{id}Secondary1`, … | `AWS::Route53::RecordSet`, an alias of the next pair or the last address |
#[derive(Clone, Debug)]
pub struct Failover {
    zone: Zone,
    name: String,
    ttl: Seconds,
    targets: Vec<(Value<String>, Ref<cloudwatch::Alarm>)>,
}

impl Failover {
    /// The name, which must lie in the zone. Another name makes other records.
    pub fn new(zone: &Zone, name: impl Into<String>) -> Failover {
        Failover {
            zone: zone.clone(),
            name: name.into(),
            ttl: seconds(15),
            targets: Vec::new(),
        }
    }

    /// The next address, which is answered while its alarm is quiet and those before it are dead.
    /// It should stay: give the server a network interface that outlives it. Updates in place.
    pub fn then(
        mut self,
        address: impl IntoValue<String>,
        alarm: Ref<cloudwatch::Alarm>,
    ) -> Failover {
        self.targets.push((address.into_value(), alarm));
        self
    }

    /// How long resolvers may keep an answer (1–60 seconds, default 15). Updates in place.
    pub fn ttl(self, ttl: Seconds) -> Failover {
        Failover { ttl, ..self }
    }

    fn check(&self, scope: &mut Scope<'_>) {
        check_name_in(scope, &self.zone, &self.name);
        if self.targets.len() < 2 {
            let message = format!("`{}` has nothing to fail over to", self.name);
            scope.problem(
                Problem::error("failover-targets", message)
                    .help("give two addresses at least, each with `.then(address, alarm)`"),
            );
        }
        if !(1..=LONGEST).contains(&self.ttl.0) {
            let message = format!("`{}` may be kept for {} seconds", self.name, self.ttl.0);
            scope.problem(
                Problem::error("failover-ttl", message)
                    .help("between 1 and 60 seconds: nobody looks again before they are over"),
            );
        }
    }
}

impl Build for Failover {
    /// The record that is made last: what comes after it finds the whole name.
    type Handle = Option<Ref<route53::RecordSet>>;

    fn build(self, scope: &mut Scope<'_>) -> Self::Handle {
        self.check(scope);
        let checks: Vec<_> = (1..)
            .zip(&self.targets)
            .map(|(n, (_, alarm))| scope.add(format!("HealthCheck{n}"), health_check(*alarm)))
            .collect();
        let pairs = self.targets.len().saturating_sub(1);
        let record = |n: usize, place: &str, failover| {
            route53::RecordSet::new()
                .hosted_zone_id(&self.zone.id)
                .name(self.name_of(n))
                .kind("A")
                .failover(failover)
                .set_identifier(format!("{place}-{n}"))
        };
        let mut next = None;
        // From the last pair to the first: an alias is refused while its target is not there.
        for n in (1..=pairs).rev() {
            let own = |record: route53::RecordSet, which: usize| {
                let check: Value<String> = checks[which].reference().into_value();
                record
                    .ttl(self.ttl.0.to_string())
                    .resource_records([self.targets[which].0.clone()])
                    .health_check_id(check)
            };
            let primary = record(n, "primary", route53::record_set::Failover::PRIMARY);
            let secondary = record(n, "secondary", route53::record_set::Failover::SECONDARY);
            let secondary = match next {
                None => own(secondary, n),
                Some(_) => secondary.alias_target(
                    route53::record_set::AliasTarget::new()
                        .dns_name(self.name_of(n + 1))
                        .hosted_zone_id(self.own_zone())
                        .evaluate_target_health(true),
                ),
            };
            let primary = scope.add(format!("Primary{n}"), own(primary, n - 1));
            let secondary = scope.add(format!("Secondary{n}"), secondary);
            scope.edit(secondary).after(primary);
            if let Some(next) = next {
                scope.edit(secondary).after(next);
            }
            next = Some(secondary);
        }
        next
    }
}

impl Failover {
    /// The zone of an alias of a record in it. cfn-lint knows the zones of load balancers alone there
    /// and takes a reference to a zone for a mistake (E1041), but not text made of it.
    fn own_zone(&self) -> Value<kinds::HostedZoneId> {
        match self.zone.id.expr().as_str() {
            Some(_) => self.zone.id.clone(),
            None => {
                let id: Value<String> = self.zone.id.clone().into_value();
                kinds::HostedZoneId::existing(join("", [id]))
            }
        }
    }

    fn name_of(&self, pair: usize) -> String {
        match pair {
            1 => self.name.clone(),
            _ => format!("{pair}.{}", self.name),
        }
    }
}

fn health_check(alarm: Ref<cloudwatch::Alarm>) -> route53::HealthCheck {
    use route53::health_check as check;
    route53::HealthCheck::new().health_check_config(
        check::HealthCheckConfig::new()
            .kind(check::HealthCheckConfigType::CLOUDWATCH_METRIC)
            .alarm_identifier(
                check::AlarmIdentifier::new()
                    .name(alarm)
                    .region(pseudo::region()),
            )
            // Who has never been heard of is not there, and who falls silent is gone.
            .insufficient_data_health_status(check::InsufficientDataHealthStatus::UNHEALTHY),
    )
}
