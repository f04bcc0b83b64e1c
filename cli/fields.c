#include "fields.h"

#include <stdio.h>
#include <string.h>

#include "output.h"
#include "suggest.h"

enum { POOL_LIMIT = 1 << 28 };

const struct zjiot_protocol *protocol_named(const char *name) {
    const struct zjiot_protocol *protocol = zjiot_protocol_find(name);
    if (protocol != NULL)
        return protocol;
    struct suggestion suggestion;
    char hint[96], all[128] = "";
    suggest_start(&suggestion, name);
    for (const struct zjiot_protocol *const *p = zjiot_protocols(); *p != NULL; p++) {
        size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", used > 0 ? ", " : "", (*p)->name);
        suggest_offer(&suggestion, (*p)->name);
    }
    complain("unknown protocol '%s'%s; there is %s", name, suggest_text(&suggestion, hint, sizeof hint), all);
    return NULL;
}

/* Whether a record has that name for its own. */
static bool is_own_name(const struct zjiot_protocol *protocol, const char *name) {
    for (size_t i = 0; i < protocol->record_count; i++) {
        if (protocol->records[i].message && strcmp(protocol->records[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Entry number `at`: first the records, then the aliases. */
static bool take_named(const struct zjiot_protocol *protocol, size_t at, struct named *ret_named) {
    if (at < protocol->record_count) {
        const struct zjiot_record *record = &protocol->records[at];
        *ret_named = (struct named){.name = record->name,
                                    .meaning = record->meaning,
                                    .record = record,
                                    .first_id = record->first_id,
                                    .id_count = record->id_count,
                                    .direction = record->direction};
        snprintf(ret_named->full, sizeof ret_named->full, "%s%s%s", record->name, record->variant[0] != '\0' ? "/" : "",
                 record->variant);
        return record->message;
    }
    const struct zjiot_alias *alias = &protocol->aliases[at - protocol->record_count];
    *ret_named = (struct named){.name = alias->name,
                                .meaning = alias->meaning,
                                .record = zjiot_record_find(protocol, alias->name, ZJIOT_BOTH),
                                .first_id = alias->first_id,
                                .id_count = alias->last_id - alias->first_id + 1,
                                .direction = alias->direction};
    snprintf(ret_named->full, sizeof ret_named->full, "%s", alias->name);
    return !is_own_name(protocol, alias->name);
}

bool named_next(const struct zjiot_protocol *protocol, size_t *at, struct named *ret_named) {
    while (*at < protocol->record_count + protocol->alias_count) {
        if (take_named(protocol, (*at)++, ret_named))
            return true;
    }
    return false;
}

bool named_matches(const struct named *named, const char *name) {
    return strcmp(named->name, name) == 0 || strcmp(named->full, name) == 0;
}

bool selection_next(const struct selection *selection, size_t *at, struct named *ret_named) {
    while (named_next(selection->protocol, at, ret_named)) {
        const bool goes = selection->direction == ZJIOT_BOTH || ret_named->direction == ZJIOT_BOTH ||
                          ret_named->direction == selection->direction;
        if (goes && (selection->name[0] == '\0' || named_matches(ret_named, selection->name)))
            return true;
    }
    return false;
}

const struct zjiot_record *message_named(const struct zjiot_protocol *protocol, const char *name,
                                         enum zjiot_direction direction) {
    const struct zjiot_record *record = zjiot_record_find(protocol, name, direction);
    if (record != NULL && record->message)
        return record;
    if (direction != ZJIOT_BOTH && zjiot_record_find(protocol, name, ZJIOT_BOTH) != NULL) {
        complain("%s has no message '%s' %s the device; see zjiotctl describe %s", protocol->name, name,
                 direction == ZJIOT_UP ? "from" : "to", protocol->name);
        return NULL;
    }
    struct suggestion suggestion;
    struct named named;
    char hint[96];
    suggest_start(&suggestion, name);
    for (size_t i = 0; named_next(protocol, &i, &named);) {
        suggest_offer(&suggestion, named.name);
        suggest_offer(&suggestion, named.full);
    }
    complain("%s has no message '%s'%s; see zjiotctl describe %s", protocol->name, name,
             suggest_text(&suggestion, hint, sizeof hint), protocol->name);
    return NULL;
}

struct walk {
    enum fields_mode mode;
    bool is_header;
    void (*visit)(const struct field_entry *entry, void *context);
    void *context;
    char path[2 * ZJIOT_PATH_SIZE];
};

static void walk_record(struct walk *walk, const struct zjiot_record *record);

static void visit_field(const struct walk *walk, const struct zjiot_field *field) {
    const struct field_entry entry = {
        .path = walk->path,
        .field = field,
        .is_header = walk->is_header,
        .is_settable = field->record == NULL && !(field->flags & (ZJIOT_FIELD_CONST | ZJIOT_FIELD_COMPUTED)) &&
                       !(field->wire == ZJIOT_WIRE_NONE && field->kind == ZJIOT_BOOL),
    };
    walk->visit(&entry, walk->context);
}

/* The parts of a list, or the one part of a record. */
static void walk_part(struct walk *walk, const struct zjiot_field *field, size_t end) {
    const bool is_array = field->kind == ZJIOT_ARRAY, each = walk->mode == FIELDS_EACH;
    size_t room = sizeof walk->path - end;
    if (!each && field->wire == ZJIOT_WIRE_JSON)
        visit_field(walk, field);
    for (unsigned i = 0; i < (is_array && each ? field->count : 1u); i++) {
        if (!is_array && field->kind != ZJIOT_LIST)
            snprintf(walk->path + end, room, ".");
        else if (each)
            snprintf(walk->path + end, room, "[%u].", i);
        else if (is_array)
            snprintf(walk->path + end, room, "[0..%d].", field->count - 1);
        else
            snprintf(walk->path + end, room, "[].");
        walk_record(walk, field->record);
    }
}

/* A list of values has an index like one of records. */
static void visit_value(struct walk *walk, const struct zjiot_field *field, size_t end) {
    if (field->kind == ZJIOT_HEX_LIST)
        snprintf(walk->path + end, sizeof walk->path - end, walk->mode == FIELDS_EACH ? "[0]" : "[]");
    visit_field(walk, field);
}

static void walk_record(struct walk *walk, const struct zjiot_record *record) {
    size_t start = strlen(walk->path);
    for (size_t i = 0; i < record->field_count; i++) {
        const struct zjiot_field *field = &record->fields[i];
        if (field->flags & ZJIOT_FIELD_HIDDEN)
            continue;
        bool is_unknown = field->flags & ZJIOT_FIELD_UNKNOWN;
        size_t room = sizeof walk->path - start;
        int size = snprintf(walk->path + start, room, "%s%s", is_unknown ? "unknown." : "", field->key);
        if (field->record != NULL && size > 0 && (size_t)size < room)
            walk_part(walk, field, start + (size_t)size);
        else
            visit_value(walk, field, start + (size_t)size);
        walk->path[start] = '\0';
    }
}

void fields_walk(const struct zjiot_message *message, enum fields_mode mode,
                 void (*visit)(const struct field_entry *entry, void *context), void *context) {
    struct walk walk = {.mode = mode, .visit = visit, .context = context, .path = ""};
    walk_record(&walk, message->data.record);
    walk.is_header = true;
    for (size_t i = 0; i < message->header_count; i++)
        walk_record(&walk, message->headers[i].record);
}

void fields_walk_record(const struct zjiot_record *record, enum fields_mode mode,
                        void (*visit)(const struct field_entry *entry, void *context), void *context) {
    struct walk walk = {.mode = mode, .visit = visit, .context = context, .path = ""};
    walk_record(&walk, record);
}

struct search {
    const char *path;
    struct field_entry *found;
};

/* Whether a pattern such as period[0..3].on or switch[].id covers the path. */
static bool covers(const char *pattern, const char *path) {
    for (; *pattern != '\0'; pattern++, path++) {
        if (*pattern != *path)
            return false;
        if (*pattern == '[') {
            pattern += strcspn(pattern, "]");
            path += 1 + strspn(path + 1, "0123456789");
            if (*path != ']')
                return false;
        }
    }
    return *path == '\0';
}

static void search_field(const struct field_entry *entry, void *context) {
    struct search *search = context;
    if (search->found->field == NULL && covers(entry->path, search->path)) {
        *search->found = *entry;
        search->found->path = search->path;
    }
}

bool field_find(const struct zjiot_message *message, const char *path, struct field_entry *ret_entry) {
    const bool is_data = strncmp(path, "data.", 5) == 0, is_header = strncmp(path, "header.", 7) == 0;
    struct field_entry found = {.field = NULL};
    struct search search = {path + (is_data ? 5 : is_header ? 7 : 0), &found};
    if (!is_header)
        fields_walk_record(message->data.record, FIELDS_PATTERN, search_field, &search);
    for (size_t i = 0; i < message->header_count && found.field == NULL && !is_data; i++) {
        fields_walk_record(message->headers[i].record, FIELDS_PATTERN, search_field, &search);
        found.is_header = true;
    }
    if (found.field != NULL)
        *ret_entry = found;
    return found.field != NULL;
}

bool header_find(const struct zjiot_message *message, const char *key, size_t size, struct header_member *ret_member) {
    for (size_t i = 0; i < message->header_count; i++) {
        const struct zjiot_record *record = message->headers[i].record;
        for (unsigned at = 0; at < record->field_count; at++) {
            if (strlen(record->fields[at].key) != size || memcmp(record->fields[at].key, key, size) != 0)
                continue;
            *ret_member = (struct header_member){record, message->headers[i].value, at};
            return true;
        }
    }
    return false;
}

bool message_prepare(const struct zjiot_protocol *protocol, const struct zjiot_record *record,
                     struct zjiot_message *ret_message, struct zjiot_pool **ret_pool) {
    static struct zjiot_pool pool;
    struct zjiot_error error;
    zjiot_pool_release(&pool);
    zjiot_pool_growing(&pool, NULL, POOL_LIMIT);
    *ret_pool = &pool;
    if (zjiot_prepare(protocol, record, &pool, ret_message, &error) == 0)
        return true;
    complain("%s", error.text);
    return false;
}
