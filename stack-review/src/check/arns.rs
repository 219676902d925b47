//! Which resource an ARN names, as far as that is known before deployment.

use std::cell::OnceCell;

use crate::model::{Handle, Piece, Resource, Stack, Value, View};

const SECRET: &str = "AWS::SecretsManager::Secret";
const PARAMETER: &str = "AWS::SSM::Parameter";
const LOG_GROUP: &str = "AWS::Logs::LogGroup";
const REPOSITORY: &str = "AWS::ECR::Repository";

/// What a role must be allowed something of.
#[derive(Clone, Debug)]
pub(super) struct Wanted<'e, 'a> {
    /// The resource, when it is among the stacks.
    pub(super) resource: Option<Resource<'e, 'a>>,
    /// Its ARN; `*` stands for what is not known.
    pub(super) arn: String,
}

/// What a policy names as its `Resource`.
#[derive(Debug)]
pub(super) struct Named<'e, 'a> {
    view: View<'e, 'a>,
    spelled: OnceCell<String>,
}

impl<'e, 'a> Named<'e, 'a> {
    pub(super) fn new(view: View<'e, 'a>) -> Named<'e, 'a> {
        Named {
            view,
            spelled: OnceCell::new(),
        }
    }
}

impl<'e, 'a> Wanted<'e, 'a> {
    /// The secret or parameter whose value a container is given.
    pub(super) fn value(view: &View<'e, 'a>) -> Option<Wanted<'e, 'a>> {
        let pieces = view.pieces();
        let one = |kind| one_of(view, &pieces, kind);
        if let Some(of) = one(SECRET).or_else(|| one(PARAMETER)) {
            return Some(Wanted::resource(of));
        }
        let text = spelled_of(view, pieces);
        if !text.starts_with("arn:") && !text.starts_with('*') {
            let arn = format!("arn:*:ssm:*:*:parameter/{}", text.trim_start_matches('/'));
            return Some(Wanted::known(arn));
        }
        // A key in the secret or a version of it may follow the name.
        let end = text.match_indices(':').nth(6).map_or(text.len(), |it| it.0);
        let arn = &text[..end];
        // Perhaps without the six letters that AWS adds: `shop-secret` may be either.
        Some(Wanted::known(match arn.contains(":secret:") {
            true => format!("{arn}*"),
            false => arn.to_owned(),
        }))
    }

    /// The log group with this name.
    pub(super) fn log_group(name: &View<'e, 'a>) -> Option<Wanted<'e, 'a>> {
        if !name.is_set() {
            return None;
        }
        let pieces = name.pieces();
        if let Some(it) = one_of(name, &pieces, LOG_GROUP) {
            return Some(Wanted::resource(it));
        }
        let text = spelled_of(name, pieces);
        Some(Wanted::known(format!("arn:*:logs:*:*:log-group:{text}:*")))
    }

    /// The repository that an image is in.
    pub(super) fn repository(image: &View<'e, 'a>) -> Option<Wanted<'e, 'a>> {
        let pieces = image.pieces();
        if let Some(it) = one_of(image, &pieces, REPOSITORY) {
            return Some(Wanted::resource(it));
        }
        let text = spelled_of(image, pieces);
        let (host, path) = text.split_once('/')?;
        let (account, rest) = host.split_once(".dkr.ecr.")?;
        let region = rest.split('.').next()?;
        let name = path.split(['@', ':']).next()?;
        let arn = format!("arn:*:ecr:{region}:{account}:repository/{name}");
        Some(Wanted::known(arn))
    }

    fn resource(resource: Resource<'e, 'a>) -> Wanted<'e, 'a> {
        Wanted {
            resource: Some(resource),
            arn: arn_of(resource),
        }
    }

    fn known(arn: String) -> Wanted<'e, 'a> {
        Wanted {
            resource: None,
            arn,
        }
    }

    /// Whether all of the name is known.
    fn is_written_out(&self) -> bool {
        let name = self.arn.splitn(6, ':').nth(5).unwrap_or("*");
        !name.trim_end_matches(":*").contains('*')
    }

    /// Whether a policy's `Resource` may be this; `false` only when it certainly is not.
    pub(super) fn may_be(&self, named: &Named<'_, '_>) -> bool {
        let item = &named.view;
        if item.text() == Some("*") {
            return true;
        }
        if let (Some(own), Some(theirs)) = (self.resource, item.target())
            && own.kind() == theirs.kind()
        {
            return own.handle() == theirs.handle();
        }
        // What CloudFormation names itself is called otherwise than what is written out.
        if self.resource.is_none()
            && self.is_written_out()
            && item.target().is_some_and(|it| {
                matches!(it.kind(), LOG_GROUP | REPOSITORY) && it.get(name_in(it)).is_absent()
            })
        {
            return false;
        }
        arns_meet(&self.arn, named.spelled.get_or_init(|| spelled(item)))
    }
}

/// Whether some ARN is of both patterns. What is not known in one field reaches no further.
fn arns_meet(a: &str, b: &str) -> bool {
    match (fields(a), fields(b)) {
        (Some(a), Some(b)) => a.into_iter().zip(b).all(|(a, b)| meet(a, b)),
        _ => meet(a.as_bytes(), b.as_bytes()),
    }
}

/// The six fields of an ARN.
fn fields(arn: &str) -> Option<[&[u8]; 6]> {
    let mut fields = [&[][..]; 6];
    let mut found = arn.as_bytes().splitn(fields.len(), |it| *it == b':');
    for field in &mut fields {
        *field = found.next()?;
    }
    Some(fields)
}

/// The one resource of a type that a text is made of.
fn one_of<'e, 'a>(
    view: &View<'e, 'a>,
    pieces: &[Piece<'a>],
    kind: &str,
) -> Option<Resource<'e, 'a>> {
    let stack = view.resource().stack();
    let found = |value: &Value<'a>| there(stack, value.handle()?).filter(|it| it.kind() == kind);
    pieces.iter().find_map(|it| match it {
        Piece::Value(it) => found(it),
        Piece::Text(_) => None,
    })
}

fn there<'e, 'a>(stack: Stack<'e, 'a>, handle: Handle<'a>) -> Option<Resource<'e, 'a>> {
    stack.world().stack(handle.stack).resource(handle.id)
}

/// The text, with `*` for what is not known.
fn spelled(view: &View<'_, '_>) -> String {
    spelled_of(view, view.pieces())
}

/// The same, of its pieces.
fn spelled_of<'a>(view: &View<'_, 'a>, pieces: Vec<Piece<'a>>) -> String {
    let stack = view.resource().stack();
    let mut text = String::with_capacity(128);
    for piece in pieces {
        match piece {
            Piece::Text(it) => text.push_str(&it),
            Piece::Value(it) => {
                let handle = it.handle();
                match handle.and_then(|it| Some((there(stack, it)?, it.attribute))) {
                    Some((resource, attribute)) => text.push_str(&said(resource, attribute)),
                    None => text.push('*'),
                }
            }
        }
    }
    text
}

/// What a reference gives.
fn said(resource: Resource<'_, '_>, attribute: Option<&str>) -> String {
    match (resource.kind(), attribute) {
        (SECRET, None | Some("Id")) | (LOG_GROUP | REPOSITORY, Some("Arn")) => arn_of(resource),
        (PARAMETER | LOG_GROUP | REPOSITORY, None) => name_of(resource),
        _ => "*".to_owned(),
    }
}

fn name_in(resource: Resource<'_, '_>) -> &'static str {
    match resource.kind() {
        LOG_GROUP => "LogGroupName",
        REPOSITORY => "RepositoryName",
        _ => "Name",
    }
}

fn name_of(resource: Resource<'_, '_>) -> String {
    resource
        .get(name_in(resource))
        .text()
        .unwrap_or("*")
        .to_owned()
}

fn arn_of(resource: Resource<'_, '_>) -> String {
    let name = name_of(resource);
    match resource.kind() {
        // AWS adds a hyphen and six letters to the name.
        SECRET if name != "*" => format!("arn:*:secretsmanager:*:*:secret:{name}-??????"),
        SECRET => "arn:*:secretsmanager:*:*:secret:*".to_owned(),
        PARAMETER => format!("arn:*:ssm:*:*:parameter/{}", name.trim_start_matches('/')),
        LOG_GROUP => format!("arn:*:logs:*:*:log-group:{name}:*"),
        REPOSITORY => format!("arn:*:ecr:*:*:repository/{name}"),
        _ => "*".to_owned(),
    }
}

/// Whether some text is of both patterns: `*` is any text and `?` any letter.
fn meet(a: &[u8], b: &[u8]) -> bool {
    let is_wild = |it: &u8| matches!(it, b'*' | b'?');
    // Most differ, or not, before anything is unknown.
    let mut at = 0;
    while let (Some(x), Some(y)) = (a.get(at), b.get(at)) {
        match is_wild(x) || is_wild(y) {
            true => break,
            false if x != y => return false,
            false => at += 1,
        }
    }
    let (a, b) = (&a[at..], &b[at..]);
    if a == b || a == b"*" || b == b"*" {
        return true;
    }
    // Whether what is left of `a` from here and what is left of `b` meet, from the end on.
    let mut after = vec![false; b.len() + 1];
    for i in (0..=a.len()).rev() {
        let mut here = vec![false; b.len() + 1];
        for j in (0..=b.len()).rev() {
            here[j] = match (a.get(i), b.get(j)) {
                (None, None) => true,
                (Some(b'*'), other) => after[j] || other.is_some() && here[j + 1],
                (other, Some(b'*')) => here[j + 1] || other.is_some() && after[j],
                (Some(x), Some(y)) => (x == y || *x == b'?' || *y == b'?') && after[j + 1],
                _ => false,
            };
        }
        after = here;
    }
    after[0]
}

#[cfg(test)]
mod tests {
    use super::meet;

    #[test]
    fn patterns_meet_where_some_text_is_of_both() {
        for (a, b, is) in [
            ("", "", true),
            ("a", "a", true),
            ("a", "b", false),
            ("a*", "*b", true),
            ("a*c", "a?c", true),
            ("a*c", "ac", true),
            ("a??", "ab", false),
            ("shop/token-??????", "shop/token-AbCdEf", true),
            ("shop/token", "shop/token-AbCdEf", false),
            ("shop/token*", "shop/token-??????", true),
            (
                "arn:*:ssm:*:*:parameter/a",
                "arn:aws:ssm:eu-west-1:1:parameter/a",
                true,
            ),
            (
                "arn:*:ssm:*:*:parameter/a",
                "arn:aws:ssm:eu-west-1:1:parameter//a",
                false,
            ),
            ("*", "x", true),
            ("*", "", true),
            ("*x", "y*", true),
            ("*x", "y", false),
        ] {
            assert_eq!(meet(a.as_bytes(), b.as_bytes()), is, "{a} {b}");
            assert_eq!(meet(b.as_bytes(), a.as_bytes()), is, "{b} {a}");
        }
    }
}
