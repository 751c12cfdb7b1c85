# Unit tests of the data plane: records in and out, and the gRPC service in front of them.

penstock_unit_tests(
  penstock-unit-tests-broker-data
  SOURCES ../tests/support/memory_shard_log_test.cc
          grpc/batches_wire_test.cc
          grpc/grpc_server_test.cc
          grpc/grpc_status_test.cc
          grpc/put_batches_reactor_test.cc
          grpc/records_service_test.cc
          grpc/records_wire_test.cc
          grpc/subscribe_reactor_test.cc
          record/child_shards_test.cc
          record/consumer_lags_test.cc
          record/consumer_positions_test.cc
          record/get_records_call_test.cc
          record/get_shard_iterator_test.cc
          record/put_batch_test.cc
          record/put_options_test.cc
          record/put_call_test.cc
          record/snapshot_waiter_test.cc
          record/shard_reader_test.cc
          record/subscription_test.cc
          record/subscriptions_test.cc
          stream/reshard_history.cc
          stream/reshard_task_test.cc
  LINK penstock_test_support
       penstock_broker_cluster
       penstock_broker_grpc
       penstock_broker_record
       penstock_broker_stream
       penstock_broker_token)
