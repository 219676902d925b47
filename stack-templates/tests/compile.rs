//! Programs that must not compile, and what the compiler says. To renew what it says:
//! `TRYBUILD=overwrite cargo test -p stack-templates --test compile`.

#[test]
fn wrong_programs_are_refused_in_words_a_newcomer_understands() {
    trybuild::TestCases::new().compile_fail("tests/compile/*.rs");
}
