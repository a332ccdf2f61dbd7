# SPDX-License-Identifier: MIT
# daemon/journal and daemon/service/fdstore.c, and what resumes with them.
fdstore_rig = tests/unit/fdstore-rig.c tests/unit/fdstore-rig.h
journal_rig = tests/unit/journal-rig.c tests/unit/journal-rig.h $(fdstore_rig)

if HAVE_CMOCKA
JOURNAL_TESTS = \
	tests/unit/test-channel-resume \
	tests/unit/test-device-resume \
	tests/unit/test-fdstore \
	tests/unit/test-journal \
	tests/unit/test-journal-format \
	tests/unit/test-journal-holes \
	tests/unit/test-sound-recall \
	$(NULL)
check_PROGRAMS += $(JOURNAL_TESTS)
TESTS += $(JOURNAL_TESTS)
endif

tests_unit_test_fdstore_SOURCES = tests/unit/test-fdstore.c $(fdstore_rig)
tests_unit_test_journal_SOURCES = tests/unit/test-journal.c $(journal_rig)
tests_unit_test_journal_format_SOURCES = tests/unit/test-journal-format.c
tests_unit_test_journal_holes_SOURCES = tests/unit/test-journal-holes.c $(journal_rig)
tests_unit_test_channel_resume_SOURCES = tests/unit/test-channel-resume.c $(channel_rig) $(journal_rig)
tests_unit_test_channel_resume_LDADD = $(machine_libs)
tests_unit_test_device_resume_SOURCES = tests/unit/test-device-resume.c $(device_rig) $(fdstore_rig)
tests_unit_test_sound_recall_SOURCES = tests/unit/test-sound-recall.c $(journal_rig)
