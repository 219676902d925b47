//! Rules that are written as JSON schema (`if`, `then`, `not`, …), made compact.

use serde_json::Value;

use super::bytes::Bytes;
use super::facts::Fields;
use super::writer::Table;

/// Writes one rule. Fails on a keyword that the program would not understand.
pub(crate) fn encode(
    table: &mut Table,
    out: &mut Bytes,
    rule: &Value,
    place: &str,
) -> Result<(), String> {
    match rule {
        Value::Bool(true) => {
            out.size(0);
            return Ok(());
        }
        Value::Bool(false) => {
            out.size(1);
            out.byte(1);
            return Ok(());
        }
        _ => (),
    }
    let fields = Fields::of(rule, format!("{place}: rule"))?;
    let mut parts: Vec<Bytes> = Vec::new();
    let part = |code: u8| {
        let mut part = Bytes::default();
        part.byte(code);
        part
    };
    if let Some(kinds) = fields.take("type") {
        let kinds = match kinds {
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            one => vec![one.as_str().unwrap_or_default()],
        };
        let mut mask = 0;
        for kind in kinds {
            mask |= match kind {
                "string" => 1,
                "number" => 2,
                "integer" => 4,
                "boolean" => 8,
                "array" => 16,
                "object" => 32,
                other => return Err(format!("{place}: the type `{other}` is not known here")),
            };
        }
        let mut it = part(2);
        it.byte(mask);
        parts.push(it);
    }
    // One fact file has `"required": true`, which says nothing.
    if fields.take("required").is_some_and(Value::is_array) {
        let mut it = part(3);
        table.list(&mut it, &fields.texts("required")?);
        parts.push(it);
    }
    if let Some(properties) = fields.take("properties").and_then(Value::as_object) {
        let mut it = part(4);
        it.size(properties.len());
        for (name, rule) in properties {
            table.text(&mut it, name);
            encode(table, &mut it, rule, place)?;
        }
        parts.push(it);
    }
    for (code, keyword) in [
        (5, "items"),
        (7, "contains"),
        (9, "not"),
        (27, "propertyNames"),
    ] {
        if let Some(rule) = fields.take(keyword) {
            let mut it = part(code);
            encode(table, &mut it, rule, place)?;
            parts.push(it);
        }
    }
    for (code, keyword) in [
        (6, "prefixItems"),
        (10, "anyOf"),
        (11, "oneOf"),
        (12, "allOf"),
    ] {
        let rules = fields.list(keyword)?;
        if !rules.is_empty() {
            let mut it = part(code);
            it.size(rules.len());
            for rule in rules {
                encode(table, &mut it, rule, place)?;
            }
            parts.push(it);
        }
    }
    let (then, otherwise) = (fields.take("then"), fields.take("else"));
    if let Some(condition) = fields.take("if") {
        let mut it = part(8);
        let always = Value::Bool(true);
        for rule in [
            condition,
            then.unwrap_or(&always),
            otherwise.unwrap_or(&always),
        ] {
            encode(table, &mut it, rule, place)?;
        }
        parts.push(it);
    }
    let allowed = match fields.take("const") {
        Some(only) => Some(vec![only.clone()]),
        None => fields.take("enum").and_then(Value::as_array).cloned(),
    };
    if let Some(allowed) = allowed {
        let mut it = part(13);
        it.size(table.enumeration(&allowed, place)?);
        parts.push(it);
    }
    if let Some(pattern) = fields.text("pattern")? {
        let mut it = part(14);
        it.size(table.pattern(pattern));
        parts.push(it);
    }
    for (code, keyword) in [
        (15, "minimum"),
        (16, "maximum"),
        (17, "exclusiveMinimum"),
        (18, "exclusiveMaximum"),
        (19, "multipleOf"),
    ] {
        if let Some(number) = fields.decimal(keyword)? {
            let mut it = part(code);
            it.decimal(number);
            parts.push(it);
        }
    }
    for (code, keyword) in [
        (20, "minLength"),
        (21, "maxLength"),
        (22, "minItems"),
        (23, "maxItems"),
        (24, "minProperties"),
        (25, "maxProperties"),
    ] {
        if let Some(size) = fields.size(keyword)? {
            let mut it = part(code);
            it.number(size);
            parts.push(it);
        }
    }
    match fields.take("additionalProperties") {
        None | Some(Value::Bool(true)) => (),
        Some(Value::Bool(false)) => parts.push(part(26)),
        Some(_) => return Err(format!("{place}: a rule about other properties")),
    }
    for (code, keyword) in [(28, "dependentExcluded"), (29, "dependentRequired")] {
        for (name, others) in fields.named_texts(keyword)? {
            let mut it = part(code);
            table.text(&mut it, name);
            table.list(&mut it, &others);
            parts.push(it);
        }
    }
    if let Some(format) = fields.text("format")? {
        let mut it = part(30);
        table.text(&mut it, format);
        parts.push(it);
    }
    // A definition's own facts are checked where the property is; the order of a list is no rule.
    for keyword in ["$ref", "insertionOrder", "uniqueItems"] {
        fields.take(keyword);
    }
    fields.finish()?;
    out.size(parts.len());
    out.0.extend(parts.into_iter().flat_map(|it| it.0));
    Ok(())
}
