# SPDX-License-Identifier: MIT
# How far apart a guest's sound and picture are; AV is the length of PipeWire's cycle in frames.
EXTRA_DIST += tests/bench/av-client.py
if HAVE_CMOCKA
if HAVE_XTST
if BUILD_ALSA
if BUILD_PIPEWIRE
if BUILD_VIEW
if BUILD_VNC
EXTRA_PROGRAMS += tests/bench/bench-av
tests_bench_bench_av_SOURCES = \
	tests/alsa/alsa-rig.c \
	tests/alsa/alsa-rig.h \
	tests/alsa/card.c \
	tests/alsa/card.h \
	tests/bench/av-programs.c \
	tests/bench/av-window.c \
	tests/bench/av.c \
	tests/bench/av.h \
	tests/bench/bench-av.c \
	$(spread) \
	tests/view/x11.c \
	tests/view/x11.h \
	$(NULL)
tests_bench_bench_av_LDADD = tests/pipewire/libdesk.la $(daemon_test_libs) $(ALSA_LIBS) $(PIPEWIRE_LIBS) $(VIEW_TEST_LIBS)
bench-av: tests/bench/bench-av$(EXEEXT) tests/alsa/libasound_module_pcm_xenavtest.la tests/fake/libfakexen.la xenavd$(EXEEXT) \
		xenav-alsa$(EXEEXT) xenav-pipewire$(EXEEXT) xenav-view$(EXEEXT) xenav-vnc$(EXEEXT)
	top_srcdir='$(abs_top_srcdir)' tests/bench/bench-av $(AV)
endif
endif
endif
endif
endif
endif
.PHONY: bench-av
