import java.io.IOException;
import java.net.InetAddress;
import org.apache.hadoop.hbase.HBaseConfiguration;
import org.apache.hadoop.hbase.master.HMaster;
import org.apache.hadoop.hbase.thrift.ThriftServer;
import py4j.GatewayServer;

/**
 * Runs parts of a HBase in this process: `server` (ZooKeeper, master and region server), `thrift`, and `gateway`, by
 * which Python calls Java. Where they listen is in hbase-site.xml; the gateway's port and token come from the environment,
 * as a command line is everybody's to read.
 *
 * With `attached` the process ends when its standard input does, so that it never outlives whoever started it.
 */
public final class Processes {
  public static void main(String[] parts) throws Exception {
    for (String part : parts) {
      switch (part) {
        case "attached" -> start("attached", Processes::endWithInput);
        case "server" -> start("server", () -> HMaster.main(new String[] {"start"}));
        case "thrift" -> start("thrift", Processes::runThrift);
        case "gateway" -> openGateway();
        default -> throw new IllegalArgumentException("there is no part " + part);
      }
    }
  }

  private interface Work {
    void run() throws Exception;
  }

  private static void start(String name, Work work) {
    Thread thread = new Thread(() -> {
      try {
        work.run();
      } catch (Exception error) {
        error.printStackTrace();
        Runtime.getRuntime().halt(1);
      }
    }, name);
    thread.setDaemon(name.equals("attached"));
    thread.start();
  }

  private static void endWithInput() throws IOException {
    while (System.in.read() >= 0) {
    }
    Runtime.getRuntime().halt(0);
  }

  private static void runThrift() throws Exception {
    new ThriftServer(HBaseConfiguration.create()).run(new String[] {"start"});
  }

  private static void openGateway() throws IOException {
    new GatewayServer.GatewayServerBuilder()
        .javaPort(Integer.parseInt(System.getenv("FEATURESTORE_GATEWAY_PORT")))
        .javaAddress(InetAddress.getLoopbackAddress())
        .authToken(System.getenv("FEATURESTORE_GATEWAY_TOKEN"))
        .build()
        .start();
  }
}
