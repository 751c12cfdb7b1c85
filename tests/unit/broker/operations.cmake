# What each operation answers to each input, and whether that is all that the Kinesis API lists.

penstock_unit_tests(
  penstock-unit-tests-broker-operations
  SOURCES ../tests/support/operation_table_test.cc
          record/put_tables.cc
          record/read_tables.cc
          stream/consumer_tables.cc
          stream/reshard_tables.cc
          stream/settings_tables.cc
          stream/stream_life_tables.cc
  LINK penstock_test_support
       penstock_broker_cluster
       penstock_broker_encryption
       penstock_broker_record
       penstock_broker_stream
       penstock_broker_token)

# Tables of lambdas: the optimizer takes a minute for what runs in a moment.
target_compile_options(penstock-unit-tests-broker-operations PRIVATE -O0)
