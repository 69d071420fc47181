//! `evm-oracle v2|v3 FIRST RUNS CALLS`: records CALLS random calls of the contract in each of RUNS runs from number FIRST on, and
//! prints them as JSON.

use evm_oracle::trace::Recording;
use evm_oracle::{Artifacts, PACKAGES, installed, record_v2, record_v3};
use serde::Serialize;
use std::process::ExitCode;

fn main() -> ExitCode {
    match recorded(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(json) => {
            println!("{json}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("evm-oracle: {message}");
            ExitCode::FAILURE
        }
    }
}

fn recorded(arguments: &[String]) -> Result<String, String> {
    let [contract, numbers @ ..] = arguments else { return Err(usage()) };
    let numbers: Vec<u64> =
        numbers.iter().map(|number| number.parse().map_err(|_| usage())).collect::<Result<_, _>>()?;
    let [first, runs, calls] = numbers[..] else { return Err(usage()) };
    let artifacts = installed()?;
    let plan = Plan { artifacts, first, runs, calls: calls as usize };
    match contract.as_str() {
        "v2" => plan.json(record_v2),
        "v3" => plan.json(record_v3),
        _ => Err(usage()),
    }
}

fn usage() -> String {
    "usage: evm-oracle v2|v3 FIRST RUNS CALLS".into()
}

struct Plan {
    artifacts: Artifacts,
    first: u64,
    runs: u64,
    calls: usize,
}

impl Plan {
    fn json<T: Serialize>(&self, record: fn(&Artifacts, u64, usize) -> T) -> Result<String, String> {
        let pools = (self.first..self.first + self.runs).map(|run| record(&self.artifacts, run, self.calls)).collect();
        let about =
            "Random calls of the compiled contracts and their answers, in base units, recorded by crates/evm-oracle";
        let recording = Recording { about: about.into(), contracts: PACKAGES.map(String::from).to_vec(), pools };
        serde_json::to_string(&recording).map_err(|error| error.to_string())
    }
}
