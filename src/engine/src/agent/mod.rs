//! Agents of a user's own: what they see, what they may ask for, and what they are told.
//!
//! An agent lives in one run. It is asked at the end of a block what it wants, with the state that this block has confirmed before it
//! ([`View`]); its requests are settled in the next block, after arbitrage, oracles and the liquidity that moves and before the orders
//! of traders, like everybody's. It has an account of its own in the books, a statement over it that must hold like every other, and a
//! random stream of its own, so that no draw of it moves anybody else's.
//!
//! What an agent is not: it takes no part in reward programmes that count providers by their stakes, it acts on the home chain only,
//! and its gas does not move the gas price.

mod view;

pub use crate::world::{AGENTS_MAX, AgentBook, AgentResult, ENDOWMENT_MAX, Position, Refusal, Settled};
pub(crate) use view::takes_deposits;
pub use view::{PoolView, View};

use portage_base::ledger::Token;
use portage_base::random::Stream;

/// An agent: a rule that decides what to ask for, from what everybody can see.
pub trait Agent {
    /// Its name: of its account and of its random stream.
    fn name(&self) -> &str;

    /// What it brings at the opening, whole tokens by the name of the token. Gas is paid in "USD".
    fn endowment(&self) -> Vec<(String, f64)>;

    /// Decides at the end of a block what to ask for, and when it is asked next.
    fn act(&mut self, view: &View<'_>, turn: &mut Turn<'_>) -> Wake;

    /// Learns what became of a request.
    fn notified(&mut self, event: &Event) {
        let _unheard = event;
    }
}

/// When an agent is asked next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// After so many blocks; 0 counts as 1.
    After(u64),
    /// Not any more.
    Never,
}

/// What an agent has at hand while it decides: its random stream, and the paper on which it writes its requests.
#[derive(Debug)]
pub struct Turn<'t> {
    /// Its own random stream: named by the seed, the run and its name.
    pub random: &'t mut Stream,
    pub(crate) requests: &'t mut Vec<Request>,
}

impl Turn<'_> {
    /// Asks for something; requests are settled in the order in which they were made.
    pub fn ask(&mut self, request: Request) {
        self.requests.push(request);
    }
}

/// Something that an agent asks for. Pools have the numbers that [`View::pool_named`] knows, amounts are whole tokens.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Pays a token into a pool and takes another one out.
    Swap {
        /// The pool.
        pool: usize,
        /// The token that is paid.
        pay: Token,
        /// The token that is received.
        get: Token,
        /// How much is paid.
        amount_in: f64,
        /// The least that must come out; the transaction fails below it, and its gas is spent.
        min_out: f64,
    },
    /// Deposits liquidity: as much of the amounts as the pool takes in its proportion, the rest stays on the account.
    Deposit {
        /// The pool.
        pool: usize,
        /// At most so much of each token.
        amounts: Vec<(Token, f64)>,
        /// Lower and upper price (quote per base) of the range in a pool of ranges, widened to its ticks; the full range if there is
        /// none. Of no concern to other pools.
        range: Option<(f64, f64)>,
    },
    /// Withdraws liquidity.
    Withdraw {
        /// The pool.
        pool: usize,
        /// Which share of what the agent has there, of every range alike, above 0 and at most 1.
        share: f64,
    },
}

impl Request {
    /// The pool that it concerns.
    #[must_use]
    pub const fn pool(&self) -> usize {
        match self {
            Self::Swap { pool, .. } | Self::Deposit { pool, .. } | Self::Withdraw { pool, .. } => *pool,
        }
    }
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The block in which it was settled.
    pub block: u64,
    /// The request.
    pub request: Request,
    /// What was done, or why nothing was.
    pub result: Result<Settled, Refusal>,
}
