#!/usr/bin/env python3
"""Vectors of JSON protocols, held against what zjiotctl prints. Each message goes in as it is: --from raw, by itself.

json_vectors.py records PROGRAM PROTOCOL FILE...   decode: ok, values, deviations, errors, and nothing that must be absent
json_vectors.py spans PROGRAM PROTOCOL FILE...     explain: the spans hold every byte of the text once, in order
json_vectors.py back PROGRAM PROTOCOL LEAST FILE...  records without deviations encode to the same message, LEAST of them
json_vectors.py table PROGRAM DAYS ACTIONS         a setTimetable message of that size goes in and out the same
"""
import json
import subprocess
import sys

sys.dont_write_bytecode = True
from vectors import look_up


def lines(paths):
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for line in file:
                vector = json.loads(line)
                if vector.get("payload") or vector.get("payload_hex"): # an empty input is wrong usage
                    yield vector


def body(vector):
    if "payload_hex" in vector:
        return bytes.fromhex(vector["payload_hex"])
    return vector["payload"].encode("utf-8")


def call(program, *arguments, data=b""):
    return subprocess.run([program, *arguments], input=data, capture_output=True, check=False)


def read(program, protocol, vector, command, *options):
    topic = ["-t", vector["topic"]] if vector.get("topic") is not None else []
    done = call(program, command, "-p", protocol, *topic, "--from", "raw", *options, data=body(vector))
    return json.loads(done.stdout) if done.stdout else None, done


def same(found, wanted):
    """Zero and empty may say that there is no value; what is printed then is left open. A secret is masked, empty or not."""
    if found in (None, KeyError, "***") and wanted in (0, ""):
        return True
    if isinstance(found, (int, float)) and isinstance(wanted, (int, float)) and not isinstance(wanted, bool):
        return abs(found - wanted) <= 1e-9 * max(1, abs(wanted))
    return found == wanted


def matches(finding, wanted):
    code = wanted.get("code", finding["code"]).split("|")
    path = wanted.get("path", finding["path"]).split("|")
    return finding["code"] in code and finding["path"] in path


def faults(record, vector):
    if "ok" in vector and record["ok"] != vector["ok"]:
        yield "ok is %s: %s" % (record["ok"], record.get("error"))
    for path, wanted in vector.get("assert", {}).items():
        if record.get("header") is not None and not same(look_up(record, path), wanted):
            yield "%s is %r, not %r" % (path, look_up(record, path), wanted)
    found = record.get("deviations", [])
    for wanted in vector.get("deviations", []):
        if not any(matches(deviation, wanted) for deviation in found):
            yield "no deviation %s in %s" % (wanted, found)
    if vector.get("deviations_none") and found:
        yield "deviates: %s" % found
    if "error" in vector and record.get("error", {}).get("code") not in vector["error"].split("|"):
        yield "the error is %s" % record.get("error")
    if "report" in vector:
        errors = [record["error"]] if "error" in record else []
        if not any(matches(finding, vector["report"]) for finding in found + errors):
            yield "%s is not reported" % vector["report"]


def tell(vector, text):
    print("%s (%s: %s)" % (text[:300], vector.get("form", vector.get("topic")), vector.get("note", "")))


def check_records(program, protocol, *paths):
    bad = count = 0
    for vector in lines(paths):
        record, done = read(program, protocol, vector, "decode", "-o", "jsonl")
        count += 1
        wrong = ["no record: %s" % done.stderr[:200]] if record is None else list(faults(record, vector))
        shown = done.stdout + done.stderr
        wrong += ["%r is shown" % text for text in vector.get("absent", []) if text.encode() in shown]
        code = 0 if record is not None and record["ok"] else 3
        if done.returncode != code:
            wrong.append("exit %d" % done.returncode)
        for text in wrong:
            tell(vector, text)
        bad += len(wrong)
    print("# %d messages" % count)
    return bad + (count < 50)


def check_spans(program, protocol, *paths):
    bad = count = 0
    for vector in lines(paths):
        record, _ = read(program, protocol, vector, "explain", "-o", "jsonl", "--show-secrets")
        if record is None or not record["ok"] or "opened" in record:
            continue
        count += 1
        text, at = "", 0
        for span in record["spans"]:
            if span["size"] > 0:
                if span["offset"] != at or len(span["text"].encode("utf-8")) != span["size"]:
                    tell(vector, "byte %d: %s" % (at, span))
                    bad += 1
                at += span["size"]
                text += span["text"]
        if text.encode("utf-8") != body(vector):
            tell(vector, "the spans are another text")
            bad += 1
    print("# %d messages" % count)
    return bad + (count < 50)


# A day and a time that are empty are not told from ones that are not there.
EMPTY_TIMES = ("up/getTimetable", "up/getLoopParam")


def held(value):
    """A message without what is zero and may be left out."""
    if isinstance(value, dict):
        return {key: held(member) for key, member in value.items() if not (key == "phase" and member == 0)}
    return [held(item) for item in value] if isinstance(value, list) else value


def check_back(program, protocol, least, *paths):
    bad = count = 0
    for vector in lines(paths):
        record, _ = read(program, protocol, vector, "decode", "-o", "jsonl", "--show-secrets")
        has_empty = vector["form"] in EMPTY_TIMES and vector.get("note") == "zero and empty, one item a list"
        if record is None or not record["ok"] or record["deviations"] or has_empty:
            continue
        done = call(program, "encode", "-o", "line", "--data", "@-", data=json.dumps(record).encode())
        topic, _, text = done.stdout.decode().strip().partition(" ")
        if done.returncode != 0 or topic != vector["topic"] or held(json.loads(text)) != held(json.loads(vector["payload"])):
            tell(vector, "%s %s" % (done.stderr.decode(), done.stdout.decode()))
            bad += 1
        count += 1
    print("# %d messages" % count)
    return bad + (count < int(least))


def check_table(program, days, actions):
    table = [{"dt": "%02d-%02d" % (1 + day // 28, 1 + day % 28),
              "do": [{"switch_id": 1 + at % 8, "type": 1 + at % 2, "time": "%02d:%02d" % (at // 60 % 24, at % 60)}
                     for at in range(int(actions))]} for day in range(int(days))]
    context = {"dev_attr": 3, "dev_id": "010000002934857620", "cmd": "setTimetable", "unix_milli": 1722994330451}
    text = json.dumps({"context": context, "data": {"timetable": table}}, separators=(",", ":"))
    line = ("down/json/01/setTimetable/010000002934857620 " + text + "\n").encode()
    decoded = call(program, "decode", "-o", "jsonl", data=line)
    record = json.loads(decoded.stdout)
    encoded = call(program, "encode", "--data", "@-", "-o", "line", data=decoded.stdout)
    print("# %d bytes" % len(text))
    good = record["data"]["timetable"] == table and not record["deviations"] and encoded.stdout == line
    rows = call(program, "decode", "-o", "csv", data=line).stdout.decode().splitlines()
    last = "data.timetable[%d].do[%d].time" % (int(days) - 1, int(actions) - 1)
    good = good and last in rows[-1]
    shown = call(program, "decode", data=line).stdout.decode().splitlines()
    return 0 if good and len(shown) < int(days) * (int(actions) + 2) + 20 else 1


ACTIONS = {"records": check_records, "spans": check_spans, "back": check_back, "table": check_table}
if __name__ == "__main__":
    sys.exit(1 if ACTIONS[sys.argv[1]](*sys.argv[2:]) else 0)
