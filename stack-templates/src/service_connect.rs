//! Names by which the services of a cluster reach each other, without a load balancer between them:
//! Service Connect.

use stack_core::aws::{ecs, logs, service_discovery};
use stack_core::prelude::*;

use crate::cluster::ClusterHandle;

/// The name and port under which other services of the cluster's namespace reach a service. ECS puts a
/// proxy into every task of both sides: it balances over healthy tasks, tries again elsewhere,
/// and measures. Nothing stands between them, so there is nothing to pay for but what the proxies
/// take: leave 256 CPU units and 64 MiB for one in the size of each task.
///
/// Callers say [`connects_to`](crate::FargateService::connects_to). A caller learns the names when its
/// tasks start: it is deployed after the service that it calls.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-concepts-deploy.html>
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let mut app = App::new();
/// let mut stack = app.stack("Shop");
/// let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
/// let cluster = stack.add("Cluster", Cluster::new().namespace("shop"));
/// let php = FargateService::new(network, cluster, Image::ecr("shop/php", "7"), port!(9000))
///     .named("php");
/// let php = stack.add("Php", php);
/// let web = FargateService::new(network, cluster, Image::ecr("shop/web", "7"), port!(8080))
///     .env("PHP", "php:9000")
///     .connects_to(php);
/// stack.add("Web", web);
/// ```
#[derive(Clone, Debug)]
pub struct ConnectName {
    name: String,
    port: Option<Port>,
    protocol: Option<ecs::task_definition::AppProtocol>,
}

/// A service's name, once it is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named {
    pub(crate) namespace: Ref<service_discovery::HttpNamespace>,
}

impl ConnectName {
    /// A name of lower-case letters, digits, `_`, `-` and `.`, with the port of the container.
    pub fn new(name: impl Into<String>) -> ConnectName {
        ConnectName {
            name: name.into(),
            port: None,
            protocol: None,
        }
    }

    /// Another port for callers than the container's.
    pub fn port(self, port: Port) -> ConnectName {
        ConnectName {
            port: Some(port),
            ..self
        }
    }

    /// Speaks HTTP/1.1: the proxies balance requests instead of connections, and count them.
    pub fn http(self) -> ConnectName {
        ConnectName {
            protocol: Some(ecs::task_definition::AppProtocol::HTTP),
            ..self
        }
    }

    /// Speaks gRPC.
    pub fn grpc(self) -> ConnectName {
        ConnectName {
            protocol: Some(ecs::task_definition::AppProtocol::GRPC),
            ..self
        }
    }

    /// The mapping of the container's port, which then has a name.
    pub(crate) fn mapping(
        &self,
        mapping: ecs::task_definition::PortMapping,
    ) -> ecs::task_definition::PortMapping {
        mapping.name(PORT_NAME).app_protocol(self.protocol.clone())
    }

    fn is_valid(&self) -> bool {
        let word = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b"_-.".contains(&it);
        (1..=127).contains(&self.name.len())
            && self.name.bytes().all(word)
            && !self.name.starts_with(['-', '.'])
    }
}

/// The short form: the name.
impl From<&str> for ConnectName {
    fn from(name: &str) -> ConnectName {
        ConnectName::new(name)
    }
}

/// What the mapping of the container's port is called.
const PORT_NAME: &str = "app";

/// The part of a service that has a name, calls others by theirs, or both.
pub(crate) fn configuration(
    scope: &mut Scope<'_>,
    cluster: ClusterHandle,
    server: Option<(&ConnectName, Port)>,
    log_group: Ref<logs::LogGroup>,
) -> Option<(ecs::service::ServiceConnectConfiguration, Named)> {
    let Some(namespace) = cluster.namespace else {
        let message = "services reach each other by name, and the cluster has no namespace";
        scope.problem(
            Problem::error("service-connect", message)
                .help("make it with `Cluster::new().namespace(\"shop\")`"),
        );
        return None;
    };
    let services = server.map(|(name, port)| {
        let own = name.port.unwrap_or(port);
        check(scope, namespace, name, own);
        // One name of Cloud Map for each service; the alias is what callers write.
        [ecs::service::ServiceConnectService::new()
            .port_name(PORT_NAME)
            .discovery_name(name.name.replace('.', "-"))
            .client_aliases([ecs::service::ServiceConnectClientAlias::new()
                .dns_name(&name.name)
                .port(own)])]
    });
    let options = [
        ("awslogs-group", log_group.reference().into_value()),
        ("awslogs-region", pseudo::region()),
        ("awslogs-stream-prefix", "service-connect".into_value()),
        ("mode", "non-blocking".into_value()),
    ];
    let configuration = ecs::service::ServiceConnectConfiguration::new()
        .enabled(true)
        .namespace(namespace.arn())
        .services(services)
        .log_configuration(
            ecs::service::LogConfiguration::new()
                .log_driver("awslogs")
                .options(options),
        );
    Some((configuration, Named { namespace }))
}

fn check(
    scope: &mut Scope<'_>,
    namespace: Ref<service_discovery::HttpNamespace>,
    name: &ConnectName,
    port: Port,
) {
    let text = &name.name;
    if !name.is_valid() {
        let message = format!("`{text}` is no name for a service");
        scope.problem(Problem::error("service-name", message).help(
            "1 to 127 lower-case letters, digits, `_`, `-` and `.`, first no `-` or `.`: `php`",
        ));
    }
    if let Err(first) = scope.claim(format!("{text}:{port} in {namespace:?}")) {
        let message = format!("`{text}:{port}` is already the name of the service at {first}");
        scope.problem(
            Problem::error("service-name", message)
                .help("a name and port is unique in its namespace: give one another name"),
        );
    }
}
