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

# Unit tests of the AWS protocols and of the model of Kinesis.

penstock_unit_tests(
  penstock-unit-tests-broker-aws
  SOURCES aws/aws_error_test.cc
          aws/aws_format_test.cc
          aws/base64_test.cc
          aws/cbor_document_test.cc
          aws/constraint_checker_test.cc
          aws/document_builder_test.cc
          aws/event_stream_test.cc
          aws/json_document_test.cc
          aws/output_writer_test.cc
          aws/structure_test.cc
          aws/type_binder_test.cc
          aws/utf8_test.cc
          kinesis/kinesis_model_test.cc
          kinesis/kinesis_patterns_test.cc
  LINK penstock_broker_aws penstock_broker_kinesis_model absl::str_format)

penstock_unit_tests(
  penstock-unit-tests-broker-kinesis
  SOURCES aws/aws_endpoint_test.cc
          kinesis/kinesis_errors_test.cc
          kinesis/resource_names_test.cc
          kinesis/sequence_text_test.cc
  LINK penstock_broker_kinesis penstock_broker_kinesis_model)
# False alarm inside <regex> under the address sanitizer (gcc bug 105562).
set_source_files_properties(kinesis/kinesis_patterns_test.cc PROPERTIES COMPILE_OPTIONS -Wno-maybe-uninitialized)
