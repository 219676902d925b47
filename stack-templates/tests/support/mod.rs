//! User data as an instance gets it.

#![allow(clippy::expect_used)]

use serde_json::Value as Json;

/// The text that CloudFormation makes of an expression of a template; a reference becomes its own
/// name.
pub(crate) fn text_of(template: &Json, expr: &Json) -> String {
    if let Some(text) = expr.as_str() {
        return text.to_owned();
    }
    if let Some([delimiter, parts]) = expr["Fn::Join"].as_array().map(Vec::as_slice) {
        let found = &parts["Fn::FindInMap"];
        let [name, top, second] = [0, 1, 2].map(|it| found[it].as_str().unwrap_or_default());
        let parts = match parts.as_array() {
            Some(parts) => parts,
            None => template["Mappings"][name][top][second]
                .as_array()
                .expect("a list of a mapping"),
        };
        let parts: Vec<String> = parts.iter().map(|it| text_of(template, it)).collect();
        return parts.join(delimiter.as_str().unwrap_or_default());
    }
    let mut rest = expr["Fn::Sub"].as_str().unwrap_or_default();
    let mut text = String::new();
    while let Some((before, after)) = rest.split_once("${") {
        text += before;
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        match name.strip_prefix('!') {
            Some(name) => text += &format!("${{{name}}}"),
            None => text += &name.replace("::", "-"),
        }
        rest = after;
    }
    text + rest
}
