// SPDX-License-Identifier: Apache-2.0
//
// The prebuilt libraries, all in one process with the system's OpenSSL: headers and libraries are
// of one version, and Parquet encryption (an OpenSSL inside libparquet) works beside a TLS context.

#include <memory>
#include <string>

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <arrow/compute/initialize.h>
#include <arrow/io/memory.h>
#include <arrow/util/secure_string.h>
#include <duckdb.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/encryption/encryption.h>

namespace {

arrow::util::SecureString Key() {
  return arrow::util::SecureString(std::string("0123456789abcdef"));
}

std::shared_ptr<arrow::Table> Numbers() {
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < 1000; ++i)
    EXPECT_TRUE(builder.Append(i).ok());
  return arrow::Table::Make(arrow::schema({arrow::field("n", arrow::int64())}),
                            {builder.Finish().ValueOrDie()});
}

std::shared_ptr<arrow::Buffer> WriteEncrypted(const arrow::Table& table) {
  const auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto properties =
      parquet::WriterProperties::Builder()
          .compression(parquet::Compression::ZSTD)
          ->encryption(parquet::FileEncryptionProperties::Builder(Key()).build())
          ->build();
  EXPECT_TRUE(
      parquet::arrow::WriteTable(table, arrow::default_memory_pool(), sink, 1000, properties).ok());
  return sink->Finish().ValueOrDie();
}

std::shared_ptr<arrow::Table> ReadEncrypted(const std::shared_ptr<arrow::Buffer>& bytes) {
  parquet::ReaderProperties properties;
  properties.file_decryption_properties(
      parquet::FileDecryptionProperties::Builder().footer_key(Key())->build());
  parquet::arrow::FileReaderBuilder builder;
  EXPECT_TRUE(builder.Open(std::make_shared<arrow::io::BufferReader>(bytes), properties).ok());
  std::unique_ptr<parquet::arrow::FileReader> reader;
  EXPECT_TRUE(builder.Build(&reader).ok());
  return reader->ReadTable().ValueOrDie();
}

TEST(Libraries, HeadersAndLibrariesAreOfOneVersion) {
  EXPECT_EQ(arrow::GetBuildInfo().version_string, ARROW_VERSION_STRING);
  EXPECT_STREQ(duckdb::DuckDB::LibraryVersion(), "v1.5.5");
}

TEST(Libraries, ParquetEncryptionWorksBesideATlsContext) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> tls(SSL_CTX_new(TLS_client_method()),
                                                         &SSL_CTX_free);
  ASSERT_NE(tls, nullptr);
  const auto table = Numbers();
  const auto bytes = WriteEncrypted(*table);
  EXPECT_EQ(bytes->ToString().substr(0, 4), "PARE");
  EXPECT_TRUE(ReadEncrypted(bytes)->Equals(*table));
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> digest(EVP_MD_CTX_new(),
                                                                  &EVP_MD_CTX_free);
  EXPECT_EQ(EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr), 1);
}

TEST(Libraries, ComputeKernelsAreThere) {
  ASSERT_TRUE(arrow::compute::Initialize().ok());
  const auto sum = arrow::compute::Sum(Numbers()->column(0)).ValueOrDie();
  EXPECT_EQ(sum.scalar_as<arrow::Int64Scalar>().value, 499500);
}

TEST(Libraries, DuckDbAnswers) {
  duckdb::DuckDB database(nullptr);
  duckdb::Connection connection(database);
  const auto result = connection.Query("SELECT sum(i)::BIGINT FROM range(1000) t(i)");
  ASSERT_FALSE(result->HasError()) << result->GetError();
  EXPECT_EQ(result->GetValue(0, 0).GetValue<int64_t>(), 499500);
}

}  // namespace
