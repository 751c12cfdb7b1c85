import software.amazon.awssdk.core.util.VersionInfo;

/**
 * The AWS SDK for Java 2 against Penstock: all flights through a split, read back by GetRecords and by SubscribeToShard. The
 * synchronous client speaks CBOR over HTTP/1.1; the asynchronous one CBOR over HTTP/2, by ALPN on https:// and by prior knowledge on
 * http://, and puts the second half.
 *
 * <p>Started by ../run.py, which says in the environment where the endpoint is; a CA comes through javax.net.ssl.trustStore.
 */
final class Main {
  public static void main(String[] arguments) throws Exception {
    System.out.println("aws-sdk-java " + VersionInfo.SDK_VERSION + ", Java " + System.getProperty("java.version"));
    Checks checks = new Checks();
    try (Scenario scenario = new Scenario(Settings.read(), checks)) {
      checks.step("before the stream", scenario::beforeTheStream);
      if (checks.step("create", scenario::create) && checks.step("put through a split", scenario::putThroughASplit)) {
        checks.step("list shards", scenario::listShards);
        if (checks.step("read back", scenario::readBack)) {
          checks.step("read from positions", scenario::readFromPositions);
          checks.step("subscribe", () -> new Subscriptions(scenario, checks).run());
        }
        checks.step("settings of the stream", scenario::settingsOfTheStream);
        checks.step("wrong requests", scenario::wrongRequests);
        checks.step("delete", scenario::deleteStream);
      }
    }
    System.exit(checks.end());
  }

  private Main() {}
}
