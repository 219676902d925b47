//! What the scripts of a swarm's nodes do, run as they are with AWS and Docker played by small
//! programs. They use what Linux brings along, as the instances do.

#![cfg(all(feature = "text", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use stack_core::prelude::*;
use stack_templates::*;

mod support;
mod swarm;

use support::text_of;
use swarm::World;

const DOCKER: &str = "25.0.16\n";
const DECISIONS: [&str; 6] = [
    "docker node update",
    "docker node demote",
    "docker node rm",
    "docker service update",
    "aws autoscaling complete",
    "aws autoscaling set",
];

fn script(launch_template: &str) -> String {
    let mut app = App::new();
    let mut stack = app.stack("Shop");
    let network = stack.add("Network", Network::new(cidr!("10.0.0.0/16"), 3));
    let zone = stack.add("Zone", PrivateZone::new(network, "shop.internal"));
    stack.add("Swarm", Swarm::new(network, &zone, "m6i.large", 1, 2));
    let assembly = app.synth().expect("the swarm is fine");
    let template: serde_json::Value =
        serde_json::from_str(assembly.stack("Shop").unwrap().body()).unwrap();
    let properties = &template["Resources"][launch_template]["Properties"];
    text_of(
        &template,
        &properties["LaunchTemplateData"]["UserData"]["Fn::Base64"],
    )
}

/// A manager that has started the swarm, with its tending program in place.
fn leader(name: &str) -> World {
    let world = World::new(name);
    world.instance("i-1", DOCKER);
    assert_eq!(world.run("i-1", &script("SwarmManagerALaunchTemplate")), 0);
    world.write("calls", "");
    world
}

fn tend(world: &World) -> Vec<String> {
    world.write("calls", "");
    assert_eq!(world.run("i-1", "exec bash /usr/local/sbin/swarm-tend"), 0);
    world.calls(&DECISIONS)
}

#[test]
fn of_managers_that_boot_together_one_starts_the_swarm_and_all_join() {
    let world = World::new("race");
    let manager = script("SwarmManagerALaunchTemplate");
    let ids = ["i-1", "i-2", "i-3", "i-4", "i-5"];
    for id in ids {
        world.instance(id, DOCKER);
    }
    let running: Vec<_> = ids.map(|id| world.start(id, &manager)).into();
    for mut it in running {
        assert_eq!(it.wait().unwrap().code(), Some(0));
    }
    assert_eq!(world.read("inits").lines().count(), 1, "one swarm");
    for id in ids {
        assert!(!world.read(&format!("{id}/etc/swarm/settings")).is_empty());
        assert_eq!(world.signals()[id], ["0"], "{id}");
    }
    assert_eq!(world.read("secret-SwarmManagerToken"), "SWMTKN-1-manager");
    assert_eq!(world.read("secret-SwarmWorkerToken"), "SWMTKN-1-worker");
}

#[test]
fn a_worker_joins_with_its_own_token_and_says_so() {
    let world = leader("worker");
    world.instance("i-9", DOCKER);
    assert_eq!(world.run("i-9", &script("SwarmWorkerLaunchTemplate")), 0);
    let joins = world.calls(&["docker swarm join "]);
    assert_eq!(
        joins,
        [
            "docker swarm join --availability active --advertise-addr 10.0.0.10 --token SWMTKN-1-worker managers.shop.internal:2377"
        ]
    );
    assert_eq!(world.signals()["i-9"], ["0"]);
    let labels = world.read("i-9/etc/docker/daemon.json");
    assert!(labels.contains(r#""instance=i-9", "zone=eu-west-1a", "type=m6i.large""#));
}

#[test]
fn what_goes_wrong_is_signalled() {
    let cases = [("no-token", DOCKER), ("other-docker", "24.0.1\n")];
    for (name, docker) in cases {
        let world = World::new(name);
        world.instance("i-9", docker);
        assert_ne!(world.run("i-9", &script("SwarmWorkerLaunchTemplate")), 0);
        assert_eq!(world.signals()["i-9"], ["1"], "{name}");
    }
}

#[test]
fn the_leader_lets_nodes_go_step_by_step() {
    let world = leader("leaving");
    let groups = "managers\ni-1\tInService\ni-2\tTerminating:Wait\nworkers\n\
                  i-3\tTerminating:Wait\ni-4\tTerminating:Wait\ni-5\tTerminating:Wait\ni-6\tTerminating:Proceed\n";
    world.write("groups", groups);
    world.write(
        "nodes",
        "one|i-1|manager|ready|drain|\n\
         two|i-2|manager|ready|drain|\n\
         busy|i-3|worker|ready|active|yes\n\
         idle|i-4|worker|ready|drain|yes\n\
         unknown|i-5|worker|ready|drain|yes\n\
         six|i-6|worker|down|drain|yes\n",
    );
    let expected = [
        "docker node demote two",
        "docker node update --availability drain busy",
        "aws autoscaling complete-lifecycle-action --lifecycle-hook-name leave \
         --auto-scaling-group-name workers --instance-id i-4 --lifecycle-action-result CONTINUE",
    ];
    assert_eq!(tend(&world), expected);
    let beats = world.calls(&["aws autoscaling record"]);
    assert_eq!(beats.len(), 1, "the busy one gets more time: {beats:?}");
}

#[test]
fn the_last_manager_is_let_go_without_being_demoted() {
    let world = leader("last");
    world.write("groups", "managers\ni-1\tTerminating:Wait\n");
    world.write("nodes", "one|i-1|manager|ready|drain|\n");
    let done = tend(&world);
    assert_eq!(done.len(), 1);
    assert!(done[0].starts_with("aws autoscaling complete-lifecycle-action"));
}

#[test]
fn dead_nodes_are_taken_away_and_silent_instances_replaced() {
    let world = leader("dead");
    world.write(
        "groups",
        "managers\ni-1\tInService\nworkers\ni-3\tInService\ni-7\tInService\n",
    );
    world.write(
        "nodes",
        "one|i-1|manager|ready|drain|\n\
         two|i-2|manager|down|drain|\n\
         three|i-3|worker|down|active|yes\n\
         four|i-4|worker|ready|active|yes\n\
         five|i-5|worker|ready|active|yes\n",
    );
    let gone = ["docker node demote two", "docker node rm --force two"];
    assert_eq!(tend(&world), gone, "silent for a moment only");
    let unhealthy = |id: &str| {
        format!("aws autoscaling set-instance-health --instance-id {id} --health-status Unhealthy")
    };
    // Silent for six minutes; `i-7` never joined, and has some minutes left to do so.
    world.age("i-1/var/lib/swarm/silent-i-3", 6);
    world.age("i-1/var/lib/swarm/silent-i-7", 6);
    let mut expected: Vec<String> = gone.map(str::to_owned).into();
    expected.push(unhealthy("i-3"));
    assert_eq!(tend(&world), expected);
    world.age("i-1/var/lib/swarm/silent-i-7", 21);
    expected[2] = unhealthy("i-7");
    assert_eq!(tend(&world), expected);
}

#[test]
fn when_half_of_the_swarm_is_silent_nothing_is_replaced() {
    let world = leader("split");
    world.write(
        "groups",
        "managers\ni-1\tInService\nworkers\ni-3\tInService\n",
    );
    world.write(
        "nodes",
        "one|i-1|manager|ready|drain|\nthree|i-3|worker|down|active|yes\n",
    );
    tend(&world);
    world.age("i-1/var/lib/swarm/silent-i-3", 60);
    assert_eq!(tend(&world), Vec::<String>::new());
}

#[test]
fn new_workers_get_services_that_can_move() {
    let world = leader("fresh");
    world.write(
        "groups",
        "managers\ni-1\tInService\nworkers\ni-3\tInService\ni-4\tInService\n",
    );
    world.write(
        "nodes",
        "one|i-1|manager|ready|drain|\n\
         three|i-3|worker|ready|active|yes\n\
         four|i-4|worker|ready|active|\n",
    );
    let expected = [
        "docker node update --label-add settled=yes four",
        "docker service update --force --detach --quiet web",
    ];
    assert_eq!(tend(&world), expected);
}

#[test]
fn who_does_not_lead_or_is_not_sure_only_says_that_it_is_alive() {
    let world = leader("follower");
    world.write("groups", "workers\ni-3\tTerminating:Wait\n");
    world.write(
        "nodes",
        "one|i-1|manager|ready|drain|\nthree|i-3|worker|ready|active|yes\n",
    );
    assert_eq!(
        tend(&world),
        Vec::<String>::new(),
        "it is not in the list itself"
    );
    world.write(
        "groups",
        "managers\ni-1\tInService\nworkers\ni-3\tTerminating:Wait\n",
    );
    assert_eq!(tend(&world).len(), 2, "emptied and let go");
    world.remove("i-1/leader");
    assert_eq!(tend(&world), Vec::<String>::new());
    let alive = world.calls(&["aws cloudwatch"]);
    assert_eq!(alive.len(), 1);
    assert!(alive[0].contains("--metric-name Alive --value 1 --dimensions Swarm=AWS-StackName-Swarm,Manager=SwarmManagerAAutoScalingGroup"), "{alive:?}");
}
