//! A setting of a database that RDS refuses.

use stack_core::Severity;

use crate::check::words::{either, quoted, slip};
use crate::check::{Report, Rule};
use crate::model::{Resource, Stack, View};

pub(super) const RULE: Rule = Rule {
    code: "database-setting",
    severity: Severity::Error,
    page: include_str!("database_setting.md"),
    run,
};

fn run(stack: Stack<'_, '_>, report: &mut Report<'_>) {
    for database in stack.of("AWS::RDS::DBInstance") {
        storage(database, report);
        common(database, report);
        let class = database.get("DBInstanceClass");
        if let Some(it) = class.text().filter(|it| !it.starts_with("db.")) {
            let message = format!("{} is no class of databases", quoted(it));
            report.at(&class, message, format!("`db.{it}`"));
        }
    }
    for cluster in stack.of("AWS::RDS::DBCluster") {
        common(cluster, report);
    }
    for group in stack.of("AWS::RDS::DBParameterGroup") {
        let family = group.get("Family");
        if let Some(it) = family.text().filter(|it| it.starts_with("postgresql")) {
            let right = it.replacen("postgresql", "postgres", 1);
            report.at(
                &family,
                format!("there is no family {}", quoted(it)),
                format!("`{right}`"),
            );
        }
    }
}

/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html> and, of growing,
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html>
fn storage(database: Resource<'_, '_>, report: &mut Report<'_>) {
    let (size, most) = (
        database.get("AllocatedStorage"),
        database.get("MaxAllocatedStorage"),
    );
    let kind = database.get("StorageType");
    let engine = database.get("Engine");
    let own = engine
        .text()
        .is_some_and(|it| matches!(it, "postgres" | "mysql" | "mariadb"));
    if let (Some(gib), Some("gp3")) = (size.int(), kind.text())
        && own
        && gib < 20
    {
        report.at(
            &size,
            format!("{gib} GiB of {} storage", kind.text().unwrap_or_default()),
            "20 GiB at least",
        );
    }
    // As much as there is switches growing off; else RDS wants a tenth more.
    if let (Some(gib), Some(grown)) = (size.int(), most.int())
        && gib > 0
        && grown != gib
        && grown < gib.saturating_add((gib - 1) / 10 + 1)
    {
        let message = format!("storage of {gib} GiB cannot grow to {grown} GiB");
        report.at(
            &most,
            message,
            "a tenth more than `AllocatedStorage`, or leave it out",
        );
    }
}

fn common(database: Resource<'_, '_>, report: &mut Report<'_>) {
    let managed = database.get("ManageMasterUserPassword");
    let password = database.get("MasterUserPassword");
    if managed.bool() == Some(true) && password.is_set() {
        report.at(
            &password,
            "RDS keeps the password itself, and here is another one",
            "leave `MasterUserPassword` or `ManageMasterUserPassword` out",
        );
    }
    let interval = database.get("MonitoringInterval");
    if let Some(it) = interval.int() {
        if !matches!(it, 0 | 1 | 5 | 10 | 15 | 30 | 60) {
            report.at(
                &interval,
                format!("monitoring every {it} s"),
                "0 (off), 1, 5, 10, 15, 30 or 60",
            );
        } else if it > 0 {
            let role = database.get("MonitoringRoleArn");
            if role.is_absent() {
                report.at(&role, "enhanced monitoring needs a role to write with", "");
            }
        }
    }
    names(database, report);
    family(database, report);
    exports(database, report);
}

fn names(database: Resource<'_, '_>, report: &mut Report<'_>) {
    let engine = database.get("Engine");
    let postgres = engine.text().is_some_and(|it| it.contains("postgres"));
    let user = database.get("MasterUsername");
    if let Some(it) = user.text() {
        let reserved: &[&str] = if postgres {
            &[
                "admin",
                "public",
                "rdsadmin",
                "rdsrepladmin",
                "rds_superuser",
                "user",
            ]
        } else {
            &["rdsadmin"]
        };
        let lower = it.to_ascii_lowercase();
        if engine.text().is_some() && reserved.contains(&lower.as_str()) {
            let message = format!("{} is a name that RDS keeps for itself", quoted(it));
            report.at(&user, message, "");
        }
    }
    let place = match database.kind() {
        "AWS::RDS::DBInstance" => "DBName",
        _ => "DatabaseName",
    };
    let name = database.get(place);
    let plain = engine
        .text()
        .is_some_and(|it| postgres || it.contains("mysql") || it == "mariadb");
    if let Some(it) = name.text().filter(|_| plain) {
        let first = |it: char| it.is_ascii_alphabetic() || it == '_';
        let rest = |it: char| it.is_ascii_alphanumeric() || it == '_';
        if !it.is_empty() && (!it.starts_with(first) || !it.chars().all(rest)) {
            let message = format!("{} cannot be the name of a database", quoted(it));
            report.at(&name, message, "letters, digits and `_`, a letter first");
        }
    }
}

/// The parameter group is for another version.
fn family(database: Resource<'_, '_>, report: &mut Report<'_>) {
    let version = database.get("EngineVersion");
    let group = database.get("DBParameterGroupName");
    let (Some(number), Some(engine), Some(target)) = (
        version.text(),
        database.get("Engine").text().map(str::to_owned),
        group.target_of("AWS::RDS::DBParameterGroup"),
    ) else {
        return;
    };
    let family = target.get("Family");
    let Some(text) = family.text() else { return };
    let major = |it: &str| it.split('.').next().unwrap_or(it).to_owned();
    let right = match engine.as_str() {
        "postgres" => format!("postgres{}", major(number)),
        "aurora-postgresql" => format!("aurora-postgresql{}", major(number)),
        _ => return,
    };
    // Up to 9 the first two numbers are the version.
    if major(number).parse::<u32>().is_ok_and(|it| it >= 10) && text != right {
        let message = format!(
            "version {} takes a parameter group of the family `{right}`, and `{}` is for `{text}`",
            quoted(number),
            target.id()
        );
        report.at(
            &version,
            message,
            format!("`Family: {right}`, or another version"),
        );
    }
}

/// Logs of any engine.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>
const LOGS: [&str; 15] = [
    "agent",
    "alert",
    "audit",
    "diag.log",
    "error",
    "general",
    "iam-db-auth-error",
    "instance",
    "listener",
    "notify.log",
    "oemagent",
    "postgresql",
    "slowquery",
    "trace",
    "upgrade",
];

fn exports(database: Resource<'_, '_>, report: &mut Report<'_>) {
    let engine = database.get("Engine");
    let known: &[&str] = match engine.text() {
        Some("postgres") => &["iam-db-auth-error", "postgresql", "upgrade"],
        Some("mysql" | "mariadb") => &[
            "audit",
            "error",
            "general",
            "iam-db-auth-error",
            "slowquery",
        ],
        _ => return,
    };
    let list = database.get("EnableCloudwatchLogsExports");
    for item in list.items() {
        check_export(&item, engine.text().unwrap_or_default(), known, report);
    }
}

fn check_export(item: &View<'_, '_>, engine: &str, known: &[&str], report: &mut Report<'_>) {
    // There may be more by now: of other engines they are, or slips.
    let wrong = |it: &str| LOGS.contains(&it) || slip(it, known.iter().copied()).is_some();
    if let Some(it) = item.text().filter(|it| !known.contains(it) && wrong(it)) {
        let message = format!("{engine} has no log {}", quoted(it));
        report.at(item, message, either(known.iter().copied()));
    }
}
