//! Prints what a limiter of 5 a second decides, under a clock of its own, on requests that come after these silences
//! (BENCH_GAPS_MS): for traces.json.

use governor::clock::FakeRelativeClock;
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use std::time::Duration;

fn main() {
    for (name, burst) in [("governor", 5), ("governor without a burst", 1)] {
        let clock = FakeRelativeClock::default();
        let quota = Quota::per_second(NonZeroU32::new(5).unwrap()).allow_burst(NonZeroU32::new(burst).unwrap());
        let limiter = RateLimiter::direct_with_clock(quota, clock.clone());
        let gaps = std::env::var("BENCH_GAPS_MS").expect("BENCH_GAPS_MS is not set");
        let decisions: String = gaps
            .split(',')
            .map(|gap| {
                clock.advance(Duration::from_millis(gap.parse().expect("a silence is no number")));
                if limiter.check().is_ok() { '1' } else { '0' }
            })
            .collect();
        println!("{name} {decisions}");
    }
}
