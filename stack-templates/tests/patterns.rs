//! Every pattern with the least and with all that can be said of it, and as the strictest scanner
//! wants it, as a reviewer has seen it:
//! `snapshots/patterns/<pattern>-<form>.json`. What a pattern stands on is in a stack of its own,
//! and shows as parameters.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test -p stack-templates` writes them anew.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use stack_core::aws::kinds::{CertificateArn, ImageId, KmsKeyArn};
use stack_core::prelude::*;
use stack_templates::*;

#[path = "forms/branches.rs"]
mod branches;
#[path = "forms/deployer.rs"]
mod deployer;
#[path = "forms/services.rs"]
mod services;
#[path = "forms/strict.rs"]
mod strict;
#[path = "forms/swarm.rs"]
mod swarm;

/// A stack for the pattern; what it needs is added to another.
type Form = fn(&mut App);

const FORMS: &[(&str, Form)] = &[
    ("cluster-fullest", |app| {
        let cluster = Cluster::new()
            .enhanced_insights()
            .namespace("shop")
            .fargate_spot();
        app.stack("It").add("Cluster", cluster);
    }),
    ("cluster-smallest", |app| {
        app.stack("It").add("Cluster", Cluster::new());
    }),
    ("ec2-capacity-fullest", |app| {
        let (network, cluster) = base(app);
        let files = app.stack("Base").add("Files", FileSystem::new(network));
        let capacity = Ec2Capacity::new(network, cluster, "m6i.large", 2, 8)
            .image(ImageId::existing("ami-0123456789abcdef0"))
            .disk_gib(100)
            .mounts(files);
        app.stack("It").add("Capacity", capacity);
    }),
    ("ec2-capacity-smallest", |app| {
        let (network, cluster) = base(app);
        let capacity = Ec2Capacity::new(network, cluster, "m6i.large", 2, 4);
        app.stack("It").add("Capacity", capacity);
    }),
    ("https-load-balancer-fullest", |app| {
        let (network, _) = base(app);
        let edge = edge(network)
            .ssl_policy("ELBSecurityPolicy-TLS13-1-3-2021-06")
            .open_to([cidr!("203.0.113.0/24")])
            .redirect_http()
            .idle_timeout(seconds(120));
        app.stack("It").add("Edge", edge);
    }),
    ("https-load-balancer-smallest", |app| {
        let (network, _) = base(app);
        app.stack("It").add("Edge", edge(network));
    }),
    ("image-repository-fullest", |app| {
        let key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        let repository = ImageRepository::new("shop/api")
            .moving_tags(["dev", "mb-dev", "staging", "mb-staging", "prod", "mb-prod"])
            .releases("prod-", 30)
            .keep_others(500)
            .pulled_by(["444455556666"])
            .encrypted_with(KmsKeyArn::existing(key));
        app.stack("It").add("Api", repository);
    }),
    ("image-repository-smallest", |app| {
        app.stack("It").add("Api", ImageRepository::new("shop/api"));
    }),
    ("internal-load-balancer-fullest", |app| {
        let (network, _) = base(app);
        let inner = InternalLoadBalancer::new(network, port!(9000)).deletion_protection(false);
        app.stack("It").add("Inner", inner);
    }),
    ("internal-load-balancer-smallest", |app| {
        let (network, _) = base(app);
        app.stack("It")
            .add("Inner", InternalLoadBalancer::new(network, port!(9000)));
    }),
    ("network-fullest", |app| {
        let network = Network::new(cidr!("10.0.0.0/16"), ["euw1-az1", "euw1-az2", "euw1-az3"])
            .nat(Nat::PerZone)
            .endpoints(Endpoint::FOR_TASKS);
        app.stack("It").add("Network", network);
    }),
    ("network-smallest", |app| {
        let network = Network::new(cidr!("10.0.0.0/16"), 2).nat(Nat::None);
        app.stack("It").add("Network", network);
    }),
    ("private-zone-smallest", |app| {
        let (network, _) = base(app);
        let inner = InternalLoadBalancer::new(network, port!(9000));
        let inner = app.stack("Base").add("Inner", inner);
        let mut it = app.stack("It");
        let zone = it.add("Zone", PrivateZone::new(network, "shop.internal"));
        it.add("PhpName", Alias::new(&zone, "php.shop.internal", inner));
    }),
];

fn base(app: &mut App) -> (NetworkPlan, ClusterHandle) {
    let mut base = app.stack("Base");
    let network = base.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
    (network, base.add("Cluster", Cluster::new()))
}

fn edge(network: NetworkPlan) -> HttpsLoadBalancer {
    let certificate = "arn:aws:acm:eu-west-1:111122223333:certificate/shop";
    HttpsLoadBalancer::new(network, CertificateArn::existing(certificate))
}

fn forms() -> impl Iterator<Item = &'static (&'static str, Form)> {
    FORMS
        .iter()
        .chain(branches::FORMS)
        .chain(deployer::FORMS)
        .chain(services::FORMS)
        .chain(strict::FORMS)
        .chain(swarm::FORMS)
}

#[test]
fn every_form_of_every_pattern_is_as_it_was_reviewed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../snapshots/patterns");
    let update = std::env::var_os("UPDATE_SNAPSHOTS").is_some();
    let mut changed = BTreeSet::new();
    for (name, form) in forms() {
        let mut app = App::new();
        form(&mut app);
        let assembly = app.synth().unwrap_or_else(|it| panic!("{name}: {}", it[0]));
        let it = assembly.stack("It").or(assembly.stack("preview-it"));
        let body = it.unwrap().body();
        let path = folder.join(format!("{name}.json"));
        if fs::read_to_string(&path).is_ok_and(|it| it == *body) {
            continue;
        }
        if update {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, body).unwrap();
        } else {
            changed.insert(*name);
        }
    }
    assert!(
        changed.is_empty(),
        "{changed:?} changed; if that is meant, run `UPDATE_SNAPSHOTS=1 cargo test -p stack-templates` and review the diff"
    );
    let files = fs::read_dir(&folder).unwrap().flatten();
    let files = files.map(|it| {
        it.path()
            .file_stem()
            .unwrap()
            .to_string_lossy()
            .into_owned()
    });
    let known = forms().map(|(name, _)| (*name).to_owned());
    let files: BTreeSet<String> = files.collect();
    assert_eq!(files, known.collect(), "files and forms");
}
