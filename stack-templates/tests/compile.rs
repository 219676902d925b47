//! Programs that must not compile, and what the compiler says: `tests/compile/*.stderr`.

#[test]
fn what_cannot_work_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/compile/*.rs");
}
