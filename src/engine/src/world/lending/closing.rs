//! The opening and the close of lending markets' books, and the laws that they must satisfy.

use super::{LENDERS, Lender, Lending, LendingBook, LendingMarket, LendingTerms, ReserveAsset};
use crate::world::instrument::{Instrument, Opening, View};
use crate::world::{Books, Line, Stakeholder};
use portage_base::ledger::Token;
use portage_base::stats::worst;
use portage_credit::lending::{Market, RESERVES_MAX, ReservePrices};

impl Instrument for Lending {
    type Terms = [LendingTerms];

    const LAW: &'static str = "the books of lending markets";

    /// Opens the lending markets of a run: draws who borrows, and puts what was supplied and not lent into the vaults. Pool shares that are
    /// pledged come on top of the pool's opening liquidity, and stand with holders who are not modelled.
    fn open(list: &[LendingTerms], books: &mut Books, opening: &Opening<'_>) -> Self {
        let markets = list.iter().map(|terms| LendingMarket::open(terms, books, opening)).collect();
        let of_list = || list.iter().flat_map(|terms| &terms.reserves);
        let is_read = |link: &super::ReserveLink| {
            link.oracle.is_some() && matches!(link.asset, ReserveAsset::Token(_))
                || link.asset == ReserveAsset::Token(Token::USD)
        };
        let reads_oracles_only = of_list().all(is_read);
        let mut lending = Self { markets, reads_oracles_only, seen_version: u64::MAX };
        lending.open_moves(list, opening.address);
        lending
    }

    /// Interest, dated changes of terms, upkeep and figures of every market; then users move between them.
    fn observe(&mut self, books: &mut Books, view: &View<'_>) {
        for one in &mut self.markets {
            one.observe(books, view.readings, view.seconds);
        }
        for market in 0..self.markets.len() {
            self.move_loans(market, books, view.readings, view.seconds);
        }
    }

    /// Closes the books of the lending markets. What borrowers owe beyond the true value of what they have pledged is a loss of those who
    /// would bear it.
    fn close(&mut self, books: &mut Books, view: &View<'_>) {
        for one in &mut self.markets {
            one.settle(books, view.readings, view.seconds);
            let mut values = Lender::ALL.map(|lender| one.value_usd(lender, books));
            one.bear_at_close(&mut values, books.ledger.balance(one.stakeholder(Lender::Backstop).account, Token::USD));
            for lender in Lender::ALL {
                one.stakeholders[lender as usize].statement.closing = values[lender as usize];
            }
        }
    }

    /// Largest disagreement in the books of lending markets, relative: statements, what one party receives and another pays, and
    /// vaults against what is owned and owed.
    fn residual(&self, books: &Books) -> f64 {
        self.markets.iter().map(|one| one.residual(books)).fold(0.0, worst)
    }
}

impl LendingMarket {
    fn open(terms: &LendingTerms, books: &mut Books, opening: &Opening<'_>) -> Self {
        let (mut oracle_usd, mut true_usd) = ([0.0; RESERVES_MAX], [0.0; RESERVES_MAX]);
        for (reserve, link) in terms.reserves.iter().enumerate() {
            (oracle_usd[reserve], true_usd[reserve]) = link.price(books, opening.readings);
        }
        let market = Market::open(&terms.market, &true_usd, opening.address);
        let vault = books.ledger.open_account();
        let stakeholders: [Stakeholder; LENDERS] =
            std::array::from_fn(|_| Stakeholder::new(books.ledger.open_account(), &books.prices_usd));
        books.ledger.endow(stakeholders[Lender::Backstop as usize].account, Token::USD, terms.market.backstop_usd);
        let mut pledged_shares: ReservePrices = [0.0; RESERVES_MAX];
        for (reserve, link) in terms.reserves.iter().enumerate() {
            match link.asset {
                ReserveAsset::Token(token) => books.ledger.endow(vault, token, market.cash(reserve)),
                ReserveAsset::Liquidity(venue) => {
                    let shares = market.collateral(reserve);
                    pledged_shares[reserve] = shares;
                    books.endow_shares(venue, shares);
                }
            }
        }
        let waits = vec![false; market.positions()];
        let mut one = Self {
            links: terms.reserves.clone(),
            book: LendingBook {
                spiral_margin: f64::INFINITY,
                spiral_margin_min: f64::INFINITY,
                opening_collateral_usd: (0..terms.reserves.len()).map(|at| market.collateral(at) * true_usd[at]).sum(),
                ..LendingBook::default()
            },
            moves: None,
            oracle_usd,
            true_usd,
            vault,
            stakeholders,
            marks_usd: true_usd,
            waits,
            accrued_seconds: 0.0,
            observed_seconds: 0.0,
            census_seconds: 0.0,
            pledged_shares,
            liquidation_gas: terms.market.liquidators.gas as u64,
            margin_usd: terms.market.liquidators.margin_usd,
            room: terms.market.liquidators.attempts_per_block,
            capital_usd: terms.market.liquidators.capital_usd.unwrap_or(f64::INFINITY),
            market,
        };
        for lender in Lender::ALL {
            one.stakeholders[lender as usize].statement.opening = one.value_usd(lender, books);
        }
        one
    }

    /// Largest disagreement in the market's books, relative.
    fn residual(&self, books: &Books) -> f64 {
        let scale = self.stakeholders.iter().map(|stakeholder| stakeholder.statement.largest()).fold(0.0, worst);
        let statements =
            self.stakeholders.iter().map(|stakeholder| stakeholder.statement.residual().abs()).fold(0.0, worst);
        let between = [Line::Interest, Line::Liquidation, Line::Losses].map(|line| {
            let sum: f64 = self.stakeholders.iter().map(|stakeholder| stakeholder.statement.line(line)).sum();
            sum.abs()
        });
        let stands = |reserve: usize| match self.links[reserve].asset {
            ReserveAsset::Token(token) => {
                let held = books.ledger.balance(self.vault, token);
                (held - self.market.cash(reserve)).abs() * self.true_usd[reserve]
            }
            ReserveAsset::Liquidity(_) => {
                (self.pledged_shares[reserve] - self.market.collateral(reserve)).abs() * self.true_usd[reserve]
            }
        };
        let vault = (0..self.links.len()).map(stands).fold(0.0, worst);
        let moving = self.moves.as_ref().map_or(0.0, |moving| moving.moves.residual(&self.market));
        // A market to which nobody has come is worth nothing: one USD is the scale then.
        worst(between.into_iter().fold(worst(statements, vault), worst) / scale.max(1.0), moving)
    }

    /// What a party owns less what it owes, in the market and on its account, USD at true prices.
    #[must_use]
    pub fn value_usd(&self, lender: Lender, books: &Books) -> f64 {
        let claims: f64 = self.claims(lender).iter().zip(self.true_usd).map(|(claim, usd)| claim * usd).sum();
        claims + self.stakeholders[lender as usize].held_usd(&books.ledger, &books.prices_usd)
    }

    fn bear_at_close(&mut self, values: &mut [f64; LENDERS], backstop_usd: f64) {
        let standing = self.market.uncovered_usd(&self.true_usd);
        self.book.standing_usd = standing;
        if standing <= 0.0 {
            return;
        }
        let own = standing.min(values[Lender::Reserve as usize].max(0.0));
        let backstop = (standing - own).min(backstop_usd.max(0.0));
        let left = standing - own - backstop;
        let supplied: f64 = (0..self.links.len()).map(|at| self.market.supplied(at) * self.true_usd[at]).sum();
        let pledged: f64 = (0..self.links.len()).map(|at| self.market.collateral(at) * self.true_usd[at]).sum();
        let of_suppliers = if supplied + pledged > 0.0 { left * supplied / (supplied + pledged) } else { 0.0 };
        let shares = [
            (Lender::Borrowers, standing - (left - of_suppliers)),
            (Lender::Reserve, -own),
            (Lender::Backstop, -backstop),
            (Lender::Suppliers, -of_suppliers),
        ];
        for (lender, usd) in shares {
            self.book(lender, Line::Losses, usd);
            values[lender as usize] += usd;
        }
        for (borne, usd) in self.book.borne_usd.iter_mut().zip([own, backstop, left]) {
            *borne += usd;
        }
    }
}
