//! Which accounts need to be looked at: those whose price has been crossed, and nobody else.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// An account and how far what is compared with it may fall until it needs to be looked at; the nearest is the greatest.
#[derive(Debug, Clone, Copy)]
struct Trigger {
    key: f64,
    account: u32,
    /// Of the account when it was queued: an older one is void.
    version: u32,
}

impl Ord for Trigger {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.total_cmp(&other.key).then_with(|| other.account.cmp(&self.account))
    }
}

impl PartialOrd for Trigger {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Trigger {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Trigger {}

/// The accounts, or positions, that wait on one side of one market; memory is reserved once, and void triggers are swept out when it is full.
#[derive(Debug, Clone)]
pub(in crate::world) struct Triggers {
    heap: BinaryHeap<Trigger>,
    room: usize,
}

impl Triggers {
    /// Room for `accounts` accounts that wait at the same time.
    pub(in crate::world) fn with_room(accounts: usize) -> Self {
        // Twice as many: a sweep then frees half of it at least.
        let room = 2 * accounts;
        Self { heap: BinaryHeap::with_capacity(room), room }
    }

    /// The account waits until the cover of its market falls below `key`; `versions` tells which triggers are void.
    pub(in crate::world) fn push(&mut self, key: f64, account: usize, versions: impl Fn(usize) -> u32) {
        if self.heap.len() == self.room {
            self.heap.retain(|trigger| versions(trigger.account as usize) == trigger.version);
        }
        self.heap.push(Trigger { key, account: account as u32, version: versions(account) });
    }

    /// Takes out the next account whose trigger lies above `cover`, with the version of its trigger.
    pub(in crate::world) fn pop(&mut self, cover: f64) -> Option<(usize, u32)> {
        if self.heap.peek().is_some_and(|trigger| trigger.key > cover) {
            self.heap.pop().map(|trigger| (trigger.account as usize, trigger.version))
        } else {
            None
        }
    }
}
