//! An Ethereum virtual machine with an empty state, its clock, and the accounts that act on it.

use crate::artifacts::Artifacts;
use alloy_sol_types::{SolCall, sol};
use revm::{
    Context, ExecuteCommitEvm, ExecuteEvm, MainBuilder, MainContext, MainnetEvm,
    context::{BlockEnv, TxEnv, result::ExecutionResult},
    database::{CacheDB, EmptyDB},
    handler::MainnetContext,
    primitives::{Address, Bytes, TxKind, U256},
};

sol! {
    interface Token {
        function transfer(address to, uint256 amount) external returns (bool);
        function balanceOf(address owner) external view returns (uint256);
    }
}

/// The most gas that one transaction may use (EIP-7825).
const TRANSACTION_GAS_MAX: u64 = 16_777_216;
/// When the first block is made, Unix seconds; any time after the contracts' epoch of 1970 would do.
const GENESIS_SECONDS: u64 = 1_700_000_000;
/// Seconds between blocks, as on Ethereum.
const BLOCK_SECONDS: u64 = 12;
/// Supply of each test token: more than any test pays, far below the 2^256 at which balances would wrap.
const TOKEN_SUPPLY: U256 = U256::from_limbs([0, 0, 1, 0]);

/// The machine: contracts are created and called on it, one transaction a block.
pub struct Evm {
    machine: MainnetEvm<MainnetContext<CacheDB<EmptyDB>>>,
    block: BlockEnv,
    artifacts: Artifacts,
}

impl Evm {
    /// A machine with an empty state that can create `artifacts`.
    #[must_use]
    pub fn new(artifacts: &Artifacts) -> Self {
        let mut state = Context::mainnet().with_db(CacheDB::new(EmptyDB::new()));
        state.cfg.disable_nonce_check = true;
        let block = BlockEnv { timestamp: U256::from(GENESIS_SECONDS), ..BlockEnv::default() };
        Self { machine: state.build_mainnet(), block, artifacts: artifacts.clone() }
    }

    /// The account that creates every contract and holds what nobody was given.
    #[must_use]
    pub fn deployer() -> Address {
        Self::account(u64::MAX)
    }

    /// The account with the number `key`; it needs neither key pair nor ether, as gas is free here.
    #[must_use]
    pub fn account(key: u64) -> Address {
        let mut bytes = [0xAC; 20];
        bytes[12..].copy_from_slice(&key.to_be_bytes());
        Address::from(bytes)
    }

    pub(crate) const fn artifacts(&self) -> &Artifacts {
        &self.artifacts
    }

    pub(crate) fn create(&mut self, creation_code: Bytes, constructor: &[u8]) -> Address {
        let code = [creation_code.as_ref(), constructor].concat();
        let result = self.transact(Self::deployer(), TxKind::Create, code.into());
        result.created_address().unwrap_or_else(|| panic!("creation failed: {result:?}"))
    }

    /// Creates two tokens and returns them in the order of their addresses, as the contracts sort them.
    pub(crate) fn tokens(&mut self) -> [Address; 2] {
        let mut pair = [(); 2].map(|()| self.create(self.artifacts.token.clone(), &TOKEN_SUPPLY.to_be_bytes::<32>()));
        pair.sort();
        pair
    }

    /// Calls a contract and keeps what it changed; `None` when it reverts.
    pub(crate) fn attempt<C: SolCall>(&mut self, caller: Address, to: Address, call: &C) -> Option<C::Return> {
        self.attempt_bytes(caller, to, call.abi_encode().into()).map(|output| decoded::<C>(&output))
    }

    /// As [`Self::attempt`], for a call that cannot fail.
    pub(crate) fn call<C: SolCall>(&mut self, caller: Address, to: Address, call: &C) -> C::Return {
        self.attempt(caller, to, call).unwrap_or_else(|| panic!("{} reverted", C::SIGNATURE))
    }

    pub(crate) fn attempt_bytes(&mut self, caller: Address, to: Address, input: Bytes) -> Option<Bytes> {
        output(self.transact(caller, TxKind::Call(to), input))
    }

    /// Reads from a contract; nothing that the call changed stays.
    pub(crate) fn view<C: SolCall>(&mut self, to: Address, call: &C) -> C::Return {
        let output = self.attempt_view(Self::deployer(), to, call.abi_encode().into());
        decoded::<C>(&output.unwrap_or_else(|| panic!("{} reverted", C::SIGNATURE)))
    }

    pub(crate) fn attempt_view(&mut self, caller: Address, to: Address, input: Bytes) -> Option<Bytes> {
        let transaction = transaction(caller, TxKind::Call(to), input);
        output(self.machine.transact(transaction).expect("a well-formed transaction runs").result)
    }

    pub(crate) fn pay(&mut self, token: Address, to: Address, amount: U256) {
        self.call(Self::deployer(), token, &Token::transferCall { to, amount });
    }

    pub(crate) fn balance(&mut self, token: Address, owner: Address) -> U256 {
        self.view(token, &Token::balanceOfCall { owner })
    }

    fn transact(&mut self, caller: Address, kind: TxKind, input: Bytes) -> ExecutionResult {
        self.block.number += U256::ONE;
        self.block.timestamp += U256::from(BLOCK_SECONDS);
        self.machine.set_block(self.block.clone());
        let transaction = transaction(caller, kind, input);
        self.machine.transact_commit(transaction).expect("a well-formed transaction runs")
    }
}

fn transaction(caller: Address, kind: TxKind, data: Bytes) -> TxEnv {
    TxEnv { caller, kind, data, gas_limit: TRANSACTION_GAS_MAX, ..TxEnv::default() }
}

fn output(result: ExecutionResult) -> Option<Bytes> {
    match result {
        ExecutionResult::Success { output, .. } => Some(output.into_data()),
        ExecutionResult::Revert { .. } => None,
        ExecutionResult::Halt { reason, .. } => panic!("the call halted: {reason:?}"),
    }
}

pub(crate) fn decoded<C: SolCall>(output: &[u8]) -> C::Return {
    C::abi_decode_returns(output).unwrap_or_else(|error| panic!("{}: {error}", C::SIGNATURE))
}
