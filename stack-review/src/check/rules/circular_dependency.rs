//! Resources that wait for each other.

use stack_core::Severity;

use crate::check::{Report, Rule};
use crate::model::Stack;
use std::collections::BTreeMap;

pub(super) const RULE: Rule = Rule {
    code: "circular-dependency",
    severity: Severity::Error,
    page: include_str!("circular_dependency.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if !stack.calls().may_go_round {
        return;
    }
    let graph = edges(stack);
    let mut state: BTreeMap<&str, bool> = BTreeMap::new();
    for start in graph.keys().copied() {
        if state.contains_key(start) {
            continue;
        }
        // Depth first; what is open is on the way.
        let mut way: Vec<(&str, usize)> = vec![(start, 0)];
        state.insert(start, true);
        while let Some((id, next)) = way.last_mut() {
            let targets = graph.get(id).map(Vec::as_slice).unwrap_or_default();
            let Some((target, call)) = targets.get(*next).copied() else {
                state.insert(id, false);
                way.pop();
                continue;
            };
            *next += 1;
            let from = *id;
            match state.get(target) {
                None => {
                    state.insert(target, true);
                    way.push((target, 0));
                }
                Some(false) => (),
                Some(true) => {
                    let begin = way.iter().position(|it| it.0 == target).unwrap_or(0);
                    let round = way[begin..].iter().map(|it| it.0);
                    tell(
                        stack,
                        report,
                        from,
                        target,
                        call,
                        &round.collect::<Vec<_>>(),
                    );
                }
            }
        }
    }
}

fn tell(
    stack: Stack<'_, '_>,
    report: &mut Report<'_>,
    from: &str,
    target: &str,
    call: Option<usize>,
    round: &[&str],
) {
    let message = match round {
        [_] => format!("`{from}` refers to itself"),
        _ => {
            let rest = round.iter().skip(1).chain([&target]);
            let mut rest: Vec<String> = rest.map(|it| format!("`{it}`")).collect();
            if rest.len() > 6 {
                let between = rest.len() - 4;
                rest.splice(3..rest.len() - 1, [format!("{between} others")]);
            }
            format!("`{target}` needs {}", rest.join(", which needs "))
        }
    };
    let group = |id: &str| {
        stack
            .template()
            .resource(id)
            .is_some_and(|it| it.kind() == "AWS::EC2::SecurityGroup")
    };
    let repair = if round.iter().all(|it| group(it)) {
        "give one of the rules a resource of its own: `AWS::EC2::SecurityGroupIngress`"
    } else {
        "take out one of these references"
    };
    match call.and_then(|it| stack.calls().all.get(it)) {
        Some(call) => report.call(stack, call, message, repair),
        None => report.here(format!("{from}/DependsOn"), message, repair),
    }
}

type Edges<'a> = BTreeMap<&'a str, Vec<(&'a str, Option<usize>)>>;

/// What each resource refers to in this world.
fn edges<'a>(stack: Stack<'_, 'a>) -> Edges<'a> {
    let template = stack.template();
    let mut graph = Edges::new();
    let calls = stack.calls();
    for mention in &calls.mentions {
        let Some(call) = calls.all.get(mention.call) else {
            continue;
        };
        // SAM takes resources apart, and with them what they refer to.
        let sam = |id: &str| {
            let kind = template.resource(id).map_or("", |it| it.kind());
            kind.starts_with("AWS::Serverless::")
        };
        if call.owner.section != "Resources" || call.owner.part == "Condition" || sam(call.owner.id)
        {
            continue;
        }
        if let Some(target) = template.resource(mention.id)
            && stack.counts(call)
        {
            let targets = graph.entry(call.owner.id).or_default();
            if targets.last().is_none_or(|it| it.0 != target.id()) {
                targets.push((target.id(), Some(mention.call)));
            }
        }
    }
    for resource in stack.resources() {
        for name in resource.depends_on() {
            if let Some(target) = template.resource(name) {
                graph
                    .entry(resource.id())
                    .or_default()
                    .push((target.id(), None));
            }
        }
    }
    graph
}
