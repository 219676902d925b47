//! The place of an environment's rule: one that no rule of the listener has.

use std::collections::BTreeSet;

use crate::engine::Failure;
use crate::load_balancing::ListenerRule;

/// The largest place.
const MOST: u32 = 50_000;

/// The first free place from `start` on, round the end; none when all are taken.
pub(super) fn probe(start: u32, taken: &BTreeSet<u32>) -> Option<u32> {
    let start = start.clamp(1, MOST);
    (start..=MOST)
        .chain(1..start)
        .find(|it| !taken.contains(it))
}

/// The places that rules have.
pub(super) fn taken(rules: &[ListenerRule]) -> BTreeSet<u32> {
    rules.iter().filter_map(|it| it.priority).collect()
}

/// The rule that takes one of these hosts, where it is not at the place that is ours.
pub(super) fn same_host<'a>(
    rules: &'a [ListenerRule],
    hosts: &[String],
    ours: Option<u32>,
) -> Option<&'a ListenerRule> {
    let takes = |it: &&ListenerRule| it.hosts.iter().any(|host| hosts.contains(host));
    rules
        .iter()
        .filter(|it| it.priority.is_some() && it.priority != ours)
        .find(takes)
}

/// Whether a deployment failed because somebody took the place meanwhile.
///
/// Elastic Load Balancing's code is `PriorityInUse`, its words `Priority '7' is currently in use`.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html>
pub(super) fn was_taken(failures: &[Failure]) -> bool {
    failures.iter().any(|it| {
        it.kind == "AWS::ElasticLoadBalancingV2::ListenerRule"
            && (it.reason.contains("PriorityInUse")
                || (it.reason.contains("Priority '") && it.reason.contains("is currently in use")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_free_place_is_taken_round_the_end() {
        let all_but_7: BTreeSet<u32> = (1..=MOST).filter(|it| *it != 7).collect();
        for (start, taken, expected) in [
            (10, BTreeSet::new(), Some(10)),
            (10, BTreeSet::from([10, 11]), Some(12)),
            (50_000, BTreeSet::from([50_000, 1]), Some(2)),
            (0, BTreeSet::new(), Some(1)),
            (99_999, BTreeSet::new(), Some(50_000)),
            (30_000, all_but_7, Some(7)),
            (30_000, (1..=MOST).collect(), None),
        ] {
            assert_eq!(probe(start, &taken), expected, "{start}");
        }
    }

    #[test]
    fn only_a_rule_fails_for_its_place() {
        let failure = |kind: &str, reason: &str| Failure {
            logical_id: "WebRule".to_owned(),
            physical_id: String::new(),
            kind: kind.to_owned(),
            status: "CREATE_FAILED".to_owned(),
            reason: reason.to_owned(),
            time: crate::Time(0),
        };
        let rule = "AWS::ElasticLoadBalancingV2::ListenerRule";
        for (kind, reason, expected) in [
            (
                rule,
                "Resource handler returned message: \"Priority '30732' is currently in use (Service: ElasticLoadBalancingV2, Status Code: 400)\"",
                true,
            ),
            (rule, "PriorityInUse", true),
            (rule, "Priority '1' is not valid", false),
            (
                "AWS::ECS::Service",
                "Priority '30732' is currently in use",
                false,
            ),
        ] {
            assert_eq!(was_taken(&[failure(kind, reason)]), expected, "{reason}");
        }
    }
}
