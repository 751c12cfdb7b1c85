# Unit tests of limits, of the disk budget, and of load and what follows from it.

penstock_unit_tests(
  penstock-unit-tests-broker-limit
  SOURCES limit/disk_budget_test.cc
          limit/disk_usage_test.cc
          limit/disk_watch_test.cc
          limit/shard_limiter_test.cc
          limit/shard_limiters_test.cc
          limit/token_bucket_test.cc
          load/key_distribution_test.cc
          load/load_meter_test.cc
          load/peak_history_test.cc
          load/scaling_policy_test.cc
          load/shard_load_test.cc
          load/stream_scalers_test.cc
  LINK penstock_broker_limit
       penstock_broker_load
       penstock_test_support)
