//! The `haibao` binary; see [`haibao::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    haibao_allocator::configure();
    haibao::cli::run()
}
