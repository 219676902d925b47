//! Each pattern as the strictest scanner wants it: one decision for a key, and a few options.

use stack_core::aws::policy::Statement;
use stack_core::prelude::*;
use stack_templates::*;

use super::{Form, base, edge};

pub(super) const FORMS: &[(&str, Form)] = &[
    ("branch-base-strict", |app| {
        let key = key(app);
        app.stack("It").decide(key);
        let base = branches(app);
        app.stack("It").add("Previews", base);
    }),
    ("branch-environment-strict", |app| {
        let base = branches(app);
        let base = app.stack("Base").add("Previews", base);
        let key = key(app);
        let mut it = app.stack(base.stack("it"));
        it.decide(key);
        it.add("Web", BranchEnvironment::new(base, "it", port!(8080)));
    }),
    ("branch-webhook-strict", |app| {
        let base = branches(app);
        let base = app.stack("Base").add("Previews", base);
        let (network, _) = super::base(app);
        let key = key(app);
        let mut it = app.stack("It");
        it.decide(key);
        let topic = it.add("Channel", Notifications::new());
        let bucket = kinds::BucketName::existing("acme-programs-111122223333");
        let program = WebhookProgram::s3(bucket, "branch-webhook/1.0.0.zip", "3sL4kqtJlcpXro");
        let webhook = BranchWebhook::new(base, Provider::GitHub, program)
            .tell(topic)
            .inside(network)
            .at_once(5);
        it.add("Webhook", webhook);
    }),
    ("certificate-strict", |app| {
        let certificate = Certificate::new(&zone(), "www.preview.shop.example");
        app.stack("It").add("Certificate", certificate);
    }),
    ("cluster-strict", |app| {
        let key = key(app);
        app.stack("It").decide(key).add("Cluster", Cluster::new());
    }),
    ("daemon-strict", |app| {
        let (network, cluster) = base(app);
        let capacity = Ec2Capacity::new(network, cluster, "m6i.large", 2, 4);
        let capacity = app.stack("Base").add("Capacity", capacity);
        let image = "public.ecr.aws/shop/agent:7";
        let agent = Daemon::new(network, capacity, image, 128, mib(256));
        let key = key(app);
        app.stack("It").decide(key).add("Agent", agent);
    }),
    ("deployed-service-strict", |app| {
        let (network, cluster) = base(app);
        let mut base = app.stack("Base");
        let home = base.add("Api", TaskHome::new(Image::ecr("shop/api", "any")));
        let task = home.registered("/shop/api/task-definition");
        let service = DeployedService::on_fargate(network, cluster, task, port!(8080));
        let key = key(app);
        app.stack("It").decide(key).add("Api", service);
    }),
    ("ec2-capacity-strict", |app| {
        let (network, cluster) = base(app);
        let capacity = Ec2Capacity::new(network, cluster, "m6i.large", 2, 4);
        let key = key(app);
        app.stack("It").decide(key).add("Capacity", capacity);
    }),
    ("ec2-service-strict", |app| {
        let (network, cluster) = base(app);
        let capacity = Ec2Capacity::new(network, cluster, "m6i.large", 2, 4);
        let capacity = app.stack("Base").add("Capacity", capacity);
        let image = Image::ecr("shop/worker", "1.4.2");
        let service = Ec2Service::new(network, capacity, image, port!(9000));
        let key = key(app);
        app.stack("It").decide(key).add("Worker", service);
    }),
    ("encryption-key-fullest", |app| {
        let read = Statement::allow()
            .sid("Backups")
            .principal(stack_core::aws::policy::Principal::service(
                "backup.amazonaws.com",
            ))
            .actions(["kms:Decrypt"])
            .resources(["*"])
            .condition("StringEquals", "aws:SourceAccount", pseudo::account_id());
        let key = EncryptionKey::new().pending_days(7).permission(read);
        app.stack("It").add("Key", key);
    }),
    ("encryption-key-smallest", |app| {
        app.stack("It").add("Key", EncryptionKey::new());
    }),
    ("encryption-key-strict", |app| {
        let mut it = app.stack("It");
        let key = it.add("Key", EncryptionKey::new());
        it.decide(key).add("Channel", Notifications::new());
    }),
    ("fargate-service-strict", |app| {
        let (network, cluster) = base(app);
        let edge = app.stack("Base").add("Edge", edge(network));
        let image = Image::ecr("shop/api", "2.0.1");
        let service = FargateService::new(network, cluster, image, port!(8080))
            .user("1000:1000")
            .behind(edge.path("/*").health_check("/healthz"))
            .scale(Scaling::between(2, 10).cpu(60));
        let key = key(app);
        app.stack("It").decide(key).add("Api", service);
    }),
    ("file-system-strict", |app| {
        let (network, _) = base(app);
        let key = key(app);
        let mut it = app.stack("It");
        let files = it.decide(key).add("Files", FileSystem::new(network));
        it.add("Uploads", files.folder("/shop/uploads", 1000, 1000));
    }),
    ("https-load-balancer-strict", |app| {
        let (network, _) = base(app);
        let edge = edge(network).access_logs_in(logs());
        let key = key(app);
        app.stack("It").decide(key).add("Edge", edge);
    }),
    ("image-repository-strict", |app| {
        let repository = ImageRepository::new("shop/api").releases("prod-", 30);
        let key = key(app);
        app.stack("It").decide(key).add("Api", repository);
    }),
    ("internal-load-balancer-strict", |app| {
        let (network, cluster) = base(app);
        let key = key(app);
        let mut it = app.stack("It");
        let inner = InternalLoadBalancer::new(network, port!(9443))
            .tls(certificate())
            .access_logs_in(logs());
        let inner = it.decide(key).add("Inner", inner);
        let image = Image::ecr("shop/api", "2.0.1");
        let service = FargateService::new(network, cluster, image, port!(8080));
        it.add("Api", service.behind(inner.connections()));
    }),
    ("network-strict", |app| {
        let network = Network::new(cidr!("10.0.0.0/16"), 3).endpoints(Endpoint::FOR_TASKS);
        let key = key(app);
        app.stack("It").decide(key).add("Network", network);
    }),
    ("notifications-strict", |app| {
        let channel = Notifications::new().slack("T0123ABCD", "C0123ABCD");
        let key = key(app);
        app.stack("It").decide(key).add("Channel", channel);
    }),
    ("one-off-task-strict", |app| {
        let (network, _) = base(app);
        let image = Image::ecr("shop/php", "7");
        let task = OneOffTask::on_fargate(network, image, task_size!(256, 512));
        let key = key(app);
        app.stack("It").decide(key).add("Migration", task);
    }),
    ("private-zone-strict", |app| {
        let (network, _) = base(app);
        let inner = InternalLoadBalancer::new(network, port!(9000));
        let inner = app.stack("Base").add("Inner", inner);
        let mut it = app.stack("It");
        let zone = it.add("Zone", PrivateZone::new(network, "shop.internal"));
        it.add("PhpName", Alias::new(&zone, "php.shop.internal", inner));
    }),
    ("task-home-strict", |app| {
        let key = key(app);
        let home = TaskHome::new(Image::ecr("shop/api", "any"));
        app.stack("It").decide(key).add("Api", home);
    }),
    ("worker-strict", |app| {
        let (network, cluster) = base(app);
        let image = Image::ecr("shop/php", "7");
        let worker = Worker::on_fargate(network, cluster, image, task_size!(256, 512));
        let key = key(app);
        app.stack("It").decide(key).add("Queue", worker);
    }),
];

fn key(app: &mut App) -> Encryption {
    app.stack("Keys").add("Key", EncryptionKey::new())
}

fn logs() -> Value<BucketName> {
    BucketName::existing("acme-access-logs-111122223333")
}

fn certificate() -> Value<CertificateArn> {
    CertificateArn::existing("arn:aws:acm:eu-west-1:111122223333:certificate/shop")
}

fn zone() -> Zone {
    Zone::existing("Z0123456789SHOP", "preview.shop.example")
}

fn branches(app: &mut App) -> BranchBase {
    let network = app
        .stack("Network")
        .add("Network", Network::new(cidr!("10.1.0.0/16"), 2));
    let naming = naming!("preview", "acme/shop");
    BranchBase::new(network, &zone(), naming, "shop/web")
        .open_to([cidr!("203.0.113.0/24")])
        .certificate(certificate())
        .access_logs_in(logs())
}
