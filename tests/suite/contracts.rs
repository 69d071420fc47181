//! The pools against the contracts themselves: thousands of random calls of the genuine Uniswap bytecode, and the same calls
//! of Portage's pools in real numbers.
//!
//! Where the contracts' npm packages are installed, `crates/evm-oracle` runs them on calls of its own choice. What they answered on
//! a smaller set of calls is kept in `tests/vectors`, so that the comparison is made on every machine. To write the vectors
//! anew: `PORTAGE_WRITE_VECTORS=1 cargo test contracts`.

mod agreement;
#[path = "../../crates/evm-oracle/src/trace.rs"]
mod trace;
mod v2;
mod v3;

use agreement::Agreement;
use serde::de::DeserializeOwned;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use trace::Recording;

/// The packages that the kept answers come from.
const CONTRACTS: [&str; 2] = ["@uniswap/v2-core@1.0.1", "@uniswap/v3-core@1.0.1"];
/// Largest file of kept answers.
const BYTES_MAX: usize = 250_000;
/// Runs from this number on are kept, runs from 0 on are compared live.
const KEPT_FIRST: u64 = 1_000;

/// A set of random calls that the oracle records.
struct Plan {
    contract: &'static str,
    first: u64,
    runs: u64,
    calls: u64,
}

const V2_LIVE: Plan = Plan { contract: "v2", first: 0, runs: 16, calls: 250 };
const V3_LIVE: Plan = Plan { contract: "v3", first: 0, runs: 24, calls: 160 };
const V2_KEPT: Plan = Plan { contract: "v2", first: KEPT_FIRST, runs: 4, calls: 200 };
const V3_KEPT: Plan = Plan { contract: "v3", first: KEPT_FIRST, runs: 12, calls: 70 };

impl Plan {
    /// The contracts' answers; `None` with a line for the reader on a machine that does not have the contracts.
    fn record(&self) -> Option<String> {
        let package = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("crates/evm-oracle");
        if !package.join("node_modules/@uniswap").is_dir() {
            let line = format!(
                "\nlive comparison with the {} contracts left out, they are not installed: npm ci --ignore-scripts in crates/evm-oracle\n",
                self.contract
            );
            // Past the test harness, which would keep the line to itself, and in one piece.
            std::io::stderr().write_all(line.as_bytes()).unwrap();
            return None;
        }
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["run", "--quiet", "--locked", "--manifest-path"])
            .arg(package.join("Cargo.toml"))
            .arg("--target-dir")
            .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("evm-oracle"))
            .args(["--", self.contract])
            .args([self.first, self.runs, self.calls].map(|number| number.to_string()))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Some(String::from_utf8(output.stdout).unwrap())
    }

    fn path(&self) -> PathBuf {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
            .join("tests/vectors")
            .join(format!("uniswap_{}.json", self.contract))
    }

    /// The kept answers; they are written anew when the reader wants that.
    fn kept(&self) -> String {
        let path = self.path();
        if std::env::var_os("PORTAGE_WRITE_VECTORS").is_some_and(|value| value == "1") {
            // A pool in each line.
            let text = self
                .record()
                .expect("vectors are written where the contracts are")
                .replace("{\"calls\"", "\n{\"calls\"");
            assert!(text.len() <= BYTES_MAX, "{} would have {} bytes", path.display(), text.len());
            std::fs::write(&path, text).unwrap();
        }
        std::fs::read_to_string(&path).unwrap()
    }
}

fn compare<T: DeserializeOwned>(text: &str, one: fn(&T, &mut Agreement)) -> Agreement {
    let recording: Recording<T> = serde_json::from_str(text).unwrap();
    assert_eq!(recording.contracts, CONTRACTS, "{}", recording.about);
    let mut agreement = Agreement::default();
    recording.pools.iter().for_each(|pool| one(pool, &mut agreement));
    agreement
}

#[test]
fn constant_product_agrees_with_the_v2_contracts_live() {
    if let Some(text) = V2_LIVE.record() {
        compare(&text, v2::compare).expect("V2, live", &v2::LIVE);
    }
}

#[test]
fn constant_product_agrees_with_the_v2_vectors() {
    compare(&V2_KEPT.kept(), v2::compare).expect("V2, kept", &v2::KEPT);
}

#[test]
fn concentrated_liquidity_agrees_with_the_v3_contracts_live() {
    if let Some(text) = V3_LIVE.record() {
        compare(&text, v3::compare).expect("V3, live", &v3::LIVE);
    }
}

#[test]
fn concentrated_liquidity_agrees_with_the_v3_vectors() {
    compare(&V3_KEPT.kept(), v3::compare).expect("V3, kept", &v3::KEPT);
}
