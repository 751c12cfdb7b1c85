import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ChildShard;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.ListShardsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResultEntry;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.ShardFilter;
import software.amazon.awssdk.services.kinesis.model.ShardFilterType;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.StreamDescriptionSummary;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;
import software.amazon.awssdk.services.kinesis.model.Tag;
import software.amazon.awssdk.services.kinesis.model.UpdateShardCountResponse;

/** The parts of the test, in the order of Main. */
final class Scenario implements AutoCloseable {
  private record Placed(String shardId, String sequence, String flight) {}

  private record Read(List<Record> records, List<ChildShard> children) {}

  private interface PutRecords {
    PutRecordsResponse call(PutRecordsRequest request) throws Exception;
  }

  private static final int BATCH = 500;
  private static final Duration CLOCK_SLACK = Duration.ofSeconds(1);
  private static final List<String> NOT_FOUND = List.of("ResourceNotFoundException");
  private static final List<String> IN_USE = List.of("ResourceInUseException");
  private static final List<String> ARGUMENT = List.of("InvalidArgumentException");
  private static final List<String> VALIDATION = List.of("ValidationException");
  private static final List<String> INVALID = List.of("ValidationException", "InvalidArgumentException");

  final KinesisClient kinesis;
  final KinesisAsyncClient async;
  String streamArn = "";
  final TreeMap<String, Shard> shards = new TreeMap<>(); // as ListShards has them after the split
  final Map<String, List<Record>> read = new HashMap<>(); // by shard id

  private final Settings settings;
  private final Checks checks;
  private final String stream;
  private final Instant began = Instant.now();
  private Instant betweenPuts; // between the two halves
  private final List<Placed> placed = new ArrayList<>(); // in the order of the puts

  Scenario(Settings settings, Checks checks) {
    this.settings = settings;
    this.checks = checks;
    this.stream = settings.stream();
    this.kinesis = client(settings.accessKeyId(), settings.secretAccessKey());
    this.async = KinesisAsyncClient.builder().endpointOverride(settings.endpoint()).region(Region.of(settings.region()))
        .credentialsProvider(credentials(settings.accessKeyId(), settings.secretAccessKey()))
        .overrideConfiguration(override -> override.retryStrategy(DefaultRetryStrategy.doNotRetry())).build();
  }

  @Override
  public void close() {
    kinesis.close();
    async.close();
  }

  private static StaticCredentialsProvider credentials(String key, String secret) {
    return StaticCredentialsProvider.create(AwsBasicCredentials.create(key, secret));
  }

  private KinesisClient client(String key, String secret) {
    return KinesisClient.builder().endpointOverride(settings.endpoint()).region(Region.of(settings.region()))
        .credentialsProvider(credentials(key, secret)).httpClient(UrlConnectionHttpClient.create())
        .overrideConfiguration(override -> override.retryStrategy(DefaultRetryStrategy.doNotRetry())).build();
  }

  static boolean isClosed(Shard shard) {
    return shard.sequenceNumberRange().endingSequenceNumber() != null;
  }

  static List<String> numbers(List<Record> records) {
    return records.stream().map(Record::sequenceNumber).toList();
  }

  private StreamDescriptionSummary summary() {
    return kinesis.describeStreamSummary(request -> request.streamName(stream)).streamDescriptionSummary();
  }

  private StreamDescriptionSummary waitActive() throws Exception {
    Checks.waitFor("stream is ACTIVE", () -> summary().streamStatus() == StreamStatus.ACTIVE);
    return summary();
  }

  private String iterator(String shardId, ShardIteratorType type, Consumer<GetShardIteratorRequest.Builder> more) {
    return kinesis.getShardIterator(request -> {
      request.streamName(stream).shardId(shardId).shardIteratorType(type);
      more.accept(request);
    }).shardIterator();
  }

  /** All records from there on, and the children of a shard that is closed. */
  private Read readShard(String shardId, ShardIteratorType type, Consumer<GetShardIteratorRequest.Builder> more) {
    List<Record> records = new ArrayList<>();
    String next = iterator(shardId, type, more);
    long deadline = System.nanoTime() + Checks.PATIENCE_MS * 1_000_000;
    while (System.nanoTime() < deadline) {
      String current = next;
      GetRecordsResponse answer = kinesis.getRecords(request -> request.shardIterator(current).limit(10_000));
      records.addAll(answer.records());
      next = answer.nextShardIterator();
      checks.equal(shardId + ": child shards come with the end of the iterator", next == null, !answer.childShards().isEmpty());
      if (next == null) {
        checks.equal(shardId + ": MillisBehindLatest at its end", 0L, answer.millisBehindLatest());
        return new Read(records, answer.childShards());
      }
      if (answer.records().isEmpty() && answer.millisBehindLatest() == 0) return new Read(records, List.of());
    }
    throw new IllegalStateException(shardId + " is not read after " + Checks.PATIENCE_MS + " ms");
  }

  private Read readShard(String shardId, ShardIteratorType type) {
    return readShard(shardId, type, request -> {});
  }

  void beforeTheStream() throws Exception {
    checks.error("describe without a stream", NOT_FOUND, this::summary);
    checks.error("put without a stream", NOT_FOUND,
        () -> kinesis.putRecord(put -> put.streamName(stream).partitionKey("k").data(SdkBytes.fromUtf8String("x"))));
    if (!settings.signatures()) return;
    try (KinesisClient wrong = client(settings.accessKeyId(), "not-the-secret");
        KinesisClient unknown = client("AKIDOFNOBODY00000000", settings.secretAccessKey())) {
      checks.error("wrong secret", List.of("InvalidSignatureException"), wrong::listStreams);
      checks.error("unknown key", List.of("UnrecognizedClientException"), unknown::listStreams);
    }
  }

  void create() throws Exception {
    kinesis.createStream(request -> request.streamName(stream).shardCount(2));
    checks.error("create twice", IN_USE, () -> kinesis.createStream(request -> request.streamName(stream).shardCount(2)));
    StreamDescriptionSummary found = waitActive();
    streamArn = found.streamARN();
    checks.isTrue("ARN", streamArn.matches("arn:aws:kinesis:" + settings.region() + ":\\d{12}:stream/" + stream), streamArn);
    checks.equal("open shards", 2, found.openShardCount());
    checks.equal("retention", 24, found.retentionPeriodHours());
    Duration age = Duration.between(found.streamCreationTimestamp(), Instant.now()).abs();
    checks.isTrue("time of creation", age.toMillis() < Checks.PATIENCE_MS, found.streamCreationTimestamp());
    checks.isTrue("stream is listed", kinesis.listStreams().streamNames().contains(stream), "expected " + stream);
    checks.equal("summary by ARN", stream,
        kinesis.describeStreamSummary(request -> request.streamARN(streamArn)).streamDescriptionSummary().streamName());
  }

  private void putFlights(List<String> flights, List<Shard> into, PutRecords put) throws Exception {
    Map<String, Shard> open = new HashMap<>();
    for (Shard shard : into) if (!isClosed(shard)) open.put(shard.shardId(), shard);
    int misplaced = 0;
    for (int first = 0; first < flights.size(); first += BATCH) {
      List<String> batch = flights.subList(first, Math.min(first + BATCH, flights.size()));
      List<PutRecordsRequestEntry> entries = batch.stream().map(flight -> PutRecordsRequestEntry.builder()
          .data(SdkBytes.fromUtf8String(flight)).partitionKey(Settings.originOf(flight)).build()).toList();
      PutRecordsResponse answer = put.call(PutRecordsRequest.builder().streamName(stream).records(entries).build());
      if (answer.failedRecordCount() != 0 || answer.records().size() != batch.size())
        throw new IllegalStateException("expected " + batch.size() + " results and no failure, found " + answer);
      for (int i = 0; i < batch.size(); ++i) {
        PutRecordsResultEntry result = answer.records().get(i);
        placed.add(new Placed(result.shardId(), result.sequenceNumber(), batch.get(i)));
        Shard shard = open.get(result.shardId());
        if (shard == null || !Settings.holds(shard.hashKeyRange(), Settings.originOf(batch.get(i)))) misplaced += 1;
      }
    }
    checks.equal("records in a shard that is closed or has other hash keys", 0, misplaced);
  }

  void putThroughASplit() throws Exception {
    List<Shard> first = kinesis.listShards(request -> request.streamName(stream)).shards();
    checks.equal("shards", 2, first.size());
    List<String> flights = settings.flights();
    int half = flights.size() / 2;
    putFlights(flights.subList(0, half), first, kinesis::putRecords);

    // A millisecond that no put is of.
    Instant putUntil = Instant.now().truncatedTo(ChronoUnit.MILLIS).plusMillis(1);
    Checks.waitFor("the clock has moved on", () -> Instant.now().isAfter(putUntil));
    betweenPuts = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    Checks.waitFor("the clock has moved on", () -> Instant.now().isAfter(betweenPuts.plusMillis(1)));

    String middle = BigInteger.TWO.pow(126).toString();
    kinesis.splitShard(
        request -> request.streamName(stream).shardToSplit(first.get(0).shardId()).newStartingHashKey(middle));
    checks.equal("open shards after the split", 3, waitActive().openShardCount());
    List<Shard> after = kinesis.listShards(request -> request.streamName(stream)).shards();
    for (Shard shard : after) shards.put(shard.shardId(), shard);
    putFlights(flights.subList(half, flights.size()), after, request -> async.putRecords(request).get());
  }

  void listShards() throws Exception {
    List<String> ids = List.copyOf(shards.keySet());
    checks.equal("closed shards", List.of(true, false, false, false), shards.values().stream().map(Scenario::isClosed).toList());
    Shard low = shards.get(ids.get(2));
    Shard high = shards.get(ids.get(3));
    checks.equal("parents of the children", List.of(ids.get(0), ids.get(0)), List.of(low.parentShardId(), high.parentShardId()));
    checks.equal("where the children meet", BigInteger.TWO.pow(126).toString(), high.hashKeyRange().startingHashKey());

    checkFilter(ids.subList(1, 4), ShardFilterType.AT_LATEST, filter -> {});
    checkFilter(ids.subList(0, 2), ShardFilterType.AT_TRIM_HORIZON, filter -> {});
    checkFilter(ids, ShardFilterType.FROM_TRIM_HORIZON, filter -> {});
    checkFilter(ids.subList(2, 4), ShardFilterType.AFTER_SHARD_ID, filter -> filter.shardId(ids.get(1)));
    checkFilter(ids.subList(0, 2), ShardFilterType.AT_TIMESTAMP, filter -> filter.timestamp(betweenPuts));
    checkFilter(ids, ShardFilterType.FROM_TIMESTAMP, filter -> filter.timestamp(betweenPuts));

    List<String> paged = new ArrayList<>();
    ListShardsResponse page = kinesis.listShards(request -> request.streamName(stream).maxResults(1));
    String token = page.nextToken();
    checks.error("token and name", ARGUMENT, () -> kinesis.listShards(request -> request.streamName(stream).nextToken(token)));
    while (true) {
      page.shards().forEach(shard -> paged.add(shard.shardId()));
      String next = page.nextToken();
      if (next == null || paged.size() > ids.size()) break;
      page = kinesis.listShards(request -> request.nextToken(next).maxResults(1));
    }
    checks.equal("pages of one shard", ids, paged);
  }

  private void checkFilter(List<String> expected, ShardFilterType type, Consumer<ShardFilter.Builder> more) {
    ListShardsResponse answer = kinesis.listShards(request -> request.streamName(stream).shardFilter(filter -> {
      filter.type(type);
      more.accept(filter);
    }));
    checks.equal(type.toString(), expected, answer.shards().stream().map(Shard::shardId).sorted().toList());
  }

  /** Parents before children, as their answers name them. */
  void readBack() {
    Deque<String> pending = new ArrayDeque<>();
    for (Shard shard : shards.values()) if (shard.parentShardId() == null) pending.add(shard.shardId());
    List<Record> order = new ArrayList<>();
    while (!pending.isEmpty()) {
      String id = pending.remove();
      Read found = readShard(id, ShardIteratorType.TRIM_HORIZON);
      read.put(id, found.records());
      order.addAll(found.records());
      checks.equal(id + ": children at its end", isClosed(shards.get(id)), !found.children().isEmpty());
      for (ChildShard child : found.children()) {
        checks.equal("ParentShards of a child", List.of(id), child.parentShards());
        checks.equal("HashKeyRange of a child", shards.get(child.shardId()).hashKeyRange(), child.hashKeyRange());
        pending.add(child.shardId());
      }
    }
    checks.equal("shards reached", shards.keySet(), read.keySet());
    checks.compareFlights(settings.flights(), order);

    Map<String, String> put = new HashMap<>();
    for (Placed record : placed) put.put(record.sequence(), record.flight());
    checks.isTrue("each record has the number that its put was given",
        order.stream().allMatch(record -> record.data().asUtf8String().equals(put.get(record.sequenceNumber()))), "");
    read.forEach((id, records) -> {
      List<BigInteger> found = numbers(records).stream().map(BigInteger::new).toList();
      checks.isTrue(id + ": sequence numbers rise", found.stream().sorted().distinct().toList().equals(found), "");
    });
    Instant earliest = began.minus(CLOCK_SLACK);
    Instant latest = Instant.now().plus(CLOCK_SLACK);
    checks.isTrue("arrival times are within the run", order.stream().map(Record::approximateArrivalTimestamp)
        .allMatch(time -> time.isAfter(earliest) && time.isBefore(latest)), order.get(0).approximateArrivalTimestamp());
  }

  void readFromPositions() {
    String parent = shards.firstKey();
    String other = shards.higherKey(parent);
    List<Record> records = read.get(other);
    int middle = records.size() / 2;
    String number = records.get(middle).sequenceNumber();
    Read at = readShard(other, ShardIteratorType.AT_SEQUENCE_NUMBER, request -> request.startingSequenceNumber(number));
    checks.isTrue("AT_SEQUENCE_NUMBER", at.records().equals(records.subList(middle, records.size())), at.records().size());
    Read after = readShard(other, ShardIteratorType.AFTER_SEQUENCE_NUMBER, request -> request.startingSequenceNumber(number));
    checks.isTrue("AFTER_SEQUENCE_NUMBER", after.records().equals(records.subList(middle + 1, records.size())), after.records().size());

    List<String> second = placed.subList(settings.flights().size() / 2, placed.size()).stream()
        .filter(record -> record.shardId().equals(other)).map(Placed::sequence).sorted(Comparator.comparing(BigInteger::new)).toList();
    Read later = readShard(other, ShardIteratorType.AT_TIMESTAMP, request -> request.timestamp(betweenPuts));
    checks.isTrue("AT_TIMESTAMP gives the second half", second.equals(numbers(later.records())),
        "expected " + second.size() + " records, found " + later.records().size());
    Read none = readShard(parent, ShardIteratorType.AT_TIMESTAMP, request -> request.timestamp(betweenPuts));
    checks.equal("AT_TIMESTAMP in the parent", List.of(0, 2), List.of(none.records().size(), none.children().size()));
    Read end = readShard(parent, ShardIteratorType.LATEST);
    checks.equal("LATEST in the parent", List.of(0, 2), List.of(end.records().size(), end.children().size()));
    checks.equal("LATEST", 0, readShard(other, ShardIteratorType.LATEST).records().size());

    byte[] bytes = new byte[256];
    for (int i = 0; i < bytes.length; ++i) bytes[i] = (byte) i;
    PutRecordRequest put = PutRecordRequest.builder().streamName(stream).partitionKey("é€😀").data(SdkBytes.fromByteArray(bytes))
        .explicitHashKey(Settings.HASH_KEY_MAX.toString()).build();
    PutRecordResponse first = kinesis.putRecord(put);
    PutRecordResponse next = kinesis.putRecord(put.toBuilder().data(SdkBytes.fromUtf8String("second")).partitionKey("k")
        .sequenceNumberForOrdering(first.sequenceNumber()).build());
    checks.equal("shard of the highest hash key", List.of(other, other), List.of(first.shardId(), next.shardId()));
    checks.isTrue("the number rises",
        new BigInteger(next.sequenceNumber()).compareTo(new BigInteger(first.sequenceNumber())) > 0, next.sequenceNumber());
    List<Record> found = readShard(other, ShardIteratorType.AT_SEQUENCE_NUMBER,
        request -> request.startingSequenceNumber(first.sequenceNumber())).records();
    checks.equal("keys that PutRecord put", List.of("é€😀", "k"), found.stream().map(Record::partitionKey).toList());
    checks.isTrue("bytes that PutRecord put", !found.isEmpty() && found.get(0).data().equals(put.data()), found);
    List<Record> all = new ArrayList<>(records);
    all.addAll(found);
    read.put(other, all);
  }

  void settingsOfTheStream() throws Exception {
    for (int hours : new int[] {24, 48, 48}) {
      kinesis.increaseStreamRetentionPeriod(request -> request.streamName(stream).retentionPeriodHours(hours));
      checks.equal("retention after increase", hours, waitActive().retentionPeriodHours());
    }
    checks.error("increase to less", ARGUMENT,
        () -> kinesis.increaseStreamRetentionPeriod(request -> request.streamName(stream).retentionPeriodHours(47)));
    for (int hours : new int[] {24, 24}) {
      kinesis.decreaseStreamRetentionPeriod(request -> request.streamName(stream).retentionPeriodHours(hours));
      checks.equal("retention after decrease", hours, waitActive().retentionPeriodHours());
    }

    kinesis.addTagsToStream(request -> request.streamName(stream).tags(Map.of("team", "data", "note", "a b=c")));
    checks.equal("tags", Map.of("team", "data", "note", "a b=c"), tags());
    kinesis.removeTagsFromStream(request -> request.streamName(stream).tagKeys("note"));
    checks.equal("tags after removal", Map.of("team", "data"), tags());

    UpdateShardCountResponse answer = kinesis.updateShardCount(
        request -> request.streamName(stream).targetShardCount(4).scalingType("UNIFORM_SCALING"));
    checks.equal("UpdateShardCount", List.of(3, 4), List.of(answer.currentShardCount(), answer.targetShardCount()));
    checks.equal("open shards after UpdateShardCount", 4, waitActive().openShardCount());
    checks.equal("DescribeLimits", 4, kinesis.describeLimits().openShardCount());
  }

  private Map<String, String> tags() {
    Map<String, String> found = new HashMap<>();
    for (Tag tag : kinesis.listTagsForStream(request -> request.streamName(stream)).tags()) found.put(tag.key(), tag.value());
    return found;
  }

  void wrongRequests() throws Exception {
    PutRecordRequest put =
        PutRecordRequest.builder().streamName(stream).partitionKey("k").data(SdkBytes.fromUtf8String("x")).build();
    String tooHigh = Settings.HASH_KEY_MAX.add(BigInteger.ONE).toString();
    String open = shards.higherKey(shards.firstKey());
    checks.error("hash key that is no number", INVALID, () -> kinesis.putRecord(put.toBuilder().explicitHashKey("abc").build()));
    checks.error("hash key too high", ARGUMENT, () -> kinesis.putRecord(put.toBuilder().explicitHashKey(tooHigh).build()));
    checks.error("partition key too long", VALIDATION,
        () -> kinesis.putRecord(put.toBuilder().partitionKey("k".repeat(257)).build()));
    checks.error("record too large", INVALID,
        () -> kinesis.putRecord(put.toBuilder().data(SdkBytes.fromByteArray(new byte[(1 << 20) + 1])).build()));
    checks.error("no records", VALIDATION, () -> kinesis.putRecords(request -> request.streamName(stream).records(List.of())));
    checks.error("required member that is absent", VALIDATION, () -> kinesis.putRecord(request -> request.streamName(stream)));
    checks.error("unknown shard", NOT_FOUND, () -> iterator("shardId-000000000099", ShardIteratorType.LATEST, request -> {}));
    checks.error("iterator type that is none", VALIDATION,
        () -> kinesis.getShardIterator(request -> request.streamName(stream).shardId(open).shardIteratorType("SOMEWHERE")));
    checks.error("broken iterator", ARGUMENT, () -> kinesis.getRecords(request -> request.shardIterator("no-iterator")));
  }

  void deleteStream() throws Exception {
    kinesis.registerStreamConsumer(request -> request.streamARN(streamArn).consumerName("left-behind"));
    checks.error("delete with a consumer", IN_USE, () -> kinesis.deleteStream(request -> request.streamName(stream)));
    kinesis.deleteStream(request -> request.streamName(stream).enforceConsumerDeletion(true));
    Checks.waitFor("stream is gone", () -> {
      try {
        summary();
        return false;
      } catch (ResourceNotFoundException gone) {
        return true;
      }
    });
  }
}
