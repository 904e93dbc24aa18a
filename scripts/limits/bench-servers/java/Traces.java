import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;

/**
 * Prints what buckets of 5 a second decide, under a clock of their own, on requests that come after these silences
 * (BENCH_GAPS_MS): for traces.json.
 */
public final class Traces {
  private static final class Clock implements TimeMeter {
    long nowMs = 1_700_000_000_000L;

    @Override
    public long currentTimeNanos() {
      return nowMs * 1_000_000;
    }

    @Override
    public boolean isWallClockBased() {
      return true;
    }
  }

  private static void trace(String name, Bandwidth bandwidth) {
    Clock clock = new Clock();
    Bucket bucket = Bucket.builder().withCustomTimePrecision(clock).addLimit(bandwidth).build();
    StringBuilder decisions = new StringBuilder();
    for (String gap : System.getenv("BENCH_GAPS_MS").split(",")) {
      clock.nowMs += Long.parseLong(gap);
      decisions.append(bucket.tryConsume(1) ? '1' : '0');
    }
    System.out.println(name + " " + decisions);
  }

  public static void main(String[] arguments) {
    Duration second = Duration.ofSeconds(1);
    trace("bucket4j greedy", Bandwidth.builder().capacity(5).refillGreedy(5, second).build());
    trace("bucket4j greedy 7", Bandwidth.builder().capacity(5).refillGreedy(7, second).build());
    trace("bucket4j intervally", Bandwidth.builder().capacity(5).refillIntervally(2, second).build());
    trace("bucket4j intervally in full", Bandwidth.builder().capacity(5).refillIntervally(5, second).build());
  }
}
