#!/usr/bin/env python3
"""A server for 4G modules: prints its port, then a line "IMEI JSON" for each object that comes ("-" before the IMEI is
known), and "IMEI gone". Lines on stdin: mute, zero, speak (whether and how it acknowledges), drop (all connections), and
"IMEI TEXT", which is sent as it is.
"""
import asyncio
import json
import sys

answers = {"ping": "pong", "time": "time_ack", "push_msg": "push_msg_ack", "push_info": "push_info_ack",
           "push_online": "push_online_ack"}
modules = {}
mood = "speak"


def reply(message):
    answer = {"cmd": answers[message["cmd"]]}
    if message["cmd"] == "time":
        answer["timestamp"] = "1583847057"
    if "packnum" in message:
        answer["packnum"] = "0" if mood == "zero" else message["packnum"]
    return json.dumps(answer).encode()


async def serve(reader, writer):
    text = ""
    imei = "-"
    decoder = json.JSONDecoder()
    try:
        while chunk := await reader.read(65536):
            text += chunk.decode("latin-1")
            while text:
                try:
                    message, end = decoder.raw_decode(text)
                except ValueError:
                    break
                imei = message.get("IMEI", imei)
                modules[imei] = writer
                print(imei, text[:end], flush=True)
                text = text[end:]
                if message["cmd"] in answers and mood != "mute":
                    writer.write(reply(message))
    except ConnectionError:
        pass
    print(imei, "gone", text, flush=True)
    writer.close()


async def main():
    global mood
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := (await lines.readline()).decode().rstrip("\n"):
        if line in ("mute", "zero", "speak"):
            mood = line
        elif line == "drop":
            for writer in modules.values():
                writer.close()
        else:
            imei, text = line.split(" ", 1)
            modules[imei].write(text.encode())


asyncio.run(main())
