//! Metrics of liquidity that moves and of how it is spread over the pools.

use super::Closing;
use super::metric::{DEFINITION, metrics, ratio};
use portage_pools::Role;

metrics! {
    of_migration: Providers, DEFINITION, |closing, read: fn(&Closing<'_>) -> f64| read(closing);
    MIGRATED_VALUE_SHARE: ShareOf("opening value"), Part,
        "opening value of the old version's providers that stands in the new version at the end"
        [Time 9 "Moved at the end, by value"] =>
        |closing| closing.world.books.providers.migrated_value_share();
    MIGRATED_ADDRESS_SHARE: ShareOf("addresses"), Part,
        "old version's providers that stand in the new version at the end, by head"
        [Time 10 "Moved at the end, by address"] =>
        |closing| closing.world.books.providers.migrated_address_share();
    NEVER_MOVED_VALUE_SHARE: ShareOf("opening value"), Part,
        "opening value of the old version's providers that never stood in the new version or a rival and never left the market" => |closing| {
        let providers = &closing.world.books.providers;
        (1.0 - ratio(providers.moved_once_usd, providers.origin_usd)).clamp(0.0, 1.0)
    };
    LEFT_VALUE_SHARE: ShareOf("opening value"), Part,
        "opening value of the old version's providers that has left the market at the end" =>
        |closing| ratio(closing.world.books.providers.left_usd, closing.world.books.providers.origin_usd);
    MOVES: Count("moves"), Amount, "changes of place that were carried out" or 0.0 =>
        |closing| closing.world.books.providers.moves as f64;
    IN_FLIGHT_USD_DAYS: UsdDays, Amount,
        "opening value on its way between pools, over time: exposure outside the market"
        [Exposure 34 "In flight over time"] or 0.0 => |closing| closing.recorder.in_flight_days;
    BACKLOG_MAX: Count("transactions"), Amount, "most migration transactions seen waiting" or 0.0 =>
        |closing| closing.recorder.backlog_max as f64;
    MIGRATION_COST_USD: Usd, Amount,
        "gas and slippage that providers and the operator paid to move, re-centring of ranges apart"
        [Cost 4 "Cost of moving to holders"] or 0.0 => |closing| {
        let paid = closing.world.books.modelled().iter().map(|book| book.statement.gas + book.statement.slippage);
        paid.sum::<f64>() - closing.world.books.recentring_usd
    };
    MIGRATION_GAS_USD: Usd, Amount,
        "gas that providers and the operator paid to move, re-centring included"
        [Gas 85 "Gas of the move, everybody"] if Chain or 0.0 =>
        |closing| closing.world.books.modelled().iter().map(|book| book.statement.gas).sum();
}

metrics! {
    of_timing: Providers, DEFINITION, |closing, read: fn(&Closing<'_>) -> f64| read(closing);
    RETAINED_30D: ShareOf("liquidity"), Amount,
        "opening value of providers in the new version 30 days after the end of its programmes, relative to their end"
        if Programmes => |closing| closing.recorder.retention.kept[0];
    RETAINED_90D: ShareOf("liquidity"), Amount,
        "opening value of providers in the new version 90 days after the end of its programmes, relative to their end"
        if Programmes => |closing| closing.recorder.retention.kept[1];
    DAYS_TO_50_VALUE: Days, Amount,
        "time until 50 % of the opening value had moved; empty when it never did"
        [Time 1 "Until half of the value has moved"] if Migration => |closing| closing.recorder.days_to_value[0];
    DAYS_TO_50_ADDRESS: Days, Amount,
        "time until 50 % of the addresses had moved; empty when they never did" if Migration =>
        |closing| closing.recorder.days_to_address[0];
    DAYS_TO_90_VALUE: Days, Amount,
        "time until 90 % of the opening value had moved; empty when it never did"
        [Time 2 "Until 90 % of the value has moved"] if Migration => |closing| closing.recorder.days_to_value[1];
    DAYS_TO_90_ADDRESS: Days, Amount,
        "time until 90 % of the addresses had moved; empty when they never did" if Migration =>
        |closing| closing.recorder.days_to_address[1];
    DAYS_TO_99_VALUE: Days, Amount,
        "time until 99 % of the opening value had moved; empty when it never did" if Migration =>
        |closing| closing.recorder.days_to_value[2];
    DAYS_TO_99_ADDRESS: Days, Amount,
        "time until 99 % of the addresses had moved; empty when they never did" if Migration =>
        |closing| closing.recorder.days_to_address[2];
}

metrics! {
    of_rivals: Rivals, DEFINITION, |closing, read: fn(&Closing<'_>) -> f64| read(closing);
    RIVAL_VALUE_SHARE: ShareOf("opening value"), Part,
        "opening value of the old version's providers (the new version's where there is no old) that stands in a rival at the end: lost to rivals" =>
        |closing| closing.world.books.providers.rival_value_share();
    RIVAL_LIQUIDITY_USD: Usd, Amount,
        "value of the reserves of rivals at the end, their own included; empty without a rival" =>
        |closing| closing.world.books.value_of_usd(Role::Rival);
}

metrics! {
    of_conversion: Holdings, DEFINITION, |closing, read: fn(&Closing<'_>) -> f64| read(closing);
    CONVERTED_TOKENS: Tokens, Amount,
        "tokens of the old version at the opening whose holders stand in the new version at the end, counted as the old version counts them; empty without holdings" =>
        converted_tokens;
}

/// Migrated opening value in base tokens of the opening, times the old holding's tokens a base token.
fn converted_tokens(closing: &Closing<'_>) -> f64 {
    let old = closing.model.venues.iter().find(|venue| venue.terms.role == Role::Old);
    old.and_then(|venue| venue.pool.holding()).map_or(f64::NAN, |holding| {
        closing.world.books.providers.migrated_usd / closing.recorder.opening_price * holding.units_per_base()
    })
}

metrics! {
    of_fragmentation: Everything, DEFINITION, |closing, read: fn(&Closing<'_>) -> f64| read(closing);
    NEW_LIQUIDITY_SHARE: ShareOf("liquidity"), Part,
        "new version's share of both versions' liquidity at the end" =>
        |closing| ratio(closing.world.books.value_of_usd(Role::New), closing.world.books.total_value_usd());
    NEW_LIQUIDITY_SHARE_MEAN: ShareOf("liquidity"), Part,
        "new version's share of both versions' liquidity, mean over time" =>
        |closing| ratio(closing.recorder.new_share_days, closing.recorder.days);
    HHI_MEAN: Pure, Part,
        "Herfindahl-Hirschman index of liquidity over the pools that migrate, rivals apart, mean over time"
        [Fragmentation 14 "Concentration of liquidity (HHI)"] from "Hirschman 1964" =>
        |closing| ratio(closing.recorder.hhi_days, closing.recorder.liquid_days);
    EFFECTIVE_VENUES_MEAN: Of("pools"), Amount,
        "one over the Herfindahl-Hirschman index over the pools that migrate, mean over time"
        from "Hirschman 1964" =>
        |closing| ratio(closing.recorder.venues_days, closing.recorder.liquid_days);
    FRAGMENTED_DAYS: Days, Amount,
        "time during which the pools of either version held at least 10 % of the liquidity of both"
        [Fragmentation 13 "Time divided between versions"] =>
        |closing| closing.recorder.fragmented_days;
    OUT_OF_RANGE_SHARE: ShareOf("value"), Part,
        "value of ranges that do not hold the price, of all ranges in concentrated pools that migrate, mean over time: out of the market"
        if Ranges from "Adams and others 2021" =>
        |closing| ratio(closing.recorder.idle_days, closing.recorder.ranged_days);
    RECENTRED: Count("moves"), Amount, "ranges that providers moved to the present price" if Ranges or 0.0 =>
        |closing| closing.world.books.recentred as f64;
    RECENTRING_COST_USD: Usd, Amount, "gas and slippage paid to move ranges to the present price" if Ranges or 0.0 =>
        |closing| closing.world.books.recentring_usd;
    LIQUIDITY_END_USD: Usd, Amount, "liquidity in the pools that migrate at the end" =>
        |closing| closing.world.books.total_value_usd();
}
