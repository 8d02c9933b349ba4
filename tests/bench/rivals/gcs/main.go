// Matching with btcutil's gcs package: the filters and scripts that bench_filter wrote to a file, timed as bench_filter times its own.
// Prints one JSON object for each number of scripts.
package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/btcsuite/btcd/btcutil/gcs"
	"github.com/btcsuite/btcd/btcutil/gcs/builder"
)

const rounds = 10

type keyed struct {
	key    [gcs.KeySize]byte
	filter *gcs.Filter
}

// take cuts a byte string behind a 32-bit length off the front.
func take(b *[]byte) []byte {
	n := binary.LittleEndian.Uint32(*b)
	v := (*b)[4 : 4+n]
	*b = (*b)[4+n:]
	return v
}

func count(b *[]byte) int {
	n := binary.LittleEndian.Uint32(*b)
	*b = (*b)[4:]
	return int(n)
}

func read(path string) ([]keyed, [][]byte) {
	b, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	filters := make([]keyed, count(&b))
	for i := range filters {
		copy(filters[i].key[:], take(&b))
		filters[i].filter, err = gcs.FromNBytes(builder.DefaultP, builder.DefaultM, take(&b))
		if err != nil {
			log.Fatal(err)
		}
	}
	scripts := make([][]byte, count(&b))
	for i := range scripts {
		scripts[i] = take(&b)
	}
	return filters, scripts
}

func measure(filters []keyed, scripts [][]byte) time.Duration {
	var best time.Duration
	for round := 0; round < rounds; round++ {
		start := time.Now()
		for _, f := range filters {
			found, err := f.filter.MatchAny(f.key, scripts)
			if err != nil || found {
				log.Fatal("a match: ", found, err)
			}
		}
		if took := time.Since(start) / time.Duration(len(filters)); round == 0 || took < best {
			best = took
		}
	}
	return best
}

func main() {
	filters, scripts := read(os.Args[1])
	for _, n := range []int{1, 100, 1000} {
		took := measure(filters, scripts[:n])
		fmt.Printf("{\"bench\":\"filter_match\",\"rival\":\"btcutil/gcs\",\"scripts\":%d,\"us_each\":%.2f}\n",
			n, float64(took.Nanoseconds())/1e3)
	}
}
