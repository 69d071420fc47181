//! A contract of our own in a few bytes: it trades with V3 pools and pays them when they call back.

use crate::machine::{Evm, decoded};
use alloy_sol_types::{SolCall, SolValue};
use revm::bytecode::opcode::*;
use revm::primitives::{Address, Bytes};

/// Where a callback's two amounts stand in its input: after the selector, one word each.
const AMOUNTS_AT: [u8; 2] = [4, 36];
/// Where the two token addresses stand: the callback's `data`, after selector, two amounts, offset and length.
const TOKENS_AT: [u8; 2] = [132, 164];
/// Selector of `transfer(address,uint256)`.
const TRANSFER: [u8; 4] = [0xa9, 0x05, 0x9c, 0xbb];

/// The payer's account on the machine, with the two tokens it pays in.
#[derive(Debug, Clone, Copy)]
pub struct Payer {
    address: Address,
    tokens: [Address; 2],
}

impl Payer {
    /// Creates the contract.
    pub fn create(evm: &mut Evm, tokens: [Address; 2]) -> Self {
        let address = evm.create(creation_code(), &[]);
        Self { address, tokens }
    }

    pub const fn address(&self) -> Address {
        self.address
    }

    /// What a pool must hand back to the callback so that the payer knows the tokens.
    pub fn callback(&self) -> Bytes {
        self.tokens.abi_encode().into()
    }

    /// Calls `pool` as this contract; `None` when the pool reverts.
    pub fn attempt<C: SolCall>(&self, evm: &mut Evm, pool: Address, call: &C) -> Option<C::Return> {
        let output = evm.attempt_bytes(Evm::deployer(), self.address, forwarded(pool, call));
        output.map(|output| decoded::<C>(&output))
    }

    /// As [`Self::attempt`], and undoes it.
    pub fn quote<C: SolCall>(&self, evm: &mut Evm, pool: Address, call: &C) -> Option<C::Return> {
        let output = evm.attempt_view(Evm::deployer(), self.address, forwarded(pool, call));
        output.map(|output| decoded::<C>(&output))
    }
}

fn forwarded<C: SolCall>(pool: Address, call: &C) -> Bytes {
    [pool.into_word().as_slice(), &call.abi_encode()].concat().into()
}

fn creation_code() -> Bytes {
    let body = body();
    let length = u8::try_from(body.len()).expect("the payer is shorter than 256 bytes");
    // return(memory[0..length]) after codecopy(0, the 10 bytes of this prologue, length)
    let prologue = [PUSH1, length, DUP1, PUSH1, 10, PUSH0, CODECOPY, PUSH0, RETURN, INVALID];
    [prologue.as_slice(), &body].concat().into()
}

/// Called by an account: forwards the input behind the first word to the address in it. Called by a contract: pays it
/// the positive ones of the two amounts.
fn body() -> Vec<u8> {
    let mut code = vec![CALLER, ORIGIN, EQ, PUSH1, 0, JUMPI];
    for (amount_at, token_at) in AMOUNTS_AT.into_iter().zip(TOKENS_AT) {
        pay(&mut code, amount_at, token_at);
    }
    code.push(STOP);
    code[4] = u8::try_from(code.len()).expect("the payer is shorter than 256 bytes");
    code.push(JUMPDEST);
    // calldatacopy(0, 32, calldatasize - 32)
    code.extend([PUSH1, 32, CALLDATASIZE, SUB, PUSH1, 32, PUSH0, CALLDATACOPY]);
    // call(gas, calldata[0], value 0, input 0..calldatasize - 32, output nowhere)
    code.extend([PUSH0, PUSH0, PUSH1, 32, CALLDATASIZE, SUB, PUSH0, PUSH0, PUSH0, CALLDATALOAD, GAS, CALL]);
    // the answer of the callee, or its refusal, is ours
    code.extend([RETURNDATASIZE, PUSH0, PUSH0, RETURNDATACOPY, PUSH1, 0, JUMPI, RETURNDATASIZE, PUSH0, REVERT]);
    let granted = code.len();
    code[granted - 5] = u8::try_from(granted).expect("the payer is shorter than 256 bytes");
    code.extend([JUMPDEST, RETURNDATASIZE, PUSH0, RETURN]);
    code
}

/// token.transfer(caller, max(amount, 0)); a failure shows in the pool's own check of its balance.
fn pay(code: &mut Vec<u8>, amount_at: u8, token_at: u8) {
    // memory[0..68] = selector, caller, amount x (0 < amount)
    code.push(PUSH4);
    code.extend(TRANSFER);
    code.extend([PUSH1, 224, SHL, PUSH0, MSTORE, CALLER, PUSH1, 4, MSTORE]);
    code.extend([PUSH1, amount_at, CALLDATALOAD, DUP1, PUSH0, SLT, MUL, PUSH1, 36, MSTORE]);
    // call(gas, token, value 0, input 0..68, output nowhere)
    code.extend([PUSH0, PUSH0, PUSH1, 68, PUSH0, PUSH0, PUSH1, token_at, CALLDATALOAD, GAS, CALL, POP]);
}
