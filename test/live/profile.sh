#!/usr/bin/env bash
# Settings for the broker: flag before environment before profile before default, and `zjiotctl profile` says which won.
# Catches: a source that loses to a weaker one, a wrong value that is taken, a secret that is printed.
# shellcheck source=test/live/live.bash
. test/live/live.bash

mkdir -p "$work/config/zjiot"
cat >"$work/config/zjiot/config" <<'END'
; the one without --profile
[default]
broker = mqtt://default.example
[lab]
broker = mqtts://lab.example:8884
user = zhang
password-file = ~/lab.password
timeout = 500ms
insecure = no
END

# setting NAME VALUE SOURCE: on stdout of the last run, in JSON.
setting() {
    holds "[[s['value'], s['source']] for s in records[0]['settings'] if s['name'] == '$1'] == [[$2, $3]]"
}
run profile
check 'as text' all exits 0 -- prints "$work/config/zjiot/config, profile default" -- prints 'mqtt://default.example'
run profile -o json
check 'a profile named default' all exits 0 -- setting broker '"mqtt://default.example"' '"profile default"' -- \
    setting timeout '"10s"' '"default"' -- setting user None '"default"'
HOME=/home/zhang run profile -o json --profile lab
check 'a profile by its name' all exits 0 -- setting broker '"mqtts://lab.example:8884"' '"profile lab"' -- \
    setting password-file '"/home/zhang/lab.password"' '"profile lab"' -- setting timeout '"500ms"' '"profile lab"'
ZJIOT_PROFILE=lab ZJIOT_BROKER='mqtt://[::1]:1884' run profile -o json
check 'the environment is stronger' all exits 0 -- setting broker '"mqtt://[::1]:1884"' '"ZJIOT_BROKER"' -- \
    setting user '"zhang"' '"profile lab"'
ZJIOT_BROKER=mqtt://environment ZJIOT_TIMEOUT=2m run profile -o json -b mqtt://flag --profile lab
check 'the command line is strongest' all exits 0 -- setting broker '"mqtt://flag"' '"--broker"' -- \
    setting timeout '"2m"' '"ZJIOT_TIMEOUT"'
XDG_CONFIG_HOME=$work/nowhere run profile -o json
check 'no configuration at all' all exits 0 -- setting broker '"mqtt://localhost"' '"default"' -- \
    holds 'records[0]["profile"] is None'

# usage TEXT SENTENCE ARGUMENT...: exit code 2.
usage() {
    misuse "2: $1" "$2" run profile "${@:3}"
}
usage 'no URL' 'a broker is a URL' -b localhost
usage 'another scheme' 'mqtt://HOST' -b http://localhost
usage 'no host' 'names no host' -b mqtt://:1883
usage 'port 0' '1 to 65535' -b mqtt://localhost:0
usage 'port too large' '1 to 65535' -b mqtt://localhost:65536
usage 'no port' '1 to 65535' -b mqtt://localhost:
usage 'IPv6 without brackets' 'in brackets' -b mqtt://::1
usage 'no closing bracket' 'does not end with ]' -b 'mqtt://[::1'
usage 'a path' 'not used' -b mqtt://localhost/topic
usage 'no time' 'such as 500ms' --timeout soon
usage 'a time of nothing' 'such as 500ms' --timeout 0
usage 'a keepalive below a second' '1s to 65535s' --keepalive 500ms
usage 'no version' 'there is auto, 5, 3.1.1' --mqtt-version 4
usage 'an empty identifier' 'empty or too long' --client-id ''
usage 'a descriptor with a letter' 'number of an open descriptor' --user x --password-fd x
usage 'file and descriptor' 'as well' --user x --password-fd 3 --password-file x
usage 'a key without certificate' 'needs the certificate' -b mqtts://localhost --key x
usage 'an argument' 'chosen with --profile' lab
for password in 'mqtt://a:Sesam@b' 'mqtts://Sesam:Sesam@b:1' 'a:Sesam@b' 'mqtt://a:Se/sam@Sesam@b'; do
    usage 'a password in the URL is not repeated' 'password in a URL' -b "$password"
    check '... nowhere' not tells Sesam
done
ZJIOT_TIMEOUT=soon run profile
check '9: a wrong variable' all exits 9 -- tells 'ZJIOT_TIMEOUT: is a time'

run profile --profile lib
check '9: no such profile' all exits 9 -- tells 'there is default, lab'
XDG_CONFIG_HOME=$work/nowhere run profile --profile lab
check '9: a profile, but no configuration' all exits 9 -- tells 'No such file'
# bad TEXT SENTENCE LINE: exit code 9.
bad() {
    printf '[bad]\n%s\n' "$3" >"$work/config/zjiot/config"
    run profile --profile bad
    check "9: $1" all exits 9 -- silent -- tells "$work/config/zjiot/config" -- tells "$2"
}
bad 'an unknown setting' "did you mean 'broker'" 'brokr = mqtt://x'
bad 'a wrong value' 'profile bad: keepalive' 'keepalive = never'
bad 'a line that is none' 'line 2' 'broker'
bad 'a password' 'file of its own' 'password = Sesam'
check '... is not repeated' not tells Sesam
bad 'a descriptor' 'unknown setting' 'password-fd = 3'

run completion candidates -- profile --pass
check 'completion knows the options' all prints --password-file -- prints --password-fd
run profile --help
check 'and so does the help' all prints --mqtt-version -- prints 'auto (default)'
plan
