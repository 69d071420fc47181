//! Nodes with assets and mutual claims, evaluated at once, with channels of contagion that can be switched off one by one.

use super::claims::{Claims, ClaimsFault};
use super::clearing::{Recovery, falls_short, rogers_veraart};
use super::fire_sale::{FireSale, Holder, Market, fire_sale};

/// Change of what nodes receive from one another, as a share of all debts, that counts as none.
const SETTLED: f64 = 1e-13;

/// Alternations of sales and clearing. Both only get worse, and convergence is geometric.
const ALTERNATIONS_MAX: u32 = 200;

/// Through what a loss may spread beyond the assets that are lost directly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channels {
    /// Claims are worth what the debtor can pay, bankruptcy costs deducted; without it debtors pay in full whatever they have.
    pub counterparty: bool,
    /// Assets are worth what they fetch together with what must be sold; without it their reference prices.
    pub fire_sale: bool,
    /// What oracles cost nodes by readings that were not the true price is lost; without it they have it still.
    pub oracle: bool,
    /// What is frozen cannot pay now; without it it can. It cannot be sold either, which spares prices: this channel may heal.
    pub liveness: bool,
}

impl Channels {
    /// Every channel.
    pub const ALL: Self = Self { counterparty: true, fire_sale: true, oracle: true, liveness: true };
    /// Direct losses only.
    pub const NONE: Self = Self { counterparty: false, fire_sale: false, oracle: false, liveness: false };

    /// The channels in the order of the ladder: counterparty, fire sale, oracle, liveness.
    const fn list(self) -> [bool; 4] {
        [self.counterparty, self.fire_sale, self.oracle, self.liveness]
    }

    const fn of([counterparty, fire_sale, oracle, liveness]: [bool; 4]) -> Self {
        Self { counterparty, fire_sale, oracle, liveness }
    }
}

/// What one node has besides its claims on others.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Node {
    /// Money that it can pay with now, USD.
    pub cash_usd: f64,
    /// Money that it has and cannot reach now, USD.
    pub frozen_usd: f64,
    /// Quantity of each priced asset.
    pub holdings: Vec<f64>,
    /// Quantity of each priced asset, of `holdings`, that it cannot reach now.
    pub frozen: Vec<f64>,
    /// What oracles have cost it by readings that were not the true price; no longer in `cash_usd`, USD.
    pub oracle_loss_usd: f64,
    /// It sells when assets over equity exceed this; infinite for one that need not.
    pub leverage_max: f64,
}

/// Nodes, what they owe, and the reference prices of what they hold.
#[derive(Debug, Clone, PartialEq)]
pub struct System {
    /// Every node.
    pub nodes: Vec<Node>,
    /// Who owes whom.
    pub claims: Claims,
    /// What a bankruptcy leaves.
    pub recovery: Recovery,
    /// Reference price of each asset, USD a unit.
    pub prices_usd: Vec<f64>,
}

/// What a system comes to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evaluation {
    /// Equity of each node with assets at reference prices and every claim paid in full; negative where debts exceed assets, USD.
    pub face_usd: Vec<f64>,
    /// Equity of each node after everything; 0 of one that defaults, USD.
    pub equities_usd: Vec<f64>,
    /// The round in which each node defaulted, from 1; `None` of one that does not.
    pub defaulted_in: Vec<Option<u32>>,
    /// What each node pays to those that it owes, USD.
    pub payments_usd: Vec<f64>,
    /// What each node's creditors outside do not get, USD.
    pub unpaid_outside_usd: Vec<f64>,
    /// Assets at reference prices less what they fetch, all nodes, USD.
    pub price_impact_usd: f64,
    /// What bankruptcies cost, USD.
    pub bankruptcy_usd: f64,
    /// What stands frozen in the estates of nodes that default, USD.
    pub locked_usd: f64,
    /// What nodes that default owe beyond their assets and nobody bears, because claims are paid in full without the counterparty channel, USD.
    pub unborne_usd: f64,
    /// Value of what must be sold, at reference prices, USD.
    pub forced_sales_usd: f64,
    /// Alternations of sales and clearing.
    pub rounds: u32,
    /// Whether both stand still.
    pub has_settled: bool,
}

impl Evaluation {
    /// Nodes that default.
    #[must_use]
    pub fn defaults(&self) -> usize {
        self.defaulted_in.iter().flatten().count()
    }

    /// Rounds in which somebody defaulted.
    #[must_use]
    pub fn depth(&self) -> u32 {
        self.defaulted_in.iter().flatten().copied().max().unwrap_or(0)
    }

    /// What nodes lose against `opening_usd`, their equities before; a gain is negative.
    #[must_use]
    pub fn loss_usd(&self, opening_usd: &[f64]) -> f64 {
        opening_usd.iter().zip(&self.equities_usd).map(|(opening, now)| opening - now.max(0.0)).sum()
    }

    /// What nodes and creditors outside lose beyond face, less the price impact, bankruptcy costs and frozen estates that explain it, USD: 0
    /// but for rounding.
    #[must_use]
    pub fn residual(&self) -> f64 {
        let total = |values: &[f64]| values.iter().sum::<f64>();
        let lost =
            total(&self.face_usd) - total(&self.equities_usd) + total(&self.unpaid_outside_usd) + self.unborne_usd;
        lost - self.price_impact_usd - self.bankruptcy_usd - self.locked_usd
    }
}

/// A loss by the channels through which it spreads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attribution {
    /// Loss with every channel that is on, USD.
    pub loss_usd: f64,
    /// Loss without any channel, USD.
    pub direct_usd: f64,
    /// What each channel adds when they are switched on one after the other: counterparty, fire sale, oracle, liveness. With the direct
    /// loss they add up to the whole; 0 of a channel that is off.
    pub parts_usd: [f64; 4],
    /// By how much the loss is smaller without each channel alone, USD.
    pub removed_usd: [f64; 4],
}

/// What a node's assets come to in one round.
#[derive(Debug, Clone, Copy)]
struct Worth {
    /// Everything, USD.
    total: f64,
    /// Of it what can pay now, USD.
    liquid: f64,
}

impl System {
    /// Clears the system through `channels`.
    ///
    /// Forced sales ([`fire_sale`]) and clearing ([`rogers_veraart`]) alternate until neither changes: a default winds a node up, which sells
    /// what it can; a sale lowers what all others' assets fetch; lower claims raise leverage. Everything only gets worse from one round to
    /// the next, so that it ends in the mildest outcome that is consistent. An asset is worth the average price at which its holder
    /// would sell all of it, once it can, together with what others must sell. A node defaults when what can pay now does not suffice.
    ///
    /// # Errors
    /// Where an asset is negative or not finite, or nodes and claims disagree in number.
    pub fn evaluate(&self, channels: Channels, market: &impl Market) -> Result<Evaluation, ClaimsFault> {
        let claims = &self.claims;
        if self.nodes.len() != claims.nodes() {
            return Err(ClaimsFault::Shape);
        }
        let due = claims.due();
        let reference = self.worths(channels, None, market);
        let received = claims.received(due);
        let face_usd = (0..due.len()).map(|node| reference[node].total + received[node] - due[node]).collect();
        let mut worths = reference.clone();
        let mut state = State { received, payments: due.to_vec(), defaulted_in: vec![None; due.len()] };
        let mut evaluation = Evaluation { face_usd, has_settled: true, ..Evaluation::default() };
        loop {
            evaluation.rounds += 1;
            if channels.fire_sale {
                let sale = fire_sale(&self.holders(channels, &state), market);
                let value = |(sold, price): (&f64, &f64)| sold * price;
                evaluation.forced_sales_usd = sale.sold.iter().zip(&self.prices_usd).map(value).sum();
                evaluation.has_settled = sale.has_settled;
                worths = self.worths(channels, Some(&sale), market);
            }
            let has_moved = self.clear(channels, &worths, &mut state)?;
            if !has_moved || !channels.fire_sale {
                break;
            }
            if evaluation.rounds == ALTERNATIONS_MAX {
                evaluation.has_settled = false;
                break;
            }
        }
        self.close(channels, [&reference, &worths], state, &mut evaluation);
        Ok(evaluation)
    }

    /// The loss against `opening_usd` by channel, of the channels that are on, and the evaluation with all of them.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    pub fn attribute(
        &self,
        opening_usd: &[f64],
        on: Channels,
        market: &impl Market,
    ) -> Result<(Attribution, Evaluation), ClaimsFault> {
        let mut ladder = Channels::NONE.list();
        let mut whole = self.evaluate(Channels::NONE, market)?;
        let direct_usd = whole.loss_usd(opening_usd);
        let (mut below_usd, mut parts_usd) = (direct_usd, [0.0; 4]);
        for (channel, part) in parts_usd.iter_mut().enumerate().filter(|(channel, _)| on.list()[*channel]) {
            ladder[channel] = true;
            whole = self.evaluate(Channels::of(ladder), market)?;
            let loss_usd = whole.loss_usd(opening_usd);
            *part = loss_usd - below_usd;
            below_usd = loss_usd;
        }
        let mut removed_usd = [0.0; 4];
        for (channel, removed) in removed_usd.iter_mut().enumerate().filter(|(channel, _)| on.list()[*channel]) {
            let mut others = on.list();
            others[channel] = false;
            *removed = below_usd - self.evaluate(Channels::of(others), market)?.loss_usd(opening_usd);
        }
        Ok((Attribution { loss_usd: below_usd, direct_usd, parts_usd, removed_usd }, whole))
    }

    /// What each node's assets come to: at reference prices, or at what they fetch together with `sale`.
    fn worths(&self, channels: Channels, sale: Option<&FireSale>, market: &impl Market) -> Vec<Worth> {
        let assets = self.prices_usd.len();
        let mut prices = self.prices_usd.clone();
        let mut joint = vec![0.0; assets];
        let mut worths = Vec::with_capacity(self.nodes.len());
        for (place, node) in self.nodes.iter().enumerate() {
            if let Some(sale) = sale {
                for (asset, joint) in joint.iter_mut().enumerate() {
                    let own = sale.slices[place] * (node.holdings[asset] - frozen(channels, node, asset));
                    *joint = sale.sold[asset] - own + node.holdings[asset];
                }
                market.average_usd(&joint, &mut prices);
            }
            let oracle = if channels.oracle { 0.0 } else { node.oracle_loss_usd };
            let value = |quantity: &dyn Fn(usize) -> f64| (0..assets).map(|a| quantity(a) * prices[a]).sum::<f64>();
            let total = node.cash_usd + oracle + node.frozen_usd + value(&|asset| node.holdings[asset]);
            let liquid_money = node.cash_usd + oracle + if channels.liveness { 0.0 } else { node.frozen_usd };
            let liquid = liquid_money + value(&|asset| node.holdings[asset] - frozen(channels, node, asset));
            worths.push(Worth { total, liquid });
        }
        worths
    }

    /// The nodes as those who may have to sell.
    fn holders(&self, channels: Channels, state: &State) -> Vec<Holder> {
        let one = |(place, node): (usize, &Node)| {
            let stuck: Vec<f64> = (0..self.prices_usd.len()).map(|asset| frozen(channels, node, asset)).collect();
            let oracle = if channels.oracle { 0.0 } else { node.oracle_loss_usd };
            Holder {
                sellable: node.holdings.iter().zip(&stuck).map(|(all, stuck)| all - stuck).collect(),
                frozen: stuck,
                other_usd: node.cash_usd + node.frozen_usd + oracle + state.received[place],
                due_usd: self.claims.due()[place],
                leverage_max: node.leverage_max,
                is_wound_up: state.defaulted_in[place].is_some(),
            }
        };
        self.nodes.iter().enumerate().map(one).collect()
    }

    /// Clears claims over what can pay now; returns whether anything changed.
    fn clear(&self, channels: Channels, worths: &[Worth], state: &mut State) -> Result<bool, ClaimsFault> {
        let due = self.claims.due();
        let liquid: Vec<f64> = worths.iter().map(|worth| worth.liquid).collect();
        let (defaulted_in, moved_usd) = if channels.counterparty {
            let cleared = rogers_veraart(&self.claims, &liquid, self.recovery)?;
            let change = |(one, other): (&f64, &f64)| (one - other).abs();
            let moved_usd = state.received.iter().zip(&cleared.received).map(change).fold(0.0, f64::max);
            (state.received, state.payments) = (cleared.received, cleared.payments);
            (cleared.defaulted_in, moved_usd)
        } else {
            let in_default = |node: usize| falls_short(liquid[node] + state.received[node], due[node]).then_some(1);
            ((0..due.len()).map(in_default).collect(), 0.0)
        };
        let has_more = state.mark_defaults(&defaulted_in);
        Ok(has_more || moved_usd > SETTLED * due.iter().sum::<f64>())
    }

    /// Writes what the end of the rounds comes to.
    fn close(&self, channels: Channels, [reference, worths]: [&[Worth]; 2], state: State, evaluation: &mut Evaluation) {
        let (due, outside) = (self.claims.due(), self.claims.outside());
        for (place, worth) in worths.iter().enumerate() {
            let received = state.received[place];
            let assets = worth.total + received;
            let equity = if state.defaulted_in[place].is_some() { 0.0 } else { assets - due[place] };
            evaluation.equities_usd.push(equity);
            let short = if channels.counterparty { due[place] - state.payments[place] } else { 0.0 };
            let share = if due[place] > 0.0 { outside[place] / due[place] } else { 0.0 };
            evaluation.unpaid_outside_usd.push(short * share);
            evaluation.price_impact_usd += reference[place].total - worth.total;
            if state.defaulted_in[place].is_some() {
                evaluation.locked_usd += worth.total - worth.liquid;
                let estate = worth.liquid + received;
                if channels.counterparty {
                    evaluation.bankruptcy_usd += estate - state.payments[place];
                } else {
                    evaluation.unborne_usd += due[place] - estate;
                }
            }
        }
        evaluation.payments_usd = state.payments;
        evaluation.defaulted_in = state.defaulted_in;
    }
}

/// Quantity of an asset that a node cannot reach.
fn frozen(channels: Channels, node: &Node, asset: usize) -> f64 {
    if channels.liveness { node.frozen[asset] } else { 0.0 }
}

/// Claims and defaults in one round.
struct State {
    /// What each node receives from the others, USD.
    received: Vec<f64>,
    /// What each node pays, USD.
    payments: Vec<f64>,
    /// The round in which each node defaulted.
    defaulted_in: Vec<Option<u32>>,
}

impl State {
    /// Adds nodes that have come to default, in the order of the rounds of their clearing, after those of earlier ones; returns whether
    /// there are any.
    fn mark_defaults(&mut self, cleared: &[Option<u32>]) -> bool {
        let depth = self.defaulted_in.iter().flatten().copied().max().unwrap_or(0);
        let is_new = |(known, now): (&Option<u32>, &Option<u32>)| if known.is_none() { *now } else { None };
        let Some(first) = self.defaulted_in.iter().zip(cleared).filter_map(is_new).min() else { return false };
        for (known, now) in self.defaulted_in.iter_mut().zip(cleared).filter(|(known, _)| known.is_none()) {
            *known = now.map(|round| depth + 1 + round - first);
        }
        true
    }
}

#[cfg(test)]
mod tests;
