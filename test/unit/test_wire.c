/* Topic filters: each matches what the library takes for its protocol's topics, and nothing of the others. Catches: a
 * form that is forgotten or subscribed to under the wrong direction, a + that eats part of a level, a device that gets
 * another's messages, an old command that is taken for a new one. */
#include <string.h>

#include "mqtt/wire.h"
#include "unit.h"
#include "zjiot/zjiot.h"

#define ZJ_DEVICE "010000002934857620"
#define IMEI "860000000000001"

/* Topics of one device each, as zjiot_encode writes and zjiot_decode reads them. */
static const struct {
    const char *protocol, *text, *device; /* device NULL: the topic does not say */
    enum zjiot_direction direction;
} topics[] = {
    {"zhenjiang", "down/json/01/getRuntime/" ZJ_DEVICE, ZJ_DEVICE, ZJIOT_DOWN},
    {"zhenjiang", "up/sm2/01/getRuntime/" ZJ_DEVICE, ZJ_DEVICE, ZJIOT_UP},
    {"zhenjiang", "up/base64/02/heartbeat", NULL, ZJIOT_UP},
    {"nb", "$d2s/u3/p17/nb", NULL, ZJIOT_UP},
    {"nb", "$s2d/nb/youren/push", NULL, ZJIOT_DOWN},
    {"byd", "device/bydpower/up/meter-1", "meter-1", ZJIOT_UP},
    {"byd", "device/bydpower/down/meter-1", "meter-1", ZJIOT_DOWN},
    {"byd", "energy/electric/up", NULL, ZJIOT_UP},
    {"byd", "device/electric/down/", NULL, ZJIOT_DOWN},
    {"m4g", "zjiot/m4g/" IMEI "/up/push_msg", IMEI, ZJIOT_UP},
    {"m4g", "zjiot/m4g/" IMEI "/down/query_msg", IMEI, ZJIOT_DOWN},
    {"hy", "hy/gw/get/02345678903", "02345678903", ZJIOT_DOWN},
    {"hy", "hy/gw/set/02345678903", "02345678903", ZJIOT_UP},
    {"hy", "hy/gw/set/02345678903/", "02345678903", ZJIOT_UP},
};
enum { TOPICS = sizeof topics / sizeof topics[0] };

/* Section 4.7 of MQTT 5, level by level. */
static bool matches(const char *filter, const char *topic) {
    for (;;) {
        const size_t wanted = strcspn(filter, "/"), is = strcspn(topic, "/");
        const bool is_any = wanted == 1 && filter[0] == '+';
        if (!is_any && (wanted != is || memcmp(filter, topic, is) != 0))
            return false;
        if (filter[wanted] == '\0' || topic[is] == '\0')
            return filter[wanted] == topic[is];
        filter += wanted + 1;
        topic += is + 1;
    }
}

static size_t filters_of(const struct wire *wire, struct wire_filter *filters) {
    size_t count = 0;
    assert_true(wire_filters(wire, filters, &count));
    return count;
}

/* How many of the filters match. */
static size_t matching(const struct wire *wire, const char *topic) {
    struct wire_filter filters[WIRE_FILTERS_MOST];
    const size_t count = filters_of(wire, filters);
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += matches(filters[i].text, topic);
    return found;
}

static void test_every_topic_has_its_filter(void **state) {
    (void)state;
    for (size_t i = 0; i < TOPICS; i++) {
        struct zjiot_topic topic;
        assert_true(zjiot_topic_read(topics[i].text, &topic));
        assert_string_equal(topic.protocol->name, topics[i].protocol);
        assert_int_equal(topic.direction, topics[i].direction);
        for (const struct zjiot_protocol *const *p = zjiot_protocols(); *p != NULL; p++) {
            for (enum zjiot_direction direction = ZJIOT_DOWN; direction <= ZJIOT_BOTH; direction++) {
                const bool is_its = *p == topic.protocol && (direction == ZJIOT_BOTH || direction == topic.direction);
                assert_int_equal(matching(&(struct wire){.protocol = *p, .direction = direction}, topics[i].text),
                                 is_its);
            }
        }
    }
}

static void test_one_device(void **state) {
    (void)state;
    for (size_t i = 0; i < TOPICS; i++) {
        struct wire wire = {.protocol = zjiot_protocol_find(topics[i].protocol), .direction = ZJIOT_BOTH};
        wire.device = topics[i].device != NULL ? topics[i].device : "any";
        assert_int_equal(matching(&wire, topics[i].text), 1);
        wire.device = "other";
        assert_int_equal(matching(&wire, topics[i].text), topics[i].device == NULL);
    }
}

static void test_names_device(void **state) {
    (void)state;
    for (size_t i = 0; i < TOPICS; i++) {
        struct wire_filter filters[WIRE_FILTERS_MOST];
        const struct wire wire = {.protocol = zjiot_protocol_find(topics[i].protocol), .direction = ZJIOT_BOTH};
        const size_t count = filters_of(&wire, filters);
        for (size_t j = 0; j < count; j++) {
            if (!matches(filters[j].text, topics[i].text))
                continue;
            assert_int_equal(filters[j].names_device, topics[i].device != NULL);
            assert_int_equal(filters[j].direction, topics[i].direction);
        }
    }
}

static void test_parts(void **state) {
    (void)state;
    const struct wire reply = {
        .protocol = zjiot_protocol_find("zhenjiang"),
        .direction = ZJIOT_UP,
        .vendor = "01",
        .command = "getRuntime",
        .device = ZJ_DEVICE,
    };
    assert_int_equal(matching(&reply, "up/json/01/getRuntime/" ZJ_DEVICE), 1);
    assert_int_equal(matching(&reply, "up/json/02/getRuntime/" ZJ_DEVICE), 0);
    assert_int_equal(matching(&reply, "up/json/01/getTimer/" ZJ_DEVICE), 0);
    assert_int_equal(matching(&reply, "up/json/01/getRuntime"), 1);
    const struct wire project = {.protocol = zjiot_protocol_find("nb"), .direction = ZJIOT_UP, .uid = "3", .pid = "17"};
    assert_int_equal(matching(&project, "$d2s/u3/p17/nb"), 1);
    assert_int_equal(matching(&project, "$d2s/u3/p18/nb"), 0);
    assert_int_equal(matching(&project, "$d2s/u33/p17/nb"), 0);
    const struct wire city = {
        .protocol = zjiot_protocol_find("m4g"), .direction = ZJIOT_BOTH, .command = "push_msg", .base = "city/east"};
    assert_int_equal(matching(&city, "city/east/m4g/" IMEI "/up/push_msg"), 1);
    assert_int_equal(matching(&city, "city/east/m4g/" IMEI "/up/info"), 0);
    assert_int_equal(matching(&city, "zjiot/m4g/" IMEI "/up/push_msg"), 0);
}

static void test_no_topics(void **state) {
    (void)state;
    struct wire_filter filters[WIRE_FILTERS_MOST];
    const struct wire wire = {.protocol = zjiot_protocol_find("cjt188"), .direction = ZJIOT_BOTH};
    assert_int_equal(filters_of(&wire, filters), 0);
}

static void test_no_part(void **state) {
    (void)state;
    static const char *const wrong[] = {"", "a/b", "+", "a#", "a\nb", "\xFF"};
    struct wire_filter filters[WIRE_FILTERS_MOST];
    char longest[WIRE_FILTER_SIZE + 1];
    size_t count = 7;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const struct wire wire = {.protocol = zjiot_protocol_find("hy"), .direction = ZJIOT_BOTH, .device = wrong[i]};
        assert_false(wire_filters(&wire, filters, &count));
    }
    memset(longest, 'a', WIRE_FILTER_SIZE);
    longest[WIRE_FILTER_SIZE] = '\0';
    const struct wire too_long = {.protocol = zjiot_protocol_find("hy"), .direction = ZJIOT_BOTH, .device = longest};
    assert_false(wire_filters(&too_long, filters, &count));
    const struct wire base = {.protocol = zjiot_protocol_find("m4g"), .direction = ZJIOT_BOTH, .base = "a/#"};
    assert_false(wire_filters(&base, filters, &count));
    assert_int_equal(count, 7);
}

static void test_stale(void **state) {
    (void)state;
    for (size_t i = 0; i < TOPICS; i++) {
        struct mqtt_message message = {.topic = topics[i].text};
        assert_false(wire_is_stale(&message));
        message.is_retained = true;
        assert_int_equal(wire_is_stale(&message), topics[i].direction == ZJIOT_DOWN);
    }
    assert_false(wire_is_stale(&(struct mqtt_message){.topic = "lights/1", .is_retained = true}));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_topic_has_its_filter),
        cmocka_unit_test(test_one_device),
        cmocka_unit_test(test_names_device),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_no_topics),
        cmocka_unit_test(test_no_part),
        cmocka_unit_test(test_stale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
