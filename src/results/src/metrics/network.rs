//! Metrics of the network.

use super::metric::{DEFINITION, Unit, metrics, ratio};
use super::timeline::{Series, entry};
use portage_base::units::SECONDS_PER_DAY;
use portage_contagion::Evaluation;
use portage_engine::world::{Network, Verdict};

/// Where the definitions come from.
const CLEARING: &str = "Rogers and Veraart 2013";
const LINEAR: &str = "Bardoscia, Battiston, Caccioli and Caldarelli 2015";
const ORIGINAL: &str = "Battiston and others 2012";

metrics! {
    of_now: Network, DEFINITION, |closing, read: fn(&Network, &Evaluation) -> f64| {
        let network = closing.world.instruments.network.as_ref();
        network.and_then(|network| Some(read(network, network.now()?))).unwrap_or(f64::NAN)
    };
    NETWORK_EQUITY_USD: Usd, Amount, "equity of all nodes of the network at the opening" =>
        |network, _| network.opening_equity_usd();
    NETWORK_LOSS_USD: Usd, Amount,
        "what nodes have lost since the opening, all of them cleared at the end; a gain is negative"
        [Network 61 "Loss of nodes since the opening"] => |network, _| network.loss_usd();
    NETWORK_OUTSIDE_LOSS_USD: Usd, Amount, "what creditors outside the network would not get at the end" =>
        |_, now| now.unpaid_outside_usd.iter().sum();
    NETWORK_DEFAULTS: Count("nodes"), Amount, "nodes that could not pay at the end" => |_, now| now.defaults() as f64;
    NETWORK_DEFAULTS_MAX: Count("nodes"), Amount, "most nodes that could not pay at one time, no stress supposed" =>
        |network, _| network.defaults_max() as f64;
    NETWORK_SYSTEMIC: Flag, Part,
        "whether losses or defaults reached those of a systemic event, no stress supposed"
        [Network 62 "Systemic event, no stress supposed"] => |network, _| f64::from(u8::from(network.is_systemic()));
    NETWORK_LOCKED_USD: Usd, Amount, "frozen in the estates of nodes that could not pay at the end" =>
        |_, now| now.locked_usd;
    NETWORK_RESIDUAL: ShareOf("equity"), Part,
        "largest difference between what nodes and their creditors lost and what explains it" =>
        |network, _| network.residual();
}

metrics! {
    of_weakest_day: Network, CLEARING, |closing, read: fn(&Verdict) -> f64| {
        closing.world.instruments.network.as_ref().and_then(|network| network.verdict()).map_or(f64::NAN, read)
    };
    NETWORK_WEAKEST_DAY: Days, Amount,
        "when the stress, or without one the loss so far, weighs most through all channels, even those that are off" =>
        |day| day.seconds / SECONDS_PER_DAY;
    NETWORK_WEAKEST_SHARE: ShareOf("equity"), Part, "loss on the weakest day over equity" => |day| day.share;
    NETWORK_INITIAL_LOSS_USD: Usd, Amount,
        "loss on the weakest day without contagion: direct" [Network 64 "Of it directly"] =>
        |day| day.attribution.direct_usd;
    NETWORK_TOTAL_LOSS_USD: Usd, Amount,
        "loss on the weakest day with every channel that is on" [Network 63 "Loss on the weakest day"] =>
        |day| day.attribution.loss_usd;
    NETWORK_AMPLIFICATION: Pure, Amount, "total over initial loss on the weakest day" =>
        |day| ratio(day.attribution.loss_usd, day.attribution.direct_usd);
    NETWORK_PART_COUNTERPARTY_USD: Usd, Amount,
        "of it: claims on nodes in default, channels added in this order"
        [Network 65 "Of it by claims on nodes in default"] => |day| day.attribution.parts_usd[0];
    NETWORK_PART_FIRE_SALE_USD: Usd, Amount,
        "of it: what assets fetch less than their reference price" [Network 66 "Of it by what assets fetch less"] =>
        |day| day.attribution.parts_usd[1];
    NETWORK_PART_ORACLE_USD: Usd, Amount,
        "of it: what oracles cost by wrong readings" [Network 67 "Of it by wrong readings of oracles"] =>
        |day| day.attribution.parts_usd[2];
    NETWORK_PART_LIVENESS_USD: Usd, Amount,
        "of it: what could not pay because it was frozen" [Network 68 "Of it by what is frozen"] =>
        |day| day.attribution.parts_usd[3];
    NETWORK_REMOVED_COUNTERPARTY_USD: Usd, Amount, "by how much the loss is smaller if every debtor pays" =>
        |day| day.attribution.removed_usd[0];
    NETWORK_REMOVED_FIRE_SALE_USD: Usd, Amount, "by how much the loss is smaller at reference prices" =>
        |day| day.attribution.removed_usd[1];
    NETWORK_REMOVED_ORACLE_USD: Usd, Amount, "by how much the loss is smaller if oracles had read true prices" =>
        |day| day.attribution.removed_usd[2];
    NETWORK_REMOVED_LIVENESS_USD: Usd, Amount, "by how much the loss is smaller if nothing is frozen" =>
        |day| day.attribution.removed_usd[3];
    NETWORK_STRESSED_OUTSIDE_LOSS_USD: Usd, Amount,
        "what creditors outside do not get on the weakest day"
        [Network 69 "Missed by creditors outside on that day"] =>
        |day| day.evaluation.unpaid_outside_usd.iter().sum();
    NETWORK_PRICE_IMPACT_USD: Usd, Signed, "assets at reference prices less what they fetch, weakest day" =>
        |day| day.evaluation.price_impact_usd;
    NETWORK_BANKRUPTCY_USD: Usd, Amount, "what bankruptcies cost on the weakest day" =>
        |day| day.evaluation.bankruptcy_usd;
    NETWORK_STRESSED_DEFAULTS: Count("nodes"), Amount,
        "nodes that cannot pay on the weakest day" [Network 70 "Defaults on that day"] =>
        |day| day.evaluation.defaults() as f64;
    NETWORK_CASCADE_DEPTH: Count("rounds"), Amount,
        "rounds of defaults on the weakest day: 1 where none causes another" =>
        |day| f64::from(day.evaluation.depth());
    NETWORK_STRESSED_SYSTEMIC: Flag, Part,
        "whether the weakest day reaches the losses or defaults of a systemic event"
        [Network 71 "Systemic event on that day"] => |day| f64::from(u8::from(day.is_systemic));
    NETWORK_MOST_DANGEROUS: Of("place in the table of nodes"), Amount,
        "the node whose failure distresses the others most, counted from 1 in the order of names" =>
        |day| day.most_dangerous.0 as f64 + 1.0;
    NETWORK_DEBT_RANK: ShareOf("equity"), Part,
        "original DebtRank of the direct loss on the weakest day: distress that it passes on" from ORIGINAL =>
        |day| day.debt_rank.0;
    NETWORK_LINEAR_DEBT_RANK: ShareOf("equity"), Part,
        "linear DebtRank of the direct loss on the weakest day: distress that it passes on" from LINEAR =>
        |day| day.debt_rank.1;
    NETWORK_MOST_DANGEROUS_DEBT_RANK: ShareOf("equity"), Part,
        "linear DebtRank of the most dangerous node" from LINEAR => |day| day.most_dangerous.1;
}

/// What of it is followed over time.
pub(super) const SERIES: [Series; 3] = [
    entry(
        "network_loss_share",
        Unit::ShareOf("equity"),
        "what nodes of the network have lost since the opening, all of them cleared now",
        |scene, _| scene.world.instruments.network.as_ref().map_or(f64::NAN, |network| network.loss_share()),
    ),
    entry(
        "stressed_loss_share",
        Unit::ShareOf("equity"),
        "what the stress of the scenario would cost nodes of the network now, of their equity now",
        |scene, _| scene.world.instruments.network.as_ref().map_or(f64::NAN, |network| network.stressed_share()),
    ),
    entry("network_defaults_now", Unit::Count("nodes"), "nodes of the network that cannot pay now", |scene, _| {
        let now = scene.world.instruments.network.as_ref().and_then(|network| network.now());
        now.map_or(f64::NAN, |now| now.defaults() as f64)
    }),
];
