//! A certificate whose domains are never proven.

use stack_core::Severity;

use crate::check::words::{either, quoted};
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "certificate-validation",
    severity: Severity::Error,
    page: include_str!("certificate_validation.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for certificate in stack.of("AWS::CertificateManager::Certificate") {
        // A private authority asks for no proof.
        if certificate.get("CertificateAuthorityArn").is_set() {
            continue;
        }
        let options = certificate.get("DomainValidationOptions");
        let method = certificate.get("ValidationMethod");
        let mut zones = false;
        for option in options.items() {
            let (name, zone) = (option.get("DomainName"), option.get("HostedZoneId"));
            zones |= zone.is_set() && zone.is_known();
            belongs(certificate, &name, report);
            inside(&name, &zone, report);
        }
        if zones && (method.is_absent() || method.text() == Some("EMAIL")) {
            let message = "the zone is written to by `DNS`, and letters are sent";
            report.at(&method, message, "DNS");
        }
    }
}

/// The name is one of the certificate.
fn belongs(certificate: Resource<'_, '_>, name: &View<'_, '_>, report: &mut Report<'_>) {
    let others = certificate.get("SubjectAlternativeNames");
    let mut all = others.items();
    all.push(certificate.get("DomainName"));
    let known: Option<Vec<&str>> = all.iter().map(View::text).collect();
    if let (Some(known), Some(text)) = (known, name.text())
        && others.has_known_items()
        && !known.iter().any(|it| plain(it) == plain(text))
    {
        let message = format!("{} is no name of the certificate", quoted(text));
        report.at(name, message, either(known));
    }
}

/// The name is in the zone that the proof is written to, and the zone is for all to see.
fn inside(name: &View<'_, '_>, zone: &View<'_, '_>, report: &mut Report<'_>) {
    let Some(there) = zone.target_of("AWS::Route53::HostedZone") else {
        return;
    };
    if !there.get("VPCs").items().is_empty() {
        let message = format!(
            "`{}` is private, and the proof is looked for in public",
            there.id()
        );
        report.at(zone, message, "a public zone of that name");
        return;
    }
    let own = there.get("Name");
    if let (Some(text), Some(own)) = (name.text(), own.text()) {
        let (text, own) = (plain(text), plain(own));
        if text != own && !text.ends_with(&format!(".{own}")) {
            let message = format!("{} is not in the zone `{own}`", quoted(&text));
            report.at(zone, message, "the zone of that name");
        }
    }
}

fn plain(name: &str) -> String {
    name.trim_start_matches("*.")
        .trim_end_matches('.')
        .to_ascii_lowercase()
}
