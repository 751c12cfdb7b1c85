import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.services.kinesis.model.ConsumerStatus;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEvent;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEventStream;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardRequest;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardResponseHandler;

/** A registered consumer and its subscriptions, which must give what GetRecords gave. */
final class Subscriptions {
  private static final String CONSUMER = "java-reader";
  /** An event at least every 5 s, and some time for a loaded machine to deliver it. */
  private static final long EVENT_INTERVAL_MS = 8_000;
  /** Safely below the 5 s after which a subscription may be taken over. */
  private static final long TAKEOVER_MS = 4_000;

  private final Scenario scenario;
  private final Checks checks;

  Subscriptions(Scenario scenario, Checks checks) {
    this.scenario = scenario;
    this.checks = checks;
  }

  void run() throws Exception {
    String arn = scenario.kinesis.registerStreamConsumer(
        request -> request.streamARN(scenario.streamArn).consumerName(CONSUMER)).consumer().consumerARN();
    checks.isTrue("consumer ARN", arn.startsWith(scenario.streamArn + "/consumer/" + CONSUMER + ":"), arn);
    checks.error("register twice", List.of("ResourceInUseException"), () -> scenario.kinesis.registerStreamConsumer(
        request -> request.streamARN(scenario.streamArn).consumerName(CONSUMER)));
    Checks.waitFor("consumer is ACTIVE", () -> scenario.kinesis.describeStreamConsumer(
        request -> request.consumerARN(arn)).consumerDescription().consumerStatus() == ConsumerStatus.ACTIVE);
    checks.equal("consumers listed", 1,
        scenario.kinesis.listStreamConsumers(request -> request.streamARN(scenario.streamArn)).consumers().size());
    for (String id : scenario.shards.keySet()) checks.step("  subscribe to " + id, () -> subscribe(arn, id));
    scenario.kinesis.deregisterStreamConsumer(request -> request.consumerARN(arn));
    Checks.waitFor("consumer is gone", () -> {
      try {
        scenario.kinesis.describeStreamConsumer(request -> request.consumerARN(arn));
        return false;
      } catch (ResourceNotFoundException gone) {
        return true;
      }
    });
  }

  private void subscribe(String arn, String shardId) throws Exception {
    boolean closed = Scenario.isClosed(scenario.shards.get(shardId));
    List<Record> expected = scenario.read.get(shardId);
    Events events = new Events(expected.size(), closed);
    SubscribeToShardRequest request = SubscribeToShardRequest.builder().consumerARN(arn).shardId(shardId)
        .startingPosition(position -> position.type(ShardIteratorType.TRIM_HORIZON)).build();
    CompletableFuture<Void> call = scenario.async.subscribeToShard(request, SubscribeToShardResponseHandler.builder()
        .onError(events::fail).onEventStream(publisher -> publisher.subscribe(events)).build());
    call.exceptionally(error -> {
      events.fail(error);
      return null;
    });
    try {
      if (!closed) secondSubscription(request, events.level.get(Checks.PATIENCE_MS, TimeUnit.MILLISECONDS));
      events.done.get(Checks.PATIENCE_MS, TimeUnit.MILLISECONDS);
    } finally {
      call.cancel(true);
    }

    checks.isTrue(shardId + ": as GetRecords read it", events.records.equals(expected),
        "expected " + expected.size() + " records, found " + events.records.size());
    SubscribeToShardEvent last = events.last.get();
    if (closed) {
      checks.equal(shardId + ": children in the last event", 2, last.childShards().size());
      checks.equal(shardId + ": no continuation at its end", null, last.continuationSequenceNumber());
    } else {
      checks.isTrue(shardId + ": continuation", last.continuationSequenceNumber() != null, last);
      checks.isTrue(shardId + ": an event at least every 5 s", events.waitedMs <= EVENT_INTERVAL_MS, events.waitedMs + " ms");
    }
  }

  /** While the first one is younger than 5 s, another of the same consumer and shard is refused. */
  private void secondSubscription(SubscribeToShardRequest request, long ageMs) throws Exception {
    if (ageMs > TAKEOVER_MS) return; // a slow machine: it may be taken over by now
    checks.error("subscribe again at once", List.of("ResourceInUseException"), () -> {
      SubscribeToShardResponseHandler ignored = SubscribeToShardResponseHandler.builder()
          .onError(error -> {}).subscriber((SubscribeToShardEventStream event) -> {}).build();
      try {
        scenario.async.subscribeToShard(request, ignored).get(Checks.PATIENCE_MS, TimeUnit.MILLISECONDS);
      } catch (ExecutionException error) {
        throw error.getCause() instanceof Exception cause ? cause : error;
      }
    });
  }

  /** Done with the end of a closed shard, or with the event after the one that had caught up. */
  private static final class Events implements Subscriber<SubscribeToShardEventStream> {
    final List<Record> records = new ArrayList<>();
    final AtomicReference<SubscribeToShardEvent> last = new AtomicReference<>();
    /** How old the subscription was when it had caught up, in milliseconds. */
    final CompletableFuture<Long> level = new CompletableFuture<>();
    final CompletableFuture<Void> done = new CompletableFuture<>();
    long waitedMs; // written before `done` is complete, read after

    private final int expected;
    private final boolean closed;
    private final long began = System.nanoTime();
    private Subscription subscription;
    private long caughtUp;

    Events(int expected, boolean closed) {
      this.expected = expected;
      this.closed = closed;
    }

    @Override
    public void onSubscribe(Subscription given) {
      subscription = given;
      subscription.request(1);
    }

    @Override
    public void onNext(SubscribeToShardEventStream entry) {
      if (entry instanceof SubscribeToShardEvent event && !done.isDone()) {
        last.set(event);
        records.addAll(event.records());
        long now = System.nanoTime();
        if (caughtUp != 0) {
          waitedMs = (now - caughtUp) / 1_000_000;
          done.complete(null);
        } else if (!closed && records.size() >= expected && event.millisBehindLatest() == 0) {
          caughtUp = now;
          level.complete((now - began) / 1_000_000);
        }
      }
      subscription.request(1);
    }

    void fail(Throwable error) {
      level.completeExceptionally(error);
      done.completeExceptionally(error);
    }

    @Override
    public void onError(Throwable error) {
      fail(error);
    }

    @Override
    public void onComplete() {
      if (closed) done.complete(null);
      else fail(new IllegalStateException("the stream of events ended before it had caught up"));
    }
  }
}
