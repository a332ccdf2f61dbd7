#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What is installed for programs that use the libraries: both headers compile alone, as C89 and as C++;
# every function has its docstring; and the examples in the headers compile and link with what
# pkg-config says after an installation into an empty folder.
: "${top_srcdir:=.}" "${top_builddir:=.}" "${CC:=cc}"
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
n=0

echo 1..8

# report RESULT NAME
report() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		sed 's/^/# /' "$dir/log"
		echo "not ok $n - $2"
	fi
}

skip() {
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

flags='-Wall -Wextra -pedantic -Werror'
header=$top_srcdir/include/xenshbuf.h

echo '#include "xenshbuf.h"' >"$dir/c89.c"
$CC -std=c89 $flags -I"$top_srcdir/include" -fsyntax-only "$dir/c89.c" >"$dir/log" 2>&1
report $? xenshbuf_h_compiles_alone_as_c89

cxx=${CXX:-c++}
if command -v "${cxx%% *}" >/dev/null 2>&1; then
	cp "$dir/c89.c" "$dir/cxx.cc"
	$cxx -std=c++98 $flags -Wno-long-long -I"$top_srcdir/include" -fsyntax-only "$dir/cxx.cc" \
		>"$dir/log" 2>&1
	report $? xenshbuf_h_compiles_alone_as_cxx
else
	skip xenshbuf_h_compiles_alone_as_cxx 'there is no C++ compiler'
fi

sed -n 's/^\t*\(xenshbuf_[a-z_0-9]*\);$/\1/p' "$top_srcdir/lib/shbuf/libxenshbuf.map" |
	sort >"$dir/map"
grep -E '^[a-z].*xenshbuf_[a-z_]+\(' "$header" | grep -v '^typedef' |
	sed 's/.*[ *]\(xenshbuf_[a-z_0-9]*\)(.*/\1/' | sort >"$dir/declared"
diff "$dir/map" "$dir/declared" >"$dir/log" 2>&1
report $? xenshbuf_h_declares_what_the_map_says

# A comment ends right above, or above the declarations that it is for.
for h in xenav xenshbuf; do
	awk -v h="$h" '
		/^[a-z].*[ *]xen[a-z]*_[a-z_0-9]*\(/ && before !~ /(\*\/|;)$/ { print h ".h: " $0 }
		{ before = $0 }' "$top_srcdir/include/$h.h"
done >"$dir/log"
test ! -s "$dir/log"
report $? every_function_has_a_docstring

# The example of xenshbuf.h is what stands in a function.
{
	echo '#include <xenshbuf.h>'
	echo 'extern void show(void *pixels, uint32_t size_bytes);'
	echo 'void show(void *pixels, uint32_t size_bytes) { (void)pixels; (void)size_bytes; }'
	echo 'struct req { uint32_t gref_directory, buffer_sz; };'
	echo 'extern int serve(struct xengntdev_handle *xgt, uint16_t domid, struct req req);'
	echo 'int serve(struct xengntdev_handle *xgt, uint16_t domid, struct req req) {'
	sed -n '/A backend that serves/,/ \* Trust:/s/^ \*     //p' "$header"
	echo 'return rc; } int main(void) { struct req req = {1, 1}; return serve(0, 1, req) == 0; }'
} >"$dir/xenshbuf.c"
sed -n '/^ \*\//q; s/^ \*     //p' "$top_srcdir/include/xenav.h" >"$dir/xenav.c"

# The make above this one has nothing to do with this one.
unset MAKEFLAGS MFLAGS MAKELEVEL
if ! [ -e "$top_builddir/lib/.libs/libxenav.so" ]; then
	for what in installs xenav_s_example_links_through_pkg_config \
		xenshbuf_s_example_links_through_pkg_config pkg_config_knows_the_version; do
		skip "$what" 'the shared libraries are not built here'
	done
	exit 0
fi
make -C "$top_builddir" DESTDIR="$dir/root" install-includeHEADERS install-libLTLIBRARIES \
	install-pkgconfigDATA >"$dir/log" 2>&1
report $? installs

pc=$(find "$dir/root" -name libxenav.pc)
pkg_config() {
	PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$dir/root PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 \
		PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 pkg-config "$@"
}

# link NAME: build its example from what is installed and nothing else
link() {
	options=$(pkg_config --cflags --libs "lib$1" 2>"$dir/log") &&
		$CC -std=gnu11 -Wall -Werror "$dir/$1.c" $options -Wl,--allow-shlib-undefined \
			-o "$dir/$1" >"$dir/log" 2>&1 &&
		readelf -d "$dir/$1" | grep -q "NEEDED.*lib$1\.so\.0"
}

if command -v pkg-config >/dev/null 2>&1; then
	link xenav
	report $? xenav_s_example_links_through_pkg_config
	link xenshbuf
	report $? xenshbuf_s_example_links_through_pkg_config
	for lib in libxenav libxenshbuf; do
		version=$(pkg_config --modversion $lib 2>&1)
		grep -q "PACKAGE_VERSION \"$version\"" "$top_builddir/config.h" ||
			echo "$lib: $version"
	done >"$dir/log"
	test ! -s "$dir/log"
	report $? pkg_config_knows_the_version
else
	for what in xenav_s_example_links_through_pkg_config \
		xenshbuf_s_example_links_through_pkg_config pkg_config_knows_the_version; do
		skip "$what" 'there is no pkg-config'
	done
fi
