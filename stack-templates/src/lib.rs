//! Patterns: each file turns a few decisions into a group of resources, with the defaults that a
//! careful team would choose.

mod access_logs;
mod allow;
mod image;
mod repository;
mod secret;

mod network;

mod certificate;
mod dns;
mod failover;
mod health_check;
mod rule_priority;

mod route;

mod http_load_balancer;
mod https_load_balancer;
mod internal_load_balancer;

mod cluster;
mod config;
mod scaling;
mod task;

mod capacity;
mod service;
mod spot;

mod ec2_service;
mod fargate_service;
mod one_off_task;
mod worker;

mod branch;
mod notifications;
mod sign_in;

mod postgres;

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
pub use dns::{Alias, AliasTarget, PrivateZone, Zone};
pub use ec2_service::Ec2Service;
pub use failover::Failover;
pub use fargate_service::FargateService;
pub use health_check::HealthCheck;
pub use http_load_balancer::HttpLoadBalancer;
pub use https_load_balancer::{HttpsLoadBalancer, PublicEntry};
pub use image::Image;
pub use internal_load_balancer::{InternalEntry, InternalLoadBalancer};
pub use network::{Endpoint, Nat, Network, NetworkPlan, Zones};
pub use notifications::Notifications;
pub use one_off_task::{OneOffTask, TaskToRun};
pub use postgres::{Postgres, PostgresDatabase};
pub use repository::ImageRepository;
pub use route::Route;
pub use scaling::Scaling;
pub use secret::Secret;
pub use service::{RunningService, RunningWorker};
pub use sign_in::SignIn;
pub use spot::Spot;
/// Strict text templates: user data, configuration files.
#[cfg(feature = "text")]
pub use stack_text as text;
#[cfg(feature = "text")]
pub use swarm::{RunningSwarm, Swarm};
#[cfg(feature = "text")]
pub use user_data::UserData;
pub use worker::Worker;
