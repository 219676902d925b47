//! Environments of feature branches: one base on Spot instances, one small stack for each branch.

use stack_core::prelude::*;
use stack_templates::*;

/// Names begin with `preview`; branches are those of one repository.
const NAMING: Naming = naming!("preview", "acme/shop");
const OFFICE: Cidr = cidr!("203.0.113.0/24");
const ZONES: [&str; 2] = ["euw1-az1", "euw1-az2"];

/// An environment that the pipeline keeps. Others are asked for when they are needed:
/// `preview up BRANCH --image TAG --owner WHO`.
fn standing(branch: &str, commit: &str, owner: &str) -> Preview {
    Preview::of(branch).image(commit).owner(owner).hours(72)
}

/// The base, the webhook and all environments.
pub fn define(app: &mut App) {
    let place = Environment::new("222233334444", "eu-west-1");
    let mut stack = app.stack("PreviewBase");
    stack
        .environment(place.clone())
        .termination_protection(true);
    let network = Network::new(cidr!("10.60.0.0/16"), ZONES).nat(Nat::Single);
    let network = stack.add("Network", network);
    let zone = Zone::existing("Z0123456789PREVIEW", "preview.shop-dev.example");
    let base = BranchBase::new(network, &zone, NAMING, "shop/web")
        .open_to([OFFICE])
        .instances(["m6i.large", "m6a.large", "m5.large"], 1, 4)
        .secret("DATABASE_URL", Secret::parameter("/preview/database-url"))
        .at_most_each(5);
    let base = stack.add("Previews", base);

    let channel = Notifications::new().slack("T0123ABCD", "C0123ABCD");
    let channel = stack.add("Channel", channel);
    let program = WebhookProgram::s3(
        BucketName::existing("acme-programs-222233334444"),
        "branch-webhook/1.0.0.zip",
        "3sL4kqtJlcpXroDTDmJxrmSpXd3dIbrHY",
    );
    let webhook = BranchWebhook::new(base, Provider::GitHub, program).tell(channel);
    stack.add("Webhook", webhook);

    let previews = base.previews().standing([
        standing("feature/search", "3f2504e0", "ana@shop.example"),
        standing("feature-search", "4f89b12c", "ben@shop.example"),
        Preview {
            memory: Some(mib(512)),
            ..standing("dependabot/npm_and_yarn/lodash-4.17.21", "b3d3ad20", "bots")
        },
        standing("main", "6732cb71", "team").pinned(),
    ]);
    app.previews(previews, move |app, asked| {
        let environment = BranchEnvironment::asked(base, asked, port!(8080))
            .size(128, asked.memory_or(mib(256)))
            .scratch("/tmp")
            .health_check("/healthz");
        let mut stack = app.stack(base.stack(&asked.branch));
        stack.environment(place.clone());
        stack.add("Web", environment);
    });
}
