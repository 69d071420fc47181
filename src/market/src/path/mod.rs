//! The path of one asset's log price in one run: one file per family of laws, one `advance` per piece of a chunk.

mod begin;
mod bridge;
mod clock;
mod diffusion;
mod peg;
mod piece;
mod variance;

pub(super) use begin::begin;
pub(super) use piece::Piece;

use bridge::BrownianBridge;
use diffusion::{Diffusion, JumpDiffusion};
use peg::PegReversion;
use variance::{GarchRecursion, HestonVariance, Regimes};

/// The law and the state of one asset's path.
///
/// Closed: a chunk is matched once per piece, and the loops over its blocks know their law.
#[derive(Debug, Clone)]
pub(super) enum Path {
    /// The log price never moves.
    Constant(f64),
    Diffusion(Diffusion),
    JumpDiffusion(JumpDiffusion),
    Heston(HestonVariance),
    Regimes(Regimes),
    Peg(PegReversion),
    Garch(GarchRecursion),
    BrownianBridge(BrownianBridge),
}

impl Path {
    /// Names the streams of the path and draws what is drawn at the start of a run.
    pub fn open(&mut self, seed: u64, run: u64, asset: &str) {
        match self {
            Self::Constant(_) | Self::Diffusion(_) | Self::Garch(_) => {}
            Self::JumpDiffusion(path) => path.open(seed, run, asset),
            Self::Heston(path) => path.open(seed, run, asset),
            Self::Regimes(path) => path.open(seed, run, asset),
            Self::Peg(path) => path.open(seed, run, asset),
            Self::BrownianBridge(path) => path.open(seed, run, asset),
        }
    }

    /// Writes the log prices of the blocks of `piece`.
    pub fn advance(&mut self, piece: &mut Piece<'_>) {
        match self {
            Self::Constant(log) => piece.log.fill(*log),
            Self::Diffusion(path) => path.advance(piece),
            Self::JumpDiffusion(path) => path.advance(piece),
            Self::Heston(path) => path.advance(piece),
            Self::Regimes(path) => path.advance(piece),
            Self::Peg(path) => path.advance(piece),
            Self::Garch(path) => path.advance(piece),
            Self::BrownianBridge(path) => path.advance(piece),
        }
    }
}
