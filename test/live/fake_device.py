#!/usr/bin/env python3
"""fake_device.py PORT STEP...: a device at the broker on 127.0.0.1, which takes these steps with every command.

  answer[:STATUS[:DETAIL]]   Zhenjiang: its answer
  valve:ID[:STATUS]          the answer of one valve
  timetable                  an empty one
  finished                   ftpUpgrade: the new software runs
  ack[:STATE]                NB
  accept, refuse, stat:N     HY: stat 2, stat 1, another
  frame[:HEX]                HY: that frame as the meter's answer, or none
  confirm[:NUMBER]           HY: the valve's answer, of meter NUMBER
  report[:NUMBER]            HY: readings of meter NUMBER
  will                       HY: the gateway's last will
  foreign                    the next answer is to another command
  unnumbered                 the next answer does not say to which
  status:VALUE               Zhenjiang: the next answer has that JSON for a status, or none when it is empty
  retained                   the next answer stays at the broker
  hex                        NB: the next answer comes in hex
  garbage                    bytes that are no message, where answers come
  other                      a message that comes by itself
  wait:MS
  once                       what follows is for the first command only
Prints "ready", then each topic that comes.
"""
import base64
import json
import os
import socket
import struct
import sys
import time


def crc16(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return struct.pack("<H", crc)


def meter_frame(kind, number, control, data):
    frame = bytes([0x68, kind]) + bytes.fromhex(number) + bytes.fromhex("001111") + bytes([control, len(data)]) + data
    return (frame + bytes([sum(frame) & 0xFF, 0x16])).hex().upper()


class Device:
    def __init__(self, port, steps):
        self.connection = socket.create_connection(("127.0.0.1", port))
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.steps = steps
        self.commands = 0
        self.foreign = self.unnumbered = self.retained = self.hex = False
        self.odd_status = None
        self.packet(0x10, self.text("MQTT") + b"\x04\x02\x00\x00" + self.text("device%d" % os.getpid()))
        filters = ["down/#", "hy/gw/get/#", "$s2d/#", "device/bydpower/down/#"]
        self.packet(0x82, b"\x00\x01" + b"".join(self.text(each) + b"\x00" for each in filters))

    @staticmethod
    def text(text):
        return struct.pack(">H", len(text.encode())) + text.encode()

    def packet(self, first, body):
        size, length = len(body), b""
        while True:
            length += bytes([size & 127 | (128 if size > 127 else 0)])
            size >>= 7
            if size == 0:
                break
        self.connection.sendall(bytes([first]) + length + body)

    def publish(self, topic, payload):
        if not isinstance(payload, bytes):
            payload = json.dumps(payload, separators=(",", ":")).encode()
            payload = base64.b64encode(payload) if topic.startswith("up/base64/") else payload
        self.packet(0x30 | (1 if self.retained else 0), self.text(topic) + payload)
        self.foreign = self.unnumbered = self.retained = self.hex = False
        self.odd_status = None

    def take(self, size):
        data = b""
        while len(data) < size:
            more = self.connection.recv(size - len(data))
            if not more:
                sys.exit(0)
            data += more
        return data

    def receive(self):
        first, size, shift = self.take(1)[0], 0, 0
        while True:
            byte = self.take(1)[0]
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return first, self.take(size)

    # Zhenjiang
    def context(self, status, detail=""):
        context = dict(self.body["context"], unix_milli=1722994330451, status=status, detail=detail)
        if self.foreign:
            context["serial_id"] = "someone else's"
        if self.unnumbered:
            context.pop("serial_id", None)
        if self.odd_status is not None:
            context.pop("status")
            context.update({"status": json.loads(self.odd_status)} if self.odd_status else {})
        return context

    def status(self, value):
        self.odd_status = value

    def reply(self, data, status="1", detail=""):
        self.publish(self.up, {"context": self.context(int(status), detail), "data": data})

    def answer(self, status="1", detail=""):
        self.reply({}, status, detail)

    def valve(self, valve, status="1"):
        self.reply({"valve_id": int(valve), "degree": 50}, status)

    def timetable(self):
        self.reply({"switch_id": 1, "timetable": []})

    def finished(self):
        self.reply({"ver_now": "2.0", "ver_date": "20260101", "upg_start": 1767225600, "upg_finish": 1767225660})

    def ack(self, state="1"):
        extra = struct.pack(">H", self.extra ^ (0x5555 if self.foreign else 0))
        inner = self.sn + b"\x01" + extra + bytes([int(state)])
        frame = inner + crc16(inner)
        self.publish("$d2s/u3/p3/nb", frame.hex().encode() if self.hex else frame)

    # HY
    def gateway(self, msg_id, data, topic=None):
        self.publish(topic or self.up, {"gw": {"msg_id": msg_id, "msg_gw_pr": 0, "gw_id": self.device}, "data": data})

    def accept(self):
        self.gateway(self.body["gw"]["msg_id"], {"stat": 2})

    def refuse(self):
        self.gateway(self.body["gw"]["msg_id"], {"stat": 1})

    def stat(self, stat):
        self.gateway(self.body["gw"]["msg_id"], {"stat": int(stat)})

    def frame(self, *frames):
        self.gateway(40, {"transparent_port": 0, "meter_data": frames})

    def confirm(self, number="27100583"):
        frame = meter_frame(0x55, number, 0x96, bytes.fromhex("902F01"))
        self.gateway(40, {"transparent_port": 0, "meter_data": [frame]})

    def report(self, number="27100583"):
        data = bytes.fromhex("901F0012235304050000000032785634002A8728009328000000000005000000002C00000000FA00FA000000"
                             "E803E8030000EA008185CB0123F740")
        self.gateway(20, {"meter_id": number + "203400", "meter_data": [meter_frame(0x55, number, 0x81, data)]})

    def will(self):
        self.gateway(70, {}, self.up + "/")

    def garbage(self):
        self.publish(self.up, b'{"context":')

    def other(self):
        if self.up.startswith("up/"):
            self.publish(self.up.replace("/" + self.up.split("/")[3] + "/", "/heartbeat/"),
                         {"context": self.context(1), "data": {}})
        else:
            inner = self.sn + b"\x02" + struct.pack(">H", self.extra) + bytes(4)
            self.publish("$d2s/u3/p3/nb", inner + crc16(inner))

    def command(self, topic, payload):
        levels = topic.split("/")
        self.device = levels[-1]
        self.up = topic.replace("down/", "up/", 1) if levels[0] == "down" else topic.replace("/get/", "/set/")
        if levels[0] == "$s2d":
            inner = payload[16:] if payload[0] == 0 else payload
            self.sn, self.extra = inner[:4], struct.unpack(">H", inner[5:7])[0]
            self.up = "$d2s/u3/p3/nb"
        else:
            self.body = json.loads(base64.b64decode(payload) if levels[1] == "base64" else payload)
        self.commands += 1
        for step in self.steps:
            name, *words = step.split(":")
            if name == "once":
                if self.commands > 1:
                    return
            elif name == "wait":
                time.sleep(int(words[0]) / 1000)
            elif name in ("foreign", "unnumbered", "retained", "hex"):
                setattr(self, name, True)
            else:
                getattr(self, name)(*words)

    def run(self):
        while True:
            first, body = self.receive()
            if first >> 4 == 9:
                print("ready", flush=True)
            if first >> 4 != 3:
                continue
            size = struct.unpack(">H", body[:2])[0]
            topic = body[2:2 + size].decode()
            print(topic, flush=True)
            self.command(topic, body[2 + size + (2 if first & 6 else 0):])


Device(int(sys.argv[1]), sys.argv[2:]).run()
