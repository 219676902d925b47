//! Generated texts and trees come back as they were, from JSON and from YAML.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use stack_core::{Expr, Object, Template};

/// A small generator (xorshift), so that every run sees the same.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn text(&mut self) -> String {
        const WHOLE: &[&str] = &[
            "",
            "y",
            "N",
            "yes",
            "No",
            "ON",
            "off",
            "true",
            "False",
            "null",
            "NULL",
            "~",
            "none",
            "0",
            "-0",
            "017",
            "0o17",
            "0x1F",
            "0b1",
            "1_000",
            "1:30",
            "1e3",
            "1.5e+3",
            ".5",
            "1.",
            ".inf",
            "-.INF",
            ".nan",
            "NaN",
            "Infinity",
            "+1",
            "-1",
            "1.10",
            "012345678901",
            "012345670123",
            "2012-10-17",
            "2001-12-14t21:59:43.10-05:00",
            "2001-12-14 21:59:43",
            "=",
            "<<",
            "...",
            "---",
            "- a",
            "-",
            "?",
            "? a",
            ":",
            "a:",
            "a: b",
            "a:b",
            "#",
            "a #b",
            "a#b",
            "!a",
            "&a",
            "*a",
            "|",
            ">",
            "@a",
            "`a`",
            "%a",
            "{}",
            "[]",
            "{a",
            "]",
            ",",
            "'a'",
            "\"a\"",
            "it's",
            "\\n",
            "*.example.com",
            "10.0.0.0/16",
            "arn:aws:iam::012345678901:role/x",
            "AWS::EC2::VPC",
            "${A}",
            "1.2.3",
            "{{resolve:ssm:a}}",
            "t3.small",
            "123e456",
            "0.0.0.0/0",
            "::/0",
            "a\n",
            "\n",
            "\n\n",
            "a\n\n",
            "\na",
            "a\n b",
            " a\nb",
            "a\n\tb\n",
            "\ta\nb",
            "a \nb\n",
            "a\n  \nb\n",
            "a\n  ",
            "a\n  \n",
            "a\r\nb\n",
            "a\r",
            "#a\n#b\n",
            "a\n#b",
            "- a\n- b\n",
            "a: |\n  b\n",
            "---\na\n...\n",
            "%a\nb\n",
            "a\n\n\nb\n\n\n",
            "\u{85}",
            "a\u{2028}b\nc",
            "\u{feff}a",
            "a\u{feff}",
            "\u{a0}",
            "é",
            "日本\n語\n",
            "\u{1f600}",
            "\u{7f}",
            "\u{1}",
            "\u{fffe}",
            "\u{e000}",
            "\u{200b}",
            "\t",
            " ",
            "  ",
            "a ",
            " a",
            "a\tb",
            "0.",
            "00",
            "08",
            "1__0",
            "_1",
            "-",
            "--",
            "e3",
            "0e0",
        ];
        const PIECES: &[&str] = &[
            "a",
            "Z",
            "0",
            "9",
            " ",
            "  ",
            "\n",
            "\n\n",
            "\n  ",
            "\t",
            ":",
            ": ",
            " #",
            "#",
            "-",
            "- ",
            "'",
            "\"",
            "\\",
            "/",
            "{",
            "}",
            "[",
            "]",
            ",",
            "&",
            "*",
            "!",
            "|",
            ">",
            "%",
            "@",
            "`",
            "?",
            "=",
            "<",
            "~",
            "$",
            "${x}",
            ".",
            "_",
            "+",
            "e",
            "x",
            "é",
            "語",
            "\u{1f600}",
            "\u{a0}",
            "\u{85}",
            "\u{2029}",
            "\u{7f}",
            "\u{1b}",
            "\r",
            "\r\n",
            "yes",
            "1",
        ];
        match self.below(4) {
            0 => self.pick(WHOLE).to_owned(),
            1 => self.pick(WHOLE).to_owned() + self.pick(WHOLE),
            _ => (0..self.below(9)).map(|_| self.pick(PIECES)).collect(),
        }
    }

    fn value(&mut self, depth: usize) -> Expr {
        match self.below(if depth > 6 { 6 } else { 12 }) {
            0 => Expr::Null,
            1 => Expr::Bool(self.below(2) == 0),
            2 => Expr::Int(self.0 as i64 >> self.below(64)),
            3 => Expr::Decimal(
                self.pick(&[
                    "1.0",
                    "-0",
                    "1e400",
                    "1.5E-3",
                    "18446744073709551616",
                    "0.10",
                    "-2.5e+10",
                ])
                .to_owned()
                .into(),
            ),
            4 | 5 => Expr::from(self.text()),
            6 | 7 => Expr::List((0..self.below(4)).map(|_| self.value(depth + 1)).collect()),
            8 | 9 => Expr::Object(self.object(depth)),
            _ => {
                let name = self.pick(&[
                    "Ref",
                    "Condition",
                    "Fn::Sub",
                    "Fn::GetAtt",
                    "Fn::If",
                    "Fn::Base64",
                    "Fn::GetAZs",
                    "Fn::Transform",
                    "Fn::ForEach::X",
                    "Fn::Unknown",
                    "Fn::GetStackOutput",
                    "Fn::Select",
                ]);
                let argument = match self.below(3) {
                    0 => Expr::from(vec![Expr::from(self.text()), Expr::from(self.text())]),
                    1 => Expr::from(vec![Expr::from("Abc"), Expr::from("Def.Ghi")]),
                    _ => self.value(depth + 1),
                };
                Expr::Object(Object::single(name.to_owned(), argument))
            }
        }
    }

    fn object(&mut self, depth: usize) -> Object {
        (0..self.below(4))
            .map(|_| (self.text(), self.value(depth + 1)))
            .collect()
    }
}

#[track_caller]
fn comes_back(root: Object) {
    let template = Template::from_object(root);
    let (json, yaml) = (template.to_json(), template.to_yaml());
    match Template::from_json(&json) {
        Ok(back) => assert!(back == template, "{json}"),
        Err(problems) => unreachable!("{}\n{json}", problems[0]),
    }
    match Template::from_yaml(&yaml) {
        Ok(back) => assert!(back == template, "{yaml}\n{json}\n{}", back.to_json()),
        Err(problems) => unreachable!("{}\n{yaml}", problems[0]),
    }
    // JSON is YAML, too, for those who take it for that.
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&json).unwrap(),
        Expr::from(template.into_root()).to_serde()
    );
}

#[test]
fn generated_texts_come_back() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for _ in 0..3_000 {
        let text = random.text();
        let mut root = Object::new();
        root.set("value", text.clone());
        root.set("list", vec![Expr::from(text.clone()), Expr::from("after")]);
        root.set("sub", Expr::function("Fn::Sub", text.clone()));
        root.set("nested", vec![Expr::from(vec![Expr::from(text.clone())])]);
        root.set(text.clone(), Object::single(text.clone(), Expr::from(text)));
        comes_back(root);
    }
}

#[test]
fn generated_trees_come_back() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..3_000 {
        let mut root = random.object(0);
        root.set("Resources", random.object(0));
        root.set("Parameters", random.value(0));
        comes_back(root);
    }
}

#[test]
fn long_names_and_long_texts_come_back() {
    for length in [900, 1_000, 1_024, 1_100, 5_000] {
        let long = "x y".repeat(length / 3);
        let mut inner = Object::single(long.clone(), Expr::from(long.clone()));
        inner.set(
            format!("\"{long}\n"),
            Expr::List(vec![Expr::from(long.clone())]),
        );
        let mut root = Object::single(long.clone(), Expr::from(inner.clone()));
        root.set("list", vec![Expr::from(inner)]);
        comes_back(root);
    }
}
