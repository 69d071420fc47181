//! Terms of a pool that change while it is open.

use super::Books;

impl Books {
    /// Lets the protocol take `share` of a pool's fees from now on; what was earned so far is shared out on the old terms.
    pub(crate) fn set_protocol_share(&mut self, venue: usize, share: f64) {
        self.accrue();
        self.settle(venue);
        self.settle_shared_ranges(venue);
        let pool = &mut self.venues[venue];
        // Without a protocol share the growth so far was not marked as taken.
        pool.settled_root_k = pool.root_k();
        pool.terms.protocol_share = share;
    }
}
