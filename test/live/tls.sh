#!/usr/bin/env bash
# Certificates: what is accepted, and who refuses what, each with its own sentence: 6 when we do, 5 when the broker does.
# Catches: a check that is off (paho checks no host name by default), or a cause that is told as another.
# shellcheck source=test/live/live.bash
. test/live/live.bash

# authority NAME, certificate NAME AUTHORITY SUBJECT-ALTERNATIVE-NAME DAYS: NAME.pem and NAME.key.
authority() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/$1.key" -out "$work/$1.pem" -days 2 -subj "/CN=$1" 2>/dev/null
}
certificate() {
    openssl req -newkey rsa:2048 -nodes -keyout "$work/$1.key" -out "$work/$1.csr" -subj "/CN=$1" 2>/dev/null
    openssl x509 -req -in "$work/$1.csr" -CA "$work/$2.pem" -CAkey "$work/$2.key" -CAcreateserial -out "$work/$1.pem" \
        -days "$4" -extfile <(echo "subjectAltName=$3") 2>/dev/null
}
authority ca
authority stranger
certificate good ca DNS:localhost,IP:127.0.0.1,IP:::1 2
certificate elsewhere ca DNS:broker.example,IP:192.0.2.1 2
certificate expired ca DNS:localhost -1
certificate ours ca DNS:client 2
certificate theirs stranger DNS:client 2

# tls_broker NAME CERTIFICATE LINE...
tls_broker() {
    local name=$1 certificate=$2
    shift 2
    broker "$name" 'allow_anonymous true' "cafile $work/ca.pem" "certfile $work/$certificate.pem" \
        "keyfile $work/$certificate.key" "$@"
}

tls_broker good good
good=$port
for version in 5 3.1.1; do
    client -b "mqtts://localhost:$good" --mqtt-version "$version" --ca "$work/ca.pem" connect
    check "$version: accepted" all exits 0 -- prints "connected $version"
done
client -b "mqtts://127.0.0.1:$good" --ca "$work/ca.pem" connect
check 'accepted by its address' exits 0
client -b "mqtts://localhost:$good" --ca "$work/ca.pem" trip x 20 0
check 'messages pass' exits 0
client -b "mqtts://localhost:$good" connect
check '6: an unknown authority' all exits 6 -- silent -- tells 'authority that is not known here; name its'
client -b "mqtts://localhost:$good" --ca "$work/stranger.pem" connect
check '6: signed by another one' all exits 6 -- tells 'is --ca the right one'
client -b "mqtts://localhost:$good" --insecure connect
check '--insecure is loud' all exits 0 -- tells 'WARNING' -- tells 'not checked'
client -b "mqtt://127.0.0.1:$good" --timeout 2s connect
check 'not 0: a TLS port without TLS' not exits 0

tls_broker elsewhere elsewhere
for host in localhost 127.0.0.1; do
    client -b "mqtts://$host:$port" --ca "$work/ca.pem" connect
    check "6: a certificate for another host than $host" all exits 6 -- tells "another host than $host"
    client -b "mqtts://$host:$port" --ca "$work/ca.pem" --mqtt-version 3.1.1 connect
    check "6: the same in 3.1.1" exits 6
done
tls_broker expired expired
client -b "mqtts://localhost:$port" --ca "$work/ca.pem" connect
check '6: an expired certificate' all exits 6 -- tells 'has expired'

tls_broker mutual good 'require_certificate true'
for version in auto 5 3.1.1; do
    connection=(-b "mqtts://localhost:$port" --mqtt-version "$version" --ca "$work/ca.pem")
    client "${connection[@]}" connect
    check "5: $version: the broker wants a certificate" all exits 5 -- tells 'wants a certificate of ours: --cert' -- not tells unknown
    client "${connection[@]}" --cert "$work/theirs.pem" --key "$work/theirs.key" connect
    check "5: $version: it refuses this one" all exits 5 -- tells "refuses our certificate $work/theirs.pem"
    client "${connection[@]}" --cert "$work/ours.pem" --key "$work/ours.key" connect
    check "$version: it accepts ours" exits 0
done
cat "$work/ours.pem" "$work/ours.key" >"$work/both.pem"
client "${connection[@]}" --cert "$work/both.pem" connect
check 'certificate and key in one file' exits 0

client -b "mqtts://localhost:$good" --ca "$work/none.pem" connect
check '9: no file' all exits 9 -- tells "$work/none.pem"
client -b "mqtts://localhost:$good" --ca "$work/ours.key" connect
check '9: no certificate in it' all exits 9 -- tells 'no certificate of an authority'
client -b "mqtts://localhost:$good" --cert "$work/ours.pem" --key "$work/theirs.key" connect
check '9: a key of another certificate' all exits 9 -- tells "$work/theirs.key"
openssl rsa -in "$work/ours.key" -aes128 -passout pass:x -out "$work/locked.key" 2>/dev/null
client -b "mqtts://localhost:$good" --cert "$work/ours.pem" --key "$work/locked.key" connect
check '9: a key with a passphrase' all exits 9 -- tells 'no private key can be read'
client -b "mqtt://localhost:$good" --ca "$work/ca.pem" connect
check '2: certificates without TLS' all exits 2 -- tells 'not mqtts://'

if [ -e /proc/net/if_inet6 ] && grep -q '^0*1 ' /proc/net/if_inet6; then
    sed 's/ 127.0.0.1$/ ::1/' "$work/good.conf" >"$work/v6.conf"
    sed 's/ 127.0.0.1$/ ::1/' "$work/elsewhere.conf" >"$work/v6-elsewhere.conf"
    for name in v6 v6-elsewhere; do
        mosquitto -c "$work/$name.conf" >"$work/$name.log" 2>&1 &
        brokers+=("$!")
        wait_for running "$work/$name.log"
    done
    client -b "mqtts://[::1]:$good" --ca "$work/ca.pem" connect
    check 'IPv6: accepted by its address' exits 0
    client -b "mqtts://[::1]:$(cat "$work/elsewhere.port")" --ca "$work/ca.pem" connect
    check '6: IPv6: a certificate for another host' all exits 6 -- tells 'another host than ::1'
else
    skip 'IPv6: accepted by its address' 'no IPv6 on the loopback'
    skip '6: IPv6: a certificate for another host' 'no IPv6 on the loopback'
fi
plan
