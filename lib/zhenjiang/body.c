/* The formats of a body: JSON text, the same in base64, and encrypted in base64 (document 3.1.1). */
#include <string.h>

#include "zhenjiang/zhenjiang.h"
#include "zjiot/crypto.h"
#include "zjiot/hex.h"

bool zj_zhenjiang_is_encrypted(enum zjiot_zhenjiang_format format) {
    return format == ZJIOT_ZHENJIANG_RSA || format == ZJIOT_ZHENJIANG_SM2;
}

/* As zjiot_decrypt says it. */
int zj_zhenjiang_refuse_body(struct zjiot_error *error) {
    return zj_fail(error, ZJIOT_AUTH, 0, "the body cannot be decrypted");
}

static int find_cipher(enum zjiot_zhenjiang_format format, const struct zjiot_options *options,
                       const struct zjiot_cipher **ret_cipher, struct zjiot_error *error) {
    const enum zjiot_key_kind kind = format == ZJIOT_ZHENJIANG_RSA ? ZJIOT_KEY_RSA : ZJIOT_KEY_SM2;
    const struct zjiot_cipher *cipher = options != NULL ? options->cipher : NULL;
    if (cipher == NULL || cipher->kind != kind)
        return zj_fail_at(error, ZJIOT_UNKNOWN, 0, "topic.format", "topic.format: no %s keys for this body",
                          kind == ZJIOT_KEY_RSA ? "RSA" : "SM2");
    *ret_cipher = cipher;
    return 0;
}

/* Takes the base64 off; the bytes are in the pool. */
static int64_t open_base64(const void *body, size_t size, struct zj_reader *reader, struct zjiot_pool *pool,
                           uint8_t **ret_bytes, struct zjiot_error *error) {
    const size_t room = size / 4 * 3 + 3;
    *ret_bytes = zjiot_pool_take(pool, room, error);
    if (*ret_bytes == NULL)
        return error->code;
    return zjiot_base64_read(body, size, !reader->strict, *ret_bytes, room, reader->report, error);
}

static int64_t decrypt(const struct zjiot_cipher *cipher, const uint8_t *bytes, size_t size, struct zj_reader *reader,
                       struct zjiot_pool *pool, uint8_t **ret_text, struct zjiot_error *error) {
    *ret_text = zjiot_pool_take(pool, size, error);
    if (*ret_text == NULL)
        return error->code;
    if (!reader->strict)
        return zjiot_decrypt(cipher, bytes, size, *ret_text, size, reader->report, error);
    struct zjiot_deviation first;
    struct zjiot_report report = {.items = &first, .capacity = 1};
    const int64_t count = zjiot_decrypt(cipher, bytes, size, *ret_text, size, &report, error);
    if (count < 0 || report.count == 0)
        return count;
    return zj_fail(error, first.code, 0, "found %s, expected %s", first.found, first.expected);
}

int zj_zhenjiang_body_open(enum zjiot_zhenjiang_format format, const void *body, size_t size,
                           const struct zjiot_options *options, struct zj_reader *reader, struct zjiot_pool *pool,
                           struct zj_span *ret_text) {
    const struct zjiot_cipher *cipher = NULL;
    struct zjiot_error error;
    uint8_t *text = NULL;
    if (size == 0)
        return zj_fail(reader->error, ZJIOT_MISSING, 0, "the body is empty");
    if (format == ZJIOT_ZHENJIANG_JSON) {
        *ret_text = (struct zj_span){body, size, false};
        return 0;
    }
    int64_t count = zj_zhenjiang_is_encrypted(format) ? find_cipher(format, options, &cipher, &error) : 0;
    if (count == 0)
        count = open_base64(body, size, reader, pool, &text, &error);
    if (count >= 0 && cipher != NULL)
        count = decrypt(cipher, text, (size_t)count, reader, pool, &text, &error);
    if (count < 0) {
        if (reader->error != NULL)
            *reader->error = error;
        return (int)count;
    }
    *ret_text = (struct zj_span){(const char *)text, (size_t)count, false};
    return 0;
}

/* Turns the `size` bytes at the beginning of `out` into base64 in place: first they move to the end of its room, then
 * piece by piece to the front; the written text never passes the bytes that are still to come. */
static int64_t to_base64(uint8_t *out, size_t size, size_t capacity, struct zjiot_error *error) {
    enum { PIECE = 3 * 256 };
    uint8_t piece[PIECE];
    const size_t room = ZJIOT_BASE64_SIZE(size);
    if (room > capacity)
        return zj_fail_space(error, room);
    uint8_t *from = out + room - size;
    memmove(from, out, size);
    size_t done = 0;
    for (size_t step; size > 0; size -= step, from += step) {
        step = size < PIECE ? size : PIECE;
        memcpy(piece, from, step);
        done += (size_t)zjiot_base64_write(piece, step, (char *)out + done, room - done, NULL);
    }
    return (int64_t)done;
}

/* Writes the JSON text to `out`; its size, which may be above the capacity. */
static int64_t write_text(const struct zjiot_zhenjiang_message *message, void *out, size_t capacity,
                          struct zjiot_error *error) {
    struct zj_json json;
    zj_json_start(&json, out, capacity, false);
    const int code = zj_zhenjiang_body_write(message, &json, error);
    return code != 0 ? code : (int64_t)json.size;
}

/* What the compiler must not leave out, although nobody reads it any more. */
static void wipe(void *memory, size_t size) {
    volatile unsigned char *bytes = memory;
    while (size-- > 0)
        *bytes++ = 0;
}

/* The plain body and the encrypted one stand in the scratch pool, the base64 of the latter in `out`. */
static int64_t encrypt(const struct zjiot_zhenjiang_message *message, const struct zjiot_cipher *cipher,
                       struct zjiot_pool *scratch, uint8_t *out, size_t capacity, struct zjiot_error *error) {
    const int64_t size = write_text(message, NULL, 0, error);
    if (size < 0)
        return size;
    const size_t room = zjiot_encrypted_size(cipher, (size_t)size);
    if (ZJIOT_BASE64_SIZE(room) > capacity)
        return zj_fail_space(error, ZJIOT_BASE64_SIZE(room));
    /* Without a key there is no size; the call itself says what is wrong. */
    uint8_t *sealed = zjiot_pool_take(scratch, room, error);
    uint8_t *plain = sealed != NULL ? zjiot_pool_take(scratch, (size_t)size, error) : NULL;
    if (plain == NULL)
        return error->code;
    write_text(message, plain, (size_t)size, error);
    int64_t count = zjiot_encrypt(cipher, plain, (size_t)size, sealed, room, error);
    if (count >= 0)
        count = zjiot_base64_write(sealed, (size_t)count, (char *)out, capacity, error);
    wipe(plain, (size_t)size);
    return count;
}

static int64_t seal_encrypted(const struct zjiot_zhenjiang_message *message, const struct zjiot_options *options,
                              uint8_t *out, size_t capacity, struct zjiot_error *reterr_error) {
    const struct zjiot_cipher *cipher = NULL;
    struct zjiot_error error;
    int64_t count = find_cipher((enum zjiot_zhenjiang_format)message->topic.format, options, &cipher, &error);
    if (count == 0 && options->scratch == NULL)
        count = zj_fail(&error, ZJIOT_ARG, 0, "encrypted bodies need options.scratch");
    if (count == 0) {
        const struct zj_pool_mark mark = zj_pool_mark(options->scratch);
        count = encrypt(message, cipher, options->scratch, out, capacity, &error);
        zj_pool_rewind(options->scratch, mark);
    }
    if (count < 0 && reterr_error != NULL)
        *reterr_error = error;
    return count;
}

int64_t zj_zhenjiang_body_seal(const struct zjiot_zhenjiang_message *message, const struct zjiot_options *options,
                               uint8_t *out, size_t capacity, struct zjiot_error *error) {
    const enum zjiot_zhenjiang_format format = (enum zjiot_zhenjiang_format)message->topic.format;
    if (zj_zhenjiang_is_encrypted(format))
        return seal_encrypted(message, options, out, capacity, error);
    const bool is_base64 = format == ZJIOT_ZHENJIANG_BASE64;
    const int64_t size = write_text(message, out, capacity, error);
    if (size > (int64_t)capacity)
        return zj_fail_space(error, is_base64 ? ZJIOT_BASE64_SIZE((size_t)size) : (size_t)size);
    return size >= 0 && is_base64 ? to_base64(out, (size_t)size, capacity, error) : size;
}
