# SPDX-License-Identifier: MIT
# The hook for guests of libvirt, which runs each program in this folder.
libvirthookdir = $(sysconfdir)/libvirt/hooks/libxl.d
dist_libvirthook_SCRIPTS = libvirt/xenav

TESTS += tests/libvirt/hook.test
dist_check_SCRIPTS += tests/libvirt/hook.test
