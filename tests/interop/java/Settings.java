import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.services.kinesis.model.HashKeyRange;

/** What run.py says in the environment, and how a flight becomes a record. */
record Settings(
    URI endpoint, String region, String accessKeyId, String secretAccessKey, String stream, boolean signatures, List<String> flights) {
  static final BigInteger HASH_KEY_MAX = BigInteger.TWO.pow(128).subtract(BigInteger.ONE);
  private static final Pattern ORIGIN = Pattern.compile("\"origin\":\"([^\"]+)\"");

  static Settings read() throws IOException {
    return new Settings(
        URI.create(variable("INTEROP_ENDPOINT")), variable("INTEROP_REGION"), variable("INTEROP_ACCESS_KEY_ID"),
        variable("INTEROP_SECRET_ACCESS_KEY"), variable("INTEROP_STREAM"), "1".equals(System.getenv("INTEROP_SIGNATURES")),
        Files.readAllLines(Path.of(variable("INTEROP_FLIGHTS"))));
  }

  /** The partition key. Every line of the file has it in this form. */
  static String originOf(String flight) {
    Matcher matcher = ORIGIN.matcher(flight);
    if (!matcher.find()) throw new IllegalArgumentException("no origin in " + flight);
    return matcher.group(1);
  }

  static boolean holds(HashKeyRange range, String partitionKey) {
    try {
      byte[] digest = MessageDigest.getInstance("MD5").digest(partitionKey.getBytes(StandardCharsets.UTF_8));
      BigInteger hash = new BigInteger(1, digest);
      return new BigInteger(range.startingHashKey()).compareTo(hash) <= 0 && hash.compareTo(new BigInteger(range.endingHashKey())) <= 0;
    } catch (NoSuchAlgorithmException error) {
      throw new IllegalStateException(error);
    }
  }

  private static String variable(String name) {
    String value = System.getenv(name);
    if (value == null) throw new IllegalStateException(name + " is not set; start this through run.py");
    return value;
  }
}
