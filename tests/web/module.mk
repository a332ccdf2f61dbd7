# SPDX-License-Identifier: MIT
# The page of xenav-vnc: its server alone, and all of it in a browser.
WEB_TEST_FILES = \
	tests/web/chromium.py \
	tests/web/keys.py \
	tests/web/rig.py \
	$(NULL)
EXTRA_DIST += $(WEB_TEST_FILES)
dist_check_SCRIPTS += tests/web/browser.test
TESTS += tests/web/browser.test

if HAVE_CMOCKA
if BUILD_WEB
WEB_TESTS = \
	tests/web/test-web \
	tests/web/test-web-origin \
	$(NULL)
check_PROGRAMS += $(WEB_TESTS)
TESTS += $(WEB_TESTS)
WEB_TEST_LDADD = backends/libweb.la backends/libvnc.la tests/unit/libtest.la $(CMOCKA_LIBS)
tests_web_test_web_SOURCES = tests/web/test-web.c tests/web/web-rig.c tests/web/web-rig.h
tests_web_test_web_LDADD = $(WEB_TEST_LDADD)
tests_web_test_web_origin_LDADD = $(WEB_TEST_LDADD)
endif
endif
