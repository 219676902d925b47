//! What ECS does in the cases that people ask about, and in the examples that AWS documents.

#![allow(clippy::unwrap_used, clippy::panic)]

use stack_review::rollout::{
    Action, Deployment, HostPort, Instance, Loss, Needs, Outcome, Protocol, Repair, Scaling,
    Strategy, circuit_breaker_threshold, instance_type, registerable_memory, timeline,
};

/// Instances of a type, each in a zone of its own.
fn fleet(count: u32, name: &str) -> Vec<Instance> {
    let it = instance_type(name).unwrap();
    let memory = registerable_memory(it.memory);
    let one = Instance::new(name, it.vcpus * 1024, memory, it.interfaces - 1);
    (0..count)
        .map(|zone| Instance {
            zone,
            ..one.clone()
        })
        .collect()
}

fn percents(mut it: Deployment, minimum: u32, maximum: u32) -> Deployment {
    it.minimum_healthy_percent = minimum;
    it.maximum_percent = maximum;
    it
}

/// Lowest healthy, highest running.
fn finishes(it: &Deployment) -> (u32, u32) {
    match it.simulate() {
        Outcome::Finishes {
            lowest_healthy,
            highest_running,
            ..
        } => (lowest_healthy, highest_running),
        other => panic!("{}", timeline(it, &other)),
    }
}

/// At which step, why, and what mends it.
fn deadlocks(it: &Deployment) -> (usize, String, Vec<String>) {
    match it.simulate() {
        Outcome::Deadlocks {
            at_step,
            why,
            repairs,
            another_choice,
            ..
        } => {
            assert_eq!(another_choice, Some(false));
            for repair in &repairs {
                finishes(&repair.apply(it));
            }
            let repairs = repairs.iter().map(ToString::to_string).collect();
            (at_step, why.to_string(), repairs)
        }
        other => panic!("{}", timeline(it, &other)),
    }
}

fn web() -> Deployment {
    Deployment::new(2, Needs::new(256, 512).port(80), fleet(2, "t3.medium"))
}

#[test]
fn a_fixed_host_port_on_every_instance_cannot_be_deployed_beside_itself() {
    let (step, why, repairs) = deadlocks(&web());
    assert_eq!(step, 0);
    assert_eq!(
        why,
        "none of 2 healthy tasks may stop (the floor is 2), and a new one finds no room: on all 2 \
         instances host port 80/tcp is taken"
    );
    assert_eq!(
        repairs,
        [
            "minimum healthy percent 50",
            "host port 0",
            "one more instance"
        ]
    );
}

#[test]
fn with_half_of_the_tasks_enough_it_goes_one_at_a_time() {
    assert_eq!(finishes(&percents(web(), 50, 100)), (1, 2));
}

#[test]
fn another_protocol_is_another_port() {
    let mut dns = web();
    dns.after.ports = [HostPort {
        number: 80,
        protocol: Protocol::Udp,
    }]
    .into();
    assert_eq!(finishes(&dns), (2, 4));
}

#[test]
fn nothing_moves_between_a_hundred_and_a_hundred() {
    let one = Deployment::new(1, Needs::new(256, 512), fleet(2, "t3.medium"));
    let (step, why, repairs) = deadlocks(&percents(one, 100, 100));
    assert_eq!(step, 0);
    assert_eq!(
        why,
        "the one healthy task may not stop (the floor is 1), and no more than 1 may run"
    );
    assert_eq!(
        repairs,
        ["minimum healthy percent 0", "maximum percent 200"]
    );
}

#[test]
fn a_quarter_more_goes_one_at_a_time() {
    let four = Deployment::new(4, Needs::new(256, 256), fleet(2, "t3.medium"));
    assert_eq!(finishes(&percents(four, 75, 125)), (4, 5));
}

#[test]
fn three_quarters_of_two_are_two() {
    let two = percents(
        Deployment::new(2, Needs::new(256, 256), fleet(2, "t3.medium")),
        75,
        100,
    );
    assert_eq!((two.floor(), two.ceiling()), (2, 2));
    let (_, _, repairs) = deadlocks(&two);
    assert_eq!(
        repairs,
        ["minimum healthy percent 50", "maximum percent 150"]
    );
    assert_eq!(finishes(&percents(two, 75, 150)), (2, 3));
}

#[test]
fn memory_that_both_revisions_need_at_once_is_not_there() {
    // Two tasks of 1,500 MiB on each of two instances that register 3,827 MiB.
    let four = Deployment::new(4, Needs::new(256, 1500), fleet(2, "t3.medium"));
    let (step, why, repairs) = deadlocks(&four);
    assert_eq!(step, 0);
    assert_eq!(
        why,
        "none of 4 healthy tasks may stop (the floor is 4), and a new one finds no room: on all 2 \
         instances 1500 MiB of memory wanted, 827 left"
    );
    assert_eq!(
        repairs,
        [
            "minimum healthy percent 75",
            "one more instance",
            "225 MiB less memory for a task (1275 MiB)"
        ]
    );
    // One on each leaves room for a second.
    let two = Deployment::new(2, Needs::new(256, 1500), fleet(2, "t3.medium"));
    assert_eq!(finishes(&two), (2, 4));
    let large = Deployment::new(2, Needs::new(256, 2000), fleet(2, "t3.medium"));
    assert_eq!(
        deadlocks(&large).2,
        [
            "minimum healthy percent 50",
            "one more instance",
            "87 MiB less memory for a task (1913 MiB)"
        ]
    );
}

#[test]
fn network_interfaces_run_out_before_memory_does() {
    // Three interfaces, one of them the instance's own.
    let four = Deployment::new(4, Needs::new(256, 256).awsvpc(), fleet(2, "t3.medium"));
    let (_, why, repairs) = deadlocks(&four);
    assert_eq!(
        why,
        "none of 4 healthy tasks may stop (the floor is 4), and a new one finds no room: on all 2 \
         instances no network interface left of 2 for tasks"
    );
    assert_eq!(
        repairs,
        [
            "minimum healthy percent 75",
            "one more instance",
            "instances with one network interface more"
        ]
    );
    let five = Deployment::new(5, Needs::new(256, 256).awsvpc(), fleet(2, "t3.medium"));
    assert!(
        deadlocks(&five)
            .1
            .starts_with("only 4 of 5 tasks find room at all")
    );
}

#[test]
fn a_daemon_stops_first() {
    let mut agent = Deployment::new(0, Needs::new(128, 128).port(8125), fleet(3, "t3.medium"));
    agent.strategy = Strategy::Daemon;
    agent.minimum_healthy_percent = 0;
    let all_at_once = agent.simulate();
    assert_eq!(finishes(&agent), (0, 3));
    agent.minimum_healthy_percent = 66;
    assert_eq!(finishes(&agent), (2, 3));
    let Outcome::Finishes { seconds, .. } = agent.simulate() else {
        panic!()
    };
    let Outcome::Finishes { seconds: once, .. } = all_at_once else {
        panic!()
    };
    assert_eq!(seconds, 3 * once);
    // 67 % of three is 2.01, which ECS rounds up.
    agent.minimum_healthy_percent = 67;
    assert_eq!(deadlocks(&agent).2, ["minimum healthy percent 66"]);
    // A daemon has no room above, whatever is asked for.
    agent.maximum_percent = 200;
    assert_eq!((agent.floor(), agent.ceiling()), (3, 3));
}

#[test]
fn blue_and_green_stand_side_by_side() {
    let mut it = Deployment::new(2, Needs::new(256, 512), fleet(2, "t3.medium"));
    it.strategy = Strategy::BlueGreen { bake: 600 };
    assert_eq!(finishes(&it), (2, 4));
    let Outcome::Finishes { seconds, .. } = it.simulate() else {
        panic!()
    };
    // Start and settle, bake, stop.
    assert_eq!(seconds, (20 + 40) + 600 + 30);
    it.strategy = Strategy::Linear {
        step_percent: 25,
        step_bake: 60,
        bake: 600,
    };
    let Outcome::Finishes { seconds, .. } = it.simulate() else {
        panic!()
    };
    assert_eq!(seconds, (20 + 40) + 3 * 60 + 600 + 30);
    it.strategy = Strategy::Canary {
        canary_bake: 300,
        bake: 600,
    };
    let Outcome::Finishes { seconds, .. } = it.simulate() else {
        panic!()
    };
    assert_eq!(seconds, (20 + 40) + 300 + 600 + 30);
    it.before.ports = web().before.ports;
    it.after.ports = web().after.ports;
    assert_eq!(deadlocks(&it).2, ["host port 0", "2 more instances"]);
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html>
#[test]
fn percentages_are_those_of_the_documentation() {
    let four = Deployment::new(4, Needs::new(128, 128), fleet(2, "t3.medium"));
    // "four tasks and 50 %: the scheduler may stop two existing tasks before starting two new ones"
    let half = percents(four.clone(), 50, 100);
    assert_eq!((half.floor(), half.ceiling()), (2, 4));
    assert_eq!(finishes(&half), (2, 4));
    let Outcome::Finishes { schedule, .. } = half.simulate() else {
        panic!()
    };
    let first: Vec<bool> = schedule
        .iter()
        .take(3)
        .map(|it| matches!(it.action, Action::Stop { .. }))
        .collect();
    assert_eq!(first, [true, true, false]);
    // "four tasks and 200 %: may start four new tasks before stopping the four older tasks"
    assert_eq!((four.floor(), four.ceiling()), (4, 8));
    assert_eq!(finishes(&four), (4, 8));
    let Outcome::Finishes { schedule, .. } = four.simulate() else {
        panic!()
    };
    assert!(
        schedule
            .iter()
            .take(4)
            .all(|it| matches!(it.action, Action::Start { .. }))
    );
    // Rounded up and rounded down.
    let three = percents(
        Deployment::new(3, Needs::new(128, 128), fleet(2, "t3.medium")),
        50,
        150,
    );
    assert_eq!((three.floor(), three.ceiling()), (2, 4));
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-eni.html>
#[test]
fn a_c5_large_takes_two_tasks_with_interfaces_of_their_own() {
    let two = Deployment::new(2, Needs::new(128, 128).awsvpc(), fleet(1, "c5.large"));
    assert_eq!(finishes(&percents(two, 0, 100)), (0, 2));
    let three = Deployment::new(3, Needs::new(128, 128).awsvpc(), fleet(1, "c5.large"));
    assert!(
        deadlocks(&percents(three, 0, 100))
            .1
            .starts_with("only 2 of 3 tasks")
    );
}

/// <https://docs.aws.amazon.com/batch/latest/userguide/memory-management.html>
#[test]
fn the_margin_of_memory_covers_what_aws_has_measured() {
    assert!(registerable_memory(8192) < 7985);
    assert_eq!(registerable_memory(4096), 3827);
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html>
#[test]
fn the_circuit_breaker_has_the_thresholds_of_the_documentation() {
    for (desired, threshold) in [(1, 3), (25, 13), (400, 200), (800, 200)] {
        assert_eq!(circuit_breaker_threshold(desired), threshold);
    }
}

#[test]
fn a_distinct_instance_is_free_as_soon_as_its_task_is_to_stop() {
    let mut it = Deployment::new(2, Needs::new(128, 128), fleet(2, "t3.medium"));
    it.distinct_instance = true;
    assert_eq!(
        deadlocks(&it).2,
        [
            "minimum healthy percent 50",
            "one more instance",
            "no `distinctInstance` constraint"
        ]
    );
    let it = percents(it, 50, 100);
    assert_eq!(finishes(&it), (1, 2));
    let Outcome::Finishes { schedule, .. } = it.simulate() else {
        panic!()
    };
    // The new one starts beside the one that stops.
    assert_eq!((schedule[0].at, schedule[1].at), (0, 0));
    assert!(matches!(schedule[1].action, Action::Start { .. }));
}

#[test]
fn managed_scaling_makes_room_when_the_group_may_grow() {
    let mut it = web();
    let instance = it.fleet.instances[0].clone();
    let scaling = |maximum| {
        Some(Scaling {
            instance: instance.clone(),
            maximum,
            boot: 180,
            target_capacity: 100,
        })
    };
    it.fleet.scaling = scaling(2);
    assert_eq!(
        deadlocks(&it).2,
        [
            "minimum healthy percent 50",
            "host port 0",
            "maximum size 3 of the Auto Scaling group"
        ]
    );
    it.fleet.scaling = scaling(3);
    assert_eq!(finishes(&it), (2, 3));
    it.fleet.scaling = scaling(4);
    assert_eq!(finishes(&it), (2, 4));
    // Half of the capacity stands by: nobody waits for an instance.
    it.fleet.scaling = Some(Scaling {
        target_capacity: 50,
        ..scaling(4).unwrap()
    });
    let Outcome::Finishes { seconds, .. } = it.simulate() else {
        panic!()
    };
    assert_eq!(seconds, 20 + 40 + 30);
}

#[test]
fn a_pool_of_addresses_is_all_that_fargate_needs() {
    let mut it = Deployment::new(3, Needs::new(256, 512).awsvpc(), vec![Instance::pool(6)]);
    assert_eq!(finishes(&it), (3, 6));
    it.fleet.instances = vec![Instance::pool(3)];
    let (_, why, repairs) = deadlocks(&it);
    assert!(
        why.ends_with("and a new one finds no room: no address left of 3"),
        "{why}"
    );
    assert_eq!(
        repairs,
        [
            "minimum healthy percent 66",
            "one more free address in the subnets"
        ]
    );
}

#[test]
fn a_placement_strategy_can_miss_the_only_way() {
    // Only the second instance has the CPU for new tasks, and the scheduler stops on the first.
    let instances = vec![Instance::new("a", 3, 7, 0), Instance::new("b", 12, 12, 0)];
    let mut it = percents(Deployment::new(2, Needs::new(1, 7), instances), 50, 200);
    it.after = Needs::new(6, 6);
    let Outcome::Deadlocks {
        another_choice,
        at_step,
        repairs,
        ..
    } = it.simulate()
    else {
        panic!()
    };
    assert_eq!((another_choice, at_step), (Some(true), 2));
    assert_eq!(
        repairs,
        [
            Repair::MinimumHealthyPercent(0),
            Repair::LessMemory(6, 1),
            Repair::LessCpu(3, 3)
        ]
    );
}

#[test]
fn lost_instances_are_made_up_for() {
    let mut it = Deployment::new(4, Needs::new(256, 512), fleet(3, "t3.medium"));
    it.loss = Some(Loss {
        at: 30,
        instances: 1,
        replaced_after: Some(180),
    });
    let (lowest, _) = finishes(&it);
    assert_eq!(lowest, 2);
    it.loss = Some(Loss {
        at: 30,
        instances: 3,
        replaced_after: None,
    });
    let Outcome::Deadlocks { .. } = it.simulate() else {
        panic!()
    };
}

#[test]
fn a_schedule_reads_like_a_timetable() {
    let it = percents(web(), 50, 100);
    insta::assert_snapshot!(timeline(&it, &it.simulate()), @"
    2 tasks, at least 1 healthy, at most 2 running
       seconds  healthy  running
        before        2        2  the old revision
             0        1        1  stop 1 old on instance 1
            30        1        2  1 old gone on instance 1; start 1 new on instance 1
            90        1        1  1 new healthy on instance 1; stop 1 old on instance 2
           120        1        2  1 old gone on instance 2; start 1 new on instance 2
           180        2        2  1 new healthy on instance 2
    finishes within 3 min; never fewer than 1 healthy, never more than 2 running
    ");
    insta::assert_snapshot!(timeline(&web(), &web().simulate()), @"
    2 tasks, at least 2 healthy, at most 4 running
    stuck after 0 steps: none of 2 healthy tasks may stop (the floor is 2), and a new one finds no room: on all 2 instances host port 80/tcp is taken
      any of: minimum healthy percent 50
              host port 0
              one more instance
    ");
    let mut canary = Deployment::new(2, Needs::new(256, 512).awsvpc(), vec![Instance::pool(50)]);
    canary.strategy = Strategy::Canary {
        canary_bake: 300,
        bake: 600,
    };
    insta::assert_snapshot!(timeline(&canary, &canary.simulate()), @"
    2 tasks, at least 2 healthy, at most 4 running
       seconds  healthy  running
        before        2        2  the old revision
             0        2        4  start 2 new
            60        4        4  2 new healthy; traffic moves
           960        2        2  stop 2 old
           990        2        2  2 old gone
    finishes within 16 min 30 s; never fewer than 2 healthy, never more than 4 running
    ");
}

#[test]
fn repairs_say_what_to_write() {
    assert_eq!(Repair::MoreInstances(2).to_string(), "2 more instances");
    assert_eq!(
        Repair::LessCpu(512, 512).to_string(),
        "512 CPU units fewer for a task (512 units)"
    );
}
