//! Compiled contracts, read at run time from the npm packages of their authors.

use revm::primitives::{Bytes, hex};
use std::path::Path;

/// Exact versions of the packages, as `package-lock.json` pins them.
pub const PACKAGES: [&str; 2] = ["@uniswap/v2-core@1.0.1", "@uniswap/v3-core@1.0.1"];

const HOW_TO_INSTALL: &str =
    "the contracts' npm packages are not installed; run `npm ci --ignore-scripts` in crates/evm-oracle";

/// Creation code of each contract that the oracle runs.
#[derive(Debug, Clone)]
pub struct Artifacts {
    /// An ERC-20 token whose whole supply goes to its creator (v2-core's test token).
    pub token: Bytes,
    /// `UniswapV2Factory`, which carries the creation code of the pairs.
    pub v2_factory: Bytes,
    /// `UniswapV3Factory`, which carries the creation code of the pools.
    pub v3_factory: Bytes,
}

/// Reads the installed contracts.
///
/// # Errors
/// A sentence for the reader: how to install the packages when they are absent, or which file is not as expected.
pub fn installed() -> Result<Artifacts, String> {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules/@uniswap");
    if !packages.is_dir() {
        return Err(HOW_TO_INSTALL.into());
    }
    for package in PACKAGES {
        check_version(&packages, package)?;
    }
    let v2 = packages.join("v2-core/build");
    let v3 = packages.join("v3-core/artifacts/contracts");
    Ok(Artifacts {
        token: creation_code(&v2.join("ERC20.json"))?,
        v2_factory: creation_code(&v2.join("UniswapV2Factory.json"))?,
        v3_factory: creation_code(&v3.join("UniswapV3Factory.sol/UniswapV3Factory.json"))?,
    })
}

fn check_version(packages: &Path, package: &str) -> Result<(), String> {
    let (name, version) = package.trim_start_matches("@uniswap/").split_once('@').unwrap_or((package, ""));
    let found = json(&packages.join(name).join("package.json"))?;
    if found["version"] == version { Ok(()) } else { Err(format!("{HOW_TO_INSTALL} ({package} is not the one there)")) }
}

fn creation_code(artifact: &Path) -> Result<Bytes, String> {
    let code = json(artifact)?;
    let code = code["bytecode"].as_str().ok_or_else(|| format!("{} has no bytecode", artifact.display()))?;
    hex::decode(code).map(Bytes::from).map_err(|error| format!("{}: {error}", artifact.display()))
}

fn json(path: &Path) -> Result<serde_json::Value, String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("{HOW_TO_INSTALL} ({}: {error})", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}
