# Unit tests of SigV4 and the access keys.

penstock_unit_tests(
  penstock-unit-tests-broker-aws-auth
  SOURCES aws/authorization_header_test.cc
          aws/authorization_query_test.cc
          aws/canonical_request_test.cc
          aws/credentials_file_test.cc
          aws/file_credentials_test.cc
          aws/query_string_test.cc
          aws/signing_keys_test.cc
          aws/sigv4_date_test.cc
          aws/sigv4_verifier_test.cc
          ../tests/support/sigv4_signer_test.cc
  LINK penstock_broker_aws_auth penstock_test_sigv4_signer nlohmann_json::nlohmann_json)
target_compile_definitions(penstock-unit-tests-broker-aws-auth
                           PRIVATE "PENSTOCK_SIGV4_VECTORS=\"${CMAKE_CURRENT_SOURCE_DIR}/aws/sigv4_vectors.json\"")
