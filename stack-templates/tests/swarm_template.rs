//! What a swarm and its database promise, read from their templates, and what they refuse.

#![cfg(feature = "text")]
#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::Value as Json;
use stack_core::prelude::*;
use stack_templates::*;

mod support;

use support::text_of;

fn network(app: &mut App, zones: u32) -> NetworkPlan {
    let network = Network::new(cidr!("10.0.0.0/16"), zones).data_subnets();
    app.stack("Base").add("Network", network)
}

fn synth(zones: u32, change: fn(Swarm) -> Swarm) -> Result<Json, Vec<Problem>> {
    let mut app = App::new();
    let network = network(&mut app, zones);
    let mut stack = app.stack("Shop");
    let zone = stack.add("Zone", PrivateZone::new(network, "shop.internal"));
    let swarm = change(Swarm::new(network, &zone, "m6i.large", 2, 6));
    stack.add("Swarm", swarm);
    let assembly = app.synth()?;
    Ok(serde_json::from_str(assembly.stack("Shop").unwrap().body()).unwrap())
}

fn errors(problems: Option<Vec<Problem>>) -> Vec<String> {
    let problems = problems.unwrap_or_default().into_iter();
    let errors = problems.filter(|it| it.severity == Severity::Error);
    errors.map(|it| it.message).collect()
}

fn script(template: &Json, launch_template: &str) -> String {
    let data = &template["Resources"][launch_template]["Properties"]["LaunchTemplateData"];
    text_of(template, &data["UserData"]["Fn::Base64"])
}

#[test]
fn a_swarm_that_could_lose_its_majority_or_cannot_work_is_refused() {
    type Change = fn(Swarm) -> Swarm;
    let three =
        "3 managers in 2 zones: 2 must agree, and with its zone 2 are lost at once, which leaves 1";
    let cases: [(u32, Change, &str); 13] = [
        (2, |it| it, three),
        (
            2,
            |it| it.managers(5, "m6i.large"),
            "5 managers in 2 zones: 3 must agree, and with its zone 3 are lost at once, which leaves 2",
        ),
        (
            3,
            |it| it.managers(1, "t3.small"),
            "1 managers: 1 must agree, so 0 may be lost",
        ),
        (
            3,
            |it| it.managers(2, "t3.small"),
            "2 managers: 2 must agree, so 0 may be lost",
        ),
        (
            3,
            |it| it.managers(4, "t3.small"),
            "4 managers: 3 must agree, so 1 may be lost",
        ),
        (
            3,
            |it| it.managers(9, "t3.small"),
            "9 managers: 5 must agree, so 4 may be lost",
        ),
        (
            3,
            |it| it.overlay(cidr!("10.0.0.0/8")),
            "overlay networks in `10.0.0.0/8`, the VPC in `10.0.0.0/16`",
        ),
        (
            3,
            |it| it.overlay(cidr!("100.64.0.0/28")),
            "overlay networks in `100.64.0.0/28`, the VPC in `10.0.0.0/16`",
        ),
        (
            3,
            |it| it.docker("latest"),
            "`latest` is no version of Docker",
        ),
        (3, |it| it.docker("25.0"), "`25.0` is no version of Docker"),
        (
            3,
            |it| it.docker("25.0.16; reboot"),
            "`25.0.16; reboot` is no version of Docker",
        ),
        (3, |it| it.cpu(0), "workers follow a CPU of 0 %"),
        (3, |it| it.cpu(101), "workers follow a CPU of 101 %"),
    ];
    for (zones, change, expected) in cases {
        assert_eq!(errors(synth(zones, change).err()), [expected]);
    }
}

#[test]
fn each_processor_gets_its_image() {
    for (kind, expected) in [
        ("m6i.large", "x86_64"),
        ("g4dn.xlarge", "x86_64"),
        ("m7g.large", "arm64"),
        ("c7gn.large", "arm64"),
        ("t4g.small", "arm64"),
    ] {
        let mut app = App::new();
        let network = network(&mut app, 3);
        let mut stack = app.stack("Shop");
        let zone = stack.add("Zone", PrivateZone::new(network, "shop.internal"));
        stack.add("Swarm", Swarm::new(network, &zone, kind, 1, 2));
        let body = app
            .synth()
            .unwrap()
            .stack("Shop")
            .unwrap()
            .body()
            .to_owned();
        let template: Json = serde_json::from_str(&body).unwrap();
        let image = |which: &str| {
            let properties = &template["Resources"][which]["Properties"];
            properties["LaunchTemplateData"]["ImageId"].to_string()
        };
        let ends = |image: String, processor: &str| image.ends_with(&format!("-{processor}}}}}\""));
        assert!(ends(image("SwarmWorkerLaunchTemplate"), expected), "{kind}");
        assert!(
            ends(image("SwarmManagerALaunchTemplate"), "x86_64"),
            "{kind}"
        );
    }
}

#[test]
fn workers_need_room_for_one_more() {
    for (least, most) in [(0, 3), (3, 3), (4, 3)] {
        let mut app = App::new();
        let network = network(&mut app, 3);
        let mut stack = app.stack("Shop");
        let zone = stack.add("Zone", PrivateZone::new(network, "shop.internal"));
        stack.add(
            "Swarm",
            Swarm::new(network, &zone, "m6i.large", least, most),
        );
        let expected = format!("between {least} and {most} workers");
        assert_eq!(errors(app.synth().err())[0], expected);
    }
}

#[test]
fn every_odd_number_of_managers_survives_the_loss_of_a_zone() {
    for managers in [3, 5, 7] {
        let template = match managers {
            3 => synth(3, |it| it),
            5 => synth(3, |it| it.managers(5, "m6i.large")),
            _ => synth(4, |it| it.managers(7, "m6i.large")),
        };
        let template = template.unwrap();
        let groups = resources(&template, "AWS::AutoScaling::AutoScalingGroup");
        let managers_alone = groups.iter().filter(|it| it.0.contains("Manager"));
        let zones = managers_alone.map(|it| it.1["Properties"]["AvailabilityZones"].to_string());
        let zones: Vec<String> = zones.collect();
        assert_eq!(zones.len(), managers);
        let most = zones
            .iter()
            .map(|zone| zones.iter().filter(|it| *it == zone).count());
        assert!(managers - most.max().unwrap() > managers / 2);
    }
}

fn resources<'a>(template: &'a Json, kind: &str) -> Vec<(&'a String, &'a Json)> {
    let all = template["Resources"].as_object().unwrap().iter();
    all.filter(|it| it.1["Type"] == kind).collect()
}

#[test]
fn managers_are_updated_one_after_the_other_and_workers_last() {
    let template = synth(3, |it| it.managers(5, "m6i.large")).unwrap();
    let after = |id: &str| template["Resources"][id]["DependsOn"].to_string();
    let group = |which: &str| format!("Swarm{which}AutoScalingGroup");
    assert_eq!(after(&group("ManagerA")), r#"["SwarmNameSecondary1"]"#);
    for pair in [
        "ManagerA", "ManagerB", "ManagerC", "ManagerD", "ManagerE", "Worker",
    ]
    .windows(2)
    {
        assert_eq!(after(&group(pair[1])), format!("[\"{}\"]", group(pair[0])));
    }
    for (id, it) in resources(&template, "AWS::AutoScaling::AutoScalingGroup") {
        let rolling = &it["UpdatePolicy"]["AutoScalingRollingUpdate"];
        assert_eq!(rolling["WaitOnResourceSignals"], true, "{id}");
        assert_eq!(rolling["MaxBatchSize"], 1, "{id}");
        assert!(
            it["CreationPolicy"]["ResourceSignal"]["Count"].is_number(),
            "{id}"
        );
        let signals = script(&template, &id.replace("AutoScalingGroup", "LaunchTemplate"));
        assert!(
            signals.contains(&format!("RESOURCE='{id}'")),
            "{id} hears its own signal"
        );
    }
}

#[test]
fn workers_cannot_read_the_token_of_managers_and_no_token_is_in_user_data() {
    let template = synth(3, |it| it).unwrap();
    let role = template["Resources"]["SwarmWorkerRole"].to_string();
    assert!(role.contains("SwarmWorkerToken") && !role.contains("SwarmManagerToken"));
    let worker = script(&template, "SwarmWorkerLaunchTemplate");
    assert!(worker.contains("TOKEN='SwarmWorkerToken'") && !worker.contains("SwarmManagerToken"));
    for (id, _) in resources(&template, "AWS::EC2::LaunchTemplate") {
        let script = script(&template, id);
        assert!(!script.contains("SWMTKN-1-"), "{id}");
        assert!(!script.contains("resolve:"), "{id}");
        assert!(script.len() < 16 * 1024, "{id} has {} bytes", script.len());
    }
    for (id, it) in resources(&template, "AWS::SecretsManager::Secret") {
        let names: Vec<&String> = it["Properties"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["Description"], "{id}");
    }
}

#[test]
fn names_fail_over_through_all_managers_with_health_checks_that_work_inside_a_vpc() {
    let template = synth(3, |it| it.managers(7, "m6i.large")).unwrap();
    let records = resources(&template, "AWS::Route53::RecordSet");
    let mut identifiers: Vec<String> = Vec::new();
    let mut answered: Vec<&str> = Vec::new();
    for (id, it) in &records {
        let it = &it["Properties"];
        identifiers.push(format!("{} {}", it["Name"], it["SetIdentifier"]));
        if it["AliasTarget"].is_null() {
            assert!(
                it["TTL"].as_str().unwrap().parse::<u32>().unwrap() <= 60,
                "{id}"
            );
            assert!(it["HealthCheckId"]["Ref"].is_string(), "{id}");
            answered.push(it["ResourceRecords"][0]["Fn::GetAtt"][0].as_str().unwrap());
        } else {
            assert_eq!(it["AliasTarget"]["EvaluateTargetHealth"], true, "{id}");
            assert_eq!(it["Failover"], "SECONDARY", "{id}");
        }
    }
    assert_eq!(
        answered.len(),
        7,
        "every manager is answered with: {answered:?}"
    );
    identifiers.sort();
    identifiers.dedup();
    assert_eq!(identifiers.len(), 12, "six pairs");
    for (id, it) in resources(&template, "AWS::Route53::HealthCheck") {
        let it = &it["Properties"]["HealthCheckConfig"];
        assert_eq!(it["Type"], "CLOUDWATCH_METRIC", "{id}");
        assert_eq!(it["InsufficientDataHealthStatus"], "Unhealthy", "{id}");
    }
}

#[test]
fn a_failover_without_a_second_address_or_with_a_long_memory_is_refused() {
    let mut app = App::new();
    let network = network(&mut app, 3);
    let mut stack = app.stack("Shop");
    let zone = stack.add("Zone", PrivateZone::new(network, "shop.internal"));
    let name = Failover::new(&zone, "queue.elsewhere").ttl(seconds(61));
    stack.add("Queue", name);
    let problems = app.synth().err().unwrap_or_default();
    let told: Vec<&str> = problems.iter().map(|it| it.message.as_str()).collect();
    let expected = [
        "`queue.elsewhere` is not in the zone `shop.internal`",
        "`queue.elsewhere` has nothing to fail over to",
        "`queue.elsewhere` may be kept for 61 seconds",
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_database_that_rds_would_not_take_is_refused() {
    type Change = fn(PostgresDatabase) -> PostgresDatabase;
    let cases: [(&str, Change, &str); 6] = [
        ("9lives", |it| it, "`9lives` is no name of a database"),
        ("shop-api", |it| it, "`shop-api` is no name of a database"),
        (
            "shop",
            |it| it.version("latest"),
            "`latest` is no version of PostgreSQL",
        ),
        (
            "shop",
            |it| it.storage_gib(10, 50),
            "a disk of 10 GiB that grows to 50",
        ),
        (
            "shop",
            |it| it.storage_gib(100, 105),
            "a disk of 100 GiB that grows to 105",
        ),
        (
            "shop",
            |it| it.backup_days(0),
            "backups are kept for 0 days",
        ),
    ];
    for (name, change, expected) in cases {
        let mut app = App::new();
        let network = network(&mut app, 2);
        let database = change(PostgresDatabase::new(network, name));
        app.stack("Shop").add("Database", database);
        assert_eq!(errors(app.synth().err()), [expected]);
    }
    let mut app = App::new();
    let network = Network::new(cidr!("10.0.0.0/23"), 2);
    let network = app.stack("Base").add("Network", network);
    app.stack("Shop")
        .add("Database", PostgresDatabase::new(network, "shop"));
    let problems = app.synth().err().unwrap_or_default();
    assert_eq!(problems[0].message, "0 subnets for a database");
}

#[test]
fn no_route_leads_out_of_the_subnets_for_data() {
    let mut app = App::new();
    network(&mut app, 3);
    let assembly = app.synth().unwrap();
    let template: Json = serde_json::from_str(assembly.stack("Base").unwrap().body()).unwrap();
    for (id, it) in resources(&template, "AWS::EC2::Route") {
        let table = &it["Properties"]["RouteTableId"]["Ref"];
        assert_ne!(table, "NetworkDataRouteTable", "{id}");
    }
    let ranges = resources(&template, "AWS::EC2::Subnet");
    let ranges: Vec<Cidr> = ranges
        .iter()
        .map(|it| {
            it.1["Properties"]["CidrBlock"]
                .as_str()
                .unwrap()
                .parse()
                .unwrap()
        })
        .collect();
    assert_eq!(ranges.len(), 9);
    for (n, one) in ranges.iter().enumerate() {
        assert!(
            ranges.iter().skip(n + 1).all(|it| !it.overlaps(*one)),
            "{one}"
        );
    }
}
