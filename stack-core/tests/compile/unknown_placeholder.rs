fn main() {
    let _ = stack_core::sub!("${bucket}/*", buket = "assets");
}
