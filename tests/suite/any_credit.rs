//! Credit at random: lending markets, oracles of every kind with attackers, perpetual exchanges, vaults and networks on any plan over any
//! curves. Whatever the checks let pass must run on any number of threads with the same bits, break no law, and have figures.

use crate::any_scenario::Draw;
use crate::support::{Silent, try_model};
use portage::base::random::Stream;
use portage::engine::model::Model;
use portage::results::metrics::dictionary;
use portage::results::montecarlo::{Plan, simulate};

/// A lender outside who relies on an oracle.
const LENT: &str = "relies = { borrowable_usd = 3e6 }\n";

/// A pool of a scenario's text.
struct Stands {
    name: String,
    has_shares: bool,
    is_held: bool,
    tvl_usd: f64,
}

/// The pools that a scenario's text names, in its order.
fn pools_of(text: &str) -> Vec<Stands> {
    let of_table = |table: &str| {
        let table = table.split("\n[").next().unwrap_or(table);
        let name = table.split(['.', ']']).next().unwrap_or_default().to_owned();
        let tvl = table.split("tvl_usd = ").nth(1).and_then(|rest| rest.split_whitespace().next());
        Stands {
            name,
            has_shares: !table.contains("curve.concentrated") && !table.contains("curve.holding"),
            is_held: table.contains("curve.holding"),
            tvl_usd: tvl.and_then(|tvl| tvl.parse().ok()).unwrap_or_default(),
        }
    };
    text.split("\n[pools.").skip(1).map(of_table).collect()
}

/// What a scenario's text has that credit can rest on.
struct Ground {
    pools: Vec<Stands>,
    base: &'static str,
    other: &'static str,
    /// Oracles that were added, each of the base.
    oracles: usize,
}

impl Draw {
    /// A pair of stablecoins in StableSwap pools, one of which may lose its peg.
    fn pegged(&mut self) -> String {
        let change = self.one_of(&["-0.12", "-0.4", "0.02"]);
        let recovery = self.one_of(&["", ", recovery_half_life = \"20h\""]);
        let (old, new) = (self.one_of(&["50", "2000"]), self.one_of(&["100", "500"]));
        format!(
            "title = \"pegged\"\nstart = \"2024-03-01\"\nhorizon = \"7d\"\n\
             shocks = [{{ price = {{ at = \"2024-03-03\", asset = \"ETH\", change = {change}, over = \"3h\"{recovery} }} }}]\n\
             [clock]\nstep = 40\n[assets.ETH]\nprice.gbm = {{ initial_usd = 1.0, volatility = 0.02 }}\n\
             [assets.GOV]\nprice.gbm = {{ initial_usd = 2.0, volatility = 1.0 }}\n\
             [chain]\ngas_price.eip1559 = {{ anchor_gwei = 10.0 }}\n\
             [pools.old0]\nrole = \"old\"\nbase = \"ETH\"\ntvl_usd = 2e7\ncurve.stable_swap = {{ fee_bps = 4, amplification = {old} }}\n\
             [pools.new0]\nrole = \"new\"\nbase = \"ETH\"\ncurve.stable_swap = {{ fee_bps = 1, amplification = {new} }}\n\
             [providers]\ncount = 40\n[providers.classes]\nactive = {{ value_share = 0.7, head_share = 0.4, reviews_per_day = 6 }}\n\
             passive = {{ value_share = 0.3, head_share = 0.6, time_scale = \"4d\" }}\n\
             [traders]\norders_per_day = 300\nvolume.share_of_liquidity_per_day = 0.3\naggregator_share = 0.5\n\
             [arbitrage]\nsearchers = 3\nexchange_cost_bps = 1\n\
             [migration]\nopens = \"2024-03-02\"\nmechanism.rebalancing = {{}}\n"
        )
    }

    fn oracles(&mut self, ground: &mut Ground) -> String {
        let mut text = String::new();
        let funded: Vec<&Stands> = ground.pools.iter().filter(|pool| pool.tvl_usd > 0.0 && !pool.is_held).collect();
        for index in 0..self.one_of(&[0, 1, 2, 3]) {
            let deviation = self.one_of(&["0.001", "0.005", "0.1"]);
            let outage = self.one_of(&["", ", down = [{ from = \"2024-03-02\", lasting = \"2d\" }]"]);
            let bounds = self.one_of(&["", ", min_usd = 0.5", ", min_usd = 1500.0, max_usd = 2100.0"]);
            let feed =
                format!("asset = \"{}\", deviation = {deviation}, heartbeat = \"2h\"{outage}{bounds}", ground.base);
            let average =
                self.one_of(&["\"spot\"", "{ twap = { blocks = 5 } }", "{ geometric_twap = { blocks = 60 } }"]);
            let switch = self.one_of(&["", "", "switch = { at = \"2024-03-04\", to_feed = { heartbeat = \"1h\" } }\n"]);
            // The first market values by the first oracle: there is always something to be had by that one.
            let relies = self.one_of(&[if index == 0 { "" } else { LENT }, LENT]);
            let attackers = self.one_of(&[
                "",
                "attackers = { presence.watching = { probability = 1.0 }, capital_usd = 1e8 }\n",
                "attackers = { presence.looking = { per_day = 3.0 }, capital_usd = 1e6 }\n",
            ]);
            let source = match (self.one_of(&[0, 1, 1, 1, 2]), funded.first()) {
                (1, Some(first)) => {
                    let pool = if self.one_of(&[true, false]) { funded[funded.len() - 1] } else { first };
                    format!("reads = \"{}\"\naverage = {average}\n{switch}", pool.name)
                }
                (2, _) => {
                    format!("pegged = {{ asset = \"{}\", usd = {} }}\n", ground.base, self.one_of(&["1.0", "2000.0"]))
                }
                _ => format!("feed = {{ {feed} }}\n"),
            };
            text += &format!("[oracles.o{index}]\n{source}{relies}{attackers}");
            ground.oracles += 1;
        }
        text
    }

    /// A clause that names one of the oracles, or none.
    fn oracle(&mut self, ground: &Ground) -> String {
        let which = (self.0.uniform() * (ground.oracles + 1) as f64) as usize;
        if which == 0 { String::new() } else { format!("oracle = \"o{}\", ", which - 1) }
    }

    fn market(&mut self, name: &str, to: Option<&str>, ground: &Ground) -> String {
        let (base, other) = (ground.base, ground.other);
        let oracle = match self.oracle(ground) {
            _ if name == "m0" && ground.oracles > 0 => "oracle = \"o0\", ".to_owned(),
            any => any,
        };
        let rules = self.one_of(&["", "rules.aave = {}\n", "rules.compound = { close_factor = 0.3 }\n"]);
        let steps = self.one_of(&[
            "",
            ", steps = [{ at = \"2024-03-03\", loan_to_value = 0.2, threshold = 0.5 }]",
            ", steps = [{ at = \"2024-03-02\", is_frozen = true }, { at = \"2024-03-05\", is_frozen = false, supply_cap_usd = 1e5, borrow_cap_usd = 1e5 }]",
        ]);
        let bonus = self.one_of(&["0.0", "0.05", "0.3"]);
        let rate = self.one_of(&["", ", rate = { base = 0.5, slope1 = 2.0, slope2 = 60.0 }"]);
        let (own, backstop) = (self.one_of(&["0", "1e5"]), self.one_of(&["0", "3e5"]));
        let liquidators = self.one_of(&[
            "",
            "liquidators = { margin_usd = 50.0, capital_usd = 2e4 }\n",
            "liquidators = { attempts_per_block = 1, gas = 0.0 }\n",
        ]);
        let mut text = format!(
            "[lending.{name}]\nbackstop_usd = {backstop}\n{rules}{liquidators}\
             reserves.{base} = {{ {oracle}supplied_usd = 6e6, reserve_usd = {own}, bonus = {bonus}{steps} }}\n\
             reserves.USD = {{ supplied_usd = 1e7, loan_to_value = 0.75, threshold = 0.78{rate} }}\n\
             reserves.{other} = {{ supplied_usd = 1e6, loan_to_value = 0.5, threshold = 0.6 }}\n"
        );
        let health = self.one_of(&["median = 1.6", "median = 1.2, sd = 0.5", "median = 1.1, min = 1.04, sd = 0.1"]);
        let upkeep = self.one_of(&[
            "",
            ", upkeep = { attentive_share = 1.0, by = \"add_collateral\" }",
            ", upkeep = { attentive_share = 0.0 }",
        ]);
        let count = self.one_of(&["1", "40"]);
        text += &format!(
            "borrowers.long = {{ count = {count}, debt_usd = 4e6, collateral = {{ {base} = 0.7, {other} = 0.3 }}, debt = {{ USD = 1.0 }}, health = {{ {health} }}{upkeep} }}\n\
             borrowers.short = {{ count = 10, debt_usd = 1e6, collateral = {{ USD = 1.0 }}, debt = {{ {base} = 0.8, {other} = 0.2 }} }}\n"
        );
        if let (None, Some(pool)) = (to, ground.pools.iter().find(|pool| pool.has_shares && pool.tvl_usd > 0.0)) {
            let oracle = self.oracle(ground);
            text += &format!(
                "reserves.lp = {{ {oracle}pool = \"{}\", loan_to_value = 0.6, threshold = 0.65, bonus = 0.1 }}\n\
                 borrowers.farm = {{ count = 20, debt_usd = {}, collateral = {{ lp = 1.0 }}, debt = {{ USD = 0.5, {base} = 0.5 }}, health = {{ {health} }}{upkeep} }}\n",
                pool.name,
                self.one_of(&["1e4", "5e5", "2e6"]),
            );
        }
        if let Some(to) = to {
            text += &format!(
                "moves = {{ to = \"{to}\", opens = \"2024-03-02\", benefit_per_year = 0.9, suppliers.decides.reviews_per_day = 2.0, borrowers.decides.reviews_per_day = 2.0 }}\n"
            );
        }
        text
    }

    fn perps(&mut self, ground: &Ground) -> String {
        let (base, other, oracle) = (ground.base, ground.other, self.oracle(ground));
        let mark = self.one_of(&["index", "book"]);
        let (depth, insurance) = (self.one_of(&["1e4", "1e6"]), self.one_of(&["0.0", "1e3", "1e6"]));
        let halts = self.one_of(&["", "halts = [{ from = \"2024-03-03\", lasting = \"1d\" }]\n"]);
        let margins = self.one_of(&[
            "",
            ", leverage = { median = 15.0 }",
            ", margin_calls = { attentive_share = 0.0, stop_share = 1.0 }",
        ]);
        let markets = format!(
            "markets.{base} = {{ {oracle}depth_usd = {depth} }}\nmarkets.{other} = {{ depth_usd = {depth} }}\n"
        );
        let moves = self.one_of(&[
            "",
            "moves = { to = \"y\", from = \"2024-03-02\", leave = { accounts_per_day = 20.0 }, positions = \"operator\", transit = \"10h\", downtime = \"5h\" }\n",
            "moves = { to = \"y\", from = \"2024-03-02\", leave = { accounts_per_day = 90.0 }, positions = \"reopening\", transit = \"2d\" }\n",
        ]);
        let old = format!(
            "[perps.x]\ninsurance_usd = {insurance}\nmark = \"{mark}\"\naccounts = {{ count = 60, open_interest_usd = 5e6{margins} }}\nfunding.every = \"2h\"\n{markets}{halts}{moves}"
        );
        if moves.is_empty() {
            old
        } else {
            format!("{old}[perps.y]\ninsurance_usd = {insurance}\nfunding.every = \"2h\"\n{markets}")
        }
    }

    fn vaults(&mut self, ground: &Ground) -> String {
        let oracle = self.oracle(ground).replace(", ", "\n");
        let tenor = self.one_of(&["1d", "3d", "7d"]);
        let strike = self.one_of(&["delta = 0.25", "moneyness = 1.0", "moneyness = 0.6"]);
        let strategy = self.one_of(&["covered_call", "put_selling", "delta_hedged"]);
        let side = self.one_of(&["short_gamma", "long_gamma"]);
        let rehedge = self.one_of(&["", ", rehedge = { band = 0.0 }", ", rehedge = { cost_max_bps = 5.0 }"]);
        let moves = self.one_of(&["", "moves = { at = \"2024-03-03\", gap = \"1d\" }\n"]);
        let selling = if strategy == "delta_hedged" {
            format!("notional_usd = 4e5, side = \"{side}\", strike = {{ {strike} }}{rehedge}")
        } else {
            format!("strike = {{ {strike} }}")
        };
        format!(
            "[vaults.v]\ndeposits_usd = 5e5\ntenor = \"{tenor}\"\n{oracle}implied.level = {}\nstrategy.{strategy} = {{ {selling} }}\n{moves}",
            self.one_of(&["0.02", "0.8", "3.0"])
        )
    }

    fn network(&mut self, ground: &Ground) -> String {
        let base = ground.base;
        let pool = ground.pools.iter().find(|pool| pool.has_shares && pool.tvl_usd >= 1e6);
        let share = pool.map_or(String::new(), |pool| format!(", \"pool:{}\" = 3e5", pool.name));
        let leverage = self.one_of(&["", "leverage_max = 4.0\n"]);
        let stress = self.one_of(&["", "[network.stress]\nprice_drop = 0.4\n", "[network.stress]\nfails = [\"a\"]\n"]);
        let recovery = self.one_of(&["", "recovery = { external = 0.5, interbank = 0.2 }\n"]);
        let channels = self.one_of(&["", "channels = { fire_sale = false }\n"]);
        format!(
            "[network]\n{recovery}{channels}[network.nodes.a]\nholdings = {{ {base} = 2e6{share} }}\nowes = {{ b = 1.5e6 }}\n{leverage}\
             [network.nodes.b]\nholdings = {{ USD = 1e6 }}\noutside_debt_usd = 1.5e6\nowes = {{ c = 5e5 }}\n\
             [network.nodes.c]\nholdings = {{ {base} = 1e6, USD = 1e5 }}\noutside_debt_usd = 9e5\nowes = {{ a = 1e5 }}\n{stress}"
        )
    }

    /// Any plan, and credit beside it.
    fn credit(&mut self) -> String {
        let mut text = if self.one_of(&[true, false, false, false]) { self.pegged() } else { self.plan() };
        // Blocks of twelve minutes: the same days in fewer of them.
        text = text.replace("step = 40", "step = 60");
        let (base, other) = if text.contains("[assets.LEND]") { ("LEND", "ETH") } else { ("ETH", "GOV") };
        let mut ground = Ground { pools: pools_of(&text), base, other, oracles: 0 };
        text += &self.oracles(&mut ground);
        for market in 0..self.one_of(&[1, 1, 2, 3]) {
            let to = if market == 0 { self.one_of(&[None, Some("m1")]) } else { None };
            let more = self.market(&format!("m{market}"), to, &ground);
            text += &more;
        }
        if text.contains("to = \"m1\"") && !text.contains("[lending.m1]") {
            text += &self.market("m1", None, &ground);
        }
        let is_held = ground.pools.iter().any(|pool| pool.is_held);
        for part in [Self::perps, Self::network, Self::vaults].into_iter().take(if is_held { 2 } else { 3 }) {
            let more = part(self, &ground);
            if self.one_of(&[true, false]) {
                text += &more;
            }
        }
        text
    }
}

/// Whether a figure has a value in every run of a scenario.
fn has_value(name: &str, text: &str) -> bool {
    let begins = |own: &str| name.starts_with(own);
    let of_oracle = name.strip_prefix("oracle").and_then(|rest| rest.split('_').next()?.parse::<usize>().ok());
    if let Some(number) = of_oracle {
        return number <= text.matches("[oracles.").count();
    }
    if begins("lending_move") {
        return text.contains("to = \"m1\"");
    }
    // What is lost beyond the first loss, of the first loss: nothing where nothing is lost.
    let of_network = begins("network_") && name != "network_amplification";
    begins("lending_")
        || begins("bad_debt_")
        || begins("perp_") && text.contains("[perps.") && (name != "perp_moved_share" || text.contains("[perps.y]"))
        || begins("vault") && text.contains("[vaults.")
        || of_network && text.contains("[network]")
}

/// Runs a scenario on one thread and on two, and looks at every figure.
fn holds(model: &Model, number: u64, text: &str) {
    let on_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| simulate(model, Plan { seed: number, runs: 2 }, &Silent))
    };
    let twice = [1, 2].map(on_threads);
    for ensemble in &twice {
        assert!(ensemble.failures.is_empty(), "scenario {number}: {:?}\n{text}", ensemble.failures);
    }
    for metric in dictionary() {
        let [one, other] = [0, 1].map(|which: usize| twice[which].column(metric.id));
        let bits = |values: &[f64]| -> Vec<u64> { values.iter().map(|value| value.to_bits()).collect() };
        assert_eq!(bits(&one), bits(&other), "scenario {number}: {}\n{text}", metric.name);
        let is_there = !has_value(&metric.name, text) || one.iter().all(|value| value.is_finite());
        assert!(is_there, "scenario {number}: {} is {one:?}\n{text}", metric.name);
    }
}

/// How many scenarios are tried.
const SCENARIOS: u64 = 40;

#[test]
fn every_scenario_with_credit_that_passes_the_checks_runs_and_breaks_no_law() {
    let mut ran = 0;
    for number in 0..SCENARIOS {
        let text = Draw(Stream::open(2_027, number, "credit")).credit();
        if let Ok(model) = try_model(&text) {
            holds(&model, number, &text);
            ran += 1;
        }
    }
    assert!(ran * 3 > 2 * SCENARIOS, "{ran} of {SCENARIOS} scenarios pass the checks");
}
