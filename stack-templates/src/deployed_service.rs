//! A service whose task definition somebody else registers.

use stack_core::aws::ec2;
use stack_core::prelude::*;

use crate::allow::{Listens, Peer};
use crate::capacity::CapacityHandle;
use crate::cluster::ClusterHandle;
use crate::ec2_service::on_capacity;
use crate::fargate_service::build_on_fargate;
use crate::fargate_spot::FargateSpot;
use crate::network::{Endpoint, NetworkPlan};
use crate::service::{Made, Program, ServiceSettings};
use crate::setters::{deployed_setters, replica_setters};
use crate::task_home::{RegisteredTask, RunningDeployed};
use crate::way_out::Need;

/// A service that runs a [`RegisteredTask`]: the stack owns how many tasks run, where and behind what;
/// a pipeline owns what they run. What belongs to the task definition (variables, commands, sizes)
/// cannot be said here.
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::*;
///
/// let mut app = App::new();
/// let mut base = app.stack("ShopBase");
/// let network = base.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
/// let cluster = base.add("Cluster", Cluster::new());
/// let home = base.add("Api", TaskHome::new(Image::ecr("shop/api", "any")));
/// let task = home.registered("/shop/api/task-definition");
/// let api = DeployedService::on_fargate(network, cluster, task, port!(8080));
/// app.stack("Shop").add("Api", api);
/// ```
///
/// | logical id | type |
/// |---|---|
/// | `{id}TaskDefinition` | a parameter of the stack: the name of the one in Parameter Store |
/// | `{id}SecurityGroup` | `AWS::EC2::SecurityGroup` |
/// | `{id}TargetGroup`, `{id}Rule` or `{id}Listener` | for its first route; `{id}Route2TargetGroup`, … for others |
/// | `{id}FromEntryIngress`, `{id}FromEntryEgress` | the openings from the load balancer |
/// | `{id}Service` | `AWS::ECS::Service` |
/// | others | as those of [`FargateService`](crate::FargateService) |
pub struct DeployedService {
    task: RegisteredTask,
    port: Port,
    service: ServiceSettings,
    place: Place,
}

enum Place {
    Fargate(Option<FargateSpot>),
    Ec2(CapacityHandle),
}

impl DeployedService {
    /// On Fargate; the container listens on `port`.
    pub fn on_fargate(
        network: NetworkPlan,
        cluster: ClusterHandle,
        task: RegisteredTask,
        port: Port,
    ) -> DeployedService {
        DeployedService {
            task,
            port,
            service: ServiceSettings::new(network, cluster),
            place: Place::Fargate(None),
        }
    }

    /// On Fargate, above tasks on demand on spare capacity.
    pub fn on_fargate_spot(
        network: NetworkPlan,
        cluster: ClusterHandle,
        task: RegisteredTask,
        port: Port,
        spot: FargateSpot,
    ) -> DeployedService {
        let service = DeployedService::on_fargate(network, cluster, task, port);
        DeployedService {
            place: Place::Fargate(Some(spot)),
            ..service
        }
    }

    /// On EC2 instances; each task has a network interface of its own.
    pub fn on_ec2(
        network: NetworkPlan,
        capacity: CapacityHandle,
        task: RegisteredTask,
        port: Port,
    ) -> DeployedService {
        DeployedService {
            task,
            port,
            service: ServiceSettings::new(network, capacity.cluster),
            place: Place::Ec2(capacity),
        }
    }

    replica_setters!();
    deployed_setters!();
}

impl Build for DeployedService {
    type Handle = RunningDeployed;

    fn build(self, scope: &mut Scope<'_>) -> RunningDeployed {
        let DeployedService {
            task,
            port,
            service,
            place,
        } = self;
        let program = Program {
            definition: task.parameter(scope),
            container: task.container,
            port: Some(port),
            log_group: task.home.log_group,
            mounts: Vec::new(),
            starts_within: task.start_period,
            needs: vec![Need::Service(Endpoint::Logs)],
        };
        let made: Made = match place {
            Place::Fargate(spot) => {
                // What the task definition says of stopping is not known here.
                let spot = spot.map(|it| (it, seconds(30)));
                build_on_fargate(scope, service, program, spot)
            }
            Place::Ec2(capacity) => {
                let made = service.build(scope, program, |it| on_capacity(it, capacity));
                // The cluster knows the provider only once it is associated.
                scope.edit(made.service).after(capacity.association);
                made
            }
        };
        RunningDeployed {
            service: made.service,
            security_group: made.security_group,
            port,
        }
    }
}

impl Peer for RunningDeployed {
    fn security_group(self) -> Ref<ec2::SecurityGroup> {
        self.security_group
    }
}

impl Listens for RunningDeployed {
    fn port(self) -> Port {
        self.port
    }
}
