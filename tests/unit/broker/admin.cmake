# Unit tests of what the broker counts, and of the port that shows it.

penstock_unit_tests(
  penstock-unit-tests-broker-admin
  SOURCES admin/admin_server_test.cc
          admin/metrics_page_test.cc
          admin/status_pages_test.cc
          grpc/method_interceptor_test.cc
          metrics/method_metrics_test.cc
          metrics/process_stats_test.cc
          metrics/recent_max_test.cc
          metrics/stream_meter_test.cc
          metrics/stream_meters_test.cc
  LINK penstock_broker_admin
       penstock_broker_grpc
       penstock_broker_grpc_streams
       penstock_broker_metrics
       penstock_broker_record
       penstock_rocksdb
       penstock_storage
       penstock_test_fault_file_system
       penstock_test_support
       nlohmann_json::nlohmann_json)
target_compile_definitions(penstock-unit-tests-broker-admin
                           PRIVATE PENSTOCK_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
# gcc 12 takes std::regex, instrumented by the address sanitizer, for one that is used uninitialised (GCC bug 105562).
set_source_files_properties(admin/metrics_page_test.cc PROPERTIES COMPILE_OPTIONS -Wno-maybe-uninitialized)
