//! Environments of branches: what is refused, with the numbers, and what never collides.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;

use serde_json::Value as Json;
use stack_core::prelude::*;
use stack_templates::*;

fn network(app: &mut App) -> NetworkPlan {
    app.stack("Base")
        .add("Network", Network::new(cidr!("10.0.0.0/16"), 2))
}

/// A base with room for as many environments as a load balancer takes, and more.
fn roomy(network: NetworkPlan) -> BranchBase {
    let zone = Zone::existing("Z0123456789SHOP", "preview.shop.example");
    BranchBase::new(network, &zone, naming!("preview", "acme/shop"), "shop/web")
        .open_to([cidr!("203.0.113.0/24")])
        .instances(["m6i.4xlarge", "m6a.4xlarge", "m5.4xlarge"], 1, 20)
}

fn add(app: &mut App, base: SharedBase, branch: &str) {
    let environment = BranchEnvironment::new(base, branch, port!(8080));
    app.stack(base.stack(branch)).add("Web", environment);
}

/// What synth says of a base with these environments.
fn told(
    base: impl FnOnce(BranchBase) -> BranchBase,
    fill: impl FnOnce(&mut App, SharedBase),
) -> Vec<String> {
    let mut app = App::new();
    let network = network(&mut app);
    let base = base(roomy(network));
    let base = app.stack("Base").add("Previews", base);
    fill(&mut app, base);
    let problems = app.synth().err().unwrap_or_default();
    problems.iter().map(|it| it.message.clone()).collect()
}

fn many(count: usize) -> impl Fn(&mut App, SharedBase) {
    move |app, base| (1..=count).for_each(|n| add(app, base, &format!("feature/{n}")))
}

#[test]
fn as_many_environments_as_a_load_balancer_takes_fit_and_one_more_is_refused_with_the_numbers() {
    assert_eq!(told(|it| it, many(100)), [""; 0]);
    assert_eq!(
        told(|it| it, many(105)),
        [
            "101 environments have 101 target groups, and a load balancer takes 100",
            "101 environments have 101 rules, and the load balancer takes 100",
        ]
    );
    // Rules can be raised, target groups cannot.
    assert_eq!(
        told(|it| it.rules_quota(200), many(101)),
        ["101 environments have 101 target groups, and a load balancer takes 100"]
    );
}

#[test]
fn targets_counts_and_owners_are_counted() {
    let tasks = |count| {
        move |app: &mut App, base: SharedBase| {
            for branch in ["a", "b", "c"] {
                let environment = BranchEnvironment::new(base, branch, port!(8080));
                let environment = environment.count(count).size(32, mib(32));
                app.stack(base.stack(branch)).add("Web", environment);
            }
        }
    };
    assert_eq!(told(|it| it, tasks(250)), [""; 0]);
    assert_eq!(
        told(|it| it, tasks(251)),
        [
            "3 environments have 1004 targets with one deployment under way, and the load balancer takes 1000"
        ]
    );
    assert_eq!(told(|it| it.targets_quota(1_004), tasks(251)), [""; 0]);
    assert_eq!(
        told(|it| it.at_most(3), many(4)),
        ["4 environments, and 3 are allowed"]
    );
    let owned = |app: &mut App, base: SharedBase| {
        for (branch, owner) in [("a", "ana"), ("b", "ben"), ("c", "ana"), ("d", "ana")] {
            let environment = BranchEnvironment::new(base, branch, port!(8080)).owner(owner);
            app.stack(base.stack(branch)).add("Web", environment);
        }
    };
    assert_eq!(
        told(|it| it.at_most_each(2), owned),
        ["3 environments of `ana`, and 2 are allowed for each owner"]
    );
}

#[test]
fn what_the_instances_cannot_hold_is_refused_with_the_numbers() {
    let of = |memory, cpu| {
        move |app: &mut App, base: SharedBase| {
            for branch in ["a", "b", "c"] {
                let environment = BranchEnvironment::new(base, branch, port!(8080));
                let environment = environment.size(cpu, memory);
                app.stack(base.stack(branch)).add("Web", environment);
            }
        }
    };
    // Each instance: 8 GiB less a sixteenth less 256 MiB.
    let two = |it: BranchBase| it.instances(["m6i.large", "m6a.large", "m5.large"], 1, 2);
    assert_eq!(told(two, of(mib(3_712), 128)), [""; 0]);
    assert_eq!(
        told(two, of(mib(3_713), 128)),
        [
            "2 environments with one deployment under way need 11139 MiB and 384 CPU units in 3 tasks, and 2 instances of `m6i.large`, `m6a.large`, `m5.large` have 2 × 7424 MiB and 2 × 2048 CPU units"
        ]
    );
    assert_eq!(told(two, of(mib(256), 1_024)), [""; 0]);
    assert!(told(two, of(mib(256), 1_025))[0].contains("need 768 MiB and 3075 CPU units"));
    // The smallest of the types counts, and what is told counts more.
    let mixed = |it: BranchBase| it.instances(["m6i.large", "m6a.large", "c5.large"], 1, 2);
    assert!(told(mixed, of(mib(3_712), 128))[0].contains("2 × 3584 MiB"));
    let told_so = |it: BranchBase| mixed(it).instance_size(2_048, mib(7_424));
    assert_eq!(told(told_so, of(mib(3_712), 128)), [""; 0]);
    // One task larger than an instance does not fit on ten.
    assert!(told(|it| it, of(mib(64_000), 128))[0].contains("20 instances"));
}

#[test]
fn a_base_that_cannot_be_is_refused() {
    let none = |_: &mut App, _: SharedBase| ();
    type Change = fn(BranchBase) -> BranchBase;
    let cases: [(Change, &str); 3] = [
        (|it| it.open_to([]), "nobody can reach the environments"),
        (
            |it| it.instances(["x1.large", "m6i.large", "m5.large"], 1, 4),
            "how much memory `x1.large`, `m6i.large`, `m5.large` have is not known",
        ),
        (
            |it| it.instances(["m6i.large", "m6i.large", "m5.large"], 1, 4),
            "Spot capacity of 2 instance types",
        ),
    ];
    for (change, expected) in cases {
        assert_eq!(told(change, none), [expected]);
    }
    let mut app = App::new();
    let network = network(&mut app);
    app.stack("preview-base").add("Previews", roomy(network));
    app.stack("Other").add("Previews", roomy(network));
    let problems = app.synth().err().unwrap_or_default();
    let told: Vec<&str> = problems.iter().map(|it| it.message.as_str()).collect();
    assert!(
        told.contains(&"the stack `preview-base` is named like an environment"),
        "{told:?}"
    );
    assert!(
        told.iter()
            .any(|it| it.starts_with("`preview` is already the prefix of the base at")),
        "{told:?}"
    );
}

#[test]
fn an_environment_in_the_wrong_stack_twice_or_for_no_time_is_refused() {
    let wrong = |app: &mut App, base: SharedBase| {
        let environment = BranchEnvironment::new(base, "feature/search", port!(8080));
        app.stack("Search").add("Web", environment);
    };
    assert_eq!(
        told(|it| it, wrong),
        ["the environment of `feature/search` is in the stack `Search`"]
    );
    let twice = |app: &mut App, base: SharedBase| {
        for id in ["Web", "Again"] {
            let environment = BranchEnvironment::new(base, "search", port!(8080));
            app.stack(base.stack("search")).add(id, environment);
        }
    };
    assert!(told(|it| it, twice)[0].starts_with("`search` already has the environment at"));
    let never = |app: &mut App, base: SharedBase| {
        let environment = BranchEnvironment::new(base, "search", port!(8080)).hours(0);
        app.stack(base.stack("search")).add("Web", environment);
    };
    assert_eq!(told(|it| it, never), ["`search` lives for 0 hours"]);
}

fn templates(app: App) -> Vec<(String, Json)> {
    let assembly = app.synth().unwrap_or_else(|it| panic!("{}", it[0]));
    let json = |body: &str| serde_json::from_str(body).unwrap();
    assembly
        .stacks()
        .map(|it| (it.name.to_owned(), json(it.body())))
        .collect()
}

#[test]
fn hostile_branches_reach_templates_by_safe_names_and_tags_alone() {
    let mut app = App::new();
    let network = network(&mut app);
    let base = app.stack("Base").add("Previews", roomy(network));
    let hostile = include_str!("../../branch-naming/tests/hostile.txt");
    let branches: Vec<&str> = hostile
        .lines()
        .filter(|it| !it.is_empty())
        .take(100)
        .collect();
    branches.iter().for_each(|it| add(&mut app, base, it));
    let mut stacks = 0;
    for (name, template) in templates(app) {
        let text = template.to_string();
        assert!(
            !text.contains("{{resolve:secretsmanager") && text.is_ascii(),
            "{name}"
        );
        if name == "Base" {
            continue;
        }
        stacks += 1;
        let condition = &template["Resources"]["WebRule"]["Properties"]["Conditions"][0];
        let host = condition["HostHeaderConfig"]["Values"][0].as_str().unwrap();
        let label = host.strip_suffix(".preview.shop.example").unwrap();
        assert!(
            label
                .bytes()
                .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
        );
        assert_eq!(name, format!("preview-{label}"));
    }
    assert_eq!(stacks, branches.len());
}

#[test]
fn priorities_of_branches_never_meet_and_a_new_branch_moves_no_other() {
    let priorities = |branches: &[String]| -> Vec<(String, i64)> {
        let mut app = App::new();
        let network = network(&mut app);
        let base = app.stack("Base").add("Previews", roomy(network));
        branches.iter().for_each(|it| add(&mut app, base, it));
        let found = templates(app).into_iter().filter(|it| it.0 != "Base");
        let priority = |it: &Json| it["Parameters"]["WebPriority"]["Default"].as_i64().unwrap();
        found.map(|(name, it)| (name, priority(&it))).collect()
    };
    // Two branches whose hashes begin alike: 20 in a thousand sets of a hundred would.
    let names = naming!("preview", "acme/shop");
    let start = |n: u32| names.names(&format!("topic/{n}")).rule_priority();
    let mut seen = std::collections::BTreeMap::new();
    let (one, other) = (0..5_000)
        .find_map(|n| seen.insert(start(n), n).map(|first| (first, n)))
        .unwrap();
    let mut branches: Vec<String> = (0..90).map(|n| format!("feature/{n}")).collect();
    branches.extend([format!("topic/{one}"), format!("topic/{other}")]);
    let before = priorities(&branches);
    let numbers: BTreeSet<i64> = before.iter().map(|it| it.1).collect();
    assert_eq!(numbers.len(), branches.len());
    assert!(
        numbers.contains(&i64::from(start(one))) && numbers.contains(&i64::from(start(one) + 1))
    );
    branches.push("feature/new".to_owned());
    let after = priorities(&branches);
    assert!(before.iter().all(|it| after.contains(it)));
    // A priority that somebody asks for is refused when it is taken.
    let taken = |app: &mut App, base: SharedBase| {
        for branch in ["a", "b"] {
            let environment = BranchEnvironment::new(base, branch, port!(8080));
            let environment = environment.priority(priority!(7));
            app.stack(base.stack(branch)).add("Web", environment);
        }
    };
    assert!(told(|it| it, taken)[0].contains("is already held by the route at"));
}

#[test]
fn five_hundred_environments_over_five_bases_are_one_assembly() {
    let mut app = App::new();
    let network = network(&mut app);
    for prefix in ["pa", "pb", "pc", "pd", "pe"] {
        let zone = Zone::existing("Z0123456789SHOP", format!("{prefix}.shop.example"));
        let naming = Naming::new(prefix, "acme/shop").unwrap();
        let base = BranchBase::new(network, &zone, naming, "shop/web")
            .open_to([cidr!("203.0.113.0/24")])
            .instances(["m6i.4xlarge", "m6a.4xlarge", "m5.4xlarge"], 1, 20);
        let base = app.stack("Base").add(prefix.to_uppercase(), base);
        (0..100).for_each(|n| add(&mut app, base, &format!("feature/{n}")));
    }
    let assembly = app.synth().unwrap_or_else(|it| panic!("{}", it[0]));
    assert_eq!(assembly.stacks().len(), 501);
}

#[test]
fn ids_of_slack_are_told_from_names() {
    for (workspace, channel, good) in [
        ("T0123ABCD", "C0123ABCD", true),
        ("T0123ABCD", "G0123ABCD", true),
        ("acme", "#previews", false),
        ("C0123ABCD", "T0123ABCD", false),
        ("", "", false),
    ] {
        let mut app = App::new();
        let channel = Notifications::new().slack(workspace, channel);
        app.stack("It").add("Channel", channel);
        assert_eq!(app.synth().is_ok(), good, "{workspace}");
    }
}

#[test]
fn a_setting_of_the_agent_cannot_break_out_of_user_data() {
    for (name, value, good) in [
        ("ECS_IMAGE_PULL_BEHAVIOR", "prefer-cached", true),
        ("ECS_X", "a'; reboot '", false),
        ("ECS_X", "${AWS::AccountId}", false),
        ("ECS_X", "a\nb", false),
        ("ECS X", "a", false),
        ("ECS_X", "", false),
    ] {
        let mut app = App::new();
        let network = network(&mut app);
        let mut stack = app.stack("It");
        let cluster = stack.add("Cluster", Cluster::new());
        let capacity = Ec2Capacity::new(network, cluster, "m6i.large", 1, 2).agent(name, value);
        stack.add("Capacity", capacity);
        assert_eq!(app.synth().is_ok(), good, "{name}={value}");
    }
}

/// The statements of a role's policies.
fn statements(template: &Json, role: &str) -> Vec<Json> {
    let policies = &template["Resources"][role]["Properties"]["Policies"];
    let policies = policies.as_array().unwrap().iter();
    policies
        .flat_map(|it| {
            it["PolicyDocument"]["Statement"]
                .as_array()
                .unwrap()
                .clone()
        })
        .collect()
}

#[test]
fn the_webhook_may_delete_what_carries_the_prefix_and_the_tag_and_nothing_else() {
    let mut app = App::new();
    let network = network(&mut app);
    let mut base = app.stack("Base");
    let shared = base.add("Previews", roomy(network));
    let bucket = kinds::BucketName::existing("acme-programs");
    let program = WebhookProgram::s3(bucket, "webhook.zip", "1");
    base.add(
        "Webhook",
        BranchWebhook::new(shared, Provider::GitHub, program),
    );
    let (_, template) = templates(app)
        .into_iter()
        .find(|it| it.0 == "Base")
        .unwrap();
    let mut deleting = 0;
    for role in ["WebhookRole", "WebhookDeletionRole"] {
        for it in statements(&template, role) {
            let actions = match &it["Action"] {
                Json::Array(all) => all
                    .iter()
                    .map(|it| it.as_str().unwrap().to_owned())
                    .collect(),
                one => vec![one.as_str().unwrap().to_owned()],
            };
            let resources = it["Resource"].to_string();
            for action in &actions {
                assert!(!action.contains('*'), "{role} {action}");
                let (_, name) = action.split_once(':').unwrap();
                let harmless = ["Describe", "List", "Get", "Deregister"];
                let harmless = harmless.iter().any(|it| name.starts_with(it));
                assert!(harmless || it["Resource"] != "*", "{role} {action}");
                if name.starts_with("Delete") && name != "DeleteItem" {
                    deleting += 1;
                    let equals = &it["Condition"]["StringEquals"];
                    assert_eq!(
                        equals["aws:ResourceTag/branch-environment"], "preview",
                        "{it}"
                    );
                }
                if action == "cloudformation:DeleteStack" {
                    assert!(resources.contains(":stack/preview-*/*"));
                    let role = &it["Condition"]["StringEquals"]["cloudformation:RoleArn"];
                    assert_eq!(role["Fn::GetAtt"][0], "WebhookDeletionRole");
                }
                if action == "iam:PassRole" {
                    assert!(resources.contains("WebhookDeletionRole"));
                    let only = "cloudformation.amazonaws.com";
                    assert_eq!(it["Condition"]["StringEquals"]["iam:PassedToService"], only);
                }
            }
        }
    }
    assert_eq!(deleting, 5);
}

#[test]
fn what_an_environment_is_made_of_carries_the_tags_that_let_it_be_deleted() {
    let mut app = App::new();
    let network = network(&mut app);
    let base = app.stack("Base").add("Previews", roomy(network));
    let environment = BranchEnvironment::new(base, "search", port!(8080)).record();
    app.stack(base.stack("search")).add("Web", environment);
    let (_, template) = templates(app)
        .into_iter()
        .find(|it| it.0 != "Base")
        .unwrap();
    for (id, resource) in template["Resources"].as_object().unwrap() {
        let tags = resource["Properties"]["Tags"].as_array();
        let system = |it: &Json| it["Key"] == "branch-environment" && it["Value"] == "preview";
        // A record has no tags; its zone is named.
        assert!(id == "WebName" || tags.unwrap().iter().any(system), "{id}");
    }
}

#[test]
fn a_client_secret_in_the_template_and_an_address_without_tls_are_refused() {
    let sign_in = |address: &str, secret: Value<String>| SignIn {
        issuer: "https://id.shop.example".to_owned(),
        authorization_endpoint: "https://id.shop.example/auth".to_owned(),
        token_endpoint: address.to_owned(),
        user_info_endpoint: "https://id.shop.example/userinfo".to_owned(),
        client_id: "previews".to_owned(),
        client_secret: secret,
    };
    let good = "https://id.shop.example/token";
    let none = |_: &mut App, _: SharedBase| ();
    let kept = || DynamicReference::secret_text("preview/sign-in");
    assert_eq!(told(|it| it.sign_in(sign_in(good, kept())), none), [""; 0]);
    assert_eq!(
        told(|it| it.sign_in(sign_in(good, "hunter2".into_value())), none),
        ["the client secret stands in the template"]
    );
    assert_eq!(
        told(
            |it| it.sign_in(sign_in("http://id.shop.example", kept())),
            none
        ),
        ["`http://id.shop.example` is no HTTPS address"]
    );
}
