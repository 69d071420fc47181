//! From what a scenario says to a prepared market, with all faults at once.

use super::correlation::Mixing;
use super::path::{Path, begin};
use super::shock::{Ramp, ResolvedShock};
use super::steps::{Steps, Window};
use super::{Asset, AssetSpec, FaultPlace, Grid, Market, MarketFault, PriceLaw};
use ndarray::Array2;

pub(super) fn market(
    specs: &[AssetSpec],
    correlations: &[(usize, usize, f64)],
    shocks: &[ResolvedShock],
    grid: Grid,
) -> Result<Market, Vec<MarketFault>> {
    let mut faults = Vec::new();
    for (number, spec) in specs.iter().enumerate() {
        if specs[..number].iter().any(|earlier| earlier.name == spec.name) {
            let message =
                format!("the name {} is taken by another asset, and names the asset's random numbers", spec.name);
            faults.push(MarketFault { place: FaultPlace::Asset(number), message });
        }
    }
    for (number, shock) in shocks.iter().enumerate() {
        if let Some(message) = shock_fault(shock, specs, &grid) {
            faults.push(MarketFault { place: FaultPlace::Shock(number), message });
        }
    }
    let mut assets = Vec::with_capacity(specs.len());
    for (number, spec) in specs.iter().enumerate() {
        let begun = followed(number, specs).and_then(|followed| Ok((followed, begin(spec, &grid)?)));
        match begun {
            Ok((followed, (initial_usd, path))) => {
                assets.push(Asset { followed, ..asset(number, spec, initial_usd, path, shocks, &grid) });
            }
            Err(message) => faults.push(MarketFault { place: FaultPlace::Asset(number), message }),
        }
    }
    let mixing = mixing(specs, correlations, shocks, &grid).map_err(|mut pairs| faults.append(&mut pairs));
    match mixing {
        Ok(mixing) if faults.is_empty() => {
            start_at_followed_prices(specs, &mut assets);
            Ok(Market { assets, mixing, grid })
        }
        _ => Err(faults),
    }
}

/// An asset with the shocks that hit it.
fn asset(
    number: usize,
    spec: &AssetSpec,
    initial_usd: f64,
    path: Path,
    shocks: &[ResolvedShock],
    grid: &Grid,
) -> Asset {
    let mut factors: Vec<(Window, f64)> = Vec::new();
    let mut ramps = Vec::new();
    for shock in shocks {
        match *shock {
            ResolvedShock::Price { asset, change, recovery_half_life, .. } if asset == number => ramps.push(Ramp {
                window: shock.window(grid),
                log_change: libm::log1p(change),
                recovery_rate: recovery_half_life
                    .map_or(0.0, |half_life| core::f64::consts::LN_2 * grid.block_seconds / half_life.seconds()),
            }),
            ResolvedShock::Volatility { asset, factor, .. } if asset == number => {
                factors.push((shock.window(grid), factor));
            }
            ResolvedShock::Price { .. } | ResolvedShock::Volatility { .. } | ResolvedShock::Correlation { .. } => {}
        }
    }
    let windows: Vec<Window> = factors.iter().map(|(window, _)| *window).collect();
    // A block that a shock covers in part has the mean of the variance over the block.
    let volatility = Steps::over(&windows, |block| {
        factors.iter().map(|(window, factor)| (1.0 + (factor * factor - 1.0) * window.share(block)).sqrt()).product()
    });
    let noisy = !matches!(path, Path::Constant(_));
    let always_usd = (!noisy && ramps.is_empty()).then_some(initial_usd);
    Asset { name: spec.name.clone(), initial_usd, always_usd, followed: None, noisy, path, volatility, ramps }
}

/// The number of the asset that the peg of asset `number` follows.
fn followed(number: usize, specs: &[AssetSpec]) -> Result<Option<usize>, String> {
    let PriceLaw::Peg(peg) = &specs[number].law else { return Ok(None) };
    let Some(wanted) = &peg.follows else { return Ok(None) };
    let found = specs.iter().position(|other| other.name == *wanted);
    let found = found.ok_or_else(|| format!("the peg follows {wanted}, and there is no such asset"))?;
    match &specs[found].law {
        PriceLaw::Peg(other) if other.follows.is_some() => {
            Err(format!("the peg follows {wanted}, which follows another asset itself"))
        }
        _ => Ok(Some(found)),
    }
}

/// Gives pegs that follow an asset without a price of their own that asset's initial price.
fn start_at_followed_prices(specs: &[AssetSpec], assets: &mut [Asset]) {
    for (number, spec) in specs.iter().enumerate() {
        if let (PriceLaw::Peg(peg), Some(followed)) = (&spec.law, assets[number].followed) {
            assets[number].initial_usd = peg.peg_usd.unwrap_or(assets[followed].initial_usd);
        }
    }
}

fn shock_fault(shock: &ResolvedShock, specs: &[AssetSpec], grid: &Grid) -> Option<String> {
    let window = shock.window(grid);
    if !(window.from >= 0.0 && window.from < grid.blocks as f64) {
        return Some(format!("the shock begins outside the run, which lasts from {} to {}", grid.start, grid.end()));
    }
    match *shock {
        ResolvedShock::Price { recovery_half_life: Some(half_life), .. } if half_life.seconds() == 0.0 => {
            Some("recovery_half_life must be above zero; leave it out for a change that stays".into())
        }
        ResolvedShock::Volatility { asset, .. } if matches!(specs[asset].law, PriceLaw::Constant(_)) => {
            Some(format!("the price of {} is constant and has no volatility to multiply", specs[asset].name))
        }
        ResolvedShock::Volatility { lasting, .. } | ResolvedShock::Correlation { lasting, .. }
            if lasting.seconds() == 0.0 =>
        {
            Some("lasting must be above zero, or the shock does nothing".into())
        }
        ResolvedShock::Price { .. } | ResolvedShock::Volatility { .. } | ResolvedShock::Correlation { .. } => None,
    }
}

/// The Cholesky factor between each two dates at which a correlation shock begins or ends.
fn mixing(
    specs: &[AssetSpec],
    correlations: &[(usize, usize, f64)],
    shocks: &[ResolvedShock],
    grid: &Grid,
) -> Result<Steps<Mixing>, Vec<MarketFault>> {
    let mut faults = Vec::new();
    let mut base = Array2::<f64>::eye(specs.len());
    let constant = |asset: usize| matches!(specs[asset].law, PriceLaw::Constant(_));
    let replayed = |asset: &usize| matches!(specs[*asset].law, PriceLaw::Historical(_) | PriceLaw::Bootstrap(_));
    for (listed, &(first, second, correlation)) in correlations.iter().enumerate() {
        let names = format!("the correlation of {} and {}", specs[first].name, specs[second].name);
        let message = if first == second {
            Some(format!("{names} is 1 and need not be said"))
        } else if constant(first) || constant(second) {
            Some(format!("{names} has no meaning: one of the two is constant"))
        } else if let Some(asset) = [first, second].into_iter().find(replayed) {
            Some(format!(
                "{names} would do nothing: the closes of {} are those of a series, and only what is drawn between them is \
                 noise; leave it out, or let an asset follow {} by `price.peg.follows`",
                specs[asset].name, specs[asset].name
            ))
        } else if correlations[..listed].iter().any(|&(a, b, _)| (a, b) == (first, second) || (b, a) == (first, second))
        {
            Some(format!("{names} is listed twice"))
        } else {
            None
        };
        if let Some(message) = message {
            let place = FaultPlace::Pair { first, second, listed: Some(listed) };
            faults.push(MarketFault { place, message });
        }
        base[[first, second]] = correlation;
        base[[second, first]] = correlation;
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    if let Err(pair) = Mixing::factor(&base) {
        let (first, second) = (pair.first, pair.second);
        let same = |&(a, b, _): &(usize, usize, f64)| (a, b) == (first, second) || (b, a) == (first, second);
        let message = format!(
            "the correlation {} of {} and {} is impossible beside the others, which leave {:.3} to {:.3} (the matrix \
             is not positive semi-definite)",
            base[[first, second]],
            specs[first].name,
            specs[second].name,
            pair.least,
            pair.greatest
        );
        let place = FaultPlace::Pair { first, second, listed: correlations.iter().position(same) };
        return Err(vec![MarketFault { place, message }]);
    }
    shocked_mixing(&base, constant, shocks, grid)
}

/// The factors of (1 - w) C + w E, with w the share of a block that a shock covers.
fn shocked_mixing(
    base: &Array2<f64>,
    constant: impl Fn(usize) -> bool,
    shocks: &[ResolvedShock],
    grid: &Grid,
) -> Result<Steps<Mixing>, Vec<MarketFault>> {
    let mut faults = Vec::new();
    let mut blends: Vec<(Window, Array2<f64>)> = Vec::new();
    for (number, shock) in shocks.iter().enumerate() {
        if let ResolvedShock::Correlation { to, .. } = *shock {
            let even = Array2::from_shape_fn(base.dim(), |(i, j)| match i == j {
                true => 1.0,
                false if constant(i) || constant(j) => 0.0,
                false => to,
            });
            if Mixing::factor(&even).is_ok() {
                blends.push((shock.window(grid), even));
            } else {
                let count = (0..base.nrows()).filter(|asset| !constant(*asset)).count();
                let least = -1.0 / (count as f64 - 1.0);
                let message = format!("{count} assets cannot all have the correlation {to}; {least:.3} is the least");
                faults.push(MarketFault { place: FaultPlace::Shock(number), message });
            }
        }
    }
    let windows: Vec<Window> = blends.iter().map(|(window, _)| *window).collect();
    let factors = Steps::over(&windows, |block| {
        let mixed = blends.iter().fold(base.clone(), |matrix, (window, even)| {
            let share = window.share(block);
            matrix * (1.0 - share) + even * share
        });
        Mixing::factor_blend(&mixed)
    });
    if faults.is_empty() { Ok(factors) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{START, every_law, gbm, grid, hours, walk_series};
    use crate::{Bootstrap, Constant, Garch, Historical, Peg};
    use portage_base::units::Instant;

    /// The faults of a market with these laws, each with its place.
    fn faults(
        laws: &[PriceLaw],
        correlations: &[(usize, usize, f64)],
        shocks: &[ResolvedShock],
    ) -> Vec<(FaultPlace, String)> {
        let spec = |(number, law): (usize, &PriceLaw)| {
            AssetSpec::new(["A", "B", "C"][number], law.clone(), Some(walk_series()))
        };
        let market = Market::new(laws.iter().enumerate().map(spec).collect(), correlations, shocks, grid(60.0, 600));
        market.err().unwrap_or_default().into_iter().map(|fault| (fault.place, fault.message)).collect()
    }

    #[test]
    fn a_matrix_that_is_not_positive_semi_definite_names_the_pair() {
        let laws = [gbm(1.0, 0.0), gbm(1.0, 0.0), gbm(1.0, 0.0)];
        let found = faults(&laws, &[(0, 1, 0.9), (0, 2, 0.9), (2, 1, -0.9)], &[]);
        assert_eq!(found[0].0, FaultPlace::Pair { first: 1, second: 2, listed: Some(2) });
        assert!(found[0].1.contains("B and C") && found[0].1.contains("0.620 to 1.000"), "{}", found[0].1);
        let found = faults(&laws, &[(0, 1, 0.9), (0, 2, 0.9)], &[]);
        assert_eq!(found[0].0, FaultPlace::Pair { first: 1, second: 2, listed: None });
        assert!(faults(&laws, &[(0, 1, 1.0), (0, 2, 1.0), (1, 2, 1.0)], &[]).is_empty());
    }

    #[test]
    fn pairs_without_meaning_are_refused() {
        let laws = [gbm(1.0, 0.0), gbm(1.0, 0.0), PriceLaw::Constant(Constant { usd: 1.0 })];
        let found = faults(&laws, &[(0, 1, 0.1), (1, 0, 0.1), (0, 2, 0.1), (1, 1, 1.0)], &[]);
        let messages: Vec<&str> = found.iter().map(|(_, message)| message.as_str()).collect();
        assert_eq!(found.len(), 3, "{messages:?}");
        assert!(messages[0].contains("twice") && messages[1].contains("constant") && messages[2].contains("need not"));
    }

    #[test]
    fn a_series_says_what_it_covers() {
        let from: Option<Instant> = "2021-01-23T20:00".parse().ok();
        let found = faults(&[PriceLaw::Historical(Historical { series: "walk".into(), from })], &[], &[]);
        assert_eq!(found[0].0, FaultPlace::Asset(0));
        assert!(found[0].1.contains("covers 2020-12-30 to 2021-01-23T23:00:00Z,"), "{}", found[0].1);
        assert!(found[0].1.contains("needs 2021-01-23T20:00:00Z to 2021-01-24T06:00:00Z"), "{}", found[0].1);
        let law = PriceLaw::Bootstrap(Bootstrap {
            series: "x".into(),
            initial_usd: None,
            mean_block: hours(1.0),
            drift: 0.0,
        });
        let absent = Market::new(vec![AssetSpec::new("A", law, None)], &[], &[], grid(60.0, 600));
        assert!(absent.err().is_some_and(|faults| faults[0].message.contains("no series named x")));
    }

    #[test]
    fn contradictions_are_all_found_at_once() {
        let garch =
            Garch { initial_usd: 1.0, volatility: 1.0, drift: 0.0, alpha: 0.5, beta: 0.5, interval: hours(1.0) };
        let slow = Garch { alpha: 0.1, interval: hours(0.01), ..garch.clone() };
        let peg = PriceLaw::Peg(Peg {
            peg_usd: None,
            follows: None,
            volatility: 0.1,
            half_life: hours(0.0),
            depegs_per_year: 0.0,
            depeg_mean: 0.1,
            depeg_sd: 0.1,
            recovery_half_life: hours(1.0),
        });
        let found = faults(&[PriceLaw::Garch(garch), PriceLaw::Garch(slow), peg], &[], &[]);
        let words = ["below 1", "shorter than a block", "half_life must be above zero"];
        assert_eq!(found.len(), 3);
        for (number, word) in words.into_iter().enumerate() {
            assert!(
                found[number].0 == FaultPlace::Asset(number) && found[number].1.contains(word),
                "{}",
                found[number].1
            );
        }
    }

    #[test]
    fn shocks_that_cannot_act_are_refused() {
        let laws = [gbm(1.0, 0.0), gbm(1.0, 0.0), PriceLaw::Constant(Constant { usd: 1.0 })];
        let late = START.plus_seconds(36_000.0);
        let shocks = [
            ResolvedShock::Price { at: late, asset: 0, change: -0.1, over: hours(1.0), recovery_half_life: None },
            ResolvedShock::Volatility { at: START, asset: 2, factor: 2.0, lasting: hours(1.0) },
            ResolvedShock::Correlation { at: START, to: 1.0, lasting: hours(0.0) },
            ResolvedShock::Price { at: START, asset: 2, change: -0.1, over: hours(1.0), recovery_half_life: None },
        ];
        let found = faults(&laws, &[], &shocks);
        let places: Vec<FaultPlace> = found.iter().map(|(place, _)| *place).collect();
        assert_eq!(places, [FaultPlace::Shock(0), FaultPlace::Shock(1), FaultPlace::Shock(2)]);
        let impossible = ResolvedShock::Correlation { at: START, to: -0.6, lasting: hours(1.0) };
        let found = faults(&[gbm(1.0, 0.0), gbm(1.0, 0.0), gbm(1.0, 0.0)], &[], &[impossible]);
        assert!(found[0].0 == FaultPlace::Shock(0) && found[0].1.contains("-0.500 is the least"), "{}", found[0].1);
    }

    #[test]
    fn a_peg_follows_an_asset_that_follows_none() {
        let laws = every_law();
        let following = |name: &str| {
            let peg =
                laws.iter().find_map(|(_, law)| if let PriceLaw::Peg(peg) = law { Some(peg.clone()) } else { None });
            PriceLaw::Peg(Peg { follows: Some(name.into()), ..peg.expect("a peg among the laws") })
        };
        let found = faults(&[following("Z"), following("C"), following("A")], &[], &[]);
        assert!(found[0].1.contains("no such asset") && found[1].1.contains("itself") && found.len() == 3, "{found:?}");
    }

    #[test]
    fn two_assets_of_one_name_are_refused() {
        let spec = AssetSpec::new("A", every_law()[1].1.clone(), None);
        let found = Market::new(vec![spec.clone(), spec], &[], &[], grid(60.0, 10)).err().unwrap_or_default();
        assert!(found.len() == 1 && found[0].place == FaultPlace::Asset(1));
    }
}
