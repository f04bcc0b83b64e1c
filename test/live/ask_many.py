#!/usr/bin/env python3
"""Asks many Zhenjiang devices for their clock, all at once, and prints how many of them answered, with their own serial_id.

ask_many.py PORT DEVICES SECONDS
"""
import json
import socket
import sys
import time

port, devices, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])


def text(value):
    return len(value).to_bytes(2, "big") + value.encode()


def packet(kind, body):
    size, length = b"", len(body)
    while True:
        size += bytes([length % 128 | (128 if length > 127 else 0)])
        length //= 128
        if length == 0:
            return bytes([kind]) + size + body


def publish(device):
    context = {"dev_attr": 0, "dev_id": device, "cmd": "getTimer", "unix_milli": 1, "serial_id": "s" + device}
    body = json.dumps({"context": context, "data": {}}).encode()
    return packet(0x30, text("down/json/01/getTimer/" + device) + body)


def packets(connection):
    """What the broker sends: kind and body of each packet."""
    data = b""
    while True:
        at, size = 1, 0
        while at < len(data) and at < 5:
            size |= (data[at] & 127) << 7 * (at - 1)
            at += 1
            if data[at - 1] < 128:
                break
        if at > 1 and data[at - 1] < 128 and len(data) >= at + size:
            yield data[0], data[at:at + size]
            data = data[at + size:]
            continue
        more = connection.recv(1 << 16)
        if not more:
            return
        data += more


connection = socket.create_connection(("127.0.0.1", port))
connection.sendall(packet(0x10, text("MQTT") + b"\x04\x02\x00\x3c" + text("ask-many")))
connection.sendall(packet(0x82, b"\x00\x01" + text("up/json/01/getTimer/+") + b"\x00"))
names = ["01%016d" % (number + 1) for number in range(devices)]
answered = set()
deadline = time.monotonic() + seconds
connection.settimeout(seconds)
try:
    for kind, body in packets(connection):
        if kind == 0x90:
            connection.sendall(b"".join(map(publish, names)))
        if kind >> 4 == 3:
            topic_size = int.from_bytes(body[:2], "big")
            device = body[2:2 + topic_size].decode().split("/")[4]
            answer = json.loads(body[2 + topic_size:])
            if answer["context"]["serial_id"] == "s" + device and answer["context"]["status"] == 1:
                answered.add(device)
        if len(answered) == devices or time.monotonic() > deadline:
            break
except socket.timeout:
    pass
print(len(answered))
