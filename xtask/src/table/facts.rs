//! Reading the fact files without losing one: every key is either taken or reported.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value};

/// The fields of one object of a fact file, and which of them have been looked at.
pub(crate) struct Fields<'a> {
    fields: &'a Map<String, Value>,
    place: String,
    taken: RefCell<BTreeSet<&'a str>>,
}

impl<'a> Fields<'a> {
    /// The fields of an object; `place` is for messages.
    pub(crate) fn of(value: &'a Value, place: impl Into<String>) -> Result<Fields<'a>, String> {
        let place = place.into();
        let fields = value
            .as_object()
            .ok_or_else(|| format!("{place}: expected an object"))?;
        Ok(Fields {
            fields,
            place,
            taken: RefCell::default(),
        })
    }

    /// Where this is.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// The value of a key.
    pub(crate) fn take(&self, key: &'a str) -> Option<&'a Value> {
        self.taken.borrow_mut().insert(key);
        self.fields.get(key)
    }

    /// Text.
    pub(crate) fn text(&self, key: &'a str) -> Result<Option<&'a str>, String> {
        self.typed(key, "text", Value::as_str)
    }

    /// A count.
    pub(crate) fn size(&self, key: &'a str) -> Result<Option<u64>, String> {
        // Some counts are written `1.0`.
        let whole = |it: &Value| {
            it.as_u64().or_else(|| {
                it.as_f64()
                    .filter(|it| it.fract() == 0.0)
                    .map(|it| it as u64)
            })
        };
        self.typed(key, "a count", whole)
    }

    /// A number.
    pub(crate) fn decimal(&self, key: &'a str) -> Result<Option<f64>, String> {
        self.typed(key, "a number", Value::as_f64)
    }

    /// A list of texts.
    pub(crate) fn texts(&self, key: &'a str) -> Result<Vec<&'a str>, String> {
        let Some(value) = self.take(key) else {
            return Ok(Vec::new());
        };
        texts(value).ok_or_else(|| format!("{}: `{key}` is no list of texts", self.place))
    }

    /// Lists of texts by name.
    pub(crate) fn named_texts(&self, key: &'a str) -> Result<Vec<(&'a str, Vec<&'a str>)>, String> {
        let Some(value) = self.take(key) else {
            return Ok(Vec::new());
        };
        let lists = value.as_object().and_then(|it| {
            it.iter()
                .map(|(name, list)| Some((name.as_str(), texts(list)?)))
                .collect()
        });
        lists.ok_or_else(|| format!("{}: `{key}` holds no lists of texts", self.place))
    }

    /// A list of anything.
    pub(crate) fn list(&self, key: &'a str) -> Result<&'a [Value], String> {
        let list = self.typed(key, "a list", |it| it.as_array().map(Vec::as_slice))?;
        Ok(list.unwrap_or_default())
    }

    /// Whether the key is there with anything but 0, `false` or `null`.
    pub(crate) fn flag(&self, key: &'a str) -> bool {
        !matches!(
            self.take(key),
            None | Some(Value::Null | Value::Bool(false))
        ) && self.fields.get(key).and_then(Value::as_u64) != Some(0)
    }

    fn typed<T>(
        &self,
        key: &'a str,
        what: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, String> {
        let Some(value) = self.take(key) else {
            return Ok(None);
        };
        let wrong = || {
            format!(
                "{}: `{key}` is no {}",
                self.place,
                what.trim_start_matches("a ")
            )
        };
        read(value).ok_or_else(wrong).map(Some)
    }

    /// Fails when there is a key that nobody has looked at: a fact that would be lost.
    pub(crate) fn finish(self) -> Result<(), String> {
        let taken = self.taken.borrow();
        match self.fields.keys().find(|key| !taken.contains(key.as_str())) {
            Some(key) => Err(format!(
                "{}: the fact `{key}` is not known here",
                self.place
            )),
            None => Ok(()),
        }
    }
}

/// A list of texts.
pub(crate) fn texts(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}

fn read(path: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()))?;
    serde_json::from_str(&text).map_err(|why| format!("{}: {why}", path.display()))
}

/// The `.json` files right in a directory, in order.
fn files(directory: &Path) -> Result<Vec<Value>, String> {
    let entries =
        std::fs::read_dir(directory).map_err(|why| format!("{}: {why}", directory.display()))?;
    let mut paths: Vec<_> = entries.filter_map(|it| Some(it.ok()?.path())).collect();
    paths.retain(|it| it.extension().is_some_and(|it| it == "json"));
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

/// The facts of every resource type, by its name. Files of the directory that hold something
/// other than a service are passed over.
pub(crate) fn types(directory: &Path) -> Result<BTreeMap<String, Value>, String> {
    let mut all = BTreeMap::new();
    for file in files(directory)? {
        let (Some(service), Some(types)) = (file["service"].as_str(), file["types"].as_object())
        else {
            continue;
        };
        for (name, facts) in types {
            all.insert(format!("{service}::{name}"), facts.clone());
        }
    }
    if all.is_empty() {
        return Err(format!("{}: no facts", directory.display()));
    }
    Ok(all)
}

/// The rules beyond the schema, by resource type. There may be none.
pub(crate) fn rules(directory: &Path) -> Result<BTreeMap<String, Vec<Value>>, String> {
    let mut all = BTreeMap::new();
    if !directory.is_dir() {
        return Ok(all);
    }
    for file in files(directory)? {
        let fields = Fields::of(&file, directory.display().to_string())?;
        let name = fields.text("type")?.unwrap_or_default().to_owned();
        all.insert(name, fields.list("rules")?.to_vec());
        fields.finish()?;
    }
    Ok(all)
}
