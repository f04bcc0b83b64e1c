#!/usr/bin/env python3
"""tally.py TESTLOG: prints "PASSED FAILED SKIPPED" from meson's testlog.json.

A TAP program counts as the cases it reports; any other test counts as one.
"""
import json
import re
import sys

passed = failed = skipped = 0
with open(sys.argv[1], encoding="utf-8") as log:
    for line in log:
        test = json.loads(line)
        good = test["result"] in ("OK", "EXPECTEDFAIL")
        skip = test["result"] == "SKIP"
        output = test["stdout"] or ""
        cases = []
        if re.search(r"^1\.\.\d+$", output, re.M):
            cases = re.findall(r"^(not ok|ok)\b(?!.*# SKIP)", output, re.M)
            skipped += len(re.findall(r"^(?:not ok|ok)\b.*# SKIP", output, re.M))
        elif skip:
            skipped += 1
        elif good:
            passed += 1
        passed += cases.count("ok")
        bad = cases.count("not ok")
        if bad == 0 and not good and not skip:
            bad = 1  # it crashed, leaked, ran out of time, or is no TAP program
        failed += bad
print(passed, failed, skipped)
