//! Metrics of margined derivative positions.

use super::metric::{DEFINITION, metrics};
use portage_engine::world::{MarginHarm, PairPrice, Positions};

metrics! {
    of_state: Positions, DEFINITION, |closing, read: fn(&Positions, PairPrice) -> f64| {
        let world = closing.world;
        world.instruments.positions.as_ref().map_or(f64::NAN, |positions| read(positions, world.books.pair()))
    };
    POSITIONS_MOVED_SHARE: ShareOf("size"), Part,
        "margined positions that moved whole while they were open, by their size at the opening"
        [Positions 39 "Margined positions that moved whole"] => |positions, _| positions.moved_share();
    POSITIONS_FROZEN_NOTIONAL_USD_DAYS: UsdDays, Amount,
        "value of positions that could not be added to, closed or liquidated, over time"
        [Positions 40 "Frozen positions over time"] => |positions, _| positions.figures().frozen_usd_days;
    POSITIONS_FROZEN_NOTIONAL_MAX_USD: Usd, Amount, "most value of positions frozen at once, at observations" =>
        |positions, _| positions.figures().frozen_max_usd;
    POSITIONS_LIQUIDATED: Count("positions"), Amount, "positions that were liquidated" =>
        |positions, _| f64::from(positions.figures().liquidated);
    POSITIONS_LIQUIDATED_ON_RESUME: Count("positions"), Amount,
        "of them, at the first observation after they had been frozen" =>
        |positions, _| f64::from(positions.figures().liquidated_on_resume);
    POSITIONS_LIQUIDATED_ANYWAY: Count("positions"), Amount,
        "positions that would have been liquidated on the same prices had none ever been frozen" =>
        |positions, _| f64::from(positions.figures().liquidated_anyway);
    POSITIONS_CLOSED: Count("positions"), Amount, "positions that their holders closed when the margin ran low" =>
        |positions, _| f64::from(positions.figures().closed);
    POSITIONS_TOP_UPS: Count("times"), Amount, "times that holders added margin" =>
        |positions, _| f64::from(positions.figures().top_ups);
    POSITIONS_BAD_DEBT_USD: Usd, Amount,
        "what settled positions owed beyond their margin, at closing prices of the quote token: borne by the backstop" =>
        |positions, pair| positions.bad_debt() * pair.quote_usd;
}

metrics! {
    of_harm: Positions, DEFINITION, |closing, read: fn(&MarginHarm, PairPrice) -> f64| {
        let world = closing.world;
        let harm = world.instruments.positions.as_ref().map(|positions| positions.harm(world.books.pair().price));
        harm.map_or(f64::NAN, |harm| read(&harm, world.books.pair()))
    };
    LIQUIDATIONS_CAUSED: Count("positions"), Amount,
        "positions that were liquidated, but would not have been had they never been frozen"
        [Positions 41 "Liquidations that freezing caused"] => |harm, _| f64::from(harm.caused);
    LIQUIDATIONS_FOR_WANT_OF_MARGIN: Count("positions"), Amount,
        "of them, those whose holders would have added margin in time" =>
        |harm, _| f64::from(harm.for_want_of_margin);
    LIQUIDATIONS_SPARED: Count("positions"), Amount,
        "positions that were not liquidated because they were frozen while the price was low, or high for a short one" =>
        |harm, _| f64::from(harm.spared);
    POSITIONS_BAD_DEBT_CAUSED_USD: Usd, Signed,
        "bad debt beyond that without freezing, at closing prices of the quote token"
        [Positions 42 "Bad debt that freezing caused"] => |harm, pair| harm.bad_debt * pair.quote_usd;
    POSITIONS_CAUSED_LOSS_USD: Usd, Signed,
        "what holders got less than had their positions never been frozen, open positions at closing prices; negative where it spared them" =>
        |harm, pair| harm.losses[0] * pair.quote_usd;
}
