# Unit tests of encryption at rest.

penstock_unit_tests(
  penstock-unit-tests-broker-encryption
  SOURCES encryption/aead_test.cc
          encryption/batch_cipher_test.cc
          encryption/data_key_cache_test.cc
          encryption/key_id_test.cc
          encryption/key_ring_file_test.cc
          encryption/key_ring_test.cc
          encryption/stream_cipher_test.cc
  LINK penstock_broker_encryption)
