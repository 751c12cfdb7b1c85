package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"sort"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/aws/smithy-go"
)

const batchRecords = 500

type placedRecord struct{ shard, sequence, flight string }

type scenario struct {
	checks
	settings
	client      *kinesis.Client
	name        *string
	arn         *string
	began       time.Time
	betweenPuts time.Time              // between the two halves
	shards      map[string]types.Shard // as ListShards has them after the split
	ids         []string               // of the shards, ascending
	placed      []placedRecord         // in the order of the puts
	read        map[string][]types.Record
}

func newScenario(settings settings) *scenario {
	s := &scenario{settings: settings, name: aws.String(settings.stream), began: time.Now(), read: map[string][]types.Record{}}
	s.client = s.clientWith(settings.accessKeyID, settings.secretAccessKey)
	return s
}

// The SDK's client, but for a fault of smithy-go that a quick answer brings out over HTTP/1.1 (docs/interop.md): the io.WriterTo of a
// request's body says io.EOF once the answer is there, which net/http takes for a failed write and closes the connection under it.
type plainBodies struct{ client *awshttp.BuildableClient }

func (p plainBodies) Do(request *http.Request) (*http.Response, error) {
	if request.Body != nil && request.Body != http.NoBody {
		request.Body = struct{ io.ReadCloser }{request.Body}
	}
	return p.client.Do(request)
}

func (s *scenario) clientWith(key, secret string) *kinesis.Client {
	return kinesis.New(kinesis.Options{
		BaseEndpoint: aws.String(s.endpoint),
		Region:       s.region,
		Credentials:  credentials.NewStaticCredentialsProvider(key, secret, ""),
		Retryer:      aws.NopRetryer{},
		HTTPClient:   plainBodies{awshttp.NewBuildableClient()},
	})
}

func (s *scenario) expectError(what string, names string, err error) {
	var found smithy.APIError
	if !errors.As(err, &found) {
		s.isTrue(what, false, fmt.Sprintf("expected %s, found %v", names, err))
		return
	}
	s.isTrue(what, strings.Contains(" "+names+" ", " "+found.ErrorCode()+" "), fmt.Sprintf("expected one of %s, found %v", names, err))
	s.isTrue(what+": message", found.ErrorMessage() != "", err)
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		s.equal(what+": status", 400, response.HTTPStatusCode())
		s.isTrue(what+": request id", response.ServiceRequestID() != "", err)
	}
}

func isGone(err error) (bool, error) {
	var notFound *types.ResourceNotFoundException
	if errors.As(err, &notFound) {
		return true, nil
	}
	return false, err
}

func (s *scenario) summary() (*types.StreamDescriptionSummary, error) {
	answer, err := s.client.DescribeStreamSummary(context.TODO(), &kinesis.DescribeStreamSummaryInput{StreamName: s.name})
	if err != nil {
		return nil, err
	}
	return answer.StreamDescriptionSummary, nil
}

func (s *scenario) waitActive() (summary *types.StreamDescriptionSummary, err error) {
	err = waitFor("stream is ACTIVE", func() (bool, error) {
		summary, err = s.summary()
		return err == nil && summary.StreamStatus == types.StreamStatusActive, err
	})
	return summary, err
}

func (s *scenario) list(input kinesis.ListShardsInput) ([]string, *string, error) {
	if input.NextToken == nil {
		input.StreamName = s.name
	}
	answer, err := s.client.ListShards(context.TODO(), &input)
	if err != nil {
		return nil, nil, err
	}
	ids := []string{}
	for _, shard := range answer.Shards {
		ids = append(ids, aws.ToString(shard.ShardId))
	}
	return ids, answer.NextToken, nil
}

func (s *scenario) iterator(input kinesis.GetShardIteratorInput) (*string, error) {
	input.StreamName = s.name
	answer, err := s.client.GetShardIterator(context.TODO(), &input)
	if err != nil {
		return nil, err
	}
	return answer.ShardIterator, nil
}

// All records from there on, and the children of a shard that is closed.
func (s *scenario) readShard(from kinesis.GetShardIteratorInput) ([]types.Record, []types.ChildShard, error) {
	id, records := aws.ToString(from.ShardId), []types.Record{}
	iterator, err := s.iterator(from)
	for deadline := time.Now().Add(patience); err == nil && time.Now().Before(deadline); {
		var answer *kinesis.GetRecordsOutput
		answer, err = s.client.GetRecords(context.TODO(), &kinesis.GetRecordsInput{ShardIterator: iterator, Limit: aws.Int32(10000)})
		if err != nil {
			break
		}
		records = append(records, answer.Records...)
		iterator = answer.NextShardIterator
		s.equal(id+": child shards come with the end of the iterator", iterator == nil, len(answer.ChildShards) > 0)
		behind := aws.ToInt64(answer.MillisBehindLatest)
		if iterator == nil {
			s.equal(id+": MillisBehindLatest at its end", int64(0), behind)
			return records, answer.ChildShards, nil
		}
		if len(answer.Records) == 0 && behind == 0 {
			return records, nil, nil
		}
	}
	if err == nil {
		err = fmt.Errorf("%s is not read after %v", id, patience)
	}
	return nil, nil, err
}

func position(id string, kind types.ShardIteratorType) kinesis.GetShardIteratorInput {
	return kinesis.GetShardIteratorInput{ShardId: aws.String(id), ShardIteratorType: kind}
}

func (s *scenario) beforeTheStream() error {
	_, err := s.summary()
	s.expectError("describe without a stream", "ResourceNotFoundException", err)
	_, err = s.client.PutRecord(context.TODO(), &kinesis.PutRecordInput{StreamName: s.name, Data: []byte("x"), PartitionKey: aws.String("k")})
	s.expectError("put without a stream", "ResourceNotFoundException", err)
	if s.signatures {
		_, err = s.clientWith(s.accessKeyID, "not-the-secret").ListStreams(context.TODO(), &kinesis.ListStreamsInput{})
		s.expectError("wrong secret", "InvalidSignatureException", err)
		_, err = s.clientWith("AKIDOFNOBODY00000000", s.secretAccessKey).ListStreams(context.TODO(), &kinesis.ListStreamsInput{})
		s.expectError("unknown key", "UnrecognizedClientException", err)
	}
	return nil
}

func (s *scenario) create() error {
	input := &kinesis.CreateStreamInput{StreamName: s.name, ShardCount: aws.Int32(2)}
	if _, err := s.client.CreateStream(context.TODO(), input); err != nil {
		return err
	}
	_, err := s.client.CreateStream(context.TODO(), input)
	s.expectError("create twice", "ResourceInUseException", err)
	waiter := kinesis.NewStreamExistsWaiter(s.client, func(o *kinesis.StreamExistsWaiterOptions) {
		o.MinDelay, o.MaxDelay = lookInterval, time.Second
	})
	if err := waiter.Wait(context.TODO(), &kinesis.DescribeStreamInput{StreamName: s.name}, patience); err != nil {
		return err
	}
	summary, err := s.waitActive()
	if err != nil {
		return err
	}
	s.arn = summary.StreamARN
	s.isTrue("ARN", strings.HasPrefix(*s.arn, "arn:aws:kinesis:"+s.region+":") && strings.HasSuffix(*s.arn, ":stream/"+s.stream), *s.arn)
	s.equal("open shards", int32(2), aws.ToInt32(summary.OpenShardCount))
	s.equal("retention", int32(24), aws.ToInt32(summary.RetentionPeriodHours))
	age := time.Since(*summary.StreamCreationTimestamp)
	s.isTrue("time of creation", -patience < age && age < patience, age)
	_, err = s.client.DescribeStreamSummary(context.TODO(), &kinesis.DescribeStreamSummaryInput{StreamARN: s.arn})
	return err
}

func (s *scenario) putFlights(flights []string, shards []types.Shard) error {
	open := map[string]types.Shard{}
	for _, shard := range shards {
		if !isClosed(shard) {
			open[aws.ToString(shard.ShardId)] = shard
		}
	}
	misplaced := 0
	for first := 0; first < len(flights); first += batchRecords {
		batch := flights[first:]
		if len(batch) > batchRecords {
			batch = batch[:batchRecords]
		}
		input := &kinesis.PutRecordsInput{StreamName: s.name}
		for _, flight := range batch {
			input.Records = append(input.Records,
				types.PutRecordsRequestEntry{Data: []byte(flight), PartitionKey: aws.String(originOf(flight))})
		}
		answer, err := s.client.PutRecords(context.TODO(), input)
		if err != nil {
			return err
		}
		if aws.ToInt32(answer.FailedRecordCount) != 0 || len(answer.Records) != len(batch) {
			return fmt.Errorf("expected %d results and no failure, found %d, %d", len(batch), len(answer.Records), aws.ToInt32(answer.FailedRecordCount))
		}
		for i, result := range answer.Records {
			id := aws.ToString(result.ShardId)
			s.placed = append(s.placed, placedRecord{id, aws.ToString(result.SequenceNumber), batch[i]})
			if shard, ok := open[id]; !ok || !holds(shard.HashKeyRange, hashOf(originOf(batch[i]))) {
				misplaced++
			}
		}
	}
	s.equal("records in a shard that is closed or has other hash keys", 0, misplaced)
	return nil
}

func (s *scenario) putThroughASplit() error {
	first, err := s.client.ListShards(context.TODO(), &kinesis.ListShardsInput{StreamName: s.name})
	if err != nil {
		return err
	}
	s.equal("shards", 2, len(first.Shards))
	half := len(s.flights) / 2
	if err := s.putFlights(s.flights[:half], first.Shards); err != nil {
		return err
	}
	// A millisecond that no put is of.
	putUntil := time.Now().Truncate(time.Millisecond).Add(time.Millisecond)
	if err := waitFor("the clock has moved on", func() (bool, error) { return time.Now().After(putUntil), nil }); err != nil {
		return err
	}
	s.betweenPuts = time.Now().Truncate(time.Millisecond)
	later := func() (bool, error) { return time.Now().After(s.betweenPuts.Add(time.Millisecond)), nil }
	if err := waitFor("the clock has moved on", later); err != nil {
		return err
	}
	_, err = s.client.SplitShard(context.TODO(), &kinesis.SplitShardInput{
		StreamName: s.name, ShardToSplit: first.Shards[0].ShardId, NewStartingHashKey: aws.String(powerOfTwo(126).String())})
	if err != nil {
		return err
	}
	summary, err := s.waitActive()
	if err != nil {
		return err
	}
	s.equal("open shards after the split", int32(3), aws.ToInt32(summary.OpenShardCount))
	answer, err := s.client.ListShards(context.TODO(), &kinesis.ListShardsInput{StreamName: s.name})
	if err != nil {
		return err
	}
	s.shards = map[string]types.Shard{}
	for _, shard := range answer.Shards {
		s.shards[*shard.ShardId] = shard
		s.ids = append(s.ids, *shard.ShardId)
	}
	sort.Strings(s.ids)
	return s.putFlights(s.flights[half:], answer.Shards)
}

func (s *scenario) listShards() error {
	if len(s.ids) != 4 {
		return fmt.Errorf("expected 4 shards, found %v", s.ids)
	}
	parent, low, high := s.shards[s.ids[0]], s.shards[s.ids[2]], s.shards[s.ids[3]]
	s.isTrue("the parent alone is closed", isClosed(parent) && !isClosed(low) && !isClosed(high) && !isClosed(s.shards[s.ids[1]]))
	s.equal("parents of the children", []string{s.ids[0], s.ids[0]}, []string{aws.ToString(low.ParentShardId), aws.ToString(high.ParentShardId)})
	s.equal("where the children meet", powerOfTwo(126).String(), aws.ToString(high.HashKeyRange.StartingHashKey))

	for _, filter := range []struct {
		filter   types.ShardFilter
		expected []string
	}{
		{types.ShardFilter{Type: types.ShardFilterTypeAtLatest}, s.ids[1:]},
		{types.ShardFilter{Type: types.ShardFilterTypeAtTrimHorizon}, s.ids[:2]},
		{types.ShardFilter{Type: types.ShardFilterTypeFromTrimHorizon}, s.ids},
		{types.ShardFilter{Type: types.ShardFilterTypeAfterShardId, ShardId: aws.String(s.ids[1])}, s.ids[2:]},
		{types.ShardFilter{Type: types.ShardFilterTypeAtTimestamp, Timestamp: &s.betweenPuts}, s.ids[:2]},
		{types.ShardFilter{Type: types.ShardFilterTypeFromTimestamp, Timestamp: &s.betweenPuts}, s.ids},
	} {
		filter := filter
		found, _, err := s.list(kinesis.ListShardsInput{ShardFilter: &filter.filter})
		if err != nil {
			return err
		}
		sort.Strings(found)
		s.equal(string(filter.filter.Type), filter.expected, found)
	}

	found, token, err := s.list(kinesis.ListShardsInput{MaxResults: aws.Int32(1)})
	_, refused := s.client.ListShards(context.TODO(), &kinesis.ListShardsInput{StreamName: s.name, NextToken: token})
	s.expectError("token and name", "InvalidArgumentException", refused)
	for err == nil && token != nil && len(found) <= len(s.ids) {
		var page []string
		page, token, err = s.list(kinesis.ListShardsInput{MaxResults: aws.Int32(1), NextToken: token})
		found = append(found, page...)
	}
	s.equal("pages of one shard", s.ids, found)
	return err
}

// Parents before children, as their answers name them.
func (s *scenario) readBack() error {
	pending, order := []string{}, []types.Record{}
	for _, id := range s.ids {
		if s.shards[id].ParentShardId == nil {
			pending = append(pending, id)
		}
	}
	for len(pending) > 0 {
		id := pending[0]
		pending = pending[1:]
		records, children, err := s.readShard(position(id, types.ShardIteratorTypeTrimHorizon))
		if err != nil {
			return err
		}
		s.read[id], order = records, append(order, records...)
		s.equal(id+": children at its end", isClosed(s.shards[id]), len(children) > 0)
		for _, child := range children {
			s.equal("ParentShards of a child", []string{id}, child.ParentShards)
			pending = append(pending, aws.ToString(child.ShardId))
		}
	}
	s.equal("shards reached", len(s.ids), len(s.read))
	s.compareFlights(s.flights, order)

	put, now := map[string]string{}, time.Now()
	for _, record := range s.placed {
		put[record.sequence] = record.flight
	}
	for id, records := range s.read {
		last := big.NewInt(0)
		for _, record := range records {
			number, arrival := decimal(*record.SequenceNumber), *record.ApproximateArrivalTimestamp
			if number.Cmp(last) <= 0 || put[*record.SequenceNumber] != string(record.Data) {
				s.isTrue(id+": sequence numbers rise and are those of the puts", false, *record.SequenceNumber)
				break
			}
			if arrival.Before(s.began.Add(-clockSlack)) || arrival.After(now.Add(clockSlack)) {
				s.isTrue(id+": arrival times are within the run", false, arrival)
				break
			}
			last = number
		}
	}
	return nil
}

func (s *scenario) readFromPositions() error {
	parent, other := s.ids[0], s.ids[1]
	records := s.read[other]
	middle := len(records) / 2
	at := position(other, types.ShardIteratorTypeAtSequenceNumber)
	at.StartingSequenceNumber = records[middle].SequenceNumber
	found, _, err := s.readShard(at)
	s.isTrue("AT_SEQUENCE_NUMBER", strings.Join(sequenceNumbers(found), " ") == strings.Join(sequenceNumbers(records[middle:]), " "), len(found), err)
	at.ShardIteratorType = types.ShardIteratorTypeAfterSequenceNumber
	found, _, err = s.readShard(at)
	s.isTrue("AFTER_SEQUENCE_NUMBER", strings.Join(sequenceNumbers(found), " ") == strings.Join(sequenceNumbers(records[middle+1:]), " "), len(found), err)

	later := []string{}
	for _, record := range s.placed[len(s.flights)/2:] {
		if record.shard == other {
			later = append(later, record.sequence)
		}
	}
	sort.Slice(later, func(i, j int) bool { return decimal(later[i]).Cmp(decimal(later[j])) < 0 })
	from := position(other, types.ShardIteratorTypeAtTimestamp)
	from.Timestamp = &s.betweenPuts
	found, _, err = s.readShard(from)
	s.isTrue("AT_TIMESTAMP gives the second half", strings.Join(later, " ") == strings.Join(sequenceNumbers(found), " "),
		fmt.Sprintf("expected %d records, found %d, %v", len(later), len(found), err))
	for _, kind := range []types.ShardIteratorType{types.ShardIteratorTypeAtTimestamp, types.ShardIteratorTypeLatest} {
		from := position(parent, kind)
		if kind == types.ShardIteratorTypeAtTimestamp {
			from.Timestamp = &s.betweenPuts
		}
		found, children, err := s.readShard(from)
		s.isTrue(string(kind)+" in the parent", err == nil && len(found) == 0 && len(children) == 2, len(found), " ", len(children), err)
	}
	found, _, err = s.readShard(position(other, types.ShardIteratorTypeLatest))
	s.isTrue("LATEST", err == nil && len(found) == 0, len(found), err)

	data := make([]byte, 256)
	for i := range data {
		data[i] = byte(i)
	}
	highest := aws.String(new(big.Int).Sub(powerOfTwo(128), big.NewInt(1)).String())
	first, err := s.client.PutRecord(context.TODO(), &kinesis.PutRecordInput{
		StreamName: s.name, Data: data, PartitionKey: aws.String("é€😀"), ExplicitHashKey: highest})
	if err != nil {
		return err
	}
	second, err := s.client.PutRecord(context.TODO(), &kinesis.PutRecordInput{
		StreamName: s.name, Data: []byte("second"), PartitionKey: aws.String("k"), ExplicitHashKey: highest,
		SequenceNumberForOrdering: first.SequenceNumber})
	if err != nil {
		return err
	}
	s.isTrue("the number rises", decimal(*second.SequenceNumber).Cmp(decimal(*first.SequenceNumber)) > 0)
	at.ShardIteratorType, at.StartingSequenceNumber = types.ShardIteratorTypeAtSequenceNumber, first.SequenceNumber
	found, _, err = s.readShard(at)
	s.isTrue("what PutRecord put", len(found) == 2 && bytes.Equal(found[0].Data, data) && *found[0].PartitionKey == "é€😀" &&
		string(found[1].Data) == "second", found, err)
	s.read[other] = append(records, found...)
	return err
}
