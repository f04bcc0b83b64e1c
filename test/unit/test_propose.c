/* Digits put back into damaged hex. */
#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "vectors.h"
#include "zjiot/zjiot.h"

static size_t propose(const char *protocol, const char *digits, size_t count, struct zjiot_proposal *found,
                      size_t capacity) {
    return zjiot_propose(zjiot_protocol_find(protocol), digits, count, found, capacity);
}

/* Every candidate of the vectors (found by brute force, elsewhere), none else, HY's first. */
static void proposals(void **state) {
    (void)state;
    json_t *lines = vectors_read("hex/repair.jsonl");
    const json_t *line;
    size_t i;
    assert_non_null(lines);
    assert_int_equal(json_array_size(lines), 5);
    json_array_foreach(lines, i, line) {
        static struct zjiot_proposal found[256];
        const char *hex = vector_text(line, "hex");
        const json_t *wanted = json_object_get(line, "candidates");
        const size_t known = (size_t)json_integer_value(json_object_get(line, "hy_first"));
        const size_t count = propose("cjt188", hex, strlen(hex), found, 256);
        assert_int_equal(count, json_array_size(wanted));
        assert_int_equal(propose("cjt188", hex, strlen(hex), found, 1), count);
        propose("cjt188", hex, strlen(hex), found, 256);
        for (size_t j = 0; j < count; j++) {
            char text[512];
            const json_t *candidate;
            size_t k;
            bool listed = false;
            snprintf(text, sizeof text, "%.*s%c%s", (int)found[j].column, hex, found[j].digit | 0x20,
                     hex + found[j].column);
            if (found[j].digit <= '9')
                text[found[j].column] = found[j].digit;
            json_array_foreach(wanted, k, candidate) listed |= strcmp(json_string_value(candidate), text) == 0;
            assert_true(listed);
            assert_int_equal(found[j].device != NULL, j < known);
            if (j > 0 && j != known && found[j - 1].oddities == found[j].oddities)
                assert_true(found[j - 1].column < found[j].column);
            else
                assert_true(j == 0 || j == known || found[j - 1].oddities < found[j].oddities);
        }
    }
    json_decref(lines);
    /* The last digit, and the first. */
    struct zjiot_proposal edge[4];
    assert_int_equal(propose("cjt188", "6810785634120007330103901f00791", 31, edge, 4), 1);
    assert_int_equal(edge[0].column, 31);
    assert_int_equal(edge[0].digit, '6');
    assert_true(propose("cjt188", "810785634120007330103901f007916", 31, edge, 4) >= 1);
    assert_int_equal(edge[0].column, 0);
    assert_int_equal(edge[0].digit, '6');
    assert_int_equal(propose("cjt188", "", 0, NULL, 0), 0);
    assert_int_equal(propose("cjt188", "68", 2, NULL, 0), 0);
    assert_int_equal(propose("cjt188", "6", 1, NULL, 0), 0);
}

/* A frame whose checksum agrees comes back, whichever digit it has lost; no checksum covers the envelope. */
static void a_lost_digit_is_proposed(void **state) {
    (void)state;
    static const char frame[] = "00000003000000030356566078095460fffefdfc110001010164ac44";
    static struct zjiot_proposal found[512];
    for (size_t lost = 0; lost < sizeof frame - 1; lost++) {
        char text[sizeof frame];
        snprintf(text, sizeof text, "%.*s%s", (int)lost, frame, frame + lost + 1);
        const size_t count = propose("nb", text, strlen(text), found, 512);
        bool listed = false;
        for (size_t i = 0; i < count && i < 512; i++) {
            char back[sizeof frame + 1];
            const int digit = found[i].digit > '9' ? found[i].digit | 0x20 : found[i].digit;
            snprintf(back, sizeof back, "%.*s%c%s", (int)found[i].column, text, digit, text + found[i].column);
            listed |= strcmp(back, frame) == 0 && found[i].confirmed && found[i].device != NULL;
        }
        assert_true(listed);
    }
}

/* A placeholder is no checksum: nothing tells the candidates apart, and only the example device has them. */
static void a_placeholder_is_proposed_last(void **state) {
    (void)state;
    struct zjiot_proposal found[32];
    size_t count = propose("nb", "fffefdfc11000101016ffff", strlen("fffefdfc11000101016ffff"), found, 32);
    assert_int_equal(count, 12);
    for (size_t i = 0; i < count; i++)
        assert_true(!found[i].confirmed && found[i].oddities == 1);
    assert_int_equal(propose("nb", "0000000111000101016ffff", strlen("0000000111000101016ffff"), found, 32),
                     0); /* another device */
    assert_int_equal(propose("nb", "fffefdfc11000101164ac44", strlen("fffefdfc11000101164ac44"), found, 32), 1);
    assert_true(found[0].confirmed);
}

/* Of an unknown function only the example device's: its checksum agrees by chance once in 65536 tries. */
static void an_unknown_function_is_proposed_for_the_example(void **state) {
    (void)state;
    static struct zjiot_proposal found[64];
    static const char example[] = "fffefdfcaa0011000000000000000100000000129000000370f";
    static const char chance[] =
        "685527100583001111813b901f0012235304050000000032785634002a872800932800000000005000000002"
        "c00000000fa00fa000000e803e8030000ea008185cb0123f7407316";
    assert_int_equal(propose("nb", example, strlen(example), found, 64), 1);
    assert_int_equal(propose("nb", chance, strlen(chance), found, 64), 0);
}

/* Without a protocol, all of them judge. */
static void any_protocol_may_fit(void **state) {
    (void)state;
    struct zjiot_proposal found[4];
    assert_int_equal(zjiot_propose(NULL, "fffefdfc11000101164ac44", 23, found, 4), 1);
    assert_string_equal(found[0].protocol->name, "nb");
    assert_int_equal(zjiot_propose(NULL, "6810785634120007330103901f00791", 31, found, 4), 1);
    assert_string_equal(found[0].protocol->name, "cjt188");
    static char longest[ZJIOT_PROPOSAL_DIGITS + 2];
    memset(longest, '1', sizeof longest);
    assert_int_equal(zjiot_propose(NULL, longest, ZJIOT_PROPOSAL_DIGITS, found, 4), 0);
    assert_int_equal(zjiot_propose(NULL, longest, ZJIOT_PROPOSAL_DIGITS + 2, found, 4), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proposals),
        cmocka_unit_test(a_lost_digit_is_proposed),
        cmocka_unit_test(a_placeholder_is_proposed_last),
        cmocka_unit_test(an_unknown_function_is_proposed_for_the_example),
        cmocka_unit_test(any_protocol_may_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
