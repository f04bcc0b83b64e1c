/* Encrypting and decrypting with whatever key there is. */
#include <string.h>

#include "base/base.h"
#include "crypto/crypto.h"

/* The words of every failed decryption. */
static int fail_auth(struct zjiot_error *error) {
    return zj_fail(error, ZJIOT_AUTH, 0, "the body cannot be decrypted");
}

static struct zj_sm2_form form_of(const struct zjiot_cipher *cipher) {
    return (struct zj_sm2_form){.layout = cipher->sm2_layout, .no_prefix = cipher->sm2_no_prefix};
}

/* AUTO is for reading. */
static struct zj_sm2_form writing_form_of(const struct zjiot_cipher *cipher) {
    struct zj_sm2_form form = form_of(cipher);
    if (form.layout == ZJIOT_SM2_AUTO)
        form.layout = ZJIOT_SM2_C1C3C2;
    return form;
}

/* What a call works with. */
struct job {
    const struct zjiot_cipher *cipher;
    struct zj_key *key;
    struct zj_source source;
};

static int start(struct job *job, const struct zjiot_cipher *cipher, bool is_writing, struct zjiot_error *error) {
    const bool is_rsa = cipher->kind == ZJIOT_KEY_RSA;
    if ((!is_rsa && cipher->kind != ZJIOT_KEY_SM2) || (unsigned)cipher->sm2_layout > ZJIOT_SM2_AUTO ||
        (unsigned)cipher->rsa_padding > ZJIOT_RSA_PKCS1_TYPE1)
        return zj_fail(error, ZJIOT_ARG, 0, "no such kind of key, layout or padding");
    const bool is_private = is_writing == (is_rsa && cipher->rsa_padding == ZJIOT_RSA_PKCS1_TYPE1);
    struct zjiot_key *const given = is_private ? cipher->private_key : cipher->public_key;
    if (!given || zjiot_key_kind(given) == ZJIOT_KEY_NONE || (is_private && !zjiot_key_is_private(given)))
        return zj_fail_at(error, ZJIOT_MISSING, 0, "key", "the %s key is missing", is_private ? "private" : "public");
    *job = (struct job){.cipher = cipher, .key = zj_key(given), .source = zj_source(&cipher->random)};
    if (job->key->kind != cipher->kind)
        return zj_fail(error, ZJIOT_ARG, 0, "the key is for %s", is_rsa ? "SM2" : "RSA");
    if (is_rsa && zj_rsa_room(mbedtls_pk_rsa(job->key->as.rsa), cipher->rsa_padding) == 0)
        return zj_fail(error, ZJIOT_ARG, 0, "the RSA key is too short for this padding");
    return 0;
}

static size_t encrypted_size(const struct job *job, size_t size) {
    if (size == 0 || size > ZJIOT_BODY_MAX)
        return 0;
    if (job->key->kind == ZJIOT_KEY_SM2)
        return zj_sm2_sealed_size(writing_form_of(job->cipher), size);
    const mbedtls_rsa_context *rsa = mbedtls_pk_rsa(job->key->as.rsa);
    const size_t room = zj_rsa_room(rsa, job->cipher->rsa_padding);
    const size_t sealed = (size + room - 1) / room * mbedtls_rsa_get_len(rsa);
    return sealed <= ZJIOT_SEALED_MAX ? sealed : 0;
}

size_t zjiot_encrypted_size(const struct zjiot_cipher *cipher, size_t size) {
    struct job job;
    return start(&job, cipher, true, NULL) == 0 ? encrypted_size(&job, size) : 0;
}

int64_t zjiot_encrypt(const struct zjiot_cipher *cipher, const void *body, size_t size, uint8_t *out, size_t capacity,
                      struct zjiot_error *reterr_error) {
    struct job job;
    const int status = start(&job, cipher, true, reterr_error);
    if (status < 0)
        return status;
    const size_t need = encrypted_size(&job, size);
    if (need == 0)
        return zj_fail(reterr_error, ZJIOT_LENGTH, 0, "a body of %zu bytes; 1 to %d, and %d encrypted, are the limits",
                       size, (int)ZJIOT_BODY_MAX, (int)ZJIOT_SEALED_MAX);
    if (capacity < need)
        return zj_fail_space(reterr_error, need);
    if (job.key->kind == ZJIOT_KEY_SM2)
        return zj_sm2_encrypt(&job.key->as.sm2, writing_form_of(cipher), body, size, out, &job.source, reterr_error);
    return zj_rsa_encrypt(mbedtls_pk_rsa(job.key->as.rsa), cipher->rsa_padding, body, size, out, &job.source,
                          reterr_error);
}

/* Under AUTO, what is not the layout that is written by default. */
static void report_form(struct zj_sm2_form form, struct zjiot_report *report) {
    if (form.layout == ZJIOT_SM2_C1C2C3)
        zj_report(report, ZJIOT_ORDER, 0, "", "C1 C2 C3", "C1 C3 C2");
    if (form.no_prefix)
        zj_report(report, ZJIOT_MISSING, 0, "", "C1 without 04", "C1 with 04");
}

int64_t zjiot_decrypt(const struct zjiot_cipher *cipher, const uint8_t *bytes, size_t size, void *out, size_t capacity,
                      struct zjiot_report *report, struct zjiot_error *reterr_error) {
    struct job job;
    struct zj_sm2_form form = form_of(cipher);
    int64_t count = start(&job, cipher, false, reterr_error);
    if (count < 0)
        return count;
    if (size > ZJIOT_SEALED_MAX)
        return fail_auth(reterr_error);
    if (capacity < size)
        return zj_fail_space(reterr_error, size);
    if (job.key->kind == ZJIOT_KEY_SM2)
        count = zj_sm2_decrypt(&job.key->as.sm2, form, bytes, size, out, &job.source, &form);
    else
        count = zj_rsa_decrypt(mbedtls_pk_rsa(job.key->as.rsa), cipher->rsa_padding, bytes, size, out, &job.source);
    if (count > 0) {
        if (cipher->sm2_layout == ZJIOT_SM2_AUTO && job.key->kind == ZJIOT_KEY_SM2)
            report_form(form, report);
        return count;
    }
    if (size > 0)
        mbedtls_platform_zeroize(out, size);
    return job.source.failed ? zj_fail_resource(&job.source, reterr_error) : fail_auth(reterr_error);
}
