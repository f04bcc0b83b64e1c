/* Rules between members, which rows cannot say (document 002; decisions, section 3). */
#include <string.h>

#include "byd/byd.h"

enum { SYSTEM_ITEMS = 2 };

/* Where the checking is. Places in the text are only looked for when there is something to report, and never twice in
 * the same part of it: `item` moves through the batch with the checking. */
struct place {
    const struct zj_rules *rules;
    const struct zj_path *path;
    struct zj_span item; /* of the batch; text NULL: not looked for yet */
    size_t item_index;
    size_t index; /* of the item that is checked */
};

/* Goes on to the item that is checked. */
static bool find_item(struct place *place) {
    const struct zj_rules *rules = place->rules;
    if (place->item.text == NULL) {
        place->item_index = 0;
        if (!zj_json_find(rules->text, rules->size, "batch[0]", &place->item))
            return false;
    }
    for (; place->item_index < place->index; place->item_index++)
        if (!zj_json_next_item(rules->text, rules->size, &place->item))
            return false;
    return true;
}

static size_t offset_of(struct place *place, const char *within) {
    if (!find_item(place))
        return 0;
    return (size_t)(place->item.text - place->rules->text) + zj_json_place(place->item.text, place->item.size, within);
}

/* `within` is the path from the item to what the finding is about. */
static int report(struct place *place, const char *within, const struct zj_finding *finding) {
    const struct zj_rules *rules = place->rules;
    if (!zj_rules_are_heard(rules))
        return 0;
    const size_t offset = rules->reader != NULL ? offset_of(place, within) : 0;
    return zj_rules_report_at(rules, place->path, offset, finding);
}

static bool has(uint64_t bits, uint64_t bit) {
    return (bits & ZJIOT_HAS_READ) == 0 || (bits & bit) != 0;
}

/* Of an item that may leave the member out: whether it is there. */
static bool is_given(uint64_t bits, uint64_t bit, double value) {
    return (bits & bit) != 0 || ((bits & ZJIOT_HAS_READ) == 0 && value != 0);
}

static int check_system_item(struct place *place, const struct zjiot_byd_system *item, bool is_second) {
    const bool factor = is_given(item->has, ZJIOT_BIT(byd_system, power_factor), item->power_factor);
    const bool frequency = is_given(item->has, ZJIOT_BIT(byd_system, frequency), item->frequency);
    const int64_t unit = is_second ? ZJIOT_BYD_HZ : ZJIOT_BYD_NO_UNIT;
    const char *within = is_second ? "metrics.system[1]" : "metrics.system[0]";
    int code = 0;
    if (is_second ? !frequency : !factor)
        code = report(
            place, within,
            &(struct zj_finding){ZJIOT_MISSING, is_second ? "frequency" : "power_factor", "nothing", "a number"});
    if (code == 0 && (is_second ? factor : frequency))
        code = report(place, within,
                      &(struct zj_finding){ZJIOT_EXTRA, is_second ? "power_factor" : "frequency", "a number",
                                           "the power factor first, then the frequency"});
    if (code == 0 && item->unit != unit && has(item->has, ZJIOT_BIT(byd_system, unit)))
        code = report(
            place, within,
            &(struct zj_finding){ZJIOT_CONST, "unit", is_second ? "\"\"" : "\"Hz\"", is_second ? "\"Hz\"" : "\"\""});
    return code;
}

static int check_metrics(struct place *place, const struct zjiot_byd_metrics *metrics) {
    if (!has(metrics->has, ZJIOT_BIT(byd_metrics, system))) /* the row has said so */
        return 0;
    struct zj_path path = {place->path, "system", 0};
    const struct zj_path *up = place->path;
    int code = 0;
    if (metrics->system_count < SYSTEM_ITEMS)
        return report(place, "metrics.system",
                      &(struct zj_finding){ZJIOT_MISSING, "system", metrics->system_count == 0 ? "nothing" : "1 item",
                                           "the power factor and the frequency"});
    place->path = &path;
    for (int i = 0; i < SYSTEM_ITEMS && code == 0; i++) {
        path.index = i;
        code = check_system_item(place, &metrics->system[i], i == 1);
    }
    place->path = up;
    return code;
}

static int check_readings(struct place *place, const struct zjiot_byd_up *up) {
    struct zj_path batch = {NULL, "batch", 0};
    const struct zj_path path = {&batch, "metrics", -1};
    int code = 0;
    place->path = &path;
    for (size_t i = 0; i < up->batch_count && code == 0; i++) {
        place->index = i;
        batch.index = (int)i;
        if (has(up->batch[i].has, ZJIOT_BIT(byd_reading, metrics)))
            code = check_metrics(place, &up->batch[i].metrics);
    }
    return code;
}

/* 8-4-4-4-12 hex digits; the third group begins with the version 4, the fourth with 8, 9, a or b (RFC 9562). */
static bool is_uuid4(const char *text) {
    static const char form[] = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
    for (size_t i = 0; i < sizeof form - 1; i++) {
        const bool fits = form[i] == 'x'   ? zj_hex_digit(text[i]) >= 0
                          : form[i] == 'y' ? text[i] != '\0' && strchr("89abAB", text[i]) != NULL
                                           : text[i] == form[i];
        if (!fits)
            return false;
    }
    return text[sizeof form - 1] == '\0';
}

/* The row has said so when it is missing. */
static int check_id(const struct zj_rules *rules, const char *msg_id) {
    char found[ZJIOT_EVIDENCE_SIZE];
    if (msg_id == NULL || is_uuid4(msg_id))
        return 0;
    zj_copy_text(found, sizeof found, msg_id);
    return zj_rules_report(rules, NULL, &(struct zj_finding){ZJIOT_SYNTAX, "msgId", found, "a UUID of version 4"});
}

int zj_byd_check(const struct zj_rules *rules, const struct zjiot_byd_message *message) {
    struct place place = {.rules = rules};
    const bool is_up = message->type == ZJIOT_BYD_UP;
    const uint64_t bits = is_up ? message->data.up.has : message->data.down.has;
    const uint64_t bit = is_up ? ZJIOT_BIT(byd_up, msg_id) : ZJIOT_BIT(byd_down, msg_id);
    int code = 0;
    if (has(bits, bit))
        code = check_id(rules, is_up ? message->data.up.msg_id : message->data.down.msg_id);
    return code == 0 && is_up ? check_readings(&place, &message->data.up) : code;
}
