//! What may be done with a stack.

use branch_naming::{Names, Naming, tags};

/// A stack as CloudFormation describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// Its ARN, which tells it from one that has its name later.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its status, such as `CREATE_COMPLETE`.
    pub status: String,
    /// Its tags.
    pub tags: Vec<(String, String)>,
    /// Whether it is protected against being deleted.
    pub protected: bool,
    /// When it was last created or updated, in seconds since 1970.
    pub changed: u64,
}

/// What becomes of the stack of a deleted branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is deleted.
    Delete,
    /// There is none.
    Absent,
    /// It is being deleted already.
    Going,
    /// An update is under way: to be asked again later.
    Busy,
    /// It does not carry the tags of this branch's environment: it stays.
    NotOurs,
    /// It is protected: it stays.
    Protected,
}

/// What becomes of the stack that has the branch's name.
pub fn decide(names: &Names<'_>, stack: Option<&Stack>) -> Decision {
    let Some(stack) = stack else {
        return Decision::Absent;
    };
    let pairs = stack.tags.iter().map(|(key, value)| (&**key, &**value));
    if stack.name != names.stack() || !tags::owns(names, pairs) {
        return Decision::NotOurs;
    }
    if stack.protected {
        return Decision::Protected;
    }
    match stack.status.as_str() {
        "DELETE_COMPLETE" => Decision::Absent,
        "DELETE_IN_PROGRESS" => Decision::Going,
        // A stack can be deleted while it is created, or before it ever was.
        "CREATE_IN_PROGRESS" | "REVIEW_IN_PROGRESS" => Decision::Delete,
        status if status.ends_with("_IN_PROGRESS") => Decision::Busy,
        _ => Decision::Delete,
    }
}

/// Whether a stack of this system has outlived its last deployment by the hours of its tag.
///
/// A stack without the tags of an environment, with hours that are no number from 1 to 8,760, that
/// is protected or at work, never has.
pub fn is_expired(naming: Naming<'_>, stack: &Stack, now: u64) -> bool {
    let one = |key: &str| {
        let mut found = stack.tags.iter().filter(|(it, _)| it == key);
        let value = found.next().map(|(_, value)| value.as_str());
        value.filter(|_| found.next().is_none())
    };
    let ours = one(tags::SYSTEM) == Some(naming.prefix())
        && one(tags::REF).is_some_and(|it| it.len() == 64)
        && stack
            .name
            .strip_prefix(naming.prefix())
            .is_some_and(|it| it.starts_with('-'));
    let hours = one(tags::HOURS)
        .and_then(|it| it.parse::<u64>().ok())
        .filter(|it| (1..=8_760).contains(it));
    let Some(hours) = hours else { return false };
    let idle = now.saturating_sub(stack.changed);
    let at_rest = !stack.status.ends_with("_IN_PROGRESS") && stack.status != "DELETE_COMPLETE";
    ours && !stack.protected && at_rest && idle >= hours * 3_600
}
