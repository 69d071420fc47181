//! The command: parse, dispatch, print.

use std::process::ExitCode;

fn main() -> ExitCode {
    portage::cli::main()
}
