"""Prints what each strategy of 5 a second decides, under a clock of its own, on requests that come after these silences

(BENCH_GAPS_MS): for traces.json.
"""

import os
import time

from limits import RateLimitItemPerSecond, storage, strategies

gaps = [int(gap) for gap in os.environ["BENCH_GAPS_MS"].split(",")]
now_ms = 0.0
time.time = lambda: now_ms / 1000

for name, strategy in strategies.STRATEGIES.items():
    # Off the boundaries by a quarter of a millisecond: seconds as floats do not meet them exactly.
    now_ms = 1_700_000_000_000.25
    limiter = strategy(storage.MemoryStorage())
    item = RateLimitItemPerSecond(5)
    decisions = ""
    for gap in gaps:
        now_ms += gap
        decisions += "1" if limiter.hit(item, "client") else "0"
    print(f"limits {name} {decisions}")
