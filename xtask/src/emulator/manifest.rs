//! What `synth` wrote: the stacks of a system in deployment order, and what is wired to what.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::judge;

/// One system of the examples.
pub(super) struct System {
    pub(super) name: String,
    pub(super) stacks: Vec<Stack>,
}

pub(super) struct Stack {
    pub(super) name: String,
    pub(super) file: PathBuf,
    pub(super) account: String,
    pub(super) region: String,
    pub(super) protected: bool,
    pub(super) arguments: BTreeMap<String, String>,
    pub(super) tags: BTreeMap<String, String>,
    /// Parameter, and the stack and output that fill it in.
    pub(super) wiring: Vec<(String, String, String)>,
    pub(super) template: Value,
}

/// The systems of a folder that `synth` wrote. Which stack belongs to which is where its snapshot is.
pub(super) fn systems(folder: &Path, snapshots: &Path) -> Result<Vec<System>, String> {
    let manifest = read(&folder.join("manifest.json"))?;
    if manifest["schema"] != "stack/manifest.v1" {
        return Err(format!("the manifest is {}", manifest["schema"]));
    }
    let mut home = BTreeMap::new();
    for path in judge::templates(snapshots)? {
        let system = path.parent().map(judge::name).unwrap_or_default();
        home.insert(judge::name(&path), system);
    }
    let mut systems: BTreeMap<String, Vec<Stack>> = BTreeMap::new();
    for name in manifest["order"].as_array().into_iter().flatten() {
        let stacks = manifest["stacks"].as_array().into_iter().flatten();
        let said = stacks
            .into_iter()
            .find(|it| it["name"] == *name)
            .ok_or_else(|| format!("the manifest says nothing of {name}"))?;
        let stack = stack(folder, said, &manifest["wiring"])?;
        let system = home
            .get(&stack.name)
            .ok_or_else(|| format!("there is no snapshot of `{}`", stack.name))?;
        systems.entry(system.clone()).or_default().push(stack);
    }
    let systems = systems.into_iter();
    Ok(systems
        .map(|(name, stacks)| System { name, stacks })
        .collect())
}

fn stack(folder: &Path, said: &Value, wiring: &Value) -> Result<Stack, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let texts = |value: &Value| -> BTreeMap<String, String> {
        let members = value.as_object().into_iter().flatten();
        members.map(|(key, it)| (key.clone(), text(it))).collect()
    };
    let name = text(&said["name"]);
    let file = folder.join(text(&said["file"]));
    let wired = wiring.as_array().into_iter().flatten();
    let wired = wired.filter(|it| it["stack"] == name.as_str());
    let wiring = wired.map(|it| {
        (
            text(&it["parameter"]),
            text(&it["from_stack"]),
            text(&it["output"]),
        )
    });
    Ok(Stack {
        account: text(&said["environment"]["account"]),
        region: text(&said["environment"]["region"]),
        protected: said["termination_protection"] == true,
        arguments: texts(&said["arguments"]),
        tags: texts(&said["tags"]),
        wiring: wiring.collect(),
        template: read(&file)?,
        file,
        name,
    })
}

pub(super) fn read(path: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()))?;
    serde_json::from_str(&text).map_err(|why| format!("{}: {why}", path.display()))
}
