// The AWS SDK for Go v2 against Penstock: all flights through a split, read back by GetRecords and by SubscribeToShard. The SDK
// speaks HTTP/1.1 on http:// and HTTP/2 by ALPN on https://.
//
// Started by ../run.py, which says in the environment where the endpoint is; a CA comes through SSL_CERT_FILE.
package main

import (
	"fmt"
	"os"
	"runtime"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func main() {
	s := newScenario(readSettings())
	fmt.Printf("aws-sdk-go-v2 %s, %s\n", aws.SDKVersion, runtime.Version())
	s.step("before the stream", s.beforeTheStream)
	if s.step("create", s.create) && s.step("put through a split", s.putThroughASplit) {
		s.step("list shards", s.listShards)
		if s.step("read back", s.readBack) {
			s.step("read from positions", s.readFromPositions)
			s.step("subscribe", s.subscribe)
		}
		s.step("settings of the stream", s.settingsOfTheStream)
		s.step("wrong requests", s.wrongRequests)
		s.step("delete", s.deleteStream)
	}
	os.Exit(s.end())
}
