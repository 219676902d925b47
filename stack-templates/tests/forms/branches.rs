//! The forms of the patterns for branch environments.

use stack_core::aws::policy::Statement;
use stack_core::prelude::*;
use stack_templates::*;

use super::Form;

pub(super) const FORMS: &[(&str, Form)] = &[
    ("branch-base-fullest", |app| {
        let network = network(app);
        let read = Statement::allow()
            .actions(["s3:GetObject"])
            .resources(["arn:aws:s3:::acme-fixtures/*"]);
        let base = smallest(network)
            .open_to([cidr!("203.0.113.0/24"), cidr!("198.51.100.7/32")])
            .instances(["r6i.large", "r6a.large", "r5.large", "r5a.large"], 2, 8)
            .sign_in(sign_in())
            .on_demand(2)
            .instance_size(2048, mib(15_000))
            .secret("DATABASE_URL", Secret::parameter("/preview/database-url"))
            .permission(read)
            .at_most(60)
            .at_most_each(3)
            .rules_quota(150)
            .targets_quota(2_000);
        app.stack("It").add("Previews", base);
    }),
    ("branch-base-smallest", |app| {
        let base = smallest(network(app));
        app.stack("It").add("Previews", base);
    }),
    ("branch-environment-fullest", |app| {
        let base = base(app);
        let environment = BranchEnvironment::new(base, "it", port!(8080))
            .image("3f2504e")
            .env("STAGE", "preview")
            .command(["serve", "--port", "8080"])
            .scratch("/tmp")
            .size(256, mib(512))
            .count(2)
            .owner("ana@shop.example")
            .hours(48)
            .health_check("/healthz")
            .record()
            .priority(priority!(7));
        app.stack(base.stack("it")).add("Web", environment);
    }),
    ("branch-environment-sign-in", |app| {
        let network = network(app);
        let base = smallest(network).sign_in(sign_in());
        let base = app.stack("Base").add("Previews", base);
        let environment = BranchEnvironment::new(base, "it", port!(8080));
        app.stack(base.stack("it")).add("Web", environment);
    }),
    ("branch-environment-smallest", |app| {
        let base = base(app);
        let environment = BranchEnvironment::new(base, "it", port!(8080)).pinned();
        app.stack(base.stack("it")).add("Web", environment);
    }),
    ("branch-webhook-fullest", |app| {
        let base = base(app);
        let topic = app.stack("Base").add("Channel", Notifications::new());
        let webhook = BranchWebhook::new(base, Provider::GitLab, program()).tell(topic);
        app.stack("It").add("Webhook", webhook);
    }),
    ("branch-webhook-smallest", |app| {
        let base = base(app);
        let webhook = BranchWebhook::new(base, Provider::GitHub, program());
        app.stack("It").add("Webhook", webhook);
    }),
    ("certificate-smallest", |app| {
        let certificate = Certificate::new(&zone(), "*.preview.shop.example");
        app.stack("It").add("Certificate", certificate);
    }),
    ("ec2-capacity-spot", |app| {
        let network = network(app);
        let cluster = app.stack("Base").add("Cluster", Cluster::new());
        let capacity = Ec2Capacity::new(network, cluster, "m6i.large", 2, 8)
            .spot(Spot::with_types(["m6a.large", "m5.large"]).on_demand(2))
            .agent("ECS_CONTAINER_STOP_TIMEOUT", "20s");
        app.stack("It").add("Capacity", capacity);
    }),
    ("notifications-fullest", |app| {
        let channel = Notifications::new().slack("T0123ABCD", "C0123ABCD");
        app.stack("It").add("Channel", channel);
    }),
    ("notifications-smallest", |app| {
        app.stack("It").add("Channel", Notifications::new());
    }),
];

fn network(app: &mut App) -> NetworkPlan {
    app.stack("Base")
        .add("Network", Network::new(cidr!("10.0.0.0/16"), 2))
}

fn zone() -> Zone {
    Zone::existing("Z0123456789SHOP", "preview.shop.example")
}

fn smallest(network: NetworkPlan) -> BranchBase {
    let naming = naming!("preview", "acme/shop");
    BranchBase::new(network, &zone(), naming, "shop/web").open_to([cidr!("203.0.113.0/24")])
}

fn base(app: &mut App) -> SharedBase {
    let base = smallest(network(app));
    app.stack("Base").add("Previews", base)
}

fn program() -> WebhookProgram {
    let bucket = kinds::BucketName::existing("acme-programs-111122223333");
    WebhookProgram::s3(
        bucket,
        "branch-webhook/1.0.0.zip",
        "3sL4kqtJlcpXroDTDmJxrmSpXd3dIbrHY",
    )
}

fn sign_in() -> SignIn {
    let address = |it: &str| format!("https://id.shop.example/realms/staff{it}");
    SignIn {
        issuer: address(""),
        authorization_endpoint: address("/auth"),
        token_endpoint: address("/token"),
        user_info_endpoint: address("/userinfo"),
        client_id: "previews".to_owned(),
        client_secret: DynamicReference::secret_text("preview/sign-in"),
    }
}
