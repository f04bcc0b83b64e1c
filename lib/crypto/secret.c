/* Comparing secrets, and random bytes. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/base.h"
#include "crypto/crypto.h"

uint32_t zj_any(const uint8_t *bytes, size_t size) {
    uint32_t any = 0;
    for (size_t i = 0; i < size; i++)
        any |= bytes[i];
    return any;
}

uint32_t zj_differ(const uint8_t *left, const uint8_t *right, size_t size) {
    uint32_t any = 0;
    for (size_t i = 0; i < size; i++)
        any |= (uint32_t)(left[i] ^ right[i]);
    return any;
}

uint32_t zj_is_less(const uint8_t *left, const uint8_t *right, size_t size) {
    uint32_t borrow = 0;
    for (size_t i = size; i-- > 0;)
        borrow = ((uint32_t)left[i] - right[i] - borrow) >> 31;
    return borrow;
}

static int fill_from_system(uint8_t *bytes, size_t size) {
    while (size > 0) {
        const ssize_t count = getrandom(bytes, size, 0);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return -1;
        bytes += count;
        size -= (size_t)count;
    }
    return 0;
}

struct zj_source zj_source(const struct zjiot_random *random) {
    struct zj_source source = {.failed = false};
    if (random)
        source.random = *random;
    return source;
}

int zj_draw(void *source, unsigned char *bytes, size_t size) {
    struct zj_source *from = source;
    const int status =
        from->random.fill ? from->random.fill(from->random.context, bytes, size) : fill_from_system(bytes, size);
    if (status == 0)
        return 0;
    from->failed = true;
    return MBEDTLS_ERR_ECP_RANDOM_FAILED;
}

int zj_fail_resource(const struct zj_source *source, struct zjiot_error *error) {
    if (source->failed)
        return zj_fail(error, ZJIOT_RANDOM, 0, "no random bytes were to be had");
    return zj_fail(error, ZJIOT_NOMEM, 0, "mbedTLS could not compute; it probably got no memory");
}
