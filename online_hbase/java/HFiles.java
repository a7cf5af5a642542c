import java.io.File;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hbase.HConstants;
import org.apache.hadoop.hbase.KeyValue;
import org.apache.hadoop.hbase.TableName;
import org.apache.hadoop.hbase.client.Admin;
import org.apache.hadoop.hbase.client.ColumnFamilyDescriptor;
import org.apache.hadoop.hbase.client.RegionInfo;
import org.apache.hadoop.hbase.io.hfile.CacheConfig;
import org.apache.hadoop.hbase.io.hfile.HFileContext;
import org.apache.hadoop.hbase.io.hfile.HFileContextBuilder;
import org.apache.hadoop.hbase.regionserver.HStoreFile;
import org.apache.hadoop.hbase.regionserver.StoreFileWriter;
import org.apache.hadoop.hbase.tool.BulkLoadHFiles;
import org.apache.hadoop.hbase.util.Bytes;

/**
 * Makes a HFile of each region's cells and has HBase adopt them (see `bulk_load.py`, which writes the cells).
 *
 * Cells come in files, in the order of the files' names, and in each in blocks of little-endian numbers: how many there
 * are, where each row key ends (and the first begins), the row keys, the qualifiers (16 bytes each), the timestamps, where
 * each value ends, and the values. Rows are in order, and each has one cell.
 */
public final class HFiles {
  private static final int QUALIFIER = 16;

  private final Configuration configuration;
  private final FileSystem files;
  private final Path folder;
  private final byte[] family;
  private final ColumnFamilyDescriptor descriptor;
  private final TableName table;
  private final TreeSet<byte[]> starts = new TreeSet<>(Bytes.BYTES_COMPARATOR);
  private final boolean replacing;
  private StoreFileWriter writer;
  private byte[] end;
  private long written;

  private HFiles(Configuration configuration, Admin admin, String table, byte[] family, String output, boolean replacing)
      throws IOException {
    this.configuration = configuration;
    this.table = TableName.valueOf(table);
    this.family = family;
    this.folder = new Path(new Path(output), Bytes.toString(family));
    this.files = folder.getFileSystem(configuration);
    this.descriptor = admin.getDescriptor(this.table).getColumnFamily(family);
    this.replacing = replacing;
    for (RegionInfo region : admin.getRegions(this.table)) {
      starts.add(region.getStartKey());
    }
  }

  /**
   * Loads the cells of all files in `input`. With `replacing`, each comes with a tombstone over what is older than its
   * timestamp. Returns how many cells there were.
   */
  public static long load(
      Configuration configuration, Admin admin, String table, byte[] family, String input, String output, boolean replacing)
      throws IOException {
    HFiles made = new HFiles(configuration, admin, table, family, output, replacing);
    File[] parts = new File(input).listFiles();
    Arrays.sort(parts);
    for (File part : parts) {
      made.read(part);
    }
    made.endFile();
    if (made.written > 0) {
      BulkLoadHFiles.create(configuration).bulkLoad(made.table, made.folder.getParent());
    }
    made.files.delete(made.folder.getParent(), true);
    return made.written;
  }

  private void read(File part) throws IOException {
    try (FileChannel channel = FileChannel.open(part.toPath(), StandardOpenOption.READ)) {
      long position = 0;
      while (position < channel.size()) {
        long size = Math.min(channel.size() - position, Integer.MAX_VALUE);
        MappedByteBuffer block = channel.map(FileChannel.MapMode.READ_ONLY, position, size);
        block.order(ByteOrder.LITTLE_ENDIAN);
        position += readBlock(block);
      }
    }
  }

  /** Appends the cells of one block; returns its length. */
  private int readBlock(MappedByteBuffer block) throws IOException {
    int count = block.getInt(0);
    int rowEnds = Integer.BYTES;
    int rows = rowEnds + Integer.BYTES * (count + 1);
    int qualifiers = rows + block.getInt(rowEnds + Integer.BYTES * count);
    int timestamps = qualifiers + QUALIFIER * count;
    int valueEnds = timestamps + Long.BYTES * count;
    int values = valueEnds + Integer.BYTES * (count + 1);
    for (int cell = 0; cell < count; cell++) {
      byte[] row = slice(block, rows, rowEnds, cell);
      byte[] qualifier = new byte[QUALIFIER];
      block.get(qualifiers + QUALIFIER * cell, qualifier);
      append(row, qualifier, block.getLong(timestamps + Long.BYTES * cell), slice(block, values, valueEnds, cell));
    }
    return values + block.getInt(valueEnds + Integer.BYTES * count);
  }

  private static byte[] slice(MappedByteBuffer block, int start, int ends, int item) {
    int from = block.getInt(ends + Integer.BYTES * item);
    byte[] taken = new byte[block.getInt(ends + Integer.BYTES * (item + 1)) - from];
    block.get(start + from, taken);
    return taken;
  }

  private void append(byte[] row, byte[] qualifier, long timestamp, byte[] value) throws IOException {
    if (writer == null || (end != null && Bytes.compareTo(row, end) >= 0)) {
      beginFile(row);
    }
    if (replacing && timestamp > 0) {
      writer.append(
          new KeyValue(row, family, HConstants.EMPTY_BYTE_ARRAY, timestamp - 1, KeyValue.Type.DeleteFamily));
    }
    writer.append(new KeyValue(row, family, qualifier, timestamp, value));
    written++;
  }

  private void beginFile(byte[] row) throws IOException {
    endFile();
    end = starts.higher(row);
    HFileContext context =
        new HFileContextBuilder()
            .withCompression(descriptor.getCompressionType())
            .withBlockSize(descriptor.getBlocksize())
            .withDataBlockEncoding(descriptor.getDataBlockEncoding())
            .withHBaseCheckSum(true)
            .withColumnFamily(family)
            .withTableName(table.getName())
            .withCreateTime(System.currentTimeMillis())
            .build();
    writer =
        new StoreFileWriter.Builder(configuration, new CacheConfig(configuration), files)
            .withOutputDir(folder)
            .withBloomType(descriptor.getBloomFilterType())
            .withFileContext(context)
            .build();
  }

  private void endFile() throws IOException {
    if (writer == null) {
      return;
    }
    writer.appendFileInfo(HStoreFile.BULKLOAD_TIME_KEY, Bytes.toBytes(System.currentTimeMillis()));
    writer.appendFileInfo(HStoreFile.MAJOR_COMPACTION_KEY, Bytes.toBytes(!replacing));
    writer.appendFileInfo(HStoreFile.EXCLUDE_FROM_MINOR_COMPACTION_KEY, Bytes.toBytes(false));
    writer.appendTrackedTimestampsToMetadata();
    writer.close();
    writer = null;
  }
}
