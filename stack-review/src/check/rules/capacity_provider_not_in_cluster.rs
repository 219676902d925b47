//! A service asks for capacity that its cluster does not have.

use stack_core::Severity;

use crate::check::containers::{ASSOCIATION, CLUSTER, PROVIDER, SERVICE, associations};
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "capacity-provider-not-in-cluster",
    severity: Severity::Error,
    page: include_str!("capacity_provider_not_in_cluster.md"),
    run,
};

const STRATEGY: &str = "DefaultCapacityProviderStrategy";

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    if stack.has_transform() {
        return;
    }
    for service in stack.of(SERVICE) {
        let strategy = service.get("CapacityProviderStrategy");
        let cluster = service.get("Cluster").target_of(CLUSTER);
        let Some(cluster) = cluster.filter(|_| !strategy.items().is_empty()) else {
            continue;
        };
        let mut lists = vec![cluster.get("CapacityProviders")];
        lists.extend(associations(stack, cluster).map(|it| it.get("CapacityProviders")));
        judge(&strategy, &lists, cluster.id(), report);
    }
    for holder in stack.of(CLUSTER).chain(stack.of(ASSOCIATION)) {
        let list = [holder.get("CapacityProviders")];
        judge(&holder.get(STRATEGY), &list, holder.id(), report);
    }
}

fn judge(strategy: &View<'_, '_>, lists: &[View<'_, '_>], holder: &str, report: &mut Report<'_>) {
    if lists.iter().any(|it| !it.has_known_items()) {
        return;
    }
    let there: Vec<View<'_, '_>> = lists.iter().flat_map(View::items).collect();
    for item in strategy.items() {
        let provider = item.get("CapacityProvider");
        let own = provider.target_of(PROVIDER);
        // Managed Instances name their cluster themselves.
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
            let message = format!("`{holder}` has no capacity provider `{name}`");
            let repair = format!("add it to `CapacityProviders` of `{holder}`");
            report.at(&provider, message, repair);
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
