import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executors;

/**
 * Buckets of bucket4j in front of one answer. What to answer comes in the environment; the port is the first line on
 * standard output.
 */
public final class Limiters {
  private static int number(String name) {
    return Integer.parseInt(System.getenv(name));
  }

  private static Bucket bucket() {
    int requests = number("BENCH_REQUESTS");
    int refill = number("BENCH_REFILL");
    Duration period = Duration.ofMillis(number("BENCH_WINDOW_MS"));
    var capacity = Bandwidth.builder().capacity(requests);
    var bandwidth =
        switch (System.getenv("BENCH_KIND")) {
          case "greedy" -> capacity.refillGreedy(refill, period).build();
          case "intervally" -> capacity.refillIntervally(refill, period).build();
          default -> throw new IllegalArgumentException("BENCH_KIND");
        };
    return Bucket.builder().addLimit(bandwidth).build();
  }

  private static void answer(HttpExchange exchange, String name) throws IOException {
    byte[] body = System.getenv("BENCH_" + name + "_BODY").getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(number("BENCH_" + name + "_STATUS"), body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  public static void main(String[] arguments) throws IOException {
    Bucket bucket = bucket();
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 1024);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          String authorization = exchange.getRequestHeaders().getFirst("Authorization");
          if (!System.getenv("BENCH_AUTHORIZATION").equals(authorization)) answer(exchange, "UNAUTHORIZED");
          else answer(exchange, bucket.tryConsume(1) ? "ADMITTED" : "REJECTED");
        });
    server.start();
    System.out.println(server.getAddress().getPort());
  }
}
