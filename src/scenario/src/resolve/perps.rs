//! Perpetual exchanges: names and dates resolved, the rules across their values, and their opening.

use super::calendar::check_date;
use super::names::Names;
use super::oracle_links::oracle_of;
use super::rules::rule;
use crate::Scenario;
use portage_base::ledger::Token;
use portage_base::units::{BPS, Instant};
use portage_credit::perps::{AccountsSpec, PerpMarketSpec, PerpMovesSpec, PerpsSpec};
use portage_engine::world::{ExchangeTerms, MarketTerms, MoveTerms, PerpTerms};

/// Exchanges, and assets that they have markets in together, at most: books are flat tables over both.
const EXCHANGES_MAX: usize = 8;

impl Names<'_> {
    /// The perpetual exchanges of a scenario, looked at every `observation_seconds`; broken rules are noted.
    pub(super) fn perps(&mut self, scenario: &Scenario, observation_seconds: f64) -> Option<PerpTerms> {
        if scenario.perps.is_empty() {
            return None;
        }
        let before = self.rules.len();
        let names: Vec<&str> =
            scenario.perps.values().flat_map(|spec| spec.markets.keys()).map(String::as_str).collect();
        let mut listed: Vec<&str> = Vec::new();
        for name in names {
            if !listed.contains(&name) {
                listed.push(name);
            }
        }
        rule!(self.rules, if scenario.perps.len() > EXCHANGES_MAX || listed.len() > EXCHANGES_MAX => "perps",
            ("{} exchanges with markets in {} assets", scenario.perps.len(), listed.len()),
            "at most {EXCHANGES_MAX} of each");
        for (name, spec) in &scenario.perps {
            self.check_exchange(scenario, (name, spec), observation_seconds);
        }
        self.check_moves(scenario);
        if self.rules.len() > before {
            return None;
        }
        let assets: Vec<Token> = listed.iter().filter_map(|name| self.token("perps", name)).collect();
        let exchanges = scenario.perps.iter().map(|(name, spec)| exchange(scenario, &listed, name, spec)).collect();
        Some(PerpTerms { assets, exchanges })
    }

    fn check_exchange(&mut self, scenario: &Scenario, (name, spec): (&str, &PerpsSpec), observation_seconds: f64) {
        let place = format!("perps.{name}");
        rule!(self.rules, if spec.markets.is_empty() => "{place}.markets", "an exchange without a market",
            "one at least");
        for (asset, market) in &spec.markets {
            self.check_market(scenario, &format!("{place}.markets.{asset}"), asset, market);
        }
        if let Some(accounts) = &spec.accounts {
            self.check_accounts(&format!("{place}.accounts"), spec, accounts);
        }
        rule!(self.rules, if spec.funding.every.seconds() < observation_seconds => "{place}.funding.every",
            ("funding every {} between observations every {observation_seconds} s", spec.funding.every),
            "at least {observation_seconds} s", "shorten `observation`");
        for (index, halt) in spec.halts.iter().enumerate() {
            check_date(scenario, &format!("{place}.halts.{index}.from"), halt.from, self.rules);
        }
    }

    fn check_market(&mut self, scenario: &Scenario, place: &str, asset: &str, market: &PerpMarketSpec) {
        if asset == "USD" {
            rule!(self.rules => place, "the numeraire \"USD\" has no price of its own", "an asset");
        } else {
            let _reported = self.token(place, asset);
        }
        let (initial, maintenance) = (market.initial_margin, market.maintenance_margin);
        rule!(self.rules, if maintenance >= initial => "{place}.maintenance_margin",
            "the maintenance margin of {maintenance} is not below the initial margin of {initial}",
            "a share below {initial}");
        if let Some(oracle) = &market.oracle {
            let _reported = oracle_of(scenario, &format!("{place}.oracle"), oracle, asset, self.rules);
        }
    }

    fn check_accounts(&mut self, place: &str, spec: &PerpsSpec, accounts: &AccountsSpec) {
        let leverage = &accounts.leverage;
        let (least, median, most) = (leverage.least, leverage.median, leverage.most);
        rule!(self.rules, if least > median || median > most => "{place}.leverage.median",
            "the median {median} does not lie between {least} and {most}", "least <= median <= most");
        for (asset, market) in &spec.markets {
            let initial = market.initial_margin;
            if most * initial > 1.0 + 1e-12 {
                rule!(self.rules => "{place}.leverage.most",
                    "a leverage of {most} leaves less than the initial margin of {initial} of {asset}",
                    ("at most {}", 1.0 / initial));
                return;
            }
        }
        let calls = &accounts.margin_calls;
        rule!(self.rules, if calls.restores_to <= calls.acts_below => "{place}.margin_calls.restores_to",
            ("collateral restored to {} is not above {}, where it is added", calls.restores_to, calls.acts_below),
            ("a multiple above {}", calls.acts_below));
        let active = calls.attentive_share + calls.stop_share;
        rule!(self.rules, if active > 1.0 => "{place}.margin_calls.stop_share",
            "the shares of holders who add collateral and who close sum to {active}",
            ("at most {}", 1.0 - calls.attentive_share));
    }

    /// Moves lead to another exchange with the same markets, and to each from one other at most.
    fn check_moves(&mut self, scenario: &Scenario) {
        let mut reached: Vec<(&str, &str)> = Vec::new();
        for (name, spec) in &scenario.perps {
            let Some(moves) = &spec.moves else { continue };
            let place = format!("perps.{name}.moves");
            check_date(scenario, &format!("{place}.from"), moves.from, self.rules);
            if moves.to == *name {
                rule!(self.rules => "{place}.to", "\"{name}\" cannot move to itself", "another exchange");
                continue;
            }
            let Some(to) = scenario.perps.get(&moves.to) else {
                let known = scenario.perps.keys().map(String::as_str).filter(|known| known != name);
                let place = format!("{place}.to");
                self.rules.unknown(&place, ("exchange", &moves.to), known, "a second table [perps.NAME]");
                continue;
            };
            rule!(self.rules, if let Some(asset) = spec.markets.keys().find(|asset| !to.markets.contains_key(*asset)) =>
                "{place}.to", ("\"{}\" has no market in {asset}, in which \"{name}\" has positions", moves.to),
                "an exchange with the same markets");
            rule!(self.rules, if let Some((_, other)) = reached.iter().find(|(to, _)| *to == moves.to) => "{place}.to",
                ("\"{other}\" moves to \"{}\" already", moves.to), "an exchange to which no other one moves");
            reached.push((&moves.to, name));
        }
    }
}

/// The terms of an exchange whose names are all known.
fn exchange(scenario: &Scenario, assets: &[&str], name: &str, spec: &PerpsSpec) -> ExchangeTerms {
    let seconds = |date: Instant| date.seconds_since(scenario.start);
    let market = |asset: &&str| {
        spec.markets.get(*asset).map(|market| MarketTerms {
            depth_usd: market.depth_usd,
            initial: market.initial_margin,
            maintenance: market.maintenance_margin,
            weight: market.weight,
            oracle: market.oracle.as_ref().and_then(|oracle| scenario.oracles.keys().position(|known| known == oracle)),
        })
    };
    let arriving = scenario.perps.values().filter_map(|other| other.moves.as_ref()).find(|moves| moves.to == name);
    let down = |moves: &PerpMovesSpec| (seconds(moves.from), seconds(moves.from) + moves.downtime.seconds());
    let halts = spec.halts.iter().map(|halt| (seconds(halt.from), seconds(halt.from) + halt.lasting.seconds()));
    ExchangeTerms {
        name: name.to_owned(),
        markets: assets.iter().map(market).collect(),
        accounts: spec.accounts,
        insurance_usd: spec.insurance_usd,
        mark: spec.mark,
        premium: spec.premium,
        funding: spec.funding,
        taker_fee: spec.taker_fee_bps / BPS,
        penalty: spec.liquidation_penalty,
        halts: halts.chain(spec.moves.as_ref().map(down)).chain(arriving.map(down)).collect(),
        moves: spec.moves.as_ref().map(|moves| MoveTerms {
            to: scenario.perps.keys().position(|known| *known == moves.to).unwrap_or(0),
            from: seconds(moves.from),
            leave: moves.leave,
            positions: moves.positions,
            transit: moves.transit.seconds(),
        }),
        fading: spec
            .moves
            .as_ref()
            .map(|moves| [seconds(moves.from), moves.makers_half_life.seconds(), moves.depth_left]),
        ramp: arriving.map(|moves| [seconds(moves.from), moves.depth_ramp.seconds(), moves.depth_first]),
    }
}
