# The data plane: tests/unit/broker/record and tests/unit/broker/grpc.

set(unit "${CMAKE_CURRENT_LIST_DIR}/..")
penstock_program(
  penstock-unit-tests-broker-data
  SOURCES "${unit}/support/memory_shard_log_test.cc"
  LINK penstock_test_support Catch2::Catch2WithMain)
catch_discover_tests(penstock-unit-tests-broker-data PROPERTIES LABELS "unit;fast")
