//! A service asks for capacity that its cluster does not have.

use stack_core::Severity;

use crate::check::containers::{CLUSTER, PROVIDER, SERVICE, associations};
use crate::model::{Resource, Stack, View};
use crate::check::{Report, Rule};

pub(super) const RULE: Rule = Rule {
    code: "capacity-provider-not-in-cluster",
    severity: Severity::Error,
    page: include_str!("capacity_provider_not_in_cluster.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for service in stack.of(SERVICE) {
        let strategy = service.get("CapacityProviderStrategy").items();
        let Some(cluster) = service.get("Cluster").target_of(CLUSTER).filter(|_| !strategy.is_empty()) else {
            continue;
        };
        let mut lists = vec![cluster.get("CapacityProviders")];
        lists.extend(associations(stack, cluster).map(|it| it.get("CapacityProviders")));
        if stack.has_transform() || lists.iter().any(|it| !it.has_known_items()) {
            continue;
        }
        let there: Vec<View<'_, '_>> = lists.iter().flat_map(View::items).collect();
        for item in &strategy {
            let provider = item.get("CapacityProvider");
            let own = provider.target_of(PROVIDER);
            if own.is_some_and(|it| it.get("ClusterName").is_set()) {
                continue;
            }
            let name = match (provider.text(), own) {
                (Some(text), _) => text.to_owned(),
                (None, Some(it)) => it.id().to_owned(),
                (None, None) => continue,
            };
            let same = |it: &View<'_, '_>| match (it.text(), own) {
                (Some(text), Some(own)) => has_name(own, text),
                (Some(text), None) => Some(text == name),
                (None, Some(_)) => it.same(&provider),
                (None, None) => has_name(it.target_of(PROVIDER)?, &name),
            };
            if there.iter().all(|it| same(it) == Some(false)) {
                let message = format!("`{}` has no capacity provider `{name}`", cluster.id());
                report.at(&provider, message, format!("add it to `CapacityProviders` of `{}`", cluster.id()));
            }
        }
    }
}

/// Whether a provider has this name; AWS finds one for a provider that says none, and never this.
fn has_name(provider: Resource<'_, '_>, name: &str) -> Option<bool> {
    let given = provider.get("Name");
    match given.text() {
        Some(it) => Some(it == name),
        None => given.is_absent().then_some(false),
    }
}
