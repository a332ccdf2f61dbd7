#!/bin/sh
# SPDX-License-Identifier: MIT
# xenav-performance(7) has the counts of tests/bench/counts.table, to two digits.
: "${top_srcdir:=.}"
awk '
	function compare(name, count, printed) {
		counted = table[name, count]
		counted = sprintf(counted < 10 ? "%.2g" : "%d", counted)
		printf "%sok %d - %s/%s: %s, in the page %s\n", counted == printed ? "" : "not ", ++n, name,
			count, counted, printed
	}
	function compare_row(names, columns) {
		for (i = split(names, name, " "); i > 0; i--) {
			compare(name[i], "system-calls", columns[1])
			compare(name[i], "allocations", columns[3])
		}
	}
	BEGIN {
		rows["request of a display or stream"] = "display-request sound-request"
		rows["request in bursts of 32"] = "request-in-32"
		rows["request on each of 16 rings"] = "request-on-16"
		rows["WRITE of 10 ms"] = "write"
		rows["flip of 640x480, copied"] = "flip-copied"
		rows["flip in the direct way"] = "flip-direct"
		rows["key, from a consumer to the guest"] = "key"
		print "1..18"
	}
	FNR == NR { split($1, key, "/"); table[key[1], key[2]] = $2; next }
	/^\[\[ one$/ { inside = 1; next }
	/^$/ { inside = 0 }
	inside && sub(/^\| +/, "") { row = $0; column = 0 }
	inside && sub(/^: +/, "") { columns[++column] = $0; if (column == 3) compare_row(rows[row], columns) }
	/^A display with two connectors takes/ { compare("display-life", "store-requests", $7) }
	/^A card takes/ { compare("card-life", "store-requests", $4 + 0) }
' "$top_srcdir/tests/bench/counts.table" "$top_srcdir/man/xenav-performance.7.scd"
