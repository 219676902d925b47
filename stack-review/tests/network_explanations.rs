//! Explanations are counterfactual: with all that is named as missing the answer is reachable, and
//! without any one of it, it is not. On random networks.

#![allow(clippy::unwrap_used, clippy::panic)]

use stack_core::Template;
use stack_review::network::{Answer, Network};
use stack_review::{Estate, StackInput};

#[path = "support/networks.rs"]
mod networks;

#[test]
fn what_is_missing_opens_the_way_and_none_of_it_can_be_left_out() {
    let (mut explained, mut unexplained, mut pieces, mut open) = (0, 0, 0, 0);
    for seed in 1..=250 {
        let made = networks::network(seed, 12);
        let template = Template::parse(&made.template).unwrap();
        let estate = Estate::of(&template);
        let network = Network::of(estate.world());
        for question in &made.questions {
            let answer = network.can(question);
            assert_eq!(
                answer.word(),
                network.word(question),
                "seed {seed}: {question}"
            );
            let missing = answer.missing();
            if !matches!(answer, Answer::Blocked { .. } | Answer::Sometimes { .. }) {
                continue;
            }
            if missing.is_empty() {
                unexplained += 1;
                continue;
            }
            explained += 1;
            pieces += missing.len();
            let mended = network.with(missing);
            match mended.word(question) {
                "reachable" => (),
                // The rest depends on an address that AWS gives, or on who else has a transit gateway.
                "unknown" => open += 1,
                other => panic!("seed {seed}: {question}: still {other}: {answer}"),
            }
            for left_out in 0..missing.len() {
                let mut fewer = missing.to_vec();
                fewer.remove(left_out);
                assert_ne!(
                    network.with(&fewer).word(question),
                    "reachable",
                    "seed {seed}: {question}: {answer}"
                );
            }
        }
    }
    println!(
        "{explained} explained with {pieces} pieces, {unexplained} that no rule or route opens, {open} open"
    );
    // What stays shut whatever is added: private addresses without a way, IPv6 where a subnet has none.
    assert!(
        explained > 3 * unexplained && explained > 50 * open,
        "{explained} {unexplained} {open}"
    );
}

#[test]
fn an_answer_that_needs_no_parameter_is_the_same_for_every_value_of_it() {
    // The first range of each template becomes a parameter; what is certain without its value must
    // hold for every value.
    let mut certain = 0;
    for seed in 1..=150 {
        let made = networks::network(seed, 12);
        let Some(at) = made.template.find(r#""CidrIp":""#) else {
            continue;
        };
        let end = at + 10 + made.template[at + 10..].find('"').unwrap();
        let text = format!(
            r#"{{"Parameters":{{"Range":{{"Type":"String"}}}},{}"CidrIp":{{"Ref":"Range"}}{}"#,
            &made.template[1..at],
            &made.template[end + 1..]
        );
        let template = Template::parse(&text).unwrap();
        let estate = Estate::of(&template);
        let open = Network::of(estate.world());
        for value in [
            "0.0.0.0/0",
            "10.0.1.0/24",
            "10.0.1.9/32",
            "52.1.2.3/32",
            "192.0.2.0/24",
        ] {
            let mut input = StackInput::new("", &template);
            input.arguments.insert("Range", value);
            let estate = Estate::new([input]);
            let given = Network::of(estate.world());
            for question in &made.questions {
                let without = open.word(question);
                if without != "unknown" {
                    certain += 1;
                    assert_eq!(
                        without,
                        given.word(question),
                        "seed {seed}, {value}: {question}"
                    );
                }
            }
        }
    }
    assert!(certain > 1000, "{certain}");
}
