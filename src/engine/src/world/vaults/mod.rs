//! Vaults that sell or hedge options: what they hold and owe, what became of it, and what would have without frictions.
//!
//! # How a vault works
//!
//! Vaults (`vaults.NAME`) hold tokens of the pair on accounts of their own, sell options on its price epoch after
//! epoch, or hedge them; the options' buyers are another account, so that every line of one statement stands in the
//! other or under slippage and gas. At every observation options are marked by Black and Scholes
//! (`portage_credit::options`), those that have expired are settled, new ones are written, and the hedge is traded
//! through the pools as they stand (`Books::quote`, `Books::execute`), by one book (`book`) at two desks: the real one,
//! and one at which everything trades at reference prices, which is never frozen. What the first falls behind is the
//! harm of frictions. A vault does nothing while the protocol stands still or while it is itself under way; what
//! expires meanwhile is settled on resume, at the price of that day. Beside the value by the model stands what leaving
//! at once would bring.

mod book;
mod desks;
mod terms;

pub use book::{OptionTally, SETTLEMENT_HASTE};
pub use desks::TradeTally;
pub use terms::VaultTerms;

use super::{Books, Line, Stakeholder, StakeholderStatement};
use crate::world::instrument::{Instrument, Opening, View};
use book::{Book, CLOCK_ROUNDING_SECONDS, Look};
use desks::{Paper, PoolDesk};
use portage_base::ledger::{Account, Ledger};
use portage_base::stats::worst;
use portage_base::units::SECONDS_PER_DAY;
use portage_pools::Amounts2;
use terms::Coin;

/// One vault in a run.
///
/// A second book of the same terms on the same prices trades at reference prices without any cost, settles at the true price and is
/// never frozen: by what the first falls behind it, frictions have done harm.
#[derive(Debug)]
pub struct Vault {
    /// Its terms.
    pub terms: VaultTerms,
    book: Book,
    depositors: Stakeholder,
    buyers: Stakeholder,
    trades: TradeTally,
    unhindered: Book,
    paper: Paper,
    /// Value by the model and on leaving at once, USD.
    model_usd: f64,
    exit_usd: f64,
    frozen_seconds: f64,
    /// How far it is ahead of the book without frictions, USD, and the sum of the squared changes of that.
    ahead_usd: f64,
    ahead_squared: f64,
}

/// The vaults of a run.
#[derive(Debug)]
pub struct Vaults {
    list: Vec<Vault>,
    read_seconds: f64,
    gap_max_usd: f64,
    gap_max_day: f64,
}

impl Vault {
    /// What changed the value of the depositors' shares.
    #[must_use]
    pub const fn depositors(&self) -> &StakeholderStatement {
        &self.depositors.statement
    }

    /// The other side of the options: the rest of the market.
    #[must_use]
    pub const fn buyers(&self) -> &StakeholderStatement {
        &self.buyers.statement
    }

    /// What became of its options.
    #[must_use]
    pub const fn options(&self) -> &OptionTally {
        &self.book.tally
    }

    /// What its trades through the pools came to.
    #[must_use]
    pub const fn trades(&self) -> &TradeTally {
        &self.trades
    }

    /// Value of the base tokens by which its hedge is off now, USD.
    #[must_use]
    pub const fn off_usd(&self) -> f64 {
        self.book.off_usd
    }

    /// Time during which it could do nothing, days.
    #[must_use]
    pub const fn frozen_days(&self) -> f64 {
        self.frozen_seconds / SECONDS_PER_DAY
    }

    /// What its depositors have gained, USD, and what they would have without frictions.
    #[must_use]
    pub const fn results_usd(&self) -> (f64, f64) {
        let result = self.model_usd - self.depositors.statement.opening;
        (result, result - self.ahead_usd)
    }

    /// Sum of the squared changes, from observation to observation, of what it is ahead of the book without frictions, USD squared.
    #[must_use]
    pub const fn ahead_squared(&self) -> f64 {
        self.ahead_squared
    }

    fn read(&mut self, books: &mut Books, view: &View<'_>, is_down: bool, elapsed: f64) {
        let seconds = view.seconds;
        self.depositors.mark(&books.ledger, &books.prices_usd);
        self.buyers.mark(&books.ledger, &books.prices_usd);
        let pair = books.pair();
        let is_under_way = self
            .terms
            .under_way
            .is_some_and(|(from, until)| (from..until).contains(&(seconds + CLOCK_ROUNDING_SECONDS)));
        let look = Look {
            seconds,
            price: pair.price,
            quote_usd: pair.quote_usd,
            volatility: self.terms.spec.implied.volatility(view.volatility),
            settles_at: self.terms.oracle.map_or(pair.price, |oracle| view.readings.usd(oracle) / pair.quote_usd),
            is_frozen: is_down || is_under_way,
        };
        self.frozen_seconds += if look.is_frozen { elapsed } else { 0.0 };
        (self.paper.base_usd, self.paper.quote_usd) = (pair.base_usd, pair.quote_usd);
        let free = Look { settles_at: pair.price, is_frozen: false, ..look };
        self.unhindered.read(&self.terms, &free, &mut self.paper);
        let Self { terms, book, depositors, buyers, trades, .. } = self;
        book.read(terms, &look, &mut PoolDesk { books, depositors, buyers, trades });
        self.value(books);
    }

    /// Brings its values up to date.
    fn value(&mut self, books: &Books) {
        let (base, _) = books.pair_tokens();
        let owned = self.depositors.held_usd(&books.ledger, &books.prices_usd);
        let owed = self.buyers.held_usd(&books.ledger, &books.prices_usd);
        let options = self.book.value_usd;
        self.model_usd = owned + options;
        self.depositors.statement.closing = self.model_usd;
        self.buyers.statement.closing = owed - options;
        let held = books.ledger.balance(self.depositors.account, base);
        let sold = if held > 0.0 { books.exit_usd(held) } else { 0.0 };
        let dear = if options > 0.0 { -self.terms.spec.exit_spread } else { self.terms.spec.exit_spread };
        self.exit_usd = owned - held * books.prices_usd[base.index()] + sold + options * (1.0 + dear);
        let ahead_usd = self.model_usd - self.paper.worth_usd() - self.unhindered.value_usd;
        let change = ahead_usd - self.ahead_usd;
        self.ahead_squared += change * change;
        self.ahead_usd = ahead_usd;
    }

    /// Largest of the residuals of both statements and of what one side gained and the other did not lose, relative to the largest line.
    fn residual(&self) -> f64 {
        let [one, other] = [self.depositors(), self.buyers()];
        let largest = one.largest().max(other.largest());
        let two_sided = [Line::Premiums, Line::Options, Line::Losses];
        let unmatched = two_sided.into_iter().map(|line| (one.line(line) + other.line(line)).abs()).fold(0.0, worst);
        worst(worst(one.residual().abs(), other.residual().abs()), unmatched) / largest
    }
}

impl Vaults {
    /// Every vault, in the order of the scenario.
    pub fn iter(&self) -> impl Iterator<Item = &Vault> {
        self.list.iter()
    }

    /// Value of all vaults by the model and on leaving at once, each alone, USD.
    #[must_use]
    pub fn values_usd(&self) -> (f64, f64) {
        self.list.iter().fold((0.0, 0.0), |(model, exit), vault| (model + vault.model_usd, exit + vault.exit_usd))
    }

    /// Most by which the value on leaving has lain below that by the model, USD, and the day of that.
    #[must_use]
    pub const fn gap_max(&self) -> (f64, f64) {
        (self.gap_max_usd, self.gap_max_day)
    }
}

/// The tokens of the pair that a vault opens with.
const fn held_tokens(terms: &VaultTerms, amount: f64) -> Amounts2 {
    match terms.coin() {
        Coin::Base => Amounts2 { base: amount, quote: 0.0 },
        Coin::Quote => Amounts2 { base: 0.0, quote: amount },
    }
}

impl Vault {
    fn open(
        terms: &VaultTerms,
        held: Amounts2,
        accounts: [Account; 2],
        (ledger, prices_usd): (&Ledger, &[f64]),
    ) -> Self {
        let [mut depositors, buyers] = accounts.map(|account| Stakeholder::new(account, prices_usd));
        let opening_usd = depositors.held_usd(ledger, prices_usd);
        (depositors.statement.opening, depositors.statement.closing) = (opening_usd, opening_usd);
        Self {
            terms: terms.clone(),
            book: Book::default(),
            depositors,
            buyers,
            trades: TradeTally::default(),
            unhindered: Book::default(),
            paper: Paper { held, base_usd: 0.0, quote_usd: 0.0 },
            model_usd: opening_usd,
            exit_usd: opening_usd,
            frozen_seconds: 0.0,
            ahead_usd: 0.0,
            ahead_squared: 0.0,
        }
    }
}

impl Instrument for Vaults {
    type Terms = [VaultTerms];

    const LAW: &'static str = "the statements of vaults";

    /// The vaults of a scenario at the opening of a run; what they hold is brought in from outside.
    fn open(terms: &[VaultTerms], books: &mut Books, _opening: &Opening<'_>) -> Self {
        let (base, quote) = books.pair_tokens();
        let list = terms.iter().map(|terms| {
            let token = if terms.coin() == Coin::Base { base } else { quote };
            let amount = terms.spec.deposits_usd / books.prices_usd[token.index()];
            let (held, other) = (books.ledger.open_account(), books.ledger.open_account());
            books.ledger.endow(held, token, amount);
            Vault::open(terms, held_tokens(terms, amount), [held, other], (&books.ledger, &books.prices_usd))
        });
        Self { list: list.collect(), read_seconds: 0.0, gap_max_usd: 0.0, gap_max_day: 0.0 }
    }

    /// Lets the vaults settle, write and hedge what is due.
    fn observe(&mut self, books: &mut Books, view: &View<'_>) {
        let (is_down, elapsed) = (books.is_down(), view.seconds - self.read_seconds);
        for vault in &mut self.list {
            vault.read(books, view, is_down, elapsed);
        }
        self.read_seconds = view.seconds;
        let (model, exit) = self.values_usd();
        if model - exit > self.gap_max_usd {
            (self.gap_max_usd, self.gap_max_day) = (model - exit, view.seconds / SECONDS_PER_DAY);
        }
    }

    fn residual(&self, _books: &Books) -> f64 {
        self.list.iter().map(Vault::residual).fold(0.0, worst)
    }
}

#[cfg(test)]
mod tests;
