//! The manifest of an output folder: what a deployment needs to know beside the templates.
//!
//! `manifest.json` is written by `synth`. Its first field names its form; new fields can appear
//! within a form, none changes or goes. Sorted, without a time: the same program gives the same
//! bytes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize, Serializer};
use stack_core::build::Accepted;
use stack_core::{Assembly, Origin, SynthesizedStack};

use crate::settings::Accept;

/// The name of the manifest in its folder.
pub(crate) const FILE: &str = "manifest.json";

const SCHEMA: &str = "stack/manifest.v1";

/// What is written.
#[derive(Debug, Serialize)]
pub(crate) struct Manifest<'a> {
    schema: &'static str,
    /// Names of the stacks, each after those it takes values from.
    order: Vec<&'a str>,
    /// By name.
    stacks: Vec<Stack<'a>>,
    /// What goes from stack to stack, sorted.
    wiring: Vec<Wire<'a>>,
    /// Findings that the program says are meant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    accepted: Vec<Meant<'a>>,
}

#[derive(Debug, Serialize)]
struct Stack<'a> {
    name: &'a str,
    /// The template, in the manifest's folder.
    file: String,
    /// Where the stack goes; missing when it can go anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<Environment<'a>>,
    resources: usize,
    /// Size of the template file.
    bytes: usize,
    termination_protection: bool,
    /// What parameters are given, beside what other stacks give them.
    arguments: &'a BTreeMap<&'static str, String>,
    tags: &'a BTreeMap<String, String>,
    /// Logical id → line of the program it comes from.
    origins: Origins<'a>,
}

/// An account and a region, both text.
#[derive(Debug, Serialize)]
pub(crate) struct Environment<'a> {
    account: &'a str,
    region: &'a str,
}

impl<'a> Environment<'a> {
    pub(crate) fn of(stack: &'a SynthesizedStack) -> Option<Environment<'a>> {
        let it = stack.environment.as_ref()?;
        Some(Environment {
            account: &it.account,
            region: &it.region,
        })
    }
}

#[derive(Debug)]
struct Origins<'a>(&'a BTreeMap<&'static str, Origin>);

impl Serialize for Origins<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Line(Origin);
        impl Serialize for Line {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }
        serializer.collect_map(self.0.iter().map(|(id, it)| (id, Line(*it))))
    }
}

#[derive(Debug, Serialize)]
struct Wire<'a> {
    stack: &'a str,
    parameter: &'a str,
    from_stack: &'a str,
    output: &'a str,
}

#[derive(Debug, Serialize)]
struct Meant<'a> {
    rule: &'a str,
    place: &'a str,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

impl<'a> Meant<'a> {
    fn of(it: &'a Accepted) -> Meant<'a> {
        Meant {
            rule: &it.rule,
            place: &it.place,
            reason: &it.reason,
            until: it.until.map(|it| it.to_string()),
        }
    }
}

/// A stack and the template file that was made of it.
#[derive(Debug)]
pub(crate) struct TemplateFile<'a> {
    pub(crate) stack: &'a SynthesizedStack,
    pub(crate) name: String,
    pub(crate) bytes: usize,
}

/// The manifest of these files, as JSON. The files must hold every stack that one of them takes
/// values from.
pub(crate) fn write(assembly: &Assembly, files: &[TemplateFile<'_>]) -> String {
    let names: BTreeSet<&str> = files.iter().map(|it| it.stack.name).collect();
    let mut stacks: Vec<Stack<'_>> = files.iter().map(Stack::of).collect();
    stacks.sort_by_key(|it| it.name);
    let wires = assembly.wiring().iter();
    let manifest = Manifest {
        schema: SCHEMA,
        order: assembly
            .order()
            .iter()
            .copied()
            .filter(|it| names.contains(it))
            .collect(),
        stacks,
        wiring: wires
            .filter(|it| names.contains(it.stack))
            .map(|it| Wire {
                stack: it.stack,
                parameter: &it.parameter,
                from_stack: it.from_stack,
                output: &it.output,
            })
            .collect(),
        accepted: assembly.accepted().iter().map(Meant::of).collect(),
    };
    // Plain data with text for keys always has a JSON form.
    let mut text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
    text.push('\n');
    text
}

impl<'a> Stack<'a> {
    fn of(file: &TemplateFile<'a>) -> Stack<'a> {
        let stack = file.stack;
        Stack {
            name: stack.name,
            file: file.name.clone(),
            environment: Environment::of(stack),
            resources: resources(stack),
            bytes: file.bytes,
            termination_protection: stack.termination_protection,
            arguments: &stack.arguments,
            tags: &stack.tags,
            origins: Origins(&stack.origins),
        }
    }
}

/// How many resources a stack has, not counting what loops and macros make of theirs.
pub(crate) fn resources(stack: &SynthesizedStack) -> usize {
    stack.template.resources().count()
}

/// What an earlier run wrote: stack → file.
///
/// `None` when this is no manifest of ours.
pub(crate) fn read(content: &[u8]) -> Option<BTreeMap<String, String>> {
    #[derive(Deserialize)]
    struct Earlier {
        schema: String,
        stacks: Vec<EarlierStack>,
    }
    #[derive(Deserialize)]
    struct EarlierStack {
        name: String,
        file: String,
    }
    let earlier: Earlier = serde_json::from_slice(content).ok()?;
    if earlier.schema != SCHEMA {
        return None;
    }
    let files = earlier.stacks.into_iter().map(|it| (it.name, it.file));
    Some(files.collect())
}

/// What is recorded of a stack beside its template.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorded {
    /// What its parameters are given.
    pub(crate) arguments: BTreeMap<String, String>,
    /// What other stacks give them: stack and output.
    pub(crate) wires: BTreeMap<String, (String, String)>,
    pub(crate) account: Option<String>,
    pub(crate) region: Option<String>,
}

/// What a manifest holds for those who judge its templates.
#[derive(Clone, Debug, Default)]
pub(crate) struct Records {
    /// By name of the stack: its file and what is recorded of it.
    pub(crate) stacks: BTreeMap<String, (String, Recorded)>,
    /// Findings that are meant.
    pub(crate) accepted: Vec<Accepted>,
}

/// What a manifest records. `None` when this is no manifest of ours.
pub(crate) fn recorded(content: &[u8]) -> Option<Records> {
    #[derive(Deserialize)]
    struct Whole {
        schema: String,
        stacks: Vec<WholeStack>,
        wiring: Vec<WholeWire>,
        #[serde(default)]
        accepted: Vec<Accept>,
    }
    #[derive(Deserialize)]
    struct WholeStack {
        name: String,
        file: String,
        environment: Option<Place>,
        #[serde(default)]
        arguments: BTreeMap<String, String>,
    }
    #[derive(Deserialize)]
    struct Place {
        account: String,
        region: String,
    }
    #[derive(Deserialize)]
    struct WholeWire {
        stack: String,
        parameter: String,
        from_stack: String,
        output: String,
    }
    let whole: Whole = serde_json::from_slice(content).ok()?;
    if whole.schema != SCHEMA {
        return None;
    }
    let mut stacks = BTreeMap::new();
    for it in whole.stacks {
        let (account, region) = match it.environment {
            Some(place) => (Some(place.account), Some(place.region)),
            None => (None, None),
        };
        let recorded = Recorded {
            arguments: it.arguments,
            wires: BTreeMap::new(),
            account,
            region,
        };
        stacks.insert(it.name, (it.file, recorded));
    }
    for it in whole.wiring {
        if let Some((_, recorded)) = stacks.get_mut(&it.stack) {
            recorded
                .wires
                .insert(it.parameter, (it.from_stack, it.output));
        }
    }
    Some(Records {
        stacks,
        accepted: whole.accepted.into_iter().map(Accepted::from).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn only_our_own_manifest_is_one() {
        for (content, expected) in [
            (
                r#"{"schema":"stack/manifest.v1","stacks":[{"name":"A","file":"A.json"}],"new":1}"#,
                Some(1),
            ),
            (r#"{"schema":"stack/manifest.v1","stacks":[]}"#, Some(0)),
            (r#"{"version":"36.0.0","artifacts":{}}"#, None),
            (r#"{"schema":"stack/manifest.v2","stacks":[]}"#, None),
            ("", None),
            ("<<<<<<< ours", None),
        ] {
            assert_eq!(
                read(content.as_bytes()).map(|it| it.len()),
                expected,
                "{content}"
            );
        }
    }
}
