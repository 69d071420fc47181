//! The calendar of a model: dated events in blocks.

/// A dated event of the scenario.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Dated {
    /// The migration is announced: awareness begins to spread.
    Announced,
    /// A campaign: this share of the unaware learns of it, and reviews come faster by this factor.
    Campaign {
        /// Share of the unaware.
        informs: f64,
        /// Factor on the rate of reviews.
        review_factor: f64,
    },
    /// The campaign's effect on reviews ends: divide by this factor.
    CampaignEnds {
        /// The factor that it had.
        review_factor: f64,
    },
    /// The new version takes deposits.
    Opens,
    /// The operator moves everything pledged.
    Batch,
    /// Front ends switch their default pool.
    FrontEndSwitch,
    /// The protocol's share of a pool's fees changes.
    ProtocolShare {
        /// The pool.
        venue: usize,
        /// Share of the fee from then on.
        value: f64,
    },
    /// Providers see another hazard that a pool's contracts fail.
    PerceivedHazard {
        /// The pool.
        venue: usize,
        /// Hazard times the share that is lost, per year, from then on.
        loss_per_year: f64,
    },
    /// Aggregators begin to route over the new pools.
    AggregatorsList,
}

/// Dates on the run's clock, in seconds from the start, and events in the order of their blocks.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    /// Whether there is a migration at all.
    pub has_plan: bool,
    /// When the new version takes deposits.
    pub opens: f64,
    /// When pledged positions are moved; until then pledges are taken.
    pub batch: Option<f64>,
    /// When the deadline is.
    pub deadline: Option<f64>,
    /// (block, event), in order.
    pub events: Vec<(u64, Dated)>,
}
