//! The state of one run: its books, and the instruments that stand on them.

mod agent_books;
mod attacks;
mod balancing;
mod books;
mod bridge;
mod chains;
mod crediting;
mod crossing;
mod deposit;
mod door;
mod execution;
mod holders;
mod instrument;
mod instruments;
mod inventory;
mod lending;
mod lots;
mod margin;
mod network;
mod opening;
mod operation;
mod oracles;
mod party;
mod passage;
mod penalty;
mod perps;
mod positions;
mod programme;
mod providers;
mod ranges;
mod readings;
mod relocation;
mod rewards;
mod settlement;
mod stakes;
mod statement;
mod terms;
mod theft;
mod vaults;
mod venue;
mod yields;

pub use agent_books::{AgentResult, ENDOWMENT_MAX, Position, Refusal, Settled};
pub use balancing::ELSEWHERE_COST;
pub use books::{Accounts, Books, DEPTH_BAND, PAIRS, PairPrice};
pub use bridge::{Bridge, BridgeAccounts, BridgeBook, Crossing, Message, Stage};
pub use chains::{ChainState, DestinationTerms};
pub use crossing::DESTINATION_PAIR;
pub use door::MIGRATOR_DUST;
pub use execution::Execution;
pub use holders::{AGENTS_MAX, AgentBook, HOLDERS, Holder, HolderBook, LpClass};
pub use instruments::{InstrumentTerms, Instruments, Observation};
pub use inventory::Stock;
pub use lending::{
    LENDERS, Lender, Lending, LendingBook, LendingMarket, LendingMoves, LendingTerms, Liquidated, MovesLink,
    MovesStand, ReserveAsset, ReserveLink, Sale,
};
pub use lots::{Lot, Lots};
pub use margin::{MarginFigures, MarginHarm};
pub use network::{InfectionMap, Network, NetworkTerms, NodeTerms, RunNode, RunNodeKind, Stress, Verdict};
pub use oracles::OracleBook;
pub use party::{Line, Party, PartyStatement};
pub use passage::{Passage, Thefts};
pub use perps::{ExchangeTerms, MarketTerms, MoveTerms, PerpSums, PerpTerms, Perps};
pub use positions::{PositionAccounts, PositionReading, Positions};
pub use programme::{BonusTerms, Programme, ProgrammeTerms, Stakes};
pub use providers::{Provider, Providers, RangeWidth};
pub use ranges::Ranges;
pub use readings::{FeedTerms, GapBook, MeanTerms, Prey, Readings, SourceTerms};
pub use statement::{SearcherBook, Statement, TRADER_CLASSES_MAX, TraderBook, TraderClassBook};
pub use theft::{Booty, STOLEN_SHARE_MAX};
pub use vaults::{OptionTally, SETTLEMENT_HASTE, TradeTally, Vault, VaultTerms, Vaults};
pub use venue::{Coins, Venue, VenueAccounts, VenueFlows, VenueTerms};

/// The state of one run: books and instruments, apart from one another, so that an instrument is at work on the books as they stand.
#[derive(Debug)]
pub struct World {
    /// Tokens, accounts, pools, prices, chains, people.
    pub books: Books,
    /// Oracles, lending markets, exchanges, vaults, positions, the network.
    pub instruments: Instruments,
}
