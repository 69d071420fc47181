//! The perpetual exchanges of a scenario with their names and dates resolved.

use portage_base::ledger::Token;
use portage_credit::perps::{AccountsSpec, CarriedBy, FundingSpec, LeaveSpec, MarkPrice, PremiumSpec};

/// All exchanges of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct PerpTerms {
    /// The assets that any of them has a market in.
    pub assets: Vec<Token>,
    /// The exchanges, in the order of their names.
    pub exchanges: Vec<ExchangeTerms>,
}

/// One exchange.
#[derive(Debug, Clone, PartialEq)]
pub struct ExchangeTerms {
    /// Its name in the scenario.
    pub name: String,
    /// Its market in each of [`PerpTerms::assets`].
    pub markets: Vec<Option<MarketTerms>>,
    /// Accounts at the opening.
    pub accounts: Option<AccountsSpec>,
    /// The insurance fund at the opening, USD.
    pub insurance_usd: f64,
    /// What positions are valued at.
    pub mark: MarkPrice,
    /// The law of the premium.
    pub premium: PremiumSpec,
    /// The law of funding.
    pub funding: FundingSpec,
    /// Fee of trades, share of value.
    pub taker_fee: f64,
    /// Penalty of a liquidation, share of value.
    pub penalty: f64,
    /// When it stands still: from and until, seconds.
    pub halts: Vec<(f64, f64)>,
    /// How its accounts move away.
    pub moves: Option<MoveTerms>,
    /// Its makers leave: from when on (seconds), half-life (seconds), share that stays.
    pub fading: Option<[f64; 3]>,
    /// Its makers arrive: from when on (seconds), over which time (seconds), share that is there at first.
    pub ramp: Option<[f64; 3]>,
}

/// One market of an exchange.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarketTerms {
    /// USD per 1 % of price.
    pub depth_usd: f64,
    /// Initial margin, share of value.
    pub initial: f64,
    /// Maintenance margin, share of value.
    pub maintenance: f64,
    /// Weight in the open interest.
    pub weight: f64,
    /// The oracle that gives its index, by its place in the scenario; the reference price where there is none.
    pub oracle: Option<usize>,
}

/// How accounts move away.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MoveTerms {
    /// The exchange to which they go.
    pub to: usize,
    /// From when on, seconds.
    pub from: f64,
    /// Who leaves when.
    pub leave: LeaveSpec,
    /// What becomes of positions.
    pub positions: CarriedBy,
    /// How long collateral is under way, seconds.
    pub transit: f64,
}

impl ExchangeTerms {
    /// Share of the depth of its books that is there after `seconds`.
    #[must_use]
    pub(crate) fn depth_share(&self, seconds: f64) -> f64 {
        let fading = self.fading.map_or(1.0, |[from, half_life, stays]| {
            stays + (1.0 - stays) * libm::exp2(-(seconds - from).max(0.0) / half_life)
        });
        let ramp = self
            .ramp
            .map_or(1.0, |[from, over, first]| first + (1.0 - first) * ((seconds - from) / over).clamp(0.0, 1.0));
        fading * ramp
    }

    /// Whether it stands still at `seconds`.
    #[must_use]
    pub fn is_halted(&self, seconds: f64) -> bool {
        self.halts.iter().any(|(from, until)| (*from..*until).contains(&seconds))
    }
}
