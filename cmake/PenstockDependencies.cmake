# Where the packages come from. Names are Debian 12's (docs/adr/0001-toolchain-and-packages.md); CMake configuration files are used
# where the package ships one, so that newer versions elsewhere are found too.

# What the client library is linked with. deploy/cmake finds the same again for those who link an installed one.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(absl REQUIRED CONFIG)
find_package(Protobuf REQUIRED)
find_package(gRPC REQUIRED CONFIG)
find_package(OpenSSL REQUIRED)
find_package(simdjson REQUIRED CONFIG)
# Prefixed: plain names are variables of RocksDB's own find modules.
pkg_check_modules(DEP_XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(DEP_LZ4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(DEP_ZSTD REQUIRED IMPORTED_TARGET libzstd)

# What `penstock` needs besides. CLI11 is headers only.
find_package(nlohmann_json REQUIRED CONFIG)
find_path(CLI11_INCLUDE_DIR CLI/CLI.hpp REQUIRED)

if(NOT PENSTOCK_BUILD_BROKER)
  return()
endif()

find_package(RocksDB REQUIRED CONFIG)
find_package(ZLIB REQUIRED)
find_package(spdlog REQUIRED CONFIG)
find_package(tomlplusplus REQUIRED CONFIG)
# For Boost.Asio, which is headers only.
find_package(Boost 1.74 REQUIRED)
find_package(prometheus-cpp REQUIRED CONFIG)
pkg_check_modules(DEP_NGHTTP2 REQUIRED IMPORTED_TARGET libnghttp2)

# Debian's RocksDB comes shared and static; the shared one has all compression libraries linked in already.
if(TARGET RocksDB::rocksdb-shared)
  add_library(penstock_rocksdb ALIAS RocksDB::rocksdb-shared)
else()
  add_library(penstock_rocksdb ALIAS RocksDB::rocksdb)
endif()
