//! haibao
fn main() {}
