#define _DEFAULT_SOURCE   /* timegm */
#define _XOPEN_SOURCE 700 /* strptime */

#include "address.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fields.h"
#include "output.h"

/* --- The topic --- */

bool address_header(const struct zjiot_message *message, const char *key, size_t key_size,
                    char out[ADDRESS_TEXT_SIZE]) {
    struct header_member member;
    uint64_t has;
    if (!header_find(message, key, key_size, &member))
        return false;
    memcpy(&has, member.value, sizeof has);
    if (!(has >> member.index & 1))
        return false;
    const struct zjiot_field *field = &member.record->fields[member.index];
    const char *value = (const char *)member.value + field->offset;
    return zjiot_value_text(field, value, out, ADDRESS_TEXT_SIZE) < ADDRESS_TEXT_SIZE;
}

static bool is_key(const char *key, size_t size, const char *name) {
    return strlen(name) == size && memcmp(key, name, size) == 0;
}

/* The option that says a part of the topic; what is neither format, vendor nor command names the device. */
static enum option_id part_option(const char *key, size_t size) {
    return is_key(key, size, "format")    ? OPTION_FORMAT
           : is_key(key, size, "vendor")  ? OPTION_VENDOR
           : is_key(key, size, "command") ? OPTION_COUNT
                                          : OPTION_DEVICE;
}

/* Devices of Zhenjiang begin with the two characters of their vendor. */
static bool vendor_of(const char *device, char out[ADDRESS_TEXT_SIZE]) {
    enum { DEVICE_LENGTH = 18, VENDOR_LENGTH = 2 };
    if (device == NULL || strlen(device) != DEVICE_LENGTH)
        return false;
    snprintf(out, ADDRESS_TEXT_SIZE, "%.*s", VENDOR_LENGTH, device);
    return true;
}

static bool part_text(const struct zjiot_message *message, const struct invocation *invocation, const char *key,
                      size_t size, char out[ADDRESS_TEXT_SIZE]) {
    const enum option_id option = part_option(key, size);
    char dev_id[ADDRESS_TEXT_SIZE];
    if (option == OPTION_COUNT || (invocation->value[option] != NULL)) {
        const char *text = option == OPTION_COUNT ? message->name : invocation->value[option];
        return snprintf(out, ADDRESS_TEXT_SIZE, "%s", text) < ADDRESS_TEXT_SIZE;
    }
    if (address_header(message, key, size, out))
        return true;
    if (option == OPTION_FORMAT)
        return snprintf(out, ADDRESS_TEXT_SIZE, "json") > 0;
    const char *device = invocation->value[OPTION_DEVICE];
    if (device == NULL && address_header(message, "dev_id", strlen("dev_id"), dev_id))
        device = dev_id;
    return option == OPTION_VENDOR && vendor_of(device, out);
}

/* Fills a form; false when a part is not known, or is a number. */
static bool fill_form(const struct zjiot_message *message, const struct invocation *invocation, const char *form,
                      char out[ZJIOT_TOPIC_SIZE]) {
    size_t used = 0;
    while (*form != '\0' && used + ADDRESS_TEXT_SIZE < ZJIOT_TOPIC_SIZE) {
        if (*form == '{')
            return false;
        if (*form != '<') {
            out[used++] = *form++;
            continue;
        }
        const size_t size = strcspn(++form, ">");
        if (!part_text(message, invocation, form, size, out + used))
            return false;
        used += strlen(out + used);
        form += size + 1;
    }
    out[used] = '\0';
    return *form == '\0';
}

/* Whether a form has a part for the option. */
static bool has_part(const char *form, enum option_id option) {
    for (const char *at = strchr(form, '<'); at != NULL; at = strchr(at, '<')) {
        const size_t size = strcspn(++at, ">");
        if (part_option(at, size) == option)
            return true;
    }
    return false;
}

/* Options that no form has a part for. */
static bool options_fit(const struct zjiot_message *message, const struct invocation *invocation) {
    static const enum option_id options[] = {OPTION_DEVICE, OPTION_VENDOR, OPTION_FORMAT};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        bool fits = invocation->value[options[i]] == NULL;
        for (const struct zjiot_topic_form *form = message->protocol->topics; form != NULL && form->text != NULL;
             form++)
            fits |= has_part(form->text, options[i]);
        if (!fits) {
            complain("--%s: the topics of %s have no such part; see zjiotctl describe %s", option_rows[options[i]].name,
                     message->protocol->name, message->protocol->name);
            return false;
        }
    }
    return true;
}

/* The level of the topic that the form has for the option, or NULL: there is none, or the form has other levels. */
static const char *told_part(const char *form, const char *topic, enum option_id option, size_t *ret_size) {
    const char *found = NULL;
    for (;;) {
        const size_t form_size = strcspn(form, "/"), size = strcspn(topic, "/");
        if (*form != '<' && (form_size != size || memcmp(form, topic, size) != 0))
            return NULL;
        if (*form == '<' && part_option(form + 1, form_size - 2) == option) {
            found = topic;
            *ret_size = size;
        }
        if (form[form_size] == '\0' || topic[size] == '\0')
            return form[form_size] == topic[size] ? found : NULL;
        form += form_size + 1;
        topic += size + 1;
    }
}

/* Beside a topic the options that name a part of it must say the same. */
static bool topic_fits(const struct zjiot_message *message, const struct invocation *invocation) {
    static const enum option_id options[] = {OPTION_DEVICE, OPTION_VENDOR, OPTION_FORMAT};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        const char *text = invocation->value[options[i]];
        for (const struct zjiot_topic_form *form = message->protocol->topics;
             text != NULL && form != NULL && form->text != NULL; form++) {
            size_t size;
            const char *told = told_part(form->text, invocation->value[OPTION_TOPIC], options[i], &size);
            if (told == NULL || is_key(told, size, text))
                continue;
            complain("--%s '%s': the topic says '%.*s'", option_rows[options[i]].name, text, (int)size, told);
            return false;
        }
    }
    return true;
}

bool address_set(struct zjiot_message *message, struct zjiot_pool *pool, const struct invocation *invocation) {
    const bool is_told = invocation->value[OPTION_TOPIC] != NULL;
    char topic[ZJIOT_TOPIC_SIZE];
    struct zjiot_error error;
    if (!options_fit(message, invocation) || (is_told && !topic_fits(message, invocation)))
        return false;
    for (const struct zjiot_topic_form *form = message->protocol->topics;
         form != NULL && form->text != NULL && !is_told; form++) {
        if (message->direction != ZJIOT_BOTH && form->direction != message->direction)
            continue;
        if (strchr(form->text, '<') == NULL || !fill_form(message, invocation, form->text, topic))
            continue;
        if (zjiot_set_topic(message, topic, pool, &error) == 0)
            return true;
        complain("%s", error.text);
        return false;
    }
    return true;
}

/* --- Usual values --- */

static int64_t now(const struct zjiot_field *field) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return strcmp(field->unit, "ms") == 0 ? (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000 : (int64_t)time.tv_sec;
}

void address_fill(struct zjiot_message *message) {
    for (size_t i = 0; i < message->header_count; i++) {
        const struct zjiot_record *record = message->headers[i].record;
        char *value = message->headers[i].value;
        uint64_t has;
        memcpy(&has, value, sizeof has);
        for (unsigned at = 0; at < record->field_count; at++) {
            const struct zjiot_field *field = &record->fields[at];
            const bool is_bits = (field->flags & ZJIOT_FIELD_MASK) && message->direction == ZJIOT_DOWN;
            if ((has >> at & 1) || (field->flags & ZJIOT_FIELD_OPTIONAL) || (field->kind != ZJIOT_TIME && !is_bits))
                continue;
            const int64_t number = is_bits ? 0 : now(field);
            memcpy(value + field->offset, &number, sizeof number);
            has |= UINT64_C(1) << at;
        }
        memcpy(value, &has, sizeof has);
    }
}

bool address_time(const struct zjiot_field *field, const char *text, int64_t *ret_number) {
    struct tm date = {0};
    int64_t milli = 0;
    if (strcmp(text, "now") == 0) {
        *ret_number = now(field);
        return true;
    }
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &date);
    if (end == NULL)
        return false;
    if (end[0] == '.' && strspn(end + 1, "0123456789") == 3) {
        milli = strtol(end + 1, NULL, 10);
        end += 4;
    }
    if (strcmp(end, "Z") != 0)
        return false;
    const bool has_millis = strcmp(field->unit, "ms") == 0;
    *ret_number = (int64_t)timegm(&date) * (has_millis ? 1000 : 1) + (has_millis ? milli : 0);
    return true;
}
