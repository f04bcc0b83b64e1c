#!/usr/bin/env python3
"""Sends frames in hex over a serial line and prints what comes back, one line each: meter_master.py PATH BAUD FRAME...
"+FRAME" is sent without waiting for the answer before it, "FRAME/FRAME" with a pause in it; "-" prints "nothing" when
nothing comes.
"""
import os
import select
import sys
import termios
import time
import tty

path, baud, *frames = sys.argv[1:]
line = os.open(path, os.O_RDWR | os.O_NOCTTY)
tty.setraw(line)
settings = termios.tcgetattr(line)
settings[4] = settings[5] = getattr(termios, "B" + baud)
termios.tcsetattr(line, termios.TCSANOW, settings)


def answer():
    got = b""
    limit = 1
    while select.select([line], [], [], limit)[0]:
        got += os.read(line, 4096)
        limit = 0.15
    return got.hex() or "nothing"


for i, frame in enumerate(frames):
    start = time.monotonic()
    for piece in frame.lstrip("+").split("/"):
        os.write(line, bytes.fromhex(piece))
        if "/" in frame:
            time.sleep(0.05)
    if i + 1 == len(frames) or not frames[i + 1].startswith("+"):
        print(answer(), f"{time.monotonic() - start - 0.15:.2f}", flush=True)
    else:
        time.sleep(0.06)
