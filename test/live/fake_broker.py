#!/usr/bin/env python3
"""fake_broker.py WORD... [tls CERT KEY]: a broker that misbehaves, on a free port of 127.0.0.1, which it prints.

  backlog          takes no connection: the queue for them is full
  mute PHASE       says nothing from that phase on: connack, suback, puback
  bytes HEX        answers CONNECT with these bytes, and waits
  close            closes the connection after CONNECT
  reset BYTES      resets it after that many bytes of its own
  old              knows only MQTT 3.1.1, and tells in the form of 3.1.1
  trickle MS       sends one byte at a time, with that pause
Phase none is a whole broker: it acknowledges and echoes nothing.
"""
import socket
import ssl
import struct
import sys
import threading
import time

CONNECT, PUBLISH, SUBSCRIBE, PINGREQ = 1, 3, 8, 12


def take(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def packet(connection):
    first, size, shift = take(connection, 1)[0], 0, 0
    while True:
        byte = take(connection, 1)[0]
        size |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return first, take(connection, size)


class Broker:
    def __init__(self, words):
        self.mute = words[1] if words[0] == "mute" else None
        self.bytes = bytes.fromhex(words[1]) if words[0] == "bytes" else None
        self.closes = words[0] == "close"
        self.reset = int(words[1]) if words[0] == "reset" else None
        self.old = words[0] == "old"
        self.pause = int(words[1]) / 1000 if words[0] == "trickle" else 0

    def send(self, connection, data):
        if self.reset is not None:
            connection.sendall(data[:self.reset])
            self.reset -= min(self.reset, len(data))
            if self.reset == 0:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                raise EOFError
        elif self.pause:
            for byte in data:
                connection.sendall(bytes([byte]))
                time.sleep(self.pause)
        else:
            connection.sendall(data)

    def answer(self, connection, first, body, level):
        kind = first >> 4
        properties = b"\x00" if level == 5 else b""
        if kind == CONNECT:
            if self.mute == "connack":
                return
            if self.closes:
                raise EOFError
            if self.bytes is not None:
                connection.sendall(self.bytes)
            elif self.old and level == 5:
                connection.sendall(b"\x20\x02\x00\x01")
                raise EOFError
            else:
                self.send(connection, bytes([0x20, 2 + len(properties), 0, 0]) + properties)
        elif kind == SUBSCRIBE and self.mute != "suback":
            self.send(connection, bytes([0x90, 3 + len(properties)]) + body[:2] + properties + b"\x01")
        elif kind == PUBLISH and first & 6 and self.mute != "puback":
            size = struct.unpack(">H", body[:2])[0]
            self.send(connection, b"\x40\x02" + body[2 + size:4 + size])
        elif kind == PINGREQ:
            self.send(connection, b"\xd0\x00")

    def serve(self, connection, context):
        level = 4
        try:
            if context:
                connection = context.wrap_socket(connection, server_side=True)
            while True:
                first, body = packet(connection)
                if first >> 4 == CONNECT:
                    level = body[6]
                self.answer(connection, first, body, level)
        except (EOFError, OSError):
            pass
        connection.close()


def main():
    words, context = sys.argv[1:], None
    if "tls" in words:
        at = words.index("tls")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(words[at + 1], words[at + 2])
        words = words[:at]
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    full = words[0] == "backlog"
    listener.listen(0 if full else 16)
    fillers = [socket.socket() for _ in range(4 if full else 0)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex(listener.getsockname())
    print(listener.getsockname()[1], flush=True)
    while full:
        time.sleep(60)
    while True:
        connection = listener.accept()[0]
        threading.Thread(target=Broker(words).serve, args=(connection, context), daemon=True).start()


main()
