#!/usr/bin/env bash
# Simulated 4G modules: hello, heartbeat, data and the answers of document 003; what is not acknowledged comes again,
# also over the next connection.
# Catches: a message that a strict reader refuses, an uplink that is lost with its connection, a module that stays away.
# shellcheck source=test/live/simulate.bash
. test/live/simulate.bash

# server: starts one. Sets port and pid; what comes is in $heard, lines to descriptor 8 command it.
server() {
    rm -f "$work/fifo"
    mkfifo "$work/fifo"
    : >"$heard"
    python3 test/live/m4g_server.py <"$work/fifo" >"$heard" 2>"$work/server.err" &
    pid=$!
    brokers+=("$pid")
    exec 8>"$work/fifo"
    for _ in $(seq 100); do
        [ -s "$heard" ] && break
        sleep 0.05
    done
    port=$(head -n 1 "$heard")
}

# bodies: what came, one a line.
bodies() {
    sed -n 's/^[-0-9]* {/{/p' "$heard"
}

# accepted: decodes strictly what came; the records are in $out.
accepted() {
    bodies >"$work/bodies"
    [ -s "$work/bodies" ] && "$ZJIOTCTL" decode -p m4g --strict -o jsonl -f "$work/bodies" >"$out" 2>"$err"
}

imei=865501040783269
server
address=127.0.0.1:$port
simulate one m4g --connect "$address" -d $imei --interval 2s
device=$pid
check 'ready' grep -q "ready: 1 device connected to 127.0.0.1:$port" "$work/one.devices"
check 'heartbeat' told '"cmd":"ping"'
check 'asks for the time' told '"cmd":"time"'
check 'states of its sensors' told '"cmd":"push_online"'
check 'card and place' told '"cmd":"push_info"'
check 'data' told '"cmd":"push_msg"'
echo "$imei {\"cmd\":\"info\"}" >&8
check 'info' told '"cmd":"info_ack","CCID":"89860317045700000000"'
echo "$imei {\"cmd\":\"ver" >&8
sleep 0.2
echo "$imei sion\",\"IMEI\":\"$imei\"}{\"cmd\":\"version\",\"IMEI\":\"$imei\"}" >&8
check 'version, in pieces and glued' soon 2 '"version":"1.0.3"'
echo "$imei {\"cmd\":\"version\",\"IMEI\":\"865501040783270\"}" >&8
echo "$imei {\"cmd\":\"query_msg\",\"IMEI\":\"$imei\"}" >&8
check 'query_msg' told '"cmd":"query_msg_ack","result":"true"'
check '... and data at once' grep -qA2 query_msg_ack "$heard"
check 'a version for another module is not answered' times 2 '"cmd":"version_ack"'

echo mute >&8
sleep 0.2
echo "$imei {\"cmd\":\"query_msg\",\"IMEI\":\"$imei\"}" >&8
check 'an uplink that nobody acknowledges' soon 2 '"cmd":"query_msg_ack"'
sleep 0.2
lost=$(bodies | grep push_msg | tail -n 1)
check 'has a number' [ -n "$lost" ]
echo drop >&8
check 'the connection is lost' told "$imei gone"
echo zero >&8
check '... and the same uplink comes again over the next one' soon 2 "$lost"
sleep 0.5
check '... and then no more, whatever number is acknowledged' times 2 "$lost"

echo speak >&8
echo "$imei {\"cmd\":\"update\",\"IMEI\":\"$imei\"}" >&8
check 'update' told '"cmd":"update_ack","result":"true"'
check '... ends the connection' soon 2 "$imei gone"
check '... and it is back' soon 3 '"cmd":"ping"'
echo "$imei {\"cmd\":\"version\",\"IMEI\":\"$imei\"}" >&8
check '... with the next version' told '"version":"1.0.4"'
echo "$imei {nonsense}{\"cmd\":\"wrong\"}" >&8
echo "$imei {\"cmd\":\"info\"}" >&8
check 'after nonsense it answers' soon 2 '"cmd":"info_ack"'
kill -INT "$device"
wait "$device"
code=$?
check '130: SIGINT' exits 130
check 'what was none is told' grep -q 'refused, or not understood' "$work/one.devices"
check 'a strict reader takes all that came' accepted
check '... 50 words of three channels in each' holds \
    'all(len([w for k, w in r["data"].items() if k.startswith("data") and len(w) == 50]) == 3
         for r in records if r["message"] == "push_msg")'

simulate many m4g --connect "$address" -n 300 --interval 3s
check 'many connect' grep -q 'ready: 300 devices' "$work/many.devices"
check '... and send, each with its own IMEI' all told '"cmd":"push_msg","IMEI":"865501040783270"' -- \
    told '"cmd":"push_msg","IMEI":"865501040783568"'
kill "$pid"
wait "$pid" 2>/dev/null
check 'all of it strictly' accepted

: >"$heard"
simulate half m4g --connect "$address" -d $imei --interval 1s --fault garbage=0.5 --seed 3
sleep 3
kill "$pid"
wait "$pid" 2>/dev/null
check 'fault garbage: the server does not understand all' grep -qa 'faults: garbage [1-9]' "$work/half.devices"
exec 8>&-

dead=$(free_port)
run simulate m4g --connect "127.0.0.1:$dead"
check '6: nothing listens' all exits 6 -- silent -- tells "127.0.0.1:$dead: Connection refused"
run simulate m4g --connect no-such-host.invalid
check '6: no such host' all exits 6 -- tells 'no-such-host.invalid:51609'
for wrong in ':1' 'localhost:' 'localhost:0' 'localhost:x' '[::1' 'localhost:70000'; do
    run simulate m4g --connect "$wrong"
    check "2: --connect $wrong" all exits 2 -- tells 'no HOST:PORT'
done
run simulate m4g -d 123
check '2: no IMEI' all exits 2 -- tells '15 digits'
run simulate m4g -b mqtt://localhost
check '2: modules have no broker' all exits 2 -- tells '--broker is of no use for m4g'
plan
