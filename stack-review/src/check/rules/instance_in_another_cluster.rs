//! Instances join a cluster that is not the one of their services.

use stack_core::Severity;

use crate::check::containers::{CLUSTER, PROVIDER, associations};
use crate::check::instances::{Joins, group_of, joins, start_of, starts, user_data};
use crate::check::{Report, Rule};
use crate::model::{Piece, Resource, Stack};

pub(super) const RULE: Rule = Rule {
    code: "instance-in-another-cluster",
    severity: Severity::Warning,
    page: include_str!("instance_in_another_cluster.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if starts(stack).next().is_none() {
        return;
    }
    let clusters: Vec<_> = stack
        .world()
        .stacks()
        .flat_map(|it| it.of(CLUSTER))
        .collect();
    let Some(first) = clusters.first() else {
        return;
    };
    let wanted = wanted(stack, &clusters);
    for start in starts(stack) {
        elsewhere(start, report);
        let its: Vec<_> = wanted
            .iter()
            .filter(|it| it.0.id() == start.id())
            .map(|it| it.1)
            .collect();
        let (message, right) = match joins(start) {
            Joins::Named(name) => {
                let mut names = clusters.iter().map(|it| it.get("ClusterName"));
                // What a cluster without a name is called is known at deployment, and never this.
                if names.any(|it| it.text() == Some(&name) || !it.is_known()) {
                    continue;
                }
                (
                    format!(
                        "instances of `{}` join `{name}`, and no cluster here has that name",
                        start.id()
                    ),
                    its.first().unwrap_or(first),
                )
            }
            Joins::Cluster(other) if its.iter().any(|it| it.handle() != other.handle()) => {
                let home = its.iter().find(|it| it.handle() != other.handle());
                (
                    format!(
                        "instances of `{}` join `{}`, and their capacity is that of `{}`",
                        start.id(),
                        other.id(),
                        home.unwrap_or(&its[0]).id()
                    ),
                    home.unwrap_or(&its[0]),
                )
            }
            Joins::Nothing
                if its
                    .iter()
                    .any(|it| it.get("ClusterName").text() != Some("default")) =>
            {
                (
                    format!(
                        "instances of `{}` are not told their cluster, so they join \
                    `default`",
                        start.id()
                    ),
                    &its[0],
                )
            }
            _ => continue,
        };
        let repair = format!(
            "write `ECS_CLUSTER=${{{}}}` to /etc/ecs/ecs.config, with `!Sub`",
            right.id()
        );
        report.at(&user_data(start), message, repair);
    }
}

/// What instances start from, with the cluster that their capacity provider belongs to.
fn wanted<'e, 'a>(
    stack: Stack<'e, 'a>,
    clusters: &[Resource<'e, 'a>],
) -> Vec<(Resource<'e, 'a>, Resource<'e, 'a>)> {
    let mut found = Vec::new();
    for provider in stack.of(PROVIDER) {
        let Some(start) = group_of(provider).and_then(start_of) else {
            continue;
        };
        for cluster in clusters {
            let mut lists = vec![cluster.get("CapacityProviders")];
            lists.extend(associations(stack, *cluster).map(|it| it.get("CapacityProviders")));
            let holds = lists.iter().flat_map(|it| it.items()).any(|it| {
                it.target()
                    .is_some_and(|it| it.handle() == provider.handle())
            });
            if holds {
                found.push((start, *cluster));
            }
        }
    }
    found
}

/// Where the agent looks for its settings.
const FOLDER: &str = "/etc/ecs";

/// The cluster is written to a file that the agent does not read.
fn elsewhere(start: Resource<'_, '_>, report: &mut Report<'_>) {
    let script = user_data(start);
    let pieces = script.pieces();
    let has = |words: &str| {
        let mut all = pieces.iter();
        all.any(|it| matches!(it, Piece::Text(it) if it.contains(words)))
    };
    // The folder may stand elsewhere: `cd /etc/ecs`, `mv ecs.config /etc/ecs`, `$FOLDER/ecs.config`.
    let mut texts = pieces.iter().filter_map(|it| match it {
        Piece::Text(it) => Some(it),
        Piece::Value(_) => None,
    });
    let names_folder = texts.any(|it| {
        let mut all = it.match_indices(FOLDER);
        all.any(|at| !it[at.0 + FOLDER.len()..].starts_with('.'))
    });
    if has("ECS_CLUSTER=") && has("ecs.config") && !has("ecs/ecs.config") && !names_folder {
        let message = "the cluster is written to a file that the agent does not read";
        report.at(&script, message, "/etc/ecs/ecs.config");
    }
}
