//! Order among resources and among stacks, and the cycles that have none.

use std::collections::{BTreeMap, BTreeSet};

use super::wiring::Wiring;
use crate::build::StackData;
use crate::problem::Problem;

/// Reports every group of resources that wait for each other.
pub(super) fn cycles(
    stack: &str,
    edges: Vec<(&'static str, Vec<&'static str>)>,
    data: &StackData,
    problems: &mut Vec<Problem>,
) {
    if has_order(&edges) {
        return;
    }
    let edges: BTreeMap<&str, Vec<&str>> = edges.into_iter().collect();
    for cycle in find_cycles(&edges) {
        let Some(first) = cycle.first() else { continue };
        let mut shown = cycle.join("` → `");
        shown.push_str(&format!("` → `{first}"));
        let problem = Problem::error(
            "circular-reference",
            format!("these resources wait for each other: `{shown}`"),
        );
        let origin = data.resources.get(first).map(|it| it.origin);
        let groups = cycle
            .iter()
            .filter(|it| {
                data.resources
                    .get(*it)
                    .is_some_and(|it| it.kind == "AWS::EC2::SecurityGroup")
            })
            .count();
        let help = if groups > 0 {
            "give security groups their rules from outside, with `ec2::SecurityGroupIngress` or `allow(from, to)`"
        } else {
            "take one of the references out, or pass the value by a fixed name"
        };
        problems.push(
            problem
                .from(origin)
                .at(format!("{stack}/{first}"))
                .help(help),
        );
    }
}

/// Whether nothing waits for itself: taking away what waits for nothing, again and again, takes all
/// away. `edges` is sorted, and leads nowhere else.
fn has_order(edges: &[(&str, Vec<&str>)]) -> bool {
    let index = |id: &str| edges.binary_search_by(|(it, _)| (*it).cmp(id)).ok();
    let mut waited_for = vec![0usize; edges.len()];
    for to in edges
        .iter()
        .flat_map(|(_, to)| to)
        .filter_map(|it| index(it))
    {
        waited_for[to] += 1;
    }
    let mut free: Vec<usize> = (0..edges.len()).filter(|it| waited_for[*it] == 0).collect();
    let mut taken = 0;
    while let Some(next) = free.pop() {
        taken += 1;
        for to in edges[next].1.iter().filter_map(|it| index(it)) {
            waited_for[to] -= 1;
            if waited_for[to] == 0 {
                free.push(to);
            }
        }
    }
    taken == edges.len()
}

/// An order in which the stacks can be deployed, by name where there is a choice.
pub(super) fn stack_order(
    wiring: &Wiring,
    stacks: &BTreeMap<&'static str, StackData>,
    problems: &mut Vec<Problem>,
) -> Vec<&'static str> {
    let mut waits: BTreeMap<&'static str, BTreeSet<&'static str>> =
        stacks.keys().map(|it| (*it, BTreeSet::new())).collect();
    let mut followers: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
    for (later, earlier) in &wiring.after {
        if waits.entry(later).or_default().insert(earlier) {
            followers.entry(earlier).or_default().push(later);
        }
    }
    let mut ready: BTreeSet<&'static str> = waits
        .iter()
        .filter(|(_, it)| it.is_empty())
        .map(|(name, _)| *name)
        .collect();
    let mut order = Vec::with_capacity(waits.len());
    while let Some(next) = ready.pop_first() {
        order.push(next);
        waits.remove(next);
        for follower in followers.get(next).into_iter().flatten() {
            if let Some(open) = waits.get_mut(follower) {
                open.remove(next);
                if open.is_empty() {
                    ready.insert(follower);
                }
            }
        }
    }
    let edges: BTreeMap<&str, Vec<&str>> = waits
        .iter()
        .map(|(from, to)| (*from, to.iter().copied().collect()))
        .collect();
    for cycle in find_cycles(&edges) {
        let Some(first) = cycle.first() else { continue };
        let mut shown = cycle.join("` → `");
        shown.push_str(&format!("` → `{first}"));
        let message = format!("these stacks wait for each other: `{shown}`");
        problems.push(
            Problem::error("circular-stacks", message)
                .from(stacks.get(first).and_then(|it| it.origin))
                .at(*first)
                .help("move what both need into a stack of its own, or put the two together"),
        );
    }
    order
}

/// One cycle for each strongly connected group, from its first member by name, each member
/// followed by what it waits for.
fn find_cycles<'a>(edges: &BTreeMap<&'a str, Vec<&'a str>>) -> Vec<Vec<&'a str>> {
    let mut cycles = Vec::new();
    for group in groups(edges) {
        let members: BTreeSet<&str> = group.iter().copied().collect();
        let Some(start) = members.first().copied() else {
            continue;
        };
        let next = |of: &'a str| edges.get(of).into_iter().flatten().copied();
        if members.len() == 1 {
            if next(start).any(|it| it == start) {
                cycles.push(vec![start]);
            }
            continue;
        }
        // The shortest way from the start back to itself, breadth first.
        let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
        let mut line = std::collections::VecDeque::from([start]);
        'search: while let Some(here) = line.pop_front() {
            for there in next(here).filter(|it| members.contains(it)) {
                if there == start {
                    let mut cycle = vec![here];
                    let mut at = here;
                    while let Some(before) = came_from.get(at) {
                        cycle.push(before);
                        at = before;
                    }
                    cycle.reverse();
                    cycles.push(cycle);
                    break 'search;
                }
                if !came_from.contains_key(there) {
                    came_from.insert(there, here);
                    line.push_back(there);
                }
            }
        }
    }
    cycles
}

/// Strongly connected groups (Tarjan), without recursion, so that long chains are no danger.
fn groups<'a>(edges: &BTreeMap<&'a str, Vec<&'a str>>) -> Vec<Vec<&'a str>> {
    struct Seen {
        index: usize,
        low: usize,
        on_stack: bool,
    }
    let mut seen: BTreeMap<&str, Seen> = BTreeMap::new();
    let mut stack: Vec<&str> = Vec::new();
    let mut groups = Vec::new();
    for root in edges.keys().copied() {
        if seen.contains_key(root) {
            continue;
        }
        let mut work: Vec<(&str, usize)> = vec![(root, 0)];
        while let Some((node, at)) = work.pop() {
            if at == 0 {
                let index = seen.len();
                seen.insert(
                    node,
                    Seen {
                        index,
                        low: index,
                        on_stack: true,
                    },
                );
                stack.push(node);
            }
            let next = edges.get(node).and_then(|it| it.get(at)).copied();
            if let Some(next) = next {
                work.push((node, at + 1));
                match seen.get(next).map(|it| (it.on_stack, it.index)) {
                    None => work.push((next, 0)),
                    Some((true, index)) => {
                        if let Some(it) = seen.get_mut(node) {
                            it.low = it.low.min(index);
                        }
                    }
                    Some((false, _)) => (),
                }
                continue;
            }
            let (low, index) = seen.get(node).map_or((0, 0), |it| (it.low, it.index));
            if let Some((parent, _)) = work.last()
                && let Some(it) = seen.get_mut(parent)
            {
                it.low = it.low.min(low);
            }
            if low == index {
                let mut group = Vec::new();
                while let Some(member) = stack.pop() {
                    if let Some(it) = seen.get_mut(member) {
                        it.on_stack = false;
                    }
                    group.push(member);
                    if member == node {
                        break;
                    }
                }
                groups.push(group);
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::find_cycles;

    #[test]
    fn each_group_that_waits_for_itself_is_shown_once() {
        for (edges, expected) in [
            (
                vec![("a", vec!["b"]), ("b", vec!["c"]), ("c", vec![])],
                vec![],
            ),
            (vec![("a", vec!["a"])], vec!["a"]),
            (vec![("a", vec!["b"]), ("b", vec!["a"])], vec!["a b"]),
            (
                vec![
                    ("a", vec!["b", "d"]),
                    ("b", vec!["c"]),
                    ("c", vec!["a"]),
                    ("d", vec!["e"]),
                    ("e", vec!["d"]),
                ],
                vec!["a b c", "d e"],
            ),
        ] {
            let edges: BTreeMap<&str, Vec<&str>> = edges.into_iter().collect();
            let mut found: Vec<String> = find_cycles(&edges)
                .into_iter()
                .map(|it| it.join(" "))
                .collect();
            found.sort();
            assert_eq!(found, expected);
        }
    }
}
