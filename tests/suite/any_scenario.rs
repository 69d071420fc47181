//! Scenarios at random: any curves on either side, any people, programmes and plans that the checker lets pass must run, with
//! books that balance.

use crate::support::{column, ensemble, model};
use portage::base::random::Stream;
use portage::engine::run::{Engine, Unwatched};

/// Draws of one scenario.
pub struct Draw(pub Stream);

impl Draw {
    pub fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        list[(self.0.uniform() * list.len() as f64) as usize]
    }

    pub fn curve(&mut self) -> String {
        let fee = self.one_of(&["0", "5", "30", "100"]);
        let part = self.one_of(&["0.0", "0.2"]);
        match self.one_of(&[0, 1, 2, 3]) {
            0 => format!("constant_product = {{ fee_bps = {fee}, protocol_share = {part}, fees = \"compounded\" }}"),
            1 => format!("constant_product = {{ fee_bps = {fee}, protocol_share = {part}, fees = \"apart\" }}"),
            2 => {
                let spacing = self.one_of(&[1, 60, 200, 4_000]);
                format!("concentrated = {{ fee_bps = {fee}, protocol_share = {part}, tick_spacing = {spacing} }}")
            }
            _ => {
                let (base, quote) = self.one_of(&[("0.5", "0.5"), ("0.8", "0.2"), ("0.1", "0.9")]);
                let change = self.one_of(&[
                    "",
                    ", change = { to = { ETH = 0.4, USD = 0.6 }, from = \"2024-03-02\", until = \"2024-03-05\" }",
                    ", swap_limit = 0.3",
                ]);
                format!(
                    "weighted = {{ fee_bps = {fee}, protocol_share = {part}, weights = {{ ETH = {base}, USD = {quote} }}{change} }}"
                )
            }
        }
    }

    fn pools(&mut self, rivals: usize) -> String {
        let counts = [("old", self.one_of(&[1, 1, 2])), ("new", self.one_of(&[1, 1, 3])), ("rival", rivals)];
        let mut text = String::new();
        for (role, count) in counts {
            for index in 0..count {
                let least = if role == "old" && index == 0 { "1e6" } else { "0" };
                let tvl = self.one_of(&[least, "1e4", "3e7"]);
                let curve = self.curve();
                let fee = self.one_of(&[
                    "",
                    "",
                    "dynamic_fee.since_launch = { initial_bps = 900, final_bps = 5, over = \"2d\" }",
                    "dynamic_fee.depth = { thin_bps = 90, deep_bps = 5, thin_usd = 1e3, deep_usd = 1e6 }",
                ]);
                text += &format!(
                    "[pools.{role}{index}]\nrole = \"{role}\"\nbase = \"ETH\"\ntvl_usd = {tvl}\ncurve.{curve}\n{fee}\n"
                );
            }
        }
        text
    }

    fn people(&mut self) -> String {
        let count = self.one_of(&[8, 60]);
        let spread = self.one_of(&["0.5", "3.1"]);
        let widths = self.one_of(&["{ narrow = 0.01, wide = 0.05 }", "{ narrow = 0.1, wide = 0.5 }"]);
        let mut mix = || self.one_of(&["{ narrow = 1.0, wide = 0.0 }", "{ narrow = 0.3, wide = 0.3 }"]);
        let (first, second, third) = (mix(), mix(), mix());
        let (farmers, passive) = self.one_of(&[
            ("", 0.3),
            ("mercenary = { capital_usd = 2e6, count = 5 }\n", 0.3),
            ("mercenary = { capital_usd = 2e6, value_share = 0.1, count = 5 }\n", 0.2),
            ("mercenary = { value_share = 0.3, count = 2 }\n", 0.0),
        ]);
        let crowds = self.one_of(&[
            "",
            "herding = { share = 0.6, threshold_mean = 0.2, threshold_sd = 0.2 }\n",
            "uncertainty = 2.0\nrun = { share = 0.8, threshold_mean = 0.15, threshold_sd = 0.2, window = \"12h\" }\n",
        ]);
        let lumps = self.one_of(&["count = 1", "count = 3, lumps = 2", "count = 2, follows = \"customers\""]);
        format!(
            "[providers]\ncount = {count}\nsize_sd = {spread}\nranges = {widths}\n{crowds}[providers.classes]\n\
             integrator = {{ value_share = 0.2, {lumps}, delay = \"1d\", ranges = {first} }}\n\
             active = {{ value_share = 0.5, head_share = 0.4, reviews_per_day = 6, ranges = {second} }}\n\
             passive = {{ value_share = {passive}, head_share = 0.6, time_scale = \"4d\", ranges = {third} }}\n{farmers}"
        )
    }

    pub fn scenario(&mut self) -> String {
        let rivals = self.one_of(&[0, 1, 2]);
        let pools = self.pools(rivals);
        let people = self.people();
        let volatility = self.one_of(&["0.3", "0.9", "2.0"]);
        let programme = self.one_of(&["old0", "new0", if rivals > 0 { "rival0" } else { "new0" }]);
        let migrators = self.one_of(&["0.0", "0.5", "1.0"]);
        let keeps = self.one_of(&["0.0", "0.8"]);
        let tolerance = self.one_of(&["50", "300", "10000"]);
        format!(
            "title = \"at random\"\nstart = \"2024-03-01\"\nhorizon = \"7d\"\n[clock]\nstep = 40\n\
             [assets.ETH]\nprice.gbm = {{ initial_usd = 2000.0, volatility = {volatility} }}\n\
             [assets.GOV]\nprice.gbm = {{ initial_usd = 2.0, volatility = 1.0 }}\n\
             [chain]\ngas_price.eip1559 = {{ anchor_gwei = 10.0 }}\n{pools}{people}\
             [traders]\norders_per_day = 300\nvolume.share_of_liquidity_per_day = 0.3\naggregator_share = 0.5\n\
             direct_to_new = 0.4\ntolerance_bps = {tolerance}\n[arbitrage]\nsearchers = 3\nexchange_cost_bps = 1\n\
             [programmes.pay]\ntoken = \"GOV\"\nvenue = \"{programme}\"\nbudget = 20_000\nfrom = \"2024-03-01\"\nuntil = \"2024-03-05\"\n\
             [migration]\nopens = \"2024-03-02\"\ndeadline = \"2024-03-06\"\nkeeps_tier_share = {keeps}\n\
             mechanism.rebalancing = {{ migrator_share = {migrators}, by_hand_delay = \"1h\" }}\n"
        )
    }
}

impl Draw {
    /// Places where a token is held: conversions and venue choices of any kind.
    pub fn conversion(&mut self) -> String {
        let mut pools = String::new();
        let rivals = self.one_of(&[0, 1]);
        for (role, count) in [("old", self.one_of(&[1, 2])), ("new", self.one_of(&[1, 2])), ("rival", rivals)] {
            for index in 0..count {
                let least = if role == "old" { "1e5" } else { "0" };
                let (tvl, rate) = (self.one_of(&[least, "2e6"]), self.one_of(&["-0.2", "0.0", "0.04", "2.0"]));
                pools += &format!(
                    "[pools.{role}{index}]\nrole = \"{role}\"\nbase = \"LEND\"\ntvl_usd = {tvl}\n\
                     curve.holding = {{ yield_rate = {rate}, units_per_base = 100 }}\n"
                );
            }
        }
        let (volatility, sold) = (self.one_of(&["0.3", "2.0"]), self.one_of(&["0.0", "1.0"]));
        let migrators = self.one_of(&["0.0", "0.5", "1.0"]);
        let people = self.people();
        format!(
            "title = \"held\"\nstart = \"2024-03-01\"\nhorizon = \"7d\"\n[clock]\nstep = 40\n\
             [assets.ETH]\nprice.gbm = {{ initial_usd = 2000.0, volatility = 0.5 }}\n\
             [assets.LEND]\nprice.gbm = {{ initial_usd = 0.5, volatility = {volatility} }}\n\
             [chain]\ngas_price.eip1559 = {{ anchor_gwei = 10.0 }}\n{pools}{people}\
             [programmes.pay]\ntoken = \"LEND\"\nvenue = \"new0\"\nbudget = 20_000\nsold_share = {sold}\n\
             from = \"2024-03-01\"\nuntil = \"2024-03-05\"\n\
             [migration]\nopens = \"2024-03-02\"\nmechanism.rebalancing = {{ migrator_share = {migrators}, by_hand_delay = \"1h\" }}\n"
        )
    }
}

#[test]
fn every_conversion_runs_and_keeps_its_tokens() {
    for number in 0..40 {
        let text = Draw(Stream::open(2_025, number, "conversion")).conversion();
        let model = model(&text, &[]);
        let runs = ensemble(&model, 2);
        for name in ["providers_slippage_usd", "providers_lvr_usd", "volume_usd"] {
            assert!(column(&runs, name).iter().all(|value| *value == 0.0), "{name}\n{text}");
        }
        let world = Engine::new(&model).run(&model, 1, 0, &mut Unwatched);
        // Nothing is held beside a place by those who stand in it.
        let standing = (0..world.books.providers.list.len() as u32)
            .filter(|id| world.books.providers.list[*id as usize].place.pool().is_some());
        let aside: f64 = standing
            .map(|id| world.books.coins.value_usd(&world.books.providers.carried(id), &world.books.prices_usd))
            .sum();
        assert!(aside <= 1e-6, "{aside} beside\n{text}");
    }
}

#[test]
fn every_scenario_that_passes_the_checks_runs_and_balances() {
    for number in 0..80 {
        let text = Draw(Stream::open(2_024, number, "scenario")).scenario();
        // A run that breaks a law fails, and `ensemble` with it.
        let model = model(&text, &[]);
        let runs = ensemble(&model, 2);
        for name in [
            "migrated_value_share",
            "new_liquidity_share",
            "out_of_range_share",
            "left_value_share",
            "rival_value_share",
        ] {
            let shares = column(&runs, name);
            assert!(
                shares.iter().all(|share| share.is_nan() || (-1e-9..=1.0 + 1e-9).contains(share)),
                "{name}\n{text}"
            );
        }
        // Whoever stands in a pool has put its tokens into it: what did not fit is little.
        let mut engine = Engine::new(&model);
        let world = engine.run(&model, 1, 0, &mut Unwatched);
        let standing = (0..world.books.providers.list.len() as u32)
            .filter(|id| world.books.providers.list[*id as usize].place.pool().is_some());
        let aside: f64 = standing
            .map(|id| world.books.coins.value_usd(&world.books.providers.carried(id), &world.books.prices_usd))
            .sum();
        assert!(
            aside <= 0.03 * world.books.pair_value_usd() + 100.0,
            "{aside} beside {}\n{text}",
            world.books.pair_value_usd()
        );
    }
}
