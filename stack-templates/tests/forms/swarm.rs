//! The forms of the patterns for a swarm and its database.

use stack_core::aws::cloudwatch;
use stack_core::aws::kinds::ImageId;
use stack_core::aws::policy::Statement;
use stack_core::prelude::*;
use stack_templates::*;

use super::Form;

pub(super) const FORMS: &[(&str, Form)] = &[
    ("failover-fullest", |app| {
        let (mut it, zone) = zone(app);
        let alarms = ["A", "B", "C"].map(|id| it.add(format!("{id}Alarm"), alarm()));
        let name = Failover::new(&zone, "queue.shop.internal")
            .then("10.0.1.10", alarms[0])
            .then("10.0.2.10", alarms[1])
            .then("10.0.3.10", alarms[2])
            .ttl(seconds(5));
        it.add("Queue", name);
    }),
    ("failover-strict", |app| {
        let key = app.stack("Keys").add("Key", EncryptionKey::new());
        app.stack("It").decide(key);
        let (mut it, zone) = zone(app);
        let first = it.add("FirstAlarm", alarm());
        let second = it.add("SecondAlarm", alarm());
        let name = Failover::new(&zone, "queue.shop.internal")
            .then("10.0.1.10", first)
            .then("10.0.2.10", second);
        it.add("Queue", name);
    }),
    ("failover-smallest", |app| {
        let (mut it, zone) = zone(app);
        let first = it.add("FirstAlarm", alarm());
        let second = it.add("SecondAlarm", alarm());
        let name = Failover::new(&zone, "queue.shop.internal")
            .then("10.0.1.10", first)
            .then("10.0.2.10", second);
        it.add("Queue", name);
    }),
    ("http-load-balancer-fullest", |app| {
        let network = network(app);
        let edge = HttpLoadBalancer::new(network)
            .open_to([cidr!("203.0.113.0/24")])
            .deletion_protection(false)
            .idle_timeout(seconds(120));
        app.stack("It").add("Edge", edge);
    }),
    ("http-load-balancer-smallest", |app| {
        let network = network(app);
        app.stack("It").add("Edge", HttpLoadBalancer::new(network));
    }),
    ("network-data", |app| {
        let network = Network::new(cidr!("10.0.0.0/22"), 2).nat(Nat::None);
        app.stack("It").add("Network", network.data_subnets());
    }),
    ("postgres-database-fullest", |app| {
        let network = network(app);
        let key = app.stack("Keys").add("Key", EncryptionKey::new());
        let database = PostgresDatabase::new(network, "shop")
            .version("17.10")
            .class("db.m7g.large")
            .storage_gib(100, 500)
            .backup_days(35)
            .encrypted_with(key.arn())
            .port(port!(6432));
        app.stack("It").add("Database", database);
    }),
    ("postgres-database-strict", |app| {
        let network = network(app);
        let key = app.stack("Keys").add("Key", EncryptionKey::new());
        let database = PostgresDatabase::new(network, "shop");
        app.stack("It").decide(key).add("Database", database);
    }),
    ("postgres-database-smallest", |app| {
        let network = network(app);
        let database = PostgresDatabase::new(network, "shop");
        app.stack("It").add("Database", database);
    }),
    ("swarm-fullest", |app| {
        let network = network(app);
        let mut base = app.stack("Base");
        let zone = base.add("Zone", PrivateZone::new(network, "shop.internal"));
        let edge = base.add("Edge", HttpLoadBalancer::new(network));
        let read = Statement::allow()
            .actions(["s3:GetObject"])
            .resources(["arn:aws:s3:::acme-fixtures/shop.json"]);
        let swarm = Swarm::new(network, &zone, "m6i.xlarge", 3, 12)
            .managers(5, "m6i.xlarge")
            .managers_serve()
            .cpu(50)
            .image(ImageId::existing("ami-0123456789abcdef0"))
            .docker("25.0.14-1.amzn2023.0.6")
            .disk_gib(100)
            .overlay(cidr!("172.20.0.0/16"))
            .encrypted_overlay()
            .no_rebalancing()
            .metadata_in_containers()
            .replace_unanswered()
            .permission(read)
            .publish(port!(8080), edge.path("/*").health_check("/healthz"))
            .publish(port!(9090), edge.host("admin.shop.example"));
        app.stack("It").add("Swarm", swarm);
    }),
    ("swarm-strict", |app| {
        let network = network(app);
        let key = app.stack("Keys").add("Key", EncryptionKey::new());
        let mut base = app.stack("Base");
        let zone = base.add("Zone", PrivateZone::new(network, "shop.internal"));
        let swarm = Swarm::new(network, &zone, "m6i.large", 1, 2);
        app.stack("It").decide(key).add("Swarm", swarm);
    }),
    ("swarm-smallest", |app| {
        let network = network(app);
        let mut base = app.stack("Base");
        let zone = base.add("Zone", PrivateZone::new(network, "shop.internal"));
        let swarm = Swarm::new(network, &zone, "m6i.large", 1, 2);
        app.stack("It").add("Swarm", swarm);
    }),
];

fn network(app: &mut App) -> NetworkPlan {
    let network = Network::new(cidr!("10.0.0.0/16"), 3).data_subnets();
    app.stack("Base").add("Network", network)
}

fn zone(app: &mut App) -> (Scope<'_>, Zone) {
    let network = network(app);
    let mut it = app.stack("It");
    let zone = it.add("Zone", PrivateZone::new(network, "shop.internal"));
    (it, zone)
}

fn alarm() -> cloudwatch::Alarm {
    cloudwatch::Alarm::new()
        .namespace("Shop")
        .metric_name("Alive")
        .statistic(cloudwatch::alarm::Statistic::MINIMUM)
        .period(60)
        .evaluation_periods(2)
        .threshold(1.0)
        .comparison_operator(cloudwatch::alarm::ComparisonOperator::LESS_THAN_THRESHOLD)
        .treat_missing_data(cloudwatch::alarm::TreatMissingData::BREACHING)
}
