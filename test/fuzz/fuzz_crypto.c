/* Keys and encrypted bodies from any bytes. The first byte says as what the others are read: a key in one of its forms,
 * a body under SM2 or RSA in one of the layouts, or a plain body. */
#include "oracle.h"

enum { KEY_FORMS = 5, SM2_LAYOUTS = 4, RSA_PADDINGS = 4, MOST_PLAIN = 4096 };

static const char sm2_text[] = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8";
static const char rsa_text[] = /* PKCS#1, 512 bits */
    "MIIBOgIBAAJBAKEnN5qOGJ9DROT6LCKwgEk4pz4CCuxY5gk384kmG9yjRb7S3Pp8ZklylAhO4S7/Lu6z5F1O8UUBBRAHVQ5yUxcC"
    "AwEAAQJAIA/8aRyiW3V3zJLVmyVAsNC7vYOMhs99HRJrurrBSllExWfXkrF1/e2TTZwp4b6MoBqvQ/CBmRjsbWq6gjei+QIhANX5"
    "fz7sI1LkfHod2WjeEPyQqo4k3ouhMvGqcq/uALSVAiEAwM3k9sTW/bEbsdXkvhNP9r9aal8pHgFeGJzTdCl98fsCIQC3Lf2iN3PS"
    "Her2fCFIZnuyTILGZ4fhj2HWg63lMOKHtQIgKbmlTn5E5Lw6eR8IFNaLHKRGxfR4KoUzPvJZlK8SEZcCICTWojrK1OKg9hrtgMgk"
    "mLsfAh78tHVresSirnon0IDM";

static struct zjiot_key sm2_key, rsa_key;

/* A block of its own for each result, so that a sanitizer sees one byte too many. */
static void *block(size_t size) {
    void *memory = malloc(size > 0 ? size : 1);
    CHECK(memory != NULL);
    return memory;
}

static void load_keys(void) {
    if (zjiot_key_kind(&sm2_key) != ZJIOT_KEY_NONE)
        return;
    CHECK(zjiot_key_read(&sm2_key, ZJIOT_KEY_HEX, sm2_text, strlen(sm2_text), NULL, NULL, NULL) == 0);
    CHECK(zjiot_key_read(&rsa_key, ZJIOT_KEY_BASE64, rsa_text, strlen(rsa_text), NULL, NULL, NULL) == 0);
}

/* What is read as a key comes back through PEM. */
static void check_key(enum zjiot_key_form form, const uint8_t *data, size_t size) {
    static char pem[ZJIOT_KEY_PEM_MAX], again[ZJIOT_KEY_PEM_MAX];
    struct zjiot_key key = {0}, other;
    struct zjiot_error error = {0};
    struct zjiot_deviation items[2];
    struct zjiot_report report = {.items = items, .capacity = 2};
    const int status = zjiot_key_read(&key, form, data, size, NULL, &report, &error);
    CHECK(status == 0 ? error.code == ZJIOT_OK : status == (int)error.code && error.text[0] != '\0');
    if (status != 0) {
        CHECK(zjiot_key_kind(&key) == ZJIOT_KEY_NONE);
        return;
    }
    const bool is_private = zjiot_key_is_private(&key);
    const int64_t length = zjiot_key_write(&key, is_private, pem, sizeof(pem), NULL);
    CHECK(length > 0);
    CHECK(zjiot_key_read(&other, ZJIOT_KEY_PEM, pem, (size_t)length, NULL, NULL, NULL) == 0);
    CHECK(zjiot_key_write(&other, is_private, again, sizeof(again), NULL) == length);
    CHECK(strcmp(pem, again) == 0);
    zjiot_key_free(&other);
    zjiot_key_free(&key);
}

/* Returns the body's length; `out` has room for `size`. */
static int64_t open_body(const struct zjiot_cipher *cipher, const uint8_t *data, size_t size, uint8_t *out) {
    struct zjiot_error error = {0};
    const int64_t count = zjiot_decrypt(cipher, data, size, out, size, NULL, &error);
    CHECK(count > 0 ? (size_t)count < size : count == ZJIOT_AUTH && error.code == ZJIOT_AUTH);
    for (size_t i = 0; count < 0 && i < size; i++)
        CHECK(out[i] == 0);
    return count;
}

/* What opens in one layout opens in AUTO. */
static void check_sm2(enum zjiot_sm2_layout layout, const uint8_t *data, size_t size) {
    struct zjiot_cipher cipher = {
        .kind = ZJIOT_KEY_SM2, .private_key = &sm2_key, .sm2_layout = layout, .sm2_no_prefix = size % 2 == 0};
    uint8_t *one = block(size), *any = block(size);
    const int64_t count = open_body(&cipher, data, size, one);
    if (count > 0) {
        cipher.sm2_layout = ZJIOT_SM2_AUTO;
        CHECK(open_body(&cipher, data, size, any) == count && memcmp(one, any, (size_t)count) == 0);
    }
    free(one);
    free(any);
}

static void check_rsa(enum zjiot_rsa_padding padding, const uint8_t *data, size_t size) {
    struct zjiot_cipher cipher = {
        .kind = ZJIOT_KEY_RSA, .public_key = &rsa_key, .private_key = &rsa_key, .rsa_padding = padding};
    uint8_t *out = block(size);
    if (padding != ZJIOT_RSA_OAEP_SHA256) /* 512 bits are too short for it */
        open_body(&cipher, data, size, out);
    free(out);
}

static void check_return(struct zjiot_cipher *cipher, const uint8_t *data, size_t size) {
    const size_t room = zjiot_encrypted_size(cipher, size);
    CHECK(room > size);
    uint8_t *sealed = block(room);
    const int64_t length = zjiot_encrypt(cipher, data, size, sealed, room, NULL);
    CHECK(length > 0 && (size_t)length <= room);
    uint8_t *out = block((size_t)length);
    CHECK(open_body(cipher, sealed, (size_t)length, out) == (int64_t)size && memcmp(out, data, size) == 0);
    free(out);
    free(sealed);
}

static void check_plain(const uint8_t *data, size_t size) {
    struct zjiot_cipher cipher = {.kind = ZJIOT_KEY_SM2, .public_key = &sm2_key, .private_key = &sm2_key};
    if (size == 0 || size > MOST_PLAIN) {
        CHECK(size > 0 || zjiot_encrypted_size(&cipher, size) == 0);
        return;
    }
    cipher.sm2_layout = (enum zjiot_sm2_layout)(size % SM2_LAYOUTS);
    cipher.sm2_no_prefix = data[0] & 1 && cipher.sm2_layout != ZJIOT_SM2_AUTO;
    check_return(&cipher, data, size);
    cipher = (struct zjiot_cipher){.kind = ZJIOT_KEY_RSA, .public_key = &rsa_key, .private_key = &rsa_key};
    check_return(&cipher, data, size < 200 ? size : 200);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    unsigned choice = data[0] % (KEY_FORMS + SM2_LAYOUTS + RSA_PADDINGS + 1);
    data++;
    size--;
    load_keys();
    if (choice < KEY_FORMS)
        check_key((enum zjiot_key_form)choice, data, size);
    else if ((choice -= KEY_FORMS) < SM2_LAYOUTS)
        check_sm2((enum zjiot_sm2_layout)choice, data, size);
    else if ((choice -= SM2_LAYOUTS) < RSA_PADDINGS)
        check_rsa((enum zjiot_rsa_padding)choice, data, size);
    else
        check_plain(data, size);
    return 0;
}
