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
mod execution;
mod holders;
mod instrument;
mod instruments;
mod inventory;
mod lending;
mod margin;
mod network;
mod opening;
mod operation;
mod oracles;
mod penalty;
mod perps;
mod plan_record;
mod position_changes;
mod positions;
mod programme;
mod providers;
mod ranges;
mod readings;
mod relocation;
mod rewards;
mod settlement;
mod shared_ranges;
mod stakeholder;
mod stakes;
mod statement;
mod terms;
mod theft;
mod vaults;
mod venue;
mod yields;

pub use agent_books::{AgentResult, ENDOWMENT_MAX, Position, Refusal, Settled};
pub use balancing::EXTERNAL_MARKET_COST;
pub use books::{Accounts, Books, DEPTH_BAND, PAIRS, PairPrice};
pub use bridge::{Bridge, BridgeAccounts, BridgeBook, Crossing, Message, Stage};
pub use chains::{ChainState, DestinationTerms};
pub use crossing::DESTINATION_PAIR;
pub use execution::Execution;
pub use holders::{AGENTS_MAX, AgentBook, HOLDERS, Holder, HolderBook, LpClass};
pub use instruments::{InstrumentTerms, Instruments, Observation};
pub use inventory::TokenInventory;
pub use lending::{
    LENDERS, Lender, Lending, LendingBook, LendingMarket, LendingMoves, LendingTerms, Liquidated, MovesLink,
    MovesStand, ReserveAsset, ReserveLink, Sale,
};
pub use margin::{MarginFigures, MarginHarm};
pub use network::{InfectionMap, Network, NetworkTerms, NodeTerms, RunNode, RunNodeKind, Stress, Verdict};
pub use oracles::OracleBook;
pub use perps::{ExchangeTerms, MarketTerms, MoveTerms, PerpSums, PerpTerms, Perps};
pub use plan_record::{PlanRecord, Thefts};
pub use position_changes::MIGRATOR_DUST;
pub use positions::{PositionAccounts, PositionReading, Positions};
pub use programme::{BonusTerms, Programme, ProgrammeTerms, Stakes};
pub use providers::{Provider, Providers, RangeWidth};
pub use ranges::Ranges;
pub use readings::{ExploitableLiquidity, FeedTerms, GapBook, MeanTerms, Readings, SourceTerms};
pub use shared_ranges::{SharedRange, SharedRanges};
pub use stakeholder::{Line, Stakeholder, StakeholderStatement};
pub use statement::{SearcherBook, Statement, TRADER_CLASSES_MAX, TraderBook, TraderClassBook};
pub use theft::{STOLEN_SHARE_MAX, StolenFunds};
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
