# Unit tests of the control plane: configuration, tokens, metadata store, stream catalog.

penstock_unit_tests(
  penstock-unit-tests-broker-control
  SOURCES token/token_codec_test.cc
  LINK penstock_broker_token)
