#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""openmetrics.py FILE: is this what the two parsers of Prometheus take, and do they find the same?"""
import sys

from prometheus_client import parser
from prometheus_client.openmetrics import parser as strict

with open(sys.argv[1], encoding='utf-8') as file:
    text = file.read()
families = list(strict.text_string_to_metric_families(text))
for family in families:
    if not family.documentation or not family.samples and family.type != 'gauge':
        sys.exit('%s has no samples or no text' % family.name)
names = {sample.name for family in families for sample in family.samples}
# node-exporter takes the older format, which knows no end and no info.
older = {sample.name for family in parser.text_string_to_metric_families(text) for sample in family.samples}
if names != older:
    sys.exit('the parsers differ: %s' % sorted(names ^ older))
if not all(name.startswith('xenav_') for name in names):
    sys.exit('a name is not ours')
print('%d families' % len(families))
