//! The forms of services, and of what they use.

use stack_core::aws::policy::Statement;
use stack_core::prelude::*;
use stack_templates::*;

use super::{Form, base, edge};

pub(super) const FORMS: &[(&str, Form)] = &[
    ("daemon-fullest", |app| {
        let (network, cluster) = base(app);
        let mut base = app.stack("Base");
        let files = base.add("Files", FileSystem::new(network));
        let capacity = Ec2Capacity::new(network, cluster, "m6i.large", 2, 4).mounts(files);
        let capacity = base.add("Capacity", capacity);
        let config = base.add("Config", files.folder("/agent", 0, 0));
        let agent = Daemon::new(
            network,
            capacity,
            "public.ecr.aws/shop/agent:7",
            128,
            mib(256),
        )
        .keep(50)
        .env("SITE", "eu")
        .scratch("/tmp")
        .volume_read_only(config, "/etc/agent")
        .log_router(LogRouter::to("http").option("Host", "logs.example"))
        .rollback_when(ServiceAlarm::cpu(90));
        app.stack("It").add("Agent", agent);
    }),
    ("daemon-smallest", |app| {
        let (network, cluster) = base(app);
        let capacity = Ec2Capacity::new(network, cluster, "m6i.large", 2, 4);
        let capacity = app.stack("Base").add("Capacity", capacity);
        let agent = Daemon::new(
            network,
            capacity,
            "public.ecr.aws/shop/agent:7",
            128,
            mib(256),
        );
        app.stack("It").add("Agent", agent);
    }),
    ("deployed-service-fullest", |app| {
        let (network, cluster) = named_base(app);
        let mut base = app.stack("Base");
        let edge = base.add("Edge", edge(network));
        let home = base.add("Api", TaskHome::new(Image::ecr("shop/api", "any")));
        let task = home
            .registered("/shop/api/task-definition")
            .container("web")
            .start_period(seconds(20));
        let spot = FargateSpot::new();
        let service = DeployedService::on_fargate_spot(network, cluster, task, port!(8080), spot)
            .behind(edge.host("api.shop.example").health_check("/healthz"))
            .shift(TrafficShift::linear(20, minutes(5)).bake(minutes(15)))
            .rollback_when(ServiceAlarm::unhealthy_targets(1))
            .scale(Scaling::between(2, 10).cpu(60))
            .exec();
        app.stack("It").add("Api", service);
    }),
    ("deployed-service-smallest", |app| {
        let (network, cluster) = base(app);
        let mut base = app.stack("Base");
        let home = base.add("Api", TaskHome::new(Image::ecr("shop/api", "any")));
        let task = home.registered("/shop/api/task-definition");
        let service = DeployedService::on_fargate(network, cluster, task, port!(8080));
        app.stack("It").add("Api", service);
    }),
    ("ec2-service-connected", |app| {
        let (network, _) = base(app);
        let mut base = app.stack("Base");
        let cluster = base.add("Named", Cluster::new().namespace("shop"));
        let files = base.add("Files", FileSystem::new(network));
        let capacity = Ec2Capacity::new(network, cluster, "m6i.large", 2, 4).mounts(files);
        let capacity = base.add("Capacity", capacity);
        let inner = base.add("Inner", InternalLoadBalancer::new(network, port!(9000)));
        let uploads = base.add("Uploads", files.folder("/uploads", 33, 33));
        let mut it = app.stack("It");
        let php = Ec2Service::new(network, capacity, Image::ecr("shop/php", "7"), port!(9000))
            .size(512, mib(1024))
            .volume(uploads, "/srv/uploads")
            .config_file("/etc/shop/banner.txt", "hello\n")
            .log_router(LogRouter::to_firehose("shop-logs"))
            .behind(inner.connections())
            .named("php")
            .shift(TrafficShift::blue_green())
            .rollback_when(ServiceAlarm::unhealthy_targets(1));
        let php = it.add("Php", php);
        let web = Ec2Service::new(network, capacity, Image::ecr("shop/web", "7"), port!(8080))
            .env("PHP", "php:9000")
            .connects_to(php);
        it.add("Web", web);
    }),
    ("fargate-service-canary", |app| {
        let (network, cluster) = base(app);
        let edge = app.stack("Base").add("Edge", edge(network));
        let image = Image::ecr("shop/api", "2.0.1");
        let test = "arn:aws:lambda:eu-west-1:111122223333:function:shop-smoke-test";
        let shift = TrafficShift::canary(5, minutes(15))
            .bake(minutes(30))
            .test_header("x-shop-version", "next")
            .check(ShiftStage::Tested, test)
            .pause(ShiftStage::BeforeTraffic, minutes(60));
        let service = FargateService::new(network, cluster, image, port!(8080))
            .behind(edge.host("api.shop.example").health_check("/healthz"))
            .shift(shift)
            .rollback_when(ServiceAlarm::server_errors(10))
            .rollback_when(ServiceAlarm::slow_answers(2))
            .rollback_when(ServiceAlarm::cpu(90));
        app.stack("It").add("Api", service);
    }),
    ("file-system-smallest", |app| {
        let (network, _) = base(app);
        let mut it = app.stack("It");
        let files = it.add("Files", FileSystem::new(network));
        it.add("Uploads", files.folder("/shop/uploads", 1000, 1000));
    }),
    ("task-home-fullest", |app| {
        let home = TaskHome::new(Image::ecr("shop/api", "any"))
            .secret(Secret::parameter("/shop/api/database-url"))
            .permission(
                Statement::allow()
                    .actions(["sqs:SendMessage"])
                    .resources(["arn:aws:sqs:eu-west-1:111122223333:orders"]),
            )
            .exec()
            .log_retention(90);
        app.stack("It").add("Api", home);
    }),
    ("task-home-smallest", |app| {
        app.stack("It")
            .add("Api", TaskHome::new("public.ecr.aws/nginx/nginx:1.29"));
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
        let (network, cluster) = named_base(app);
        let mut base = app.stack("Base");
        let edge = base.add("Edge", edge(network));
        let files = base.add("Files", FileSystem::new(network));
        let uploads = base.add("Uploads", files.folder("/uploads", 1000, 1000));
        let fonts = base.add("Fonts", files.folder("/fonts", 1000, 1000));
        let php = FargateService::new(network, cluster, Image::ecr("shop/php", "7"), port!(9000));
        let php = base.add("Php", php.named("php"));
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
            .start_period(seconds(30))
            .volume(uploads, "/srv/uploads")
            .volume_read_only(fonts, "/srv/fonts")
            .log_router(
                LogRouter::to("http")
                    .option("Host", "logs.example")
                    .secret("http_passwd", Secret::parameter("/shop/log-password")),
            )
            .spot(FargateSpot::new().more_on_demand(1).shares(1, 3))
            .disk_gib(50)
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
            .rollback_when(ServiceAlarm::server_errors(10))
            .rollback_when(ServiceAlarm::slow_answers(1.5))
            .rollback_when(ServiceAlarm::memory(90))
            .named(ConnectName::new("api").port(port!(80)).http())
            .connects_to(php)
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
    ("one-off-task-fullest", |app| {
        let (network, _) = base(app);
        let mut base = app.stack("Base");
        let files = base.add("Files", FileSystem::new(network));
        let dumps = base.add("Dumps", files.folder("/dumps", 1000, 1000));
        let task = OneOffTask::on_ec2(network, Image::ecr("shop/php", "7"), 256, mib(512))
            .volume(dumps, "/srv/dumps")
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
];

/// A cluster with names and Spot.
fn named_base(app: &mut App) -> (NetworkPlan, ClusterHandle) {
    let mut base = app.stack("Base");
    let network = base.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
    let cluster = Cluster::new().namespace("shop").fargate_spot();
    (network, base.add("Cluster", cluster))
}
