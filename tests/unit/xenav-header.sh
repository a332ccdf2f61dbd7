#!/bin/sh
# SPDX-License-Identifier: MIT
#
# xenav.h compiles alone, as C89 and as C++; the example in it compiles and links; the library
# exports what its map says, and the header declares exactly that; man/libxenav.3.scd names all of
# it, and man/xenav-protocol.7.scd and the table of lib/wire every opcode.
: "${top_srcdir:=.}" "${top_builddir:=.}" "${CC:=cc}"
header=$top_srcdir/include/xenav.h
map=$top_srcdir/lib/client/libxenav.map
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

echo '#include "xenav.h"' >"$dir/c89.c"
$CC -std=c89 $flags -I"$top_srcdir/include" -fsyntax-only "$dir/c89.c" >"$dir/log" 2>&1
report $? the_header_compiles_alone_as_c89

cxx=${CXX:-c++}
if command -v "${cxx%% *}" >/dev/null 2>&1; then
	echo '#include "xenav.h"' >"$dir/cxx.cc"
	$cxx -std=c++98 $flags -Wno-long-long -I"$top_srcdir/include" -fsyntax-only "$dir/cxx.cc" \
		>"$dir/log" 2>&1
	report $? the_header_compiles_alone_as_cxx
else
	skip the_header_compiles_alone_as_cxx 'there is no C++ compiler'
fi

# The essay's indented lines are the example.
sed -n '/^ \*\//q; s/^ \*     //p' "$header" >"$dir/example.c"
lines=$(wc -l <"$dir/example.c")
lib=$top_builddir/lib/.libs/libxenav.so
if [ "$lines" -lt 10 ]; then
	echo "only $lines lines in $header" >"$dir/log"
	report 1 the_example_of_the_header_compiles
elif [ -e "$lib" ]; then
	$CC -std=gnu11 -Wall -Werror -I"$top_srcdir/include" "$dir/example.c" "$lib" \
		-Wl,--allow-shlib-undefined -o "$dir/example" >"$dir/log" 2>&1
	report $? the_example_of_the_header_compiles
else
	$CC -std=gnu11 -Wall -Werror -I"$top_srcdir/include" -c "$dir/example.c" -o "$dir/example.o" \
		>"$dir/log" 2>&1
	report $? the_example_of_the_header_compiles
fi

sed -n 's/^\t\(xenav_[a-z_0-9]*\);$/\1/p' "$map" | sort >"$dir/map"
if [ -e "$lib" ]; then
	nm -D --defined-only "$lib" | sed -n 's/.* T \([a-z_0-9]*\).*/\1/p' | sort >"$dir/nm"
	diff "$dir/map" "$dir/nm" >"$dir/log" 2>&1
	report $? the_library_exports_what_its_map_says
else
	skip the_library_exports_what_its_map_says 'the library is not built here'
fi

# Declarations start a line; the essay and the docstrings do not.
grep -E '^[a-z].*xenav_[a-z_0-9]+\(' "$header" | grep -v '^typedef' |
	sed 's/.*[ *]\(xenav_[a-z_0-9]*\)(.*/\1/' | sort >"$dir/declared"
diff "$dir/map" "$dir/declared" >"$dir/log" 2>&1
report $? the_header_declares_what_the_map_says

for f in $(cat "$dir/map"); do
	grep -q "$f" "$top_srcdir/man/libxenav.3.scd" || echo "$f"
done >"$dir/log"
test ! -s "$dir/log"
report $? the_manual_names_every_function

sed -n 's/^\tXENAV_OP_\([A-Z_]*\) =.*/\1/p' "$top_srcdir/include/xenav-proto.h" >"$dir/opcodes"
for f in $(cat "$dir/opcodes"); do
	grep -q "$f" "$top_srcdir/man/xenav-protocol.7.scd" || echo "$f"
done >"$dir/log"
test ! -s "$dir/log"
report $? the_manual_names_every_opcode

for f in $(cat "$dir/opcodes"); do
	grep -Eq "(PLAIN|PADDED)\\($f," "$top_srcdir/lib/wire/messages.c" || echo "$f"
done >"$dir/log"
test ! -s "$dir/log"
report $? the_table_has_every_opcode
