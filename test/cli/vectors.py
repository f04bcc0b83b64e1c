#!/usr/bin/env python3
"""What the vectors say, held against what zjiotctl prints.

vectors.py hex FILE...                  the frames of vector files, one a line; those with a digit lost are left out
vectors.py logs FILE...                 the log lines of vector files that hold a message
vectors.py answers FILE RECORDS         RECORDS (jsonl) answer those lines, one each, in order
vectors.py records EXPECT RECORDS       RECORDS (jsonl) answer the lines of EXPECT, one each, in order
vectors.py refused INVALID RECORDS      no record of an input that INVALID lists is ok
vectors.py spans HEX EXPLANATIONS       the explanations (json) of a line of HEX cover every byte of it once, in order
vectors.py repair REPAIR PROGRAM        PROGRAM proposes exactly the candidates
vectors.py carried REPAIR PROGRAM       the same for frames within a message of HY, whose record keeps what is left of them
vectors.py back PROGRAM RECORDS LEAST   PROGRAM encodes each record of RECORDS (jsonl) to the frame that it came from, LEAST of
                                        them to the same bytes
"""
import json
import subprocess
import sys


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def values(path):
    text = open(path, encoding="utf-8").read()
    decoder = json.JSONDecoder()
    found, at = [], 0
    while text[at:at + 65536].strip():
        while text[at].isspace():
            at += 1
        value, at = decoder.raw_decode(text, at)
        found.append(value)
    return found


def look_up(record, path):
    """The value at data.period[0].on; KeyError, the class, when there is none."""
    for key in path.replace("[", ".").replace("]", "").split("."):
        try:
            record = record[int(key)] if isinstance(record, list) else record[key]
        except (KeyError, IndexError, TypeError):
            return KeyError
    return record


def same(found, wanted):
    if isinstance(found, dict) and not isinstance(wanted, dict):
        found = found.get("value")
    if isinstance(found, (int, float)) and isinstance(wanted, (int, float)) and not isinstance(wanted, bool):
        return abs(found - wanted) < 1e-9
    if isinstance(found, str) and isinstance(wanted, str):
        return found.lower() == wanted.lower()  # hex digits
    return found == wanted


def matches(deviation, wanted):
    return all(deviation.get(key) in (value.split("|") if key == "code" else [value]) for key, value in wanted.items())


def faults(record, expect):
    """What is wrong with the record of one line."""
    if record.get("raw", "").lower() not in expect.get("hex", expect.get("line", "")).lower():
        yield "raw is another frame"
        return
    if record["ok"] != expect["ok"]:
        yield "ok is %s" % record["ok"]
    readings = [expect.get("assert", {})]
    readings += [{**readings[0], **other} for other in expect.get("alt", [])]
    wrong = [[path for path, wanted in reading.items() if not same(look_up(record, path), wanted)]
             for reading in readings]
    if all(wrong):
        yield "values differ: %s" % ", ".join("%s is %r" % (path, look_up(record, path)) for path in wrong[0])
    for wanted in expect.get("deviations", []):
        if not any(matches(deviation, wanted) for deviation in record.get("deviations", [])):
            yield "no deviation %s" % wanted
    if expect.get("deviations_none") and record.get("deviations"):
        yield "deviates: %s" % record["deviations"]
    if "error" in expect and record.get("error", {}).get("code") not in expect["error"].split("|"):
        yield "the error is %s" % record.get("error")
    for key in ("offset", "path"):
        if key in expect and record.get("error", {}).get(key) != expect[key]:
            yield "the error's %s is %r" % (key, record.get("error", {}).get(key))


def tell(text, entry):
    print("%s: %s (%s)" % (text, entry["hex"][:60], entry.get("note", "")))


def check_records(expect_path, records_path):
    expected = [entry for entry in lines(expect_path) if len(entry["hex"]) % 2 == 0]
    records = lines(records_path)
    bad = 0 if len(expected) == len(records) else 1
    if bad:
        print("%d inputs, %d records" % (len(expected), len(records)))
    for entry, record in zip(expected, records):
        for fault in faults(record, entry):
            tell(fault, entry)
            bad += 1
    return bad


def check_refused(invalid_path, records_path):
    invalid = {entry["hex"].lower(): entry for entry in lines(invalid_path)}
    bad, seen = 0, set()
    for record in lines(records_path):
        entry = invalid.get(record["raw"])
        seen.add(record["raw"])
        if entry is not None:
            for fault in faults(record, entry):
                tell(fault, entry)
                bad += 1
    whole = len(seen & set(invalid))
    if whole < 100:
        print("only %d inputs were answered" % whole)
        bad += 1
    return bad


def check_spans(hex_path, explanations_path):
    frames = open(hex_path, encoding="utf-8").read().split()
    explanations = [[] for _ in frames]
    for document in values(explanations_path):
        explanations[document["input"] - 1] += document["spans"]
    bad = 0
    for frame, spans in zip(frames, explanations):
        at, text = 0, ""
        for span in spans:
            if span["size"] > 0:
                contiguous = span["offset"] == at
                at += span["size"]
                text += span["bytes"]
                explained = span["kind"] in ("field", "skipped") or span["meaning"] == "Not decodable."
            else:
                contiguous, explained = span["offset"] < at, True
            if not contiguous or not explained:
                print("byte %d (%s): %s" % (span["offset"], span.get("path"), frame))
                bad += 1
        if text != frame.lower():
            print("the spans are other bytes: %s" % frame)
            bad += 1
    return bad


def is_refused(done, _):
    return done.returncode == 2 and not done.stdout


def is_kept(done, digits):
    if done.returncode != 3:
        return False
    record = json.loads(done.stdout)
    frame = record["frames"][0]
    return record["ok"] and not frame["ok"] and frame["raw"] == digits


def check_proposals(repair_path, program, form, is_right):
    bad = 0
    for entry in lines(repair_path):
        done = run_tool(program, "decode", "-o", "jsonl", form % entry["hex"])
        proposed = [line.split()[0].lower() for line in done.stderr.splitlines() if "(digit" in line]
        first = entry["hy_first"]
        wanted = entry["candidates"]
        right = sorted(proposed[:first]) == sorted(wanted[:first]) and sorted(proposed[first:]) == sorted(wanted[first:])
        if not right or not is_right(done, entry["hex"]):
            print("%d proposals for %s" % (len(proposed), entry["hex"]))
            bad += 1
    return bad


def check_repair(repair_path, program):
    return check_proposals(repair_path, program, "%s", is_refused)


def check_carried(repair_path, program):
    form = '{"gw":{"msg_id":40,"msg_gw_pr":0,"gw_id":"02345678903"},"data":{"meter_data":["%s"]}}'
    return check_proposals(repair_path, program, form, is_kept)


def run_tool(program, *arguments):
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def without_bytes(record):
    """What a record says, but for how it stood in the bytes."""
    header = {key: value for key, value in record["header"].items() if key not in ("crc", "crc_ok", "cs", "cs_ok")}
    return record["message"], record.get("variant"), header, record["data"]


def has_null(value):
    if isinstance(value, dict):
        return any(has_null(member) for member in value.values())
    return value is None


def has_shared_unit(record):
    """A quantity whose unit byte is one of several with that name."""
    return any(isinstance(value, dict) and value.get("unit") not in (None, "%", "\u00b0C", "h")
               for value in record["data"].values())


def back(program, record):
    """("same", "") when the record encodes to its own bytes, else what else came of it."""
    layout = ["--layout", record["profile"]] if record.get("profile") == "raw" else []
    placeholder = ["--placeholder-crc"] if record["header"].get("crc") == "ffff" else []
    done = run_tool(program, "encode", *placeholder, "--data", json.dumps(record))
    frame = done.stdout.strip()
    if done.returncode == 0 and frame == record["raw"]:
        return "same", ""
    clean = not record["deviations"] and not has_null(record["data"])
    if done.returncode == 2 and not frame and not clean:
        return "refused", ""
    if done.returncode != 0:
        return "wrong", "exit %d: %s" % (done.returncode, done.stderr.strip())
    again = json.loads(run_tool(program, "decode", "-p", record["protocol"], *layout, "--show-secrets", "-o", "jsonl", frame).stdout)
    if without_bytes(again) != without_bytes(record):
        return "wrong", "encoded as something else: %s" % frame
    if clean and not has_shared_unit(record):
        return "wrong", "encoded to other bytes: %s" % frame
    return "alike", ""


def check_back(program, records_path, least):
    bad, counts = 0, {"same": 0, "alike": 0, "refused": 0, "wrong": 0}
    for record in lines(records_path):
        if not record["ok"]:
            continue
        outcome, why = back(program, record)
        counts[outcome] += 1
        if outcome == "wrong":
            print("%s (%s)" % (why, record["raw"]))
            bad += 1
    print("# %s" % counts)
    return bad + (counts["same"] < int(least))


def print_hex(*paths):
    for path in paths:
        for entry in lines(path):
            if len(entry["hex"]) % 2 == 0:
                print(entry["hex"])
    return 0


def messages_of(path):
    return [entry for entry in lines(path) if "line" in entry and entry.get("ok")]


def print_logs(*paths):
    for path in paths:
        for entry in messages_of(path):
            print(entry["line"])
    return 0


def check_answers(path, records_path):
    """The topic, the message and the values of its frames, all in the one record of a line."""
    entries, records = messages_of(path), lines(records_path)
    bad = abs(len(entries) - len(records))
    for entry, record in zip(entries, records):
        wrong = list(faults(record, entry))
        wrong += [key for key in ("topic", "message", "direction") if record.get(key) != entry[key]]
        if wrong:
            print("%s: %s" % (entry["line"], ", ".join(wrong)))
            bad += 1
    print("# %d lines" % len(entries))
    return bad + (not entries)


ACTIONS = {"logs": print_logs, "answers": check_answers, "hex": print_hex, "records": check_records, "refused": check_refused, "spans": check_spans,
           "repair": check_repair, "carried": check_carried, "back": check_back}
if __name__ == "__main__":
    sys.exit(1 if ACTIONS[sys.argv[1]](*sys.argv[2:]) else 0)
