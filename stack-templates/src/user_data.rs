//! User data of an instance: a strict script, the files it brings along, and values that
//! CloudFormation fills in.

use stack_core::prelude::*;
use stack_text::{Escape, TextTemplate, Values};

/// What EC2 takes, in bytes before it is encoded.
///
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html>
const MOST_BYTES: usize = 16 * 1024;

/// What a value that only CloudFormation knows is counted as: an ARN rarely has more characters.
const UNKNOWN_BYTES: usize = 160;

/// Stands around the number of a piece that is put in after rendering. No script and no value has
/// it.
const MARK: char = '\u{1}';

/// A bash script for user data. It begins with a strict template: a placeholder without a value, a
/// value without a placeholder and a placeholder that stands within quotes are refused at synth, and
/// so is a script of more than 16 KiB. Then come files that it brings along, and a program that has
/// no placeholders.
///
/// A value becomes one quoted word, `NAME={{name}}`, whatever it holds, also where CloudFormation
/// fills it in: quotes in the value of a parameter are escaped by `Fn::Split` and `Fn::Join` when
/// the stack is deployed. Names, ids and ARNs that AWS makes have none.
///
/// No secret belongs here, and dynamic references are refused: whoever may describe the launch
/// template reads user data.
///
/// ```
/// use stack_core::prelude::*;
/// use stack_templates::UserData;
///
/// let mut app = App::new();
/// let mut stack = app.stack("Web");
/// let script = UserData::script("boot.sh", "GREETING={{greeting}}\nREGION={{region}}\n")
///     .value("greeting", "it's $HOME; rm -rf /")
///     .value("region", pseudo::region())
///     .file("/usr/local/sbin/greet", "#!/bin/bash\necho \"$1\"\n")
///     .program("greet \"$GREETING from $REGION\"\n");
/// let user_data: Value<String> = script.encoded(&mut stack);
/// ```
#[derive(Clone, Debug)]
pub struct UserData {
    name: &'static str,
    template: String,
    values: Vec<(&'static str, Value<String>)>,
    program: Program,
    shared: Vec<SharedProgram>,
}

/// What follows the template of a script, and has no placeholders.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    files: Vec<(&'static str, &'static str)>,
    text: String,
}

/// A program that stands in a template once, for several launch templates.
#[derive(Clone, Debug)]
pub(crate) struct SharedProgram {
    lines: Value<List<String>>,
    bytes: usize,
}

impl UserData {
    /// A script that begins with this template, without the first line that names its interpreter;
    /// `name` is what problems call it. It runs with `set -euo pipefail`.
    pub fn script(name: &'static str, template: impl Into<String>) -> UserData {
        UserData {
            name,
            template: template.into(),
            values: Vec::new(),
            program: Program::default(),
            shared: Vec::new(),
        }
    }

    /// The value of a placeholder of the template.
    pub fn value(mut self, name: &'static str, value: impl IntoValue<String>) -> UserData {
        self.values.push((name, value.into_value()));
        self
    }

    /// A program that the script brings along, written as it is before the script goes on; only
    /// root may read it and run it.
    pub fn file(mut self, path: &'static str, text: &'static str) -> UserData {
        self.program.files.push((path, text));
        self
    }

    /// What runs after the template, with the variables that it set. Braces mean nothing here.
    pub fn program(mut self, text: impl AsRef<str>) -> UserData {
        self.program.text += text.as_ref();
        self
    }

    /// The same, before it, kept elsewhere in the template.
    pub(crate) fn shared(mut self, program: &SharedProgram) -> UserData {
        self.shared.push(program.clone());
        self
    }

    /// The script as `UserData` wants it: one line for each line of the script, joined and encoded.
    /// What is wrong with it becomes a problem of the scope.
    pub fn encoded(self, scope: &mut Scope<'_>) -> Value<String> {
        let name = self.name;
        let own = Some(self.program.clone().text(scope)).filter(|it| !it.is_empty());
        let shared = self.shared.clone();
        let (text, pieces) = match self.render() {
            Ok(it) => it,
            Err(problems) => {
                for it in problems {
                    scope.problem(it);
                }
                return base64("");
            }
        };
        let text = text.trim_end_matches('\n');
        let bytes: usize = shared.iter().map(|it| 1 + it.bytes).sum();
        let size = size(text, &pieces) + bytes + own.as_ref().map_or(0, |it| 1 + it.len());
        if size > MOST_BYTES {
            let message =
                format!("the user data `{name}` has {size} bytes, EC2 takes {MOST_BYTES}");
            scope.problem(
                Problem::error("user-data-size", message)
                    .help("put what is large into the machine image, or fetch it from S3"),
            );
        }
        let mut lines: Vec<Expr> = text.split('\n').map(|it| line(it, &pieces)).collect();
        lines.extend(
            shared
                .into_iter()
                .map(|it| join("\n", it.lines).into_expr()),
        );
        lines.extend(own.iter().flat_map(|it| lines_of(it)));
        let joined = Expr::function("Fn::Join", [Expr::from("\n"), Expr::List(lines)]);
        base64(Value::<String>::from_expr(joined))
    }

    /// The text, in which marks stand for what is not known before the stack is deployed.
    fn render(self) -> Result<(String, Vec<Expr>), Vec<Problem>> {
        let mut problems = Vec::new();
        let mut pieces = Vec::new();
        let mut pairs = Vec::new();
        for (name, value) in self.values {
            match value.into_expr() {
                Expr::String(text) if text.contains(MARK) => {
                    let message = format!("the value of `{name}` has a control character");
                    problems.push(
                        Problem::error("user-data-value", message)
                            .help("leave U+0001 out of it: it marks the values of CloudFormation"),
                    );
                    pairs.push((name, String::new()));
                }
                Expr::String(text) => pairs.push((name, text.into_owned())),
                other if is_dynamic(&other) => {
                    let message = format!("the value of `{name}` would be resolved into user data");
                    problems.push(
                        Problem::error("user-data-value", message)
                            .help("give the script its name, and let the instance read it"),
                    );
                    pairs.push((name, String::new()));
                }
                other => {
                    pairs.push((name, format!("{MARK}{}{MARK}", pieces.len())));
                    pieces.push(within_quotes(other));
                }
            }
        }
        let text = format!("#!/bin/bash\nset -euo pipefail\n{}", self.template);
        let template = TextTemplate::parse(&text, self.name, Escape::Shell);
        let values = Values::from_pairs(pairs, self.name);
        let rendered = match (template, values) {
            (Ok(template), Ok(values)) => template.render(&values),
            (template, values) => {
                problems.extend(template.err().into_iter().flatten());
                problems.extend(values.err().into_iter().flatten());
                return Err(problems);
            }
        };
        match rendered {
            Ok(text) if problems.is_empty() => Ok((text, pieces)),
            Ok(_) => Err(problems),
            Err(more) => Err(problems.into_iter().chain(more).collect()),
        }
    }
}

impl Program {
    pub(crate) fn new(text: impl Into<String>) -> Program {
        Program {
            files: Vec::new(),
            text: text.into(),
        }
    }

    pub(crate) fn file(mut self, path: &'static str, text: &'static str) -> Program {
        self.files.push((path, text));
        self
    }

    fn text(self, scope: &mut Scope<'_>) -> String {
        let mut all = String::new();
        for (path, text) in &self.files {
            let plain = |it: u8| it.is_ascii_alphanumeric() || b"/._-".contains(&it);
            if !path.starts_with('/') || !path.bytes().all(plain) {
                let message = format!("`{path}` cannot be written by user data");
                scope.problem(
                    Problem::error("user-data-file", message)
                        .help("give an absolute path of letters, digits, `.`, `_` and `-`"),
                );
            }
            let end = end_of(text);
            all += &format!("install -m 0700 /dev/null {path}\ncat > {path} <<'{end}'\n{text}");
            all += if text.ends_with('\n') { "" } else { "\n" };
            all += &format!("{end}\n");
        }
        all += self.text.trim_end_matches('\n');
        if all.contains(MARK) {
            let problem = Problem::error("user-data-file", "a program has a control character");
            scope.problem(problem.help("leave U+0001 out of it"));
            return String::new();
        }
        all
    }
}

/// | logical id | what |
/// |---|---|
/// | `{id}` | a mapping with the lines |
impl Build for Program {
    type Handle = SharedProgram;

    fn build(self, scope: &mut Scope<'_>) -> SharedProgram {
        let text = self.text(scope);
        let row = vec![("Lines", Expr::List(lines_of(&text).collect()))];
        let mapping = scope.mapping("", [("UserData", row)]);
        SharedProgram {
            lines: find_in_map(mapping, "UserData", "Lines"),
            bytes: text.len(),
        }
    }
}

fn is_dynamic(expr: &Expr) -> bool {
    let mut found = false;
    expr.each(&mut |it| found |= matches!(it, Expr::Dynamic(_)));
    found
}

/// What may stand between single quotes: `it's` becomes `it'\\''s` when the stack is deployed.
fn within_quotes(expr: Expr) -> Expr {
    if is_made_by_aws(&expr) {
        return expr;
    }
    let parts = Expr::function("Fn::Split", [Expr::from("'"), expr]);
    Expr::function("Fn::Join", [Expr::from("'\\''"), parts])
}

/// Whether it is made of nothing but names, ids and ARNs of resources and pseudo parameters, and of
/// text without quotes.
fn is_made_by_aws(expr: &Expr) -> bool {
    let mut fine = true;
    expr.each(&mut |it| {
        fine &= match it {
            // A resource's type has three parts, a parameter's one or four.
            Expr::Reference(it) => it.key.kind.matches("::").count() == 2,
            Expr::String(text) => !text.contains('\''),
            _ => match it.intrinsic() {
                Some(("Ref", name)) => name.as_str().is_some_and(|it| it.starts_with("AWS::")),
                Some((name, _)) => matches!(name, "Fn::Sub" | "Fn::GetAtt" | "Fn::Join"),
                None => true,
            },
        };
    });
    fine
}

fn lines_of(text: &str) -> impl Iterator<Item = Expr> {
    text.split('\n').map(|it| Expr::from(it.to_owned()))
}

/// A line that does not occur in the text, to end its here-document.
fn end_of(text: &str) -> String {
    let mut end = "END".to_owned();
    while text.lines().any(|it| it == end) {
        end.push('_');
    }
    end
}

fn size(text: &str, pieces: &[Expr]) -> usize {
    let marks: usize = (0..pieces.len())
        .map(|it| it.to_string().len() + 2 * MARK.len_utf8())
        .sum();
    (text.len() + pieces.len() * UNKNOWN_BYTES).saturating_sub(marks)
}

/// One line, as text or, with values in it, as `Fn::Sub`.
fn line(text: &str, pieces: &[Expr]) -> Expr {
    if !text.contains(MARK) {
        return Expr::from(text.to_owned());
    }
    let mut template = String::new();
    let mut variables = Object::new();
    for (n, part) in text.split(MARK).enumerate() {
        // Every second part is a number between two marks.
        let piece = (n % 2 == 1)
            .then(|| pieces.get(part.parse::<usize>().ok()?))
            .flatten();
        match piece {
            Some(piece) => {
                template += &format!("${{V{part}}}");
                variables.set(format!("V{part}"), piece.clone());
            }
            None => template += &part.replace("${", "${!"),
        }
    }
    Expr::function("Fn::Sub", [Expr::from(template), Expr::Object(variables)])
}
