//! Services that could not run, or not be deployed, are refused with the reason.

#![allow(clippy::unwrap_used, clippy::panic)]

use stack_core::prelude::*;
use stack_templates::*;

/// What a service can be made of.
struct Around {
    edge: PublicEntry,
    inner: InternalEntry,
    unnamed: RunningService,
}

type Change = fn(FargateService, &Around) -> FargateService;

/// Everything that synth says of a Fargate service in a cluster.
fn problems(cluster: Cluster, change: Change) -> Vec<String> {
    let mut app = App::new();
    let mut base = app.stack("Base");
    let network = base.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
    let cluster = base.add("Cluster", cluster);
    let certificate = "arn:aws:acm:eu-west-1:111122223333:certificate/shop";
    let edge = HttpsLoadBalancer::new(network, CertificateArn::existing(certificate));
    let image = Image::ecr("shop/api", "2.0.1");
    let service = FargateService::new(network, cluster, image, port!(8080));
    let unnamed = Image::ecr("shop/php", "7");
    let around = Around {
        edge: base.add("Edge", edge),
        inner: base.add("Inner", InternalLoadBalancer::new(network, port!(9000))),
        unnamed: base.add(
            "Php",
            FargateService::new(network, cluster, unnamed, port!(9000)),
        ),
    };
    app.stack("It").add("Api", change(service, &around));
    let problems = app.synth().err().unwrap_or_default();
    problems.into_iter().map(|it| it.message).collect()
}

#[test]
fn what_could_not_run_or_be_deployed_is_refused() {
    let cases: &[(Change, &str)] = &[
        (
            |it, _| it.exec(),
            "`exec` needs a root file system that can be written to",
        ),
        (
            |it, _| it.scale(Scaling::between(1, 4).requests(100)),
            "scaling follows requests, and none can be counted",
        ),
        (
            |it, _| it.scale(Scaling::between(1, 4)),
            "scaling follows nothing",
        ),
        (
            |it, _| it.scale(Scaling::between(5, 4).cpu(60)),
            "scaling between 5 and 4 tasks leaves no number",
        ),
        (
            |it, _| it.scale(Scaling::between(-1, 4).cpu(60)),
            "scaling between -1 and 4 tasks leaves no number",
        ),
        (
            |it, _| {
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
            |it, _| it.scale(Scaling::between(1, 4).schedule("Night", "0 1 * * *", "UTC", (1, 2))),
            "`0 1 * * *` of schedule `Night` is no time",
        ),
        (
            |it, _| it.count(5).scale(Scaling::between(2, 4).cpu(60)),
            "`count` says 5, and `scale` between 2 and 4",
        ),
        (
            |it, _| it.rolling(100, 100),
            "`rolling(100, 100)` leaves no way to deploy",
        ),
        (
            // 75 % of 2 are 2, 125 % of 2 are 2.
            |it, _| it.count(2).rolling(75, 125),
            "of 2 tasks `rolling(75, 125)` keeps 2 and allows 2: none can stop, none can start",
        ),
        (
            // 40 to start, and 10 x 3 for the checks.
            |it, around| {
                let check = HealthCheck::path("/").healthy_after(3);
                it.start_period(seconds(40))
                    .behind(around.edge.path("/*").health_check(check))
            },
            "60 seconds of grace, and a task may take 40 to start and 3 checks 10 seconds apart: 70",
        ),
        (
            |it, _| it.start_period(seconds(301)),
            "a start period of 301 seconds",
        ),
        (
            |it, _| it.stop_timeout(seconds(121)),
            "a stop timeout of 121 seconds on Fargate",
        ),
        (|it, _| it.disk_gib(20), "a disk of 20 GiB"),
        (|it, _| it.disk_gib(201), "a disk of 201 GiB"),
        (
            |it, _| it.spot(FargateSpot::new()),
            "the cluster does not know Fargate Spot",
        ),
        (
            |it, _| it.named("api"),
            "services reach each other by name, and the cluster has no namespace",
        ),
        (
            |it, _| it.shift(TrafficShift::canary(5, minutes(5))),
            "a canary deployment has no traffic to shift",
        ),
        (
            |it, _| it.shift(TrafficShift::blue_green()).rolling(50, 150),
            "`rolling` and a blue/green deployment",
        ),
        (
            |it, around| {
                it.behind(around.edge.path("/a/*"))
                    .behind(around.edge.path("/b/*"))
                    .shift(TrafficShift::blue_green())
            },
            "a blue/green deployment behind 2 routes",
        ),
        (
            |it, around| {
                it.behind(around.edge.path("/*"))
                    .shift(TrafficShift::linear(2, minutes(5)))
            },
            "`StepPercent` is `2`, expected at least 3",
        ),
        (
            |it, around| {
                it.behind(around.edge.path("/*"))
                    .shift(TrafficShift::canary(5, seconds(90)))
            },
            "90 seconds are no time of a deployment",
        ),
        (
            // 33 waits of 70 minutes before the last of 34 steps.
            |it, around| {
                it.behind(around.edge.path("/*"))
                    .shift(TrafficShift::linear(3, minutes(70)))
            },
            "33 steps of 70 minutes, 10 minutes of bake time and 0 of pauses are 2320 minutes",
        ),
        (
            |it, around| {
                it.behind(around.edge.path("/*")).shift(
                    TrafficShift::blue_green()
                        .pause(ShiftStage::BeforeTraffic, minutes(3 * 24 * 60)),
                )
            },
            "0 steps of 0 minutes, 10 minutes of bake time and 4320 of pauses are 4330 minutes",
        ),
        (
            |it, around| {
                it.behind(around.edge.path("/*"))
                    .shift(TrafficShift::blue_green())
                    .scale(Scaling::between(2, 4).requests(100))
            },
            "scaling follows requests, and a traffic shift takes them to another target group",
        ),
        (
            |it, around| {
                it.behind(around.inner.connections())
                    .shift(TrafficShift::blue_green().test_header("x-version", "next"))
            },
            "a TCP route has no headers to know test traffic by",
        ),
        (
            |it, around| {
                it.behind(around.edge.path("/*").priority(priority!(1)))
                    .shift(TrafficShift::blue_green().test_header("x-version", "next"))
            },
            "no rule can stand before one of priority 1",
        ),
        (
            |it, _| it.rollback_when(ServiceAlarm::server_errors(10)),
            "`ServerErrorsAlarm` has no load balancer to measure",
        ),
        (
            |it, around| {
                it.behind(around.inner.connections())
                    .rollback_when(ServiceAlarm::slow_answers(2))
            },
            "`SlowAnswersAlarm` needs requests to count",
        ),
        (
            |it, _| {
                it.log_router(
                    LogRouter::to("http")
                        .option("Host", "a")
                        .option("Host", "b"),
                )
            },
            "the log router's option `Host` is set twice",
        ),
    ];
    for (change, expected) in cases {
        assert_eq!(problems(Cluster::new(), *change), [*expected]);
    }
}

#[test]
fn names_are_valid_and_taken_once() {
    let named = || Cluster::new().namespace("shop").fargate_spot();
    let cases: &[(Change, &str)] = &[
        (|it, _| it.named("Api"), "`Api` is no name for a service"),
        (|it, _| it.named("-api"), "`-api` is no name for a service"),
        (
            |it, around| it.connects_to(around.unnamed),
            "`Php` has no name to be called by",
        ),
        (
            |it, around| {
                it.behind(around.edge.path("/*").drain(seconds(45)))
                    .stop_timeout(seconds(90))
                    .spot(FargateSpot::new())
            },
            "45 seconds of drain and 90 to stop are more than the notice of 120",
        ),
        (
            |it, _| it.spot(FargateSpot::new().shares(1, 0)),
            "shares of 1 and 0 leave nothing for Spot",
        ),
    ];
    for (change, expected) in cases {
        assert_eq!(problems(named(), *change), [*expected]);
    }
    let mut app = App::new();
    let mut stack = app.stack("It");
    let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
    let cluster = stack.add("Cluster", named());
    for id in ["One", "Other"] {
        let image = Image::ecr("shop/api", "2.0.1");
        let service = FargateService::new(network, cluster, image, port!(8080)).named("api");
        stack.add(id, service);
    }
    let problems = app.synth().unwrap_err();
    assert_eq!(problems.len(), 1);
    let told = &problems[0].message;
    assert!(
        told.starts_with("`api:8080` is already the name of the service at "),
        "{told}"
    );
}

#[test]
fn tasks_that_reach_no_registry_are_refused() {
    type Change = fn(Network) -> Network;
    let all = "`Endpoint::EcrApi`, `Endpoint::EcrDkr`, `Endpoint::Logs`, `Endpoint::Ssm`";
    let public =
        "`Nat::PerZone` for images of public registries, `Endpoint::Logs`, `Endpoint::Ssm`";
    let ecr = || Image::ecr("shop/api", "2.0.1");
    let nginx = || Image::named("public.ecr.aws/nginx/nginx:1.29");
    let cases: [(Change, Image, Option<String>); 6] = [
        (|it| it, ecr(), None),
        (|it| it, nginx(), None),
        (
            |it| it.nat(Nat::None),
            ecr(),
            Some(format!("the network lacks {all}")),
        ),
        (
            |it| it.nat(Nat::None),
            nginx(),
            Some(format!("the network lacks {public}")),
        ),
        (
            |it| it.nat(Nat::None).endpoints(Endpoint::FOR_TASKS),
            ecr(),
            None,
        ),
        (
            |it| it.nat(Nat::None).endpoints(Endpoint::FOR_TASKS),
            nginx(),
            Some("the network lacks `Nat::PerZone` for images of public registries".to_owned()),
        ),
    ];
    for (change, image, expected) in cases {
        let mut app = App::new();
        let mut stack = app.stack("It");
        let network = change(Network::new(cidr!("10.0.0.0/16"), 2));
        let network = stack.add("Network", network);
        let cluster = stack.add("Cluster", Cluster::new());
        // Each service is told, not only the first one.
        for id in ["One", "Other"] {
            let service = FargateService::new(network, cluster, image.clone(), port!(8080))
                .secret("TOKEN", Secret::parameter("/shop/token"));
            stack.add(id, service);
        }
        let problems = app.synth().err().unwrap_or_default();
        let told: Vec<Option<String>> = problems.into_iter().map(|it| it.help).collect();
        let expected: Vec<Option<String>> = match expected {
            Some(help) => vec![Some(help.clone()), Some(help)],
            None => Vec::new(),
        };
        assert_eq!(told, expected);
    }
}

#[test]
fn a_cluster_has_fargate_spot_or_instances() {
    let mut app = App::new();
    let mut stack = app.stack("It");
    let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
    let cluster = stack.add("Cluster", Cluster::new().fargate_spot());
    stack.add(
        "Capacity",
        Ec2Capacity::new(network, cluster, "m6i.large", 2, 4),
    );
    let problems = app.synth().unwrap_err();
    let told: Vec<&str> = problems.iter().map(|it| it.code).collect();
    assert_eq!(told, ["second-capacity"]);
}

#[test]
fn what_instances_cannot_do_is_refused() {
    type Add = fn(&mut Scope<'_>, NetworkPlan, CapacityHandle);
    let cases: [(Add, &str); 3] = [
        (
            |stack, network, capacity| {
                let files = stack.add("Files", FileSystem::new(network));
                let one = stack.add("One", files.folder("/one", 33, 33));
                let other = stack.add("Other", files.folder("/other", 33, 33));
                let image = "public.ecr.aws/shop/agent:7";
                let worker = Worker::on_ec2(network, capacity, image, 128, mib(128));
                stack.add("Worker", worker.volume(one, "/a").volume(other, "/b"));
            },
            "the instances do not reach the file system `Files`",
        ),
        (
            |stack, network, capacity| {
                let image = "public.ecr.aws/shop/agent:7";
                let agent = Daemon::new(network, capacity, image, 128, mib(256));
                stack.add("Agent", agent.keep(100));
            },
            "a daemon of which 100 % are kept is never deployed",
        ),
        (
            |stack, network, capacity| {
                let image = "public.ecr.aws/shop/agent:7";
                let router = LogRouter::to("http");
                let worker = Worker::on_ec2(network, capacity, image, 128, mib(128));
                stack.add("Worker", worker.log_router(router));
            },
            "of 128 MiB the log router takes 100, which leaves too little",
        ),
    ];
    for (add, expected) in cases {
        let mut app = App::new();
        let mut stack = app.stack("It");
        let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
        let cluster = stack.add("Cluster", Cluster::new());
        let capacity = Ec2Capacity::new(network, cluster, "m6i.large", 2, 4);
        let capacity = stack.add("Capacity", capacity);
        add(&mut stack, network, capacity);
        let problems = app.synth().unwrap_err();
        let told: Vec<&str> = problems.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(told, [expected]);
    }
}

#[test]
fn of_every_default_something_can_start_or_stop_in_a_deployment() {
    // ECS rounds the least up and the most down.
    for count in 1..=20 {
        let mut app = App::new();
        let mut stack = app.stack("It");
        let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
        let cluster = stack.add("Cluster", Cluster::new());
        let image = Image::ecr("shop/api", "2.0.1");
        let service = FargateService::new(network, cluster, image, port!(8080)).count(count);
        stack.add("Api", service);
        assert!(app.synth().is_ok(), "{count}");
    }
}

#[test]
fn sizes_from_parameters_are_pairs_that_fargate_offers() {
    let rules = |cpu: &[&'static str], memory: &[&'static str]| {
        let mut app = App::new();
        let mut stack = app.stack("It");
        let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
        let cluster = stack.add("Cluster", Cluster::new());
        let parameter = |allowed: &[&'static str]| Parameter::string().allowed(allowed.to_vec());
        let cpu = stack.parameter("Cpu", parameter(cpu));
        let memory = stack.parameter("Memory", parameter(memory));
        let image = Image::ecr("shop/api", "2.0.1");
        let service = FargateService::new(network, cluster, image, port!(8080));
        stack.add("Api", service.size_from(cpu, memory));
        let assembly = app.synth().map_err(|it| it[0].message.clone())?;
        let template = &assembly.stack("It").unwrap().template;
        let rules = template
            .section("Rules")
            .into_iter()
            .flat_map(|it| it.keys());
        Ok::<_, String>(rules.map(str::to_owned).collect::<Vec<String>>())
    };
    // Every pair is offered: there is nothing to refuse.
    assert_eq!(rules(&["256"], &["512", "1024"]), Ok(Vec::new()));
    // 256 units take up to 2,048 MiB, 512 at least 1,024.
    let some = rules(&["256", "512"], &["512", "1024", "4096"]).unwrap();
    assert_eq!(some, ["ApiSize256", "ApiSize512"]);
    assert_eq!(
        rules(&["256", "4096"], &["512", "1024"]).unwrap_err(),
        "with `4096` CPU units Fargate offers no memory of `512`, `1024`"
    );
    assert_eq!(
        rules(&["300"], &["512"]).unwrap_err(),
        "with `300` CPU units Fargate offers no memory of `512`"
    );
}

#[test]
fn bounds_that_parameters_are_given_are_looked_at() {
    let mut app = App::new();
    let mut stack = app.stack("It");
    let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 2));
    let cluster = stack.add("Cluster", Cluster::new());
    let least = stack.parameter("Least", Parameter::number().given(12));
    let most = stack.parameter("Most", Parameter::number().given(3));
    let image = Image::ecr("shop/api", "2.0.1");
    let service = FargateService::new(network, cluster, image, port!(8080));
    stack.add("Api", service.scale(Scaling::between(least, most).cpu(60)));
    let problems = app.synth().unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(
        problems[0].message,
        "scaling between 12 and 3 tasks leaves no number"
    );
}

#[test]
fn a_load_balancer_needs_subnets_of_a_certain_size() {
    for (range, expected) in [
        (cidr!("10.0.0.0/23"), None),
        (
            cidr!("10.0.0.0/24"),
            Some(
                "subnets of `10.0.0.0/24` are /28, and an Application Load Balancer needs /27 or larger",
            ),
        ),
    ] {
        let mut app = App::new();
        let mut stack = app.stack("It");
        let network = stack.add("Network", Network::new(range, 2));
        let certificate = "arn:aws:acm:eu-west-1:111122223333:certificate/shop";
        let edge = HttpsLoadBalancer::new(network, CertificateArn::existing(certificate));
        stack.add("Edge", edge);
        let problems = app.synth().err().unwrap_or_default();
        let messages: Vec<&str> = problems.iter().map(|it| &*it.message).collect();
        assert_eq!(messages, expected.into_iter().collect::<Vec<_>>());
    }
}
