# Unit tests of limits, and of the disk budget.

penstock_unit_tests(
  penstock-unit-tests-broker-limit
  SOURCES limit/disk_budget_test.cc
          limit/disk_usage_test.cc
          limit/disk_watch_test.cc
          limit/shard_limiter_test.cc
          limit/shard_limiters_test.cc
          limit/token_bucket_test.cc
  LINK penstock_broker_limit
       penstock_test_support)
