//! Priorities of listener rules that nobody has to count: the more a rule asks of a request, the
//! earlier it is tried, and another rule does not move it.

use stack_core::RulePriority;

/// Priorities of rules that ask for an exact host and no path.
const HOSTS: Band = Band {
    first: 24_001,
    size: 20_000,
};
/// Of rules that ask for a host with wildcards and no path.
const WILDCARD_HOSTS: Band = Band {
    first: 44_001,
    size: 5_000,
};
/// Of rules that ask for neither: everything.
const EVERYTHING: Band = Band {
    first: 49_001,
    size: 1_000,
};
/// How many different lengths of paths are told apart.
const LENGTHS: u32 = 32;
/// Priorities of rules that ask for a path, for each length of the path and each kind of host.
const PATH_SIZE: u32 = 250;

struct Band {
    first: u32,
    size: u32,
}

/// The priority for a rule's conditions, 1–50000.
///
/// It depends on the conditions alone. Where one rule takes part of what another takes, it comes
/// first: a longer path before a shorter one, an exact host before one with wildcards before none.
/// Two rules of the same rank can fall on the same number; the second one is refused at synth.
pub(crate) fn allocate(hosts: &[String], paths: &[String]) -> Option<RulePriority> {
    let host_rank = match hosts {
        [] => 2,
        hosts if hosts.iter().any(|it| it.contains(['*', '?'])) => 1,
        _ => 0,
    };
    // With several paths, the one that takes most decides.
    let length = paths.iter().map(|it| literal_length(it)).min().unwrap_or(0);
    let band = match (length, host_rank) {
        (0, 0) => HOSTS,
        (0, 1) => WILDCARD_HOSTS,
        (0, _) => EVERYTHING,
        (length, _) => {
            let rank = (LENGTHS - length.min(LENGTHS)) * 3 + host_rank;
            Band {
                first: 1 + rank * PATH_SIZE,
                size: PATH_SIZE,
            }
        }
    };
    RulePriority::new(band.first + fingerprint(hosts, paths) % band.size)
}

/// The characters before the first wildcard, the leading slash apart; one more without a wildcard.
fn literal_length(path: &str) -> u32 {
    let path = path.strip_prefix('/').unwrap_or(path);
    let length = match path.find(['*', '?']) {
        Some(at) => at,
        None => path.len() + 1,
    };
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// FNV-1a, 32 bits: the same on every machine.
fn fingerprint(hosts: &[String], paths: &[String]) -> u32 {
    let mut hash: u32 = 0x811c_9dc5;
    let mut add = |byte: u8| {
        hash ^= u32::from(byte);
        hash = hash.wrapping_mul(0x0100_0193);
    };
    for text in hosts
        .iter()
        .map(String::as_str)
        .chain(["|"])
        .chain(paths.iter().map(String::as_str))
    {
        text.bytes().for_each(&mut add);
        add(0);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::allocate;

    fn priority(host: &str, path: &str) -> u16 {
        let list = |it: &str| {
            if it.is_empty() {
                vec![]
            } else {
                vec![it.to_owned()]
            }
        };
        allocate(&list(host), &list(path)).map_or(0, |it| it.number())
    }

    #[test]
    fn what_takes_less_comes_first() {
        let ladder = [
            ("a.example", "/api/v1/users/list"),
            ("a.example", "/api/v1"),
            ("a.example", "/api/*"),
            ("*.example", "/api/*"),
            ("", "/api/*"),
            ("a.example", "/a*"),
            ("a.example", "/*"),
            ("a.example", ""),
            ("*.example", "/*"),
            ("", "/*"),
        ];
        for pair in ladder.windows(2) {
            let [(a, b), (c, d)] = pair else {
                unreachable!("windows of two")
            };
            let same_rank = (*a == *c) && b.trim_matches(['/', '*']).is_empty() && d.is_empty();
            assert!(same_rank || priority(a, b) < priority(c, d), "{pair:?}");
        }
    }

    #[test]
    fn every_priority_is_one_that_a_listener_takes() {
        for length in 0..200 {
            for host in ["", "a.example", "*.example"] {
                let path = format!("/{}", "x".repeat(length));
                for path in [path.clone(), format!("{path}*")] {
                    assert!(
                        (1..=50000).contains(&priority(host, &path)),
                        "{host} {path}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_priority_is_the_same_in_every_release() {
        assert_eq!(priority("", "/*"), 49_897);
        assert_eq!(priority("staging.shop.example", ""), 38_685);
    }
}
