//! What is read of templates: each case a few lines that differ from a service on two instances.

#![allow(clippy::unwrap_used, clippy::panic)]

use stack_core::Template;
use stack_review::rollout::{Outcome, Strategy, simulate, simulate_change};
use stack_review::{Estate, StackInput};

const BASE: &str = "
Parameters:
  Given: { Type: Number }
Resources:
  Cluster:
    Type: AWS::ECS::Cluster
    Properties: {}
  Launch:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        InstanceType: t3.medium
        UserData: { Fn::Base64: !Sub 'echo ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config' }
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: 2
      MaxSize: 2
      LaunchTemplate: { LaunchTemplateId: !Ref Launch, Version: 1 }
      VPCZoneIdentifier: [a, b]
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      NetworkMode: bridge
      ContainerDefinitions:
        - Name: web
          Memory: 500
          PortMappings: [{ ContainerPort: 80, HostPort: 0 }]
  Web:
    Type: AWS::ECS::Service
    Properties:
      Cluster: !Ref Cluster
      DesiredCount: 2
      TaskDefinition: !Ref Task
";

/// The base with pieces of its text replaced and more at the end.
fn template(changes: &[(&str, &str)], more: &str) -> Template {
    let mut text = BASE.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "`{from}` is not in the template");
        text = text.replace(from, to);
    }
    text.push_str(more);
    Template::parse(&text).unwrap_or_else(|it| panic!("{}", it[0]))
}

fn outcome(changes: &[(&str, &str)], more: &str) -> String {
    let template = template(changes, more);
    let estate = Estate::of(&template);
    let service = estate.world().stack(0).resource("Web").unwrap();
    match simulate(service).outcome {
        Outcome::Finishes {
            lowest_healthy,
            highest_running,
            seconds,
            ..
        } => {
            format!("finishes {lowest_healthy} {highest_running} in {seconds}")
        }
        Outcome::Deadlocks { repairs, why, .. } => {
            let repairs: Vec<String> = repairs.iter().map(ToString::to_string).collect();
            let blocked: Vec<String> = why.blocked.iter().map(|it| it.0.to_string()).collect();
            format!("deadlocks: {}: {}", blocked.join(", "), repairs.join("; "))
        }
        Outcome::Unknown { reason } => format!("unknown: {reason}"),
    }
}

const FIXED: (&str, &str) = ("HostPort: 0", "HostPort: 80");

#[test]
fn tasks_are_read_as_the_scheduler_counts_them() {
    assert_eq!(outcome(&[], ""), "finishes 2 4 in 90");
    assert_eq!(
        outcome(&[FIXED], ""),
        "deadlocks: host port 80/tcp is taken: minimum healthy percent 50; host port 0; one more instance"
    );
    // In host mode the port is the container's.
    assert_eq!(
        outcome(&[("bridge", "host"), (", HostPort: 0", "")], ""),
        "deadlocks: host port 80/tcp is taken: minimum healthy percent 50; network mode `bridge` with host port 0; one more instance"
    );
    // In awsvpc mode ports are each task's own, and network interfaces are not: two for tasks.
    assert_eq!(
        outcome(&[FIXED, ("bridge", "awsvpc")], ""),
        "finishes 2 4 in 90"
    );
    assert_eq!(
        outcome(
            &[("bridge", "awsvpc"), ("DesiredCount: 2", "DesiredCount: 4")],
            ""
        ),
        "deadlocks: no network interface left of 2 for tasks: minimum healthy percent 75; one more instance; instances with one network interface more"
    );
    // The reservation counts where there is one, and the task's memory before both.
    let memory = |text: &str| outcome(&[("Memory: 500", text)], "");
    assert_eq!(
        memory("Memory: 3000"),
        "deadlocks: 3000 MiB of memory wanted, 827 left: minimum healthy percent 50; one more instance; 1087 MiB less memory for a task (1913 MiB)"
    );
    assert_eq!(
        outcome(
            &[(
                "          Memory: 500",
                "          Memory: 3000\n          MemoryReservation: 100"
            )],
            ""
        ),
        "finishes 2 4 in 90"
    );
    assert_eq!(
        outcome(
            &[("NetworkMode: bridge", "Memory: 3 GB\n      Cpu: 0.5 vCPU")],
            ""
        ),
        "deadlocks: 3072 MiB of memory wanted, 755 left: minimum healthy percent 50; one more instance; 1159 MiB less memory for a task (1913 MiB)"
    );
    assert_eq!(
        outcome(&[("Memory: 500", "Cpu: 1500")], ""),
        "deadlocks: 1500 CPU units wanted, 548 left: minimum healthy percent 50; one more instance; 476 CPU units fewer for a task (1024 units)"
    );
    assert_eq!(
        outcome(&[("Memory: 500", "Memory: !Ref Given")], ""),
        "unknown: `Task.ContainerDefinitions[0].Memory` is only known at deployment"
    );
}

#[test]
fn what_the_margin_decides_is_only_known_at_deployment() {
    assert_eq!(
        outcome(&[("Memory: 500", "Memory: 2000")], ""),
        "unknown: whether there is room turns on what `t3.medium` registers: between 3827 and 4096 MiB"
    );
    let trunking = [
        ("t3.medium", "c5.large"),
        ("bridge", "awsvpc"),
        ("DesiredCount: 2", "DesiredCount: 4"),
    ];
    assert_eq!(
        outcome(&trunking, ""),
        "unknown: whether there is room turns on what `c5.large` registers: between 3827 and 4096 MiB, and on the account's setting `awsvpcTrunking`"
    );
}

#[test]
fn services_without_numbers_say_which() {
    let unknown = |change| outcome(&[change], "");
    assert_eq!(
        unknown(("DesiredCount: 2", "DesiredCount: !Ref Given")),
        "unknown: `Web.DesiredCount` is only known at deployment"
    );
    assert_eq!(
        unknown(("MinSize: 2", "MinSize: !Ref Given")),
        "unknown: `Group.MinSize` is only known at deployment"
    );
    assert_eq!(
        unknown(("t3.medium", "t9.huge")),
        "unknown: `t9.huge` is not in the table of instance types"
    );
    assert_eq!(
        unknown(("InstanceType: t3.medium", "InstanceRequirements: {}")),
        "unknown: which instance types `Group` runs is left to EC2"
    );
    assert_eq!(
        unknown(("!Ref Cluster\n", "shared\n")),
        "unknown: the cluster of `Web` is not in these stacks"
    );
    assert_eq!(
        unknown(("${Cluster}", "other")),
        "unknown: no instances of `Cluster` are in these stacks"
    );
    assert_eq!(
        unknown(("!Ref Task", "web:3")),
        "unknown: `Web.TaskDefinition` is a task definition outside these stacks"
    );
    let external = "      DeploymentController: { Type: EXTERNAL }\n";
    assert_eq!(
        outcome(&[], external),
        "unknown: `Web` leaves deployments to another controller"
    );
}

#[test]
fn nothing_moves_between_a_hundred_and_a_hundred_whatever_else_is_not_known() {
    let more =
        "      DeploymentConfiguration: { MinimumHealthyPercent: 100, MaximumPercent: 100 }\n";
    let expected = "deadlocks: : minimum healthy percent 50; maximum percent 150";
    assert_eq!(outcome(&[("!Ref Cluster\n", "shared\n")], more), expected);
    assert_eq!(
        outcome(&[("MinSize: 2", "MinSize: !Ref Given")], more),
        expected
    );
    let count = ("DesiredCount: 2", "DesiredCount: !Ref Given");
    assert_eq!(
        outcome(&[count], more),
        "deadlocks: : minimum healthy percent 0; maximum percent 200"
    );
}

#[test]
fn capacity_providers_grow_their_group() {
    let provider = "      CapacityProviderStrategy: [{ CapacityProvider: !Ref Provider }]
  Provider:
    Type: AWS::ECS::CapacityProvider
    Properties:
      AutoScalingGroupProvider:
        AutoScalingGroupArn: !Ref Group
        ManagedScaling: { Status: ENABLED, TargetCapacity: 100 }
";
    assert_eq!(
        outcome(&[FIXED], provider),
        "deadlocks: host port 80/tcp is taken: minimum healthy percent 50; host port 0; maximum size 3 of the Auto Scaling group"
    );
    // 180 s until the third takes a task, 60 until that is healthy; then the port of the one that
    // made way is free, and the second follows.
    let three = ("MaxSize: 2", "MaxSize: 3");
    assert_eq!(outcome(&[FIXED, three], provider), "finishes 2 3 in 360");
    let off = provider.replace("ENABLED", "DISABLED");
    assert!(outcome(&[FIXED, three], &off).starts_with("deadlocks"));
    let silent = provider.replace("Status: ENABLED, ", "");
    assert_eq!(
        outcome(&[FIXED, three], &silent),
        "unknown: `Group` has between 2 and 3 instances, as its scaling sees fit; it turns on the managed scaling of `Provider`"
    );
    // By the cluster's default.
    let default = provider.replace(
        "      CapacityProviderStrategy: [{ CapacityProvider: !Ref Provider }]\n",
        "",
    );
    let cluster = (
        "Properties: {}",
        "Properties: { DefaultCapacityProviderStrategy: [{ CapacityProvider: !Ref Provider }] }",
    );
    assert_eq!(
        outcome(&[FIXED, three, cluster], &default),
        "finishes 2 3 in 360"
    );
    let association = format!(
        "{default}  Association:
    Type: AWS::ECS::ClusterCapacityProviderAssociations
    Properties:
      Cluster: !Ref Cluster
      CapacityProviders: [!Ref Provider]
      DefaultCapacityProviderStrategy: [{{ CapacityProvider: !Ref Provider }}]
"
    );
    assert_eq!(
        outcome(&[FIXED, three], &association),
        "finishes 2 3 in 360"
    );
    // Who starts tasks without the provider does not make it scale, but others may.
    assert_eq!(
        outcome(
            &[
                FIXED,
                three,
                ("DesiredCount: 2", "DesiredCount: 2\n      LaunchType: EC2")
            ],
            &default
        ),
        "unknown: `Group` has between 2 and 3 instances, as its scaling sees fit"
    );
}

#[test]
fn neighbours_take_their_room() {
    let mine = ("Memory: 500", "Memory: 700");
    let neighbour = "  Other:
    Type: AWS::ECS::Service
    Properties: { Cluster: !Ref Cluster, DesiredCount: 2, TaskDefinition: !Ref OtherTask }
  OtherTask:
    Type: AWS::ECS::TaskDefinition
    Properties: { ContainerDefinitions: [{ Name: other, Memory: 3000 }] }
";
    assert_eq!(
        outcome(&[mine], neighbour),
        "deadlocks: 700 MiB of memory wanted, 127 left: minimum healthy percent 50; one more instance; 287 MiB less memory for a task (413 MiB)"
    );
    let elsewhere = neighbour.replace("!Ref Cluster", "another");
    assert_eq!(outcome(&[mine], &elsewhere), "finishes 2 4 in 90");
    let daemon = neighbour.replace("DesiredCount: 2", "SchedulingStrategy: DAEMON");
    assert!(
        outcome(&[mine], &daemon).starts_with("deadlocks: 700 MiB of memory wanted, 127 left: ")
    );
    let unknown = neighbour.replace("DesiredCount: 2", "DesiredCount: !Ref Given");
    assert_eq!(
        outcome(&[mine], &unknown),
        "unknown: `Other.DesiredCount` is only known at deployment"
    );
}

#[test]
fn fargate_has_room_as_long_as_there_are_addresses() {
    let fargate = |block: &str, desired: u32| {
        let more = format!(
            "      LaunchType: FARGATE
      NetworkConfiguration: {{ AwsvpcConfiguration: {{ Subnets: [!Ref Subnet] }} }}
  Subnet:
    Type: AWS::EC2::Subnet
    Properties: {{ CidrBlock: {block} }}
"
        );
        let desired = format!("DesiredCount: {desired}");
        outcome(
            &[("bridge", "awsvpc"), ("DesiredCount: 2", &desired)],
            &more,
        )
    };
    // A /28 has sixteen addresses, five of which AWS keeps.
    assert_eq!(fargate("10.0.0.0/28", 5), "finishes 5 10 in 90");
    assert_eq!(fargate("10.0.0.0/28", 10), "finishes 10 11 in 900");
    assert_eq!(
        fargate("10.0.0.0/28", 11),
        "deadlocks: no address left of 11: minimum healthy percent 90; one more free address in the subnets"
    );
    assert_eq!(fargate("!Ref Given", 11), "finishes 11 22 in 90");
}

#[test]
fn health_checks_and_draining_make_the_seconds() {
    let more = "      LoadBalancers: [{ ContainerName: web, ContainerPort: 80, TargetGroupArn: !Ref Targets }]
  Targets:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties:
      HealthCheckIntervalSeconds: 10
      HealthyThresholdCount: 2
      TargetGroupAttributes: [{ Key: deregistration_delay.timeout_seconds, Value: 15 }]
";
    // 20 to start, 2 × 10 to healthy, 15 to drain, 30 to stop.
    assert_eq!(outcome(&[], more), "finishes 2 4 in 85");
    // 300 to drain by default.
    let (plain, _) = more.split_once("      TargetGroupAttributes").unwrap();
    assert_eq!(outcome(&[], plain), "finishes 2 4 in 370");
    // Both have to be healthy: the container's check takes longer.
    let check = (
        "Memory: 500",
        "Memory: 500\n          StopTimeout: 5\n          HealthCheck: { StartPeriod: 60, Interval: 15 }",
    );
    assert_eq!(outcome(&[check], more), "finishes 2 4 in 115");
    let unessential = (
        "Memory: 500",
        "Memory: 500\n          Essential: false\n          HealthCheck: { StartPeriod: 60, Interval: 15 }",
    );
    assert_eq!(outcome(&[unessential], more), "finishes 2 4 in 85");
}

#[test]
fn strategies_and_constraints_are_those_of_the_service() {
    // The port is free when the old task has stopped.
    assert_eq!(
        outcome(&[FIXED], "      SchedulingStrategy: DAEMON\n"),
        "finishes 0 2 in 90"
    );
    assert_eq!(
        outcome(&[], "      SchedulingStrategy: DAEMON\n"),
        "finishes 0 2 in 60"
    );
    let green = "      DeploymentConfiguration: { Strategy: BLUE_GREEN, BakeTimeInMinutes: 10 }\n";
    assert_eq!(outcome(&[], green), "finishes 2 4 in 690");
    let linear = "      DeploymentConfiguration: { Strategy: LINEAR, BakeTimeInMinutes: 10, LinearConfiguration: { StepPercent: 50, StepBakeTimeInMinutes: 5 } }\n";
    assert_eq!(outcome(&[], linear), "finishes 2 4 in 990");
    assert_eq!(
        outcome(
            &[],
            "      PlacementConstraints: [{ Type: distinctInstance }]\n"
        ),
        "deadlocks: a task of the service is already there: minimum healthy percent 50; one more instance; no `distinctInstance` constraint"
    );
    let member = |expression: &str| {
        let more = format!(
            "      PlacementConstraints: [{{ Type: memberOf, Expression: '{expression}' }}]\n"
        );
        outcome(&[], &more)
    };
    assert_eq!(
        member("attribute:ecs.instance-type =~ t3.*"),
        "finishes 2 4 in 90"
    );
    assert!(
        member("attribute:ecs.instance-type == c5.large")
            .starts_with("deadlocks: a placement constraint rules it out")
    );
    assert_eq!(
        member("attribute:team == web"),
        "unknown: `Web.PlacementConstraints[0].Expression` turns on attributes of the instances that are only known at deployment"
    );
}

#[test]
fn a_cluster_of_another_stack_is_followed() {
    let (base, service) = BASE.split_once("  Task:\n").unwrap();
    let base = format!("{base}Outputs:\n  Cluster: {{ Value: !Ref Cluster }}\n");
    let service =
        format!("Parameters:\n  Cluster: {{ Type: String }}\nResources:\n  Task:\n{service}");
    let (base, service) = (
        Template::parse(&base).unwrap(),
        Template::parse(&service).unwrap(),
    );
    let mut consumer = StackInput::new("web", &service);
    consumer.wires.insert("Cluster", ("base", "Cluster"));
    let estate = Estate::new([StackInput::new("base", &base), consumer]);
    let web = estate.world().stack(1).resource("Web").unwrap();
    let simulation = simulate(web);
    assert!(
        matches!(simulation.outcome, Outcome::Finishes { .. }),
        "{:?}",
        simulation.outcome
    );
    let deployment = simulation.deployment.unwrap();
    assert_eq!(deployment.fleet.instances.len(), 2);
    assert_eq!(deployment.strategy, Strategy::Replica);
    assert_eq!(
        simulation.assumptions,
        ["`t3.medium` registers 3827 of its 4096 MiB (5 % and 64 MiB are kept)"]
    );
}

#[test]
fn the_first_deployment_of_a_repair_still_meets_the_old_tasks() {
    let (fixed, dynamic) = (template(&[FIXED], ""), template(&[], ""));
    let larger = template(&[("Memory: 500", "Memory: 3700")], "");
    let (fixed, dynamic, larger) = (
        Estate::of(&fixed),
        Estate::of(&dynamic),
        Estate::of(&larger),
    );
    let change = |before: &Estate<'_>, after: &Estate<'_>| {
        let (before, after) = (before.world().stack(0), after.world().stack(0));
        simulate_change(
            before.resource("Web").unwrap(),
            after.resource("Web").unwrap(),
        )
        .outcome
    };
    // A port that the agent chooses is free beside one that is fixed.
    assert!(matches!(change(&fixed, &dynamic), Outcome::Finishes { .. }));
    assert!(matches!(change(&dynamic, &fixed), Outcome::Finishes { .. }));
    assert!(matches!(change(&fixed, &fixed), Outcome::Deadlocks { .. }));
    // The larger task has to wait for an instance of its own.
    assert!(matches!(
        change(&dynamic, &larger),
        Outcome::Deadlocks { .. }
    ));
}

#[test]
fn the_text_ends_with_what_was_taken_for_granted() {
    let template = template(
        &[FIXED],
        "      DeploymentConfiguration: { MinimumHealthyPercent: 50 }\n",
    );
    let estate = Estate::of(&template);
    let service = estate.world().stack(0).resource("Web").unwrap();
    insta::assert_snapshot!(simulate(service), @"
    2 tasks, at least 1 healthy, at most 4 running
       seconds  healthy  running
        before        2        2  the old revision
             0        1        1  stop 1 old on instance 1
            30        1        2  1 old gone on instance 1; start 1 new on instance 1
            90        1        1  1 new healthy on instance 1; stop 1 old on instance 2
           120        1        2  1 old gone on instance 2; start 1 new on instance 2
           180        2        2  1 new healthy on instance 2
    finishes within 3 min; never fewer than 1 healthy, never more than 2 running
      taken for granted: `t3.medium` registers 3827 of its 4096 MiB (5 % and 64 MiB are kept)
      taken for granted: pulling and starting takes 20 s
    ");
}
