// SPDX-License-Identifier: Apache-2.0
//
// Iceberg's Java library as the other side of encrypted tables. Its Hadoop catalog knows no
// encryption, so this one is given an encryption manager by hand; everything else is Iceberg's own.
// (It writes no deletion vectors: 1.11.0 encrypts them and forgets the key.)
//
//   EncryptionPeer streams FOLDER                 AES GCM streams and key metadata
//   EncryptionPeer write FOLDER KEY_ID HEX        a table of two appends
//   EncryptionPeer read METADATA_FILE KEY_ID HEX  the rows of a table, one a line, sorted

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.LocationProviders;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.data.GenericFileWriterFactory;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.encryption.AesGcmOutputFile;
import org.apache.iceberg.encryption.EncryptedKey;
import org.apache.iceberg.encryption.EncryptedOutputFile;
import org.apache.iceberg.encryption.EncryptingFileIO;
import org.apache.iceberg.encryption.EncryptionManager;
import org.apache.iceberg.encryption.EncryptionUtil;
import org.apache.iceberg.encryption.KeyManagementClient;
import org.apache.iceberg.encryption.NativeEncryptionKeyMetadata;
import org.apache.iceberg.hadoop.HadoopFileIO;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.OutputFileFactory;
import org.apache.iceberg.types.Types;

public class EncryptionPeer {
  private static final Schema SCHEMA =
      new Schema(
          Types.NestedField.required(1, "id", Types.LongType.get()),
          Types.NestedField.optional(2, "name", Types.StringType.get()),
          Types.NestedField.optional(3, "score", Types.DoubleType.get()));

  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "streams" -> writeStreams(Path.of(args[1]));
      case "write" -> writeTable(Path.of(args[1]), args[2], new OneKey(args[2], args[3]));
      case "read" -> readTable(args[1], new OneKey(args[2], args[3]));
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  /** Wraps keys with one master key, as the test clients of Iceberg do. */
  static class OneKey implements KeyManagementClient {
    private final String id;
    private final byte[] master;

    OneKey(String id, String hex) {
      this.id = id;
      this.master = HexFormat.of().parseHex(hex);
    }

    private byte[] masterOf(String wrappingKeyId) {
      if (!id.equals(wrappingKeyId)) {
        throw new IllegalArgumentException("no such key: " + wrappingKeyId);
      }
      return master;
    }

    @Override
    public ByteBuffer wrapKey(ByteBuffer key, String wrappingKeyId) {
      return ByteBuffer.wrap(
          new org.apache.iceberg.encryption.Ciphers.AesGcmEncryptor(masterOf(wrappingKeyId))
              .encrypt(bytesOf(key), null));
    }

    @Override
    public ByteBuffer unwrapKey(ByteBuffer wrapped, String wrappingKeyId) {
      return ByteBuffer.wrap(
          new org.apache.iceberg.encryption.Ciphers.AesGcmDecryptor(masterOf(wrappingKeyId))
              .decrypt(bytesOf(wrapped), null));
    }

    @Override
    public void initialize(Map<String, String> properties) {}
  }

  /** A table in a folder whose newest metadata file is the one with the highest number. */
  static class FolderOperations implements TableOperations {
    private final FileIO files = new HadoopFileIO(new Configuration());
    private final KeyManagementClient keys;
    private TableMetadata current;
    private EncryptionManager encryption;
    private int version = 0;

    FolderOperations(TableMetadata metadata, KeyManagementClient keys) {
      this.current = metadata;
      this.keys = keys;
    }

    @Override
    public TableMetadata current() {
      return current;
    }

    @Override
    public TableMetadata refresh() {
      return current;
    }

    @Override
    public void commit(TableMetadata base, TableMetadata metadata) {
      TableMetadata.Builder builder = TableMetadata.buildFrom(metadata);
      for (EncryptedKey key : EncryptionUtil.encryptionKeys(encryption()).values()) {
        builder.addEncryptionKey(key);
      }
      TableMetadata complete = builder.build();
      String location = metadataFileLocation("v" + ++version + ".metadata.json");
      TableMetadataParser.write(complete, files.newOutputFile(location));
      this.current = TableMetadataParser.read(files.newInputFile(location));
      this.encryption = null;
    }

    @Override
    public FileIO io() {
      return EncryptingFileIO.combine(files, encryption());
    }

    @Override
    public EncryptionManager encryption() {
      if (encryption == null) {
        encryption =
            EncryptionUtil.createEncryptionManager(
                current.encryptionKeys(), current.properties(), keys);
      }
      return encryption;
    }

    @Override
    public String metadataFileLocation(String name) {
      return current.location() + "/metadata/" + name;
    }

    @Override
    public LocationProvider locationProvider() {
      return LocationProviders.locationsFor(current.location(), current.properties());
    }
  }

  private static byte[] bytesOf(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static void writeStreams(Path folder) throws IOException {
    Files.createDirectories(folder);
    byte[] key = "0123456789012345".getBytes();
    byte[] prefix = "aad prefix".getBytes();
    for (int size : new int[] {0, 5, 1000}) {
      byte[] text = new byte[size];
      for (int at = 0; at < size; at++) {
        text[at] = (byte) (at * 7 % 251);
      }
      OutputFile file =
          org.apache.iceberg.Files.localOutput(folder.resolve("java-" + size + ".ags1").toFile());
      try (OutputStream out = new AesGcmOutputFile(file, key, prefix).createOrOverwrite()) {
        out.write(text);
      }
    }
  }

  private static void writeTable(Path folder, String keyId, KeyManagementClient keys)
      throws IOException {
    String location = "file://" + folder.toAbsolutePath();
    TableMetadata metadata =
        TableMetadata.newTableMetadata(
            SCHEMA,
            PartitionSpec.builderFor(SCHEMA).bucket("id", 2).build(),
            SortOrder.unsorted(),
            location,
            Map.of(
                "format-version", "3",
                "encryption.key-id", keyId,
                "write.parquet.compression-codec", "zstd"));
    FolderOperations operations = new FolderOperations(metadata, keys);
    Table table = new BaseTable(operations, "peer");
    appendRows(table, 0, 40);
    appendRows(table, 40, 60);
  }

  private static void appendRows(Table table, long from, long to) throws IOException {
    Map<Integer, List<Record>> buckets = new java.util.TreeMap<>();
    PartitionKey key = new PartitionKey(table.spec(), SCHEMA);
    for (long id = from; id < to; id++) {
      GenericRecord row = GenericRecord.create(SCHEMA);
      row.setField("id", id);
      row.setField("name", id % 5 == 0 ? null : "secret-name-" + id);
      row.setField("score", id / 4.0);
      key.partition(row);
      buckets.computeIfAbsent(key.get(0, Integer.class), bucket -> new ArrayList<>()).add(row);
    }
    GenericFileWriterFactory writers =
        new GenericFileWriterFactory.Builder(table).dataFileFormat(FileFormat.PARQUET).build();
    OutputFileFactory names =
        OutputFileFactory.builderFor(table, 1, from).format(FileFormat.PARQUET).build();
    var append = table.newAppend();
    for (List<Record> rows : buckets.values()) {
      key.partition(rows.get(0));
      EncryptedOutputFile file = names.newOutputFile(table.spec(), key);
      DataWriter<Record> writer = writers.newDataWriter(file, table.spec(), key.copy());
      try (writer) {
        writer.write(rows);
      }
      append.appendFile(writer.toDataFile());
    }
    append.commit();
  }

  private static void readTable(String metadataFile, KeyManagementClient keys)
      throws IOException {
    FileIO files = new HadoopFileIO(new Configuration());
    TableMetadata metadata = TableMetadataParser.read(files.newInputFile(metadataFile));
    Table table = new BaseTable(new FolderOperations(metadata, keys), "peer");
    List<String> lines = new ArrayList<>();
    try (CloseableIterable<Record> rows = IcebergGenerics.read(table).build()) {
      for (Record row : rows) {
        StringBuilder line = new StringBuilder();
        for (int at = 0; at < row.size(); at++) {
          line.append(at == 0 ? "" : "|").append(row.get(at));
        }
        lines.add(line.toString());
      }
    }
    lines.sort(null);
    lines.forEach(System.out::println);
  }
}
