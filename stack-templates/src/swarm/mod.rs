//! Docker Swarm on Auto Scaling groups.

use stack_core::aws::kinds::ImageId;
use stack_core::aws::policy::Statement;
use stack_core::aws::{auto_scaling, ec2, secrets_manager};
use stack_core::prelude::*;

use crate::allow::Peer;
use crate::dns::Zone;
use crate::network::NetworkPlan;
use crate::route::Route;

mod assemble;
mod check;
mod groups;
mod instance;
mod managers;
mod roles;
mod workers;

/// Who asks for managers: the port that they listen on.
const MANAGER_PORT: Port = port!(2377);

/// A swarm: managers, one Auto Scaling group of one instance each, spread over three zones at least;
/// workers, one group over all zones that follows their CPU; all of it without an open port but
/// those of the swarm itself.
///
/// ## How managers are found
///
/// Each manager has a network interface that belongs to the stack and outlives its instances, so its
/// address stays, as Docker asks of managers. The launch template names the interface, the group
/// names the zone: the instance is born with it, and needs no right to attach anything.
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/examples-launch-templates-aws-cli.html>
/// Nodes join at one name of a private zone, a [`Failover`](crate::Failover) over all managers. Its
/// health checks look at an alarm for each manager, on a metric that the manager itself reports
/// while it can reach a majority. An internal load balancer on port 2377 would do the same for its
/// price by the hour; records need neither the price nor another hop.
///
/// ## How the swarm begins
///
/// Exactly one manager starts the swarm: the one that writes an item of a table, on the condition
/// that there is none. It publishes the tokens for joining as secrets, one for each role: workers
/// may not read that of managers. Secrets Manager holds them and not Parameter Store, because
/// `AmazonSSMManagedInstanceCore`, which Session Manager needs, may read every parameter.
/// <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonSSMManagedInstanceCore.html>
///
/// ## How nodes come and go
///
/// A lifecycle hook holds every instance that is about to go. The leader sees it, empties the node,
/// demotes it when it was a manager, and lets it go when its tasks have stopped; nodes whose
/// instances are gone are removed; an instance that runs without its node being heard of is
/// replaced. A node cannot do this itself: only managers change nodes, and a dead one does nothing.
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html>
/// After new workers came, services with two tasks and more are spread anew, unless their label
/// `rebalance` is `never`.
///
/// An update replaces one manager at a time, each after the one before has said that it joined, then
/// the workers, one by one. While a manager is being replaced, all the others are needed for a
/// majority of three: give five where that is too little.
/// <https://docs.docker.com/engine/swarm/admin_guide/>
///
/// ## What is open
///
/// | to | port | from |
/// |---|---|---|
/// | managers | 2377/tcp | nodes |
/// | nodes | 7946/tcp, 7946/udp, 4789/udp; ESP with [`encrypted_overlay`](Swarm::encrypted_overlay) | nodes |
/// | workers, or all nodes with [`managers_serve`](Swarm::managers_serve) | what is [published](Swarm::publish) | the load balancer |
///
/// Out of the VPC, nodes speak HTTPS alone, through the network's NAT.
///
/// Labels of the engine tell where a node is: `engine.labels.zone`, `.instance` and `.type`.
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let mut app = App::new();
/// let mut stack = app.stack("Shop");
/// let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 3));
/// let zone = stack.add("Zone", PrivateZone::new(network, "shop.internal"));
/// let edge = stack.add("Edge", HttpLoadBalancer::new(network));
/// let swarm = Swarm::new(network, &zone, "m6i.large", 2, 6)
///     .publish(port!(8080), edge.path("/*").health_check("/healthz"));
/// let swarm = stack.add("Swarm", swarm);
/// # assert!(app.synth().is_ok());
/// ```
///
/// | logical id (`A` is the letter of the manager) | type |
/// |---|---|
/// | `{id}NodeSecurityGroup`, `{id}ManagerSecurityGroup`, `{id}WorkerSecurityGroup` | `AWS::EC2::SecurityGroup` |
/// | `{id}ManagerFromNodes`, `{id}GossipTcp`, `{id}GossipUdp`, `{id}Overlay`, each with `Ingress` and `Egress` | the ports of the swarm |
/// | `{id}EncryptedOverlayIngress`, `{id}EncryptedOverlayEgress` | ESP, with [`encrypted_overlay`](Swarm::encrypted_overlay) |
/// | `{id}Lock` | `AWS::DynamoDB::Table`, who starts the swarm |
/// | `{id}ManagerToken`, `{id}WorkerToken` | `AWS::SecretsManager::Secret` |
/// | `{id}ManagerRole`, `{id}ManagerProfile`, `{id}WorkerRole`, `{id}WorkerProfile` | what instances may do |
/// | `{id}NodeScript`, `{id}ManagerScript` | mappings with what all nodes run, and what managers do besides |
/// | `{id}ManagerAInterface`, `{id}ManagerALaunchTemplate`, `{id}ManagerAAutoScalingGroup`, `{id}ManagerAAlarm` | a manager |
/// | `{id}NameHealthCheck1`, `{id}NamePrimary1`, `{id}NameSecondary1`, … | [`Failover`](crate::Failover) |
/// | `{id}WorkerLaunchTemplate`, `{id}WorkerAutoScalingGroup`, `{id}WorkerScaling` | the workers |
/// | `{id}Published{port}TargetGroup`, `{id}Published{port}Rule`, `{id}Published{port}FromEntryIngress`, `{id}Published{port}FromEntryEgress` | a published port |
pub struct Swarm {
    network: NetworkPlan,
    zone: Zone,
    managers: u32,
    manager_type: Value<String>,
    managers_serve: bool,
    worker_type: Value<String>,
    workers: (u32, u32),
    cpu: u32,
    image: Option<Value<ImageId>>,
    docker: String,
    disk_gib: u32,
    overlay: Cidr,
    encrypted_overlay: bool,
    rebalance: bool,
    metadata_in_containers: bool,
    replace_unanswered: bool,
    published: Vec<(Port, Route)>,
    permissions: Vec<Statement>,
}

/// A swarm that runs. As a peer it is the nodes where its services are.
#[derive(Clone, Copy, Debug)]
pub struct RunningSwarm {
    /// The group of the workers.
    pub workers: Ref<auto_scaling::AutoScalingGroup>,
    /// The group of the nodes that run services: the workers, or all.
    pub security_group: Ref<ec2::SecurityGroup>,
    /// What all nodes have in common.
    pub node_security_group: Ref<ec2::SecurityGroup>,
    /// What managers have besides.
    pub manager_security_group: Ref<ec2::SecurityGroup>,
    /// The groups of the managers, one instance each, in the order in which they are updated.
    pub managers: &'static [Ref<auto_scaling::AutoScalingGroup>],
    /// The token that workers join with.
    pub worker_token: Ref<secrets_manager::Secret>,
}

impl Peer for RunningSwarm {
    fn security_group(self) -> Ref<ec2::SecurityGroup> {
        self.security_group
    }
}

impl Swarm {
    /// Three managers (`m6i.large`), and between so many and so many workers of a type. The zone
    /// must be private to the network; nodes find the managers at `managers.` in it.
    pub fn new(
        network: NetworkPlan,
        zone: &Zone,
        worker_type: impl IntoValue<String>,
        least: u32,
        most: u32,
    ) -> Swarm {
        Swarm {
            network,
            zone: zone.clone(),
            managers: 3,
            manager_type: "m6i.large".into_value(),
            managers_serve: false,
            worker_type: worker_type.into_value(),
            workers: (least, most),
            cpu: 60,
            image: None,
            docker: "25.0.16".to_owned(),
            disk_gib: 30,
            overlay: cidr!("100.64.0.0/16"),
            encrypted_overlay: false,
            rebalance: true,
            metadata_in_containers: false,
            replace_unanswered: false,
            published: Vec::new(),
            permissions: Vec::new(),
        }
    }

    /// How many managers (3, 5 or 7; default 3) of which type. A majority of them must be alive: of
    /// three one may be lost, of five two, of seven three. Go up or down by two, in one update.
    pub fn managers(self, count: u32, instance_type: impl IntoValue<String>) -> Swarm {
        Swarm {
            managers: count,
            manager_type: instance_type.into_value(),
            ..self
        }
    }

    /// Managers run tasks and take requests too (default: they only manage). Replaces the managers,
    /// one by one. What fills a manager's memory then may take the swarm with it.
    pub fn managers_serve(self) -> Swarm {
        Swarm {
            managers_serve: true,
            ..self
        }
    }

    /// The average CPU of the workers that their number follows (1–100 %, default 60). Updates in
    /// place.
    pub fn cpu(self, percent: u32) -> Swarm {
        Swarm {
            cpu: percent,
            ..self
        }
    }

    /// A machine image of your own, with Docker in the version of [`docker`](Self::docker), the AWS
    /// CLI and `cfn-signal` (default: the newest Amazon Linux 2023 for the type's processor).
    /// Replaces all instances, managers first, one by one. `/etc/docker/daemon.json` is written anew on each.
    pub fn image(self, image: impl IntoValue<ImageId>) -> Swarm {
        Swarm {
            image: Some(image.into_value()),
            ..self
        }
    }

    /// The version of Docker, without or with its release: `25.0.16`, `25.0.16-1.amzn2023.0.1`
    /// (default `25.0.16`). Replaces all instances, managers first, one by one.
    pub fn docker(self, version: impl Into<String>) -> Swarm {
        Swarm {
            docker: version.into(),
            ..self
        }
    }

    /// The size of an instance's disk in GiB (default 30). Replaces all instances, one by one.
    pub fn disk_gib(self, size: u32) -> Swarm {
        Swarm {
            disk_gib: size,
            ..self
        }
    }

    /// Where overlay networks take their addresses from (default `100.64.0.0/16`). Docker's own
    /// default, `10.0.0.0/8`, hides databases of a VPC in the same range. It counts when the swarm
    /// is started; later changes replace instances and change nothing.
    pub fn overlay(self, range: Cidr) -> Swarm {
        Swarm {
            overlay: range,
            ..self
        }
    }

    /// Opens ESP between the nodes, for networks made with `--opt encrypted`. Updates in place.
    pub fn encrypted_overlay(self) -> Swarm {
        Swarm {
            encrypted_overlay: true,
            ..self
        }
    }

    /// Services stay where they are when workers are added (default: they are spread anew).
    pub fn no_rebalancing(self) -> Swarm {
        Swarm {
            rebalance: false,
            ..self
        }
    }

    /// Containers may ask the metadata service, and so may do what their instance may (default: they
    /// cannot reach it, unless they use the network of the host).
    /// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html>
    pub fn metadata_in_containers(self) -> Swarm {
        Swarm {
            metadata_in_containers: true,
            ..self
        }
    }

    /// Also replaces a worker that the load balancer gets no good answer from (default: not). Every
    /// node answers for the whole swarm, so a service that fails makes all workers fail at once, and
    /// all of them are replaced for nothing.
    pub fn replace_unanswered(self) -> Swarm {
        Swarm {
            replace_unanswered: true,
            ..self
        }
    }

    /// Sends requests to a port that a service of the swarm publishes on every node. Updates in
    /// place.
    pub fn publish(mut self, port: Port, route: Route) -> Swarm {
        self.published.push((port, route));
        self
    }

    /// What workers may do in AWS besides joining; containers may only with
    /// [`metadata_in_containers`](Self::metadata_in_containers).
    pub fn permission(mut self, statement: Statement) -> Swarm {
        self.permissions.push(statement);
        self
    }
}
