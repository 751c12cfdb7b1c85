# Unit tests of the HTTP server for APIs.

penstock_unit_tests(
  penstock-unit-tests-broker-http
  SOURCES http/http1_protocol_test.cc
          http/protocol_detector_test.cc
  LINK penstock_broker_http penstock_test_http_client OpenSSL::SSL)
