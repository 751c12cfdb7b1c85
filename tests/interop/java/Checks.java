import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.services.kinesis.model.Record;

/** Counts what was checked; what is wrong is printed at once, and the run goes on to find the rest. */
final class Checks {
  interface Part {
    void run() throws Exception;
  }

  interface Condition {
    boolean holds() throws Exception;
  }

  /** For states that a stream passes through; far beyond what a slow machine needs. */
  static final long PATIENCE_MS = 60_000;
  private static final long LOOK_INTERVAL_MS = 100;

  private int count = 0;
  private int wrong = 0;

  synchronized void isTrue(String what, boolean condition, Object found) {
    count += 1;
    if (condition) return;
    wrong += 1;
    System.out.println("WRONG: " + what + ": " + found);
  }

  void equal(String what, Object expected, Object found) {
    isTrue(what, Objects.equals(expected, found), "expected " + expected + ", found " + found);
  }

  /** `names`: those of the errors that are allowed. */
  void error(String what, List<String> names, Part call) throws Exception {
    try {
      call.run();
    } catch (AwsServiceException error) {
      String name = String.valueOf(error.awsErrorDetails().errorCode());
      isTrue(what, names.contains(name), "expected " + names + ", found " + name + ": " + error.getMessage());
      equal(what + ": status", 400, error.statusCode());
      isTrue(what + ": message", error.awsErrorDetails().errorMessage() != null, "expected one");
      isTrue(what + ": request ids", error.requestId() != null && error.extendedRequestId() != null, error.getMessage());
      return;
    }
    isTrue(what, false, "expected " + names + ", found none");
  }

  /** Runs one part of the scenario. True if it came to its end: parts that build on it may go on. */
  boolean step(String name, Part part) {
    long began = System.nanoTime();
    int wrongBefore = wrong;
    boolean ended = true;
    try {
      part.run();
    } catch (Exception error) {
      isTrue(name + " came to its end", false, error);
      error.printStackTrace(System.out);
      ended = false;
    }
    System.out.printf("%s: %s in %.1f s%n", name, wrong == wrongBefore ? "ok" : "WRONG", (System.nanoTime() - began) / 1e9);
    return ended;
  }

  int end() {
    System.out.println(count + " checks, " + wrong + " wrong");
    return wrong > 0 || count == 0 ? 1 : 0;
  }

  static void waitFor(String what, Condition condition) throws Exception {
    long deadline = System.nanoTime() + PATIENCE_MS * 1_000_000;
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) throw new IllegalStateException(what + ": not so after " + PATIENCE_MS + " ms");
      Thread.sleep(LOOK_INTERVAL_MS);
    }
  }

  /** Every flight once, and those of one key in their order. */
  void compareFlights(List<String> flights, List<Record> records) {
    equal("number of records read", flights.size(), records.size());
    Map<String, List<String>> expected = new LinkedHashMap<>();
    Map<String, List<String>> found = new LinkedHashMap<>();
    for (String flight : flights) expected.computeIfAbsent(Settings.originOf(flight), key -> new ArrayList<>()).add(flight);
    for (Record record : records)
      found.computeIfAbsent(record.partitionKey(), key -> new ArrayList<>()).add(record.data().asUtf8String());
    equal("partition keys read", expected.keySet(), found.keySet());
    for (Map.Entry<String, List<String>> entry : expected.entrySet()) {
      List<String> read = found.getOrDefault(entry.getKey(), List.of());
      if (entry.getValue().equals(read)) continue;
      boolean again = entry.getValue().stream().sorted().toList().equals(read.stream().sorted().toList());
      isTrue("flights from " + entry.getKey(), false, again ? "in another order" : "lost, doubled or changed");
      return;
    }
    isTrue("flights of each key in their order", true, "");
  }
}
