# Unit tests of the data plane: records in and out, and the gRPC service in front of them.

penstock_unit_tests(
  penstock-unit-tests-broker-data
  SOURCES ../support/memory_shard_log_test.cc
  LINK penstock_test_support)
