//! Templates written in other words: whatever is said otherwise and means the same is no change.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};

use stack_core::{Expr, Object, Template};
use stack_review::diff::{Action, Options, compare};

/// The same value in other words.
fn reworded(expr: &Expr, conditions: &Object) -> Expr {
    match expr {
        // Numbers and truth values are their texts.
        Expr::Int(it) => Expr::from(it.to_string()),
        Expr::Bool(it) => Expr::from(it.to_string()),
        Expr::List(items) => Expr::from(
            items
                .iter()
                .map(|it| reworded(it, conditions))
                .collect::<Vec<Expr>>(),
        ),
        Expr::Object(fields) => match expr.intrinsic() {
            Some(("Ref", Expr::String(name)))
                if name.starts_with("AWS::")
                    && name != "AWS::NoValue"
                    && name != "AWS::NotificationARNs" =>
            {
                Expr::function("Fn::Sub", format!("${{{name}}}"))
            }
            Some(("Fn::GetAtt", Expr::String(path))) => match path.split_once('.') {
                Some((id, attribute)) => {
                    let parts = [Expr::from(id.to_owned()), Expr::from(attribute.to_owned())];
                    Expr::function("Fn::GetAtt", parts)
                }
                None => expr.clone(),
            },
            Some(("Fn::Sub", Expr::String(text))) => joined(text).unwrap_or_else(|| expr.clone()),
            Some(("Fn::If", Expr::List(parts))) => {
                let [condition, then, otherwise] = parts.as_slice() else {
                    return expr.clone();
                };
                let name = condition.as_str().unwrap_or_default();
                // Pieces of templates mention conditions that are elsewhere.
                if !conditions.contains(name) {
                    return expr.clone();
                }
                let opposite = format!("Not{name}");
                let arms = [
                    Expr::from(opposite),
                    reworded(otherwise, conditions),
                    reworded(then, conditions),
                ];
                Expr::function("Fn::If", arms)
            }
            _ => fields
                .iter()
                .map(|(name, it)| (name.to_owned(), reworded(it, conditions)))
                .collect::<Object>()
                .into(),
        },
        other => other.clone(),
    }
}

/// `Fn::Join` of the parts of a `Fn::Sub`.
fn joined(text: &str) -> Option<Expr> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let end = rest[at..].find('}')?;
        let name = rest[at + 2..at + end].trim();
        if name.starts_with('!') || name == "AWS::NoValue" {
            return None;
        }
        parts.push(Expr::from(rest[..at].to_owned()));
        parts.push(match name.split_once('.') {
            Some((id, attribute)) => {
                let parts = [Expr::from(id.to_owned()), Expr::from(attribute.to_owned())];
                Expr::function("Fn::GetAtt", parts)
            }
            None => Expr::function("Ref", name.to_owned()),
        });
        rest = &rest[at + end + 1..];
    }
    parts.push(Expr::from(rest.to_owned()));
    Some(Expr::function(
        "Fn::Join",
        [Expr::from(""), Expr::from(parts)],
    ))
}

/// A template in other words.
fn template_reworded(template: &Template) -> Template {
    let mut root = template.root().clone();
    let conditions = template.section("Conditions").cloned().unwrap_or_default();
    if let Some(Expr::Object(conditions)) = root.get_mut("Conditions") {
        let names: Vec<String> = conditions.keys().map(str::to_owned).collect();
        for name in names {
            let named = Expr::from(Object::from_iter([("Condition", Expr::from(name.clone()))]));
            conditions.set(format!("Not{name}"), Expr::function("Fn::Not", [named]));
        }
    }
    for section in ["Resources", "Outputs"] {
        let Some(Expr::Object(entries)) = root.get_mut(section) else {
            continue;
        };
        for (id, entry) in entries.iter_mut() {
            let Expr::Object(body) = entry else { continue };
            if id.starts_with("Fn::") {
                continue;
            }
            for name in ["Properties", "Value"] {
                if let Some(value) = body.get_mut(name) {
                    *value = reworded(value, &conditions);
                }
            }
            if let Some(Expr::String(one)) = body.get("DependsOn").cloned() {
                body.set("DependsOn", vec![Expr::String(one)]);
            }
            if let Some(Expr::Object(properties)) = body.get_mut("Properties")
                && let Some(Expr::List(tags)) = properties.get_mut("Tags")
            {
                tags.reverse();
            }
        }
    }
    Template::from_object(root)
}

/// Changes the first plain text of a value; `None` when it has none outside of functions.
fn spoilt(expr: &Expr) -> Option<Expr> {
    match expr {
        Expr::String(it) => Some(Expr::from(format!("{it}-spoilt"))),
        Expr::List(items) => {
            let (at, spoilt) = items
                .iter()
                .enumerate()
                .find_map(|(n, it)| Some((n, spoilt(it)?)))?;
            let mut items = items.clone();
            items[at] = spoilt;
            Some(Expr::from(items))
        }
        Expr::Object(fields) if expr.intrinsic().is_none() => {
            let (name, spoilt) = fields
                .iter()
                .find_map(|(name, it)| Some((name, spoilt(it)?)))?;
            let mut fields = fields.clone();
            fields.set(name.to_owned(), spoilt);
            Some(fields.into())
        }
        _ => None,
    }
}

/// Every text that changes is seen: in each resource of each template one is changed.
fn everything_shows(all: &[(PathBuf, Template)]) -> usize {
    let mut count = 0;
    for (path, template) in all {
        let mut root = template.root().clone();
        let mut changed = Vec::new();
        if let Some(Expr::Object(resources)) = root.get_mut("Resources") {
            for (id, body) in resources.iter_mut() {
                let Expr::Object(body) = body else { continue };
                if id.starts_with("Fn::") || body.contains("Condition") {
                    continue;
                }
                if let Some(spoilt) = body.get("Properties").and_then(spoilt) {
                    body.set("Properties", spoilt);
                    changed.push(id.to_owned());
                }
            }
        }
        let other = Template::from_object(root);
        for (old, new) in [(template, &other), (&other, template)] {
            let changes = compare(old, new, &Options::default());
            for id in &changed {
                let found = changes
                    .resources()
                    .any(|it| it.1.id == *id && it.1.action >= Action::Update);
                assert!(found, "{}: {id}", path.display());
            }
        }
        count += changed.len();
    }
    count
}

fn templates(folder: &Path) -> Vec<(PathBuf, Template)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(templates(&path));
        } else if path
            .extension()
            .is_some_and(|it| ["json", "yaml", "yml", "template"].iter().any(|e| it == *e))
            && let Ok(template) = Template::parse(&std::fs::read_to_string(&path).unwrap())
            && template.section("Resources").is_some()
        {
            all.push((path, template));
        }
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

fn nothing_changes(all: &[(PathBuf, Template)]) {
    for (path, template) in all {
        let changes = compare(template, &template_reworded(template), &Options::default());
        assert!(changes.is_empty(), "{}: {changes:#?}", path.display());
    }
}

#[test]
fn our_own_stacks_in_other_words_are_the_same_stacks() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../snapshots");
    let all = templates(&folder);
    assert!(all.len() > 10, "{}", all.len());
    nothing_changes(&all);
    assert!(everything_shows(&all) > 100);
}

#[test]
fn real_templates_in_other_words_are_the_same_templates() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = std::env::var_os("STACK_CORPORA")
        .map_or_else(|| root.join("../shared/corpora"), PathBuf::from);
    if !folder.is_dir() {
        println!("ignored: there are no templates in `{}`", folder.display());
        return;
    }
    let (mut count, mut resources) = (0, 0);
    for set in [
        "cdk-integ",
        "containers",
        "twins",
        "diff-pairs",
        "lint-good",
    ] {
        let all = templates(&folder.join(set));
        count += all.len();
        nothing_changes(&all);
        resources += everything_shows(&all);
    }
    println!("{count} templates in other words; {resources} changed resources all seen");
}

#[test]
fn of_five_hundred_resources_that_change_each_is_told() {
    let mut text = String::from("Resources:\n");
    for n in 0..100 {
        text.push_str(&format!(
            "  Vpc{n}: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: 10.{n}.0.0/16}}}}
  Group{n}: {{Type: AWS::EC2::SecurityGroup, Properties: {{GroupDescription: x, VpcId: !Ref Vpc{n}}}}}
  Target{n}: {{Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {{VpcId: !Ref Vpc{n}, Port: 80, Protocol: HTTP}}}}
  Task{n}: {{Type: AWS::ECS::TaskDefinition, Properties: {{ContainerDefinitions: [{{Name: web, Image: 'web:1', PortMappings: [{{ContainerPort: 80}}]}}]}}}}
  Service{n}: {{Type: AWS::ECS::Service, Properties: {{Cluster: c, TaskDefinition: !Ref Task{n}, LoadBalancers: [{{ContainerName: web, ContainerPort: 80, TargetGroupArn: !Ref Target{n}}}]}}}}
"
        ));
    }
    let other = text
        .replace("web:1", "web:2")
        .replace("CidrBlock: 10.", "CidrBlock: 172.");
    let (old, new) = (
        Template::parse(&text).unwrap(),
        Template::parse(&other).unwrap(),
    );
    let changes = compare(&old, &new, &Options::default());
    assert_eq!(changes.resources().count(), 500);
}
