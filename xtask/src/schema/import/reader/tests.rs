//! Each rule of the translation, on a schema of its own.

use serde_json::{Value, json};

use super::{Reader, Seen};

/// The facts of a schema with the properties given, and what no fact stands for.
fn read(schema: &Value) -> (Value, Vec<String>) {
    let mut seen = Seen::new();
    let mut reader = Reader::new("AWS::Shop::Till", schema, &mut seen);
    let mut facts = reader.shape(schema.as_object().unwrap(), "").unwrap();
    let definitions = reader.into_definitions();
    if !definitions.is_empty() {
        facts.insert("defs".to_owned(), Value::Object(definitions));
    }
    (Value::Object(facts), seen.into_keys().collect())
}

#[test]
fn every_kind_of_property_has_its_word_and_its_limits() {
    for (property, expected) in [
        (
            json!({"type": "string", "description": "no sentence"}),
            json!({"t": "s"}),
        ),
        (json!({"type": ["string", "null"]}), json!({"t": "s"})),
        (json!({"type": ["integer", "string"]}), json!({"t": "s"})),
        (json!({"type": ["boolean", "string"]}), json!({"t": "b"})),
        (json!({"type": ["object", "string"]}), json!({"t": "j"})),
        (json!({"type": "object"}), json!({"t": "j"})),
        (
            json!({"type": "string", "format": "json"}),
            json!({"t": "j", "fmt": "json"}),
        ),
        (
            json!({"type": "string", "format": "date-time"}),
            json!({"t": "ts"}),
        ),
        (json!({"pattern": "^a"}), json!({"t": "s", "pat": "^a"})),
        (json!({"minimum": 1}), json!({"t": "n", "min": 1})),
        (
            json!({"type": "integer", "minimum": 0, "exclusiveMaximum": 9, "default": 3}),
            json!({"t": "i", "min": 0, "xmax": 9, "def": 3}),
        ),
        (
            json!({"enum": ["a", "b"]}),
            json!({"t": "s", "enum": ["a", "b"]}),
        ),
        (
            json!({"type": "array", "items": {"type": "string", "maxLength": 2}, "uniqueItems": true, "insertionOrder": false, "minItems": 1}),
            json!({"t": "[s]", "it": {"maxL": 2}, "uniq": 1, "unord": 1, "minI": 1}),
        ),
        (
            json!({"type": "object", "patternProperties": {"^[a-z]$": {"type": "integer"}}}),
            json!({"t": "{i}", "kpat": "^[a-z]$"}),
        ),
        (
            json!({"type": "object", "additionalProperties": {"type": "boolean"}}),
            json!({"t": "{b}"}),
        ),
        (
            json!({"type": "string", "relationshipRef": {"typeName": "AWS::EC2::VPC", "propertyPath": "/properties/VpcId"}}),
            json!({"t": "s", "rel": "AWS::EC2::VPC.VpcId"}),
        ),
        (
            json!({"type": "string", "anyOf": [{"pattern": "^a"}, {"maxLength": 3}]}),
            json!({"t": "s", "any": [{"pat": "^a"}, {"maxL": 3}]}),
        ),
    ] {
        let (facts, seen) = read(&json!({"properties": {"It": property}}));
        assert_eq!(facts, json!({"props": {"It": expected}}), "{property}");
        assert!(seen.is_empty(), "{seen:?}");
    }
}

#[test]
fn objects_become_nested_types_once() {
    let drawer = json!({"type": "object", "required": ["Size"], "properties": {"Size": {"type": "integer"}, "Inner": {"$ref": "#/definitions/Drawer"}}});
    let (facts, _) = read(&json!({
        "required": ["B", "A"],
        "properties": {
            "A": {"$ref": "#/definitions/Drawer"},
            "B": {"type": "array", "items": {"$ref": "#/definitions/Drawer"}},
            "C": {"type": "object", "properties": {"X": {"type": "string"}}},
        },
        "definitions": {"Drawer": drawer},
    }));
    let expected = json!({
        "req": ["A", "B"],
        "props": {"A": {"t": ":Drawer"}, "B": {"t": "[:Drawer]"}, "C": {"t": ":C"}},
        "defs": {
            "C": {"props": {"X": {"t": "s"}}},
            "Drawer": {"req": ["Size"], "props": {"Inner": {"t": ":Drawer"}, "Size": {"t": "i"}}},
        },
    });
    assert_eq!(facts, expected);
}

#[test]
fn what_holds_between_properties_is_kept() {
    let properties = json!({"A": {"type": "string"}, "B": {"type": "string"}});
    for (rule, expected) in [
        (
            json!({"requiredXor": ["A", "B"]}),
            json!({"xor": ["A", "B"]}),
        ),
        (
            json!({"dependentExcluded": {"A": ["B"]}}),
            json!({"depEx": {"A": ["B"]}}),
        ),
        (
            json!({"oneOf": [{"required": ["B"]}, {"required": ["A"]}]}),
            json!({"oneReq": [["B"], ["A"]]}),
        ),
        (json!({"additionalProperties": true}), json!({"open": 1})),
        (
            json!({"if": {"required": ["A"]}, "then": {"required": ["B"], "title": "no"}}),
            json!({"raw": {"if": {"required": ["A"]}, "then": {"required": ["B"]}}}),
        ),
    ] {
        let mut schema = rule.clone();
        schema["properties"] = properties.clone();
        let mut expected = expected;
        expected["props"] = json!({"A": {"t": "s"}, "B": {"t": "s"}});
        assert_eq!(read(&schema).0, expected, "{rule}");
    }
}

#[test]
fn alternatives_give_their_properties_and_an_object_may_be_its_own() {
    let (facts, _) = read(&json!({
        "properties": {"Queue": {"$ref": "#/definitions/Queue"}},
        "definitions": {"Queue": {
            "anyOf": [{"$ref": "#/definitions/Queue"}, {"properties": {"Arn": {"type": "string"}}}],
            "properties": {"Kind": {"type": "string"}},
            "allOf": [{"anyOf": [{"properties": {"Deep": {"type": "integer"}}}]}],
        }},
    }));
    let properties = &facts["defs"]["Queue"]["props"];
    let expected = json!({"Arn": {"t": "s"}, "Deep": {"t": "i"}, "Kind": {"t": "s"}});
    assert_eq!(*properties, expected);
}

#[test]
fn free_keys_take_what_all_patterns_say_of_the_values() {
    let value = |most: u8| json!({"type": "string", "minLength": 1, "maxLength": most});
    for (patterns, expected) in [
        (
            json!({"^a": value(3), "^b": value(3)}),
            json!({"t": "{s}", "it": {"maxL": 3, "minL": 1}, "kpat": "(?:^a)|(?:^b)"}),
        ),
        (
            json!({"^a": value(3), "^b": value(4)}),
            json!({"t": "{s}", "it": {"minL": 1}, "kpat": "(?:^a)|(?:^b)"}),
        ),
        (
            json!({"^a": value(3), ".*": value(4)}),
            json!({"t": "{s}", "it": {"minL": 1}}),
        ),
        (
            json!({"^a": value(3), "^b": {"type": "boolean"}}),
            json!({"t": "{j}", "kpat": "(?:^a)|(?:^b)"}),
        ),
    ] {
        let property = json!({"type": "object", "patternProperties": patterns});
        let (facts, seen) = read(&json!({"properties": {"It": property}}));
        assert_eq!(facts["props"]["It"], expected, "{patterns}");
        assert!(seen.is_empty(), "{seen:?}");
    }
    let (facts, _) = read(&json!({
        "properties": {"Token": {"type": "string"}},
        "patternProperties": {".*": {"type": "string"}},
    }));
    assert_eq!(facts, json!({"open": 1, "props": {"Token": {"t": "s"}}}));
}

#[test]
fn what_no_fact_stands_for_is_told() {
    for (property, word, told) in [
        (
            json!({"anyOf": [{"type": "object"}, {"type": "integer"}]}),
            "j",
            "union of integer, object",
        ),
        (
            json!({"type": ["object", "string"], "properties": {"A": {"type": "string"}}}),
            "j",
            "`properties` of what may be no object",
        ),
        (
            json!({"type": "object", "dependencies": {"A": ["B"]}, "patternProperties": {".*": {"type": "string"}}}),
            "{s}",
            "`dependencies` of free keys",
        ),
        (
            json!({"$ref": "#/definitions/Names", "uniqueItems": true}),
            ":Names",
            "`uniqueItems` beside a reference",
        ),
        (
            json!({"type": "object", "default": {"A": 1}, "properties": {"A": {"type": "integer"}}}),
            ":It",
            "`default` of an object",
        ),
        (
            json!({"type": "string", "anyOf": [{"pattern": "a"}], "allOf": [{"pattern": "b"}]}),
            "s",
            "several combiners at once",
        ),
    ] {
        let names = json!({"Names": {"type": "array", "items": {"type": "string"}}});
        let (facts, seen) = read(&json!({"properties": {"It": property}, "definitions": names}));
        assert_eq!(facts["props"]["It"]["t"], word, "{property}");
        assert_eq!(seen, [told], "{property}");
    }
}

#[test]
fn what_would_be_lost_without_a_word_is_refused_with_its_place() {
    for (schema, expected) in [
        (
            json!({"properties": {"It": {"$ref": "#/definitions/Gone"}}}),
            "/properties/It: `#/definitions/Gone` points to nothing",
        ),
        (
            json!({"properties": {"It": {"type": "string", "not": {"enum": ["a"]}}}}),
            "/properties/It: `not` is not expected here",
        ),
        (
            json!({"properties": {"It": {"type": "array", "items": {"type": "integer", "if": {}}}}}),
            "/properties/It/items: `if` is not expected here",
        ),
        (
            json!({"properties": {"It": {"$ref": "#/definitions/A"}}, "definitions": {"A": {"type": "array", "requiredOr": ["A"]}}}),
            "/definitions/A: `requiredOr` is not expected here",
        ),
    ] {
        let mut seen = Seen::new();
        let mut reader = Reader::new("AWS::Shop::Till", &schema, &mut seen);
        let refused = reader.shape(schema.as_object().unwrap(), "");
        assert_eq!(refused.unwrap_err(), expected);
    }
}

#[test]
fn what_alternatives_of_a_property_allow_is_allowed() {
    let alternative = |it: Value| json!({"properties": {"Kind": it}, "type": "object"});
    for (alternatives, own, expected) in [
        (
            vec![
                json!({"type": "string", "enum": ["can"], "maxLength": 3}),
                json!({"type": "string", "enum": ["obd"], "maxLength": 9}),
            ],
            None,
            json!({"t": "s", "enum": ["can", "obd"]}),
        ),
        (
            vec![
                json!({"type": "string", "pattern": "^a"}),
                json!({"type": "string", "pattern": "^a"}),
            ],
            None,
            json!({"t": "s", "pat": "^a"}),
        ),
        // One that any text will do for.
        (
            vec![
                json!({"type": "string", "enum": ["can"]}),
                json!({"type": "string"}),
            ],
            None,
            json!({"t": "s"}),
        ),
        (
            vec![
                json!({"type": "string"}),
                json!({"type": "array", "items": {"type": "string"}}),
            ],
            None,
            json!({"t": "j"}),
        ),
        // What the object says itself holds for all.
        (
            vec![json!({"type": "string", "enum": ["can"]})],
            Some(json!({"type": "string", "enum": ["can", "obd"]})),
            json!({"t": "s", "enum": ["can", "obd"]}),
        ),
    ] {
        let mut schema = json!({
            "type": "object",
            "oneOf": alternatives.into_iter().map(alternative).collect::<Vec<_>>(),
        });
        if let Some(own) = own {
            schema["properties"] = json!({"Kind": own});
        }
        let (facts, _) = read(&schema);
        assert_eq!(facts["props"]["Kind"], expected, "{schema}");
    }
}

#[test]
fn two_nested_types_of_one_name_are_an_error() {
    let nested = |it: &str| json!({"type": "object", "properties": {"Name": {"type": it}}});
    // The inline object of `Wire` is called `Wire`, and so is the definition.
    let schema = |inline: &str| {
        json!({
            "type": "object",
            "properties": {"Wire": nested(inline), "Other": {"$ref": "#/definitions/Wire"}},
            "definitions": {"Wire": nested("string")},
        })
    };
    let mut seen = Seen::new();
    let same = schema("string");
    let differs = schema("integer");
    let mut read = |it| {
        let mut reader = Reader::new("AWS::Shop::Till", it, &mut seen);
        reader.shape(it.as_object().unwrap(), "").map(|_| ())
    };
    assert_eq!(read(&same), Ok(()));
    assert_eq!(
        read(&differs),
        Err("/properties/Wire: two nested types that differ would be called `Wire`".to_owned())
    );
}
