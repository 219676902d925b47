//! Every pattern with the least and with all that can be said of it, as a reviewer has seen it:
//! `snapshots/patterns/<pattern>-<form>.json`. What a pattern stands on is in a stack of its own,
//! and shows as parameters.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test -p stack-templates` writes them anew.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use stack_core::aws::kinds::{AlarmName, CertificateArn, ImageId, KmsKeyArn};
use stack_core::aws::policy::Statement;
use stack_core::prelude::*;
use stack_templates::*;

#[path = "forms/branches.rs"]
mod branches;
#[path = "forms/swarm.rs"]
mod swarm;

/// A stack for the pattern; what it needs is added to another.
type Form = fn(&mut App);

const FORMS: &[(&str, Form)] = &[
    ("cluster-fullest", |app| {
        app.stack("It")
            .add("Cluster", Cluster::new().enhanced_insights());
    }),
    ("cluster-smallest", |app| {
        app.stack("It").add("Cluster", Cluster::new());
    }),
    ("ec2-capacity-fullest", |app| {
        let (network, cluster) = base(app);
        let capacity = Ec2Capacity::new(network, cluster, "m6i.large", 2, 8)
            .image(ImageId::existing("ami-0123456789abcdef0"))
            .disk_gib(100);
        app.stack("It").add("Capacity", capacity);
    }),
    ("ec2-capacity-smallest", |app| {
        let (network, cluster) = base(app);
        let capacity = Ec2Capacity::new(network, cluster, "m6i.large", 2, 4);
        app.stack("It").add("Capacity", capacity);
    }),
    ("ec2-service-fullest", |app| {
        let (network, cluster) = base(app);
        let mut stack = app.stack("Base");
        let capacity = Ec2Capacity::new(network, cluster, "m6i.large", 2, 4);
        let capacity = stack.add("Capacity", capacity);
        let inner = stack.add("Inner", InternalLoadBalancer::new(network, port!(9000)));
        let edge = stack.add("Edge", edge(network));
        let site = NginxConfig::new(port!(8080), "/app/public", "php.shop.internal", port!(9000))
            .host("shop.example")
            .host("www.shop.example")
            .trusted(network.cidr)
            .php_root("/srv/app/public")
            .php_timeout(seconds(120))
            .largest_body(mib(64))
            .health_path("/up")
            .keepalive(seconds(90))
            .finish_within(seconds(40))
            .hsts(seconds(300));
        let workers = PhpFpmConfig::new(port!(9000), 4, mib(256))
            .requests_each(500)
            .request_timeout(seconds(120))
            .largest_body(mib(64))
            .finish_within(seconds(40));
        let service = Ec2Service::new(network, capacity, Image::ecr("shop/web", "7"), port!(8080))
            .size(1024, mib(2048))
            .config_file("/etc/shop/nginx.conf", site)
            .config_file("/etc/shop/php-fpm.conf", workers)
            .config_file("/etc/other/banner.txt", "hello\n")
            .scratch("/tmp")
            .stop_timeout(seconds(50))
            .behind(edge.host("shop.example").health_check("/up"))
            .behind(inner.connections().drain(seconds(10)))
            .scale(Scaling::between(2, 4).cpu(60));
        app.stack("It").add("Web", service);
    }),
    ("ec2-service-smallest", |app| {
        let (network, cluster) = base(app);
        let capacity = Ec2Capacity::new(network, cluster, "m6i.large", 2, 4);
        let capacity = app.stack("Base").add("Capacity", capacity);
        let image = Image::ecr("shop/worker", "1.4.2");
        let service = Ec2Service::new(network, capacity, image, port!(9000));
        app.stack("It").add("Worker", service);
    }),
    ("fargate-service-fullest", |app| {
        let (network, cluster) = base(app);
        let edge = app.stack("Base").add("Edge", edge(network));
        let image = Image::shared("111122223333", "eu-west-1", "shop/api", "prod-20261120");
        let scaling = Scaling::between(2, 10)
            .cpu(60)
            .memory(75)
            .requests(1000)
            .schedule(
                "Morning",
                "cron(0 7 ? * MON-FRI *)",
                "Europe/Berlin",
                (4, 10),
            )
            .schedule(
                "Evening",
                "cron(0 20 ? * MON-FRI *)",
                "Europe/Berlin",
                (2, 10),
            );
        let service = FargateService::new(network, cluster, image, port!(8080))
            .size(task_size!(512, 1024))
            .arm64()
            .env("STAGE", "production")
            .secret("DATABASE_URL", Secret::parameter("/shop/database-url"))
            .command(["serve", "--port", "8080"])
            .scratch("/tmp")
            .writable_root_filesystem()
            .user("1000:1000")
            .container_check("curl -fsS http://localhost:8080/healthz")
            .stop_timeout(seconds(60))
            .log_retention(90)
            .permission(
                Statement::allow()
                    .actions(["sqs:SendMessage"])
                    .resources(["arn:aws:sqs:eu-west-1:111122223333:orders"]),
            )
            .behind(
                edge.host("api.shop.example")
                    .path("/v2/*")
                    .health_check("/healthz"),
            )
            .behind(
                edge.host("admin.shop.example")
                    .priority(priority!(7))
                    .drain(seconds(5)),
            )
            .scale(scaling)
            .rollback_on(AlarmName::existing("shop-errors"))
            .exec()
            .grace_period(seconds(90))
            .rolling(50, 150);
        app.stack("It").add("Api", service);
    }),
    ("fargate-service-smallest", |app| {
        let (network, cluster) = base(app);
        let image = Image::ecr("shop/api", "2.0.1");
        let service = FargateService::new(network, cluster, image, port!(8080));
        app.stack("It").add("Api", service);
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
    ("one-off-task-fullest", |app| {
        let (network, _) = base(app);
        let task = OneOffTask::on_ec2(network, Image::ecr("shop/php", "7"), 256, mib(512))
            .command(["php", "artisan", "migrate", "--force"])
            .env("APP_ENV", "production")
            .secret("APP_KEY", Secret::parameter("/shop/app-key"));
        app.stack("It").add("Migration", task);
    }),
    ("one-off-task-smallest", |app| {
        let (network, _) = base(app);
        let image = Image::ecr("shop/php", "7");
        let task = OneOffTask::on_fargate(network, image, task_size!(256, 512));
        app.stack("It").add("Migration", task);
    }),
    ("private-zone-smallest", |app| {
        let (network, _) = base(app);
        let inner = InternalLoadBalancer::new(network, port!(9000));
        let inner = app.stack("Base").add("Inner", inner);
        let mut it = app.stack("It");
        let zone = it.add("Zone", PrivateZone::new(network, "shop.internal"));
        it.add("PhpName", Alias::new(&zone, "php.shop.internal", inner));
    }),
    ("worker-fullest", |app| {
        let (network, cluster) = base(app);
        let capacity = Ec2Capacity::new(network, cluster, "m6i.large", 2, 4);
        let capacity = app.stack("Base").add("Capacity", capacity);
        let worker = Worker::on_ec2(
            network,
            capacity,
            Image::ecr("shop/php", "7"),
            256,
            mib(512),
        )
        .command(["php", "artisan", "schedule:work"])
        .count(1)
        .rolling(0, 100);
        app.stack("It").add("Clock", worker);
    }),
    ("worker-smallest", |app| {
        let (network, cluster) = base(app);
        let image = Image::ecr("shop/php", "7");
        let worker = Worker::on_fargate(network, cluster, image, task_size!(256, 512));
        app.stack("It").add("Queue", worker);
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
    FORMS.iter().chain(branches::FORMS).chain(swarm::FORMS)
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
        let body = &it.unwrap().body;
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

#[test]
fn a_service_that_could_not_run_is_refused() {
    type Change = fn(FargateService) -> FargateService;
    let cases: [(Change, &str); 6] = [
        (
            |it| it.exec(),
            "`exec` needs a root file system that can be written to",
        ),
        (
            |it| it.scale(Scaling::between(1, 4).requests(100)),
            "scaling follows requests, and none can be counted",
        ),
        (
            |it| it.scale(Scaling::between(1, 4)),
            "scaling follows nothing",
        ),
        (
            |it| it.scale(Scaling::between(5, 4).cpu(60)),
            "scaling between 5 and 4 tasks leaves no number",
        ),
        (
            |it| {
                it.scale(Scaling::between(1, 4).schedule(
                    "Night",
                    "cron(0 1 * * ? *)",
                    "UTC",
                    (3, 2),
                ))
            },
            "schedule `Night` between 3 and 2 tasks leaves no number",
        ),
        (
            |it| it.scale(Scaling::between(1, 4).schedule("Night", "0 1 * * *", "UTC", (1, 2))),
            "`0 1 * * *` of schedule `Night` is no time",
        ),
    ];
    for (change, expected) in cases {
        let mut app = App::new();
        let (network, cluster) = base(&mut app);
        let image = Image::ecr("shop/api", "2.0.1");
        let service = change(FargateService::new(network, cluster, image, port!(8080)));
        app.stack("It").add("Api", service);
        let problems = app.synth().err().unwrap_or_default();
        let told: Vec<&str> = problems.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(told, [expected]);
    }
}
