#!/usr/bin/env bash
# Simulated devices behind a real broker: each command gets an answer that a strict reader takes, in the format it was
# asked in; what is set is read back; thousands of devices live in one process.
# Catches: an answer on another topic, without its serial_id, or in another format; an old command that is carried out; a
# device that hears the commands of another; a process that a signal does not end with its code.
# shellcheck source=test/live/live.bash
. test/live/live.bash

broker main 'allow_anonymous true'
url=mqtt://127.0.0.1:$port
device=010000002934857620

# simulate NAME ARGUMENT...: in the background until it is ready. Sets sim; NAME.err is its talk.
simulate() {
    local name=$1
    shift
    empty "$name.err"
    "$ZJIOTCTL" simulate "$@" -b "$url" >"$work/$name.out" 2>"$work/$name.err" </dev/null &
    sim=$!
    brokers+=("$sim")
    wait_for ready: "$work/$name.err"
}

# finish SIGNAL: ends it; exit code in $code.
finish() {
    kill -"$1" "$sim"
    wait "$sim"
    code=$?
}

# ask COMMAND ARGUMENT...: sends it as encode writes it; the first answer, as "TOPIC BODY", in $out.
ask() {
    local command=$1 format=json line i
    shift
    for i in "$@"; do
        [[ $i = --format=* ]] && format=${i#*=}
    done
    line=$("$ZJIOTCTL" encode zhenjiang "$command" -d "$device" serial_id="s-$command" "$@" -o line 2>"$err")
    mosquitto_rr -h 127.0.0.1 -p "$port" -W 5 -t "${line%% *}" -m "${line#* }" -v \
        -e "up/$format/01/$command/$device" >"$out" 2>>"$err"
}

# answers_with EXPRESSION: the last answer, read strictly, is the one to the last command, and this holds of its `data`.
answers_with() {
    "$ZJIOTCTL" decode --strict --show-secrets -o json "${keys[@]}" -f "$out" >"$work/answer" 2>>"$err" &&
        python3 - "$work/answer" "$1" <<'PYTHON'
import json
import sys

record = json.load(open(sys.argv[1]))
header, data, message = record["header"], record["data"], record["message"]
assert header["serial_id"] == "s-" + message, header
assert header["status"] == 1 and header["detail"] == "", header
sys.exit(0 if eval(sys.argv[2]) else 1)
PYTHON
}
keys=()

mosquitto_sub -h 127.0.0.1 -p "$port" -t 'up/#' -v >"$work/reports" 2>/dev/null &
watcher=$!
brokers+=("$watcher")
simulate one zhenjiang -d "$device"
check "it says when it is ready, and for what" grep -q "ready: 1 device, $device, on down/+/01/+/$device" "$work/one.err"

asked=()
while read -r command arguments; do
    # shellcheck disable=SC2086
    ask $command $arguments
    cat "$out" >>"$work/answers"
    asked+=("$command")
done <<'COMMANDS'
setCommParam ip=10.0.0.1 port=1884 apn=cmnet username=u password=p
setTimer now=1767225600
setTimetable timetable[0].do[0].switch_id=1 timetable[0].do[0].type=1 timetable[0].do[0].time=19:00
setLeakageCurrent leak[0].switch_id=1 leak[0].baseline=1 leak[0].alarm_limit_1=30 leak[0].alarm_limit_2=0 leak[0].alarm_limit_3=0 leak[0].break_limit=0 leak[0].ratio=1 leak[0].work_model=2
setLoopParam voltage.up_limit=250 voltage.up_limit_dispel=245 voltage.low_limit=190 voltage.low_limit_dispel=195 loop=[]
setRunningParam time_ticker.heartbeat=2 time_ticker.data=2 time_ticker.lux=2 coord.lng=119 coord.lat=32 others.max_switch=3
setDimmingParam dimming[0].switch_id=1 dimming[0].power_on_default=0 dimming[0].rated_power=80 dimming[0].dimming_type=0
getCommParam
getTimer
getTimetable begin_date=07-01 end_date=07-03
getLeakageCurrent
getRuntime
getInfo
getLocation
getLoopParam
getEnergy
getRunningParam
getDimmingParam
getLeakageData
getSolenoidValveDegree addr=41
ctlOnOff switch[0].id=1 switch[0].opt=100
leakageRecover loop=[]
workingModule do=1
ctlSolenoidValveDegree addr=41 degree1=10 degree2=360 degree3=360 degree4=360
ftpUpgrade ftp_ip=10.0.0.1 ftp_port=21 ftp_user=u ftp_pwd=p file_path=/ file_name=v2.bin
COMMANDS
run decode --strict -f "$work/answers" -o jsonl
check "a strict reader takes all answers" exits 0
python3 - "$out" >"$work/done" <<'PYTHON'
import json
import sys

for line in open(sys.argv[1], encoding="utf-8"):
    record = json.loads(line)
    header = record["header"]
    if header["serial_id"] == "s-" + record["message"] and header["status"] == 1 and header["detail"] == "":
        print(record["message"])
PYTHON
for command in "${asked[@]}"; do
    check "$command is answered, with its serial_id" grep -qx "$command" "$work/done"
done

ask getCommParam
check "what was set is read back" answers_with 'data["ip"] == "10.0.0.1" and data["password"] == "p"'
ask getTimetable begin_date=12-31 end_date=01-01
check "the timetable, over the new year" answers_with \
    '[d["dt"] for d in data["timetable"]] == ["12-31", "01-01"] and data["timetable"][0]["do"][0]["time"] == "19:00"'
ask ctlOnOff 'switch[0].id=2' 'switch[0].opt=40'
ask getRuntime
check "a lamp that was switched is seen to be" answers_with 'data["switch"][1]["st"] == 1'
ask getTimer
check "the clock goes on from what was set" answers_with '1767225600 <= data["now"] < 1767225660'

for report in heartbeat/$device postRuntime/$device postLux/$device '"ver_now":"v2"'; do
    check "$report comes by itself" wait_for "$report" "$work/reports"
done
stop "$watcher"
run decode --strict -f "$work/reports" -o jsonl
check "and a strict reader takes them" exits 0

ask reset do=1
check "reset is answered" answers_with 'message == "reset"'
finish TERM
check "SIGTERM ends it with 143" all exits 143 -- grep -q 'messages came' "$work/one.err"

# Formats
openssl genrsa -out "$work/rsa.pem" 2048 2>/dev/null
openssl rsa -in "$work/rsa.pem" -pubout -out "$work/rsa.pub" 2>/dev/null
chmod 600 "$work/rsa.pem"
"$ZJIOTCTL" keygen sm2 --private-key "$work/sm2.pem" --public-key "$work/sm2.pub" 2>/dev/null
for format in base64 rsa sm2; do
    [ "$format" = base64 ] || keys=(--public-key "$work/$format.pub" --private-key "$work/$format.pem")
    simulate "$format" zhenjiang -d "$device" "${keys[@]}"
    ask getInfo --format="$format" "${keys[@]}"
    check "a request in $format is answered in $format" answers_with 'data["software"] == "1.0.0"'
    finish INT
    check "SIGINT ends it with 130" exits 130
done
keys=()

# An old command
line=$("$ZJIOTCTL" encode zhenjiang getTimer -d "$device" -o line 2>/dev/null)
mosquitto_pub -h 127.0.0.1 -p "$port" -r -t "${line%% *}" -m "${line#* }"
simulate stale zhenjiang -d "$device"
ask getInfo
finish TERM
check "a command that was left at the broker is not carried out" grep -q 'not carried out: 1' "$work/stale.err"
check "and only one message was answered" grep -q '1 device: 1 messages came' "$work/stale.err"
mosquitto_pub -h 127.0.0.1 -p "$port" -r -n -t "${line%% *}"

# A broker that goes and comes
simulate gap zhenjiang -d "$device"
stop "$pid"
broker main
wait_for 'connected again' "$work/gap.err"
ask getInfo
check "after a gap the device is there again" answers_with 'data["software"] == "1.0.0"'
finish TERM
check "and the gap is told, once" grep -q 'gaps of the connection: 1' "$work/gap.err"

# Many
simulate many zhenjiang -n 2000
check "2,000 devices in one process answer 2,000 requests" test "$(test/live/ask_many.py "$port" 2000 60)" -eq 2000
finish TERM
check "each of them one" grep -q '2000 devices: 2000 messages came' "$work/many.err"

# Lamps
simulate lamps nb -n 3 --interval 1s
mosquitto_sub -h 127.0.0.1 -p "$port" -t "$topic_up" -F '%x' >"$work/lamps" 2>/dev/null &
watcher=$!
brokers+=("$watcher")
wait_for 00000003050 "$work/lamps" # a report of the last
"$ZJIOTCTL" encode nb set_lamp sn=00000002 extra=513 switch=1 brightness=70 -o raw 2>"$err" |
    mosquitto_pub -h 127.0.0.1 -p "$port" -t "$topic_down" -s
wait_for 00000002010201 "$work/lamps" # its answer
seen=$(wc -l <"$work/lamps")
for _ in $(seq 100); do
    [ "$(tail -n +$((seen + 1)) "$work/lamps" | grep -c 0000000205)" -gt 1 ] && break
    sleep 0.05
done
stop "$watcher"
run decode -p nb --strict -f "$work/lamps" -o jsonl
check "lamps send frames that a strict reader takes" exits 0
check "the one that is meant answers, with the number of the command" holds \
    '[r["header"]["sn"] for r in records if r["message"] == "ack" and r["header"]["extra"] == 513] == ["00000002"]'
check "and shows it in its next report" holds \
    'any(r["message"] == "status" and r["header"]["sn"] == "00000002" and r["data"]["brightness"] == 70 for r in records)'
check "each lamp reports" holds '{r["header"]["sn"] for r in records} == {"00000001", "00000002", "00000003"}'
finish TERM

# Mistakes
run simulate
check "which kind?" all exits 2 -- tells 'which devices'
run simulate zhenjang
check "an unknown kind is refused, with the nearest" all exits 2 -- tells "did you mean 'zhenjiang'?"
run simulate zhenjiang -d 5 -b "$url"
check "a device has 18 characters" all exits 2 -- tells 18
run simulate zhenjiang -d "$device" -n 5
check "one device by name, or many" all exits 2 -- tells which
run simulate zhenjiang -n 0
check "a number of devices" all exits 2 -- tells '1 to'
run simulate zhenjiang --fault latte=1
check "an unknown fault is refused, with the nearest" all exits 2 -- tells "did you mean 'late'?"
run simulate zhenjiang --fault late=2
check "a rate is from 0 to 1" all exits 2 -- tells 'from 0 to 1'
run simulate zhenjiang --modules dimming
check "modules that need others" all exits 2 -- tells loops
run simulate zhenjiang --format rsa
check "reports in rsa need a key" all exits 2 -- tells public-key
run simulate nb --vendor 02
check "an option of another kind is refused" all exits 2 -- tells 'no use for nb'
run simulate nb --uid x
check "a user is a number" all exits 2 -- tells number
run simulate zhenjiang -b "mqtt://127.0.0.1:1" --timeout 2s
check "no broker: nothing is simulated" all exits 6 -- silent

plan
