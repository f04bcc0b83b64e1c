#!/usr/bin/env python3
"""The JSON Schema and AsyncAPI documents of a protocol, held against its vectors and against themselves.

schemas.py schema SCHEMA FILE...   messages of vector files without deviations fit the schema of their form, and those
                                   that no writer makes, because of a type, a range or a member, do not
schemas.py fits SCHEMA ASYNCAPI FILE...   messages of vector files without deviations fit one of the schemas, and the
                                   examples of the AsyncAPI document their own
schemas.py asyncapi DOCUMENT       every reference leads somewhere, addresses have their parameters, examples fit

The checker here knows what the schemas use; where python3-jsonschema is installed it has to agree.
"""
import json
import re
import sys

try:
    import jsonschema
except ImportError:
    jsonschema = None

KNOWN = {"type", "properties", "required", "additionalProperties", "minimum", "maximum", "const", "enum", "oneOf", "anyOf", "not",
         "pattern", "maxLength", "items", "minItems", "maxItems", "description", "title", "x-unit", "writeOnly", "$schema", "$id"}
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}


def is_type(name, value):
    if isinstance(value, bool) or name == "boolean":
        return name == "boolean" and isinstance(value, bool)
    return isinstance(value, TYPES[name]) or (name == "integer" and isinstance(value, float) and value.is_integer())


def fits_members(schema, value):
    properties = schema.get("properties", {})
    return (all(key in value for key in schema.get("required", []))
            and (schema.get("additionalProperties", True) or all(key in properties for key in value))
            and all(fits(properties[key], member) for key, member in value.items() if key in properties))


def fits(schema, value):
    assert set(schema) <= KNOWN, set(schema) - KNOWN
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return all((
        "type" not in schema or is_type(schema["type"], value),
        "const" not in schema or schema["const"] == value,
        "anyOf" not in schema or any(fits(form, value) for form in schema["anyOf"]),
        "oneOf" not in schema or sum(fits(form, value) for form in schema["oneOf"]) == 1,
        "not" not in schema or not fits(schema["not"], value),
        "enum" not in schema or value in schema["enum"],
        not is_number or schema.get("minimum", value) <= value <= schema.get("maximum", value),
        not isinstance(value, str) or len(value) <= schema.get("maxLength", len(value)),
        not isinstance(value, str) or re.search(schema.get("pattern", ""), value) is not None,
        not isinstance(value, list) or schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)),
        not isinstance(value, list) or "items" not in schema or all(fits(schema["items"], item) for item in value),
        not isinstance(value, dict) or fits_members(schema, value),
    ))


def agreed(schema, value):
    """Whether it fits, by both checkers."""
    fit = fits(schema, value)
    if jsonschema is not None:
        assert jsonschema.Draft202012Validator(schema).is_valid(value) == fit, (schema.get("title"), value)
    return fit


def vectors(paths, schemas):
    for path in paths:
        for line in open(path, encoding="utf-8"):
            vector = json.loads(line)
            try:
                body = json.loads(vector["payload"])
            except (KeyError, ValueError, RecursionError):
                continue
            parts = (vector.get("topic") or "").split("/")
            if len(parts) < 4 or parts[1] != "json":
                continue
            is_finished = parts[0] == "up" and parts[3] == "ftpUpgrade" and body.get("data")
            key = parts[0] + "." + parts[3] + (".finished" if is_finished else "")
            if key in schemas:
                yield vector, schemas[key], body


# The length of dev_id, and what the topic says, are beyond these schemas.
BEYOND = {"dev_id", "topic"}


def check_schema(path, *paths):
    document = json.load(open(path, encoding="utf-8"))
    if jsonschema is not None:
        jsonschema.Draft202012Validator.check_schema(document)
    schemas = document["$defs"]
    bad = good = refused = 0
    for vector, schema, body in vectors(paths, schemas):
        if vector.get("deviations_none"):
            good += 1
            if not agreed(schema, body):
                print("refuses %s: %s" % (schema["title"], vector.get("note")))
                bad += 1
        elif "write_error" in vector and vector["rule"] not in BEYOND:
            refused += not agreed(schema, body)
            if agreed(schema, body):
                print("accepts %s: %s (%s)" % (schema["title"], vector.get("note"), vector["rule"]))
                bad += 1
    print("# %d fit, %d do not" % (good, refused))
    named = {item["$ref"].rsplit("/", 1)[1] for item in document["anyOf"]}
    return bad + (named != set(schemas)) + (good < 200) + (refused < 20)


def find(document, reference):
    place = document
    for key in reference[2:].split("/"):
        place = place[key]
    return place


def references(value):
    if isinstance(value, dict):
        yield from ([value["$ref"]] if "$ref" in value else [])
        value = list(value.values())
    if isinstance(value, list):
        for member in value:
            yield from references(member)


def check_asyncapi(path):
    document = json.load(open(path, encoding="utf-8"))
    assert document["asyncapi"] == "3.0.0" and document["info"]["title"] and document["info"]["version"]
    for reference in references(document):
        find(document, reference)
    used = set()
    for key, channel in document["channels"].items():
        assert re.fullmatch(r"[A-Za-z0-9._-]+", key), key
        assert set(re.findall(r"\{(\w+)\}", channel["address"])) == set(channel["parameters"]), key
        assert all(parameter["description"] for parameter in channel["parameters"].values())
        used |= {reference["$ref"] for reference in channel["messages"].values()}
    messages = document["components"]["messages"]
    assert used == {"#/components/messages/" + key for key in messages}
    assert {operation["channel"]["$ref"] for operation in document["operations"].values()} == \
        {"#/channels/" + key for key in document["channels"]}
    for key, operation in document["operations"].items():
        channel = find(document, operation["channel"]["$ref"])
        assert operation["action"] == ("receive" if key.startswith("down.") else "send")
        assert ("reply" in operation) == key.startswith("down."), key
        assert {find(document, item["$ref"])["$ref"] for item in operation["messages"]} <= \
            {item["$ref"] for item in channel["messages"].values()}
    for message in messages.values():
        assert agreed(message["payload"], message["examples"][0]["payload"]), message["title"]
    addresses = {channel["address"] for channel in document["channels"].values()}
    assert "down/{format}/{vendor}/ctlOnOff/{device}" in addresses and "up/{format}/{vendor}/heartbeat" in addresses
    print("# %d channels, %d messages" % (len(document["channels"]), len(messages)))
    return len(messages) != 57


def check_fits(schema, asyncapi, *paths):
    schemas = json.load(open(schema, encoding="utf-8"))["$defs"].values()
    good = bad = 0
    for line in (line for path in paths for line in open(path, encoding="utf-8")):
        vector = json.loads(line)
        if not vector.get("deviations_none") or "payload" not in vector:
            continue
        fit = any(agreed(schema, json.loads(vector["payload"])) for schema in schemas)
        good += fit
        bad += not fit
        if not fit:
            print("refuses %s: %s" % (vector.get("message"), vector.get("note")))
    for message in json.load(open(asyncapi, encoding="utf-8"))["components"]["messages"].values():
        for example in message.get("examples", []):
            if not agreed(message["payload"], example["payload"]):
                print("the example of %s does not fit" % message["title"])
                bad += 1
    print("# %d fit" % good)
    return bad + (good < 30)


ACTIONS = {"schema": check_schema, "fits": check_fits, "asyncapi": check_asyncapi}
sys.exit(1 if ACTIONS[sys.argv[1]](*sys.argv[2:]) else 0)
