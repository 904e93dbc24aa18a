// Limiters of Go in front of one answer: the limiter decides on each request with the right key, and nothing else
// happens. What to answer comes in the environment; the port is the first line on standard output.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/go-chi/httprate"
	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
	"github.com/throttled/throttled/v2"
	throttledstore "github.com/throttled/throttled/v2/store/memstore"
	"github.com/ulule/limiter/v3"
	ululestore "github.com/ulule/limiter/v3/drivers/store/memory"
	"golang.org/x/time/rate"
)

const key = "client"

func number(name string) int {
	value, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		log.Fatalf("%s: %v", name, err)
	}
	return value
}

// admits makes the limiter that BENCH_KIND names, of BENCH_REQUESTS and BENCH_WINDOW_MS.
func admits(kind string) func() bool {
	requests := number("BENCH_REQUESTS")
	window := time.Duration(number("BENCH_WINDOW_MS")) * time.Millisecond
	switch kind {
	case "x/time/rate":
		// So many in a window, and as many at once.
		bucket := rate.NewLimiter(rate.Limit(float64(requests)/window.Seconds()), requests)
		return bucket.Allow
	case "throttled":
		store, err := throttledstore.NewCtx(16)
		if err != nil {
			log.Fatal(err)
		}
		quota := throttled.RateQuota{MaxRate: throttled.PerDuration(requests, window), MaxBurst: requests - 1}
		gcra, err := throttled.NewGCRARateLimiterCtx(store, quota)
		if err != nil {
			log.Fatal(err)
		}
		return func() bool {
			limited, _, err := gcra.RateLimitCtx(context.Background(), key, 1)
			return err == nil && !limited
		}
	case "ulule":
		fixed := limiter.New(ululestore.NewStore(), limiter.Rate{Limit: int64(requests), Period: window})
		return func() bool {
			state, err := fixed.Get(context.Background(), key)
			return err == nil && !state.Reached
		}
	case "httprate":
		sliding := httprate.NewRateLimiter(requests, window)
		return func() bool {
			request, _ := http.NewRequest(http.MethodGet, "/", nil)
			return !sliding.OnLimit(discarded{http.Header{}}, request, key)
		}
	case "redis_rate":
		client := redis.NewClient(&redis.Options{Addr: os.Getenv("BENCH_REDIS")})
		gcra := redis_rate.NewLimiter(client)
		limit := redis_rate.Limit{Rate: requests, Burst: requests, Period: window}
		return func() bool {
			result, err := gcra.Allow(context.Background(), key, limit)
			return err == nil && result.Allowed > 0
		}
	}
	log.Fatalf("no limiter %q", kind)
	return nil
}

// discarded is a response that goes nowhere, for a limiter that sets headers on one.
type discarded struct{ header http.Header }

func (d discarded) Header() http.Header             { return d.header }
func (d discarded) Write(bytes []byte) (int, error) { return len(bytes), nil }
func (d discarded) WriteHeader(int)                 {}

func main() {
	admit := admits(os.Getenv("BENCH_KIND"))
	answer := func(response http.ResponseWriter, name string) {
		response.Header().Set("Content-Type", "application/json")
		response.WriteHeader(number("BENCH_" + name + "_STATUS"))
		_, _ = io.WriteString(response, os.Getenv("BENCH_"+name+"_BODY"))
	}
	handler := http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		_, _ = io.Copy(io.Discard, request.Body)
		switch {
		case request.Header.Get("Authorization") != os.Getenv("BENCH_AUTHORIZATION"):
			answer(response, "UNAUTHORIZED")
		case admit():
			answer(response, "ADMITTED")
		default:
			answer(response, "REJECTED")
		}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, handler))
}
