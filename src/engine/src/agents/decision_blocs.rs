//! Integrators that act together: a few custodians and vaults decide for many.

use super::classes::IntegratorClass;
use portage_base::random::Stream;

/// Draws of integrators: each for itself, or a lump at a time.
#[derive(Debug)]
pub(super) struct DecisionBlocs {
    alone: Stream,
    /// Decision bloc of each integrator, in the order of their ids; empty when each acts for itself.
    of: Vec<u8>,
    first: u32,
    shared: Vec<DecisionBloc>,
}

/// The draw that a lump shares, and for which instant it was made.
#[derive(Debug)]
struct DecisionBloc {
    choices: Stream,
    seconds: f64,
    uniform: f64,
}

impl DecisionBlocs {
    /// Assigns integrators to lumps at random, in a stream of their own.
    pub(super) fn assign(class: Option<&IntegratorClass>, ids: &[u32], address: (u64, u64)) -> Self {
        let (seed, run) = address;
        let count = class.and_then(|class| class.lumps).unwrap_or(0);
        let mut picks = Stream::open(seed, run, "integrators/lumps");
        let of = if count == 0 { &[] } else { ids };
        let choices = |lump: u32| Stream::open(seed, run, &format!("integrators/lump choices/{lump}"));
        Self {
            alone: Stream::open(seed, run, "integrators/choices"),
            of: of.iter().map(|_| (picks.uniform() * f64::from(count)) as u8).collect(),
            first: ids.first().copied().unwrap_or(0),
            shared: (0..count)
                .map(|lump| DecisionBloc { choices: choices(lump), seconds: f64::NAN, uniform: 0.0 })
                .collect(),
        }
    }

    /// The lump of an integrator; `None` when it acts for itself.
    pub(super) fn of(&self, id: u32) -> Option<usize> {
        self.of.get((id - self.first) as usize).map(|&lump| usize::from(lump))
    }

    /// The draw by which an integrator chooses at `seconds`: one for all of its lump.
    pub(super) fn uniform(&mut self, id: u32, seconds: f64) -> f64 {
        let Some(lump) = self.of(id).and_then(|lump| self.shared.get_mut(lump)) else { return self.alone.uniform() };
        if lump.seconds.to_bits() != seconds.to_bits() {
            (lump.seconds, lump.uniform) = (seconds, lump.choices.uniform());
        }
        lump.uniform
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lump_shares_its_draw_and_the_next_date_has_another() {
        let class: IntegratorClass =
            serde_json::from_value(serde_json::json!({"value_share": 0.3, "count": 200, "lumps": 3})).unwrap();
        let ids: Vec<u32> = (10..210).collect();
        let mut lumps = DecisionBlocs::assign(Some(&class), &ids, (1, 0));
        for seconds in [5.0, 6.0] {
            let mut drawn: Vec<f64> = ids.iter().map(|id| lumps.uniform(*id, seconds)).collect();
            drawn.sort_by(f64::total_cmp);
            drawn.dedup();
            // 200 of three lumps: that one stays empty has a probability of 3 (2/3)^200.
            assert_eq!(drawn.len(), 3);
        }
        assert_ne!(lumps.uniform(10, 5.0), lumps.uniform(10, 6.0));
        let mut alone = DecisionBlocs::assign(None, &ids, (1, 0));
        assert_ne!(alone.uniform(10, 5.0), alone.uniform(10, 5.0), "each for itself");
    }
}
