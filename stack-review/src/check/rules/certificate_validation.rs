//! A certificate that waits for a record nobody makes.

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
        let domain = certificate.get("DomainName");
        if let Some(name) = domain.text().filter(|it| it.len() > 64) {
            let message = format!(
                "the first name has {} characters, and ACM takes 64",
                name.len()
            );
            report.at(
                &domain,
                message,
                "a shorter one, and this among the alternative names",
            );
        }
        let algorithm = certificate.get("KeyAlgorithm");
        if let Some(text) = algorithm.text()
            && !ALGORITHMS.contains(&text)
            && let Some(meant) = slip(text, ALGORITHMS)
        {
            let message = format!("ACM has no key algorithm {}", quoted(text));
            report.at(&algorithm, message, format!("write `{meant}`"));
        }
        // A private authority asks nobody.
        if certificate.get("CertificateAuthorityArn").is_absent() {
            validation(certificate, report);
        }
    }
}

fn validation(certificate: Resource<'_, '_>, report: &mut Report<'_>) {
    let method = certificate.get("ValidationMethod");
    let by_mail = method.is_absent() || method.text() == Some("EMAIL");
    let others = certificate.get("SubjectAlternativeNames");
    let mut names = vec![certificate.get("DomainName")];
    names.extend(others.items());
    let given = certificate.get("DomainValidationOptions");
    let known = given.has_known_items() && others.has_known_items() || others.is_absent();
    let options = given.items();
    for option in &options {
        let (name, zone) = (option.get("DomainName"), option.get("HostedZoneId"));
        if zone.is_set() && option.get("ValidationDomain").is_set() {
            let message = "a name is validated in a zone or by mail, not both";
            report.at(
                &zone,
                message,
                "leave out one of `HostedZoneId`, `ValidationDomain`",
            );
        }
        if by_mail && zone.is_set() {
            let message = "a zone is for validation by DNS, and this is one by mail";
            report.at(&zone, message, "`ValidationMethod: DNS`");
        }
        let among = names.iter().any(|it| match (it.text(), name.text()) {
            (Some(one), Some(two)) => plain(one).eq_ignore_ascii_case(plain(two)),
            _ => it.same(&name) != Some(false),
        });
        if name.is_set() && known && !among {
            let message = match name.text() {
                Some(it) => format!("{} is no name of the certificate", quoted(it)),
                None => "this is no name of the certificate".to_owned(),
            };
            let texts = names.iter().filter_map(|it| it.text());
            report.at(&name, message, either(texts));
        }
        within(&name, &zone, report);
    }
    // Where the records of some names are made for it, and of others not.
    let with_zone = options.iter().any(|it| it.get("HostedZoneId").is_set());
    if !with_zone || !known || method.text() != Some("DNS") || !options.iter().all(is_told) {
        return;
    }
    for name in &names {
        let Some(text) = name.text() else { continue };
        let covered = options.iter().any(|it| {
            let other = it.get("DomainName");
            other.text().is_none_or(|it| plain(it) == plain(text))
                && it.get("HostedZoneId").is_set()
        });
        if !covered {
            let message = format!(
                "nobody makes the record that validates {}: the stack waits for a person",
                quoted(text)
            );
            report.judged(
                Severity::Warning,
                name.place(),
                message,
                "an item of `DomainValidationOptions` with its `HostedZoneId`".to_owned(),
            );
        }
    }
}

/// Whether it is known for which name an option is.
fn is_told(option: &View<'_, '_>) -> bool {
    option.is_known() && option.get("DomainName").text().is_some()
}

/// `*.example.com` and `example.com` have one record.
fn plain(name: &str) -> &str {
    name.strip_prefix("*.").unwrap_or(name)
}

/// The record is made in a zone, which must be one of the internet that the name is in.
fn within(name: &View<'_, '_>, zone: &View<'_, '_>, report: &mut Report<'_>) {
    let Some(target) = zone.target_of("AWS::Route53::HostedZone") else {
        return;
    };
    let networks = target.get("VPCs");
    if networks.is_set() && networks.is_known() && !networks.items().is_empty() {
        let message = format!(
            "`{}` is private, and ACM looks on the internet",
            target.id()
        );
        report.at(zone, message, "a public zone of the same name");
        return;
    }
    let domain = target.get("Name");
    if let (Some(name), Some(domain)) = (name.text(), domain.text()) {
        let domain = domain.trim_end_matches('.').to_ascii_lowercase();
        let lower = plain(name).to_ascii_lowercase();
        let inside = lower.strip_suffix(domain.as_str());
        if !inside.is_some_and(|it| it.is_empty() || it.ends_with('.')) {
            let message = format!("{} is not in the zone {}", quoted(name), quoted(&domain));
            report.at(zone, message, "the zone that the name is in");
        }
    }
}
