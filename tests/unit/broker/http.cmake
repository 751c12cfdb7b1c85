# Unit tests of the HTTP server for APIs.

penstock_unit_tests(
  penstock-unit-tests-broker-http
  SOURCES http/http1_head_scanner_test.cc
          http/http1_parser_test.cc
          http/http1_protocol_test.cc
          http/http2_protocol_test.cc
          http/http_limits_test.cc
          http/http_server_test.cc
          http/protocol_detector_test.cc
          http/tls_context_test.cc
  LINK penstock_broker_http penstock_test_http_client OpenSSL::SSL PkgConfig::DEP_NGHTTP2)
