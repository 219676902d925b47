//! A load balancer that takes plain HTTP, for places where nothing is secret yet.

use stack_core::prelude::*;

use crate::https_load_balancer::{HttpsLoadBalancer, PublicEntry};
use crate::network::NetworkPlan;

/// An internet-facing Application Load Balancer on port 80 alone, without TLS: what goes through it
/// can be read and changed on its way. With a certificate, use
/// [`HttpsLoadBalancer`]; both give the same entry, and only the listener and the opening differ, so
/// that the change is an update in place.
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let mut app = App::new();
/// let mut stack = app.stack("Shop");
/// let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
/// let office = HttpLoadBalancer::new(network).open_to([cidr!("203.0.113.0/24")]);
/// let edge = stack.add("Edge", office);
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}SecurityGroup` | `AWS::EC2::SecurityGroup` |
/// | `{id}AccessLogs`, `{id}AccessLogsPolicy` | `AWS::S3::Bucket`, `AWS::S3::BucketPolicy`, unless off |
/// | `{id}LoadBalancer` | `AWS::ElasticLoadBalancingV2::LoadBalancer` |
/// | `{id}Listener` | `AWS::ElasticLoadBalancingV2::Listener` on 80 |
pub struct HttpLoadBalancer(HttpsLoadBalancer);

impl HttpLoadBalancer {
    /// In the public subnets of the network.
    pub fn new(network: NetworkPlan) -> HttpLoadBalancer {
        HttpLoadBalancer(HttpsLoadBalancer::plain(network))
    }

    /// Who may connect (default: everybody). Updates in place.
    pub fn open_to(self, ranges: impl Into<Vec<Cidr>>) -> Self {
        HttpLoadBalancer(self.0.open_to(ranges))
    }

    /// Whether the load balancer can be deleted only after this was turned off (default on).
    /// Updates in place.
    pub fn deletion_protection(self, on: impl IntoValue<bool>) -> Self {
        HttpLoadBalancer(self.0.deletion_protection(on))
    }

    /// Whether requests are logged to a bucket (default on). Updates in place; the bucket stays.
    pub fn access_logs(self, on: bool) -> Self {
        HttpLoadBalancer(self.0.access_logs(on))
    }

    /// Logs requests to a bucket that exists, see
    /// [`HttpsLoadBalancer::access_logs_in`](crate::HttpsLoadBalancer::access_logs_in).
    pub fn access_logs_in(self, bucket: impl IntoValue<kinds::BucketName>) -> Self {
        HttpLoadBalancer(self.0.access_logs_in(bucket))
    }

    /// How long a connection may be silent (1–4000 seconds, default 60). Updates in place.
    pub fn idle_timeout(self, timeout: Seconds) -> Self {
        HttpLoadBalancer(self.0.idle_timeout(timeout))
    }
}

impl Build for HttpLoadBalancer {
    type Handle = PublicEntry;

    fn build(self, scope: &mut Scope<'_>) -> PublicEntry {
        self.0.build(scope)
    }
}
