//! `reach`: whether a connection gets through, by which way, and what is missing when it does not.

use schemars::JsonSchema;
use serde::Serialize;
use stack_core::{App, Problem, closest};
use stack_review::Estate;
use stack_review::model::World;
use stack_review::network::{
    Answer, Endpoint, Exposure, Family, Intent, Network, Protocol, Question, check_intents,
    exposure, intents,
};

use super::assemble;
use crate::selection::enumerate;
use crate::stop::Stop;
use crate::subject::Subject;
use crate::terminal::Terminal;

/// Say whether a connection gets through, hop by hop, or what is missing
///
/// An end is a resource (`Api` or `Shop/Api`: a service, load balancer, listener, target group,
/// instance, group, database, security group), `internet`, `internet-ipv6`, a range of addresses, or
/// a service of AWS (`ecr.api`, `s3`, `logs`). Without ends, everything that the templates want to
/// get through, and whether it does. The exit code is 1 when the answer is not the one expected.
#[derive(clap::Args, Debug)]
pub(crate) struct Reach {
    #[command(flatten)]
    asked: Asked,
}

/// Say whether a connection gets through, hop by hop, or what is missing
///
/// An end is a resource (`Api` or `Shop/Api`: a service, load balancer, listener, target group,
/// instance, group, database, security group), `internet`, `internet-ipv6`, a range of addresses, or
/// a service of AWS (`ecr.api`, `s3`, `logs`). Without ends, everything that the templates want to
/// get through, and whether it does. The exit code is 1 when the answer is not the one expected.
#[derive(clap::Args, Debug)]
pub(crate) struct ReachFiles {
    #[command(flatten)]
    asked: Asked,
    /// Template files, folders of them, folders that `synth` wrote; `REVISION:PATH` as in git
    #[arg(long = "in", value_name = "FILE", required = true)]
    files: Vec<String>,
}

#[derive(clap::Args, Debug)]
struct Asked {
    /// Where the connection begins
    #[arg(value_name = "FROM", requires = "to")]
    from: Option<String>,
    /// Where it goes
    #[arg(value_name = "TO")]
    to: Option<String>,
    /// The port it goes to [default: the one that is listened on]
    #[arg(value_name = "PORT")]
    port: Option<u16>,
    /// What is spoken
    #[arg(long, value_enum, default_value_t)]
    protocol: Spoken,
    /// Over IPv6 instead of IPv4
    #[arg(long)]
    ipv6: bool,
    /// The answer that is expected
    #[arg(long, value_enum, value_name = "ANSWER", default_value_t)]
    expect: Expected,
    /// List what the internet reaches
    #[arg(long, conflicts_with = "from")]
    internet: bool,
    /// How answers are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Spoken {
    #[default]
    Tcp,
    Udp,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Expected {
    #[default]
    Reachable,
    Blocked,
}

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
}

/// What `reach --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Report {
    /// `stack/reach.v1`.
    schema: &'static str,
    /// The question that was asked, or all that the templates want.
    answers: Vec<Entry>,
    /// With `--internet`: what the internet reaches.
    #[serde(skip_serializing_if = "Option::is_none")]
    internet: Option<Vec<Open>>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Entry {
    from: String,
    to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    /// `tcp` or `udp`.
    protocol: String,
    /// `reachable`, `sometimes`, `blocked` or `unknown`.
    answer: &'static str,
    /// Whether that is what is wanted.
    as_wanted: bool,
    /// Why it is wanted; missing for a question of one's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// The way, the reason, or the assumption, line by line.
    told: Vec<String>,
    /// What to add so that it gets through.
    missing: Vec<Piece>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Piece {
    /// As AWS's Reachability Analyzer calls it, where it does.
    code: &'static str,
    what: String,
    /// The logical id of the resource that lacks it; empty when it is made elsewhere.
    resource: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Open {
    to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// `ipv4` or `ipv6`.
    family: &'static str,
    protocol: String,
    first_port: u16,
    last_port: u16,
    packet: String,
}

impl Reach {
    pub(crate) fn run(&self, app: App, terminal: &Terminal) -> Result<(), Stop> {
        let subject = Subject::of_assembly(assemble(app, "; nothing was asked")?);
        self.asked.answer(&subject, terminal)
    }
}

impl ReachFiles {
    pub(crate) fn run(&self, terminal: &Terminal) -> Result<(), Stop> {
        let subject = Subject::read(&self.files)?;
        self.asked.answer(&subject, terminal)
    }
}

impl Asked {
    fn answer(&self, subject: &Subject, terminal: &Terminal) -> Result<(), Stop> {
        let estate = subject.estate();
        let world = estate.world();
        let network = Network::of(world);
        if self.internet {
            return self.exposed(&exposure(&network), terminal);
        }
        let asked = match (&self.from, &self.to) {
            (Some(from), Some(to)) => vec![self.question(&estate, from, to)?],
            _ => intents(world, &network),
        };
        let answers = match asked.as_slice() {
            [own] if self.from.is_some() => vec![network.can(&own.question)],
            all => check_intents(&network, all),
        };
        let pairs: Vec<(&Intent, &Answer)> = asked.iter().zip(&answers).collect();
        let own = self.from.is_some();
        match self.format {
            Format::Json => terminal.json(&Report {
                schema: "stack/reach.v1",
                answers: pairs.iter().map(|it| entry(it.0, it.1, own)).collect(),
                internet: None,
            })?,
            Format::Text if own => {
                let text: String = answers.iter().map(ToString::to_string).collect();
                terminal.result(&text)?;
            }
            Format::Text => terminal.result(&standing(&pairs, world))?,
        }
        if asked.is_empty() {
            terminal.talk("these templates want nothing to get through");
        }
        // What nobody can know is no defect of a template, but no answer to a question either.
        let wrong = |(intent, answer): &(&Intent, &Answer)| match answer {
            Answer::Unknown { .. } => own,
            answer => !as_wanted(intent, answer),
        };
        match pairs.iter().any(wrong) {
            true => Err(Stop::Findings),
            false => Ok(()),
        }
    }

    fn question(&self, estate: &Estate<'_>, from: &str, to: &str) -> Result<Intent, Stop> {
        let protocol = match self.protocol {
            Spoken::Tcp => Protocol::Tcp,
            Spoken::Udp => Protocol::Udp,
        };
        let mut question =
            Question::new(end(estate, from)?, end(estate, to)?, self.port).protocol(protocol);
        if self.ipv6 {
            question = question.family(Family::V6);
        }
        Ok(Intent {
            stack: 0,
            resource: String::new(),
            property: String::new(),
            question,
            must: matches!(self.expect, Expected::Reachable),
            why: String::new(),
        })
    }

    fn exposed(&self, open: &[Exposure], terminal: &Terminal) -> Result<(), Stop> {
        if matches!(self.format, Format::Json) {
            return terminal.json(&Report {
                schema: "stack/reach.v1",
                answers: Vec::new(),
                internet: Some(open.iter().map(opening).collect()),
            });
        }
        let line = |it: &Exposure| {
            let ports = match it.ports {
                (first, last) if first == last => format!("{first}"),
                (first, last) => format!("{first}-{last}"),
            };
            let by = match &it.by {
                Some(by) => format!(" by {by}"),
                None => String::new(),
            };
            format!("{}{by}: {} {ports} ({})\n", it.to, it.protocol, it.packet)
        };
        let text: String = open.iter().map(line).collect();
        terminal.result(&text)?;
        if open.is_empty() {
            terminal.talk("the internet reaches nothing");
        }
        Ok(())
    }
}

/// An end as the user names it: `Shop/Api` is the resource `Api` of the stack `Shop`.
fn end(estate: &Estate<'_>, text: &str) -> Result<Endpoint, Stop> {
    let parsed = match text.split_once('/') {
        Some((stack, id)) if !text.starts_with(|it: char| it.is_ascii_digit() || it == ':') => {
            Endpoint::Resource {
                stack: Some(stack.to_owned()),
                id: id.to_owned(),
            }
        }
        _ => Endpoint::parse(text),
    };
    let Endpoint::Resource { stack, id } = &parsed else {
        return Ok(parsed);
    };
    let world = estate.world();
    let fits = |name: &str| stack.as_deref().is_none_or(|it| it == name);
    let found: Vec<&str> = world
        .stacks()
        .filter(|it| fits(it.name()) && it.resource(id).is_some())
        .map(|it| it.name())
        .collect();
    match found.as_slice() {
        [_] => Ok(parsed),
        [] => {
            let message = format!("there is no resource `{text}`");
            let problem = Problem::error("unknown-resource", message);
            let names: Vec<&str> = world
                .stacks()
                .flat_map(|it| it.template().resources().map(|it| it.0))
                .collect();
            Err(match closest(id, names) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem.help(
                    "name a logical id, `internet`, a range of addresses, or a service of AWS such as `ecr.api`",
                ),
            }
            .into())
        }
        several => {
            let message = format!("several stacks have a resource `{id}`");
            let names: Vec<String> = several.iter().map(|it| format!("{it}/{id}")).collect();
            let names = enumerate(names.iter().map(String::as_str));
            let problem = Problem::error("ambiguous-resource", message);
            Err(problem.help(format!("name one of {names}")).into())
        }
    }
}

fn as_wanted(intent: &Intent, answer: &Answer) -> bool {
    match intent.must {
        true => matches!(answer, Answer::Reachable(_)),
        false => matches!(answer, Answer::Blocked { .. }),
    }
}

/// Everything that is wanted, a line each; what is not as wanted, with its reason.
fn standing(pairs: &[(&Intent, &Answer)], world: World<'_, '_>) -> String {
    let mut text = String::new();
    for (intent, answer) in pairs {
        let stack = world.stack(intent.stack).name();
        let mark = match answer {
            Answer::Unknown { .. } => "?",
            answer if as_wanted(intent, answer) => "+",
            _ => "!",
        };
        let must = match intent.must {
            true => "reaches",
            false => "must not reach",
        };
        let question = &intent.question;
        let port = question.port.map_or(String::new(), |it| {
            format!(" on {} {it}", question.protocol)
        });
        text.push_str(&format!(
            "{mark} {} {must} {}{port}: {} ({})\n",
            question.from,
            question.to,
            answer.word(),
            intent.why,
        ));
        if mark != "+" {
            if !stack.is_empty() {
                text.push_str(&format!("    in {stack}/{}\n", intent.resource));
            }
            for line in answer.to_string().lines() {
                text.push_str(&format!("    {line}\n"));
            }
        }
    }
    text
}

fn entry(intent: &Intent, answer: &Answer, own: bool) -> Entry {
    let question = &intent.question;
    Entry {
        from: plain(&question.from),
        to: plain(&question.to),
        port: question.port,
        protocol: question.protocol.to_string(),
        answer: answer.word(),
        as_wanted: as_wanted(intent, answer),
        why: (!own).then(|| intent.why.clone()),
        told: answer.to_string().lines().map(str::to_owned).collect(),
        missing: answer
            .missing()
            .iter()
            .map(|it| Piece {
                code: it.code,
                what: it.what.clone(),
                resource: it.resource.clone(),
            })
            .collect(),
    }
}

fn opening(it: &Exposure) -> Open {
    Open {
        to: plain(&it.to),
        by: it.by.as_ref().map(plain),
        family: match it.family {
            Family::V4 => "ipv4",
            Family::V6 => "ipv6",
        },
        protocol: it.protocol.to_string(),
        first_port: it.ports.0,
        last_port: it.ports.1,
        packet: it.packet.clone(),
    }
}

/// Without the backticks of messages.
fn plain(it: &Endpoint) -> String {
    it.to_string().trim_matches('`').to_owned()
}
