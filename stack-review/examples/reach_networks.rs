//! Random networks, questions about them and the answers, one network a line as JSON, for judges
//! that know nothing of this crate: `reach_networks FIRST_SEED NETWORKS QUESTIONS [faults]`. With
//! `faults` it also says what the analyser answers with a mistake planted; alone, `faults` lists them.

use std::io::Write;

use stack_core::Template;
use stack_review::Estate;
use stack_review::network::{Family, Fault, Network, Question};

#[path = "../tests/support/networks.rs"]
mod networks;

fn end(text: &stack_review::network::Endpoint) -> String {
    use stack_review::network::Endpoint;
    match text {
        Endpoint::Internet => "internet".into(),
        Endpoint::Internet6 => "internet-ipv6".into(),
        Endpoint::Cidr(it) | Endpoint::Aws(it) => it.clone(),
        Endpoint::Resource { id, .. } => id.clone(),
    }
}

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, otherwise: u64| {
        arguments
            .get(at)
            .and_then(|it| it.parse().ok())
            .unwrap_or(otherwise)
    };
    if arguments.first().is_some_and(|it| it == "faults") {
        Fault::ALL.iter().for_each(|it| println!("{it:?}"));
        return Ok(());
    }
    let (first, count, questions) = (number(0, 1), number(1, 10), number(2, 20));
    let faults = arguments.get(3).is_some_and(|it| it == "faults");
    let mut out = std::io::stdout().lock();
    for seed in first..first + count {
        let made = networks::network(seed, usize::try_from(questions).unwrap_or(20));
        let template = match Template::parse(&made.template) {
            Ok(template) => template,
            Err(why) => {
                eprintln!("seed {seed}: {}", why[0]);
                continue;
            }
        };
        let estate = Estate::of(&template);
        let network = Network::of(estate.world());
        let wrong: Vec<(Fault, Network)> = match faults {
            true => Fault::ALL
                .iter()
                .map(|it| (*it, Network::with_fault(estate.world(), *it)))
                .collect(),
            false => Vec::new(),
        };
        let asked: Vec<String> = made
            .questions
            .iter()
            .map(|it| line(it, &network, &wrong))
            .collect();
        writeln!(
            out,
            r#"{{"seed":{seed},"template":{},"questions":[{}]}}"#,
            made.template,
            asked.join(",")
        )?;
    }
    Ok(())
}

fn line(it: &Question, network: &Network, wrong: &[(Fault, Network)]) -> String {
    let port = it
        .port
        .map_or_else(|| "null".to_owned(), |it| it.to_string());
    let answer = network.word(it);
    let differs: Vec<String> = wrong
        .iter()
        .map(|(fault, network)| (fault, network.word(it)))
        .filter(|(_, said)| *said != answer)
        .map(|(fault, said)| format!(r#""{fault:?}":"{said}""#))
        .collect();
    format!(
        r#"{{"from":"{}","to":"{}","port":{port},"protocol":"{}","family":{},"health":{},"answer":"{answer}","faults":{{{}}}}}"#,
        end(&it.from),
        end(&it.to),
        it.protocol,
        if it.family == Family::V4 { 4 } else { 6 },
        it.health_check,
        differs.join(","),
    )
}
