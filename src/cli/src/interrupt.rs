//! Ctrl-C: the first one asks the simulation to stop after the runs under way, the second one ends at once.

use super::INTERRUPTED;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Installs the handler; without one (a second call, or a platform that has none) Ctrl-C just ends the program.
pub(super) fn watch() {
    let _without_it_the_default_acts = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(INTERRUPTED));
        }
        let _closed_pipe = writeln!(std::io::stderr(), "stopping after the runs under way; once more to stop at once");
    });
}

/// Whether the user has asked to stop.
pub(super) fn is_asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}
