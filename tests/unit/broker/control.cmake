# Unit tests of the control plane: configuration, tokens, metadata store, stream catalog.

penstock_program(
  penstock-unit-tests-broker-control
  SOURCES cluster/embedded_metadata_store_test.cc
          config/config_test.cc
          token/token_codec_test.cc
  LINK penstock_broker_cluster
       penstock_broker_config
       penstock_broker_token
       penstock_rocksdb
       Catch2::Catch2WithMain)
target_compile_definitions(penstock-unit-tests-broker-control
                           PRIVATE PENSTOCK_SOURCE_DIR="${PROJECT_SOURCE_DIR}")

add_test(NAME unit-broker-control COMMAND penstock-unit-tests-broker-control)
set_tests_properties(unit-broker-control PROPERTIES LABELS "unit;fast" TIMEOUT 60)
