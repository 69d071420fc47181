//! The command line: one file a subcommand; this file parses and dispatches.

mod check;
mod columns;
mod compare;
mod embedded;
mod explain;
mod interrupt;
mod loading;
mod manual;
mod progress;
mod replay;
mod report;
mod run;
mod snapshot;
mod terminal;
mod variant;
mod verify;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use terminal::Terminal;

/// Exit code of a scenario that is refused, of runs that failed, of files that cannot be read or written.
const FAILED: u8 = 1;
/// Exit code after Ctrl-C, as shells have it: 128 + SIGINT.
const INTERRUPTED: u8 = 130;

const EXAMPLES: &str = "\
Examples:
  portage                                   the default scenario: SushiSwap against Uniswap, 2020
  portage run quickstart                    a small one, seconds
  portage run my.toml --runs 5000 -j 8      your own scenario, more runs, eight threads
  portage run quickstart --set programmes.rewards.budget=300000
  portage compare quickstart --variant rich:programmes.rewards.budget=300000
                                            two arms run by run on the same prices, one page
  portage compare a.toml b.toml c.toml --runs 500 --out side-by-side
  portage check my.toml                     every broken rule at once
  portage scenarios --show quickstart > my.toml
  portage replay portage-out/quickstart --run 17
  portage explain portage-out/quickstart    where the outcome of a run came from
  portage snapshot portage-out/quickstart --run 17    balances before the new version opens, as a Merkle tree
  portage verify portage-out/quickstart/snapshot-17.json
  portage completions bash > /etc/bash_completion.d/portage

Exit codes:
  0    done
  1    refused scenario, failed run, snapshot that does not verify, unreadable or unwritable file
  2    wrong usage
  130  interrupted; finished runs are kept and marked as partial";

/// Simulates the migration of a DeFi protocol: what it costs, how long it takes, who pays, what can break.
///
/// Without a subcommand the default scenario is run: SushiSwap against Uniswap, 2020.
#[derive(Debug, Parser)]
#[command(name = "portage", version, after_help = EXAMPLES, max_term_width = 110)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: run::RunOptions,
    #[command(flatten)]
    output: OutputArguments,
}

/// What is printed.
#[derive(Debug, Clone, Copy, Args)]
struct OutputArguments {
    /// Say nothing but results and errors.
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Never use colours (also: the environment variable NO_COLOR).
    #[arg(long, global = true)]
    no_colour: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Simulate a scenario many times and write tables and a report.
    Run(run::RunArguments),
    /// Simulate several scenarios, or variants of one, on the same random numbers and set them side by side.
    Compare(compare::CompareArguments),
    /// Check a scenario file and report every broken rule at once.
    Check(check::CheckArguments),
    /// List the scenarios that are part of the program, or print one.
    Scenarios {
        /// Print the text of this scenario.
        #[arg(long, value_name = "NAME")]
        show: Option<String>,
    },
    /// Print the JSON Schema of scenario files, for editors.
    Schema,
    /// Run one run of an earlier simulation again and write its full trace as Parquet.
    Replay(replay::ReplayArguments),
    /// Tell in words where the outcome of one run came from: dates, lumps, who decided it, who stayed.
    Explain(explain::ExplainArguments),
    /// Write who owns what of the old version in one run as a Merkle tree, with a proof for every entry.
    Snapshot(snapshot::SnapshotArguments),
    /// Verify a snapshot and its proofs, all of it or a sample of its entries.
    Verify(verify::VerifyArguments),
    /// Write the report of an earlier simulation again from its tables.
    Report {
        /// The directory that `portage run` wrote.
        directory: PathBuf,
    },
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.command.is_some() && arguments.options != run::RunOptions::default() {
        let message = "options of a simulation stand after the subcommand: portage run quickstart --runs 100";
        Arguments::command().error(ErrorKind::ArgumentConflict, message).exit();
    }
    let terminal = Terminal::new(arguments.output.quiet, arguments.output.no_colour);
    let code = match arguments.command {
        None => run::run_scenario(portage::DEFAULT_SCENARIO, &arguments.options, terminal),
        Some(Command::Run(run)) => run::run(&run, terminal),
        Some(Command::Compare(compare)) => compare::compare(&compare, terminal),
        Some(Command::Check(check)) => check::check(&check, terminal),
        Some(Command::Scenarios { show }) => embedded::list(show.as_deref(), terminal),
        Some(Command::Schema) => manual::schema(),
        Some(Command::Replay(replay)) => replay::replay(&replay, terminal),
        Some(Command::Explain(explain)) => explain::explain(&explain, terminal),
        Some(Command::Snapshot(snapshot)) => snapshot::snapshot(&snapshot, terminal),
        Some(Command::Verify(verify)) => verify::verify(&verify, terminal),
        Some(Command::Report { directory }) => report::report(&directory, terminal),
        Some(Command::Completions { shell }) => manual::completions(shell),
        Some(Command::Man) => manual::manual_page(),
    };
    ExitCode::from(code)
}
