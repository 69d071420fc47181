//! Progress of a simulation: a bar with rate and time left on a terminal, plain lines otherwise.

use super::interrupt;
use super::terminal::Terminal;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use portage::Progress;
use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Time between two plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

pub(super) struct Display {
    bar: Option<ProgressBar>,
    terminal: Terminal,
    total: u64,
    done: AtomicU64,
    begun: Instant,
    said: Mutex<Instant>,
}

impl Display {
    pub(super) fn new(total: u64, terminal: Terminal) -> Self {
        let layout = "{bar:32} {pos}/{len} runs  {rate} a second  {eta} left";
        let bar = (!terminal.is_quiet && std::io::stderr().is_terminal()).then(|| {
            let style = ProgressStyle::with_template(layout).unwrap_or_else(|_| ProgressStyle::default_bar());
            let rate = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                let _written_to_memory = write!(out, "{:.1}", state.per_sec());
            };
            ProgressBar::new(total).with_style(style.with_key("rate", rate))
        });
        let now = Instant::now();
        Self { bar, terminal, total, done: AtomicU64::new(0), begun: now, said: Mutex::new(now) }
    }

    /// Takes the bar off the terminal.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Display {
    fn finished(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(bar) = &self.bar {
            bar.inc(1);
            return;
        }
        // Whoever cannot have the lock at once leaves the line to the one that holds it.
        let Ok(mut said) = self.said.try_lock() else { return };
        if said.elapsed() >= PLAIN_EVERY && done < self.total {
            *said = Instant::now();
            let rate = done as f64 / self.begun.elapsed().as_secs_f64();
            let left = (self.total - done) as f64 / rate;
            self.terminal.say(&format!("{done}/{} runs, {rate:.1} a second, {left:.0} s left", self.total));
        }
    }

    fn is_cancelled(&self) -> bool {
        interrupt::is_asked()
    }
}
