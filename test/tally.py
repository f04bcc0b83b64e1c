#!/usr/bin/env python3
"""tally.py TESTLOG: prints "PASSED FAILED" from meson's testlog.json, and a line "TEST: CASE # REASON" for what was skipped.

A TAP program counts as the cases it reports; any other test counts as one.
"""
import json
import re
import sys

passed = failed = 0
skipped = []
with open(sys.argv[1], encoding="utf-8") as log:
    for line in log:
        test = json.loads(line)
        good = test["result"] in ("OK", "EXPECTEDFAIL")
        skip = test["result"] == "SKIP"
        output = test["stdout"] or ""
        cases = []
        if re.search(r"^1\.\.\d+$", output, re.M):
            cases = re.findall(r"^(not ok|ok)\b(?!.*# SKIP)", output, re.M)
            for text, reason in re.findall(r"^(?:not )?ok \d+(?: - )?(.*?) # SKIP *(.*)", output, re.M):
                skipped.append(f"{test['name']}: {text} # {reason}")
        elif skip:
            reason = re.search(r"# SKIP *(.*)", output)
            skipped.append(test["name"] + (f" # {reason[1]}" if reason else ""))
        elif good:
            passed += 1
        passed += cases.count("ok")
        bad = cases.count("not ok")
        if bad == 0 and not good and not skip:
            bad = 1  # it crashed, leaked, ran out of time, or is no TAP program
        failed += bad
print(passed, failed)
for what in skipped:
    print(what)
