//! Metrics of incentive programmes: what they paid, what it bought, and who received it.

use super::Closing;
use super::incrementality::{Brought, Gone, PRESENCE_DATES};
use super::metric::{DEFINITION, Id, Metric, Range, Unit, metrics, ratio};
use super::part::Part;
use portage_base::units::DAYS_PER_YEAR;
use portage_engine::model::Model;
use portage_engine::world::{Holder, LpClass, Programme};
use portage_incentives::RewardMarket;
use portage_pools::Role;

const PAIRED: &str = "the same run, with the same random numbers, with and without the protocol's own programmes";

const MARKET: &str = "constant-product market of the token";

/// The programmes of the version that the protocol wants liquidity in.
fn own<'c>(closing: &Closing<'c>) -> impl Iterator<Item = &'c Programme> + use<'c> {
    let role = closing.model.paid_role();
    let model: &'c Model = closing.model;
    closing
        .world
        .books
        .programmes
        .iter()
        .filter(move |programme| model.venues[programme.terms.venue].terms.role == role)
}

fn sum(closing: &Closing<'_>, read: fn(&Programme) -> f64) -> f64 {
    closing.world.books.programmes.iter().map(read).sum()
}

metrics! {
    of_payments: Programmes, DEFINITION, |closing, read: fn(&Closing<'_>) -> f64| read(closing);
    INCENTIVES_USD: Usd, Amount, "rewards received, valued when they were" [Cost 7 "Rewards paid"] or 0.0 =>
        |closing| sum(closing, |programme| programme.paid_usd);
    REWARDS_EARNED_USD: Usd, Amount,
        "rewards earned, valued when they were; what has not vested at the end included" or 0.0 =>
        |closing| sum(closing, |programme| programme.earned_usd);
    REWARDS_EARNED_OWN_USD: Usd, Amount,
        "rewards earned from the protocol's own programmes: those of the new version, or of the old one where there is no new"
        or 0.0 =>
        |closing| own(closing).map(|programme| programme.earned_usd).fold(0.0, std::ops::Add::add);
    REWARDS_SOLD_USD: Usd, Amount, "rewards that receivers sold, at the price before the sale" or 0.0 =>
        |closing| sum(closing, |programme| programme.sold_usd);
    REWARDS_FORFEITED_TOKENS: Tokens, Amount,
        "rewards that fell due while no eligible liquidity was there, all programmes" or 0.0 =>
        |closing| sum(closing, |programme| programme.forfeited);
    REWARDS_UNSPENT_TOKENS: Tokens, Amount,
        "rewards that programmes kept back because the fees that they match fell short" or 0.0 =>
        |closing| sum(closing, |programme| programme.unspent);
    INCENTIVES_NEW_USD: Usd, Amount, "rewards paid by programmes of the new version" or 0.0 =>
        |closing| of_new(closing).map(|programme| programme.paid_usd).sum();
    INCENTIVE_PER_MIGRATED_USD: Of("USD per USD"), Amount,
        "rewards of the new version per USD of opening value that stands there at the end" => |closing| {
        let paid = of_new(closing).map(|programme| programme.paid_usd).sum();
        ratio(paid, closing.world.books.providers.migrated_usd)
    };
    BUDGET_RESIDUAL: ShareOf("what fell due"), Part,
        "largest difference between what a programme says that it paid and what accounts received" =>
        |closing| closing.world.books.budget_residual();
}

fn of_new<'c>(closing: &Closing<'c>) -> impl Iterator<Item = &'c Programme> + use<'c> {
    let model: &'c Model = closing.model;
    let is_new = move |programme: &&Programme| model.venues[programme.terms.venue].terms.role == Role::New;
    closing.world.books.programmes.iter().filter(is_new)
}

/// Whether every programme knows what each address earned: those of concentrated pools know ranges only.
fn knows_addresses(closing: &Closing<'_>) -> bool {
    closing.world.books.programmes.iter().all(|programme| programme.terms.slot.is_none())
}

/// Share of the rewards earned that went to a class of providers.
#[must_use]
pub const fn rewards_to(class: LpClass) -> Id {
    Id::of(
        "rewards_to",
        0,
        match class {
            LpClass::Integrator => "integrator_share",
            LpClass::Active => "active_share",
            LpClass::Passive => "passive_share",
            LpClass::Mercenary => "mercenary_share",
            LpClass::Locked => "locked_share",
        },
    )
}

pub(super) fn of_classes() -> impl Iterator<Item = Metric> {
    LpClass::ALL.into_iter().map(|class| {
        let index = Holder::Class(class).index();
        let meaning = format!("share of the rewards earned that went to the class {}", class.name());
        let kind = (Unit::ShareOf("rewards"), Range::Part);
        Metric::new((rewards_to(class), Part::Programmes), kind, meaning, DEFINITION, move |closing| {
            let to_class = closing.world.books.programmes.iter().map(|programme| programme.earned_by[index]);
            ratio(to_class.sum(), sum(closing, |programme| programme.earned_usd))
        })
    })
}

metrics! {
    of_receivers: Programmes, DEFINITION, |closing, read: fn(&Closing<'_>) -> f64| read(closing);
    REWARDS_TOP_1_SHARE: ShareOf("rewards"), Part,
        "share of the rewards earned that went to the top 1 % of the addresses that earned any; not known for ranges" => |closing| {
        if !knows_addresses(closing) { return f64::NAN; } let rewards = closing.world.books.providers.list.iter().map(|provider| provider.rewards_usd);
        let mut earned: Vec<f64> = rewards.filter(|earned| *earned > 0.0).collect();
        earned.sort_by(|a, b| b.total_cmp(a));
        let top = earned.len().div_ceil(100);
        ratio(earned[..top].iter().sum(), earned.iter().sum())
    };
    REWARDS_ADDRESSES: Count("addresses"), Amount, "addresses that earned rewards in pools of shares" or 0.0 =>
        |closing| closing.world.books.providers.list.iter().filter(|provider| provider.rewards_usd > 0.0).count() as f64;
}

/// What sales did to the price of reward tokens that have a market of their own; of several, to the one that fell most.
fn worst(closing: &Closing<'_>, read: fn(&RewardMarket) -> f64) -> f64 {
    closing.world.books.reward_markets.iter().map(|(_, market)| read(market) - 1.0).fold(f64::NAN, f64::min)
}

metrics! {
    of_markets: Programmes, MARKET, |closing, read: fn(&Closing<'_>) -> f64| read(closing);
    REWARD_PRICE_EFFECT_WORST: ShareOf("the price"), Signed,
        "deepest fall of a reward token's price below its reference price that sales, and the protocol's own size, caused" =>
        |closing| worst(closing, |market| market.lowest_factor);
    REWARD_PRICE_EFFECT_END: ShareOf("the price"), Signed,
        "a reward token's price at the end, relative to its reference price" =>
        |closing| worst(closing, |market| market.factor());
    // A sum of nothing would be a negative zero: hence the fold.
    REWARD_SALE_COST_USD: Usd, Amount, "what receivers lost to price impact when they sold rewards" or 0.0 =>
        |closing| closing .world .books .reward_markets .iter() .map(|(_, market)| market.cost_usd) .fold(0.0, std::ops::Add::add);
}

fn brought_at(closing: &Closing<'_>, date: usize) -> Option<Brought> {
    let without = closing.without?;
    closing.recorder.incrementality.against(without, date, &closing.world.books.providers)
}

/// Opening value that programmes brought while they ran, USD x years.
fn brought_usd_years(closing: &Closing<'_>) -> f64 {
    let with = &closing.recorder.incrementality;
    closing.without.map_or(f64::NAN, |without| (with.usd_days - without.usd_days) / DAYS_PER_YEAR)
}

metrics! {
    of_effect: Programmes, PAIRED, |closing, read: fn(&Closing<'_>) -> f64| read(closing);
    BROUGHT_MEAN_USD: Usd, Amount,
        "opening value that stands in the paid version because of the programmes, mean over the time that they run" => |closing| {
        let years = closing.recorder.incrementality.days / DAYS_PER_YEAR;
        if years > 0.0 { brought_usd_years(closing) / years } else { f64::NAN }
    };
    COST_PER_BROUGHT_USD_YEAR: PerYear, Amount,
        "rewards earned from the protocol's own programmes per USD of opening value that they brought, and year that it stayed while they ran; empty when they brought nothing" => |closing| {
        let paid = own(closing).map(|programme| programme.earned_usd).sum();
        ratio(paid, brought_usd_years(closing))
    };
}

/// What became of liquidity at a date of the programmes, opening value in USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Came from the outside, because of the programmes.
    Bought,
    /// Own providers that stand there because of the programmes.
    Moved,
    /// Would have stood there without them too.
    Anyway,
    /// Would have stood there without them, and does not.
    Deterred,
    /// Own providers that stand in a rival.
    LostToRivals,
    /// Own providers that are out of the market.
    LeftMarket,
    /// Rewards per USD bought and moved less what was deterred.
    Cost,
}

/// What became of liquidity at the end of the programmes (`date` 0), 30 days (1) and 90 days (2) after it.
#[must_use]
pub const fn fate(fate: Fate, date: usize) -> Id {
    let stem = match fate {
        Fate::Bought => "bought",
        Fate::Moved => "moved",
        Fate::Anyway => "anyway",
        Fate::Deterred => "deterred",
        Fate::LostToRivals => "lost_to_rivals",
        Fate::LeftMarket => "left_market",
        Fate::Cost if date == 0 => return Id::one("cost_per_moved_usd"),
        Fate::Cost => "cost_per_retained",
    };
    Id::of(stem, 0, ["end_usd", "30d_usd", "90d_usd"][date])
}

/// A fate of liquidity, its meaning, and how it is read.
type FateOf<T> = (Fate, &'static str, fn(&T) -> f64);

/// What the programmes brought.
const BROUGHT: [FateOf<Brought>; 4] = [
    (Fate::Bought, "capital from outside that stands in the paid version because of the programmes", |brought| {
        brought.bought
    }),
    (Fate::Moved, "own providers that stand in the paid version because of the programmes", |brought| brought.moved),
    (Fate::Anyway, "what stands in the paid version and would have without the programmes", |brought| brought.anyway),
    (Fate::Deterred, "what would have stood in the paid version without the programmes and does not", |brought| {
        brought.deterred
    }),
];

/// Who has gone.
const GONE: [FateOf<Gone>; 2] = [
    (Fate::LostToRivals, "own providers that stand in a rival", |gone| gone.lost_usd),
    (Fate::LeftMarket, "own providers that are out of the market", |gone| gone.left_usd),
];

/// What became of liquidity at each date.
pub(super) fn of_dates() -> impl Iterator<Item = Metric> {
    const WHEN: [&str; PRESENCE_DATES] =
        ["at the end of the programmes", "30 days after their end", "90 days after their end"];
    (0..PRESENCE_DATES).flat_map(|date| {
        let when = WHEN[date];
        let amount = (Unit::Usd, Range::Amount);
        let brought = BROUGHT.into_iter().map(move |(what, meaning, read)| {
            let meaning = format!("{meaning}, opening value, {when}");
            Metric::new((fate(what, date), Part::Programmes), amount, meaning, PAIRED, move |closing| {
                brought_at(closing, date).as_ref().map_or(f64::NAN, read)
            })
        });
        let gone = GONE.into_iter().map(move |(what, meaning, read)| {
            let meaning = format!("{meaning}, opening value, {when}");
            Metric::new((fate(what, date), Part::Programmes), amount, meaning, DEFINITION, move |closing| {
                let is_paid = own(closing).next().is_some();
                closing.recorder.incrementality.gone(date).filter(|_| is_paid).as_ref().map_or(f64::NAN, read)
            })
        });
        let meaning = format!(
            "rewards earned from the protocol's own programmes per USD of opening value that they bought and moved, net, {when}; empty when they brought nothing"
        );
        let kind = (Unit::Of("USD per USD"), Range::Amount);
        let cost = Metric::new((fate(Fate::Cost, date), Part::Programmes), kind, meaning, PAIRED, move |closing| {
            let Some(brought) = brought_at(closing, date) else { return f64::NAN };
            let paid = own(closing).map(|programme| programme.earned_usd).sum();
            ratio(paid, brought.bought + brought.moved - brought.deterred)
        });
        brought.chain(gone).chain(std::iter::once(cost))
    })
}
