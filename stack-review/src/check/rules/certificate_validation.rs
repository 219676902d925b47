//! A certificate whose domains are never proven.

use stack_core::Severity;

use crate::check::words::{either, quoted, slip};
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "certificate-validation",
    severity: Severity::Error,
    page: include_str!("certificate_validation.md"),
    run,
};

/// The algorithms of keys; AWS makes this list longer.
/// <https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html>
const ALGORITHMS: [&str; 7] = [
    "EC_prime256v1",
    "EC_secp384r1",
    "EC_secp521r1",
    "RSA_1024",
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for certificate in stack.of("AWS::CertificateManager::Certificate") {
        first(&certificate.get("DomainName"), report);
        algorithm(&certificate.get("KeyAlgorithm"), report);
        // A private authority asks nobody.
        if certificate.get("CertificateAuthorityArn").is_absent() {
            proof(certificate, report);
        }
    }
}

/// The first name is the subject of the certificate, which X.509 keeps short.
/// <https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html>
fn first(name: &View<'_, '_>, report: &mut Report<'_>) {
    if let Some(text) = name.text().filter(|it| it.len() > 64) {
        let message = format!(
            "the first name has {} characters, and ACM takes 64",
            text.len()
        );
        let repair = "a shorter one, and this among the alternative names";
        report.at(name, message, repair);
    }
}

fn algorithm(algorithm: &View<'_, '_>, report: &mut Report<'_>) {
    if let Some(text) = algorithm.text()
        && !ALGORITHMS.contains(&text)
        && let Some(meant) = slip(text, ALGORITHMS)
    {
        let message = format!("ACM has no key algorithm {}", quoted(text));
        report.at(algorithm, message, format!("write `{meant}`"));
    }
}

fn proof(certificate: Resource<'_, '_>, report: &mut Report<'_>) {
    let options = certificate.get("DomainValidationOptions").items();
    let method = certificate.get("ValidationMethod");
    let (mut zones, mut strange) = (false, false);
    for option in &options {
        let (name, zone) = (option.get("DomainName"), option.get("HostedZoneId"));
        let written = zone.is_set() && zone.is_known();
        zones |= written;
        strange |= !belongs(certificate, &name, report);
        inside(&name, &zone, report);
        if written && option.get("ValidationDomain").is_set() {
            let message = "a name is proven in a zone or by letter, not both";
            let repair = "leave out one of `HostedZoneId`, `ValidationDomain`";
            report.at(&zone, message, repair);
        }
    }
    if zones && (method.is_absent() || method.text() == Some("EMAIL")) {
        let message = "the zone is written to by `DNS`, and letters are sent";
        report.at(&method, message, "DNS");
    }
    if zones && !strange && method.text() == Some("DNS") {
        left_over(certificate, &options, report);
    }
}

/// Where the records of some names are made, and those of others are not.
fn left_over(certificate: Resource<'_, '_>, options: &[View<'_, '_>], report: &mut Report<'_>) {
    let mut written = Vec::new();
    for option in options {
        let (name, zone) = (option.get("DomainName"), option.get("HostedZoneId"));
        match name.text() {
            Some(it) if zone.is_set() => written.push(plain(it)),
            Some(_) => (),
            None => return,
        }
    }
    let mut names = certificate.get("SubjectAlternativeNames").items();
    names.insert(0, certificate.get("DomainName"));
    for name in &names {
        let Some(text) = name.text().filter(|it| !written.contains(&plain(it))) else {
            continue;
        };
        let message = format!(
            "nobody writes the record that proves {}: the stack waits for a person",
            quoted(text)
        );
        let repair = "an item of `DomainValidationOptions` with its `HostedZoneId`";
        report.judged(Severity::Warning, name.place(), message, repair.to_owned());
    }
}

/// Whether the name is one of the certificate, as far as is known.
fn belongs(certificate: Resource<'_, '_>, name: &View<'_, '_>, report: &mut Report<'_>) -> bool {
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
        return false;
    }
    true
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
