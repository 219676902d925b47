//! What a schema may say: every keyword, in a form that is understood. Checked before anything is
//! read, so that nothing is passed over in silence.

use serde_json::{Map, Value};

/// The form of what stands after a keyword.
#[derive(Clone, Copy)]
enum Form {
    /// For people, or a value of the user's.
    Any,
    Text,
    Number,
    Flag,
    /// A list of names.
    Names,
    /// Lists of names by name.
    NamesBy,
    /// A list that is not empty.
    Values,
    /// One of the words for types, or several.
    Type,
    /// `#/definitions/Name`, or another place in the same file.
    Reference,
    /// `typeName` and `propertyPath`.
    Relation,
    Schema,
    SchemaOrFlag,
    /// A list of schemas.
    Schemas,
    /// Schemas by name.
    SchemasBy,
    /// Names or a schema, by name.
    Dependencies,
    /// What is said of tags.
    Tagging,
}

use Form::*;

/// Of any schema.
const KEYWORDS: &[(&str, Form)] = &[
    ("$comment", Any),
    ("$ref", Reference),
    ("additionalProperties", SchemaOrFlag),
    ("allOf", Schemas),
    ("anyOf", Schemas),
    ("arrayType", Text),
    ("const", Any),
    ("default", Any),
    ("dependencies", Dependencies),
    ("dependentExcluded", NamesBy),
    ("dependentRequired", NamesBy),
    ("description", Any),
    ("else", Schema),
    ("enum", Values),
    ("enumCaseInsensitive", Values),
    ("examples", Any),
    ("exclusiveMaximum", Number),
    ("exclusiveMinimum", Number),
    ("format", Text),
    ("if", Schema),
    ("insertionOrder", Flag),
    ("items", Schema),
    ("markdownDescription", Any),
    ("maxItems", Number),
    ("maxLength", Number),
    ("maxProperties", Number),
    ("maxUniqueItems", Number),
    ("maximum", Number),
    ("minItems", Number),
    ("minLength", Number),
    ("minProperties", Number),
    ("minimum", Number),
    ("multipleOf", Number),
    ("not", Schema),
    ("oneOf", Schemas),
    ("pattern", Text),
    ("patternProperties", SchemasBy),
    ("prefixItems", Schemas),
    ("properties", SchemasBy),
    ("relationshipRef", Relation),
    ("required", Names),
    ("requiredOr", Names),
    ("requiredXor", Names),
    ("then", Schema),
    ("title", Any),
    ("type", Type),
    ("uniqueItems", Flag),
    ("uniqueKeys", Names),
];

/// Of a resource type as a whole, besides [`KEYWORDS`].
const RESOURCE: &[(&str, Form)] = &[
    ("$schema", Any),
    // Lists of lists; each is read with its own care.
    ("additionalIdentifiers", Any),
    ("conditionalCreateOnlyProperties", Names),
    ("createOnlyProperties", Names),
    ("definitions", SchemasBy),
    ("deprecatedProperties", Names),
    // Addresses, and what people need who register the type.
    ("documentationUrl", Any),
    ("handlers", Any),
    ("lifecycle", Any),
    ("primaryIdentifier", Names),
    ("propertyTransform", Any),
    ("readOnlyProperties", Names),
    ("replacementStrategy", Text),
    ("resourceLink", Any),
    ("sourceUrl", Any),
    ("taggable", Flag),
    ("tagging", Tagging),
    ("typeConfiguration", Any),
    ("typeName", Text),
    ("writeOnlyProperties", Names),
];

const TYPES: &[&str] = &[
    "array", "boolean", "integer", "null", "number", "object", "string",
];

const TAGGING: &[(&str, Form)] = &[
    ("cloudFormationSystemTags", Flag),
    // Which calls a role must be allowed; the deployment's affair.
    ("permissions", Any),
    ("tagOnCreate", Flag),
    ("tagProperty", Text),
    ("tagUpdatable", Flag),
    ("taggable", Flag),
];

/// What of a resource schema is not understood: the place in the file, and why.
pub(super) fn problems(schema: &Value) -> Vec<String> {
    let mut check = Check {
        root: schema,
        problems: Vec::new(),
    };
    match schema.as_object() {
        Some(fields) => {
            for (key, value) in fields {
                let known = RESOURCE.iter().chain(KEYWORDS).find(|it| it.0 == key);
                check.keyword("", key, value, known, false);
            }
        }
        None => check.problem("", "is no object"),
    }
    check.problems
}

struct Check<'a> {
    root: &'a Value,
    problems: Vec<String>,
}

impl Check<'_> {
    fn problem(&mut self, place: &str, why: &str) {
        let place = if place.is_empty() { "/" } else { place };
        self.problems.push(format!("{place}: {why}"));
    }

    /// `condition`: inside `if`, `then`, `else`, `not`, where a schema may be just true or false.
    fn schema(&mut self, place: &str, value: &Value, condition: bool) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    let known = KEYWORDS.iter().find(|it| it.0 == key);
                    self.keyword(place, key, value, known, condition);
                }
            }
            Value::Bool(_) if condition => (),
            _ => self.problem(place, "is no schema"),
        }
    }

    fn keyword(
        &mut self,
        place: &str,
        key: &str,
        value: &Value,
        known: Option<&(&str, Form)>,
        condition: bool,
    ) {
        let here = format!("{place}/{key}");
        let Some((_, form)) = known else {
            self.problem(place, &format!("the keyword `{key}` is not known here"));
            return;
        };
        let conditional = condition || ["if", "then", "else", "not"].contains(&key);
        let fits = match form {
            Any => true,
            Text => value.is_string(),
            Number => value.is_number(),
            Flag => value.is_boolean(),
            Names => names(value),
            NamesBy => value.as_object().is_some_and(|it| it.values().all(names)),
            Values => value.as_array().is_some_and(|it| !it.is_empty()),
            Type => kinds(value),
            Relation => {
                let text = |key: &str| value[key].as_str().is_some_and(|it| !it.is_empty());
                text("typeName") && text("propertyPath")
            }
            Reference => {
                let pointer = value.as_str().and_then(|it| it.strip_prefix('#'));
                let target = pointer.and_then(|it| self.root.pointer(it));
                if pointer.is_some() && !target.is_some_and(Value::is_object) {
                    self.problem(&here, &format!("{value} points to nothing"));
                    return;
                }
                pointer.is_some()
            }
            Schema => {
                self.schema(&here, value, conditional);
                return;
            }
            SchemaOrFlag => {
                if !value.is_boolean() {
                    self.schema(&here, value, conditional);
                }
                return;
            }
            Schemas => {
                for (number, it) in value.as_array().into_iter().flatten().enumerate() {
                    self.schema(&format!("{here}/{number}"), it, conditional);
                }
                value.as_array().is_some_and(|it| !it.is_empty())
            }
            SchemasBy | Dependencies => {
                let names_do = matches!(form, Dependencies);
                for (name, it) in value.as_object().unwrap_or(&Map::new()) {
                    if !(names_do && names(it)) {
                        self.schema(&format!("{here}/{name}"), it, conditional || names_do);
                    }
                }
                value.is_object()
            }
            Tagging => {
                for (name, it) in value.as_object().unwrap_or(&Map::new()) {
                    let known = TAGGING.iter().find(|it| it.0 == name);
                    self.keyword(&here, name, it, known, false);
                }
                value.is_object()
            }
        };
        if !fits {
            self.problem(&here, &format!("cannot be {}", brief(value)));
        }
    }
}

fn names(value: &Value) -> bool {
    value
        .as_array()
        .is_some_and(|it| it.iter().all(Value::is_string))
}

fn kinds(value: &Value) -> bool {
    let known = |it: &Value| it.as_str().is_some_and(|it| TYPES.contains(&it));
    match value {
        Value::Array(several) => !several.is_empty() && several.iter().all(known),
        one => known(one),
    }
}

fn brief(value: &Value) -> String {
    let whole = value.to_string();
    match whole.char_indices().nth(80) {
        Some((end, _)) => format!("`{} …`", &whole[..end]),
        None => format!("`{whole}`"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::problems;

    #[test]
    fn a_keyword_that_is_not_known_is_told_with_its_place() {
        for (schema, expected) in [
            (json!([]), &["/: is no object"][..]),
            (
                json!({"newFacts": 1}),
                &["/: the keyword `newFacts` is not known here"],
            ),
            (
                json!({"properties": {"A": {"items": {"colour": 1}}}}),
                &["/properties/A/items: the keyword `colour` is not known here"],
            ),
            (
                json!({"definitions": {"A": {"oneOf": [{"type": "string"}, {"type": "text"}]}}}),
                &["/definitions/A/oneOf/1/type: cannot be `\"text\"`"],
            ),
            (
                json!({"properties": {"A": {"$ref": "#/definitions/B"}, "B": {"$ref": "other.json"}}}),
                &[
                    "/properties/A/$ref: \"#/definitions/B\" points to nothing",
                    "/properties/B/$ref: cannot be `\"other.json\"`",
                ],
            ),
            (
                json!({"properties": {"A": false}, "required": true}),
                &["/properties/A: is no schema", "/required: cannot be `true`"],
            ),
            (
                json!({"properties": {"A": {"pattern": ["a"], "enum": [], "maxLength": "3", "uniqueItems": 1}}}),
                &[
                    "/properties/A/enum: cannot be `[]`",
                    "/properties/A/maxLength: cannot be `\"3\"`",
                    "/properties/A/pattern: cannot be `[\"a\"]`",
                    "/properties/A/uniqueItems: cannot be `1`",
                ],
            ),
            (
                json!({"tagging": {"taggable": true, "tagColour": 1}}),
                &["/tagging: the keyword `tagColour` is not known here"],
            ),
            (
                json!({"properties": {"A": {"relationshipRef": {"typeName": "AWS::EC2::VPC"}}}}),
                &["/properties/A/relationshipRef: cannot be `{\"typeName\":\"AWS::EC2::VPC\"}`"],
            ),
            (
                json!({"properties": {"A": {"dependencies": {"B": ["C"], "D": {"required": 1}}, "anyOf": {}}}}),
                &[
                    "/properties/A/anyOf: cannot be `{}`",
                    "/properties/A/dependencies/D/required: cannot be `1`",
                ],
            ),
            (
                json!({"typeName": "A", "if": {"properties": {"A": true}}, "then": {"not": {"required": ["B"]}}}),
                &[],
            ),
        ] {
            assert_eq!(problems(&schema), expected, "{schema}");
        }
    }
}
