//! Plans at random: any mechanism with any stages, gates, votes, triggers, checks, faults and responses over any curves. Whatever the
//! checks let pass must run and break no law: every token has an owner, an attacker, or is stuck for ever.

use crate::any_scenario::Draw;
use crate::support::{Silent, try_model};
use portage::base::ledger::Token;
use portage::base::random::Stream;
use portage::engine::model::Model;
use portage::engine::run::{Engine, Unwatched};
use portage::results::metrics::dictionary;
use portage::results::montecarlo::{Plan, simulate};

/// How the new version comes about.
#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Rebalancing,
    Proxy,
    Operator,
    Claims,
    Across,
}

impl Draw {
    fn mechanism(&mut self, direction: Direction) -> String {
        let migrators = self.one_of(&["0.0", "0.5", "1.0"]);
        let errors = self.one_of(&[
            "corrupted = 0.0, duplicated = 0.0, missing = 0.0",
            "corrupted = 0.1, duplicated = 0.05, missing = 0.05",
            "corrupted = 0.0, duplicated = 0.0, missing = 0.9",
        ]);
        let verify = self.one_of(&[
            "",
            ", verify = {}",
            ", verify = { entries = { sample = 5 }, if_wrong = \"abort\" }",
            ", verify = { time_per_entry = \"5m\" }",
        ]);
        let entries = self.one_of(&["", ", entries = { per_provider = 40, further = 500 }"]);
        let state = format!("errors = {{ {errors} }}{verify}{entries}");
        match direction {
            Direction::Rebalancing => {
                format!("rebalancing = {{ migrator_share = {migrators}, by_hand_delay = \"6h\" }}")
            }
            Direction::Proxy => {
                let pattern = self.one_of(&[
                    "\"transparent\"",
                    "\"beacon\"",
                    "{ uups = { bricked_share = 0.7 } }",
                    "{ diamond = { facets = 3, every = \"15h\" } }",
                    "{ diamond = { facets = 2, every = \"0s\" } }",
                ]);
                format!("proxy_upgrade = {{ pattern = {pattern} }}")
            }
            Direction::Operator => {
                let during = self.one_of(&["\"freeze\"", "{ dual_write = { miss_share = 0.3 } }"]);
                let bid = self.one_of(&["", ", bid = { most_gwei = 9.0, patience = \"8h\" }"]);
                let batch = self.one_of(&["3", "100"]);
                format!(
                    "state_migration = {{ moved_by = {{ operator = {{ batch_entries = {batch}{bid} }} }}, during = {during}, {state} }}"
                )
            }
            Direction::Claims => {
                let end = self.one_of(&["", "claims_end = \"2024-03-05\"", "claims_end = \"2024-03-07T12:00\""]);
                format!("state_migration = {{ moved_by = {{ claims = {{ {end} }} }}, {state} }}")
            }
            Direction::Across => {
                let form = self.one_of(&["\"burn_mint\"", "\"lock_mint\", wrapped_discount = { level = 0.02 }"]);
                let stock = self.one_of(&["", ", inventory = { usd = 1e6, rebalance = \"1d\" }"]);
                let route = self.one_of(&[
                    "latency = \"780s\"",
                    "latency = \"20h\", failure = 0.4",
                    "latency = \"1h\", rate_limit_usd_per_hour = 2e5",
                ]);
                format!(
                    "cross_chain = {{ route = {{ {route} }}, form = {form}{stock}, destination = {{ block_time = \"2s\", gas_price = {{ constant = {{ gwei = 0.05 }} }} }} }}"
                )
            }
        }
    }

    fn rollout(&mut self) -> String {
        let stages = self.one_of(&[
            "",
            "stages = [{ cap_share = 0.05, lasting = \"2d\" }]\n",
            "stages = [{ cap_share = 0.1, lasting = \"9h\" }, { cap_share = 0.5, cap_usd = 4e5, lasting = \"1d\" }, { cap_share = 1.0, lasting = \"3h\" }]\n",
        ]);
        let trip = self.one_of(&["\"hold\"", "\"rollback\"", "{ pause = { lasting = \"14h\" } }"]);
        let gates = self.one_of(&[
            "loss_share_max = 0.0,",
            "slippage_bps_max = 120.0, order_usd = 5e3,",
            "price_gap_bps_max = 80.0,",
            "wrong_entries_share_max = 0.02, loss_share_max = 0.1,",
        ]);
        let gates =
            self.one_of(&["", "", "gates"]).replace("gates", &format!("gates = {{ {gates} on_trip = {trip} }}\n"));
        let governance = self.one_of(&[
            "",
            "",
            "governance.on_chain = { proposal_delay = \"3h\", voting_period = \"6h\", timelock = \"5h\", retries = 2, retry_after = \"2h\" }\n",
            "governance.on_chain = { proposal_delay = \"0s\", voting_period = \"1d\", timelock = \"0s\", emergency_delay = \"1h\", capture = { supply_votes = 1e6, vote_price_usd = 2.0, attempt = 0.6 } }\n",
            "governance.social_consensus = { half_time = \"1d\", patience = \"3d\" }\n",
        ]);
        let trigger = self.one_of(&[
            "",
            "",
            "",
            "trigger = { watches = \"pool_price\", threshold = { above = 2010.0 }, held_for = \"2h\", latest = \"2024-03-04\", gain_usd = 1e5 }\n",
            "trigger = { watches = \"old_value\", threshold = { below = 1e9 } }\n",
        ]);
        let verification = self.one_of(&[
            "",
            "",
            "verification.merkle = { sample = 7 }\n",
            "verification.optimistic = { challenge_window = \"20h\", watchers = 2 }\n",
            "verification.zero_knowledge = {}\n",
        ]);
        [stages, &gates, governance, trigger, verification].concat()
    }

    fn failing(&mut self) -> String {
        let probability = self.one_of(&["theta = 0.05", "probability = 1.0", "probability = 1.0", "probability = 0.5"]);
        let after = self.one_of(&[
            "",
            ", discovery.after = \"1d\"",
            ", discovery.after = \"0s\"",
            ", discovery.after = \"11h\"",
        ]);
        let severity = self.one_of(&["", ", severity = { mean = 1.0, least = 1.0, most = 1.0 }"]);
        let attack = self.one_of(&[
            "",
            ", attack = { atomic_share = 0.0, drain_time = \"9h\" }",
            ", attack = { atomic_share = 0.5, rate_limit_usd_per_hour = 3e4 }",
        ]);
        let freeze = self.one_of(&[
            "",
            ", freeze = { lost_share = 0.5, repair = \"6h\" }",
            ", freeze = { shows_after = \"7h\", lost_share = 1.0 }",
        ]);
        let hazards =
            self.one_of(&["", ", hazards = { abandoned = 9.0, approvals = 9.0, approvals_left = 0.9, bridge = 9.0 }"]);
        let pause = self.one_of(&["guardian", "governance", "nobody"]);
        let rollback = self.one_of(&["false", "true"]);
        let notice = self.one_of(&["1h", "12h"]);
        let response = format!(
            "response = {{ pause = \"{pause}\", notice = \"{notice}\", rollback = {rollback}, rescue.probability = 0.6, negotiation = {{ contact = 0.7, delay = \"1d\" }} }}\n"
        );
        let failure = format!("failure = {{ {probability}{after}{severity}{attack}{freeze}{hazards} }}\n");
        let both = format!("{failure}{response}");
        match self.one_of(&[0, 1, 1, 2]) {
            0 => String::new(),
            1 => both,
            _ => failure,
        }
    }

    /// Pools, the plan over them, and everything else.
    pub fn plan(&mut self) -> String {
        let direction = self.one_of(&[
            Direction::Rebalancing,
            Direction::Rebalancing,
            Direction::Proxy,
            Direction::Operator,
            Direction::Operator,
            Direction::Claims,
            Direction::Across,
        ]);
        let is_moved_whole = matches!(direction, Direction::Proxy | Direction::Operator);
        let (mut text, is_held) = (self.scenario(), self.one_of(&[0, 0, 0, 0, 1]) == 1);
        if is_held {
            text = self.conversion();
        }
        text.truncate(text.find("[migration]").unwrap_or(text.len()));
        if is_moved_whole && let (Some(from), Some(until)) = (text.find("[pools."), text.find("[providers]")) {
            let pools: String = (0..self.one_of(&[1, 1, 2])).map(|index| self.succession(index, is_held)).collect();
            text.replace_range(from..until, &pools);
            text = text.replace("venue = \"rival0\"", "venue = \"new0\"");
        }
        let dates = self.one_of(&[
            "opens = \"2024-03-02\"\n",
            "opens = \"2024-03-02\"\n",
            "announced = \"2024-03-01T12:00\"\nopens = \"2024-03-03\"\n",
            "",
        ]);
        let more = self.one_of(&["", "", "batch = \"2024-03-04\"\n", "deadline = \"2024-03-05\"\n"]);
        let more = if matches!(direction, Direction::Rebalancing) { more } else { "" };
        let positions = self.one_of(&["", "", "positions = { count = 20, notional_usd = 1e6, moves = { split = { positions_per_day = 10.0, gap = \"1d\" } } }\n"]);
        let (mechanism, rollout, failing) = (self.mechanism(direction), self.rollout(), self.failing());
        format!("{text}[migration]\n{dates}{more}{rollout}{failing}{positions}mechanism.{mechanism}\n")
    }

    /// An old pool and the new one that takes its place.
    fn succession(&mut self, index: usize, is_held: bool) -> String {
        let curve =
            if is_held { "holding = { yield_rate = 0.04, units_per_base = 100 }".to_owned() } else { self.curve() };
        let base = if is_held { "LEND" } else { "ETH" };
        let tvl = self.one_of(&["1e4", "1e6", "3e7"]);
        format!(
            "[pools.old{index}]\nrole = \"old\"\nbase = \"{base}\"\ntvl_usd = {tvl}\ncurve.{curve}\n\
             [pools.new{index}]\nrole = \"new\"\nbase = \"{base}\"\ncurve.{curve}\n"
        )
    }
}

/// Runs a plan, on as many threads as there are and alone, and looks at every token.
fn holds(model: &Model, number: u64, text: &str) {
    let runs = 2;
    let twice = [(); 2].map(|()| simulate(model, Plan { seed: number, runs }, &Silent));
    for ensemble in &twice {
        assert!(ensemble.failures.is_empty(), "plan {number}: {:?}\n{text}", ensemble.failures);
    }
    let bits = |index: usize| -> Vec<u64> {
        let columns = dictionary().iter().flat_map(|metric| twice[index].column(metric.id));
        columns.map(f64::to_bits).collect()
    };
    assert_eq!(bits(0), bits(1), "plan {number}\n{text}");
    let world = Engine::new(model).run(model, number, 0, &mut Unwatched);
    for token in (0..world.books.prices_usd.len()).map(Token::new) {
        for account in [world.books.accounts.attackers, world.books.accounts.stuck] {
            let held = world.books.ledger.balance(account, token);
            assert!(held >= 0.0, "plan {number}: {held} of {token:?}\n{text}");
        }
    }
    let thefts = world.books.thefts;
    let lost: f64 = world.books.holders.iter().map(|book| book.statement.losses).sum();
    let told = thefts.stolen_usd + thefts.destroyed_usd - thefts.returned_usd;
    // Who holds wrapped tokens loses by what backs them, at a price of its own.
    let is_one = text.contains("lock_mint") || (lost - told).abs() <= 1e-9 * told.abs().max(1e3);
    assert!(is_one, "plan {number}: {lost} lost, {told} told\n{text}");
    let heads: u32 = world.books.providers.heads.iter().sum();
    let standing = world.books.providers.list.iter().filter(|one| one.place.pool().is_some()).count();
    assert_eq!(heads as usize, standing, "plan {number}\n{text}");
}

/// How many plans are tried.
const PLANS: u64 = 90;

#[test]
fn every_plan_that_passes_the_checks_runs_and_breaks_no_law() {
    let mut ran = 0;
    for number in 0..PLANS {
        let text = Draw(Stream::open(2_026, number, "plan")).plan();
        if let Ok(model) = try_model(&text) {
            holds(&model, number, &text);
            ran += 1;
        }
    }
    assert!(ran * 3 > 2 * PLANS, "{ran} of {PLANS} plans pass the checks");
}
