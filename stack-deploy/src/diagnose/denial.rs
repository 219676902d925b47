//! [`Denial`]: who may not do what to which resource, and which policy says so.

use std::fmt;

/// Something that may not be done, as AWS says it.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Denial {
    /// The ARN of who; empty when AWS does not say.
    pub who: String,
    /// The action, such as `iam:PassRole`; empty when AWS does not say.
    pub action: String,
    /// The resource; empty when AWS does not say.
    pub resource: String,
    /// Which policy: `no identity-based policy allows the iam:PassRole action`, `with an explicit
    /// deny in a service control policy`; empty when AWS does not say.
    pub why: String,
}

impl Denial {
    /// Reads `User: WHO is not authorized to perform: ACTION on resource: RESOURCE because WHY`,
    /// anywhere in the text.
    pub fn read(text: &str) -> Option<Denial> {
        let (before, after) = text.split_once(" is not authorized to perform: ")?;
        let who = before.rsplit_once("User: ").map_or("", |it| it.1);
        let (action, rest) = word(after);
        let rest = rest.trim_start();
        let (resource, rest) = match rest.strip_prefix("on resource: ") {
            Some(rest) => resource(rest),
            None => ("", rest),
        };
        let why = rest.trim_start();
        let why = match why.strip_prefix("because ") {
            Some(why) => why,
            None if why.starts_with("with an explicit deny") => why,
            None => "",
        };
        let end = why.find(" (Service:").or_else(|| why.find("; "));
        let why = end.map_or(why, |it| &why[..it]);
        Some(Denial {
            who: who.trim().to_owned(),
            action: action.to_owned(),
            resource: resource.to_owned(),
            why: why.trim_end_matches(['.', '"', ' ']).to_owned(),
        })
    }

    /// The role or user, without the ARN around it: `Deployer` of
    /// `arn:aws:sts::111122223333:assumed-role/Deployer/session`.
    pub fn principal(&self) -> &str {
        let path = self.who.rsplit_once(":assumed-role/");
        match path {
            Some((_, rest)) => rest.split('/').next().unwrap_or(rest),
            None => self.who.rsplit('/').next().unwrap_or(&self.who),
        }
    }
}

/// What ends before a space, a comma or an end of sentence.
fn word(text: &str) -> (&str, &str) {
    let end = text.find([' ', ',', '"', '(']).unwrap_or(text.len());
    (text[..end].trim_end_matches('.'), &text[end..])
}

/// A resource can be two words (`role Deployer`); it ends where the reason begins.
fn resource(text: &str) -> (&str, &str) {
    let ends = [
        " because ",
        " with an explicit deny",
        " (Service:",
        "\"",
        "; ",
        ", ",
    ];
    let end = ends.iter().filter_map(|it| text.find(it)).min();
    let end = end.unwrap_or(text.len());
    (text[..end].trim_end_matches('.').trim(), &text[end..])
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.principal(), self.action.as_str()) {
            ("", "") => f.write_str("something is not allowed")?,
            ("", action) => write!(f, "`{action}` is not allowed")?,
            (who, action) => write!(f, "`{who}` may not `{action}`")?,
        }
        if !self.resource.is_empty() && self.resource != "*" {
            write!(f, " on `{}`", self.resource)?;
        }
        match self.why.as_str() {
            "" => Ok(()),
            why => write!(f, ": {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Denial;

    #[test]
    fn a_denial_names_who_what_and_why() {
        for (text, said) in [
            (
                "User: arn:aws:sts::111122223333:assumed-role/Deployer/ci is not authorized to perform: iam:PassRole on resource: arn:aws:iam::111122223333:role/Task because no identity-based policy allows the iam:PassRole action (Service: Ecs, Status Code: 400, Request ID: 1)",
                "`Deployer` may not `iam:PassRole` on `arn:aws:iam::111122223333:role/Task`: no identity-based policy allows the iam:PassRole action",
            ),
            (
                "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: iam:PutRolePolicy on resource: role Task with an explicit deny in an identity-based policy",
                "`ann` may not `iam:PutRolePolicy` on `role Task`: with an explicit deny in an identity-based policy",
            ),
            (
                "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: cloudformation:DescribeStacks",
                "`ann` may not `cloudformation:DescribeStacks`",
            ),
            (
                "is not authorized to perform: s3:GetObject on resource: *",
                "",
            ),
        ] {
            let found = Denial::read(text).map(|it| it.to_string());
            assert_eq!(found.unwrap_or_default(), said, "{text}");
        }
    }
}
