package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-chi/httprate"
	"github.com/throttled/throttled/v2"
	throttledstore "github.com/throttled/throttled/v2/store/memstore"
	"github.com/ulule/limiter/v3"
	ululestore "github.com/ulule/limiter/v3/drivers/store/memory"
	"golang.org/x/time/rate"
)

// TestTraces prints what each limiter of 5 a second decides, under a clock of the test's own, on requests that come after
// these silences (BENCH_GAPS_MS): for traces.json.
func TestTraces(t *testing.T) {
	makers := map[string]func() func() bool{
		"x/time/rate": func() func() bool { return rate.NewLimiter(5, 5).Allow },
		"throttled": func() func() bool {
			store, _ := throttledstore.NewCtx(16)
			gcra, _ := throttled.NewGCRARateLimiterCtx(store, throttled.RateQuota{MaxRate: throttled.PerSec(5), MaxBurst: 4})
			return func() bool {
				limited, _, err := gcra.RateLimitCtx(context.Background(), key, 1)
				return err == nil && !limited
			}
		},
		"ulule": func() func() bool {
			store := ululestore.NewStoreWithOptions(limiter.StoreOptions{Prefix: "x", CleanUpInterval: 0})
			fixed := limiter.New(store, limiter.Rate{Limit: 5, Period: time.Second})
			return func() bool {
				state, err := fixed.Get(context.Background(), key)
				return err == nil && !state.Reached
			}
		},
		"httprate": func() func() bool {
			sliding := httprate.NewRateLimiter(5, time.Second)
			return func() bool {
				request, _ := http.NewRequest(http.MethodGet, "/", nil)
				return !sliding.OnLimit(discarded{http.Header{}}, request, key)
			}
		},
	}
	for name, maker := range makers {
		synctest.Test(t, func(t *testing.T) {
			admit := maker()
			var decisions strings.Builder
			for _, gap := range strings.Split(os.Getenv("BENCH_GAPS_MS"), ",") {
				ms, err := strconv.Atoi(gap)
				if err != nil {
					t.Skip("BENCH_GAPS_MS is not set")
				}
				time.Sleep(time.Duration(ms) * time.Millisecond)
				if admit() {
					decisions.WriteByte('1')
				} else {
					decisions.WriteByte('0')
				}
			}
			fmt.Println(name, decisions.String())
		})
	}
}
