//! Lending markets: the rules across their values, and their names resolved.

use super::calendar::last_date;
use super::oracle_links::{base_of, oracle_of};
use super::rules::{Rules, rule};
use crate::Scenario;
use portage_base::ledger::Token;
use portage_credit::lending::{
    BorrowersSpec, BorrowersTerms, LendingSpec, MarketTerms, RESERVES_MAX, ReserveAmounts, ReserveSpec,
};
use portage_engine::world::{LendingTerms, ReserveAsset, ReserveLink};
use portage_pools::Role;

/// Parts of one in which a least health is told.
const TOLD: f64 = 1e3;

/// By how much shares of a distribution may miss one.
const SHARES_TOLERANCE: f64 = 1e-9;

/// The lending markets of a scenario; broken rules are noted in `rules`.
pub(super) fn lending(scenario: &Scenario, rules: &mut Rules) -> Vec<LendingTerms> {
    let mut markets: Vec<LendingTerms> =
        scenario.lending.iter().map(|(name, spec)| Reader { scenario, rules }.market(name, spec)).collect();
    super::lending_moves::moves(scenario, &mut markets, rules);
    markets
}

/// Reads one market at a time and notes what is wrong with it.
struct Reader<'s> {
    scenario: &'s Scenario,
    rules: &'s mut Rules,
}

impl Reader<'_> {
    fn market(&mut self, name: &str, spec: &LendingSpec) -> LendingTerms {
        let path = format!("lending.{name}");
        let broken_before = self.rules.len();
        let count = spec.reserves.len();
        rule!(self.rules, if count == 0 || count > RESERVES_MAX => "{path}.reserves", "{count} reserves",
            "1 to {RESERVES_MAX} reserves");
        let reserves: Vec<ReserveLink> = spec
            .reserves
            .iter()
            .take(RESERVES_MAX)
            .map(|(reserve, spec)| self.link(&format!("{path}.reserves.{reserve}"), reserve, spec))
            .collect();
        if self.rules.len() == broken_before {
            self.check_distinct(&path, spec, &reserves);
        }
        for ((reserve, spec), link) in spec.reserves.iter().zip(&reserves) {
            self.check_terms(&format!("{path}.reserves.{reserve}"), spec, link);
        }
        let terms = MarketTerms {
            name: name.to_owned(),
            rules: spec.rules,
            start: self.scenario.start,
            reserves: spec.reserves.values().take(RESERVES_MAX).cloned().collect(),
            borrowers: spec
                .borrowers
                .iter()
                .map(|(class, terms)| self.borrowers(&format!("{path}.borrowers.{class}"), class, terms, spec))
                .collect(),
            liquidators: spec.liquidators,
            backstop_usd: spec.backstop_usd,
        };
        // Values that are wrong already are not compared.
        if self.rules.len() == broken_before {
            self.check_opening(&path, spec, &terms);
        }
        LendingTerms { name: name.to_owned(), market: terms, reserves, moves: None }
    }

    /// What stands in a reserve, and which oracle values it.
    fn link(&mut self, path: &str, name: &str, spec: &ReserveSpec) -> ReserveLink {
        let asset = match (&spec.asset, &spec.pool) {
            (Some(_), Some(_)) => {
                rule!(self.rules => "{path}.pool", "a reserve holds an asset or shares of a pool, not both",
                    "one of `asset` and `pool`");
                ReserveAsset::Token(Token::USD)
            }
            (_, Some(pool)) => ReserveAsset::Liquidity(self.pool(&format!("{path}.pool"), pool)),
            (asset, None) => {
                let (place, asset) =
                    asset.as_ref().map_or((path.to_owned(), name), |asset| (format!("{path}.asset"), asset.as_str()));
                ReserveAsset::Token(self.asset(&place, asset))
            }
        };
        let priced = match &spec.pool {
            Some(_) => base_of(self.scenario).unwrap_or_default(),
            None => spec.asset.as_deref().unwrap_or(name),
        };
        let place = format!("{path}.oracle");
        let oracle = spec.oracle.as_ref();
        let oracle = oracle.and_then(|oracle| oracle_of(self.scenario, &place, oracle, priced, self.rules));
        ReserveLink { asset, oracle }
    }

    fn asset(&mut self, path: &str, name: &str) -> Token {
        if name == "USD" {
            return Token::USD;
        }
        match self.scenario.assets.keys().position(|asset| asset == name) {
            Some(asset) => Token::new(asset + 1),
            None => {
                let known = std::iter::once("USD").chain(self.scenario.assets.keys().map(String::as_str));
                self.rules.unknown(path, ("asset", name), known, "");
                Token::USD
            }
        }
    }

    /// A pool whose shares can be pledged.
    fn pool(&mut self, path: &str, name: &str) -> usize {
        let Some(venue) = self.scenario.pools.keys().position(|pool| pool == name) else {
            let known = self.scenario.pools.keys().map(String::as_str);
            self.rules.unknown(path, ("pool", name), known, "a table for the pool");
            return 0;
        };
        let pool = &self.scenario.pools[name];
        let faults = [
            (pool.curve.is_range_based(), "has ranges, which are positions of their own and no shares"),
            (pool.curve.is_holding(), "holds one token and has no shares"),
            (pool.role == Role::Route, "is a leg of a route and does not trade the pair"),
            (pool.tvl_usd <= 0.0, "is empty at the opening"),
        ];
        rule!(self.rules, if let Some((_, fault)) = faults.into_iter().find(|(is_so, _)| *is_so) => path,
            "\"{name}\" {fault}", "a pool of the pair with shares and tvl_usd above 0 USD");
        venue
    }

    /// Two reserves of one market never hold the same thing.
    fn check_distinct(&mut self, path: &str, spec: &LendingSpec, links: &[ReserveLink]) {
        for (at, (name, link)) in spec.reserves.keys().zip(links).enumerate() {
            if let Some(twin) = links[..at].iter().position(|other| other.asset == link.asset) {
                let twin = spec.reserves.keys().nth(twin).map_or("", String::as_str);
                rule!(self.rules => "{path}.reserves.{name}", "it holds the same as \"{twin}\"",
                    "an asset or pool that no other reserve of the market holds");
            }
        }
    }

    /// The terms of a reserve, now and on their dates.
    fn check_terms(&mut self, path: &str, spec: &ReserveSpec, link: &ReserveLink) {
        let is_liquidity = matches!(link.asset, ReserveAsset::Liquidity(_));
        let of_lent = [
            ("supplied_usd", spec.supplied_usd > 0.0),
            ("reserve_usd", spec.reserve_usd > 0.0),
            ("supply_cap_usd", spec.supply_cap_usd.is_some()),
            ("borrow_cap_usd", spec.borrow_cap_usd.is_some()),
        ];
        for (key, _) in of_lent.into_iter().filter(|(_, is_set)| is_liquidity && *is_set) {
            rule!(self.rules => "{path}.{key}", "shares of a pool are pledged, not lent",
                "no such value: what borrowers pledge stands in `borrowers`");
        }
        let (start, end) = (self.scenario.start, last_date(self.scenario));
        let (mut loan_to_value, mut threshold) = (spec.loan_to_value, spec.threshold);
        self.check_threshold(path, loan_to_value, threshold);
        let mut before = start;
        for (at, step) in spec.steps.iter().enumerate() {
            let path = format!("{path}.steps.{at}");
            rule!(self.rules, if step.at < before || step.at > end => "{path}.at",
                ("{} is out of order or outside the simulation", step.at), "a date from {before} to {end}");
            before = before.max(step.at);
            loan_to_value = step.loan_to_value.unwrap_or(loan_to_value);
            threshold = step.threshold.unwrap_or(threshold);
            self.check_threshold(&path, loan_to_value, threshold);
        }
    }

    fn check_threshold(&mut self, path: &str, loan_to_value: f64, threshold: f64) {
        rule!(self.rules, if threshold < loan_to_value => "{path}.threshold",
            "whoever borrows up to {loan_to_value} is liquidated at once: the threshold is {threshold}",
            "a share from {loan_to_value} (loan_to_value) to 1", "raise `threshold`, or lower `loan_to_value`");
    }

    fn borrowers(&mut self, path: &str, name: &str, spec: &BorrowersSpec, market: &LendingSpec) -> BorrowersTerms {
        let collateral = self.shares(&format!("{path}.collateral"), &spec.collateral, market);
        let debt = self.shares(&format!("{path}.debt"), &spec.debt, market);
        for (reserve, terms) in market.reserves.iter().filter(|(reserve, _)| spec.debt.contains_key(*reserve)) {
            rule!(self.rules, if !terms.is_borrowable || terms.pool.is_some() => "{path}.debt.{reserve}",
                "\"{reserve}\" is not lent", "a reserve of an asset with `is_borrowable`");
        }
        for reserve in spec.collateral.keys().filter(|reserve| spec.debt.contains_key(*reserve)) {
            rule!(self.rules => "{path}.collateral.{reserve}",
                "cyclic collateral: \"{reserve}\" is pledged for a debt in \"{reserve}\"",
                "collateral in other reserves than the debt",
                "what is borrowed and pledged again is counted twice; state what is left of it");
        }
        let (health, upkeep) = (spec.health, spec.upkeep);
        rule!(self.rules, if health.median < health.min => "{path}.health.median",
            ("the median {} is below the least health of {}", health.median, health.min),
            ("at least {}", health.min));
        rule!(self.rules, if upkeep.restores_to <= upkeep.acts_below => "{path}.upkeep.restores_to",
            ("{} is not above {}, where the borrower acts", upkeep.restores_to, upkeep.acts_below),
            ("a health above {}", upkeep.acts_below));
        BorrowersTerms { name: name.to_owned(), spec: spec.clone(), collateral, debt }
    }

    /// Shares by reserve, which sum to one.
    fn shares(
        &mut self,
        path: &str,
        shares: &std::collections::BTreeMap<String, f64>,
        market: &LendingSpec,
    ) -> ReserveAmounts {
        let mut list = [0.0; RESERVES_MAX];
        for (name, share) in shares {
            match market.reserves.keys().position(|reserve| reserve == name) {
                Some(reserve) if reserve < RESERVES_MAX => list[reserve] = *share,
                Some(_) => {}
                None => {
                    let known = market.reserves.keys().map(String::as_str);
                    self.rules.unknown(&format!("{path}.{name}"), ("reserve", name), known, "a table for the reserve");
                    return list;
                }
            }
        }
        let sum: f64 = shares.values().sum();
        if (sum - 1.0).abs() > SHARES_TOLERANCE {
            let message =
                if shares.is_empty() { "no share is stated".to_owned() } else { format!("the shares sum to {sum}") };
            rule!(self.rules => path, message, "shares of its reserves that sum to 1");
        }
        list
    }

    /// What the opening must satisfy: nothing borrowed that is not there, and nobody beyond what may be borrowed.
    fn check_opening(&mut self, path: &str, spec: &LendingSpec, terms: &MarketTerms) {
        for excess in terms.opening_excess() {
            let name = spec.reserves.keys().nth(excess.reserve).map_or("", String::as_str);
            let (borrowed, supplied) = (excess.borrowed_usd, excess.supplied_usd);
            rule!(self.rules => "{path}.reserves.{name}.supplied_usd",
                ("{borrowed:.0} USD are borrowed of {supplied:.0} USD that are there at the opening"),
                ("at least {} USD", (spec.reserves[name].supplied_usd + borrowed - supplied).ceil()),
                "raise `supplied_usd`, or lower the borrowers' `debt_usd`");
        }
        for above in terms.above_loan_to_value() {
            let name = spec.borrowers.keys().nth(above.class).map_or("", String::as_str);
            let path = format!("{path}.borrowers.{name}");
            if above.limit <= 0.0 {
                rule!(self.rules => "{path}.collateral", "nothing can be borrowed against what they pledge",
                    "collateral of a reserve whose `loan_to_value` is above 0");
                continue;
            }
            let median = terms.borrowers[above.class].spec.health.median;
            // Rounded up, so that the value that is told passes.
            let least = (above.ltv * median / above.limit * TOLD).ceil() / TOLD;
            rule!(self.rules => "{path}.health.median",
                ("at a health of {median} the median borrower owes {:.3} of its collateral and could borrow {:.3} of \
                  it at most", above.ltv, above.limit),
                "a health of {least} or more", "raise `health.median`, or the `loan_to_value` of what is pledged");
        }
    }
}
