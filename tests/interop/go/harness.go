package main

// What ../harness.py is for the Python programs: settings, hash keys, and the list of what was not as expected.

import (
	"crypto/md5"
	"fmt"
	"math/big"
	"os"
	"reflect"
	"regexp"
	"sort"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

const (
	// For states that a stream passes through; far beyond what a slow machine needs.
	patience     = 60 * time.Second
	lookInterval = 100 * time.Millisecond
	clockSlack   = time.Second
	// Of a subscription: an event at least every 5 s, and some time for a loaded machine to deliver it.
	eventInterval = 8 * time.Second
)

var originField = regexp.MustCompile(`"origin":"([^"]+)"`)

type settings struct {
	endpoint, region, accessKeyID, secretAccessKey, stream string
	signatures                                             bool
	flights                                                []string
}

func readSettings() settings {
	flights, err := os.ReadFile(os.Getenv("INTEROP_FLIGHTS"))
	if err != nil {
		fmt.Println("INTEROP_FLIGHTS:", err)
		os.Exit(2)
	}
	return settings{
		endpoint:        os.Getenv("INTEROP_ENDPOINT"),
		region:          os.Getenv("INTEROP_REGION"),
		accessKeyID:     os.Getenv("INTEROP_ACCESS_KEY_ID"),
		secretAccessKey: os.Getenv("INTEROP_SECRET_ACCESS_KEY"),
		stream:          os.Getenv("INTEROP_STREAM"),
		signatures:      os.Getenv("INTEROP_SIGNATURES") == "1",
		flights:         strings.Split(strings.TrimSpace(string(flights)), "\n"),
	}
}

func originOf(flight string) string { return originField.FindStringSubmatch(flight)[1] }

func hashOf(partitionKey string) *big.Int {
	digest := md5.Sum([]byte(partitionKey))
	return new(big.Int).SetBytes(digest[:])
}

func powerOfTwo(exponent uint) *big.Int { return new(big.Int).Lsh(big.NewInt(1), exponent) }

func decimal(text string) *big.Int {
	number, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return big.NewInt(-1)
	}
	return number
}

func holds(keys *types.HashKeyRange, hash *big.Int) bool {
	return decimal(aws.ToString(keys.StartingHashKey)).Cmp(hash) <= 0 && hash.Cmp(decimal(aws.ToString(keys.EndingHashKey))) <= 0
}

func isClosed(shard types.Shard) bool { return shard.SequenceNumberRange.EndingSequenceNumber != nil }

// Counts what was checked; what is wrong is printed at once, and the run goes on to find the rest.
type checks struct{ count, wrong int }

func (c *checks) isTrue(what string, condition bool, found ...interface{}) {
	c.count++
	if !condition {
		c.wrong++
		fmt.Printf("WRONG: %s: %v\n", what, fmt.Sprint(found...))
	}
}

func (c *checks) equal(what string, expected, found interface{}) {
	c.isTrue(what, reflect.DeepEqual(expected, found), fmt.Sprintf("expected %v, found %v", expected, found))
}

// Runs one part of the scenario. True if it came to its end: parts that build on it may go on.
func (c *checks) step(name string, run func() error) bool {
	began, wrong := time.Now(), c.wrong
	err := run()
	c.isTrue(name+" came to its end", err == nil, err)
	result := "ok"
	if c.wrong != wrong {
		result = "WRONG"
	}
	fmt.Printf("%s: %s in %.1f s\n", name, result, time.Since(began).Seconds())
	return err == nil
}

func (c *checks) end() int {
	fmt.Printf("%d checks, %d wrong\n", c.count, c.wrong)
	if c.wrong > 0 || c.count == 0 {
		return 1
	}
	return 0
}

// Every flight once, and those of one key in their order.
func (c *checks) compareFlights(flights []string, records []types.Record) {
	c.equal("number of records read", len(flights), len(records))
	expected, found := map[string][]string{}, map[string][]string{}
	for _, flight := range flights {
		expected[originOf(flight)] = append(expected[originOf(flight)], flight)
	}
	for _, record := range records {
		key := aws.ToString(record.PartitionKey)
		found[key] = append(found[key], string(record.Data))
	}
	c.equal("number of partition keys read", len(expected), len(found))
	for key, lines := range expected {
		read := found[key]
		if reflect.DeepEqual(lines, read) {
			continue
		}
		problem := "lost, doubled or changed"
		sort.Strings(lines)
		sort.Strings(read)
		if reflect.DeepEqual(lines, read) {
			problem = "in another order"
		}
		c.isTrue("flights from "+key, false, problem)
		return
	}
	c.isTrue("flights of each key in their order", true)
}

func waitFor(what string, condition func() (bool, error)) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(lookInterval) {
		if done, err := condition(); err != nil || done {
			return err
		}
	}
	return fmt.Errorf("%s: not so after %v", what, patience)
}

func sequenceNumbers(records []types.Record) []string {
	numbers := []string{}
	for _, record := range records {
		numbers = append(numbers, aws.ToString(record.SequenceNumber))
	}
	return numbers
}
