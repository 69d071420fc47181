//! Metrics of the market, of gas, and of the audit of a run.

use super::Closing;
use super::metric::{DEFINITION, metrics, ratio};
use portage_base::units::{DAYS_PER_YEAR, SECONDS_PER_YEAR};

metrics! {
    of_market: Everything, DEFINITION, |closing, read: fn(&Closing<'_>) -> f64| read(closing);
    PRICE_RETURN: Share, Signed, "change of the pair's reference price over the window" => |closing| {
        let opening = closing.recorder.timeline.first().copied().unwrap_or(f64::NAN);
        closing.world.books.pair().price / opening - 1.0
    };
    REALISED_VOLATILITY: PerRootYear, Amount, "volatility of the pair's price between observations" => |closing| {
        let years = closing.recorder.days / DAYS_PER_YEAR;
        ratio(closing.recorder.squared_returns, years).sqrt()
    };
    GAS_PRICE_MEAN_GWEI: Gwei, Amount, "mean gas price over observations" [Gas 87 "Gas price, mean"] if Chain or 0.0 =>
        |closing| closing.recorder.gas_gwei.0 / (closing.recorder.observations.saturating_sub(1)).max(1) as f64;
    GAS_PRICE_SD_GWEI: Gwei, Amount,
        "standard deviation of the gas price over observations"
        [Gas 88 "Gas price, standard deviation"] if Chain or 0.0 => |closing| closing.recorder.gas_price_sd_gwei();
    GAS_PRICE_MAX_GWEI: Gwei, Amount, "highest gas price over observations" if Chain or 0.0 =>
        |closing| closing.recorder.gas_gwei.1;
}

metrics! {
    of_audit: Everything, DEFINITION, |closing, read: fn(&Closing<'_>) -> f64| read(closing);
    IDENTITY_RESIDUAL: ShareOf("opening value"), Part,
        "largest residual of the profit-and-loss identity over all account classes" =>
        |closing| closing.identity_residual();
    LEDGER_RESIDUAL: ShareOf("gross amount"), Part, "largest change of a token's sum over all accounts" =>
        |closing| closing.world.books.token_residual();
    MIRROR_RESIDUAL: ShareOf("amount"), Part,
        "largest difference between what pools hold by their own account and what the ledger says, and between the liquidity of ranges and what is owned of it" =>
        |closing| closing.world.books.mirror_residual();
    WINDOW_YEARS: Of("years"), Amount, "length of the window" =>
        |closing| closing.model.grid.blocks as f64 * closing.model.block_seconds() / SECONDS_PER_YEAR;
}
