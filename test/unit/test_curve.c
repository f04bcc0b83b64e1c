/* The curve of SM2: the fast reduction, and points that no ciphertext may have. */
#include "crypto_unit.h"

static const struct zj_sm2_form form = {ZJIOT_SM2_C1C3C2, false};

/* The fast reduction against mbedTLS's general one, at random and where carries run far. */
static void test_reduction(void **state) {
    (void)state;
    struct zjiot_key key;
    uint64_t seed = 5;
    mbedtls_mpi fast, slow;
    read_key(&key, text_of(sm2_standard(0), "d"));
    const mbedtls_ecp_group *group = &zj_key(&key)->as.sm2.curve;
    mbedtls_mpi_init(&fast);
    mbedtls_mpi_init(&slow);
    for (int round = 0; round < 200000; round++) {
        uint8_t bytes[64];
        random_fill(&seed, bytes, sizeof(bytes));
        for (size_t i = 0; i < sizeof(bytes) && round % 4 != 0; i += 4) { /* words of all ones, all zeros, 1, 2^31 */
            const uint64_t choice = random_bits(&seed) % 6;
            if (choice < 4)
                memcpy(bytes + i, &"\xff\xff\xff\xff\0\0\0\0\0\0\0\1\x80\0\0\0"[4 * choice], 4);
        }
        if (round == 1)
            memset(bytes, 0xff, sizeof(bytes));
        assert_int_equal(mbedtls_mpi_read_binary(&fast, bytes, sizeof(bytes)), 0);
        assert_int_equal(mbedtls_mpi_mod_mpi(&slow, &fast, &group->P), 0);
        assert_int_equal(group->MBEDTLS_PRIVATE(modp)(&fast), 0);
        assert_true(mbedtls_mpi_bitlen(&fast) <= 256);
        if (mbedtls_mpi_cmp_mpi(&fast, &group->P) >= 0)
            assert_int_equal(mbedtls_mpi_sub_mpi(&fast, &fast, &group->P), 0);
        assert_int_equal(mbedtls_mpi_cmp_mpi(&fast, &slow), 0);
    }
    mbedtls_mpi_free(&fast);
    mbedtls_mpi_free(&slow);
    zjiot_key_free(&key);
}

/* The point with the lowest x from `least` on: y by the root modulo p, which p = 3 modulo 4 makes a power. */
static void find_low_point(unsigned least, uint8_t ret_point[ZJ_SM2_POINT]) {
    mbedtls_mpi p, b, x, y, right, power;
    mbedtls_mpi *const all[] = {&p, &b, &x, &y, &right, &power};
    for (size_t i = 0; i < ZJ_COUNT(all); i++)
        mbedtls_mpi_init(all[i]);
    assert_int_equal(mbedtls_mpi_read_binary(&p, zj_sm2_curve.p, ZJ_SM2_NUMBER), 0);
    assert_int_equal(mbedtls_mpi_read_binary(&b, zj_sm2_curve.b, ZJ_SM2_NUMBER), 0);
    assert_int_equal(mbedtls_mpi_add_int(&power, &p, 1), 0);
    assert_int_equal(mbedtls_mpi_shift_r(&power, 2), 0);
    bool is_found = false;
    for (mbedtls_mpi_sint at = (mbedtls_mpi_sint)least; !is_found; at++) {
        assert_int_equal(mbedtls_mpi_lset(&x, at), 0);
        assert_int_equal(mbedtls_mpi_add_int(&right, &b, at * at * at - 3 * at), 0);
        assert_int_equal(mbedtls_mpi_exp_mod(&y, &right, &power, &p, NULL), 0);
        assert_int_equal(mbedtls_mpi_write_binary(&y, ret_point + 1 + ZJ_SM2_NUMBER, ZJ_SM2_NUMBER), 0);
        assert_int_equal(mbedtls_mpi_mul_mpi(&y, &y, &y), 0);
        assert_int_equal(mbedtls_mpi_mod_mpi(&y, &y, &p), 0);
        is_found = mbedtls_mpi_cmp_mpi(&y, &right) == 0;
    }
    ret_point[0] = 0x04;
    assert_int_equal(mbedtls_mpi_write_binary(&x, ret_point + 1, ZJ_SM2_NUMBER), 0);
    for (size_t i = 0; i < ZJ_COUNT(all); i++)
        mbedtls_mpi_free(all[i]);
}

/* A ciphertext for a given C1, of which the recipient's d gives the shared point. Bodies of one hash at most. */
static size_t seal_for_point(struct zjiot_key *key, const uint8_t c1[ZJ_SM2_POINT], const char *body, uint8_t *out) {
    static const uint8_t one[] = {0, 0, 0, 1};
    uint8_t shared[ZJ_SM2_POINT], stream[ZJ_SM3_SIZE];
    struct zj_source source = zj_source(NULL);
    struct zj_sm3 sm3;
    assert_int_equal(zj_sm2_times_point(&zj_key(key)->as.sm2, c1, &source, shared), 0);
    memcpy(out, c1, ZJ_SM2_POINT);
    zj_sm3_start(&sm3);
    zj_sm3_add(&sm3, shared + 1, 32);
    zj_sm3_add(&sm3, body, strlen(body));
    zj_sm3_add(&sm3, shared + 33, 32);
    zj_sm3_finish(&sm3, out + ZJ_SM2_POINT);
    zj_sm3_start(&sm3);
    zj_sm3_add(&sm3, shared + 1, 64);
    zj_sm3_add(&sm3, one, sizeof(one));
    zj_sm3_finish(&sm3, stream);
    for (size_t i = 0; i < strlen(body); i++)
        out[ZJ_SM2_POINT + ZJ_SM3_SIZE + i] = (uint8_t)body[i] ^ stream[i];
    return ZJ_SM2_POINT + ZJ_SM3_SIZE + strlen(body);
}

/* x + p stands for the same point as x, but not on the wire: otherwise each body would have more than one ciphertext.
 */
static void test_coordinates_above_p(void **state) {
    (void)state;
    struct zjiot_key key;
    uint8_t c1[ZJ_SM2_POINT], bytes[256];
    read_key(&key, text_of(sm2_standard(0), "d"));
    const struct zjiot_cipher cipher = sm2_cipher(&key, form), any = sm2_auto(&key);
    find_low_point(1, c1);
    const size_t size = seal_for_point(&key, c1, "a body", bytes);
    assert_opens(&cipher, bytes, size, "a body", 6);
    uint32_t sum = 0;
    for (size_t i = ZJ_SM2_NUMBER; i-- > 0; sum >>= 8) {
        sum += (uint32_t)bytes[1 + i] + zj_sm2_curve.p[i];
        bytes[1 + i] = (uint8_t)sum;
    }
    assert_int_equal(sum, 0);
    assert_refused(&cipher, bytes, size);
    assert_refused(&any, bytes, size);
    zjiot_key_free(&key);
}

/* The origin is not on the curve; -C1 is, but belongs to another k. */
static void test_other_points(void **state) {
    (void)state;
    struct zjiot_key key;
    uint8_t bytes[512], origin[512];
    json_t *row = sm2_standard(0);
    read_key(&key, text_of(row, "d"));
    const struct zjiot_cipher cipher = sm2_cipher(&key, form);
    const size_t size = from_hex(text_of(row, "c1c3c2_04"), bytes, sizeof(bytes));
    memcpy(origin, bytes, size);
    memset(origin + 1, 0, 64);
    assert_refused(&cipher, origin, size);
    uint32_t borrow = 0;
    for (size_t i = ZJ_SM2_NUMBER; i-- > 0;) {
        const uint32_t difference = (uint32_t)zj_sm2_curve.p[i] - bytes[33 + i] - borrow;
        bytes[33 + i] = (uint8_t)difference;
        borrow = difference >> 31;
    }
    assert_refused(&cipher, bytes, size);
    zjiot_key_free(&key);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reduction),
        cmocka_unit_test(test_coordinates_above_p),
        cmocka_unit_test(test_other_points),
    };
    return cmocka_run_group_tests_name("curve", tests, NULL, NULL);
}
