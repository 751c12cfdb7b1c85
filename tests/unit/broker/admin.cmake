# Unit tests of what the broker counts.

penstock_unit_tests(
  penstock-unit-tests-broker-admin
  SOURCES grpc/method_interceptor_test.cc
          metrics/method_metrics_test.cc
          metrics/process_stats_test.cc
          metrics/recent_max_test.cc
          metrics/stream_meter_test.cc
          metrics/stream_meters_test.cc
  LINK penstock_broker_grpc
       penstock_broker_metrics
       penstock_broker_record
       penstock_test_support)
