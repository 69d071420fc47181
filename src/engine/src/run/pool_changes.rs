//! Dated changes of pools, carried out.

use super::simulation::Simulation;

impl Simulation<'_> {
    /// The protocol takes another share of a pool's fees from now on; providers see their yield change from here on too.
    pub(super) fn change_protocol_share(&mut self, venue: usize, share: f64) {
        let before = self.world.books.venues[venue].terms.protocol_share;
        self.world.books.set_protocol_share(venue, share);
        // The board compares fees after the protocol's share, cumulative: fees of the past would otherwise be cut as well.
        let so_far_usd = self.world.books.venues[venue].fees_so_far_usd();
        self.board.venues[venue].fees_seen_usd += so_far_usd * (before - share);
    }
}
