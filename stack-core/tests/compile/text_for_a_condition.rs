use stack_core::Value;
use stack_core::value::if_else;

fn main() {
    let _: Value<i64> = if_else("IsProduction", 4, 1);
}
