//! A distribution of CloudFront whose parts do not fit together.

use stack_core::Severity;

use crate::check::words::{either, quoted};
use crate::check::{Report, Rule};
use crate::model::{Stack, Value, View};

pub(super) const RULE: Rule = Rule {
    code: "distribution",
    severity: Severity::Error,
    page: include_str!("distribution.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for distribution in stack.of("AWS::CloudFront::Distribution") {
        let config = distribution.get("DistributionConfig");
        if !config.is_known() {
            continue;
        }
        origins(&config, report);
        let (aliases, certificate) = (config.get("Aliases"), config.get("ViewerCertificate"));
        let own = certificate.get("CloudFrontDefaultCertificate");
        let none = certificate.is_absent() || own.bool() == Some(true);
        let named = aliases.items();
        let is_name = |it: &&View<'_, '_>| match it.value() {
            Value::Text(it) => !it.is_empty(),
            Value::List(_) | Value::Items(_) | Value::Object(_) => false,
            _ => it.is_set(),
        };
        let first = named.iter().find(is_name);
        // A tenant, or a staging distribution, has the certificate of another.
        let alone = config.get("ConnectionMode").is_absent() && config.get("Staging").is_absent();
        if let Some(alias) = first.filter(|_| none && alone && aliases.is_known()) {
            report.at(
                alias,
                "a name of its own needs a certificate for it",
                "`ViewerCertificate` with `AcmCertificateArn` and `SslSupportMethod: sni-only`",
            );
        }
    }
}

/// Behaviours send to origins, or to groups of them, by their id.
fn origins(config: &View<'_, '_>, report: &mut Report<'_>) {
    let (origins, groups) = (config.get("Origins"), config.get("OriginGroups"));
    let groups = groups.get("Items");
    if !origins.has_known_items() || !(groups.has_known_items() || groups.is_absent()) {
        return;
    }
    let mut all = origins.items();
    all.extend(groups.items());
    let ids: Vec<View<'_, '_>> = all.iter().map(|it| it.get("Id")).collect();
    let mut behaviours = config.get("CacheBehaviors").items();
    behaviours.push(config.get("DefaultCacheBehavior"));
    for behaviour in behaviours {
        let target = behaviour.get("TargetOriginId");
        let Some(text) = target.text() else { continue };
        if ids.iter().all(|it| it.text().is_some_and(|it| it != text)) {
            let message = format!("no origin has the id {}", quoted(text));
            report.at(
                &target,
                message,
                either(ids.iter().filter_map(|it| it.text())),
            );
        }
    }
}
