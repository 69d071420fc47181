//! Contagion: clearing of mutual claims, propagation of distress, and fire sales.
