# Unit tests of the data plane: records in and out, and the gRPC service in front of them.

penstock_program(
  penstock-unit-tests-broker-data
  SOURCES ../support/memory_shard_log_test.cc
  LINK penstock_test_support Catch2::Catch2WithMain)

add_test(NAME unit-broker-data COMMAND penstock-unit-tests-broker-data)
set_tests_properties(unit-broker-data PROPERTIES LABELS "unit;fast" TIMEOUT 120)
