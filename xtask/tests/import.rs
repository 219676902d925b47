//! `cargo xtask schema import`, from its command line: what it writes, says and ends with.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

/// A folder with the two packages and a folder for facts, gone at the end.
struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Place {
    fn new(name: &str) -> Place {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&place);
        for folder in ["lint/providers", "lint/resources", "spec", "facts"] {
            fs::create_dir_all(place.join(folder)).unwrap();
        }
        let place = Place(place);
        let database = json!({"schema": {
            "resource": {"entities": [{
                "$id": "1", "cloudFormationType": "AWS::Shop::Till", "cfnRefIdentifier": ["Name"],
                "attributes": {"Url": {"type": {"type": "string"}}},
                "properties": {"Name": {"type": {"type": "string"}, "causesReplacement": "yes"}},
            }]},
            "typeDefinition": {"entities": [{"$id": "2", "name": "Drawer", "properties": {}}]},
        }});
        place.spec(&database);
        place.types(&[("Shop::Till", till()), ("Shelf::Board", json!({}))]);
        place
    }

    fn spec(&self, database: &Value) {
        let file = fs::File::create(self.0.join("spec/db.json.gz")).unwrap();
        let mut packed = GzEncoder::new(file, Compression::fast());
        packed.write_all(database.to_string().as_bytes()).unwrap();
        packed.finish().unwrap();
    }

    /// The types there are, in one region.
    fn types(&self, types: &[(&str, Value)]) {
        let mut region = json!({});
        for (number, (name, schema)) in types.iter().enumerate() {
            let full = format!("AWS::{name}");
            let mut schema = schema.clone();
            schema["typeName"] = full.clone().into();
            region[full] = number.to_string().into();
            let file = self.0.join(format!("lint/resources/{number}.json"));
            fs::write(file, schema.to_string()).unwrap();
        }
        fs::write(
            self.0.join("lint/providers/eu-west-1.json"),
            region.to_string(),
        )
        .unwrap();
    }

    fn import(&self, more: &[&str]) -> Output {
        let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
        xtask
            .args(["schema", "import", "--cfn-lint"])
            .arg(self.0.join("lint"));
        xtask.arg("--service-spec").arg(self.0.join("spec"));
        xtask.arg("--facts").arg(self.0.join("facts"));
        xtask.args(more).output().unwrap()
    }

    fn facts(&self) -> Vec<(String, String)> {
        let files = fs::read_dir(self.0.join("facts")).unwrap().flatten();
        let read = |it: fs::DirEntry| {
            let name = it.file_name().to_string_lossy().into_owned();
            (name, fs::read_to_string(it.path()).unwrap())
        };
        let mut facts: Vec<_> = files.map(read).collect();
        facts.sort();
        facts
    }
}

fn till() -> Value {
    json!({"properties": {"Name": {"type": "string"}, "Size": {"type": "integer", "minimum": 1}}})
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |it: &[u8]| String::from_utf8_lossy(it).into_owned();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

const TILL: &str = r#"{"service":"AWS::Shop","types":{
"Till":{
"ref":["Name"]
,"lco":["Name"]
,"attrs":{"Url":"s"}
,"props":{
 "Name":{"t":"s"}
 ,"Size":{"t":"i","min":1}
}
}
}}
"#;

#[test]
fn facts_are_written_one_property_a_line_and_the_same_again_change_nothing() {
    let place = Place::new("import-same");
    let (code, out, err) = said(&place.import(&[]));
    assert_eq!(err, "");
    assert_eq!(
        out,
        "nothing breaks; types: 2\nthe facts are written; `cargo xtask schema generate` comes next\n"
    );
    assert_eq!(code, Some(0));
    let facts = place.facts();
    let names: Vec<&str> = facts.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(names, ["aws_shelf.json", "aws_shop.json"]);
    assert_eq!(facts[1].1, TILL);
    for options in [&[][..], &["--check"], &["--dry-run"]] {
        let (code, out, _) = said(&place.import(options));
        assert_eq!(out, "nothing breaks\nthe facts are up to date\n");
        assert_eq!(code, Some(0), "{options:?}");
        assert_eq!(place.facts(), facts);
    }
}

#[test]
fn what_breaks_ends_with_one_and_is_written_unless_only_asked() {
    let place = Place::new("import-breaks");
    place.import(&[]);
    let facts = place.facts();
    let mut smaller = till();
    smaller["properties"]["Size"]["minimum"] = 2.into();
    smaller["properties"]["Label"] = json!({"type": "string"});
    place.types(&[("Shop::Till", smaller)]);
    for option in ["--dry-run", "--check"] {
        let (code, out, _) = said(&place.import(&[option]));
        assert_eq!(
            out,
            "breaks: AWS::Shelf::Board is gone\n\
             1 change breaks programs; stricter: 1; properties: 1\n\
             the facts would change, and are not written\n"
        );
        assert_eq!(code, Some(1), "{option}");
        assert_eq!(place.facts(), facts);
    }
    let (code, out, _) = said(&place.import(&["--verbose"]));
    assert_eq!(
        out,
        "breaks: AWS::Shelf::Board is gone\n\
         stricter: AWS::Shop::Till.Size `min` was `1` and is `2`\n\
         properties: AWS::Shop::Till.Label\n\
         1 change breaks programs; stricter: 1; properties: 1\n\
         the facts are written; `cargo xtask schema generate` comes next\n"
    );
    assert_eq!(code, Some(1));
    let names: Vec<String> = place.facts().into_iter().map(|it| it.0).collect();
    assert_eq!(names, ["aws_shop.json"], "the service is gone");
}

#[test]
fn new_facts_that_break_nothing_fail_a_check_and_no_import() {
    let place = Place::new("import-check");
    place.import(&[]);
    place.types(&[
        ("Shop::Till", till()),
        (
            "Shelf::Board",
            json!({"properties": {"Length": {"type": "number"}}}),
        ),
    ]);
    assert_eq!(said(&place.import(&["--check"])).0, Some(1));
    assert_eq!(said(&place.import(&["--dry-run"])).0, Some(0));
    assert_eq!(said(&place.import(&[])).0, Some(0));
    assert_eq!(said(&place.import(&["--check"])).0, Some(0));
}

#[test]
fn what_cannot_be_read_ends_with_two_names_its_place_and_writes_nothing() {
    type Change = fn(&Place);
    let cases: &[(Change, &str)] = &[
        (
            |place| place.types(&[("Shop::Till", json!({"properties": {"Name": {"colour": 1}}}))]),
            "resources/0.json, `AWS::Shop::Till` at /properties/Name: the keyword `colour` is not known here",
        ),
        (
            |place| {
                let other = json!({"typeName": "AWS::Shop::Shelf"});
                fs::write(place.0.join("lint/resources/0.json"), other.to_string()).unwrap();
            },
            "resources/0.json, `AWS::Shop::Till` at /typeName: is not `AWS::Shop::Till`",
        ),
        (
            |place| fs::remove_file(place.0.join("lint/resources/1.json")).unwrap(),
            "resources/1.json: No such file",
        ),
        (
            |place| {
                let other = json!({"AWS::Shop::Till": "1"}).to_string();
                fs::write(place.0.join("lint/providers/us-east-1.json"), other).unwrap();
            },
            "`AWS::Shop::Till` is `1` here and `0` in another region",
        ),
        (
            |place| fs::remove_dir_all(place.0.join("lint/resources")).unwrap(),
            "holds no `cfnlint/data/schemas`",
        ),
        (
            |place| fs::remove_file(place.0.join("spec/db.json.gz")).unwrap(),
            "holds no `db.json.gz`",
        ),
        (
            |place| {
                fs::write(place.0.join("spec/db.json.gz"), "this is no archive at all").unwrap()
            },
            "db.json.gz: invalid gzip header",
        ),
        (
            |place| place.spec(&json!({"schema": {}})),
            "/schema/typeDefinition/entities: is no list of entities",
        ),
        (
            |place| fs::write(place.0.join("facts/aws_shop.json"), "<<<<<<<").unwrap(),
            "aws_shop.json: expected value",
        ),
    ];
    for (number, (change, expected)) in cases.iter().enumerate() {
        let place = Place::new(&format!("import-unread-{number}"));
        change(&place);
        let before = place.facts();
        let (code, out, err) = said(&place.import(&[]));
        assert!(err.contains(expected), "{err}");
        assert!(err.starts_with("error: "), "{err}");
        assert_eq!((code, out.as_str()), (Some(2), ""));
        assert_eq!(place.facts(), before);
    }
}

#[test]
fn packages_are_taken_as_their_files_too() {
    let place = Place::new("import-files");
    let pack = |module: &str, file: &str, from: &str, inner: &str| {
        let inside = place.0.join("inside");
        let _ = fs::remove_dir_all(&inside);
        fs::create_dir_all(inside.join(inner).parent().unwrap()).unwrap();
        fs::rename(place.0.join(from), inside.join(inner)).unwrap();
        let top = inner.split('/').next().unwrap();
        let mut python = Command::new("python3");
        python
            .args(["-m", module, "-c"])
            .arg(place.0.join(file))
            .arg(top);
        python
            .current_dir(&inside)
            .status()
            .is_ok_and(|it| it.success())
    };
    if !(pack("zipfile", "lint.whl", "lint", "cfnlint/data/schemas")
        && pack("tarfile", "spec.tgz", "spec", "package"))
    {
        eprintln!("no python3 at hand; packages were not unpacked");
        return;
    }
    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
    xtask.env("CARGO_TARGET_DIR", place.0.join("target"));
    xtask
        .args(["schema", "import", "--cfn-lint"])
        .arg(place.0.join("lint.whl"));
    xtask.arg("--service-spec").arg(place.0.join("spec.tgz"));
    xtask.arg("--facts").arg(place.0.join("facts"));
    let (code, _, err) = said(&xtask.output().unwrap());
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert_eq!(place.facts()[1].1, TILL);
}

#[test]
fn the_committed_facts_are_those_of_the_pinned_versions() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let installed = |it: &str| target.join("tools").join(it).join("installed").is_file();
    if !(installed("cfn-lint") && installed("service-spec")) {
        eprintln!(
            "the packages are not at hand (`cargo xtask schema import`); nothing was compared"
        );
        return;
    }
    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let output = xtask
        .args(["schema", "import", "--check"])
        .output()
        .unwrap();
    let (code, out, err) = said(&output);
    assert_eq!(code, Some(0), "{out}{err}");
}
