//! The `haibao` command; see [`haibao::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    haibao::cli::run()
}
