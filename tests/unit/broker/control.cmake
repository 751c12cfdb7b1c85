# Unit tests of the control plane: configuration, tokens, metadata store, stream catalog.

penstock_unit_tests(
  penstock-unit-tests-broker-control
  SOURCES app/broker_test.cc
          app/descriptors_test.cc
          app/endpoint_file_test.cc
          app/health_watch_test.cc
          cluster/embedded_metadata_store_test.cc
          config/command_line_test.cc
          config/config_file_test.cc
          config/config_loader_test.cc
          config/config_text_test.cc
          config/disk_budget_config_test.cc
          config/listen_address_test.cc
          config/settings_test.cc
          grpc/account_service_test.cc
          grpc/consumers_service_test.cc
          grpc/streams_service_test.cc
          stream/account_settings_test.cc
          stream/consumer_registry_test.cc
          stream/counted_changes_test.cc
          stream/page_token_test.cc
          stream/retention_job_test.cc
          stream/reshard_plan_test.cc
          stream/reshard_requests_test.cc
          stream/shard_filter_test.cc
          stream/stream_catalog_reshard_test.cc
          stream/stream_catalog_test.cc
          stream/stream_changes_test.cc
          stream/stream_codec_test.cc
          stream/stream_requests_test.cc
          stream/stream_store_test.cc
          stream/stream_settings_test.cc
          stream/tags_test.cc
          token/token_codec_test.cc
          token/token_key_test.cc
  LINK penstock_broker_app
       penstock_broker_cluster
       penstock_broker_config
       penstock_broker_grpc
       penstock_broker_grpc_streams
       penstock_broker_stream
       penstock_broker_token
       penstock_proto
       penstock_rocksdb
       penstock_test_support)
target_compile_definitions(penstock-unit-tests-broker-control
                           PRIVATE PENSTOCK_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
