//! How long templates take to be written and read: `cargo bench -p stack-core --bench template`.

#![allow(missing_docs, clippy::print_stdout)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use stack_core::{Expr, Object, Template};

/// A template of ten resources, about 8 kB, such as a branch environment has.
fn branch(number: usize) -> Template {
    let reference = |id: &str| Expr::function("Ref", Expr::from(id.to_owned()));
    let tags = || {
        let tag = |key: &'static str, value: String| {
            Expr::from(Object::from_iter([
                ("Key", Expr::from(key)),
                ("Value", Expr::from(value)),
            ]))
        };
        Expr::from([tag("Name", format!("branch-{number}"))])
    };
    let resource = |index: usize| {
        let properties = Object::from_iter([
            ("Cluster", reference("Cluster")),
            ("DesiredCount", Expr::Int(2)),
            ("LaunchType", Expr::from("FARGATE")),
            (
                "LoadBalancers",
                Expr::from([Expr::from(Object::from_iter([
                    ("ContainerName", Expr::from("api")),
                    ("ContainerPort", Expr::Int(8080)),
                    ("TargetGroupArn", reference(&format!("TargetGroup{index}"))),
                ]))]),
            ),
            (
                "NetworkConfiguration",
                Expr::from(Object::single(
                    "AwsvpcConfiguration",
                    Expr::from(Object::from_iter([
                        ("SecurityGroups", Expr::from([reference("Group")])),
                        (
                            "Subnets",
                            Expr::from([reference("SubnetA"), reference("SubnetB")]),
                        ),
                    ])),
                )),
            ),
            (
                "Role",
                Expr::function(
                    "Fn::Sub",
                    Expr::from("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/shop"),
                ),
            ),
            ("Tags", tags()),
            ("TaskDefinition", reference(&format!("Task{index}"))),
        ]);
        let body = Object::from_iter([
            ("Type", Expr::from("AWS::ECS::Service")),
            ("DependsOn", Expr::from([Expr::from("Listener")])),
            ("Properties", Expr::from(properties)),
        ]);
        (format!("Service{index}"), Expr::from(body))
    };
    Template::from_object(Object::from_iter([
        ("AWSTemplateFormatVersion", Expr::from("2010-09-09")),
        ("Description", Expr::from(format!("branch {number}"))),
        (
            "Resources",
            Expr::from((0..10).map(resource).collect::<Object>()),
        ),
    ]))
}

/// The best of some runs, and the bytes of one.
fn best(mut run: impl FnMut() -> usize) -> (Duration, usize) {
    let mut best = (Duration::MAX, 0);
    for _ in 0..20 {
        let start = Instant::now();
        let bytes = black_box(run());
        best = best.min((start.elapsed(), bytes));
    }
    best
}

fn main() {
    let templates: Vec<_> = (0..501).map(branch).collect();
    let json: Vec<_> = templates.iter().map(Template::to_json).collect();
    let yaml: Vec<_> = templates.iter().map(Template::to_yaml).collect();
    println!("501 templates of 10 resources, best of 20 runs, one thread");
    let show = |what: &str, (time, bytes): (Duration, usize)| {
        let (time, kilobytes) = (time.as_secs_f64() * 1e3, bytes as f64 / 1e3);
        println!(
            "{what:14} {time:7.2} ms  {kilobytes:6.0} kB  {:6.0} MB/s",
            kilobytes / time
        );
    };
    show(
        "write JSON",
        best(|| templates.iter().map(|it| it.to_json().len()).sum()),
    );
    let mut buffer = String::new();
    let mut one_buffer = |it: &Template| {
        buffer.clear();
        it.write_json(&mut buffer);
        buffer.len()
    };
    show(
        "  one buffer",
        best(|| templates.iter().map(&mut one_buffer).sum()),
    );
    // The same work without waiting for memory: the tree and the buffer stay in the cache.
    show(
        "  in cache",
        best(|| (0..501).map(|_| one_buffer(&templates[0])).sum()),
    );
    show(
        "write YAML",
        best(|| templates.iter().map(|it| it.to_yaml().len()).sum()),
    );
    let read = |texts: &[String]| {
        texts
            .iter()
            .filter(|it| Template::parse(it).is_ok())
            .map(String::len)
            .sum()
    };
    show("read JSON", best(|| read(&json)));
    show("read YAML", best(|| read(&yaml)));
}
