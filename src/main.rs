//! The `haibao` binary; see [`haibao::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    haibao_allocator::return_large_blocks();
    haibao::cli::run()
}
