//! Settings of an EFS volume that exclude each other.

use stack_core::Severity;

use crate::check::containers::TASK;
use crate::check::{Report, Rule};
use crate::model::Stack;

pub(super) const RULE: Rule = Rule {
    code: "efs-volume",
    severity: Severity::Error,
    page: include_str!("efs_volume.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for task in stack.of(TASK) {
        for volume in task.get("Volumes").items() {
            let efs = volume.get("EFSVolumeConfiguration");
            if !efs.is_known() || efs.is_absent() {
                continue;
            }
            let authorization = efs.get("AuthorizationConfig");
            let encryption = efs.get("TransitEncryption");
            let plain = encryption.is_absent() || encryption.text() == Some("DISABLED");
            let by_iam = authorization.get("IAM").text() == Some("ENABLED");
            let by_point = authorization.get("AccessPointId").is_set();
            if plain && (by_iam || by_point) {
                let what = if by_iam {
                    "IAM authorization"
                } else {
                    "an access point"
                };
                let message = format!("{what} needs encryption on the way");
                report.at(&encryption, message, "ENABLED");
            }
            let root = efs.get("RootDirectory");
            if let Some(text) = root.text().filter(|it| by_point && *it != "/") {
                let message =
                    format!("an access point has its own root directory, and here is `{text}`");
                report.at(&root, message, "leave it out");
            }
            let port = efs.get("TransitEncryptionPort");
            if plain && port.is_set() {
                report.at(
                    &port,
                    "a port for encryption on the way, which is off",
                    "set `TransitEncryption` to ENABLED",
                );
            }
        }
    }
}
