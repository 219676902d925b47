//! Patterns: each file turns a few decisions into a group of resources, with the defaults that a
//! careful team would choose.

mod access_logs;
mod allow;
mod encryption;
mod image;
mod item_table;
mod repository;
mod secret;

mod network;
mod way_out;

mod certificate;
mod dns;
mod failover;
mod health_check;
mod rule_priority;

mod traffic_shift;

mod forwarding;

mod route;

mod http_load_balancer;
mod https_load_balancer;
mod internal_load_balancer;

mod fargate_size;
mod fargate_spot;

mod cluster;
mod config;
mod scaling;
mod service_alarm;
mod service_connect;

mod file_system;
mod log_router;
mod volume;

mod task;
mod task_home;

mod container;
mod setters;

mod capacity;
mod running;
mod service;
mod service_checks;
mod service_peers;
mod spot;

mod daemon;
mod deployed_service;
mod ec2_service;
mod fargate_service;
mod one_off_task;
mod worker;

mod branch;
mod notifications;
mod sign_in;

mod postgres;

mod deployer;

#[cfg(feature = "text")]
mod user_data;

#[cfg(feature = "text")]
mod swarm;

pub use allow::{Allow, Listens, Peer, allow};
pub use branch::{
    BranchBase, BranchEnvironment, BranchWebhook, RunningBranch, SharedBase, WebhookProgram,
};
/// What the resources of branches are called: prefix, repository, and who hosts it.
pub use branch_naming::{Naming, Provider, naming};
pub use capacity::{CapacityHandle, Ec2Capacity};
pub use certificate::Certificate;
pub use cluster::{Cluster, ClusterHandle};
pub use config::ConfigText;
#[cfg(feature = "text")]
pub use config::{NginxConfig, PhpFpmConfig};
pub use daemon::Daemon;
pub use deployed_service::DeployedService;
pub use deployer::{Deployer, DeployerRoles, Pipeline};
pub use dns::{Alias, AliasTarget, PrivateZone, Zone};
pub use ec2_service::Ec2Service;
pub use encryption::{Encryption, EncryptionKey};
pub use failover::Failover;
pub use fargate_service::FargateService;
pub use fargate_spot::FargateSpot;
pub use file_system::{FileSystem, FileSystemHandle, Folder, FolderHandle};
pub use health_check::HealthCheck;
pub use http_load_balancer::HttpLoadBalancer;
pub use https_load_balancer::{HttpsLoadBalancer, PublicEntry};
pub use image::Image;
pub use internal_load_balancer::{InternalEntry, InternalLoadBalancer};
pub use log_router::LogRouter;
pub use network::{Endpoint, Nat, Network, NetworkPlan, Zones};
pub use notifications::Notifications;
pub use one_off_task::{OneOffTask, TaskToRun};
pub use postgres::{Postgres, PostgresDatabase};
pub use repository::ImageRepository;
pub use route::Route;
pub use running::{RunningService, RunningWorker};
pub use scaling::Scaling;
pub use secret::Secret;
pub use service_alarm::ServiceAlarm;
pub use service_connect::ConnectName;
pub use sign_in::SignIn;
pub use spot::Spot;
/// Strict text templates: user data, configuration files.
#[cfg(feature = "text")]
pub use stack_text as text;
#[cfg(feature = "text")]
pub use swarm::{RunningSwarm, Swarm};
pub use task_home::{RegisteredTask, RunningDeployed, TaskHome, TaskHomeHandle};
pub use traffic_shift::{ShiftStage, TrafficShift};
#[cfg(feature = "text")]
pub use user_data::UserData;
pub use worker::Worker;
