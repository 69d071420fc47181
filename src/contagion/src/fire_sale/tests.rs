//! Forced sales against solutions by hand.

use super::*;
use crate::{DepthMarket, ImpactLaw};

fn market(law: ImpactLaw, depth: f64) -> DepthMarket {
    DepthMarket { prices_usd: vec![10.0], depths: vec![depth], law }
}

fn holder(quantity: f64, due_usd: f64, leverage_max: f64) -> Holder {
    Holder { sellable: vec![quantity], frozen: vec![0.0], other_usd: 0.0, due_usd, leverage_max, is_wound_up: false }
}

#[test]
fn in_a_market_without_end_leverage_is_brought_back_and_nothing_is_lost() {
    // 100 of assets, 80 owed: leverage 5. To come back to 4, 20 is sold: 80 of assets over 20.
    let sale = fire_sale(&[holder(10.0, 80.0, 4.0)], &market(ImpactLaw::Linear, 1e30));
    assert!((sale.slices[0] - 0.2).abs() < 1e-12 && (sale.proceeds_usd[0] - 20.0).abs() < 1e-10);
    assert!(sale.losses_usd[0].abs() < 1e-12 && sale.has_settled);
    let none =
        fire_sale(&[holder(10.0, 80.0, 5.0), holder(10.0, 80.0, f64::INFINITY)], &market(ImpactLaw::Linear, 100.0));
    assert_eq!((none.slices, none.rounds), (vec![0.0, 0.0], 1));
}

#[test]
fn a_linear_market_is_solved_as_by_hand() {
    // The slice t of 10 tokens at 10 USD with depth 200: marginal 10 (1 - t/20), average 10 (1 - t/40). Leverage 4 with 80 owed:
    // 100 (1 - t)(1 - t/20) = 4 (100 (1 - t)(1 - t/20) + 100 t (1 - t/40) - 80), that is 0.05 t^2 + 0.85 t... solved below as a quadratic.
    let sale = fire_sale(&[holder(10.0, 80.0, 4.0)], &market(ImpactLaw::Linear, 200.0));
    // 3 (1 - 1.05 t + 0.05 t^2) + 4 t - 0.1 t^2 = 3.2  =>  0.05 t^2 + 0.85 t - 0.2 = 0.
    let slice = (-0.85 + (0.85_f64 * 0.85 + 4.0 * 0.05 * 0.2).sqrt()) / 0.1;
    assert!((sale.slices[0] - slice).abs() < 1e-10, "{} for {slice}", sale.slices[0]);
    let (kept, sold) = (10.0 * (1.0 - slice), 10.0 * slice);
    assert!((sale.mark_downs_usd[0] - kept * 10.0 * slice / 20.0).abs() < 1e-8);
    assert!((sale.losses_usd[0] - kept * 0.5 * slice - sold * 10.0 * slice / 40.0).abs() < 1e-8);
    assert!((sale.sold[0] - sold).abs() < 1e-9);
}

#[test]
fn overlapping_portfolios_infect_and_the_exponential_law_is_met() {
    // The second holds the same asset, owes little less than its bound allows, and must sell because the first does.
    for law in [ImpactLaw::Linear, ImpactLaw::Exponential] {
        let holders = [holder(10.0, 85.0, 5.0), holder(10.0, 79.0, 5.0), holder(10.0, 0.0, 5.0)];
        let alone = fire_sale(&holders[1..], &market(law, 100.0));
        assert_eq!(alone.slices, [0.0, 0.0]);
        let sale = fire_sale(&holders, &market(law, 100.0));
        assert!(sale.slices[0] > 0.2 && sale.slices[1] > 0.05 && sale.slices[2] == 0.0 && sale.has_settled);
        assert!(sale.losses_usd[2] > 1.0 && sale.proceeds_usd[2] == 0.0);
        for (place, due) in [(0, 85.0), (1, 79.0)] {
            let kept = (1.0 - sale.slices[place]) * 10.0 * sale.marginal_usd[0];
            let equity = kept + sale.proceeds_usd[place] - due;
            assert!((kept / equity - 5.0).abs() < 1e-8, "{law:?}");
        }
        let share = sale.sold[0] / 100.0;
        let marginal = if law == ImpactLaw::Linear { 1.0 - share } else { (-share).exp() };
        assert!((sale.marginal_usd[0] - 10.0 * marginal).abs() < 1e-12);
        // What is received in all is the area under the marginal price.
        let area = if law == ImpactLaw::Linear { share - 0.5 * share * share } else { 1.0 - (-share).exp() };
        assert!((sale.proceeds_usd.iter().sum::<f64>() - 1_000.0 * area).abs() < 1e-9);
    }
}

#[test]
fn whoever_is_under_water_or_wound_up_sells_everything_but_what_is_frozen() {
    let mut frozen = holder(6.0, 120.0, 5.0);
    frozen.frozen = vec![4.0];
    let wound_up = Holder { is_wound_up: true, ..holder(5.0, 0.0, f64::INFINITY) };
    let sale = fire_sale(&[frozen, wound_up], &market(ImpactLaw::Linear, 1_000.0));
    assert_eq!((sale.slices.as_slice(), sale.sold[0]), (&[1.0, 1.0][..], 11.0));
    assert!((sale.mark_downs_usd[0] - 4.0 * 10.0 * 0.011).abs() < 1e-12);
}
