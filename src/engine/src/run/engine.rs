//! The engine: a run from its opening to its close, block by block.

use super::Observer;
use super::observation::observe;
use super::phases::{ask_agents, step, wake};
use super::state::{Now, Simulation};
use crate::agent::Agent;
use crate::model::Model;
use crate::world::World;
use portage_chain::{Chain, GasChunk};
use portage_market::{CHUNK, PriceRow};

/// Runs a model. It holds scratch memory only, so that one engine serves any number of runs.
#[derive(Debug)]
pub struct Engine {
    rows: Vec<PriceRow>,
    gas: GasChunk,
}

impl Engine {
    /// An engine for models with as many assets as `model`.
    #[must_use]
    pub fn new(model: &Model) -> Self {
        Self { rows: vec![PriceRow::default(); model.tokens.len() - 1], gas: GasChunk::default() }
    }

    /// Simulates run `run` under `seed` and returns the world with its books closed.
    pub fn run<O: Observer>(&mut self, model: &Model, seed: u64, run: u64, observer: &mut O) -> World {
        self.run_with(model, (seed, run), observer, &mut [])
    }

    /// As [`Self::run`], with a user's own agents in it; seed and run are its address.
    ///
    /// # Panics
    /// If there are more than [`crate::agent::AGENTS_MAX`] agents, two have one name, or one brings a token that there is not, or no
    /// amount of it.
    pub fn run_with<O: Observer>(
        &mut self,
        model: &Model,
        (seed, run): (u64, u64),
        observer: &mut O,
        agents: &mut [Box<dyn Agent>],
    ) -> World {
        let mut run = Simulation::open(model, seed, run, agents);
        run.introduce(observer);
        observe(&mut run, 0.0, observer);
        ask_agents(&mut run, 0);
        let blocks = model.grid.blocks;
        let mut first = 0;
        while first < blocks {
            let len = (blocks - first).min(CHUNK as u64) as usize;
            run.prices.fill(&model.market, len, &mut self.rows);
            if let (Some(state), Some(market)) = (&mut run.world.books.chain_mut(Chain::Home).gas, &model.gas) {
                state.fill(market, len, &mut self.gas);
            }
            for index in 0..len {
                let now = Now { block: first + index as u64, index, rows: &self.rows, gas: &self.gas };
                step(&mut run, &now, observer);
            }
            first += len as u64;
        }
        let end = Now { block: blocks, index: (blocks - 1) as usize % CHUNK, rows: &self.rows, gas: &self.gas };
        wake(model, &mut run.world.books, &end, blocks);
        if !blocks.is_multiple_of(model.observe_blocks) {
            let seconds = run.world.books.seconds;
            observe(&mut run, seconds, observer);
        }
        run.introduce(observer);
        run.world.close();
        run.world
    }
}
