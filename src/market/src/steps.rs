//! Quantities that are constant between dated changes: piecewise constant functions of the block number.

/// A window of time in blocks since the start of the run, [from, until).
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub from: f64,
    pub until: f64,
}

impl Window {
    /// The share of block `block` that lies in the window.
    pub fn share(self, block: u64) -> f64 {
        let begin = block as f64;
        (self.until.min(begin + 1.0) - self.from.max(begin)).max(0.0)
    }

    /// The blocks at which the share changes.
    fn changes(self) -> [u64; 4] {
        let (first, last) = (self.from.max(0.0) as u64, self.until.max(0.0) as u64);
        [first, first + 1, last, last + 1]
    }
}

/// A piecewise constant function of the block number, defined from block 0 on.
#[derive(Debug, Clone)]
pub(super) struct Steps<T>(Vec<(u64, T)>);

impl<T> Steps<T> {
    /// The function that calls `value` wherever the share of one of the windows changes.
    pub fn over(windows: &[Window], mut value: impl FnMut(u64) -> T) -> Self {
        let mut firsts: Vec<u64> = windows.iter().flat_map(|window| window.changes()).collect();
        firsts.push(0);
        firsts.sort_unstable();
        firsts.dedup();
        Self(firsts.into_iter().map(|first| (first, value(first))).collect())
    }

    /// The value at `block`, and the first later block at which it changes.
    pub fn at(&self, block: u64) -> (&T, u64) {
        let next = self.0.partition_point(|(first, _)| *first <= block);
        let until = self.0.get(next).map_or(u64::MAX, |(first, _)| *first);
        (&self.0[next - 1].1, until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_a_window_add_up_to_its_length() {
        let window = Window { from: 2.25, until: 6.5 };
        let shares: Vec<f64> = (0..9).map(|block| window.share(block)).collect();
        assert_eq!(shares, [0.0, 0.0, 0.75, 1.0, 1.0, 1.0, 0.5, 0.0, 0.0]);
        let steps = Steps::over(&[window], |block| window.share(block));
        for (block, share) in shares.iter().enumerate() {
            assert_eq!(steps.at(block as u64).0, share);
        }
        assert_eq!(steps.at(4), (&1.0, 6));
        assert_eq!(steps.at(7).1, u64::MAX);
    }
}
