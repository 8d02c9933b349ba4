UNIT_TESTS += tests/unit/test_amount tests/unit/test_bytes tests/unit/test_db tests/unit/test_hash
tests_unit_test_amount_LDADD = $(UNIT_LIBS) $(BASE_LIBS)
tests_unit_test_bytes_LDADD = $(UNIT_LIBS) $(BASE_LIBS)
tests_unit_test_db_LDADD = $(UNIT_LIBS) $(BASE_LIBS)
tests_unit_test_hash_LDADD = $(UNIT_LIBS) $(BASE_LIBS)
UNIT_TESTS += tests/unit/test_secretbox
tests_unit_test_secretbox_LDADD = $(UNIT_LIBS) $(BASE_LIBS)
