//! Metrics of incentive programmes: what they paid, what it bought, and who received it.

use super::Closing;
use super::dictionary::{DEFINITION, Metric, ratio};
use super::presence::{Brought, Gone};
use super::recorder::RETENTION_DAYS;
use portage_base::units::DAYS_PER_YEAR;
use portage_engine::model::Model;
use portage_engine::world::{Holder, LpClass, Programme};
use portage_pools::Role;

const PAIRED: &str = "the same run, with the same random numbers, with and without the protocol's own programmes";

pub(super) fn metrics() -> Vec<Metric> {
    let mut metrics = of_payments();
    metrics.extend(of_receivers());
    metrics.extend(of_markets());
    metrics.extend(of_effect());
    metrics
}

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

fn of_payments() -> Vec<Metric> {
    vec![
        Metric::new("incentives_usd", "USD", "rewards received, valued when they were", DEFINITION, |closing| {
            sum(closing, |programme| programme.paid_usd)
        }),
        Metric::new(
            "rewards_earned_usd",
            "USD",
            "rewards earned, valued when they were; what has not vested at the end included",
            DEFINITION,
            |closing| sum(closing, |programme| programme.earned_usd),
        ),
        Metric::new(
            "rewards_earned_own_usd",
            "USD",
            "rewards earned from the protocol's own programmes: those of the new version, or of the old one where there is no new",
            DEFINITION,
            |closing| own(closing).map(|programme| programme.earned_usd).fold(0.0, std::ops::Add::add),
        ),
        Metric::new(
            "rewards_sold_usd",
            "USD",
            "rewards that receivers sold, at the price before the sale",
            DEFINITION,
            |closing| sum(closing, |programme| programme.sold_usd),
        ),
        Metric::new(
            "rewards_forfeited_tokens",
            "tokens",
            "rewards that fell due while no eligible liquidity was there, all programmes",
            DEFINITION,
            |closing| sum(closing, |programme| programme.forfeited),
        ),
        Metric::new(
            "rewards_unspent_tokens",
            "tokens",
            "rewards that programmes kept back because the fees that they match fell short",
            DEFINITION,
            |closing| sum(closing, |programme| programme.unspent),
        ),
        Metric::new(
            "incentives_new_usd",
            "USD",
            "rewards paid by programmes of the new version",
            DEFINITION,
            |closing| of_new(closing).map(|programme| programme.paid_usd).sum(),
        ),
        Metric::new(
            "incentive_per_migrated_usd",
            "USD per USD",
            "rewards of the new version per USD of opening value that stands there at the end",
            DEFINITION,
            |closing| {
                let paid = of_new(closing).map(|programme| programme.paid_usd).sum();
                ratio(paid, closing.world.books.providers.migrated_usd)
            },
        ),
        Metric::new(
            "budget_residual",
            "share of what fell due",
            "largest difference between what a programme says that it paid and what accounts received",
            DEFINITION,
            |closing| {
                if closing.world.books.programmes.is_empty() { f64::NAN } else { closing.world.books.budget_residual() }
            },
        ),
    ]
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

fn of_receivers() -> Vec<Metric> {
    let mut metrics: Vec<Metric> = LpClass::ALL
        .into_iter()
        .map(|class| {
            let index = Holder::Class(class).index();
            Metric::new(
                format!("rewards_to_{}_share", class.name()),
                "share of rewards",
                format!("share of the rewards earned that went to the class {}", class.name()),
                DEFINITION,
                move |closing| {
                    let to_class = closing.world.books.programmes.iter().map(|programme| programme.earned_by[index]);
                    ratio(to_class.sum(), sum(closing, |programme| programme.earned_usd))
                },
            )
        })
        .collect();
    metrics.push(Metric::new(
        "rewards_top_1_share",
        "share of rewards",
        "share of the rewards earned that went to the top 1 % of the addresses that earned any; not known for ranges",
        DEFINITION,
        |closing| {
            if !knows_addresses(closing) {
                return f64::NAN;
            }
            let rewards = closing.world.books.providers.list.iter().map(|provider| provider.rewards_usd);
            let mut earned: Vec<f64> = rewards.filter(|earned| *earned > 0.0).collect();
            earned.sort_by(|a, b| b.total_cmp(a));
            let top = earned.len().div_ceil(100);
            ratio(earned[..top].iter().sum(), earned.iter().sum())
        },
    ));
    metrics.push(Metric::new(
        "rewards_addresses",
        "addresses",
        "addresses that earned rewards in pools of shares",
        DEFINITION,
        |closing| {
            closing.world.books.providers.list.iter().filter(|provider| provider.rewards_usd > 0.0).count() as f64
        },
    ));
    metrics
}

/// What sales did to the price of reward tokens that have a market of their own; of several, to the one that fell most.
fn of_markets() -> Vec<Metric> {
    let worst = |closing: &Closing<'_>, read: fn(&portage_incentives::RewardMarket) -> f64| {
        closing.world.books.reward_markets.iter().map(|(_, market)| read(market) - 1.0).fold(f64::NAN, f64::min)
    };
    vec![
        Metric::new(
            "reward_price_effect_worst",
            "share of the price",
            "deepest fall of a reward token's price below its reference price that sales, and the protocol's own size, caused",
            "constant-product market of the token",
            move |closing| worst(closing, |market| market.lowest_factor),
        ),
        Metric::new(
            "reward_price_effect_end",
            "share of the price",
            "a reward token's price at the end, relative to its reference price",
            "constant-product market of the token",
            move |closing| worst(closing, |market| market.factor()),
        ),
        Metric::new(
            "reward_sale_cost_usd",
            "USD",
            "what receivers lost to price impact when they sold rewards",
            "constant-product market of the token",
            |closing| {
                // A sum of nothing would be a negative zero.
                closing
                    .world
                    .books
                    .reward_markets
                    .iter()
                    .map(|(_, market)| market.cost_usd)
                    .fold(0.0, std::ops::Add::add)
            },
        ),
    ]
}

fn brought(closing: &Closing<'_>, date: usize) -> Option<Brought> {
    let without = closing.without?;
    closing.recorder.presence.against(without, date, &closing.world.books.providers)
}

/// Opening value that programmes brought while they ran, USD x years.
fn brought_usd_years(closing: &Closing<'_>) -> f64 {
    let with = &closing.recorder.presence;
    closing.without.map_or(f64::NAN, |without| (with.usd_days - without.usd_days) / DAYS_PER_YEAR)
}

/// What the protocol's own programmes brought: while they ran, at their end, and some days after.
fn of_effect() -> Vec<Metric> {
    let mut metrics = vec![
        Metric::new(
            "brought_mean_usd",
            "USD",
            "opening value that stands in the paid version because of the programmes, mean over the time that they run",
            PAIRED,
            |closing| {
                let years = closing.recorder.presence.days / DAYS_PER_YEAR;
                if years > 0.0 { brought_usd_years(closing) / years } else { f64::NAN }
            },
        ),
        Metric::new(
            "cost_per_brought_usd_year",
            "per year",
            "rewards earned from the protocol's own programmes per USD of opening value that they brought, and year that it stayed while they ran; empty when they brought nothing",
            PAIRED,
            |closing| {
                let paid = own(closing).map(|programme| programme.earned_usd).sum();
                ratio(paid, brought_usd_years(closing))
            },
        ),
    ];
    let dates = std::iter::once(("end".to_owned(), "at the end of the programmes".to_owned()))
        .chain(RETENTION_DAYS.iter().map(|days| (format!("{days}d"), format!("{days} days after their end"))));
    for (date, (name, when)) in dates.enumerate() {
        let mut add = |part: &str, meaning: &str, read: fn(&Brought) -> f64| {
            metrics.push(Metric::new(
                format!("{part}_{name}_usd"),
                "USD",
                format!("{meaning}, opening value, {when}"),
                PAIRED,
                move |closing| brought(closing, date).as_ref().map_or(f64::NAN, read),
            ));
        };
        add("bought", "capital from outside that stands in the paid version because of the programmes", |brought| {
            brought.bought
        });
        add("moved", "own providers that stand in the paid version because of the programmes", |brought| brought.moved);
        add("anyway", "what stands in the paid version and would have without the programmes", |brought| {
            brought.anyway
        });
        add("deterred", "what would have stood in the paid version without the programmes and does not", |brought| {
            brought.deterred
        });
        let mut gone = |part: &str, meaning: &str, read: fn(&Gone) -> f64| {
            metrics.push(Metric::new(
                format!("{part}_{name}_usd"),
                "USD",
                format!("{meaning}, opening value, {when}"),
                DEFINITION,
                move |closing| {
                    let is_paid = own(closing).next().is_some();
                    closing.recorder.presence.gone(date).filter(|_| is_paid).as_ref().map_or(f64::NAN, read)
                },
            ));
        };
        gone("lost_to_rivals", "own providers that stand in a rival", |gone| gone.lost_usd);
        gone("left_market", "own providers that are out of the market", |gone| gone.left_usd);
        let cost = if date == 0 { "cost_per_moved_usd".to_owned() } else { format!("cost_per_retained_{name}_usd") };
        metrics.push(Metric::new(
            cost,
            "USD per USD",
            format!("rewards earned from the protocol's own programmes per USD of opening value that they bought and moved, net, {when}; empty when they brought nothing"),
            PAIRED,
            move |closing| {
                let Some(brought) = brought(closing, date) else { return f64::NAN };
                let paid = own(closing).map(|programme| programme.earned_usd).sum();
                ratio(paid, brought.bought + brought.moved - brought.deterred)
            },
        ));
    }
    metrics
}
