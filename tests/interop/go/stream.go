package main

// The parts of the scenario that are about consumers and the stream's settings.

import (
	"bytes"
	"context"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

const (
	consumerName = "go-reader"
	// Safely below the 5 s after which a subscription may be taken over.
	takeover = 4 * time.Second
)

func (s *scenario) subscribe() error {
	input := &kinesis.RegisterStreamConsumerInput{StreamARN: s.arn, ConsumerName: aws.String(consumerName)}
	registered, err := s.client.RegisterStreamConsumer(context.TODO(), input)
	if err != nil {
		return err
	}
	arn := registered.Consumer.ConsumerARN
	s.isTrue("consumer ARN", strings.HasPrefix(*arn, *s.arn+"/consumer/"+consumerName+":"), *arn)
	_, err = s.client.RegisterStreamConsumer(context.TODO(), input)
	s.expectError("register twice", "ResourceInUseException", err)
	describe := &kinesis.DescribeStreamConsumerInput{ConsumerARN: arn}
	err = waitFor("consumer is ACTIVE", func() (bool, error) {
		answer, err := s.client.DescribeStreamConsumer(context.TODO(), describe)
		return err == nil && answer.ConsumerDescription.ConsumerStatus == types.ConsumerStatusActive, err
	})
	if err != nil {
		return err
	}
	listed, err := s.client.ListStreamConsumers(context.TODO(), &kinesis.ListStreamConsumersInput{StreamARN: s.arn})
	s.isTrue("consumers listed", err == nil && len(listed.Consumers) == 1 && *listed.Consumers[0].ConsumerName == consumerName, err)
	for _, id := range s.ids {
		id := id
		s.step("  subscribe to "+id, func() error { return s.subscribeTo(arn, id) })
	}
	if _, err := s.client.DeregisterStreamConsumer(context.TODO(), &kinesis.DeregisterStreamConsumerInput{ConsumerARN: arn}); err != nil {
		return err
	}
	return waitFor("consumer is gone", func() (bool, error) {
		_, err := s.client.DescribeStreamConsumer(context.TODO(), describe)
		return isGone(err)
	})
}

// The next event, or false at the end of the stream, or an error when the context has ended: the SDK does not look at it while it waits.
func next(limited context.Context, stream *kinesis.SubscribeToShardEventStream) (types.SubscribeToShardEventStream, bool, error) {
	select {
	case entry, open := <-stream.Events():
		return entry, open, nil
	case <-limited.Done():
		return nil, false, limited.Err()
	}
}

func (s *scenario) subscribeTo(arn *string, id string) error {
	limited, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	input := &kinesis.SubscribeToShardInput{ConsumerARN: arn, ShardId: aws.String(id),
		StartingPosition: &types.StartingPosition{Type: types.ShardIteratorTypeTrimHorizon}}
	subscribed := time.Now()
	answer, err := s.client.SubscribeToShard(limited, input)
	if err != nil {
		return err
	}
	stream := answer.GetStream()
	defer stream.Close()

	closed, expected, records := isClosed(s.shards[id]), s.read[id], []types.Record{}
	var last types.SubscribeToShardEvent
	var caughtUp time.Time
	for {
		entry, open, err := next(limited, stream)
		if err != nil {
			return fmt.Errorf("%w: %d of %d records", err, len(records), len(expected))
		}
		if !open {
			break
		}
		member, ok := entry.(*types.SubscribeToShardEventStreamMemberSubscribeToShardEvent)
		if !ok {
			return fmt.Errorf("unexpected event %T", entry)
		}
		last = member.Value
		records = append(records, last.Records...)
		if closed {
			continue
		}
		s.isTrue(id+": continuation", aws.ToString(last.ContinuationSequenceNumber) != "")
		if !caughtUp.IsZero() {
			break
		}
		if len(records) >= len(expected) && aws.ToInt64(last.MillisBehindLatest) == 0 {
			if time.Since(subscribed) < takeover {
				_, err := s.client.SubscribeToShard(limited, input)
				s.expectError(id+": subscribe again at once", "ResourceInUseException", err)
			}
			caughtUp = time.Now()
		}
	}
	if err := stream.Err(); err != nil {
		return err
	}
	same := len(expected) == len(records)
	for i := 0; same && i < len(records); i++ {
		same = *records[i].SequenceNumber == *expected[i].SequenceNumber && *records[i].PartitionKey == *expected[i].PartitionKey &&
			bytes.Equal(records[i].Data, expected[i].Data)
	}
	s.isTrue(id+": as GetRecords read it", same, fmt.Sprintf("expected %d records, found %d", len(expected), len(records)))
	if closed {
		s.equal(id+": children in the last event", 2, len(last.ChildShards))
		s.equal(id+": no continuation at its end", "", aws.ToString(last.ContinuationSequenceNumber))
	} else if caughtUp.IsZero() {
		return fmt.Errorf("the stream of events ended before it had caught up")
	} else {
		s.isTrue(id+": an event at least every 5 s", time.Since(caughtUp) <= eventInterval, time.Since(caughtUp))
	}
	return nil
}

func (s *scenario) increase(hours int32) error {
	_, err := s.client.IncreaseStreamRetentionPeriod(context.TODO(),
		&kinesis.IncreaseStreamRetentionPeriodInput{StreamName: s.name, RetentionPeriodHours: aws.Int32(hours)})
	return err
}

func (s *scenario) decrease(hours int32) error {
	_, err := s.client.DecreaseStreamRetentionPeriod(context.TODO(),
		&kinesis.DecreaseStreamRetentionPeriodInput{StreamName: s.name, RetentionPeriodHours: aws.Int32(hours)})
	return err
}

func (s *scenario) settingsOfTheStream() error {
	for _, change := range []struct {
		run   func(int32) error
		hours int32
	}{{s.increase, 24}, {s.increase, 48}, {s.increase, 48}, {s.decrease, 24}, {s.decrease, 24}} {
		if err := change.run(change.hours); err != nil {
			return err
		}
		summary, err := s.waitActive()
		if err != nil {
			return err
		}
		s.equal("retention", change.hours, aws.ToInt32(summary.RetentionPeriodHours))
	}
	s.expectError("increase to less", "InvalidArgumentException", s.increase(23))

	tags := map[string]string{"team": "data", "note": "a b=c"}
	if _, err := s.client.AddTagsToStream(context.TODO(), &kinesis.AddTagsToStreamInput{StreamName: s.name, Tags: tags}); err != nil {
		return err
	}
	listed := func() map[string]string {
		found := map[string]string{}
		answer, err := s.client.ListTagsForStream(context.TODO(), &kinesis.ListTagsForStreamInput{StreamName: s.name})
		s.isTrue("ListTagsForStream", err == nil, err)
		if err == nil {
			for _, tag := range answer.Tags {
				found[*tag.Key] = aws.ToString(tag.Value)
			}
		}
		return found
	}
	s.equal("tags", tags, listed())
	_, err := s.client.RemoveTagsFromStream(context.TODO(), &kinesis.RemoveTagsFromStreamInput{StreamName: s.name, TagKeys: []string{"note"}})
	if err != nil {
		return err
	}
	s.equal("tags after removal", map[string]string{"team": "data"}, listed())

	answer, err := s.client.UpdateShardCount(context.TODO(), &kinesis.UpdateShardCountInput{
		StreamName: s.name, TargetShardCount: aws.Int32(4), ScalingType: types.ScalingTypeUniformScaling})
	if err != nil {
		return err
	}
	s.equal("UpdateShardCount", []int32{3, 4}, []int32{aws.ToInt32(answer.CurrentShardCount), aws.ToInt32(answer.TargetShardCount)})
	summary, err := s.waitActive()
	if err != nil {
		return err
	}
	s.equal("open shards after UpdateShardCount", int32(4), aws.ToInt32(summary.OpenShardCount))
	limits, err := s.client.DescribeLimits(context.TODO(), &kinesis.DescribeLimitsInput{})
	s.isTrue("DescribeLimits", err == nil && aws.ToInt32(limits.OpenShardCount) == 4 && aws.ToInt32(limits.ShardLimit) >= 4, err)
	return nil
}

func (s *scenario) wrongRequests() error {
	const invalid = "ValidationException InvalidArgumentException"
	put := func(key, hashKey string, data []byte) error {
		input := &kinesis.PutRecordInput{StreamName: s.name, Data: data, PartitionKey: aws.String(key)}
		if hashKey != "" {
			input.ExplicitHashKey = aws.String(hashKey)
		}
		_, err := s.client.PutRecord(context.TODO(), input)
		return err
	}
	s.expectError("hash key that is no number", invalid, put("k", "abc", []byte("x")))
	s.expectError("hash key too high", "InvalidArgumentException", put("k", powerOfTwo(128).String(), []byte("x")))
	s.expectError("partition key too long", "ValidationException", put(strings.Repeat("k", 257), "", []byte("x")))
	s.expectError("record too large", invalid, put("k", "", make([]byte, 1<<20+1)))
	_, err := s.iterator(position("shardId-000000000099", types.ShardIteratorTypeLatest))
	s.expectError("unknown shard", "ResourceNotFoundException", err)
	_, err = s.iterator(position(s.ids[1], "SOMEWHERE"))
	s.expectError("iterator type that is none", "ValidationException", err)
	_, err = s.client.GetRecords(context.TODO(), &kinesis.GetRecordsInput{ShardIterator: aws.String("no-iterator")})
	s.expectError("broken iterator", "InvalidArgumentException", err)
	_, err = s.client.SplitShard(context.TODO(), &kinesis.SplitShardInput{
		StreamName: s.name, ShardToSplit: aws.String(s.ids[0]), NewStartingHashKey: aws.String(new(big.Int).Rsh(powerOfTwo(126), 1).String())})
	s.expectError("split of a closed shard", "InvalidArgumentException ResourceInUseException", err)
	return nil
}

func (s *scenario) deleteStream() error {
	_, err := s.client.RegisterStreamConsumer(context.TODO(),
		&kinesis.RegisterStreamConsumerInput{StreamARN: s.arn, ConsumerName: aws.String("left-behind")})
	if err != nil {
		return err
	}
	_, err = s.client.DeleteStream(context.TODO(), &kinesis.DeleteStreamInput{StreamName: s.name})
	s.expectError("delete with a consumer", "ResourceInUseException", err)
	_, err = s.client.DeleteStream(context.TODO(), &kinesis.DeleteStreamInput{StreamName: s.name, EnforceConsumerDeletion: aws.Bool(true)})
	if err != nil {
		return err
	}
	return waitFor("stream is gone", func() (bool, error) {
		_, err := s.summary()
		return isGone(err)
	})
}
