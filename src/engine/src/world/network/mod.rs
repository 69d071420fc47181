//! The network of a run: who owes whom, what everybody's assets would fetch now, and what would become of all of them.
//!
//! # How it is cleared
//!
//! A network (`[network]`) is a list of balance sheets over the run: nodes of the scenario hold money, tokens and
//! shares of pools and owe one another; parts of the run itself join by name (`run_nodes`: one line a part). Nodes do
//! nothing in the run: their tokens are counts that follow prices, and their shares of pools are real ones that stand
//! in the pool beside the providers' and move only with the whole pool. At every point of the timeline the system is
//! cleared as it is and under the scenario's stress, on copies of the pools (`market.rs`): after a fall of the price
//! arbitrage has brought them to it, shares that are sold are redeemed first, and everything that is sold goes through
//! one split.
//!
//! One evaluation (`portage_contagion::System`) alternates forced sales and clearing until both stand still; each only
//! gets worse, so that it ends in the mildest outcome that is consistent. An asset is worth the average price at which
//! its holder would sell all of it together with what others must sell. A node whose assets that can pay now fall short
//! of its debts is wound up: recovery by Rogers and Veraart, what is frozen stays locked in its estate. Channels are
//! switched on one after the other (direct, counterparty, fire sale, oracle, liveness), and each part is what its step
//! adds; the day that is told is the one on which all of them together would cost most, whichever are on, so that arms
//! compare the same day. That losses of nodes and of their creditors equal the fall of what they have plus price
//! impact, bankruptcy costs and what is locked is a law of every run. Who infects whom is kept of the median run alone,
//! which is made again for it (`Network::infection_map`, in the manifest): the report draws it.

mod map;
mod market;
mod run_nodes;
mod verdict;

pub use map::InfectionMap;
pub use run_nodes::{RunNode, RunNodeKind};
pub use verdict::Verdict;

use super::Books;
use crate::world::instrument::{Instrument, Opening, View};
use market::PoolMarket;
use ndarray::Array2;
use portage_base::ledger::Token;
use portage_contagion::{Channels, Claims, Evaluation, Node, Recovery, System, SystemicSpec};

/// A node of the scenario at the opening.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeTerms {
    /// Its name.
    pub name: String,
    /// Money, USD.
    pub cash_usd: f64,
    /// Tokens: base tokens are sold through the pools, any other at its reference price. Whole tokens.
    pub tokens: Vec<(Token, f64)>,
    /// Liquidity by pool, USD at the opening.
    pub liquidity: Vec<(usize, f64)>,
    /// Owed to creditors outside, USD.
    pub outside_usd: f64,
    /// Assets over equity above which it sells; infinite where nothing forces it to.
    pub leverage_max: f64,
}

/// What is supposed to happen.
#[derive(Debug, Clone, PartialEq)]
pub struct Stress {
    /// Fall of the price of the base, share.
    pub price_drop: f64,
    /// Nodes that lose everything but their claims.
    pub fails: Vec<usize>,
}

/// A network as a scenario names it; the run's own nodes come after its nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkTerms {
    /// The scenario's nodes.
    pub nodes: Vec<NodeTerms>,
    /// Parts of the run on which they have claims, with their names.
    pub run_nodes: Vec<(String, RunNodeKind)>,
    /// What each node owes each other one, USD.
    pub owed: Array2<f64>,
    /// What a bankruptcy leaves.
    pub recovery: Recovery,
    /// Channels that are on.
    pub channels: Channels,
    /// What is supposed to happen.
    pub stress: Option<Stress>,
    /// What counts as a systemic event.
    pub systemic: SystemicSpec,
    /// Observations between two evaluations.
    pub every: u64,
}

/// The system at one time, with the market for what it holds.
#[derive(Debug, Clone)]
struct Picture {
    system: System,
    market: PoolMarket,
}

/// The time at which the system was weakest.
#[derive(Debug, Clone)]
struct Weakest {
    seconds: f64,
    /// Loss over equity then, through all channels.
    share: f64,
    /// Equities against which the loss is counted, USD.
    before_usd: Vec<f64>,
    /// The system as it was.
    calm: Picture,
    /// The system as it was judged: under stress where there is one.
    judged: Picture,
}

/// The network of one run.
#[derive(Debug)]
pub struct Network {
    terms: NetworkTerms,
    /// Pools whose shares nodes hold, by their place at the opening.
    opened: Vec<usize>,
    /// Where these shares stand now, and those of each node.
    shares: Vec<(usize, Vec<f64>)>,
    opening_usd: Vec<f64>,
    /// What nodes had besides claims less what they owed outside, at the opening, USD.
    opening_net_usd: f64,
    observations: u64,
    weakest: Option<Weakest>,
    now: Option<Evaluation>,
    loss_share: f64,
    stressed_share: f64,
    is_systemic: bool,
    defaults_max: usize,
    residual: f64,
    verdict: Option<Verdict>,
}

impl Instrument for Network {
    type Terms = NetworkTerms;

    const LAW: &'static str = "the losses of the network";

    /// The network of a run at its opening. The pools hold `liquidity` for its nodes already.
    fn open(terms: &NetworkTerms, books: &mut Books, opening: &Opening<'_>) -> Self {
        let books = &*books;
        let mut venues: Vec<usize> =
            terms.nodes.iter().flat_map(|node| node.liquidity.iter().map(|held| held.0)).collect();
        venues.sort_unstable();
        venues.dedup();
        let of_venue = |venue: usize| {
            let pool = &books.venues[venue];
            let per_usd = pool.shares / books.venue_value_usd(pool);
            let held = |node: &NodeTerms| node.liquidity.iter().filter(|held| held.0 == venue).map(|held| held.1).sum();
            let usd: Vec<f64> = terms.nodes.iter().map(held).collect();
            (venue, usd.iter().map(|usd| usd * per_usd).collect())
        };
        let shares = venues.iter().map(|venue| of_venue(*venue)).collect();
        let mut network = Self {
            terms: terms.clone(),
            opened: venues,
            shares,
            opening_usd: Vec::new(),
            opening_net_usd: 0.0,
            observations: 0,
            weakest: None,
            now: None,
            loss_share: 0.0,
            stressed_share: f64::NAN,
            is_systemic: false,
            defaults_max: 0,
            residual: 0.0,
            verdict: None,
        };
        if let Some(face_usd) = network.face_usd(books, opening.nodes) {
            network.opening_usd = face_usd;
            network.opening_net_usd = network.net_usd(books, opening.nodes);
        }
        network
    }

    /// Evaluates the system as it is and under stress, where an evaluation is due.
    fn observe(&mut self, books: &mut Books, view: &View<'_>) {
        let is_due = self.observations.is_multiple_of(self.terms.every);
        self.observations += 1;
        for ((stands, _), opened) in self.shares.iter_mut().zip(&self.opened) {
            *stands = books.stands_in[*opened];
        }
        if is_due && self.evaluate(books, view).is_none() {
            self.residual = f64::NAN;
        }
    }

    /// Evaluates the end of the run, and works out what the weakest day comes to.
    fn close(&mut self, books: &mut Books, view: &View<'_>) {
        self.observations = 0;
        self.observe(books, view);
        self.verdict = self.judge();
    }

    fn residual(&self, _books: &Books) -> f64 {
        self.residual
    }
}

impl Network {
    /// The parts of the run that are nodes, in their order.
    pub(super) fn run_nodes(&self) -> impl Iterator<Item = RunNodeKind> {
        self.terms.run_nodes.iter().map(|(_, kind)| *kind)
    }

    /// Names of all nodes, the run's own after those of the scenario.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let own = self.terms.nodes.iter().map(|node| node.name.as_str());
        own.chain(self.terms.run_nodes.iter().map(|(name, _)| name.as_str())).collect()
    }

    /// Equity of all nodes at the opening, USD.
    #[must_use]
    pub fn opening_equity_usd(&self) -> f64 {
        self.opening_usd.iter().sum()
    }

    /// The system as it was evaluated last.
    #[must_use]
    pub const fn now(&self) -> Option<&Evaluation> {
        self.now.as_ref()
    }

    /// Loss of all nodes since the opening as of the last evaluation, USD.
    #[must_use]
    pub fn loss_usd(&self) -> f64 {
        self.now.as_ref().map_or(f64::NAN, |now| now.loss_usd(&self.opening_usd))
    }

    /// That loss as a share of their equity at the opening.
    #[must_use]
    pub const fn loss_share(&self) -> f64 {
        self.loss_share
    }

    /// What the stress would cost now, as a share of equity now; NaN without a stress.
    #[must_use]
    pub const fn stressed_share(&self) -> f64 {
        self.stressed_share
    }

    /// Most nodes in default at one evaluation.
    #[must_use]
    pub const fn defaults_max(&self) -> usize {
        self.defaults_max
    }

    /// Whether there was a systemic event, no stress supposed.
    #[must_use]
    pub const fn is_systemic(&self) -> bool {
        self.is_systemic
    }

    /// Largest disagreement so far between what nodes and their creditors lost and what explains it, relative to equity at the opening.
    #[must_use]
    pub const fn residual(&self) -> f64 {
        self.residual
    }

    /// What the weakest day comes to, once the run is over.
    #[must_use]
    pub const fn verdict(&self) -> Option<&Verdict> {
        self.verdict.as_ref()
    }

    /// The system and its market now, or under a stress; `None` where a figure is not finite.
    fn picture(&self, books: &Books, run_nodes: &[RunNode], stress: Option<&Stress>) -> Option<Picture> {
        let venues: Vec<usize> = self.shares.iter().map(|(venue, _)| *venue).collect();
        let drop = stress.map_or(0.0, |stress| stress.price_drop);
        let (mut market, prices_usd) = PoolMarket::open(books, &venues, drop);
        let base = books.pair_tokens().0;
        // Base tokens are stuck where every pool that would buy them is halted.
        let has_market =
            books.venues.iter().any(|venue| venue.terms.pair == 0 && venue.is_funded() && !venue.is_halted());
        let mut outside: Vec<f64> = self.terms.nodes.iter().map(|node| node.outside_usd).collect();
        let node = |(place, terms): (usize, &NodeTerms)| {
            let in_base = |held: &&(Token, f64)| held.0 == base;
            let amount: f64 = terms.tokens.iter().filter(in_base).map(|held| held.1).sum();
            let others = terms.tokens.iter().filter(|held| !in_base(held));
            let holdings: Vec<f64> =
                std::iter::once(amount).chain(self.shares.iter().map(|(_, held)| held[place])).collect();
            let is_halted = |venue: &usize| books.venues[*venue].is_halted();
            let unsold = if has_market { 0.0 } else { amount };
            let stuck = self.shares.iter().map(|(venue, held)| if is_halted(venue) { held[place] } else { 0.0 });
            Node {
                cash_usd: terms.cash_usd + others.map(|held| held.1 * books.prices_usd[held.0.index()]).sum::<f64>(),
                frozen: std::iter::once(unsold).chain(stuck).collect(),
                holdings,
                leverage_max: terms.leverage_max,
                ..Node::default()
            }
        };
        let mut nodes: Vec<Node> = self.terms.nodes.iter().enumerate().map(node).collect();
        for own in run_nodes {
            let named = self.terms.owed.row(nodes.len()).sum();
            outside.push((own.liabilities_usd - named).max(0.0));
            nodes.push(Node {
                cash_usd: own.assets_usd,
                frozen_usd: own.frozen_usd,
                oracle_loss_usd: own.oracle_loss_usd,
                holdings: vec![0.0; prices_usd.len()],
                frozen: vec![0.0; prices_usd.len()],
                leverage_max: f64::INFINITY,
            });
        }
        for place in stress.iter().flat_map(|stress| &stress.fails) {
            wipe_out(&mut nodes[*place]);
        }
        let held: Vec<f64> =
            (0..prices_usd.len()).map(|asset| nodes.iter().map(|node| node.holdings[asset]).sum()).collect();
        market.expect(&held);
        let claims = Claims::new(self.terms.owed.clone(), outside).ok()?;
        Some(Picture { system: System { nodes, claims, recovery: self.terms.recovery, prices_usd }, market })
    }

    /// Equities with every claim paid and assets at reference prices, USD.
    fn face_usd(&self, books: &Books, run_nodes: &[RunNode]) -> Option<Vec<f64>> {
        let picture = self.picture(books, run_nodes, None)?;
        Some(picture.system.evaluate(Channels { oracle: true, ..Channels::NONE }, &picture.market).ok()?.face_usd)
    }

    /// What nodes have besides claims, read from accounts and prices, less what they owe outside, USD.
    fn net_usd(&self, books: &Books, run_nodes: &[RunNode]) -> f64 {
        let own = |terms: &NodeTerms| {
            let tokens = terms.tokens.iter().map(|(token, amount)| amount * books.prices_usd[token.index()]);
            terms.cash_usd + tokens.sum::<f64>() - terms.outside_usd
        };
        let shares = self.shares.iter().filter(|(venue, _)| books.venues[*venue].shares > 0.0).map(|(venue, held)| {
            let pool = &books.venues[*venue];
            books.venue_value_usd(pool) * held.iter().sum::<f64>() / pool.shares
        });
        let of_run = run_nodes.iter().enumerate().map(|(place, node)| {
            let named = self.terms.owed.row(self.terms.nodes.len() + place).sum();
            let oracle = if self.terms.channels.oracle { 0.0 } else { node.oracle_loss_usd };
            node.assets_usd + node.frozen_usd + oracle - (node.liabilities_usd - named).max(0.0)
        });
        self.terms.nodes.iter().map(own).sum::<f64>() + shares.sum::<f64>() + of_run.sum::<f64>()
    }

    fn evaluate(&mut self, books: &Books, view: &View<'_>) -> Option<()> {
        let channels = self.terms.channels;
        let calm = self.picture(books, view.nodes, None)?;
        let now = calm.system.evaluate(channels, &calm.market).ok()?;
        let equity = self.opening_equity_usd();
        self.loss_share = now.loss_usd(&self.opening_usd) / equity;
        self.defaults_max = self.defaults_max.max(now.defaults());
        let systemic = self.terms.systemic;
        let many = systemic.defaults.is_some_and(|least| now.defaults() >= least as usize);
        self.is_systemic = self.is_systemic || many || self.loss_share >= systemic.loss_share;
        let unexplained = self.unexplained_usd(&now, self.net_usd(books, view.nodes));
        self.residual = portage_base::stats::worst(self.residual, unexplained.abs() / equity.max(1.0));
        let (judged, before_usd) = match &self.terms.stress {
            Some(stress) => {
                // Not with the channels that are on: what oracles cost is part of the loss, not of what there was before it.
                let before = calm.system.evaluate(Channels::NONE, &calm.market).ok()?;
                let before_usd: Vec<f64> = before.face_usd.iter().map(|face| face.max(0.0)).collect();
                let judged = self.picture(books, view.nodes, Some(stress))?;
                (judged, before_usd)
            }
            None => (calm.clone(), self.opening_usd.clone()),
        };
        // The day must not depend on which channels are on: arms with another set are compared on the same day.
        let whole = judged.system.evaluate(Channels::ALL, &judged.market).ok()?;
        let share = share_of(whole.loss_usd(&before_usd), &before_usd);
        if self.terms.stress.is_some() {
            let hit = match channels {
                Channels::ALL => whole,
                some => judged.system.evaluate(some, &judged.market).ok()?,
            };
            self.stressed_share = share_of(hit.loss_usd(&before_usd), &before_usd);
        }
        if self.weakest.as_ref().is_none_or(|weakest| share > weakest.share) {
            self.weakest = Some(Weakest { seconds: view.seconds, share, before_usd, calm, judged });
        }
        self.now = Some(now);
        Some(())
    }

    /// Losses of nodes and of creditors outside, less the fall of what nodes have and less what contagion destroyed, USD.
    fn unexplained_usd(&self, now: &Evaluation, net_usd: f64) -> f64 {
        let equities: f64 = now.equities_usd.iter().sum();
        let lost = self.opening_usd.iter().sum::<f64>() - equities + now.unpaid_outside_usd.iter().sum::<f64>();
        let destroyed = now.price_impact_usd + now.bankruptcy_usd + now.locked_usd;
        lost + now.unborne_usd - (self.opening_net_usd - net_usd) - destroyed
    }
}

/// A loss as a share of equities; of one dollar where there are none.
fn share_of(loss_usd: f64, equities_usd: &[f64]) -> f64 {
    loss_usd / equities_usd.iter().sum::<f64>().max(1.0)
}

/// A node loses everything that it has besides claims.
fn wipe_out(node: &mut Node) {
    (node.cash_usd, node.frozen_usd, node.oracle_loss_usd) = (0.0, 0.0, 0.0);
    node.holdings.fill(0.0);
    node.frozen.fill(0.0);
}
