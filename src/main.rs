//! The program; see [`rutinlots::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    rutinlots::cli::run()
}
