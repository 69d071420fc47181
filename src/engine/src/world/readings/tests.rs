//! Feeds and means against plain counting and plain sums.

use super::feed::{Feed, FeedTerms};
use super::mean::{MeanTerms, RollingMean};
use portage_base::random::Stream;

fn terms(deviation: f64, heartbeat_blocks: u64, delay_blocks: u64) -> FeedTerms {
    FeedTerms { deviation, heartbeat_blocks, delay_blocks, down: Vec::new(), bounds_usd: (0.0, f64::INFINITY) }
}

#[test]
fn a_feed_publishes_what_a_path_calls_for_and_when() {
    // 100 USD, and 0.2 USD more in every block: 0.5 % of 100 is passed in block 3 (100.6), 0.5 % of 100.6 (0.503) three blocks on.
    let mut feed = Feed::open(&terms(0.005, 1_000, 2), 100.0);
    let read: Vec<f64> = (0..10_u32)
        .map(|block| {
            feed.step(u64::from(block), 100.0 + 0.2 * f64::from(block));
            feed.usd()
        })
        .collect();
    let expected = [100.0, 100.0, 100.0, 100.0, 100.0, 100.6, 100.6, 100.6, 101.2, 101.2];
    for (read, expected) in read.iter().zip(expected) {
        assert!((read - expected).abs() < 1e-9, "{read} instead of {expected}");
    }
    assert_eq!(feed.updates(), 3);
}

#[test]
fn a_quiet_feed_beats_and_a_feed_that_is_down_does_not() {
    let count = |down: Vec<(u64, u64)>| {
        let mut feed = Feed::open(&FeedTerms { down, ..terms(0.005, 300, 4) }, 100.0);
        (0..3_001).for_each(|block| feed.step(block, 100.0));
        feed.updates()
    };
    assert_eq!(count(Vec::new()), 10);
    // Beats at 300 and at 900 when it is back, 1200, ... 3000.
    assert_eq!(count(vec![(301, 900)]), 1 + 8);
    assert_eq!(count(vec![(200, 400), (600, 601)]), 1 + (3_000 - 400) / 300);
}

#[test]
fn a_feed_that_is_down_keeps_its_value_and_a_bound_holds_it() {
    let mut feed = Feed::open(&FeedTerms { down: vec![(10, 20)], ..terms(0.01, 1_000, 3) }, 100.0);
    let read = |feed: &mut Feed, block: u64| {
        feed.step(block, if block < 9 { 100.0 } else { 50.0 + block as f64 });
        feed.usd()
    };
    let values: Vec<f64> = (0..30).map(|block| read(&mut feed, block)).collect();
    // Called for in block 9, before it went down: arrives in block 12. The next is called for in block 20.
    assert_eq!((values[11], values[12], values[22], values[23]), (100.0, 59.0, 59.0, 70.0));
    let mut bounded = Feed::open(&FeedTerms { bounds_usd: (0.1, f64::INFINITY), ..terms(0.01, 1_000_000, 0) }, 1.0);
    for block in 0..1_000 {
        bounded.step(block, (1.0 - 1e-3 * block as f64).max(1e-6));
    }
    // The last change towards the bound is below the deviation.
    assert!((0.1..0.1011).contains(&bounded.usd()), "{}", bounded.usd());
    let before = bounded.updates();
    (1_000..2_000).for_each(|block| bounded.step(block, 1e-6));
    assert_eq!(bounded.updates(), before, "a price below the bound is published once");
}

#[test]
fn a_feed_of_a_random_walk_publishes_every_d_squared_over_sigma_squared() {
    // Mean exit time of a Brownian motion from (-d, d): d^2/sigma^2. A walk in steps of s overshoots by 0.5826 s at each side (Siegmund),
    // which widens d to d + 0.5826 s; what is left is of the order of (s/d)^2 = 0.25 %. 20,000 exits of relative deviation sqrt(2/3)
    // have a standard error of 0.58 %: three of them and the remainder stay below 2 %, with error probability 0.3 %.
    let (deviation, step) = (0.01_f64, 0.0005);
    let mut feed = Feed::open(&terms(deviation, u64::MAX / 2, 0), 100.0);
    let (mut price, mut stream) = (100.0_f64, Stream::open(1, 0, "walk"));
    let beyond = 0.5826 * step;
    let expected = ((1.0 + deviation).ln() + beyond) * (beyond - (1.0 - deviation).ln()) / (step * step);
    let blocks = (20_000.0 * expected) as u64;
    for block in 1..=blocks {
        // Twelve uniforms less six are near enough to a normal draw: sums of hundreds of them are.
        let draw = (0..12).map(|_| stream.uniform()).sum::<f64>() - 6.0;
        price *= (step * draw).exp();
        price = if feed.usd() > 1e6 || feed.usd() < 1e-2 { 100.0 } else { price };
        feed.step(block, price);
    }
    let found = blocks as f64 / feed.updates() as f64;
    println!("{found} blocks between two updates, {expected} expected");
    assert!((found / expected - 1.0).abs() < 0.02, "{found} against {expected}");
}

#[test]
fn a_rolling_mean_is_the_mean_of_the_last_prices_and_does_not_drift() {
    for blocks in [1_usize, 2, 7, 150] {
        let mut arithmetic = RollingMean::open(MeanTerms::Arithmetic(blocks as u32), 2_000.0);
        let mut geometric = RollingMean::open(MeanTerms::Geometric(blocks as u32), 2_000.0);
        let mut prices = vec![2_000.0; blocks];
        let mut stream = Stream::open(2, 0, "prices");
        for block in 0..20_000 {
            // Prices that differ by ten orders of magnitude come and go; afterwards nothing of them is left.
            let price = if block % 1_000 < 10 { 2e13 * stream.uniform() } else { 2_000.0 * (0.5 + stream.uniform()) };
            let (would_a, would_g) = (arithmetic.with(price), geometric.with(price));
            arithmetic.note(price);
            geometric.note(price);
            prices.push(price);
            let last = &prices[prices.len() - blocks..];
            let mean = last.iter().sum::<f64>() / blocks as f64;
            let logs = (last.iter().map(|price| price.ln()).sum::<f64>() / blocks as f64).exp();
            assert!((arithmetic.value() / mean - 1.0).abs() < 1e-13, "{blocks} blocks, block {block}");
            assert!((geometric.value() / logs - 1.0).abs() < 1e-12, "{blocks} blocks, block {block}");
            assert!(geometric.value() <= arithmetic.value() * (1.0 + 1e-12));
            assert!(
                (would_a / arithmetic.value() - 1.0).abs() < 1e-13 && (would_g / geometric.value() - 1.0).abs() < 1e-12
            );
            let kept = blocks / 2;
            let rest = last[blocks - kept..].iter().sum::<f64>() / blocks as f64;
            let found = arithmetic.remainder((blocks - kept) as u32);
            assert!((found - rest).abs() <= 1e-13 * rest.max(mean), "{found} against {rest}");
        }
    }
}
