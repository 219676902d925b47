//! A load balancer that takes HTTPS and sends requests on by host and path.

use stack_core::aws::kinds::{BucketName, CertificateArn};
use stack_core::aws::{ec2, elbv2};
use stack_core::prelude::*;

use crate::access_logs::{AccessLogs, LogsTo};
use crate::allow::{Peer, no_egress};
use crate::dns::AliasTarget;
use crate::network::NetworkPlan;
use crate::route::Route;

/// An internet-facing Application Load Balancer that terminates TLS (1.2 and 1.3) on port 443 and
/// answers 404 to whatever no route takes. Port 80 is closed unless asked for.
///
/// Access logs go to a bucket of its own, for a year; the load balancer cannot be deleted before
/// [`deletion_protection`](Self::deletion_protection) is off.
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let mut app = App::new();
/// let mut stack = app.stack("Shop");
/// let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
/// let certificate = CertificateArn::existing("arn:aws:acm:eu-west-1:111122223333:certificate/shop");
/// let edge = stack.add("Edge", HttpsLoadBalancer::new(network, certificate));
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}SecurityGroup` | `AWS::EC2::SecurityGroup` |
/// | `{id}AccessLogs`, `{id}AccessLogsPolicy` | `AWS::S3::Bucket`, `AWS::S3::BucketPolicy`, unless off or elsewhere |
/// | `{id}LoadBalancer` | `AWS::ElasticLoadBalancingV2::LoadBalancer` |
/// | `{id}Listener` | `AWS::ElasticLoadBalancingV2::Listener` on 443 |
/// | `{id}Redirect` | `AWS::ElasticLoadBalancingV2::Listener` on 80, when asked for |
pub struct HttpsLoadBalancer {
    network: NetworkPlan,
    /// Without one, it speaks plain HTTP on port 80.
    certificate: Option<Value<CertificateArn>>,
    ssl_policy: String,
    open_to: Vec<Cidr>,
    redirect_http: bool,
    deletion_protection: Value<String>,
    access_logs: LogsTo,
    idle_timeout: Seconds,
}

/// A load balancer for HTTPS, or for HTTP alone, that services can stand behind.
#[derive(Clone, Copy, Debug)]
pub struct PublicEntry {
    /// The VPC it is in.
    pub vpc: Ref<ec2::Vpc>,
    /// The load balancer.
    pub load_balancer: Ref<elbv2::LoadBalancer>,
    /// The listener on port 443, or on 80 where there is no other.
    pub listener: Ref<elbv2::Listener>,
    /// The group its connections to targets come from.
    pub security_group: Ref<ec2::SecurityGroup>,
}

impl HttpsLoadBalancer {
    /// In the public subnets of the network, with a certificate of the same region.
    pub fn new(network: NetworkPlan, certificate: impl IntoValue<CertificateArn>) -> Self {
        HttpsLoadBalancer {
            certificate: Some(certificate.into_value()),
            ..HttpsLoadBalancer::plain(network)
        }
    }

    /// What [`HttpLoadBalancer`](crate::HttpLoadBalancer) is made of.
    pub(crate) fn plain(network: NetworkPlan) -> Self {
        HttpsLoadBalancer {
            network,
            certificate: None,
            ssl_policy: "ELBSecurityPolicy-TLS13-1-2-2021-06".to_owned(),
            open_to: vec![Cidr::ANYWHERE],
            redirect_http: false,
            deletion_protection: "true".into_value(),
            access_logs: LogsTo::Own,
            idle_timeout: seconds(60),
        }
    }

    /// The TLS versions and ciphers (default `ELBSecurityPolicy-TLS13-1-2-2021-06`). Updates in
    /// place; clients that cannot speak the new policy are cut off.
    ///
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html>
    pub fn ssl_policy(self, name: impl Into<String>) -> Self {
        HttpsLoadBalancer {
            ssl_policy: name.into(),
            ..self
        }
    }

    /// Who may connect (default: everybody). Updates in place.
    pub fn open_to(self, ranges: impl Into<Vec<Cidr>>) -> Self {
        HttpsLoadBalancer {
            open_to: ranges.into(),
            ..self
        }
    }

    /// Opens port 80 too, and answers there with a redirect to HTTPS.
    pub fn redirect_http(self) -> Self {
        HttpsLoadBalancer {
            redirect_http: true,
            ..self
        }
    }

    /// Whether the load balancer can be deleted only after this was turned off (default on).
    /// Updates in place.
    pub fn deletion_protection(self, on: impl IntoValue<bool>) -> Self {
        HttpsLoadBalancer {
            deletion_protection: Value::from_expr(in_words(on.into_value().into_expr())),
            ..self
        }
    }

    /// Whether requests are logged to a bucket (default on). Updates in place; the bucket stays.
    pub fn access_logs(self, on: bool) -> Self {
        HttpsLoadBalancer {
            access_logs: if on { LogsTo::Own } else { LogsTo::Nowhere },
            ..self
        }
    }

    /// Logs requests to a bucket that exists, such as the one of all load balancers of a company,
    /// instead of one of its own. The bucket's policy must let Elastic Load Balancing write. Updates
    /// in place; a bucket of its own stays.
    ///
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html>
    pub fn access_logs_in(self, bucket: impl IntoValue<BucketName>) -> Self {
        HttpsLoadBalancer {
            access_logs: LogsTo::Bucket(bucket.into_value()),
            ..self
        }
    }

    /// How long a connection may be silent (1–4000 seconds, default 60). Updates in place.
    pub fn idle_timeout(self, timeout: Seconds) -> Self {
        HttpsLoadBalancer {
            idle_timeout: timeout,
            ..self
        }
    }
}

impl PublicEntry {
    /// Requests whose path fits `pattern`, which may hold `*` and `?`: `/api/*`, `/*`.
    pub fn path(self, pattern: impl Into<String>) -> Route {
        Route::rule(self).path(pattern)
    }

    /// Requests for this host, which may hold `*` and `?`.
    pub fn host(self, host: impl Into<String>) -> Route {
        Route::rule(self).host(host)
    }
}

impl Peer for PublicEntry {
    fn security_group(self) -> Ref<ec2::SecurityGroup> {
        self.security_group
    }
}

impl AliasTarget for PublicEntry {
    fn load_balancer(self) -> Ref<elbv2::LoadBalancer> {
        self.load_balancer
    }
}

impl HttpsLoadBalancer {
    /// Subnets are sixteenths of the network.
    ///
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer>
    fn check(&self, scope: &mut Scope<'_>) {
        let range = self.network.cidr;
        let subnets = range.prefix() + 4;
        if subnets > 27 {
            let message = format!(
                "subnets of `{range}` are /{subnets}, and an Application Load Balancer needs /27 or larger"
            );
            scope.problem(
                Problem::error("small-subnets", message)
                    .help("give the network a range of /16 to /23"),
            );
        }
    }
}

impl Build for HttpsLoadBalancer {
    type Handle = PublicEntry;

    fn build(self, scope: &mut Scope<'_>) -> PublicEntry {
        self.check(scope);
        let ports = match (&self.certificate, self.redirect_http) {
            (None, _) => vec![port!(80)],
            (Some(_), false) => vec![port!(443)],
            (Some(_), true) => vec![port!(443), port!(80)],
        };
        let ingress: Vec<_> = ports
            .into_iter()
            .flat_map(|port| self.open_to.iter().map(move |range| open(port, *range)))
            .collect();
        let security_group = scope.add(
            "SecurityGroup",
            ec2::SecurityGroup::new()
                .group_description(match self.certificate {
                    Some(_) => "HTTPS load balancer",
                    None => "HTTP load balancer",
                })
                .vpc_id(self.network.vpc)
                .security_group_ingress(ingress)
                .security_group_egress([no_egress()]),
        );
        let (logs, policy) = match &self.access_logs {
            LogsTo::Own => {
                let own = scope.add("AccessLogs", AccessLogs);
                (Some(own.bucket.reference()), Some(own.policy))
            }
            LogsTo::Bucket(bucket) => (Some(bucket.clone()), None),
            LogsTo::Nowhere => (None, None),
        };
        let load_balancer = scope.add(
            "LoadBalancer",
            elbv2::LoadBalancer::new()
                .kind(elbv2::load_balancer::LoadBalancerType::APPLICATION)
                .scheme(elbv2::load_balancer::Scheme::INTERNET_FACING)
                .subnets(self.network.public)
                .security_groups([security_group])
                .load_balancer_attributes(self.attributes(logs)),
        );
        if let Some(policy) = policy {
            // The load balancer writes a test file as soon as logging is on.
            scope.edit(load_balancer).after(policy);
        }
        let listener = scope.add("Listener", self.listener(load_balancer));
        if self.redirect_http {
            scope.add("Redirect", redirect(load_balancer));
        }
        PublicEntry {
            vpc: self.network.vpc,
            load_balancer,
            listener,
            security_group,
        }
    }
}

/// Attributes are texts: `true` becomes `"true"`, in the arms of `Fn::If` too.
fn in_words(on: Expr) -> Expr {
    match on {
        Expr::Bool(on) => Expr::from(on.to_string()),
        Expr::List(items) => Expr::List(items.into_iter().map(in_words).collect()),
        Expr::Object(object) => {
            let members = object.into_iter();
            Expr::Object(members.map(|(key, it)| (key, in_words(it))).collect())
        }
        other => other,
    }
}

fn open(port: Port, range: Cidr) -> ec2::security_group::Ingress {
    ec2::security_group::Ingress::new()
        .description(format!("port {port} from {range}"))
        .ip_protocol("tcp")
        .from_port(port)
        .to_port(port)
        .cidr_ip(range)
}

impl HttpsLoadBalancer {
    fn attributes(
        &self,
        logs: Option<Value<BucketName>>,
    ) -> Vec<elbv2::load_balancer::LoadBalancerAttribute> {
        let attribute = |key: &str, value: Value<String>| {
            elbv2::load_balancer::LoadBalancerAttribute::new()
                .key(key)
                .value(value)
        };
        let text = |it: &str| -> Value<String> { it.into_value() };
        let mut attributes = vec![
            attribute(
                "deletion_protection.enabled",
                self.deletion_protection.clone(),
            ),
            attribute(
                "routing.http.drop_invalid_header_fields.enabled",
                text("true"),
            ),
            attribute("routing.http.desync_mitigation_mode", text("strictest")),
            attribute(
                "idle_timeout.timeout_seconds",
                text(&self.idle_timeout.0.to_string()),
            ),
        ];
        if let Some(logs) = logs {
            attributes.push(attribute("access_logs.s3.enabled", text("true")));
            attributes.push(attribute(
                "access_logs.s3.bucket",
                Value::from_expr(logs.into_expr()),
            ));
        }
        attributes
    }

    fn listener(&self, load_balancer: Ref<elbv2::LoadBalancer>) -> elbv2::Listener {
        let not_found = elbv2::listener::FixedResponseConfig::new()
            .status_code("404")
            .content_type("text/plain")
            .message_body("not found");
        let listener = elbv2::Listener::new()
            .load_balancer_arn(load_balancer)
            .default_actions([elbv2::listener::Action::new()
                .kind(elbv2::listener::ActionType::FIXED_RESPONSE)
                .fixed_response_config(not_found)]);
        match &self.certificate {
            None => listener
                .port(port!(80))
                .protocol(elbv2::listener::Protocol::HTTP),
            Some(certificate) => listener
                .port(port!(443))
                .protocol(elbv2::listener::Protocol::HTTPS)
                .ssl_policy(&self.ssl_policy)
                .certificates([elbv2::listener::Certificate::new().certificate_arn(certificate)]),
        }
    }
}

fn redirect(load_balancer: Ref<elbv2::LoadBalancer>) -> elbv2::Listener {
    let to_https = elbv2::listener::RedirectConfig::new()
        .protocol("HTTPS")
        .port("443")
        .status_code(elbv2::listener::StatusCode::HTTP_301);
    elbv2::Listener::new()
        .load_balancer_arn(load_balancer)
        .port(port!(80))
        .protocol(elbv2::listener::Protocol::HTTP)
        .default_actions([elbv2::listener::Action::new()
            .kind(elbv2::listener::ActionType::REDIRECT)
            .redirect_config(to_https)])
}
