//! The `haibao` binary; see [`haibao::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    haibao::cli::run()
}
