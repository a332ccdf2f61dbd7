#!/bin/sh
# SPDX-License-Identifier: MIT
# Does check-house find what it is there to find?
set -u
check=${top_srcdir:?}/tests/check-house
command -v python3 >/dev/null || {
	echo '1..0 # SKIP no python3'
	exit 0
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/daemon"
n=0
failed=0

# name, the line that check-house shall say, about the code on standard input
judge() {
	{
		echo '/* This file is one of two. */'
		cat
	} >"$dir/daemon/a.c"
	rm -f "$dir"/daemon/*.o
	(cd "$dir/daemon" && ${CC:-cc} -c a.c b.c)
	said=$(top_srcdir=$dir "$check" "$dir")
	n=$((n + 1))
	if echo "$said" | grep -q "$2"; then
		echo "ok $n - $1"
	else
		echo "$said" | sed 's/^/# /'
		echo "not ok $n - $1"
		failed=1
	fi
}

echo 'void a(void); void b(void);' >"$dir/daemon/ab.h"
printf '#include "ab.h"\nvoid b(void)\n{\n\ta();\n}\n' >"$dir/daemon/b.c"
judge a_file_that_is_called_back_by_its_name_is_no_circle '^ok 1 ' <<END
#include "ab.h"
void (*a_table[])(void) = {b};
void a(void)
{
}
END
judge files_that_call_each_other_are_a_circle '^#   daemon/a.c -> daemon/b.c: b()' <<END
#include "ab.h"
void a(void)
{
	b();
}
END
judge a_long_file_is_found '^#   452 daemon/a.c' <<END
void a(void)
{
}
$(yes ';' | head -n 447)
/* The end. */
END
judge a_long_function_is_found '^#    46 daemon/a.c a()' <<END
void a(void)
{
$(yes '	;' | head -n 44)
}
END
judge a_function_of_45_lines_passes '^ok 4 ' <<END
void a(void)
{
$(yes '	;' | head -n 43)
}
END
judge fragments_are_counted '^# 5 of 10 comments are fragments' <<END
/* And so on, they said. */
/* What the guest wants. */
/* This is it, then. */
/* This guest is one. */
/* Frames written since OPEN. */
/* nobody waits for it */
/* the consumer is ready */
/* libxl writes it first. */
int a; /* the frames written so far */
/* Two words. */
END
echo "1..$n"
exit $failed
