//! A listener that still speaks TLS 1.0 or 1.1.

use stack_core::Severity;

use crate::check::balancing;
use crate::check::words::quoted;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "ssl-policy",
    severity: Severity::Warning,
    page: include_str!("ssl_policy.md"),
    run,
};

// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html>
// <https://docs.aws.amazon.com/elasticloadbalancing/latest/network/describe-ssl-policies.html>

/// They speak TLS 1.0 or 1.1.
const OLD: [&str; 12] = [
    "ELBSecurityPolicy-2015-05",
    "ELBSecurityPolicy-2016-08",
    "ELBSecurityPolicy-FS-1-1-2019-08",
    "ELBSecurityPolicy-FS-2018-06",
    "ELBSecurityPolicy-TLS-1-0-2015-04",
    "ELBSecurityPolicy-TLS-1-1-2017-01",
    "ELBSecurityPolicy-TLS13-1-0-2021-06",
    "ELBSecurityPolicy-TLS13-1-0-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-0-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-1-2021-06",
    "ELBSecurityPolicy-TLS13-1-1-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-0-PQ-2025-09",
];

/// The month of the last ones that are known here; later ones may well exist.
const LAST: &str = "2025-09";

const NEW: [&str; 34] = [
    "ELBSecurityPolicy-FS-1-2-2019-08",
    "ELBSecurityPolicy-FS-1-2-Res-2019-08",
    "ELBSecurityPolicy-FS-1-2-Res-2020-10",
    "ELBSecurityPolicy-TLS-1-2-2017-01",
    "ELBSecurityPolicy-TLS-1-2-Ext-2018-06",
    "ELBSecurityPolicy-TLS13-1-2-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Ext0-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Ext0-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Ext0-RFC9151-FIPS-2023-07",
    "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Ext1-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Ext1-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Ext1-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Ext2-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Ext2-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Ext2-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-RFC9151-FIPS-2023-07",
    "ELBSecurityPolicy-TLS13-1-2-RFC9151-INTEROP1-FIPS-2023-07",
    "ELBSecurityPolicy-TLS13-1-2-RFC9151-INTEROP2-FIPS-2023-07",
    "ELBSecurityPolicy-TLS13-1-2-RFC9151-INTEROP3-FIPS-2023-07",
    "ELBSecurityPolicy-TLS13-1-2-RFC9151-INTEROP4-FIPS-2023-07",
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-RFC9151-FIPS-2023-07",
];

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    let repair = "use `ELBSecurityPolicy-TLS13-1-2-2021-06`";
    for listener in stack.of(balancing::LISTENER) {
        let policy = listener.get("SslPolicy");
        let secure = matches!(listener.get("Protocol").text(), Some("HTTPS" | "TLS"));
        if let Some(it) = policy.text() {
            // AWS may know more by now, of a later month.
            let mut all = OLD.iter().chain(&NEW);
            if !all.any(|known| *known == it)
                && !is_later(it)
                && let Some(near) = stack_core::closest(it, NEW)
            {
                report.at(
                    &policy,
                    format!("there is no policy {}", quoted(it)),
                    format!("did you mean `{near}`?"),
                );
            }
            if OLD.contains(&it) {
                report.at(
                    &policy,
                    format!("`{it}` still speaks TLS 1.0 or 1.1"),
                    repair,
                );
            }
        } else if policy.is_absent() && secure {
            let message = "without `SslPolicy` a listener made by CloudFormation still speaks TLS 1.0 and 1.1";
            report.judged(
                Severity::Note,
                policy.place(),
                message.to_owned(),
                repair.to_owned(),
            );
        }
    }
}

/// Whether a policy is of a later month than those that are known: they end in year and month.
fn is_later(name: &str) -> bool {
    let at = name.len().saturating_sub(LAST.len());
    name.get(at..).is_some_and(|it| {
        let digits = it.bytes().filter(u8::is_ascii_digit).count();
        it.as_bytes().get(4) == Some(&b'-') && digits == 6 && it > LAST
    })
}
