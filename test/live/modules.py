#!/usr/bin/env python3
"""modules.py COMMAND PORT ...: 4G modules, healthy and other ones, on 127.0.0.1.

  exchange PORT SECONDS PIECE...   sends the pieces on one connection, and prints what comes until it ends or SECONDS have
                                   passed; PIECE wait:TEXT waits for a text, end sends the end, sleep:SECONDS sleeps
  trickle PORT TEXT                sends a text byte by byte, and prints the answer
  resets PORT TEXT                 one connection after the other, reset after 0, 1, 2... bytes of a text
  hold PORT N SECONDS              N connections that say nothing
  deaf PORT COUNT                  sends COUNT messages and reads no answer; prints how it ended
  crowd PORT N                     N idle connections, N that send a byte now and then, N that send garbage; prints
                                   "ready", and stays until stdin ends
  healthy PORT MODULES TURNS       each module sends TURNS messages, one after the other; prints median, 99th percentile
                                   and maximum of the answers' times in ms
  load PORT MODULES TURNS FILE     the same, again on a new connection when one ends; FILE gets "IMEI PACKNUM" of each
                                   message that was answered
"""
import random
import selectors
import socket
import struct
import sys
import time

IMEI = "86550104%07d"


def connect(port, patience=20):
    end = time.monotonic() + patience
    while True:
        try:
            connection = socket.create_connection(("127.0.0.1", port), timeout=20)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def push(number, packnum):
    return ('{"cmd":"push_online","IMEI":"%s","packnum":"%d","st0":[1],"dt0":[0]}' % (IMEI % number, packnum)).encode()


def take_answer(connection):
    data = b""
    while not data.endswith(b"}"):
        more = connection.recv(4096)
        if not more:
            raise EOFError
        data += more
    return data


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def exchange(port, seconds, *pieces):
    connection = connect(port)
    end = time.monotonic() + float(seconds)
    seen = b""

    def wait(text):
        nonlocal seen
        while text is None or text not in seen:
            connection.settimeout(max(end - time.monotonic(), 0.001))
            more = connection.recv(65536)
            if not more:
                raise EOFError
            seen += more
            sys.stdout.write(more.decode())
            sys.stdout.flush()

    try:
        for piece in pieces:
            if piece == "end":
                connection.shutdown(socket.SHUT_WR)
            elif piece.startswith("wait:"):
                wait(piece[5:].encode())
            elif piece.startswith("sleep:"):
                time.sleep(float(piece[6:]))
            else:
                connection.sendall(piece.encode())
        wait(None)
    except EOFError:
        print("\nended")
    except ConnectionResetError:
        print("\nreset")
    except TimeoutError:
        print("\nopen")


def trickle(port, text):
    connection = connect(port)
    for byte in text.encode():
        connection.sendall(bytes([byte]))
        time.sleep(0.001)
    print(take_answer(connection).decode())


def resets(port, text):
    for size in range(len(text) + 1):
        connection = connect(port)
        connection.sendall(text[:size].encode())
        time.sleep(0.002)
        reset(connection)


def hold(port, count, seconds):
    connections = [connect(port) for _ in range(int(count))]
    time.sleep(float(seconds))
    del connections


def deaf(port, count):
    connection = connect(port)
    text = ('{"cmd":"time","IMEI":"%s"}' % (IMEI % 900000)).encode()
    try:
        for _ in range(int(count) // 100):
            connection.sendall(text * 100)
    except (ConnectionError, TimeoutError) as error:
        print(type(error).__name__)
        return
    print("all sent")


def crowd(port, count):
    count = int(count)
    selector = selectors.DefaultSelector()
    rest = [connect(port) for _ in range(count)]
    slow = [[connect(port), push(100000 + i, 0), 0] for i in range(count)]
    noisy = [connect(port) for _ in range(count)]
    selector.register(sys.stdin, selectors.EVENT_READ)
    print("ready", flush=True)
    turn = 0
    while not selector.select(timeout=0.02):
        for i in range(turn % 25, count, 25):
            connection, text, at = slow[i]
            connection.send(text[at:at + 1])
            slow[i][2] = (at + 1) % (len(text) - 1)
            try:
                noisy[i].send(random.randbytes(200))
            except OSError:
                noisy[i].close()
                noisy[i] = connect(port)
        turn += 1
    del rest


def healthy(port, modules, turns):
    connections = [connect(port) for _ in range(int(modules))]
    times = []
    for turn in range(int(turns)):
        for number, connection in enumerate(connections):
            begin = time.monotonic()
            connection.sendall(push(number, turn))
            answer = take_answer(connection)
            assert answer == b'{"cmd":"push_online_ack","packnum":"%d"}' % turn, answer
            times.append((time.monotonic() - begin) * 1000)
    times.sort()
    print("%.2f %.2f %.2f" % (times[len(times) // 2], times[len(times) * 99 // 100], times[-1]))


class Loader:
    def __init__(self, port, number):
        self.port, self.number, self.packnum = port, number, 0
        self.connection = None

    def start(self):
        self.connection = connect(self.port)
        self.send()

    def send(self):
        self.connection.sendall(push(self.number, self.packnum))


def load(port, modules, turns, path):
    selector = selectors.DefaultSelector()
    loaders = [Loader(port, number) for number in range(int(modules))]
    left = len(loaders)

    def again(loader):
        if loader.connection is not None:
            selector.unregister(loader.connection)
            loader.connection.close()
        while True:
            try:
                loader.start()
                break
            except ConnectionError:
                loader.connection.close()
        selector.register(loader.connection, selectors.EVENT_READ, loader)

    with open(path, "a", encoding="ascii", buffering=1) as log:
        for loader in loaders:
            again(loader)
        while left > 0:
            for key, _ in selector.select(timeout=20):
                loader = key.data
                try:
                    answer = loader.connection.recv(4096)
                    if answer == b'{"cmd":"push_online_ack","packnum":"%d"}' % loader.packnum:
                        print(IMEI % loader.number, loader.packnum, file=log)
                        loader.packnum += 1
                        if loader.packnum == int(turns):
                            selector.unregister(loader.connection)
                            left -= 1
                        else:
                            loader.send()
                    else:
                        again(loader)
                except ConnectionError:
                    again(loader)


if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:])
