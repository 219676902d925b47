//! A certificate of another region than the one that uses it.

use stack_core::Severity;

use crate::check::balancing;
use crate::check::{Report, Rule};
use crate::model::Stack;
use crate::model::View;

pub(super) const RULE: Rule = Rule {
    code: "certificate-region",
    severity: Severity::Error,
    page: include_str!("certificate_region.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let region_of = |it: &View<'_, '_>| {
        let prefix = it.prefix();
        let mut parts = prefix.strip_prefix("arn:")?.split(':');
        let (_, service, region) = (parts.next()?, parts.next()?, parts.next()?);
        // The part after it shows that the region is all there.
        parts.next()?;
        (service == "acm" && !region.is_empty()).then(|| region.to_owned())
    };
    for distribution in stack.of("AWS::CloudFront::Distribution") {
        let viewer = distribution.get("DistributionConfig.ViewerCertificate.AcmCertificateArn");
        let here = viewer.target_of("AWS::CertificateManager::Certificate");
        let region = match here {
            Some(it) => it.stack().region().map(str::to_owned),
            None => region_of(&viewer),
        };
        if let Some(region) = region.filter(|it| it != "us-east-1") {
            report.at(
                &viewer,
                format!(
                    "the certificate is in {region}, and CloudFront takes those of us-east-1 only"
                ),
                "make the certificate in us-east-1",
            );
        }
    }
    for listener in stack.of(balancing::LISTENER) {
        for certificate in listener.get("Certificates").items() {
            let arn = certificate.get("CertificateArn");
            let (Some(region), Some(here)) = (region_of(&arn), stack.region()) else {
                continue;
            };
            if region != here {
                report.at(
                    &arn,
                    format!("the certificate is in {region}, the listener in {here}"),
                    format!("use a certificate of {here}"),
                );
            }
        }
    }
}
