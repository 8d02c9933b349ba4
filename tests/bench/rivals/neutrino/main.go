// A light client from nothing to the tip of one regtest node: headers and filter headers. Prints one JSON object when both are as high
// as asked for. Usage: neutrino HOST:PORT HEIGHT DIRECTORY
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/btcsuite/btcd/chaincfg"
	"github.com/btcsuite/btcwallet/walletdb"
	_ "github.com/btcsuite/btcwallet/walletdb/bdb"
	"github.com/lightninglabs/neutrino"
)

const patience = 5 * time.Minute

func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func residentKB() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return u.Maxrss
}

func start(node, dir string) *neutrino.ChainService {
	db, err := walletdb.Create("bdb", filepath.Join(dir, "neutrino.db"), true, time.Minute)
	if err != nil {
		log.Fatal(err)
	}
	s, err := neutrino.NewChainService(neutrino.Config{
		DataDir:      dir,
		Database:     db,
		ChainParams:  chaincfg.RegressionNetParams,
		ConnectPeers: []string{node},
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := s.Start(context.Background()); err != nil {
		log.Fatal(err)
	}
	return s
}

func main() {
	height, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	began, cpuBefore := time.Now(), cpu()
	s := start(os.Args[1], os.Args[3])
	for {
		_, headers, err := s.BlockHeaders.ChainTip()
		if err != nil {
			log.Fatal(err)
		}
		_, filters, err := s.RegFilterHeaders.ChainTip()
		if err != nil {
			log.Fatal(err)
		}
		if int(headers) >= height && int(filters) >= height {
			break
		}
		if time.Since(began) > patience {
			log.Fatalf("stuck at %d headers, %d filter headers", headers, filters)
		}
		time.Sleep(5 * time.Millisecond)
	}
	fmt.Printf("{\"bench\":\"sync\",\"rival\":\"neutrino\",\"headers\":%d,\"wall_s\":%.3f,\"cpu_s\":%.3f,\"resident_kb\":%d}\n",
		height, time.Since(began).Seconds(), (cpu() - cpuBefore).Seconds(), residentKB())
}
