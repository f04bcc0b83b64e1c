#!/usr/bin/env bash
# Encrypted bodies both ways between zjiotctl and openssl, their keys, and keygen. Catches: a layout or padding that only
# we can read, an error that tells more than that a body cannot be decrypted, a key that is printed or left readable.
# shellcheck source=test/cli/tap.bash
. test/cli/tap.bash
umask 022

# zj ARGUMENT...: run, and keep what was said: no key may be in it.
said=$work/said
zj() {
    run "$@"
    cat "$out" "$err" >>"$said"
}

zj keygen sm2 --private-key "$work/sm2.pem" --public-key "$work/sm2.pub"
if tells 'built without'; then
    check 'without mbedTLS keygen says so' all exits 2 -- silent -- not [ -e "$work/sm2.pem" ]
    echo key >"$work/sm2.pub"
    zj decode --public-key "$work/sm2.pub" "$lamp"
    check 'and so do the options of keys' all exits 9 -- silent -- tells 'built without'
    zj decode "$lamp"
    check 'without them nothing changes' exits 0
    plan
    exit
fi
check 'keygen sm2' all exits 0 -- silent -- [ ! -s "$err" ]
if ! openssl pkey -in "$work/sm2.pem" -noout 2>"$err"; then
    echo "1..0 # SKIP openssl does not know SM2"
    exit
fi

#
# keygen
#

mode() {
    [ "$(stat -c %a "$1")" = "$2" ]
}
check 'the private key is for its owner only' mode "$work/sm2.pem" 600
check 'the public key is for everybody' mode "$work/sm2.pub" 644

# pair PRIVATE PUBLIC: openssl finds the public key of the one in the other.
pair() {
    openssl pkey -in "$1" -pubout -out "$work/pub" 2>/dev/null && cmp -s "$work/pub" "$2"
}
check 'keygen sm2: openssl reads the pair' pair "$work/sm2.pem" "$work/sm2.pub"
check 'keygen sm2: on the curve' grep -q 'SM2' <(openssl pkey -in "$work/sm2.pem" -noout -text 2>&1)
zj keygen rsa --private-key "$work/rsa.pem" --public-key "$work/rsa.pub"
check 'keygen rsa' all exits 0 -- silent -- pair "$work/rsa.pem" "$work/rsa.pub"
check 'keygen rsa: 2048 bits' grep -q '2048 bit' <(openssl pkey -in "$work/rsa.pem" -noout -text)
zj keygen rsa --bits 1024 --private-key "$work/short.pem"
cp "$out" "$work/short.pub"
check 'the public key on stdout; --bits; a short one is noted' \
    all exits 0 -- pair "$work/short.pem" "$work/short.pub" -- tells 'not safe' -- mode "$work/short.pem" 600
run keygen sm2 --public-key "$work/other.pub"
(umask 077 && cp "$out" "$work/other.pem")
check 'the private key on stdout' all exits 0 -- pair "$work/other.pem" "$work/other.pub"
run keygen sm2
(umask 077 && cp "$out" "$work/both.pem")
openssl pkey -pubin -in "$work/both.pem" -out "$work/both.pub" 2>"$err"
check 'both on stdout' all exits 0 -- pair "$work/both.pem" "$work/both.pub"

cp "$work/sm2.pem" "$work/before"
zj keygen sm2 --private-key "$work/sm2.pem" --public-key "$work/new.pub"
check 'no file is overwritten' \
    all exits 9 -- silent -- tells 'exists' -- cmp -s "$work/before" "$work/sm2.pem" -- not [ -e "$work/new.pub" ]
zj keygen sm2 --private-key "$work/new.pem" --public-key "$work/none/new.pub"
check 'half a pair is not left' all exits 9 -- silent -- tells 'No such file' -- not [ -e "$work/new.pem" ]
zj keygen sm2 --private-key "$work/new.pem" --public-key "$work/new.pem"
check 'both into one file' all exits 9 -- tells 'exists' -- not [ -e "$work/new.pem" ]
ln -s "$work/nowhere" "$work/link"
zj keygen sm2 --private-key "$work/link"
check 'a link is not followed' all exits 9 -- not [ -e "$work/nowhere" ]

# wrong TEXT PATTERN ARGUMENT...
wrong() {
    misuse "keygen: $1" "$2" zj keygen "${@:3}"
}
wrong 'no kind' 'sm2 or rsa'
wrong 'two kinds' 'sm2 or rsa' sm2 rsa
wrong 'an unknown kind' "did you mean 'rsa'?" rsaa
wrong 'bits that are no number' "'2k'" rsa --bits 2k
wrong 'too few bits' '1024 to 8192' rsa --bits 512
wrong 'too many bits' '1024 to 8192' rsa --bits 9000
wrong 'an odd number of bits' '1024 to 8192' rsa --bits 2047
wrong 'SM2 of another size' 'SM2 256' sm2 --bits 384
run completion candidates -- keygen ''
check 'keygen: the kinds are completed' all prints sm2 -- prints rsa
if [ -w /dev/full ]; then
    "$ZJIOTCTL" keygen sm2 >/dev/full 2>"$err"
    code=$?
    check 'keygen: stdout is full' all exits 1 -- tells 'cannot write'
fi

# Ctrl-C ends the search for primes. A pair of 8192 bits takes many times as long as the wait.
env --default-signal=INT "$ZJIOTCTL" keygen rsa --bits 8192 --private-key "$work/big.pem" >"$out" 2>"$err" &
child=$!
sleep 0.2
kill -INT "$child"
wait "$child"
code=$?
check 'keygen: a signal ends it, and leaves no file' all exits 130 -- silent -- not [ -e "$work/big.pem" ]

#
# Bodies: openssl is the other side
#

device=010000002934857620
values=(dev_attr=8 "dev_id=$device" unix_milli=1722994330451 serial_id=42)
topic_of() {
    echo "down/$1/01/getRuntime/$device"
}
"$ZJIOTCTL" encode -o raw -t "$(topic_of json)" zhenjiang getRuntime "${values[@]}" >"$work/plain"
check 'there is a plain body' grep -q '"serial_id":"42"' "$work/plain"

# der_to LAYOUT, der_from LAYOUT: openssl's DER and the layouts without it, stdin to stdout.
cat >"$work/der.py" <<'PYTHON'
import sys

which, layout = sys.argv[1:]
data = sys.stdin.buffer.read()

def item(at):
    tag, size, at = data[at], data[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        size, at = int.from_bytes(data[at:at + count], "big"), at + count
    return tag, data[at:at + size], at + size

def put(tag, content):
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2, "big") if size > 255 else bytes([0x81, size])
    return bytes([tag]) + length + content

def number(content):
    content = content.lstrip(b"\0") or b"\0"
    return put(2, b"\0" + content if content[0] & 0x80 else content)

if which == "to":
    at = 4 if data[1] == 0x82 else 3 if data[1] == 0x81 else 2
    parts = []
    while at < len(data):
        tag, content, at = item(at)
        parts.append(content)
    x, y, c3, c2 = parts
    c1 = b"\4" + x.lstrip(b"\0").rjust(32, b"\0") + y.lstrip(b"\0").rjust(32, b"\0")
    sys.stdout.buffer.write(c1 + (c3 + c2 if layout == "c1c3c2" else c2 + c3))
else:
    assert data[0] == 4
    x, y, rest = data[1:33], data[33:65], data[65:]
    c3, c2 = (rest[:32], rest[32:]) if layout == "c1c3c2" else (rest[-32:], rest[:-32])
    sys.stdout.buffer.write(put(0x30, number(x) + number(y) + put(4, c3) + put(4, c2)))
PYTHON
der_to() {
    if [ "$1" = asn1 ]; then cat; else python3 "$work/der.py" to "$1"; fi
}
der_from() {
    if [ "$1" = asn1 ]; then cat; else python3 "$work/der.py" from "$1"; fi
}

# decodes TEXT TOPIC ARGUMENT...: the body in $work/body says what the plain one does, without a deviation.
decodes() {
    local text=$1 topic=$2
    shift 2
    zj decode -o jsonl -t "$topic" "$@" "$(cat "$work/body")"
    check "$text" all exits 0 -- \
        holds 'records[0]["header"]["serial_id"] == "42" and records[0]["message"] == "getRuntime"' -- \
        holds 'not records[0]["deviations"]'
}

# encodes ARGUMENT...: a body to $work/body, and without base64 to $work/sealed.
encodes() {
    zj encode -o raw zhenjiang getRuntime "${values[@]}" "$@"
    cp "$out" "$work/body"
    base64 -d "$work/body" >"$work/sealed"
}

for layout in c1c3c2 c1c2c3 asn1; do
    openssl pkeyutl -encrypt -pubin -inkey "$work/sm2.pub" -in "$work/plain" | der_to "$layout" | base64 -w0 >"$work/body"
    decodes "sm2 $layout: openssl writes, zjiotctl reads" "$(topic_of sm2)" --private-key "$work/sm2.pem" \
        --sm2-layout "$layout"
    encodes -t "$(topic_of sm2)" --public-key "$work/sm2.pub" --sm2-layout "$layout"
    der_from "$layout" <"$work/sealed" | openssl pkeyutl -decrypt -inkey "$work/sm2.pem" >"$work/opened" 2>"$err"
    check "sm2 $layout: zjiotctl writes, openssl reads" all exits 0 -- cmp -s "$work/plain" "$work/opened"
    zj decode -o jsonl -t "$(topic_of sm2)" --private-key "$work/sm2.pem" "$(cat "$work/body")"
    check "sm2 $layout: read without being told" all exits 0 -- holds 'records[0]["ok"]'
done
encodes -t "$(topic_of sm2)" --public-key "$work/sm2.pub"
der_from c1c3c2 <"$work/sealed" | openssl pkeyutl -decrypt -inkey "$work/sm2.pem" >"$work/opened" 2>"$err"
check 'sm2: c1c3c2 is written without being told' cmp -s "$work/plain" "$work/opened"
encodes -t "$(topic_of sm2)" --public-key "$work/sm2.pub" --sm2-layout c1c2c3
zj decode -o jsonl --strict -t "$(topic_of sm2)" --private-key "$work/sm2.pem" "$(cat "$work/body")"
check 'sm2: the old order is a deviation, unless it was asked for' all exits 4 -- tells 'C1 C2 C3'
zj decode -o jsonl -t "$(topic_of sm2)" --private-key "$work/sm2.pem" --sm2-layout asn1 "$(cat "$work/body")"
check 'sm2: another layout than was asked for' all exits 3 -- holds 'records[0]["error"]["code"] == "AUTH"'

# The options of openssl for a padding.
padding() {
    case $1 in
        pkcs1) echo -pkeyopt rsa_padding_mode:pkcs1 ;;
        oaep-sha1) echo -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha1 -pkeyopt rsa_mgf1_md:sha1 ;;
        oaep-sha256) echo -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256 ;;
    esac
}

# in_blocks SIZE FILE COMMAND...: each piece of the file through the command.
in_blocks() {
    local size=$1 file=$2
    shift 2
    rm -f "$work"/piece.*
    split -b "$size" -a 4 "$file" "$work/piece."
    for piece in "$work"/piece.*; do
        "$@" -in "$piece" 2>"$err" || return 1
    done
}

# both_ways PADDING KEY BLOCK BYTES: with KEY.pem and KEY.pub, in blocks of that size; the key is of BYTES.
both_ways() {
    local options
    read -ra options <<<"$(padding "$1")"
    in_blocks "$3" "$work/plain" openssl pkeyutl -encrypt -pubin -inkey "$work/$2.pub" "${options[@]}" | base64 -w0 >"$work/body"
    decodes "rsa $1, $2: openssl writes, zjiotctl reads" "$(topic_of rsa)" --private-key "$work/$2.pem" --rsa-padding "$1"
    encodes -t "$(topic_of rsa)" --public-key "$work/$2.pub" --rsa-padding "$1"
    in_blocks "$4" "$work/sealed" openssl pkeyutl -decrypt -inkey "$work/$2.pem" "${options[@]}" >"$work/opened"
    check "rsa $1, $2: zjiotctl writes, openssl reads" all exits 0 -- cmp -s "$work/plain" "$work/opened"
}
both_ways pkcs1 rsa 245 256
both_ways pkcs1 short 117 128
both_ways oaep-sha1 rsa 214 256
both_ways oaep-sha256 rsa 190 256
both_ways oaep-sha256 short 62 128
zj decode -o jsonl -t "$(topic_of rsa)" --private-key "$work/rsa.pem" "$(cat "$work/body")"
check 'rsa: another padding than was asked for' all exits 3 -- holds 'records[0]["error"]["code"] == "AUTH"'

# openssl takes what it signs for a hash: 64 bytes at most.
in_blocks 64 "$work/plain" openssl pkeyutl -sign -inkey "$work/rsa.pem" -pkeyopt rsa_padding_mode:pkcs1 | base64 -w0 >"$work/body"
decodes 'rsa pkcs1-type1: openssl writes, the public key reads' "$(topic_of rsa)" --public-key "$work/rsa.pub" \
    --rsa-padding pkcs1-type1
encodes -t "$(topic_of rsa)" --private-key "$work/rsa.pem" --rsa-padding pkcs1-type1
in_blocks 256 "$work/sealed" openssl pkeyutl -verifyrecover -pubin -inkey "$work/rsa.pub" -pkeyopt rsa_padding_mode:pkcs1 >"$work/opened"
check 'rsa pkcs1-type1: the private key writes, openssl reads' all exits 0 -- cmp -s "$work/plain" "$work/opened"
zj encode -t "$(topic_of rsa)" --public-key "$work/rsa.pub" --rsa-padding pkcs1-type1 zhenjiang getRuntime "${values[@]}"
check 'rsa pkcs1-type1: the public key cannot write' all exits 9 -- silent -- tells '--private-key FILE'

openssl pkey -in "$work/sm2.pem" -outform DER -out "$work/sm2.pem.der" 2>"$err"
openssl pkey -pubin -in "$work/sm2.pub" -outform DER -out "$work/sm2.pub.der" 2>"$err"
for file in sm2.pem sm2.pub; do
    base64 -w0 "$work/$file.der" >"$work/$file.base64"
    chmod 600 "$work/$file".*
done
for form in der base64; do
    encodes -t "$(topic_of sm2)" --public-key "$work/sm2.pub.$form"
    decodes "keys in $form" "$(topic_of sm2)" --private-key "$work/sm2.pem.$form"
done
echo "$(topic_of sm2) $(cat "$work/body")" >"$work/lines.txt"
zj decode -o jsonl --private-key "$work/sm2.pem" -f "$work/lines.txt"
check 'topic and body in one line' all exits 0 -- holds 'records[0]["header"]["serial_id"] == "42"'
base64 "$work/sealed" >"$work/folded"
zj decode -o jsonl --private-key "$work/sm2.pem" --from raw -t "$(topic_of sm2)" "@$work/folded"
check 'base64 in several lines is read, and told' \
    all exits 0 -- holds 'records[0]["ok"] and records[0]["deviations"]'

zj encode -o json -t "$(topic_of sm2)" --public-key "$work/sm2.pub" zhenjiang getRuntime "${values[@]}"
check 'the record of a body that only the other side can read' \
    all exits 0 -- holds 'records[0]["header"]["format"] == "sm2" and records[0]["header"]["serial_id"] == "42"'
python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["raw"], end="")' "$out" >"$work/body"
decodes 'its raw body is the encrypted one' "$(topic_of sm2)" --private-key "$work/sm2.pem"
zj explain -t "$(topic_of sm2)" --private-key "$work/sm2.pem" "$(cat "$work/body")"
check 'explain reads it, too' all exits 0 -- prints serial_id -- prints 42

#
# Bodies that cannot be decrypted: one error, one exit code
#

head -c 100 "$work/body" >"$work/truncated"
tr 'A-Za-z' 'B-ZAb-za' <"$work/body" >"$work/changed"
head -c 300 /dev/zero | base64 -w0 >"$work/zeros"
echo -n '{"serial_id"' | openssl pkeyutl -encrypt -pubin -inkey "$work/sm2.pub" | base64 -w0 >"$work/nojson"
cp "$work/body" "$work/whole"

# refuses TEXT BODY ARGUMENT...
refuses() {
    local text=$1 body=$2
    shift 2
    zj decode -o jsonl -t "$(topic_of sm2)" "$@" "$(cat "$work/$body")"
    check "undecryptable: $text" all exits 3 -- \
        holds 'records[0]["error"] == {"code": "AUTH", "offset": 0, "path": "", "text": "the body cannot be decrypted"}' -- \
        [ "$(cat "$err")" = 'zjiotctl: decode: byte 0: the body cannot be decrypted' ]
}
refuses 'another key' whole --private-key "$work/other.pem"
refuses 'truncated' truncated --private-key "$work/sm2.pem"
refuses 'changed' changed --private-key "$work/sm2.pem"
refuses 'zeros' zeros --private-key "$work/sm2.pem"
refuses 'decrypted, but no JSON' nojson --private-key "$work/sm2.pem"

# no_key TEXT PATTERN ARGUMENT...
no_key() {
    local text=$1 pattern=$2
    shift 2
    zj decode -o jsonl -t "$(topic_of sm2)" "$@" "$(cat "$work/whole")"
    check "$text" all exits 3 -- tells "$pattern"
}
no_key 'no key at all' '--private-key FILE'
no_key 'the public key alone does not read' '--private-key FILE' --public-key "$work/sm2.pub"
no_key 'a key of the other kind' 'no SM2 keys' --private-key "$work/rsa.pem"
check 'a key of the other kind is not asked for again' not tells '--private-key FILE'
zj decode -o jsonl -t up/xml/01/getRuntime/1 -p zhenjiang --from raw "$(cat "$work/whole")"
check 'a format that is none needs no key' all exits 3 -- not tells '--private-key FILE'
zj encode -t "$(topic_of sm2)" zhenjiang getRuntime "${values[@]}"
check 'encode: no key' all exits 9 -- silent -- tells '--public-key FILE'
zj encode -t "$(topic_of sm2)" --public-key "$work/rsa.pub" zhenjiang getRuntime "${values[@]}"
check 'encode: a key of the other kind' all exits 2 -- silent -- tells 'no SM2 keys'

# Base64 that begins like hex of JSON.
zj decode -o jsonl -t "$(topic_of rsa)" --private-key "$work/rsa.pem" "7b22$(head -c 252 /dev/zero | base64 -w0)"
check 'a body that begins like hex' all exits 3 -- holds 'records[0]["error"]["code"] == "AUTH"'
zj decode -o jsonl -t "$(topic_of json)" "$(od -An -v -tx1 "$work/plain" | tr '\n' ' ')"
check 'hex of a JSON body' all exits 0 -- holds 'records[0]["header"]["serial_id"] == "42"'

#
# Keys that cannot be used
#

# bad_key TEXT PATTERN FILE [OPTION]: exit 9, and nothing is read.
bad_key() {
    zj decode "${4---private-key}" "$3" "$lamp"
    check "key: $1" all exits 9 -- silent -- tells "$2"
}
d=$(openssl pkey -in "$work/sm2.pem" -noout -text 2>/dev/null | sed -n '/priv/,/pub/p' | grep -v '^[a-z]' | tr -d ' :\n')
head -c 100 "$work/sm2.pem" >"$work/cut.pem"
openssl pkey -in "$work/rsa.pem" -aes128 -passout pass:sentinel -out "$work/locked.pem"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/p256.pem" 2>"$err"
: >"$work/empty.pem"
head -c 70000 /dev/zero | tr '\0' a >"$work/long.pem"
echo "${d%?}" >"$work/digit.hex"
bad_key 'no such file' 'No such file' "$work/none.pem"
bad_key 'a folder' 'directory' "$work"
bad_key 'an empty file' 'no key' "$work/empty.pem"
bad_key 'too long' 'at most' "$work/long.pem"
bad_key 'cut off' 'no whole block' "$work/cut.pem"
bad_key 'another curve' 'p256.pem' "$work/p256.pem"
bad_key 'under a pass phrase' 'pass phrase' "$work/locked.pem"
bad_key 'a digit is missing' 'digit.hex' "$work/digit.hex"
bad_key 'a public one for reading' 'needs the private one' "$work/sm2.pub"
bad_key 'the public one is not there' 'No such file' "$work/none.pub" --public-key
bad_key 'the key in place of its file' 'no place on the command line' "$d"
zj decode --public-key "$work/sm2.pub" --private-key "$work/rsa.pem" "$lamp"
check 'key: of two kinds' all exits 9 -- silent -- tells 'both must be for the same'
zj decode --private-key "$work/sm2.pem" --sm2-layout c1c3c "$lamp"
check 'an unknown layout' all exits 2 -- tells "did you mean 'c1c3c2'?"
zj decode --private-key "$work/rsa.pem" --rsa-padding oaep "$lamp"
check 'an unknown padding' all exits 2 -- tells 'oaep-sha256'

# In the other forms, and not from a file.
(umask 077 && echo "$d" >"$work/d.hex")
cp "$work/whole" "$work/body"
decodes 'the private key in hex' "$(topic_of sm2)" --private-key "$work/d.hex"
decodes 'a key from a pipe' "$(topic_of sm2)" --private-key <(cat "$work/sm2.pem")
decodes 'the file with both' "$(topic_of sm2)" --private-key "$work/sm2.pem" --public-key "$work/both.pem"
check 'a key that only its owner reads is no matter' [ ! -s "$err" ]
chmod 644 "$work/sm2.pem"
decodes 'a key that others may read' "$(topic_of sm2)" --private-key "$work/sm2.pem"
check 'is told' tells 'others may read'
decodes 'a public key that others may read' "$(topic_of sm2)" --private-key "$work/d.hex" --public-key "$work/sm2.pub"
check 'is not' [ ! -s "$err" ]
zj decode --private-key "$work/short.pem" "$lamp"
check 'a short key is noted' all exits 0 -- tells '1024'

#
# Nothing said holds a private key
#

check 'there is something to search' [ ${#d} -ge 64 ]
check 'no private key in hex' not grep -qiF "${d:2:40}" "$said"
grep -hv -e '-----' "$work/sm2.pem" "$work/rsa.pem" "$work/short.pem" >"$work/lines"
check 'no line of a private key in PEM' all [ -s "$work/lines" ] -- not grep -qFf "$work/lines" "$said"
check 'no pass phrase' not grep -qF sentinel "$said"
plan
