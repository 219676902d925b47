//! Symfony on Docker Swarm: managers in three zones, workers that follow their CPU, PostgreSQL in
//! subnets of its own. Staging and production are one definition; what differs stands in
//! `swarm.toml`, and where that names no certificate the site is on port 80.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use stack_cli::settings::{self, AccountId};
use stack_core::prelude::*;
use stack_templates::*;

/// Everything that differs between environments.
#[derive(Deserialize, JsonSchema)]
struct Settings {
    account: AccountId,
    range: Cidr,
    single_nat: bool,
    domain: String,
    certificate: Option<String>,
    /// A machine image with Docker in it; without one, Docker is installed when an instance starts.
    image: Option<String>,
    managers: u32,
    manager_type: String,
    worker_type: String,
    workers: (u32, u32),
    database_class: String,
    protected: bool,
}

const ZONES: [&str; 3] = ["euw1-az1", "euw1-az2", "euw1-az3"];
/// The port that the stack file publishes.
const SITE: Port = port!(8080);

/// Both environments, each a network and the swarm in it.
pub fn define(app: &mut App) {
    let settings = settings::load(include_str!("swarm.toml"), "swarm.toml");
    let settings: BTreeMap<String, Settings> = match settings {
        Ok(it) => it,
        Err(problems) => return app.problems(problems),
    };
    for (name, it) in &settings {
        let place = || Environment::new(&it.account, "eu-west-1");
        let mut base = app.stack_in(format!("Swarm{name}Network"), place());
        base.termination_protection(it.protected);
        let nat = if it.single_nat {
            Nat::Single
        } else {
            Nat::PerZone
        };
        let network = Network::new(it.range, ZONES).nat(nat).data_subnets();
        let network = base.add("Network", network);
        let mut stack = app.stack_in(format!("Swarm{name}"), place());
        stack.termination_protection(it.protected);
        // Their templates are longer than a call can be.
        stack.deployment(Deployment {
            templates_bucket: Some(format!("stack-templates-{}", it.account)),
            ..Deployment::default()
        });
        application(stack, it, network);
    }
}

fn application(mut stack: Scope<'_>, it: &Settings, network: NetworkPlan) {
    let edge = match &it.certificate {
        Some(certificate) => {
            let certificate = CertificateArn::existing(certificate);
            let edge = HttpsLoadBalancer::new(network, certificate).redirect_http();
            stack.add("Edge", edge.deletion_protection(it.protected))
        }
        None => {
            let edge = HttpLoadBalancer::new(network);
            stack.add("Edge", edge.deletion_protection(it.protected))
        }
    };
    let site = Zone::existing("Z0123456789SHOP", "shop.example");
    stack.add("SiteName", Alias::new(&site, &it.domain, edge));

    let zone = stack.add("Zone", PrivateZone::new(network, "swarm.internal"));
    let (least, most) = it.workers;
    let mut swarm = Swarm::new(network, &zone, &it.worker_type, least, most)
        .managers(it.managers, &it.manager_type)
        .publish(SITE, edge.host(&it.domain).health_check("/healthz"));
    if let Some(image) = &it.image {
        swarm = swarm.image(DynamicReference::ssm(image));
    }
    let swarm = stack.add("Swarm", swarm);

    let database = PostgresDatabase::new(network, "shop").class(&it.database_class);
    let database = stack.add("Database", database);
    stack.add("SwarmToDatabase", allow(swarm, database));
    // What deploying needs for the secrets of the stack file.
    stack.output("DatabaseHost", Output::new(database.endpoint()));
    stack.output("DatabaseSecret", Output::new(database.secret()));
}
