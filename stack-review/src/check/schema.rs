//! The schema facts, for all types, as findings; each of their codes is a rule with a page.

use stack_core::schema::{self, Finding};
use stack_core::{Expr, Object, Severity};

use super::Report;
use crate::model::{Call, Stack, Transforms, Value};

/// In so many worlds properties are looked at again as they are there.
const WORLDS: usize = 3;

/// What the facts say under this code.
pub(super) fn said(stack: Stack<'_, '_>, report: &mut Report<'_>, code: &str) {
    // A macro may put in what is missing and take out what is not known.
    let changed = matches!(code, "required-property" | "unknown-property" | "one-of");
    if changed && stack.transforms() == Transforms::Any {
        return;
    }
    let world = stack.world();
    let plain = stack.schema_findings(|| as_written(stack));
    if world.is_default() {
        for (id, it) in plain.iter().filter(|it| it.1.code == code) {
            tell(stack, report, id, it);
        }
    }
    if world.number() >= WORLDS {
        return;
    }
    let alone;
    let here = match world.session() {
        Some(session) => session.schema(|| as_deployed(stack)),
        None => {
            alone = as_deployed(stack);
            &alone
        }
    };
    for (id, it) in here.iter().filter(|it| it.1.code == code) {
        let known = plain
            .iter()
            .any(|(other, that)| other == id && that.code == code && that.place == it.place);
        if !known {
            tell(stack, report, id, it);
        }
    }
}

/// Enumerations that are complete.
const CLOSED: [(&str, &str); 9] = [
    ("AWS::AutoScaling::AutoScalingGroup", "HealthCheckType"),
    ("AWS::EC2::EIP", "Domain"),
    ("AWS::EC2::VPC", "InstanceTenancy"),
    ("AWS::ECS::TaskDefinition", "Protocol"),
    ("AWS::ElasticLoadBalancingV2::Listener", "Protocol"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Scheme"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Type"),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "Protocol"),
    ("AWS::S3::Bucket", "ObjectOwnership"),
];

fn tell(stack: Stack<'_, '_>, report: &mut Report<'_>, id: &str, finding: &Finding) {
    let kind = stack.written(id).map_or("", |it| it.kind());
    let place = match finding.place.as_str() {
        "" => id.to_owned(),
        inner => format!("{id}.{inner}"),
    };
    let repair = finding.help.clone().unwrap_or_default();
    let mut severity = finding.severity;
    // AWS will not add to these.
    let property = finding.place.rsplit('.').next().unwrap_or_default();
    if finding.code == "not-allowed-value" && CLOSED.contains(&(kind, property)) {
        severity = Severity::Error;
    }
    report.judged(severity, place, finding.message.clone(), repair);
}

fn as_written(stack: Stack<'_, '_>) -> Vec<(String, Finding)> {
    let mut found = Vec::new();
    let none = Object::new();
    for resource in stack.entries() {
        let properties = match resource.properties {
            None | Some(Expr::Null) => &none,
            Some(Expr::Object(it)) => it,
            Some(_) => continue,
        };
        if let Some(facts) = resource.facts {
            let id = resource.view.id();
            facts.validate(properties, &mut |it| found.push((id.to_owned(), it)));
        }
    }
    found
}

/// Parameters filled in and conditions decided. What is found in one world is left out in others
/// where it is the same.
fn as_deployed<'a>(stack: Stack<'_, 'a>) -> Vec<(String, Finding)> {
    let mut found = Vec::new();
    let world = stack.world();
    let parameters = stack.template().section("Parameters");
    let changes = |call: &Call<'_>| match call.name {
        "Fn::If" => true,
        "Ref" if call.outer.is_none() => call
            .argument
            .as_str()
            .is_some_and(|it| parameters.is_some_and(|all| all.contains(it))),
        "Fn::FindInMap" => call.outer.is_none(),
        _ => false,
    };
    // Where nothing is known, nothing else can be said than of the text as it stands.
    let is_known = |call: &Call<'a>| {
        let value = call.outer.is_none().then(|| stack.evaluate(call.expr));
        value.is_some_and(|it| !matches!(it, Value::Handle(_) | Value::Unknown(_)))
    };
    let calls = stack.calls().all.as_slice();
    for calls in calls.chunk_by(|a, b| (a.owner.id, a.owner.part) == (b.owner.id, b.owner.part)) {
        let owner = calls[0].owner;
        if owner.section != "Resources" || owner.part != "Properties" || !calls.iter().any(changes)
        {
            continue;
        }
        if !world.is_one_of_several() && !calls.iter().any(is_known) {
            continue;
        }
        let mut judge = || judge(stack, owner.id, &mut found);
        match world.session() {
            Some(session) if world.is_one_of_several() => session.judge(world, owner.id, judge),
            _ => judge(),
        }
    }
    found
}

fn judge(stack: Stack<'_, '_>, id: &str, found: &mut Vec<(String, Finding)>) {
    let Some(resource) = stack.resource(id) else {
        return;
    };
    let Some(properties) = resource.raw().attribute("Properties") else {
        return;
    };
    let mut resolver = Resolver { stack, unknown: 0 };
    if let Expr::Object(properties) = resolver.expr(properties) {
        schema::validate(resource.kind(), &properties, &mut |it| {
            found.push((id.to_owned(), it));
        });
    }
}

/// What expressions come to in this world. What is not known yet becomes text with a dynamic
/// reference, which the facts say nothing against.
struct Resolver<'e, 'a> {
    stack: Stack<'e, 'a>,
    /// No two unknown values are the same.
    unknown: u32,
}

impl<'a> Resolver<'_, 'a> {
    fn expr(&mut self, expr: &'a Expr) -> Expr {
        match expr {
            Expr::List(items) => self.list(items),
            Expr::Object(object) if expr.intrinsic().is_none() => self.fields(object),
            Expr::Object(_) => {
                let value = self.stack.evaluate(expr);
                self.value(value)
            }
            scalar => scalar.clone(),
        }
    }

    fn value(&mut self, it: Value<'a>) -> Expr {
        match it {
            Value::Absent => Expr::Null,
            // A default that is empty mostly means that a value must be given.
            Value::Text(text) if text.is_empty() => self.unknown(),
            Value::Text(text) => Expr::from(text.into_owned()),
            Value::List(items) => self.list(items),
            Value::Items(items) => Expr::List(items.into_iter().map(|it| self.value(it)).collect()),
            Value::Object(object) => self.fields(object),
            Value::Handle(_) | Value::Unknown(_) => self.unknown(),
        }
    }

    fn unknown(&mut self) -> Expr {
        self.unknown += 1;
        Expr::Dynamic(self.unknown.to_string().into())
    }

    fn list(&mut self, items: &'a [Expr]) -> Expr {
        let mut found = Vec::with_capacity(items.len());
        for item in items {
            let item = self.expr(item);
            if item != Expr::Null {
                found.push(item);
            }
        }
        Expr::List(found)
    }

    fn fields(&mut self, object: &'a Object) -> Expr {
        let fields = object.iter();
        Expr::Object(
            fields
                .map(|(name, it)| (name.to_owned(), self.expr(it)))
                .collect(),
        )
    }
}
