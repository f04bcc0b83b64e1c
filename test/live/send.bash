# For the cases of send: a device that takes given steps, and zjiotctl send against it. Sourced.
# shellcheck source=test/live/live.bash
. test/live/live.bash

lamp=010000002934857620
gateway=02345678903
meter=27100583203400
valves=(addr=1 degree1=50 degree2=50 degree3=360 degree4=360)
upgrade=(ftp_ip=192.0.2.1 ftp_port=21 ftp_user=u ftp_pwd=p file_path=/ file_name=f)

# device STEP...: starts fake_device.py in place of the one before, at the broker on $port.
device() {
    [ -z "${device:-}" ] || stop "$device"
    empty device.log
    python3 test/live/fake_device.py "$port" "$@" >"$work/device.log" 2>&1 &
    device=$!
    brokers+=("$device")
    wait_for ready "$work/device.log"
}

# send ARGUMENT...: as client, but of zjiotctl send at $port, one record a line.
send() {
    local start=${EPOCHREALTIME/./}
    "$ZJIOTCTL" send -b "mqtt://127.0.0.1:$port" -o jsonl "$@" >"$out" 2>"$err" </dev/null
    code=$?
    ms=$(((${EPOCHREALTIME/./} - start) / 1000))
}
